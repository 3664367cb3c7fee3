//! Zoom by coverage: the target's box should fill a given share of the picture.
//!
//! ```text
//! d = wanted − coverage;   start when |d| > dead zone, stop when |d| < dead zone / 2;   speed = clamp(gain · d, ±1)
//! ```
//!
//! Coverage is the larger of the two side ratios. The speed is a fraction of the zoom motor's top speed, + is in. It is
//! held from frame to frame: no pulsing, no interval. Without a target it stops; when the target is *lost* it widens.

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::clamp;
use tiltyard_visca::{State, Visit};

use super::Phase;

/// What the zoom aims at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoomConfig {
    /// Share of the picture that the target should fill, 0 … 1; `None` leaves the zoom alone.
    pub target_coverage: Option<f64>,
    /// Difference from which on the zoom moves \[ratio\].
    pub dead_zone: f64,
    /// Fraction of the top speed a unit of difference \[1\].
    pub gain: f64,
    /// Speed of widening after a loss, 0 ..= 1; 0 stays where it is.
    pub reset_speed: f64,
}

/// The zoom loop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zoom {
    config: ZoomConfig,
    moving: bool,
}

impl Zoom {
    /// At rest.
    pub const fn new(config: ZoomConfig) -> Self {
        Self { config, moving: false }
    }

    /// The wanted speed, −1 (out) ..= 1 (in). `coverage` is that of a target seen in this frame.
    pub fn update(&mut self, phase: Phase, coverage: Option<f64>) -> f64 {
        let Some(wanted) = self.config.target_coverage else { return 0.0 };
        if phase == Phase::Lost {
            self.moving = false;
            return -self.config.reset_speed;
        }
        let Some(coverage) = coverage.filter(|coverage| coverage.is_finite()) else {
            self.moving = false;
            return 0.0;
        };
        let difference = wanted - coverage;
        let threshold = if self.moving { self.config.dead_zone * 0.5 } else { self.config.dead_zone };
        self.moving = difference.abs() > threshold;
        if self.moving { clamp(difference * self.config.gain, -1.0, 1.0) } else { 0.0 }
    }
}

impl State for Zoom {
    fn visit(&self, v: &mut dyn Visit) {
        v.bool("moving", self.moving);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: ZoomConfig = ZoomConfig { target_coverage: Some(0.4), dead_zone: 0.04, gain: 5.0, reset_speed: 0.5 };

    #[test]
    fn small_targets_zoom_in_and_large_ones_out() {
        let mut zoom = Zoom::new(CONFIG);
        assert!((zoom.update(Phase::Tracking, Some(0.3)) - 0.5).abs() < 1e-12);
        assert_eq!(zoom.update(Phase::Tracking, Some(0.9)), -1.0);
    }

    #[test]
    fn it_stops_well_inside_the_zone_and_starts_outside() {
        let mut zoom = Zoom::new(CONFIG);
        assert_eq!(zoom.update(Phase::Tracking, Some(0.37)), 0.0, "0.03 off: inside");
        assert!(zoom.update(Phase::Tracking, Some(0.35)) > 0.0);
        assert!(zoom.update(Phase::Tracking, Some(0.37)) > 0.0, "moving: goes on to half the zone");
        assert_eq!(zoom.update(Phase::Tracking, Some(0.385)), 0.0);
    }

    #[test]
    fn without_a_target_it_rests_and_after_a_loss_it_widens() {
        let mut zoom = Zoom::new(CONFIG);
        assert_eq!(zoom.update(Phase::Searching, None), 0.0);
        assert_eq!(zoom.update(Phase::Lost, None), -0.5);
        assert_eq!(zoom.update(Phase::Tracking, Some(f64::NAN)), 0.0);
        let mut off = Zoom::new(ZoomConfig { target_coverage: None, ..CONFIG });
        assert_eq!(off.update(Phase::Tracking, Some(0.1)), 0.0);
    }
}
