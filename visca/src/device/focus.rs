//! The focus motor: where it is and who moves it. It has no optics: the picture is sharp at every position.
//!
//! It runs at a constant rate between two ends, and is the camera's own: the world need not move it. While the camera
//! focuses by itself ([`FocusMode::Auto`], as at the start) the motor stays where it is, and its commands are not
//! executable (PTZOptics G2 transcripts: focus stop in auto focus is answered `6y 41`).

use serde::{Deserialize, Serialize};

use crate::num::clamp;
use crate::{FocusMode, FocusSwitch, SimTime, State, Visit};

/// The far end \[units\] (EVI-D70 manual, as the command list has it).
pub(super) const FAR_UNITS: f64 = 0x1000 as f64;
/// The near end \[units\].
pub(super) const NEAR_UNITS: f64 = 0xC000 as f64;
/// From end to end in two seconds \[units/s\]; assumed, nothing is published.
const RATE_MAX: f64 = (NEAR_UNITS - FAR_UNITS) / 2.0;

/// The motor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FocusMotor {
    auto: bool,
    /// Where it set out \[units\].
    from_units: f64,
    /// When.
    from_at: SimTime,
    /// Where to \[units\].
    to_units: f64,
    /// How fast \[units/s\].
    rate: f64,
}

impl Default for FocusMotor {
    /// Far, and in the camera's hands.
    fn default() -> Self {
        Self { auto: true, from_units: FAR_UNITS, from_at: SimTime::ZERO, to_units: FAR_UNITS, rate: RATE_MAX }
    }
}

impl FocusMotor {
    /// Where it is \[units\].
    pub(super) fn units_at(&self, now: SimTime) -> f64 {
        let way = self.to_units - self.from_units;
        let gone = self.rate * now.signed_secs_since(self.from_at);
        if gone >= way.abs() {
            self.to_units
        } else if way < 0.0 {
            self.from_units - gone
        } else {
            self.from_units + gone
        }
    }

    /// Who moves it.
    pub(super) fn mode(&self) -> FocusMode {
        if self.auto { FocusMode::Auto } else { FocusMode::Manual }
    }

    /// Whether it runs.
    pub(super) fn is_running(&self, now: SimTime) -> bool {
        self.units_at(now) != self.to_units
    }

    /// Sets who moves it; it stops where it is.
    pub(super) fn switch(&mut self, now: SimTime, switch: FocusSwitch) {
        self.stop(now);
        self.auto = match switch {
            FocusSwitch::Auto => true,
            FocusSwitch::Manual => false,
            FocusSwitch::Toggle => !self.auto,
        };
    }

    /// Sets who moves it from here on.
    pub(super) fn set_auto(&mut self, auto: bool) {
        self.auto = auto;
    }

    /// Stands still.
    pub(super) fn stop(&mut self, now: SimTime) {
        self.go_to(now, self.units_at(now));
    }

    /// Runs towards an end at variable speed p, 0 ..= 7.
    pub(super) fn run(&mut self, now: SimTime, end_units: f64, p: u8) {
        self.go_to(now, end_units);
        self.rate = RATE_MAX * (f64::from(p.min(7)) + 1.0) / 8.0;
    }

    /// Runs to a position, at most to an end; tells when it will be there.
    pub(super) fn go_to(&mut self, now: SimTime, units: f64) -> SimTime {
        let from_units = self.units_at(now);
        let to_units = clamp(units, FAR_UNITS, NEAR_UNITS);
        *self = Self { auto: self.auto, from_units, from_at: now, to_units, rate: RATE_MAX };
        // Rounded up, so that it has arrived by then.
        let nanos = ((to_units - from_units).abs() / RATE_MAX * 1e9).ceil();
        now + core::time::Duration::from_nanos(nanos as u64)
    }
}

impl State for FocusMotor {
    fn visit(&self, v: &mut dyn Visit) {
        v.bool("auto", self.auto);
        v.f64("from_units", self.from_units);
        v.time("from_at", self.from_at);
        v.f64("to_units", self.to_units);
        v.f64("rate", self.rate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_two_seconds_from_end_to_end_and_stops_on_the_way() {
        let mut focus = FocusMotor::default();
        let ms = SimTime::from_millis;
        assert_eq!(focus.go_to(ms(0), 1e9), ms(2000));
        assert_eq!(focus.units_at(ms(1000)), f64::midpoint(FAR_UNITS, NEAR_UNITS));
        assert!(focus.is_running(ms(1000)));
        focus.stop(ms(1000));
        assert_eq!(focus.units_at(ms(9000)), f64::midpoint(FAR_UNITS, NEAR_UNITS));
        // Slowest speed: an eighth.
        focus.run(ms(9000), FAR_UNITS, 0);
        assert_eq!(focus.units_at(ms(13_000)), FAR_UNITS + (NEAR_UNITS - FAR_UNITS) / 4.0);
        assert_eq!(focus.units_at(ms(99_000)), FAR_UNITS);
        assert!(!focus.is_running(ms(99_000)));
    }
}
