//! Reports: what people and machines read of a run. Nothing here runs or judges anything.

#[cfg(feature = "html")]
pub mod baseline;
pub mod changes;
pub mod command;
pub mod divergence;
#[cfg(feature = "html")]
pub mod html;
pub mod json;
pub mod junit;
pub mod latency_harness;
pub mod mot;
pub mod seed_claims;
pub mod servo;
pub mod skipped;
#[cfg(feature = "live")]
pub mod soak;
pub mod terminal;
pub mod tracking;
pub mod video;
