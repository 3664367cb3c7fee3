//! How long things take, counted in a fixed number of bins: a session of a week needs no more memory than one of a
//! minute.

use core::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

/// Width of a bin, unless told otherwise.
const BIN: Duration = Duration::from_micros(500);
/// Bins; what takes longer (4 s at the usual width) counts into the last one.
const BINS: usize = 8000;

/// A histogram of spans.
#[derive(Clone, Debug)]
pub struct Histogram {
    bin_us: u128,
    bins: Vec<u32>,
    count: u64,
}

/// Three numbers of a histogram \[ms\]: so many of a hundred took no longer. `null` without a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Quantiles {
    /// Half of them.
    pub p50_ms: Option<f64>,
    /// 95 of a hundred.
    pub p95_ms: Option<f64>,
    /// 99 of a hundred.
    pub p99_ms: Option<f64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::with_bin(BIN)
    }
}

impl Histogram {
    /// One whose bins are so wide, a microsecond or more; there are always 8000 of them.
    pub fn with_bin(bin: Duration) -> Self {
        Self { bin_us: bin.as_micros().max(1), bins: vec![0; BINS], count: 0 }
    }

    /// One more.
    pub fn add(&mut self, span: Duration) {
        let bin = usize::try_from(span.as_micros() / self.bin_us).unwrap_or(usize::MAX).min(BINS - 1);
        if let Some(bin) = self.bins.get_mut(bin) {
            *bin = bin.saturating_add(1);
        }
        self.count += 1;
    }

    /// All of another one, whose bins are as wide.
    pub fn add_all(&mut self, other: &Self) {
        for (bin, more) in self.bins.iter_mut().zip(&other.bins) {
            *bin = bin.saturating_add(*more);
        }
        self.count += other.count;
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.bins.fill(0);
        self.count = 0;
    }

    /// How many.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The upper edge of the bin that `share` of them (0 ..= 1) do not exceed \[ms\].
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let wanted = libm::ceil(share * self.count as f64) as u64;
        let mut seen = 0;
        let bin = self.bins.iter().position(|&bin| {
            seen += u64::from(bin);
            seen > 0 && seen >= wanted
        })?;
        Some((bin + 1) as f64 * self.bin_us as f64 * 1e-3)
    }

    /// The usual three.
    pub fn quantiles(&self) -> Quantiles {
        let [p50_ms, p95_ms, p99_ms] = [0.5, 0.95, 0.99].map(|share| self.quantile_ms(share));
        Quantiles { p50_ms, p95_ms, p99_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_sorted_list_to_a_bin() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantiles(), Quantiles::default());
        for ms in 1..=100 {
            histogram.add(Duration::from_millis(ms));
        }
        assert_eq!(histogram.count(), 100);
        assert_eq!(histogram.quantile_ms(0.5), Some(50.5));
        assert_eq!(histogram.quantile_ms(0.95), Some(95.5));
        assert_eq!(histogram.quantile_ms(1.0), Some(100.5));
        histogram.add(Duration::from_secs(1000));
        assert_eq!(histogram.quantile_ms(1.0), Some(4000.0), "the last bin takes what is longer");
        histogram.clear();
        assert_eq!(histogram.quantile_ms(0.5), None);
    }

    #[test]
    fn narrow_bins_tell_more_and_sums_are_those_of_both() {
        let narrow = |from_us, to_us| {
            let mut histogram = Histogram::with_bin(Duration::from_micros(50));
            (from_us..to_us).for_each(|us| histogram.add(Duration::from_micros(us)));
            histogram
        };
        let mut both = narrow(0, 500);
        assert_eq!(both.quantile_ms(0.5), Some(0.25));
        both.add_all(&narrow(500, 1000));
        assert_eq!((both.count(), both.quantile_ms(0.5)), (1000, Some(0.5)));
    }
}
