//! The summary for people: a line a run, a line an expectation with its measured value beside its bound.

use std::fmt::Write;

use super::changes::{Change, Changes, RunChange};
use super::command::run_again;
use super::json::Totals;
use super::skipped::Skipped;
use crate::run::{ExpectationResult, RunResult, RunVerdict};
use crate::scenario::Verdict;

/// With so many runs, those that passed get one line each and their expectations none.
const DETAILED_RUNS_MAX: usize = 40;

struct Paint(bool);

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
    fn green(&self, text: &str) -> String {
        self.with("32", text)
    }
    fn red(&self, text: &str) -> String {
        self.with("31", text)
    }
    fn yellow(&self, text: &str) -> String {
        self.with("33", text)
    }
    fn dim(&self, text: &str) -> String {
        self.with("2", text)
    }
    fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }
}

/// The text of the summary.
pub fn render(results: &[RunResult], skipped: &[Skipped], sets: &[String], wall_s: f64, color: bool) -> String {
    let paint = Paint(color);
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, results, skipped, sets, wall_s, &paint);
    text
}

/// Changed runs and numbers that are told in full.
const CHANGED_TOLD_MAX: usize = 10;

/// What changed since a baseline, in a few lines.
pub fn changed(changes: &Changes, color: bool) -> String {
    let paint = Paint(color);
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_changed(&mut text, changes, &paint);
    text
}

fn write_changed(text: &mut String, changes: &Changes, paint: &Paint) -> std::fmt::Result {
    write!(text, "against {}: {} changed, {} equal bit for bit", changes.name, changes.runs.len(), changes.unchanged)?;
    for (count, what) in [(changes.new, "new"), (changes.missing, "of it not run")] {
        if count > 0 {
            write!(text, ", {count} {what}")?;
        }
    }
    writeln!(text)?;
    for run in changes.runs.iter().take(CHANGED_TOLD_MAX) {
        let parted = run.parted_tick.map_or_else(String::new, |tick| format!(" from tick {tick} on"));
        write!(text, "  {} seed {}{parted}", run.scenario, run.seed)?;
        if run.verdict[0] != run.verdict[1] {
            let verdict = format!("{} → {}", run.verdict[0].name(), run.verdict[1].name());
            let better = run.verdict[1] == RunVerdict::Pass;
            write!(text, "  {}", if better { paint.green(&verdict) } else { paint.red(&verdict) })?;
        }
        for (change, counted) in counted(run) {
            let told = format!("{counted} {}", change.name());
            write!(text, "  {}", if change == Change::Regressed { paint.red(&told) } else { paint.dim(&told) })?;
        }
        writeln!(text)?;
    }
    if changes.runs.len() > CHANGED_TOLD_MAX {
        writeln!(text, "  … and {} more", changes.runs.len() - CHANGED_TOLD_MAX)?;
    }
    match changes.runs.first() {
        Some(run) => writeln!(text, "Where exactly the first parts: {}", run.command),
        None => Ok(()),
    }
}

/// How many numbers of a run are what.
fn counted(run: &RunChange) -> impl Iterator<Item = (Change, usize)> {
    let count = |change| run.metrics.iter().filter(|number| number.change == change).count();
    let all = [Change::Improved, Change::Regressed, Change::Within, Change::Changed];
    all.map(|change| (change, count(change))).into_iter().filter(|(_, count)| *count > 0)
}

fn write(
    text: &mut String,
    results: &[RunResult],
    skipped: &[Skipped],
    sets: &[String],
    wall_s: f64,
    paint: &Paint,
) -> std::fmt::Result {
    let names = results.iter().map(|result| &result.scenario).chain(skipped.iter().map(|one| &one.scenario));
    let width = names.map(String::len).max().unwrap_or(0);
    for result in results {
        let mark = match result.verdict {
            RunVerdict::Pass => paint.green("✓"),
            RunVerdict::Fail => paint.red("✗"),
            RunVerdict::Inconclusive => paint.yellow("?"),
            RunVerdict::Invalid => paint.red("!"),
        };
        let name = paint.bold(&format!("{:<width$}", result.scenario));
        let rms = result.metrics.rms_error_deg.map_or_else(String::new, |rms| format!("rms {rms:.2}°"));
        let margin = result.margin.map_or_else(String::new, |margin| format!("margin {:>4.0} %", margin * 100.0));
        let tail = paint.dim(&format!("seed {:<4} {:>5.1} s  {rms:<10} {margin}", result.seed, result.sim_s));
        writeln!(text, "{mark} {name}  {}", tail.trim_end())?;
        if let Some(reason) = &result.reason {
            writeln!(text, "    {reason}")?;
        }
        let terse = result.verdict == RunVerdict::Pass && results.len() > DETAILED_RUNS_MAX;
        for expectation in result.expectations.iter().filter(|_| !terse) {
            expectation_line(text, result, expectation, paint)?;
        }
    }
    left_out(text, skipped, width, paint)?;
    totals(text, results, skipped.len(), sets, wall_s, paint)
}

/// Each by name, by reasons, and each reason once.
fn left_out(text: &mut String, skipped: &[Skipped], width: usize, paint: &Paint) -> std::fmt::Result {
    let mut reasons: Vec<&str> = Vec::new();
    for one in skipped {
        if !reasons.contains(&one.reason.as_str()) {
            reasons.push(&one.reason);
        }
    }
    for reason in reasons {
        for one in skipped.iter().filter(|one| one.reason == reason) {
            writeln!(text, "{} {:<width$}  {}", paint.yellow("-"), one.scenario, paint.dim("skipped"))?;
        }
        writeln!(text, "    {reason}")?;
    }
    Ok(())
}

fn expectation_line(
    text: &mut String,
    result: &RunResult,
    expectation: &ExpectationResult,
    paint: &Paint,
) -> std::fmt::Result {
    let judgement = &expectation.judgement;
    let mark = match judgement.verdict {
        Verdict::Pass => paint.green("✓"),
        Verdict::Fail => paint.red("✗"),
        Verdict::Inconclusive => paint.yellow("?"),
    };
    write!(text, "    {mark} {}: {}", expectation.name, judgement.sentence)?;
    if judgement.verdict == Verdict::Pass {
        writeln!(text)
    } else {
        let place = format!("{}:{}", result.file, expectation.line);
        writeln!(text, "\n      {}", paint.dim(&place))
    }
}

/// `sets` are the overrides as typed.
fn again(result: &RunResult, sets: &[String]) -> String {
    match result.verb {
        "run" => run_again(&result.file, result.seed, sets),
        verb => format!("tiltyard {verb} {} --seed {}", result.file, result.seed),
    }
}

fn totals(
    text: &mut String,
    results: &[RunResult],
    skipped: usize,
    sets: &[String],
    wall_s: f64,
    paint: &Paint,
) -> std::fmt::Result {
    let totals = Totals::of(results, wall_s);
    let broken: Vec<&RunResult> = results.iter().filter(|result| result.verdict != RunVerdict::Pass).collect();
    if !broken.is_empty() {
        writeln!(text, "\nNot passed, and how to run each again:")?;
        for result in broken.iter().take(20) {
            writeln!(text, "  {}", again(result, sets))?;
        }
        if broken.len() > 20 {
            writeln!(text, "  … and {} more", broken.len() - 20)?;
        }
    }
    let counts = [
        (totals.pass, "passed"),
        (totals.fail, "failed"),
        (totals.inconclusive, "inconclusive"),
        (totals.invalid, "invalid"),
    ];
    let counted: Vec<String> = counts
        .into_iter()
        .filter(|(count, what)| *count > 0 || *what == "passed")
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let line = format!("{} of {} runs", counted.join(", "), totals.runs);
    let all_passed = totals.runs > 0 && totals.pass == totals.runs;
    writeln!(
        text,
        "\n{}{}; {:.1} s simulated in {:.2} s: {:.0} × real time",
        if all_passed { paint.green(&line) } else { paint.red(&line) },
        if skipped > 0 { paint.yellow(&format!(", {skipped} skipped")) } else { String::new() },
        totals.sim_s,
        totals.wall_s,
        totals.real_time_factor,
    )
}
