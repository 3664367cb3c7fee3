//! The moments of a run that are worth a look: at most five, as pictures that jump there.

use serde::Serialize;
use tiltyard_visca::SimTime;

use crate::run::{ExpectationResult, RunResult, Trace};
use crate::scenario::{Signal, Verdict};
use crate::stack::Phase;

/// One of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moment {
    /// When \[s\].
    pub at_s: f64,
    /// What, in two or three words.
    pub what: String,
    /// Something failed there.
    pub bad: bool,
}

/// So many fit beside each other.
const MOMENTS_MAX: usize = 5;

/// The fault signals, in the order of `Measured::faults`.
pub(super) const FAULTS: [Signal; 6] = [
    Signal::FaultLinkDrop,
    Signal::FaultLinkDelay,
    Signal::FaultVideoDrop,
    Signal::FaultVideoFreeze,
    Signal::FaultDetectorMiss,
    Signal::FaultInferenceDelay,
];

/// The moments of a run, in order of time, each once. Where there are more than five, the least telling go.
pub(super) fn moments(result: &RunResult, trace: &Trace) -> Vec<Moment> {
    let moment = |at: SimTime, what: String, bad: bool| Moment { at_s: at.as_secs_f64(), what, bad };
    let mut found = Vec::new();
    let failed = result.expectations.iter().filter(|one| one.judgement.verdict != Verdict::Pass);
    for one in failed.filter(|one| one.judgement.at.is_some()).take(2) {
        found.extend(one.judgement.at.map(|at| moment(at, format!("not kept: {}", one.name), true)));
    }
    let largest = |row: &&crate::run::Sample| row.error_total_deg;
    let worst = trace
        .rows
        .iter()
        .filter(|row| largest(row).is_some())
        .reduce(|worst, row| if largest(&row) > largest(&worst) { row } else { worst });
    found.extend(worst.map(|row| moment(row.at, "largest error".to_owned(), false)));
    let fault = trace.rows.iter().find_map(|row| {
        let kind = row.world.faults.iter().position(|active| *active)?;
        Some(moment(row.at, format!("{} begins", FAULTS[kind].name()), false))
    });
    found.extend(fault);
    found.extend(tightest(&result.expectations).map(|(at, name)| moment(at, format!("tightest: {name}"), false)));
    let lock = trace.rows.iter().find(|row| row.phase == Phase::Tracking);
    found.extend(lock.map(|row| moment(row.at, "first lock".to_owned(), false)));
    found.extend(trace.rows.last().map(|row| moment(row.at, "end".to_owned(), false)));
    let mut distinct: Vec<Moment> = Vec::new();
    for one in found {
        if distinct.iter().all(|other| other.at_s != one.at_s) {
            distinct.push(one);
        }
    }
    let mut found = distinct;
    found.truncate(MOMENTS_MAX);
    found.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    found
}

/// When the expectation that was kept by the least was nearest to its bound, and its name.
fn tightest(expectations: &[ExpectationResult]) -> Option<(SimTime, &str)> {
    let kept = expectations.iter().filter(|one| one.judgement.verdict == Verdict::Pass);
    let with = kept.filter_map(|one| Some((one.judgement.value_margin?, one.judgement.at?, one.name.as_str())));
    // A condition without a distance has a margin of 1 everywhere.
    let near = with.filter(|(margin, ..)| *margin < 1.0);
    near.reduce(|best, one| if one.0 < best.0 { one } else { best }).map(|(_, at, name)| (at, name))
}
