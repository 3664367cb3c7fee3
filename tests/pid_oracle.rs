//! The `pid` servo against laws that nobody here wrote: python-control and the crate `discrete_pid`.
//!
//! `tests/golden/pid_steps.json` is what `tests/oracle/pid_steps.py` prints with python-control; `.ci/servo` makes it
//! anew and runs this test on it (`TILTYARD_PID_STEPS`). Linear laws are the same difference equation, so every command
//! and every pose agree to 1e-9. Laws that hit a limit agree to a tolerance, because the script takes in the error
//! of the tick before and ours that of this one: see [`LIMITED_DEG`].

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use core::time::Duration;

use discrete_pid::pid::{PidConfigBuilder, PidController};
use discrete_pid::time::Millis;
use serde::Deserialize;
use tiltyard::stack::servo::{AntiWindup, DerivativeOf, Head, Pid, PidGains, Servo, ServoInput};
use tiltyard_visca::SimTime;
use tiltyard_visca::num::{clamp, max, min};

/// How far a linear response may be off, relative to the largest number of it.
const LINEAR: f64 = 1e-9;
/// How far a pose may be off where limits act \[deg\]: one tick (5 ms) at the top rate (30 deg/s). The ramps leave
/// errors of 2° to 7°.
const LIMITED_DEG: f64 = 0.15;

/// A law, its plant and what came out, as the script prints it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    ticks: usize,
    every: usize,
    start: usize,
    dt_s: f64,
    kp: f64,
    ki: f64,
    kd: f64,
    filter_s: f64,
    weight: f64,
    of_measurement: bool,
    delay: usize,
    ramp_dps: Option<f64>,
    ramp_s: Option<f64>,
    rate_max_dps: Option<f64>,
    acceleration_dps2: Option<f64>,
    tracking_s: Option<f64>,
    u: Vec<f64>,
    y: Vec<f64>,
}

impl Case {
    fn is_linear(&self) -> bool {
        self.rate_max_dps.is_none()
    }

    /// A step of 10°, or a ramp that stops.
    fn reference(&self, tick: usize) -> f64 {
        let since_s = (tick as f64 - self.start as f64) * self.dt_s;
        match (self.ramp_dps, self.ramp_s) {
            (Some(ramp_dps), Some(ramp_s)) => ramp_dps * clamp(since_s, 0.0, ramp_s),
            _ if tick >= self.start => 10.0,
            _ => 0.0,
        }
    }

    fn gains(&self) -> PidGains {
        PidGains {
            kp: self.kp,
            ki: self.ki,
            kd: self.kd,
            derivative_filter: Duration::from_secs_f64(self.filter_s),
            setpoint_weight: self.weight,
            derivative_of: if self.of_measurement { DerivativeOf::Measurement } else { DerivativeOf::Error },
            anti_windup: self
                .acceleration_dps2
                .map_or(AntiWindup::Limit, |acceleration_dps2| AntiWindup::Actuator { acceleration_dps2 }),
            tracking: self.tracking_s.map(Duration::from_secs_f64),
            ..PidGains::default()
        }
    }

    /// Ours on the same plant: commands and poses, a number a tick.
    fn ours(&self, gains: PidGains) -> (Vec<f64>, Vec<f64>) {
        let mut servo = Pid::new([gains; 2], [self.rate_max_dps.unwrap_or(f64::INFINITY); 2]);
        let (mut commands, mut poses, mut pose, mut rate) = (Vec::new(), Vec::new(), 0.0, 0.0);
        for tick in 0..self.ticks {
            let [command, _] = servo.update(&seen(self.reference(tick) - pose, pose, rate, self.dt_s));
            commands.push(command);
            poses.push(pose);
            let wanted = tick.checked_sub(self.delay).map_or(0.0, |then| commands[then]);
            let change = self.acceleration_dps2.unwrap_or(f64::INFINITY) * self.dt_s;
            rate = clamp(wanted, rate - change, rate + change);
            pose += rate * self.dt_s;
        }
        (commands, poses)
    }

    /// The largest differences of commands and of poses.
    fn differences(&self, gains: PidGains) -> (f64, f64) {
        let (commands, poses) = self.ours(gains);
        let largest = |ours: &[f64], theirs: &[f64]| {
            assert_eq!(theirs.len(), self.ticks.div_ceil(self.every), "{}", self.name);
            let pairs = ours.iter().step_by(self.every).zip(theirs);
            pairs.fold(0.0, |largest, (ours, theirs)| max(largest, (ours - theirs).abs()))
        };
        (largest(&commands, &self.u), largest(&poses, &self.y))
    }
}

fn seen(error_deg: f64, pose_deg: f64, rate_dps: f64, dt_s: f64) -> ServoInput {
    ServoInput {
        at: SimTime::ZERO,
        dt_s,
        error_deg: [error_deg, 0.0],
        error_frame: [0.0; 2],
        target_rate_dps: [0.0; 2],
        new_target: false,
        sighting: None,
        hold_s: dt_s,
        head: Head { position_deg: [pose_deg, 0.0], rate_dps: [rate_dps, 0.0], ..Head::default() },
    }
}

fn cases() -> Vec<Case> {
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pid_steps.json");
    let file = std::env::var("TILTYARD_PID_STEPS").unwrap_or_else(|_| committed.to_owned());
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn linear_responses_are_those_of_python_control() {
    let mut looked_at = 0;
    for case in cases().iter().filter(|case| case.is_linear()) {
        let (commands, poses) = case.differences(case.gains());
        let scale = case.u.iter().fold(1.0, |largest, u| max(largest, u.abs()));
        assert!(commands <= LINEAR * scale && poses <= LINEAR * 10.0, "{}: {commands} {poses}", case.name);
        looked_at += 1;
    }
    assert_eq!(looked_at, 9);
}

#[test]
fn a_millionth_of_a_gain_is_seen() {
    for case in cases().iter().filter(|case| case.is_linear()) {
        let gains = case.gains();
        let bent = [
            PidGains { kp: gains.kp * 1.000_001, ..gains },
            PidGains { ki: gains.ki * 1.000_001 + 1e-6, ..gains },
            PidGains { kd: gains.kd * 1.000_001 + 1e-6, ..gains },
        ];
        for gains in bent {
            assert!(case.differences(gains).1 > LINEAR * 10.0, "{}: {gains:?}", case.name);
        }
    }
}

#[test]
fn windup_is_taken_back_as_in_the_textbook() {
    let mut looked_at = 0;
    for case in cases().iter().filter(|case| !case.is_linear()) {
        let (_, off) = case.differences(case.gains());
        assert!(off < LIMITED_DEG, "{}: {off}", case.name);
        // Without it, or with that of the limit alone, the pose is off by more.
        let wound = PidGains { tracking: Some(Duration::from_secs(1_000_000)), ..case.gains() };
        let (_, wound) = case.differences(wound);
        assert!(wound > 4.0 * LIMITED_DEG, "{}: {wound}", case.name);
        looked_at += 1;
    }
    assert_eq!(looked_at, 3);
}

/// The law of `discrete_pid` on the plant of the cases: commands and poses.
fn discrete_pid(case: &Case, limit: f64) -> (Vec<f64>, Vec<f64>) {
    let tick_ms = libm::round(case.dt_s * 1e3) as u64;
    let config = PidConfigBuilder::default()
        .kp(case.kp)
        .ki(case.ki)
        .kd(case.kd)
        .filter_tc(case.filter_s)
        .sample_time(Duration::from_millis(tick_ms))
        .output_limits(-limit, limit)
        .use_derivative_on_measurement(case.of_measurement)
        .build()
        .unwrap();
    let mut law = PidController::<Millis, f64>::new_uninit(config);
    let (mut commands, mut poses, mut pose) = (Vec::new(), Vec::new(), 0.0);
    for tick in 0..case.ticks {
        commands.push(law.compute(pose, case.reference(tick), Millis(tick as u64 * tick_ms), None));
        poses.push(pose);
        pose += tick.checked_sub(case.delay).map_or(0.0, |then| commands[then]) * case.dt_s;
    }
    (commands, poses)
}

/// `discrete_pid` has no setpoint weight: where ours is 1, both are the same difference equation.
#[test]
fn linear_responses_are_those_of_discrete_pid() {
    let mut looked_at = 0;
    for mut case in cases().into_iter().filter(|case| case.is_linear() && case.weight == 1.0) {
        (case.u, case.y) = discrete_pid(&case, f64::INFINITY);
        let (commands, poses) = case.differences(case.gains());
        let scale = case.u.iter().fold(1.0, |largest, u| max(largest, u.abs()));
        assert!(commands <= LINEAR * scale && poses <= LINEAR * 10.0, "{}: {commands} {poses}", case.name);
        looked_at += 1;
    }
    assert_eq!(looked_at, 7);
}

/// Its anti-windup is another one: it cuts the integral at the limits of the output, and ours takes it back. Both come
/// to the same place; ours no later, and no farther beyond it.
#[test]
fn beyond_the_limit_discrete_pid_comes_to_the_same_place_by_another_way() {
    for mut case in cases().into_iter().filter(|case| case.ki > 0.0 && case.is_linear() && case.weight == 1.0) {
        (case.ticks, case.rate_max_dps) = (3000, Some(8.0));
        let (_, theirs) = discrete_pid(&case, 8.0);
        let (_, ours) = case.ours(case.gains());
        let beyond = |poses: &[f64]| poses.iter().fold(0.0, |most, pose| max(most, pose - 10.0));
        let lowest = |poses: &[f64]| poses.iter().fold(0.0, |least, pose| min(least, *pose));
        let end = |poses: &[f64]| poses[case.ticks - 1];
        assert!((end(&ours) - end(&theirs)).abs() < 1e-3, "{}: {} {}", case.name, end(&ours), end(&theirs));
        assert!(beyond(&ours) <= beyond(&theirs) + 1e-9, "{}: {} {}", case.name, beyond(&ours), beyond(&theirs));
        assert!(lowest(&ours) > -1e-9);
    }
}
