//! Runs: a scenario through the stack under virtual time, recorded, hashed, measured and judged.
//!
//! Silent: what is printed is `report`'s business.

mod batch;
pub mod capture;
pub mod chain;
pub mod diff;
mod executor;
pub mod metrics;
pub mod recording;
pub mod replay;
mod result;
pub mod side;
mod stopwatch;
pub mod trace;

pub use batch::{Job, check_determinism, run_batch};
pub use executor::{Execution, Recorded, RunError, execute};
pub use metrics::Metrics;
pub use recording::Recording;
pub use result::{ExpectationResult, RunResult, RunVerdict, judge_recorded, run_scenario};
pub use stopwatch::Stopwatch;
pub use trace::{Sample, Trace};
