//! What the hash chain costs: every scenario with it and without it, by turns in one process.
//!
//! `cargo run --release --example chain_cost [ROUNDS]`. A line a scenario and one for all of them: time without the
//! chain, time with it, and the share of the run that the chain is (with − without) / with. The budget is 10 %. Each
//! time is the least of the rounds, because whatever else the machine does only ever adds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement stops at what it did not expect")]

use std::path::{Path, PathBuf};

use tiltyard::run::{Execution, Stopwatch};
use tiltyard::scenario::{Scenario, load};
use tiltyard_visca::num::min;

fn main() {
    let rounds: usize = std::env::args().nth(1).map_or(20, |text| text.parse().unwrap());
    let mut files = Vec::new();
    find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"), &mut files);
    files.sort();
    let (mut without_ms, mut with_ms) = (0.0, 0.0);
    for file in files {
        let scenario = load(&file, &[]).unwrap_or_else(|wrong| panic!("{wrong}"));
        let (mut off_ms, mut on_ms) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..rounds {
            off_ms = min(off_ms, run_ms(&scenario, false));
            on_ms = min(on_ms, run_ms(&scenario, true));
        }
        tell(&scenario.name, off_ms, on_ms);
        (without_ms, with_ms) = (without_ms + off_ms, with_ms + on_ms);
    }
    tell("all", without_ms, with_ms);
}

fn run_ms(scenario: &Scenario, hashing: bool) -> f64 {
    let stopwatch = Stopwatch::start();
    let execution = Execution::new(scenario, scenario.seed).unwrap();
    let execution = if hashing { execution } else { execution.without_hashing() };
    execution.finish().unwrap();
    stopwatch.elapsed_s() * 1e3
}

fn tell(name: &str, off_ms: f64, on_ms: f64) {
    println!("{name:<28} {off_ms:>9.3} ms off {on_ms:>9.3} ms on {:>6.1} %", (on_ms - off_ms) / on_ms * 100.0);
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
}
