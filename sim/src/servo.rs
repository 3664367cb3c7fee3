//! The firmware's motion profile, alike for pan, tilt and zoom: a rate setpoint under an acceleration limit.
//!
//! Each tick the setpoint r moves towards the wanted rate w by at most a · dt:
//!
//! - rate goal: w is the goal's rate;
//! - position goal at distance d: w = sign(d) · min(limit, brake(|d|));
//! - always: |w| ≤ brake(distance to the end it moves to), so an end is reached at rest.
//!
//! brake(d) is the fastest rate from which whole ticks of −Δ = −a · dt stop within d. Braking from r takes k more
//! ticks, k = ⌊r/Δ⌋, and covers d = dt · ((k + 1) · r − Δ · k · (k + 1)/2); solved for r:
//! k = ⌊√(¼ + 2d/(Δ · dt)) − ½⌋, brake(d) = d/((k + 1) · dt) + Δ · k/2. It is √(2ad) made discrete: the plain root
//! would overshoot by up to a tick's travel and then hunt.
//! Initial state: setpoint 0. Does not model: jerk limits, speed that depends on zoom.

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, min};
use tiltyard_visca::{State, Visit};

/// What a motor strives for; units and units a second, whatever the unit is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Goal {
    /// This rate, until told otherwise or an end is reached.
    Rate(f64),
    /// This position, then hold.
    Position {
        /// Where.
        to: f64,
        /// How fast at most, > 0.
        rate_max: f64,
    },
}

impl State for Goal {
    fn visit(&self, v: &mut dyn Visit) {
        match *self {
            Self::Rate(rate) => {
                v.u64("kind", 0);
                v.f64("rate", rate);
            }
            Self::Position { to, rate_max } => {
                v.u64("kind", 1);
                v.f64("to", to);
                v.f64("rate_max", rate_max);
            }
        }
    }
}

/// One motor's profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Servo {
    /// Tick \[s\] -- parameter.
    dt_s: f64,
    /// Change of the setpoint a tick at most \[units/s\] -- parameter.
    step: f64,
    /// Lower end \[units\] -- parameter.
    min: f64,
    /// Upper end \[units\] -- parameter.
    max: f64,
    /// Rate asked for in the present tick \[units/s\] -- state.
    setpoint: f64,
}

impl Servo {
    /// At rest between two ends.
    pub fn new(acceleration: f64, min: f64, max: f64, physics_hz: u32) -> Self {
        let dt_s = 1.0 / f64::from(physics_hz);
        Self { dt_s, step: acceleration * dt_s, min, max, setpoint: 0.0 }
    }

    /// The rate for the coming tick, being at `position`.
    pub fn setpoint(&mut self, goal: Goal, position: f64) -> f64 {
        let wanted = match goal {
            Goal::Rate(rate) => rate,
            Goal::Position { to, rate_max } => {
                let distance = to - position;
                let rate = min(rate_max, self.brake(distance.abs()));
                if distance < 0.0 { -rate } else { rate }
            }
        };
        let wanted = if wanted > 0.0 {
            min(wanted, self.brake(self.max - position))
        } else if wanted < 0.0 {
            -min(-wanted, self.brake(position - self.min))
        } else {
            0.0
        };
        self.setpoint = clamp(wanted, self.setpoint - self.step, self.setpoint + self.step);
        self.setpoint
    }

    /// A position goal is reached: within `tolerance` and at rest to within one tick's change.
    pub fn arrived(&self, goal: Goal, position: f64) -> bool {
        match goal {
            Goal::Rate(_) => false,
            Goal::Position { to, .. } => {
                let to = clamp(to, self.min, self.max);
                (to - position).abs() <= ARRIVED * (self.max - self.min) && self.setpoint.abs() <= self.step
            }
        }
    }

    /// The setpoint is zero.
    pub fn is_resting(&self) -> bool {
        self.setpoint == 0.0
    }

    /// Tick \[s\].
    pub fn dt_s(&self) -> f64 {
        self.dt_s
    }

    /// The ends \[units\].
    pub fn ends(&self) -> (f64, f64) {
        (self.min, self.max)
    }

    /// The fastest rate from which the motor still stops within `distance`; 0 at or beyond it.
    fn brake(&self, distance: f64) -> f64 {
        if distance <= 0.0 {
            return 0.0;
        }
        // Roots are correctly rounded everywhere; the cast is the floor.
        let ticks = ((0.25 + 2.0 * distance / (self.step * self.dt_s)).sqrt() - 0.5) as u64 as f64;
        distance / ((ticks + 1.0) * self.dt_s) + self.step * ticks / 2.0
    }
}

impl State for Servo {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("setpoint", self.setpoint);
    }
}

/// Arrived within this share of the range: 340° × 10⁻⁷ = 34 µdeg, far below any protocol unit.
const ARRIVED: f64 = 1e-7;
