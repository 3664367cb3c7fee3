//! The wall clock as [`SimTime`]: nanoseconds since it was started, never backwards.

use core::time::Duration;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tiltyard_visca::SimTime;

/// Whoever tells the time of a session.
pub trait Clock: Clone + Send + Sync + 'static {
    /// The time since the start.
    fn now(&self) -> SimTime;
}

/// A clock that runs. Monotonic: it neither jumps with the date nor counts while the machine is suspended.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    started: Instant,
}

impl WallClock {
    /// Starts at zero, now.
    #[allow(clippy::disallowed_methods, reason = "the one place where wall time becomes virtual time")]
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// The time since the start.
    pub fn now(&self) -> SimTime {
        SimTime::ZERO + self.started.elapsed()
    }

    /// How long it is until `at`; zero when that is past.
    pub fn until(&self, at: SimTime) -> Duration {
        at.since(self.now())
    }
}

impl Clock for WallClock {
    fn now(&self) -> SimTime {
        Self::now(self)
    }
}

/// The date \[ms since 1970\], for people who compare logs: it jumps, so nothing may be timed by it. 0 before 1970.
#[allow(clippy::disallowed_methods, reason = "a date beside the session's own time, never instead of it")]
pub fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_and_what_is_past_needs_no_waiting() {
        let clock = WallClock::start();
        let before = clock.now();
        while clock.now() == before {}
        assert!(clock.now() > before);
        assert_eq!(clock.until(before), Duration::ZERO);
        assert!(clock.until(before + Duration::from_hours(1)) > Duration::from_mins(59));
    }
}
