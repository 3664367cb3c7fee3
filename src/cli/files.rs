//! From paths on the command line to scenarios: folders are searched, files are read, all mistakes are told at once.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::scenario::{Scenario, Set, load};

/// All scenario files under these paths, sorted, each once.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        if path.is_dir() {
            search(path, &mut files)
                .map_err(|error| Failure::Environment(format!("failed to read {}: {error}", path.display())))?;
        } else if path.exists() {
            files.push(path.clone());
        } else {
            let path = path.display();
            return Err(Failure::Usage(format!("there is no file or folder {path} (name scenario files or folders)")));
        }
        if files.len() == before {
            return Err(Failure::Usage(format!("there is no scenario (*.toml) in {}", path.display())));
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn search(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            search(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(())
}

/// The scenarios in these files, or everything that is wrong with any of them.
pub fn load_all(files: &[PathBuf], sets: &[Set]) -> Result<Vec<Scenario>, Failure> {
    let (mut scenarios, mut wrong) = (Vec::new(), Vec::new());
    for file in files {
        match load(file, sets) {
            Ok(scenario) => scenarios.push(scenario),
            // A mistake in a `--set` is the same in every file: once is enough.
            Err(diagnostics) if wrong.contains(&diagnostics) => {}
            Err(diagnostics) => wrong.push(diagnostics),
        }
    }
    if wrong.is_empty() { Ok(scenarios) } else { Err(Failure::Files(wrong)) }
}

/// The scenario in this file, or everything that is wrong with it.
pub fn load_one(file: &Path, sets: &[Set]) -> Result<Scenario, Failure> {
    load(file, sets).map_err(|wrong| Failure::Files(vec![wrong]))
}

/// `--set key=value`, each.
pub fn parse_sets(sets: &[String]) -> Result<Vec<Set>, Failure> {
    sets.iter().map(|set| Set::parse(set)).collect::<Result<_, _>>().map_err(|wrong| Failure::Files(vec![wrong]))
}

/// So many runs at a time: as many as were asked for, or as there are cores, and no more than there are runs.
pub fn workers(jobs: Option<u16>, runs: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    jobs.map_or(cores, usize::from).min(runs.max(1))
}
