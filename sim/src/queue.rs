//! The event queue: what happens next, in an order that never depends on chance.
//!
//! A binary heap keyed (time, sequence number). Two events at one instant come out in the order in which they were
//! pushed. An event cannot be pushed before the one popped last: debug builds stop there, release builds move it to
//! that moment. Initially empty, at time zero. Does not model: cancelling (owners ignore stale events).

use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{Fold, SimTime, State, Visit};

/// Events in order of (time, sequence).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventQueue<E> {
    heap: BinaryHeap<Entry<E>>,
    /// Sequence number of the next push -- state.
    sequence: u64,
    /// Time of the last pop -- state.
    now: SimTime,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0, now: SimTime::ZERO }
    }
}

impl<E> EventQueue<E> {
    /// An empty queue at time zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Files `event` for `at`, after everything already filed for that moment.
    pub fn push(&mut self, at: SimTime, event: E) {
        debug_assert!(at >= self.now, "an event was filed for {at}, but it is already {}", self.now);
        let at = if at < self.now { self.now } else { at };
        self.heap.push(Entry { at, sequence: self.sequence, event });
        self.sequence += 1;
    }

    /// Takes the earliest event and moves the queue's clock to it.
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        let entry = self.heap.pop()?;
        self.now = entry.at;
        Some((entry.at, entry.event))
    }

    /// When the earliest event is due.
    pub fn next_at(&self) -> Option<SimTime> {
        self.heap.peek().map(|entry| entry.at)
    }

    /// Moves the queue's clock forward without an event; earlier moments leave it as it is.
    pub fn pass(&mut self, to: SimTime) {
        if to > self.now {
            self.now = to;
        }
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

/// Counters, and of what waits the sum over all of it: a heap keeps no order that means anything, and a sum has none.
impl<E: Code> State for EventQueue<E> {
    fn visit(&self, v: &mut dyn Visit) {
        v.time("now", self.now);
        v.u64("sequence", self.sequence);
        v.u64("waiting", self.heap.len() as u64);
        v.time("next", self.next_at());
        let events = self.heap.iter().map(|entry| {
            let mut fold = Fold::default();
            fold.words([entry.at.as_nanos(), entry.sequence]);
            fold.words([entry.event.code(), 0]);
            fold.word()
        });
        v.u64("events", events.fold(0, u64::wrapping_add));
    }
}

/// An event as one word, for the walk: different words for different events.
pub trait Code {
    /// The word.
    fn code(&self) -> u64;
}

/// One filed event; the heap's greatest is the earliest.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry<E> {
    at: SimTime,
    sequence: u64,
    event: E,
}

impl<E> Entry<E> {
    /// One comparison instead of two: time in the high half, sequence in the low.
    fn key(&self) -> u128 {
        (u128::from(self.at.as_nanos()) << 64) | u128::from(self.sequence)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        other.key().cmp(&self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_come_out_in_the_order_of_pushing() {
        let mut queue = EventQueue::new();
        let t = SimTime::from_millis;
        for (at, event) in [(t(2), 'c'), (t(1), 'a'), (t(2), 'd'), (t(1), 'b')] {
            queue.push(at, event);
        }
        let order: String = core::iter::from_fn(|| queue.pop()).map(|(_, event)| event).collect();
        assert_eq!(order, "abcd");
    }

    #[test]
    #[should_panic(expected = "already")]
    #[cfg(debug_assertions)]
    fn the_past_is_refused() {
        let mut queue = EventQueue::new();
        queue.push(SimTime::from_millis(5), ());
        queue.pop();
        queue.push(SimTime::from_millis(4), ());
    }
}
