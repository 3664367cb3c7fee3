//! The numbers of a run, by the names that reports and JSON use.
//!
//! Errors are against the truth and taken at control ticks; what needs a picture is taken at decisions. A number that
//! the run does not tell (no subject, no step, never settled) is absent, not zero.
//!
//! `tpe_px`, `tpo_px`, `bbor` and `tf` are those of Chen, St-Charles, Bouachir, Joeisseint, Bilodeau, Bergevin:
//! *Reproducible Evaluation of Pan-Tilt-Zoom Tracking*, ICIP 2015, section 3, with its two slips mended: a target is
//! out of view by its own picture axis, and overlap is averaged over the frames it is summed over.

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{max, sign};

use super::trace::{Sample, Trace};
use crate::scenario::Scenario;
use crate::stack::frame::TruthBox;
use crate::stack::{Decision, Frame, Phase};

/// The subject counts as on target inside this share of the picture's width about its centre.
const ON_TARGET_SHARE: f64 = 0.1;
/// The settled band: the larger of this angle \[deg\] …
const SETTLED_DEG: f64 = 0.5;
/// … and this share of the field of view.
const SETTLED_SHARE: f64 = 0.02;
/// A change of the subject's bearing between two ticks from which on it is a step, not a motion \[deg\].
const STEP_DEG: f64 = 1.0;
/// Rates below this are rest: they do not count as a direction \[deg/s\].
const REST_DPS: f64 = 0.5;
/// Overlap from which on a box counts as that target's.
const SAME_TARGET_IOU: f64 = 0.3;

/// The numbers of a run. Absent ones are `null` in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Metrics {
    /// Root mean square of the angle between subject and optical axis \[deg\].
    pub rms_error_deg: Option<f64>,
    /// Its 95th percentile \[deg\].
    pub p95_error_deg: Option<f64>,
    /// Its maximum \[deg\].
    pub max_error_deg: Option<f64>,
    /// Share of the time with the subject within 10 % of the picture's width of the centre, 0 ..= 1.
    pub time_on_target: Option<f64>,
    /// From the last step of the subject (or the start) until the error stays inside the settled band \[s\].
    pub settle_s: Option<f64>,
    /// Largest error beyond the goal after the last step, over the size of the step \[ratio\].
    pub overshoot: Option<f64>,
    /// Changes of direction of pan and tilt, rests not counted.
    pub reversals: u64,
    /// Integral of the absolute error \[deg·s\].
    pub iae_deg_s: Option<f64>,
    /// Frames exposed.
    pub frames_captured: u64,
    /// Frames lost on the way or overwritten unread.
    pub frames_dropped: u64,
    /// The second over the first, 0 ..= 1.
    pub drop_rate: f64,
    /// Age of a frame when its inference began, 95th percentile \[ms\].
    pub frame_age_p95_ms: Option<f64>,
    /// Exposure to decision, 95th percentile \[ms\].
    pub loop_latency_p95_ms: Option<f64>,
    /// VISCA messages sent, inquiries included.
    pub commands_sent: u64,
    /// How often the followed box became another target's; absent when no decision was seen.
    pub id_switches: Option<u64>,
    /// Longest time the subject was in the picture and not followed, after it was followed once \[s\].
    pub reacquire_s: Option<f64>,
    /// Mean distance of the followed box's centre from the subject's \[px\].
    pub tpe_px: Option<f64>,
    /// Mean distance of the subject's centre from the picture's \[px\].
    pub tpo_px: Option<f64>,
    /// Mean overlap of the followed box with the subject's, 0 ..= 1.
    pub bbor: Option<f64>,
    /// Share of the frames with the subject out of view, 0 ..= 1.
    pub tf: Option<f64>,
    /// RMS error over that of the oracle-delay controller in the same world; absent until the oracle is built.
    pub limit_ratio: Option<f64>,
}

/// What is gathered at decisions, where the picture is at hand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observations {
    frame_age_s: Vec<f64>,
    loop_latency_s: Vec<f64>,
    point_error_px: Mean,
    point_offset_px: Mean,
    overlap: Mean,
    frames: u64,
    out_of_view: u64,
    followed: Option<u32>,
    id_switches: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Mean {
    sum: f64,
    count: u64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    fn value(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

impl Observations {
    /// One decision, with the truth of its frame; `age_s` is the frame's when its inference began.
    pub fn decision(
        &mut self,
        frame: &Frame,
        boxes: &[TruthBox],
        subject: Option<&TruthBox>,
        decision: &Decision,
        age_s: f64,
    ) {
        self.frame_age_s.push(age_s);
        self.loop_latency_s.push(frame.age_s(decision.at));
        self.frames += 1;
        let (width_px, height_px) = (f64::from(frame.width_px), f64::from(frame.height_px));
        let inside = |[x, y]: [f64; 2]| (0.0..width_px).contains(&x) && (0.0..height_px).contains(&y);
        match subject.filter(|truth| inside(truth.bbox.centre_px())) {
            Some(truth) => {
                let [x, y] = truth.bbox.centre_px();
                self.point_offset_px.add(libm::hypot(x - width_px * 0.5, y - height_px * 0.5));
                if let Some(seen) = decision.seen {
                    let [seen_x, seen_y] = seen.centre_px();
                    self.point_error_px.add(libm::hypot(seen_x - x, seen_y - y));
                    self.overlap.add(truth.bbox.iou(&seen));
                }
            }
            None => self.out_of_view += 1,
        }
        if let Some(seen) = decision.seen {
            let overlaps = boxes.iter().map(|truth| (truth.bbox.iou(&seen), truth.target));
            let best = overlaps.fold(
                (SAME_TARGET_IOU, None),
                |best, (iou, target)| {
                    if iou > best.0 { (iou, Some(target)) } else { best }
                },
            );
            if let Some(target) = best.1 {
                self.id_switches += u64::from(self.followed.is_some_and(|followed| followed != target));
                self.followed = Some(target);
            }
        }
    }
}

impl Metrics {
    /// The numbers of a recorded run.
    pub fn of(scenario: &Scenario, trace: &Trace, seen: &Observations) -> Self {
        let rows = &trace.rows;
        let has_subject = scenario.subject.is_some();
        let mut errors: Vec<f64> = rows.iter().filter_map(|row| row.error_total_deg).collect();
        let tick_s = 1.0 / scenario.world.video.rate_hz;
        let squares = errors.iter().map(|error| error * error).sum::<f64>();
        let count = errors.len() as f64;
        let some = |value: f64| (count > 0.0).then_some(value);
        let on_target = rows
            .iter()
            .filter(|row| row.error_total_deg.is_some_and(|error| error < ON_TARGET_SHARE * row.world.hfov_deg))
            .count();
        let (sum, largest) = (errors.iter().sum::<f64>(), errors.iter().copied().fold(0.0, max));
        let step = last_step(rows);
        let last = rows.last();
        let (captured, dropped) = last.map_or((0, 0), |row| (row.world.frames_exposed, row.frames_dropped));
        Self {
            rms_error_deg: some((squares / count).sqrt()),
            p95_error_deg: percentile(&mut errors, 0.95),
            max_error_deg: some(largest),
            time_on_target: some(on_target as f64 / count),
            settle_s: has_subject.then(|| settle_s(rows, step)).flatten(),
            overshoot: step.and_then(|step| overshoot(rows, step)),
            reversals: (0..2).map(|axis| reversals(rows, axis)).sum(),
            iae_deg_s: some(sum * tick_s),
            frames_captured: captured,
            frames_dropped: dropped,
            drop_rate: if captured > 0 { dropped as f64 / captured as f64 } else { 0.0 },
            frame_age_p95_ms: percentile(&mut seen.frame_age_s.clone(), 0.95).map(|age| age * 1e3),
            loop_latency_p95_ms: percentile(&mut seen.loop_latency_s.clone(), 0.95).map(|latency| latency * 1e3),
            commands_sent: last.map_or(0, |row| row.commands_sent),
            id_switches: (seen.frames > 0).then_some(seen.id_switches),
            reacquire_s: has_subject.then(|| reacquire_s(rows)).flatten(),
            tpe_px: seen.point_error_px.value(),
            tpo_px: seen.point_offset_px.value(),
            bbor: seen.overlap.value(),
            tf: (has_subject && seen.frames > 0).then(|| seen.out_of_view as f64 / seen.frames as f64),
            limit_ratio: None,
        }
    }

    /// Name, unit and value of each number, in the order of the struct.
    pub fn entries(&self) -> [(&'static str, &'static str, Option<f64>); 21] {
        [
            ("rms_error_deg", "deg", self.rms_error_deg),
            ("p95_error_deg", "deg", self.p95_error_deg),
            ("max_error_deg", "deg", self.max_error_deg),
            ("time_on_target", "1", self.time_on_target),
            ("settle_s", "s", self.settle_s),
            ("overshoot", "1", self.overshoot),
            ("reversals", "count", Some(self.reversals as f64)),
            ("iae_deg_s", "deg s", self.iae_deg_s),
            ("frames_captured", "count", Some(self.frames_captured as f64)),
            ("frames_dropped", "count", Some(self.frames_dropped as f64)),
            ("drop_rate", "1", Some(self.drop_rate)),
            ("frame_age_p95_ms", "ms", self.frame_age_p95_ms),
            ("loop_latency_p95_ms", "ms", self.loop_latency_p95_ms),
            ("commands_sent", "count", Some(self.commands_sent as f64)),
            ("id_switches", "count", self.id_switches.map(|count| count as f64)),
            ("reacquire_s", "s", self.reacquire_s),
            ("tpe_px", "px", self.tpe_px),
            ("tpo_px", "px", self.tpo_px),
            ("bbor", "1", self.bbor),
            ("tf", "1", self.tf),
            ("limit_ratio", "1", self.limit_ratio),
        ]
    }
}

/// The nearest-rank percentile of some numbers, which it sorts; `None` of none.
pub fn percentile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = libm::ceil(share * values.len() as f64) as usize;
    values.get(rank.saturating_sub(1)).copied()
}

/// The row from which the last step of the subject shows, and its size on (pan, tilt) \[deg\].
fn last_step(rows: &[Sample]) -> Option<(usize, [f64; 2])> {
    let bearing = |row: &Sample| row.world.subject.map(|subject| subject.bearing);
    rows.windows(2).enumerate().rev().find_map(|(index, pair)| {
        let jump = bearing(&pair[1])?.minus(bearing(&pair[0])?);
        (libm::hypot(jump[0], jump[1]) >= STEP_DEG).then_some((index + 1, jump))
    })
}

fn settle_s(rows: &[Sample], step: Option<(usize, [f64; 2])>) -> Option<f64> {
    let settled = |row: &Sample| {
        row.error_total_deg.is_some_and(|error| error <= max(SETTLED_DEG, SETTLED_SHARE * row.world.hfov_deg))
    };
    let first = step.map_or(0, |(index, _)| index);
    let since = rows.get(first..)?;
    let unsettled = since.iter().rposition(|row| !settled(row));
    let row = since.get(unsettled.map_or(0, |last| last + 1))?;
    Some(row.at.signed_secs_since(since[0].at))
}

/// After a step to the right the error is positive; beyond the goal it is negative.
fn overshoot(rows: &[Sample], (first, jump): (usize, [f64; 2])) -> Option<f64> {
    let axis = usize::from(jump[1].abs() > jump[0].abs());
    let beyond = rows.get(first..)?.iter().filter_map(|row| row.error_deg).map(|error| -error[axis] * sign(jump[axis]));
    Some(beyond.fold(0.0, max) / jump[axis].abs())
}

fn reversals(rows: &[Sample], axis: usize) -> u64 {
    let moving = rows.iter().map(|row| row.world.rate_dps[axis]).filter(|rate| rate.abs() > REST_DPS).map(sign);
    let (mut last, mut count) = (0.0, 0);
    for direction in moving {
        count += u64::from(last != 0.0 && direction != last);
        last = direction;
    }
    count
}

fn reacquire_s(rows: &[Sample]) -> Option<f64> {
    let first = rows.iter().position(|row| row.phase == Phase::Tracking)?;
    let (mut since, mut longest) = (None, 0.0);
    for row in &rows[first..] {
        let waiting = row.phase != Phase::Tracking && row.world.subject.is_some_and(|subject| subject.in_frame);
        since = if waiting { since.or(Some(row.at)) } else { None };
        longest = max(longest, since.map_or(0.0, |since| row.at.signed_secs_since(since)));
    }
    Some(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut hundred, 0.95), Some(95.0));
        assert_eq!(percentile(&mut [3.0], 0.95), Some(3.0));
        assert_eq!(percentile(&mut [], 0.95), None);
    }

    #[test]
    fn every_metric_is_in_json_under_its_name() {
        let json = serde_json::to_value(Metrics::default()).unwrap();
        let names: Vec<_> = Metrics::default().entries().into_iter().map(|(name, ..)| name).collect();
        assert_eq!(json.as_object().unwrap().len(), names.len());
        assert!(names.iter().all(|name| json.get(name).is_some()));
    }
}
