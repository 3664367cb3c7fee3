//! Virtual time: integer nanoseconds since the start of a run.
//!
//! Everything below the executors takes time as an argument of this type; nothing asks a clock. Spans are
//! [`core::time::Duration`]: integer too, and everybody knows it. Floats appear only at the edges, in
//! [`SimTime::as_secs_f64`] and in control laws that need a step width.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};
use core::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment of a run: nanoseconds since its start, 0 … 584 years.
///
/// ```
/// use tiltyard_visca::SimTime;
/// use core::time::Duration;
///
/// let t = SimTime::ZERO + Duration::from_millis(1500);
/// assert_eq!(t.to_string(), "1.500000000 s");
/// assert_eq!(t - SimTime::from_nanos(500_000_000), Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SimTime(u64);

impl SimTime {
    /// The start of the run.
    pub const ZERO: Self = Self(0);

    /// The moment `nanos` nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The moment `millis` milliseconds after the start.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// Nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start, for control laws and reports \[s\].
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 * 1e-9
    }

    /// The span from `earlier` to here; zero when `earlier` is not earlier.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Signed seconds from `other` to here \[s\].
    pub fn signed_secs_since(self, other: Self) -> f64 {
        if self.0 >= other.0 { (self.0 - other.0) as f64 * 1e-9 } else { -((other.0 - self.0) as f64 * 1e-9) }
    }
}

/// Saturates at the far end of time (584 years).
impl Add<Duration> for SimTime {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl AddAssign<Duration> for SimTime {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

/// Saturates at zero, like [`SimTime::since`].
impl Sub for SimTime {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09} s", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

impl fmt::Debug for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtraction_never_goes_below_zero() {
        assert_eq!(SimTime::from_millis(1) - SimTime::from_millis(2), Duration::ZERO);
    }

    #[test]
    fn the_end_of_time_is_a_wall_not_a_wrap() {
        let end = SimTime::from_nanos(u64::MAX);
        assert_eq!(end + Duration::from_secs(1), end);
    }

    #[test]
    fn signed_difference_has_a_sign() {
        let (a, b) = (SimTime::from_millis(100), SimTime::from_millis(350));
        assert_eq!(b.signed_secs_since(a), 0.25);
        assert_eq!(a.signed_secs_since(b), -0.25);
    }
}
