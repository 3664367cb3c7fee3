//! Many runs at once: parallel across runs, never inside one.
//!
//! Results come back in the order of the jobs, whatever the number of workers.

use super::diff::{Comparison, Divergence, compare};
use super::executor::{Execution, Recorded, RunError};
use super::parallel;
use super::result::{RunResult, RunVerdict, run_scenario};
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
///
/// One at a time where the feature `threads` is off or the host has none.
pub fn run_batch(jobs: &[Job<'_>], workers: usize, done: &(dyn Fn(&RunResult) + Sync)) -> Vec<RunResult> {
    let run = |job: &Job<'_>| {
        let result = run_scenario(job.scenario, job.seed);
        done(&result);
        result
    };
    parallel::each(jobs, workers, &run)
}

/// Makes all runs, recorded, on `workers` threads, and gives what `made` makes of each: a recording is large and goes
/// at once. They are deterministic: of runs that were made before, these are the same.
pub fn record_batch<R: Send>(
    jobs: &[Job<'_>],
    workers: usize,
    made: &(dyn Fn(&Job<'_>, Result<Recorded, RunError>) -> R + Sync),
) -> Vec<R> {
    let run = |job: &Job<'_>| {
        let execution = Execution::new(job.scenario, job.seed);
        made(job, execution.and_then(|execution| execution.recording().finish()))
    };
    parallel::each(jobs, workers, &run)
}

/// Makes all runs again, on one worker if there were several and on two if there was one, and marks those as invalid
/// whose chains came out differently, with the tick and the fields in which two runs part.
pub fn check_determinism(jobs: &[Job<'_>], results: &mut [RunResult], workers: usize) {
    let again = run_batch(jobs, if workers > 1 { 1 } else { 2 }, &|_| {});
    for ((job, result), again) in jobs.iter().zip(results).zip(again) {
        if result.chain != again.chain {
            let place = parted(job).unwrap_or_else(|| "nowhere the third and fourth time".to_owned());
            result.verdict = RunVerdict::Invalid;
            result.reason = Some(format!(
                "not deterministic: chain {} became {} when run again, parting {place}",
                result.chain, again.chain
            ));
        }
    }
}

/// Where two more runs of a job part.
fn parted(job: &Job<'_>) -> Option<String> {
    let run = |capture: Option<usize>| {
        let execution = Execution::new(job.scenario, job.seed).ok()?;
        match capture {
            Some(tick) => execution.capturing(tick..=tick).finish().ok(),
            None => execution.finish().ok(),
        }
    };
    let Comparison::Parted { tick } = compare(run(None)?.chain.links(), run(None)?.chain.links()) else { return None };
    let (a, b) = (run(Some(tick))?, run(Some(tick))?);
    let (x, y) = (a.chain.links().get(tick)?, b.chain.links().get(tick)?);
    let divergence = Divergence::of_links(tick, x, y).with_fields(&a.captured, &b.captured);
    let field = divergence.fields.first().map_or_else(String::new, |field| format!(", {}", field.path));
    Some(format!("at tick {tick} in {}{field}", divergence.subsystems.join(", ")))
}
