//! The yardstick: how well a controller does in the same world that knows the truth, only late.
//!
//! Two controllers without detector, tracker, protocol or speed codes drive an ideal head: the camera's own top rate,
//! acceleration and range, and nothing else of it. Both decide once a frame and hold their rate for a frame:
//!
//! - **delayed**: knows the subject's true bearing and rate as of the exposure, and its own head exactly; its rate acts
//!   T = exposure → decision → motion later (the means of the scenario's delays). It predicts with constant rate;
//! - **clairvoyant**: knows the bearing and rate of the end of each hold in advance; only the head limits it.
//!
//! Their law, per axis, is one step of look-ahead. With e the error and c the closing rate when a hold ends, it picks
//! the rate for which
//!
//! ```text
//! e − c·|c| / (2·A) = (1 − K) · e_begin,     K = 0.8
//! ```
//!
//! that is: 0.8 of the error is gone at the end of the hold, and what is left can still be braked away at A. For small
//! errors this is the deadbeat gain K/h, for large ones the time-optimal parabola.
//!
//! The predictive servo has such a law, too. The two are written apart on purpose, as the two projections are: a slip
//! in one would otherwise stand in the yardstick as well.
//!
//! Source: `control-and-limits` section 6.2, B4 (true state, same h, V and A, K about 0.8/h).

use core::time::Duration;

use tiltyard_sim::config::WorldConfig;
use tiltyard_sim::delay::mean;
use tiltyard_visca::SimTime;
use tiltyard_visca::model::AxisModel;
use tiltyard_visca::num::{clamp, max, min, wrap_deg};

use super::trace::{Sample, Trace};
use crate::scenario::Scenario;
use crate::stack::Phase;
use crate::stack::geometry::Bearing;

/// Share of the error that a hold takes away.
const SHARE: f64 = 0.8;
/// Following is measured from here on after the first lock.
const FOLLOWED: Duration = Duration::from_secs(1);
/// An oracle with less error than this is as good as exact \[deg\].
pub(super) const EXACT_DEG: f64 = 0.005;
/// A subject that is faster than this jumps, and a jump is no motion \[deg/s\].
const JUMP_DPS: f64 = 120.0;
/// Bisections of the rate: to 2⁻⁴⁰ of the top rate.
const BISECTIONS: u32 = 40;

/// What the oracle knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// The truth as of the exposure.
    Delayed,
    /// The truth as of the end of each hold.
    Ahead,
}

/// An axis of the ideal head.
#[derive(Clone, Copy, Debug)]
struct Axis {
    rate_max_dps: f64,
    acceleration_dps2: f64,
    range_deg: (f64, f64),
    position_deg: f64,
    rate_dps: f64,
    /// What it was told last.
    goal_dps: f64,
}

/// Which rates the oracle may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rates {
    /// Any up to the top rate.
    Any,
    /// Those of the camera's speed codes: of what the law picks, the nearest.
    Codes,
}

impl Axis {
    /// Goes on for `span_s` at the acceleration limit towards the rate it was told.
    fn advance(&mut self, span_s: f64) {
        (self.position_deg, self.rate_dps) = self.after(self.goal_dps, span_s);
        let (low, high) = self.range_deg;
        let inside = clamp(self.position_deg, low, high);
        if inside != self.position_deg {
            (self.position_deg, self.rate_dps) = (inside, 0.0);
        }
    }

    /// Position and rate after `span_s` of striving for `goal_dps`.
    fn after(&self, goal_dps: f64, span_s: f64) -> (f64, f64) {
        let change = goal_dps - self.rate_dps;
        let ramp_s = min(change.abs() / self.acceleration_dps2, span_s);
        let acceleration = if change < 0.0 { -self.acceleration_dps2 } else { self.acceleration_dps2 };
        let rate_dps = if ramp_s < span_s { goal_dps } else { self.rate_dps + acceleration * span_s };
        let ramped_deg = self.rate_dps * ramp_s + 0.5 * acceleration * ramp_s * ramp_s;
        (self.position_deg + ramped_deg + rate_dps * (span_s - ramp_s), rate_dps)
    }

    /// The rate for a hold of `hold_s`, for a subject now at `error_deg` from here that moves at `subject_dps`.
    fn decide(&self, error_deg: f64, subject_dps: f64, hold_s: f64) -> f64 {
        let wanted_deg = (1.0 - SHARE) * error_deg;
        let left_deg = |goal_dps: f64| {
            let (position_deg, rate_dps) = self.after(goal_dps, hold_s);
            let closing_dps = rate_dps - subject_dps;
            error_deg + subject_dps * hold_s
                - (position_deg - self.position_deg)
                - closing_dps * closing_dps.abs() / (2.0 * self.acceleration_dps2)
        };
        // What is left falls as the rate rises.
        let (mut low, mut high) = (-self.rate_max_dps, self.rate_max_dps);
        for _ in 0..BISECTIONS {
            let middle = f64::midpoint(low, high);
            if left_deg(middle) > wanted_deg {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }
}

/// The subject's true bearing and rate at a tick: by the central difference, by one side of it where it jumps.
pub(super) fn truth(rows: &[Sample], tick: usize) -> Option<(Bearing, [f64; 2])> {
    let bearing = |tick: usize| rows.get(tick)?.world.subject.map(|subject| subject.bearing);
    let rate = |from: usize, to: usize| {
        let span_s = rows.get(to)?.at.signed_secs_since(rows.get(from)?.at);
        let rate = bearing(to)?.minus(bearing(from)?).map(|change| change / span_s);
        rate.iter().all(|rate| rate.abs() < JUMP_DPS).then_some(rate)
    };
    let here = bearing(tick)?;
    let (before, after) = (tick.checked_sub(1).and_then(|before| rate(before, tick)), rate(tick, tick + 1));
    let rate = match (before, after) {
        (Some([az, el]), Some([next_az, next_el])) => [f64::midpoint(az, next_az), f64::midpoint(el, next_el)],
        (one, other) => one.or(other).unwrap_or_default(),
    };
    Some((here, rate))
}

/// From the exposure of a frame to the motion that comes of it, on the mean.
pub(super) fn total_delay(scenario: &Scenario) -> Duration {
    let WorldConfig { camera, video, link, .. } = &scenario.world;
    let half_cycle = camera.protocol.quirks.v_cycle / 2;
    mean(&video.latency)
        + mean(&scenario.stack.inference())
        + mean(&link.latency)
        + half_cycle
        + camera.protocol.timing.ack
}

/// The oracle's errors at the ticks of a run \[deg\], `None` where there is no subject.
pub fn errors_deg(scenario: &Scenario, trace: &Trace, knowledge: Knowledge) -> Vec<Option<f64>> {
    errors_with_deg(scenario, trace, knowledge, Rates::Any)
}

/// The same with a choice of rates.
pub fn errors_with_deg(scenario: &Scenario, trace: &Trace, knowledge: Knowledge, rates: Rates) -> Vec<Option<f64>> {
    let WorldConfig { camera, video, start, .. } = &scenario.world;
    let axis = |model: &AxisModel, acceleration_dps2: f64, position_deg: f64| Axis {
        rate_max_dps: model.rate_max_dps(),
        acceleration_dps2,
        range_deg: (model.min_deg, model.max_deg),
        position_deg: model.clamp_deg(position_deg),
        rate_dps: 0.0,
        goal_dps: 0.0,
    };
    let protocol = &camera.protocol;
    let mut axes = [
        axis(&protocol.pan, camera.pan.acceleration_dps2, start.pan_deg),
        axis(&protocol.tilt, camera.tilt.acceleration_dps2, start.tilt_deg),
    ];
    // A stack that infers longer than a frame takes every second, third … one.
    let frame_s = 1.0 / video.rate_hz;
    let frames = max(libm::ceil(mean(&scenario.stack.inference()).as_secs_f64() / frame_s), 1.0) as usize;
    let hold_s = frame_s * frames as f64;
    let delay = match knowledge {
        Knowledge::Delayed => total_delay(scenario),
        Knowledge::Ahead => Duration::ZERO,
    };

    let rows = &trace.rows;
    let mut now = SimTime::ZERO;
    let mut go_to = |axes: &mut [Axis; 2], at: SimTime| {
        for axis in axes.iter_mut() {
            axis.advance(at.signed_secs_since(now));
        }
        now = at;
    };
    let mut errors = Vec::with_capacity(rows.len());
    let mut decisions = (0..rows.len()).step_by(frames).peekable();
    for row in rows {
        while let Some(tick) = decisions.next_if(|tick| rows[*tick].at + delay <= row.at) {
            let acts_at = rows[tick].at + delay;
            go_to(&mut axes, acts_at);
            let known = match knowledge {
                Knowledge::Delayed => tick,
                Knowledge::Ahead => tick + frames,
            };
            let Some((bearing, rate_dps)) = truth(rows, known) else {
                for axis in &mut axes {
                    axis.goal_dps = 0.0;
                }
                continue;
            };
            let since_s = acts_at.signed_secs_since(rows[known].at);
            let models = [&protocol.pan, &protocol.tilt];
            let there_deg = [bearing.az_deg, bearing.el_deg];
            for (((axis, model), there_deg), rate_dps) in axes.iter_mut().zip(models).zip(there_deg).zip(rate_dps) {
                let error_deg = wrap_deg(there_deg - axis.position_deg) + rate_dps * since_s;
                let goal_dps = axis.decide(error_deg, rate_dps, hold_s);
                axis.goal_dps = match rates {
                    Rates::Any => goal_dps,
                    Rates::Codes => model.rate_of(model.code_for(goal_dps)),
                };
            }
        }
        go_to(&mut axes, row.at);
        let [pan, tilt] = &axes;
        let at = Bearing { az_deg: pan.position_deg, el_deg: tilt.position_deg };
        errors.push(row.world.subject.map(|subject| subject.bearing.angle_to(at)));
    }
    errors
}

/// The first row that counts as following: a second after the first lock. `None` without a lock, and where the run
/// ends before.
pub fn followed_from(trace: &Trace) -> Option<usize> {
    let locked_at = trace.rows.iter().find(|row| row.phase == Phase::Tracking)?.at;
    trace.rows.iter().position(|row| row.at >= locked_at + FOLLOWED)
}

/// Root mean square; not a number of none.
pub fn rms(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value * value, count + 1.0));
    (sum / count).sqrt()
}

/// The run's error over the delayed oracle's, both as root mean squares from a second after the first lock on:
/// the ratio is about following, not about finding. `None` without a subject, without a lock, and where the oracle is
/// as good as exact, so that there is nothing to compare with.
pub fn limit_ratio(scenario: &Scenario, trace: &Trace) -> Option<f64> {
    let rows = &trace.rows;
    let from = followed_from(trace)?;
    let oracle = errors_deg(scenario, trace, Knowledge::Delayed);
    let ours_deg = rms(rows[from..].iter().filter_map(|row| row.error_total_deg));
    let best_deg = rms(oracle[from..].iter().copied().flatten());
    (best_deg >= EXACT_DEG && ours_deg.is_finite()).then(|| ours_deg / best_deg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::execute;
    use crate::run::servo_suite::{CAMERAS, Cell, Profile};
    use proptest::prelude::*;

    fn axis(position_deg: f64, rate_dps: f64) -> Axis {
        Axis {
            rate_max_dps: 100.0,
            acceleration_dps2: 200.0,
            range_deg: (-170.0, 170.0),
            position_deg,
            rate_dps,
            goal_dps: 0.0,
        }
    }

    #[test]
    fn a_step_takes_the_time_optimal_time() {
        // B3: 40° at 200 deg/s² and 100 deg/s take D/V + V/A = 0.9 s; the last fifth of a hold is left to the next.
        let (mut head, hold_s) = (axis(0.0, 0.0), 1.0 / 30.0);
        let mut taken_s = 0.0;
        while (40.0 - head.position_deg).abs() > 0.05 {
            head.goal_dps = head.decide(40.0 - head.position_deg, 0.0, hold_s);
            head.advance(hold_s);
            taken_s += hold_s;
            assert!(head.position_deg < 40.01 && taken_s < 1.1, "{head:?} after {taken_s} s");
        }
        assert!((0.9..1.1).contains(&taken_s), "{taken_s}");
    }

    #[test]
    fn who_knows_the_future_is_better_than_who_knows_the_past() {
        let cell = Cell { profile: Profile::Bang, delay_ms: 150, fov_deg: 60.0, noise_deg: 0.0, camera: CAMERAS[0] };
        let scenario = cell.scenario("").unwrap();
        let trace = execute(&scenario, 1).unwrap().trace;
        let rms_deg = |knowledge| {
            let errors = errors_deg(&scenario, &trace, knowledge);
            let errors: Vec<f64> = errors.into_iter().flatten().collect();
            (errors.iter().map(|error| error * error).sum::<f64>() / errors.len() as f64).sqrt()
        };
        // B1: at most a/2 · (T + h)² = 5 · 0.183² = 0.17° for who predicts with constant rate, and what the hold and
        // the share of the error that it leaves add.
        let (delayed_deg, ahead_deg) = (rms_deg(Knowledge::Delayed), rms_deg(Knowledge::Ahead));
        assert!((0.1..0.25).contains(&delayed_deg) && ahead_deg < 0.01, "{delayed_deg} {ahead_deg}");
    }

    #[test]
    fn an_end_of_the_range_stops_it() {
        let mut head = Axis { goal_dps: 100.0, ..axis(169.0, 100.0) };
        head.advance(1.0);
        assert_eq!((head.position_deg, head.rate_dps), (170.0, 0.0));
    }

    proptest! {
        #[test]
        fn the_way_is_the_integral_of_the_rate(rate_dps in -90.0..90.0, goal_dps in -90.0..90.0, span_s in 0.001..2.0) {
            let head = axis(0.0, rate_dps);
            let (way_deg, end_dps) = head.after(goal_dps, span_s);
            let (mut sum_deg, mut now_dps, steps) = (0.0, rate_dps, 20_000);
            let step_s = span_s / f64::from(steps);
            for _ in 0..steps {
                let change_dps = clamp(goal_dps - now_dps, -200.0 * step_s, 200.0 * step_s);
                sum_deg += (now_dps + 0.5 * change_dps) * step_s;
                now_dps += change_dps;
            }
            prop_assert!((way_deg - sum_deg).abs() < 1e-2 && (end_dps - now_dps).abs() < 1e-6, "{way_deg} {sum_deg}");
        }
    }
}
