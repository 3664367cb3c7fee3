//! The virtual camera from outside: the built program, real sockets, plain clients of the standard library.
//!
//! Wall time runs here. Nothing is asserted of how long a thing takes: tests wait until it is so, and give up after
//! [`harness::PATIENCE`].

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

#[path = "../common/mod.rs"]
mod common;
mod ends;
mod harness;
mod http;
mod readme;
mod sockets;
