//! `tiltyard replay RUN`: a run file's inputs through the stack once more; the commands must come out the same.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure, files, out};
use crate::run::chain::Link;
use crate::run::replay::{Parting, replay};
use crate::runfile::{RunFile, VERSION, read};

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A run file, as `run --out` writes it
    pub file: PathBuf,
    /// Change a key of the scenario: shows where another stack would have sent something else
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
}

/// Replays and prints. The same commands at the same times are a success.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let shown = arguments.file.display();
    let refuse = |error: &dyn std::fmt::Display| Failure::Usage(format!("failed to replay {shown}: {error}"));
    let sets = files::parse_sets(&arguments.sets)?;
    let bytes = std::fs::read(&arguments.file).map_err(|error| refuse(&error))?;
    let file = read(&bytes).map_err(|error| refuse(&error))?;
    if file.about.version != VERSION {
        out::warn(&format!("{shown} was written by version {}; this is version {VERSION}", file.about.version));
    }
    let scenario = file.scenario(&sets).map_err(|diagnostics| Failure::Files(vec![diagnostics]))?;
    let replayed = replay(&scenario, file.about.seed, file.inputs.clone()).map_err(|error| refuse(&error))?;
    let sent = replayed.recording.as_ref().map_or(&[][..], |recording| &recording.sent);
    let parting = Parting::of(&file.sent, sent);
    out::print(&told(&file, &scenario.name, parting.as_ref(), replayed.chain.links()))?;
    Ok(if parting.is_none() { Exit::Success } else { Exit::Failed })
}

fn told(file: &RunFile, scenario: &str, parting: Option<&Parting>, links: &[Link]) -> String {
    let mut text = format!("{scenario} seed {}: ", file.about.seed);
    // Writing to a string does not fail.
    let _ = match parting {
        None => writeln!(text, "all {} commands came out equal, byte for byte and to the nanosecond", file.sent.len()),
        Some(parting) => writeln!(text, "{} commands came out equal\n{parting}", parting.index),
    };
    let _ = match state_parts(&file.links, links) {
        None => writeln!(text, "the stack was in the same state at all {} ticks", file.links.len()),
        Some(tick) => writeln!(text, "the stack's state parts at tick {tick} of {}", file.links.len()),
    };
    text
}

/// The first tick at which perception, tracker or control are not what they were; the world's part is not replayed.
fn state_parts(recorded: &[Link], replayed: &[Link]) -> Option<usize> {
    let own = |link: &Link| [5, 6, 7].map(|subsystem| link.subsystems[subsystem]);
    (0..recorded.len().max(replayed.len())).find(|&at| recorded.get(at).map(own) != replayed.get(at).map(own))
}
