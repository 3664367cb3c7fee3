//! `tiltyard report NAME`: makes a committed report anew.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, Subcommand};

use super::filter::Filter;
use super::{Exit, Failure, files, out};
use crate::report::latency_harness::render as harness_tables;
use crate::report::seed_claims::{self, Pair};
use crate::report::servo;
use crate::run::servo_suite::Cell;
use crate::run::{Job, RunResult, latency_harness, run_batch};
use crate::scenario::{Scenario, Set};

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which report
    #[command(subcommand)]
    pub report: Report,
}

/// The reports.
#[derive(Debug, Subcommand)]
pub enum Report {
    /// The guide's old code against its mended PID, on the scenarios tagged `claims`
    SeedClaims {
        /// Where the scenarios are
        #[arg(default_value = "scenarios")]
        paths: Vec<PathBuf>,
        /// Seeds for each scenario: 0 .. N
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
        seeds: u64,
        /// Where the report goes; `-` prints it
        #[arg(long, default_value = "reports/seed-claims.md")]
        out: PathBuf,
    },
    /// Each servo on the standard suite, against a controller that knows the truth late
    Servo {
        /// Seeds for each cell: 0 .. N
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
        seeds: u64,
        /// Prints the scenario file of this cell, counted from 0, instead
        #[arg(long)]
        cell: Option<usize>,
        /// Where the report goes; `-` prints it
        #[arg(long, default_value = "reports/servo.md")]
        out: PathBuf,
    },
    /// Trackers on real detections, ours and others', and what the camera's motion costs
    Tracking {
        /// A folder of SEQUENCE/gt.txt and SEQUENCE/det.txt
        #[arg(long, default_value = "../shared/data/mot15")]
        data: PathBuf,
        /// A folder of TRACKER/SEQUENCE.txt, as `tests/oracle/reference_trackers.py` makes it
        #[arg(long)]
        others: Option<PathBuf>,
        /// Where the report goes; `-` prints it
        #[arg(long, default_value = "reports/tracking.md")]
        out: PathBuf,
    },
}

/// Makes the report.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let (command, title, body, out) = match &arguments.report {
        Report::SeedClaims { paths, seeds, out } => (
            format!("seed-claims --seeds {seeds}; commit {}; {}; seeds 0..{seeds}", commit(), machine()),
            "What the guide claims, measured",
            seed_claims(paths, *seeds)?,
            out,
        ),
        Report::Servo { cell: Some(cell), .. } => {
            let cells = Cell::all();
            let refuse = || Failure::Usage(format!("there is no cell {cell} (expected 0 to {})", cells.len() - 1));
            out::print(&cells.get(*cell).ok_or_else(refuse)?.text("").map_err(|wrong| Failure::Files(vec![wrong]))?)?;
            return Ok(Exit::Success);
        }
        Report::Servo { seeds, out, .. } => (
            format!("servo --seeds {seeds}; commit {}; {}; seeds 0..{seeds}", commit(), machine()),
            "Servos against the limit",
            servo_suite(*seeds)?,
            out,
        ),
        Report::Tracking { data, others, out } => (
            format!("tracking --others TRACKS; commit {}; {}; nothing is drawn", commit(), machine()),
            "Trackers on real detections",
            super::mot::report(data, others.as_deref())?,
            out,
        ),
    };
    let text = format!("<!-- tiltyard report {command} -->\n\n# {title}\n\n{body}");
    if out == Path::new("-") {
        out::print(&text)?;
    } else {
        out::write_file(out, &text)?;
        out::print(&format!("wrote {}\n", out.display()))?;
    }
    Ok(Exit::Success)
}

/// The body of the report, over the scenarios under `paths` that are tagged `claims`.
pub fn seed_claims(paths: &[PathBuf], seeds: u64) -> Result<String, Failure> {
    let found = files::find(paths)?;
    let claims = Filter::Tag("claims".into());
    let run = |preset: &str| -> Result<Vec<Vec<RunResult>>, Failure> {
        let sets = [Set::parse(&format!("stack.preset={preset}")).map_err(|wrong| Failure::Files(vec![wrong]))?];
        let mut scenarios = files::load_all(&found, &sets)?;
        scenarios.retain(|scenario| claims.matches(scenario));
        Ok(run_seeds(&scenarios, seeds))
    };
    let (before, after) = (run("seed-before")?, run("seed")?);
    let pairs: Vec<Pair> = before
        .into_iter()
        .zip(after)
        .filter_map(|(before, after)| Some(Pair { scenario: before.first()?.scenario.clone(), before, after }))
        .collect();
    if pairs.is_empty() {
        return Err(Failure::Usage("no scenario is tagged `claims`".into()));
    }
    Ok(seed_claims::render(&pairs))
}

/// Servos by name, and the text behind `servo.` that chooses each.
const SERVOS: [(&str, &str); 3] = [("seed", "seed = \"balanced\""), ("pid", ""), ("predictive", "predictive = {}")];

/// The body of the report on servos.
fn servo_suite(seeds: u64) -> Result<String, Failure> {
    let mut entries = Vec::new();
    for (name, servo) in SERVOS {
        let scenarios: Result<Vec<Scenario>, _> = Cell::all().iter().map(|cell| cell.scenario(servo)).collect();
        let scenarios = scenarios.map_err(|wrong| Failure::Files(vec![wrong]))?;
        entries.push(servo::Entry { name, runs: run_seeds(&scenarios, seeds) });
    }
    let controllers = latency_harness::entrants();
    let harness = harness_tables(&controllers, &latency_harness::rows(&controllers));
    Ok(servo::render(&entries, &harness))
}

fn run_seeds(scenarios: &[Scenario], seeds: u64) -> Vec<Vec<RunResult>> {
    let jobs: Vec<Job<'_>> =
        scenarios.iter().flat_map(|scenario| (0..seeds).map(move |seed| Job { scenario, seed })).collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let results = run_batch(&jobs, workers, &|_| {});
    results.chunks(seeds as usize).map(<[RunResult]>::to_vec).collect()
}

/// The commit of the working tree, `-dirty` when it has changes; "unknown" outside a checkout.
pub(super) fn commit() -> String {
    let described = Command::new("git").args(["describe", "--always", "--dirty", "--exclude=*"]).output();
    described
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".into(), |text| text.trim().to_owned())
}

/// Architecture, operating system and processor.
pub(super) fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let cpu = cpu.unwrap_or_else(|| "unknown processor".into());
    format!("{}-{}, {cpu}", std::env::consts::ARCH, std::env::consts::OS)
}
