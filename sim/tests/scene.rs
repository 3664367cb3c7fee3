//! Targets move as they are told, and the answer depends on the moment only.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod common;

use common::{at_ms, ms, person, walk};
use proptest::prelude::*;
use tiltyard_sim::config::{Path, RecordedPoint, Target, Waypoint};
use tiltyard_sim::target::{Actor, TargetState};
use tiltyard_visca::SimTime;

fn state(actor: &Actor, millis: u64) -> TargetState {
    actor.at(at_ms(millis)).unwrap()
}

fn point(millis: u64, az_deg: f64) -> Waypoint {
    Waypoint { at: at_ms(millis), az_deg, el_deg: -az_deg }
}

#[test]
fn points_are_joined_by_lines_and_two_at_one_time_are_a_jump() {
    let points = vec![point(1000, 0.0), point(2000, 10.0), point(2000, -10.0), point(3000, -10.0)];
    let actor = Actor::new(&person("a", Path::Points(points)), 1);
    for (millis, az_deg) in [(0, 0.0), (1000, 0.0), (1250, 2.5), (1999, 9.99), (2000, -10.0), (9000, -10.0)] {
        let now = state(&actor, millis);
        assert!((now.az_deg - az_deg).abs() < 1e-9, "{millis} ms: {now:?}");
        assert!((now.el_deg + az_deg).abs() < 1e-9);
    }
}

#[test]
fn size_follows_from_body_and_range() {
    let actor = Actor::new(&person("a", Path::Points(vec![point(0, 0.0)])), 1);
    // 2 · atan(0.25 / 10) = 2.8642 deg, 2 · atan(0.85 / 10) = 9.7170 deg.
    let now = state(&actor, 0);
    assert!((now.width_deg - 2.8642).abs() < 1e-4 && (now.height_deg - 9.7170).abs() < 1e-4, "{now:?}");
    assert_eq!(now.range_m, 10.0);
}

#[test]
fn a_target_exists_from_its_first_moment_until_before_its_last() {
    let target = Target { from: at_ms(100), until: Some(at_ms(200)), ..person("a", Path::Points(vec![point(0, 0.0)])) };
    let actor = Actor::new(&target, 1);
    let there = [99, 100, 199, 200].map(|millis| actor.at(at_ms(millis)).is_some());
    assert_eq!(there, [false, true, true, false]);
}

#[test]
fn a_sine_swings_with_its_period_and_phase() {
    let path = Path::Sine { centre_deg: [5.0, 1.0], amplitude_deg: [10.0, 2.0], period: ms(4000), phase_deg: 90.0 };
    let actor = Actor::new(&person("a", path), 1);
    for (millis, swing) in [(0, 1.0), (1000, 0.0), (2000, -1.0), (4000, 1.0), (4500, core::f64::consts::FRAC_1_SQRT_2)]
    {
        let now = state(&actor, millis);
        assert!((now.az_deg - (5.0 + 10.0 * swing)).abs() < 1e-9, "{millis} ms: {now:?}");
        assert!((now.el_deg - (1.0 + 2.0 * swing)).abs() < 1e-9);
    }
}

#[test]
fn a_recording_is_read_between_its_rows() {
    let row = |millis, az_deg, width_deg| RecordedPoint {
        at: at_ms(millis),
        az_deg,
        el_deg: 0.0,
        width_deg,
        height_deg: 2.0 * width_deg,
    };
    let path = Path::Recorded(vec![row(0, 0.0, 1.0), row(1000, 4.0, 3.0)]);
    let actor = Actor::new(&Target { body: None, ..person("a", path) }, 1);
    let now = state(&actor, 250);
    assert_eq!((now.az_deg, now.width_deg, now.height_deg), (1.0, 1.5, 3.0));
    assert!(now.range_m.is_infinite());
}

#[test]
fn a_walk_keeps_speed_acceleration_and_extent() {
    // walk(): centre (5, 2), extent (20, 3), at most 12 deg/s, 15 deg/s².
    let mut actor = Actor::new(&person("a", walk()), 3);
    actor.extend(at_ms(120_000));
    let (mut before, mut speed_before, mut crossings) = (state(&actor, 0), 0.0_f64, 0);
    assert_eq!((before.az_deg, before.el_deg), (5.0, 2.0));
    for millis in (10..120_000).step_by(10) {
        let now = state(&actor, millis);
        assert!((now.az_deg - 5.0).abs() <= 20.0 + 1e-9 && (now.el_deg - 2.0).abs() <= 3.0 + 1e-9, "{now:?}");
        let speed = libm::hypot(now.az_deg - before.az_deg, now.el_deg - before.el_deg) / 0.01;
        assert!(speed <= 12.0 + 1e-6, "{speed} deg/s at {millis} ms");
        assert!((speed - speed_before).abs() <= 0.15 + 1e-6, "{speed_before} to {speed} at {millis} ms");
        crossings += u32::from((now.az_deg > 5.0) != (before.az_deg > 5.0));
        (before, speed_before) = (now, speed);
    }
    // To and fro: legs of 12 … 40 deg at 8.4 … 12 deg/s with pauses of 0.5 s in the mean take 2 to 6 s each.
    assert!((20..60).contains(&crossings), "{crossings}");
}

#[test]
fn walks_differ_by_name_and_by_seed() {
    let az = |name, seed| state(&Actor::new(&person(name, walk()), seed), 7000).az_deg;
    assert_ne!(az("a", 1), az("b", 1));
    assert_ne!(az("a", 1), az("a", 2));
    assert_eq!(az("a", 1), az("a", 1));
}

proptest! {
    #[test]
    fn a_moment_has_one_answer_whatever_was_asked_before(
        nanos in prop::collection::vec(0u64..90_000_000_000, 1..20),
        until_ms in 0u64..60_000,
    ) {
        let mut prepared = Actor::new(&person("a", walk()), 5);
        prepared.extend(at_ms(until_ms));
        for nanos in nanos {
            let at = SimTime::from_nanos(nanos);
            prop_assert_eq!(prepared.at(at), Actor::new(&person("a", walk()), 5).at(at));
        }
    }
}
