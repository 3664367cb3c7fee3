//! Where the camera points, at any moment of the last second and a little ahead.
//!
//! VISCA tells the position a few times a second and late. Between readings a model of the head runs along: each axis
//! ramps its rate towards the newest command in effect, with the axis' acceleration,
//!
//! ```text
//! v[k+1] = v[k] + clamp(u(t_k − dead time) − v[k], ± a·h),   p[k+1] = p[k] + v[k+1]·h,   h = 5 ms
//! ```
//!
//! and its positions are kept. A reading, taken at a known moment in the past, is compared with what the model said
//! for that moment; the difference moves the whole history. So own commands in flight count at once, and the
//! integration error never outlives a reading. Zoom is only read, never modelled: it moves slowly.
//!
//! The link's one-way delay is learned from the inquiries: half of what a round trip takes beyond the camera's own time
//! for an answer, smoothed. It dates the readings and, with the camera's time to the ACK, the start of a commanded
//! move.
//!
//! Does not model backlash or zoom-dependent speeds. Nothing is known until both positions were read once.

use std::collections::VecDeque;

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, max};
use tiltyard_visca::{Fold, SimTime, State, Visit};

use super::config::{Actuator, Optics};
use super::geometry::{Bearing, View};

/// Grid of the model \[s\].
const STEP: Duration = Duration::from_millis(5);
const STEP_S: f64 = 0.005;
/// Positions kept: one second.
const HISTORY: usize = 200;
/// Commands kept: at 60 a second, more than any dead time.
const COMMANDS: usize = 64;
/// Zoom readings kept.
const ZOOMS: usize = 16;
/// Share of a new round trip in the learned delay.
const DELAY_SHARE: f64 = 0.5;

/// The pose of the camera over the last second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoseEstimator {
    actuator: Actuator,
    optics: Optics,
    /// Model positions on the grid, oldest first; the last one is at `head`.
    history: VecDeque<[f64; 2]>,
    head: SimTime,
    rate_dps: [f64; 2],
    commands: VecDeque<Sent>,
    zooms: VecDeque<(SimTime, f64)>,
    last_reading: Option<SimTime>,
    /// Learned one-way delay of the link \[s\].
    one_way_s: f64,
}

/// A drive that left for the camera.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Sent {
    at: SimTime,
    rate_dps: [f64; 2],
    acked: bool,
}

impl PoseEstimator {
    /// At rest, straight ahead, wide.
    pub fn new(actuator: Actuator, optics: Optics) -> Self {
        Self {
            actuator,
            optics,
            history: VecDeque::from([[0.0; 2]]),
            head: SimTime::ZERO,
            rate_dps: [0.0; 2],
            commands: VecDeque::with_capacity(COMMANDS),
            zooms: VecDeque::with_capacity(ZOOMS),
            last_reading: None,
            one_way_s: actuator.link_delay.as_secs_f64(),
        }
    }

    /// A drive left for the camera.
    pub fn commanded(&mut self, sent_at: SimTime, rate_dps: [f64; 2]) {
        if self.commands.len() == COMMANDS {
            self.commands.pop_front();
        }
        self.commands.push_back(Sent { at: sent_at, rate_dps, acked: false });
    }

    /// The oldest drive with these rates that was not answered yet has been answered.
    pub fn acked(&mut self, rate_dps: [f64; 2]) {
        if let Some(sent) = self.commands.iter_mut().find(|sent| !sent.acked && sent.rate_dps == rate_dps) {
            sent.acked = true;
        }
    }

    /// The oldest drive with these rates that was not answered never will be: it did not reach the camera, as far as
    /// anybody can tell, and the model goes on without it.
    pub fn lost(&mut self, rate_dps: [f64; 2]) {
        if let Some(index) = self.commands.iter().position(|sent| !sent.acked && sent.rate_dps == rate_dps) {
            self.commands.remove(index);
        }
    }

    /// A position reading that was asked for at `asked_at` and arrived at `answered_at`.
    pub fn read_pan_tilt(&mut self, asked_at: SimTime, answered_at: SimTime, pan_deg: f64, tilt_deg: f64) {
        self.learn_delay(asked_at, answered_at);
        let taken_at = before(answered_at, self.one_way_s);
        self.run_to(taken_at);
        let modelled = self.axis_at(taken_at);
        let off = [pan_deg - modelled.az_deg, tilt_deg - modelled.el_deg];
        for position in &mut self.history {
            position[0] += off[0];
            position[1] += off[1];
        }
        self.last_reading = Some(taken_at);
    }

    /// A zoom reading \[position units\] that was asked for at `asked_at` and arrived at `answered_at`.
    pub fn read_zoom(&mut self, asked_at: SimTime, answered_at: SimTime, units: f64) {
        self.learn_delay(asked_at, answered_at);
        if self.zooms.len() == ZOOMS {
            self.zooms.pop_front();
        }
        self.zooms.push_back((answered_at, units));
    }

    /// Whether both positions were read: before that, no picture can be given a direction.
    pub fn is_known(&self) -> bool {
        self.last_reading.is_some() && !self.zooms.is_empty()
    }

    /// From sending a drive to the start of the motion, as far as it is learned.
    pub fn command_delay(&self) -> Duration {
        Duration::from_secs_f64(self.one_way_s) + self.actuator.ack_time
    }

    /// The optical axis at `at`, not later than now.
    pub fn axis(&mut self, at: SimTime) -> Bearing {
        self.run_to(at);
        self.axis_at(at)
    }

    /// The optical axis at `at`, later than now, if no further command leaves.
    ///
    /// The model itself stays where it is: commands still to come would act before `at`, and would come too late.
    pub fn predicted_axis(&self, at: SimTime) -> Bearing {
        let (mut head, mut rate_dps) = (self.head, self.rate_dps);
        let mut position = self.history.back().copied().unwrap_or_default();
        while head < at {
            self.step(head, &mut position, &mut rate_dps);
            head += STEP;
        }
        let beyond_s = head.signed_secs_since(at);
        Bearing { az_deg: position[0] - rate_dps[0] * beyond_s, el_deg: position[1] - rate_dps[1] * beyond_s }
    }

    /// Zoom position at `at` \[position units\]: between readings linear, outside constant.
    pub fn zoom_units(&self, at: SimTime) -> f64 {
        let after = self.zooms.partition_point(|(time, _)| *time <= at);
        match (after.checked_sub(1).and_then(|before| self.zooms.get(before)), self.zooms.get(after)) {
            (Some((t0, z0)), Some((t1, z1))) => {
                let share = at.signed_secs_since(*t0) / t1.signed_secs_since(*t0);
                z0 + (z1 - z0) * share
            }
            (Some((_, z)), None) | (None, Some((_, z))) => *z,
            (None, None) => 0.0,
        }
    }

    /// Horizontal field of view at `at` \[deg\].
    pub fn hfov_deg(&self, at: SimTime) -> f64 {
        self.optics.hfov_deg(self.zoom_units(at))
    }

    /// The view of a frame exposed at `at`.
    pub fn view(&mut self, at: SimTime, width_px: u32, height_px: u32) -> View {
        View {
            axis: self.axis(at),
            hfov_deg: self.hfov_deg(at),
            width_px: f64::from(width_px),
            height_px: f64::from(height_px),
        }
    }

    /// The optics the field of view is computed with.
    pub const fn optics(&self) -> &Optics {
        &self.optics
    }

    fn learn_delay(&mut self, asked_at: SimTime, answered_at: SimTime) {
        let on_the_way_s = answered_at.signed_secs_since(asked_at) - self.actuator.inquiry_time.as_secs_f64();
        self.one_way_s += (max(on_the_way_s * 0.5, 0.0) - self.one_way_s) * DELAY_SHARE;
    }

    fn command_at(&self, at: SimTime) -> [f64; 2] {
        let delay = self.command_delay();
        let in_effect = self.commands.iter().rev().find(|sent| sent.at + delay <= at);
        in_effect.map_or([0.0; 2], |sent| sent.rate_dps)
    }

    fn run_to(&mut self, at: SimTime) {
        while self.head < at {
            let (mut position, mut rate_dps) = (self.history.back().copied().unwrap_or_default(), self.rate_dps);
            self.step(self.head, &mut position, &mut rate_dps);
            self.rate_dps = rate_dps;
            if self.history.len() == HISTORY {
                self.history.pop_front();
            }
            self.history.push_back(position);
            self.head += STEP;
        }
    }

    /// One step of the model, from `from`.
    fn step(&self, from: SimTime, position_deg: &mut [f64; 2], rate_dps: &mut [f64; 2]) {
        let command = self.command_at(from);
        for axis in 0..2 {
            let change = self.actuator.acceleration_dps2[axis] * STEP_S;
            rate_dps[axis] += clamp(command[axis] - rate_dps[axis], -change, change);
            let (low, high) = self.actuator.range_deg[axis];
            position_deg[axis] = clamp(position_deg[axis] + rate_dps[axis] * STEP_S, low, high);
        }
    }

    /// Linear between grid points; the oldest one for anything older.
    fn axis_at(&self, at: SimTime) -> Bearing {
        let back_s = self.head.signed_secs_since(at);
        let newest = self.history.len() - 1;
        let steps = clamp(back_s / STEP_S, 0.0, newest as f64);
        let older = newest.saturating_sub(libm::ceil(steps) as usize);
        let newer = (older + 1).min(newest);
        let share = clamp(libm::ceil(steps) - steps, 0.0, 1.0);
        let (a, b) = (self.history[older], self.history[newer]);
        Bearing { az_deg: a[0] + (b[0] - a[0]) * share, el_deg: a[1] + (b[1] - a[1]) * share }
    }
}

/// The moment `span_s` before `at`, not before the start.
fn before(at: SimTime, span_s: f64) -> SimTime {
    SimTime::from_nanos(at.as_nanos().saturating_sub(Duration::from_secs_f64(span_s).as_nanos() as u64))
}

/// All of a list in one fold, slice by slice so that the lanes stay in registers.
#[inline]
fn folded<T>(list: &VecDeque<T>, take: impl Fn(&mut Fold, &T)) -> Fold {
    let mut fold = Fold::default();
    let (older, newer) = list.as_slices();
    for item in older {
        take(&mut fold, item);
    }
    for item in newer {
        take(&mut fold, item);
    }
    fold
}

/// The newest of each kind by name, so that a diff can tell it; all of each kind folded into one word, because a late
/// frame reaches back half a second and an answer may belong to any of the commands. Zoom readings are never NaN.
impl State for PoseEstimator {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("one_way_s", self.one_way_s);
        v.time("head", self.head);
        v.f64("pan_rate_dps", self.rate_dps[0]);
        v.f64("tilt_rate_dps", self.rate_dps[1]);
        let newest = self.history.back().copied().unwrap_or_default();
        v.f64("pan_deg", newest[0]);
        v.f64("tilt_deg", newest[1]);
        // A NaN would have reached the newest position, which is told by itself: here only the bits count.
        let bits =
            |fold: &mut Fold, [pan, tilt]: &[f64; 2]| fold.words([(pan + 0.0).to_bits(), (tilt + 0.0).to_bits()]);
        v.fold("history", &folded(&self.history, bits));
        v.time("last_reading", self.last_reading);
        v.u64("commands", self.commands.len() as u64);
        if let Some(sent) = self.commands.back() {
            v.time("command_sent_at", sent.at);
            v.f64("command_pan_dps", sent.rate_dps[0]);
            v.f64("command_tilt_dps", sent.rate_dps[1]);
            v.bool("command_acked", sent.acked);
        }
        let commands = folded(&self.commands, |fold, sent| {
            fold.words([sent.at.as_nanos(), u64::from(sent.acked)]);
            fold.reals(sent.rate_dps);
        });
        v.fold("all_commands", &commands);
        v.u64("zooms", self.zooms.len() as u64);
        if let Some((at, units)) = self.zooms.back() {
            v.time("zoom_read_at", *at);
            v.f64("zoom_units", *units);
        }
        let zooms = folded(&self.zooms, |fold, (at, units)| fold.words([at.as_nanos(), (units + 0.0).to_bits()]));
        v.fold("all_zooms", &zooms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimator() -> PoseEstimator {
        let actuator = Actuator {
            rate_max_dps: [100.0, 70.0],
            acceleration_dps2: [400.0, 400.0],
            range_deg: [(-170.0, 170.0), (-30.0, 90.0)],
            ack_time: Duration::from_millis(10),
            inquiry_time: Duration::from_millis(50),
            link_delay: Duration::from_millis(10),
        };
        PoseEstimator::new(actuator, Optics { hfov_wide_deg: 60.0, curve: vec![(0.0, 1.0), (16384.0, 20.0)] })
    }

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    #[test]
    fn a_command_counts_after_its_dead_time_and_ramps() {
        let mut pose = estimator();
        pose.commanded(at(0), [40.0, 0.0]);
        assert_eq!(pose.axis(at(20)).az_deg, 0.0);
        // 40 deg/s at 400 deg/s² takes 100 ms and 2°; then 40 deg/s for 380 ms: 15.2°. The grid adds half a step.
        let end = pose.axis(at(500)).az_deg;
        assert!((end - 17.2).abs() < 0.11, "{end}");
    }

    #[test]
    fn a_lost_drive_is_forgotten_and_an_answered_one_is_not() {
        let mut pose = estimator();
        pose.commanded(at(0), [10.0, 0.0]);
        pose.commanded(at(40), [40.0, 0.0]);
        pose.acked([10.0, 0.0]);
        pose.lost([10.0, 0.0]);
        pose.lost([40.0, 0.0]);
        // 10 deg/s from 20 ms on, reached after 25 ms: 10 · (0.98 − 0.0125) = 9.675, and half a grid step.
        let end = pose.axis(at(1000)).az_deg;
        assert!((end - 9.675).abs() < 0.03, "{end}");
    }

    #[test]
    fn looking_ahead_changes_nothing() {
        let mut pose = estimator();
        pose.commanded(at(0), [40.0, 0.0]);
        pose.axis(at(200));
        let ahead = pose.predicted_axis(at(300)).az_deg;
        let before = pose.clone();
        pose.predicted_axis(at(900));
        assert_eq!(pose, before);
        assert!((pose.axis(at(300)).az_deg - ahead).abs() < 1e-9);
        // A command sent now acts in time, though somebody had looked beyond it.
        pose.commanded(at(300), [0.0, 0.0]);
        assert!(pose.predicted_axis(at(900)).az_deg < ahead + 4.0);
    }

    #[test]
    fn a_reading_moves_the_past_and_so_the_present() {
        let mut pose = estimator();
        pose.commanded(at(0), [40.0, 0.0]);
        let (then, now) = (pose.axis(at(290)).az_deg, pose.axis(at(300)).az_deg);
        // The reading arrives at 300 ms and was taken at 290 ms: 1.5° further than the model.
        pose.read_pan_tilt(at(230), at(300), then + 1.5, 3.0);
        assert!((pose.axis(at(300)).az_deg - now - 1.5).abs() < 1e-9);
        assert!((pose.axis(at(200)).el_deg - 3.0).abs() < 1e-9);
    }

    #[test]
    fn the_delay_of_the_link_is_learned() {
        let mut pose = estimator();
        assert_eq!(pose.command_delay(), Duration::from_millis(20));
        for n in 0..30 {
            // 250 ms there and back, of which the camera takes 50 ms: 100 ms one way, plus 10 ms to the ACK.
            pose.read_pan_tilt(at(300 * n), at(300 * n + 250), 0.0, 0.0);
        }
        assert!((pose.command_delay().as_secs_f64() - 0.110).abs() < 1e-4, "{:?}", pose.command_delay());
    }

    #[test]
    fn zoom_is_interpolated_between_readings() {
        let mut pose = estimator();
        assert!((pose.hfov_deg(at(0)) - 60.0).abs() < 1e-9, "no reading: wide");
        pose.read_zoom(at(30), at(100), 1000.0);
        pose.read_zoom(at(230), at(300), 3000.0);
        assert_eq!([at(0), at(200), at(900)].map(|t| pose.zoom_units(t)), [1000.0, 2000.0, 3000.0]);
    }
}
