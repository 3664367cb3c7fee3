//! Verdicts: an expectation weighed against the samples of a run.
//!
//! Samples are held until the next one, and windows are closed: a window is decided by the rows whose time lies in it,
//! and by the row in force at its start when none does. Logic is three-valued: a verdict is *fail* only when no longer
//! run could have saved it, *pass* only when no longer run could have spoilt it, and *inconclusive* otherwise. An
//! undefined sample says nothing to `always`, `never` and the statistics, and breaks a `holds`.

mod eventually;
mod statistic;
mod throughout;

use core::fmt;
use core::ops::Range;
use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::SimTime;

use super::expect::{Expectation, Verb, Window};
use super::expression::{Compared, Expression, Truth};
use super::metric::Metric;
use super::signal::Signal;

/// The samples of a run, one row a control tick, times strictly increasing.
pub trait Samples {
    /// Number of rows.
    fn len(&self) -> usize;
    /// Time of a row.
    fn at(&self, row: usize) -> SimTime;
    /// Value of a signal at a row; `None` where it is undefined.
    fn value(&self, signal: Signal, row: usize) -> Option<f64>;
    /// A number of the whole run, in the metric's own unit; `None` where the run does not tell it.
    fn metric(&self, _: Metric) -> Option<f64> {
        None
    }
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What became of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It was kept.
    Pass,
    /// It was broken.
    Fail,
    /// The run does not tell: a window past its end, a trigger that never fired, nothing defined. Counts as failure.
    Inconclusive,
}

/// As in reports: "pass", "fail", "inconclusive".
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        })
    }
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What was measured where it was tightest, in `unit`.
    pub value: Option<f64>,
    /// What it was held against, in `unit`.
    pub bound: Option<f64>,
    /// Unit of both; empty for bare numbers, counts and conditions.
    pub unit: String,
    /// Where it was decided or violated; in JSON in nanoseconds.
    #[serde(rename = "at_ns")]
    pub at: Option<SimTime>,
    /// Robustness over bound: 0 is on the edge, negative is broken; −1000 ..= 1.
    pub value_margin: Option<f64>,
    /// Spare time over allowed time: 0 is at the deadline, 1 is at once.
    pub time_margin: Option<f64>,
    /// The reason in words.
    pub sentence: String,
}

/// Weighs an expectation against the samples of a run of that length.
pub fn judge(expectation: &Expectation, samples: &dyn Samples, length: Duration) -> Judgement {
    let run = Run { samples, end: SimTime::ZERO + length };
    match &expectation.verb {
        Verb::That { condition, after, within, holds } => {
            eventually::that(&run, condition, *after, eventually::Deadline { within: *within, holds: *holds })
        }
        Verb::Always { condition, window } => throughout::always(&run, condition, *window),
        Verb::Never { condition, window } => throughout::never(&run, condition, *window),
        Verb::Whenever { trigger, then, within, holds, at_least } => eventually::whenever(
            &run,
            trigger,
            then,
            eventually::Deadline { within: *within, holds: *holds },
            *at_least,
        ),
        Verb::Statistic { statistic, of, bound, window } => statistic::judge(&run, *statistic, of, *bound, *window),
        Verb::Metric { metric, bound } => statistic::judge_metric(samples, *metric, *bound),
    }
}

impl Judgement {
    /// Undecided, for a reason that lies outside of the samples.
    pub fn undecided(reason: String) -> Self {
        Self::new(Verdict::Inconclusive, reason)
    }

    fn new(verdict: Verdict, sentence: String) -> Self {
        Self {
            verdict,
            value: None,
            bound: None,
            unit: String::new(),
            at: None,
            value_margin: None,
            time_margin: None,
            sentence,
        }
    }

    /// Takes over what was measured at the decisive sample.
    fn measured(mut self, truth: Option<&Truth>) -> Self {
        self.value_margin = truth.map(|truth| truth.margin);
        if let Some(compared) = truth.and_then(|truth| truth.compared) {
            self.value = Some(compared.value + 0.0);
            self.bound = Some(compared.bound + 0.0);
            self.unit = compared.shape.unit();
        }
        self
    }

    fn at(mut self, at: SimTime) -> Self {
        self.at = Some(at);
        self
    }
}

/// The samples, and where the run ended.
struct Run<'r> {
    samples: &'r dyn Samples,
    end: SimTime,
}

impl Run<'_> {
    fn truth(&self, condition: &Expression, row: usize) -> Option<Truth> {
        condition.truth(&|signal| self.samples.value(signal, row))
    }

    fn number(&self, of: &Expression, row: usize) -> Option<f64> {
        of.number(&|signal| self.samples.value(signal, row))
    }

    /// Number of rows before a moment.
    fn rows_before(&self, moment: SimTime) -> usize {
        let (mut low, mut high) = (0, self.samples.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.samples.at(middle) < moment { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The rows that decide a closed window.
    fn rows(&self, from: SimTime, until: SimTime) -> Range<usize> {
        let start = self.rows_before(from);
        let stop = self.rows_before(SimTime::from_nanos(until.as_nanos().saturating_add(1)));
        if start < stop {
            start..stop
        } else if start > 0 && from <= self.end {
            // The sample before is in force all through the window.
            start - 1..start
        } else {
            start..start
        }
    }

    /// The rows of a window, and whether it runs past the end.
    fn window(&self, window: Window) -> (Range<usize>, bool) {
        let until = window.until.unwrap_or(self.end);
        (self.rows(window.from, until), until > self.end || window.from > self.end)
    }
}

/// "0.11 deg against 0.5 deg at 2.04 s", or only the time where nothing was compared.
fn against(compared: Option<Compared>, at: SimTime) -> String {
    match compared {
        Some(compared) => format!(
            "{} against {} at {}",
            quantity(compared.value, &compared.shape.unit()),
            quantity(compared.bound, &compared.shape.unit()),
            seconds(at.since(SimTime::ZERO)),
        ),
        None => format!("at {}", seconds(at.since(SimTime::ZERO))),
    }
}

/// "0.42 deg": about four digits that count.
pub fn quantity(value: f64, unit: &str) -> String {
    let magnitude = libm::fabs(value);
    let number = if magnitude >= 1e6 || (magnitude > 0.0 && magnitude < 1e-3) {
        format!("{value:.2e}")
    } else {
        let places = if magnitude >= 1000.0 {
            0
        } else if magnitude >= 100.0 {
            1
        } else if magnitude >= 10.0 {
            2
        } else {
            3
        };
        trimmed(format!("{:.places$}", value + 0.0))
    };
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

/// "1.31 s": milliseconds, finer only where there is nothing coarser.
fn seconds(span: Duration) -> String {
    let ns = span.as_nanos();
    let text = if ns == 0 || ns >= 1_000_000 {
        let ms = (ns + 500_000) / 1_000_000;
        format!("{}.{:03}", ms / 1000, ms % 1000)
    } else {
        format!("0.{ns:09}")
    };
    format!("{} s", trimmed(text))
}

fn trimmed(mut number: String) -> String {
    if number.contains('.') {
        let kept = number.trim_end_matches('0').trim_end_matches('.').len();
        number.truncate(kept);
    }
    if number == "-0" { "0".to_owned() } else { number }
}

#[cfg(test)]
mod tests;
