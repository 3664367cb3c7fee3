//! Zoom by coverage, as the guide has it: the speed is proportional to how much of the picture is missing.
//!
//! ```text
//! d = wanted − coverage;   start when |d| > dead zone, stop when |d| < dead zone / 2;   speed = clamp(gain · d, ±1)
//! ```
//!
//! Coverage is the larger of the two side ratios. The speed is a fraction of the zoom motor's top speed, + is in. It is
//! held from frame to frame: no pulsing, no interval. Without a target it stops; when the target is *lost* it widens.
//!
//! Does not know where the lens is, nor that the picture is old: what a drive does to the size depends on the lens, and
//! the loop gain on the zoom.

use serde::{Deserialize, Serialize};
use tiltyard_visca::model::ZoomModel;
use tiltyard_visca::num::clamp;
use tiltyard_visca::{State, Visit, ZoomDrive};

use super::{ZoomConfig, ZoomInput, ZoomLaw};
use crate::stack::Phase;

/// Parameters of the linear law.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearGains {
    /// Fraction of the top speed a unit of difference \[1\].
    pub gain: f64,
}

impl Default for LinearGains {
    /// Upstream's `zoom_velocity_gain`.
    fn default() -> Self {
        Self { gain: 0.5 }
    }
}

/// The linear law.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    config: ZoomConfig,
    gains: LinearGains,
    model: ZoomModel,
    moving: bool,
}

impl Linear {
    /// At rest, for a motor.
    pub const fn new(config: ZoomConfig, gains: LinearGains, model: ZoomModel) -> Self {
        Self { config, gains, model, moving: false }
    }

    /// The wanted speed, −1 (out) ..= 1 (in). `coverage` is that of a target seen in this frame.
    fn speed(&mut self, phase: Phase, coverage: Option<f64>) -> f64 {
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
        if self.moving { clamp(difference * self.gains.gain, -1.0, 1.0) } else { 0.0 }
    }
}

impl ZoomLaw for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn update(&mut self, input: &ZoomInput) -> ZoomDrive {
        let mut speed = self.speed(input.phase, input.seen.map(|seen| seen.coverage().0));
        if self.config.target_coverage.is_some() && input.widen {
            speed = -self.config.reset_speed;
        }
        drive(speed, self.model.speed_units_per_s.len())
    }
}

/// The variable zoom speed nearest to a fraction of the top speed, for a motor with `speeds` of them.
fn drive(fraction: f64, speeds: usize) -> ZoomDrive {
    let slowest = 0.5 / speeds as f64;
    if !fraction.is_finite() || fraction.abs() < slowest {
        return ZoomDrive::Stop;
    }
    let top = speeds.saturating_sub(1) as f64;
    let p = libm::round(clamp(fraction.abs(), 0.0, 1.0) * top) as u8;
    if fraction > 0.0 { ZoomDrive::Tele(p) } else { ZoomDrive::Wide(p) }
}

impl State for Linear {
    fn visit(&self, v: &mut dyn Visit) {
        v.bool("moving", self.moving);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::zoom::ZoomLawConfig;

    fn zoom(target_coverage: Option<f64>) -> Linear {
        let gains = LinearGains { gain: 5.0 };
        let law = ZoomLawConfig::Linear(gains);
        let config = ZoomConfig { target_coverage, dead_zone: 0.04, reset_speed: 0.5, law };
        Linear::new(config, gains, ZoomModel { tele_units: 0x4000, speed_units_per_s: vec![1000.0; 8] })
    }

    #[test]
    fn small_targets_zoom_in_and_large_ones_out() {
        let mut zoom = zoom(Some(0.4));
        assert!((zoom.speed(Phase::Tracking, Some(0.3)) - 0.5).abs() < 1e-12);
        assert_eq!(zoom.speed(Phase::Tracking, Some(0.9)), -1.0);
    }

    #[test]
    fn it_stops_well_inside_the_zone_and_starts_outside() {
        let mut zoom = zoom(Some(0.4));
        assert_eq!(zoom.speed(Phase::Tracking, Some(0.37)), 0.0, "0.03 off: inside");
        assert!(zoom.speed(Phase::Tracking, Some(0.35)) > 0.0);
        assert!(zoom.speed(Phase::Tracking, Some(0.37)) > 0.0, "moving: goes on to half the zone");
        assert_eq!(zoom.speed(Phase::Tracking, Some(0.385)), 0.0);
    }

    #[test]
    fn without_a_target_it_rests_and_after_a_loss_it_widens() {
        let mut zoom = zoom(Some(0.4));
        assert_eq!(zoom.speed(Phase::Searching, None), 0.0);
        assert_eq!(zoom.speed(Phase::Lost, None), -0.5);
        assert_eq!(zoom.speed(Phase::Tracking, Some(f64::NAN)), 0.0);
        assert_eq!(self::zoom(None).speed(Phase::Tracking, Some(0.1)), 0.0);
    }

    #[test]
    fn a_speed_is_the_nearest_of_those_there_are() {
        let of = |fraction| drive(fraction, 8);
        assert_eq!([of(1.0), of(-0.5), of(0.01)], [ZoomDrive::Tele(7), ZoomDrive::Wide(4), ZoomDrive::Stop]);
    }
}
