//! `tiltyard verify REPORT`: what a page claims, made again.
//!
//! Every run is made again out of the page itself: the scenario's text, the camera's, all that it reads, and the seed.
//! Then the claims are compared, number by number, and the whole page with one that is made of what was measured: what
//! is shown and what is claimed cannot differ.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use clap::Args;

use super::{Exit, Failure, baseline, files, html, out};
use crate::report::html::claims::Source;
use crate::report::html::differences::{Difference, differences, first_line};
use crate::report::html::reader::{Claimed, read};
use crate::report::html::{Outcome, claims, outcomes, render};
use crate::run::{Job, RunResult, perception};
use crate::scenario::Scenario;

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A page that `run --html` wrote
    pub report: PathBuf,
    /// Runs at a time; as many as there are cores when absent
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
}

/// So many differences are told; the rest is counted.
const TOLD_MAX: usize = 20;

/// Makes the runs again and compares. A page that is right is a success.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let shown = arguments.report.display();
    let refuse = |error: &dyn std::fmt::Display| Failure::Usage(format!("failed to verify {shown}: {error}"));
    let bytes = std::fs::read(&arguments.report).map_err(|error| refuse(&error))?;
    let (page, claimed) = read(&bytes).map_err(|error| refuse(&error))?;
    let premises = &claimed.premises;
    let scenarios = html::scenarios(premises, &arguments.report)?;
    perception::ready(&scenarios).map_err(Failure::Environment)?;

    let outcomes = outcomes(premises, &scenarios, files::workers(arguments.jobs, premises.made.len()));
    let measured = claims(premises, &outcomes).map_err(Failure::Environment)?;
    let mut found = differences(&claimed.block, &measured);
    let (against, note) = against_the_baseline(&claimed, &scenarios, &outcomes)?;
    found.extend(against);
    let fresh = render(premises, &scenarios, &outcomes).map_err(Failure::Environment)?;
    let parted = if found.is_empty() { first_line(page, &fresh) } else { None };
    let (runs, commit) = (outcomes.len(), super::report::commit());
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = match (&parted, found.as_slice()) {
        (None, []) => writeln!(
            text,
            "{shown}: all {runs} runs came out as claimed, and the page is what they make, byte for byte"
        ),
        (Some((_, difference)), _) => writeln!(
            text,
            "{shown}: all {runs} runs came out as claimed, but the page is not what they make: {}\n  it has    {}\n  made anew {}",
            difference.place, difference.claimed, difference.measured
        ),
        (None, found) => tell(&mut text, &shown.to_string(), found),
    };
    for note in note.into_iter().chain(other_texts(&claimed)) {
        let _ = writeln!(text, "{note}");
    }
    let same = found.is_empty() && parted.is_none();
    if premises.commit != commit {
        let said = if same { "the same" } else { "another program makes other runs or another page" };
        let _ = writeln!(text, "It was made at commit {}; here is {commit}: {said}", premises.commit);
    }
    out::print(&text)?;
    Ok(if same { Exit::Success } else { Exit::Failed })
}

fn tell(text: &mut String, shown: &str, found: &[Difference]) -> std::fmt::Result {
    let places = if found.len() == 1 { "1 place".to_owned() } else { format!("{} places", found.len()) };
    writeln!(text, "{shown}: not what its runs come to, in {places}:")?;
    for difference in found.iter().take(TOLD_MAX) {
        writeln!(text, "  {difference}")?;
    }
    if found.len() > TOLD_MAX {
        writeln!(text, "  … and {} more", found.len() - TOLD_MAX)?;
    }
    Ok(())
}

/// A note on scenarios whose text is another one here: what a page proves is what it says was run.
fn other_texts(claimed: &Claimed) -> Option<String> {
    let premises = &claimed.premises;
    let differs = |source: &&Source| {
        let path = Path::new(&source.file);
        // A page may come from anybody: it is not told what lies elsewhere.
        let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || path.extension().is_none_or(|extension| extension != "toml") || !path.is_file() {
            return false;
        }
        let here = files::parse_sets(&source.sets).and_then(|sets| files::load_one(path, &sets));
        here.map_or(true, |here| premises.texts.get(source.text) != Some(&here.text))
    };
    let other: Vec<&str> = premises.sources.iter().filter(differs).map(|source| source.file.as_str()).collect();
    (!other.is_empty()).then(|| format!("Other texts than those that lie here: {}", other.join(", ")))
}

/// Where the page's account of a baseline is not the baseline that lies here; or a note that there is none to look at.
fn against_the_baseline(
    claimed: &Claimed,
    scenarios: &[Scenario],
    outcomes: &[Outcome],
) -> Result<(Vec<Difference>, Option<String>), Failure> {
    let premises = &claimed.premises;
    let Some(compared) = &premises.baseline else { return Ok((Vec::new(), None)) };
    let name = baseline::name(&compared.name)
        .map_err(|error| Failure::Usage(format!("the page names a baseline `{}`: {error}", compared.name)))?;
    let path = baseline::path(&name);
    if !path.exists() {
        let note = format!("What it says of the baseline was taken as it stands: {} is not here", path.display());
        return Ok((Vec::new(), Some(note)));
    }
    let made = &premises.made;
    let jobs: Vec<Job<'_>> =
        made.iter().map(|made| Job { scenario: &scenarios[made.source], seed: made.seed }).collect();
    let results: Vec<RunResult> = outcomes.iter().map(|outcome| outcome.result.clone()).collect();
    let fresh = baseline::compare(&name, &baseline::load(&name)?, &jobs, &results, &compared.sets);
    let value = |compared| serde_json::to_value(compared).map_err(|error| Failure::Environment(error.to_string()));
    let mut found = differences(&value(compared)?, &value(&fresh)?);
    for difference in &mut found {
        difference.place = format!("baseline {name}: {}", difference.place);
    }
    Ok((found, None))
}
