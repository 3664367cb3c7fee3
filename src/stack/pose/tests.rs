//! The model of the head against itself, late and lossy.

use super::*;

fn estimator() -> PoseEstimator {
    let actuator = Actuator {
        rate_max_dps: [100.0, 70.0],
        acceleration_dps2: [400.0, 400.0],
        range_deg: [(-170.0, 170.0), (-30.0, 90.0)],
        unit_deg: [1.0 / 14.4; 2],
        ack_time: Duration::from_millis(10),
        inquiry_time: Duration::from_millis(50),
        link_delay: Duration::from_millis(10),
    };
    let curve = vec![(0.0, 1.0), (16384.0, 20.0)];
    PoseEstimator::new(actuator, Optics { hfov_wide_deg: 60.0, curve, acceleration_units_per_s2: 20000.0 })
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
    pose.acked(at(30), [10.0, 0.0]);
    pose.lost([10.0, 0.0]);
    pose.lost([40.0, 0.0]);
    // 10 deg/s from 20 ms on, reached after 25 ms: 10 · (0.98 − 0.0125) = 9.675, and half a grid step.
    let end = pose.axis(at(1000)).az_deg;
    assert!((end - 9.675).abs() < 0.03, "{end}");
}

#[test]
fn a_past_that_was_different_shows_in_the_newest_digest() {
    let digest = |pan_dps: f64, again: bool| {
        let mut pose = estimator();
        pose.commanded(at(0), [30.0, 0.0]);
        pose.commanded(at(200), [pan_dps, 0.0]);
        pose.axis(at(700));
        if again {
            // Six tenths back, to what was.
            pose.run_again(at(100));
        }
        pose.history.back().unwrap().digest
    };
    assert_ne!(digest(1e-9, false), digest(0.0, false));
    assert_eq!(digest(0.0, true), digest(0.0, false));
}

#[test]
fn looking_ahead_changes_nothing() {
    let mut pose = estimator();
    pose.commanded(at(0), [40.0, 0.0]);
    pose.axis(at(200));
    let ahead = pose.predicted(at(300)).0.az_deg;
    let before = pose.clone();
    pose.predicted(at(900));
    assert_eq!(pose, before);
    assert!((pose.axis(at(300)).az_deg - ahead).abs() < 1e-9);
    // A command sent now acts in time, though somebody had looked beyond it.
    pose.commanded(at(300), [0.0, 0.0]);
    assert!(pose.predicted(at(900)).0.az_deg < ahead + 4.0);
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
fn zoom_runs_between_readings_from_when_its_drive_was_answered() {
    let mut pose = estimator();
    assert!((pose.hfov_deg(at(0)) - 60.0).abs() < 1e-9, "no reading: wide");
    // 10 ms there, 50 ms for an answer, 10 ms back.
    pose.read_zoom(at(30), at(100), 1000.0);
    pose.zoom_commanded(at(100), 2000.0);
    pose.zoom_acked(at(150), 2000.0);
    // Acts from 140 ms on; the ramp takes 100 ms and costs 100 units.
    assert!((pose.zoom_units(at(640)) - 1900.0).abs() < 1e-6, "{}", pose.zoom_units(at(640)));
    let (wide, now) = (pose.hfov_deg(at(100)), pose.hfov_deg(at(640)));
    assert!(now < wide, "{now} {wide}");
    pose.read_zoom(at(580), at(650), 1950.0);
    assert!((pose.zoom_units(at(640)) - 1950.0).abs() < 1e-6);
}

#[test]
fn what_the_head_lags_behind_its_ack_is_learned() {
    // A head that begins to move 80 ms after its ACK, to and fro at 20 deg/s; it is read every 310 ms.
    let lag = Duration::from_millis(80);
    let mut pose = estimator();
    let mut truth = estimator();
    for n in 0..600_u64 {
        let sent_at = at(n * 700);
        let rate_dps = [if n % 2 == 0 { 20.0 } else { -20.0 }, 0.0];
        pose.commanded(sent_at, rate_dps);
        truth.commanded(sent_at + lag, rate_dps);
        pose.acked(sent_at + Duration::from_millis(30), rate_dps);
        for read in [310, 620] {
            // 10 ms there, 50 ms for an answer, 10 ms back: taken 10 ms before it arrives.
            let answered_at = sent_at + Duration::from_millis(read);
            let taken = truth.axis(sent_at + Duration::from_millis(read - 10));
            pose.read_pan_tilt(sent_at + Duration::from_millis(read - 70), answered_at, taken.az_deg, 0.0);
        }
    }
    assert!((pose.lag_s() - 0.08).abs() < 0.01, "{}", pose.lag_s());
}
