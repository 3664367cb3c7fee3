//! The run file: one run in one MCAP file that reproduces itself.
//!
//! ```text
//! metadata      `tiltyard`: format, version, scenario, seed, command line, chain head, verdict
//! attachments   scenario.toml, camera.toml, what the scenario read, inputs (for a replay)
//! messages      /tick /command /chain /expectation            our own, every number of a run
//!               /tf /camera /image /picture /scene /log       Foxglove's, to be looked at
//! ```
//!
//! Uncompressed, all times virtual, no clock and no host in it: equal runs give equal bytes. It opens in Foxglove,
//! Lichtblick and Rerun. Owns the layout; what is recorded is `run::recording`'s, where files lie is `cli`'s.

mod about;
mod error;
mod events;
mod image;
mod inputs;
mod messages;
mod picture;
mod read;
mod scene;
mod schema;
mod topic;
mod write;

pub use about::About;
pub use error::{ReadError, WriteError};
pub use image::film;
pub use read::{RunFile, read};
pub use schema::{ChainLink, Command, Expectation, Hash, Tick};
pub use topic::Topic;
pub use write::{Account, write};

/// The layout of a run file. A reader takes its own only; a change of any message or attachment changes it, a channel
/// that no reader needs does not.
pub const FORMAT: &str = "tiltyard-run-file/2";

/// The version of the program that writes.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Name of the attachment with the scenario's text.
const SCENARIO: &str = "scenario.toml";

/// Name of the attachment with the camera's text.
const CAMERA: &str = "camera.toml";

/// Name of the attachment with everything that went into the stack.
const INPUTS: &str = "inputs";

/// Media type of what the scenario read; tells its files from ours, whatever they are called.
const READ_BY_SCENARIO: &str = "text/plain";
