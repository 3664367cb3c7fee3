//! The receiving half of a [`Controller`](super::Controller): whose reply is this, and what follows from it.

use super::stopping::Reading;
use super::{Controller, ControllerEvent, Misbehaviour};
use crate::{Answer, Command, Frame, Header, Message, Motor, Payload, Refusal, Reply};

impl Controller {
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match self.deframer.push(byte) {
                None => {}
                Some(Ok(frame)) => self.receive_frame(&frame),
                Some(Err(error)) => self.misbehaved(Misbehaviour::Framing(error)),
            }
        }
    }

    fn receive_frame(&mut self, frame: &Frame) {
        let Ok(reply) = Reply::parse(frame) else { return self.misbehaved(Misbehaviour::NotAReply(*frame)) };
        if frame.header() != Header::From(self.config.address) {
            self.misbehaved(Misbehaviour::WrongAddress(*frame));
        }
        match reply {
            Reply::Ack { socket } => self.receive_ack(socket),
            Reply::Completion { socket } => self.receive_completion(socket),
            Reply::Answer(payload) => self.receive_answer(&payload),
            Reply::Error { socket, kind } => self.receive_error(socket, kind),
            Reply::NetworkChange | Reply::AddressesSet { .. } | Reply::AllCleared => {}
        }
    }

    fn receive_ack(&mut self, socket: u8) {
        let Some(sent) = self.flight.take_acked() else {
            return self.misbehaved(Misbehaviour::UnexpectedAck { socket });
        };
        self.keep_gap();
        if let Message::Command(what) = sent.message {
            self.counters.acked += 1;
            self.running.insert(socket, what);
            if let Some(motor) = what.motor() {
                self.slot(motor).acked(sent.seq);
                if let Some(stopping) = self.stopping.as_mut().filter(|_| what.is_stop()) {
                    stopping.acked(motor, self.now);
                }
            }
            self.report(ControllerEvent::Acked { what });
        }
    }

    fn receive_completion(&mut self, socket: u8) {
        let Some(what) = self.running.remove(&socket) else {
            return self.misbehaved(Misbehaviour::UnexpectedCompletion { socket });
        };
        self.keep_gap();
        self.counters.completed += 1;
        self.report(ControllerEvent::Completed { what });
    }

    fn receive_answer(&mut self, payload: &Payload) {
        let Some((sent, answer)) = self.flight.take_answered(payload, self.dialect()) else {
            return self.misbehaved(Misbehaviour::UnexpectedAnswer(*payload));
        };
        self.keep_gap();
        let (asked_at, answered_at) = (sent.at, self.now);
        match answer {
            Answer::PanTilt { pan_units, tilt_units } => {
                let (pan_deg, tilt_deg) = (self.model.pan.deg_of(pan_units), self.model.tilt.deg_of(tilt_units));
                self.report(ControllerEvent::PanTilt { asked_at, answered_at, pan_deg, tilt_deg });
                self.prove(Motor::PanTilt, Reading { asked_at, answered_at, units: [pan_units, tilt_units] });
            }
            Answer::Zoom { units } => {
                self.report(ControllerEvent::Zoom { asked_at, answered_at, units });
                self.prove(Motor::Zoom, Reading { asked_at, answered_at, units: [i32::from(units), 0] });
            }
            Answer::Version(version) => self.report(ControllerEvent::Version(version)),
            Answer::Power(power) => self.report(ControllerEvent::Power(power)),
            Answer::PanTiltStatus(_)
            | Answer::MaxSpeed { .. }
            | Answer::Focus { .. }
            | Answer::FocusMode(_)
            | Answer::Memory { .. }
            | Answer::Block { .. } => self.report(ControllerEvent::Answered { asked_at, answered_at, answer }),
        }
    }

    fn prove(&mut self, motor: Motor, reading: Reading) {
        let apart = match motor {
            Motor::PanTilt => self.model.time_a_unit_pan_tilt(),
            Motor::Zoom => self.model.time_a_unit_zoom(),
        };
        if let Some(stopping) = &mut self.stopping {
            stopping.read(motor, reading, apart);
        }
        self.end_stop_if_done();
    }

    fn receive_error(&mut self, socket: u8, error: Refusal) {
        self.counters.refused += 1;
        let what = match error {
            // The error is about the command in the socket; it answers our Cancel, too.
            Refusal::Cancelled => {
                let cancel = self.flight.take_cancel(socket).map(|sent| sent.message);
                self.running.remove(&socket).map(Message::Command).or(cancel)
            }
            Refusal::NoSocket => self.flight.take_cancel(socket).map(|sent| sent.message),
            _ => self.take_refused(socket, error),
        };
        if what.is_some() {
            self.keep_gap();
        }
        self.report(ControllerEvent::Refused { what, error });
    }

    /// An error comes in the place of an ACK; only when none is awaited it is about the command in its socket.
    fn take_refused(&mut self, socket: u8, error: Refusal) -> Option<Message> {
        let Some(sent) = self.flight.take_refused() else {
            return self.running.remove(&socket).map(Message::Command);
        };
        if let Message::Command(command) = sent.message
            && let Some(motor) = command.motor()
        {
            let retry = self.may_retry(motor);
            self.slot(motor).refused(sent.seq, error, retry);
            if let Some(stopping) = self.stopping.as_mut().filter(|_| is_stop_barred(command, error)) {
                stopping.not_executable();
            }
        }
        Some(sent.message)
    }

    /// The camera needs a pause after a reply. Replies to nothing earn none: a babbling line must not keep us quiet.
    fn keep_gap(&mut self) {
        self.quiet_until = self.now + self.model.timing.gap;
    }

    fn misbehaved(&mut self, what: Misbehaviour) {
        self.counters.misbehaved += 1;
        self.report(ControllerEvent::Misbehaved(what));
    }
}

fn is_stop_barred(command: Command, error: Refusal) -> bool {
    command.is_stop() && error == Refusal::NotExecutable
}
