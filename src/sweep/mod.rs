//! Sweeps: many points of some parameters, each over scenarios × cameras × seeds, in one table.
//!
//! ```text
//!  sweep file ──► Plan ──► parts, written whole ──► merge ──► runs.csv, points.csv
//!                  │ sampler: number → point            (stable order, equal bytes)
//!                  │ cell: number → scenario, camera, seed
//! ```
//!
//! A run is a function of the plan and its number alone. Who makes it, in which order, on which machine, and after how
//! many interruptions leaves no mark in the table.

pub mod execute;
pub mod file;
pub mod parameter;
pub mod part;
pub mod plan;
pub mod row;
pub mod sampler;
pub mod score;
pub mod table;
#[cfg(feature = "tune")]
pub mod tune;

pub use execute::{Failed, Outcome, Shard, execute};
pub use file::{Document, SweepFile, json_schema};
pub use plan::{Plan, Refused};
pub use table::{Merged, Progress, merge, points_csv, runs_csv};
