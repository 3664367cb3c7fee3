//! The sending half of a [`Device`](super::Device): replies, and how they are wrapped.

use super::sockets::Awaits;
use super::{Device, Origin};
use crate::frame::Header;
use crate::sony::{Abnormality, Kind, Packet, RESET};
use crate::{Answer, Datagram, DeviceOutput, Frame, Framing, Peer, Refusal, Reply};

impl Device {
    pub(super) fn acknowledge(&mut self, to: Origin, socket: u8) {
        self.reply(to, Reply::Ack { socket });
    }

    pub(super) fn complete(&mut self, to: Origin, socket: u8) {
        if !self.model.quirks.completes {
            return;
        }
        self.reply(to, Reply::Completion { socket });
        self.completions = self.completions.wrapping_add(1);
        let every = self.model.quirks.stray_error_every;
        if every > 0 && self.completions.is_multiple_of(every) {
            let stray = Reply::Error { socket: 0, kind: Refusal::Syntax };
            self.transmit(to, stray.encode(self.speaks_as(to.peer)));
        }
    }

    /// Ends every command that waits for one of these, with its completion.
    pub(super) fn end(&mut self, what: Awaits) {
        while let Some((socket, owner)) = self.sockets.end(what) {
            self.complete(owner, socket);
        }
    }

    /// This has come about: whoever waited for it is told.
    pub(super) fn come_about(&mut self, what: Awaits) {
        while let Some((socket, owner)) = self.sockets.come_about(what) {
            self.complete(owner, socket);
        }
    }

    /// The message was not, or will not be, done. It may be repeated under the same number.
    pub(super) fn say_no(&mut self, to: Origin, socket: u8, kind: Refusal) {
        if let Some(line) = self.peers.line(to.peer).filter(|_| to.peer.framing == Framing::Sony) {
            line.sequence.refuse(to.seq);
        }
        self.reply(to, Reply::Error { socket, kind });
    }

    pub(super) fn reply(&mut self, to: Origin, reply: Reply) {
        self.transmit(to, reply.encode(self.speaks_as(to.peer)));
    }

    pub(super) fn tell(&mut self, to: Origin, answer: Answer) {
        self.transmit(to, answer.encode(self.speaks_as(to.peer), self.model.quirks.dialect()));
    }

    /// What was sent to all comes back from all.
    pub(super) fn echo(&mut self, to: Origin, payload: &[u8]) {
        self.transmit(to, Frame::build(Header::Broadcast, payload));
    }

    pub(super) fn tell_abnormal(&mut self, to: Origin, what: Abnormality) {
        self.control(to, &what.encode());
    }

    pub(super) fn tell_reset(&mut self, to: Origin) {
        self.control(to, &[RESET]);
    }

    fn speaks_as(&self, peer: Peer) -> crate::Address {
        self.model.quirks.replies_as.unwrap_or_else(|| self.address_for(peer))
    }

    fn control(&mut self, to: Origin, payload: &[u8]) {
        self.send(to, Packet { kind: Kind::ControlReply, seq: to.seq, payload }.encode());
    }

    fn transmit(&mut self, to: Origin, frame: Frame) {
        let datagram = match to.peer.framing {
            Framing::Stream | Framing::Datagrams => frame.into(),
            Framing::Sony => Packet { kind: Kind::Reply, seq: to.seq, payload: frame.as_bytes() }.encode(),
        };
        self.send(to, datagram);
    }

    fn send(&mut self, to: Origin, datagram: Datagram) {
        if !to.gone {
            self.peers.replied(to.peer, self.now);
            self.outputs.push_back(DeviceOutput::Transmit { to: to.peer, datagram });
        }
    }
}
