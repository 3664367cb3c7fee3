//! Notices that the head swings to and fro by itself, and turns the servo down.
//!
//! A loop whose gain is too high for its dead time swings, whatever the target does; users see it as wobble at long
//! zoom. The guard counts turning points, of the head and of the target alike: a turn counts when the way since the
//! last one is a share of the picture. A head that turns more often than its target does so of its own accord. Then
//! the correction (what the servo asks for beyond the target's own rate) is cut, and comes back slowly. Each cut is
//! counted and reported: a servo that needs this is tuned wrongly, and must be seen to be.
//!
//! ArduPilot's SMAX and AutoPTZ's sign-flip guard serve the same end by the slew rate and the signs of the command.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{max, min};
use tiltyard_visca::{Fold, SimTime, State, Visit};

/// Turns that are remembered: more than any guard waits for. Even, because they are hashed in pairs.
const TURNS: usize = 12;

/// When it acts, and how.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuardConfig {
    /// A turn counts from this way on, as a share of the field of view.
    pub swing: f64,
    /// It acts on so many turns more than the target's, at most 12 …
    pub turns: u8,
    /// … within this time.
    pub within: Duration,
    /// The correction is multiplied by this at each cut, 0 .. 1.
    pub cut: f64,
    /// It is never turned down below this share.
    pub least: f64,
    /// Share that comes back in a second.
    pub recovery_per_s: f64,
}

impl GuardConfig {
    /// Six turns in six seconds: one turn a second is what a loop of 0.4 s dead time does at its stability limit, whose
    /// period is four dead times.
    pub const DEFAULT: Self =
        Self { swing: 0.02, turns: 6, within: Duration::from_secs(6), cut: 0.7, least: 0.1, recovery_per_s: 0.02 };
}

/// The turning points of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Turns {
    /// The farthest place since the last turn, and which way that was.
    extreme_deg: Option<f64>,
    rising: Option<bool>,
    /// When it turned, newest last.
    at: [Option<SimTime>; TURNS],
}

impl Turns {
    fn see(&mut self, at: SimTime, position_deg: f64, swing_deg: f64) {
        let extreme_deg = *self.extreme_deg.get_or_insert(position_deg);
        let way_deg = position_deg - extreme_deg;
        match self.rising {
            Some(true) if way_deg >= 0.0 => self.extreme_deg = Some(position_deg),
            Some(false) if way_deg <= 0.0 => self.extreme_deg = Some(position_deg),
            _ if way_deg.abs() >= swing_deg => {
                if self.rising.is_some() {
                    self.at.rotate_left(1);
                    self.at[TURNS - 1] = Some(at);
                }
                (self.rising, self.extreme_deg) = (Some(way_deg > 0.0), Some(position_deg));
            }
            _ => {}
        }
    }

    fn within(&self, at: SimTime, span_s: f64) -> usize {
        self.at.iter().flatten().filter(|turned| at.signed_secs_since(**turned) <= span_s).count()
    }
}

/// The guard of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    head: Turns,
    target: Turns,
    share: f64,
    last: Option<SimTime>,
    acts: u64,
}

impl Default for Guard {
    fn default() -> Self {
        Self { head: Turns::default(), target: Turns::default(), share: 1.0, last: None, acts: 0 }
    }
}

impl Guard {
    /// The share of the correction that is let through, at most 1.
    pub fn share(&mut self, config: &GuardConfig, at: SimTime, head_deg: f64, target_deg: f64, hfov_deg: f64) -> f64 {
        let span_s = self.last.replace(at).map_or(0.0, |last| max(at.signed_secs_since(last), 0.0));
        let swing_deg = config.swing * hfov_deg;
        self.share = min(self.share + config.recovery_per_s * span_s, 1.0);
        self.head.see(at, head_deg, swing_deg);
        self.target.see(at, target_deg, swing_deg);
        let within_s = config.within.as_secs_f64();
        let own = self.head.within(at, within_s).saturating_sub(self.target.within(at, within_s));
        if own >= usize::from(config.turns) {
            self.share = max(self.share * config.cut, config.least);
            self.head.at = [None; TURNS];
            self.target.at = [None; TURNS];
            self.acts += 1;
        }
        self.share
    }

    /// How often it has acted.
    pub const fn acts(&self) -> u64 {
        self.acts
    }
}

impl State for Guard {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("share", self.share);
        v.time("last", self.last);
        v.u64("acts", self.acts);
        for turns in [&self.head, &self.target] {
            v.opt_f64("extreme_deg", turns.extreme_deg);
            v.u64("rising", turns.rising.map_or(2, u64::from));
            let mut turned_at = Fold::default();
            for pair in turns.at.chunks_exact(2) {
                let word = |at: Option<SimTime>| at.map_or(u64::MAX, SimTime::as_nanos);
                turned_at.words([word(pair[0]), word(pair[1])]);
            }
            v.fold("turned_at", &turned_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: GuardConfig = GuardConfig {
        swing: 0.02,
        turns: 6,
        within: Duration::from_secs(6),
        cut: 0.5,
        least: 0.1,
        recovery_per_s: 0.02,
    };

    /// Shares over `seconds` at 30 Hz in a picture of 10°, for a head and a target on these paths.
    fn watch(seconds: u64, head: impl Fn(f64) -> f64, target: impl Fn(f64) -> f64) -> (Guard, f64) {
        let (mut guard, mut share) = (Guard::default(), 1.0);
        for frame in 0..seconds * 30 {
            let at = SimTime::from_millis(frame * 33);
            let t = at.as_secs_f64();
            share = guard.share(&CONFIG, at, head(t), target(t), 10.0);
        }
        (guard, share)
    }

    #[test]
    fn a_head_that_swings_by_itself_is_turned_down() {
        let (guard, share) = watch(20, |t| libm::sin(t * 5.0), |_| 0.0);
        assert!(guard.acts() >= 2 && share < 0.4, "{guard:?}");
    }

    #[test]
    fn a_head_that_follows_a_swinging_target_is_not() {
        let (guard, share) = watch(20, |t| libm::sin(t * 5.0 - 1.0), |t| libm::sin(t * 5.0));
        assert_eq!((guard.acts(), share), (0, 1.0));
    }

    #[test]
    fn what_nobody_sees_is_no_swing() {
        let (guard, _) = watch(20, |t| 0.09 * libm::sin(t * 5.0), |_| 0.0);
        assert_eq!(guard.acts(), 0, "±0.9 % of the picture");
    }

    #[test]
    fn it_comes_back() {
        let (_, share) = watch(60, |t| if t < 10.0 { libm::sin(t * 5.0) } else { 0.0 }, |_| 0.0);
        assert_eq!(share, 1.0);
    }
}
