//! The law whose numbers are published: AutoPTZ's controller with all that predicts or compensates switched off.
//!
//! ```text
//! c = clamp(kp · filtered(seen), ±1)      command = sign(c) · |c|^1.2
//! ```
//!
//! The filter is the one-euro filter (Casiez, Roussel, Vogel: *1€ Filter*, CHI 2012): a low-pass whose cutoff rises
//! with the speed of the signal. AutoPTZ's smoothing of 0 gives it a cutoff of 2 Hz at rest and a slope of 0.055.

use core::f64::consts::TAU;

use tiltyard_visca::num::clamp;

use super::{Controller, Seen, TICK_S};

/// Exponent of the response curve.
const POWER: f64 = 1.2;
/// Cutoff at rest \[Hz\].
const CUTOFF_MIN_HZ: f64 = 2.0;
/// How the cutoff rises with the speed of the signal \[Hz for a half frame a second\].
const CUTOFF_SLOPE: f64 = 0.055;
/// Cutoff of the speed's own filter \[Hz\].
const SPEED_CUTOFF_HZ: f64 = 1.0;

/// The published baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    gain: f64,
    /// The filtered value, and its filtered speed a second.
    filtered: Option<(f64, f64)>,
}

impl Baseline {
    /// The gains in the published table.
    pub const GAINS: [f64; 2] = [0.6, 0.8];

    /// With a gain \[command for a half frame\].
    pub const fn new(gain: f64) -> Self {
        Self { gain, filtered: None }
    }

    fn filter(&mut self, value: f64) -> f64 {
        let (filtered, speed) = match self.filtered {
            None => (value, 0.0),
            Some((last, speed)) => {
                let speed = towards(speed, (value - last) / TICK_S, SPEED_CUTOFF_HZ);
                (towards(last, value, CUTOFF_MIN_HZ + CUTOFF_SLOPE * speed.abs()), speed)
            }
        };
        self.filtered = Some((filtered, speed));
        filtered
    }
}

/// One step of a first-order low-pass, from `last` towards `value`.
fn towards(last: f64, value: f64, cutoff_hz: f64) -> f64 {
    let share = 1.0 / (1.0 + 1.0 / (TAU * cutoff_hz * TICK_S));
    share * value + (1.0 - share) * last
}

impl Controller for Baseline {
    fn command(&mut self, seen: &Seen<'_>) -> f64 {
        let clamped = clamp(self.gain * self.filter(seen.error), -1.0, 1.0);
        libm::copysign(libm::pow(clamped.abs(), POWER), clamped)
    }
}
