//! How large a target is, whatever the zoom, as a logarithm that is smoothed over time.
//!
//! Seen is the share c of the picture that the target fills at magnification r. In a pinhole camera c grows as r, so
//! S = ln c − ln r is the same at every zoom, and changes only as the target comes or goes: dS/dt = −(dR/dt)/R at the
//! range R, 0.14 /s for somebody who walks up to the camera at 1.4 m/s from 10 m.
//!
//! Boxes flicker: a pixel is 5 % of a small target. The filter is the critically damped g-h filter (E. Brookner,
//! *Tracking and Kalman Filtering Made Easy*, 1998, section 1.2.6), which knows a rate, so that who approaches is not
//! taken for larger or smaller than they are:
//!
//! ```text
//! θ = exp(−h / τ),   g = 1 − θ²,   h = (1 − θ)²
//! ```
//!
//! What is not the size is left out: a box that is clearly smaller or larger than expected is one of somebody who is
//! partly hidden, or of two people, until it has lasted; of a box that ends at the border of the picture it is only
//! known that the target is at least so large.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{max, min};
use tiltyard_visca::{SimTime, State, Visit};

use super::SeenSize;

/// Time constant of the filter \[s\]: 12 frames at 30 a second, which leaves a seventh of the noise of a box.
const TAU_S: f64 = 0.4;
/// Standard deviation of ln(size) until it is learned: boxes of detectors are good to some 3 %.
const NOISE: f64 = 0.03;
/// It is never believed to be better than this.
const NOISE_MIN: f64 = 0.005;
/// Share of a new residual in the learned variance: an average over some 20 boxes.
const NOISE_SHARE: f64 = 0.05;
/// A box is another size than expected from this many standard deviations on …
const OTHER_SIGMAS: f64 = 3.0;
/// … and from this on: 8 %.
const OTHER: f64 = 0.08;
/// When that has lasted so long, it is the size: longer than people take to pass behind a thing of their own width.
const LASTS: Duration = Duration::from_millis(500);
/// After so long without a box nothing is known of the size.
const FORGET: Duration = Duration::from_secs(1);
/// The rate is at most this \[1/s\]: somebody who runs at 8 m/s, 8 m away.
const RATE_MAX: f64 = 1.0;

/// The size of a target: S as of its last box.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Size {
    /// Exposure of the last box.
    at: SimTime,
    /// S at that time.
    log: f64,
    /// dS/dt \[1/s\].
    rate_per_s: f64,
    /// Variance of S of one box.
    variance: f64,
    /// Boxes that agreed.
    boxes: u32,
    /// Since when boxes have been of another size.
    other_since: Option<SimTime>,
}

impl Size {
    /// As of the first box of a target.
    fn first(seen: &SeenSize) -> Self {
        Self { at: seen.at, log: measured(seen), rate_per_s: 0.0, variance: NOISE * NOISE, boxes: 1, other_since: None }
    }

    /// Takes in a box; a size that is no number changes nothing.
    pub(super) fn see(size: &mut Option<Self>, seen: &SeenSize) {
        if !measured(seen).is_finite() {
            return;
        }
        match size {
            Some(known) if seen.at.since(known.at) < FORGET => known.update(seen),
            _ => *size = Some(Self::first(seen)),
        }
    }

    fn update(&mut self, seen: &SeenSize) {
        let dt_s = seen.at.signed_secs_since(self.at);
        if dt_s <= 0.0 {
            return;
        }
        let expected = self.log + self.rate_per_s * dt_s;
        let off = measured(seen) - expected;
        if seen.coverage().1 {
            // Cut off: only more than is expected says anything.
            (self.at, self.log) = (seen.at, expected + max(off, 0.0));
            self.other_since = None;
            return;
        }
        if off.abs() > max(OTHER, OTHER_SIGMAS * self.variance.sqrt()) {
            let since = *self.other_since.get_or_insert(seen.at);
            if seen.at.since(since) >= LASTS {
                *self = Self { variance: self.variance, ..Self::first(seen) };
            } else {
                (self.at, self.log) = (seen.at, expected);
            }
            return;
        }
        self.other_since = None;
        self.variance += (off * off - self.variance) * NOISE_SHARE;
        self.variance = max(self.variance, NOISE_MIN * NOISE_MIN);
        let theta = libm::exp(-dt_s / TAU_S);
        // At first the plain mean.
        self.boxes = self.boxes.saturating_add(1);
        let gain = max(1.0 - theta * theta, 1.0 / f64::from(self.boxes));
        let rate_gain = (1.0 - theta) * (1.0 - theta);
        self.log = expected + gain * off;
        self.rate_per_s = min(max(self.rate_per_s + rate_gain * off / dt_s, -RATE_MAX), RATE_MAX);
        self.at = seen.at;
    }

    /// S at `at`, as far as it is expected to go on.
    pub(super) fn log_size(&self, at: SimTime) -> f64 {
        self.log + self.rate_per_s * min(at.signed_secs_since(self.at), FORGET.as_secs_f64())
    }

    /// dS/dt \[1/s\].
    pub(super) const fn rate_per_s(&self) -> f64 {
        self.rate_per_s
    }
}

/// S of a box.
fn measured(seen: &SeenSize) -> f64 {
    libm::log(seen.coverage().0) - seen.log_ratio
}

impl State for Size {
    fn visit(&self, v: &mut dyn Visit) {
        v.time("at", self.at);
        v.f64("log_size", self.log);
        v.f64("rate_per_s", self.rate_per_s);
        v.f64("variance", self.variance);
        v.u64("boxes", u64::from(self.boxes));
        v.time("other_since", self.other_since);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use tiltyard_visca::num::normal_of;

    fn seen(frame: u64, coverage: f64, is_cut: bool) -> SeenSize {
        let at = SimTime::from_millis(33 * frame);
        SeenSize { at, share: [0.1 * coverage, coverage], is_cut: [false, is_cut], log_ratio: 0.0 }
    }

    #[test]
    fn flicker_is_smoothed_and_somebody_who_comes_is_not() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let (mut size, mut squares, mut rates) = (None, 0.0, 0.0);
        for frame in 0..900 {
            let truth = -2.0 + 0.14 * 0.033 * frame as f64;
            Size::see(&mut size, &seen(frame, libm::exp(truth + 0.03 * normal_of(rng.random())), false));
            let off = size.unwrap().log - truth;
            if frame > 90 {
                squares += off * off / 809.0;
                rates += size.unwrap().rate_per_s() / 809.0;
            }
        }
        assert!(squares.sqrt() < 0.013, "{}", squares.sqrt());
        assert!((rates - 0.14).abs() < 0.01, "{rates}");
    }

    #[test]
    fn who_is_partly_hidden_keeps_their_size_until_it_lasts() {
        let mut size = None;
        for frame in 0..60 {
            Size::see(&mut size, &seen(frame, 0.4, false));
        }
        for frame in 60..70 {
            Size::see(&mut size, &seen(frame, 0.2, false));
        }
        assert!((size.unwrap().log - libm::log(0.4)).abs() < 1e-6);
        for frame in 70..80 {
            Size::see(&mut size, &seen(frame, 0.2, false));
        }
        assert!((size.unwrap().log - libm::log(0.2)).abs() < 1e-6);
    }

    #[test]
    fn a_box_at_the_border_is_a_lower_bound() {
        let mut size = None;
        for frame in 0..60 {
            Size::see(&mut size, &seen(frame, 0.4, frame >= 30));
        }
        for frame in 60..100 {
            Size::see(&mut size, &seen(frame, 0.3, true));
        }
        assert!((size.unwrap().log - libm::log(0.4)).abs() < 1e-6);
        Size::see(&mut size, &seen(100, 0.9, true));
        assert!((size.unwrap().log - libm::log(0.9)).abs() < 1e-6);
    }

    #[test]
    fn nonsense_and_the_past_change_nothing() {
        let mut size = None;
        Size::see(&mut size, &seen(10, f64::NAN, false));
        assert_eq!(size, None);
        Size::see(&mut size, &seen(10, 0.4, false));
        let before = size;
        Size::see(&mut size, &seen(9, 0.2, false));
        Size::see(&mut size, &seen(11, 0.0, false));
        assert_eq!(size, before);
    }
}
