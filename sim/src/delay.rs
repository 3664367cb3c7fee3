//! Draws of a [`Delay`].
//!
//! A constant draws nothing, a uniform or a measured delay one number, a Gaussian one normal number. Draws below zero
//! count as zero; so the mean of a Gaussian with sd ≳ mean/2 lies above the one written. Resolution 1 ns.

use core::time::Duration;

use crate::config::Delay;
use crate::rng::Stream;

/// One draw of `delay`.
pub fn sample(delay: &Delay, rng: &mut Stream) -> Duration {
    match *delay {
        Delay::Constant(span) => span,
        Delay::Normal { mean, sd } => nanos(mean.as_nanos() as f64 + sd.as_nanos() as f64 * rng.normal()),
        Delay::Measured { min, median, p95, max } => quantile([min, median, p95, max], rng.uniform()),
        Delay::Uniform { from, to } => nanos(rng.uniform_in(from.as_nanos() as f64, to.as_nanos() as f64)),
    }
}

/// The mean of `delay` as it is written; see the top for Gaussians that reach below zero.
pub fn mean(delay: &Delay) -> Duration {
    match *delay {
        Delay::Constant(span) => span,
        Delay::Normal { mean, .. } => mean,
        // Of each piece the middle, by its share.
        Delay::Measured { min, median, p95, max } => (min + median) / 4 + (median + p95) * 9 / 40 + (p95 + max) / 40,
        Delay::Uniform { from, to } => (from + to) / 2,
    }
}

/// The quantile of this share between the four that are known.
fn quantile([min, median, p95, max]: [Duration; 4], share: f64) -> Duration {
    let (low, high, part) = match share {
        share if share < 0.5 => (min, median, share / 0.5),
        share if share < 0.95 => (median, p95, (share - 0.5) / 0.45),
        share => (p95, max, (share - 0.95) / 0.05),
    };
    let (low, high) = (low.as_nanos() as f64, high.as_nanos() as f64);
    nanos(low + (high - low) * part)
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
    fn a_measured_delay_has_the_quantiles_and_the_mean_it_was_told() {
        let mut rng = stream(1, "test");
        let delay = Delay::Measured { min: MS(7), median: MS(8), p95: MS(11), max: MS(40) };
        let mut draws: Vec<f64> = (0..20_000).map(|_| sample(&delay, &mut rng).as_secs_f64() * 1e3).collect();
        draws.sort_by(f64::total_cmp);
        // Standard errors of the quantiles √(q(1−q)/n) / density: 0.007, 0.01 and 0.01 ms; five each allowed.
        assert!(draws[0] >= 7.0 && draws[19_999] <= 40.0);
        assert!(
            (draws[10_000] - 8.0).abs() < 0.05 && (draws[19_000] - 11.0).abs() < 0.5,
            "{} {}",
            draws[10_000],
            draws[19_000]
        );
        let drawn = draws.iter().sum::<f64>() / 20_000.0;
        assert!((drawn - mean(&delay).as_secs_f64() * 1e3).abs() < 0.1, "{drawn} {:?}", mean(&delay));
    }

    #[test]
    fn a_uniform_delay_stays_between_its_ends() {
        let mut rng = stream(1, "test");
        let delay = Delay::Uniform { from: MS(10), to: MS(12) };
        assert!((0..1000).map(|_| sample(&delay, &mut rng)).all(|span| span >= MS(10) && span <= MS(12)));
    }
}
