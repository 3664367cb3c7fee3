//! The hash chain: one link a control tick, over everything that decides what happens next.
//!
//! ```text
//! c[−1] = H(seed),   c[n] = H(c[n−1], s[n, clock], s[n, rng], … s[n, control])
//! ```
//!
//! with one sub-hash s a subsystem. H is XXH3-64 over little-endian words. Two runs that differ anywhere differ in
//! every link from that tick on, so the first difference is found by bisection, and its sub-hash names the subsystem.
//!
//! Rules for what is hashed: bits of floats, −0 folded into +0; a NaN is an error of the run, because its bits are not
//! specified; never a `usize`; integers in 64 bits.

use serde::{Deserialize, Serialize};
use tiltyard_visca::Visit;
use xxhash_rust::xxh3::xxh3_64;

/// The subsystems of a link, in their order.
pub const SUBSYSTEMS: [&str; 8] = ["clock", "rng", "link", "gimbal", "scene", "perception", "tracker", "control"];

/// One link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Sub-hashes, in the order of [`SUBSYSTEMS`].
    pub subsystems: [u64; 8],
    /// The head of the chain up to here.
    pub head: u64,
}

/// The links of a run so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    first: u64,
    links: Vec<Link>,
}

impl Chain {
    /// The empty chain of a run with this seed.
    pub fn new(seed: u64) -> Self {
        Self { first: xxh3_64(&seed.to_le_bytes()), links: Vec::new() }
    }

    /// The head: equal heads mean equal runs.
    pub fn head(&self) -> u64 {
        self.links.last().map_or(self.first, |link| link.head)
    }

    /// All links, by tick.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Adds a tick.
    pub fn push(&mut self, subsystems: [u64; 8]) {
        let mut bytes = [0; 72];
        let words = core::iter::once(self.head()).chain(subsystems);
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        self.links.push(Link { subsystems, head: xxh3_64(&bytes) });
    }
}

/// A reader of state that folds it into a hash.
#[derive(Clone, Debug, Default)]
pub struct Hasher {
    bytes: Vec<u8>,
    not_a_number: Option<&'static str>,
}

impl Hasher {
    /// The hash of what was visited since the last call; the name of a field that was not a number, if there was one.
    pub fn finish(&mut self) -> Result<u64, &'static str> {
        let hash = xxh3_64(&self.bytes);
        self.bytes.clear();
        self.not_a_number.take().map_or(Ok(hash), Err)
    }
}

impl Visit for Hasher {
    fn f64(&mut self, name: &'static str, value: f64) {
        if value.is_nan() {
            self.not_a_number.get_or_insert(name);
        }
        let folded = if value == 0.0 { 0.0 } else { value };
        self.bytes.extend_from_slice(&folded.to_bits().to_le_bytes());
    }

    fn u64(&mut self, _: &'static str, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn bytes(&mut self, name: &'static str, value: &[u8]) {
        self.u64(name, value.len() as u64);
        self.bytes.extend_from_slice(value);
    }

    fn enter(&mut self, _: &'static str, index: Option<u64>) {
        if let Some(index) = index {
            self.bytes.extend_from_slice(&index.to_le_bytes());
        }
    }

    fn leave(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        // XXH3-64 of nothing, from the reference implementation.
        assert_eq!(Hasher::default().finish(), Ok(0x2d06_8005_38d3_94c2));
    }

    #[test]
    fn zeros_are_one_and_a_nan_is_named() {
        let (mut a, mut b) = (Hasher::default(), Hasher::default());
        a.f64("x", 0.0);
        b.f64("x", -0.0);
        assert_eq!(a.finish(), b.finish());
        a.f64("integral", f64::NAN);
        assert_eq!(a.finish(), Err("integral"));
        assert!(a.finish().is_ok(), "one report each");
    }

    #[test]
    fn a_difference_stays_in_every_later_head() {
        let (mut a, mut b) = (Chain::new(7), Chain::new(7));
        for n in 0..10 {
            a.push([n; 8]);
            let mut subsystems = [n; 8];
            subsystems[3] += u64::from(n == 4);
            b.push(subsystems);
        }
        let first = a.links().iter().zip(b.links()).position(|(a, b)| a.head != b.head);
        assert_eq!(first, Some(4));
        assert_ne!(a.head(), b.head());
        assert_ne!(Chain::new(7).head(), Chain::new(8).head());
    }
}
