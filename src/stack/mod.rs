//! The tracker under test: frames in, VISCA bytes out.
//!
//! ```text
//!  frames ▶ Latest ▶ Detector ▶ Tracker ▶ Selector ▶ Phase ▶ Search ▶ Servo + Zoom ▶ Shape ▶ Controller ▶ bytes
//!                                  ▲                                      ▲                      │
//!                                  └──────────── PoseEstimator ───────────┴────── replies ◀──────┘
//! ```
//!
//! Sans-IO: time is an argument, bytes and metadata are values. The same objects run under virtual time and on
//! threads. This room knows neither the simulator, nor hardware, nor files, nor a clock (`tests/tidy.rs` holds that).
//!
//! To put your own part under test, implement one of [`Detector`], [`Tracker`], [`Servo`] or [`ZoomLaw`], and hand it
//! to `run::run_own`: `examples/` has two whole programs.

pub mod config;
pub mod detect;
pub mod frame;
pub mod geometry;
pub mod latest;
pub mod lens;
pub mod memory;
pub mod metadata;
mod parts;
pub mod phase;
pub mod pose;
pub mod saved;
pub mod search;
pub mod select;
pub mod servo;
pub mod shape;
pub mod track;
mod tracker_stack;
pub mod watchdog;
pub mod zoom;

pub use config::StackConfig;
pub use detect::{Detection, Detector};
pub use frame::Frame;
pub use metadata::{MetadataManager, MetadataTick};
pub use parts::Parts;
pub use phase::Phase;
pub use saved::Saved;
pub use servo::Servo;
pub use track::{Track, Tracker};
pub use tracker_stack::{Decision, Output, Stack, StackState};
pub use zoom::ZoomLaw;

// What the traits speak of, so that a part needs this crate alone.
pub use tiltyard_visca::{SimTime, State, Visit, num};
