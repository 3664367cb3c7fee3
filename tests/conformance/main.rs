//! The virtual camera against clients that nobody here wrote: one body, three arms.
//!
//! Goal: what a real client expects of a real camera, ours gives. Method: `grafton-visca` (async facade) drives the
//! camera through [`body`], and what it reads is compared with the truth of the world. The arms differ in what lies in
//! between: bytes in memory under virtual time ([`memory`]), UDP and TCP on the loopback ([`sockets`]).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod arm;
mod body;
mod memory;
#[cfg(feature = "serve")]
mod sockets;
#[cfg(feature = "serve")]
mod stop;
