//! What VISCA commands do to head and lens: recalled memories, limits, replies in one datagram or two.
//!
//! Every datagram takes 2 ms, so an ACK is back after 24 ms. Numbers are the test camera's: 5 deg/s a code, 14.4 units
//! a degree, 200 deg/s².

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod common;

use common::{Log, absolute, config, drive, ms};
use tiltyard_sim::World;
use tiltyard_sim::config::{Delay, Link, WorldConfig};
use tiltyard_visca::Quirks;

fn world(change: impl FnOnce(&mut Quirks)) -> World {
    let link = Link { latency: Delay::Constant(ms(2)), drop_probability: 0.0 };
    let mut config = WorldConfig { link, ..config() };
    change(&mut config.camera.protocol.quirks);
    World::new(&config).unwrap()
}

/// Sends it now; the replies of the next so many milliseconds.
fn say(world: &mut World, bytes: &[u8], millis: u64) -> Vec<String> {
    let now = world.now();
    world.transmit(now, bytes).unwrap();
    let log = Log::run(world, now + ms(millis), |_, _| {});
    log.deliveries
        .iter()
        .filter_map(|delivery| match delivery {
            tiltyard_sim::Delivery::Bytes { bytes, .. } => Some(bytes.to_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_recalled_memory_brings_head_and_lens_back() {
    let mut world = world(|_| {});
    // 30° right, 10° up, 0x1000 units of zoom: memory 3.
    say(&mut world, &absolute(432, 144), 3000);
    say(&mut world, &[0x81, 1, 4, 0x47, 1, 0, 0, 0, 0xFF], 3000);
    assert_eq!(say(&mut world, &[0x81, 1, 4, 0x3F, 1, 3, 0xFF], 100), ["90 41 FF 90 51 FF"]);
    say(&mut world, &absolute(0, 0), 3000);
    say(&mut world, &[0x81, 1, 4, 0x47, 0, 0, 0, 0, 0xFF], 3000);
    let before = world.truth(world.now());
    assert!(before.pan_deg.abs() < 0.01 && before.zoom_units.abs() < 1.0, "{before:?}");

    assert_eq!(say(&mut world, &[0x81, 1, 4, 0x3F, 2, 3, 0xFF], 100), ["90 42 FF"]);
    let on_the_way = world.truth(world.now());
    assert!(on_the_way.pan_dps > 1.0 && on_the_way.zoom_units > 1.0, "both motors run: {on_the_way:?}");
    // The head takes 0.8 s, the lens 4096 units at 4000 a second with ramps of 0.2 s, 1.2 s: then it is complete.
    assert_eq!(say(&mut world, &[], 900), [""; 0]);
    assert_eq!(say(&mut world, &[], 500), ["90 52 FF"]);
    let after = world.truth(world.now());
    assert!((after.pan_deg - 30.0).abs() < 0.01 && (after.tilt_deg - 10.0).abs() < 0.01, "{after:?}");
    assert!((after.zoom_units - 4096.0).abs() < 1.0, "{after:?}");
}

#[test]
fn a_drive_brakes_before_a_limit_and_stands_at_it() {
    let mut world = world(|_| {});
    // 20° right and 10° up are 288 = 0120 and 144 = 0090.
    say(&mut world, &[0x81, 1, 6, 7, 0, 1, 0, 1, 2, 0, 0, 0, 9, 0, 0xFF], 100);
    let start = world.now();
    world.transmit(start, &drive(24, 0)).unwrap();
    for step in 1..=300 {
        Log::run(&mut world, start + ms(10 * step), |_, _| {});
        let truth = world.truth(start + ms(10 * step));
        assert!(truth.pan_deg < 20.001 && truth.tilt_deg == 0.0, "{truth:?}");
    }
    let truth = world.truth(start + ms(3000));
    assert!((truth.pan_deg - 20.0).abs() < 0.001 && truth.pan_dps.abs() < 1e-6, "{truth:?}");
    // The other way is free.
    say(&mut world, &drive(-24, 0), 1000);
    let truth = world.truth(world.now());
    assert!(truth.pan_dps < -119.0, "{truth:?}");
}

#[test]
fn a_drive_with_limits_lets_the_other_axis_come_to_a_stand() {
    let mut world = world(|_| {});
    say(&mut world, &[0x81, 1, 6, 7, 0, 1, 0, 9, 0, 0, 0, 4, 0, 0, 0xFF], 100);
    say(&mut world, &drive(0, 12), 500);
    say(&mut world, &drive(4, 0), 1000);
    let truth = world.truth(world.now());
    assert!((truth.pan_dps - 20.0).abs() < 1e-6 && truth.tilt_dps.abs() < 1e-6, "{truth:?}");
    assert!(truth.tilt_deg > 15.0, "it went on while it braked: {truth:?}");
}

#[test]
fn replies_share_a_datagram_where_the_model_does_that() {
    assert_eq!(say(&mut world(|_| {}), &drive(4, 0), 100), ["90 41 FF 90 51 FF"]);
    let mut apart = world(|quirks| quirks.joins_replies = false);
    assert_eq!(say(&mut apart, &drive(4, 0), 100), ["90 41 FF", "90 51 FF"]);
}
