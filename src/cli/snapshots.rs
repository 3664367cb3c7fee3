//! Frozen runs on the command line: written by `run --snapshot-at`, continued and forked by `run --from-snapshot`.

use std::io::Write;
use std::path::Path;

use tiltyard_visca::SimTime;

use super::run::{Arguments, Format};
use super::{Exit, Failure, out};
use crate::run::{Execution, Job, RunVerdict, Snapshot, SnapshotError, Stopwatch, run_forks, run_snapshot};
use crate::scenario::units::Span;

/// A moment as it is typed: "3 s", "450 ms".
pub fn moment(text: &str) -> Result<SimTime, String> {
    text.parse().map(|Span(since)| SimTime::ZERO + since)
}

/// Freezes each run at `at` and writes `NAME-seedN-atT.tiltyard-snapshot` into `folder`.
pub fn write(jobs: &[Job<'_>], at: SimTime, folder: &Path) -> Result<(), Failure> {
    for Job { scenario, seed } in jobs {
        if at > SimTime::ZERO + scenario.length {
            let length_s = scenario.length.as_secs_f64();
            return Err(Failure::Usage(format!("{} ends after {length_s} s, before {at}", scenario.name)));
        }
        let name = scenario.name.replace('/', "-");
        let path = folder.join(format!("{name}-seed{seed}-at{}.tiltyard-snapshot", short(at)));
        let frozen = Execution::new(scenario, *seed).map_err(SnapshotError::from).and_then(|mut execution| {
            execution.run_until(at)?;
            execution.snapshot(scenario)?.encode()
        });
        // A run that breaks down before that moment is reported with the results.
        let bytes = match frozen {
            Err(SnapshotError::Run(_)) => continue,
            frozen => frozen.map_err(|error| Failure::Environment(format!("failed to {error}")))?,
        };
        out::write_file(&path, bytes)?;
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(std::io::stderr(), "froze {} seed {seed} at {at}: {}", scenario.name, path.display());
    }
    Ok(())
}

/// Goes on with the run in `file`, or with as many forks of it as were asked for.
pub fn go_on(file: &Path, arguments: &Arguments) -> Result<Exit, Failure> {
    let wrong = |error: SnapshotError| Failure::Usage(format!("failed to {error}: {}", file.display()));
    let bytes = std::fs::read(file)
        .map_err(|error| Failure::Usage(format!("failed to read the snapshot {}: {error}", file.display())))?;
    let snapshot = Snapshot::decode(&bytes).map_err(wrong)?;
    let scenario = snapshot.scenario().map_err(|wrong| Failure::Files(vec![wrong]))?;
    let stopwatch = Stopwatch::start();
    let Some(seeds) = arguments.fork_seeds else {
        let result = run_snapshot(&scenario, &snapshot).map_err(wrong)?;
        arguments.tell(std::slice::from_ref(&result), &[], None, stopwatch.elapsed_s())?;
        return Ok(Exit::of(&[result]));
    };
    let forks: Vec<u64> = seeds.all().collect();
    let results = run_forks(&scenario, &snapshot, &forks, arguments.workers(forks.len()), &|_| {}).map_err(wrong)?;
    arguments.tell(&results, &[], None, stopwatch.elapsed_s())?;
    if arguments.format == Format::Human {
        let passed = results.iter().filter(|result| result.verdict == RunVerdict::Pass).count();
        let (of, at) = (results.len(), snapshot.at);
        out::print(&format!("{passed} of {of} forks at {at} pass (seed {} up to there)\n", snapshot.seed))?;
    }
    Ok(Exit::of(&results))
}

/// Seconds without needless zeros, for a file's name: `3s`, `0.45s`.
pub(super) fn short(at: SimTime) -> String {
    let text = at.to_string().replace(' ', "");
    let digits = text.trim_end_matches('s').trim_end_matches('0').trim_end_matches('.');
    format!("{digits}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_and_named() {
        for (text, name) in [("3 s", "3s"), ("450 ms", "0.45s"), ("0 s", "0s"), ("10 s", "10s")] {
            assert_eq!(short(moment(text).unwrap()), name);
        }
        assert!(moment("3").unwrap_err().contains("unit"));
        assert!(moment("-3 s").is_err());
    }
}
