//! Locks and condition variables: the standard library's, or loom's where a model checker runs the very same code.
//!
//! All waiting goes through [`wait`] and [`wait_while`]. The model checker knows no time that passes by itself: there,
//! a wait ends with a notification only, and a model lets time go on by setting its clock and notifying.

use core::time::Duration;

#[cfg(tiltyard_loom)]
pub use loom::sync::{Condvar, Mutex, MutexGuard};
use std::sync::PoisonError;
#[cfg(not(tiltyard_loom))]
pub use std::sync::{Condvar, Mutex, MutexGuard};

/// Locks; what a thread that panicked left behind is taken as it is.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a notification, for `span` at most; without one, for ever. May end early.
#[cfg(not(tiltyard_loom))]
pub fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>, span: Option<Duration>) -> MutexGuard<'a, T> {
    match span {
        Some(span) => condvar.wait_timeout(guard, span).unwrap_or_else(PoisonError::into_inner).0,
        None => condvar.wait(guard).unwrap_or_else(PoisonError::into_inner),
    }
}

/// Waits for a notification, which may be that of the model's clock.
#[cfg(tiltyard_loom)]
pub fn wait<'a, T>(condvar: &Condvar, guard: MutexGuard<'a, T>, _: Option<Duration>) -> MutexGuard<'a, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Waits while `waits` says so, for `span` at most.
#[cfg(not(tiltyard_loom))]
pub fn wait_while<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    span: Duration,
    waits: impl FnMut(&mut T) -> bool,
) -> MutexGuard<'a, T> {
    condvar.wait_timeout_while(guard, span, waits).unwrap_or_else(PoisonError::into_inner).0
}

/// Waits while `waits` says so: a span of zero is over, any other never is.
#[cfg(tiltyard_loom)]
pub fn wait_while<'a, T>(
    condvar: &Condvar,
    mut guard: MutexGuard<'a, T>,
    span: Duration,
    mut waits: impl FnMut(&mut T) -> bool,
) -> MutexGuard<'a, T> {
    while waits(&mut guard) && !span.is_zero() {
        guard = wait(condvar, guard, None);
    }
    guard
}
