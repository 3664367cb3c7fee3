//! A camera file as it is written: its keys, each number with its source.

use schemars::JsonSchema;
use serde::Deserialize;

use super::protocol::Protocol;
use crate::scenario::document::Delay;
use crate::scenario::units::{Acceleration, Angle, Exactly, Frequency, Friction, Inertia, Plain, Ratio, Span, Torque};

/// A camera file as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraFile {
    /// Version of this format: 1.
    pub schema: u32,
    /// Maker and model in one line.
    pub title: String,
    /// What else is worth knowing.
    #[serde(default)]
    pub notes: String,
    /// Pan, + right.
    pub pan: Axis,
    /// Tilt, + up.
    pub tilt: Axis,
    /// Lens and zoom motor.
    pub zoom: Zoom,
    /// How fast it answers.
    pub timing: Answers,
    /// Video as delivered.
    pub video: CameraVideo,
    /// Command link as delivered.
    pub link: CameraLink,
    /// What its protocol does its own way.
    #[serde(default)]
    pub protocol: Protocol,
}

/// A value and where it is from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it is from: a document with its page, a measurement, `computed: …`, `assumed: …` or `unverified`.
    pub source: String,
}

/// A list of bare numbers with one unit, and where it is from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listed<T, U> {
    /// The numbers.
    pub value: T,
    /// Their unit.
    pub unit: U,
    /// Where they are from.
    pub source: String,
}

/// Unit of a speed table.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum SpeedUnit {
    /// Degrees a second.
    #[serde(rename = "deg/s")]
    DegPerSecond,
}

/// Unit of the zoom motor's speeds.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum ZoomSpeedUnit {
    /// Position units a second.
    #[serde(rename = "units/s")]
    UnitsPerSecond,
}

/// Unit of the zoom motor's acceleration.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum ZoomAccelerationUnit {
    /// Position units a second, a second.
    #[serde(rename = "units/s^2")]
    UnitsPerSecondSquared,
}

/// Unit of a position scale.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum ScaleUnit {
    /// Position units a degree.
    #[serde(rename = "units/deg")]
    UnitsPerDegree,
}

/// One axis: what the protocol says of it, and its mechanics.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Rate of each speed code, code 1 first, rising.
    pub speeds: Listed<Vec<f64>, SpeedUnit>,
    /// Position units a degree; negative where the protocol counts against our sign.
    pub scale: Listed<Plain, ScaleUnit>,
    /// Lower and upper end of the range.
    pub range: Sourced<Exactly<Angle, 2>>,
    /// Acceleration that the firmware asks for at most.
    pub acceleration: Sourced<Acceleration>,
    /// Moment of inertia about the axis.
    pub inertia: Sourced<Inertia>,
    /// Viscous friction.
    pub friction: Sourced<Friction>,
    /// Torque limit of the motor.
    pub torque: Sourced<Torque>,
}

/// Lens and zoom motor.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zoom {
    /// Optical tele end in position units; wide is 0.
    pub tele: Sourced<u16>,
    /// Rate of each variable speed p, p = 0 first, rising.
    pub speeds: Listed<Vec<f64>, ZoomSpeedUnit>,
    /// Pairs of position units and magnification from `[0, 1.0]` to the tele end, both rising.
    pub curve: Sourced<Vec<Exactly<f64, 2>>>,
    /// Horizontal field of view at the wide end.
    pub hfov_wide: Sourced<Angle>,
    /// Acceleration of the zoom motor.
    pub acceleration: Listed<Plain, ZoomAccelerationUnit>,
}

/// How fast the camera answers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// To the ACK of a command.
    pub ack: Sourced<Span>,
    /// To the answer of an inquiry.
    pub inquiry: Sourced<Span>,
    /// Pause the client keeps after a reply.
    pub gap: Sourced<Span>,
    /// How long the client waits for a reply.
    pub reply_timeout: Sourced<Span>,
}

/// Video as delivered.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraVideo {
    /// Frame rate.
    pub rate: Sourced<Frequency>,
    /// Width and height \[px\].
    pub size: Sourced<Exactly<u32, 2>>,
    /// From the exposure to the stack.
    pub latency: Sourced<Delay>,
    /// Probability that a frame is lost.
    pub drop: Sourced<Ratio>,
}

/// Command link as delivered.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraLink {
    /// One-way delay of a datagram.
    pub latency: Sourced<Delay>,
    /// Probability that a datagram is lost.
    pub drop: Sourced<Ratio>,
}
