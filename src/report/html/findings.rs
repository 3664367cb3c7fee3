//! What a trace shows, in words: each sentence is a number of the run that somebody would otherwise look for.

use tiltyard_visca::SimTime;

use crate::run::{RunResult, Sample, Trace};
use crate::scenario::verdict::quantity;
use crate::scenario::{Scenario, Verdict};
use crate::stack::Phase;

/// A rate from this share of the axis' top rate on is at the top: a head never quite gets there.
const AT_TOP_SHARE: f64 = 0.98;
/// Shorter is no news \[share of the run\].
const SHARE_MIN: f64 = 0.005;
/// A bound of which less is left is worth a sentence.
const TIGHT_MARGIN: f64 = 0.25;
/// Spans of one kind that are told one by one.
const SPANS_TOLD: usize = 3;

/// The sentences about a run.
pub(super) fn findings(scenario: &Scenario, result: &RunResult, trace: &Trace) -> Vec<String> {
    let rows = &trace.rows;
    let mut said = Vec::new();
    tightest(result, &mut said);
    lost(scenario, rows, &mut said);
    top_speed(scenario, rows, &mut said);
    for (axis, name) in ["pan", "tilt"].into_iter().enumerate() {
        let share = share(rows, |row| row.world.at_limit[axis]);
        if share > SHARE_MIN {
            said.push(format!("{name} stood at an end stop {} of the time", percent(share)));
        }
    }
    let metrics = &result.metrics;
    if metrics.frames_dropped > 0 {
        said.push(format!("{} of {} frames were lost", metrics.frames_dropped, metrics.frames_captured));
    }
    if let Some(latency_ms) = metrics.loop_latency_p95_ms {
        let age = metrics
            .frame_age_p95_ms
            .map_or_else(String::new, |age_ms| format!(", {age_ms:.0} ms of it the frame's age"));
        said.push(format!("from exposure to decision: {latency_ms:.0} ms (95 of 100){age}"));
    }
    if let Some(switches) = metrics.id_switches.filter(|switches| *switches > 0) {
        said.push(format!("the followed box became another target's {}", times(switches)));
    }
    if let Some(last) = rows.last() {
        for (count, what) in [
            (last.commands_refused, "commands were refused by the camera"),
            (last.commands_lost, "messages were never answered"),
            (last.alarms, "watchdog alarms"),
            (last.guard_acts, "times the limit-cycle guard turned the servo down"),
        ] {
            if count > 0 {
                said.push(format!("{count} {what}"));
            }
        }
    }
    let down = share(rows, |row| row.perception_down);
    if down > 0.0 {
        said.push(format!("the detector could not look {} of the time", percent(down)));
    }
    if let Some(ratio) = metrics.limit_ratio {
        said.push(format!(
            "the error is {} times what a controller that knows the truth, but late, would have",
            quantity(ratio, "")
        ));
    }
    said
}

fn tightest(result: &RunResult, said: &mut Vec<String>) {
    let margins = result.expectations.iter().flat_map(|one| {
        let of = |margin: Option<f64>, what: &'static str| margin.map(|margin| (margin, what, one));
        [of(one.judgement.value_margin, "bound"), of(one.judgement.time_margin, "time")].into_iter().flatten()
    });
    let kept = margins.filter(|(_, _, one)| one.judgement.verdict == Verdict::Pass);
    let Some((margin, what, one)) = kept.reduce(|best, next| if next.0 < best.0 { next } else { best }) else { return };
    if margin < TIGHT_MARGIN {
        said.push(format!("tightest: “{}”, {} of its {what} left", one.name, percent(margin)));
    }
}

fn lost(scenario: &Scenario, rows: &[Sample], said: &mut Vec<String>) {
    if scenario.subject.is_some() {
        let out = spans(rows, |row| row.world.subject.is_some_and(|subject| !subject.in_frame));
        tell(&out, "the subject was out of view", said);
    }
    tell(&spans(rows, |row| row.phase == Phase::Lost), "the stack had lost its target", said);
    let locked = |row: &Sample| row.phase == Phase::Tracking;
    match rows.iter().position(locked) {
        Some(first) if rows[first].at > SimTime::ZERO => {
            said.push(format!("first lock at {}", seconds(rows[first].at.as_secs_f64())));
        }
        None if scenario.subject.is_some() => said.push("the stack never had a lock".to_owned()),
        _ => {}
    }
}

fn top_speed(scenario: &Scenario, rows: &[Sample], said: &mut Vec<String>) {
    let protocol = &scenario.world.camera.protocol;
    for (axis, (name, top_dps)) in
        [("pan", protocol.pan.rate_max_dps()), ("tilt", protocol.tilt.rate_max_dps())].into_iter().enumerate()
    {
        let share = share(rows, |row| row.world.rate_dps[axis].abs() >= AT_TOP_SHARE * top_dps);
        if share > SHARE_MIN {
            said.push(format!(
                "{name} at its top speed, {}, {} of the time",
                quantity(top_dps, "deg/s"),
                percent(share)
            ));
        }
    }
}

fn tell(spans: &[[f64; 2]], what: &str, said: &mut Vec<String>) {
    let total: f64 = spans.iter().map(|[from, to]| to - from).sum();
    match spans {
        [] => {}
        few if few.len() <= SPANS_TOLD => {
            let few: Vec<String> =
                few.iter().map(|[from, to]| format!("from {} to {}", seconds(*from), seconds(*to))).collect();
            said.push(format!("{what} {}", few.join(", ")));
        }
        many => said.push(format!("{what} {}, {} in all", times(many.len() as u64), seconds(total))),
    }
}

/// From the first of neighbouring rows to the one after the last \[s\].
fn spans(rows: &[Sample], is_so: impl Fn(&Sample) -> bool) -> Vec<[f64; 2]> {
    let mut spans: Vec<[f64; 2]> = Vec::new();
    let mut open = false;
    for (index, row) in rows.iter().enumerate() {
        let so = is_so(row);
        let to_s = rows.get(index + 1).unwrap_or(row).at.as_secs_f64();
        match spans.last_mut() {
            Some(last) if so && open => last[1] = to_s,
            _ if so => spans.push([row.at.as_secs_f64(), to_s]),
            _ => {}
        }
        open = so;
    }
    spans
}

fn share(rows: &[Sample], is_so: impl Fn(&Sample) -> bool) -> f64 {
    if rows.is_empty() {
        return 0.0;
    }
    rows.iter().filter(|row| is_so(row)).count() as f64 / rows.len() as f64
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn seconds(value_s: f64) -> String {
    format!("{value_s:.1} s")
}

/// "12 %", "0.8 %", "−3.0 %".
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let text = if percent.abs() < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") };
    text.replace('-', "−")
}
