//! The receiving half of a [`Controller`]: whose reply is this, and what follows from it. Bare frames
//! are matched by guess (`flight.rs`), those under Sony's header by number (`session.rs`).

use super::flight::Sent;
use super::stopping::{Reading, Stopping};
use super::{Controller, ControllerEvent, Misbehaviour};
use crate::sony::{Abnormality, Kind, Packet, RESET};
use crate::{Answer, Deframer, Frame, Header, Message, Motor, Payload, Refusal, Reply};

impl Controller {
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match self.deframer.push(byte) {
                None => {}
                Some(Ok(frame)) => self.receive_frame(&frame, None),
                Some(Err(error)) => self.misbehaved(Misbehaviour::Framing(error)),
            }
        }
    }

    /// One datagram under Sony's header.
    pub(super) fn receive_packet(&mut self, bytes: &[u8]) {
        let packet = match Packet::parse(bytes) {
            Ok(packet) => packet,
            Err(error) => return self.misbehaved(Misbehaviour::NotAPacket(error)),
        };
        match (packet.kind, packet.payload) {
            (Kind::Reply, payload) => {
                // Replies to a camera that takes three numbers say 1 all the time.
                let number = self.session.as_mut().map(|session| {
                    session.taken(packet.seq);
                    packet.seq
                });
                let mut deframer = Deframer::new();
                for &byte in payload {
                    match deframer.push(byte) {
                        None => {}
                        Some(Ok(frame)) => self.receive_frame(&frame, number),
                        Some(Err(error)) => self.misbehaved(Misbehaviour::Framing(error)),
                    }
                }
            }
            (Kind::ControlReply, [RESET]) => {
                if let Some(session) = &mut self.session {
                    session.reset_answered();
                    self.keep_gap();
                }
            }
            (Kind::ControlReply, payload) => match Abnormality::parse(payload) {
                Some(what) => self.receive_abnormality(packet.seq, what),
                None => self.misbehaved(Misbehaviour::NotAControlReply(packet.seq)),
            },
            (Kind::Command | Kind::Inquiry | Kind::DeviceSetting | Kind::Control, _) => {
                self.misbehaved(Misbehaviour::NotAControlReply(packet.seq));
            }
        }
    }

    /// The camera refuses a message for its header. What that means is told in `session.rs`.
    fn receive_abnormality(&mut self, number: u32, what: Abnormality) {
        let newest = self.flight.newest().is_some_and(|newest| newest.number() == number);
        let sent = match self.session {
            Some(_) => self.flight.take_number(number, |_| true),
            None => self.flight.take_refused(),
        };
        let Some(sent) = sent else {
            return self.misbehaved(Misbehaviour::UnexpectedAbnormality { number, what });
        };
        self.keep_gap();
        let Some(session) = &mut self.session else { return self.lose(&sent) };
        match what {
            Abnormality::MessageType => {
                self.counters.refused += 1;
                self.report(ControllerEvent::Refused { what: Some(sent.message), error: Refusal::Syntax });
                self.refuse_slot(&sent, Refusal::Syntax);
            }
            // Heard before: the reply was lost on the way.
            Abnormality::Sequence if newest && sent.repeats() > 0 && session.agreed() => match sent.message {
                Message::Command(_) => self.take_ack(&sent),
                Message::Inquiry(inquiry) => self.questions.want(inquiry),
            },
            Abnormality::Sequence if newest && sent.repeats() == 0 && session.doubt() => {
                self.lose(&sent);
                if let Message::Inquiry(inquiry) = sent.message {
                    self.questions.want(inquiry);
                }
            }
            Abnormality::Sequence => {
                if newest {
                    session.disagree(self.now, self.config.overtake_after);
                }
                let begins_anew = newest && session.is_due();
                self.lose(&sent);
                if begins_anew {
                    self.forget_camera();
                    if let Some(stopping) = &mut self.stopping {
                        stopping.begin_anew();
                    }
                }
            }
        }
    }

    /// `number` is that of the message which it answers, where replies tell.
    fn receive_frame(&mut self, frame: &Frame, number: Option<u32>) {
        let Ok(reply) = Reply::parse(frame) else { return self.misbehaved(Misbehaviour::NotAReply(*frame)) };
        let from = self.model.quirks.replies_as.unwrap_or(self.config.address);
        if frame.header() != Header::From(from) && matches!(frame.header(), Header::From(_)) {
            self.misbehaved(Misbehaviour::WrongAddress(*frame));
        }
        match reply {
            Reply::Ack { socket } => self.receive_ack(socket, number),
            Reply::Completion { socket } => self.receive_completion(socket, number),
            Reply::Answer(payload) => self.receive_answer(&payload, number),
            Reply::Error { socket, kind } => self.receive_error(socket, kind, number),
            Reply::NetworkChange | Reply::AddressesSet { .. } | Reply::AllCleared => {}
        }
    }

    fn receive_ack(&mut self, socket: u8, number: Option<u32>) {
        let Some(sent) = self.take_command(number) else {
            return self.misbehaved(Misbehaviour::UnexpectedAck { socket });
        };
        self.keep_gap();
        self.run_in(socket, &sent);
        self.take_ack(&sent);
    }

    /// The command that a reply with this number is about, or else the oldest.
    fn take_command(&mut self, number: Option<u32>) -> Option<Sent> {
        match number {
            Some(number) => self
                .flight
                .take_number(number, |message| matches!(message, Message::Command(command) if command.takes_socket())),
            None => self.flight.take_acked(),
        }
    }

    /// A socket of a camera that tells no completion is of no interest: it would never be free.
    fn run_in(&mut self, socket: u8, sent: &Sent) {
        if let Message::Command(what) = sent.message
            && self.model.quirks.completes
        {
            self.running.insert(socket, what);
            if let Some(session) = &mut self.session {
                session.runs(socket, sent.number());
            }
        }
    }

    /// The camera took this command.
    fn take_ack(&mut self, sent: &Sent) {
        let Message::Command(what) = sent.message else { return };
        self.counters.acked += 1;
        if let Some(motor) = what.motor() {
            self.slot(motor).acked(sent.seq);
            if let Some(stopping) = self.stopping.as_mut().filter(|_| what.is_stop()) {
                stopping.acked(motor, self.now);
            }
        }
        self.report(ControllerEvent::Acked { what });
    }

    fn receive_completion(&mut self, socket: u8, number: Option<u32>) {
        // A completion of what is still open tells that its ACK was lost.
        if let Some(sent) = number.and_then(|number| self.take_command(Some(number))) {
            self.run_in(socket, &sent);
            self.take_ack(&sent);
        }
        let ends = match (&mut self.session, number) {
            (Some(session), Some(number)) => session.ends(socket, number),
            _ => true,
        };
        let Some(what) = ends.then(|| self.running.remove(&socket)).flatten() else {
            return self.misbehaved(Misbehaviour::UnexpectedCompletion { socket });
        };
        self.keep_gap();
        self.counters.completed += 1;
        self.report(ControllerEvent::Completed { what });
    }

    fn receive_answer(&mut self, payload: &Payload, number: Option<u32>) {
        let Some((sent, answer)) = self.flight.take_answered(payload, self.dialect(), number) else {
            return self.misbehaved(Misbehaviour::UnexpectedAnswer(*payload));
        };
        self.keep_gap();
        // Of a question that was sent twice the answer may be the first one's.
        let (asked_at, answered_at) = (sent.first_at(), self.now);
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

    fn receive_error(&mut self, socket: u8, error: Refusal, number: Option<u32>) {
        self.counters.refused += 1;
        let what = match error {
            // The error is about the command in the socket; it answers our Cancel, too.
            Refusal::Cancelled => {
                let cancel = self.flight.take_cancel(socket).map(|sent| sent.message);
                self.running.remove(&socket).map(Message::Command).or(cancel)
            }
            Refusal::NoSocket => self.flight.take_cancel(socket).map(|sent| sent.message),
            _ => self.take_refused(socket, error, number),
        };
        if what.is_some() {
            self.keep_gap();
        }
        self.report(ControllerEvent::Refused { what, error });
    }

    /// An error comes in the place of an ACK; only when none is awaited it is about the command in its socket.
    fn take_refused(&mut self, socket: u8, error: Refusal, number: Option<u32>) -> Option<Message> {
        let sent = match number {
            Some(number) => self.flight.take_number(number, |_| true),
            None => self.flight.take_refused(),
        };
        let Some(sent) = sent else {
            if error == Refusal::BufferFull && number.is_none() {
                self.doubt_acks();
            }
            return self.running.remove(&socket).map(Message::Command);
        };
        self.refuse_slot(&sent, error);
        Some(sent.message)
    }

    /// Something was refused that we believe to be taken: the ACK was another's, or a double. Say it again.
    fn doubt_acks(&mut self) {
        for motor in [Motor::PanTilt, Motor::Zoom] {
            if self.may_retry(motor) {
                self.slot(motor).doubt();
            }
        }
    }

    /// What follows from a refusal for the motor that it is about.
    fn refuse_slot(&mut self, sent: &Sent, error: Refusal) {
        let Message::Command(command) = sent.message else { return };
        let Some(motor) = command.motor() else { return };
        let retry = self.may_retry(motor);
        self.slot(motor).refused(sent.seq, error, retry);
        if command.is_stop() && error == Refusal::NotExecutable {
            // A model that is known to end a move by Cancel alone need not be asked twice.
            let at_once = (!self.model.quirks.drive_ends_move && self.model.quirks.cancels).then_some(self.now);
            self.stopping.get_or_insert_with(|| Stopping::of(motor)).not_executable(at_once);
        }
    }

    /// A message got no reply, or one that says no more than silence.
    pub(super) fn lose(&mut self, sent: &Sent) {
        self.counters.lost += 1;
        self.report(ControllerEvent::Lost { what: sent.message });
        if let Message::Command(command) = sent.message
            && let Some(motor) = command.motor()
        {
            let retry = self.may_retry(motor);
            self.slot(motor).lost(sent.seq, retry);
        }
    }

    /// The camera needs a pause after a reply. Replies to nothing earn none: a babbling line must not keep us quiet.
    fn keep_gap(&mut self) {
        self.quiet_until = self.now + self.model.timing.gap.max(self.model.quirks.deaf_after_reply);
    }

    fn misbehaved(&mut self, what: Misbehaviour) {
        self.counters.misbehaved += 1;
        self.report(ControllerEvent::Misbehaved(what));
    }
}
