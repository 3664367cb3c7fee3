//! A walk over a component's state, field by field and by name.
//!
//! One `visit` serves three readers: the hash chain (which only folds the bits), the tracer that names the field in
//! which two runs part, and the test that a snapshot holds everything. So what is hashed is what can be named.

use crate::SimTime;

/// Something with state that decides what happens next.
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
    /// Raw bytes, length included.
    fn bytes(&mut self, name: &'static str, value: &[u8]);
    /// Opens a group: a part, or one of several (`index`).
    fn enter(&mut self, name: &'static str, index: Option<u64>);
    /// Closes the group opened last.
    fn leave(&mut self);
}

impl dyn Visit + '_ {
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
