//! `--annotations github`: a line a broken expectation, in GitHub's words, so that it stands at its line of the
//! scenario in the change that broke it.
//!
//! ```text
//! ::error file=scenarios/motion/step.toml,line=20,title=motion/step%3A settles::was 2.5 deg … (seed 7)
//! ```
//!
//! Words and escapes are those of <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use core::fmt::Write;
use std::collections::BTreeMap;

use crate::run::{RunResult, RunVerdict};
use crate::scenario::Verdict;

/// GitHub shows so many of a kind from one step.
const SHOWN_MAX: usize = 10;

/// A broken place, and with which seeds it broke.
struct Broken<'a> {
    result: &'a RunResult,
    line: usize,
    title: String,
    said: &'a str,
    seeds: usize,
}

/// The lines; `file` says how the repository calls a result's file. A place is told once, however many seeds break it.
pub fn github(results: &[RunResult], file: &dyn Fn(&str) -> String) -> String {
    let mut broken: Vec<Broken<'_>> = Vec::new();
    let mut known: BTreeMap<(&str, usize, &str), usize> = BTreeMap::new();
    for result in results.iter().filter(|result| result.verdict != RunVerdict::Pass) {
        let expectations = result.expectations.iter().filter(|one| one.judgement.verdict != Verdict::Pass);
        let places = expectations.map(|one| (one.line, one.name.as_str(), one.judgement.sentence.as_str()));
        let whole = result.reason.iter().map(|reason| (1, "", reason.as_str()));
        for (line, name, said) in places.chain(whole) {
            let index = *known.entry((&result.file, line, name)).or_insert(broken.len());
            if let Some(place) = broken.get_mut(index) {
                place.seeds += 1;
                continue;
            }
            let title = if name.is_empty() { result.scenario.clone() } else { format!("{}: {name}", result.scenario) };
            broken.push(Broken { result, line, title, said, seeds: 1 });
        }
    }
    let mut text: String = broken.iter().take(SHOWN_MAX).map(|place| error(place, file)).collect();
    if let Some(more) = broken.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "::notice title=tiltyard::{more} more broken expectations are in the summary");
    }
    text
}

fn error(place: &Broken<'_>, file: &dyn Fn(&str) -> String) -> String {
    let seed = place.result.seed;
    let seeds = match place.seeds {
        1 => format!("seed {seed}"),
        seeds => format!("seed {seed} and {} more", seeds - 1),
    };
    format!(
        "::error file={},line={},title={}::{} ({seeds})\n",
        property(&file(&place.result.file)),
        place.line,
        property(&place.title),
        data(place.said)
    )
}

/// As what comes after `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{expectation, run};

    fn broken(scenario: &str, seed: u64, lines: core::ops::Range<usize>) -> RunResult {
        let mut result = run(scenario, seed, RunVerdict::Fail);
        let each = lines.map(|line| expectation(&format!("no {line}"), line, Verdict::Fail, None));
        result.expectations = each.collect();
        result
    }

    #[test]
    fn an_error_names_file_line_and_reason() {
        let results = [broken("a", 7, 20..21), run("b", 1, RunVerdict::Pass)];
        let text = github(&results, &|file| format!("sub/{file}"));
        let said = "`error.pan` was 2.5 deg, bound below 0.5 deg (seed 7)";
        assert_eq!(text, format!("::error file=sub/scenarios/a.toml,line=20,title=a%3A no 20::{said}\n"));
    }

    #[test]
    fn nothing_in_a_name_ends_the_command_or_begins_another() {
        let mut result = broken("a,b:c", 7, 1..2);
        result.expectations[0].name = "100 %\n::warning::x".into();
        result.expectations[0].judgement.sentence = "first\r\n::error::second 5 %".into();
        let text = github(&[result], &str::to_owned);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.contains("title=a%2Cb%3Ac%3A 100 %25%0A%3A%3Awarning%3A%3Ax::first%0D%0A::error::second 5 %25"),
            "{text}"
        );
    }

    #[test]
    fn ten_are_told_and_the_rest_is_counted() {
        let text = github(&[broken("a", 1, 0..13)], &str::to_owned);
        assert_eq!(text.matches("::error ").count(), 10);
        assert!(text.ends_with("::notice title=tiltyard::3 more broken expectations are in the summary\n"), "{text}");
        assert_eq!(github(&[broken("a", 1, 0..10)], &str::to_owned).lines().count(), 10);
    }

    #[test]
    fn many_seeds_break_one_place_once() {
        let text = github(&[broken("a", 4, 3..4), broken("a", 5, 3..4), broken("a", 6, 3..4)], &str::to_owned);
        assert!(text.lines().count() == 1 && text.ends_with("(seed 4 and 2 more)\n"), "{text}");
    }

    #[test]
    fn a_run_that_could_not_be_made_is_told_too() {
        let mut result = run("a", 1, RunVerdict::Invalid);
        result.reason = Some("nothing is expected of it".into());
        let text = github(&[result], &str::to_owned);
        assert_eq!(text, "::error file=scenarios/a.toml,line=1,title=a::nothing is expected of it (seed 1)\n");
    }
}
