//! The same detections as a camera that moves would have made them.
//!
//! A camera that turns about its optical centre sees the same bearings, so a box of one view has its place in any
//! other: exactly, whatever the scene. What a tracker makes of the moved boxes must not depend on the motion, if it is
//! told the pose.

use core::f64::consts::TAU;

use super::Row;
use crate::stack::frame::PixelBox;
use crate::stack::geometry::{Bearing, View};

/// How a camera moves to and fro.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sway {
    /// Pan by 0.12 picture widths with a period of 3 s, so up to a quarter of a width a second.
    Pan,
    /// Tilt by 0.12 picture heights with a period of 4.1 s.
    Tilt,
    /// Zoom: the field of view grows and shrinks by a quarter with a period of 5.3 s.
    Zoom,
    /// All three.
    All,
}

impl Sway {
    /// Each by itself, and all.
    pub const EACH: [Self; 4] = [Self::Pan, Self::Tilt, Self::Zoom, Self::All];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pan => "pan",
            Self::Tilt => "tilt",
            Self::Zoom => "zoom",
            Self::All => "all",
        }
    }

    /// What the camera sees `t_s` into its motion, where it began with `still`.
    pub fn view(self, still: &View, t_s: f64) -> View {
        let wave = |part: Self, period_s: f64| {
            let moves = self == part || self == Self::All;
            if moves { libm::sin(TAU * t_s / period_s) } else { 0.0 }
        };
        let axis = Bearing {
            az_deg: still.axis.az_deg + 0.12 * still.hfov_deg * wave(Self::Pan, 3.0),
            el_deg: still.axis.el_deg + 0.12 * still.angle_of_px(still.height_px) * wave(Self::Tilt, 4.1),
        };
        View { axis, hfov_deg: still.hfov_deg * (1.0 - 0.25 * wave(Self::Zoom, 5.3)), ..*still }
    }
}

/// A box of one view as another view of the same place has it; `None` where that looks the other way.
pub fn moved(bbox: &PixelBox, from: &View, to: &View) -> Option<PixelBox> {
    let [x_px, y_px] = to.pixel_of(from.bearing_of(bbox.centre_px()))?;
    let [w_px, h_px] = [bbox.w_px, bbox.h_px].map(|side| to.px_of_angle(from.angle_of_px(side)));
    Some(PixelBox { x_px: x_px - w_px * 0.5, y_px: y_px - h_px * 0.5, w_px, h_px })
}

/// All rows in another view, a frame at a time; `views` gives those that a frame is moved from and to.
pub fn moved_rows(rows: &[Row], views: impl Fn(u32) -> [View; 2]) -> Vec<Row> {
    let place = |row: &Row| {
        let [from, to] = views(row.frame);
        Some(Row { bbox: moved(&row.bbox, &from, &to)?, ..*row })
    };
    rows.iter().filter_map(place).collect()
}
