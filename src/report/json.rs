//! `--format json`: one object, `tiltyard-run/1`.

use serde::Serialize;

use super::changes::Changes;
use super::skipped::Skipped;
use crate::run::{RunResult, RunVerdict};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    runs: &'a [RunResult],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    skipped: &'a [Skipped],
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'a Changes>,
    totals: Totals,
}

/// Counts over all runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Runs.
    pub runs: usize,
    /// Runs that passed.
    pub pass: usize,
    /// Runs with a broken expectation.
    pub fail: usize,
    /// Runs with an undecided expectation and no broken one.
    pub inconclusive: usize,
    /// Runs that could not be made, or of which nothing was expected.
    pub invalid: usize,
    /// Simulated time \[s\].
    pub sim_s: f64,
    /// Wall time of the batch \[s\].
    pub wall_s: f64,
    /// The first over the second, all workers together.
    pub real_time_factor: f64,
}

impl Totals {
    /// Of these runs, which took `wall_s` together.
    pub fn of(results: &[RunResult], wall_s: f64) -> Self {
        let count = |verdict| results.iter().filter(|result| result.verdict == verdict).count();
        let sim_s = results.iter().map(|result| result.sim_s).fold(0.0, |sum, sim_s| sum + sim_s);
        Self {
            runs: results.len(),
            pass: count(RunVerdict::Pass),
            fail: count(RunVerdict::Fail),
            inconclusive: count(RunVerdict::Inconclusive),
            invalid: count(RunVerdict::Invalid),
            sim_s,
            wall_s,
            real_time_factor: if wall_s > 0.0 { sim_s / wall_s } else { 0.0 },
        }
    }
}

/// The text of the object, with a line end.
pub fn render(results: &[RunResult], skipped: &[Skipped], baseline: Option<&Changes>, wall_s: f64) -> String {
    let totals = Totals::of(results, wall_s);
    let document = Document { schema: "tiltyard-run/1", runs: results, skipped, baseline, totals };
    // Plain structs with string keys: nothing that JSON could refuse.
    serde_json::to_string(&document).map_or_else(|error| format!("{{\"error\":\"{error}\"}}\n"), |text| text + "\n")
}
