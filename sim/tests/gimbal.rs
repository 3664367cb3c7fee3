//! Pan and tilt obey their limits, reach what they are told and know nothing of each other.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod common;

use common::camera;
use tiltyard_sim::config::{CameraModel, Pose};
use tiltyard_sim::gimbal::{Axis, Gimbal};
use tiltyard_sim::servo::Goal;

const HZ: u32 = 250;
const DT_S: f64 = 0.004;
const ORIGIN: Pose = Pose { pan_deg: 0.0, tilt_deg: 0.0, zoom_ratio: 1.0 };

fn gimbal(model: &CameraModel) -> Gimbal {
    Gimbal::new(model, ORIGIN, HZ)
}

/// Ticks and gives pan angle and rate.
fn tick(gimbal: &mut Gimbal) -> (f64, f64) {
    gimbal.tick();
    (gimbal.angle_at(Axis::Pan, 1.0), gimbal.rate_dps(Axis::Pan))
}

#[test]
fn acceleration_never_exceeds_the_limit_and_the_top_rate_is_reached() {
    let mut gimbal = gimbal(&camera());
    gimbal.drive(Axis::Pan, Goal::Rate(100.0));
    let mut before = 0.0_f64;
    for n in 1..=400 {
        // There and, from 0.8 s on, back.
        if n == 200 {
            assert!((before - 100.0).abs() < 1e-9, "{before}");
            gimbal.drive(Axis::Pan, Goal::Rate(-100.0));
        }
        let (_, rate) = tick(&mut gimbal);
        // 200 deg/s² × 4 ms = 0.8 deg/s a tick.
        assert!((rate - before).abs() <= 0.8 + 1e-9, "tick {n}: {before} to {rate}");
        // 100 deg/s at 200 deg/s² takes 0.5 s = 125 ticks.
        if n == 124 {
            assert!(rate < 99.5);
        }
        before = rate;
    }
}

#[test]
fn it_stops_within_v_squared_over_2a() {
    let mut gimbal = gimbal(&camera());
    gimbal.drive(Axis::Pan, Goal::Rate(80.0));
    while tick(&mut gimbal).1 < 80.0 - 1e-9 {}
    let (from_deg, _) = tick(&mut gimbal);
    gimbal.drive(Axis::Pan, Goal::Rate(0.0));
    while gimbal.is_moving(Axis::Pan) {
        gimbal.tick();
    }
    // 80² / (2 · 200) = 16 deg; one tick's travel at full rate is 0.32 deg.
    let way_deg = gimbal.angle_at(Axis::Pan, 1.0) - from_deg;
    assert!((way_deg - 16.0).abs() < 0.32, "{way_deg}");
}

#[test]
fn a_position_move_arrives_without_overshoot_in_the_time_of_its_trapezoid() {
    let mut gimbal = gimbal(&camera());
    gimbal.drive(Axis::Pan, Goal::Position { to: 30.0, rate_max: 60.0 });
    let mut ticks = 0;
    while !gimbal.tick()[0] {
        ticks += 1;
        assert!(gimbal.angle_at(Axis::Pan, 1.0) < 30.0 + 1e-6);
        assert!(ticks < 1000, "{gimbal:?}");
    }
    // Ramps of 0.3 s and 9 deg each, 12 deg at 60 deg/s in 0.2 s: 0.8 s = 200 ticks, and a few to creep in.
    assert!((200..=206).contains(&ticks), "{ticks}");
    assert!((gimbal.angle_at(Axis::Pan, 1.0) - 30.0).abs() < 1e-4);
    assert!(!gimbal.is_seeking());
}

#[test]
fn end_stops_are_reached_softly_and_hold() {
    let mut gimbal = gimbal(&camera());
    gimbal.drive(Axis::Pan, Goal::Rate(120.0));
    gimbal.drive(Axis::Tilt, Goal::Rate(-120.0));
    let mut before = 0.0_f64;
    for _ in 0..1500 {
        let (angle, rate) = tick(&mut gimbal);
        assert!(angle <= 170.0 + 1e-4, "{angle}");
        assert!(gimbal.angle_at(Axis::Tilt, 1.0) >= -30.0 - 1e-4);
        assert!((rate - before).abs() <= 0.8 + 1e-6, "{before} to {rate} at {angle}");
        before = rate;
    }
    assert!(gimbal.at_end(Axis::Pan) && gimbal.at_end(Axis::Tilt));
    assert!(gimbal.rate_dps(Axis::Pan).abs() < 1e-6);
    // And away from there.
    gimbal.drive(Axis::Pan, Goal::Rate(-10.0));
    (0..100).for_each(|_| _ = gimbal.tick());
    assert!(!gimbal.at_end(Axis::Pan));
}

#[test]
fn the_mechanical_stop_holds_when_the_motor_is_too_weak_to_brake() {
    // Half the torque that 200 deg/s² needs, so the firmware's braking comes too late.
    let mut model = camera();
    model.pan.torque_max_nm = 0.035;
    model.pan.friction_nm_per_dps = 0.0;
    let mut gimbal = gimbal(&model);
    gimbal.drive(Axis::Pan, Goal::Rate(120.0));
    let mut farthest = 0.0_f64;
    for _ in 0..2500 {
        let (angle, _) = tick(&mut gimbal);
        farthest = tiltyard_visca::num::max(farthest, angle);
    }
    // The joint limit acts once it is passed: at most a tick's travel, 120 × 0.004 = 0.48 deg.
    assert!((170.0..170.5).contains(&farthest), "{farthest}");
    assert!((gimbal.angle_at(Axis::Pan, 1.0) - 170.0).abs() < 0.1, "{gimbal:?}");
}

#[test]
fn friction_and_torque_bound_the_rate() {
    // 0.012 N·m / 0.0002 N·m per deg/s = 60 deg/s.
    let mut model = camera();
    model.pan.torque_max_nm = 0.012;
    let mut gimbal = gimbal(&model);
    gimbal.drive(Axis::Pan, Goal::Rate(100.0));
    // Time constant: I / b = 0.02 / (0.0002 · 180/π) = 1.745 s; the rate follows 60 · (1 − e^(−t/1.745)).
    let (mut rate, mut ticks) = (0.0, 0);
    while ticks < 436 {
        rate = tick(&mut gimbal).1;
        ticks += 1;
    }
    // 436 ticks = 1.744 s, one time constant: 60 · (1 − 1/e) = 37.9 deg/s.
    assert!((rate - 37.9).abs() < 0.3, "{rate}");
}

#[test]
fn one_axis_does_not_change_the_others_bits() {
    let model = camera();
    let (mut alone, mut both) = (gimbal(&model), gimbal(&model));
    for n in 0..3000u32 {
        if n % 100 == 0 {
            let goal = Goal::Rate(f64::from(n % 700) / 10.0 - 35.0);
            alone.drive(Axis::Pan, goal);
            both.drive(Axis::Pan, goal);
        }
        if n % 70 == 0 {
            both.drive(Axis::Tilt, Goal::Rate(f64::from(n % 900) / 10.0 - 45.0));
        }
        alone.tick();
        both.tick();
        assert_eq!(alone.angle_at(Axis::Pan, 1.0).to_bits(), both.angle_at(Axis::Pan, 1.0).to_bits(), "tick {n}");
        assert_eq!(alone.rate_dps(Axis::Pan).to_bits(), both.rate_dps(Axis::Pan).to_bits(), "tick {n}");
    }
    assert_ne!(alone.angle_at(Axis::Tilt, 1.0), both.angle_at(Axis::Tilt, 1.0));
}

#[test]
fn a_copy_made_on_the_way_goes_on_bit_for_bit() {
    let mut original = gimbal(&camera());
    original.drive(Axis::Pan, Goal::Rate(90.0));
    original.drive(Axis::Tilt, Goal::Position { to: 40.0, rate_max: 50.0 });
    for copied_at in [0, 50, 77, 300] {
        for _ in 0..copied_at {
            original.tick();
        }
        let mut copy = original.clone();
        let mut other = original.clone();
        for n in 0..700 {
            if n == 200 {
                copy.drive(Axis::Pan, Goal::Rate(-110.0));
                other.drive(Axis::Pan, Goal::Rate(-110.0));
            }
            copy.tick();
            other.tick();
            if n == 100 {
                other = other.clone();
            }
            for axis in [Axis::Pan, Axis::Tilt] {
                assert_eq!(copy.angle_at(axis, 1.0).to_bits(), other.angle_at(axis, 1.0).to_bits(), "tick {n}");
                assert_eq!(copy.rate_dps(axis).to_bits(), other.rate_dps(axis).to_bits(), "tick {n}");
            }
        }
    }
}

#[test]
fn more_than_a_turn_is_counted_and_limited() {
    let mut model = camera();
    (model.protocol.pan.min_deg, model.protocol.pan.max_deg) = (-400.0, 400.0);
    let mut gimbal = gimbal(&model);
    gimbal.drive(Axis::Pan, Goal::Rate(120.0));
    (0..2000).for_each(|_| _ = gimbal.tick());
    assert!((gimbal.angle_at(Axis::Pan, 1.0) - 400.0).abs() < 1e-3, "{}", gimbal.angle_at(Axis::Pan, 1.0));
}

#[test]
fn the_angle_is_the_integral_of_the_rate() {
    let mut gimbal = gimbal(&camera());
    gimbal.drive(Axis::Pan, Goal::Rate(100.0));
    let mut sum = 0.0;
    let mut angle = 0.0;
    for _ in 0..300 {
        let (now, rate) = tick(&mut gimbal);
        sum += rate * DT_S;
        angle = now;
    }
    // rapier turns by atan(ω·dt), 1.6 × 10⁻⁵ less at 100 deg/s: about 95 deg × 1.6e-5 = 0.0015 deg.
    assert!((angle - sum).abs() < 0.002, "{angle} {sum}");
}
