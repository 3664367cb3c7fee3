//! What changed since a baseline: per run and number improved, regressed, within the noise, or changed.
//!
//! The simulation is exact, so a number that differs has changed; the noise tells whether it means anything. It is the
//! spread of that number over the seeds of the scenario: the larger of the two standard deviations, before and now.
//! With fewer than three seeds it is not known, and a difference is only called changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::max;

use super::command::diff;
use crate::run::{RunResult, RunVerdict};
use crate::scenario::Metric;

/// Fewer seeds tell no spread.
const SEEDS_MIN: usize = 3;

/// A run as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the run.
    pub seed: u64,
    /// A hash of the scenario's text and of all that it read, 16 hexadecimal digits.
    pub source: String,
    /// The overrides, as typed.
    pub sets: Vec<String>,
    /// What became of it.
    pub verdict: RunVerdict,
    /// Head of its chain.
    pub chain: String,
    /// Its tightest margin.
    pub margin: Option<f64>,
    /// Its numbers.
    pub metrics: BTreeMap<String, Option<f64>>,
}

/// A run as it was, and where this one parts from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// The run as it was.
    pub before: Before,
    /// The first tick at which the chains differ; absent where they are equal.
    pub parted_tick: Option<usize>,
    /// The scenario's text, or a file that it reads, is another one.
    pub source_changed: bool,
}

/// What became of a run or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Better by more than the noise.
    Improved,
    /// Worse by more than the noise.
    Regressed,
    /// Another value, by no more than the noise.
    Within,
    /// Another value; what that means is not known.
    Changed,
}

impl Change {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Improved => "improved",
            Self::Regressed => "regressed",
            Self::Within => "within noise",
            Self::Changed => "changed",
        }
    }
}

/// A number that is another one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Number {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    #[serde(skip)]
    pub unit: &'static str,
    /// What it was.
    pub before: Option<f64>,
    /// What it is.
    pub now: Option<f64>,
    /// Its spread over the seeds, if that is known.
    pub noise: Option<f64>,
    /// What that means.
    pub change: Change,
}

/// A run that is another one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunChange {
    /// Its place among the runs.
    #[serde(skip)]
    pub index: usize,
    /// Name of the scenario.
    pub scenario: String,
    /// Seed of the run.
    pub seed: u64,
    /// The first tick at which the chains differ.
    pub parted_tick: Option<usize>,
    /// The scenario's text, or a file that it reads, is another one.
    pub source_changed: bool,
    /// What names the tick, subsystem and field in which it parts.
    pub command: String,
    /// The verdicts, before and now.
    pub verdict: [RunVerdict; 2],
    /// The margins, before and now.
    pub margin: [Option<f64>; 2],
    /// The numbers that differ.
    pub metrics: Vec<Number>,
}

/// All runs against a baseline.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Changes {
    /// The baseline's name.
    pub name: String,
    /// The commit that it was made at.
    pub commit: String,
    /// Runs that came out equal, bit for bit.
    pub unchanged: usize,
    /// Runs that the baseline has not.
    pub new: usize,
    /// Runs of the baseline that were not made.
    pub missing: usize,
    /// Runs that came out otherwise.
    pub runs: Vec<RunChange>,
}

/// Weighs results against what they were, in the same order; `None` is a run that the baseline has not. `sets` are the
/// overrides of the results, as typed.
pub fn changes(before: &[Option<Against>], results: &[RunResult], sets: &[String]) -> Changes {
    let mut changes = Changes::default();
    for (index, (against, result)) in before.iter().zip(results).enumerate() {
        let Some(against) = against else {
            changes.new += 1;
            continue;
        };
        if against.before.chain == result.chain && against.before.verdict == result.verdict {
            changes.unchanged += 1;
            continue;
        }
        let metrics =
            result.metrics.entries().into_iter().zip(Metric::ALL).filter_map(|((name, unit, now), metric)| {
                let was = against.before.metrics.get(name).copied().flatten();
                if was == now {
                    return None;
                }
                let noise = noise(&result.scenario, name, before, results);
                Some(Number { name, unit, before: was, now, noise, change: weigh(metric, was, now, noise) })
            });
        changes.runs.push(RunChange {
            index,
            scenario: result.scenario.clone(),
            seed: result.seed,
            parted_tick: against.parted_tick,
            source_changed: against.source_changed,
            command: diff(&result.file, result.seed, &against.before.sets, sets, against.source_changed),
            verdict: [against.before.verdict, result.verdict],
            margin: [against.before.margin, result.margin],
            metrics: metrics.collect(),
        });
    }
    changes
}

/// The larger spread of a number over the seeds of a scenario, before and now.
fn noise(scenario: &str, metric: &str, before: &[Option<Against>], results: &[RunResult]) -> Option<f64> {
    let pairs = before.iter().zip(results).filter(|(_, result)| result.scenario == scenario);
    let (mut was, mut is) = (Vec::new(), Vec::new());
    for (against, result) in pairs {
        was.extend(against.as_ref().and_then(|one| one.before.metrics.get(metric).copied().flatten()));
        is.extend(
            result.metrics.entries().into_iter().find(|(name, ..)| *name == metric).and_then(|(.., value)| value),
        );
    }
    Some(max(spread(&was)?, spread(&is)?))
}

/// Standard deviation of a sample.
fn spread(values: &[f64]) -> Option<f64> {
    if values.len() < SEEDS_MIN {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some(libm::sqrt(squares / (count - 1.0)))
}

fn weigh(metric: Metric, before: Option<f64>, now: Option<f64>, noise: Option<f64>) -> Change {
    let (Some(before), Some(now), Some(noise)) = (before, now, noise) else { return Change::Changed };
    let better = match metric {
        Metric::TimeOnTarget | Metric::Bbor => now - before,
        // How much was sent or seen is neither good nor bad.
        Metric::FramesCaptured | Metric::CommandsSent => return Change::Changed,
        _ => before - now,
    };
    if better.abs() <= noise {
        Change::Within
    } else if better > 0.0 {
        Change::Improved
    } else {
        Change::Regressed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_weighed_against_the_spread_over_the_seeds() {
        let weighed = |metric, now| weigh(metric, Some(1.0), Some(now), Some(0.1));
        assert_eq!(weighed(Metric::RmsError, 1.05), Change::Within);
        assert_eq!(weighed(Metric::RmsError, 1.2), Change::Regressed);
        assert_eq!(weighed(Metric::RmsError, 0.8), Change::Improved);
        assert_eq!(weighed(Metric::TimeOnTarget, 0.8), Change::Regressed);
        assert_eq!(weighed(Metric::CommandsSent, 2.0), Change::Changed);
        assert_eq!(weigh(Metric::RmsError, Some(1.0), Some(9.0), None), Change::Changed);
        assert_eq!(weigh(Metric::RmsError, Some(1.0), None, Some(0.1)), Change::Changed);
    }

    #[test]
    fn two_seeds_tell_no_spread() {
        assert_eq!(spread(&[1.0, 2.0]), None);
        assert_eq!(spread(&[1.0, 2.0, 3.0]), Some(1.0));
    }
}
