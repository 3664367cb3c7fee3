//! The command link: datagrams up to the camera and down to the stack.
//!
//! Each direction draws, for every datagram, one loss and one latency from streams of its own (`link.up.drop`,
//! `link.up.latency`, …), lost or not: so datagram n meets the same draws whatever else happens. Loss probability is
//! the larger of the link's and the faults'; latency is the draw plus what the faults add. A later draw may be shorter:
//! the link reorders. Initial state: nothing under way.
//!
//! Does not model: duplication, corruption, bandwidth, splitting of a stream.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::max;
use tiltyard_visca::{SimTime, State, Visit};

use crate::config;
use crate::delay;
use crate::rng::Stream;

/// One datagram: a few bytes held in place.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Datagram {
    len: u8,
    bytes: [u8; Self::CAPACITY],
}

impl Datagram {
    /// Bytes a datagram can carry: a Sony header (8) and a frame (16), or two frames, with room.
    pub const CAPACITY: usize = 32;

    /// A copy of `bytes`.
    pub fn new(bytes: &[u8]) -> Result<Self, TooLong> {
        let mut datagram = Self::default();
        if datagram.append(bytes) { Ok(datagram) } else { Err(TooLong { len: bytes.len() }) }
    }

    /// Appends `bytes` if they fit.
    pub fn append(&mut self, bytes: &[u8]) -> bool {
        let len = usize::from(self.len);
        let Some(room) = self.bytes.get_mut(len..len + bytes.len()) else { return false };
        room.copy_from_slice(bytes);
        self.len += bytes.len() as u8;
        true
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl core::fmt::Debug for Datagram {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:02X?}", self.as_bytes())
    }
}

/// More bytes than fit a datagram of a VISCA link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("send a datagram of {len} bytes (a VISCA link carries at most {max})", max = Datagram::CAPACITY)]
pub struct TooLong {
    /// How many.
    pub len: usize,
}

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
    /// Datagrams under way; an event of the world's queue names the slot.
    slots: Vec<Option<(SimTime, Datagram)>>,
    free: Vec<u32>,
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
            slots: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Takes a datagram at `at`: when it arrives and in which slot it waits, or `None` if it is lost.
    pub fn send(&mut self, at: SimTime, datagram: Datagram, trouble: Trouble) -> Option<(SimTime, u32)> {
        self.counts.sent += 1;
        let lost = self.drops.chance(max(self.drop_probability, trouble.drop_probability));
        let latency = delay::sample(&self.latency, &mut self.delays) + trouble.add;
        if lost {
            self.counts.dropped += 1;
            return None;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some((at + latency, datagram));
        }
        Some((at + latency, slot))
    }

    /// Hands over what waits in `slot`.
    pub fn deliver(&mut self, slot: u32) -> Option<Datagram> {
        let (_, datagram) = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        self.counts.delivered += 1;
        Some(datagram)
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
        for (slot, place) in self.slots.iter().enumerate() {
            if let Some((arrives_at, datagram)) = place {
                v.u64("slot", slot as u64);
                v.time("arrives_at", *arrives_at);
                v.bytes("under_way", datagram.as_bytes());
            }
        }
        visit_free(&self.free, v);
    }
}
