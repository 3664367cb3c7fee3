//! From the rates that a servo wants to the speed codes that leave.
//!
//! ```text
//! wanted ─▶ guard ─▶ soft limits ─▶ acceleration and jerk ─▶ code ─▶ drive
//! ```
//!
//! - The **guard** turns the correction down while the head swings to and fro and the target does not.
//! - **Soft limits**: no faster towards an end of the range than the head can brake before it.
//! - **Acceleration and jerk** may be limited below what the head can do, for a calm picture.
//! - **Codes** are coarse: a VISCA head has 24 speeds, each a fifth faster than the one below. The nearest is taken. A
//!   servo that steers by where its own codes have brought the head dithers by itself: what a code was too slow by, the
//!   next wish asks for. For one that does not know what became of its wishes, what the codes are short of is carried
//!   over, so that their mean is right (a first-order error feedback, as in sigma-delta modulation).
//!
//! A drive that does not differ from the last one is not sent again: the controller sees to that.

mod guard;
mod ramp;

use serde::{Deserialize, Serialize};
use tiltyard_visca::model::AxisModel;
use tiltyard_visca::num::{clamp, max};
use tiltyard_visca::{Drive, SimTime, State, Visit};

pub use guard::{Guard, GuardConfig};
pub use ramp::{Ramp, RampConfig};

/// How rates become codes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShapeConfig {
    /// Carry over what a code is short of.
    pub dither: bool,
    /// Limits for a calm picture.
    pub ramp: RampConfig,
    /// Distance from the ends of the range that is kept \[deg\]; `None` leaves them to the camera.
    pub margin_deg: Option<f64>,
    /// The limit-cycle guard; `None` has none.
    pub guard: Option<GuardConfig>,
}

impl ShapeConfig {
    /// The nearest code, whatever it was: what the guide does.
    pub const PLAIN: Self = Self { dither: false, ramp: RampConfig::FREE, margin_deg: None, guard: None };
}

/// What a servo asks for; arrays are (pan, tilt).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Now.
    pub at: SimTime,
    /// Wanted rates \[deg/s\].
    pub rate_dps: [f64; 2],
    /// How long the drive will act \[s\].
    pub hold_s: f64,
    /// The head when the drive begins to act \[deg\].
    pub head_deg: [f64; 2],
    /// The target's bearing \[deg\].
    pub target_deg: [f64; 2],
    /// Its rates \[deg/s\].
    pub target_dps: [f64; 2],
    /// Horizontal field of view \[deg\].
    pub hfov_deg: f64,
}

/// One axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Axis {
    /// What the codes so far are short of the wish \[deg\].
    carry_deg: f64,
    ramp: Ramp,
    guard: Guard,
}

/// The shaper.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    config: ShapeConfig,
    axes: [Axis; 2],
}

impl Shape {
    /// At rest.
    pub fn new(config: ShapeConfig) -> Self {
        Self { config, axes: [Axis::default(); 2] }
    }

    /// The drive for this step, for a head with these axes, which brake with these accelerations \[deg/s²\].
    pub fn shape(&mut self, demand: &Demand, axes: [&AxisModel; 2], acceleration_dps2: [f64; 2]) -> Drive {
        let [pan_code, tilt_code] = [0, 1].map(|n| self.axis(n, demand, axes[n], acceleration_dps2[n]));
        Drive { pan_code, tilt_code }
    }

    /// The head was stopped, or stands because there is nobody.
    pub fn stop(&mut self) {
        for axis in &mut self.axes {
            *axis = Axis { guard: axis.guard, ..Axis::default() };
        }
    }

    /// How often the guard has acted.
    pub fn guard_acts(&self) -> u64 {
        self.axes.iter().map(|axis| axis.guard.acts()).sum()
    }

    fn axis(&mut self, n: usize, demand: &Demand, model: &AxisModel, acceleration_dps2: f64) -> i8 {
        let (config, axis) = (&self.config, &mut self.axes[n]);
        let share = config.guard.map_or(1.0, |guard| {
            axis.guard.share(&guard, demand.at, demand.head_deg[n], demand.target_deg[n], demand.hfov_deg)
        });
        let target_dps = demand.target_dps[n];
        let turned_down =
            |rate_dps: f64| if share < 1.0 { target_dps + share * (rate_dps - target_dps) } else { rate_dps };
        let ahead = config.margin_deg.map_or((f64::NEG_INFINITY, f64::INFINITY), |margin_deg| {
            let room_deg = (demand.head_deg[n] - model.min_deg, model.max_deg - demand.head_deg[n]);
            let fastest = |room_deg: f64| braked_dps(room_deg - margin_deg, acceleration_dps2, demand.hold_s);
            (-fastest(room_deg.0), fastest(room_deg.1))
        });
        let inside = |rate_dps: f64| clamp(turned_down(rate_dps), ahead.0, ahead.1);

        let rate_dps = axis.ramp.follow(&config.ramp, inside(demand.rate_dps[n]), demand.hold_s);
        let carried_dps = if config.dither { axis.carry_deg / demand.hold_s } else { 0.0 };
        let wanted_dps = rate_dps + carried_dps;
        // Codes are whole: the one that was chosen may still be too fast for the room that is left.
        let code = slower_until(model, model.code_for(wanted_dps), ahead);
        if config.dither {
            // Never more than one step's worth: what could not be driven for long is not made up for.
            let most_deg = spacing_dps(model, code) * demand.hold_s;
            axis.carry_deg = clamp((wanted_dps - model.rate_of(code)) * demand.hold_s, -most_deg, most_deg);
        }
        code
    }
}

/// The fastest rate from which the head, after a hold at it, still stops within `room_deg`: v·h + v²/(2·A) = room.
fn braked_dps(room_deg: f64, acceleration_dps2: f64, hold_s: f64) -> f64 {
    let in_hold_dps = acceleration_dps2 * hold_s;
    (in_hold_dps * in_hold_dps + 2.0 * acceleration_dps2 * max(room_deg, 0.0)).sqrt() - in_hold_dps
}

/// The distance from a code to the next faster one \[deg/s\]; of the fastest, to the one below.
fn spacing_dps(model: &AxisModel, code: i8) -> f64 {
    let faster = code.unsigned_abs() as i8 + 1;
    let upper = if faster > model.code_max() { faster - 1 } else { faster };
    model.rate_of(upper) - model.rate_of(upper - 1)
}

/// The fastest code, not beyond `code`, whose rate is within these.
fn slower_until(model: &AxisModel, mut code: i8, (low_dps, high_dps): (f64, f64)) -> i8 {
    while code > 0 && model.rate_of(code) > high_dps {
        code -= 1;
    }
    while code < 0 && model.rate_of(code) < low_dps {
        code += 1;
    }
    code
}

impl State for Shape {
    fn visit(&self, v: &mut dyn Visit) {
        for axis in &self.axes {
            v.f64("carry_deg", axis.carry_deg);
            v.part("ramp", &axis.ramp);
            v.part("guard", &axis.guard);
        }
    }
}

#[cfg(test)]
mod tests;
