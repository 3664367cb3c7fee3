//! Many runs at once: parallel across runs, never inside one.
//!
//! Results come back in the order of the jobs, whatever the number of workers.

use rayon::prelude::*;

use super::result::{RunResult, run_scenario};
use crate::scenario::Scenario;

/// One run to make.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Of this scenario …
    pub scenario: &'a Scenario,
    /// … with this seed.
    pub seed: u64,
}

/// Makes all runs on `workers` threads; `done` hears of each as it ends, in no particular order.
pub fn run_batch(jobs: &[Job<'_>], workers: usize, done: &(dyn Fn(&RunResult) + Sync)) -> Vec<RunResult> {
    let run = |job: &Job<'_>| {
        let result = run_scenario(job.scenario, job.seed);
        done(&result);
        result
    };
    match rayon::ThreadPoolBuilder::new().num_threads(workers).build() {
        Ok(pool) if workers > 1 => pool.install(|| jobs.par_iter().map(run).collect()),
        // One worker, or a host without threads.
        _ => jobs.iter().map(run).collect(),
    }
}
