//! What `run` leaves for a CI job and for the next time: summary, annotations, history, and what did not pass.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::run::Format;
use super::{Failure, out};
use crate::report::history::Batch;
use crate::report::last::Last;
use crate::report::skipped::Skipped;
use crate::report::{annotations, markdown};
use crate::run::RunResult;

/// Where `rerun` looks: in the folder that the program was started in.
pub const LAST: &str = ".tiltyard/last.json";

/// Its name in the folder of `--out`.
const LAST_OUT: &str = "last.json";

/// Arguments of `run` and `rerun`.
#[derive(Clone, Debug, Default, Args)]
pub struct Publish {
    /// Write a summary in Markdown, of 1 MiB at most; added to `$GITHUB_STEP_SUMMARY` where that is FILE
    #[arg(long, value_name = "FILE", conflicts_with = "from_snapshot")]
    pub summary: Option<PathBuf>,
    /// Say what failed in words that a CI service shows at the line of the scenario
    #[arg(long, value_enum, value_name = "SERVICE", conflicts_with = "from_snapshot")]
    pub annotations: Option<Service>,
    /// Add a line about these runs to FILE, for `tiltyard history`
    #[arg(long, value_name = "FILE", conflicts_with = "from_snapshot")]
    pub history: Option<PathBuf>,
    /// What that line calls them
    #[arg(long, value_name = "TEXT", requires = "history")]
    pub label: Option<String>,
}

/// Whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Service {
    /// GitHub Actions
    Github,
}

/// What there is to tell.
#[derive(Clone, Copy, Debug)]
pub struct Batched<'a> {
    /// The results.
    pub results: &'a [RunResult],
    /// What was left out.
    pub skipped: &'a [Skipped],
    /// The overrides as typed.
    pub sets: &'a [String],
    /// Wall time of all runs \[s\].
    pub wall_s: f64,
}

impl Publish {
    /// Writes what was asked for.
    pub fn publish(&self, batch: &Batched<'_>, format: Format) -> Result<(), Failure> {
        if let Some(path) = &self.summary {
            summary(path, batch)?;
        }
        if let Some(path) = &self.history {
            let commit = ["GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"].into_iter().find_map(variable);
            let line = Batch::of(batch.results, batch.skipped, self.label.clone(), commit).line();
            out::append(path, &line.map_err(Failure::Environment)?)?;
        }
        if self.annotations == Some(Service::Github) {
            let root = variable("GITHUB_WORKSPACE").map(PathBuf::from);
            let text = annotations::github(batch.results, &|file| from_root(root.as_deref(), file));
            match format {
                Format::Human => out::print(&text)?,
                // Standard output is one JSON object; GitHub listens to both.
                Format::Json => out::say(&text),
            }
        }
        Ok(())
    }
}

/// GitHub's file is shared by the steps of a job, and has a limit; any other is ours alone.
fn summary(path: &Path, batch: &Batched<'_>) -> Result<(), Failure> {
    let text = |room| markdown::render(batch.results, batch.skipped, batch.sets, batch.wall_s, room);
    if variable("GITHUB_STEP_SUMMARY").is_none_or(|shared| Path::new(&shared) != path) {
        return out::write_file(path, text(markdown::ROOM));
    }
    let taken = std::fs::metadata(path).map_or(0, |found| found.len() as usize);
    out::append(path, &text(markdown::ROOM.saturating_sub(taken + 1)))
}

/// A variable of the environment that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A file as seen from the root of the repository, with slashes, or as it was called where it lies elsewhere.
fn from_root(root: Option<&Path>, file: &str) -> String {
    let inside = || {
        let (root, file) = (root?.canonicalize().ok()?, Path::new(file).canonicalize().ok()?);
        let parts = file.strip_prefix(root).ok()?.iter().map(|part| part.to_str());
        Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
    };
    inside().unwrap_or_else(|| file.to_owned())
}

/// Notes what did not pass for `rerun`, here and in the folder of `--out`; forgets what did not pass before. Where
/// nobody may write, runs can still be made: it is said, and no failure. Whether there was something to note, and it
/// was.
pub fn note_last(results: &[RunResult], sets: &[String], folder: Option<&Path>) -> bool {
    let last = Last::of(results, sets);
    let places = [Some(PathBuf::from(LAST)), folder.map(|folder| folder.join(LAST_OUT))];
    for place in places.into_iter().flatten() {
        if last.runs.is_empty() {
            // Most often there is none.
            let _ = std::fs::remove_file(&place);
        } else if let Err(Failure::Environment(sentence)) = note(&place, &last) {
            out::warn(&format!("`tiltyard rerun` will not know what failed: {sentence}"));
            return false;
        }
    }
    !last.runs.is_empty()
}

fn note(place: &Path, last: &Last) -> Result<(), Failure> {
    out::write_file(place, last.text().map_err(Failure::Environment)?)?;
    let ours = Path::new(LAST);
    match ours.parent().map(|folder| folder.join(".gitignore")) {
        // The folder keeps itself out of the repository.
        Some(ignore) if place == ours && !ignore.exists() => out::write_file(&ignore, "*\n"),
        _ => Ok(()),
    }
}
