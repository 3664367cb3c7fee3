//! Results made up for tests of reports.

use crate::run::metrics::Metrics;
use crate::run::{ExpectationResult, RunResult, RunVerdict};
use crate::scenario::{Judgement, Verdict};

/// A run without expectations.
pub fn run(scenario: &str, seed: u64, verdict: RunVerdict) -> RunResult {
    RunResult {
        scenario: scenario.to_owned(),
        title: scenario.to_owned(),
        file: format!("scenarios/{scenario}.toml"),
        verb: "run",
        seed,
        verdict,
        chain: "0123456789abcdef".to_owned(),
        sim_s: 6.0,
        wall_s: 0.1,
        margin: None,
        reason: None,
        run_file: None,
        expectations: Vec::new(),
        metrics: Metrics::default(),
    }
}

/// What became of a bound of 0.5 deg.
pub fn expectation(name: &str, line: usize, verdict: Verdict, value_margin: Option<f64>) -> ExpectationResult {
    let judgement = Judgement {
        verdict,
        value: Some(2.5),
        bound: Some(0.5),
        unit: "deg".to_owned(),
        at: None,
        value_margin,
        time_margin: None,
        sentence: "`error.pan` was 2.5 deg, bound below 0.5 deg".to_owned(),
    };
    ExpectationResult { name: name.to_owned(), line, judgement }
}
