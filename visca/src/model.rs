//! What a camera model says of its protocol: speed tables, position scales, reply timing.
//!
//! Plain data, filled from `cameras/*.toml` by the scenario room. Mechanics and lens are the simulator's business.

use core::time::Duration;

use serde::{Deserialize, Serialize};

/// The protocol side of one camera model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Pan: + is right.
    pub pan: AxisModel,
    /// Tilt: + is up.
    pub tilt: AxisModel,
    /// The zoom motor.
    pub zoom: ZoomModel,
    /// How fast the camera answers.
    pub timing: Timing,
}

/// One axis of the pan-tilt head as the protocol sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisModel {
    /// Rate of each speed code \[deg/s\], slowest first: index 0 is code 1. Strictly increasing, never empty.
    pub speed_dps: Vec<f64>,
    /// Position units a degree; negative where the protocol counts against our sign (BRC-300: left positive).
    pub units_per_deg: f64,
    /// Lower end of the range \[deg\].
    pub min_deg: f64,
    /// Upper end of the range \[deg\].
    pub max_deg: f64,
}

/// The zoom motor as the protocol sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoomModel {
    /// Optical tele end \[position units\]; wide is 0 (0x4000 on most models).
    pub tele_units: u16,
    /// Rate of each variable speed p \[units/s\], p = 0 first. Eight on most models.
    pub speed_units_per_s: Vec<f64>,
}

/// How fast the camera answers, from receipt of the last byte to the first byte of the reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// To the ACK of a command.
    pub ack: Duration,
    /// To the answer of an inquiry; the position is sampled when the answer leaves.
    pub inquiry: Duration,
    /// Pause the client keeps after a reply before it sends again.
    pub gap: Duration,
    /// How long the client waits for a reply before it counts it as lost.
    pub reply_timeout: Duration,
}
