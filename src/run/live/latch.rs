//! A door that opens once: the end of a thread, or the end of a hang that a test has made.

use core::time::Duration;

use crate::sync::{Condvar, Mutex, lock, wait_while};

/// Closed until opened, and open from then on.
#[derive(Debug, Default)]
pub struct Latch {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Latch {
    /// Opens it; who waits goes on.
    pub fn open(&self) {
        *lock(&self.open) = true;
        self.opened.notify_all();
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        *lock(&self.open)
    }

    /// Waits until it is open, for `patience` at most. Whether it is.
    pub fn wait(&self, patience: Duration) -> bool {
        *wait_while(&self.opened, lock(&self.open), patience, |open| !*open)
    }
}
