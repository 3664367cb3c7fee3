//! How long something took on the wall: for reports only, no run can see it.

/// A running stopwatch.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts now.
    #[allow(clippy::disallowed_methods, reason = "wall time is reported beside a run, never given to it")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Seconds since the start \[s\].
    pub fn elapsed_s(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
