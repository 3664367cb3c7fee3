//! Pan and tilt as two driven axes.
//!
//! Owns goal, setpoint and motion of each axis. Each tick, at its start:
//!
//! 1. what was reached in the last tick becomes the present pose;
//! 2. a position goal that is reached is reported and becomes "hold";
//! 3. the firmware sets the rate for this tick ([`crate::servo`]: acceleration limit, braking before goal and ends);
//! 4. the motor follows with what torque it has: I · dω/dt = τ − b · ω, |τ| ≤ τmax. Viscous friction b is folded into
//!    the bound of rapier's motor, τmax ∓ b · ω for speeding up and braking, which is the same equation;
//! 5. rapier steps to the end of the tick ([`crate::plant`]); the pose in between is linear.
//!
//! The end stops are rapier's joint limits. Where an axis may turn a full circle or more there is none, only step 3.
//! A motor that is too weak for the asked acceleration follows late; friction bounds its rate to τmax / b.
//! Initial state: at rest at the start pose, moved into the range. Does not model: backlash, stiction, cos(tilt)
//! coupling, encoder noise, disturbance torque.

use serde::{Deserialize, Serialize};
use tiltyard_visca::model::AxisModel;
use tiltyard_visca::num::{clamp, max, wrap_deg};
use tiltyard_visca::{State, Visit};

use crate::config::{AxisMechanics, CameraModel, Pose};
use crate::plant::{Plant, Rotor, Turn};
use crate::projection::{degrees, radians};
use crate::servo::{Goal, Servo};

/// Pan and tilt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Gimbal {
    axes: [Drive; 2],
    plant: Plant,
}

/// One of the two axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axis {
    /// About the vertical, + right.
    Pan,
    /// About the camera's x axis, + up.
    Tilt,
}

/// One axis: firmware and motor around rapier's rotor.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Drive {
    mechanics: AxisMechanics,
    /// Rate the motor can hold against its friction \[deg/s\] -- parameter.
    rate_max_dps: f64,
    servo: Servo,
    goal: Goal,
    /// Angle at the start of the present tick \[deg\] -- state.
    from_deg: f64,
    /// Angle at its end \[deg\] -- state.
    to_deg: f64,
    /// Angle at its end as rapier knows it: from the middle of the range, folded into a turn \[deg\] -- state.
    folded_deg: f64,
    /// The rotor at its end -- state.
    turn: Turn,
    /// What the motor strives for \[rad/s\] -- state.
    target_rps: f64,
    /// With how much torque at most, friction taken off \[N·m\] -- state.
    torque_nm: f64,
}

impl Gimbal {
    /// At rest at `start`; `physics_hz` ticks a second.
    pub fn new(model: &CameraModel, start: Pose, physics_hz: u32) -> Self {
        let axes = [
            Drive::new(&model.protocol.pan, model.pan, start.pan_deg, physics_hz),
            Drive::new(&model.protocol.tilt, model.tilt, start.tilt_deg, physics_hz),
        ];
        let plant = Plant::new(axes.iter().map(|axis| (axis.rotor(), axis.turn)), 1.0 / f64::from(physics_hz));
        Self { axes, plant }
    }

    /// Sets what an axis strives for from the next tick on \[deg, deg/s\].
    pub fn drive(&mut self, axis: Axis, goal: Goal) {
        self.axes[axis as usize].goal = goal;
    }

    /// Starts the next tick: which axes, pan first, have just reached a position goal and now hold.
    pub fn tick(&mut self) -> [bool; 2] {
        let mut arrived = [false; 2];
        for (index, axis) in self.axes.iter_mut().enumerate() {
            arrived[index] = axis.begin();
            if let Some((rate_rps, torque_nm)) = axis.motor() {
                self.plant.drive(index, rate_rps, torque_nm);
            }
        }
        self.plant.step();
        for (index, axis) in self.axes.iter_mut().enumerate() {
            axis.end(self.plant.turn(index));
        }
        arrived
    }

    /// Angle a share `fraction` of the way through the present tick \[deg\].
    pub fn angle_at(&self, axis: Axis, fraction: f64) -> f64 {
        let axis = &self.axes[axis as usize];
        axis.from_deg + (axis.to_deg - axis.from_deg) * fraction
    }

    /// Rate during the present tick \[deg/s\].
    pub fn rate_dps(&self, axis: Axis) -> f64 {
        degrees(self.axes[axis as usize].turn.rate_rps)
    }

    /// Within 0.01° of an end of the range at the end of the present tick.
    pub fn at_end(&self, axis: Axis) -> bool {
        let axis = &self.axes[axis as usize];
        let (min, max) = axis.servo.ends();
        axis.to_deg < min + AT_END_DEG || axis.to_deg > max - AT_END_DEG
    }

    /// The axis turns, or is about to.
    pub fn is_moving(&self, axis: Axis) -> bool {
        let axis = &self.axes[axis as usize];
        axis.goal != Goal::Rate(0.0) || !axis.servo.is_resting() || axis.turn.rate_rps.abs() > RESTING_RPS
    }

    /// A position move is under way.
    pub fn is_seeking(&self) -> bool {
        self.axes.iter().any(|axis| matches!(axis.goal, Goal::Position { .. }))
    }
}

impl Drive {
    fn new(model: &AxisModel, mechanics: AxisMechanics, start_deg: f64, physics_hz: u32) -> Self {
        let angle_deg = clamp(start_deg, model.min_deg, model.max_deg);
        let turn = Turn::at(radians(angle_deg - f64::midpoint(model.min_deg, model.max_deg)));
        let rate_max_dps = if mechanics.friction_nm_per_dps > 0.0 {
            mechanics.torque_max_nm / mechanics.friction_nm_per_dps
        } else {
            f64::MAX
        };
        Self {
            mechanics,
            rate_max_dps,
            servo: Servo::new(mechanics.acceleration_dps2, model.min_deg, model.max_deg, physics_hz),
            goal: Goal::Rate(0.0),
            from_deg: angle_deg,
            to_deg: angle_deg,
            folded_deg: turn.angle_deg(),
            turn,
            target_rps: 0.0,
            torque_nm: 0.0,
        }
    }

    fn rotor(&self) -> Rotor {
        let (min, max) = self.servo.ends();
        Rotor { inertia_kg_m2: self.mechanics.inertia_kg_m2, half_range_rad: radians((max - min) / 2.0) }
    }

    /// Steps 1 and 2.
    fn begin(&mut self) -> bool {
        self.from_deg = self.to_deg;
        let arrived = self.servo.arrived(self.goal, self.from_deg);
        if arrived {
            self.goal = Goal::Rate(0.0);
        }
        arrived
    }

    /// Steps 3 and 4: the rate for rapier's motor \[rad/s\] and the torque left to reach it \[N·m\].
    /// `None` once it turns at its rate: the motor keeps its orders, and rapier need not re-read the joint.
    fn motor(&mut self) -> Option<(f64, f64)> {
        let setpoint_dps = self.servo.setpoint(self.goal, self.from_deg);
        let target_dps = clamp(setpoint_dps, -self.rate_max_dps, self.rate_max_dps);
        let target_rps = radians(target_dps);
        if target_rps == self.target_rps && (self.turn.rate_rps - target_rps).abs() < RESTING_RPS {
            return None;
        }
        self.target_rps = target_rps;
        let rate_dps = degrees(self.turn.rate_rps);
        let friction_nm = self.mechanics.friction_nm_per_dps * rate_dps;
        // Friction helps a torque against the motion and hinders one along it.
        let hindrance_nm = if target_dps > rate_dps { friction_nm } else { -friction_nm };
        self.torque_nm = max(0.0, self.mechanics.torque_max_nm - hindrance_nm);
        Some((target_rps, self.torque_nm))
    }

    /// Step 5, afterwards: unfolds rapier's angle, which knows no full turns.
    fn end(&mut self, turn: Turn) {
        if (turn.cos, turn.sin) != (self.turn.cos, self.turn.sin) {
            let folded_deg = turn.angle_deg();
            self.to_deg = self.from_deg + wrap_deg(folded_deg - self.folded_deg);
            self.folded_deg = folded_deg;
        }
        self.turn = turn;
    }
}

impl Turn {
    fn angle_deg(self) -> f64 {
        degrees(libm::atan2(self.sin, self.cos))
    }
}

impl State for Gimbal {
    fn visit(&self, v: &mut dyn Visit) {
        for (name, axis) in ["pan", "tilt"].into_iter().zip(&self.axes) {
            v.part(name, axis);
        }
    }
}

impl State for Drive {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("from_deg", self.from_deg);
        v.f64("to_deg", self.to_deg);
        v.f64("folded_deg", self.folded_deg);
        v.f64("cos", self.turn.cos);
        v.f64("sin", self.turn.sin);
        v.f64("rate_rps", self.turn.rate_rps);
        v.f64("target_rps", self.target_rps);
        v.f64("torque_nm", self.torque_nm);
        v.part("goal", &self.goal);
        v.part("servo", &self.servo);
    }
}

/// An end counts as reached this near \[deg\]: below every protocol unit, above every rounding.
const AT_END_DEG: f64 = 0.01;

/// Slower is standing \[rad/s\]: 6 × 10⁻⁸ deg/s.
const RESTING_RPS: f64 = 1e-9;
