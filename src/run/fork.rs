//! What becomes of a snapshot: its own end, or others.
//!
//! Continued, it is judged as the whole run is: the snapshot carries trace, chain and observations so far. A *fork*
//! draws anew from its moment on: same past, another future. Fork n of a snapshot has the streams of the seed
//! XXH3(seed of the run, moment, n), so forks are repeatable and differ from each other and from every plain run. How
//! many of a hundred forks pass tells how settled the outcome was at that moment; where that share jumps between
//! two snapshots of a failing run, its failure became inevitable.

use tiltyard_visca::SimTime;
use xxhash_rust::xxh3::xxh3_64;

use super::executor::Execution;
use super::parallel;
use super::result::{RunResult, invalid, judge_recorded};
use super::snapshot::{Snapshot, SnapshotError};
use super::stopwatch::Stopwatch;
use crate::rig::SimRig;
use crate::scenario::Scenario;

/// Runs a snapshot to its end and judges the run as a whole.
pub fn run_snapshot(scenario: &Scenario, snapshot: &Snapshot) -> Result<RunResult, SnapshotError> {
    let stopwatch = Stopwatch::start();
    Ok(finish(Execution::restore(scenario, snapshot)?, scenario, snapshot.seed, stopwatch))
}

/// Runs a fork of a snapshot and judges past and new future as one run; the result's seed is the fork's number.
pub fn run_fork(scenario: &Scenario, snapshot: &Snapshot, fork: u64) -> Result<RunResult, SnapshotError> {
    let stopwatch = Stopwatch::start();
    let mut execution = Execution::restore(scenario, snapshot)?;
    execution.reseed(seed_of(snapshot.seed, snapshot.at, fork));
    Ok(finish(execution, scenario, fork, stopwatch))
}

/// Runs forks on `workers` threads; results in the order of `forks`. `done` hears of each as it ends.
pub fn run_forks(
    scenario: &Scenario,
    snapshot: &Snapshot,
    forks: &[u64],
    workers: usize,
    done: &(dyn Fn(&RunResult) + Sync),
) -> Result<Vec<RunResult>, SnapshotError> {
    let run = |fork: &u64| run_fork(scenario, snapshot, *fork).inspect(done);
    parallel::each(forks, workers, &run).into_iter().collect()
}

fn finish(execution: Execution<SimRig>, scenario: &Scenario, seed: u64, stopwatch: Stopwatch) -> RunResult {
    let mut result = match execution.finish() {
        Ok(recorded) => judge_recorded(scenario, seed, &recorded),
        Err(error) => invalid(scenario, seed, &error),
    };
    result.wall_s = stopwatch.elapsed_s();
    result
}

/// The seed of a fork's streams.
fn seed_of(seed: u64, at: SimTime, fork: u64) -> u64 {
    let mut bytes = [0; 24];
    for (place, word) in bytes.chunks_exact_mut(8).zip([seed, at.as_nanos(), fork]) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    xxh3_64(&bytes)
}
