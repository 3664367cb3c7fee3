//! Which inquiries wait to be sent: those asked for, each kind at most once, and the periodic ones.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Inquiry, SimTime, State, Visit};

/// All kinds, in the order in which they take turns.
const KINDS: [Inquiry; 15] = Inquiry::ALL;
/// How many of them are usual.
const USUAL: usize = 4;

/// Where a kind stands among them.
fn index(inquiry: Inquiry) -> usize {
    KINDS.iter().position(|kind| *kind == inquiry).unwrap_or(KINDS.len() - 1)
}

/// The inquiries that wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Questions {
    wanted: [bool; KINDS.len()],
    /// Index of the kind sent last.
    last: usize,
    /// When the next periodic inquiry is due, and of which kind it is.
    poll_at: SimTime,
    poll_next: Inquiry,
}

impl Questions {
    /// None; the first periodic one is due at time zero and asks for the head.
    pub(super) fn new() -> Self {
        Self { wanted: [false; KINDS.len()], last: USUAL - 1, poll_at: SimTime::ZERO, poll_next: Inquiry::PanTilt }
    }

    /// Asks.
    pub(super) fn want(&mut self, inquiry: Inquiry) {
        self.wanted[index(inquiry)] = true;
    }

    /// Asks what is due by period; missed turns are not made up for.
    pub(super) fn poll(&mut self, now: SimTime, period: Duration) {
        if self.poll_at > now {
            return;
        }
        self.want(self.poll_next);
        self.poll_next = if self.poll_next == Inquiry::PanTilt { Inquiry::Zoom } else { Inquiry::PanTilt };
        self.poll_at += period;
        if self.poll_at <= now {
            self.poll_at = now + period;
        }
    }

    /// When the next periodic one is due.
    pub(super) fn poll_at(&self) -> SimTime {
        self.poll_at
    }

    /// The next to send: by turns among those wanted, here or by `also`, that `may` be sent.
    pub(super) fn next(&self, also: impl Fn(Inquiry) -> bool, may: impl Fn(Inquiry) -> bool) -> Option<Inquiry> {
        let mut turns = (1..=KINDS.len()).map(|step| (self.last + step) % KINDS.len());
        turns.find(|&turn| (self.wanted[turn] || also(KINDS[turn])) && may(KINDS[turn])).map(|turn| KINDS[turn])
    }

    /// It was sent.
    pub(super) fn sent(&mut self, inquiry: Inquiry) {
        self.last = index(inquiry);
        self.wanted[self.last] = false;
    }
}

impl State for Questions {
    fn visit(&self, v: &mut dyn Visit) {
        for wanted in &self.wanted[..USUAL] {
            v.bool("wanted", *wanted);
        }
        v.u64("last", self.last as u64);
        v.time("poll_at", self.poll_at);
        v.part("poll_next", &self.poll_next);
        // The rare ones stand last, and only when there is one.
        let rare =
            self.wanted[USUAL..].iter().enumerate().fold(0, |mask, (bit, wanted)| mask | u64::from(*wanted) << bit);
        if rare != 0 {
            v.u64("rare", rare);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_take_turns() {
        let mut questions = Questions::new();
        let mut order = Vec::new();
        for _ in 0..4 {
            questions.want(Inquiry::PanTilt);
            questions.want(Inquiry::Zoom);
            let Some(next) = questions.next(|_| false, |_| true) else { break };
            questions.sent(next);
            order.push(next);
        }
        assert_eq!(order, [Inquiry::PanTilt, Inquiry::Zoom, Inquiry::PanTilt, Inquiry::Zoom]);
    }

    #[test]
    fn missed_polls_are_not_made_up_for() {
        let mut questions = Questions::new();
        let period = Duration::from_millis(100);
        questions.poll(SimTime::from_millis(250), period);
        assert_eq!(questions.poll_at(), SimTime::from_millis(350));
        questions.poll(SimTime::from_millis(360), period);
        assert_eq!(questions.poll_at(), SimTime::from_millis(450), "a late tick does not shift the beat");
    }
}
