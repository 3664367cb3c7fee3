//! `always` and `never`: every defined sample of a window.

use tiltyard_visca::SimTime;

use super::{Judgement, Run, Verdict, against, seconds};
use crate::scenario::expect::Window;
use crate::scenario::expression::{Expression, Truth};

pub(super) fn always(run: &Run<'_>, condition: &Expression, window: Window) -> Judgement {
    throughout(run, window, condition, true)
}

pub(super) fn never(run: &Run<'_>, condition: &Expression, window: Window) -> Judgement {
    throughout(run, window, condition, false)
}

fn throughout(run: &Run<'_>, window: Window, condition: &Expression, wanted: bool) -> Judgement {
    let truth = |row| run.truth(condition, row).map(|truth: Truth| if wanted { truth } else { truth.not() });
    let (rows, past_end) = run.window(window);
    let mut tightest: Option<(usize, Truth)> = None;
    let mut broken: Option<usize> = None;
    for row in rows {
        let Some(truth) = truth(row) else { continue };
        if !truth.holds && broken.is_none() {
            broken = Some(row);
        }
        if tightest.is_none_or(|(_, worst)| (truth.holds, truth.margin) < (worst.holds, worst.margin)) {
            tightest = Some((row, truth));
        }
    }
    let Some((row, worst)) = tightest else {
        return Judgement::new(Verdict::Inconclusive, "nothing was defined in the window".to_owned());
    };
    let at = run.samples.at(row);
    let tightest = against(worst.compared, at);
    if let Some(broken) = broken {
        let first = run.samples.at(broken);
        let sentence = if worst.compared.is_none() {
            format!("broken at {}: `{condition}` was {}", seconds(first.since(SimTime::ZERO)), !wanted)
        } else if first == at {
            format!("broken: {tightest}")
        } else {
            format!("broken from {} on, worst {tightest}", seconds(first.since(SimTime::ZERO)))
        };
        return Judgement::new(Verdict::Fail, sentence).measured(Some(&worst)).at(first);
    }
    if past_end {
        let until = window.until.unwrap_or(run.end);
        let sentence = format!(
            "held so far, but the window goes to {} and the run ends at {}",
            seconds(until.since(SimTime::ZERO)),
            seconds(run.end.since(SimTime::ZERO)),
        );
        return Judgement::new(Verdict::Inconclusive, sentence).measured(Some(&worst)).at(run.end);
    }
    let sentence = match worst.compared {
        Some(_) => format!("held throughout, tightest {tightest}"),
        None => "held throughout".to_owned(),
    };
    Judgement::new(Verdict::Pass, sentence).measured(Some(&worst)).at(at)
}
