//! The sending half of a [`Controller`](super::Controller): what goes out next, when, and when to look again.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Controller, ControllerEvent, ControllerOutput};
use crate::{Command, Inquiry, Message, Motor, SimTime};

/// Periods of zero would never let time go on.
const PERIOD_MIN: Duration = Duration::from_millis(1);

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
        loop {
            self.give_up_lost();
            if let Some(stopping) = &mut self.stopping {
                stopping.tick(self.now, self.config.stop_tries);
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
        let wish = self.has_wish().then(|| self.wish_at());
        let question = self.next_question().and_then(|_| self.question_at());
        let poll = self.config.poll.map(|_| self.questions.poll_at());
        let stop = self.stopping.as_ref().and_then(super::Stopping::next_at);
        [self.flight.lost_at(self.reply_timeout()), wish, question, poll, stop].into_iter().flatten().min()
    }

    /// Sends one message if one may be sent now.
    fn send_next(&mut self) -> bool {
        let wish_may = self.wish_at() <= self.now;
        if let Some(command) = self.stopping.as_ref().and_then(super::Stopping::queued) {
            if wish_may {
                self.send_stop(command);
            }
            return wish_may;
        }
        for turn in self.turn.order() {
            let message = match turn {
                Turn::PanTilt => self.pan_tilt.queued().filter(|_| wish_may).map(Message::Command),
                Turn::Zoom => self.zoom.queued().filter(|_| wish_may).map(Message::Command),
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

    fn send_stop(&mut self, command: Command) {
        self.send(Message::Command(command));
        if command.is_stop() {
            self.counters.stops_sent += 1;
        }
        if let Some(stopping) = &mut self.stopping {
            stopping.sent(self.now, command, self.config.stop_repeat.max(PERIOD_MIN));
        }
    }

    fn send(&mut self, message: Message) {
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
        self.outputs.push_back(ControllerOutput::Transmit(message.encode(self.config.address, self.dialect())));
    }

    fn give_up_lost(&mut self) {
        while let Some(sent) = self.flight.take_lost(self.now, self.reply_timeout()) {
            self.counters.lost += 1;
            self.report(ControllerEvent::Lost { what: sent.message });
            if let Message::Command(command) = sent.message
                && let Some(motor) = command.motor()
            {
                let retry = self.may_retry(motor);
                self.slot(motor).lost(sent.seq, retry);
            }
        }
    }

    /// A motor that is being stopped has its own repeats.
    pub(super) fn may_retry(&self, motor: Motor) -> bool {
        !self.stopping.as_ref().is_some_and(|stopping| stopping.holds(motor))
    }

    fn has_wish(&self) -> bool {
        self.stopping.as_ref().is_some_and(|stopping| stopping.queued().is_some())
            || self.pan_tilt.queued().is_some()
            || self.zoom.queued().is_some()
    }

    /// When a wish may be sent: it waits for the gap, and not for ever for a reply.
    fn wish_at(&self) -> SimTime {
        let overtakes_at = self.flight.awaited_since().map(|since| since + self.config.overtake_after);
        overtakes_at.map_or(self.quiet_until, |at| at.max(self.quiet_until))
    }

    /// When a question may be sent; `None` while a reply is outstanding.
    fn question_at(&self) -> Option<SimTime> {
        self.flight.awaited_since().is_none().then_some(self.quiet_until)
    }

    fn next_question(&self) -> Option<Inquiry> {
        let needed = |inquiry| self.stopping.as_ref().is_some_and(|stopping| stopping.needs(inquiry));
        self.questions.next(needed, |inquiry| !self.flight.asks(inquiry))
    }

    fn reply_timeout(&self) -> Duration {
        self.model.timing.reply_timeout.max(PERIOD_MIN)
    }
}
