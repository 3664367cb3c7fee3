//! The receiving half of a [`Device`](super::Device): from bytes to jobs.
//!
//! Owns how each framing is read, and who is let in: what is refused at the door, what is dropped without a word, and
//! when the rest is due. What a job does is in [`execute`](super::execute).

use super::queue::Job;
use super::sequence::Judgement;
use super::sockets::SOCKETS;
use super::{Device, INQUIRIES_MAX, JOBS_MAX, Origin, motion};
use crate::sony::{Abnormality, Kind, Packet, PacketError, RESET};
use crate::{
    Address, Command, Deframer, Frame, FrameError, Framing, Header, Inquiry, Message, Peer, Refusal, SimTime,
    SonyHeader,
};

impl Device {
    pub(super) fn hear(&mut self, from: Peer, bytes: &[u8]) {
        if self.peers.admit(from).is_none() {
            self.ignored += 1;
            return;
        }
        if self.peers.speaks(from) && self.model.quirks.one_client {
            for other in self.peers.others(from) {
                self.disown(other);
            }
        }
        match from.framing {
            Framing::Stream => self.hear_stream(from, bytes),
            Framing::Datagrams => self.hear_datagram(from, bytes),
            Framing::Sony => self.hear_sony(from, bytes),
        }
    }

    fn hear_stream(&mut self, from: Peer, bytes: &[u8]) {
        let Some(line) = self.peers.line(from) else { return };
        let mut deframer = core::mem::take(&mut line.deframer);
        for &byte in bytes {
            self.hear_byte(from, &mut deframer, byte);
        }
        if let Some(line) = self.peers.line(from) {
            line.deframer = deframer;
        }
    }

    /// A datagram stands for itself: what has no end in it is forgotten.
    fn hear_datagram(&mut self, from: Peer, bytes: &[u8]) {
        let mut deframer = Deframer::new();
        for &byte in bytes {
            self.hear_byte(from, &mut deframer, byte);
        }
        if !deframer.is_empty() {
            self.ignored += 1;
        }
    }

    fn hear_byte(&mut self, from: Peer, deframer: &mut Deframer, byte: u8) {
        let from = Origin { peer: from, seq: 0, gone: false };
        match deframer.push(byte) {
            None => {}
            Some(_) if self.is_deaf(from.peer) => self.ignored += 1,
            Some(Ok(frame)) => self.hear_frame(from, &frame),
            Some(Err(FrameError::Long { .. })) => self.refuse(from, Refusal::Length),
            Some(Err(_)) => self.ignored += 1,
        }
    }

    fn hear_sony(&mut self, from: Peer, bytes: &[u8]) {
        let header = self.model.quirks.sony;
        let packet = Packet::parse(bytes);
        if header == SonyHeader::Ignored || self.is_deaf(from) {
            self.ignored += 1;
            return;
        }
        let (kind, seq, payload) = match packet {
            Ok(Packet { kind, seq, payload }) => (kind, seq, payload),
            Err(PacketError::Kind { seq, .. }) => return self.abnormal(from, seq, Abnormality::MessageType),
            Err(_) => {
                self.ignored += 1;
                return;
            }
        };
        match kind {
            // Which of the three it says is not held against the message: clients that work on Sony cameras send
            // inquiries as commands (visca-over-ip 0.5.2).
            Kind::Command | Kind::Inquiry | Kind::DeviceSetting => {}
            Kind::Control if payload == [RESET] => {
                if let Some(line) = self.peers.line(from) {
                    line.sequence.reset();
                }
                return self.file_bounded(Origin { peer: from, seq, gone: false }, Job::TellReset);
            }
            Kind::Reply | Kind::ControlReply => {
                self.ignored += 1;
                return;
            }
            Kind::Control => return self.abnormal(from, seq, Abnormality::MessageType),
        }
        let judgement = self.peers.line(from).map_or(Judgement::Ignore, |line| line.sequence.judge(seq, header));
        match judgement {
            Judgement::Ignore => self.ignored += 1,
            Judgement::Abnormal => self.abnormal(from, seq, Abnormality::Sequence),
            Judgement::Take { reply_seq } => {
                let from = Origin { peer: from, seq: reply_seq, gone: false };
                match Frame::new(payload) {
                    // Device settings are interface clear, and the camera's network, of which this one has none.
                    Ok(frame) if kind != Kind::DeviceSetting || frame.payload() == [0x01, 0x00, 0x01] => {
                        self.hear_frame(from, &frame);
                    }
                    _ => self.refuse(from, Refusal::Syntax),
                }
            }
        }
    }

    fn abnormal(&mut self, from: Peer, seq: u32, what: Abnormality) {
        self.file_bounded(Origin { peer: from, seq, gone: false }, Job::Abnormal(what));
    }

    /// Requests that come too soon after a reply are lost.
    fn is_deaf(&mut self, peer: Peer) -> bool {
        let span = self.model.quirks.deaf_after_reply;
        !span.is_zero() && self.peers.is_deaf(peer, self.now, span)
    }

    /// The number by which a controller calls this camera: over UDP there is only 1.
    pub(super) fn address_for(&self, peer: Peer) -> Address {
        if peer.framing == Framing::Stream { self.address } else { Address::ONE }
    }

    /// Files what a frame asks for.
    fn hear_frame(&mut self, from: Origin, frame: &Frame) {
        match frame.header() {
            Header::To(address) if address == self.address_for(from.peer) => {
                match Message::parse(frame, self.model.quirks.dialect()) {
                    Ok(Message::Command(command)) => self.hear_command(from, command),
                    Ok(Message::Inquiry(inquiry)) => self.hear_inquiry(from, inquiry),
                    Err(_) => self.refuse(from, Refusal::Syntax),
                }
            }
            Header::Broadcast => self.hear_broadcast(from, frame),
            _ => self.ignored += 1,
        }
    }

    /// What is sent to all: over UDP nobody else is there, and Sony's framing knows no such thing.
    fn hear_broadcast(&mut self, from: Origin, frame: &Frame) {
        match (Command::parse(frame, self.model.quirks.dialect()), from.peer.framing) {
            (Ok(Command::IfClear), Framing::Stream | Framing::Datagrams) => self.file_bounded(from, Job::ClearAll),
            (Ok(Command::AddressSet { next }), Framing::Stream) => match Address::new(next) {
                Some(address) => {
                    self.address = address;
                    self.file_bounded(from, Job::HandOn(next + 1));
                }
                // The line is full: the eighth camera has no number.
                None => self.ignored += 1,
            },
            _ => self.ignored += 1,
        }
    }

    fn hear_command(&mut self, from: Origin, command: Command) {
        if !motion::exists(&self.model, command) {
            return self.refuse(from, Refusal::Syntax);
        }
        let job = Job::Execute(command);
        if !command.takes_socket() {
            return self.file_bounded(from, job);
        }
        let newest = command.motor().and_then(|motor| self.queue.newest(motor));
        let overtakes = command.is_stop() && !newest.is_some_and(Command::is_stop);
        if overtakes {
            // Beyond every limit, yet bounded: another such stop needs a command between, and those are limited.
            self.queue.push(self.due_at(job), from, job);
        } else if self.sockets.busy() + self.queue.commands() < SOCKETS {
            self.file_bounded(from, job);
        } else {
            self.refuse(from, Refusal::BufferFull);
        }
    }

    fn hear_inquiry(&mut self, from: Origin, inquiry: Inquiry) {
        if self.answer(inquiry).is_none() {
            return self.refuse(from, Refusal::Syntax);
        }
        let sockets_full = self.model.quirks.inquiries_take_sockets
            && self.sockets.busy() + self.queue.commands() + self.queue.inquiries() >= SOCKETS;
        if sockets_full || self.queue.inquiries() >= INQUIRIES_MAX {
            self.refuse(from, Refusal::BufferFull);
        } else {
            self.file_bounded(from, Job::Answer(inquiry));
        }
    }

    fn refuse(&mut self, from: Origin, kind: Refusal) {
        self.file_bounded(from, Job::Refuse(kind));
    }

    fn file_bounded(&mut self, from: Origin, job: Job) {
        if self.queue.len() >= JOBS_MAX {
            self.ignored += 1;
            return;
        }
        self.queue.push(self.due_at(job), from, job);
    }

    /// When a job that comes in now is due. Commands and errors wait for the next cycle of the video signal, where the
    /// camera works in such, and leave within one cycle from there.
    fn due_at(&self, job: Job) -> SimTime {
        let (timing, cycle) = (&self.model.timing, self.model.quirks.v_cycle);
        match job {
            Job::Answer(_) => self.now + timing.inquiry,
            _ if cycle.is_zero() => self.now + timing.ack,
            _ => {
                let cycle_ns = u64::try_from(cycle.as_nanos()).unwrap_or(u64::MAX);
                let cycles = self.now.as_nanos().div_ceil(cycle_ns);
                SimTime::from_nanos(cycles.saturating_mul(cycle_ns)) + timing.ack.min(cycle)
            }
        }
    }
}
