//! `tiltyard run`: scenarios in, verdicts out.

use core::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use tiltyard_visca::SimTime;

use super::filter::Filter;
use super::progress::Progress;
use super::publish::{self, Batched, Publish};
use super::{Exit, Failure, files, out, snapshots};
use crate::report::changes::Changes;
use crate::report::skipped::Skipped;
use crate::report::{json, junit, terminal};
use crate::run::{Job, RunResult, Stopwatch, check_determinism, perception, run_batch};
use crate::scenario::Scenario;

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Scenario files, or folders of them
    #[arg(default_value = "scenarios")]
    pub paths: Vec<PathBuf>,
    /// Run every scenario with this seed instead of its own
    #[arg(long, conflicts_with = "seeds")]
    pub seed: Option<u64>,
    /// Run every scenario with each seed of a range, A..B without B or A..=B with it
    #[arg(long, value_name = "A..B")]
    pub seeds: Option<Seeds>,
    /// Run the scenarios that match, for example `tag:fast and not zoom`
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Change a key of every scenario, for example `stack.servo.invert_tilt=true`
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Runs at a time; as many as there are cores when absent
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Make every run twice, on one worker and on several, and compare the chains
    #[arg(long)]
    pub check_determinism: bool,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write a page to look at: one HTML file that needs nothing else
    #[cfg(feature = "html")]
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Keep what the runs came to as `baselines/NAME.json`
    #[cfg(feature = "html")]
    #[arg(long, value_name = "NAME", value_parser = super::baseline::name)]
    pub save_baseline: Option<String>,
    /// Say what changed since `baselines/NAME.json` was saved
    #[cfg(feature = "html")]
    #[arg(long, value_name = "NAME", value_parser = super::baseline::name)]
    pub baseline: Option<String>,
    /// For a CI job, and for the next time.
    #[command(flatten)]
    pub publish: Publish,
    /// Where files about the runs go: run files (MCAP), snapshots
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Which runs get a run file
    #[cfg(feature = "mcap")]
    #[arg(long, value_enum, default_value_t, requires = "out")]
    pub keep: super::keep::Keep,
    /// Freeze each run at this moment, such as "3 s", and write it into the folder of --out
    #[arg(long, value_name = "TIME", requires = "out", value_parser = snapshots::moment)]
    pub snapshot_at: Option<SimTime>,
    /// Go on with a frozen run to its end, and judge the whole of it
    #[arg(long, value_name = "FILE",
          conflicts_with_all = ["paths", "seed", "seeds", "filter", "sets", "snapshot_at", "out", "check_determinism"])]
    #[cfg_attr(feature = "html", arg(conflicts_with_all = ["html", "save_baseline", "baseline"]))]
    pub from_snapshot: Option<PathBuf>,
    /// Go on with the frozen run once a number of the range, each time with other random numbers
    #[arg(long, value_name = "A..B", requires = "from_snapshot")]
    pub fork_seeds: Option<Seeds>,
}

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A summary for people
    Human,
    /// One JSON object, `tiltyard-run/1`
    Json,
}

/// A range of seeds, first and last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    first: u64,
    last: u64,
}

impl Seeds {
    /// All of them.
    pub fn all(self) -> RangeInclusive<u64> {
        self.first..=self.last
    }
}

/// More runs than anybody wants to wait for.
const SEEDS_MAX: u64 = 10_000_000;

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is no range of seeds (expected A..B or A..=B, such as 0..100)");
        let (first, rest) = text.split_once("..").ok_or_else(bad)?;
        let (inclusive, last) = rest.strip_prefix('=').map_or((false, rest), |last| (true, last));
        let first: u64 = first.parse().map_err(|_| bad())?;
        let last: u64 = last.parse().map_err(|_| bad())?;
        let last = if inclusive { Some(last) } else { last.checked_sub(1) };
        match last.filter(|last| *last >= first) {
            None => Err(format!("there is no seed in `{text}`")),
            Some(last) if last - first >= SEEDS_MAX => Err(format!("`{text}` has more than {SEEDS_MAX} seeds")),
            Some(last) => Ok(Self { first, last }),
        }
    }
}

/// Runs and prints.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if let Some(file) = &arguments.from_snapshot {
        return snapshots::go_on(file, arguments);
    }
    // clap lets a requirement go when something is there that conflicts with what is required.
    if arguments.fork_seeds.is_some() {
        return Err(Failure::Usage("--fork-seeds forks a frozen run: name it with --from-snapshot FILE".into()));
    }
    let filter = arguments.filter.as_deref().map(Filter::parse).transpose().map_err(Failure::Usage)?;
    let sets = files::parse_sets(&arguments.sets)?;
    let mut scenarios = files::load_all(&files::find(&arguments.paths)?, &sets)?;
    if let Some(filter) = &filter {
        scenarios.retain(|scenario| filter.matches(scenario));
    }
    let skipped = arguments.left_out(&mut scenarios);
    if scenarios.is_empty() && skipped.is_empty() {
        out::warn("no scenario matches the filter: nothing was evaluated");
    }
    let jobs: Vec<Job<'_>> = scenarios
        .iter()
        .flat_map(|scenario| {
            let seeds = match (arguments.seed, arguments.seeds) {
                (Some(seed), _) => seed..=seed,
                (None, Some(Seeds { first, last })) => first..=last,
                (None, None) => scenario.seed..=scenario.seed,
            };
            seeds.map(move |seed| Job { scenario, seed })
        })
        .collect();
    make(arguments, &scenarios, &jobs, &skipped)
}

/// Makes the runs, prints what came of them, and writes what else was asked for.
pub(super) fn make(
    arguments: &Arguments,
    scenarios: &[Scenario],
    jobs: &[Job<'_>],
    skipped: &[Skipped],
) -> Result<Exit, Failure> {
    perception::ready(scenarios).map_err(Failure::Environment)?;
    // Before the runs: who mistyped a name hears of it at once.
    #[cfg(feature = "html")]
    let before = arguments.baseline.as_deref().map(super::baseline::load).transpose()?;
    if let (Some(at), Some(folder)) = (arguments.snapshot_at, &arguments.out) {
        snapshots::write(jobs, at, folder)?;
    }
    let workers = arguments.workers(jobs.len());

    let stopwatch = Stopwatch::start();
    let progress = Progress::start(jobs.len(), arguments.format == Format::Human);
    let mut results = run_batch(jobs, workers, &|_| progress.step());
    progress.end();
    let wall_s = stopwatch.elapsed_s();
    if arguments.check_determinism {
        check_determinism(jobs, &mut results, workers);
    }

    #[cfg(feature = "mcap")]
    if let Some(folder) = &arguments.out {
        let runs: Vec<_> = jobs.iter().zip(&results).collect();
        let places = super::keep::keep(folder, arguments.keep, &runs, &arguments.sets, workers)?;
        let kept = places.iter().flatten().count();
        for (result, place) in results.iter_mut().zip(places) {
            result.run_file = place;
        }
        if kept > 0 && arguments.format == Format::Human {
            // Before the verdicts: the last line is the sum of the runs.
            out::print(&format!("{kept} run files written to {}\n", folder.display()))?;
        }
    }
    let noted = publish::note_last(&results, &arguments.sets, arguments.out.as_deref());
    if noted && arguments.format == Format::Human {
        out::print("what did not pass is noted for `tiltyard rerun`\n")?;
    }
    #[cfg(feature = "html")]
    let changed = {
        let named = arguments.baseline.as_deref().zip(before.as_ref());
        let compared =
            named.map(|(name, before)| super::baseline::compare(name, before, jobs, &results, &arguments.sets));
        let changed = compared.as_ref().map(|compared| compared.changes(&results));
        if let Some(path) = &arguments.html {
            super::html::write(path, jobs, &results, &arguments.sets, skipped, compared, workers)?;
            arguments.mention("page", path)?;
        }
        if let Some(name) = &arguments.save_baseline {
            arguments.mention("baseline", &super::baseline::save(name, jobs, &results, &arguments.sets, workers)?)?;
        }
        changed
    };
    #[cfg(not(feature = "html"))]
    let changed = None;
    arguments.tell(&results, skipped, changed.as_ref(), wall_s)?;
    let batch = Batched { results: &results, skipped, sets: &arguments.sets, wall_s };
    arguments.publish.publish(&batch, arguments.format)?;
    if results.is_empty() && !skipped.is_empty() {
        return Ok(Exit::Environment);
    }
    Ok(Exit::of(&results))
}

impl Arguments {
    /// So many runs at a time.
    pub(super) fn workers(&self, runs: usize) -> usize {
        files::workers(self.jobs, runs)
    }

    /// Takes out what cannot run here for want of a library. Who names a file wants that one: it stays, and its
    /// want ends the command.
    fn left_out(&self, scenarios: &mut Vec<Scenario>) -> Vec<Skipped> {
        let mut skipped = Vec::new();
        scenarios.retain(|scenario| {
            let named = self.paths.iter().any(|path| path == Path::new(&scenario.file));
            let Some(reason) = perception::missing(scenario).filter(|_| !named) else { return true };
            skipped.push(Skipped { scenario: scenario.name.clone(), file: scenario.file.clone(), reason });
            false
        });
        skipped
    }

    /// Says where something was written; before the verdicts: the last line is the sum of the runs.
    #[cfg(feature = "html")]
    fn mention(&self, what: &str, path: &Path) -> Result<(), Failure> {
        if self.format == Format::Human {
            out::print(&format!("{what} written to {}\n", path.display()))?;
        }
        Ok(())
    }

    /// Prints the results, and writes what else was asked for.
    pub(super) fn tell(
        &self,
        results: &[RunResult],
        skipped: &[Skipped],
        changed: Option<&Changes>,
        wall_s: f64,
    ) -> Result<(), Failure> {
        if let Some(path) = &self.junit {
            out::write_file(path, &junit::render(results, skipped).map_err(Failure::Environment)?)?;
        }
        match self.format {
            Format::Json => out::print(&json::render(results, skipped, changed, wall_s)),
            Format::Human => {
                let color = out::color(&std::io::stdout());
                let said = changed.map_or_else(String::new, |changed| terminal::changed(changed, color));
                out::print(&(terminal::render(results, skipped, &self.sets, wall_s, color) + &said))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_read_as_rust_reads_ranges() {
        assert_eq!("0..3".parse(), Ok(Seeds { first: 0, last: 2 }));
        assert_eq!("5..=5".parse(), Ok(Seeds { first: 5, last: 5 }));
        for (text, part) in [("3..3", "no seed"), ("5", "no range"), ("a..b", "no range"), ("0..99999999999", "more")] {
            assert!(text.parse::<Seeds>().unwrap_err().contains(part), "{text}");
        }
    }
}
