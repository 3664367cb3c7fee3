//! The stack live: threads, sockets, video, against `tiltyard camera` in a process of its own. Order and counts are
//! asserted, never durations.

#![cfg(feature = "live")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

#[path = "../camera/harness.rs"]
#[allow(dead_code, reason = "shared with the tests of the virtual camera")]
mod harness;

#[path = "../common/mod.rs"]
mod common;

mod follows;
mod pixels;
mod program;
mod rig;
mod stops;
