//! What the tests of the protocol share: round numbers, and a camera that does what the manuals say and no more.
//! more.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test file uses a part; a test stops at surprise"
)]

pub mod camera;
pub mod link;

use core::time::Duration;

use tiltyard_visca::model::{AxisModel, Model, Timing, ZoomModel};
use tiltyard_visca::{Drive, Quirks, SimTime};

pub fn ms(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

pub fn pan(pan_code: i8) -> Drive {
    Drive { pan_code, tilt_code: 0 }
}

/// Code n turns at n deg/s, ten units a degree; zoom p runs at 100 (p + 1) units/s. Time-out 250 ms, gap 15 ms.
pub fn model() -> Model {
    let axis = |codes: i32| AxisModel {
        speed_dps: (1..=codes).map(f64::from).collect(),
        units_per_deg: 10.0,
        min_deg: -170.0,
        max_deg: 170.0,
    };
    let ms = Duration::from_millis;
    Model {
        pan: axis(24),
        tilt: axis(20),
        zoom: ZoomModel { tele_units: 0x4000, speed_units_per_s: (1..=8).map(|p| 100.0 * f64::from(p)).collect() },
        timing: Timing { ack: ms(20), inquiry: ms(20), gap: ms(15), reply_timeout: ms(250) },
        quirks: Quirks::default(),
    }
}

/// The same with other quirks.
pub fn model_with(change: impl FnOnce(&mut Quirks)) -> Model {
    let mut model = model();
    change(&mut model.quirks);
    model
}

/// A little generator of its own for each test.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// 0 to `sides` − 1.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}
