//! A camera for unit tests: round numbers on the scale of a PTZOptics head.

use core::time::Duration;

use crate::model::{AxisModel, Model, Timing, ZoomModel};

/// Pan codes 1 to 24 turn at 2 to 48 deg/s, tilt codes 1 to 20 at 1 to 20 deg/s, zoom p runs at (p + 1) · 100 units/s.
pub(crate) fn model() -> Model {
    Model {
        pan: AxisModel {
            speed_dps: (1..=24).map(|code| 2.0 * f64::from(code)).collect(),
            units_per_deg: 14.4,
            min_deg: -170.0,
            max_deg: 170.0,
        },
        tilt: AxisModel {
            speed_dps: (1..=20).map(f64::from).collect(),
            units_per_deg: 14.4,
            min_deg: -30.0,
            max_deg: 90.0,
        },
        zoom: ZoomModel {
            tele_units: 0x4000,
            speed_units_per_s: (1..=8).map(|step| 100.0 * f64::from(step)).collect(),
        },
        timing: Timing {
            ack: Duration::from_millis(20),
            inquiry: Duration::from_millis(70),
            gap: Duration::from_millis(15),
            reply_timeout: Duration::from_millis(250),
        },
        quirks: crate::Quirks::default(),
    }
}
