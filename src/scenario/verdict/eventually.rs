//! `that` and `whenever`: a condition that comes true in time and stays true.

use core::time::Duration;
use std::collections::VecDeque;

use tiltyard_visca::SimTime;

use super::{Judgement, Run, Verdict, against, seconds};
use crate::scenario::expect::{Edge, Trigger};
use crate::scenario::expression::{Expression, Truth};

/// How long it may take, and how long it must hold.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    pub within: Duration,
    pub holds: Duration,
}

/// What a condition did after a moment.
enum Outcome {
    /// It began to hold here, and was tightest there.
    Held { start: SimTime, tightest: Tightest },
    /// It did not; this is where it came nearest, if it ever was defined for long enough.
    Broken { nearest: Option<Tightest> },
    /// The run ended before it could be told.
    Open { nearest: Option<Tightest> },
    /// It was defined nowhere.
    Undefined,
}

#[derive(Clone, Copy)]
struct Tightest {
    truth: Truth,
    at: SimTime,
}

impl Tightest {
    fn key(&self) -> (bool, f64) {
        (self.truth.holds, self.truth.margin)
    }
}

pub(super) fn that(run: &Run<'_>, condition: &Expression, after: SimTime, deadline: Deadline) -> Judgement {
    let allowed = seconds(deadline.within);
    let since =
        if after == SimTime::ZERO { String::new() } else { format!(" after {}", seconds(after.since(SimTime::ZERO))) };
    match eventually(run, condition, after, deadline) {
        Outcome::Held { start, tightest } => {
            let took = start.since(after);
            let when = if since.is_empty() { format!("at {}", seconds(took)) } else { seconds(took) + &since };
            let tail = held_tail(&tightest);
            let mut judgement = Judgement::new(Verdict::Pass, format!("settled {when}, {allowed} allowed{tail}"));
            judgement.time_margin = spare(took, deadline.within);
            judgement.measured(Some(&tightest.truth)).at(start)
        }
        Outcome::Broken { nearest } => {
            let sentence = format!("did not settle within {allowed}{since}{}", near_tail(nearest.as_ref()));
            near(Judgement::new(Verdict::Fail, sentence), nearest.as_ref())
        }
        Outcome::Open { nearest } => {
            let end = seconds(run.end.since(SimTime::ZERO));
            let sentence = format!("not settled when the run ended at {end}, with time left");
            near(Judgement::new(Verdict::Inconclusive, sentence), nearest.as_ref())
        }
        Outcome::Undefined => {
            Judgement::new(Verdict::Inconclusive, format!("nothing was defined within {allowed}{since}"))
        }
    }
}

pub(super) fn whenever(
    run: &Run<'_>,
    trigger: &Trigger,
    then: &Expression,
    deadline: Deadline,
    at_least: u32,
) -> Judgement {
    let fired = edges(run, &trigger.condition, trigger.edge, 0..run.samples.len());
    let allowed = seconds(deadline.within);
    let mut tally = Tally::default();
    for &row in &fired {
        let moment = run.samples.at(row);
        let at = seconds(moment.since(SimTime::ZERO));
        match eventually(run, then, moment, deadline) {
            Outcome::Held { start, tightest } => tally.held(start.since(moment), tightest),
            Outcome::Broken { nearest } => {
                let sentence =
                    format!("did not follow within {allowed} after the trigger at {at}{}", near_tail(nearest.as_ref()));
                return near(Judgement::new(Verdict::Fail, sentence), nearest.as_ref()).at(moment);
            }
            Outcome::Open { .. } => tally.open("the run ended before it could follow the trigger at ", &at, moment),
            Outcome::Undefined => tally.open("nothing was defined after the trigger at ", &at, moment),
        }
    }
    if let Some((sentence, moment)) = tally.open {
        return Judgement::new(Verdict::Inconclusive, sentence).at(moment);
    }
    if fired.len() < at_least as usize {
        let times =
            if fired.is_empty() { "never fired".to_owned() } else { format!("fired only {} times", fired.len()) };
        return Judgement::new(Verdict::Inconclusive, format!("the trigger {times}, at least {at_least} needed"));
    }
    let Some(tightest) = tally.tightest else {
        return Judgement::new(Verdict::Pass, "the trigger never fired, and need not".to_owned());
    };
    let count = fired.len();
    let slowest = seconds(tally.slowest);
    let tail = held_tail(&tightest);
    let sentence = format!("followed {count} of {count} times, slowest in {slowest}, {allowed} allowed{tail}");
    let mut judgement = Judgement::new(Verdict::Pass, sentence);
    judgement.time_margin = spare(tally.slowest, deadline.within);
    judgement.measured(Some(&tightest.truth)).at(tightest.at)
}

/// What all triggers together came to.
#[derive(Default)]
struct Tally {
    slowest: Duration,
    tightest: Option<Tightest>,
    /// The first trigger that could not be decided.
    open: Option<(String, SimTime)>,
}

impl Tally {
    fn held(&mut self, took: Duration, tightest: Tightest) {
        self.slowest = self.slowest.max(took);
        if self.tightest.is_none_or(|worst| tightest.key() < worst.key()) {
            self.tightest = Some(tightest);
        }
    }

    fn open(&mut self, reason: &str, at: &str, moment: SimTime) {
        self.open.get_or_insert_with(|| (format!("{reason}{at}"), moment));
    }
}

/// Rows at which a condition changes; before its first defined sample it counts as false.
pub(super) fn edges(run: &Run<'_>, condition: &Expression, edge: Edge, rows: core::ops::Range<usize>) -> Vec<usize> {
    let mut before = false;
    let mut found = Vec::new();
    for row in 0..rows.end {
        let Some(truth) = run.truth(condition, row) else { continue };
        if truth.holds != before && truth.holds == (edge == Edge::Starts) && row >= rows.start {
            found.push(row);
        }
        before = truth.holds;
    }
    found
}

/// Looks for the first moment in `from ..= from + within` from which the condition holds for long enough.
fn eventually(run: &Run<'_>, condition: &Expression, from: SimTime, deadline: Deadline) -> Outcome {
    let latest = from + deadline.within;
    let starts = run.rows(from, latest);
    let last_row = run.rows(from, latest + deadline.holds).end;
    let truths: Vec<Option<Truth>> = (starts.start..last_row).map(|row| run.truth(condition, row)).collect();
    let truth = |row: usize| truths.get(row - starts.start).copied().flatten();
    let mut queue = Lowest::default();
    let mut next = starts.start;
    let mut nearest: Option<Tightest> = None;
    let mut open = latest > run.end;
    let mut defined = false;
    for start in starts.clone() {
        // The row in force at `from` stands for the moment itself.
        let moment = run.samples.at(start).max(from);
        let until = moment + deadline.holds;
        while next < last_row && run.samples.at(next) <= until {
            queue.push(next, truth(next));
            next += 1;
        }
        queue.drop_before(start);
        defined |= truth(start).is_some();
        let Some(lowest) = queue.lowest(run) else { continue };
        if until > run.end {
            open |= lowest.truth.holds;
        } else if lowest.truth.holds {
            return Outcome::Held { start: moment, tightest: lowest };
        }
        if nearest.is_none_or(|best| lowest.key() > best.key()) {
            nearest = Some(lowest);
        }
    }
    if open {
        Outcome::Open { nearest }
    } else if defined {
        Outcome::Broken { nearest }
    } else {
        Outcome::Undefined
    }
}

/// The lowest truth of a window that slides over the rows.
#[derive(Default)]
struct Lowest {
    /// Rows in the window, with rising truths.
    rising: VecDeque<(usize, Truth)>,
    /// The last undefined row.
    undefined: Option<usize>,
    start: usize,
}

impl Lowest {
    fn push(&mut self, row: usize, truth: Option<Truth>) {
        let Some(truth) = truth else {
            self.undefined = Some(row);
            return;
        };
        while self.rising.back().is_some_and(|(_, last)| (last.holds, last.margin) > (truth.holds, truth.margin)) {
            self.rising.pop_back();
        }
        self.rising.push_back((row, truth));
    }

    fn drop_before(&mut self, row: usize) {
        self.start = row;
        while self.rising.front().is_some_and(|(first, _)| *first < row) {
            self.rising.pop_front();
        }
    }

    /// `None` when some row of the window is undefined.
    fn lowest(&self, run: &Run<'_>) -> Option<Tightest> {
        if self.undefined.is_some_and(|row| row >= self.start) {
            return None;
        }
        self.rising.front().map(|(row, truth)| Tightest { truth: *truth, at: run.samples.at(*row) })
    }
}

fn near(judgement: Judgement, nearest: Option<&Tightest>) -> Judgement {
    let judgement = judgement.measured(nearest.map(|nearest| &nearest.truth));
    match nearest {
        Some(nearest) => judgement.at(nearest.at),
        None => judgement,
    }
}

fn held_tail(tightest: &Tightest) -> String {
    match tightest.truth.compared {
        Some(_) => format!(", tightest {}", against(tightest.truth.compared, tightest.at)),
        None => String::new(),
    }
}

fn near_tail(nearest: Option<&Tightest>) -> String {
    match nearest {
        Some(nearest) if nearest.truth.compared.is_some() => {
            format!(", nearest {}", against(nearest.truth.compared, nearest.at))
        }
        Some(_) => String::new(),
        None => ", never defined for long enough".to_owned(),
    }
}

/// Spare time over allowed time.
fn spare(took: Duration, allowed: Duration) -> Option<f64> {
    (!allowed.is_zero()).then(|| allowed.saturating_sub(took).as_nanos() as f64 / allowed.as_nanos() as f64)
}
