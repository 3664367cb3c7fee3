//! `tiltyard report video`: the scenarios in recorded pictures, with a filmstrip each.

use std::path::PathBuf;

use clap::Args;
use tiltyard_visca::SimTime;

use crate::cli::render::{photo, strip};
use crate::cli::{Exit, Failure, files, out};
use crate::report::video::{self, Entry};
use crate::run::{perception, run_scenario};
use crate::scenario::Scenario;

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the scenarios are
    #[arg(default_value = "tests/footage")]
    pub paths: Vec<PathBuf>,
    /// Seeds for each scenario: 1 ..= N
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub seeds: u64,
    /// Where the filmstrips go, as NAME.png
    #[arg(long, default_value = "reports/out")]
    pub strips: PathBuf,
    /// Where the report goes; `-` prints it
    #[arg(long, default_value = "reports/video.md")]
    pub out: PathBuf,
}

/// Pictures on a strip.
const PICTURES: u32 = 8;

/// Runs them one after the other: a network takes all cores as it is.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let scenarios = files::load_all(&files::find(&arguments.paths)?, &[])?;
    perception::ready(&scenarios).map_err(Failure::Environment)?;
    let entries = scenarios.iter().map(|scenario| entry(scenario, arguments)).collect::<Result<Vec<_>, _>>()?;
    let seeds = arguments.seeds;
    let command = format!("video --seeds {seeds}; commit {}; {}; seeds 1..={seeds}", super::commit(), super::machine());
    super::put(&command, "A virtual camera in recorded pictures", &video::render(&entries), &arguments.out)
}

fn entry(scenario: &Scenario, arguments: &Arguments) -> Result<Entry, Failure> {
    let runs = (1..=arguments.seeds).map(|seed| run_scenario(scenario, seed)).collect();
    let moments: Vec<SimTime> =
        (0..PICTURES).map(|index| SimTime::ZERO + scenario.length * (2 * index + 1) / (2 * PICTURES)).collect();
    let stills = strip::stills(scenario, scenario.seed, &moments)?;
    let file = arguments.strips.join(format!("{}.png", scenario.name.replace('/', "-")));
    out::write_file(&file, photo::png(&strip::join(&stills), &file)?)?;
    Ok(Entry {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        runs,
        strip: (file.display().to_string(), strip::told(&stills)),
    })
}
