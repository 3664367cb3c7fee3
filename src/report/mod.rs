//! Reports: what people and machines read of a run. Nothing here runs or judges anything.

pub mod annotations;
#[cfg(feature = "html")]
pub mod baseline;
pub mod changes;
pub mod command;
pub mod divergence;
pub mod history;
#[cfg(feature = "html")]
pub mod html;
pub mod json;
pub mod junit;
pub mod last;
pub mod latency_harness;
pub mod markdown;
pub mod mot;
#[cfg(test)]
mod sample;
pub mod seed_claims;
pub mod servo;
pub mod skipped;
#[cfg(feature = "live")]
pub mod soak;
pub mod terminal;
pub mod tracking;
pub mod video;
