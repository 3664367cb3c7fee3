//! Scenario files: the TOML schema, its diagnostics, camera models, and expectations with their verdicts.
//!
//! Text goes in, a [`Scenario`] comes out, or [`Diagnostics`] that point into the text. Nothing here runs anything;
//! [`judge`] weighs the samples of a run that somebody else made.

pub mod camera;
pub mod diagnostic;
pub mod document;
pub mod drawn;
pub mod expect;
pub mod expression;
pub mod load;
pub(crate) mod locate;
pub mod metric;
mod recording;
mod resolve;
mod set;
mod shape;
pub mod signal;
pub mod stack;
mod truth;
pub mod units;
pub mod verdict;

pub use camera::{cameras, load_camera};
pub use diagnostic::{Diagnostic, Diagnostics};
pub use expect::{Expectation, Verb};
pub use expression::Expression;
pub use load::{Attachment, Disk, Files, Memory, Scenario, json_schema, load, parse};
pub use metric::Metric;
pub use set::Set;
pub use signal::Signal;
pub use stack::StackSection;
pub use verdict::{Judgement, Samples, Verdict, judge};
