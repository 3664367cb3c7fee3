//! Locks and threads in every order there is: loom runs the shipped frame buffer, metadata manager, watchdog and latch,
//! and the same models find a planted defect in a wrong copy of each.
//!
//! ```console
//! $ .ci/loom
//! ```
//!
//! Nothing happens here by itself, time included: a model moves its clock and nudges. A wake-up that gets lost is a
//! deadlock, which loom reports.
//!
//! Without loom the models run a few times on threads of the system, and under Miri (`.ci/miri`) by its seeds; the
//! plants are for loom alone.

#![cfg(any(feature = "live", tiltyard_loom, miri))]
#![cfg_attr(not(tiltyard_loom), allow(dead_code, unused_imports, reason = "the plants are for loom"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod explore;
mod frames;
mod metadata;
mod shutdown;
mod watch;
