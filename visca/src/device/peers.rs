//! The controllers that a camera knows: what it has to remember of each.
//!
//! Owns one line a controller, sixteen at most. Framing itself is in [`hear`](super::hear), the meaning of a sequence
//! number in [`sequence`](super::sequence).

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::sequence::Sequence;
use crate::{Deframer, Framing, Peer, SimTime, State, Visit};

/// Controllers a camera keeps apart, of all framings together; our own limit.
pub(super) const PEERS_MAX: usize = 16;
/// Controllers that Sony's VISCA over IP allows at once.
pub(super) const SONY_PEERS_MAX: usize = 5;

/// What is remembered of one controller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    peer: Peer,
    /// The unfinished frame of a stream.
    pub(super) deframer: Deframer,
    /// Sony's numbers.
    pub(super) sequence: Sequence,
    /// When it was last sent something.
    replied_at: Option<SimTime>,
}

/// All lines, in the order in which the controllers first spoke.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Peers {
    lines: Vec<Line>,
    /// Who spoke last.
    latest: Option<Peer>,
}

impl Peers {
    /// This controller's line, a new one if it is new; `None` where there is no room.
    pub(super) fn admit(&mut self, peer: Peer) -> Option<&mut Line> {
        if let Some(at) = self.lines.iter().position(|line| line.peer == peer) {
            return self.lines.get_mut(at);
        }
        let sony = self.lines.iter().filter(|line| line.peer.framing == Framing::Sony).count();
        let full = self.lines.len() >= PEERS_MAX || (peer.framing == Framing::Sony && sony >= SONY_PEERS_MAX);
        if full {
            return None;
        }
        let line = Line { peer, deframer: Deframer::new(), sequence: Sequence::default(), replied_at: None };
        self.lines.push(line);
        self.lines.last_mut()
    }

    /// This controller's line, if it has one.
    pub(super) fn line(&mut self, peer: Peer) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.peer == peer)
    }

    /// It speaks; true when the one that spoke before was another.
    pub(super) fn speaks(&mut self, peer: Peer) -> bool {
        self.latest.replace(peer).is_some_and(|before| before != peer)
    }

    /// All controllers but this one.
    pub(super) fn others(&self, peer: Peer) -> Vec<Peer> {
        self.lines.iter().map(|line| line.peer).filter(|&other| other != peer).collect()
    }

    /// As if it had never spoken.
    pub(super) fn forget(&mut self, peer: Peer) {
        self.lines.retain(|line| line.peer != peer);
        if self.latest == Some(peer) {
            self.latest = None;
        }
    }

    /// It is sent something.
    pub(super) fn replied(&mut self, peer: Peer, at: SimTime) {
        if let Some(line) = self.line(peer) {
            line.replied_at = Some(at);
        }
    }

    /// Whether the camera is deaf to it: less than `span` after the last reply.
    pub(super) fn is_deaf(&mut self, peer: Peer, now: SimTime, span: Duration) -> bool {
        self.line(peer).and_then(|line| line.replied_at).is_some_and(|at| now.since(at) < span)
    }
}

impl State for Peers {
    fn visit(&self, v: &mut dyn Visit) {
        v.parts("line", self.lines.iter());
        v.bool("latest", self.latest.is_some());
        v.part("latest", &self.latest.unwrap_or_default());
    }
}

impl State for Line {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("peer", &self.peer);
        v.part("deframer", &self.deframer);
        v.part("sequence", &self.sequence);
        v.time("replied_at", self.replied_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: u8, framing: Framing) -> Peer {
        Peer { number, framing }
    }

    #[test]
    fn there_is_room_for_sixteen_of_which_five_speak_sony() {
        let mut peers = Peers::default();
        for number in 0..5 {
            assert!(peers.admit(peer(number, Framing::Sony)).is_some());
        }
        assert!(peers.admit(peer(5, Framing::Sony)).is_none());
        for number in 0..11 {
            assert!(peers.admit(peer(number, Framing::Stream)).is_some());
        }
        assert!(peers.admit(peer(11, Framing::Stream)).is_none());
        assert!(peers.admit(peer(0, Framing::Sony)).is_some(), "who is known is known");
        peers.forget(peer(3, Framing::Sony));
        assert!(peers.admit(peer(5, Framing::Sony)).is_some());
    }
}
