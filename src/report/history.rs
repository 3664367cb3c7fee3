//! `history.jsonl`: a line a batch, so that somebody sees where a margin has been going for weeks.
//!
//! One JSON object a line, `tiltyard-history/1`, each whole by itself: files are joined by `cat`, and a line that a
//! full disk cut off costs that line. No clock is asked: what dates a line is its commit.

use core::fmt::Write;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{max, min};

use super::skipped::Skipped;
use crate::run::{RunResult, RunVerdict};

/// The layout of a line.
pub const SCHEMA: &str = "tiltyard-history/1";

/// What a batch came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// [`SCHEMA`].
    pub schema: String,
    /// What somebody called it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    /// The commit that it was made of.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Version of the program.
    pub version: String,
    /// Runs.
    pub runs: usize,
    /// Runs that passed.
    pub passed: usize,
    /// Scenarios that were left out.
    pub skipped: usize,
    /// Each scenario by its name, over all seeds that it was run with.
    pub scenarios: BTreeMap<String, Entry>,
}

/// What a scenario came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The worst verdict of its runs.
    pub verdict: RunVerdict,
    /// Its runs.
    pub runs: usize,
    /// Those that passed.
    pub passed: usize,
    /// The tightest margin of any.
    pub margin: Option<f64>,
    /// The largest RMS error of any \[deg\].
    pub rms_error_deg: Option<f64>,
}

/// A number of a history that can be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// The tightest margin; more is better.
    Margin,
    /// The largest RMS error; less is better.
    Rms,
    /// The share of runs that passed; more is better.
    Passed,
}

impl Batch {
    /// Of these results.
    pub fn of(results: &[RunResult], skipped: &[Skipped], label: Option<String>, commit: Option<String>) -> Self {
        let mut scenarios: BTreeMap<String, Entry> = BTreeMap::new();
        for result in results {
            let one = Entry::of(result);
            scenarios.entry(result.scenario.clone()).and_modify(|entry| entry.join(one)).or_insert(one);
        }
        Self {
            schema: SCHEMA.to_owned(),
            label,
            commit,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            runs: results.len(),
            passed: results.iter().filter(|result| result.verdict == RunVerdict::Pass).count(),
            skipped: skipped.len(),
            scenarios,
        }
    }

    /// As a line with its end.
    pub fn line(&self) -> Result<String, String> {
        let text =
            serde_json::to_string(self).map_err(|error| format!("failed to write a line of history: {error}"))?;
        Ok(text + "\n")
    }

    /// What it is called: its label, or the beginning of its commit.
    pub fn name(&self) -> Option<String> {
        let commit = || self.commit.as_ref().map(|commit| commit.chars().take(10).collect());
        self.label.clone().or_else(commit)
    }
}

impl Entry {
    fn of(result: &RunResult) -> Self {
        Self {
            verdict: result.verdict,
            runs: 1,
            passed: usize::from(result.verdict == RunVerdict::Pass),
            margin: result.margin,
            rms_error_deg: result.metrics.rms_error_deg,
        }
    }

    fn join(&mut self, other: Self) {
        let worst = |a: Option<f64>, b: Option<f64>, of: fn(f64, f64) -> f64| a.into_iter().chain(b).reduce(of);
        self.verdict = self.verdict.max(other.verdict);
        self.runs += other.runs;
        self.passed += other.passed;
        self.margin = worst(self.margin, other.margin, min);
        self.rms_error_deg = worst(self.rms_error_deg, other.rms_error_deg, max);
    }

    fn get(&self, follow: Follow) -> Option<f64> {
        match follow {
            Follow::Margin => self.margin,
            Follow::Rms => self.rms_error_deg,
            Follow::Passed => (self.runs > 0).then(|| self.passed as f64 / self.runs as f64),
        }
    }
}

impl Follow {
    /// Its name in the head of a table.
    const fn name(self) -> &'static str {
        match self {
            Self::Margin => "margin",
            Self::Rms => "rms error",
            Self::Passed => "passed",
        }
    }

    /// A value with its unit.
    fn told(self, value: f64) -> String {
        match self {
            Self::Margin | Self::Passed => format!("{:.0} %", value * 100.0),
            Self::Rms => format!("{value:.2}°"),
        }
    }

    /// A difference with its sign.
    fn change(self, by: f64) -> String {
        match self {
            Self::Margin | Self::Passed => format!("{:+.0} %", by * 100.0),
            Self::Rms => format!("{by:+.2}°"),
        }
    }
}

/// The batches of a file, in its order, and the lines that are none: number from 1, and why.
pub fn read(text: &str) -> (Vec<Batch>, Vec<(usize, String)>) {
    let (mut batches, mut damaged) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str::<Batch>(line) {
            Ok(batch) if batch.schema == SCHEMA => batches.push(batch),
            Ok(batch) => damaged.push((index + 1, format!("it is `{}`, and {SCHEMA} was expected", batch.schema))),
            Err(error) => damaged.push((index + 1, format!("it is no whole line of {SCHEMA}: {error}"))),
        }
    }
    (batches, damaged)
}

/// A line a scenario: how it stands, where its number has been going, the number and what the last batch changed.
pub fn table(batches: &[Batch], follow: Follow) -> String {
    let Some(last) = batches.last() else { return String::new() };
    let mut names: Vec<&str> = Vec::new();
    for batch in batches {
        names.extend(batch.scenarios.keys().map(String::as_str));
    }
    names.sort_unstable();
    names.dedup();
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for name in names {
        let entries: Vec<Option<&Entry>> = batches.iter().map(|batch| batch.scenarios.get(name)).collect();
        let values: Vec<Option<f64>> =
            entries.iter().map(|entry| entry.and_then(|entry| entry.get(follow)).filter(|v| v.is_finite())).collect();
        let mark = match last.scenarios.get(name).map(|entry| entry.verdict) {
            Some(RunVerdict::Pass) => '✓',
            Some(RunVerdict::Fail) => '✗',
            Some(RunVerdict::Inconclusive) => '?',
            Some(RunVerdict::Invalid) => '!',
            None => '-',
        };
        let known: Vec<f64> = values.iter().copied().flatten().collect();
        let now = values.last().copied().flatten();
        let told = now.map_or_else(|| "–".to_owned(), |value| follow.told(value));
        let before = values.iter().rev().skip(1).find_map(|value| *value);
        let change = now.zip(before).map_or_else(String::new, |(now, before)| follow.change(now - before));
        // Writing to a string does not fail, here and below.
        let _ = write!(text, "{mark} {name:<width$}  {}  {told:>7} {change:>8}", sparkline(&values));
        if let (Some(low), Some(high)) = (known.iter().copied().reduce(min), known.iter().copied().reduce(max)) {
            let _ = write!(text, "  {} to {}", follow.told(low), follow.told(high));
        }
        text.push('\n');
    }
    let count = if batches.len() == 1 { "1 batch".to_owned() } else { format!("{} batches", batches.len()) };
    let called = last.name().map_or_else(String::new, |name| format!(" ({name})"));
    let _ = writeln!(
        text,
        "\n{}, oldest first; its value now, its last change, its range. {count}; the last one{called} passed {} of {} runs",
        follow.name(),
        last.passed,
        last.runs,
    );
    text
}

/// A bar a value between the least and the greatest; a dot where there is none.
fn sparkline(values: &[Option<f64>]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let known = || values.iter().copied().flatten();
    let (low, high) = (known().reduce(min).unwrap_or(0.0), known().reduce(max).unwrap_or(0.0));
    let bar = |value: f64| {
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        let index = libm::round(share * 7.0) as usize;
        BARS.get(index).copied().unwrap_or('█')
    };
    values.iter().map(|value| value.map_or('·', bar)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::run;

    fn batch(margin: Option<f64>, label: &str) -> Batch {
        let mut results = vec![run("motion/step", 1, RunVerdict::Pass), run("motion/step", 2, RunVerdict::Fail)];
        results[0].margin = margin.map(|margin| margin + 0.5);
        results[1].margin = margin;
        results[0].metrics.rms_error_deg = Some(0.25);
        Batch::of(&results, &[], Some(label.to_owned()), None)
    }

    #[test]
    fn a_scenario_is_as_good_as_its_worst_seed() {
        let batch = batch(Some(-0.25), "x");
        let entry = batch.scenarios["motion/step"];
        let expected =
            Entry { verdict: RunVerdict::Fail, runs: 2, passed: 1, margin: Some(-0.25), rms_error_deg: Some(0.25) };
        assert_eq!(entry, expected);
        assert_eq!((batch.runs, batch.passed), (2, 1));
    }

    #[test]
    fn lines_are_read_again_and_damaged_ones_are_named() {
        let (one, two) = (batch(Some(0.1), "one"), batch(None, "two"));
        let line = one.line().unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        let cut = &line[..line.len() / 2];
        let other = line.replace("history/1", "history/9");
        let text = format!("{line}{cut}\n\n{other}null\n{}", two.line().unwrap());
        let (batches, damaged) = read(&text);
        assert_eq!(batches, [one, two]);
        let numbers: Vec<usize> = damaged.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [2, 4, 5]);
        assert!(damaged[1].1.contains("tiltyard-history/9"), "{damaged:?}");
    }

    #[test]
    fn the_table_shows_where_a_number_goes() {
        let batches = [batch(Some(0.1), "a"), batch(None, "b"), batch(Some(0.3), "c"), batch(Some(0.2), "d")];
        let text = table(&batches, Follow::Margin);
        assert!(text.starts_with("✗ motion/step  ▁·█▅     20 %    -10 %  10 % to 30 %\n"), "{text}");
        assert!(text.contains("4 batches; the last one (d) passed 1 of 2 runs"), "{text}");
        assert!(table(&batches, Follow::Passed).contains("▅▅▅▅     50 %     +0 %"));
        assert!(table(&batches, Follow::Rms).contains("0.25°   +0.00°"), "{}", table(&batches, Follow::Rms));
        assert_eq!(table(&[], Follow::Rms), "");
    }
}
