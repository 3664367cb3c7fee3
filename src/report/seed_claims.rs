//! `reports/seed-claims.md`: the guide's table of expected results, measured.
//!
//! The guide ends with a table of what its changes would bring ("Oscillates → Smooth", "200-400 ms → 150-250 ms") and
//! no measurement behind it. Here the old code and the mended new code run the same scenarios with the same seeds, and
//! each row is given the number that comes nearest to its words.

use std::fmt::Write;

use crate::run::metrics::percentile;
use crate::run::{Metrics, RunResult, RunVerdict};

/// One scenario under both presets, over all seeds.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Name of the scenario.
    pub scenario: String,
    /// Runs of `seed-before`.
    pub before: Vec<RunResult>,
    /// Runs of `seed`.
    pub after: Vec<RunResult>,
}

/// A row of the guide's table that a run can measure.
struct Claim {
    metric: &'static str,
    before: &'static str,
    after: &'static str,
    measured_as: &'static str,
    unit: &'static str,
    decimals: usize,
    value: fn(&RunResult) -> Option<f64>,
}

const CLAIMS: [Claim; 5] = [
    Claim {
        metric: "Tracking smoothness",
        before: "Oscillates",
        after: "Smooth",
        measured_as: "changes of direction of the gimbal a minute",
        unit: "/min",
        decimals: 1,
        value: |run| Some(run.metrics.reversals as f64 * 60.0 / run.sim_s),
    },
    Claim {
        metric: "Tracking smoothness",
        before: "Oscillates",
        after: "Smooth",
        measured_as: "overshoot after a step, share of the step",
        unit: "",
        decimals: 3,
        value: |run| run.metrics.overshoot,
    },
    Claim {
        metric: "Steady-state error",
        before: "High",
        after: "Low",
        measured_as: "RMS error over the whole run",
        unit: "deg",
        decimals: 2,
        value: |run| run.metrics.rms_error_deg,
    },
    Claim {
        metric: "Frame drop rate",
        before: "0-10 %",
        after: "< 1 %",
        measured_as: "frames lost or overwritten unread",
        unit: "%",
        decimals: 2,
        value: |run| Some(run.metrics.drop_rate * 100.0),
    },
    Claim {
        metric: "Jitter (P95)",
        before: "200-400 ms",
        after: "150-250 ms",
        measured_as: "exposure to decision, 95th percentile",
        unit: "ms",
        decimals: 0,
        value: |run| run.metrics.loop_latency_p95_ms,
    },
];

/// The report's body: all of it but commit and machine.
pub fn render(pairs: &[Pair]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, pairs);
    text
}

fn write(text: &mut String, pairs: &[Pair]) -> std::fmt::Result {
    writeln!(text, "## The guide's table, measured\n")?;
    writeln!(text, "Medians over all runs of the set; `-` where a run does not tell.\n")?;
    writeln!(text, "| metric of the guide | its \"before\" | its \"after\" | measured as | `seed-before` | `seed` |")?;
    writeln!(text, "|---|---|---|---|---|---|")?;
    for claim in &CLAIMS {
        let median = |runs: fn(&Pair) -> &[RunResult]| {
            let mut values: Vec<f64> = pairs.iter().flat_map(runs).filter_map(claim.value).collect();
            show(percentile(&mut values, 0.5), claim)
        };
        let Claim { metric, before, after, measured_as, .. } = claim;
        let (old, new) = (median(|pair| &pair.before), median(|pair| &pair.after));
        writeln!(text, "| {metric} | {before} | {after} | {measured_as} | {old} | {new} |")?;
    }
    writeln!(
        text,
        "| Race conditions | 1 critical | 0 | not a matter of runs: ticks are immutable and shared by `Arc` \
         (`src/stack/metadata.rs`) | - | - |\n\
         | Data corruption risk | HIGH | LOW | as above | - | - |\n"
    )?;
    writeln!(text, "## By scenario\n")?;
    writeln!(text, "Medians over the seeds, `seed-before` → `seed`; passes of the scenario's own expectations.\n")?;
    writeln!(text, "| scenario | RMS error \\[deg\\] | p95 error \\[deg\\] | on target | reversals /min | passes |")?;
    writeln!(text, "|---|---|---|---|---|---|")?;
    for pair in pairs {
        let arrow = |value: fn(&RunResult) -> Option<f64>, decimals: usize| {
            let median = |runs: &[RunResult]| {
                let mut values: Vec<f64> = runs.iter().filter_map(value).collect();
                percentile(&mut values, 0.5).map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
            };
            format!("{} → {}", median(&pair.before), median(&pair.after))
        };
        let passes = |runs: &[RunResult]| {
            format!("{}/{}", runs.iter().filter(|run| run.verdict == RunVerdict::Pass).count(), runs.len())
        };
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} → {} |",
            pair.scenario,
            arrow(|run| run.metrics.rms_error_deg, 2),
            arrow(|run| run.metrics.p95_error_deg, 2),
            arrow(|run| run.metrics.time_on_target, 2),
            arrow(|run| Some(reversals_per_minute(&run.metrics, run.sim_s)), 0),
            passes(&pair.before),
            passes(&pair.after),
        )?;
    }
    Ok(())
}

fn reversals_per_minute(metrics: &Metrics, sim_s: f64) -> f64 {
    metrics.reversals as f64 * 60.0 / sim_s
}

fn show(value: Option<f64>, claim: &Claim) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.*} {}", claim.decimals, claim.unit).trim().to_owned())
}
