//! What a run of the suite is measured by: error, and what it is bought with.

use super::Cell;
use crate::run::floors::{Floors, floors};
use crate::run::metrics::Metrics;
use crate::run::oracle::{EXACT_DEG, Knowledge, errors_deg, followed_from, rms};
use crate::run::{Execution, Recorded, RunError, parallel};
use crate::scenario::{Diagnostics, Scenario};

/// A cell that was tracked less than this share of the time lost its subject.
const KEPT: f64 = 0.9;

/// The numbers of a run. Errors, jerk and acceleration are taken from a second after the first lock on, from the start
/// where there was none; what a run does not tell is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// RMS of the angle between subject and optical axis \[deg\].
    pub rms_deg: Option<f64>,
    /// It over the delayed oracle's; `None` where the oracle is as good as exact, and without a lock.
    pub limit_ratio: Option<f64>,
    /// RMS of the oracle that knows the future \[deg\].
    pub clairvoyant_deg: Option<f64>,
    /// RMS over both axes of the change of acceleration between two ticks \[deg/s³\].
    pub jerk_dps3: Option<f64>,
    /// RMS over both axes of the acceleration \[deg/s²\].
    pub acceleration_dps2: Option<f64>,
    /// Changes of direction of pan and tilt.
    pub reversals_per_min: Option<f64>,
    /// VISCA messages.
    pub commands_per_min: Option<f64>,
    /// The subject was in view for at least 0.9 of the frames.
    pub kept: bool,
}

impl Measured {
    /// Of a recorded run.
    fn of(scenario: &Scenario, recorded: &Recorded) -> Self {
        let trace = &recorded.trace;
        let metrics = Metrics::of(scenario, trace, &recorded.observations);
        let from = followed_from(trace).unwrap_or(0);
        let rows = &trace.rows[from..];
        let some = |value: f64| value.is_finite().then_some(value);
        let ahead = errors_deg(scenario, trace, Knowledge::Ahead);
        let span_s = 1.0 / scenario.world.video.rate_hz;
        let jerks = rows.windows(2).map(|pair| {
            let [before, after] = [&pair[0], &pair[1]].map(|row| row.acceleration_dps2);
            libm::hypot(after[0] - before[0], after[1] - before[1]) / span_s
        });
        let a_minute = |count: u64| Some(count as f64 * 60.0 / scenario.length.as_secs_f64());
        Self {
            rms_deg: some(rms(rows.iter().filter_map(|row| row.error_total_deg))),
            limit_ratio: metrics.limit_ratio,
            clairvoyant_deg: some(rms(ahead[from..].iter().copied().flatten())),
            jerk_dps3: some(rms(jerks)),
            acceleration_dps2: some(rms(rows
                .iter()
                .map(|row| libm::hypot(row.acceleration_dps2[0], row.acceleration_dps2[1])))),
            reversals_per_min: a_minute(metrics.reversals),
            commands_per_min: a_minute(metrics.commands_sent),
            kept: metrics.tf.is_some_and(|out_of_view| out_of_view < 1.0 - KEPT),
        }
    }

    /// RMS over the clairvoyant oracle's; `None` where that one is as good as exact.
    pub fn clairvoyant_ratio(&self) -> Option<f64> {
        let best_deg = self.clairvoyant_deg.filter(|best_deg| *best_deg >= EXACT_DEG)?;
        Some(self.rms_deg? / best_deg)
    }
}

/// A run without its hash chain, which nobody reads here.
pub(super) fn recorded(scenario: &Scenario, seed: u64) -> Result<Recorded, RunError> {
    Execution::new(scenario, seed)?.without_hashing().finish()
}

/// One run; a run that cannot be made has no numbers.
pub fn measure(scenario: &Scenario, seed: u64) -> Measured {
    recorded(scenario, seed).map_or_else(|_| Measured::default(), |recorded| Measured::of(scenario, &recorded))
}

/// Each scenario with the seeds 0 .. `seeds`, on `workers` threads.
pub fn measure_all(scenarios: &[Scenario], seeds: u64, workers: usize) -> Vec<Vec<Measured>> {
    let jobs: Vec<(&Scenario, u64)> =
        scenarios.iter().flat_map(|scenario| (0..seeds).map(move |seed| (scenario, seed))).collect();
    let runs = parallel::each(&jobs, workers, &|(scenario, seed)| measure(scenario, *seed));
    runs.chunks(seeds as usize).map(<[Measured]>::to_vec).collect()
}

/// The floors of the cells that are given, with seed 0, on `workers` threads. The stack has a part only in when it
/// locks.
pub fn floors_of(cells: &[Option<Cell>], workers: usize) -> Result<Vec<Option<Floors>>, Diagnostics> {
    let mut jobs = Vec::with_capacity(cells.len());
    for cell in cells {
        jobs.push(match cell {
            Some(cell) => Some((*cell, cell.scenario("")?)),
            None => None,
        });
    }
    Ok(parallel::each(&jobs, workers, &|job| {
        let (cell, scenario) = job.as_ref()?;
        floors(scenario, &recorded(scenario, 0).ok()?.trace, cell.noise_deg)
    }))
}

#[cfg(test)]
mod tests {
    use super::super::{CAMERAS, Profile};
    use super::*;
    use crate::run::run_scenario;

    #[test]
    fn they_are_those_of_the_judged_run() {
        let cell = Cell { profile: Profile::Bang, delay_ms: 150, fov_deg: 30.0, noise_deg: 0.05, camera: CAMERAS[1] };
        let scenario = cell.scenario("").unwrap();
        let (run, measured) = (run_scenario(&scenario, 2), measure(&scenario, 2));
        assert_eq!(measured.limit_ratio, run.metrics.limit_ratio);
        assert!(measured.kept && measured.limit_ratio.is_some());
        // A bang of 10 deg/s² is followed with at least that, and a head that changes codes jerks.
        assert!(measured.acceleration_dps2.unwrap() > 5.0 && measured.jerk_dps3.unwrap() > 100.0, "{measured:?}");
        assert!(measured.clairvoyant_deg.unwrap() < 0.1 * measured.rms_deg.unwrap(), "{measured:?}");
    }
}
