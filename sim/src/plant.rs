//! Driven axes in rapier, and nothing else: what `gimbal` turns and what a bench compares it with.
//!
//! Each axis is a rotor of inertia I on a fixed base: a revolute joint with a rate motor of limited torque and, where
//! the range is less than a turn, joint limits as end stops. rapier2d is planar, so the two axes of a head are two
//! joint pairs side by side; they share nothing, and one's motion does not change the other's bits. Both live in one
//! rapier world: a step of it costs little more than that of a world with one axis (see `examples/ticks.rs`).
//!
//! A tick is one semi-implicit Euler step: the motor moves the rate towards its target by at most torque · dt / I, then
//! the angle follows. rapier linearises that turn (atan(ω·dt) instead of ω·dt: 1.6 × 10⁻⁵ less at 100 °/s and 250 Hz)
//! and caps it at 45°.
//!
//! The trap: rapier 0.36 takes sine and cosine of the middle of a joint's limits from the host's libm, also with
//! `enhanced-determinism` (`AngularLimitParams::new`; seen in a profile as `__sincos_fma`, 2026-11-22). So angles count
//! from the middle of the range here: the middle is 0, whose sine and cosine are the same everywhere.
//!
//! There are no gravity, colliders, sleeping or warm start: pose and rate are the whole state.
//!
//! Initial state: at rest where told. Does not model: backlash, stiction, disturbance torque, coupling of the axes.

use core::f64::consts::PI;
use core::fmt;

use rapier2d_f64::dynamics::{
    ImpulseJointHandle, IntegrationParameters, MotorModel, RevoluteJointBuilder, RigidBodyBuilder, RigidBodyHandle,
};
use rapier2d_f64::math::{Rotation, Vector};
use rapier2d_f64::parry::mass_properties::MassProperties;
use rapier2d_f64::pipeline::PhysicsWorld;
use serde::{Deserialize, Serialize};

/// What an axis is made of. Its angle counts from the middle of its range, in radians, as rapier has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rotor {
    /// Moment of inertia \[kg·m²\].
    pub inertia_kg_m2: f64,
    /// From the middle of the range to either end stop \[rad\]; stops half a turn away or more hold nothing.
    pub half_range_rad: f64,
}

/// One axis' whole state: its direction as rapier keeps it, and its rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Cosine of the angle.
    pub cos: f64,
    /// Sine of the angle.
    pub sin: f64,
    /// Rate \[rad/s\].
    pub rate_rps: f64,
}

/// Several independent axes in one rapier world.
#[derive(Serialize, Deserialize)]
#[serde(into = "Parts", from = "Parts")]
pub struct Plant {
    dt_s: f64,
    axes: Vec<Axis>,
    world: PhysicsWorld,
}

/// One axis, by its handles.
struct Axis {
    rotor: Rotor,
    body: RigidBodyHandle,
    joint: ImpulseJointHandle,
    /// What the motor was told last: target rate \[rad/s\] and torque limit \[N·m\] -- state.
    motor: (f64, f64),
}

impl Plant {
    /// Axes in these states, motors holding still.
    pub fn new(axes: impl IntoIterator<Item = (Rotor, Turn)>, dt_s: f64) -> Self {
        let mut world = PhysicsWorld::new();
        world.gravity = Vector::ZERO;
        world.integration_parameters = IntegrationParameters {
            dt: dt_s,
            num_solver_iterations: 1,
            max_ccd_substeps: 0,
            ..IntegrationParameters::default()
        };
        let axes = axes.into_iter().map(|(rotor, turn)| Axis::build(&mut world, rotor, turn)).collect();
        Self { dt_s, axes, world }
    }

    /// Tells an axis' motor which rate to strive for \[rad/s\] with how much torque at most \[N·m\].
    pub fn drive(&mut self, axis: usize, rate_rps: f64, torque_nm: f64) {
        let Some(axis) = self.axes.get_mut(axis) else { return };
        // rapier re-reads a joint that was touched: so touch it only for news.
        if axis.motor != (rate_rps, torque_nm) {
            axis.motor = (rate_rps, torque_nm);
            axis.set_motor(&mut self.world);
        }
    }

    /// One tick.
    pub fn step(&mut self) {
        self.world.step();
    }

    /// An axis' state.
    pub fn turn(&self, axis: usize) -> Turn {
        self.axes.get(axis).and_then(|axis| self.world.bodies.get(axis.body)).map_or(Turn::AHEAD, |body| Turn {
            cos: body.rotation().re,
            sin: body.rotation().im,
            rate_rps: body.angvel(),
        })
    }
}

impl Turn {
    /// At rest, looking ahead.
    pub const AHEAD: Self = Self { cos: 1.0, sin: 0.0, rate_rps: 0.0 };

    /// At rest at an angle \[rad\].
    pub fn at(angle_rad: f64) -> Self {
        let (sin, cos) = libm::sincos(angle_rad);
        Self { cos, sin, rate_rps: 0.0 }
    }
}

impl Axis {
    fn build(world: &mut PhysicsWorld, rotor: Rotor, turn: Turn) -> Self {
        let base = world.insert_body(RigidBodyBuilder::fixed());
        let body = world.insert_body(
            RigidBodyBuilder::dynamic()
                .can_sleep(false)
                // The mass does not matter, the axis goes through its centre.
                .additional_mass_properties(MassProperties::new(Vector::ZERO, 1.0, rotor.inertia_kg_m2))
                .angvel(turn.rate_rps),
        );
        if let Some(body) = world.bodies.get_mut(body) {
            body.set_rotation(Rotation::from_cos_sin_unchecked(turn.cos, turn.sin), false);
        }
        let mut joint = RevoluteJointBuilder::new().motor_model(MotorModel::ForceBased);
        if rotor.half_range_rad < PI {
            joint = joint.limits([-rotor.half_range_rad, rotor.half_range_rad]);
        }
        let joint = world.insert_impulse_joint(base, body, joint);
        let axis = Self { rotor, body, joint, motor: (0.0, 0.0) };
        axis.set_motor(world);
        axis
    }

    fn set_motor(&self, world: &mut PhysicsWorld) {
        if let Some(joint) = world.impulse_joints.get_mut(self.joint, false) {
            let (rate_rps, torque_nm) = self.motor;
            joint.data.set_motor_velocity(rapier2d_f64::dynamics::JointAxis::AngX, rate_rps, STIFF);
            joint.data.set_motor_max_force(rapier2d_f64::dynamics::JointAxis::AngX, torque_nm);
        }
    }
}

/// A plant on paper: what a copy is built from.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Parts {
    dt_s: f64,
    axes: Vec<(Rotor, Turn, (f64, f64))>,
}

impl From<&Plant> for Parts {
    fn from(plant: &Plant) -> Self {
        let axes = plant.axes.iter().enumerate().map(|(index, axis)| (axis.rotor, plant.turn(index), axis.motor));
        Self { dt_s: plant.dt_s, axes: axes.collect() }
    }
}

impl From<Plant> for Parts {
    fn from(plant: Plant) -> Self {
        Self::from(&plant)
    }
}

impl From<Parts> for Plant {
    fn from(parts: Parts) -> Self {
        let mut plant = Self::new(parts.axes.iter().map(|&(rotor, turn, _)| (rotor, turn)), parts.dt_s);
        for (index, (_, _, (rate_rps, torque_nm))) in parts.axes.into_iter().enumerate() {
            plant.drive(index, rate_rps, torque_nm);
        }
        plant
    }
}

/// rapier's world cannot be cloned; a new one in the same state steps alike, bit for bit (a test holds that).
impl Clone for Plant {
    fn clone(&self) -> Self {
        Self::from(Parts::from(self))
    }
}

impl fmt::Debug for Plant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Parts::from(self).fmt(f)
    }
}

/// Gain of the rate motor \[N·m·s/rad\]: so stiff that only the torque limit is felt.
const STIFF: f64 = 1e15;
