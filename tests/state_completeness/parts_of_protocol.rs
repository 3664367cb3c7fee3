//! Both protocol ends and what cuts frames.

use std::fmt::Write;
use std::time::Duration;

use tiltyard_visca::model::Model;
use tiltyard_visca::sony::{Kind, Packet, RESET};
use tiltyard_visca::{
    Address, Controller, ControllerConfig, ControllerInput, ControllerOutput, Datagram, Deframer, Device, DeviceInput,
    DeviceOutput, Drive, Framing, Inquiry, Motor, MoveSpeed, Peer, Readings, SimTime, ZoomDrive,
};

use crate::harness::{Part, own, scenario, wobble};

fn model() -> Model {
    scenario("motion/step").world.camera.protocol
}

/// Steps of 11 ms: shorter than any time-out, and no divisor of one.
fn at(step: u64) -> SimTime {
    SimTime::from_millis(step * 11)
}

fn drain(controller: &mut Controller, said: &mut String) {
    loop {
        let output = controller.poll_output();
        let _ = write!(said, "{output:?};");
        if matches!(output, ControllerOutput::WaitUntil(_)) {
            return;
        }
    }
}

/// Wishes of all kinds, a stop in the middle, answers that are right, late, torn, doubled or none.
fn control(controller: &mut Controller, step: u64) -> String {
    let (now, mut said) = (at(step), String::new());
    match step % 29 {
        0 | 7 | 12 => {
            controller.drive(now, Drive { pan_code: (step % 23) as i8 - 11, tilt_code: (step % 9) as i8 - 4 });
        }
        3 => controller.zoom(now, ZoomDrive::Tele((step % 7) as u8)),
        9 => controller.inquire(now, Inquiry::Version),
        15 if step % 2 == 0 => controller.stop(now),
        18 => controller.move_to(now, 10.0, 5.0, MoveSpeed { pan_code: 5, tilt_code: 5 }),
        21 => controller.zoom_to(now, 4000),
        26 => controller.home(now),
        _ => {}
    }
    drain(controller, &mut said);
    let standing = [0x90, 0x50, 0, 1, 2, 3, 0, 0, 4, 5, 0xFF];
    let bytes: &[u8] = match step % 13 {
        1 | 8 => &[0x90, 0x41, 0xFF],
        2 => &[0x90, 0x42, 0xFF, 0x90, 0x52, 0xFF],
        4 | 10 => &standing,
        5 => &standing[..5],
        6 => &[0x90, 0x50, 1, 2, 3, 4, 0xFF],
        9 => &[0x90, 0x60, 0x03, 0xFF],
        11 => &[0x90, 0x61, 0x41, 0xFF],
        _ => &[],
    };
    controller.handle_input(ControllerInput::Bytes { at: now, bytes });
    drain(controller, &mut said);
    said
}

#[test]
fn controller() {
    let make = || {
        let poll = Some(Duration::from_millis(70));
        Controller::new(model(), ControllerConfig { poll, ..ControllerConfig::default() })
    };
    let unwalked = &[("model", "parameter: the camera's protocol"), ("config", "parameter")];
    Part { name: "visca/src/controller/mod.rs: Controller", make, drive: control, walk: own, steps: 400, unwalked }
        .check();
}

/// The same under Sony's header: each reply has the number of a message sent lately, or one that is refused.
fn control_numbered(controller: &mut Controller, step: u64) -> String {
    let now = at(step);
    let mut said = String::new();
    match step % 17 {
        0 | 5 | 11 => controller.drive(now, Drive { pan_code: (step % 23) as i8 - 11, tilt_code: 0 }),
        8 => controller.zoom(now, ZoomDrive::Wide((step % 7) as u8)),
        13 if step % 3 == 0 => controller.stop(now),
        15 if step % 5 == 0 => controller.reconnected(now),
        _ => {}
    }
    drain(controller, &mut said);
    let seq = controller.counters().sent as u32;
    let reply =
        |payload: &[u8]| Packet { kind: Kind::Reply, seq: seq.saturating_sub(step as u32 % 3), payload }.encode();
    let control = |payload: &[u8]| Packet { kind: Kind::ControlReply, seq, payload }.encode();
    let datagram = match step % 7 {
        0 => control(&[RESET]),
        1 | 4 => reply(&[0x90, 0x41, 0xFF]),
        2 => reply(&[0x90, 0x51, 0xFF]),
        3 => reply(&[0x90, 0x50, 0, 1, 2, 3, 0, 0, 4, 5, 0xFF]),
        5 => control(&[0x0F, 0x01]),
        _ => Datagram::default(),
    };
    controller.handle_input(ControllerInput::Bytes { at: now, bytes: datagram.as_bytes() });
    drain(controller, &mut said);
    said
}

#[test]
fn controller_under_sonys_header() {
    let make = || {
        let poll = Some(Duration::from_millis(70));
        Controller::new(model(), ControllerConfig { poll, framing: Framing::Sony, ..ControllerConfig::default() })
    };
    let unwalked = &[("model", "parameter: the camera's protocol"), ("config", "parameter")];
    let name = "visca/src/controller/mod.rs: Controller";
    Part { name, make, drive: control_numbered, walk: own, steps: 600, unwalked }.check();
}

fn answer(device: &mut Device, step: u64) -> String {
    let (now, mut said) = (at(step), String::new());
    let readings = Readings {
        pan_deg: wobble(step, 1) * 50.0,
        tilt_deg: wobble(step, 2) * 20.0,
        zoom_units: 5000.0 + wobble(step, 3) * 3000.0,
        pan_tilt_moving: step % 3 == 0,
        zoom_moving: step % 5 == 0,
    };
    device.observe(readings);
    if step % 31 == 17 {
        device.motion_done(now, Motor::PanTilt);
    }
    let mut drain = |device: &mut Device| loop {
        let output = device.poll_output();
        let _ = write!(said, "{output:?};");
        if matches!(output, DeviceOutput::WaitUntil(_)) {
            return;
        }
    };
    drain(device);
    let bytes: &[u8] = match step % 19 {
        0 => &[0x81, 1, 6, 1, 5, 3, 1, 2, 0xFF],
        1 => &[0x81, 9, 6, 0x12, 0xFF],
        2 => &[0x81, 1, 6, 2, 8, 8, 0, 1, 0xB, 0, 0, 0, 9, 0, 0xFF],
        4 => &[0x81, 1, 4, 7, 0x23, 0xFF, 0x81, 9, 4],
        5 => &[0x47, 0xFF],
        6 => &[0x88, 1, 0, 1, 0xFF],
        7 => &[0x81, 1, 4, 0x47, 0, 4, 0, 0, 0xFF],
        8 => &[0x81, 0x21, 0xFF, 0x81, 0x77, 1, 0xFF],
        9 => &[0x81, 1, 6, 1, 5, 3, 3, 3, 0xFF],
        // Focus by hand or not, to a place; a memory, a limit; what they leave.
        10 => &[0x81, 1, 4, 0x38, 0x10, 0xFF],
        11 => &[0x81, 1, 4, 0x48, 6, 0, 0, 0, 0xFF],
        12 => &[0x81, 1, 4, 0x3F, 1, 5, 0xFF],
        13 => &[0x81, 1, 4, 0x3F, 2, 5, 0xFF],
        14 => &[0x81, 1, 6, 7, 0, 1, 0, 4, 0, 0, 0, 2, 0, 0, 0xFF],
        15 => &[0x81, 9, 6, 0x10, 0xFF, 0x81, 9, 4, 0x48, 0xFF, 0x81, 9, 4, 0x38, 0xFF, 0x81, 9, 4, 0x3F, 0xFF],
        16 if step % 3 == 0 => &[0x81, 1, 4, 0, if step % 2 == 0 { 2 } else { 3 }, 0xFF],
        _ => &[],
    };
    device.handle_input(DeviceInput::Bytes { at: now, from: Peer { number: 0, framing: Framing::Stream }, bytes });
    drain(device);
    // Another controller, under Sony's header: the numbers rise, and now and then one comes twice.
    let mut packet = [1, 0x10, 0, 5, 0, 0, 0, 0, 0x81, 9, 4, 0, 0xFF];
    packet[7] = (step / 7) as u8;
    if step % 7 < 2 {
        let from = Peer { number: 1, framing: Framing::Sony };
        device.handle_input(DeviceInput::Bytes { at: now, from, bytes: &packet });
        drain(device);
    }
    if step % 97 == 96 {
        device.peer_gone(Peer { number: 1, framing: Framing::Sony });
        device.restart(now);
        drain(device);
    }
    said
}

#[test]
fn device() {
    let make = || {
        let mut model = model();
        model.quirks.initialises_for = Duration::from_millis(300);
        Device::new(model, Address::ONE)
    };
    let unwalked = &[("model", "parameter: the camera's protocol")];
    Part { name: "visca/src/device/mod.rs: Device", make, drive: answer, walk: own, steps: 400, unwalked }.check();
}

#[test]
fn deframer() {
    let drive = |deframer: &mut Deframer, step: u64| {
        let byte = [0x90, 0x50, 0x07, 0xFF, 0x33, 0x44, 0x90, 0x41, 0x42][((step * 7 + step / 9) % 9) as usize];
        format!("{:?}", deframer.push(byte))
    };
    let (name, make) = ("visca/src/deframer.rs: Deframer", Deframer::new);
    Part { name, make, drive, walk: own, steps: 97, unwalked: &[] }.check();
}
