//! The page: one HTML file in which people look at a batch of runs, offline.
//!
//! ```text
//! premises   what was run: texts, seeds, commit, what was skipped, the baseline       claims.rs
//! outcomes   what came of each run, and what is drawn of it                            drawing.rs and its parts
//! view       the premises and outcomes as the words and numbers that people read       view.rs
//! page       the view in the template, with style, scripts, claims and drawings        page.rs, page.html, js/
//! ```
//!
//! A page is a function of premises and outcomes, and outcomes follow from the premises: no clock, no machine, so equal
//! runs give equal bytes, and `verify` can make the page again from what it says of itself.

mod acks;
pub mod claims;
pub mod differences;
pub mod drawing;
mod findings;
mod moments;
pub mod pack;
mod page;
pub mod reader;
mod spans;
mod view;

use serde_json::Value;

use self::claims::{ClaimedRun, Claims, Premises};
use self::drawing::Drawing;
use crate::run::{Job, RunResult, invalid, judge_recorded, record_batch};
use crate::scenario::Scenario;

/// What came of a run, and what is drawn of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The result; its wall time is none.
    pub result: RunResult,
    /// What the trace shows, in words.
    findings: Vec<String>,
    /// Absent where there was no run, or no room.
    drawing: Option<Drawing>,
}

/// Rows that a page has for all its drawings together.
const ROWS_OF_A_PAGE: usize = 72_000;
/// A run has as many …
const ROWS_MAX: usize = 3_600;
/// … or as few, however many there are.
const ROWS_MIN: usize = 120;
/// So many runs are drawn: those that did not pass first.
const DRAWN_MAX: usize = 300;

/// Makes the runs of a page, recorded. The same whoever makes them: workers do not matter.
pub fn outcomes(premises: &Premises, scenarios: &[Scenario], workers: usize) -> Vec<Outcome> {
    let jobs: Vec<Job<'_>> = premises
        .made
        .iter()
        .filter_map(|made| Some(Job { scenario: scenarios.get(made.source)?, seed: made.seed }))
        .collect();
    let rows_max = tiltyard_visca::num::clamp(
        ROWS_OF_A_PAGE as f64 / jobs.len().clamp(1, DRAWN_MAX) as f64,
        ROWS_MIN as f64,
        ROWS_MAX as f64,
    ) as usize;
    let mut outcomes = record_batch(&jobs, workers, &|job, recorded| {
        let recorded = match recorded {
            Ok(recorded) => recorded,
            Err(error) => {
                let result = invalid(job.scenario, job.seed, &error);
                return Outcome { result, findings: Vec::new(), drawing: None };
            }
        };
        let result = judge_recorded(job.scenario, job.seed, &recorded);
        let findings = findings::findings(job.scenario, &result, &recorded.trace);
        let drawing = Drawing::of(job.scenario, job.seed, &recorded, &result, rows_max);
        Outcome { result, findings, drawing: Some(drawing) }
    });
    keep_drawn(&mut outcomes);
    outcomes
}

/// Lets the drawings go for which there is no room: of the runs that passed, those with the widest margins.
fn keep_drawn(outcomes: &mut [Outcome]) {
    if outcomes.len() <= DRAWN_MAX {
        return;
    }
    let mut order: Vec<usize> = (0..outcomes.len()).collect();
    let margin = |index: &usize| outcomes[*index].result.margin.unwrap_or(0.0);
    let passed = |index: &usize| outcomes[*index].result.verdict == crate::run::RunVerdict::Pass;
    order.sort_by(|a, b| passed(a).cmp(&passed(b)).then(margin(a).total_cmp(&margin(b))).then(a.cmp(b)));
    for index in order.split_off(DRAWN_MAX) {
        outcomes[index].drawing = None;
    }
}

/// The claims as they stand in the page.
pub fn claims(premises: &Premises, outcomes: &[Outcome]) -> Result<Value, String> {
    let runs = outcomes.iter().map(|outcome| ClaimedRun::of(&outcome.result)).collect();
    serde_json::to_value(Claims { premises, runs }).map_err(|error| format!("failed to write the claims: {error}"))
}

/// The text of the page.
pub fn render(premises: &Premises, scenarios: &[Scenario], outcomes: &[Outcome]) -> Result<String, String> {
    page::render(premises, scenarios, outcomes)
}
