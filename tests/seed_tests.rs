//! The guide's own tests, as they were meant. Of the four, two fail as written and two pass for a wrong reason; the
//! defect of each original stands beside it by its id, and so does a check that the meaning can fail.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use tiltyard::scenario::stack::camera_facts;
use tiltyard::serve::bare;
use tiltyard::stack::config::SeedGains;
use tiltyard::stack::latest::{Latest, LatestStats};
use tiltyard::stack::servo::{Head, Pid, PidGains, Servo, ServoInput};
use tiltyard_visca::SimTime;

/// The guide's loop runs at 30 frames a second; ours is told so, its own asked a clock that a test in a tight loop
/// never lets go on (P8, P9: dt below 1 ms counted as 16 ms).
const DT_S: f64 = 1.0 / 30.0;

/// The guide's "balanced" gains for a camera, and what a frame error of 1 and an output of 1 are on its pan axis:
/// the wide field of view \[deg\] and the top rate \[deg/s\].
fn balanced() -> ([PidGains; 2], f64, f64) {
    let camera = camera_facts(&bare("generic-20x").unwrap().world);
    (SeedGains::Balanced.in_angles(&camera), camera.optics.hfov_wide_deg, camera.actuator.rate_max_dps[0])
}

/// Outputs (−1 ..= 1) to a frame error (±0.5) that stays the same for so many steps.
fn outputs(change: impl Fn(&mut PidGains), error_frame: f64, steps: usize) -> Vec<f64> {
    let (mut gains, hfov_deg, rate_max_dps) = balanced();
    gains.iter_mut().for_each(change);
    let mut servo = Pid::new(gains, [rate_max_dps; 2]);
    let input = |step: usize| ServoInput {
        at: SimTime::from_nanos((step as f64 * DT_S * 1e9) as u64),
        dt_s: DT_S,
        error_deg: [error_frame * hfov_deg, 0.0],
        error_frame: [error_frame, 0.0],
        target_rate_dps: [0.0; 2],
        new_target: step == 0,
        sighting: None,
        head: Head::default(),
        hold_s: DT_S,
    };
    (0..steps).map(|step| servo.update(&input(step))[0] / rate_max_dps).collect()
}

/// T1. Meant: a jump of the error does not make the output jump about.
///
/// The original jumps to 0.5, asks for steps below 0.1, and passes because every one of its outputs is saturated at
/// 1.0: nothing that is constant is rough. So the jump has to be one that saturates nothing, and the first answer to it
/// must not be a kick (P4: an error of 0.1 gave 1.0 and then 0.2).
#[test]
fn pid_smoothness() {
    let smooth = |outputs: &[f64]| outputs.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.1);
    let small = outputs(|_| {}, 0.1, 10);
    assert!(small.iter().all(|output| *output > 0.0 && *output < 1.0), "not saturated, or nothing is shown: {small:?}");
    assert!(smooth(&small), "{small:?}");
    assert!(small[0] < 0.3, "no kick: kp alone gives 0.2, and the first answer was {}", small[0]);
    let large = outputs(|_| {}, 0.5, 10);
    assert!(smooth(&large), "{large:?}");
    // It can fail: what the guide's servo gives to 0.1, by its own sums.
    assert!(!smooth(&[1.0, 0.2, 0.2]));
}

/// T2. Meant: the integral makes the output to a constant error grow.
///
/// The original asks whether the 101st output is above 0.1. The proportional part alone is 0.2: it passes with ki = 0,
/// and did pass with an integral that was thrown away after every call (P1).
#[test]
fn pid_steady_state() {
    let with = outputs(|_| {}, 0.1, 101);
    let (first, last) = (with[0], with[100]);
    // ki · e · t = 0.15 · 0.1 · 3.3 s on top of kp · e, and no more than the limit of ki · 1.
    assert!(last - first > 0.04 && last - first < 0.15, "{first} → {last}");
    assert!(with.windows(2).all(|pair| pair[1] >= pair[0]), "it grows all the time");
    let without = outputs(|gains| gains.ki = 0.0, 0.1, 101);
    assert!(without[100] > 0.1, "what the original asked for holds without any integral");
    assert!((without[100] - without[0]).abs() < 1e-9, "and what was meant does not");
}

/// T3. Meant: taking a frame never waits.
///
/// The original is a `NameError` (`time` is not imported), and would have measured a millisecond of wall time, which
/// says nothing on a busy machine. Taking is asked for here where it would have to wait: the buffer is empty, or a
/// frame was taken already (F1: the original hands the same frame out for ever).
#[test]
fn nonblocking() {
    let buffer = Latest::default();
    assert_eq!(buffer.take(), None, "empty: an answer all the same");
    buffer.put(SimTime::from_millis(1), "frame");
    assert_eq!(buffer.take(), Some("frame"));
    assert_eq!(buffer.take(), None, "seen: an answer all the same");
    // Also while a producer is at it all the time; `tests/loom` shows that no order of the two can block.
    std::thread::scope(|scope| {
        scope.spawn(|| (2..1000).filter(|ms| buffer.put(SimTime::from_millis(*ms), "frame")).count());
        assert!((0..1000).filter_map(|_| buffer.take()).count() < 1000);
    });
}

/// T4. Meant: four of five frames are dropped when nobody looks, and that is 80 %.
///
/// The original counts them right and then divides by captured + dropped, in which the dropped are counted twice (F2):
/// 44.4 %, and the test fails. It would also have counted frames that had been read (F3: 49.95 % for a consumer that
/// misses nothing).
#[test]
fn frame_drop_tracking() {
    let rate = |stats: LatestStats| 100.0 * stats.dropped as f64 / stats.put as f64;
    let idle = Latest::default();
    assert!((1..=5).all(|ms| idle.put(SimTime::from_millis(ms), ms)));
    assert_eq!((idle.stats().dropped, rate(idle.stats())), (4, 80.0));
    let keen = Latest::default();
    for ms in 1..=1000 {
        keen.put(SimTime::from_millis(ms), ms);
        assert_eq!(keen.take(), Some(ms));
    }
    assert_eq!(rate(keen.stats()), 0.0);
    let original = |stats: LatestStats| 100.0 * stats.dropped as f64 / (stats.put + stats.dropped) as f64;
    assert!((original(idle.stats()) - 44.444).abs() < 0.001, "the original's formula");
}
