//! Idle, searching, tracking, lost: what the stack believes about its target.
//!
//! Upstream's four phases with a grace before each step down, so that one missed frame changes nothing:
//!
//! ```text
//!            chosen                  unseen > coast             unseen > grace
//!   idle ──────────────▶ tracking ──────────────▶ searching ──────────────▶ lost
//!                           ▲ ◀───────── seen ────────┘ ◀──────── seen ───────┘
//! ```
//!
//! *Idle* is before the first target, and after the target was cleared. *Lost* lasts until a target is seen again.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, State, Visit};

/// What the stack believes about its target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "live", derive(utoipa::ToSchema))]
pub enum Phase {
    /// No target was ever chosen, or it was cleared.
    #[default]
    Idle,
    /// The target was there a moment ago.
    Searching,
    /// The target is seen, or was within the coasting time.
    Tracking,
    /// The target has been gone for longer than the grace.
    Lost,
}

impl Phase {
    /// All phases, in the order of their codes.
    pub const ALL: [Self; 4] = [Self::Idle, Self::Searching, Self::Tracking, Self::Lost];

    /// Its name in metadata, scenario files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Searching => "searching",
            Self::Tracking => "tracking",
            Self::Lost => "lost",
        }
    }
}

/// How patient the phases are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patience {
    /// Still *tracking*, on the prediction, for this long after the last sighting.
    pub coast: Duration,
    /// *Searching* until this long after the last sighting, then *lost*.
    pub grace: Duration,
}

/// The phase and what it depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseMachine {
    patience: Patience,
    phase: Phase,
    last_seen: Option<SimTime>,
}

impl PhaseMachine {
    /// Idle.
    pub const fn new(patience: Patience) -> Self {
        Self { patience, phase: Phase::Idle, last_seen: None }
    }

    /// The phase as of the last update.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// When the target was last seen.
    pub const fn last_seen(&self) -> Option<SimTime> {
        self.last_seen
    }

    /// Moves on: `seen` is the exposure time of a sighting in the frame just decided on, if there was one.
    pub fn update(&mut self, now: SimTime, seen: Option<SimTime>) -> Phase {
        if seen > self.last_seen {
            self.last_seen = seen;
        }
        self.phase = match self.last_seen {
            None => Phase::Idle,
            Some(_) if seen.is_some() => Phase::Tracking,
            Some(last) => match now.since(last) {
                unseen if unseen <= self.patience.coast => Phase::Tracking,
                unseen if unseen <= self.patience.grace => Phase::Searching,
                _ => Phase::Lost,
            },
        };
        self.phase
    }

    /// Forgets the target.
    pub fn clear(&mut self) {
        *self = Self::new(self.patience);
    }
}

impl State for PhaseMachine {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("phase", self.phase as u64);
        v.time("last_seen", self.last_seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { coast: Duration::from_millis(300), grace: Duration::from_secs(2) };

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    #[test]
    fn one_missed_frame_changes_nothing() {
        let mut machine = PhaseMachine::new(PATIENCE);
        assert_eq!(machine.update(at(0), Some(at(0))), Phase::Tracking);
        assert_eq!(machine.update(at(33), None), Phase::Tracking);
    }

    #[test]
    fn it_steps_down_with_patience_and_up_at_once() {
        let mut machine = PhaseMachine::new(PATIENCE);
        assert_eq!(machine.update(at(0), None), Phase::Idle, "nothing was ever chosen");
        machine.update(at(100), Some(at(100)));
        assert_eq!(machine.update(at(401), None), Phase::Searching);
        assert_eq!(machine.update(at(2101), None), Phase::Lost);
        assert_eq!(machine.update(at(9000), None), Phase::Lost, "lost lasts");
        assert_eq!(machine.update(at(9033), Some(at(9000))), Phase::Tracking);
    }
}
