//! `run --out DIR --keep …`: run files of the runs that are worth one.
//!
//! Runs are made fast first; those that are kept are made again, recorded. They are deterministic, so that is the same
//! run, and runs that are not kept pay nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use rayon::prelude::*;

use super::{Failure, out};
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

/// Writes a run file of each run that is kept; how many that were. `sets` are the overrides as typed.
pub fn keep(
    folder: &Path,
    keep: Keep,
    runs: &[(&Job<'_>, &RunResult)],
    sets: &[String],
    workers: usize,
) -> Result<usize, Failure> {
    let wanted = |result: &RunResult| match keep {
        Keep::Failures => result.verdict != RunVerdict::Pass,
        Keep::All => true,
        Keep::None => false,
    };
    // Without a chain there was no run: its reason stands in the report.
    let kept = runs.iter().filter(|(_, result)| !result.chain.is_empty() && wanted(result));
    let mut paths = BTreeSet::new();
    let mut files = Vec::new();
    for (job, result) in kept {
        let path = folder.join(file_name(job));
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
    Ok(files.len())
}

fn write_one(path: &Path, job: &Job<'_>, result: &RunResult, sets: &[String]) -> Result<(), Failure> {
    let failed = |error: &dyn std::error::Error| Failure::Environment(format!("{}: {error}", path.display()));
    let execution = Execution::new(job.scenario, job.seed).map_err(|error| failed(&error))?;
    let recorded = execution.recording().filming(film(job.scenario)).finish().map_err(|error| failed(&error))?;
    let again = judge_recorded(job.scenario, job.seed, &recorded);
    if again.chain != result.chain {
        out::warn(&format!("{} was another run when it was made again (try --check-determinism)", path.display()));
    }
    let command_line = command_line(job, sets);
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

/// What makes the run again, and nothing about how this one was made (workers, folders): equal runs, equal files.
fn command_line(job: &Job<'_>, sets: &[String]) -> String {
    let run = format!("tiltyard run {} --seed {}", quoted(&job.scenario.file), job.seed);
    sets.iter().fold(run, |line, set| format!("{line} --set {}", quoted(set)))
}

/// As one word of a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/=+:,".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_the_program_as_they_were() {
        assert_eq!(quoted("stack.servo.pid.kp=0.4"), "stack.servo.pid.kp=0.4");
        assert_eq!(quoted("length=3 s"), "'length=3 s'");
        assert_eq!(quoted("title=it's"), r"'title=it'\''s'");
    }
}
