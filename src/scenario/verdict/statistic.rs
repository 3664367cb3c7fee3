//! `max`, `min`, `rms`, `p95`, `mean` and `count` of a window, and `metric` of the run, held against a bound.

use core::ops::Range;

use tiltyard_visca::{SimTime, num};

use super::{Judgement, Run, Samples, Verdict, eventually, quantity, seconds};
use crate::scenario::expect::{Bound, Edge, Statistic, Window};
use crate::scenario::expression::{Expression, Shape, normalised};
use crate::scenario::metric::Metric;

pub(super) fn judge(run: &Run<'_>, statistic: Statistic, of: &Expression, bound: Bound, window: Window) -> Judgement {
    let (rows, past_end) = run.window(window);
    let ends = (rows.start < rows.end).then(|| [rows.start, rows.end - 1].map(|row| run.samples.at(row)));
    let Some((value, at)) = value(run, statistic, of, rows) else {
        return Judgement::new(Verdict::Inconclusive, format!("`{of}` was defined nowhere in the window"));
    };
    let unit = statistic.shape_of(of.shape()).map(Shape::unit).unwrap_or_default();
    let (kept, nearer, margin) = held_against(bound, value);
    let verdict = if past_end && (kept || !final_once_broken(statistic, bound, value)) {
        Verdict::Inconclusive
    } else if kept {
        Verdict::Pass
    } else {
        Verdict::Fail
    };
    let shown = |at: SimTime| seconds(at.since(SimTime::ZERO));
    let when = match (at, ends) {
        (Some(at), _) => format!(" at {}", shown(at)),
        // A number of the whole window has no moment of its own.
        (None, Some([from, to])) => format!(" from {} to {}", shown(from), shown(to)),
        (None, None) => String::new(),
    };
    let bounds = told(bound, &unit);
    let tail = if verdict == Verdict::Inconclusive {
        format!("; the window goes past the end of the run at {}", seconds(run.end.since(SimTime::ZERO)))
    } else {
        String::new()
    };
    let name = statistic.name();
    let sentence = format!("{name} of `{of}` was {}{when}, bound {bounds}{tail}", quantity(value, &unit));
    let mut judgement = Judgement::new(verdict, sentence);
    judgement.value = Some(value);
    judgement.bound = Some(nearer);
    judgement.unit = unit;
    judgement.at = at.or(ends.map(|[_, to]| to));
    judgement.value_margin = Some(margin);
    judgement
}

pub(super) fn judge_metric(samples: &dyn Samples, metric: Metric, bound: Bound) -> Judgement {
    let name = metric.name();
    let Some(value) = samples.metric(metric).filter(|value| value.is_finite()) else {
        return Judgement::new(Verdict::Inconclusive, format!("the run does not tell `{name}`"));
    };
    let (value, unit) = (value * metric.scale() + 0.0, metric.shape().unit());
    let (kept, nearer, margin) = held_against(bound, value);
    let sentence = format!("`{name}` was {}, bound {}", quantity(value, &unit), told(bound, &unit));
    let mut judgement = Judgement::new(if kept { Verdict::Pass } else { Verdict::Fail }, sentence);
    judgement.value = Some(value);
    judgement.bound = Some(nearer);
    judgement.unit = unit;
    judgement.value_margin = Some(margin);
    judgement
}

/// "below 0.5 deg".
fn told(bound: Bound, unit: &str) -> String {
    match bound {
        Bound::Below(limit) => format!("below {}", quantity(limit, unit)),
        Bound::Above(limit) => format!("above {}", quantity(limit, unit)),
        Bound::Between(low, high) => format!("{} to {}", quantity(low, unit), quantity(high, unit)),
    }
}

/// The statistic, and where it was, if it was anywhere; `None` when nothing was defined or it is no finite number.
fn value(run: &Run<'_>, statistic: Statistic, of: &Expression, rows: Range<usize>) -> Option<(f64, Option<SimTime>)> {
    let defined: Vec<(usize, f64)> = rows.clone().filter_map(|row| Some((row, run.number(of, row)?))).collect();
    if defined.is_empty() {
        return None;
    }
    let count = defined.len() as f64;
    let (value, row) = match statistic {
        Statistic::Max => extreme(&defined, |value, best| value > best)?,
        Statistic::Min => extreme(&defined, |value, best| value < best)?,
        Statistic::Rms => {
            let squares: f64 = defined.iter().map(|(_, value)| value * value).sum();
            (libm::sqrt(squares / count), None)
        }
        Statistic::Mean => (defined.iter().map(|(_, value)| value).sum::<f64>() / count, None),
        Statistic::P95 => {
            let mut values: Vec<f64> = defined.iter().map(|(_, value)| *value).collect();
            values.sort_by(f64::total_cmp);
            // Nearest rank: the smallest value that at least 95 % of the samples do not exceed.
            let rank = (values.len() * 95).div_ceil(100);
            (*values.get(rank.saturating_sub(1))?, None)
        }
        Statistic::Count => {
            let edges = eventually::edges(run, of, Edge::Starts, rows);
            (edges.len() as f64, edges.last().copied())
        }
    };
    value.is_finite().then(|| (value + 0.0, row.map(|row| run.samples.at(row))))
}

fn extreme(defined: &[(usize, f64)], better: impl Fn(f64, f64) -> bool) -> Option<(f64, Option<usize>)> {
    let mut best = *defined.first()?;
    for &(row, value) in defined {
        if better(value, best.1) {
            best = (row, value);
        }
    }
    Some((best.1, Some(best.0)))
}

/// Whether a bound is kept, which of its sides is nearer, and the margin to it.
fn held_against(bound: Bound, value: f64) -> (bool, f64, f64) {
    match bound {
        Bound::Below(limit) => (value < limit, limit, normalised(limit - value, limit)),
        Bound::Above(limit) => (value > limit, limit, normalised(value - limit, limit)),
        Bound::Between(low, high) => {
            let nearer = if value - low < high - value { low } else { high };
            // Half of the width is the most that a value can keep to both sides.
            let rho = num::min(value - low, high - value);
            ((low..=high).contains(&value), nearer, normalised(rho, (high - low) / 2.0))
        }
    }
}

/// Whether a broken bound stays broken, however long the window goes on.
fn final_once_broken(statistic: Statistic, bound: Bound, value: f64) -> bool {
    match (statistic, bound) {
        (Statistic::Max | Statistic::Count, Bound::Below(_)) | (Statistic::Min, Bound::Above(_)) => true,
        (Statistic::Max | Statistic::Count, Bound::Between(_, high)) => value > high,
        (Statistic::Min, Bound::Between(low, _)) => value < low,
        _ => false,
    }
}
