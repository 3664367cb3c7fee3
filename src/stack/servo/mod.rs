//! Servos: from the pointing error to pan and tilt rates.

mod motion;
mod pid;
mod predictive;
mod proportional;
mod singer;

pub use motion::Motion;
pub use pid::{AntiWindup, DerivativeOf, Pid, PidGains};
pub use predictive::{Predictive, PredictiveGains};
pub use proportional::{Proportional, ProportionalGains};

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, State};

use super::Saved;
use super::pose::Revised;

/// What a servo gets to know in one control step. Arrays are (pan, tilt), + is right and up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServoInput {
    /// Now.
    pub at: SimTime,
    /// Time since the last control step \[s\], > 0; the nominal frame time on the first.
    pub dt_s: f64,
    /// Bearing of the target less the optical axis \[deg\].
    pub error_deg: [f64; 2],
    /// The same in the picture, as a fraction of the full frame: ±0.5 at the edges.
    pub error_frame: [f64; 2],
    /// Rate of the target in the world \[deg/s\]; zero when the tracker does not estimate it.
    pub target_rate_dps: [f64; 2],
    /// The target is another one than in the last step.
    pub new_target: bool,
    /// The target as seen in this frame, if it was.
    pub sighting: Option<Sighting>,
    /// The head when this step's command will act, by the pose model with all commands in flight.
    pub head: Head,
    /// How long this step's command will act \[s\].
    pub hold_s: f64,
}

/// A target seen in a frame. Positions count from where dead reckoning has the head at zero: see
/// [`PoseEstimator`](super::pose::PoseEstimator).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sighting {
    /// Exposure of the frame.
    pub at: SimTime,
    /// Bearing (az, el) \[deg\].
    pub position_deg: [f64; 2],
    /// Its expected standard deviation, from the size of the box \[deg\].
    pub sd_deg: [f64; 2],
    /// Size of the box (width, height) \[deg\].
    pub size_deg: [f64; 2],
}

/// The head at a moment; positions count as those of a [`Sighting`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Head {
    /// When.
    pub at: SimTime,
    /// Pan, tilt \[deg\].
    pub position_deg: [f64; 2],
    /// Rates that the axes really have then, as far as known: pan, tilt \[deg/s\].
    pub rate_dps: [f64; 2],
    /// How what was believed of the head has been revised so far: positions of sightings before do not show it.
    pub revised: Revised,
}

/// What each part of a control law asked for \[deg/s\], for the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// Proportional.
    pub p_dps: f64,
    /// Integral.
    pub i_dps: f64,
    /// Derivative.
    pub d_dps: f64,
    /// Feed-forward.
    pub ff_dps: f64,
    /// The sum hit the actuator's limit.
    pub limited: bool,
}

/// Turns the error into rates.
pub trait Servo: State + Saved + Send {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// One control step: the wanted rates (pan, tilt) \[deg/s\], inside the actuator's limits and finite.
    fn update(&mut self, input: &ServoInput) -> [f64; 2];

    /// Forgets the past, as after a loss.
    fn reset(&mut self);

    /// The parts of the last output, (pan, tilt).
    fn terms(&self) -> [Terms; 2];
}
