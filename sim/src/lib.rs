//! A world that is made up: gimbal, lens, link, video and targets under virtual time.
//!
//! ```text
//!            transmit ┌──────┐ bytes  ┌─────────────── camera ───────────────┐
//!  stack ────────────►│ link │───────►│ device ──► gimbal (rapier) ─┐        │
//!    ▲  ▲  Bytes      │      │◄───────│        ──► lens ────────────┤        │
//!    │  └─────────────└──────┘        └─────────────────────────────┼────────┘
//!    │  Tick, Frame   ┌───────┐  truth boxes  ┌────────────┐  pose  │
//!    └────────────────│ video │◄──────────────│ projection │◄───────┘
//!                     └───────┘   occlusion   └────────────┘◄── targets, occluders
//! ```
//!
//! [`World`] owns all of it and one event queue; it does no I/O and asks no clock. `config` says what a world is made
//! of. Each other module is one component: its document gives equation, units, order, initial state and what it does
//! not model.

#![forbid(unsafe_code)]

pub mod camera;
mod check;
pub mod config;
pub mod delay;
mod faults;
pub mod footage;
pub mod gimbal;
pub mod lens;
pub mod link;
pub mod occlusion;
pub mod plant;
pub mod projection;
pub mod queue;
pub mod render;
pub mod rng;
pub mod servo;
pub mod target;
pub mod video;
pub mod walk;
mod world;

pub use projection::TruthBox;
pub use target::TargetState;
pub use video::Arrival;
pub use world::{Delivery, Truth, World, WorldError};
