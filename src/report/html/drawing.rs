//! What a page draws of one run: its trace in columns, what was seen, where expectations apply and fail, key moments.
//!
//! Numbers in words and tables are not made of this but of the result; steps are finer than a pixel.

use serde::Serialize;
use tiltyard_sim::TargetState;
use tiltyard_sim::target::Actor;
use tiltyard_visca::SimTime;

use super::acks;
use super::moments::{Moment, moments};
use super::pack::{Columns, Packed};
use super::spans::{Fault, Tube, faults, tubes};
use crate::run::recording::Look;
use crate::run::{Recorded, RunResult, Sample};
use crate::scenario::Scenario;

/// Steps of the columns.
const DEG: f64 = 0.001;
const DPS: f64 = 0.01;
const MS: f64 = 0.1;
const METRES: f64 = 0.01;
const SHARE: f64 = 0.01;
/// More boxes than this in one frame are not drawn.
const BOXES_MAX: usize = 12;

/// Everything that is drawn of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Drawing {
    /// Rows a second \[Hz\].
    hz: f64,
    /// Every so many ticks are drawn.
    stride: usize,
    /// Length of the run \[s\].
    end_s: f64,
    /// Width and height of the picture \[px\].
    size_px: [u32; 2],
    /// Names of the targets.
    targets: Vec<String>,
    /// Index of the subject.
    subject: Option<usize>,
    /// Name, azimuth, elevation, width, height \[deg\] and distance \[m\] of what hides others.
    occluders: Vec<(String, [f64; 5])>,
    /// A row each `stride` ticks.
    trace: Packed,
    /// A row a decision.
    looks: Packed,
    /// A row a detection, in the order of the decisions \[px\].
    found: Packed,
    /// What expectations allow.
    tubes: Vec<Tube>,
    /// Where they failed.
    faults: Vec<Fault>,
    /// What is worth a look.
    moments: Vec<Moment>,
}

/// Every which row is taken so that there are at most `rows_max`; at least 1.
pub const fn stride(rows: usize, rows_max: usize) -> usize {
    let stride = rows.div_ceil(if rows_max > 0 { rows_max } else { 1 });
    if stride > 0 { stride } else { 1 }
}

impl Drawing {
    /// Of a recorded run, with at most `rows_max` rows.
    pub(super) fn of(scenario: &Scenario, seed: u64, recorded: &Recorded, result: &RunResult, rows_max: usize) -> Self {
        let world = &scenario.world;
        let stride = stride(recorded.trace.rows.len(), rows_max);
        let rows: Vec<&Sample> = recorded.trace.rows.iter().step_by(stride).collect();
        let end = SimTime::ZERO + scenario.length;
        let mut trace = signals(&rows);
        drives(scenario, recorded, &rows, &mut trace);
        targets(scenario, seed, &rows, &mut trace);
        let looks = recorded.recording.as_ref().map_or(&[][..], |recording| &recording.looks);
        let (looks, found) = seen(looks, &rows);
        let occluders = world.occluders.iter().map(|thing| {
            let TargetState { az_deg, el_deg, width_deg, height_deg, range_m } = TargetState::of_occluder(thing);
            (thing.name.clone(), [az_deg, el_deg, width_deg, height_deg, range_m])
        });
        let (trace_of, results) = (&recorded.trace, &result.expectations);
        Self {
            hz: world.video.rate_hz / stride as f64,
            stride,
            end_s: scenario.length.as_secs_f64(),
            size_px: [world.video.width_px, world.video.height_px],
            targets: world.targets.iter().map(|target| target.name.clone()).collect(),
            subject: scenario.subject,
            occluders: occluders.collect(),
            trace: trace.pack(),
            looks: looks.pack(),
            found: found.pack(),
            tubes: tubes(&scenario.expectations, results, trace_of, end),
            faults: faults(&scenario.expectations, results, trace_of, end),
            moments: moments(result, &recorded.trace),
        }
    }

    /// Every so many ticks are drawn.
    pub(super) const fn stride(&self) -> usize {
        self.stride
    }

    /// When the first fault of an expectation begins \[s\].
    pub(super) fn fault_s(&self, expectation: usize) -> Option<f64> {
        self.faults.iter().find(|fault| fault.expectation == expectation).map(|fault| fault.span[0])
    }
}

/// The columns that a baseline is drawn with.
pub fn followed(rows: &[&Sample]) -> Columns {
    let mut columns = Columns::default();
    for (axis, name) in ["pan", "tilt"].into_iter().enumerate() {
        columns.add(&format!("error.{name}"), DEG, rows.iter().map(|row| row.error_deg.map(|error| error[axis])));
    }
    for (axis, name) in ["pan", "tilt"].into_iter().enumerate() {
        columns.add(name, DEG, rows.iter().map(|row| Some(row.world.position_deg[axis])));
    }
    columns.add("fov", DEG, rows.iter().map(|row| Some(row.world.hfov_deg)));
    columns
}

fn signals(rows: &[&Sample]) -> Columns {
    let mut columns = followed(rows);
    columns.add("error.total", DEG, rows.iter().map(|row| row.error_total_deg));
    columns.add("age", MS, rows.iter().map(|row| row.frame_age_s.map(|age_s| age_s * 1e3)));
    columns.add("latency", MS, rows.iter().map(|row| row.loop_latency_s.map(|latency_s| latency_s * 1e3)));
    columns.add("zoom", SHARE, rows.iter().map(|row| Some(row.command_zoom)));
    columns.add("phase", 1.0, rows.iter().map(|row| Some(f64::from(row.phase as u8))));
    let bits = |flags: &[bool]| {
        let set = flags.iter().enumerate().map(|(bit, flag)| u32::from(*flag) << bit);
        Some(f64::from(set.sum::<u32>()))
    };
    columns.add("faults", 1.0, rows.iter().map(|row| bits(&row.world.faults)));
    let flags = |row: &&Sample| {
        let [pan_stop, tilt_stop] = row.world.at_limit;
        let in_frame = row.world.subject.is_some_and(|subject| subject.in_frame);
        bits(&[in_frame, row.followed, pan_stop || tilt_stop, row.perception_down])
    };
    columns.add("flags", 1.0, rows.iter().map(flags));
    columns
}

/// Command, ACK and motion of both axes.
fn drives(scenario: &Scenario, recorded: &Recorded, rows: &[&Sample], columns: &mut Columns) {
    let acked = recorded
        .recording
        .as_ref()
        .map_or_else(Vec::new, |recording| acks::acknowledged(recording, &scenario.world.camera.protocol));
    for (axis, name) in ["pan", "tilt"].into_iter().enumerate() {
        columns.add(&format!("command.{name}"), DPS, rows.iter().map(|row| Some(row.command_dps[axis])));
        let moments = rows.iter().map(|row| row.at);
        let acked = acks::at_each(&acked, [0.0; 2], moments).map(|rates| Some(rates[axis]));
        columns.add(&format!("acked.{name}"), DPS, acked);
        columns.add(&format!("rate.{name}"), DPS, rows.iter().map(|row| Some(row.world.rate_dps[axis])));
    }
}

/// Where every target is, and how large.
fn targets(scenario: &Scenario, seed: u64, rows: &[&Sample], columns: &mut Columns) {
    for (index, target) in scenario.world.targets.iter().enumerate() {
        let mut actor = Actor::new(target, seed);
        let states: Vec<Option<TargetState>> = rows
            .iter()
            .map(|row| {
                actor.extend(row.at);
                actor.at(row.at)
            })
            .collect();
        let mut add = |name: &str, step, of: fn(&TargetState) -> f64| {
            let values = states.iter().map(|state| state.as_ref().map(of));
            columns.add(&format!("target.{index}.{name}"), step, values);
        };
        add("az", DEG, |state| state.az_deg);
        add("el", DEG, |state| state.el_deg);
        add("w", DEG, |state| state.width_deg);
        add("h", DEG, |state| state.height_deg);
        add("range", METRES, |state| state.range_m);
    }
}

/// Decisions and what was found in their frames.
fn seen(looks: &[Look], rows: &[&Sample]) -> (Columns, Columns) {
    let mut decisions = Columns::default();
    let row_of = |look: &Look| rows.partition_point(|row| row.at < look.at) as f64;
    decisions.add("row", 1.0, looks.iter().map(|look| Some(row_of(look))));
    decisions.add("age", MS, looks.iter().map(|look| Some(look.frame.age_s(look.at) * 1e3)));
    decisions.add("found", 1.0, looks.iter().map(|look| Some(look.detections.len().min(BOXES_MAX) as f64)));
    let chosen = |of: fn(&crate::stack::frame::PixelBox) -> f64| {
        looks.iter().map(move |look| look.chosen.as_ref().map(of)).collect::<Vec<_>>()
    };
    decisions.add("x", 1.0, chosen(|shape| shape.x_px));
    decisions.add("y", 1.0, chosen(|shape| shape.y_px));
    decisions.add("w", 1.0, chosen(|shape| shape.w_px));
    decisions.add("h", 1.0, chosen(|shape| shape.h_px));
    let boxes: Vec<_> =
        looks.iter().flat_map(|look| look.detections.iter().take(BOXES_MAX)).map(|found| found.bbox).collect();
    let mut found = Columns::default();
    found.add("x", 1.0, boxes.iter().map(|shape| Some(shape.x_px)));
    found.add("y", 1.0, boxes.iter().map(|shape| Some(shape.y_px)));
    found.add("w", 1.0, boxes.iter().map(|shape| Some(shape.w_px)));
    found.add("h", 1.0, boxes.iter().map(|shape| Some(shape.h_px)));
    (decisions, found)
}
