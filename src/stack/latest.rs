//! The frame buffer: the newest value, handed out once, and counts that add up.
//!
//! One producer puts, one consumer takes what it has not seen yet. A value that is overwritten before it was taken is
//! *dropped*; one that is older than what is already there is *stale* and never replaces it. At any time
//! `put = taken + dropped + stale + pending`, which is what the seed's buffer could not say (it handed the same frame
//! out for ever and counted the overwriting of frames that had been read as losses).
//!
//! Order of things in `put`: count, refuse what is stale, count what is overwritten, store, wake the waiting.
//!
//! The consumer may have to look up for other reasons: [`nudge`](Latest::nudge) ends its waiting, once, and is not lost
//! when it comes before the waiting begins.

use core::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tiltyard_visca::{SimTime, State, Visit};

use crate::sync::{Condvar, Mutex, MutexGuard, lock, wait_while};

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestStats {
    /// Values put in.
    pub put: u64,
    /// Values handed out, each once.
    pub taken: u64,
    /// Values overwritten before anybody took them.
    pub dropped: u64,
    /// Values that came after a newer one.
    pub stale: u64,
}

impl LatestStats {
    /// Values waiting to be taken: 0 or 1.
    pub fn pending(&self) -> u64 {
        self.put - self.taken - self.dropped - self.stale
    }
}

/// A place for the newest `T`.
#[derive(Debug)]
pub struct Latest<T> {
    inner: Mutex<Inner<T>>,
    newer: Condvar,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Inner<T> {
    value: Option<T>,
    captured_at: Option<SimTime>,
    stats: LatestStats,
    closed: bool,
    /// Somebody wants the consumer to look up. A live consumer's alone, so no part of what is saved.
    #[serde(skip)]
    nudged: bool,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        let stats = LatestStats::default();
        let inner = Inner { value: None, captured_at: None, stats, closed: false, nudged: false };
        Self { inner: Mutex::new(inner), newer: Condvar::new() }
    }
}

/// A copy of what is in there; who waits at one does not hear of the other.
impl<T: Clone> Clone for Latest<T> {
    fn clone(&self) -> Self {
        Self { inner: Mutex::new(self.lock().clone()), newer: Condvar::new() }
    }
}

impl<T> Latest<T> {
    /// Nothing inside holds an invariant across a panic, so a poisoned lock is as good as a clean one.
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        lock(&self.inner)
    }

    /// Puts a value that was captured at `captured_at`. Returns whether it is now the newest.
    pub fn put(&self, captured_at: SimTime, value: T) -> bool {
        let mut inner = self.lock();
        inner.stats.put += 1;
        if inner.captured_at.is_some_and(|newest| captured_at <= newest) {
            inner.stats.stale += 1;
            return false;
        }
        if inner.value.is_some() {
            inner.stats.dropped += 1;
        }
        inner.captured_at = Some(captured_at);
        inner.value = Some(value);
        self.newer.notify_one();
        true
    }

    /// Takes the newest value if it was not taken before. Never waits.
    pub fn take(&self) -> Option<T> {
        Self::take_from(&mut self.lock())
    }

    /// Takes the newest value, waiting for one at most `timeout`. `None` after the time-out, a [`nudge`](Self::nudge)
    /// or [`close`](Self::close).
    pub fn wait_newer(&self, timeout: Duration) -> Option<T> {
        let waits = |inner: &mut Inner<T>| inner.value.is_none() && !inner.closed && !inner.nudged;
        let mut inner = wait_while(&self.newer, self.lock(), timeout, waits);
        inner.nudged = false;
        Self::take_from(&mut inner)
    }

    /// Waits like [`wait_newer`](Self::wait_newer) and takes nothing: for a consumer that is busy with an older value.
    pub fn wait_nudge(&self, timeout: Duration) {
        let waits = |inner: &mut Inner<T>| !inner.closed && !inner.nudged;
        wait_while(&self.newer, self.lock(), timeout, waits).nudged = false;
    }

    /// Ends the consumer's waiting, or its next one: there is something else to look at.
    pub fn nudge(&self) {
        self.lock().nudged = true;
        self.newer.notify_all();
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Ends all waiting, now and later.
    pub fn close(&self) {
        self.lock().closed = true;
        self.newer.notify_all();
    }

    /// The counts, of one moment.
    pub fn stats(&self) -> LatestStats {
        self.lock().stats
    }

    fn take_from(inner: &mut Inner<T>) -> Option<T> {
        let value = inner.value.take()?;
        inner.stats.taken += 1;
        Some(value)
    }
}

/// The value, its time and the counts, of one moment; a lock and those who wait at it are no state.
impl<T: Clone + Serialize> Serialize for Latest<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Copied first: a slow serializer does not hold up the camera.
        let inner = self.lock().clone();
        inner.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Latest<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { inner: Mutex::new(Inner::deserialize(deserializer)?), newer: Condvar::new() })
    }
}

/// What waits is walked, too.
impl<T: State> State for Latest<T> {
    fn visit(&self, v: &mut dyn Visit) {
        let inner = self.lock();
        v.u64("put", inner.stats.put);
        v.u64("taken", inner.stats.taken);
        v.u64("dropped", inner.stats.dropped);
        v.u64("stale", inner.stats.stale);
        v.time("newest_captured_at", inner.captured_at);
        v.bool("closed", inner.closed);
        v.bool("any", inner.value.is_some());
        if let Some(value) = &inner.value {
            v.part("value", value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    #[test]
    fn a_value_is_handed_out_once() {
        let latest = Latest::default();
        latest.put(at(1), "a");
        assert_eq!(latest.take(), Some("a"));
        assert_eq!(latest.take(), None, "the seed handed the same frame out again");
        assert_eq!(latest.stats(), LatestStats { put: 1, taken: 1, dropped: 0, stale: 0 });
    }

    #[test]
    fn a_consumer_that_keeps_up_loses_nothing() {
        let latest = Latest::default();
        for n in 0..1000 {
            latest.put(at(n), n);
            assert_eq!(latest.take(), Some(n));
        }
        assert_eq!(latest.stats().dropped, 0, "the seed reported 49.95 % here");
    }

    #[test]
    fn five_puts_and_no_take_drop_four() {
        let latest = Latest::default();
        for n in 0..5 {
            latest.put(at(n), n);
        }
        let stats = latest.stats();
        assert_eq!((stats.dropped, stats.pending()), (4, 1));
    }

    #[test]
    fn an_older_value_never_replaces_a_newer_one() {
        let latest = Latest::default();
        assert!(latest.put(at(2), "new"));
        assert!(!latest.put(at(1), "old"));
        assert_eq!(latest.take(), Some("new"));
        assert!(!latest.put(at(2), "same again"), "already taken, still not news");
        assert_eq!(latest.stats(), LatestStats { put: 3, taken: 1, dropped: 0, stale: 2 });
    }

    #[test]
    fn a_nudge_ends_one_waiting_and_is_not_lost() {
        let latest = Latest::<u8>::default();
        latest.nudge();
        latest.nudge();
        assert_eq!(latest.wait_newer(Duration::from_mins(1)), None, "did not wait for a minute");
        latest.put(at(1), 7);
        latest.nudge();
        assert_eq!(latest.wait_newer(Duration::from_mins(1)), Some(7), "a value comes with it");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| latest.wait_nudge(Duration::from_mins(1)));
            latest.nudge();
            waiting.join().unwrap();
        });
    }

    #[test]
    fn waiting_ends_with_a_value_or_a_close() {
        let latest = Latest::default();
        assert_eq!(latest.wait_newer(Duration::from_millis(1)), None);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| latest.wait_newer(Duration::from_mins(1)));
            latest.put(at(1), 1);
            assert_eq!(waiting.join().unwrap(), Some(1));
            let waiting = scope.spawn(|| latest.wait_newer(Duration::from_mins(1)));
            latest.close();
            assert_eq!(waiting.join().unwrap(), None);
        });
    }
}
