//! The old code: speed in proportion to the picture error, none below a threshold.
//!
//! ```text
//! u = gain · e   if |e| > threshold, else 0        e: fraction of the full frame, u: fraction of the top rate
//! ```
//!
//! What the guide replaces. Its loop gain grows with the zoom, its knee sits at the threshold, and it never slows
//! down for a delay: kept as the baseline that others are measured against.

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::clamp;
use tiltyard_visca::{State, Visit};

use super::{Servo, ServoInput, Terms};

/// Gain and threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProportionalGains {
    /// Fraction of the top rate a unit of frame error \[1\]; upstream's `ptz_movement_gain`, 2.0.
    pub gain: f64,
    /// Frame error below which the camera stands \[fraction of the frame\]; upstream's 0.05.
    pub threshold: f64,
}

impl Default for ProportionalGains {
    fn default() -> Self {
        Self { gain: 2.0, threshold: 0.05 }
    }
}

/// The old code.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proportional {
    gains: ProportionalGains,
    rate_max_dps: [f64; 2],
    terms: [Terms; 2],
}

impl Proportional {
    /// For an actuator with these top rates \[deg/s\].
    pub fn new(gains: ProportionalGains, rate_max_dps: [f64; 2]) -> Self {
        Self { gains, rate_max_dps, terms: [Terms::default(); 2] }
    }
}

impl Servo for Proportional {
    fn name(&self) -> &'static str {
        "proportional"
    }

    fn update(&mut self, input: &ServoInput) -> [f64; 2] {
        self.terms = [0, 1].map(|axis| {
            let (error, rate_max_dps) = (input.error_frame[axis], self.rate_max_dps[axis]);
            // Written so that a NaN falls below the threshold.
            let wanted = if error.abs() > self.gains.threshold { self.gains.gain * error } else { 0.0 };
            let p_dps = wanted * rate_max_dps;
            Terms { p_dps, limited: p_dps.abs() > rate_max_dps, ..Terms::default() }
        });
        [0, 1].map(|axis| clamp(self.terms[axis].p_dps, -self.rate_max_dps[axis], self.rate_max_dps[axis]))
    }

    fn reset(&mut self) {}

    fn terms(&self) -> [Terms; 2] {
        self.terms
    }
}

/// No memory: the terms of the last step are for the record only.
impl State for Proportional {
    fn visit(&self, _: &mut dyn Visit) {}
}
