//! `tiltyard schema`: the JSON Schema of scenario, camera and sweep files, for editors.

use clap::{Args, ValueEnum};

use super::{Exit, Failure, out};
use crate::scenario::{camera, json_schema};
use crate::sweep;

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Of which file
    #[arg(value_enum, default_value_t = Kind::Scenario)]
    pub kind: Kind,
}

/// The kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Scenario files
    Scenario,
    /// Camera model files
    Camera,
    /// Sweep files
    Sweep,
}

/// The schema as it is printed, and as it lies in `docs/`.
pub fn text(kind: Kind) -> String {
    let schema = match kind {
        Kind::Scenario => json_schema(),
        Kind::Camera => camera::json_schema(),
        Kind::Sweep => sweep::json_schema(),
    };
    format!("{schema:#}\n")
}

/// Prints it.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    out::print(&text(arguments.kind))?;
    Ok(Exit::Success)
}
