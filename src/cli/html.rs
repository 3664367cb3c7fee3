//! `run --html FILE`: the page of a batch.
//!
//! The runs are made again, recorded, so that the batch itself pays nothing; and out of the texts that the page will
//! carry, so that `verify` does the same.

use std::path::Path;

use super::{Failure, out};
use crate::report::html::claims::{Compared, Premises, Unreadable};
use crate::report::html::{outcomes, render};
use crate::report::skipped::Skipped;
use crate::run::{Job, RunResult};
use crate::scenario::Scenario;

/// Writes the page. `sets` are the overrides as typed.
pub fn write(
    path: &Path,
    jobs: &[Job<'_>],
    results: &[RunResult],
    sets: &[String],
    skipped: &[Skipped],
    baseline: Option<Compared>,
    workers: usize,
) -> Result<(), Failure> {
    let premises = Premises { baseline, ..Premises::of(jobs, sets, super::report::commit(), skipped) };
    let scenarios = scenarios(&premises, path)?;
    let outcomes = outcomes(&premises, &scenarios, workers);
    for (outcome, result) in outcomes.iter().zip(results) {
        if (&outcome.result.chain, outcome.result.verdict) != (&result.chain, result.verdict) {
            let (name, seed) = (&result.scenario, result.seed);
            out::warn(&format!("{name} seed {seed} was another run when it was made again (try --check-determinism)"));
        }
    }
    let page = render(&premises, &scenarios, &outcomes).map_err(Failure::Environment)?;
    out::write_file(path, page)
}

/// The scenarios of a page.
pub(super) fn scenarios(premises: &Premises, page: &Path) -> Result<Vec<Scenario>, Failure> {
    premises.scenarios().map_err(|unreadable| match unreadable {
        Unreadable::Scenario(wrong) => Failure::Files(vec![wrong]),
        Unreadable::NoText { index } => {
            Failure::Usage(format!("{} is damaged: it has no text {index}", page.display()))
        }
    })
}
