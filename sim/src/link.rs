//! The command link: datagrams up to the camera and down to the stack.
//!
//! Each direction draws, for every datagram, one loss and one latency from streams of its own (`link.up.drop`,
//! `link.up.latency`, …), lost or not: so datagram n meets the same draws whatever else happens. Loss probability is
//! the larger of the link's and the faults'; latency is the draw plus what the faults add. A later draw may be shorter:
//! the link reorders datagrams. Pieces of a stream ([`Framing::Stream`]) keep their order, as TCP and serial lines do:
//! one waits for those before it. Initial state: nothing under way.
//!
//! Does not model: duplication, corruption, bandwidth, splitting of a stream.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::max;
use tiltyard_visca::{Datagram, Framing, Peer, SimTime, State, Visit};

use crate::config;
use crate::delay;
use crate::rng::Stream;

/// What the faults do to a link right now.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Trouble {
    /// Probability of loss, 0 ..= 1.
    pub drop_probability: f64,
    /// Added to every latency.
    pub add: Duration,
}

/// One direction of the link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lane {
    latency: config::Delay,
    drop_probability: f64,
    drops: Stream,
    delays: Stream,
    counts: Counts,
    /// No piece of a stream arrives before this.
    stream_from: Option<SimTime>,
    /// Datagrams under way; an event of the world's queue names the slot.
    slots: Vec<Option<Parcel>>,
    free: Vec<u32>,
}

/// A datagram under way.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Parcel {
    arrives_at: SimTime,
    /// Whom it is from, or for.
    peer: Peer,
    datagram: Datagram,
}

/// What became of a lane's datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Handed to the lane.
    pub sent: u64,
    /// Lost.
    pub dropped: u64,
    /// Handed over at the other end.
    pub delivered: u64,
}

impl Lane {
    /// The lane `name` ("up", "down") of a run with `seed`.
    pub fn new(link: &config::Link, seed: u64, name: &str) -> Self {
        Self {
            latency: link.latency,
            drop_probability: link.drop_probability,
            drops: Stream::new(seed, &format!("link.{name}.drop")),
            delays: Stream::new(seed, &format!("link.{name}.latency")),
            counts: Counts::default(),
            stream_from: None,
            slots: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Takes a datagram at `at`, to or from `peer`: when it arrives and in which slot it waits, `None` if it is lost.
    pub fn send(&mut self, at: SimTime, peer: Peer, datagram: Datagram, trouble: Trouble) -> Option<(SimTime, u32)> {
        self.counts.sent += 1;
        let lost = self.drops.chance(max(self.drop_probability, trouble.drop_probability));
        let latency = delay::sample(&self.latency, &mut self.delays) + trouble.add;
        if lost {
            self.counts.dropped += 1;
            return None;
        }
        let mut arrives_at = at + latency;
        if peer.framing == Framing::Stream {
            arrives_at = self.stream_from.map_or(arrives_at, |from| arrives_at.max(from));
            self.stream_from = Some(arrives_at);
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(Parcel { arrives_at, peer, datagram });
        }
        Some((arrives_at, slot))
    }

    /// Hands over what waits in `slot`, with the controller it is from or for.
    pub fn deliver(&mut self, slot: u32) -> Option<(Peer, Datagram)> {
        let Parcel { peer, datagram, .. } = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        self.counts.delivered += 1;
        Some((peer, datagram))
    }

    /// Begins both streams anew, as those of the lane `name` of a run with `seed`.
    pub fn reseed(&mut self, seed: u64, name: &str) {
        self.drops = Stream::new(seed, &format!("link.{name}.drop"));
        self.delays = Stream::new(seed, &format!("link.{name}.latency"));
    }

    /// What became of the datagrams so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The two streams, for the walk over random numbers.
    pub fn visit_rng(&self, v: &mut dyn Visit) {
        v.part("drop", &self.drops);
        v.part("latency", &self.delays);
    }
}

/// Slots that are free: the last one is taken next.
pub(crate) fn visit_free(free: &[u32], v: &mut dyn Visit) {
    v.u64("free", free.len() as u64);
    for slot in free {
        v.u64("free_slot", u64::from(*slot));
    }
}

/// Counts and what is under way; the streams are walked by [`Lane::visit_rng`].
impl State for Lane {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("sent", self.counts.sent);
        v.u64("dropped", self.counts.dropped);
        v.u64("delivered", self.counts.delivered);
        if self.stream_from.is_some() {
            v.time("stream_from", self.stream_from);
        }
        for (slot, place) in self.slots.iter().enumerate() {
            if let Some(Parcel { arrives_at, peer, datagram }) = place {
                v.u64("slot", slot as u64);
                v.time("arrives_at", *arrives_at);
                v.part("peer", peer);
                v.bytes("under_way", datagram.as_bytes());
            }
        }
        visit_free(&self.free, v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What arrives in which order when a delay ends between two pieces.
    fn overtaken(framing: Framing) -> bool {
        let link = config::Link { latency: config::Delay::Constant(Duration::ZERO), drop_probability: 0.0 };
        let mut lane = Lane::new(&link, 1, "up");
        let peer = Peer { number: 3, framing };
        let slow = Trouble { add: Duration::from_millis(500), ..Trouble::default() };
        let first = lane.send(SimTime::ZERO, peer, Datagram::default(), slow).unwrap().0;
        let second = lane.send(SimTime::from_millis(10), peer, Datagram::default(), Trouble::default()).unwrap().0;
        second < first
    }

    #[test]
    fn datagrams_overtake_each_other_and_pieces_of_a_stream_do_not() {
        assert!(overtaken(Framing::Datagrams));
        assert!(overtaken(Framing::Sony));
        assert!(!overtaken(Framing::Stream));
    }
}
