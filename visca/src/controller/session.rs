//! Sony's header, the client's side: the RESET that brings both ends to one count, and what a number proves.
//!
//! Each message carries a number that rises, and replies carry the number of their message: nothing is guessed. The
//! camera refuses a number that is not above the highest it has seen, with `0F 01`. That makes a message that was sent
//! *again under its own number* tell what became of it: a reply says that the camera hears it only now, `0F 01` that it
//! had heard it before and the reply was lost. This holds for the newest number alone. Once a newer message has left, a
//! refusal of an older number says no more than that the newer one came first; such a message is sent under a new
//! number if it is still wanted. A new number that is refused was doubled on the way, or the camera has begun a new
//! life and counts from elsewhere: when the next one is refused, too, the count begins anew.
//!
//! Numbers go on rising over a RESET, so that no late reply is taken for that of a newer message. They begin anew after
//! 2³² messages.
//!
//! A RESET is sent before anything else and again until it is answered, or a later message is: that proves as much.
//! Drives and questions wait for the answer, for a RESET that comes late would let an old drive, late too, in behind a
//! newer one. They do not wait for ever, though: a camera may not know it. A stop hardly waits: the worst that can
//! befall it is to be refused, and said again. Source: Sony SRG-X400 command list, "VISCA over IP".

use core::time::Duration;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{SimTime, State, Visit};

/// How far the two ends are with their count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Count {
    /// A RESET has to be sent.
    Due,
    /// It was sent so many times, the last time then, and is not answered.
    Asked { at: SimTime, times: u32 },
    /// Both count alike.
    Agreed,
}

/// Drives and questions wait for the answer to so many RESETs.
const HOLDS_UP: u32 = 3;

/// What the client keeps of a camera that numbers messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    count: Count,
    /// The newest number when the count began: a reply to a later one proves that both count alike.
    begun_after: u32,
    /// A new number was refused, and none was taken since.
    doubts: bool,
    /// Numbers of the commands that run, by socket.
    numbers: BTreeMap<u8, u32>,
}

impl Session {
    /// Nothing was said yet.
    pub(super) fn new() -> Self {
        Self { count: Count::Due, begun_after: 0, doubts: false, numbers: BTreeMap::new() }
    }

    /// When the next RESET is due, if one is.
    pub(super) fn reset_at(&self, now: SimTime, timeout: Duration) -> Option<SimTime> {
        match self.count {
            Count::Due => Some(now),
            Count::Asked { at, .. } => Some(at + timeout),
            Count::Agreed => None,
        }
    }

    /// A RESET was sent; the newest number was `newest`.
    pub(super) fn reset_sent(&mut self, at: SimTime, newest: u32) {
        let times = if let Count::Asked { times, .. } = self.count { times.saturating_add(1) } else { 1 };
        if times == 1 {
            self.begun_after = if newest == u32::MAX { 0 } else { newest };
        }
        self.count = Count::Asked { at, times };
    }

    /// The RESET was answered.
    pub(super) fn reset_answered(&mut self) {
        self.count = Count::Agreed;
    }

    /// Whether drives and questions wait for the answer to a RESET.
    pub(super) fn holds_up(&self) -> bool {
        match self.count {
            Count::Due => true,
            Count::Asked { times, .. } => times <= HOLDS_UP,
            Count::Agreed => false,
        }
    }

    /// Since when a stop waits for it, if it does. It does not wait for a repeated one.
    pub(super) fn holds_stop_up_since(&self) -> Option<SimTime> {
        match self.count {
            Count::Asked { at, times: 1 } => Some(at),
            _ => None,
        }
    }

    /// Whether a RESET has to be sent now.
    pub(super) fn is_due(&self) -> bool {
        self.count == Count::Due
    }

    /// Whether a refused number tells that its message was heard before.
    pub(super) fn agreed(&self) -> bool {
        self.count == Count::Agreed
    }

    /// Our numbers begin anew with the next message.
    pub(super) fn count_anew(&mut self) {
        self.count = Count::Due;
        self.doubts = false;
        self.numbers.clear();
    }

    /// The camera counts otherwise than we do: begin anew. An answer that may be on its way is waited for.
    pub(super) fn disagree(&mut self, now: SimTime, patience: Duration) {
        if !matches!(self.count, Count::Asked { at, .. } if at + patience > now) {
            self.count = Count::Due;
        }
        self.numbers.clear();
    }

    /// A new number was refused. Tells whether that is the first time since one was taken, and both had agreed.
    pub(super) fn doubt(&mut self) -> bool {
        self.agreed() && !core::mem::replace(&mut self.doubts, true)
    }

    /// The camera replied to a message with this number.
    pub(super) fn taken(&mut self, number: u32) {
        if number > self.begun_after {
            self.doubts = false;
            self.count = Count::Agreed;
        }
    }

    /// The command with this number runs in this socket.
    pub(super) fn runs(&mut self, socket: u8, number: u32) {
        self.numbers.insert(socket, number);
    }

    /// Takes the command out of this socket, if it has this number.
    pub(super) fn ends(&mut self, socket: u8, number: u32) -> bool {
        let is = self.numbers.get(&socket) == Some(&number);
        if is {
            self.numbers.remove(&socket);
        }
        is
    }
}

impl State for Session {
    fn visit(&self, v: &mut dyn Visit) {
        let (count, at, times) = match self.count {
            Count::Due => (0, None, 0),
            Count::Asked { at, times } => (1, Some(at), times),
            Count::Agreed => (2, None, 0),
        };
        v.u64("count", count);
        v.time("asked_at", at);
        v.u64("times", u64::from(times));
        v.u64("begun_after", u64::from(self.begun_after));
        v.bool("doubts", self.doubts);
        v.u64("numbers", self.numbers.len() as u64);
        for (socket, number) in &self.numbers {
            v.u64("socket", u64::from(*socket));
            v.u64("number", u64::from(*number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_is_asked_for_until_it_is_answered() {
        let timeout = Duration::from_millis(250);
        let at = SimTime::from_millis;
        let mut session = Session::new();
        assert_eq!(session.reset_at(at(5), timeout), Some(at(5)));
        session.reset_sent(at(5), 0);
        assert_eq!((session.reset_at(at(5), timeout), session.holds_stop_up_since()), (Some(at(255)), Some(at(5))));
        session.reset_sent(at(255), 0);
        assert_eq!((session.holds_up(), session.holds_stop_up_since()), (true, None));
        session.reset_sent(at(505), 0);
        session.reset_sent(at(755), 0);
        assert!(!session.holds_up(), "the camera may not know it");
        session.reset_answered();
        assert_eq!((session.reset_at(at(300), timeout), session.agreed()), (None, true));
    }

    #[test]
    fn a_refused_number_asks_for_a_reset_but_not_for_two_at_once() {
        let patience = Duration::from_millis(60);
        let at = SimTime::from_millis;
        let mut session = Session::new();
        session.reset_sent(at(0), 0);
        session.disagree(at(40), patience);
        assert_eq!(session.holds_stop_up_since(), Some(at(0)), "its answer may be on the way");
        session.disagree(at(60), patience);
        assert_eq!(session.reset_at(at(60), patience), Some(at(60)));
    }

    #[test]
    fn a_reply_to_a_later_message_proves_as_much_as_one_to_the_reset() {
        let mut session = Session::new();
        session.reset_sent(SimTime::ZERO, 7);
        session.taken(7);
        assert!(!session.agreed(), "it was sent before the RESET");
        session.taken(8);
        assert!(session.agreed());
    }

    #[test]
    fn a_completion_ends_the_command_that_it_is_about() {
        let mut session = Session::new();
        session.runs(1, 7);
        session.runs(1, 8);
        assert!(!session.ends(1, 7), "the socket has a newer command");
        assert!(session.ends(1, 8) && !session.ends(1, 8));
    }
}
