//! The numbers of a run, by the names that reports and JSON use.
//!
//! Errors are against the truth and taken at control ticks; what needs a picture is taken at decisions. A number that
//! the run does not tell (no subject, no step, never settled) is absent, not zero.
//!
//! `tpe_px`, `tpo_px`, `bbor` and `tf` are those of Chen, St-Charles, Bouachir, Joeisseint, Bilodeau, Bergevin:
//! *Reproducible Evaluation of Pan-Tilt-Zoom Tracking*, ICIP 2015 (arXiv 1505.04502), section 3, as their program has
//! them (`virtualptz.cpp` of `plstcharles/litiv`), with its two slips mended: a target is out of view by its own
//! picture axis, and overlap is averaged over the frames it is summed over. Of the frames that were decided on let V be
//! those with the middle t of the subject's true box T in the picture, m the picture's middle, and F those of V in
//! which a box B about b was followed:
//!
//! TPO = mean over V of |t − m|, TPE = mean over F of |b − t|, BBOR = mean over F of |B ∩ T| / |B ∪ T|,
//! TF = 1 − |V| / number of frames.
//!
//! A frame of V in which nobody is followed says nothing of TPE and BBOR; `reacquire_s` tells it.

use serde::{Deserialize, Serialize};
use tiltyard_visca::SimTime;
use tiltyard_visca::num::{max, sign};

use super::oracle;
use super::trace::{Sample, Trace};
use crate::scenario::metric::{self, Metric};
use crate::scenario::{Samples, Scenario, Signal};
use crate::stack::frame::{PixelBox, TruthBox};
use crate::stack::{Decision, Frame};

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
/// Overlap with the visible part of a target from which on a box counts as that target's.
const SAME_TARGET_IOU: f64 = 0.3;
/// Share of a target that has to be uncovered for it to be to be seen: a detector may be expected to find it.
const VISIBLE_SHARE: f64 = 0.5;

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
    /// How often the followed box became another target's; absent when no target's box was ever followed.
    pub id_switches: Option<u64>,
    /// Longest time the subject was in the picture, at least half of it uncovered, and not followed, after it was
    /// followed once \[s\]: from the exposure of the first frame in which it was not, to that of the next in which it
    /// was, or could not be. Followed is a frame in which the followed box was the subject's. Only frames that were
    /// decided on tell: one that was dropped, or overwritten while the stack was busy, was no chance to follow anybody.
    pub reacquire_s: Option<f64>,
    /// Mean distance of the followed box's centre from the subject's \[px\].
    pub tpe_px: Option<f64>,
    /// Mean distance of the subject's centre from the picture's \[px\].
    pub tpo_px: Option<f64>,
    /// Mean overlap of the followed box with the subject's, 0 ..= 1.
    pub bbor: Option<f64>,
    /// Share of the frames with the subject out of view, 0 ..= 1.
    pub tf: Option<f64>,
    /// RMS error over that of the oracle-delay controller in the same world: see [`oracle`].
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
    /// The frames decided on, in their order: sequence number, and whether the followed box was the subject's.
    looks: Vec<(u64, bool)>,
}

/// Whose box was followed in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// None was seen.
    Nones,
    /// Of no target: a false box.
    Nobodys,
    /// Of the target with this index.
    Of(u32),
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
    /// One decision, with the truth of its frame; `age_s` is the frame's when its inference began. Says whose box was
    /// followed.
    pub fn decision(
        &mut self,
        frame: &Frame,
        boxes: &[TruthBox],
        subject: Option<&TruthBox>,
        decision: &Decision,
        age_s: f64,
    ) -> Whose {
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
        let whose = decision.seen.map_or(Whose::Nones, |seen| whose(&seen, boxes));
        if let Whose::Of(target) = whose {
            self.id_switches += u64::from(self.followed.is_some_and(|followed| followed != target));
            self.followed = Some(target);
        }
        self.looks.push((frame.seq, subject.is_some_and(|subject| whose == Whose::Of(subject.target))));
        whose
    }
}

/// Whose box it is: of that target whose visible part it overlaps most, if it does so enough.
fn whose(seen: &PixelBox, boxes: &[TruthBox]) -> Whose {
    let mut best = (SAME_TARGET_IOU, Whose::Nobodys);
    for truth in boxes {
        let iou = truth.visible.iou(seen);
        if iou > best.0 {
            best = (iou, Whose::Of(truth.target));
        }
    }
    best.1
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
            id_switches: seen.followed.map(|_| seen.id_switches),
            reacquire_s: has_subject.then(|| reacquire_s(rows, seen)).flatten(),
            tpe_px: seen.point_error_px.value(),
            tpo_px: seen.point_offset_px.value(),
            bbor: seen.overlap.value(),
            tf: (has_subject && seen.frames > 0).then(|| seen.out_of_view as f64 / seen.frames as f64),
            limit_ratio: oracle::limit_ratio(scenario, trace),
        }
    }

    /// A number by its name; `None` where the run does not tell it.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::RmsError => self.rms_error_deg,
            Metric::P95Error => self.p95_error_deg,
            Metric::MaxError => self.max_error_deg,
            Metric::TimeOnTarget => self.time_on_target,
            Metric::Settle => self.settle_s,
            Metric::Overshoot => self.overshoot,
            Metric::Reversals => Some(self.reversals as f64),
            Metric::Iae => self.iae_deg_s,
            Metric::FramesCaptured => Some(self.frames_captured as f64),
            Metric::FramesDropped => Some(self.frames_dropped as f64),
            Metric::DropRate => Some(self.drop_rate),
            Metric::FrameAgeP95 => self.frame_age_p95_ms,
            Metric::LoopLatencyP95 => self.loop_latency_p95_ms,
            Metric::CommandsSent => Some(self.commands_sent as f64),
            Metric::IdSwitches => self.id_switches.map(|count| count as f64),
            Metric::Reacquire => self.reacquire_s,
            Metric::Tpe => self.tpe_px,
            Metric::Tpo => self.tpo_px,
            Metric::Bbor => self.bbor,
            Metric::Tf => self.tf,
            Metric::LimitRatio => self.limit_ratio,
        }
    }

    /// Name, unit and value of each number, in the order of the table.
    pub fn entries(&self) -> [(&'static str, &'static str, Option<f64>); metric::COUNT] {
        Metric::ALL.map(|metric| (metric.name(), metric.entry().unit, self.get(metric)))
    }
}

/// The rows of a run with its numbers: what expectations are weighed against.
#[derive(Clone, Copy, Debug)]
pub struct Numbered<'r> {
    /// The rows.
    pub trace: &'r Trace,
    /// The numbers.
    pub metrics: &'r Metrics,
}

impl Samples for Numbered<'_> {
    fn len(&self) -> usize {
        self.trace.len()
    }

    fn at(&self, row: usize) -> SimTime {
        self.trace.at(row)
    }

    fn value(&self, signal: Signal, row: usize) -> Option<f64> {
        self.trace.value(signal, row)
    }

    fn metric(&self, metric: Metric) -> Option<f64> {
        self.metrics.get(metric)
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

/// Row n is the exposure of frame n, so what was to be seen and what was followed are told of the same moment.
fn reacquire_s(rows: &[Sample], seen: &Observations) -> Option<f64> {
    let mut looks = seen.looks.iter().skip_while(|(_, followed)| !followed).peekable();
    let first = usize::try_from(looks.peek()?.0).ok()?;
    let (mut since, mut longest) = (None::<SimTime>, 0.0);
    for (row, frame) in rows.iter().zip(0_u64..).skip(first) {
        let to_be_seen = row.world.subject.is_some_and(|subject| subject.in_frame && subject.visible >= VISIBLE_SHARE);
        let followed = looks.next_if(|(look, _)| *look == frame).map(|(_, followed)| *followed);
        if to_be_seen && followed == Some(false) {
            since = since.or(Some(row.at));
        }
        if !to_be_seen || followed.is_some() {
            longest = max(longest, since.map_or(0.0, |since| row.at.signed_secs_since(since)));
        }
        since = since.filter(|_| to_be_seen && followed != Some(true));
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

    fn pixel_box(x_px: f64) -> PixelBox {
        PixelBox { x_px, y_px: 100.0, w_px: 60.0, h_px: 180.0 }
    }

    fn truth(target: u32, x_px: f64, visible: PixelBox) -> TruthBox {
        TruthBox { target, label: "person".into(), bbox: pixel_box(x_px), visible_fraction: 0.5, visible }
    }

    /// The boxes of two targets at 100 px and 500 px, and the frame they are in, 100 ms after the one before.
    fn look(seen: &mut Observations, frame: u64, followed: Option<PixelBox>) -> Whose {
        let boxes = [truth(0, 100.0, pixel_box(100.0)), truth(1, 500.0, pixel_box(500.0))];
        look_at(seen, frame, followed, &boxes)
    }

    /// A frame with these boxes, of which the first is the subject's.
    fn look_at(seen: &mut Observations, frame: u64, followed: Option<PixelBox>, boxes: &[TruthBox]) -> Whose {
        let captured_at = SimTime::from_millis(frame * 100);
        let decision = Decision {
            at: captured_at,
            frame_seq: frame,
            captured_at,
            // What the stack believes has no say in it.
            phase: crate::stack::Phase::Tracking,
            target: Some(7),
            lock: Some(1),
            seen: followed,
            bearing: None,
            uncertainty_deg: None,
            error_deg: None,
            rate_dps: [0.0; 2],
            zoom: 0.0,
            tracks: 2,
        };
        let frame = Frame {
            seq: frame,
            picture: frame,
            captured_at,
            arrived_at: captured_at,
            width_px: 1280,
            height_px: 720,
            content: crate::stack::frame::Content::Truth { boxes: boxes.into(), miss_probability: 0.0 },
            pixels: None,
        };
        seen.decision(&frame, boxes, boxes.first(), &decision, 0.0)
    }

    /// Rows ten times a second, in which so much of the subject is uncovered.
    fn rows(visible: &[f64]) -> Vec<Sample> {
        let row = |(index, visible): (usize, &f64)| {
            let subject = crate::rig::Subject {
                bearing: crate::stack::geometry::Bearing::default(),
                size_deg: [3.0, 9.0],
                in_frame: true,
                visible: *visible,
                coverage: 0.25,
            };
            let world = crate::rig::Measured { subject: Some(subject), ..Default::default() };
            Sample::of_world(SimTime::from_millis(index as u64 * 100), world, None)
        };
        visible.iter().enumerate().map(row).collect()
    }

    /// In a picture of 1280 × 720 px the subject's middle is at (130, 190): 510 px and 170 px off the picture's.
    #[test]
    fn the_measures_of_chen_are_what_they_are_by_hand() {
        let mut seen = Observations::default();
        // 3 px to the right: 57 of 63 columns are shared. 4 px down: 176 of 184 rows.
        look(&mut seen, 0, Some(pixel_box(103.0)));
        look(&mut seen, 1, Some(PixelBox { y_px: 104.0, ..pixel_box(100.0) }));
        // In view and not followed; its middle left of the picture, by less than half its width; not there at all.
        look(&mut seen, 2, None);
        look_at(&mut seen, 3, Some(pixel_box(0.0)), &[truth(0, -31.0, pixel_box(0.0))]);
        look_at(&mut seen, 4, None, &[]);
        let close = |value: Option<f64>, wanted: f64| (value.unwrap() - wanted).abs() < 1e-9;
        assert!(close(seen.point_error_px.value(), 3.5), "{seen:?}");
        assert!(close(seen.point_offset_px.value(), (510.0_f64 * 510.0 + 170.0 * 170.0).sqrt()), "{seen:?}");
        assert!(close(seen.overlap.value(), f64::midpoint(57.0 / 63.0, 176.0 / 184.0)), "{seen:?}");
        assert_eq!((seen.out_of_view, seen.frames), (2, 5), "a fragmentation of 0.4");
    }

    #[test]
    fn an_identity_switch_is_another_targets_box_and_nothing_else() {
        let mut seen = Observations::default();
        let mut whose = |followed: Option<f64>| look(&mut seen, 0, followed.map(pixel_box));
        // The subject; nobody; a false box; the subject; the other; nobody; the other; the subject.
        let boxes = [Some(102.0), None, Some(900.0), Some(98.0), Some(505.0), None, Some(500.0), Some(100.0)];
        let said = boxes.map(&mut whose);
        let [none, nobody, subject, other] = [Whose::Nones, Whose::Nobodys, Whose::Of(0), Whose::Of(1)];
        assert_eq!(said, [subject, none, nobody, subject, other, none, other, subject]);
        assert_eq!(seen.id_switches, 2);
    }

    #[test]
    fn a_box_belongs_to_whom_it_shows_the_visible_part_of() {
        // The subject's right third beside somebody who stands before them: a third of the whole box, all of what is
        // to be seen.
        let third = PixelBox { w_px: 20.0, x_px: 140.0, ..pixel_box(0.0) };
        let boxes = [truth(0, 100.0, third), truth(1, 80.0, pixel_box(80.0))];
        assert_eq!(whose(&third, &boxes), Whose::Of(0));
        assert_eq!(whose(&pixel_box(85.0), &boxes), Whose::Of(1));
        assert_eq!(whose(&pixel_box(300.0), &boxes), Whose::Nobodys);
    }

    #[test]
    fn a_subject_that_is_to_be_seen_and_not_followed_has_to_be_reacquired() {
        let followed = |frames: &[u64], others: &[u64]| {
            let mut seen = Observations::default();
            for frame in 0..20 {
                let ours = frames.contains(&frame).then(|| pixel_box(100.0));
                look(&mut seen, frame, ours.or_else(|| others.contains(&frame).then(|| pixel_box(500.0))));
            }
            seen
        };
        let all: Vec<u64> = (2..20).collect();
        let open = rows(&[1.0; 20]);
        let reacquired = |rows: &[Sample], seen: &Observations| reacquire_s(rows, seen).map(|s| (s * 10.0).round());
        assert_eq!(reacquired(&open, &followed(&all, &[])), Some(0.0), "not before it is followed first");
        let gap: Vec<u64> = all.iter().copied().filter(|frame| !(6..=9).contains(frame)).collect();
        assert_eq!(reacquired(&open, &followed(&gap, &[])), Some(4.0), "from frame 6 to frame 10");
        assert_eq!(reacquired(&open, &followed(&gap, &[6, 7, 8, 9])), Some(4.0), "the other's box is none of it");
        // Hidden from frame 6 to frame 8, it can be asked for at frame 9 only.
        let mut hidden = [1.0; 20];
        hidden[6..9].fill(0.4);
        assert_eq!(reacquired(&rows(&hidden), &followed(&gap, &[])), Some(1.0));
        assert_eq!(reacquired(&open, &followed(&[2, 3], &[])), Some(15.0), "to the end, if it is not had back");
        assert_eq!(reacquired(&open, &followed(&[], &[4, 5])), None, "never followed");
    }

    #[test]
    fn a_frame_that_nobody_decided_on_says_nothing() {
        // A stack that takes every third frame, and follows in each.
        let mut seen = Observations::default();
        for frame in (2..18).step_by(3) {
            look(&mut seen, frame, Some(pixel_box(100.0)));
        }
        assert_eq!(reacquire_s(&rows(&[1.0; 20]), &seen), Some(0.0));
        // Not in those of 0.8 s and 1.1 s: from there to 1.4 s.
        let mut seen = Observations::default();
        for frame in (2..18).step_by(3) {
            look(&mut seen, frame, (![8, 11].contains(&frame)).then(|| pixel_box(100.0)));
        }
        let reacquired = |visible: &[f64]| reacquire_s(&rows(visible), &seen).map(|s| (s * 10.0).round());
        assert_eq!(reacquired(&[1.0; 20]), Some(6.0));
        // Hidden at 1.2 s, where nobody looked: until then.
        let mut hidden = [1.0; 20];
        hidden[12] = 0.0;
        assert_eq!(reacquired(&hidden), Some(4.0));
    }

    #[test]
    fn what_comes_after_the_last_decision_says_nothing() {
        let mut seen = Observations::default();
        for frame in 0..17 {
            look(&mut seen, frame, (frame < 15).then(|| pixel_box(100.0)));
        }
        assert_eq!(reacquire_s(&rows(&[1.0; 30]), &seen).map(|s| (s * 10.0).round()), Some(1.0), "frames 15 and 16");
    }

    #[test]
    fn every_metric_is_in_json_under_its_name() {
        let json = serde_json::to_value(Metrics::default()).unwrap();
        let names: Vec<_> = Metrics::default().entries().into_iter().map(|(name, ..)| name).collect();
        assert_eq!(json.as_object().unwrap().len(), names.len());
        assert!(names.iter().all(|name| json.get(name).is_some()));
    }
}
