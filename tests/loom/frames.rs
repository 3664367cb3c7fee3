//! The frame buffer: nothing is handed out twice or backwards, counts add up, no wake-up is lost.

use core::time::Duration;

use tiltyard::stack::latest::{Latest, LatestStats};
use tiltyard_visca::SimTime;

use crate::explore::explore;
#[cfg(tiltyard_loom)]
use crate::explore::finds;
use crate::explore::sync::{Arc, Condvar, Mutex};
use crate::explore::thread;

/// For ever: no wait here may need its time-out.
const EVER: Duration = Duration::from_hours(1);

/// What the models need of a buffer.
trait Buffer: Default + Send + Sync + 'static {
    fn put(&self, number: u64);
    fn wait(&self) -> Option<u64>;
    fn nudge(&self);
    fn close(&self);
    fn is_closed(&self) -> bool;
    fn stats(&self) -> LatestStats;
}

impl Buffer for Latest<u64> {
    fn put(&self, number: u64) {
        Self::put(self, SimTime::from_nanos(number), number);
    }

    fn wait(&self) -> Option<u64> {
        self.wait_newer(EVER)
    }

    fn nudge(&self) {
        Self::nudge(self);
    }

    fn close(&self) {
        Self::close(self);
    }

    fn is_closed(&self) -> bool {
        Self::is_closed(self)
    }

    fn stats(&self) -> LatestStats {
        Self::stats(self)
    }
}

/// What a wrong buffer does wrongly.
#[derive(Clone, Copy, PartialEq)]
enum Plant {
    /// Hands the same frame out again, as the seed's did (F1).
    Kept,
    /// Counts the overwriting of frames that had been read, as the seed's did (F3).
    Overcounted,
    /// A nudge that leaves no trace: lost when nobody waits yet.
    Traceless,
    /// Closes without telling.
    Silent,
}

/// A buffer with a plant.
struct Wrong<const PLANT: usize> {
    inner: Mutex<(Option<u64>, LatestStats, bool, bool)>,
    newer: Condvar,
}

const PLANTS: [Plant; 4] = [Plant::Kept, Plant::Overcounted, Plant::Traceless, Plant::Silent];

impl<const PLANT: usize> Default for Wrong<PLANT> {
    fn default() -> Self {
        Self { inner: Mutex::new((None, LatestStats::default(), false, false)), newer: Condvar::new() }
    }
}

impl<const PLANT: usize> Wrong<PLANT> {
    const IT: Plant = PLANTS[PLANT];
}

impl<const PLANT: usize> Buffer for Wrong<PLANT> {
    fn put(&self, number: u64) {
        let mut inner = self.inner.lock().unwrap();
        inner.1.put += 1;
        let seen = inner.1.put > 1 && inner.0.is_none();
        inner.1.dropped += u64::from(inner.0.is_some() || (Self::IT == Plant::Overcounted && seen));
        inner.0 = Some(number);
        self.newer.notify_one();
    }

    fn wait(&self) -> Option<u64> {
        let mut inner = self.inner.lock().unwrap();
        while inner.0.is_none() && !inner.2 && !inner.3 {
            inner = self.newer.wait(inner).unwrap();
        }
        inner.3 = false;
        let taken = if Self::IT == Plant::Kept { inner.0 } else { inner.0.take() };
        inner.1.taken += u64::from(taken.is_some());
        taken
    }

    fn nudge(&self) {
        if Self::IT != Plant::Traceless {
            self.inner.lock().unwrap().3 = true;
        }
        self.newer.notify_all();
    }

    fn close(&self) {
        self.inner.lock().unwrap().2 = true;
        if Self::IT != Plant::Silent {
            self.newer.notify_all();
        }
    }

    fn is_closed(&self) -> bool {
        self.inner.lock().unwrap().2
    }

    fn stats(&self) -> LatestStats {
        self.inner.lock().unwrap().1
    }
}

/// A grabber puts three frames and closes; the consumer takes what it gets, each once, in order.
fn counts_add_up<B: Buffer>() {
    let buffer = Arc::new(B::default());
    let grabber = Arc::clone(&buffer);
    let grabber = thread::spawn(move || {
        for number in 1..=3 {
            grabber.put(number);
        }
        grabber.close();
    });
    let (mut last, mut taken) = (0, 0);
    loop {
        match buffer.wait() {
            Some(number) => {
                assert!(number > last, "{number} after {last}");
                (last, taken) = (number, taken + 1);
            }
            None if buffer.is_closed() => break,
            None => {}
        }
    }
    grabber.join().unwrap();
    let stats = buffer.stats();
    assert_eq!((stats.put, stats.taken, last), (3, taken, 3), "the newest is never lost");
    assert_eq!(stats.put, stats.taken + stats.dropped + stats.stale, "nothing waits: {stats:?}");
}

/// Two put at once, in whatever order: the older never replaces the newer.
fn the_newest_stays<B: Buffer>() {
    let buffer = Arc::new(B::default());
    let puts = [1, 2].map(|number| {
        let buffer = Arc::clone(&buffer);
        thread::spawn(move || buffer.put(number))
    });
    let first = buffer.wait().unwrap();
    for put in puts {
        put.join().unwrap();
    }
    buffer.close();
    let second = buffer.wait();
    assert!(second.is_none_or(|second| second > first), "{second:?} after {first}");
    assert_eq!(second.unwrap_or(first), 2);
    let stats = buffer.stats();
    assert_eq!(stats.put, stats.taken + stats.dropped + stats.stale + stats.pending());
}

/// Who leaves a message and nudges is heard, without any time-out, also when a frame comes at the same time.
fn a_nudge_is_heard<B: Buffer>() {
    let buffer = Arc::new(B::default());
    let message = Arc::new(Mutex::new(false));
    let (nudges, leaves) = (Arc::clone(&buffer), Arc::clone(&message));
    let teller = thread::spawn(move || {
        *leaves.lock().unwrap() = true;
        nudges.nudge();
    });
    let puts = Arc::clone(&buffer);
    let grabber = thread::spawn(move || puts.put(1));
    let mut frames = 0;
    while frames == 0 || !*message.lock().unwrap() {
        frames += u64::from(buffer.wait().is_some());
    }
    teller.join().unwrap();
    grabber.join().unwrap();
    assert_eq!(frames, 1);
}

/// A consumer that waits is let go.
fn a_close_ends_all_waiting<B: Buffer>() {
    let buffer = Arc::new(B::default());
    let waits = Arc::clone(&buffer);
    let consumer = thread::spawn(move || waits.wait());
    buffer.close();
    assert_eq!(consumer.join().unwrap(), None);
}

#[test]
fn frame_buffer() {
    explore("frames: counts add up", counts_add_up::<Latest<u64>>);
    explore("frames: the newest stays", the_newest_stays::<Latest<u64>>);
    explore("frames: a nudge is heard", a_nudge_is_heard::<Latest<u64>>);
    explore("frames: a close ends all waiting", a_close_ends_all_waiting::<Latest<u64>>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_a_frame_that_is_handed_out_twice() {
    finds("frames::planted_a_frame_that_is_handed_out_twice", "after", counts_add_up::<Wrong<0>>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_losses_of_frames_that_were_read() {
    finds("frames::planted_losses_of_frames_that_were_read", "nothing waits", counts_add_up::<Wrong<1>>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_an_older_frame_that_replaces_a_newer_one() {
    finds("frames::planted_an_older_frame_that_replaces_a_newer_one", "after 2", the_newest_stays::<Wrong<3>>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_a_nudge_that_gets_lost() {
    finds("frames::planted_a_nudge_that_gets_lost", "deadlock", a_nudge_is_heard::<Wrong<2>>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_a_close_that_nobody_hears() {
    finds("frames::planted_a_close_that_nobody_hears", "deadlock", a_close_ends_all_waiting::<Wrong<3>>);
}
