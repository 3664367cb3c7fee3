//! The sending half of a [`Controller`](super::Controller): what goes out next, when, and when to look again.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::flight::Sent;
use super::session::Session;
use super::{Controller, ControllerEvent, ControllerOutput};
use crate::sony::{Kind, Packet, RESET};
use crate::{Command, Datagram, Framing, Inquiry, Message, Motor, SimTime, SonyHeader};

/// Periods of zero would never let time go on.
const PERIOD_MIN: Duration = Duration::from_millis(1);
/// A question is sent again so often under its own number. A drive and a stop have no such end.
const QUESTION_REPEATS: u32 = 2;

/// Who was sent last of those that take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Turn {
    PanTilt,
    Zoom,
    Question,
}

impl Turn {
    /// Who may go now, first come first.
    const fn order(self) -> [Self; 3] {
        match self {
            Self::PanTilt => [Self::Zoom, Self::Question, Self::PanTilt],
            Self::Zoom => [Self::Question, Self::PanTilt, Self::Zoom],
            Self::Question => [Self::PanTilt, Self::Zoom, Self::Question],
        }
    }
}

impl Controller {
    /// Does all that is due now: give up what got no reply, begin what begins, send what may be sent.
    pub(super) fn pump(&mut self) {
        while !self.offline {
            self.give_up_lost();
            let repeat = self.stop_repeat();
            if let Some(stopping) = &mut self.stopping {
                stopping.tick(self.now, self.config.stop_tries, repeat, self.model.quirks.cancels);
            }
            if let Some(period) = self.config.poll {
                self.questions.poll(self.now, period.max(PERIOD_MIN));
            }
            if !self.send_next() {
                return;
            }
        }
    }

    /// When to look again, without news from outside.
    pub(super) fn wake_at(&self) -> Option<SimTime> {
        if self.offline {
            return None;
        }
        let wish = (self.has_stop() || self.has_wish() && !self.is_held_up()).then(|| self.wish_at());
        let question = self.next_question().and_then(|_| self.question_at());
        let poll = self.config.poll.map(|_| self.questions.poll_at());
        let stop = self.stopping.as_ref().and_then(super::Stopping::next_at);
        // Under Sony's header a loss may mean to send again, which waits for the gap.
        let quiet = if self.session.is_some() { self.quiet_until } else { SimTime::ZERO };
        let lost = self.flight.lost_at(self.reply_timeout()).map(|at| at.max(quiet));
        let reset = self.reset_at();
        [lost, wish, question, poll, stop, reset].into_iter().flatten().min()
    }

    /// When the next RESET may be sent, if one is due.
    fn reset_at(&self) -> Option<SimTime> {
        let due_at = self.session.as_ref()?.reset_at(self.now, self.reply_timeout())?;
        Some(due_at.max(self.quiet_until))
    }

    /// Sends one message if one may be sent now.
    fn send_next(&mut self) -> bool {
        if self.reset_at().is_some_and(|at| at <= self.now) {
            self.send_reset();
            return true;
        }
        let wish_may = self.wish_at() <= self.now;
        if let Some(command) = self.stopping.as_ref().and_then(super::Stopping::queued) {
            if wish_may {
                self.send_stop(command);
            }
            return wish_may;
        }
        let drive_may = wish_may && !self.is_held_up();
        for turn in self.turn.order() {
            let message = match turn {
                Turn::PanTilt => self.pan_tilt.queued().filter(|_| drive_may).map(Message::Command),
                Turn::Zoom => self.zoom.queued().filter(|_| drive_may).map(Message::Command),
                Turn::Question => self
                    .next_question()
                    .filter(|_| self.question_at().is_some_and(|at| at <= self.now))
                    .map(Message::Inquiry),
            };
            if let Some(message) = message {
                self.turn = turn;
                self.send(message);
                return true;
            }
        }
        false
    }

    fn send_reset(&mut self) {
        let packet = Packet { kind: Kind::Control, seq: 0, payload: &[RESET] };
        self.outputs.push_back(ControllerOutput::Transmit(packet.encode()));
        self.counters.sent += 1;
        let newest = self.flight.number();
        if let Some(session) = &mut self.session {
            session.reset_sent(self.now, newest);
        }
    }

    fn send_stop(&mut self, command: Command) {
        match self.flight.newest() {
            Some(newest) if self.session.is_some() && newest.message == Message::Command(command) => {
                self.resend(&newest);
            }
            _ => self.send(Message::Command(command)),
        }
        if command.is_stop() {
            self.counters.stops_sent += 1;
        }
        let repeat = self.stop_repeat();
        if let Some(stopping) = &mut self.stopping {
            stopping.sent(self.now, command, repeat);
        }
        self.end_stop_if_done();
    }

    /// Sends the newest message again, under its own number.
    fn resend(&mut self, newest: &Sent) {
        self.flight.resend(self.now);
        self.counters.sent += 1;
        if let Message::Command(Command::PanTilt(drive)) = newest.message {
            self.last_drive_sent = Some((self.now, drive));
        }
        self.transmit(newest.number(), newest.message);
    }

    fn transmit(&mut self, number: u32, message: Message) {
        let frame = message.encode(self.config.address, self.dialect());
        let seq = match self.model.quirks.sony {
            SonyHeader::OneToThree => (number - 1) % 3 + 1,
            SonyHeader::Rising | SonyHeader::Unchecked | SonyHeader::Ignored => number,
        };
        self.outputs.push_back(ControllerOutput::Transmit(match self.config.framing {
            Framing::Sony => Packet { kind: message.kind(), seq, payload: frame.as_bytes() }.encode(),
            Framing::Stream | Framing::Datagrams => Datagram::from(frame),
        }));
    }

    fn send(&mut self, message: Message) {
        if self.flight.is_counted_out()
            && let Some(session) = &mut self.session
        {
            session.count_anew();
        }
        let seq = self.flight.send(self.now, message);
        self.counters.sent += 1;
        match message {
            Message::Command(command) => {
                if let Some(motor) = command.motor() {
                    self.slot(motor).sent(command, seq);
                }
                if let Command::PanTilt(drive) = command {
                    self.last_drive_sent = Some((self.now, drive));
                }
            }
            Message::Inquiry(inquiry) => self.questions.sent(inquiry),
        }
        self.transmit(seq as u32, message);
    }

    /// Whether it is worth to send an open message again under its own number: a camera would refuse it behind a newer
    /// one. A motor that is being stopped has its own repeats.
    fn is_resent(&self, sent: &Sent) -> bool {
        self.session.is_some()
            && self.flight.newest() == Some(*sent)
            && match sent.message {
                Message::Inquiry(_) => sent.repeats() < QUESTION_REPEATS,
                Message::Command(command) => command.motor().is_some_and(|motor| {
                    let slot = match motor {
                        Motor::PanTilt => &self.pan_tilt,
                        Motor::Zoom => &self.zoom,
                    };
                    slot.awaits(sent.seq) && self.may_retry(motor)
                }),
            }
    }

    fn give_up_lost(&mut self) {
        if self.session.is_some() && self.quiet_until > self.now {
            return;
        }
        loop {
            if let Some(overdue) = self.flight.overdue(self.now, self.reply_timeout())
                && self.is_resent(&overdue)
            {
                self.counters.lost += 1;
                self.report(ControllerEvent::Lost { what: overdue.message });
                self.resend(&overdue);
            }
            let Some(lost) = self.flight.take_lost(self.now, self.reply_timeout()) else { return };
            self.lose(&lost);
        }
    }

    /// A motor that is being stopped has its own repeats.
    pub(super) fn may_retry(&self, motor: Motor) -> bool {
        !self.stopping.as_ref().is_some_and(|stopping| stopping.holds(motor))
    }

    fn has_stop(&self) -> bool {
        self.stopping.as_ref().is_some_and(|stopping| stopping.queued().is_some())
    }

    fn has_wish(&self) -> bool {
        self.pan_tilt.queued().is_some() || self.zoom.queued().is_some()
    }

    /// Whether all but a stop wait for the answer to a RESET.
    fn is_held_up(&self) -> bool {
        self.session.as_ref().is_some_and(Session::holds_up)
    }

    /// When a wish may be sent: it waits for the gap, and not for ever for a reply.
    fn wish_at(&self) -> SimTime {
        let reset = self.session.as_ref().and_then(Session::holds_stop_up_since);
        let overtakes_at = self.flight.awaited_since().max(reset).map(|since| since + self.config.overtake_after);
        overtakes_at.map_or(self.quiet_until, |at| at.max(self.quiet_until))
    }

    /// When a drive that is wished for at `now` can leave, if nothing unexpected happens before.
    pub fn drive_leaves_at(&self, now: SimTime) -> SimTime {
        self.wish_at().max(now)
    }

    /// When a question may be sent; `None` while a reply is outstanding.
    fn question_at(&self) -> Option<SimTime> {
        (self.flight.awaited_since().is_none() && !self.is_held_up()).then_some(self.quiet_until)
    }

    fn next_question(&self) -> Option<Inquiry> {
        let needed = |inquiry| self.stopping.as_ref().is_some_and(|stopping| stopping.needs(inquiry));
        self.questions.next(needed, |inquiry| !self.flight.asks(inquiry))
    }

    fn stop_repeat(&self) -> Duration {
        self.config.stop_repeat.max(PERIOD_MIN)
    }

    fn reply_timeout(&self) -> Duration {
        self.model.timing.reply_timeout.max(PERIOD_MIN)
    }
}
