//! Where the zoom motor is, at any moment of the last second and a little ahead.
//!
//! The zoom position is read every other poll, and late. Between readings a model of the motor runs along with the zoom
//! drives that really left: its rate ramps towards the newest drive in effect with the motor's acceleration, and it
//! stands at the ends. A reading, taken at a known moment in the past, is compared with what the model says for that
//! moment, and what it is off by moves all of the model.
//!
//! Nothing is sampled: from an anchor a second ago the drives since are a few ramps and straight lines, so that an ACK,
//! which says when a drive began to act, changes the past by itself.
//!
//! Does not model: that the motor slows down before an end, speeds that are not those of the table, backlash.

use core::time::Duration;
use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, min};
use tiltyard_visca::{Fold, SimTime, State, Visit};

use super::config::Optics;

/// How far back a frame may have been exposed.
const MEMORY: Duration = Duration::from_secs(1);
/// An answer that comes later is about something else \[s\].
const ANSWER_S: f64 = 0.5;

/// The zoom motor over the last second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LensModel {
    /// Acceleration of the motor \[units/s²\].
    acceleration: f64,
    /// Ends \[units\].
    ends: (f64, f64),
    /// Where everything begins.
    anchor: Point,
    /// The drive that acts at the anchor \[units/s\].
    acting: f64,
    /// Drives that act after the anchor, in the order they were sent.
    commands: VecDeque<Sent>,
    known: bool,
}

/// The motor at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Point {
    at: SimTime,
    units: f64,
    units_per_s: f64,
}

/// A zoom drive that left for the camera.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Sent {
    at: SimTime,
    /// When it began to act, or is expected to.
    acts_at: SimTime,
    units_per_s: f64,
    acked: bool,
}

impl LensModel {
    /// At rest at the wide end, and not known to be there.
    pub fn new(optics: &Optics) -> Self {
        let first = optics.curve.first().map_or(0.0, |point| point.0);
        let last = optics.curve.last().map_or(first, |point| point.0);
        Self {
            acceleration: optics.acceleration_units_per_s2,
            ends: (first, last),
            anchor: Point { units: first, ..Point::default() },
            acting: 0.0,
            commands: VecDeque::new(),
            known: false,
        }
    }

    /// A drive left for the camera and is expected to act at `acts_at`.
    pub fn commanded(&mut self, sent_at: SimTime, acts_at: SimTime, units_per_s: f64) {
        let ago = Duration::from_nanos(sent_at.as_nanos()).saturating_sub(MEMORY);
        self.forget_before(SimTime::ZERO + ago);
        self.commands.push_back(Sent { at: sent_at, acts_at, units_per_s, acked: false });
    }

    /// The oldest drive with this rate that waits for its ACK has got it at `at`, and has acted since `acted_at`.
    pub fn acked(&mut self, at: SimTime, acted_at: SimTime, units_per_s: f64) {
        let waits = |sent: &&mut Sent| {
            !sent.acked && sent.units_per_s == units_per_s && at.signed_secs_since(sent.at) < ANSWER_S
        };
        if let Some(sent) = self.commands.iter_mut().find(waits) {
            sent.acked = true;
            sent.acts_at = acted_at.max(sent.at);
        }
    }

    /// The oldest drive with this rate that was not answered never will be: the model runs without it.
    pub fn lost(&mut self, units_per_s: f64) {
        let lost = self.commands.iter().position(|sent| !sent.acked && sent.units_per_s == units_per_s);
        if let Some(index) = lost {
            self.commands.remove(index);
        }
    }

    /// The motor was at `units` at `taken_at`.
    pub fn read(&mut self, taken_at: SimTime, units: f64) {
        let off = units - self.point(taken_at).units;
        self.anchor.units = clamp(self.anchor.units + off, self.ends.0, self.ends.1);
        self.known = true;
    }

    /// Whether it was read once.
    pub const fn is_known(&self) -> bool {
        self.known
    }

    /// Zoom position at `at`, which may be ahead, if no further drive leaves \[position units\].
    pub fn units(&self, at: SimTime) -> f64 {
        self.point(at).units
    }

    /// Where the motor comes to rest when a stop acts at `at` \[position units\].
    pub fn rest_units(&self, at: SimTime) -> f64 {
        let Point { units, units_per_s, .. } = self.point(at);
        let way = units_per_s * units_per_s.abs() / (2.0 * self.acceleration);
        clamp(units + way, self.ends.0, self.ends.1)
    }

    fn point(&self, at: SimTime) -> Point {
        let (mut point, mut acting) = (self.anchor, self.acting);
        for sent in &self.commands {
            if sent.acts_at >= at {
                // A later one may act earlier: the ACK of this one is still to come.
                continue;
            }
            point = self.strive(point, acting, sent.acts_at);
            acting = sent.units_per_s;
        }
        self.strive(point, acting, at)
    }

    /// From a point until `until` under one drive: a ramp, then its rate.
    fn strive(&self, from: Point, drive: f64, until: SimTime) -> Point {
        let span_s = until.signed_secs_since(from.at);
        if span_s <= 0.0 {
            return from;
        }
        let change = drive - from.units_per_s;
        let ramp_s = min(change.abs() / self.acceleration, span_s);
        let units_per_s = from.units_per_s + clamp(change, -self.acceleration * ramp_s, self.acceleration * ramp_s);
        let mean = f64::midpoint(from.units_per_s, units_per_s);
        let there = from.units + mean * ramp_s + units_per_s * (span_s - ramp_s);
        let units = clamp(there, self.ends.0, self.ends.1);
        Point { at: until, units, units_per_s: if units == there { units_per_s } else { 0.0 } }
    }

    /// Moves the anchor up to `at`.
    fn forget_before(&mut self, at: SimTime) {
        if at <= self.anchor.at {
            return;
        }
        while let Some(sent) = self.commands.pop_front_if(|sent| sent.acts_at < at) {
            self.anchor = self.strive(self.anchor, self.acting, sent.acts_at);
            self.acting = sent.units_per_s;
        }
        self.anchor = self.strive(self.anchor, self.acting, at);
    }
}

impl State for LensModel {
    fn visit(&self, v: &mut dyn Visit) {
        v.bool("known", self.known);
        v.time("anchor_at", self.anchor.at);
        v.f64("anchor_units", self.anchor.units);
        v.f64("anchor_units_per_s", self.anchor.units_per_s);
        v.f64("acting_units_per_s", self.acting);
        v.u64("commands", self.commands.len() as u64);
        let mut fold = Fold::default();
        for sent in &self.commands {
            fold.words([sent.at.as_nanos(), sent.acts_at.as_nanos() << 1 | u64::from(sent.acked)]);
            fold.reals([sent.units_per_s, 0.0]);
        }
        v.fold("all_commands", &fold);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lens() -> LensModel {
        LensModel::new(&Optics {
            hfov_wide_deg: 60.0,
            curve: vec![(0.0, 1.0), (16384.0, 20.0)],
            acceleration_units_per_s2: 20000.0,
        })
    }

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    #[test]
    fn a_drive_acts_after_its_dead_time_and_ramps() {
        let mut lens = lens();
        lens.commanded(at(0), at(20), 2000.0);
        assert_eq!(lens.units(at(20)), 0.0);
        // 2000 units/s at 20000 units/s² take 100 ms and 100 units; then 2000 a second.
        assert!((lens.units(at(120)) - 100.0).abs() < 1e-6);
        assert!((lens.units(at(620)) - 1100.0).abs() < 1e-6);
        // It would run on for 100 units.
        assert!((lens.rest_units(at(620)) - 1200.0).abs() < 1e-6);
    }

    #[test]
    fn an_ack_says_when_it_began() {
        let mut lens = lens();
        lens.commanded(at(0), at(20), 2000.0);
        lens.acked(at(90), at(80), 2000.0);
        assert!((lens.units(at(680)) - 1100.0).abs() < 1e-6);
        // What was answered is not lost.
        lens.lost(2000.0);
        assert!(lens.units(at(680)) > 0.0);
    }

    #[test]
    fn a_lost_drive_is_forgotten() {
        let mut lens = lens();
        lens.commanded(at(0), at(20), 2000.0);
        lens.commanded(at(100), at(120), 4000.0);
        lens.lost(2000.0);
        assert_eq!(lens.units(at(120)), 0.0);
        assert!(lens.units(at(400)) > 500.0);
    }

    #[test]
    fn a_reading_moves_the_past_and_so_the_present() {
        let mut lens = lens();
        assert!(!lens.is_known());
        lens.read(at(0), 5000.0);
        lens.commanded(at(0), at(20), -2000.0);
        let (then, now) = (lens.units(at(300)), lens.units(at(500)));
        lens.read(at(300), then + 70.0);
        assert!(lens.is_known());
        assert!((lens.units(at(500)) - now - 70.0).abs() < 1e-6);
    }

    #[test]
    fn it_stands_at_the_ends() {
        let mut lens = lens();
        lens.commanded(at(0), at(0), 4000.0);
        assert_eq!((lens.units(at(60_000)), lens.rest_units(at(60_000))), (16384.0, 16384.0));
        lens.commanded(at(60_000), at(60_000), -4000.0);
        // From rest: 200 ms and 400 units of ramp.
        assert!((lens.units(at(60_200)) - 15984.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_forgotten_was_the_same() {
        let (mut all, mut short) = (lens(), lens());
        for step in 0..40_u64 {
            let rate = if step % 3 == 0 { 3000.0 } else { -900.0 };
            all.commands.push_back(Sent {
                at: at(step * 100),
                acts_at: at(step * 100 + 30),
                units_per_s: rate,
                acked: false,
            });
            short.commanded(at(step * 100), at(step * 100 + 30), rate);
            let now = at(step * 100 + 90);
            assert!((all.units(now) - short.units(now)).abs() < 1e-6);
        }
        assert!(short.commands.len() < 15, "{}", short.commands.len());
    }
}
