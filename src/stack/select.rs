//! Which of the tracks the camera follows.
//!
//! Once chosen, a track is kept while it is seen: somebody nearer or larger does not take over. When it has not been
//! seen for the release time and somebody else is seen now, or when it ends, the rule chooses anew. A fixed id waits.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, State, Visit};

use super::Track;
use super::geometry::Bearing;

/// How a target is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// The track with this id and no other.
    Id(u32),
    /// The track nearest to the optical axis.
    Nearest,
    /// The track with the largest box.
    Largest,
    /// Nobody: the camera stands still.
    None,
}

/// The chosen track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    rule: Rule,
    release: Duration,
    locked: Option<u32>,
}

impl Selector {
    /// Nothing chosen yet.
    pub const fn new(rule: Rule, release: Duration) -> Self {
        Self { rule, release, locked: None }
    }

    /// The id that is followed.
    pub const fn locked(&self) -> Option<u32> {
        self.locked
    }

    /// Changes the rule and forgets the choice.
    pub fn set_rule(&mut self, rule: Rule) {
        *self = Self::new(rule, self.release);
    }

    /// Keeps or makes the choice among `tracks`, as of a frame exposed at `at` by a camera that pointed along `axis`.
    /// Ties go to the lower id.
    pub fn choose<'a>(&mut self, at: SimTime, tracks: &'a [Track], axis: Bearing) -> Option<&'a Track> {
        let seen_now = |track: &&Track| track.seen_at == at;
        if let Some(kept) = self.locked.and_then(|id| tracks.iter().find(|track| track.id == id))
            && (at.since(kept.seen_at) <= self.release || !tracks.iter().any(|track| seen_now(&track)))
        {
            return Some(kept);
        }
        let tracks = || tracks.iter().filter(seen_now);
        let area = |track: &&Track| track.bbox.w_px * track.bbox.h_px;
        let off = |track: &&Track| {
            let [az, el] = track.bearing.minus(axis);
            az * az + el * el
        };
        let chosen = match self.rule {
            Rule::Id(id) => tracks().find(|track| track.id == id),
            Rule::Nearest => tracks().min_by(|a, b| off(a).total_cmp(&off(b)).then(a.id.cmp(&b.id))),
            Rule::Largest => tracks().max_by(|a, b| area(a).total_cmp(&area(b)).then(b.id.cmp(&a.id))),
            Rule::None => None,
        };
        if let Some(track) = chosen {
            self.locked = Some(track.id);
        }
        chosen
    }
}

impl State for Selector {
    fn visit(&self, v: &mut dyn Visit) {
        let (rule, id) = match self.rule {
            Rule::Id(id) => (0, u64::from(id)),
            Rule::Nearest => (1, 0),
            Rule::Largest => (2, 0),
            Rule::None => (3, 0),
        };
        v.u64("rule", rule);
        v.u64("rule_id", id);
        v.u64("locked", self.locked.map_or(u64::MAX, u64::from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::frame::PixelBox;
    use std::sync::Arc;

    const RELEASE: Duration = Duration::from_millis(300);

    fn track(id: u32, az_deg: f64, h_px: f64) -> Track {
        Track {
            id,
            label: Arc::from("person"),
            confidence: 0.9,
            bbox: PixelBox { x_px: 0.0, y_px: 0.0, w_px: h_px / 3.0, h_px },
            bearing: Bearing { az_deg, el_deg: 0.0 },
            rate_dps: [0.0; 2],
            at: SimTime::ZERO,
            seen_at: SimTime::ZERO,
            hits: 3,
        }
    }

    fn chosen(rule: Rule, tracks: &[Track]) -> Option<u32> {
        Selector::new(rule, RELEASE).choose(SimTime::ZERO, tracks, Bearing::default()).map(|track| track.id)
    }

    #[test]
    fn each_rule_chooses_its_own() {
        let tracks = [track(1, 10.0, 300.0), track(2, -2.0, 100.0), track(3, 2.0, 100.0)];
        assert_eq!(chosen(Rule::Nearest, &tracks), Some(2), "a tie goes to the lower id");
        assert_eq!(chosen(Rule::Largest, &tracks), Some(1));
        assert_eq!(chosen(Rule::Id(3), &tracks), Some(3));
        assert_eq!(chosen(Rule::Id(9), &tracks), None);
        assert_eq!(chosen(Rule::None, &tracks), None);
    }

    #[test]
    fn a_choice_is_kept_while_its_track_lives() {
        let mut selector = Selector::new(Rule::Largest, RELEASE);
        selector.choose(SimTime::ZERO, &[track(1, 0.0, 100.0)], Bearing::default());
        let both = [track(1, 0.0, 100.0), track(2, 0.0, 500.0)];
        assert_eq!(selector.choose(SimTime::ZERO, &both, Bearing::default()).map(|track| track.id), Some(1));
        assert_eq!(selector.choose(SimTime::ZERO, &both[1..], Bearing::default()).map(|track| track.id), Some(2));
    }

    #[test]
    fn a_target_that_is_gone_is_let_go_for_one_that_is_there() {
        let mut selector = Selector::new(Rule::Largest, RELEASE);
        let gone = track(1, 0.0, 100.0);
        selector.choose(SimTime::ZERO, core::slice::from_ref(&gone), Bearing::default());
        let mut choose = |ms: u64| {
            let at = SimTime::from_millis(ms);
            let other = Track { seen_at: at, ..track(2, 10.0, 100.0) };
            selector.choose(at, &[gone.clone(), other], Bearing::default()).map(|track| track.id)
        };
        assert_eq!([choose(200), choose(300), choose(301), choose(302)], [Some(1), Some(1), Some(2), Some(2)]);
    }
}
