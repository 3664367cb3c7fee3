//! The fuzzer's bodies on any toolchain: a million random packets, and scripts of random happenings.
//!
//! Half of the bytes are noise and half are frames of the manuals with a byte changed, because noise alone hardly ever
//! gets past a header. `.ci/fuzz` lets a fuzzer choose the bytes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

#[path = "../../fuzz/bodies/mod.rs"]
#[allow(clippy::pedantic, reason = "the fuzzer's own workspace has its own lints")]
mod bodies;
mod common;

use common::Dice;

/// Frames to and from cameras, without FF, from the golden tables.
const SEEDS: [&[u8]; 14] = [
    &[0x81, 0x01, 0x06, 0x01, 0x18, 0x14, 0x02, 0x01],
    &[0x81, 0x01, 0x06, 0x02, 0x18, 0x14, 0x0F, 0x06, 0x07, 0x00, 0x0F, 0x0E, 0x05, 0x00],
    &[0x81, 0x01, 0x06, 0x03, 0x01, 0x00, 0x0F, 0x07, 0x05, 0x0A, 0x08, 0x0E, 0x07, 0x09, 0x06],
    &[0x81, 0x01, 0x06, 0x07, 0x00, 0x01, 0x00, 0x08, 0x0D, 0x0B, 0x00, 0x04, 0x0B, 0x00],
    &[0x81, 0x01, 0x04, 0x07, 0x27],
    &[0x81, 0x01, 0x04, 0x48, 0x04, 0x00, 0x00, 0x00],
    &[0x81, 0x01, 0x04, 0x3F, 0x02, 0x05],
    &[0x88, 0x30, 0x01],
    &[0x81, 0x09, 0x7E, 0x7E, 0x00],
    &[0x90, 0x41],
    &[0x90, 0x50, 0x00, 0x09, 0x09, 0x00, 0x00, 0x05, 0x01, 0x00],
    &[0x90, 0x50, 0x00, 0x20, 0x05, 0x11, 0x01, 0x02, 0x02],
    &[0x90, 0x50, 0x01, 0x02, 0x03, 0x04, 0x00, 0x00, 0x05, 0x06, 0x07, 0x08, 0x00, 0x01, 0x04],
    &[0x90, 0x61, 0x41],
];

/// A packet: noise, or a frame with a byte changed.
fn packet(dice: &mut Dice, into: &mut Vec<u8>) {
    let noise = |dice: &mut Dice| dice.roll(256) as u8;
    if dice.roll(2) == 0 {
        let len = dice.roll(18);
        into.extend((0..len).map(|_| noise(dice)));
    } else {
        let begin = into.len();
        into.extend(SEEDS[dice.roll(SEEDS.len() as u64) as usize]);
        let at = begin + dice.roll(16) as usize;
        if let Some(byte) = into.get_mut(at) {
            *byte = noise(dice);
        }
    }
    into.push(0xFF);
}

#[test]
fn a_million_packets_are_read_or_refused() {
    let mut dice = Dice::new(1);
    let (mut bytes, mut frames) = (Vec::new(), 0);
    for _ in 0..2000 {
        bytes.clear();
        for _ in 0..500 {
            packet(&mut dice, &mut bytes);
        }
        frames += bodies::packet_stream::run(&bytes);
    }
    assert!(frames > 500_000, "{frames}: most have to get past the deframer");
}

#[test]
fn datagrams_under_a_header_are_read_or_refused() {
    let mut dice = Dice::new(2);
    let mut frame = Vec::new();
    for _ in 0..20_000 {
        frame.clear();
        packet(&mut dice, &mut frame);
        let kind = [0x0100_u16, 0x0110, 0x0111, 0x0120, 0x0200, 0x0201, 0x0111, 0x0201][dice.roll(8) as usize];
        let len = frame.len() as u16 + u16::from(dice.roll(10) == 0);
        let mut bytes = [kind.to_be_bytes(), len.to_be_bytes()].concat();
        bytes.extend((dice.roll(4) as u32).to_be_bytes());
        bytes.extend(&frame);
        bodies::sony_datagram::run(&bytes);
        bodies::sony_datagram::run(&frame);
    }
}

fn scripts(seed: u64, count: usize, body: impl Fn(&[u8])) {
    let mut dice = Dice::new(seed);
    for _ in 0..count {
        let len = dice.roll(600);
        let script: Vec<u8> = (0..len).map(|_| dice.roll(256) as u8).collect();
        body(&script);
    }
}

#[test]
fn a_client_survives_anything_and_stops_first_after_a_reconnection() {
    scripts(3, 1000, bodies::controller::run);
}

#[test]
fn a_camera_survives_anything_and_stops_for_somebody_new() {
    scripts(4, 1000, bodies::device::run);
}
