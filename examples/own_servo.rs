//! A servo of your own under test: `cargo run --example own_servo -- scenarios/motion/step.toml`.

use std::path::Path;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use tiltyard::cli::Exit;
use tiltyard::report::terminal;
use tiltyard::run::{RunResult, run_own};
use tiltyard::scenario::load;
use tiltyard::stack::num::clamp;
use tiltyard::stack::servo::{ServoInput, Terms};
use tiltyard::stack::{Parts, Servo, StackConfig, State, Visit};

/// The target's own rate, and a share of the error each second. Slows down gently: its rate changes by a share a step.
#[derive(Serialize, Deserialize)]
struct Gentle {
    /// Share of the error that is taken away in a second, 1/s.
    gain: f64,
    /// What the head can do, pan and tilt, deg/s.
    rate_max_dps: [f64; 2],
    /// What it asked for last, deg/s.
    rate_dps: [f64; 2],
}

impl Gentle {
    fn new(config: &StackConfig) -> Self {
        Self { gain: 2.5, rate_max_dps: config.camera.actuator.rate_max_dps, rate_dps: [0.0; 2] }
    }
}

impl Servo for Gentle {
    fn name(&self) -> &'static str {
        "gentle"
    }

    fn update(&mut self, input: &ServoInput) -> [f64; 2] {
        self.rate_dps = [0, 1].map(|axis| {
            let wanted_dps = self.gain * input.error_deg[axis] + input.target_rate_dps[axis];
            let rate_dps = self.rate_dps[axis] + 0.5 * (wanted_dps - self.rate_dps[axis]);
            clamp(rate_dps, -self.rate_max_dps[axis], self.rate_max_dps[axis])
        });
        self.rate_dps
    }

    fn reset(&mut self) {
        self.rate_dps = [0.0; 2];
    }

    fn terms(&self) -> [Terms; 2] {
        self.rate_dps.map(|p_dps| Terms { p_dps, ..Terms::default() })
    }
}

/// What it remembers, for the hash chain: whatever decides what comes next.
impl State for Gentle {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("pan_dps", self.rate_dps[0]);
        v.f64("tilt_dps", self.rate_dps[1]);
    }
}

/// A scenario with its own seed and this servo in the place of the one that it asks for.
pub fn run(file: &Path) -> Result<RunResult, String> {
    let scenario = load(file, &[]).map_err(|wrong| wrong.to_string())?;
    let own = |config: &StackConfig, parts: Parts| Parts { servo: Box::new(Gentle::new(config)), ..parts };
    Ok(run_own(&scenario, scenario.seed, &own))
}

/// Runs the scenarios that are named, prints what came of them, and ends with the exit codes of `tiltyard run`.
pub fn main() -> ExitCode {
    let results: Result<Vec<RunResult>, String> = std::env::args().skip(1).map(|file| run(Path::new(&file))).collect();
    match results {
        Ok(results) => {
            print!("{}", terminal::render(&results, &[], &[], results.iter().map(|result| result.wall_s).sum(), false));
            Exit::of(&results).into()
        }
        Err(wrong) => {
            eprintln!("{wrong}");
            Exit::Usage.into()
        }
    }
}
