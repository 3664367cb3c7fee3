//! `tiltyard diff A [B]`: the first tick, subsystem and field in which two runs part.
//!
//! A side is a scenario file, or a run file (`*.mcap`) that `run --out` left: its chain then is the recorded one.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure, files, out};
use crate::report::divergence;
use crate::run::diff::{Comparison, Divergence, compare};
use crate::run::side::Side;

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A scenario file or a run file
    pub a: PathBuf,
    /// Another one; the same where absent
    pub b: Option<PathBuf>,
    /// Seed of both, instead of the scenarios' own
    #[arg(long)]
    pub seed: Option<u64>,
    /// Seed of the second
    #[arg(long, value_name = "SEED")]
    pub seed_b: Option<u64>,
    /// Change a key of both
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Change a key of the second
    #[arg(long = "set-b", value_name = "KEY=VALUE")]
    pub sets_b: Vec<String>,
    /// Let another build of tiltyard run the second
    #[arg(long, value_name = "PROGRAM")]
    pub build_b: Option<PathBuf>,
}

/// Compares and prints. Equal runs are a success.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let file_b = arguments.b.as_ref().unwrap_or(&arguments.a);
    let sets_b: Vec<String> = arguments.sets.iter().chain(&arguments.sets_b).cloned().collect();
    let seed_b = arguments.seed_b.or(arguments.seed);
    let a = here(&arguments.a, arguments.seed, &arguments.sets)?;
    let b = match &arguments.build_b {
        None => here(file_b, seed_b, &sets_b)?,
        Some(program) => {
            let seed = seed_b.into_iter().flat_map(|seed| ["--seed".to_owned(), seed.to_string()]);
            let sets = sets_b.iter().flat_map(|set| ["--set".to_owned(), set.clone()]);
            let file = file_b.display().to_string();
            let arguments = std::iter::once(file).chain(seed).chain(sets).collect();
            Side::Elsewhere { program: program.clone(), arguments }
        }
    };
    let failed = |error: crate::run::side::SideError| Failure::Environment(error.to_string());
    let (mut traced_a, mut traced_b) = (a.run(None).map_err(failed)?, b.run(None).map_err(failed)?);
    let comparison = compare(&traced_a.chain, &traced_b.chain);
    let mut divergence = None;
    if let Comparison::Parted { tick } = comparison {
        (traced_a, traced_b) = (a.run(Some(tick)).map_err(failed)?, b.run(Some(tick)).map_err(failed)?);
        if let (Some(x), Some(y)) = (traced_a.chain.get(tick), traced_b.chain.get(tick)) {
            divergence = Some(Divergence::of_links(tick, x, y).with_fields(&traced_a.fields, &traced_b.fields));
        }
    }
    let name_a = name(&arguments.a, &arguments.sets, None);
    let name_b = name(file_b, &sets_b, arguments.build_b.as_ref());
    let names = [name_a.as_str(), name_b.as_str()];
    out::print(&divergence::render(names, &traced_a, &traced_b, comparison, divergence.as_ref()))?;
    Ok(if comparison == Comparison::Equal { Exit::Success } else { Exit::Failed })
}

fn here(file: &std::path::Path, seed: Option<u64>, sets: &[String]) -> Result<Side, Failure> {
    let sets = files::parse_sets(sets)?;
    #[cfg(feature = "mcap")]
    if file.extension().is_some_and(|extension| extension == "mcap") {
        return recorded(file, seed, &sets);
    }
    let scenario = files::load_one(file, &sets)?;
    let seed = seed.unwrap_or(scenario.seed);
    Ok(Side::Here { scenario: Box::new(scenario), seed })
}

/// A run file as it is; with another seed or a `--set` it is the scenario that it was made of.
#[cfg(feature = "mcap")]
fn recorded(file: &std::path::Path, seed: Option<u64>, sets: &[crate::scenario::Set]) -> Result<Side, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Usage(format!("failed to read {}: {error}", file.display()));
    let bytes = std::fs::read(file).map_err(|error| failed(&error))?;
    let run = crate::runfile::read(&bytes).map_err(|error| failed(&error))?;
    let scenario = Box::new(run.scenario(sets).map_err(|wrong| Failure::Files(vec![wrong]))?);
    let as_recorded = sets.is_empty() && seed.is_none_or(|seed| seed == run.about.seed);
    let seed = seed.unwrap_or(run.about.seed);
    Ok(if as_recorded { Side::Record { scenario, seed, chain: run.links } } else { Side::Here { scenario, seed } })
}

fn name(file: &std::path::Path, sets: &[String], build: Option<&PathBuf>) -> String {
    let sets: String = sets.iter().map(|set| format!(" --set {set}")).collect::<Vec<_>>().concat();
    let build = build.map_or_else(String::new, |program| format!(" by {}", program.display()));
    format!("{}{sets}{build}", file.display())
}
