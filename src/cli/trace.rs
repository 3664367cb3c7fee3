//! `tiltyard trace`: the hash chain of a run, and every field of the state at one tick, as JSON.
//!
//! What `diff` reads of another build; of use to anybody who wants to look inside.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure, files, out};
use crate::run::perception;
use crate::run::side::Traced;

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A scenario file
    pub scenario: PathBuf,
    /// Instead of the scenario's own seed
    #[arg(long)]
    pub seed: Option<u64>,
    /// Change a key of the scenario
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Also print every field of the state at this tick
    #[arg(long)]
    pub tick: Option<usize>,
}

/// Prints it.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let scenario = files::load_one(&arguments.scenario, &files::parse_sets(&arguments.sets)?)?;
    perception::ready([&scenario]).map_err(Failure::Environment)?;
    let seed = arguments.seed.unwrap_or(scenario.seed);
    let traced = Traced::here(&scenario, seed, arguments.tick).map_err(|error| Failure::Usage(error.to_string()))?;
    let text = serde_json::to_string(&traced).map_err(|error| Failure::Environment(error.to_string()))?;
    out::print(&(text + "\n"))?;
    Ok(Exit::Success)
}
