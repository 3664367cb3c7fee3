//! How a target moves along one axis: four filters that compete.
//!
//! One believes that the target keeps its rate, one that it walks, one that it runs, one that it dodges: they differ in
//! the acceleration they expect, and in how long that lasts. After each sighting each is believed as much as the
//! sighting was likely under it, and belief leaks a little from each to the others, so that a turn is noticed at once
//! and a straight course is smoothed for long. Who walks speeds up and slows down for a second or so: that an
//! acceleration lasts is what makes it worth knowing, and what a constant-rate filter must lag behind.
//!
//! This is the interacting multiple model estimator of Blom and Bar-Shalom, IEEE TAC 33 (1988) 780; the equations are
//! those of Bar-Shalom, Li, Kirubarajan: *Estimation with Applications to Tracking and Navigation*, 2001, section
//! 11.6.6.
//!
//! The noise of the sightings is not told but learned, from second differences: of three sightings at equal distances
//! z₀ − 2 z₁ + z₂ has the variance 6 σ², whatever the constant rate. Accelerations add (a·h²)²/6, which at 30 frames a
//! second and 30 deg/s² is (0.014°)²: below what any detector reaches.
//!
//! A sighting that no filter can explain is a jump, not a motion: the target is taken from there, at rest.

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, max, min, wrap_deg};
use tiltyard_visca::{SimTime, State, Visit};

use super::singer::{Course, Manner, Singer};

/// How many filters compete.
const MODELS: usize = 4;
/// What each believes: no acceleration, that of a walk, of a run, of a dodge, all at 10 m. Chosen on paths like those
/// of the standard suite by the error of the prediction, 50 to 400 ms ahead and with up to 0.1° of noise; flat around.
const MANNERS: [Manner; MODELS] = [
    Manner { acceleration_sd_dps2: 0.1, lasts_s: 1.0 },
    Manner { acceleration_sd_dps2: 4.0, lasts_s: 1.0 },
    Manner { acceleration_sd_dps2: 15.0, lasts_s: 1.0 },
    Manner { acceleration_sd_dps2: 15.0, lasts_s: 0.2 },
];
/// The filter that gives a sighting the most room.
const FREEST: usize = 2;
/// Chance that a target goes on as it does, from one sighting to the next.
const STAYS: f64 = 0.998;
/// Standard deviation of the rate of a target just met, at most \[deg/s\]: a runner at 10 m.
pub const FIRST_RATE_SD_DPS: f64 = 20.0;
/// Sightings are never believed to be better than this \[deg\].
const NOISE_MIN_DEG: f64 = 0.003;
/// Share of a new second difference in the learned variance: an average over some 25 frames.
const NOISE_SHARE: f64 = 0.04;
/// One second difference counts up to this many times the variance so far.
const NOISE_OUTLIER: f64 = 9.0;
/// A sighting is a jump from this many standard deviations of the freest filter on …
const JUMP_SIGMAS: f64 = 5.0;
/// … if it would also take this rate to get there \[deg/s\].
const JUMP_DPS: f64 = 60.0;

/// The motion of a target along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Motion {
    filters: [Singer; MODELS],
    weights: [f64; MODELS],
    /// Variance of a sighting \[deg²\].
    noise_deg2: f64,
    /// Second differences that it was learned from.
    bends: u32,
    /// As of this sighting.
    at: SimTime,
    /// The two sightings before, and the times between: (position \[deg\], span \[s\]).
    before: [Option<(f64, f64)>; 2],
}

impl Motion {
    /// Just met, at `position_deg` to within `sd_deg`, and hardly faster than `rate_sd_dps`.
    pub fn first(at: SimTime, position_deg: f64, sd_deg: f64, rate_sd_dps: f64) -> Self {
        let sd_deg = max(sd_deg, NOISE_MIN_DEG);
        Self {
            filters: MANNERS.map(|manner| Singer::first(position_deg, sd_deg, rate_sd_dps, manner)),
            weights: [1.0 / MODELS as f64; MODELS],
            noise_deg2: sd_deg * sd_deg,
            bends: 0,
            at,
            before: [Some((position_deg, 0.0)), None],
        }
    }

    /// Takes in a sighting, later than the one before. `doubt_deg` is the standard deviation of what may be wrong with
    /// this one beyond the usual noise; where there is some, the noise is not learned from it.
    pub fn see(&mut self, at: SimTime, position_deg: f64, doubt_deg: f64) {
        let dt_s = at.signed_secs_since(self.at);
        if dt_s <= 0.0 {
            return;
        }
        if doubt_deg > 0.0 {
            self.before = [None; 2];
        } else {
            self.learn_noise(position_deg, dt_s);
        }
        let noise_deg2 = self.noise_deg2 + doubt_deg * doubt_deg;
        self.at = at;
        self.mix();
        for (filter, manner) in self.filters.iter_mut().zip(MANNERS) {
            filter.predict(manner, dt_s);
        }
        let off = |filter: &Singer| wrap_deg(position_deg - filter.course()[0]);
        let freest = &self.filters[FREEST];
        let sd_deg = (freest.position_variance() + noise_deg2).sqrt();
        if off(freest).abs() > max(JUMP_SIGMAS * sd_deg, JUMP_DPS * dt_s) {
            let anew = Self::first(at, position_deg, sd_deg, FIRST_RATE_SD_DPS);
            *self = Self { noise_deg2: self.noise_deg2, bends: self.bends, ..anew };
            return;
        }
        let squares = self.filters.map(|filter| {
            let off_deg = off(&filter);
            off_deg * off_deg / (filter.position_variance() + noise_deg2)
        });
        let least = squares.into_iter().fold(f64::INFINITY, min);
        let mut total = 0.0;
        for ((filter, weight), square) in self.filters.iter_mut().zip(&mut self.weights).zip(squares) {
            let innovation_deg = off(filter);
            let variance = filter.position_variance() + noise_deg2;
            // Relative to the best, so that a sighting far from all of them still tells them apart; none becomes zero.
            *weight *= libm::exp(-0.5 * min(square - least, 50.0)) / variance.sqrt();
            filter.correct(innovation_deg, noise_deg2);
            total += *weight;
        }
        for weight in &mut self.weights {
            *weight /= total;
        }
    }

    /// The sightings so far were told from a head that was elsewhere, by `shift_deg` at the last of them, and faster or
    /// slower by up to `off_dps`: they move along, and are believed less.
    pub fn shift(&mut self, shift_deg: f64, off_dps: f64) {
        if shift_deg == 0.0 && off_dps == 0.0 {
            return;
        }
        for filter in &mut self.filters {
            filter.shift(shift_deg, off_dps);
        }
        // Second differences across the shift would be taken for noise.
        self.before = [None; 2];
    }

    /// The course at `at`: what all filters believe, by how much they are believed.
    pub fn course_at(&self, at: SimTime) -> Course {
        let span_s = at.signed_secs_since(self.at);
        let mut course = [0.0; 3];
        for ((filter, manner), weight) in self.filters.iter().zip(MANNERS).zip(self.weights) {
            for (mixed, own) in course.iter_mut().zip(filter.course_after(manner, span_s)) {
                *mixed += weight * own;
            }
        }
        course
    }

    /// Standard deviations of position and rate at the last sighting \[deg, deg/s\].
    pub fn sd(&self) -> (f64, f64) {
        Singer::mixed(self.filters.iter().zip(self.weights)).sd()
    }

    /// When it was last seen.
    pub const fn at(&self) -> SimTime {
        self.at
    }

    /// Standard deviation of a sighting, as learned \[deg\].
    pub fn noise_sd_deg(&self) -> f64 {
        self.noise_deg2.sqrt()
    }

    /// Belief leaks, and each filter begins from what all of them believe.
    fn mix(&mut self) {
        let leak = (1.0 - STAYS) / (MODELS - 1) as f64;
        let (filters, weights) = (self.filters, self.weights);
        for (to, filter) in self.filters.iter_mut().enumerate() {
            let shares: [f64; MODELS] =
                core::array::from_fn(|from| weights[from] * if from == to { STAYS } else { leak });
            let total: f64 = shares.iter().sum();
            self.weights[to] = total;
            *filter = Singer::mixed(filters.iter().zip(shares.map(|share| share / total)));
        }
    }

    fn learn_noise(&mut self, position_deg: f64, dt_s: f64) {
        if let [Some((last, span_s)), Some((second_last, _))] = self.before
            && (span_s - dt_s).abs() < 0.1 * dt_s
        {
            let bend = wrap_deg(position_deg - last) - wrap_deg(last - second_last);
            let sample = clamp(bend * bend / 6.0, 0.0, NOISE_OUTLIER * self.noise_deg2);
            let least = NOISE_MIN_DEG * NOISE_MIN_DEG;
            // At first a mean in which the later ones count more: what was expected is forgotten as 1/n².
            self.bends = self.bends.saturating_add(1);
            let share = max(2.0 / (3.0 + f64::from(self.bends)), NOISE_SHARE);
            self.noise_deg2 = max(self.noise_deg2 + (sample - self.noise_deg2) * share, least);
        }
        self.before = [Some((position_deg, dt_s)), self.before[0]];
    }
}

impl State for Motion {
    fn visit(&self, v: &mut dyn Visit) {
        for (name, filter) in ["steady", "walking", "running", "dodging"].into_iter().zip(&self.filters) {
            v.part(name, filter);
        }
        v.f64s("weight", &self.weights);
        v.f64("noise_deg2", self.noise_deg2);
        v.u64("bends", u64::from(self.bends));
        v.time("at", self.at);
        for before in self.before {
            v.opt_f64("before_deg", before.map(|before| before.0));
            v.opt_f64("before_s", before.map(|before| before.1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use tiltyard_visca::num::normal_of;

    /// Root mean square errors of position and rate over a minute, and the motion at its end, for a path and boxes with
    /// this noise.
    fn follow(path: impl Fn(f64) -> f64, sd_deg: f64) -> (f64, f64, Motion) {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut motion = Motion::first(SimTime::ZERO, path(0.0), 0.3, FIRST_RATE_SD_DPS);
        let (mut squares, mut count) = ([0.0; 2], 0.0);
        for frame in 1..1800 {
            let at = SimTime::from_millis(33 * frame);
            let t = at.as_secs_f64();
            motion.see(at, path(t) + sd_deg * normal_of(rng.random()), 0.0);
            if frame > 60 {
                let [position_deg, rate_dps, _] = motion.course_at(at);
                let off = [position_deg - path(t), rate_dps - (path(t) - path(t - 0.001)) * 1e3];
                squares = [squares[0] + off[0] * off[0], squares[1] + off[1] * off[1]];
                count += 1.0;
            }
        }
        ((squares[0] / count).sqrt(), (squares[1] / count).sqrt(), motion)
    }

    #[test]
    fn a_target_that_stands_is_smoothed_for_long() {
        let (position_deg, rate_dps, motion) = follow(|_| 4.0, 0.05);
        // 60 frames in, the steady filter still settles: 0.05° is cut to a third.
        assert!(position_deg < 0.02 && rate_dps < 0.2, "{position_deg} {rate_dps}");
        assert!(motion.weights[0] > 0.8, "{:?}", motion.weights);
    }

    #[test]
    fn the_noise_is_learned() {
        for sd_deg in [0.02, 0.05, 0.2] {
            let learned = follow(|t| 3.0 * t, sd_deg).2.noise_sd_deg();
            assert!((learned / sd_deg - 1.0).abs() < 0.25, "{sd_deg}: {learned}");
        }
    }

    #[test]
    fn a_turn_is_noticed() {
        // ±10 deg/s² by turns of 2 s. A filter that stays with one density smooths less or lags more: the best of them
        // leaves 0.045° here.
        let turns = |t: f64| {
            let turn = (t / 4.0).fract();
            let turn = if turn > 0.5 { 1.0 - turn } else { turn };
            if turn < 0.25 { 80.0 * turn * turn } else { 10.0 - 80.0 * (0.5 - turn) * (0.5 - turn) }
        };
        let (position_deg, rate_dps, _) = follow(turns, 0.05);
        assert!(position_deg < 0.05 && rate_dps < 1.3, "{position_deg} {rate_dps}");
    }

    #[test]
    fn a_jump_is_no_motion() {
        let mut motion = Motion::first(SimTime::ZERO, 0.0, 0.1, FIRST_RATE_SD_DPS);
        for frame in 1..60 {
            motion.see(SimTime::from_millis(33 * frame), if frame < 50 { 0.0 } else { 10.0 }, 0.0);
        }
        let [position_deg, rate_dps, _] = motion.course_at(motion.at());
        assert!((position_deg - 10.0).abs() < 0.01 && rate_dps.abs() < 0.5, "{position_deg} {rate_dps}");
    }

    #[test]
    fn a_sighting_from_the_past_changes_nothing() {
        let mut motion = Motion::first(SimTime::from_millis(100), 1.0, 0.1, FIRST_RATE_SD_DPS);
        let before = motion;
        motion.see(SimTime::from_millis(100), 5.0, 0.0);
        motion.see(SimTime::from_millis(50), 5.0, 0.0);
        assert_eq!(motion, before);
    }
}
