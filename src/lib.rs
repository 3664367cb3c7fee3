//! Tiltyard: a practice ground for PTZ camera trackers.

#[cfg(feature = "live")]
pub mod api;
pub mod cli;
pub mod footage;
pub mod infer;
pub mod mot;
pub mod report;
pub mod rig;
pub mod run;
#[cfg(feature = "mcap")]
pub mod runfile;
pub mod scenario;
#[cfg(feature = "serve")]
pub mod serve;
pub mod stack;
pub mod sweep;
pub mod sync;
