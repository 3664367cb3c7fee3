//! Where in time expectations apply and where they failed: the tubes and the red bands of a page.

use core::time::Duration;

use serde::Serialize;
use tiltyard_visca::SimTime;

use crate::run::{ExpectationResult, Trace};
use crate::scenario::expect::{Bound, Edge, Statistic, Trigger, Window};
use crate::scenario::expression::Band;
use crate::scenario::{Expectation, Expression, Metric, Samples, Signal, Verb, Verdict};

/// From a moment to a moment \[s\].
pub(super) type Span = [f64; 2];

/// What an expectation allows an error to be, for a while.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tube {
    /// Index of the expectation.
    pub expectation: usize,
    /// Name of the signal: `error.pan`, `error.tilt` or `error.total`.
    pub signal: &'static str,
    /// When \[s\].
    pub span: Span,
    /// The least \[deg\]; open where absent.
    pub low: Option<f64>,
    /// The most \[deg\].
    pub high: Option<f64>,
}

/// Where an expectation failed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// Index of the expectation.
    pub expectation: usize,
    /// When \[s\].
    pub span: Span,
}

/// More spans than this of one expectation are drawn as one.
const SPANS_MAX: usize = 40;

/// The tubes of all expectations that name an error.
pub(super) fn tubes(
    expectations: &[Expectation],
    results: &[ExpectationResult],
    trace: &Trace,
    end: SimTime,
) -> Vec<Tube> {
    let mut tubes = Vec::new();
    for (index, (expectation, result)) in expectations.iter().zip(results).enumerate() {
        for band in bands(&expectation.verb) {
            if !matches!(band.signal, Signal::ErrorPan | Signal::ErrorTilt | Signal::ErrorTotal) {
                continue;
            }
            tubes.extend(applies(&expectation.verb, result, trace, end).into_iter().map(|span| Tube {
                expectation: index,
                signal: band.signal.name(),
                span,
                low: band.low,
                high: band.high,
            }));
        }
    }
    tubes
}

/// Where the expectations that failed did so.
pub(super) fn faults(
    expectations: &[Expectation],
    results: &[ExpectationResult],
    trace: &Trace,
    end: SimTime,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, (expectation, result)) in expectations.iter().zip(results).enumerate() {
        if result.judgement.verdict == Verdict::Fail {
            let spans = failed(&expectation.verb, result, trace, end);
            faults.extend(spans.into_iter().map(|span| Fault { expectation: index, span }));
        }
    }
    faults
}

/// What it keeps signals within, tick by tick; nothing for what is taken over a whole window.
fn bands(verb: &Verb) -> Vec<Band> {
    match verb {
        Verb::That { condition, .. } | Verb::Always { condition, .. } | Verb::Whenever { then: condition, .. } => {
            condition.bands(false)
        }
        Verb::Never { condition, .. } => condition.bands(true),
        Verb::Statistic { statistic: Statistic::Max | Statistic::Min, of, bound, .. } => {
            let (low, high) = ends(*bound);
            of.band_between(low, high).into_iter().collect()
        }
        Verb::Metric { metric: Metric::MaxError, bound } => {
            let (low, high) = ends(*bound);
            vec![Band { signal: Signal::ErrorTotal, low, high }]
        }
        Verb::Statistic { .. } | Verb::Metric { .. } => Vec::new(),
    }
}

fn ends(bound: Bound) -> (Option<f64>, Option<f64>) {
    match bound {
        Bound::Below(high) => (None, Some(high)),
        Bound::Above(low) => (Some(low), None),
        Bound::Between(low, high) => (Some(low), Some(high)),
    }
}

/// When the condition has to be true.
fn applies(verb: &Verb, result: &ExpectationResult, trace: &Trace, end: SimTime) -> Vec<Span> {
    match verb {
        Verb::That { after, within, holds, .. } => {
            let settled = result.judgement.at.filter(|_| result.judgement.verdict == Verdict::Pass);
            let from = settled.unwrap_or(*after + *within);
            vec![span(from, from + *holds, end)]
        }
        Verb::Whenever { trigger, within, holds, .. } => {
            let fired = fires(trigger, trace).into_iter();
            fired.map(|at| span(at + *within, at + *within + *holds, end)).take(SPANS_MAX).collect()
        }
        Verb::Always { window, .. } | Verb::Never { window, .. } | Verb::Statistic { window, .. } => {
            vec![of_window(*window, end)]
        }
        Verb::Metric { .. } => vec![span(SimTime::ZERO, end, end)],
    }
}

/// Where it went wrong: the ticks at fault where they can be told, otherwise the window that was given.
fn failed(verb: &Verb, result: &ExpectationResult, trace: &Trace, end: SimTime) -> Vec<Span> {
    let deadline = |from: SimTime, within: Duration, holds: Duration| vec![span(from, from + within + holds, end)];
    match verb {
        Verb::That { after, within, holds, .. } => deadline(*after, *within, *holds),
        Verb::Whenever { within, holds, .. } => {
            result.judgement.at.map(|at| deadline(at, *within, *holds)).unwrap_or_default()
        }
        Verb::Always { condition, window } => {
            rows(trace, *window, end, &|row| holds_at(condition, trace, row) == Some(false))
        }
        Verb::Never { condition, window } => {
            rows(trace, *window, end, &|row| holds_at(condition, trace, row) == Some(true))
        }
        Verb::Statistic { statistic: Statistic::Max | Statistic::Min, of, bound, window } => {
            let (low, high) = ends(*bound);
            let outside = |value: f64| low.is_some_and(|low| value <= low) || high.is_some_and(|high| value >= high);
            rows(trace, *window, end, &|row| of.number(&|signal| trace.value(signal, row)).is_some_and(outside))
        }
        Verb::Statistic { window, .. } => vec![of_window(*window, end)],
        Verb::Metric { metric: Metric::MaxError, bound: Bound::Below(high) } => {
            let whole = Window { from: SimTime::ZERO, until: None };
            rows(trace, whole, end, &|row| trace.rows[row].error_total_deg.is_some_and(|error| error >= *high))
        }
        Verb::Metric { .. } => vec![span(SimTime::ZERO, end, end)],
    }
}

fn holds_at(condition: &Expression, trace: &Trace, row: usize) -> Option<bool> {
    condition.truth(&|signal| trace.value(signal, row)).map(|truth| truth.holds)
}

/// When a trigger fires. Before the first defined sample its condition counts as false.
fn fires(trigger: &Trigger, trace: &Trace) -> Vec<SimTime> {
    let (mut was, mut fired) = (false, Vec::new());
    for row in 0..trace.len() {
        let Some(is) = holds_at(&trigger.condition, trace, row) else { continue };
        let edge = match trigger.edge {
            Edge::Starts => is && !was,
            Edge::Ends => was && !is,
        };
        if edge {
            fired.push(trace.at(row));
        }
        was = is;
    }
    fired
}

/// The spans of neighbouring rows of a window for which something is so; each lasts until the next row.
fn rows(trace: &Trace, window: Window, end: SimTime, is_so: &dyn Fn(usize) -> bool) -> Vec<Span> {
    let until = window.until.unwrap_or(end);
    let mut spans: Vec<Span> = Vec::new();
    let mut open = false;
    for row in 0..trace.len() {
        let at = trace.at(row);
        let so = at >= window.from && at <= until && is_so(row);
        let next = if row + 1 < trace.len() { trace.at(row + 1) } else { end };
        let to_s = next.as_secs_f64();
        match spans.last_mut() {
            Some(last) if so && open => last[1] = to_s,
            _ if so => spans.push([at.as_secs_f64(), to_s]),
            _ => {}
        }
        open = so;
    }
    match (spans.len(), spans.first(), spans.last()) {
        // Fewer, larger: the eye finds no more.
        (count, Some(first), Some(last)) if count > SPANS_MAX => vec![[first[0], last[1]]],
        (0, ..) => vec![of_window(window, end)],
        _ => spans,
    }
}

fn of_window(window: Window, end: SimTime) -> Span {
    span(window.from, window.until.unwrap_or(end), end)
}

fn span(from: SimTime, to: SimTime, end: SimTime) -> Span {
    [from.min(end).as_secs_f64(), to.min(end).as_secs_f64()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{execute, judge_recorded};
    use crate::scenario::load;

    #[test]
    fn the_planted_run_fails_where_it_does() {
        let scenario = load(std::path::Path::new("tests/browser/planted.toml"), &[]).unwrap();
        let recorded = execute(&scenario, scenario.seed).unwrap();
        let result = judge_recorded(&scenario, scenario.seed, &recorded);
        let (expectations, results) = (&scenario.expectations, &result.expectations);
        let end = SimTime::ZERO + scenario.length;
        let tubes = tubes(expectations, results, &recorded.trace, end);
        let told: Vec<_> = tubes.iter().map(|tube| (tube.expectation, tube.signal, tube.span, tube.high)).collect();
        let settled_s = results[4].judgement.at.map(SimTime::as_secs_f64).unwrap();
        assert_eq!(
            told,
            [
                (0, "error.pan", [2.0, 10.0], Some(1.2)),
                (1, "error.pan", [5.75, 6.75], Some(0.5)),
                (3, "error.tilt", [1.0, 10.0], Some(1.0)),
                (4, "error.pan", [settled_s, settled_s + 0.2], Some(0.5)),
            ]
        );
        assert!(tubes.iter().all(|tube| tube.low == tube.high.map(|high| -high)));

        let faults = faults(expectations, results, &recorded.trace, end);
        // Each begins where its judgement says; those of `always` last while the bound is broken.
        let first = |index| faults.iter().find(|fault| fault.expectation == index).map(|fault| fault.span[0]);
        assert_eq!(first(0), results[0].judgement.at.map(SimTime::as_secs_f64));
        assert_eq!(first(1), Some(5.7));
        assert!((2..5).all(|index| first(index).is_none()));
        for row in &recorded.trace.rows {
            let at_s = row.at.as_secs_f64();
            let broken = at_s >= 2.0 && row.error_deg.is_some_and(|error| error[0].abs() >= 1.2);
            let inside = |fault: &Fault| fault.expectation == 0 && (fault.span[0]..fault.span[1]).contains(&at_s);
            assert_eq!(faults.iter().any(inside), broken, "{at_s} s");
        }
    }
}
