//! The VISCA protocol, both ends, and the ground floor of Tiltyard.
//!
//! Nothing in this crate does I/O or asks a clock: time comes in as [`SimTime`], bytes go out as values.
//!
//! ```text
//!                 Command / Inquiry → Frame → bytes
//!   Controller  ─────────────────────────────────────→  Device
//!   (the stack's end)                                   (the camera's end)
//!               ←─────────────────────────────────────
//!                 bytes → Deframer → Frame → Reply
//! ```
//!
//! Both ends have one way in and one way out: `handle_input`, then `poll_output` until it says `WaitUntil`. Because the
//! order of outputs is the library's and not the caller's, no caller's habit becomes part of a result.
//! Codes and position units become degrees in one place only, [`model`].

#![forbid(unsafe_code)]

pub mod command;
pub mod controller;
mod datagram;
mod deframer;
pub mod device;
mod dialect;
mod error;
pub mod frame;
pub mod inquiry;
mod message;
pub mod model;
mod nibbles;
pub mod num;
mod peer;
mod quirks;
pub mod reply;
pub mod sony;
mod state;
#[cfg(test)]
mod testing;
mod time;

pub use command::{Command, Corner, Drive, Focus, FocusSwitch, Limit, Memory, Motor, MoveSpeed, SpeedStep, ZoomDrive};
pub use controller::{
    Controller, ControllerConfig, ControllerEvent, ControllerInput, ControllerOutput, Counters, Misbehaviour,
};
pub use datagram::{Datagram, TooLong};
pub use deframer::Deframer;
pub use device::{Device, DeviceEvent, DeviceInput, DeviceOutput, PanTiltMotion, Readings, ZoomMotion};
pub use dialect::Dialect;
pub use error::{FrameError, ParseError};
pub use frame::{Address, Frame, Header};
pub use inquiry::{Answer, FocusMode, HeadMotion, Initialisation, Inquiry, LensBlock, PanTiltStatus, Power, Version};
pub use message::Message;
pub use peer::{Framing, Peer};
pub use quirks::{Positions, Quirks, SonyHeader};
pub use reply::{Payload, Refusal, Reply};
pub use state::{Fold, State, Visit};
pub use time::SimTime;
