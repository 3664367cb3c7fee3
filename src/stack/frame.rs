//! One video frame as the stack gets it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, State, Visit};

/// A frame: when it was exposed, when it came, and what is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Sequence number given by the source; a gap is a lost frame.
    pub seq: u64,
    /// Identity of the picture: equal in two frames when the source repeats itself (a frozen camera).
    pub picture: u64,
    /// Middle of the exposure.
    pub captured_at: SimTime,
    /// When the stack got it.
    pub arrived_at: SimTime,
    /// Width \[px\].
    pub width_px: u32,
    /// Height \[px\].
    pub height_px: u32,
    /// What is to be seen.
    pub content: Content,
    /// The picture itself, where a detector wants it.
    pub pixels: Option<Pixels>,
}

/// A picture in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pixels {
    /// Width \[px\].
    pub width_px: u32,
    /// Height \[px\].
    pub height_px: u32,
    /// Rows from the top, three bytes a pixel, red first.
    pub rgb: Arc<Vec<u8>>,
}

impl Frame {
    /// Age at `at`: time since the exposure.
    pub fn age_s(&self, at: SimTime) -> f64 {
        at.since(self.captured_at).as_secs_f64()
    }
}

/// Pixels are not walked: they follow from the picture, which the scene walks, and a replay has none.
impl State for Frame {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("seq", self.seq);
        v.u64("picture", self.picture);
        v.time("captured_at", self.captured_at);
        v.time("arrived_at", self.arrived_at);
        v.u64("width_px", u64::from(self.width_px));
        v.u64("height_px", u64::from(self.height_px));
        match &self.content {
            Content::Truth { boxes, miss_probability } => {
                v.f64("miss_probability", *miss_probability);
                v.parts("box", boxes.iter());
            }
        }
    }
}

impl State for TruthBox {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("target", u64::from(self.target));
        v.bytes("label", self.label.as_bytes());
        v.f64("x_px", self.bbox.x_px);
        v.f64("y_px", self.bbox.y_px);
        v.f64("w_px", self.bbox.w_px);
        v.f64("h_px", self.bbox.h_px);
        v.f64("visible_fraction", self.visible_fraction);
        v.f64("visible_x_px", self.visible.x_px);
        v.f64("visible_y_px", self.visible.y_px);
        v.f64("visible_w_px", self.visible.w_px);
        v.f64("visible_h_px", self.visible.h_px);
    }
}

/// What a detector gets to see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Content {
    /// Truth boxes, for the geometric detector: no pixels are made.
    Truth {
        /// The boxes, in the order of the scenario's targets.
        boxes: Arc<[TruthBox]>,
        /// Chance that a detector overlooks a box in this picture, on top of its own, 0 ..= 1.
        miss_probability: f64,
    },
}

/// Where a target really is in the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthBox {
    /// Index of the target in the scenario.
    pub target: u32,
    /// What a good detector would call it.
    pub label: Arc<str>,
    /// Its box, not clipped to the picture.
    pub bbox: PixelBox,
    /// Share of the box inside the picture and covered by nothing, 0 ..= 1.
    pub visible_fraction: f64,
    /// The smallest box about that share; without a size when there is none.
    pub visible: PixelBox,
}

/// A box in a picture: left-top corner and size \[px\], x right, y down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PixelBox {
    /// Left edge \[px\].
    pub x_px: f64,
    /// Top edge \[px\].
    pub y_px: f64,
    /// Width \[px\], ≥ 0.
    pub w_px: f64,
    /// Height \[px\], ≥ 0.
    pub h_px: f64,
}

impl PixelBox {
    /// All four are numbers, and both sides have a length.
    pub fn is_sound(&self) -> bool {
        [self.x_px, self.y_px, self.w_px, self.h_px].iter().all(|side| side.is_finite())
            && self.w_px > 0.0
            && self.h_px > 0.0
    }

    /// Its centre \[px, px\].
    pub fn centre_px(&self) -> [f64; 2] {
        [self.x_px + self.w_px * 0.5, self.y_px + self.h_px * 0.5]
    }

    /// The part inside a picture of `width_px` × `height_px`; `None` when nothing is.
    ///
    /// Right and bottom edges move with the left and top ones, so a box that sticks out on the left gets narrower
    /// (the seed clamped each of the four numbers by itself and kept the width).
    pub fn clipped(&self, width_px: f64, height_px: f64) -> Option<Self> {
        use tiltyard_visca::num::clamp;
        let (left, top) = (clamp(self.x_px, 0.0, width_px), clamp(self.y_px, 0.0, height_px));
        let right = clamp(self.x_px + self.w_px, 0.0, width_px);
        let bottom = clamp(self.y_px + self.h_px, 0.0, height_px);
        (right > left && bottom > top).then_some(Self { x_px: left, y_px: top, w_px: right - left, h_px: bottom - top })
    }

    /// Intersection over union, 0 ..= 1.
    pub fn iou(&self, other: &Self) -> f64 {
        use tiltyard_visca::num::{max, min};
        let w = min(self.x_px + self.w_px, other.x_px + other.w_px) - max(self.x_px, other.x_px);
        let h = min(self.y_px + self.h_px, other.y_px + other.h_px) - max(self.y_px, other.y_px);
        if w <= 0.0 || h <= 0.0 {
            return 0.0;
        }
        let shared = w * h;
        shared / (self.w_px * self.h_px + other.w_px * other.h_px - shared)
    }

    /// Coverage of a picture: the larger of the two side ratios, as upstream defines it.
    pub fn coverage(&self, width_px: u32, height_px: u32) -> f64 {
        tiltyard_visca::num::max(self.w_px / f64::from(width_px), self.h_px / f64::from(height_px))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn pixel_box(x_px: f64, y_px: f64, w_px: f64, h_px: f64) -> PixelBox {
        PixelBox { x_px, y_px, w_px, h_px }
    }

    #[test]
    fn a_box_that_sticks_out_gets_narrower() {
        // 64 px of 128 px lie left of the picture.
        let clipped = pixel_box(-64.0, 10.0, 128.0, 20.0).clipped(1280.0, 720.0);
        assert_eq!(clipped, Some(pixel_box(0.0, 10.0, 64.0, 20.0)));
        assert_eq!(pixel_box(1300.0, 0.0, 10.0, 10.0).clipped(1280.0, 720.0), None);
    }

    #[test]
    fn iou_of_a_half_shifted_box_is_a_third() {
        // Overlap 50, union 150.
        assert_eq!(pixel_box(0.0, 0.0, 10.0, 10.0).iou(&pixel_box(5.0, 0.0, 10.0, 10.0)), 50.0 / 150.0);
    }
}
