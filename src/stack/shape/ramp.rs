//! Limits of acceleration and jerk on a wanted rate.
//!
//! The rate follows with the acceleration from which it can still be levelled off at the jerk limit, √(2·J·Δ): an
//! S-curve that does not overshoot. Without a jerk limit it is a ramp, without either it is the wish itself.

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, min};
use tiltyard_visca::{State, Visit};

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RampConfig {
    /// Acceleration \[deg/s²\]; `None` for what the head can do.
    pub acceleration_dps2: Option<f64>,
    /// Jerk \[deg/s³\].
    pub jerk_dps3: Option<f64>,
}

impl RampConfig {
    /// No limits.
    pub const FREE: Self = Self { acceleration_dps2: None, jerk_dps3: None };
}

/// A rate that follows within limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ramp {
    rate_dps: f64,
    acceleration_dps2: f64,
}

impl Ramp {
    /// The rate after `span_s` of following `wanted_dps`.
    pub fn follow(&mut self, config: &RampConfig, wanted_dps: f64, span_s: f64) -> f64 {
        let missing_dps = wanted_dps - self.rate_dps;
        let mut acceleration_dps2 = missing_dps / span_s;
        if let Some(most_dps2) = config.acceleration_dps2 {
            acceleration_dps2 = clamp(acceleration_dps2, -most_dps2, most_dps2);
        }
        if let Some(jerk_dps3) = config.jerk_dps3 {
            // As much as can be taken back before the rate is reached; in steps of `span_s`, one of which goes at once.
            let change_dps2 = jerk_dps3 * span_s;
            let reserve_dps2 = (change_dps2 * change_dps2 * 0.25 + 2.0 * jerk_dps3 * missing_dps.abs()).sqrt();
            let level_dps2 = min(reserve_dps2 - change_dps2 * 0.5, acceleration_dps2.abs());
            let goal_dps2 = if missing_dps < 0.0 { -level_dps2 } else { level_dps2 };
            acceleration_dps2 =
                clamp(goal_dps2, self.acceleration_dps2 - change_dps2, self.acceleration_dps2 + change_dps2);
        }
        self.acceleration_dps2 = acceleration_dps2;
        self.rate_dps += acceleration_dps2 * span_s;
        self.rate_dps
    }
}

impl State for Ramp {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("rate_dps", self.rate_dps);
        v.f64("acceleration_dps2", self.acceleration_dps2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPAN_S: f64 = 1.0 / 30.0;

    #[test]
    fn without_limits_it_is_the_wish() {
        let mut ramp = Ramp::default();
        for wanted_dps in [3.0, -80.0, 0.0] {
            assert!((ramp.follow(&RampConfig::FREE, wanted_dps, SPAN_S) - wanted_dps).abs() < 1e-12);
        }
    }

    #[test]
    fn it_arrives_and_stays() {
        let config = RampConfig { acceleration_dps2: Some(40.0), jerk_dps3: Some(100.0) };
        let mut ramp = Ramp::default();
        // 20 deg/s at 40 deg/s² and 100 deg/s³: v/A + A/J = 0.9 s.
        let rates: Vec<f64> = (0..60).map(|_| ramp.follow(&config, 20.0, SPAN_S)).collect();
        assert!(rates[32..].iter().all(|rate| (rate - 20.0).abs() < 0.2), "{rates:?}");
        assert!(rates[10] < 8.0, "{rates:?}");
    }

    proptest! {
        #[test]
        fn neither_limit_is_broken(wishes in prop::collection::vec(-100.0..100.0f64, 1..60)) {
            let config = RampConfig { acceleration_dps2: Some(60.0), jerk_dps3: Some(300.0) };
            let (mut ramp, mut before) = (Ramp::default(), Ramp::default());
            for wanted_dps in wishes {
                for _ in 0..5 {
                    let rate_dps = ramp.follow(&config, wanted_dps, SPAN_S);
                    prop_assert!((rate_dps - before.rate_dps).abs() <= 60.0 * SPAN_S + 1e-9);
                    let jerk_dps3 = (ramp.acceleration_dps2 - before.acceleration_dps2) / SPAN_S;
                    prop_assert!(jerk_dps3.abs() <= 300.0 + 1e-6, "{jerk_dps3}");
                    before = ramp;
                }
            }
        }
    }
}
