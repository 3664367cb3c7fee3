//! Where the camera points, at any moment of the last second and a little ahead.
//!
//! VISCA tells the position a few times a second and late. Between readings a model of the head runs along: each axis
//! ramps its rate towards the newest command in effect, with the axis' acceleration,
//!
//! ```text
//! v[k+1] = v[k] + clamp(u(t_k − dead time) − v[k], ± a·h),   p[k+1] = p[k] + v[k+1]·h,   h = 5 ms
//! ```
//!
//! and its positions are kept, by dead reckoning. A reading, taken at a known moment in the past, is compared with what
//! the model said for that moment; what the grain of the reading does not explain moves the whole history, by moving
//! the correction that stands between it and the pose. So own commands in flight count at once, and the integration
//! error never outlives a reading. The zoom motor has a model of its own ([`LensModel`]), which is corrected in the
//! same way.
//!
//! **When a command acts** is learned in three steps, each from what is at hand:
//!
//! 1. the link's one-way delay from the inquiries: half of what a round trip takes beyond the camera's own time for an
//!    answer, smoothed;
//! 2. the moment of each command from its ACK, less that delay; the model runs again from there. The mean of these
//!    moments is what is expected of the next command;
//! 3. what the head lags behind its ACK, by least squares: a model that leads by δ is off by −(v₁ − v₀)·δ from one
//!    reading to the next, v being its rate at the two. Readings are forgotten with a factor of 0.98.
//!
//! **Dead reckoning**: since the correction is kept apart, who only aims (and does not care where north is) can use
//! positions that no reading moves ([`PoseEstimator::correction_deg`]).
//!
//! Does not model backlash or zoom-dependent speeds. Nothing is known until both positions were read once.

use std::collections::VecDeque;

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, max, min};
use tiltyard_visca::{Fold, SimTime, State, Visit};

use super::config::{Actuator, Optics};
use super::geometry::{Bearing, View};
use super::lens::LensModel;

/// Grid of the model \[s\].
const STEP: Duration = Duration::from_millis(5);
const STEP_S: f64 = 0.005;
/// Positions kept: one second.
const HISTORY: usize = 200;
/// Commands kept: at 60 a second, more than any dead time.
const COMMANDS: usize = 64;
/// Share of a new round trip in the learned delay.
const DELAY_SHARE: f64 = 0.5;

/// An answer that comes later is about something else \[s\].
const ANSWER_S: f64 = 0.5;
/// A time to the ACK counts as at most this \[s\].
const ACK_MAX_S: f64 = 0.1;
/// Share of a new ACK in the learned time to it.
const ACK_SHARE: f64 = 0.1;
/// Forgetting of the regression for the lag.
const LAG_FORGETS: f64 = 0.98;
/// What the regression begins with: as if the lag had been seen to be zero with this much change of rate \[deg²/s²\].
const LAG_PRIOR: f64 = 400.0;
/// The lag is believed within these bounds \[s\].
const LAG_S: (f64, f64) = (-0.05, 0.4);

/// The pose of the camera over the last second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoseEstimator {
    actuator: Actuator,
    optics: Optics,
    /// The model on the grid, oldest first; the last one is at `head`.
    history: VecDeque<Moment>,
    head: SimTime,
    commands: VecDeque<Sent>,
    lens: LensModel,
    last_reading: Option<Reading>,
    /// Since then a drive was lost, or an answer was in doubt.
    in_doubt: bool,
    /// Learned one-way delay of the link \[s\].
    one_way_s: f64,
    /// Learned time from a command's arrival to its ACK \[s\].
    ack_s: f64,
    /// Learned time from the ACK to the motion, as the two sums of its regression.
    lag: [f64; 2],
    /// The sum of all corrections \[deg\].
    correction_deg: [f64; 2],
    revised: Revised,
}

/// The model at a point of the grid, (pan, tilt).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Moment {
    /// By dead reckoning: no reading moves it.
    position_deg: [f64; 2],
    rate_dps: [f64; 2],
    /// Of this moment and all before it, so that a second of them is hashed in one word.
    digest: u64,
}

impl Moment {
    /// Comes after a moment with this digest.
    fn follows(&mut self, digest: u64) {
        let mut fold = Fold::default();
        fold.words([digest, 0]);
        fold.reals(self.position_deg);
        fold.reals(self.rate_dps);
        self.digest = fold.word();
    }
}

/// How the model has changed its mind about the past, added up since the start: a drive turned out to have begun to act
/// at another time, or never. Who remembers positions by dead reckoning can move them along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Revised {
    /// Where the head is now, of all changes (pan, tilt) \[deg\].
    pub deg: [f64; 2],
    /// How fast it is, of each change by its size \[deg/s\].
    pub dps: [f64; 2],
}

/// What the last reading found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Reading {
    at: SimTime,
    /// Rates of the model then \[deg/s\].
    rate_dps: [f64; 2],
}

/// A drive that left for the camera.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Sent {
    at: SimTime,
    /// When it began to move the head, or is expected to.
    acts_at: SimTime,
    rate_dps: [f64; 2],
    acked: bool,
}

impl PoseEstimator {
    /// At rest, straight ahead, wide.
    pub fn new(actuator: Actuator, optics: Optics) -> Self {
        Self {
            actuator,
            lens: LensModel::new(&optics),
            optics,
            history: VecDeque::from([Moment::default()]),
            head: SimTime::ZERO,
            commands: VecDeque::with_capacity(COMMANDS),
            last_reading: None,
            in_doubt: false,
            one_way_s: actuator.link_delay.as_secs_f64(),
            ack_s: actuator.ack_time.as_secs_f64(),
            lag: [0.0, LAG_PRIOR],
            correction_deg: [0.0; 2],
            revised: Revised::default(),
        }
    }

    /// A drive left for the camera.
    pub fn commanded(&mut self, sent_at: SimTime, rate_dps: [f64; 2]) {
        if self.commands.len() == COMMANDS {
            self.commands.pop_front();
        }
        let acts_at = sent_at + self.command_delay();
        self.commands.push_back(Sent { at: sent_at, acts_at, rate_dps, acked: false });
    }

    /// A drive has been answered, and the answer arrived at `at`. False when it is in doubt which one.
    ///
    /// Answers have no numbers, so after a loss each seems to belong to the drive before: to the oldest one with
    /// `rate_dps` that waits. Where another one fits the usual time better, either a drive was lost or the link has
    /// become slower. Then nothing is learned from it, and a position should be asked for, which tells.
    pub fn acked(&mut self, at: SimTime, rate_dps: [f64; 2]) -> bool {
        let acked_at = before(at, self.one_way_s);
        let (one_way_s, ack_s, lag_s) = (self.one_way_s, self.ack_s, self.lag_s());
        let took_s = |sent: &Sent| acked_at.signed_secs_since(sent.at) - one_way_s;
        let open = || {
            let waits = |sent: &Sent| !sent.acked && at.signed_secs_since(sent.at) < ANSWER_S;
            self.commands.iter().enumerate().filter(move |(_, sent)| waits(sent))
        };
        let misfit_s = |(index, sent): (usize, &Sent)| ((took_s(sent) - ack_s).abs(), index);
        let nearest = open().map(misfit_s).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, index)| index);
        let Some(index) = open().find(|(_, sent)| sent.rate_dps == rate_dps).map(|(index, _)| index) else {
            return true;
        };
        let Some(sent) = self.commands.get_mut(index) else { return true };
        sent.acked = true;
        if nearest != Some(index) {
            self.in_doubt = true;
            return false;
        }
        self.ack_s += (clamp(took_s(sent), 0.0, ACK_MAX_S) - self.ack_s) * ACK_SHARE;
        let acts_at = shifted(acked_at, lag_s).max(sent.at);
        let changed_from = sent.acts_at.min(acts_at);
        sent.acts_at = acts_at;
        self.run_again(changed_from);
        true
    }

    /// The oldest drive with these rates that was not answered never will be: it did not reach the camera, as far as
    /// anybody can tell, and the model runs without it.
    pub fn lost(&mut self, rate_dps: [f64; 2]) {
        if let Some(index) = self.commands.iter().position(|sent| !sent.acked && sent.rate_dps == rate_dps)
            && let Some(sent) = self.commands.remove(index)
        {
            self.in_doubt = true;
            self.run_again(sent.acts_at);
        }
    }

    /// A position reading that was asked for at `asked_at` and arrived at `answered_at`.
    pub fn read_pan_tilt(&mut self, asked_at: SimTime, answered_at: SimTime, pan_deg: f64, tilt_deg: f64) {
        self.learn_delay(asked_at, answered_at);
        let taken_at = before(answered_at, self.one_way_s);
        self.run_to(taken_at);
        let modelled = self.moment_at(taken_at);
        let [pan, tilt] = self.corrected(&modelled);
        let off_deg = [pan_deg - pan, tilt_deg - tilt];
        // Where a drive may be missing, the model is off by that, not by a lag.
        if let Some(last) = self.last_reading
            && !core::mem::take(&mut self.in_doubt)
        {
            self.learn_lag(&last, &modelled, off_deg);
        }
        for (axis, off_deg) in off_deg.into_iter().enumerate() {
            // Within half a unit the reading says nothing, but the first one says all.
            let grain_deg = if self.last_reading.is_some() { 0.5 * self.actuator.unit_deg[axis] } else { 0.0 };
            self.correction_deg[axis] += off_deg - clamp(off_deg, -grain_deg, grain_deg);
        }
        self.last_reading = Some(Reading { at: taken_at, rate_dps: modelled.rate_dps });
    }

    /// A zoom reading \[position units\] that was asked for at `asked_at` and arrived at `answered_at`.
    pub fn read_zoom(&mut self, asked_at: SimTime, answered_at: SimTime, units: f64) {
        self.learn_delay(asked_at, answered_at);
        self.lens.read(before(answered_at, self.one_way_s), units);
    }

    /// A zoom drive \[units/s\] left for the camera.
    pub fn zoom_commanded(&mut self, sent_at: SimTime, units_per_s: f64) {
        self.lens.commanded(sent_at, sent_at + self.zoom_delay(), units_per_s);
    }

    /// A zoom drive has been answered, and the answer arrived at `at`: the oldest one with this rate that waits.
    pub fn zoom_acked(&mut self, at: SimTime, units_per_s: f64) {
        self.lens.acked(at, before(at, self.one_way_s), units_per_s);
    }

    /// The oldest zoom drive with this rate that was not answered never will be.
    pub fn zoom_lost(&mut self, units_per_s: f64) {
        self.lens.lost(units_per_s);
    }

    /// From sending a zoom drive to the start of the motion, as far as it is learned.
    pub fn zoom_delay(&self) -> Duration {
        Duration::from_secs_f64(max(self.one_way_s + self.ack_s, 0.0))
    }

    /// Whether both positions were read: before that, no picture can be given a direction.
    pub fn is_known(&self) -> bool {
        self.last_reading.is_some() && self.lens.is_known()
    }

    /// From sending a drive to the start of the motion, as far as it is learned.
    pub fn command_delay(&self) -> Duration {
        Duration::from_secs_f64(max(self.one_way_s + self.ack_s + self.lag_s(), 0.0))
    }

    /// The optical axis at `at`, not later than now.
    pub fn axis(&mut self, at: SimTime) -> Bearing {
        self.run_to(at);
        bearing(self.corrected(&self.moment_at(at)))
    }

    /// The optical axis at `at` and its rates \[deg/s\], later than now, if no further command leaves.
    ///
    /// The model itself stays where it is: commands still to come would act before `at`, and would come too late.
    pub fn predicted(&self, at: SimTime) -> (Bearing, [f64; 2]) {
        let mut head = self.head;
        let mut moment = self.history.back().copied().unwrap_or_default();
        while head < at {
            self.step(head, &mut moment);
            head += STEP;
        }
        let beyond_s = head.signed_secs_since(at);
        let position_deg = self.corrected(&moment);
        let back = |axis: usize| position_deg[axis] - moment.rate_dps[axis] * beyond_s;
        (bearing([back(0), back(1)]), moment.rate_dps)
    }

    /// Where the head really is, as far as readings tell.
    fn corrected(&self, moment: &Moment) -> [f64; 2] {
        let ([pan, tilt], [pan_off, tilt_off]) = (moment.position_deg, self.correction_deg);
        [pan + pan_off, tilt + tilt_off]
    }

    /// What all readings together have moved the model by (pan, tilt) \[deg\]: a position less this is one by dead
    /// reckoning, which no reading moves.
    pub const fn correction_deg(&self) -> [f64; 2] {
        self.correction_deg
    }

    /// How the model has changed its mind about the past so far.
    pub const fn revised(&self) -> Revised {
        self.revised
    }

    /// Zoom position at `at`, which may be ahead, if no further zoom drive leaves \[position units\].
    pub fn zoom_units(&self, at: SimTime) -> f64 {
        self.lens.units(at)
    }

    /// Where the zoom motor comes to rest when a stop acts at `at` \[position units\].
    pub fn zoom_rest_units(&self, at: SimTime) -> f64 {
        self.lens.rest_units(at)
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

    /// Whether head and lens stood at `at`, not later than now.
    pub fn stands(&self, at: SimTime) -> bool {
        let before = SimTime::ZERO + at.since(SimTime::ZERO).saturating_sub(STEP);
        self.moment_at(at).rate_dps == [0.0; 2] && self.lens.units(at) == self.lens.units(before)
    }

    /// The optics the field of view is computed with.
    pub const fn optics(&self) -> &Optics {
        &self.optics
    }

    fn learn_delay(&mut self, asked_at: SimTime, answered_at: SimTime) {
        let on_the_way_s = answered_at.signed_secs_since(asked_at) - self.actuator.inquiry_time.as_secs_f64();
        self.one_way_s += (max(on_the_way_s * 0.5, 0.0) - self.one_way_s) * DELAY_SHARE;
    }

    /// What the head lags behind its ACK \[s\].
    fn lag_s(&self) -> f64 {
        let [covariance, variance] = self.lag;
        clamp(covariance / variance, LAG_S.0, LAG_S.1)
    }

    fn learn_lag(&mut self, last: &Reading, modelled: &Moment, off_deg: [f64; 2]) {
        self.lag = self.lag.map(|sum| sum * LAG_FORGETS);
        // The model runs with the lag that is believed already: what it is off by is what is missing.
        let lag_s = self.lag_s();
        let leads_dps = last.rate_dps.iter().zip(modelled.rate_dps).map(|(last, now)| last - now);
        for (lead_dps, off_deg) in leads_dps.zip(off_deg) {
            self.lag[0] += lead_dps * (off_deg + lag_s * lead_dps);
            self.lag[1] += lead_dps * lead_dps;
        }
        self.lag[1] += LAG_PRIOR * (1.0 - LAG_FORGETS);
    }

    fn run_to(&mut self, at: SimTime) {
        while self.head < at {
            let last = self.history.back().copied().unwrap_or_default();
            let mut moment = last;
            self.step(self.head, &mut moment);
            moment.follows(last.digest);
            if self.history.len() == HISTORY {
                self.history.pop_front();
            }
            self.history.push_back(moment);
            self.head += STEP;
        }
    }

    /// Runs the model again from `from` to where it is, because what was in effect since has changed.
    fn run_again(&mut self, from: SimTime) {
        let until = self.head;
        let believed = self.history.back().copied().unwrap_or_default();
        while self.head > from && self.history.len() > 1 {
            self.history.pop_back();
            self.head = before(self.head, STEP_S);
        }
        self.run_to(until);
        let now = self.history.back().copied().unwrap_or_default();
        for axis in 0..2 {
            self.revised.deg[axis] += now.position_deg[axis] - believed.position_deg[axis];
            self.revised.dps[axis] += (now.rate_dps[axis] - believed.rate_dps[axis]).abs();
        }
    }

    /// One step of the model, from `from`; in parts where a command begins to act on the way.
    fn step(&self, from: SimTime, moment: &mut Moment) {
        let (mut now, end) = (from, from + STEP);
        // Of all commands that have begun to act, the one sent last counts; those sent before it never do again.
        let in_effect = self.commands.iter().rposition(|sent| sent.acts_at <= from);
        let mut command = in_effect.map_or([0.0; 2], |index| self.commands[index].rate_dps);
        let mut next = in_effect.map_or(0, |index| index + 1);
        while let Some(index) = self.next_within(next, end) {
            let sent = &self.commands[index];
            self.strive(command, sent.acts_at.signed_secs_since(now), moment);
            (now, command, next) = (sent.acts_at, sent.rate_dps, index + 1);
        }
        self.strive(command, end.signed_secs_since(now), moment);
    }

    /// Of the commands from this index on, the one that begins to act first, before `end`; of several at once, the one
    /// sent last.
    fn next_within(&self, index: usize, end: SimTime) -> Option<usize> {
        let later = self.commands.iter().enumerate().skip(index).filter(|(_, sent)| sent.acts_at < end);
        later.min_by_key(|(index, sent)| (sent.acts_at, core::cmp::Reverse(*index))).map(|(index, _)| index)
    }

    /// `span_s` under one command: a ramp, then its rate.
    fn strive(&self, command_dps: [f64; 2], span_s: f64, moment: &mut Moment) {
        let Moment { position_deg, rate_dps, .. } = moment;
        for axis in 0..2 {
            let change_dps = self.actuator.acceleration_dps2[axis] * span_s;
            let before_dps = rate_dps[axis];
            let missing_dps = command_dps[axis] - before_dps;
            rate_dps[axis] += clamp(missing_dps, -change_dps, change_dps);
            // The share of the span that the ramp takes; over it the rate is the mean of its ends.
            let ramp = min(missing_dps.abs() / change_dps, 1.0);
            let mean_dps = rate_dps[axis] + (before_dps - rate_dps[axis]) * 0.5 * ramp;
            let (low, high) = self.actuator.range_deg[axis];
            let off_deg = self.correction_deg[axis];
            position_deg[axis] = clamp(position_deg[axis] + mean_dps * span_s, low - off_deg, high - off_deg);
        }
    }

    /// Linear between grid points; the oldest one for anything older.
    fn moment_at(&self, at: SimTime) -> Moment {
        let back_s = self.head.signed_secs_since(at);
        let newest = self.history.len() - 1;
        let steps = clamp(back_s / STEP_S, 0.0, newest as f64);
        let older = newest.saturating_sub(libm::ceil(steps) as usize);
        let newer = (older + 1).min(newest);
        let share = clamp(libm::ceil(steps) - steps, 0.0, 1.0);
        let (a, b) = (self.history[older], self.history[newer]);
        let mix = |a: [f64; 2], b: [f64; 2]| [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
        let (position_deg, rate_dps) = (mix(a.position_deg, b.position_deg), mix(a.rate_dps, b.rate_dps));
        Moment { position_deg, rate_dps, digest: 0 }
    }
}

fn bearing([az_deg, el_deg]: [f64; 2]) -> Bearing {
    Bearing { az_deg, el_deg }
}

/// `at` and a span that may be negative.
fn shifted(at: SimTime, span_s: f64) -> SimTime {
    if span_s < 0.0 { before(at, -span_s) } else { at + Duration::from_secs_f64(span_s) }
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
/// frame reaches back half a second and an answer may belong to any of the commands.
impl State for PoseEstimator {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("one_way_s", self.one_way_s);
        v.f64("ack_s", self.ack_s);
        v.f64("lag_covariance", self.lag[0]);
        v.f64("lag_variance", self.lag[1]);
        v.f64("pan_correction_deg", self.correction_deg[0]);
        v.f64("tilt_correction_deg", self.correction_deg[1]);
        for (deg, dps) in self.revised.deg.into_iter().zip(self.revised.dps) {
            v.f64("revised_deg", deg);
            v.f64("revised_dps", dps);
        }
        v.time("head", self.head);
        let newest = self.history.back().copied().unwrap_or_default();
        v.f64("pan_rate_dps", newest.rate_dps[0]);
        v.f64("tilt_rate_dps", newest.rate_dps[1]);
        v.f64("pan_deg", newest.position_deg[0]);
        v.f64("tilt_deg", newest.position_deg[1]);
        // A NaN would have reached the newest position, which is told by itself: here only the bits count.
        v.u64("history", newest.digest);
        v.u64("moments", self.history.len() as u64);
        v.bool("in_doubt", self.in_doubt);
        v.time("last_reading", self.last_reading.map(|reading| reading.at));
        v.opt_f64("read_pan_rate_dps", self.last_reading.map(|reading| reading.rate_dps[0]));
        v.opt_f64("read_tilt_rate_dps", self.last_reading.map(|reading| reading.rate_dps[1]));
        v.u64("commands", self.commands.len() as u64);
        if let Some(sent) = self.commands.back() {
            v.time("command_sent_at", sent.at);
            v.f64("command_pan_dps", sent.rate_dps[0]);
            v.f64("command_tilt_dps", sent.rate_dps[1]);
            v.bool("command_acked", sent.acked);
        }
        let commands = folded(&self.commands, |fold, sent| {
            fold.words([sent.at.as_nanos(), sent.acts_at.as_nanos() << 1 | u64::from(sent.acked)]);
            fold.reals(sent.rate_dps);
        });
        v.fold("all_commands", &commands);
        v.part("lens", &self.lens);
    }
}

#[cfg(test)]
mod tests;
