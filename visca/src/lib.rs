//! The VISCA protocol, both ends, and the ground floor of Tiltyard.
//!
//! Nothing in this crate does I/O or asks a clock: time comes in as [`SimTime`], bytes go out as values.

#![forbid(unsafe_code)]

pub mod model;
pub mod num;
mod state;
mod time;

pub use state::{State, Visit};
pub use time::SimTime;
