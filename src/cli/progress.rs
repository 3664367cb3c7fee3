//! A bar on a terminal while runs are made; nothing elsewhere, and nothing without the feature `progress`.

#[cfg(feature = "progress")]
pub use bar::Progress;

#[cfg(not(feature = "progress"))]
pub use silent::Progress;

#[cfg(feature = "progress")]
mod bar {
    use std::io::IsTerminal;

    use indicatif::{ProgressBar, ProgressStyle};

    /// How far a batch of runs has come.
    pub struct Progress(ProgressBar);

    impl Progress {
        /// A bar for this many runs, if one is wanted and standard error is a terminal.
        pub fn start(runs: usize, wanted: bool) -> Self {
            if !wanted || !std::io::stderr().is_terminal() {
                return Self(ProgressBar::hidden());
            }
            let style = ProgressStyle::with_template("{bar:32} {pos}/{len} runs  {per_sec}  {eta} left");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            Self(ProgressBar::new(runs as u64).with_style(style))
        }

        /// One run ended.
        pub fn step(&self) {
            self.0.inc(1);
        }

        /// So many runs ended, or were there.
        pub fn steps(&self, runs: u64) {
            self.0.inc(runs);
        }

        /// All runs ended: the bar goes.
        pub fn end(&self) {
            self.0.finish_and_clear();
        }
    }
}

#[cfg(not(feature = "progress"))]
mod silent {
    /// How far a batch of runs has come: nobody is told.
    pub struct Progress;

    impl Progress {
        pub const fn start(_: usize, _: bool) -> Self {
            Self
        }

        #[allow(clippy::unused_self, reason = "the bar's twin")]
        pub const fn step(&self) {}

        #[allow(clippy::unused_self, reason = "the bar's twin")]
        pub const fn steps(&self, _: u64) {}

        #[allow(clippy::unused_self, reason = "the bar's twin")]
        pub const fn end(&self) {}
    }
}
