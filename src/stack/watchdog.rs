//! Notices that the stack goes blind or stops, once a stall.
//!
//! Three faults look alike from outside and are told apart here: *no video* (no frame came), *stalled loop* (frames
//! come, no decision is made) and *frozen picture* (frames come, all the same). Each is armed by its first sign of
//! life, raises one alarm when that sign stays away for its limit, and is armed again by the next one. Whoever polls
//! stops the gimbal on every alarm, and leaves it so while the stack [is blind](Watchdog::is_blind).

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, State, Visit};

/// How long each sign of life may stay away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchdogConfig {
    /// Until *no video*.
    pub video: Duration,
    /// Until *frozen picture*.
    pub picture: Duration,
    /// Until *stalled loop*.
    pub decision: Duration,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Alarm {
    /// No frame came.
    NoVideo,
    /// Frames come, all with the same picture.
    FrozenPicture,
    /// Frames come, but no decision was made.
    StalledLoop,
}

impl Alarm {
    /// What happened, in words.
    pub const fn about(self) -> &'static str {
        match self {
            Self::NoVideo => "no video",
            Self::FrozenPicture => "the picture is frozen",
            Self::StalledLoop => "the control loop is stalled",
        }
    }

    /// All alarms, in the order they are looked at.
    pub const ALL: [Self; 3] = [Self::NoVideo, Self::FrozenPicture, Self::StalledLoop];
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sign {
    last: Option<SimTime>,
    raised: bool,
}

/// The watchdog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watchdog {
    config: WatchdogConfig,
    signs: [Sign; 3],
    last_picture: Option<u64>,
    alarms: u64,
}

impl Watchdog {
    /// Not armed: a slow start is no stall.
    pub fn new(config: WatchdogConfig) -> Self {
        Self { config, signs: [Sign::default(); 3], last_picture: None, alarms: 0 }
    }

    /// A frame with this picture came.
    pub fn frame(&mut self, at: SimTime, picture: u64) {
        if self.signs[Alarm::NoVideo as usize].raised && self.signs[Alarm::StalledLoop as usize].last.is_some() {
            // The loop had nothing to decide on: its time begins anew.
            self.alive(Alarm::StalledLoop, at);
        }
        self.alive(Alarm::NoVideo, at);
        if self.last_picture != Some(picture) {
            self.last_picture = Some(picture);
            self.alive(Alarm::FrozenPicture, at);
        }
    }

    /// A decision was made.
    pub fn decision(&mut self, at: SimTime) {
        self.alive(Alarm::StalledLoop, at);
    }

    /// The next alarm that is due at `at`, each once a stall.
    pub fn poll(&mut self, at: SimTime) -> Option<Alarm> {
        let due = Alarm::ALL.into_iter().find(|alarm| self.due_at(*alarm).is_some_and(|due| due <= at))?;
        self.signs[due as usize].raised = true;
        self.alarms += 1;
        Some(due)
    }

    /// When [`poll`](Self::poll) should be called next; `None` while nothing is armed.
    pub fn next_at(&self) -> Option<SimTime> {
        Alarm::ALL.into_iter().filter_map(|alarm| self.due_at(alarm)).min()
    }

    /// No new picture has come since an alarm said so: what the stack believes is out of date.
    pub fn is_blind(&self) -> bool {
        [Alarm::NoVideo, Alarm::FrozenPicture].into_iter().any(|alarm| self.signs[alarm as usize].raised)
    }

    /// What is wrong now: raised, and no sign of life since. The first in the order of [`Alarm::ALL`].
    pub fn raised(&self) -> Option<Alarm> {
        Alarm::ALL.into_iter().find(|alarm| self.signs[*alarm as usize].raised)
    }

    /// Alarms raised so far.
    pub const fn alarms(&self) -> u64 {
        self.alarms
    }

    fn alive(&mut self, alarm: Alarm, at: SimTime) {
        self.signs[alarm as usize] = Sign { last: Some(at), raised: false };
    }

    fn due_at(&self, alarm: Alarm) -> Option<SimTime> {
        let Sign { last, raised } = self.signs[alarm as usize];
        // Without video nobody decides, and no picture changes: that is one fault, not three.
        let hidden = alarm != Alarm::NoVideo && self.signs[Alarm::NoVideo as usize].raised;
        let limit = match alarm {
            Alarm::NoVideo => self.config.video,
            Alarm::FrozenPicture => self.config.picture,
            Alarm::StalledLoop => self.config.decision,
        };
        last.filter(|_| !raised && !hidden).map(|last| last + limit)
    }
}

impl State for Watchdog {
    fn visit(&self, v: &mut dyn Visit) {
        for sign in &self.signs {
            v.time("last", sign.last);
            v.bool("raised", sign.raised);
        }
        v.u64("last_picture", self.last_picture.unwrap_or(u64::MAX));
        v.u64("alarms", self.alarms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: WatchdogConfig = WatchdogConfig {
        video: Duration::from_millis(500),
        picture: Duration::from_millis(700),
        decision: Duration::from_millis(900),
    };

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    #[test]
    fn it_is_armed_by_the_first_sign_of_life() {
        // Seed defect W1: it ran from construction on and fired during a slow start.
        let mut watchdog = Watchdog::new(CONFIG);
        assert_eq!((watchdog.poll(at(60_000)), watchdog.next_at()), (None, None));
    }

    #[test]
    fn one_alarm_a_stall_and_again_after_a_recovery() {
        // Seed defect W2: one line every 100 ms; upstream's later code: once a process.
        let mut watchdog = Watchdog::new(CONFIG);
        watchdog.frame(at(0), 1);
        assert_eq!(watchdog.poll(at(499)), None);
        assert!(!watchdog.is_blind());
        assert_eq!(watchdog.poll(at(500)), Some(Alarm::NoVideo));
        assert_eq!(watchdog.poll(at(5000)), None);
        watchdog.decision(at(5000));
        assert!(watchdog.is_blind(), "whatever is decided on old frames");
        assert_eq!(watchdog.raised(), Some(Alarm::NoVideo));
        watchdog.frame(at(6000), 2);
        assert!(!watchdog.is_blind());
        assert_eq!(watchdog.raised(), None);
        assert_eq!(watchdog.poll(at(6500)), Some(Alarm::NoVideo));
        assert_eq!(watchdog.alarms(), 2);
    }

    #[test]
    fn an_outage_is_one_fault_and_not_a_stall_afterwards() {
        let mut watchdog = Watchdog::new(CONFIG);
        watchdog.frame(at(0), 1);
        watchdog.decision(at(100));
        assert_eq!(watchdog.poll(at(500)), Some(Alarm::NoVideo));
        watchdog.frame(at(3000), 2);
        assert_eq!(watchdog.poll(at(3001)), None, "the decision on this frame is still to come");
        watchdog.decision(at(3100));
        assert_eq!(watchdog.poll(at(3400)), None);
    }

    #[test]
    fn it_tells_the_three_faults_apart() {
        // Seed defect W4: no video looked like a stall, and a frozen picture like a healthy loop.
        let mut frozen = Watchdog::new(CONFIG);
        let mut stalled = Watchdog::new(CONFIG);
        stalled.decision(at(0));
        for n in 0..30 {
            frozen.frame(at(n * 33), 1);
            frozen.decision(at(n * 33));
            stalled.frame(at(n * 33), n);
        }
        assert_eq!(frozen.poll(at(960)), Some(Alarm::FrozenPicture));
        assert_eq!(frozen.poll(at(960)), None);
        frozen.frame(at(970), 1);
        assert!(frozen.is_blind(), "a frame, but no picture");
        frozen.frame(at(990), 2);
        assert!(!frozen.is_blind());
        assert_eq!(stalled.poll(at(960)), Some(Alarm::StalledLoop));
        assert!(!stalled.is_blind(), "it sees, and will decide on what it sees");
    }
}
