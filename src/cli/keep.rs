//! `run --out DIR --keep …`: run files of the runs that are worth one.
//!
//! Runs are made fast first; those that are kept are made again, recorded. They are deterministic, so that is the same
//! run, and runs that are not kept pay nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use rayon::prelude::*;

use super::{Failure, out};
use crate::report::command::run_again;
use crate::run::{Execution, Job, RunResult, RunVerdict, judge_recorded};
use crate::runfile::{Account, film, write};

/// Which runs are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Keep {
    /// Those that did not pass
    #[default]
    Failures,
    /// All
    All,
    /// None
    None,
}

/// Writes a run file of each run that is kept; where each lies, in the order of the runs. `sets` are the overrides as
/// typed.
pub fn keep(
    folder: &Path,
    keep: Keep,
    runs: &[(&Job<'_>, &RunResult)],
    sets: &[String],
    workers: usize,
) -> Result<Vec<Option<PathBuf>>, Failure> {
    let wanted = |result: &RunResult| match keep {
        Keep::Failures => result.verdict != RunVerdict::Pass,
        Keep::All => true,
        Keep::None => false,
    };
    // Without a chain there was no run: its reason stands in the report.
    let mut paths = BTreeSet::new();
    let mut files = Vec::new();
    let mut places = vec![None; runs.len()];
    for ((job, result), place) in runs.iter().zip(&mut places) {
        if result.chain.is_empty() || !wanted(result) {
            continue;
        }
        let path = folder.join(file_name(job));
        *place = Some(path.clone());
        if !paths.insert(path.clone()) {
            let path = path.display();
            return Err(Failure::Usage(format!("two runs would be kept as {path} (run them one after the other)")));
        }
        files.push((path, *job, *result));
    }
    let one = |(path, job, result): &(PathBuf, &Job<'_>, &RunResult)| write_one(path, job, result, sets);
    match rayon::ThreadPoolBuilder::new().num_threads(workers).build() {
        Ok(pool) if workers > 1 => pool.install(|| files.par_iter().map(one).collect::<Result<(), _>>())?,
        _ => files.iter().try_for_each(one)?,
    }
    Ok(places)
}

fn write_one(path: &Path, job: &Job<'_>, result: &RunResult, sets: &[String]) -> Result<(), Failure> {
    let failed = |error: &dyn std::error::Error| Failure::Environment(format!("{}: {error}", path.display()));
    let execution = Execution::new(job.scenario, job.seed).map_err(|error| failed(&error))?;
    let recorded = execution.recording().filming(film(job.scenario)).finish().map_err(|error| failed(&error))?;
    let again = judge_recorded(job.scenario, job.seed, &recorded);
    if again.chain != result.chain {
        out::warn(&format!("{} was another run when it was made again (try --check-determinism)", path.display()));
    }
    let command_line = run_again(&job.scenario.file, job.seed, sets);
    let account = Account {
        scenario: job.scenario,
        seed: job.seed,
        recorded: &recorded,
        result: &again,
        command_line: &command_line,
    };
    out::write_file(path, write(&account).map_err(|error| failed(&error))?)
}

/// "motion/step" with seed 7 → "motion-step-seed7.mcap".
fn file_name(job: &Job<'_>) -> String {
    format!("{}-seed{}.mcap", job.scenario.name.replace('/', "-"), job.seed)
}
