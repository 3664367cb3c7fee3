//! `tiltyard sweep`: many points of some parameters, in one table.

mod shard;
mod submit;
pub(super) mod told;

use core::sync::atomic::AtomicBool;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use self::shard::ShardArgument;
use super::filter::Filter;
use super::progress::Progress;
use super::run::Seeds;
use super::{Exit, Failure, files, out};
use crate::run::perception;
use crate::sweep::plan::What;
use crate::sweep::{self, Failed, Merged, Outcome, Plan, Refused, Shard, SweepFile, execute, merge};

/// Its arguments.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    /// What to do with a sweep; without one of these, make it, or go on with it
    #[command(subcommand)]
    verb: Option<Verb>,
    /// The sweep file
    #[arg(value_name = "FILE", required = true)]
    file: Option<PathBuf>,
    /// The folder of its parts and tables; reports/out/NAME when absent
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Runs at a time; as many as there are cores when absent
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Make only the I-th of N shares, from 1; auto/N asks the scheduler's environment for I
    #[arg(long, value_name = "I/N")]
    shard: Option<ShardArgument>,
}

/// What else can be done with a sweep.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Say how far it is
    Status(Place),
    /// Make the tables of parts that were made in several places
    Merge(Place),
    /// Write its shares as a job of a cluster's scheduler
    Submit(submit::Arguments),
}

/// A sweep file and its folder.
#[derive(Debug, Args)]
pub struct Place {
    /// The sweep file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The folder of its parts and tables; reports/out/NAME when absent
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Makes, tells or merges.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match (&arguments.verb, &arguments.file) {
        (Some(Verb::Status(place)), _) => status(place),
        (Some(Verb::Submit(arguments)), _) => submit::run(arguments),
        (Some(Verb::Merge(place)), _) => {
            let plan = plan(&place.file, What::Sweep)?;
            finish(&plan, &place.folder(), None)
        }
        (None, Some(file)) => make(arguments, &Place { file: file.clone(), out: arguments.out.clone() }),
        // clap asks for it.
        (None, None) => Err(Failure::Usage("which sweep? (tiltyard sweep FILE)".to_owned())),
    }
}

impl Place {
    /// Where its parts and tables are.
    pub fn folder(&self) -> PathBuf {
        let name = self.file.file_stem().map_or_else(|| "sweep".into(), std::ffi::OsStr::to_owned);
        self.out.clone().unwrap_or_else(|| Path::new("reports/out").join(name))
    }
}

fn make(arguments: &Arguments, place: &Place) -> Result<Exit, Failure> {
    let plan = plan(&place.file, What::Sweep)?;
    let folder = place.folder();
    let shard = arguments.shard.as_ref().map_or(Ok(Shard::ALL), ShardArgument::resolve).map_err(Failure::Usage)?;
    if shard != Shard::ALL && plan.file.document.stop.race_after.is_some() {
        return Err(Failure::Usage(format!(
            "{}: a race compares all points, so it runs in one place (leave out --shard, or `stop.race_after`)",
            plan.file.name
        )));
    }
    perception::ready(&plan.scenarios).map_err(Failure::Environment)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = arguments.jobs.map_or(cores, usize::from);
    let stop = listen()?;
    let progress = Progress::start(plan.runs() as usize / shard.of as usize, true);
    let outcome = execute(&plan, &folder, shard, workers, &stop, &|runs| progress.steps(runs));
    progress.end();
    let outcome = outcome.map_err(|failed| failure(&plan, failed))?;
    for reason in &outcome.redone {
        out::warn(&format!("{reason}; made again"));
    }
    if outcome.stopped {
        out::print(&told::stopped(&plan, &folder, &outcome))?;
        return Ok(Exit::Invalid);
    }
    if shard != Shard::ALL {
        out::print(&told::share(&plan, &folder, shard, &outcome, workers))?;
        return Ok(Exit::Success);
    }
    finish(&plan, &folder, Some((&outcome, workers)))
}

/// Merges, writes the tables, and tells the best.
fn finish(plan: &Plan, folder: &Path, made: Option<(&Outcome, usize)>) -> Result<Exit, Failure> {
    let (progress, merged) = merge(plan, folder).map_err(|failed| failure(plan, failed))?;
    if let Some(first) = progress.unfit.first() {
        let rest = progress.unfit.len() - 1;
        let more = if rest > 0 { format!(", and {rest} more") } else { String::new() };
        return Err(Failure::Usage(format!(
            "{first}{more} (nothing was merged; `tiltyard sweep {}` makes such parts again)",
            plan.file.name
        )));
    }
    let Some(Merged { rows, points }) = merged else {
        return Err(Failure::Usage(format!(
            "{} of {} parts are there: nothing was merged (tiltyard sweep {} makes the others)",
            progress.there, progress.parts, plan.file.name
        )));
    };
    out::write_file(&folder.join("runs.csv"), sweep::runs_csv(plan, &rows))?;
    out::write_file(&folder.join("points.csv"), sweep::points_csv(plan, &points))?;
    out::print(&told::best(plan, folder, &points, rows.len(), made))?;
    let any = points.iter().any(|point| point.state == sweep::score::State::Kept);
    Ok(if any { Exit::Success } else { Exit::Failed })
}

fn status(place: &Place) -> Result<Exit, Failure> {
    let plan = plan(&place.file, What::Sweep)?;
    let folder = place.folder();
    let (progress, _) = merge(&plan, &folder).map_err(|failed| failure(&plan, failed))?;
    out::print(&told::status(&plan, &folder, &progress))?;
    Ok(if progress.is_whole() { Exit::Success } else { Exit::Invalid })
}

/// The plan of a sweep file.
pub fn plan(file: &Path, what: What) -> Result<Plan, Failure> {
    let file = SweepFile::load(file).map_err(|wrong| Failure::Files(vec![wrong]))?;
    let document = &file.document;
    let seeds = document.seeds.as_deref().map(str::parse::<Seeds>).transpose();
    let seeds = seeds.map_err(|wrong| Failure::Usage(format!("{}: `seeds`: {wrong}", file.name)))?;
    let filter = document.filter.as_deref().map(Filter::parse).transpose();
    let filter = filter.map_err(|wrong| Failure::Usage(format!("{}: `filter`: {wrong}", file.name)))?;
    let paths: Vec<PathBuf> = document.scenarios.iter().map(|path| file.folder.join(path)).collect();
    let paths = files::find(&paths)?;
    Plan::new(file, what, &paths, seeds.map(Seeds::all), &|scenario| {
        filter.as_ref().is_none_or(|filter| filter.matches(scenario))
    })
    .map_err(|refused| match refused {
        Refused::Files(wrong) => Failure::Files(wrong),
        Refused::Sentence(sentence) => Failure::Usage(sentence),
    })
}

pub(super) fn failure(plan: &Plan, failed: Failed) -> Failure {
    match failed {
        Failed::Disk(path, error) => Failure::Environment(format!(
            "failed to write {}: {error} (what was written stays; the same command goes on)",
            path.display()
        )),
        Failed::Point(point, wrong) => {
            out::warn(&format!("{}: point {point} makes a scenario that is wrong", plan.file.name));
            Failure::Files(vec![*wrong])
        }
    }
}

/// Ctrl-C ends a sweep between two runs; where signals are not listened to, it ends it at once, and nothing is lost but
/// the parts that were begun.
pub(super) fn listen() -> Result<Arc<AtomicBool>, Failure> {
    #[cfg(feature = "serve")]
    let stop = super::interrupt::listen();
    #[cfg(not(feature = "serve"))]
    let stop = Ok(Arc::default());
    stop
}
