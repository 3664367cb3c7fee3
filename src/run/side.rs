//! One side of a diff: a scenario and a seed, run by this build or by another.

use std::path::PathBuf;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::capture::Field;
use super::chain::Link;
use super::diff::{Comparison, compare};
use super::executor::{Execution, RunError};
use super::result::{RunResult, judge_recorded};
use crate::scenario::Scenario;

/// Who makes the runs of a side.
#[derive(Clone, Debug)]
pub enum Side {
    /// This build.
    Here {
        /// What is run.
        scenario: Box<Scenario>,
        /// With this seed.
        seed: u64,
    },
    /// A run that was recorded: its chain is taken from the record, everything else from running it again here.
    Record {
        /// What was run.
        scenario: Box<Scenario>,
        /// With this seed.
        seed: u64,
        /// The recorded chain.
        chain: Vec<Link>,
    },
    /// Another build of this program: its `trace` verb is asked.
    Elsewhere {
        /// The program.
        program: PathBuf,
        /// Its arguments after `trace`.
        arguments: Vec<String>,
    },
}

/// What a side did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Traced {
    /// `tiltyard-trace/1`.
    pub schema: String,
    /// Version of the build that ran it.
    pub version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// Ticks a second \[Hz\].
    pub rate_hz: f64,
    /// The chain.
    pub chain: Vec<Link>,
    /// The first tick at which this build, running it again, did not do what is recorded.
    #[serde(default)]
    pub not_reproduced_from: Option<usize>,
    /// The captured fields, where a tick was asked for.
    pub fields: Vec<Field>,
    /// Name and value of every number of the run.
    pub metrics: Vec<(String, Option<f64>)>,
    /// Name, verdict, value margin and time margin of every expectation.
    pub expectations: Vec<(String, String, Option<f64>, Option<f64>)>,
}

/// A side that could not be run.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// The run itself.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The other program could not be started.
    #[error("failed to start {program}: {cause}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        cause: std::io::Error,
    },
    /// The other program said no.
    #[error("{program} failed: {said}")]
    Failed {
        /// The program.
        program: String,
        /// The end of what it said.
        said: String,
    },
    /// The other program printed something else than a trace.
    #[error("{program} printed no trace: {cause} (is it a build of tiltyard with the verb `trace`?)")]
    NoTrace {
        /// The program.
        program: String,
        /// What was wrong with it.
        cause: serde_json::Error,
    },
}

impl Traced {
    /// The name of the format.
    pub const SCHEMA: &'static str = "tiltyard-trace/1";

    /// Runs a scenario here, keeping all fields of `capture`.
    pub fn here(scenario: &Scenario, seed: u64, capture: Option<usize>) -> Result<Self, RunError> {
        let execution = Execution::new(scenario, seed)?;
        let execution = match capture {
            Some(tick) => execution.capturing(tick..=tick),
            None => execution,
        };
        let recorded = execution.finish()?;
        let RunResult { metrics, expectations, .. } = judge_recorded(scenario, seed, &recorded);
        let named = metrics.entries().map(|(name, _, value)| (name.to_owned(), value));
        let margins = expectations.into_iter().map(|e| {
            let judgement = e.judgement;
            (e.name, format!("{:?}", judgement.verdict), judgement.value_margin, judgement.time_margin)
        });
        Ok(Self {
            schema: Self::SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: scenario.name.clone(),
            seed,
            rate_hz: scenario.world.video.rate_hz,
            chain: recorded.chain.links().to_vec(),
            not_reproduced_from: None,
            fields: recorded.captured,
            metrics: named.to_vec(),
            expectations: margins.collect(),
        })
    }
}

impl Side {
    /// Runs it, keeping all fields of `capture`.
    pub fn run(&self, capture: Option<usize>) -> Result<Traced, SideError> {
        match self {
            Self::Here { scenario, seed } => Ok(Traced::here(scenario, *seed, capture)?),
            Self::Record { scenario, seed, chain } => {
                let again = Traced::here(scenario, *seed, capture)?;
                let not_reproduced_from = match compare(chain, &again.chain) {
                    Comparison::Equal => None,
                    Comparison::Prefix { ticks: tick } | Comparison::Parted { tick } => Some(tick),
                };
                Ok(Traced { chain: chain.clone(), not_reproduced_from, ..again })
            }
            Self::Elsewhere { program, arguments } => {
                let name = program.display().to_string();
                let mut command = Command::new(program);
                command.arg("trace").args(arguments);
                if let Some(tick) = capture {
                    command.args(["--tick", &tick.to_string()]);
                }
                let output = command.output().map_err(|cause| SideError::Start { program: name.clone(), cause })?;
                if !output.status.success() {
                    let said = String::from_utf8_lossy(&output.stderr);
                    let said = said.trim().lines().next_back().unwrap_or("without a word").to_owned();
                    return Err(SideError::Failed { program: name, said });
                }
                serde_json::from_slice(&output.stdout).map_err(|cause| SideError::NoTrace { program: name, cause })
            }
        }
    }
}
