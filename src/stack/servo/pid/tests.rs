//! What the PID does and does not do, against what it is worth by hand and against the textbook's sums.

use proptest::prelude::*;
use tiltyard_visca::SimTime;
use tiltyard_visca::num::max;

use super::super::Head;
use super::*;

const DT_S: f64 = 0.02;

fn pid(kp: f64, ki: f64, kd: f64) -> Pid {
    let gains = PidGains {
        kp,
        ki,
        kd,
        integral_limit_dps: 50.0,
        derivative_filter: Duration::from_millis(100),
        ..PidGains::default()
    };
    Pid::new([gains; 2], [100.0, 100.0])
}

fn step(servo: &mut Pid, error_deg: f64) -> f64 {
    update(servo, error_deg, DT_S, false)
}

fn update(servo: &mut Pid, error_deg: f64, dt_s: f64, new_target: bool) -> f64 {
    servo.update(&ServoInput { dt_s, new_target, ..input(error_deg, Head::default()) })[0]
}

/// A step of the pan axis at this pose and rate.
fn posed(servo: &mut Pid, error_deg: f64, pose_deg: f64, rate_dps: f64) -> f64 {
    let head = Head { position_deg: [pose_deg, 0.0], rate_dps: [rate_dps, 0.0], ..Head::default() };
    servo.update(&input(error_deg, head))[0]
}

fn input(error_deg: f64, head: Head) -> ServoInput {
    ServoInput {
        at: SimTime::ZERO,
        dt_s: DT_S,
        error_deg: [error_deg, 0.0],
        error_frame: [0.0; 2],
        target_rate_dps: [0.0; 2],
        new_target: false,
        sighting: None,
        head,
        hold_s: DT_S,
    }
}

#[test]
fn the_integral_is_kept() {
    // Seed defect P1: the integral never left the function. After 1 s at 2° it is ki·2·1 = 3 deg/s.
    let mut servo = pid(1.0, 1.5, 0.0);
    let first = step(&mut servo, 2.0);
    let last = (1..50).map(|_| step(&mut servo, 2.0)).last().unwrap();
    assert!((last - (2.0 + 3.0)).abs() < 1e-9 && first < 2.1, "{first} {last}");
}

#[test]
fn the_derivative_does_not_kick() {
    // Seed defect P4: from rest 0.1 gave 1.0 then 0.2. A first sample and a new target have no slope.
    let mut servo = pid(2.0, 0.0, 0.8);
    assert_eq!(step(&mut servo, 10.0), 20.0);
    assert_eq!(step(&mut servo, 10.0), 20.0);
    assert_eq!(update(&mut servo, -10.0, DT_S, true), -20.0);
}

#[test]
fn the_derivative_is_filtered() {
    // Seed defect P3. A slope of 50 deg/s gives 0.8·50 = 40, of which the first step passes 20/(100+20) ms.
    let mut servo = pid(0.0, 0.0, 0.8);
    step(&mut servo, 0.0);
    let first = step(&mut servo, 1.0);
    assert!((first - 40.0 / 6.0).abs() < 1e-9, "{first}");
}

#[test]
fn the_integral_does_not_wind_up_and_not_push_inside_the_dead_band() {
    let mut servo = pid(10.0, 20.0, 0.0);
    for _ in 0..200 {
        assert_eq!(step(&mut servo, 20.0), 100.0);
    }
    assert_eq!(servo.axes[0].integral_dps, 0.0, "P alone saturates: nothing to integrate");
    // Seed defect P6: a stored integral kept 0.15 at zero error for ever.
    let mut servo = pid(1.0, 5.0, 0.0);
    servo.gains[0].dead_band_deg = 0.5;
    for _ in 0..50 {
        step(&mut servo, 2.0);
    }
    let held = (0..200).map(|_| step(&mut servo, 0.0)).last().unwrap();
    assert!(held.abs() < 0.01, "{held}");
}

#[test]
fn the_dead_band_has_no_knee() {
    let mut servo = pid(3.0, 0.0, 0.0);
    servo.gains[0].dead_band_deg = 1.0;
    let outputs: Vec<f64> = (0..=200).map(|n| step(&mut servo, f64::from(n) * 0.01)).collect();
    assert!(outputs.windows(2).all(|w| w[1] >= w[0] && w[1] - w[0] < 0.07), "{outputs:?}");
}

#[test]
fn a_large_error_asks_for_no_more_than_can_be_braked() {
    let mut servo = pid(10.0, 0.0, 0.0);
    servo.gains[0].brake_dps2 = 50.0;
    // √(2 · 50 · 9) = 30; at 0.5° the straight line is lower: 10 · 0.5 = 5 against √50 = 7.07.
    assert!((step(&mut servo, 9.0) - 30.0).abs() < 1e-12);
    assert!((step(&mut servo, -9.0) + 30.0).abs() < 1e-12);
    assert!((step(&mut servo, 0.5) - 5.0).abs() < 1e-12);
    assert_eq!(step(&mut servo, 0.0), 0.0);
}

#[test]
fn what_is_not_finite_stops_the_camera() {
    // Seed defect P10: NaN gave full speed, and again on the next call.
    let mut servo = pid(2.0, 1.0, 0.5);
    step(&mut servo, 5.0);
    assert_eq!(step(&mut servo, f64::NAN), 0.0);
    assert_eq!(step(&mut servo, f64::INFINITY), 0.0);
    assert_eq!(step(&mut servo, 1.0), 2.0 + 1.0 * DT_S);
    for (pose_deg, rate_dps, dt_s) in [(f64::NAN, 0.0, DT_S), (0.0, f64::NAN, DT_S), (0.0, 0.0, f64::INFINITY)] {
        let head = Head { position_deg: [pose_deg; 2], rate_dps: [rate_dps; 2], ..Head::default() };
        let input = ServoInput { dt_s, ..input(1.0, head) };
        assert_eq!(servo.update(&input), [0.0; 2]);
        assert_eq!(servo.axes, [Axis::default(); 2]);
        step(&mut servo, 1.0);
    }
}

#[test]
fn a_long_gap_integrates_its_real_time() {
    // Seed defect P8: steps were capped at 100 ms.
    let mut servo = pid(0.0, 1.0, 0.0);
    assert!((update(&mut servo, 2.0, 0.5, false) - 1.0).abs() < 1e-12);
}

fn changed(mut servo: Pid, change: impl Fn(&mut PidGains)) -> Pid {
    servo.gains.iter_mut().for_each(change);
    servo
}

proptest! {
    #[test]
    fn the_setpoint_weight_is_the_textbooks(
        steps in prop::collection::vec((-40.0..40.0f64, -1.0..1.0f64), 1..200),
        weight in 0.0..=1.0f64, kp in 0.1..10.0f64, ki in 0.01..5.0f64,
    ) {
        let mut servo = changed(pid(kp, ki, 0.0), |gains| {
            (gains.setpoint_weight, gains.integral_limit_dps) = (weight, f64::INFINITY);
        });
        servo.rate_max_dps = [f64::INFINITY; 2];
        // From the first setpoint on, as if it were 0°.
        let origin = steps[0].0;
        let (mut integral, mut pose) = (0.0, 0.0);
        for (setpoint, moved) in steps {
            pose += moved;
            integral += ki * (setpoint - pose) * DT_S;
            let textbook = kp * (weight * (setpoint - origin) - (pose - origin)) + integral;
            let ours = posed(&mut servo, setpoint - pose, pose, 0.0);
            prop_assert!((ours - textbook).abs() < 1e-9 * (1.0 + textbook.abs()), "{ours} {textbook}");
        }
    }

    #[test]
    fn the_output_is_a_number_within_the_limits_whatever_comes_in(
        steps in prop::collection::vec(
            (prop::num::f64::ANY, prop::num::f64::ANY, prop::num::f64::ANY, prop::num::f64::ANY, any::<[bool; 2]>()),
            1..100,
        ),
        weight in 0.0..=1.0f64, acceleration_dps2 in 0.0..1e3f64,
    ) {
        let mut servo = changed(pid(3.0, 2.0, 0.4), |gains| {
            gains.setpoint_weight = weight;
            gains.anti_windup = AntiWindup::Actuator { acceleration_dps2 };
            gains.derivative_of = DerivativeOf::Measurement;
        });
        for (error_deg, pose_deg, rate_dps, dt_s, [new_target, regained]) in steps {
            if regained {
                servo.set_gains(servo.gains.map(|gains| PidGains { kp: gains.kp * 1.5, ..gains }));
            }
            let head = Head { position_deg: [pose_deg; 2], rate_dps: [rate_dps; 2], ..Head::default() };
            let target_rate_dps = [rate_dps, 0.0];
            let step = ServoInput { dt_s, target_rate_dps, new_target, ..input(error_deg, head) };
            for rate in servo.update(&step) {
                prop_assert!(rate.abs() <= 100.0, "{rate}");
            }
        }
        // And it works again, with what is left of the past.
        let after = posed(&mut servo, 1.0, 0.0, 0.0);
        prop_assert!(after.is_finite());
    }
}

#[test]
fn a_setpoint_weight_without_an_integral_is_one() {
    let mut servo = changed(pid(2.0, 0.0, 0.0), |gains| gains.setpoint_weight = 0.3);
    step(&mut servo, 0.0);
    assert_eq!(step(&mut servo, 5.0), 10.0);
}

#[test]
fn where_north_is_does_not_matter() {
    let run = |north_deg: f64| {
        let mut servo = changed(pid(2.0, 1.0, 0.3), |gains| gains.setpoint_weight = 0.4);
        (0..200).map(|n| posed(&mut servo, 3.0, north_deg - 0.5 * f64::from(n), 0.0)).last().unwrap()
    };
    assert!((run(0.0) - run(160.0)).abs() < 1e-9, "{} {}", run(0.0), run(160.0));
}

#[test]
fn the_derivative_of_the_pose_knows_no_kick_and_damps() {
    let mut servo = changed(pid(0.0, 0.0, 0.5), |gains| {
        (gains.derivative_of, gains.derivative_filter) = (DerivativeOf::Measurement, Duration::ZERO);
    });
    // The target jumps, the pose does not.
    assert_eq!(posed(&mut servo, 0.0, 0.0, 0.0), 0.0);
    assert_eq!(posed(&mut servo, 30.0, 0.0, 0.0), 0.0);
    // 0.4° in 20 ms are 20 deg/s to the right: 0.5·20 to the left.
    assert!((posed(&mut servo, 29.6, 0.4, 0.0) + 10.0).abs() < 1e-9);
    // A new target does not take the damping away.
    let head = Head { position_deg: [0.8, 0.0], ..Head::default() };
    assert!((servo.update(&ServoInput { new_target: true, ..input(-20.0, head) })[0] + 10.0).abs() < 1e-9);
}

#[test]
fn the_filter_may_be_given_by_n() {
    let gains = PidGains { kp: 4.0, kd: 0.8, ..PidGains::default() }.with_derivative_n(10.0);
    assert_eq!(gains.derivative_filter, Duration::from_millis(20));
    let without = PidGains { kd: 0.8, derivative_filter: Duration::from_millis(7), ..PidGains::default() };
    assert_eq!(without.with_derivative_n(10.0), without, "no kp: N says nothing");
}

/// A step of 30° of an axis with a real acceleration and 100 ms of delay: (largest overshoot \[deg\], RMS \[deg\]).
fn stepped(mut servo: Pid, acceleration_dps2: f64) -> (f64, f64) {
    let (mut pose, mut rate) = (0.0, 0.0_f64);
    let mut sent = [0.0; 5];
    let (mut over, mut squares) = (0.0, 0.0);
    for n in 0..600 {
        // What the pose model would say of the moment at which the command acts: all commands in flight included.
        let (mut pose_then, mut rate_then) = (pose, rate);
        for command in sent.iter().skip(n % 5).chain(sent.iter().take(n % 5)) {
            let change = acceleration_dps2 * DT_S;
            rate_then += clamp(command - rate_then, -change, change);
            pose_then += rate_then * DT_S;
        }
        let wanted = posed(&mut servo, 30.0 - pose_then, pose_then, rate_then);
        let command = std::mem::replace(&mut sent[n % 5], wanted);
        let change = acceleration_dps2 * DT_S;
        rate += clamp(command - rate, -change, change);
        pose += rate * DT_S;
        over = max(over, pose - 30.0);
        squares += (30.0 - pose) * (30.0 - pose);
    }
    (over, (squares / 600.0_f64).sqrt())
}

#[test]
fn what_the_axis_cannot_follow_does_not_wind_the_integral_up() {
    let servo = pid(1.5, 2.0, 0.0);
    let real = AntiWindup::Actuator { acceleration_dps2: 20.0 };
    let (over, rms) = stepped(servo, 20.0);
    let (over_real, rms_real) = stepped(changed(servo, |gains| gains.anti_windup = real), 20.0);
    assert!(over_real < 0.75 * over && rms_real < rms, "{over_real} of {over}, {rms_real} of {rms}");
}

#[test]
fn an_axis_that_stands_does_not_wind_the_integral_up() {
    // A wanted rate below the slowest speed code, for 10 s: nothing moves.
    let blocked = |anti_windup| {
        let mut servo = changed(pid(1.0, 1.0, 0.0), |gains| gains.anti_windup = anti_windup);
        (0..500).map(|_| posed(&mut servo, 0.5, 0.0, 0.0)).last().unwrap()
    };
    let (wound, real) = (blocked(AntiWindup::Limit), blocked(AntiWindup::Actuator { acceleration_dps2: 400.0 }));
    // 0.5 + 1·0.5·10 s; against the balance I·1/T_t = ki·e at 1/T_t = kp.
    assert!((wound - 5.5).abs() < 1e-9 && real < 1.01, "{wound} {real}");
}

#[test]
fn what_an_acceleration_cannot_reach_within_the_step_is_taken_back() {
    let mut servo = changed(pid(5.0, 0.0, 0.0), |gains| {
        gains.ki = 1e-9;
        gains.anti_windup = AntiWindup::Actuator { acceleration_dps2: 100.0 };
    });
    servo.axes[0].integral_dps = 10.0;
    // 50 + 10 wanted; from 7 deg/s on 20 ms bring 2 more: 51 too much, of which kp·dt = 0.1 are taken back.
    assert!((posed(&mut servo, 10.0, 0.0, 7.0) - 60.0).abs() < 1e-6, "the command itself is not cut");
    assert!((servo.axes[0].integral_dps - (10.0 - 5.1)).abs() < 1e-6, "{:?}", servo.axes[0]);
    // Found at 6 instead of 9: three too much in the last step, too.
    posed(&mut servo, 1.0, 0.0, 6.0);
    assert!((servo.axes[0].integral_dps - (4.9 - 0.3 - 0.1 * (5.0 + 4.6 - 8.0))).abs() < 1e-6, "{:?}", servo.axes[0]);
}

#[test]
fn an_axis_that_brakes_adds_nothing_to_the_integral() {
    let real = AntiWindup::Actuator { acceleration_dps2: 100.0 };
    let mut servo = changed(pid(5.0, 1e-9, 0.0), |gains| gains.anti_windup = real);
    servo.axes[0].integral_dps = 10.0;
    // 10 deg/s wanted of an axis that comes with 40 and cannot be below 38 at the step's end, twice.
    for _ in 0..2 {
        posed(&mut servo, 0.0, 0.0, 40.0);
    }
    assert_eq!(servo.axes[0].integral_dps, 10.0);
}

#[test]
fn the_tracking_time_is_how_fast_windup_is_taken_back() {
    let after = |tracking| {
        let mut servo = changed(pid(10.0, 20.0, 0.0), |gains| gains.tracking = tracking);
        servo.axes[0].integral_dps = 40.0;
        step(&mut servo, 9.0);
        servo.axes[0].integral_dps
    };
    // 90 + 40 + 3.6 wanted, 33.6 too much: all of it at kp·dt = 0.2, a hundredth a step with 2 s.
    assert!((after(None) - (43.6 - 33.6 * 0.2)).abs() < 1e-9, "{}", after(None));
    assert!((after(Some(Duration::from_secs(2))) - (43.6 - 0.336)).abs() < 1e-9);
}

#[test]
fn new_gains_do_not_bump() {
    let gains = |kp, ki, kd| pid(kp, ki, kd).gains;
    for (from, to) in [
        (gains(2.0, 1.0, 0.2), gains(6.0, 0.5, 0.0)),
        (gains(6.0, 0.5, 0.0), gains(1.0, 2.0, 0.4)),
        (gains(3.0, 1.0, 0.0), gains(1.0, 0.0, 0.0)),
    ] {
        let mut servo = Pid::new(from, [100.0, 100.0]);
        let before = (0..100).map(|_| step(&mut servo, 3.0)).last().unwrap();
        servo.set_gains(to);
        let after = step(&mut servo, 3.0);
        // With nothing that integrates the difference is bled from the first step on.
        let bled = if to[0].ki == 0.0 { 0.05 * before } else { 1e-9 };
        assert!((after - before).abs() <= bled, "{before} {after}");
        // The new gains have their way in the end: an error that goes to zero leaves no rate behind.
        if to[0].ki == 0.0 {
            let left = (0..400).map(|_| step(&mut servo, 3.0)).last().unwrap();
            assert!((left - 3.0).abs() < 1e-3, "{left}");
        }
    }
    // Nothing to go on from before the first step.
    let mut servo = pid(1.0, 1.0, 0.0);
    servo.set_gains(gains(2.0, 0.0, 0.0));
    assert_eq!(step(&mut servo, 3.0), 6.0);
}

#[test]
fn a_zoom_does_not_bump() {
    // Seed defect P12: the picture error of the same angle grows twentyfold from wide to tele.
    let run = |zoomed: bool| {
        let mut servo = changed(pid(2.0, 1.0, 0.3), |gains| gains.setpoint_weight = 0.7);
        let outputs = (0..100).map(|n| {
            let hfov_deg = if zoomed && n > 50 { 3.0 } else { 60.0 };
            let error_deg = 1.0 - 0.01 * f64::from(n);
            let error_frame = [error_deg / hfov_deg; 2];
            servo.update(&ServoInput { error_frame, ..input(error_deg, Head::default()) })
        });
        outputs.collect::<Vec<_>>()
    };
    assert_eq!(run(false), run(true));
}

#[test]
fn a_new_target_moves_the_output_by_its_weight_and_nothing_else() {
    for weight in [0.0, 0.4, 1.0] {
        let mut servo = changed(pid(2.0, 1.0, 0.3), |gains| gains.setpoint_weight = weight);
        // In balance on a target that moves on: all of it from the integral.
        servo.axes[0].integral_dps = 8.0;
        for _ in 0..50 {
            step(&mut servo, 0.0);
        }
        let before = step(&mut servo, 0.0);
        let after = update(&mut servo, 5.0, DT_S, true);
        // What the first step integrates of the new error is there in either form.
        let integrated = 1.0 * 5.0 * DT_S;
        let jump = after - before - integrated;
        assert!((jump - weight * 2.0 * 5.0).abs() < 1e-9, "weight {weight}: {before} {after}");
    }
}
