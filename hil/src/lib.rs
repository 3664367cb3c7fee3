//! The world that is there: real sockets, real cameras, the wall clock.
//!
//! Owns so far the sockets of a virtual camera ([`CameraSockets`]), the [`WallClock`], the control connection to a
//! camera with its dead-man ([`control`]), and video captured by OpenCV (`capture`, feature `opencv`). The rest of
//! the safety envelope and calibration probes will live here, too. It is the only crate beside the live executor that
//! may ask a clock. It knows the VISCA crate and nothing of the stack or the simulator, so that neither can ever hold
//! it up.

#![forbid(unsafe_code)]

#[cfg(feature = "opencv")]
pub mod capture;
mod clock;
pub mod control;
mod sockets;
pub mod sync;

pub use clock::{Clock, WallClock, unix_ms};
pub use sockets::{Bound, CameraSockets, Heard, Listen, Remote, SocketError};
