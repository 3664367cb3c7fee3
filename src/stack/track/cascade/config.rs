//! What the cascade is set to: for comparison with others, and for a camera that is driven by it.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::max;

use crate::stack::frame::PixelBox;
use crate::stack::geometry::{Bearing, View};

/// In which plane boxes are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Plane {
    /// The picture \[px\].
    Picture,
    /// Bearings \[deg\], with the pose at the exposure.
    #[default]
    World,
}

/// Parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CascadeConfig {
    /// Where boxes are compared.
    pub plane: Plane,
    /// Confidence from which a box is sure.
    pub sure: f64,
    /// Confidence from which a box that belongs to nobody starts a track.
    pub starts: f64,
    /// Sightings before a track is offered.
    pub hits_min: u32,
    /// Misses in a row after which a track that was never offered is dropped, ≥ 1.
    pub tentative_misses: u32,
    /// Least overlap with a sure box, 0 ..= 1.
    pub overlap_sure: f64,
    /// Least overlap with an unsure box, 0 ..= 1.
    pub overlap_unsure: f64,
    /// A track is offered while the average confidence of its boxes is above this.
    pub offered: f64,
    /// Share of a new box in that average.
    pub confidence_share: f64,
    /// Boxes are widened by this share of their sides on each side before they are compared.
    pub widen: f64,
    /// And by so many standard deviations of the track's predicted place: who was long out of sight may be further off.
    pub widen_sigmas: f64,
    /// A track outlives its last sighting by this long.
    pub keep: Duration,
    /// Sightings in a row before a track that was out of sight is offered again.
    pub again_min: u32,
    /// Standard deviation of a box centre on (x, y), in box heights.
    pub centre_noise: [f64; 2],
    /// Standard deviation of the pose at the exposure \[deg\], which the picture does not know.
    pub pose_noise_deg: f64,
    /// Share of a new innovation in the learned noise, 0 ..= 1; 0 learns nothing.
    pub noise_share: f64,
    /// Power spectral density of acceleration, in box heights² a second³.
    pub acceleration_density: f64,
    /// The same for what the pose model gets wrong \[deg²/s³\], which moves all targets and which the picture does not
    /// know.
    pub pose_acceleration_density: f64,
    /// Standard deviation of the rate of a target just met, in box heights a second.
    pub first_rate: f64,
    /// Share of a new box in the size.
    pub size_share: f64,
}

impl CascadeConfig {
    /// In the world. Found by a random search over the five sequences of MOT15 that `tests/mot.rs` names, on the
    /// detector that comes with them, and rounded; a detector with other confidences wants other thresholds.
    pub const DEFAULT: Self = Self {
        plane: Plane::World,
        sure: 0.7,
        starts: 0.95,
        hits_min: 1,
        tentative_misses: 1,
        overlap_sure: 0.2,
        overlap_unsure: 0.4,
        offered: 0.92,
        confidence_share: 0.05,
        widen: 0.3,
        widen_sigmas: 0.0,
        keep: Duration::from_secs(1),
        again_min: 1,
        centre_noise: [0.06, 0.06],
        pose_noise_deg: 0.0,
        noise_share: 0.0,
        acceleration_density: 1.0,
        pose_acceleration_density: 0.0,
        first_rate: 2.0,
        size_share: 0.2,
    };

    /// In the world, for a camera that is driven by it: what a servo wants of a track is a quiet rate and a place to
    /// look at while the target is out of sight, and a target that was chosen is not to be given up for a dip in its
    /// detector's confidence. [`DEFAULT`](Self::DEFAULT), but for
    ///
    /// - `sure`, `starts`: `ByteTrack`'s own, 0.5 and a tenth above; those of MOT15's detector, which gives 0.99 to
    ///   most people, would leave nobody to follow;
    /// - `hits_min`, `tentative_misses`: a ghost must not turn the head, and one missed frame in the first three is no
    ///   reason to begin again;
    /// - `offered`: nobody is taken back whom the camera may be following;
    /// - `widen_sigmas`: with 1.33 of them a side at an overlap of 0.2, a gate of four standard deviations;
    /// - `keep`: as long as the stack searches;
    /// - `centre_noise`, `pose_noise_deg`, `noise_share`: a good detector's 3 % of a side of somebody three times as
    ///   tall as wide, what the pose model is off, and an average over some 30 frames of what it really is;
    /// - `acceleration_density`: a²·τ of somebody of 1.7 m who changes their pace by 1 m/s² for half a second;
    /// - `pose_acceleration_density`: a²·τ of a head that is some 20 deg/s² off its model for 60 ms, as when a command
    ///   takes effect a video cycle late. On a long lens it is nearly all; without it the camera follows its own errors
    ///   there.
    pub const CONTROL: Self = Self {
        sure: 0.5,
        starts: 0.6,
        hits_min: 3,
        tentative_misses: 2,
        offered: 0.0,
        widen_sigmas: 3.0,
        keep: Duration::from_secs(2),
        centre_noise: [0.01, 0.03],
        pose_noise_deg: 0.05,
        noise_share: 0.03,
        acceleration_density: 0.15,
        pose_acceleration_density: 25.0,
        ..Self::DEFAULT
    };
}

impl CascadeConfig {
    /// Configured variance of the centre of a box on (x, y), in the plane's unit squared; above 0.
    pub(super) fn variance(&self, placed: &PixelBox) -> [f64; 2] {
        let pose = if self.plane == Plane::World { self.pose_noise_deg } else { 0.0 };
        self.centre_noise.map(|share| {
            let noise = share * placed.h_px;
            max(noise * noise + pose * pose, f64::MIN_POSITIVE)
        })
    }
}

impl Plane {
    /// A box of the picture in this plane; y runs down in both.
    pub(super) fn place(self, view: &View, bbox: &PixelBox) -> PixelBox {
        match self {
            Self::Picture => *bbox,
            Self::World => {
                let Bearing { az_deg, el_deg } = view.bearing_of(bbox.centre_px());
                let [w_px, h_px] = [bbox.w_px, bbox.h_px].map(|side| view.angle_of_px(side));
                PixelBox { x_px: az_deg - w_px * 0.5, y_px: -el_deg - h_px * 0.5, w_px, h_px }
            }
        }
    }
}
