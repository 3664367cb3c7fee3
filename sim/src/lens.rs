//! The lens: zoom position → magnification → field of view, and the motor that moves it.
//!
//! Curve: magnification is linear in log between the table's points, so it is monotone, hits every point and has an
//! inverse in closed form: ln r = ln rᵢ + (ln rᵢ₊₁ − ln rᵢ) · (u − uᵢ)/(uᵢ₊₁ − uᵢ).
//! Field of view: HFOV(r) = 2 · atan(tan(HFOVw/2) / r).
//! Motor: position u \[units\], rate w \[units/s\], |Δw| ≤ a · dt a tick, u += w · dt; profile and braking as in
//! [`crate::servo`]. Ends: 0 and the last point of the curve. Initial state: at rest where the scenario says.
//!
//! Does not model: focus, hunting, backlash, digital zoom, distortion that changes with zoom.

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::clamp;
use tiltyard_visca::{State, Visit};

use crate::config;
use crate::projection::{degrees, radians};
use crate::servo::{Goal, Servo};

/// Zoom motor and optics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lens {
    optics: Optics,
    servo: Servo,
    goal: Goal,
    /// Position at the start of the present tick \[units\] -- state.
    from_units: f64,
    /// Position at its end \[units\] -- state.
    to_units: f64,
}

/// The part of a lens that never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optics {
    /// tan(HFOV/2) at the wide end.
    half_wide_tan: f64,
    /// (position \[units\], ln magnification), both strictly increasing.
    curve: Vec<(f64, f64)>,
}

impl Optics {
    /// From checked configuration: a curve of at least two points, both columns strictly increasing.
    pub fn new(lens: &config::Lens) -> Self {
        Self {
            half_wide_tan: libm::tan(radians(lens.hfov_wide_deg / 2.0)),
            curve: lens.curve.iter().map(|&(units, ratio)| (units, libm::log(ratio))).collect(),
        }
    }

    /// Magnification at a zoom position; the end's beyond the ends.
    pub fn ratio(&self, units: f64) -> f64 {
        libm::exp(interpolate(self.curve.iter().copied(), units))
    }

    /// Zoom position of a magnification \[units\]; the end's beyond the ends.
    pub fn units(&self, ratio: f64) -> f64 {
        interpolate(self.curve.iter().map(|&(units, log)| (log, units)), libm::log(ratio))
    }

    /// Horizontal field of view at a magnification \[deg\].
    pub fn hfov_deg(&self, ratio: f64) -> f64 {
        degrees(2.0 * libm::atan(self.half_wide_tan / ratio))
    }

    /// Vertical field of view of a picture of this size with square pixels \[deg\].
    pub fn vfov_deg(&self, ratio: f64, width_px: u32, height_px: u32) -> f64 {
        degrees(2.0 * libm::atan(self.half_wide_tan / ratio * f64::from(height_px) / f64::from(width_px)))
    }

    /// The ends of the curve \[units\].
    fn ends(&self) -> (f64, f64) {
        let first = self.curve.first().map_or(0.0, |point| point.0);
        (first, self.curve.last().map_or(first, |point| point.0))
    }
}

impl Lens {
    /// At rest at magnification `ratio`; `physics_hz` ticks a second.
    pub fn new(lens: &config::Lens, ratio: f64, physics_hz: u32) -> Self {
        let optics = Optics::new(lens);
        let (min, max) = optics.ends();
        let units = clamp(optics.units(ratio), min, max);
        let servo = Servo::new(lens.acceleration_units_per_s2, min, max, physics_hz);
        Self { optics, servo, goal: Goal::Rate(0.0), from_units: units, to_units: units }
    }

    /// Sets what the motor strives for from the next tick on \[units, units/s\].
    pub fn drive(&mut self, goal: Goal) {
        self.goal = goal;
    }

    /// Starts the next tick. True when a position goal has just been reached: the motor now holds.
    pub fn tick(&mut self) -> bool {
        self.from_units = self.to_units;
        let arrived = self.servo.arrived(self.goal, self.from_units);
        if arrived {
            self.goal = Goal::Rate(0.0);
        }
        if !self.is_resting() {
            let rate = self.servo.setpoint(self.goal, self.from_units);
            let (min, max) = self.servo.ends();
            self.to_units = clamp(self.from_units + rate * self.servo.dt_s(), min, max);
        }
        arrived
    }

    /// Zoom position a share `fraction` of the way through the present tick \[units\].
    pub fn units_at(&self, fraction: f64) -> f64 {
        self.from_units + (self.to_units - self.from_units) * fraction
    }

    /// How fast the zoom position moves during the present tick \[units/s\].
    pub fn rate_units_per_s(&self) -> f64 {
        (self.to_units - self.from_units) / self.servo.dt_s()
    }

    /// The motor turns, or is about to.
    pub fn is_moving(&self) -> bool {
        !self.is_resting() || self.from_units != self.to_units
    }

    /// A position move is under way.
    pub fn is_seeking(&self) -> bool {
        matches!(self.goal, Goal::Position { .. })
    }

    /// Curve and field of view.
    pub fn optics(&self) -> &Optics {
        &self.optics
    }

    fn is_resting(&self) -> bool {
        self.goal == Goal::Rate(0.0) && self.servo.is_resting()
    }
}

impl State for Lens {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("from_units", self.from_units);
        v.f64("to_units", self.to_units);
        v.part("goal", &self.goal);
        v.part("servo", &self.servo);
    }
}

/// Linear between the points (x increasing), constant outside; 0 without points.
fn interpolate(mut points: impl Iterator<Item = (f64, f64)>, x: f64) -> f64 {
    let Some(mut before) = points.next() else { return 0.0 };
    if x <= before.0 {
        return before.1;
    }
    for after in points {
        if x < after.0 {
            return before.1 + (after.1 - before.1) * ((x - before.0) / (after.0 - before.0));
        }
        before = after;
    }
    before.1
}
