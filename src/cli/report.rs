//! `tiltyard report NAME`: makes a committed report anew.

mod servo;
mod video;

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, Subcommand};

use super::filter::Filter;
use super::{Exit, Failure, files, out};
use crate::report::seed_claims::{self, Pair};
use crate::run::{Job, RunResult, run_batch};
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
    Servo(servo::Arguments),
    /// Trackers on real detections, ours and others', and what the camera's motion costs
    Tracking {
        /// A folder of SEQUENCE/gt.txt and SEQUENCE/det.txt
        #[arg(long, default_value = "../shared/data/mot15")]
        data: PathBuf,
        /// A folder of TRACKER/SEQUENCE.txt, as `tests/oracle/reference_trackers.py` makes it
        #[arg(long)]
        others: Option<PathBuf>,
        /// The video of PETS09-S2L1, `vtest.avi` of Debian's opencv-doc: from pixels to tracks
        #[arg(long)]
        video: Option<PathBuf>,
        /// The network that looks at it
        #[arg(long, default_value = "../shared/models/yolox_nano_coco_416.onnx")]
        model: PathBuf,
        /// Where the report goes; `-` prints it
        #[arg(long, default_value = "reports/tracking.md")]
        out: PathBuf,
    },
    /// A virtual camera in recorded pictures: whom it kept, with filmstrips
    Video(video::Arguments),
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
        Report::Servo(arguments) => return servo::run(arguments),
        Report::Video(arguments) => return video::run(arguments),
        Report::Tracking { data, others, video, model, out } => (
            format!(
                "tracking --others TRACKS{}; commit {}; {}; nothing is drawn",
                video.as_ref().map_or("", |_| " --video vtest.avi"),
                commit(),
                machine()
            ),
            "Trackers on real detections",
            super::mot::report(data, others.as_deref(), video.as_deref().map(|video| [video, model.as_path()]))?,
            out,
        ),
    };
    put(&command, title, &body, out)
}

/// Writes or prints a report, with the command that makes it on the first line.
fn put(command: &str, title: &str, body: &str, out: &Path) -> Result<Exit, Failure> {
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
