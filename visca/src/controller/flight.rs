//! The messages that have been sent and wait for a reply.
//!
//! Owns the book of who waits for what, because VISCA replies do not say what they reply to. Three rules:
//! - An ACK belongs to the *oldest* open command. When an overtaken command's ACK was lost, the newest therefore stays
//!   open and is repeated: a repeat is harmless, a drive that is wrongly believed is not.
//! - An answer belongs to the oldest open inquiry whose form it has.
//! - An error belongs to the oldest open command, or else to the oldest open inquiry: errors are as quick as ACKs.
//!
//! The newest message is *awaited* (nothing but a newer drive or a stop is sent meanwhile) until it, or a command
//! before it, is replied to.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Answer, Command, Dialect, Inquiry, Message, Payload, SimTime, State, Visit};

/// More are never open; the oldest is given up.
const OPEN_MAX: usize = 32;

/// An open message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    /// Counts messages.
    pub(super) seq: u64,
    /// When it was sent, the last time.
    pub(super) at: SimTime,
    /// What was sent.
    pub(super) message: Message,
    /// It was sent before, under the same number.
    pub(super) before: Option<Before>,
}

/// What a message that was sent again was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Before {
    /// When it was sent first.
    at: SimTime,
    /// How often it was sent again.
    times: u32,
}

impl Sent {
    /// Its number in Sony's header. None is 0: the count begins at 1, and skips what ends in 32 zeros.
    pub(super) const fn number(&self) -> u32 {
        self.seq as u32
    }

    /// How often it was sent again.
    pub(super) fn repeats(&self) -> u32 {
        self.before.map_or(0, |before| before.times)
    }

    /// When it was sent first.
    pub(super) fn first_at(&self) -> SimTime {
        self.before.map_or(self.at, |before| before.at)
    }

    fn command(&self) -> Option<Command> {
        match self.message {
            Message::Command(command) => Some(command),
            Message::Inquiry(_) => None,
        }
    }
}

/// All open messages, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flight {
    open: Vec<Sent>,
    awaited: bool,
    seq: u64,
}

impl Flight {
    /// Books a message; gives its number.
    pub(super) fn send(&mut self, at: SimTime, message: Message) -> u64 {
        self.seq += if self.seq as u32 == u32::MAX { 2 } else { 1 };
        self.open.push(Sent { seq: self.seq, at, message, before: None });
        self.awaited = true;
        self.seq
    }

    /// The newest message, if it is open.
    pub(super) fn newest(&self) -> Option<Sent> {
        self.open.last().copied().filter(|sent| sent.seq == self.seq)
    }

    /// The number of the newest message, whether it is open or not.
    pub(super) fn number(&self) -> u32 {
        self.seq as u32
    }

    /// The newest message is sent again.
    pub(super) fn resend(&mut self, at: SimTime) {
        if let Some(newest) = self.open.last_mut() {
            let before = newest.before.get_or_insert(Before { at: newest.at, times: 0 });
            before.times += 1;
            newest.at = at;
            self.awaited = true;
        }
    }

    /// The next number begins the count anew.
    pub(super) fn is_counted_out(&self) -> bool {
        self.seq as u32 == u32::MAX
    }

    /// Takes all that is open, oldest first.
    pub(super) fn forget(&mut self) -> Vec<Sent> {
        self.awaited = false;
        core::mem::take(&mut self.open)
    }

    /// Since when the newest message is awaited, if it is.
    pub(super) fn awaited_since(&self) -> Option<SimTime> {
        self.open.last().filter(|_| self.awaited).map(|sent| sent.at)
    }

    /// Whether this question is open.
    pub(super) fn asks(&self, inquiry: Inquiry) -> bool {
        self.open.iter().any(|sent| sent.message == Message::Inquiry(inquiry))
    }

    /// The command that an ACK belongs to.
    pub(super) fn take_acked(&mut self) -> Option<Sent> {
        self.take_first(|sent| sent.command().is_some_and(Command::takes_socket))
    }

    /// The question that an answer belongs to, and what it says.
    pub(super) fn take_answered(
        &mut self,
        payload: &Payload,
        dialect: Dialect,
        number: Option<u32>,
    ) -> Option<(Sent, Answer)> {
        let read = |sent: &Sent| match sent.message {
            Message::Inquiry(_) if number.is_some_and(|number| number != sent.number()) => None,
            Message::Inquiry(inquiry) => inquiry.read(payload, dialect).ok(),
            Message::Command(_) => None,
        };
        let (index, answer) = self.open.iter().enumerate().find_map(|(index, sent)| Some((index, read(sent)?)))?;
        Some((self.take(index), answer))
    }

    /// The message with this number.
    pub(super) fn take_number(&mut self, number: u32, fits: impl Fn(Message) -> bool) -> Option<Sent> {
        self.take_first(|sent| sent.number() == number && fits(sent.message))
    }

    /// The message that an error belongs to.
    pub(super) fn take_refused(&mut self) -> Option<Sent> {
        self.take_first(|sent| sent.command().is_some()).or_else(|| self.take_first(|_| true))
    }

    /// The Cancel of this socket.
    pub(super) fn take_cancel(&mut self, socket: u8) -> Option<Sent> {
        self.take_first(|sent| sent.command() == Some(Command::Cancel { socket }))
    }

    /// The next message whose time is up, if it is open still.
    pub(super) fn overdue(&self, now: SimTime, timeout: Duration) -> Option<Sent> {
        self.open.first().copied().filter(|oldest| oldest.at + timeout <= now)
    }

    /// The next message whose time is up, or which is one too many.
    pub(super) fn take_lost(&mut self, now: SimTime, timeout: Duration) -> Option<Sent> {
        let oldest = self.open.first()?;
        (oldest.at + timeout <= now || self.open.len() > OPEN_MAX).then(|| {
            // The silence of an older message says nothing of the newest: it stays awaited.
            self.awaited &= self.open.len() > 1;
            self.open.remove(0)
        })
    }

    /// When the next message's time is up.
    pub(super) fn lost_at(&self, timeout: Duration) -> Option<SimTime> {
        self.open.first().map(|sent| sent.at + timeout)
    }

    fn take_first(&mut self, fits: impl Fn(&Sent) -> bool) -> Option<Sent> {
        self.open.iter().position(fits).map(|index| self.take(index))
    }

    fn take(&mut self, index: usize) -> Sent {
        let taken = self.open.remove(index);
        let newest = self.open.last();
        let both_commands = taken.command().is_some() && newest.is_some_and(|sent| sent.command().is_some());
        if index == self.open.len() || both_commands {
            self.awaited = false;
        }
        taken
    }
}

impl State for Flight {
    fn visit(&self, v: &mut dyn Visit) {
        v.parts("open", self.open.iter());
        v.bool("awaited", self.awaited);
        v.u64("seq", self.seq);
    }
}

impl State for Sent {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("seq", self.seq);
        v.time("at", self.at);
        v.part("message", &self.message);
        // Only Sony's header knows messages that are sent again.
        if let Some(before) = self.before {
            v.time("before", before.at);
            v.u64("times", u64::from(before.times));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Drive, Positions};

    const PLAIN: Dialect = Dialect { positions: Positions::Four, speed_zero: false };

    fn drive(pan_code: i8) -> Message {
        Message::Command(Command::PanTilt(Drive { pan_code, tilt_code: 0 }))
    }

    #[test]
    fn an_ack_belongs_to_the_oldest_command_and_lets_the_flow_go_on() {
        let mut flight = Flight::default();
        flight.send(SimTime::ZERO, Message::Inquiry(Inquiry::Zoom));
        flight.send(SimTime::from_millis(60), drive(1));
        flight.send(SimTime::from_millis(120), drive(2));
        assert_eq!(flight.awaited_since(), Some(SimTime::from_millis(120)));
        assert_eq!(flight.take_acked().map(|sent| sent.message), Some(drive(1)));
        assert_eq!(flight.awaited_since(), None);
        assert_eq!(flight.take_acked().map(|sent| sent.message), Some(drive(2)));
        assert_eq!(flight.take_acked(), None);
        assert!(flight.asks(Inquiry::Zoom));
    }

    #[test]
    fn an_answer_does_not_hide_that_a_drive_is_awaited() {
        let mut flight = Flight::default();
        flight.send(SimTime::ZERO, Message::Inquiry(Inquiry::Zoom));
        flight.send(SimTime::from_millis(60), drive(1));
        assert!(flight.take_answered(&Answer::Zoom { units: 5 }.payload(PLAIN), PLAIN, None).is_some());
        assert_eq!(flight.awaited_since(), Some(SimTime::from_millis(60)));
    }

    #[test]
    fn the_form_of_an_answer_finds_its_question() {
        let mut flight = Flight::default();
        flight.send(SimTime::ZERO, Message::Inquiry(Inquiry::PanTilt));
        flight.send(SimTime::ZERO, Message::Inquiry(Inquiry::Zoom));
        let zoom = Answer::Zoom { units: 0x1234 };
        assert_eq!(flight.take_answered(&zoom.payload(PLAIN), PLAIN, None).map(|(_, answer)| answer), Some(zoom));
        assert_eq!(flight.take_answered(&zoom.payload(PLAIN), PLAIN, None), None);
    }

    #[test]
    fn the_book_has_an_end() {
        let mut flight = Flight::default();
        for _ in 0..=OPEN_MAX {
            flight.send(SimTime::ZERO, drive(1));
        }
        let timeout = Duration::from_secs(1);
        assert_eq!(flight.take_lost(SimTime::ZERO, timeout).map(|sent| sent.seq), Some(1));
        assert_eq!(flight.take_lost(SimTime::ZERO, timeout), None);
    }
}
