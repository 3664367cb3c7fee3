//! Runs: a scenario through the stack under virtual time, recorded, hashed, measured and judged.
//!
//! Silent: what is printed is `report`'s business.

mod batch;
pub mod capture;
pub mod chain;
pub mod diff;
mod executor;
pub mod floors;
mod fork;
pub mod latency_harness;
pub mod limits;
#[cfg(any(feature = "live", tiltyard_loom, miri))]
pub mod live;
pub mod metrics;
pub mod oracle;
mod parallel;
pub mod perception;
pub mod recording;
pub mod replay;
mod result;
pub mod servo_suite;
pub mod side;
pub mod snapshot;
mod stopwatch;
pub mod trace;

pub use batch::{Job, check_determinism, record_batch, run_batch};
pub use executor::{Execution, Own, Recorded, RunError, execute};
pub use fork::{run_fork, run_forks, run_snapshot};
pub use metrics::Metrics;
pub(crate) use parallel::each;
pub use recording::Recording;
pub use result::{ExpectationResult, RunResult, RunVerdict, conclude, invalid, judge_recorded, run_own, run_scenario};
pub use snapshot::{Snapshot, SnapshotError};
pub use stopwatch::Stopwatch;
pub use trace::{Sample, Trace};
