//! The predictive servo: aims at where the target will be when the command acts, knowing what the head will do by then.
//!
//! Per axis and control step:
//!
//! ```text
//! target  p(t), v(t) from the sightings                        Motion: four filters that compete
//! head    θ(t), ω(t) at the arrival of this command           the pose model with all commands in flight
//! e       = p(arrival) − θ(arrival)
//! u       such that at the end of the hold:  e' − c'·|c'| / (2·A) = (1 − K) · e,    c' the closing rate
//! ```
//!
//! The last line takes the share K of the error away within one hold and leaves the head on the parabola from which it
//! can still be stopped on the target at its acceleration A: a deadbeat law near the target and the time-optimal one
//! far from it, with the target's rate as feed-forward in both. Because what is in flight is part of θ, dead time is
//! not in the loop at all (O. J. M. Smith, ISA J. 6 (1959) 28, with the head as the part that is known).
//!
//! While a slow target will be nearer than what is sure of that place and what the head's slowest rate can mend, the
//! head stands: it would only chase the noise of the boxes, and hunt to and fro between two codes.
//!
//! Out of sight it steers by the stack's own error and rate, which coast and search.
//!
//! Everything is an angle, so it is the same at every zoom. Nothing here integrates: a lasting error of the model
//! shows as a rate of the target and is followed as one.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, max, min, wrap_deg};
use tiltyard_visca::{State, Visit};

use super::motion::{FIRST_RATE_SD_DPS, Motion};
use super::{Servo, ServoInput, Terms};
use crate::stack::pose::Revised;

/// Bisections of the rate: to 2⁻³⁰ of the top rate.
const BISECTIONS: u32 = 30;

/// A target is slow below this many standard deviations of its rate, or below half of the slowest rate of the head.
const SLOW_SIGMAS: f64 = 2.5;
/// For a slow target nothing is done below so many standard deviations of where it will be: the rate of somebody who
/// stands is noise, and over a long delay it is most of the error that is foreseen …
const QUIET_SIGMAS: f64 = 2.0;
/// … and this share of the way of one hold at the slowest rate: a smaller error cannot be mended.
const QUIET_PULSES: f64 = 0.5;

/// Standard deviation of the rate of somebody just met, in their larger side \[1/s\]: 3.4 m/s for somebody of 1.7 m.
/// In degrees it would be too much at long zoom: the servo would chase the noise of the first boxes as if they moved.
const FIRST_RATE_SIZES_PER_S: f64 = 2.0;

/// Who is smaller than usual by this share, and by so many standard deviations of the sizes, is partly hidden.
const CUT: f64 = 0.06;
const CUT_SIGMAS: f64 = 2.5;
/// Doubt in the centre for each degree that is missing: twice the half by which it can be off.
const DOUBT: f64 = 2.0;
/// Standard deviation of a size, in units of itself, until it is learned.
const SIZE_NOISE: f64 = 0.03;
/// Share of a new size in the usual one, and of one that is cut.
const SIZE_SHARE: f64 = 0.1;
const SIZE_SHARE_CUT: f64 = 0.05;

/// Parameters of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictiveGains {
    /// Share of the error that one hold takes away, 0 .. 1.
    pub share: f64,
    /// Acceleration of the head that is counted on \[deg/s²\].
    pub acceleration_dps2: f64,
    /// Top rate \[deg/s\].
    pub rate_max_dps: f64,
    /// Slowest rate above zero \[deg/s\].
    pub rate_min_dps: f64,
}

/// One axis when a command begins to act.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// From the head where it is now to where the target is at the end of the hold \[deg\].
    end_error_deg: f64,
    /// The target's rate at the end of the hold.
    target_dps: f64,
    head_dps: f64,
    /// How long the command acts \[s\].
    hold_s: f64,
}

/// The predictive servo.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predictive {
    gains: [PredictiveGains; 2],
    motion: [Option<Motion>; 2],
    terms: [Terms; 2],
    /// The target's usual width and height.
    size: [Option<Size>; 2],
    /// As of the last step.
    revised: Revised,
}

impl Predictive {
    /// For (pan, tilt).
    pub fn new(gains: [PredictiveGains; 2]) -> Self {
        Self { gains, motion: [None; 2], terms: [Terms::default(); 2], size: [None; 2], revised: Revised::default() }
    }
}

/// How large a target usually is along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Size {
    usual_deg: f64,
    /// Variance of a size \[deg²\].
    variance_deg2: f64,
}

impl Size {
    /// What may be wrong with the centre of a box of this size \[deg\]. Who is partly hidden shows one side: the centre
    /// is off by half of what is missing, and it moves while they go in and come out.
    fn doubt(size: &mut Option<Self>, now_deg: f64) -> f64 {
        if !now_deg.is_finite() {
            return 0.0;
        }
        let first = Self { usual_deg: now_deg, variance_deg2: SIZE_NOISE * SIZE_NOISE * now_deg * now_deg };
        let Self { usual_deg, variance_deg2 } = size.get_or_insert(first);
        let missing_deg = *usual_deg - now_deg;
        if missing_deg > max(CUT * *usual_deg, CUT_SIGMAS * variance_deg2.sqrt()) {
            *usual_deg -= missing_deg * SIZE_SHARE_CUT;
            return DOUBT * missing_deg;
        }
        *usual_deg -= missing_deg * SIZE_SHARE;
        // Growth is no noise: who comes nearer does not make the sizes before less sure.
        *variance_deg2 += (min(missing_deg * missing_deg, 4.0 * *variance_deg2) - *variance_deg2) * SIZE_SHARE;
        0.0
    }
}

/// Where an axis is and how fast, `span_s` after it was told `goal_dps`: (way \[deg\], rate \[deg/s\]).
fn ramp(rate_dps: f64, goal_dps: f64, acceleration_dps2: f64, span_s: f64) -> (f64, f64) {
    let change = goal_dps - rate_dps;
    let ramp_s = min(change.abs() / acceleration_dps2, span_s);
    let acceleration = if change < 0.0 { -acceleration_dps2 } else { acceleration_dps2 };
    let end_dps = if ramp_s < span_s { goal_dps } else { rate_dps + acceleration * span_s };
    (rate_dps * ramp_s + 0.5 * acceleration * ramp_s * ramp_s + end_dps * (span_s - ramp_s), end_dps)
}

impl PredictiveGains {
    /// The rate that leaves this error after one hold, braking included \[deg/s\].
    fn rate(&self, step: &Step, left_deg: f64) -> f64 {
        let Step { end_error_deg, target_dps, head_dps, hold_s, .. } = *step;
        let left_by = |goal_dps: f64| {
            let (way_deg, end_dps) = ramp(head_dps, goal_dps, self.acceleration_dps2, hold_s);
            let closing_dps = end_dps - target_dps;
            end_error_deg - way_deg - closing_dps * closing_dps.abs() / (2.0 * self.acceleration_dps2)
        };
        // What is left falls as the rate rises. No more is asked for than the head reaches within the hold: should the
        // next command be late, it does not run on.
        let reach_dps = self.acceleration_dps2 * hold_s;
        let mut low = clamp(head_dps - reach_dps, -self.rate_max_dps, self.rate_max_dps);
        let mut high = clamp(head_dps + reach_dps, -self.rate_max_dps, self.rate_max_dps);
        for _ in 0..BISECTIONS {
            let middle = f64::midpoint(low, high);
            if left_by(middle) > left_deg {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }
}

impl Servo for Predictive {
    fn name(&self) -> &'static str {
        "predictive"
    }

    fn update(&mut self, input: &ServoInput) -> [f64; 2] {
        if input.new_target {
            (self.motion, self.size) = ([None; 2], [None; 2]);
        }
        let before = core::mem::replace(&mut self.revised, input.head.revised);
        let mut rates = [0.0; 2];
        for (axis, gains) in self.gains.iter().enumerate() {
            self.terms[axis] = Terms::default();
            let motion = &mut self.motion[axis];
            if let Some(motion) = motion {
                let shift_deg = self.revised.deg[axis] - before.deg[axis];
                motion.shift(shift_deg, self.revised.dps[axis] - before.dps[axis]);
            }
            if let Some(seen) = input.sighting {
                let (position_deg, sd_deg) = (seen.position_deg[axis], seen.sd_deg[axis]);
                let doubt_deg = Size::doubt(&mut self.size[axis], seen.size_deg[axis]);
                if position_deg.is_finite() && sd_deg.is_finite() {
                    if let Some(motion) = motion {
                        motion.see(seen.at, position_deg, doubt_deg);
                    } else {
                        let [wide_deg, tall_deg] = seen.size_deg;
                        // In this order a size that is not finite leaves the most.
                        let rate_sd_dps = min(FIRST_RATE_SD_DPS, FIRST_RATE_SIZES_PER_S * max(wide_deg, tall_deg));
                        *motion = Some(Motion::first(seen.at, position_deg, sd_deg, rate_sd_dps));
                    }
                }
            }
            let (sd_deg, sd_dps) = motion.map_or((0.0, 0.0), |motion| motion.sd());
            let ahead_s = motion.map_or(0.0, |motion| input.head.at.signed_secs_since(motion.at()));
            let unsure_deg = (sd_deg * sd_deg + sd_dps * sd_dps * ahead_s * ahead_s).sqrt();
            let end = input.head.at + Duration::from_secs_f64(input.hold_s);
            let (error_deg, end_error_deg, target_dps) = if let (Some(motion), Some(_)) = (motion, input.sighting) {
                let off = |there_deg: f64| wrap_deg(there_deg - input.head.position_deg[axis]);
                let [there_deg, ..] = motion.course_at(input.head.at);
                let [end_deg, end_dps, _] = motion.course_at(end);
                (off(there_deg), off(end_deg), end_dps)
            } else {
                // Out of sight the stack says where to look: it may remember, or search.
                let (error_deg, rate_dps) = (input.error_deg[axis], input.target_rate_dps[axis]);
                (error_deg, error_deg + rate_dps * input.hold_s, rate_dps)
            };
            let is_slow = target_dps.abs() < max(SLOW_SIGMAS * sd_dps, 0.5 * gains.rate_min_dps);
            let quiet_deg = QUIET_SIGMAS * unsure_deg + QUIET_PULSES * gains.rate_min_dps * input.hold_s;
            let rate_dps = if is_slow && error_deg.abs() < quiet_deg {
                0.0
            } else {
                let head_dps = input.head.rate_dps[axis];
                let step = Step { end_error_deg, target_dps, head_dps, hold_s: input.hold_s };
                gains.rate(&step, (1.0 - gains.share) * error_deg)
            };
            if error_deg.is_finite() && rate_dps.is_finite() {
                let limited = rate_dps.abs() >= gains.rate_max_dps;
                let p_dps = rate_dps - target_dps;
                self.terms[axis] = Terms { p_dps, ff_dps: target_dps, limited, ..Terms::default() };
                rates[axis] = rate_dps;
            } else {
                self.motion[axis] = None;
            }
        }
        rates
    }

    fn reset(&mut self) {
        (self.motion, self.size) = ([None; 2], [None; 2]);
    }

    fn terms(&self) -> [Terms; 2] {
        self.terms
    }
}

impl State for Predictive {
    fn visit(&self, v: &mut dyn Visit) {
        for (deg, dps) in self.revised.deg.into_iter().zip(self.revised.dps) {
            v.f64("revised_deg", deg);
            v.f64("revised_dps", dps);
        }
        for size in self.size {
            v.opt_f64("size_deg", size.map(|size| size.usual_deg));
            v.opt_f64("size_deg2", size.map(|size| size.variance_deg2));
        }
        for (name, motion) in ["pan", "tilt"].into_iter().zip(&self.motion) {
            v.bool("known", motion.is_some());
            if let Some(motion) = motion {
                v.part(name, motion);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Head, Sighting};
    use super::*;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use tiltyard_visca::SimTime;
    use tiltyard_visca::num::normal_of;

    const GAINS: PredictiveGains =
        PredictiveGains { share: 0.8, acceleration_dps2: 100.0, rate_max_dps: 100.0, rate_min_dps: 1.0 };
    /// Frames a second.
    const RATE_HZ: f64 = 25.0;
    const FRAME_S: f64 = 1.0 / RATE_HZ;
    /// Frames from an exposure to its decision, and from the decision to the motion.
    const SEEN_FRAMES: usize = 3;
    const SENT_FRAMES: usize = 1;

    fn at(frame: usize) -> SimTime {
        SimTime::from_millis(40 * frame as u64)
    }

    /// One axis of a head without codes, followed for `frames` frames; the error at each exposure.
    fn follow(gains: PredictiveGains, path: impl Fn(f64) -> f64, frames: usize) -> Vec<f64> {
        follow_noisy(gains, path, frames, 0.0, 0)
    }

    /// The same, with this noise on the boxes.
    fn follow_noisy(
        gains: PredictiveGains,
        path: impl Fn(f64) -> f64,
        frames: usize,
        noise_deg: f64,
        seed: u64,
    ) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut servo = Predictive::new([gains; 2]);
        // The head at each exposure, and the commands by the frame in which they begin to act.
        let (mut position, mut rate) = (vec![0.0], vec![0.0]);
        let mut commands = vec![0.0; frames + SEEN_FRAMES + SENT_FRAMES + 2];
        for frame in 0..frames {
            if let Some(exposed) = frame.checked_sub(SEEN_FRAMES) {
                let acts = frame + SENT_FRAMES;
                let (mut head_deg, mut head_dps) = (position[frame], rate[frame]);
                for command in &commands[frame..acts] {
                    let (way_deg, end_dps) = ramp(head_dps, *command, gains.acceleration_dps2, FRAME_S);
                    (head_deg, head_dps) = (head_deg + way_deg, end_dps);
                }
                let sighting = Sighting {
                    at: at(exposed),
                    position_deg: [path(exposed as f64 * FRAME_S) + noise_deg * normal_of(rng.random()), 0.0],
                    sd_deg: [0.04, 0.04],
                    size_deg: [1.0, 1.0],
                };
                let input = ServoInput {
                    at: at(frame),
                    dt_s: FRAME_S,
                    error_deg: [0.0; 2],
                    error_frame: [0.0; 2],
                    target_rate_dps: [0.0; 2],
                    new_target: exposed == 0,
                    sighting: Some(sighting),
                    head: Head {
                        at: at(acts),
                        position_deg: [head_deg, 0.0],
                        rate_dps: [head_dps, 0.0],
                        ..Head::default()
                    },
                    hold_s: FRAME_S,
                };
                commands[acts] = servo.update(&input)[0];
            }
            let (way_deg, end_dps) = ramp(rate[frame], commands[frame], gains.acceleration_dps2, FRAME_S);
            position.push(position[frame] + way_deg);
            rate.push(end_dps);
        }
        (0..frames).map(|frame| path(frame as f64 * FRAME_S) - position[frame]).collect()
    }

    #[test]
    fn a_constant_rate_is_followed_without_lag() {
        // Dead time of 160 ms at 10 deg/s would be 1.6° behind.
        let errors = follow(GAINS, |t| 10.0 * t, 100);
        assert!(errors[50..].iter().all(|error| error.abs() < 0.02), "{:?}", &errors[50..]);
    }

    #[test]
    fn a_jump_is_answered_by_one_move_that_does_not_overshoot() {
        let errors = follow(GAINS, |t| if t < 1.0 { 0.0 } else { 20.0 }, 80);
        // 20° at 100 deg/s² take 2·√(20/100) = 0.9 s, and 0.16 s pass before it begins.
        assert!(errors[25 + 28..].iter().all(|error| error.abs() < 0.1), "{:?}", &errors[50..]);
        assert!(errors.iter().all(|error| *error > -0.1), "{errors:?}");
    }

    #[test]
    fn the_noise_of_the_first_boxes_is_not_chased() {
        // Somebody who stands, seen to within 0.1°: two boxes can look like 3.5 deg/s, 0.6° by the time it counts.
        // Quiet that did not count the doubt in the rate would leave 0.13°.
        let gains = PredictiveGains { share: 0.3, ..GAINS };
        let errors: Vec<f64> = (0..20).flat_map(|seed| follow_noisy(gains, |_| 0.0, 50, 0.1, seed)).collect();
        let mean = errors.iter().map(|error| error * error).sum::<f64>() / errors.len() as f64;
        assert!(mean.sqrt() < 0.125, "{}", mean.sqrt());
    }

    #[test]
    fn what_is_not_finite_is_no_sighting() {
        let mut servo = Predictive::new([GAINS; 2]);
        let input = ServoInput {
            at: at(1),
            dt_s: FRAME_S,
            error_deg: [0.0; 2],
            error_frame: [0.0; 2],
            target_rate_dps: [0.0; 2],
            new_target: true,
            sighting: Some(Sighting { at: at(0), position_deg: [f64::NAN, 5.0], sd_deg: [0.1; 2], size_deg: [1.0; 2] }),
            head: Head { at: at(2), ..Head::default() },
            hold_s: FRAME_S,
        };
        let [pan, tilt] = servo.update(&input);
        assert_eq!(pan, 0.0);
        assert!(tilt > 0.0);
        assert_eq!(
            servo.update(&ServoInput { head: Head { position_deg: [0.0, f64::NAN], ..input.head }, ..input }),
            [0.0; 2]
        );
    }

    proptest! {
        #[test]
        fn rates_are_within_the_heads(
            error_deg in -180.0..180.0, target_dps in -200.0..200.0, head_dps in -100.0..100.0, hold_s in 0.01..0.2,
        ) {
            let step = Step { end_error_deg: error_deg + target_dps * hold_s, target_dps, head_dps, hold_s };
            let rate_dps = GAINS.rate(&step, 0.2 * error_deg);
            prop_assert!(rate_dps.abs() <= GAINS.rate_max_dps);
            prop_assert!((rate_dps - head_dps).abs() <= GAINS.acceleration_dps2 * hold_s + 1e-9);
        }
    }
}
