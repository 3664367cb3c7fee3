//! Detectors: from a frame to boxes with a label and a confidence.

mod blob;
mod equalized;
mod geometric;
mod motion;
pub mod network;
mod recorded;

pub use blob::{Blob, BlobConfig};
pub use equalized::{ClaheConfig, Equalized, Equalizer};
pub use geometric::{Geometric, GeometricConfig};
pub use motion::{Background, Motion, MotionConfig};
pub use network::{NetworkConfig, Neural};
pub use recorded::Recorded;

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tiltyard_visca::{State, Visit};

use super::Saved;
use super::frame::{Frame, PixelBox};

/// One box that a detector reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// What it is.
    pub label: Arc<str>,
    /// How sure the detector is, 0 ..= 1.
    pub confidence: f64,
    /// Where it is, clipped to the picture.
    pub bbox: PixelBox,
}

impl State for Detection {
    fn visit(&self, v: &mut dyn Visit) {
        v.bytes("label", self.label.as_bytes());
        v.f64("confidence", self.confidence);
        v.f64("x_px", self.bbox.x_px);
        v.f64("y_px", self.bbox.y_px);
        v.f64("w_px", self.bbox.w_px);
        v.f64("h_px", self.bbox.h_px);
    }
}

/// Finds things in a frame.
///
/// The time it takes is not measured here: under virtual time it is drawn from the scenario's distribution.
pub trait Detector: State + Saved + Send {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Appends what it finds in `frame` to `found` (empty on entry), in an order that depends on the frame alone.
    fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>);

    /// Is told before each frame whether head and lens stood at its exposure, as far as the stack knows from its own
    /// drives. Nothing to do for who looks at each frame by itself.
    fn camera_stands(&mut self, _stands: bool) {}

    /// Why it could not look at the last frame, as a sentence; `None` where it could. Nobody may steer by one who is
    /// down.
    fn down(&self) -> Option<&str> {
        None
    }

    /// Draws from this stream from now on: another future of the same past. Nothing to do for who draws nothing.
    fn reseed(&mut self, _rng: ChaCha8Rng) {}
}
