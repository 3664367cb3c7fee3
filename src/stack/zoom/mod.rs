//! Zoom laws: from the size of the target in the picture to a drive of the zoom motor.

mod linear;
mod log_focal;
mod room;
mod size;

pub use linear::{Linear, LinearGains};
pub use log_focal::{LogFocal, LogFocalGains};

use serde::{Deserialize, Serialize};
use tiltyard_visca::model::ZoomModel;
use tiltyard_visca::{SimTime, State, ZoomDrive};

use super::config::CameraFacts;
use super::frame::PixelBox;
use super::{Phase, Saved};

/// What the zoom aims at, and by which law.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoomConfig {
    /// Share of the picture that the target should fill, 0 … 1: the larger of width and height ratio of its box; `None`
    /// leaves the zoom alone.
    pub target_coverage: Option<f64>,
    /// Difference of the coverage from which on the zoom moves \[ratio\].
    pub dead_zone: f64,
    /// Speed of widening after a loss as a fraction of the top speed, 0 ..= 1; 0 stays where it is.
    pub reset_speed: f64,
    /// How it gets there.
    pub law: ZoomLawConfig,
}

/// Which law.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ZoomLawConfig {
    /// [`Linear`].
    Linear(LinearGains),
    /// [`LogFocal`].
    LogFocal(LogFocalGains),
}

impl ZoomConfig {
    /// A new one, for a camera.
    pub fn build(self, camera: &CameraFacts) -> Box<dyn ZoomLaw> {
        match self.law {
            ZoomLawConfig::Linear(gains) => Box::new(Linear::new(self, gains, camera.model.zoom.clone())),
            ZoomLawConfig::LogFocal(gains) => Box::new(LogFocal::new(self, gains, camera)),
        }
    }
}

/// What a zoom law gets to know in one control step. Arrays are (width, height) of a box, (pan, tilt) of angles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZoomInput {
    /// Now.
    pub at: SimTime,
    /// What the stack believes about the target.
    pub phase: Phase,
    /// The target is another one than in the last step.
    pub new_target: bool,
    /// The target may be outside the picture and is searched for.
    pub widen: bool,
    /// The target as seen in this frame, if it was.
    pub seen: Option<SeenSize>,
    /// Where the target will be in the picture, if there is one.
    pub aim: Option<AimAhead>,
    /// The lens when this step's drive acts.
    pub lens: LensAhead,
}

/// How large a target was seen in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeenSize {
    /// Exposure of the frame.
    pub at: SimTime,
    /// Sides of the box over those of the picture, 0 ..= 1.
    pub share: [f64; 2],
    /// The box ends at a border of the picture: the target is at least so large.
    pub is_cut: [bool; 2],
    /// ln(magnification) at the exposure, by the pose model.
    pub log_ratio: f64,
}

/// Edges within this share of the side of the picture are at its border: half a percent is 10 px of 1920.
const BORDER: f64 = 0.005;

impl SeenSize {
    /// Of a box in a picture of this size.
    pub fn of(at: SimTime, bbox: &PixelBox, width_px: f64, height_px: f64, log_ratio: f64) -> Self {
        let cut = |low_px: f64, side_px: f64, picture_px: f64| {
            low_px <= BORDER * picture_px || low_px + side_px >= (1.0 - BORDER) * picture_px
        };
        Self {
            at,
            share: [bbox.w_px / width_px, bbox.h_px / height_px],
            is_cut: [cut(bbox.x_px, bbox.w_px, width_px), cut(bbox.y_px, bbox.h_px, height_px)],
            log_ratio,
        }
    }

    /// The larger of the two ratios, and whether its side is cut.
    fn coverage(&self) -> (f64, bool) {
        let side = usize::from(self.share[1] > self.share[0]);
        (self.share[side], self.is_cut[side])
    }
}

/// Where a target will be when this step's drive acts, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AimAhead {
    /// Its bearing less the optical axis, by prediction \[deg\].
    pub error_deg: [f64; 2],
    /// Its rate in the world \[deg/s\].
    pub rate_dps: [f64; 2],
    /// Radius about its bearing within which it is taken to be while it is not seen \[deg\]; 0 when it is.
    pub uncertainty_deg: f64,
    /// From the exposure of the frame until this step's drive acts \[s\].
    pub dead_time_s: f64,
}

/// The lens when a drive acts that leaves now, by the pose model with all drives in flight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LensAhead {
    /// When that is.
    pub at: SimTime,
    /// Where the motor comes to rest if that drive is a stop \[position units\].
    pub rest_units: f64,
}

/// Turns what is seen of the target into zoom drives.
pub trait ZoomLaw: State + Saved + Send {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// One control step: the wanted drive of the zoom motor.
    fn update(&mut self, input: &ZoomInput) -> ZoomDrive;
}

/// A drive as a fraction of the top speed, −1 (out) ..= 1 (in).
pub fn fraction_of(model: &ZoomModel, drive: ZoomDrive) -> f64 {
    let top = model.speed_units_per_s.last().copied().unwrap_or(1.0);
    model.rate_of(drive) / top
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_at_a_border_is_cut_on_that_side() {
        let of = |x_px, y_px| {
            let bbox = PixelBox { x_px, y_px, w_px: 100.0, h_px: 300.0 };
            SeenSize::of(SimTime::ZERO, &bbox, 1280.0, 720.0, 0.0)
        };
        assert_eq!(of(200.0, 100.0).is_cut, [false, false]);
        assert_eq!(of(1.0, 100.0).is_cut, [true, false]);
        assert_eq!(of(200.0, 419.0).is_cut, [false, true]);
        assert_eq!(of(200.0, 100.0).coverage(), (300.0 / 720.0, false));
    }
}
