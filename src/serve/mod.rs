//! The virtual camera: a scenario's world in wall time, on real sockets, for a tracker in any language.
//!
//! ```text
//!            one thread                                  others, never waited for
//!  sockets (hil) ──bytes──► World ──replies──► sockets
//!                             │ control tick: truth ───────────► HTTP: /truth.json, /truth/events
//!                             │ bytes: journal ────────────────► HTTP: /log.json, /log/events
//!                             └ frame arrives: scene ► picture ► HTTP: /stream.mjpg, /snapshot.jpg
//! ```
//!
//! The world is the one that `run` simulates, and the clock is the only difference: wall time is cut into the same
//! events. A foreign tracker drives, so there is no stack here, and what only a stack knows is not judged ([`seen`]).
//! A run in wall time is not repeatable and has no hash chain.

pub(crate) mod accept;
mod board;
mod camera;
mod controllers;
mod decode;
mod http;
mod journal;
mod picture;
pub mod seen;
mod setting;
mod site;
mod stream;
mod truth;

pub use camera::{Ended, ServeError, Setup, Summary, VirtualCamera};
pub use picture::{Figure, Scene, draw};
pub use setting::{bare, bare_with};
