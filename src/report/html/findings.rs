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
        let were = if metrics.frames_dropped == 1 { "was" } else { "were" };
        said.push(format!("{} of {} frames {were} lost", metrics.frames_dropped, metrics.frames_captured));
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
            (last.commands_refused, "the camera refused a command"),
            (last.commands_lost, "a message was never answered"),
            (last.alarms, "the watchdog raised an alarm"),
            (last.guard_acts, "the limit-cycle guard turned the servo down"),
        ] {
            if count > 0 {
                said.push(format!("{what} {}", times(count)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rig::{Measured, Subject};
    use crate::run::{execute, judge_recorded};
    use crate::scenario::load;
    use crate::stack::geometry::Bearing;

    #[test]
    fn what_a_trace_shows_is_said() {
        let scenario = load(std::path::Path::new("scenarios/motion/step.toml"), &[]).unwrap();
        let recorded = execute(&scenario, scenario.seed).unwrap();
        let result = judge_recorded(&scenario, scenario.seed, &recorded);
        let top_dps = scenario.world.camera.protocol.pan.rate_max_dps();
        let row = |tick: u64| {
            let bearing = Bearing { az_deg: 0.0, el_deg: 0.0 };
            let in_frame = !(32..41).contains(&tick);
            let subject = Subject { bearing, size_deg: [1.0; 2], in_frame, visible: 1.0, coverage: 0.1 };
            let rate_dps = [if tick < 41 { -top_dps } else { 0.0 }, 0.0];
            let world = Measured { rate_dps, zoom_ratio: 1.0, subject: Some(subject), ..Measured::default() };
            Sample::of_world(SimTime::from_millis(tick * 100), world, None)
        };
        let trace = Trace { rows: (0..100).map(row).collect() };
        let said = findings(&scenario, &result, &trace);
        let top = format!("pan at its top speed, {}, 41 % of the time", quantity(top_dps, "deg/s"));
        for sentence in ["the subject was out of view from 3.2 s to 4.1 s", "the stack never had a lock", top.as_str()]
        {
            assert!(said.iter().any(|one| one == sentence), "{sentence}: {said:#?}");
        }
        assert!(said[0].starts_with("tightest: “settles”, ") && said[0].ends_with(" of its time left"), "{said:?}");
        assert!(!said.iter().any(|one| one.contains("tilt")), "{said:?}");
    }
}
