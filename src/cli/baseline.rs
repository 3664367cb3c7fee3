//! `run --save-baseline NAME` and `run --baseline NAME`: a batch kept as `baselines/NAME.json`, and held against.

use std::path::{Path, PathBuf};

use super::{Failure, out};
use crate::report::baseline::{Baseline, Kept};
use crate::report::changes::Against;
use crate::report::html::claims::Compared;
use crate::run::{Job, RunResult, execute, record_batch};

/// Where baselines are, in the folder where the program was started.
const FOLDER: &str = "baselines";

/// A name that is a file's: no folder in it, nothing hidden.
pub fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if text.is_empty() || text.starts_with('.') || !text.chars().all(plain) {
        return Err("expected letters, digits, `-`, `_` and `.`, such as main or v1.2".to_owned());
    }
    Ok(text.to_owned())
}

/// The file of a baseline.
pub(super) fn path(name: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{name}.json"))
}

/// Reads a baseline.
pub fn load(name: &str) -> Result<Baseline, Failure> {
    let path = path(name);
    if !path.exists() {
        return Err(Failure::Usage(unknown(name, &path)));
    }
    let text =
        std::fs::read(&path).map_err(|error| Failure::Usage(format!("failed to read {}: {error}", path.display())))?;
    Baseline::parse(&String::from_utf8_lossy(&text))
        .map_err(|error| Failure::Usage(format!("{} is {error}", path.display())))
}

fn unknown(name: &str, path: &Path) -> String {
    let mut known: Vec<String> = std::fs::read_dir(FOLDER)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some(entry.path().file_name()?.to_str()?.strip_suffix(".json")?.to_owned()))
        .collect();
    known.sort();
    let known =
        if known.is_empty() { "there is none yet".to_owned() } else { format!("there are {}", known.join(", ")) };
    format!("there is no baseline `{name}` ({} is missing; {known}; --save-baseline {name} makes it)", path.display())
}

/// Keeps a batch, and says where. `sets` are the overrides as typed.
pub fn save(
    name: &str,
    jobs: &[Job<'_>],
    results: &[RunResult],
    sets: &[String],
    workers: usize,
) -> Result<PathBuf, Failure> {
    let kept = record_batch(jobs, workers, &|job, recorded| {
        let recorded = recorded.ok()?;
        let result = crate::run::judge_recorded(job.scenario, job.seed, &recorded);
        Some(Kept::of(job.scenario, sets, &recorded, &result))
    });
    if results.iter().any(|result| result.chain.is_empty()) {
        out::warn("runs that could not be made are no part of the baseline");
    }
    let baseline = Baseline::of(super::report::commit(), kept.into_iter().flatten().collect());
    let text = serde_json::to_string(&baseline).map_err(|error| Failure::Environment(error.to_string()))?;
    let path = path(name);
    out::write_file(&path, text + "\n")?;
    Ok(path)
}

/// How a batch stands to a baseline; `sets` are its overrides as typed. Runs whose chains differ are made again, to
/// find the tick at which they part.
pub fn compare(name: &str, baseline: &Baseline, jobs: &[Job<'_>], results: &[RunResult], sets: &[String]) -> Compared {
    let of = |(job, result): (&Job<'_>, &RunResult)| {
        let kept = baseline.find(&result.scenario, result.seed)?;
        if kept.before.chain == result.chain {
            let unchanged = kept.against(job.scenario, &[]);
            return Some((Against { parted_tick: None, ..unchanged }, None));
        }
        let links = execute(job.scenario, job.seed).map(|recorded| recorded.chain.links().to_vec()).unwrap_or_default();
        Some((kept.against(job.scenario, &links), Some(kept.drawn.clone())))
    };
    let compared: Vec<_> = jobs.iter().zip(results).map(of).collect();
    let found = compared.iter().flatten().count();
    let (runs, drawn) =
        compared.into_iter().map(|one| one.map_or((None, None), |(run, drawn)| (Some(run), drawn))).unzip();
    Compared {
        name: name.to_owned(),
        commit: baseline.commit.clone(),
        sets: sets.to_vec(),
        missing: baseline.runs.len().saturating_sub(found),
        runs,
        drawn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for name_ok in ["main", "v1.2", "a_b-c"] {
            assert_eq!(name(name_ok), Ok(name_ok.to_owned()));
        }
        for bad in ["", ".", "..", "a/b", "../x", "a b", "ü"] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
