//! Draws of a [`Delay`].
//!
//! A constant draws nothing, a uniform delay one number, a Gaussian one normal number. Draws below zero count as zero;
//! so the mean of a Gaussian with sd ≳ mean/2 lies above the one written. Resolution 1 ns.

use core::time::Duration;

use crate::config::Delay;
use crate::rng::Stream;

/// One draw of `delay`.
pub fn sample(delay: &Delay, rng: &mut Stream) -> Duration {
    match *delay {
        Delay::Constant(span) => span,
        Delay::Normal { mean, sd } => nanos(mean.as_nanos() as f64 + sd.as_nanos() as f64 * rng.normal()),
        Delay::Uniform { from, to } => nanos(rng.uniform_in(from.as_nanos() as f64, to.as_nanos() as f64)),
    }
}

/// The mean of `delay` as it is written; see the top for Gaussians that reach below zero.
pub fn mean(delay: &Delay) -> Duration {
    match *delay {
        Delay::Constant(span) => span,
        Delay::Normal { mean, .. } => mean,
        Delay::Uniform { from, to } => (from + to) / 2,
    }
}

/// The nearest whole span ≥ 0 \[ns\].
fn nanos(value: f64) -> Duration {
    // The cast saturates: below zero is zero.
    Duration::from_nanos(libm::round(value) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn a_constant_draws_nothing() {
        let mut rng = stream(1, "test");
        assert_eq!(sample(&Delay::Constant(MS(80)), &mut rng), MS(80));
        assert_eq!(rng.position(), 0);
    }

    #[test]
    fn draws_below_zero_are_zero() {
        let mut rng = stream(1, "test");
        let wide = Delay::Normal { mean: MS(1), sd: MS(50) };
        // Half of N(1, 50²) lies below about zero.
        let zeros = (0..1000).filter(|_| sample(&wide, &mut rng).is_zero()).count();
        assert!((400..600).contains(&zeros), "{zeros}");
    }

    #[test]
    fn a_uniform_delay_stays_between_its_ends() {
        let mut rng = stream(1, "test");
        let delay = Delay::Uniform { from: MS(10), to: MS(12) };
        assert!((0..1000).map(|_| sample(&delay, &mut rng)).all(|span| span >= MS(10) && span <= MS(12)));
    }
}
