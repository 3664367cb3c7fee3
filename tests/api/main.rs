//! The HTTP API: its routes in this process, its limits and its end over a real socket, `tiltyard track --api` as a
//! program. Order and counts are asserted, never durations.

#![cfg(feature = "live")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

#[path = "../camera/harness.rs"]
#[allow(dead_code, reason = "shared with the tests of the virtual camera")]
mod harness;

#[path = "../common/mod.rs"]
mod common;

mod defects;
mod document;
mod flood;
mod problems;
mod program;
mod session;
mod sockets;
mod stream;
mod writing;
