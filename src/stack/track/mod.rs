//! Trackers: from boxes of single frames to tracks with an identity.

mod assign;
mod box_filter;
mod boxes;
mod cascade;
mod kalman;
mod ocsort;
mod sort;

pub use assign::Assigner;
pub use boxes::Boxes;
pub use cascade::{Cascade, CascadeConfig, Plane};
pub use kalman::ConstantVelocity;
pub use ocsort::{OcSort, OcSortConfig};
pub use sort::{Sort, SortConfig};

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, State, Visit};

use super::frame::PixelBox;
use super::geometry::{Bearing, View};
use super::{Detection, Saved};

/// One thing followed over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Its identity, never used again by this tracker.
    pub id: u32,
    /// What it is.
    pub label: Arc<str>,
    /// Confidence of the last box, 0 ..= 1.
    pub confidence: f64,
    /// Last box \[px\], in the picture it was seen in.
    pub bbox: PixelBox,
    /// Where it was in the world at `at`.
    pub bearing: Bearing,
    /// How fast it moves in the world \[deg/s\] on (az, el); zero where the tracker does not estimate it.
    pub rate_dps: [f64; 2],
    /// Exposure time of the newest frame the estimate includes.
    pub at: SimTime,
    /// Exposure time of the last frame it was seen in.
    pub seen_at: SimTime,
    /// Frames it was seen in.
    pub hits: u32,
}

impl Track {
    /// A track that begins with this box, seen in the frame exposed at `at`.
    pub fn first(id: u32, at: SimTime, found: &Detection, bearing: Bearing) -> Self {
        Self {
            id,
            label: Arc::clone(&found.label),
            confidence: found.confidence,
            bbox: found.bbox,
            bearing,
            rate_dps: [0.0; 2],
            at,
            seen_at: at,
            hits: 1,
        }
    }

    /// Where it will be, were it to keep its rate.
    pub fn bearing_at(&self, at: SimTime) -> Bearing {
        let ahead_s = at.signed_secs_since(self.at);
        Bearing {
            az_deg: self.bearing.az_deg + self.rate_dps[0] * ahead_s,
            el_deg: self.bearing.el_deg + self.rate_dps[1] * ahead_s,
        }
    }
}

impl State for Track {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("id", u64::from(self.id));
        v.bytes("label", self.label.as_bytes());
        v.f64("confidence", self.confidence);
        v.f64("x_px", self.bbox.x_px);
        v.f64("y_px", self.bbox.y_px);
        v.f64("w_px", self.bbox.w_px);
        v.f64("h_px", self.bbox.h_px);
        v.f64("az_deg", self.bearing.az_deg);
        v.f64("el_deg", self.bearing.el_deg);
        v.f64("az_rate_dps", self.rate_dps[0]);
        v.f64("el_rate_dps", self.rate_dps[1]);
        v.time("at", self.at);
        v.time("seen_at", self.seen_at);
        v.u64("hits", u64::from(self.hits));
    }
}

/// Gives boxes an identity over time.
pub trait Tracker: State + Saved + Send {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Takes in the boxes of one frame, exposed at `at` with `view`. Exposure times never decrease.
    fn update(&mut self, at: SimTime, view: &View, detections: &[Detection]);

    /// The tracks that are alive, by rising id.
    fn tracks(&self) -> &[Track];
}
