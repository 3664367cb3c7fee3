//! `tiltyard history FILE`: where each scenario has been going, batch by batch.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Exit, Failure, out};
use crate::report::history::{Follow, read, table};

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A file that `run --history` writes
    #[arg(default_value = "history.jsonl")]
    pub file: PathBuf,
    /// What to follow
    #[arg(long, value_enum, default_value_t)]
    pub metric: Metric,
    /// The newest batches, so many
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub last: u16,
}

/// What to follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Metric {
    /// The tightest margin
    #[default]
    Margin,
    /// The largest RMS error
    Rms,
    /// The share of runs that passed
    Passed,
}

/// Prints the table.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let file = arguments.file.display();
    let bytes = std::fs::read(&arguments.file)
        .map_err(|error| Failure::Usage(format!("failed to read {file}: {error} (`run --history` writes one)")))?;
    let (batches, damaged) = read(&String::from_utf8_lossy(&bytes));
    for (line, reason) in &damaged {
        out::warn(&format!("{file}:{line} is left out: {reason}"));
    }
    if batches.is_empty() {
        return Err(Failure::Usage(format!("there is no batch in {file} (`run --history` writes one)")));
    }
    let newest = batches.len().saturating_sub(usize::from(arguments.last));
    let follow = match arguments.metric {
        Metric::Margin => Follow::Margin,
        Metric::Rms => Follow::Rms,
        Metric::Passed => Follow::Passed,
    };
    out::print(&table(batches.get(newest..).unwrap_or_default(), follow))?;
    Ok(Exit::Success)
}
