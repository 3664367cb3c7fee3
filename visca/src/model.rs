//! What a camera model says of its protocol: speed tables, position scales, reply timing.
//!
//! Plain data, filled from `cameras/*.toml` by the scenario room, and the one place where codes and position units
//! become degrees. [`Model::check`] refuses data that the methods could not work with; they themselves are total.
//! Mechanics and lens are the simulator's business.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::command::{SPEED_CODE_MAX, ZOOM_SPEED_MAX};
use crate::{Quirks, ZoomDrive, num};

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
    /// What it does its own way.
    pub quirks: Quirks,
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

/// A model that no camera can have, or that the protocol cannot express.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum ModelError {
    /// The speed table is empty, or longer than the protocol has codes.
    #[error("check the model: {part} has {found} speeds (1 to {max} can be sent)")]
    Speeds {
        /// pan, tilt or zoom.
        part: &'static str,
        /// Speeds in the table.
        found: usize,
        /// Most that the protocol can say.
        max: usize,
    },
    /// A speed is not a positive number, or not above the one before.
    #[error("check the model: speed {index} of {part} is {found} (speeds are above zero and rise)")]
    SpeedOrder {
        /// pan, tilt or zoom.
        part: &'static str,
        /// Index in the table, from 0.
        index: usize,
        /// The speed \[deg/s\] or \[units/s\].
        found: f64,
    },
    /// The scale is zero or not a number.
    #[error("check the model: {part} has {found} units a degree (it cannot be zero)")]
    Scale {
        /// pan or tilt.
        part: &'static str,
        /// The scale.
        found: f64,
    },
    /// The range is empty or not a number.
    #[error("check the model: {part} reaches from {min_deg} to {max_deg} degrees (the first has to be less)")]
    Range {
        /// pan or tilt.
        part: &'static str,
        /// Lower end \[deg\].
        min_deg: f64,
        /// Upper end \[deg\].
        max_deg: f64,
    },
    /// An end of the range does not fit into the nibbles of a position.
    #[error("check the model: {part} at {end_deg} degrees is {units} units (its nibbles hold {} to {max})", -max - 1)]
    Nibbles {
        /// pan or tilt.
        part: &'static str,
        /// The end of the range \[deg\].
        end_deg: f64,
        /// Its position \[units\].
        units: i32,
        /// The largest position that can be said \[units\].
        max: i32,
    },
    /// The tele end is the wide end.
    #[error("check the model: zoom has its tele end at 0 units (that is the wide end)")]
    Tele,
    /// The client would not wait at all.
    #[error("check the model: the reply time-out is zero")]
    Timeout,
}

impl Model {
    /// Whether the model is one that can be: every table in order, every position within what its nibbles can say.
    pub fn check(&self) -> Result<(), ModelError> {
        self.pan.check("pan", self.quirks.positions.pan_units_max())?;
        self.tilt.check("tilt", i32::from(i16::MAX))?;
        check_speeds("zoom", &self.zoom.speed_units_per_s, usize::from(ZOOM_SPEED_MAX) + 1)?;
        if self.zoom.tele_units == 0 {
            return Err(ModelError::Tele);
        }
        if self.timing.reply_timeout.is_zero() {
            return Err(ModelError::Timeout);
        }
        Ok(())
    }

    /// How long the head takes for one position unit at its slowest: a motion shows in two readings so far apart.
    pub(crate) fn time_a_unit_pan_tilt(&self) -> Duration {
        let axis = |axis: &AxisModel| axis.rate_min_dps() * axis.units_per_deg.abs();
        time_a_unit(num::min(axis(&self.pan), axis(&self.tilt)))
    }

    /// How long the zoom motor takes for one position unit at its slowest.
    pub(crate) fn time_a_unit_zoom(&self) -> Duration {
        time_a_unit(self.zoom.speed_units_per_s.first().copied().unwrap_or(0.0))
    }
}

impl AxisModel {
    /// The signed speed code whose rate is nearest; the slower one on a tie.
    ///
    /// 0 when the rate is below half of the slowest (or no number); the fastest code when it is beyond the table.
    pub fn code_for(&self, rate_dps: f64) -> i8 {
        let wanted = num::clamp(rate_dps.abs(), 0.0, self.rate_max_dps());
        let mut best = (0_i8, wanted);
        for (code, &speed) in (1_i8..).zip(&self.speed_dps) {
            let distance = (speed - wanted).abs();
            // On a tie with standing still, move: half of the slowest is not below half of the slowest.
            if distance < best.1 || (code == 1 && distance == best.1) {
                best = (code, distance);
            }
        }
        if rate_dps < 0.0 { -best.0 } else { best.0 }
    }

    /// The rate of a signed speed code \[deg/s\]; codes beyond the table turn at its fastest.
    pub fn rate_of(&self, code: i8) -> f64 {
        let magnitude = usize::from(code.unsigned_abs()).min(self.speed_dps.len());
        let rate_dps = magnitude.checked_sub(1).and_then(|index| self.speed_dps.get(index)).copied().unwrap_or(0.0);
        if code < 0 { -rate_dps } else { rate_dps }
    }

    /// The fastest code, 1 ..= 24.
    pub fn code_max(&self) -> i8 {
        self.speed_dps.len().min(usize::from(SPEED_CODE_MAX)) as i8
    }

    /// The fastest rate \[deg/s\].
    pub fn rate_max_dps(&self) -> f64 {
        self.speed_dps.last().copied().unwrap_or(0.0)
    }

    /// The slowest rate above zero \[deg/s\].
    pub fn rate_min_dps(&self) -> f64 {
        self.speed_dps.first().copied().unwrap_or(0.0)
    }

    /// The nearest position \[units\]; halves go away from zero.
    pub fn units_of(&self, deg: f64) -> i32 {
        (deg * self.units_per_deg).round() as i32
    }

    /// The angle of a position \[deg\].
    pub fn deg_of(&self, units: i32) -> f64 {
        f64::from(units) / self.units_per_deg
    }

    /// The angle within the range that is nearest \[deg\].
    pub fn clamp_deg(&self, deg: f64) -> f64 {
        num::clamp(deg, self.min_deg, self.max_deg)
    }

    fn check(&self, part: &'static str, units_max: i32) -> Result<(), ModelError> {
        check_speeds(part, &self.speed_dps, usize::from(SPEED_CODE_MAX))?;
        if !self.units_per_deg.is_normal() {
            return Err(ModelError::Scale { part, found: self.units_per_deg });
        }
        let (min_deg, max_deg) = (self.min_deg, self.max_deg);
        if !(min_deg.is_finite() && max_deg.is_finite() && min_deg < max_deg) {
            return Err(ModelError::Range { part, min_deg, max_deg });
        }
        for end_deg in [min_deg, max_deg] {
            let units = self.units_of(end_deg);
            if !(-units_max - 1..=units_max).contains(&units) {
                return Err(ModelError::Nibbles { part, end_deg, units, max: units_max });
            }
        }
        Ok(())
    }
}

impl ZoomModel {
    /// The drive whose rate is nearest; + is in. Stops below half of the slowest, saturates at the fastest.
    pub fn code_for(&self, units_per_s: f64) -> ZoomDrive {
        let wanted = num::clamp(units_per_s.abs(), 0.0, self.rate_max_units_per_s());
        let mut best = (None, wanted);
        for (p, &speed) in (0_u8..).zip(&self.speed_units_per_s) {
            let distance = (speed - wanted).abs();
            if distance < best.1 || (p == 0 && distance == best.1) {
                best = (Some(p), distance);
            }
        }
        match best.0 {
            None => ZoomDrive::Stop,
            Some(p) if units_per_s < 0.0 => ZoomDrive::Wide(p),
            Some(p) => ZoomDrive::Tele(p),
        }
    }

    /// The rate of a drive \[units/s\], + is in; speeds beyond the table run at its fastest.
    pub fn rate_of(&self, drive: ZoomDrive) -> f64 {
        let rate = |p: u8| {
            let last = self.speed_units_per_s.len().saturating_sub(1);
            self.speed_units_per_s.get(usize::from(p).min(last)).copied().unwrap_or(0.0)
        };
        match drive {
            ZoomDrive::Stop => 0.0,
            ZoomDrive::Tele(p) => rate(p),
            ZoomDrive::Wide(p) => -rate(p),
        }
    }

    /// The fastest variable speed p, 0 ..= 7.
    pub fn speed_max(&self) -> u8 {
        self.speed_units_per_s.len().saturating_sub(1).min(usize::from(ZOOM_SPEED_MAX)) as u8
    }

    /// The variable speed p that the standard speed equals: the middle one.
    ///
    /// PTZOptics G2: 0x4000 units in 7.4 s at standard speed, about half of what a zoom to a position makes.
    pub fn speed_standard(&self) -> u8 {
        self.speed_max() / 2
    }

    /// The fastest rate \[units/s\].
    pub fn rate_max_units_per_s(&self) -> f64 {
        self.speed_units_per_s.last().copied().unwrap_or(0.0)
    }

    /// The nearest position within the optical range \[units\].
    pub fn units_of(&self, units: f64) -> u16 {
        num::clamp(units, 0.0, f64::from(self.tele_units)).round() as u16
    }
}

/// 1 / rate, two seconds at most: a camera so slow does no harm meanwhile.
fn time_a_unit(units_per_s: f64) -> Duration {
    Duration::from_nanos((1e9 / units_per_s) as u64).min(Duration::from_secs(2))
}

fn check_speeds(part: &'static str, speeds: &[f64], max: usize) -> Result<(), ModelError> {
    if speeds.is_empty() || speeds.len() > max {
        return Err(ModelError::Speeds { part, found: speeds.len(), max });
    }
    let mut before = 0.0;
    for (index, &found) in speeds.iter().enumerate() {
        if !(found.is_finite() && found > before) {
            return Err(ModelError::SpeedOrder { part, index, found });
        }
        before = found;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::model;

    #[test]
    fn the_nearest_code_wins() {
        // Three speeds 1, 2 and 4 deg/s: the borders lie half way, at 0.5, 1.5 and 3.
        let axis = AxisModel { speed_dps: vec![1.0, 2.0, 4.0], ..model().pan };
        for (rate_dps, code) in
            [(0.0, 0), (0.49, 0), (0.5, 1), (1.4, 1), (1.5, 1), (1.6, 2), (-2.9, -2), (3.1, 3), (99.0, 3), (-99.0, -3)]
        {
            assert_eq!(axis.code_for(rate_dps), code, "{rate_dps}");
        }
        assert_eq!(axis.code_for(f64::NAN), 0);
        assert_eq!(axis.code_for(f64::NEG_INFINITY), -3);
    }

    #[test]
    fn a_code_turns_at_its_rate() {
        let axis = AxisModel { speed_dps: vec![1.0, 2.0, 4.0], ..model().pan };
        for (code, rate_dps) in [(0, 0.0), (1, 1.0), (-3, -4.0), (24, 4.0), (i8::MIN, -4.0)] {
            assert_eq!(axis.rate_of(code), rate_dps, "{code}");
        }
    }

    #[test]
    fn positions_scale_and_a_scale_may_count_to_the_left() {
        // 14.4 units a degree (PTZOptics): 170° is 2448 = 0990, the right stop of the list.
        assert_eq!(model().pan.units_of(170.0), 0x0990);
        assert_eq!(model().pan.units_of(-170.0), i32::from(0xF670_u16 as i16));
        // BRC-300 counts left positive, 208 a degree: 10° to the right are -2080.
        let left = AxisModel { units_per_deg: -208.0, ..model().pan };
        assert_eq!(left.units_of(10.0), -2080);
        assert_eq!(left.deg_of(-2080), 10.0);
    }

    #[test]
    fn zoom_speeds_have_the_sign_of_the_direction() {
        // Speeds 100, 200, …, 800 units/s.
        let zoom = model().zoom;
        assert_eq!(zoom.code_for(290.0), ZoomDrive::Tele(2));
        assert_eq!(zoom.code_for(-1e9), ZoomDrive::Wide(7));
        assert_eq!(zoom.code_for(49.0), ZoomDrive::Stop);
        assert_eq!(zoom.rate_of(ZoomDrive::Wide(0)), -100.0);
        assert_eq!(zoom.rate_of(ZoomDrive::Tele(200)), 800.0);
        assert_eq!(zoom.units_of(1e9), 0x4000);
    }

    #[test]
    fn a_model_that_cannot_be_is_named() {
        assert_eq!(model().check(), Ok(()));
        let broken = |change: fn(&mut Model)| {
            let mut model = model();
            change(&mut model);
            model.check().unwrap_err().to_string()
        };
        assert_eq!(broken(|m| m.pan.speed_dps.clear()), "check the model: pan has 0 speeds (1 to 24 can be sent)");
        assert_eq!(
            broken(|m| m.tilt.speed_dps = vec![1.0, 1.0]),
            "check the model: speed 1 of tilt is 1 (speeds are above zero and rise)"
        );
        assert_eq!(
            broken(|m| m.pan.units_per_deg = 0.0),
            "check the model: pan has 0 units a degree (it cannot be zero)"
        );
        assert_eq!(
            broken(|m| m.tilt.max_deg = m.tilt.min_deg),
            "check the model: tilt reaches from -30 to -30 degrees (the first has to be less)"
        );
        // 208 units a degree by 170° is 35360.
        assert_eq!(
            broken(|m| m.pan.units_per_deg = 208.0),
            "check the model: pan at -170 degrees is -35360 units (its nibbles hold -32768 to 32767)"
        );
        // Five nibbles hold that, but not ten times as much.
        let mut wide = model();
        (wide.quirks.positions, wide.pan.units_per_deg) = (crate::Positions::Five, -208.0);
        assert_eq!(wide.check(), Ok(()));
        assert_eq!(
            broken(|m| (m.quirks.positions, m.pan.units_per_deg) = (crate::Positions::Five, -4000.0)),
            "check the model: pan at -170 degrees is 680000 units (its nibbles hold -524288 to 524287)"
        );
        assert_eq!(
            broken(|m| m.zoom.tele_units = 0),
            "check the model: zoom has its tele end at 0 units (that is the wide end)"
        );
        assert_eq!(broken(|m| m.timing.reply_timeout = Duration::ZERO), "check the model: the reply time-out is zero");
    }

    proptest! {
        #[test]
        fn a_code_is_nearest_to_its_own_rate(code in -24_i8..=24) {
            prop_assert_eq!(model().pan.code_for(model().pan.rate_of(code)), code);
        }

        #[test]
        fn a_position_survives_the_way_to_degrees_and_back(units in -2448_i32..=2448) {
            prop_assert_eq!(model().pan.units_of(model().pan.deg_of(units)), units);
        }
    }
}
