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

/// Covariance of position, rate and acceleration: as symmetric as it is by nature, because the other half is not there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Covariance {
    pp: f64,
    pr: f64,
    pa: f64,
    rr: f64,
    ra: f64,
    aa: f64,
}

impl Covariance {
    const NONE: Self = Self { pp: 0.0, pr: 0.0, pa: 0.0, rr: 0.0, ra: 0.0, aa: 0.0 };

    /// What an acceleration driven with density 1 adds within `t`.
    fn driven(t: f64) -> Self {
        let t2 = t * t;
        let (t3, t4, t5) = (t2 * t, t2 * t2, t2 * t2 * t);
        Self { pp: t5 / 20.0, pr: t4 / 8.0, pa: t3 / 6.0, rr: t3 / 3.0, ra: t2 / 2.0, aa: t }
    }

    /// That of a vector times itself.
    const fn of([p, r, a]: Course) -> Self {
        Self { pp: p * p, pr: p * r, pa: p * a, rr: r * r, ra: r * a, aa: a * a }
    }

    /// This and `other`, `share` times.
    fn plus(&self, other: &Self, share: f64) -> Self {
        Self {
            pp: self.pp + share * other.pp,
            pr: self.pr + share * other.pr,
            pa: self.pa + share * other.pa,
            rr: self.rr + share * other.rr,
            ra: self.ra + share * other.ra,
            aa: self.aa + share * other.aa,
        }
    }

    /// F P Fᵀ, for an F that is 1 or forgets on its diagonal and has nothing below it.
    fn moved(&self, ahead: &Transition) -> Self {
        let Self { pp, pr, pa, rr, ra, aa } = *self;
        let Transition { span_s, way, rate, left } = *ahead;
        // P Fᵀ, as far as it is wanted.
        let (pr_ahead, pa_ahead) = (pr + rate * pa, left * pa);
        let (rp_ahead, rr_ahead, ra_ahead) = (pr + span_s * rr + way * ra, rr + rate * ra, left * ra);
        let (ap_ahead, ar_ahead, aa_ahead) = (pa + span_s * ra + way * aa, ra + rate * aa, left * aa);
        Self {
            pp: pp + span_s * pr + way * pa + span_s * rp_ahead + way * ap_ahead,
            pr: pr_ahead + span_s * rr_ahead + way * ar_ahead,
            pa: pa_ahead + span_s * ra_ahead + way * aa_ahead,
            rr: rr_ahead + rate * ar_ahead,
            ra: ra_ahead + rate * aa_ahead,
            aa: left * aa_ahead,
        }
    }
}

/// Position, rate and acceleration \[deg, deg/s, deg/s²\].
pub type Course = [f64; 3];

/// How a course goes on: F = \[1 span way; 0 1 rate; 0 0 left\].
#[derive(Clone, Copy, Debug, PartialEq)]
struct Transition {
    span_s: f64,
    /// Way of an acceleration of 1.
    way: f64,
    /// Change of the rate by an acceleration of 1.
    rate: f64,
    /// What is left of an acceleration.
    left: f64,
}

impl Transition {
    /// Over `span_s`, any sign.
    fn over(lasts_s: f64, span_s: f64) -> Self {
        let forgotten = -libm::expm1(-span_s / lasts_s);
        let rate = lasts_s * forgotten;
        Self { span_s, way: lasts_s * (span_s - rate), rate, left: 1.0 - forgotten }
    }

    /// A course after it.
    fn of(&self, [position_deg, rate_dps, acceleration_dps2]: Course) -> Course {
        [
            position_deg + self.span_s * rate_dps + self.way * acceleration_dps2,
            rate_dps + self.rate * acceleration_dps2,
            self.left * acceleration_dps2,
        ]
    }
}

/// A filtered angle.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Singer {
    course: Course,
    covariance: Covariance,
}

impl Singer {
    /// A first sighting: position known to `sd_deg`, rate unknown to `rate_sd_dps`.
    pub const fn first(position_deg: f64, sd_deg: f64, rate_sd_dps: f64, manner: Manner) -> Self {
        let acceleration_sd_dps2 = manner.acceleration_sd_dps2;
        Self {
            course: [position_deg, 0.0, 0.0],
            covariance: Covariance {
                pp: sd_deg * sd_deg,
                rr: rate_sd_dps * rate_sd_dps,
                aa: acceleration_sd_dps2 * acceleration_sd_dps2,
                ..Covariance::NONE
            },
        }
    }

    /// What several filters believe together, each with its weight; the weights sum to 1. Means and covariances mix,
    /// and the spread of the means adds to the covariance.
    pub fn mixed<'a>(filters: impl Iterator<Item = (&'a Self, f64)> + Clone) -> Self {
        let mut mixed = Self { course: [0.0; 3], covariance: Covariance::NONE };
        for (filter, weight) in filters.clone() {
            for (mean, own) in mixed.course.iter_mut().zip(filter.course) {
                *mean += weight * own;
            }
        }
        for (filter, weight) in filters {
            let off = core::array::from_fn(|n| filter.course[n] - mixed.course[n]);
            let own = filter.covariance.plus(&Covariance::of(off), 1.0);
            mixed.covariance = mixed.covariance.plus(&own, weight);
        }
        mixed
    }

    /// Where it is, how fast, and how that changes.
    pub const fn course(&self) -> Course {
        self.course
    }

    /// Variance of the position \[deg²\].
    pub const fn position_variance(&self) -> f64 {
        self.covariance.pp
    }

    /// Standard deviations of position and rate \[deg, deg/s\].
    pub fn sd(&self) -> (f64, f64) {
        (self.covariance.pp.sqrt(), self.covariance.rr.sqrt())
    }

    /// Moves the position, which is then known worse by as much; the rate is known worse by `off_dps`.
    pub fn shift(&mut self, shift_deg: f64, off_dps: f64) {
        self.course[0] += shift_deg;
        self.covariance.pp += shift_deg * shift_deg;
        self.covariance.rr += off_dps * off_dps;
    }

    /// The course `span_s` from now.
    pub fn course_after(&self, manner: Manner, span_s: f64) -> Course {
        Transition::over(manner.lasts_s, span_s).of(self.course)
    }

    /// Moves `span_s` ahead.
    pub fn predict(&mut self, manner: Manner, span_s: f64) {
        let ahead = Transition::over(manner.lasts_s, span_s);
        self.course = ahead.of(self.course);
        let density = 2.0 * manner.acceleration_sd_dps2 * manner.acceleration_sd_dps2 / manner.lasts_s;
        self.covariance = self.covariance.moved(&ahead).plus(&Covariance::driven(span_s), density);
    }

    /// Takes in a measurement that is `innovation_deg` off the prediction, with variance `r` \[deg²\].
    pub fn correct(&mut self, innovation_deg: f64, r: f64) {
        let Covariance { pp, pr, pa, .. } = self.covariance;
        let total = pp + r;
        for (own, first) in self.course.iter_mut().zip([pp, pr, pa]) {
            *own += first / total * innovation_deg;
        }
        self.covariance = self.covariance.plus(&Covariance::of([pp, pr, pa]), -1.0 / total);
    }
}

impl State for Singer {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64s("course", &self.course);
        let Covariance { pp, pr, pa, rr, ra, aa } = self.covariance;
        v.f64s("covariance", &[pp, pr, pa, rr, ra, aa]);
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
        let over = |span_s| Transition::over(0.8, span_s);
        let course = [1.0, 2.0, 3.0];
        let (twice, once) = (over(0.3).of(over(0.1).of(course)), over(0.4).of(course));
        let spread = Covariance { pp: 4.0, pr: 1.0, pa: -0.5, rr: 3.0, ra: 0.25, aa: 2.0 };
        let (spread_twice, spread_once) = (spread.moved(&over(0.1)).moved(&over(0.3)), spread.moved(&over(0.4)));
        let rest = spread_twice.plus(&spread_once, -1.0);
        let rest = [rest.pp, rest.pr, rest.pa, rest.rr, rest.ra, rest.aa];
        assert!(rest.into_iter().all(|off| off.abs() < 1e-12), "{spread_twice:?} {spread_once:?}");
        assert!(twice.iter().zip(once).all(|(twice, once)| (twice - once).abs() < 1e-12), "{twice:?} {once:?}");
    }

    #[test]
    fn an_acceleration_is_forgotten_as_an_exponential() {
        // After one τ, 1/e of it is left, and the rate has grown by a·τ·(1 − 1/e).
        let [_, rate_dps, acceleration_dps2] = Transition::over(0.5, 0.5).of([0.0, 0.0, 4.0]);
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
                let Covariance { pp, pr, pa, rr, ra, aa } = filter.covariance;
                prop_assert!(pp > 0.0 && rr > 0.0 && aa > 0.0, "{filter:?}");
                for (both, scale) in [(pr, pp * rr), (pa, pp * aa), (ra, rr * aa)] {
                    prop_assert!(scale - both * both > -1e-9 * scale, "{filter:?}");
                }
            }
        }
    }
}
