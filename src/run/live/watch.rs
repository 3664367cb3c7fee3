//! The watchdog on a thread of its own: it needs nobody's help to see that nobody is there.
//!
//! The grabber tells it of frames, the control thread of decisions; what to make of that is
//! [`stack::watchdog::Watchdog`](Watchdog)'s business, the same that runs under virtual time. Telling never waits for
//! an alarm to be dealt with: alarms are handed out without the lock.

use tiltyard_visca::SimTime;

use crate::stack::watchdog::{Alarm, Watchdog, WatchdogConfig};
use crate::sync::{Condvar, Mutex, lock, wait};

/// The watchdog's thread and what it is told.
#[derive(Debug)]
pub struct Watch {
    inner: Mutex<Inner>,
    sooner: Condvar,
}

#[derive(Debug)]
struct Inner {
    watchdog: Watchdog,
    stopped: bool,
}

impl Watch {
    /// Not armed: a slow start is no stall.
    pub fn new(config: WatchdogConfig) -> Self {
        let inner = Inner { watchdog: Watchdog::new(config), stopped: false };
        Self { inner: Mutex::new(inner), sooner: Condvar::new() }
    }

    /// A frame with this picture came.
    pub fn frame(&self, at: SimTime, picture: u64) {
        self.tell(|watchdog| watchdog.frame(at, picture));
    }

    /// A decision was made.
    pub fn decision(&self, at: SimTime) {
        self.tell(|watchdog| watchdog.decision(at));
    }

    /// What is wrong now.
    pub fn raised(&self) -> Option<Alarm> {
        lock(&self.inner).watchdog.raised()
    }

    /// Alarms so far.
    pub fn alarms(&self) -> u64 {
        lock(&self.inner).watchdog.alarms()
    }

    /// Ends the thread.
    pub fn stop(&self) {
        lock(&self.inner).stopped = true;
        self.sooner.notify_all();
    }

    /// Wakes the thread, so that it looks at the clock again.
    pub fn nudge(&self) {
        drop(lock(&self.inner));
        self.sooner.notify_all();
    }

    /// The thread: hands each alarm to `alarm`, once a stall, until [`stop`](Self::stop).
    pub fn run(&self, now: impl Fn() -> SimTime, mut alarm: impl FnMut(SimTime, Alarm)) {
        let mut inner = lock(&self.inner);
        while !inner.stopped {
            let at = now();
            if let Some(raised) = inner.watchdog.poll(at) {
                drop(inner);
                alarm(at, raised);
                inner = lock(&self.inner);
                continue;
            }
            let due = inner.watchdog.next_at();
            inner = wait(&self.sooner, inner, due.map(|due| due.since(at)));
        }
    }

    /// The thread has to be woken where it would otherwise sleep too long; a later alarm it finds out by itself.
    fn tell(&self, what: impl FnOnce(&mut Watchdog)) {
        let mut inner = lock(&self.inner);
        let before = inner.watchdog.next_at();
        what(&mut inner.watchdog);
        let after = inner.watchdog.next_at();
        if after.is_some_and(|after| before.is_none_or(|before| after < before)) {
            self.sooner.notify_all();
        }
    }
}
