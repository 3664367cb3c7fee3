//! The words and numbers of a page, ready to be put into the template.

use serde::Serialize;
use tiltyard_visca::num::min;

use super::Outcome;
use super::claims::{Premises, Source};
use super::findings::percent;
use crate::report::changes::{Changes, Number, RunChange};
use crate::report::command::run_again;
use crate::report::json::Totals;
use crate::report::skipped::Skipped;
use crate::run::{ExpectationResult, RunResult, RunVerdict};
use crate::scenario::verdict::quantity;
use crate::scenario::{Scenario, Verdict};

/// So many tight margins are listed.
const TIGHTEST_MAX: usize = 10;

/// All of it.
#[derive(Serialize)]
pub(super) struct View<'a> {
    headline: String,
    totals: Totals,
    counts: String,
    skipped_count: usize,
    simulated: String,
    version: &'a str,
    commit: &'a str,
    first_failure: Option<usize>,
    tightest: Vec<Tight<'a>>,
    changed: Option<Changed>,
    skipped: Vec<(&'a str, Vec<&'a str>)>,
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
struct Tight<'a> {
    run: usize,
    name: &'a str,
    seed: u64,
    expectation: &'a str,
    verdict: Verdict,
    sign: &'static str,
    margin: String,
    /// Width of its bar, 0 ..= 100.
    bar: u32,
    what: &'static str,
}

#[derive(Serialize)]
struct Changed {
    name: String,
    commit: String,
    unchanged: usize,
    new: usize,
    missing: usize,
    runs: Vec<ChangedRun>,
}

#[derive(Serialize)]
struct ChangedRun {
    run: usize,
    name: String,
    seed: u64,
    verdict: [&'static str; 2],
    parted: String,
    source_changed: bool,
    margin: Option<[String; 2]>,
    metrics: Vec<ChangedNumber>,
    command: String,
}

#[derive(Serialize)]
struct ChangedNumber {
    name: &'static str,
    unit: &'static str,
    before: String,
    now: String,
    change: &'static str,
    noise: Option<String>,
}

#[derive(Serialize)]
struct Run<'a> {
    name: &'a str,
    title: &'a str,
    why: &'a str,
    tags: &'a [String],
    file: &'a str,
    seed: u64,
    verdict: &'static str,
    sign: &'static str,
    margin: Option<String>,
    reason: Option<&'a str>,
    length: String,
    camera: &'a str,
    chain: &'a str,
    sets: &'a [String],
    command: String,
    text: usize,
    open: bool,
    drawn: bool,
    stride: usize,
    expectations: Vec<Expected<'a>>,
    findings: &'a [String],
    metrics: Vec<(&'static str, &'static str, String)>,
    next_failure: Option<usize>,
}

#[derive(Serialize)]
struct Expected<'a> {
    name: &'a str,
    line: usize,
    verdict: Verdict,
    sign: &'static str,
    value: Option<String>,
    bound: Option<String>,
    value_margin: Option<String>,
    time_margin: Option<String>,
    sentence: &'a str,
    /// Where to look \[s\].
    at_s: Option<String>,
}

impl<'a> View<'a> {
    pub(super) fn of(premises: &'a Premises, scenarios: &'a [Scenario], outcomes: &'a [Outcome]) -> Self {
        let results: Vec<RunResult> = outcomes.iter().map(|outcome| outcome.result.clone()).collect();
        let totals = Totals::of(&results, 0.0);
        let failures: Vec<usize> =
            (0..results.len()).filter(|index| results[*index].verdict != RunVerdict::Pass).collect();
        let open = Opening::of(&failures);
        let runs = premises.made.iter().zip(outcomes).enumerate().filter_map(|(index, (made, outcome))| {
            let (source, scenario) = (premises.sources.get(made.source)?, scenarios.get(made.source)?);
            let next_failure = failures.iter().copied().find(|failure| *failure > index);
            Some(Run { next_failure, open: open.is_open(index), ..run(source, scenario, outcome) })
        });
        Self {
            headline: format!("{} of {} runs passed", totals.pass, totals.runs),
            counts: counts(&totals),
            skipped_count: premises.skipped.len(),
            simulated: quantity(totals.sim_s, "s"),
            totals,
            version: &premises.version,
            commit: &premises.commit,
            first_failure: failures.first().copied(),
            tightest: tightest(outcomes),
            changed: changed(premises, scenarios, &results),
            skipped: by_reason(&premises.skipped),
            runs: runs.collect(),
        }
    }
}

/// Failures stand open, but not a hundred of them.
struct Opening<'f>(&'f [usize]);

impl<'f> Opening<'f> {
    const MAX: usize = 8;

    fn of(failures: &'f [usize]) -> Self {
        Self(&failures[..failures.len().min(Self::MAX)])
    }

    fn is_open(&self, index: usize) -> bool {
        self.0.contains(&index)
    }
}

/// The sign of a verdict beside its word.
const fn sign(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Pass => "✓",
        RunVerdict::Fail => "✗",
        RunVerdict::Inconclusive => "?",
        RunVerdict::Invalid => "!",
    }
}

const fn sign_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Fail => "✗",
        Verdict::Inconclusive => "?",
    }
}

fn counts(totals: &Totals) -> String {
    let counted = [(totals.fail, "failed"), (totals.inconclusive, "inconclusive"), (totals.invalid, "invalid")];
    let counted: Vec<String> =
        counted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    counted.join(", ")
}

/// Each reason once, with whom it kept from running.
fn by_reason(skipped: &[Skipped]) -> Vec<(&str, Vec<&str>)> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in skipped {
        match reasons.iter_mut().find(|(reason, _)| *reason == one.reason) {
            Some((_, names)) => names.push(&one.scenario),
            None => reasons.push((&one.reason, vec![&one.scenario])),
        }
    }
    reasons
}

fn tightest(outcomes: &[Outcome]) -> Vec<Tight<'_>> {
    let mut all: Vec<(f64, usize, &ExpectationResult, &'static str)> = Vec::new();
    for (run, outcome) in outcomes.iter().enumerate() {
        for one in &outcome.result.expectations {
            let judgement = &one.judgement;
            let margins = [(judgement.value_margin, "of the bound"), (judgement.time_margin, "of the time")];
            let margins = margins.into_iter().filter_map(|(margin, what)| Some((margin?, what)));
            let least = margins.reduce(|least, next| if next.0 < least.0 { next } else { least });
            all.extend(least.map(|(margin, what)| (margin, run, one, what)));
        }
    }
    // Broken ones first, then by margin; of equals the earlier.
    all.sort_by(|a, b| {
        let kept = |one: &ExpectationResult| one.judgement.verdict == Verdict::Pass;
        kept(a.2).cmp(&kept(b.2)).then(a.0.total_cmp(&b.0)).then(a.1.cmp(&b.1))
    });
    let tight = |(margin, run, one, what): (f64, usize, &'_ ExpectationResult, &'static str)| {
        let result = &outcomes[run].result;
        (margin, run, result, one.judgement.verdict, what)
    };
    all.into_iter()
        .take(TIGHTEST_MAX)
        .map(|entry| {
            let expectation = entry.2.name.as_str();
            let (margin, run, result, verdict, what) = tight(entry);
            Tight {
                run,
                name: &result.scenario,
                seed: result.seed,
                expectation,
                verdict,
                sign: sign_of(verdict),
                margin: percent(margin),
                bar: libm::round(min(margin.abs(), 1.0) * 100.0) as u32,
                what,
            }
        })
        .collect()
}

fn changed(premises: &Premises, scenarios: &[Scenario], results: &[RunResult]) -> Option<Changed> {
    let Changes { name, commit, unchanged, new, missing, runs } = premises.baseline.as_ref()?.changes(results);
    let runs = runs.into_iter().filter_map(|run| {
        let made = premises.made.get(run.index)?;
        let scenario = scenarios.get(made.source)?;
        // Ticks come with frames.
        let rate_hz = scenario.world.video.rate_hz;
        Some(changed_run(run, rate_hz))
    });
    Some(Changed { name, commit, unchanged, new, missing, runs: runs.collect() })
}

fn changed_run(run: RunChange, rate_hz: f64) -> ChangedRun {
    let parted = match run.parted_tick {
        None => "the chains are equal".to_owned(),
        Some(tick) => format!("parts at tick {tick}, {:.3} s", tick as f64 / rate_hz),
    };
    let [before, now] = run.margin;
    ChangedRun {
        run: run.index,
        command: run.command,
        name: run.scenario,
        seed: run.seed,
        verdict: run.verdict.map(RunVerdict::name),
        parted,
        source_changed: run.source_changed,
        margin: before.zip(now).filter(|(a, b)| a != b).map(|(a, b)| [percent(a), percent(b)]),
        metrics: run.metrics.iter().map(changed_number).collect(),
    }
}

fn changed_number(number: &Number) -> ChangedNumber {
    let Number { name, unit, before, now, noise, change } = *number;
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| quantity(value, ""));
    ChangedNumber {
        name,
        unit: bare(unit),
        before: shown(before),
        now: shown(now),
        change: change.name(),
        noise: noise.map(|noise| quantity(noise, "")),
    }
}

/// Units that are none are not shown.
fn bare(unit: &'static str) -> &'static str {
    if unit == "1" || unit == "count" { "" } else { unit }
}

fn run<'a>(source: &'a Source, scenario: &'a Scenario, outcome: &'a Outcome) -> Run<'a> {
    let result = &outcome.result;
    let metrics = result.metrics.entries().into_iter().map(|(name, unit, value)| {
        (name, bare(unit), value.map_or_else(|| "–".to_owned(), |value| quantity(value, "")))
    });
    Run {
        name: &scenario.name,
        title: &scenario.title,
        why: &scenario.why,
        tags: &scenario.tags,
        file: &source.file,
        seed: result.seed,
        verdict: result.verdict.name(),
        sign: sign(result.verdict),
        margin: result.margin.map(percent),
        reason: result.reason.as_deref(),
        length: quantity(result.sim_s, "s"),
        camera: &scenario.world.camera.name,
        chain: &result.chain,
        sets: &source.sets,
        command: run_again(&source.file, result.seed, &source.sets),
        text: source.text,
        open: false,
        drawn: outcome.drawing.is_some(),
        stride: outcome.drawing.as_ref().map_or(1, super::Drawing::stride),
        expectations: result.expectations.iter().enumerate().map(|(at, one)| expected(at, one, outcome)).collect(),
        findings: &outcome.findings,
        metrics: metrics.collect(),
        next_failure: None,
    }
}

fn expected<'a>(index: usize, one: &'a ExpectationResult, outcome: &Outcome) -> Expected<'a> {
    let judgement = &one.judgement;
    let shown = |value: Option<f64>| value.map(|value| quantity(value, &judgement.unit));
    // What failed is looked at where it began to.
    let fault_s = outcome.drawing.as_ref().and_then(|drawing| drawing.fault_s(index));
    let at_s = judgement.at.map(tiltyard_visca::SimTime::as_secs_f64).or(fault_s);
    Expected {
        name: &one.name,
        line: one.line,
        verdict: judgement.verdict,
        sign: sign_of(judgement.verdict),
        value: shown(judgement.value),
        bound: shown(judgement.bound),
        value_margin: judgement.value_margin.map(percent),
        time_margin: judgement.time_margin.map(percent),
        sentence: &judgement.sentence,
        at_s: at_s.map(|at_s| format!("{at_s:.3}")),
    }
}
