//! Named random streams: one more draw in one component moves no other.
//!
//! Stream `name` of a run is ChaCha8 with key = `SplitMix64` of the run's seed (four words, little endian) and stream
//! id = FNV-1a 64 of the name's UTF-8 bytes. Both are specified here in full, so that no dependency's bump can move
//! them. The state is one number, the word position in the stream. Initial state: position 0.
//!
//! `f64` draws are 53 bits of one word pair in \[0, 1). Every draw takes one word pair, whatever it is of.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use tiltyard_visca::num::normal_of;
use tiltyard_visca::{State, Visit};

/// One component's own random numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream `name` of the run with `seed`, at its start.
    pub fn new(seed: u64, name: &str) -> Self {
        let mut key = [0; 32];
        let mut state = seed;
        for word in key.chunks_exact_mut(8) {
            word.copy_from_slice(&split_mix(&mut state).to_le_bytes());
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(fnv1a(name.as_bytes()));
        Self(rng)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in 0 ≤ x < 1, in steps of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in `low` ≤ x < `high`.
    pub fn uniform_in(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// True with this probability; draws once whatever the probability is.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Gaussian with mean 0 and standard deviation 1.
    pub fn normal(&mut self) -> f64 {
        normal_of(self.bits())
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log1p(-self.uniform())
    }

    /// The generator itself, for a component that brings its own draws.
    pub fn into_rng(self) -> ChaCha8Rng {
        self.0
    }

    /// Words drawn so far.
    pub fn position(&self) -> u64 {
        self.0.get_word_pos() as u64
    }
}

impl State for Stream {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("position", self.position());
    }
}

/// The stream `name` of the run with `seed`, at its start.
pub fn stream(seed: u64, name: &str) -> Stream {
    Stream::new(seed, name)
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv).
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// `SplitMix64` (Steele, Lea, Flood 2014), as published by Vigna.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_and_key_match_their_published_vectors() {
        // FNV-1a 64 of "a" and "foobar": draft-eastlake-fnv, appendix. SplitMix64 from 0: Vigna's reference.
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(split_mix(&mut 0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn names_and_seeds_give_different_streams() {
        let mut draws: Vec<u64> =
            [(7, "link.up"), (7, "link.down"), (8, "link.up")].map(|(seed, name)| stream(seed, name).bits()).to_vec();
        draws.dedup();
        assert_eq!(draws.len(), 3);
    }

    #[test]
    fn uniform_and_exponential_have_their_means() {
        let mut rng = stream(1, "test");
        let n = 20_000;
        // Standard errors of the means: 0.289/√n = 0.002 and 1/√n = 0.007; four of each allowed.
        let uniform = (0..n).map(|_| rng.uniform()).sum::<f64>() / f64::from(n);
        let exponential = (0..n).map(|_| rng.exponential()).sum::<f64>() / f64::from(n);
        assert!((uniform - 0.5).abs() < 0.008, "{uniform}");
        assert!((exponential - 1.0).abs() < 0.028, "{exponential}");
    }
}
