//! A walk over a component's state, field by field and by name.
//!
//! One `visit` serves three readers: the hash chain (which only folds the bits), the tracer that names the field in
//! which two runs part, and the test that a snapshot holds everything. So what is hashed is what can be named.

use crate::SimTime;

/// Something with state that decides what happens next.
///
/// Complete in two directions, both held by `tests/state_completeness`: a copy restored from its serialised form goes
/// on as the original does, and no field that changes on the way is missing from the walk. What is left out on purpose
/// stands in the tables there, with the reason.
///
/// Everything the component would need to go on from here belongs into the walk; caches that can be rebuilt do not.
pub trait State {
    /// Hand every field to `v`, always in the same order.
    fn visit(&self, v: &mut dyn Visit);
}

/// A reader of state.
pub trait Visit {
    /// A real number. Readers fold −0 into +0; a NaN is a finding of its own.
    fn f64(&mut self, name: &'static str, value: f64);
    /// A count, code or sequence number.
    fn u64(&mut self, name: &'static str, value: u64);
    /// Several real numbers under one name; a reader that does not care for names may take them at once.
    fn f64s(&mut self, name: &'static str, values: &[f64]) {
        for value in values {
            self.f64(name, *value);
        }
    }
    /// Raw bytes, length included.
    fn bytes(&mut self, name: &'static str, value: &[u8]);
    /// Opens a group: a part, or one of several (`index`).
    fn enter(&mut self, name: &'static str, index: Option<u64>);
    /// Closes the group opened last.
    fn leave(&mut self);
}

/// Many words in one, for histories that are too long to be told word by word.
///
/// Four lanes by turns, a pair of words a step: lane = rotate(((lane ^ a) + rotate(b)) · K). Each step is a bijection
/// in lane, a and b, so a change of one word always changes the whole. Four, because a step waits for the product of
/// the one before it in its lane.
#[derive(Clone, Copy, Debug)]
pub struct Fold {
    /// The one that is next stands first.
    lanes: [u64; 4],
    pairs: u64,
    not_a_number: bool,
}

impl Default for Fold {
    fn default() -> Self {
        Self { lanes: [FOLD_A, FOLD_B, !FOLD_A, !FOLD_B], pairs: 0, not_a_number: false }
    }
}

impl Fold {
    /// Takes in two words.
    #[inline]
    pub const fn words(&mut self, [a, b]: [u64; 2]) {
        let [lane, next, later, last] = self.lanes;
        let sum = (lane ^ a).wrapping_add(b.rotate_left(32));
        self.lanes = [next, later, last, sum.wrapping_mul(FOLD_A).rotate_left(29)];
        self.pairs += 1;
    }

    /// Takes in two real numbers; −0 counts as +0.
    #[inline]
    pub fn reals(&mut self, [a, b]: [f64; 2]) {
        self.not_a_number |= a.is_nan() || b.is_nan();
        // Adding +0 turns −0 into it, and nothing else into anything.
        self.words([(a + 0.0).to_bits(), (b + 0.0).to_bits()]);
    }

    /// All of it; depends on the order in which it came.
    pub const fn word(&self) -> u64 {
        let [a, b, c, d] = self.lanes;
        (a ^ b.rotate_left(16) ^ c.rotate_left(32) ^ d.rotate_left(48) ^ self.pairs).wrapping_mul(FOLD_A)
    }
}

/// Odd, so that the product is a bijection: the multiplier of Steele and Vigna's LXM and a constant of wyhash.
const FOLD_A: u64 = 0xd134_2543_de82_ef95;
const FOLD_B: u64 = 0xa076_1d64_78bd_642f;

impl dyn Visit + '_ {
    /// A fold of many words; a number in it that is none is a finding under this name.
    pub fn fold(&mut self, name: &'static str, fold: &Fold) {
        if fold.not_a_number {
            self.f64(name, f64::NAN);
        }
        self.u64(name, fold.word());
    }

    /// A moment; an absent one is told apart from zero.
    pub fn time(&mut self, name: &'static str, value: impl Into<Option<SimTime>>) {
        self.u64(name, value.into().map_or(u64::MAX, SimTime::as_nanos));
    }

    /// A flag.
    pub fn bool(&mut self, name: &'static str, value: bool) {
        self.u64(name, u64::from(value));
    }

    /// A signed number.
    pub fn i64(&mut self, name: &'static str, value: i64) {
        self.u64(name, value as u64);
    }

    /// An optional real number: its presence, then its value.
    pub fn opt_f64(&mut self, name: &'static str, value: Option<f64>) {
        self.bool(name, value.is_some());
        if let Some(value) = value {
            self.f64(name, value);
        }
    }

    /// A part with a walk of its own.
    pub fn part(&mut self, name: &'static str, part: &(impl State + ?Sized)) {
        self.enter(name, None);
        part.visit(self);
        self.leave();
    }

    /// Several parts of one kind: how many, then each.
    pub fn parts<'a, S: State + 'a>(&mut self, name: &'static str, parts: impl ExactSizeIterator<Item = &'a S>) {
        self.u64(name, parts.len() as u64);
        for (index, part) in parts.enumerate() {
            self.enter(name, Some(index as u64));
            part.visit(self);
            self.leave();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(reals: &[[f64; 2]]) -> u64 {
        let mut fold = Fold::default();
        for pair in reals {
            fold.reals(*pair);
        }
        fold.word()
    }

    #[test]
    fn a_fold_sees_each_bit_and_the_order() {
        let plain = word(&[[1.0, 2.0], [3.0, 4.0]]);
        for other in [
            &[[1.0, 2.0], [3.0, 4.0_f64.next_up()]][..],
            &[[1.0_f64.next_down(), 2.0], [3.0, 4.0]],
            &[[3.0, 4.0], [1.0, 2.0]],
            &[[2.0, 1.0], [3.0, 4.0]],
            &[[1.0, 2.0]],
            &[],
        ] {
            assert_ne!(word(other), plain, "{other:?}");
        }
        assert_eq!(word(&[[0.0, 1.0]]), word(&[[-0.0, 1.0]]));
    }
}
