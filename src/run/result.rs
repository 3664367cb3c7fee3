//! What comes of a run: verdict, chain, margins, numbers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::min;

use super::executor::{Execution, Own, Recorded, RunError};
use super::metrics::{Metrics, Numbered};
use super::stopwatch::Stopwatch;
use crate::scenario::{Expectation, Judgement, Scenario, Verdict, judge};

/// The verdict on a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunVerdict {
    /// All expectations were kept.
    Pass,
    /// One was broken.
    Fail,
    /// None was broken, but one was not decided.
    Inconclusive,
    /// The run could not be made, or nothing was expected of it.
    Invalid,
}

impl RunVerdict {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Invalid => "invalid",
        }
    }
}

/// One expectation and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectationResult {
    /// Its name in the scenario.
    pub name: String,
    /// Its line in the scenario file.
    pub line: usize,
    /// What became of it.
    #[serde(flatten)]
    pub judgement: Judgement,
}

/// Everything that is reported of a run.
#[derive(Clone, Debug, Serialize)]
pub struct RunResult {
    /// Name of the scenario.
    pub scenario: String,
    /// Its title.
    #[serde(skip)]
    pub title: String,
    /// Its file.
    pub file: String,
    /// The verb that makes this run again.
    #[serde(skip)]
    pub verb: &'static str,
    /// Seed of this run.
    pub seed: u64,
    /// The verdict.
    pub verdict: RunVerdict,
    /// Head of the hash chain, 16 hexadecimal digits; empty when there was no run, or when it was made in wall time.
    pub chain: String,
    /// Simulated time \[s\].
    pub sim_s: f64,
    /// Wall time \[s\].
    pub wall_s: f64,
    /// The tightest margin over all expectations; 0 is on the edge.
    pub margin: Option<f64>,
    /// Why the run is invalid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where its run file was written, if it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_file: Option<PathBuf>,
    /// The expectations, in the order of the file.
    pub expectations: Vec<ExpectationResult>,
    /// The numbers.
    pub metrics: Metrics,
}

/// Runs a scenario with a seed and judges it.
pub fn run_scenario(scenario: &Scenario, seed: u64) -> RunResult {
    run_own(scenario, seed, &|_, parts| parts)
}

/// The same with parts of your own in the stack: an own detector, tracker, servo or zoom law under test.
pub fn run_own(scenario: &Scenario, seed: u64, own: &Own<'_>) -> RunResult {
    let stopwatch = Stopwatch::start();
    let recorded = Execution::own(scenario, seed, own).and_then(Execution::finish);
    let mut result = match recorded {
        Ok(recorded) => judge_recorded(scenario, seed, &recorded),
        Err(error) => invalid(scenario, seed, &error),
    };
    result.wall_s = stopwatch.elapsed_s();
    result
}

/// The result of a run that was recorded, without its wall time.
pub fn judge_recorded(scenario: &Scenario, seed: u64, recorded: &Recorded) -> RunResult {
    let metrics = Metrics::of(scenario, &recorded.trace, &recorded.observations);
    let measured = Numbered { trace: &recorded.trace, metrics: &metrics };
    let judged = |expectation: &Expectation| judge(expectation, &measured, scenario.length);
    RunResult { chain: format!("{:016x}", recorded.chain.head()), ..conclude(scenario, seed, metrics, judged) }
}

/// What the judgements of all expectations come to; without a chain and a wall time.
pub fn conclude(
    scenario: &Scenario,
    seed: u64,
    metrics: Metrics,
    judged: impl Fn(&Expectation) -> Judgement,
) -> RunResult {
    let expectations: Vec<ExpectationResult> = scenario
        .expectations
        .iter()
        .map(|expectation| ExpectationResult {
            name: expectation.name.clone(),
            line: expectation.line,
            judgement: judged(expectation),
        })
        .collect();
    let has = |verdict| expectations.iter().any(|expectation| expectation.judgement.verdict == verdict);
    let verdict = if expectations.is_empty() {
        RunVerdict::Invalid
    } else if has(Verdict::Fail) {
        RunVerdict::Fail
    } else if has(Verdict::Inconclusive) {
        RunVerdict::Inconclusive
    } else {
        RunVerdict::Pass
    };
    let margins = expectations.iter().flat_map(|e| [e.judgement.value_margin, e.judgement.time_margin]).flatten();
    RunResult {
        verdict,
        margin: margins.reduce(min),
        reason: expectations.is_empty().then(|| "nothing is expected of it".to_owned()),
        metrics,
        expectations,
        ..blank(scenario, seed)
    }
}

/// The result of a run that could not be made.
pub fn invalid(scenario: &Scenario, seed: u64, error: &RunError) -> RunResult {
    RunResult { reason: Some(error.to_string()), ..blank(scenario, seed) }
}

fn blank(scenario: &Scenario, seed: u64) -> RunResult {
    RunResult {
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        file: scenario.file.clone(),
        verb: "run",
        seed,
        verdict: RunVerdict::Invalid,
        chain: String::new(),
        sim_s: scenario.length.as_secs_f64(),
        wall_s: 0.0,
        margin: None,
        reason: None,
        run_file: None,
        expectations: Vec::new(),
        metrics: Metrics::default(),
    }
}
