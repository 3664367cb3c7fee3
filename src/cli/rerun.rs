//! `tiltyard rerun`: the runs that did not pass the last time, and no others.

use std::path::{Path, PathBuf};

use clap::{Args, Parser};

use super::run::{self, Format};
use super::{Exit, Failure, files, publish};
use crate::report::last::Last;
use crate::run::Job;

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What `run` noted: here by itself, or as last.json in the folder of its --out
    #[arg(default_value = publish::LAST)]
    pub file: PathBuf,
    /// Runs at a time; as many as there are cores when absent
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Where run files (MCAP) of what fails again go
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `run` without a word behind it.
#[derive(Parser)]
struct Bare {
    #[command(flatten)]
    run: run::Arguments,
}

/// Runs them with the seeds and overrides that they had.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let file = arguments.file.display();
    let text = match std::fs::read_to_string(&arguments.file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && arguments.file == Path::new(publish::LAST) => {
            super::out::warn(
                "nothing failed in the last `tiltyard run` here, or there was none: nothing was evaluated",
            );
            return Ok(Exit::Invalid);
        }
        Err(error) => return Err(Failure::Usage(format!("failed to read {file}: {error}"))),
    };
    let last = Last::read(&text)
        .map_err(|reason| Failure::Usage(format!("{file} does not say what failed: {reason} (`run` writes it)")))?;
    let mut paths: Vec<PathBuf> = last.runs.iter().map(|one| PathBuf::from(&one.file)).collect();
    paths.sort();
    paths.dedup();
    if let Some(gone) = paths.iter().find(|path| !path.is_file()) {
        let gone = gone.display();
        return Err(Failure::Usage(format!("{gone} failed and is not there (start where `tiltyard run` was started)")));
    }
    let scenarios = files::load_all(&paths, &files::parse_sets(&last.sets)?)?;
    let named = |name: &str| paths.iter().position(|path| path == Path::new(name));
    let jobs: Vec<Job<'_>> = last
        .runs
        .iter()
        .filter_map(|one| Some(Job { scenario: scenarios.get(named(&one.file)?)?, seed: one.seed }))
        .collect();
    let bare = Bare::try_parse_from(["tiltyard"]).map_err(|error| Failure::Usage(error.to_string()))?.run;
    let arguments = run::Arguments {
        paths,
        sets: last.sets,
        jobs: arguments.jobs,
        format: arguments.format,
        junit: arguments.junit.clone(),
        out: arguments.out.clone(),
        ..bare
    };
    run::make(&arguments, &scenarios, &jobs, &[])
}
