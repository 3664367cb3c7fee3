//! One motor's newest wish: the latest wins, and what the camera has acknowledged is not said twice.

use serde::{Deserialize, Serialize};

use crate::{Command, Refusal, State, Visit};

/// What is known of the command sent last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Standing {
    /// Nothing: none was sent, or its reply was lost.
    #[default]
    Unknown,
    /// No reply yet to this message.
    Open(u64),
    /// The camera took it.
    Acked,
    /// The camera will not have it.
    Refused,
}

/// The wish of one motor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slot {
    queued: Option<Command>,
    last: Option<Command>,
    standing: Standing,
}

impl Slot {
    /// Replaces what is queued. A drive equal to the one sent last is not queued, unless that was lost or refused; a
    /// move is always sent, for someone else may have turned the camera since.
    pub(super) fn want(&mut self, command: Command) {
        let stands = matches!(self.standing, Standing::Open(_) | Standing::Acked);
        let said = stands && !command.is_move() && self.last == Some(command);
        self.queued = (!said).then_some(command);
    }

    /// Forgets what is queued.
    pub(super) fn clear(&mut self) {
        self.queued = None;
    }

    /// Whether message `seq` is the newest wish, and not replied to yet.
    pub(super) fn awaits(&self, seq: u64) -> bool {
        self.queued.is_none() && self.standing == Standing::Open(seq)
    }

    /// Nothing is known of the camera any more: what is wanted has to be said again, a move only while it may `run`.
    pub(super) fn renew(&mut self, runs: bool) {
        let refused = self.standing == Standing::Refused;
        let unheard = matches!(self.standing, Standing::Open(_) | Standing::Unknown);
        let last = self.last.filter(|last| !refused && (!last.is_move() || unheard || runs));
        *self = Self { queued: self.queued.or(last), last: None, standing: Standing::Unknown };
    }

    /// Nothing is known of the camera any more, and nothing is wanted of it here.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// A stop that is queued is said by who stops both motors.
    pub(super) fn drop_stop(&mut self) {
        self.queued = self.queued.filter(|command| !command.is_stop());
    }

    /// What is to be sent.
    pub(super) fn queued(&self) -> Option<Command> {
        self.queued
    }

    /// The command was sent as message `seq`. What is queued stays so when it is another: a stop went before it.
    pub(super) fn sent(&mut self, command: Command, seq: u64) {
        *self = Self {
            queued: self.queued.filter(|queued| *queued != command),
            last: Some(command),
            standing: Standing::Open(seq),
        };
    }

    /// Message `seq` was acknowledged.
    pub(super) fn acked(&mut self, seq: u64) {
        if self.standing == Standing::Open(seq) {
            self.standing = Standing::Acked;
        }
    }

    /// Message `seq` got no reply; with `retry` it is sent again if nothing newer waits.
    pub(super) fn lost(&mut self, seq: u64, retry: bool) {
        if self.standing == Standing::Open(seq) {
            self.standing = Standing::Unknown;
            if retry {
                self.queued = self.queued.or(self.last);
            }
        }
    }

    /// The ACK may have been another's: a drive is said again. A move is not, for it may have arrived meanwhile.
    pub(super) fn doubt(&mut self) {
        if self.standing == Standing::Acked && self.last.is_some_and(|last| !last.is_move()) {
            self.standing = Standing::Unknown;
            self.queued = self.queued.or(self.last);
        }
    }

    /// Message `seq` was refused. A full buffer empties: try again. Anything else would be refused again.
    pub(super) fn refused(&mut self, seq: u64, error: Refusal, retry: bool) {
        if error == Refusal::BufferFull {
            self.lost(seq, retry);
        } else if self.standing == Standing::Open(seq) {
            self.standing = Standing::Refused;
        }
    }
}

impl State for Slot {
    fn visit(&self, v: &mut dyn Visit) {
        for (name, command) in [("queued", self.queued), ("last", self.last)] {
            v.bool(name, command.is_some());
            if let Some(command) = command {
                v.part(name, &command);
            }
        }
        let (standing, seq) = match self.standing {
            Standing::Unknown => (0, 0),
            Standing::Open(seq) => (1, seq),
            Standing::Acked => (2, 0),
            Standing::Refused => (3, 0),
        };
        v.u64("standing", standing);
        v.u64("seq", seq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Drive;

    fn drive(pan_code: i8) -> Command {
        Command::PanTilt(Drive { pan_code, tilt_code: 0 })
    }

    #[test]
    fn the_latest_wish_wins() {
        let mut slot = Slot::default();
        slot.want(drive(1));
        slot.want(drive(2));
        assert_eq!(slot.queued(), Some(drive(2)));
        slot.sent(drive(2), 1);
        slot.want(drive(3));
        slot.want(drive(2));
        assert_eq!(slot.queued(), None, "what is under way needs no repeat, and replaces what was queued");
    }

    #[test]
    fn what_is_acknowledged_is_not_said_twice_but_what_is_lost_is() {
        let mut slot = Slot::default();
        slot.sent(drive(1), 1);
        slot.acked(1);
        slot.want(drive(1));
        assert_eq!(slot.queued(), None);
        slot.sent(drive(2), 2);
        slot.lost(1, true);
        assert_eq!(slot.queued(), None, "message 1 is not the newest");
        slot.lost(2, true);
        assert_eq!(slot.queued(), Some(drive(2)));
    }

    #[test]
    fn only_a_full_buffer_is_worth_another_try() {
        let mut slot = Slot::default();
        slot.sent(drive(1), 1);
        slot.refused(1, Refusal::BufferFull, true);
        assert_eq!(slot.queued(), Some(drive(1)));
        slot.sent(drive(1), 2);
        slot.refused(2, Refusal::Syntax, true);
        assert_eq!(slot.queued(), None);
        slot.want(drive(1));
        assert_eq!(slot.queued(), Some(drive(1)), "the caller may insist");
    }

    #[test]
    fn a_move_is_sent_each_time_it_is_asked_for() {
        let mut slot = Slot::default();
        slot.sent(Command::Home, 1);
        slot.acked(1);
        slot.want(Command::Home);
        assert_eq!(slot.queued(), Some(Command::Home));
    }
}
