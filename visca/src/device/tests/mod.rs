//! The camera alone, byte for byte: rules, order of outputs, limits, and any input at all.

mod commands;
mod hostile;
mod peers;
mod quirks;
mod sockets;
mod sony;

use super::*;
use crate::sony::{Kind, Packet};
use crate::testing::model;
use crate::{Command, Dialect, Drive, Framing, Inquiry, MoveSpeed, Quirks, ZoomDrive};

const DRIVE: Command = Command::PanTilt(Drive { pan_code: 3, tilt_code: 0 });
const HEAD_STOP: Command = Command::PanTilt(Drive::STOP);
const MOVE: Command = Command::Absolute {
    speed: MoveSpeed { pan_code: 24, tilt_code: 20 },
    pan_units: 144, // 10°
    tilt_units: 0,
};
const ZOOM_MOVE: Command = Command::ZoomDirect(0x2000);

fn ms(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

const SERIAL: Peer = Peer { number: 0, framing: Framing::Stream };

/// A reply as text: bytes, before them the number of a controller that is not 0, before that Sony's number.
fn reply(to: Peer, datagram: crate::Datagram) -> String {
    let who = if to.number == 0 { String::new() } else { format!("to {}: ", to.number) };
    if to.framing != Framing::Sony {
        return format!("{who}{datagram}");
    }
    let packet = Packet::parse(datagram.as_bytes()).unwrap();
    let kind = match packet.kind {
        Kind::Reply => "",
        Kind::ControlReply => "control ",
        _ => panic!("no kind for a camera: {packet:?}"),
    };
    format!("{who}#{} {kind}{}", packet.seq, crate::Datagram::new(packet.payload).unwrap())
}

/// A camera and what it gave, as lines of text.
struct Bench {
    camera: Device,
}

impl Bench {
    fn new() -> Self {
        Self::with(|_| {})
    }

    /// A camera that does something its own way.
    fn with(change: impl FnOnce(&mut Quirks)) -> Self {
        let mut model = model();
        change(&mut model.quirks);
        Self { camera: Device::new(model, Address::ONE) }
    }

    /// On a serial line, from controller 0.
    fn bytes(&mut self, at: u64, bytes: &[u8]) -> Vec<String> {
        self.from(SERIAL, at, bytes)
    }

    fn from(&mut self, from: Peer, at: u64, bytes: &[u8]) -> Vec<String> {
        self.camera.handle_input(DeviceInput::Bytes { at: ms(at), from, bytes });
        self.drain()
    }

    fn hears(&mut self, at: u64, command: Command) -> Vec<String> {
        self.bytes(at, command.encode(Address::ONE, Dialect::default()).as_bytes())
    }

    fn asked(&mut self, at: u64, inquiry: Inquiry) -> Vec<String> {
        self.bytes(at, inquiry.encode(Address::ONE).as_bytes())
    }

    fn tick(&mut self, at: u64) -> Vec<String> {
        self.camera.handle_input(DeviceInput::Tick { at: ms(at) });
        self.drain()
    }

    fn done(&mut self, at: u64, motor: Motor) -> Vec<String> {
        self.camera.motion_done(ms(at), motor);
        self.drain()
    }

    fn drain(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            match self.camera.poll_output() {
                DeviceOutput::Transmit { to, datagram } => lines.push(reply(to, datagram)),
                DeviceOutput::Event(DeviceEvent::PanTilt(PanTiltMotion::Velocity { pan_dps, tilt_dps })) => {
                    lines.push(format!("turn {pan_dps} {tilt_dps}"));
                }
                DeviceOutput::Event(DeviceEvent::PanTilt(PanTiltMotion::Position { pan_deg, tilt_deg, .. })) => {
                    lines.push(format!("turn to {pan_deg} {tilt_deg}"));
                }
                DeviceOutput::Event(DeviceEvent::PanTilt(PanTiltMotion::Stop)) => lines.push("stop".into()),
                DeviceOutput::Event(DeviceEvent::Zoom(ZoomMotion::Velocity { units_per_s })) => {
                    lines.push(format!("zoom {units_per_s}"));
                }
                DeviceOutput::Event(DeviceEvent::Zoom(ZoomMotion::Position { units })) => {
                    lines.push(format!("zoom to {units}"));
                }
                DeviceOutput::Event(DeviceEvent::Zoom(ZoomMotion::Stop)) => lines.push("zoom stop".into()),
                DeviceOutput::WaitUntil(_) => return lines,
            }
        }
    }
}

#[test]
fn a_drive_turns_is_acknowledged_and_completes_at_once() {
    let mut bench = Bench::new();
    assert_eq!(bench.hears(0, DRIVE), [""; 0]);
    assert_eq!(bench.tick(19), [""; 0]);
    // Pan code 3 is 6 deg/s; the ACK is due after 20 ms; sockets begin with 1.
    assert_eq!(bench.tick(20), ["turn 6 0", "90 41 FF", "90 51 FF"]);
    assert_eq!(bench.hears(100, HEAD_STOP), [""; 0]);
    assert_eq!(bench.tick(120), ["stop", "90 42 FF", "90 52 FF"]);
}

#[test]
fn signs_follow_the_directions_of_the_wire() {
    let mut bench = Bench::new();
    bench.hears(0, Command::PanTilt(Drive { pan_code: -1, tilt_code: -20 }));
    assert_eq!(bench.tick(20)[0], "turn -2 -20");
    bench.hears(30, Command::Zoom(ZoomDrive::Wide(0)));
    assert_eq!(bench.tick(50)[0], "zoom -100");
}

#[test]
fn a_move_completes_on_arrival() {
    let mut bench = Bench::new();
    bench.hears(0, MOVE);
    assert_eq!(bench.tick(20), ["turn to 10 0", "90 41 FF"]);
    assert!(bench.camera.is_moving_to_position());
    assert_eq!(bench.done(900, Motor::Zoom), [""; 0], "the other motor's arrival is not ours");
    assert_eq!(bench.done(1000, Motor::PanTilt), ["90 51 FF"]);
    assert_eq!(bench.done(1001, Motor::PanTilt), [""; 0]);
}

#[test]
fn a_drive_ends_a_running_move_with_its_completion() {
    let mut bench = Bench::new();
    bench.hears(0, MOVE);
    bench.tick(20);
    bench.hears(100, DRIVE);
    assert_eq!(bench.tick(120), ["90 51 FF", "turn 6 0", "90 42 FF", "90 52 FF"]);
    assert_eq!(bench.done(130, Motor::PanTilt), [""; 0], "the move is over");
}

#[test]
fn an_answer_tells_the_position_of_the_instant_in_which_it_leaves() {
    let mut bench = Bench::new();
    bench.camera.observe(Readings { pan_deg: 1.0, ..Readings::default() });
    bench.bytes(0, Inquiry::PanTilt.encode(Address::ONE).as_bytes());
    bench.camera.observe(Readings { pan_deg: 10.0, tilt_deg: -5.0, zoom_units: 100.4, ..Readings::default() });
    // 10° are 144 = 0090 units, −5° are −72 = FFB8.
    assert_eq!(bench.tick(70), ["90 50 00 00 09 00 0F 0F 0B 08 FF"]);
    bench.bytes(100, Inquiry::Zoom.encode(Address::ONE).as_bytes());
    // 100.4 is 100 = 0064.
    assert_eq!(bench.tick(170), ["90 50 00 00 06 04 FF"]);
    bench.bytes(200, Inquiry::Power.encode(Address::ONE).as_bytes());
    bench.bytes(200, Inquiry::Version.encode(Address::ONE).as_bytes());
    assert_eq!(bench.tick(270), ["90 50 02 FF", "90 50 00 00 00 00 00 01 02 FF"]);
}

#[test]
fn the_third_command_finds_the_buffer_full_and_a_stop_does_not() {
    let mut bench = Bench::new();
    bench.hears(0, MOVE);
    bench.hears(0, ZOOM_MOVE);
    assert_eq!(bench.tick(20), ["turn to 10 0", "90 41 FF", "zoom to 8192", "90 42 FF"]);
    bench.hears(100, DRIVE);
    assert_eq!(bench.tick(120), ["90 60 03 FF"]);
    bench.hears(200, HEAD_STOP);
    // The stop ends the move in socket 1 and takes its place.
    assert_eq!(bench.tick(220), ["90 51 FF", "stop", "90 41 FF", "90 51 FF"]);
    bench.hears(300, Command::Zoom(ZoomDrive::Stop));
    assert_eq!(bench.tick(320), ["90 52 FF", "zoom stop", "90 42 FF", "90 52 FF"]);
}

#[test]
fn inquiries_have_their_own_limit() {
    let mut bench = Bench::new();
    for _ in 0..9 {
        bench.bytes(0, Inquiry::Power.encode(Address::ONE).as_bytes());
    }
    assert_eq!(bench.tick(20), ["90 60 03 FF"]);
    assert_eq!(bench.tick(70).len(), 8);
}

#[test]
fn cancel_stops_a_move_and_names_an_empty_socket() {
    let mut bench = Bench::new();
    bench.hears(0, MOVE);
    bench.tick(20);
    bench.hears(100, Command::Cancel { socket: 1 });
    assert_eq!(bench.tick(120), ["stop", "90 61 04 FF"]);
    assert_eq!(bench.done(130, Motor::PanTilt), [""; 0], "no completion follows");
    bench.hears(200, Command::Cancel { socket: 2 });
    assert_eq!(bench.tick(220), ["90 62 05 FF"]);
}

#[test]
fn interface_clear_ends_moves_and_is_echoed_to_all() {
    let mut bench = Bench::new();
    bench.hears(0, MOVE);
    bench.tick(20);
    bench.hears(100, Command::IfClear);
    assert_eq!(bench.tick(120), ["stop", "90 50 FF"]);
    bench.bytes(200, &[0x88, 0x01, 0x00, 0x01, 0xFF]);
    assert_eq!(bench.tick(220), ["88 01 00 01 FF"]);
}

#[test]
fn nonsense_is_a_syntax_error_and_an_endless_message_a_length_error() {
    let mut bench = Bench::new();
    bench.bytes(0, &[0x81, 0x01, 0x99, 0x01, 0xFF]);
    // Tilt code 0x15 is beyond this model's twenty.
    bench.bytes(0, &[0x81, 0x01, 0x06, 0x01, 0x01, 0x15, 0x03, 0x01, 0xFF]);
    let mut endless = vec![0x81; 40];
    endless.push(0xFF);
    bench.bytes(0, &endless);
    assert_eq!(bench.tick(20), ["90 60 02 FF", "90 60 02 FF", "90 60 01 FF"]);
}

#[test]
fn what_is_not_for_us_gets_no_answer() {
    let mut bench = Bench::new();
    bench.bytes(0, &[0x82, 0x01, 0x06, 0x04, 0xFF]); // camera 2
    bench.bytes(0, &[0x88, 0x01, 0x06, 0x04, 0xFF]); // home, to all: not a broadcast command
    bench.bytes(0, &[0x90, 0x41, 0xFF]); // a reply
    bench.bytes(0, &[0x00, 0x33, 0xFF]); // noise
    assert_eq!(bench.tick(1000), [""; 0]);
    assert_eq!(bench.camera.ignored(), 4);
}

#[test]
fn commands_may_come_in_pieces_and_together() {
    let mut bench = Bench::new();
    let two: Vec<u8> = [DRIVE, Command::ZoomTele]
        .iter()
        .flat_map(|c| c.encode(Address::ONE, Dialect::default()).as_bytes().to_vec())
        .collect();
    bench.bytes(0, &two[..4]);
    bench.bytes(5, &two[4..]);
    assert_eq!(bench.tick(25), ["turn 6 0", "90 41 FF", "90 51 FF", "zoom 400", "90 42 FF", "90 52 FF"]);
}

#[test]
fn without_delay_the_reply_leaves_in_the_same_instant() {
    let mut model = model();
    model.timing.ack = core::time::Duration::ZERO;
    let mut bench = Bench { camera: Device::new(model, Address::ONE) };
    assert_eq!(bench.hears(7, DRIVE), ["turn 6 0", "90 41 FF", "90 51 FF"]);
}
