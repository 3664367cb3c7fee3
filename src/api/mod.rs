//! The HTTP API of a live session: what the stack knows, as JSON, events and Prometheus' text; whom to follow.
//!
//! ```text
//!  control thread ──publish──► MetadataManager ──► Herald ──watch──► any number of HTTP readers
//!        ▲                                         (a thread)
//!        └── Inbox ◄── PUT, DELETE /api/target
//! ```
//!
//! However many readers there are, the control loop meets one: the [`Herald`], which waits at the metadata manager and
//! hands each tick on. Readers share the immutable tick; its text and its age are made when it is read. The session's
//! status is asked for ten times a second at most.
//!
//! Limits: [`Limits`]. Loopback needs no token; any other address does, for the routes that write ([`Bound::bind`]
//! refuses without one). Every error is a [`Problem`]. The routes are in docs/api.md and, made from the router, in
//! `/openapi.json`.

mod health;
mod herald;
mod metadata;
mod metrics;
mod problem;
mod reading;
mod router;
mod server;
mod shared;
mod target;
mod token;

pub use health::{Health, Readiness};
pub use herald::Herald;
pub use problem::Problem;
pub use reading::{Coverage, NoData, Reading};
pub use router::router;
pub use server::{Api, ApiError, Bound};
pub use shared::{Limits, Source};
pub use target::{Target, Wanted};
pub use token::{Token, TokenError};
