//! A Kalman filter for one angle whose acceleration comes and goes.
//!
//! State (position, rate, acceleration). The acceleration forgets itself within a time τ and is driven so that its
//! standard deviation stays σ:
//!
//! ```text
//! x' = F x,  F = [1 T (αT − 1 + e⁻ᵅᵀ)/α²; 0 1 (1 − e⁻ᵅᵀ)/α; 0 0 e⁻ᵅᵀ],  α = 1/τ
//! Q  = 2ασ² · [T⁵/20 T⁴/8 T³/6; T⁴/8 T³/3 T²/2; T³/6 T²/2 T]                for T ≪ τ
//! ```
//!
//! R. A. Singer, IEEE Trans. AES-6 (1970) 473; in the form of Bar-Shalom, Li, Kirubarajan: *Estimation with
//! Applications to Tracking and Navigation*, 2001, section 8.2.2.

use serde::{Deserialize, Serialize};
use tiltyard_visca::{State, Visit};

/// What a target is expected to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Manner {
    /// Standard deviation of its acceleration \[deg/s²\].
    pub acceleration_sd_dps2: f64,
    /// How long an acceleration lasts \[s\].
    pub lasts_s: f64,
}

/// What an acceleration driven with density 1 adds to the covariance within `t`.
fn driven(t: f64) -> [[f64; 3]; 3] {
    let t2 = t * t;
    let (t3, t4, t5) = (t2 * t, t2 * t2, t2 * t2 * t);
    [[t5 / 20.0, t4 / 8.0, t3 / 6.0], [t4 / 8.0, t3 / 3.0, t2 / 2.0], [t3 / 6.0, t2 / 2.0, t]]
}

/// Position, rate and acceleration \[deg, deg/s, deg/s²\].
pub type Course = [f64; 3];

/// How a course goes on: the transition matrix over `span_s`, any sign.
fn transition(lasts_s: f64, span_s: f64) -> [[f64; 3]; 3] {
    let forgotten = -libm::expm1(-span_s / lasts_s);
    let rate = lasts_s * forgotten;
    [[1.0, span_s, lasts_s * (span_s - rate)], [0.0, 1.0, rate], [0.0, 0.0, 1.0 - forgotten]]
}

/// A course after a transition.
fn moved(transition: &[[f64; 3]; 3], course: &Course) -> Course {
    transition.map(|row| row[0] * course[0] + row[1] * course[1] + row[2] * course[2])
}

/// A filtered angle.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Singer {
    course: Course,
    covariance: [[f64; 3]; 3],
}

impl Singer {
    /// A first sighting: position known to `sd_deg`, rate unknown to `rate_sd_dps`.
    pub const fn first(position_deg: f64, sd_deg: f64, rate_sd_dps: f64, manner: Manner) -> Self {
        let acceleration_sd_dps2 = manner.acceleration_sd_dps2;
        Self {
            course: [position_deg, 0.0, 0.0],
            covariance: [
                [sd_deg * sd_deg, 0.0, 0.0],
                [0.0, rate_sd_dps * rate_sd_dps, 0.0],
                [0.0, 0.0, acceleration_sd_dps2 * acceleration_sd_dps2],
            ],
        }
    }

    /// What several filters believe together, each with its weight; the weights sum to 1. Means and covariances mix,
    /// and the spread of the means adds to the covariance.
    pub fn mixed<'a>(filters: impl Iterator<Item = (&'a Self, f64)> + Clone) -> Self {
        let mut mixed = Self { course: [0.0; 3], covariance: [[0.0; 3]; 3] };
        for (filter, weight) in filters.clone() {
            for (mean, own) in mixed.course.iter_mut().zip(filter.course) {
                *mean += weight * own;
            }
        }
        for (filter, weight) in filters {
            let off: [f64; 3] = core::array::from_fn(|n| filter.course[n] - mixed.course[n]);
            for (row, (mixed, own)) in mixed.covariance.iter_mut().zip(&filter.covariance).enumerate() {
                for (column, (mixed, own)) in mixed.iter_mut().zip(own).enumerate() {
                    *mixed += weight * (own + off[row] * off[column]);
                }
            }
        }
        mixed
    }

    /// Where it is, how fast, and how that changes.
    pub const fn course(&self) -> Course {
        self.course
    }

    /// Variance of the position \[deg²\].
    pub const fn position_variance(&self) -> f64 {
        self.covariance[0][0]
    }

    /// Standard deviations of position and rate \[deg, deg/s\].
    pub fn sd(&self) -> (f64, f64) {
        (self.covariance[0][0].sqrt(), self.covariance[1][1].sqrt())
    }

    /// Moves the position, which is then known worse by as much; the rate is known worse by `off_dps`.
    pub fn shift(&mut self, shift_deg: f64, off_dps: f64) {
        self.course[0] += shift_deg;
        self.covariance[0][0] += shift_deg * shift_deg;
        self.covariance[1][1] += off_dps * off_dps;
    }

    /// The course `span_s` from now.
    pub fn course_after(&self, manner: Manner, span_s: f64) -> Course {
        moved(&transition(manner.lasts_s, span_s), &self.course)
    }

    /// Moves `span_s` ahead.
    pub fn predict(&mut self, manner: Manner, span_s: f64) {
        let ahead = transition(manner.lasts_s, span_s);
        self.course = moved(&ahead, &self.course);
        // F P, row by row; then (F P) Fᵀ, a row times a row, and Q.
        let covariance = &self.covariance;
        let half: [[f64; 3]; 3] = ahead.map(|[p, r, a]| {
            core::array::from_fn(|column| {
                p * covariance[0][column] + r * covariance[1][column] + a * covariance[2][column]
            })
        });
        let density = 2.0 * manner.acceleration_sd_dps2 * manner.acceleration_sd_dps2 / manner.lasts_s;
        let noise = driven(span_s);
        self.covariance = core::array::from_fn(|row| {
            core::array::from_fn(|column| {
                let ([p, r, a], [to_p, to_r, to_a]) = (half[row], ahead[column]);
                p * to_p + r * to_r + a * to_a + density * noise[row][column]
            })
        });
    }

    /// Takes in a measurement that is `innovation_deg` off the prediction, with variance `r` \[deg²\].
    pub fn correct(&mut self, innovation_deg: f64, r: f64) {
        let first = self.covariance[0];
        let total = first[0] + r;
        for row in 0..3 {
            self.course[row] += first[row] / total * innovation_deg;
            for column in 0..3 {
                // In this order it stays symmetric to the bit.
                self.covariance[row][column] -= first[row] * first[column] / total;
            }
        }
    }
}

impl State for Singer {
    fn visit(&self, v: &mut dyn Visit) {
        let [position_deg, rate_dps, acceleration_dps2] = self.course;
        v.f64("position_deg", position_deg);
        v.f64("rate_dps", rate_dps);
        v.f64("acceleration_dps2", acceleration_dps2);
        for row in self.covariance {
            for covariance in row {
                v.f64("covariance", covariance);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MANNER: Manner = Manner { acceleration_sd_dps2: 5.0, lasts_s: 2.0 };

    #[test]
    fn it_learns_a_constant_acceleration() {
        let mut filter = Singer::first(0.0, 0.01, 100.0, Manner { acceleration_sd_dps2: 100.0, ..MANNER });
        let lasting = Manner { lasts_s: 1e6, ..MANNER };
        let path = |t: f64| 1.0 + 3.0 * t - 2.0 * t * t;
        for n in 0..200 {
            filter.correct(path(f64::from(n) / 30.0) - filter.course[0], 1e-6);
            filter.predict(lasting, 1.0 / 30.0);
        }
        let t = 200.0 / 30.0;
        let [position_deg, rate_dps, acceleration_dps2] = filter.course();
        assert!((position_deg - path(t)).abs() < 1e-4, "{filter:?}");
        assert!((rate_dps - (3.0 - 4.0 * t)).abs() < 1e-3 && (acceleration_dps2 + 4.0).abs() < 1e-2, "{filter:?}");
    }

    #[test]
    fn two_short_steps_are_one_long() {
        let (a, b) = (transition(0.8, 0.1), transition(0.8, 0.3));
        let course = [1.0, 2.0, 3.0];
        let (twice, once) = (moved(&b, &moved(&a, &course)), moved(&transition(0.8, 0.4), &course));
        assert!(twice.iter().zip(once).all(|(twice, once)| (twice - once).abs() < 1e-12), "{twice:?} {once:?}");
    }

    #[test]
    fn an_acceleration_is_forgotten_as_an_exponential() {
        // After one τ, 1/e of it is left, and the rate has grown by a·τ·(1 − 1/e).
        let [_, rate_dps, acceleration_dps2] = moved(&transition(0.5, 0.5), &[0.0, 0.0, 4.0]);
        let left = core::f64::consts::E.recip();
        assert!((acceleration_dps2 - 4.0 * left).abs() < 1e-12 && (rate_dps - 2.0 * (1.0 - left)).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_covariance_stays_positive(steps in prop::collection::vec((0.001..1.0f64, any::<bool>()), 1..200)) {
            let mut filter = Singer::first(0.0, 0.05, 30.0, MANNER);
            for (span_s, seen) in steps {
                filter.predict(MANNER, span_s);
                if seen {
                    filter.correct(0.1, 1e-5);
                }
                let [[pp, pr, pa], [rp, rr, ra], [ap, ar, aa]] = filter.covariance;
                for (one, other, scale) in [(pr, rp, pp * rr), (pa, ap, pp * aa), (ra, ar, rr * aa)] {
                    prop_assert!((one - other).abs() <= 1e-6 * scale.sqrt(), "{filter:?}");
                }
                prop_assert!(pp > 0.0 && rr > 0.0 && aa > 0.0 && pp * rr - pr * pr > -1e-9 * pp * rr, "{filter:?}");
            }
        }
    }
}
