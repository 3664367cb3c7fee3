//! A constant-velocity Kalman filter for one angle.
//!
//! State (position, rate); white acceleration of power spectral density q drives it:
//!
//! ```text
//! x' = F x,  F = [1 T; 0 1],   P' = F P Fᵀ + q·[T³/3 T²/2; T²/2 T]
//! K  = P' Hᵀ / (H P' Hᵀ + r),  H = [1 0]
//! ```
//!
//! Bar-Shalom, Li, Kirubarajan: *Estimation with Applications to Tracking and Navigation*, 2001, section 6.2.2
//! (continuous white-noise acceleration model). The update of P is the symmetric product form for H = \[1 0\], so no
//! matrix library is needed and no rounding can make it indefinite at the noise levels used here.

use serde::{Deserialize, Serialize};
use tiltyard_visca::{State, Visit};

/// A filtered angle and its rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConstantVelocity {
    /// Position \[deg\] -- state.
    pub position_deg: f64,
    /// Rate \[deg/s\] -- state.
    pub rate_dps: f64,
    /// Covariance (pp, pr, rr) \[deg², deg²/s, deg²/s²\] -- state.
    covariance: [f64; 3],
}

impl ConstantVelocity {
    /// A first sighting: position known to `sd_deg`, rate unknown to `rate_sd_dps`.
    pub const fn first(position_deg: f64, sd_deg: f64, rate_sd_dps: f64) -> Self {
        Self { position_deg, rate_dps: 0.0, covariance: [sd_deg * sd_deg, 0.0, rate_sd_dps * rate_sd_dps] }
    }

    /// What several filters believe together, each with its weight; the weights sum to 1. Means and covariances mix,
    /// and the spread of the means adds to the covariance.
    pub fn mixed<'a>(filters: impl Iterator<Item = (&'a Self, f64)> + Clone) -> Self {
        let mut mixed = Self { position_deg: 0.0, rate_dps: 0.0, covariance: [0.0; 3] };
        for (filter, weight) in filters.clone() {
            mixed.position_deg += weight * filter.position_deg;
            mixed.rate_dps += weight * filter.rate_dps;
        }
        for (filter, weight) in filters {
            let [p, r] = [filter.position_deg - mixed.position_deg, filter.rate_dps - mixed.rate_dps];
            for (mixed, (own, spread)) in
                mixed.covariance.iter_mut().zip(filter.covariance.into_iter().zip([p * p, p * r, r * r]))
            {
                *mixed += weight * (own + spread);
            }
        }
        mixed
    }

    /// Variance of the position \[deg²\].
    pub const fn position_variance(&self) -> f64 {
        self.covariance[0]
    }

    /// Standard deviations of position and rate \[deg, deg/s\].
    pub fn sd(&self) -> (f64, f64) {
        (self.covariance[0].sqrt(), self.covariance[2].sqrt())
    }

    /// Moves `dt_s` ahead with acceleration density `q` \[deg²/s³\].
    pub fn predict(&mut self, dt_s: f64, q: f64) {
        let [pp, pr, rr] = self.covariance;
        self.position_deg += self.rate_dps * dt_s;
        self.covariance = [
            pp + dt_s * (2.0 * pr + dt_s * rr) + q * dt_s * dt_s * dt_s / 3.0,
            pr + dt_s * rr + q * dt_s * dt_s * 0.5,
            rr + q * dt_s,
        ];
    }

    /// Takes in a measurement that is `innovation_deg` off the prediction, with variance `r` \[deg²\].
    pub fn correct(&mut self, innovation_deg: f64, r: f64) {
        let [pp, pr, rr] = self.covariance;
        let total = pp + r;
        let (gain_p, gain_r) = (pp / total, pr / total);
        self.position_deg += gain_p * innovation_deg;
        self.rate_dps += gain_r * innovation_deg;
        self.covariance = [pp * r / total, pr * r / total, rr - gain_r * pr];
    }
}

impl State for ConstantVelocity {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("position_deg", self.position_deg);
        v.f64("rate_dps", self.rate_dps);
        v.f64("var_pp", self.covariance[0]);
        v.f64("var_pr", self.covariance[1]);
        v.f64("var_rr", self.covariance[2]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_learns_a_constant_rate_exactly() {
        let mut filter = ConstantVelocity::first(0.0, 0.1, 100.0);
        for n in 1..200 {
            filter.predict(1.0 / 30.0, 20.0);
            filter.correct(f64::from(n) / 30.0 * 5.0 - filter.position_deg, 0.01);
        }
        assert!((filter.rate_dps - 5.0).abs() < 1e-6, "{filter:?}");
    }

    #[test]
    fn its_steady_state_is_the_alpha_beta_filter_of_the_tracking_index() {
        // Kalata 1984 for the discrete-noise model gives α, β in closed form only there; for the continuous model the
        // steady state must solve the Riccati equation: one more step may not change it.
        let mut filter = ConstantVelocity::first(0.0, 1.0, 10.0);
        for _ in 0..2000 {
            filter.predict(1.0 / 30.0, 20.0);
            filter.correct(0.0, 0.0025);
        }
        let before = filter.covariance;
        filter.predict(1.0 / 30.0, 20.0);
        filter.correct(0.0, 0.0025);
        for (a, b) in before.iter().zip(filter.covariance) {
            assert!(
                (a - b).abs() < 1e-12 * tiltyard_visca::num::max(a.abs(), 1e-3),
                "{before:?} {:?}",
                filter.covariance
            );
        }
    }

    proptest! {
        #[test]
        fn the_covariance_stays_positive(steps in prop::collection::vec((0.001..1.0f64, any::<bool>()), 1..200)) {
            let mut filter = ConstantVelocity::first(0.0, 0.05, 30.0);
            for (dt_s, seen) in steps {
                filter.predict(dt_s, 50.0);
                if seen {
                    filter.correct(0.1, 1e-4);
                }
                let [pp, pr, rr] = filter.covariance;
                prop_assert!(pp > 0.0 && rr > 0.0 && pp * rr - pr * pr > -1e-9 * pp * rr);
            }
        }
    }
}
