//! The dead-man before a camera: in virtual time, on threads with a made-up line, and over real sockets.

#![cfg(not(tiltyard_loom))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

#[path = "../../../visca/tests/common/mod.rs"]
mod common;
mod guarded;
mod sockets;
mod states;
