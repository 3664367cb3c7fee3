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
//! specified; never a `usize`; integers in 64 bits, bytes in words of eight after their number.

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

/// Words that are hashed at once.
const BLOCK: usize = 1024;

/// A reader of state that folds it into a hash: of a block of words, which begins with the hash of the block before it
/// if one was not enough.
#[derive(Clone, Debug)]
pub struct Hasher {
    /// Little-endian.
    words: Box<[u64; BLOCK]>,
    used: usize,
    not_a_number: Option<&'static str>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { words: Box::new([0; BLOCK]), used: 0, not_a_number: None }
    }
}

impl Hasher {
    /// The hash of what was visited since the last call; the name of a field that was not a number, if there was one.
    pub fn finish(&mut self) -> Result<u64, &'static str> {
        let hash = self.hash();
        self.used = 0;
        self.not_a_number.take().map_or(Ok(hash), Err)
    }

    fn hash(&self) -> u64 {
        xxh3_64(bytemuck::cast_slice(&self.words[..self.used]))
    }

    #[inline]
    fn push(&mut self, word: u64) {
        let Some(place) = self.words.get_mut(self.used) else { return self.begin_block(word) };
        *place = word.to_le();
        self.used += 1;
    }

    #[cold]
    fn begin_block(&mut self, word: u64) {
        self.words[0] = self.hash().to_le();
        self.words[1] = word.to_le();
        self.used = 2;
    }
}

impl Visit for Hasher {
    fn f64(&mut self, name: &'static str, value: f64) {
        if value.is_nan() {
            self.not_a_number.get_or_insert(name);
        }
        // Adding +0 turns −0 into it, and nothing else into anything.
        self.push((value + 0.0).to_bits());
    }

    fn f64s(&mut self, name: &'static str, values: &[f64]) {
        for value in values {
            self.f64(name, *value);
        }
    }

    fn u64(&mut self, _: &'static str, value: u64) {
        self.push(value);
    }

    fn bytes(&mut self, _: &'static str, value: &[u8]) {
        self.push(value.len() as u64);
        for part in value.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.push(u64::from_le_bytes(word));
        }
    }

    fn enter(&mut self, _: &'static str, index: Option<u64>) {
        if let Some(index) = index {
            self.push(index);
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
    fn what_fills_more_than_a_block_counts_to_the_last_word() {
        let hash = |words: &[u64]| {
            let mut hasher = Hasher::default();
            for word in words {
                hasher.u64("word", *word);
            }
            hasher.finish()
        };
        let long: Vec<u64> = (0..3 * BLOCK as u64).collect();
        for changed in [0, BLOCK - 1, BLOCK, 2 * BLOCK - 2, 3 * BLOCK - 1] {
            let mut other = long.clone();
            other[changed] += 1;
            assert_ne!(hash(&other), hash(&long), "word {changed}");
        }
        assert_ne!(hash(&long[1..]), hash(&long));
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
