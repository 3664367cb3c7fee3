//! `tiltyard report servo`: makes all the runs of the report on servos.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::{Exit, Failure, out};
use super::{commit, machine, put};
use crate::report::latency_harness::render as harness_tables;
use crate::report::servo::{Contents, Entry, Medians, Rival, render};
use crate::run::latency_harness;
use crate::run::servo_suite::{
    Aim, Cell, Swept, all_at_150_ms, floors_of, measure_all, peaks, regressions, stills, sweep_pid,
};
use crate::scenario::{Diagnostics, Scenario};

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Seeds for each cell: 0 .. N
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub seeds: u64,
    /// Prints the scenario file of this cell, counted from 0, instead
    #[arg(long, conflicts_with = "write_scenarios")]
    pub cell: Option<usize>,
    /// Writes the cells that are kept as scenarios into this folder instead
    #[arg(long, value_name = "DIR")]
    pub write_scenarios: Option<PathBuf>,
    /// With --write-scenarios: every cell of the suite, as cell-NUMBER.toml
    #[arg(long, requires = "write_scenarios")]
    pub all: bool,
    /// Where the report goes; `-` prints it
    #[arg(long, default_value = "reports/servo.md")]
    pub out: PathBuf,
}

/// Servos by name, and the text behind `servo.` that chooses each; the default one last.
const SERVOS: [(&str, &str); 3] =
    [("seed", "seed = \"balanced\""), ("pid", "pid = {}"), ("predictive", "predictive = {}")];

/// The seed at 150 ms, from its gains alone to its whole stack.
const SEEDS: [(&str, &str); 4] = [
    ("seed's gains, on our tracker and predicted error", "seed = \"balanced\""),
    ("preset `seed`: its gains, mended", "seed = \"balanced\"\npreset = \"seed\""),
    ("its gains as published: derivative unfiltered", "pid = { derivative_filter = \"0 s\" }\npreset = \"seed\""),
    ("preset `seed-before`: its old code", "proportional = {}\npreset = \"seed-before\""),
];

/// Makes the report, or what was asked for instead.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let wrong = |wrong: Diagnostics| Failure::Files(vec![wrong]);
    if let Some(number) = arguments.cell {
        let cells = Cell::all();
        let refuse = || Failure::Usage(format!("there is no cell {number} (expected 0 to {})", cells.len() - 1));
        out::print(&cells.get(number).ok_or_else(refuse)?.text("").map_err(wrong)?)?;
        return Ok(Exit::Success);
    }
    if let Some(folder) = &arguments.write_scenarios {
        let count = write_scenarios(folder, arguments.all)?;
        out::print(&format!("wrote {count} scenarios to {}\n", folder.display()))?;
        return Ok(Exit::Success);
    }
    let seeds = arguments.seeds;
    let command = format!("servo --seeds {seeds}; commit {}; {}; seeds 0..{seeds}", commit(), machine());
    put(&command, "Servos against the limit", &body(seeds).map_err(wrong)?, &arguments.out)
}

/// Writes the cells that are kept, or all of them; says how many.
fn write_scenarios(folder: &Path, all: bool) -> Result<usize, Failure> {
    let wrong = |wrong: Diagnostics| Failure::Files(vec![wrong]);
    let mut files: Vec<(String, String)> = Vec::new();
    if all {
        for (number, cell) in Cell::all().iter().enumerate() {
            let text = format!("# tiltyard report servo --cell {number}\n{}", cell.text("").map_err(wrong)?);
            files.push((format!("cell-{number:04}.toml"), text));
        }
    } else {
        for kept in regressions() {
            files.push((format!("{}.toml", kept.name), kept.text().map_err(wrong)?));
        }
    }
    for (name, text) in &files {
        out::write_file(&folder.join(name), text)?;
    }
    Ok(files.len())
}

fn body(seeds: u64) -> Result<String, Diagnostics> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let scenarios = |cells: &[Cell], servo: &str| -> Result<Vec<Scenario>, Diagnostics> {
        cells.iter().map(|cell| cell.scenario(servo)).collect()
    };
    let cells = Cell::all();
    let mut entries = Vec::new();
    for (name, servo) in SERVOS {
        entries.push(Entry { name, runs: measure_all(&scenarios(&cells, servo)?, seeds, workers) });
    }
    let ours = entries.last().map(|entry| entry.runs.as_slice()).unwrap_or_default();
    let above: Vec<Option<Cell>> =
        cells.iter().zip(ours).map(|(cell, runs)| Medians::of(runs).above(cell).then_some(*cell)).collect();
    let floors = floors_of(&above, workers)?;

    let late = all_at_150_ms();
    let mut rivals = Vec::new();
    for (name, servo) in SEEDS {
        let runs = measure_all(&scenarios(&late, servo)?, seeds, workers);
        rivals.push(Rival { name: name.to_owned(), runs, goal: Some(10.0) });
    }
    let swept: Result<Vec<Swept>, Diagnostics> = Aim::ALL.into_iter().map(|aim| sweep_pid(aim, workers)).collect();
    let swept = swept?;
    for swept in &swept {
        let runs = measure_all(&scenarios(&late, &swept.best.servo())?, seeds, workers);
        rivals.push(Rival { name: format!("best `pid`, {}", swept.best.aim.name()), runs, goal: Some(3.0) });
    }
    let controllers = latency_harness::entrants();
    let harness = harness_tables(&controllers, &latency_harness::rows(&controllers));
    Ok(render(&Contents {
        entries: &entries,
        floors: &floors,
        rivals: &rivals,
        swept: &swept,
        stills: &stills("", seeds, workers)?,
        peaks: &peaks("", workers)?,
        harness: &harness,
    }))
}
