//! What commands do beyond driving and moving: limits, focus, memories, power, addresses; and what is told of it.

use super::*;
use crate::{Corner, Focus, FocusSwitch, Limit, Memory};

const SPEED: MoveSpeed = MoveSpeed { pan_code: 24, tilt_code: 20 };
const MANUAL: Command = Command::Focus(Focus::Switch(FocusSwitch::Manual));

/// Heard at `at`, and all that is said 20 ms later, when it is done.
fn does(bench: &mut Bench, at: u64, command: Command) -> Vec<String> {
    assert_eq!(bench.hears(at, command), [""; 0]);
    bench.tick(at + 20)
}

/// The answer, 70 ms later.
fn tells(bench: &mut Bench, at: u64, inquiry: Inquiry) -> Vec<String> {
    bench.asked(at, inquiry);
    bench.tick(at + 70)
}

fn at(bench: &mut Bench, pan_deg: f64, tilt_deg: f64, zoom_units: f64) {
    bench.camera.observe(Readings { pan_deg, tilt_deg, zoom_units, ..Readings::default() });
}

#[test]
fn a_relative_move_counts_from_where_the_head_is() {
    let mut bench = Bench::new();
    at(&mut bench, 5.0, -5.0, 0.0);
    // 5° are 72 units, −5° are −72.
    let by = Command::Relative { speed: SPEED, pan_units: 72, tilt_units: -72 };
    assert_eq!(does(&mut bench, 0, by), ["turn to 10 -10", "90 41 FF"]);
    assert_eq!(bench.done(500, Motor::PanTilt), ["90 51 FF"]);
}

#[test]
fn home_and_reset_turn_home() {
    let mut bench = Bench::new();
    assert_eq!(does(&mut bench, 0, Command::Home), ["turn to 0 0", "90 41 FF"]);
    assert_eq!(does(&mut bench, 100, Command::Reset), ["90 51 FF", "turn to 0 0", "90 42 FF"]);
}

#[test]
fn limits_hold_drives_and_moves_until_they_are_cleared() {
    let mut bench = Bench::new();
    // 20° right and 10° up are 288 and 144 units.
    let limit = Command::Limit(Limit::Set { corner: Corner::UpRight, pan_units: 288, tilt_units: 144 });
    assert_eq!(does(&mut bench, 0, limit), ["90 41 FF", "90 51 FF"]);
    let far = Command::Absolute { speed: SPEED, pan_units: 1440, tilt_units: 1000 };
    assert_eq!(does(&mut bench, 100, far)[0], "turn to 20 10");
    bench.done(150, Motor::PanTilt);
    assert_eq!(does(&mut bench, 200, DRIVE)[0], "turn to 20 0");
    assert_eq!(bench.done(300, Motor::PanTilt), [""; 0], "a drive completed long ago");
    at(&mut bench, 20.0, 0.0, 0.0);
    assert_eq!(does(&mut bench, 400, DRIVE)[0], "stop");
    let nothing_left = Command::Limit(Limit::Set { corner: Corner::DownLeft, pan_units: 300, tilt_units: 0 });
    assert_eq!(does(&mut bench, 500, nothing_left), ["90 60 02 FF"]);
    does(&mut bench, 600, Command::Limit(Limit::Clear { corner: Corner::UpRight }));
    assert_eq!(does(&mut bench, 700, DRIVE)[0], "turn 6 0");
}

#[test]
fn ramp_curves_and_speed_steps_change_nothing() {
    let mut bench = Bench::new();
    assert_eq!(does(&mut bench, 0, Command::RampCurve(2)), ["90 41 FF", "90 51 FF"]);
    assert_eq!(does(&mut bench, 100, Command::SpeedStep(crate::SpeedStep::Normal)), ["90 42 FF", "90 52 FF"]);
    assert_eq!(does(&mut bench, 200, Command::SpeedStep(crate::SpeedStep::Extended)), ["90 60 02 FF"]);
}

#[test]
fn focus_is_moved_by_hand_only_where_the_camera_does_not() {
    let mut bench = Bench::new();
    assert_eq!(tells(&mut bench, 0, Inquiry::FocusMode), ["90 50 02 FF"]);
    for (at, command) in (80..).step_by(20).zip([Focus::Stop, Focus::Far, Focus::NearAt(3), Focus::Direct(0x2000)]) {
        assert_eq!(does(&mut bench, at, Command::Focus(command)), ["90 61 41 FF"], "{command}");
    }
    assert_eq!(does(&mut bench, 200, MANUAL), ["90 41 FF", "90 51 FF"]);
    assert_eq!(tells(&mut bench, 300, Inquiry::FocusMode), ["90 50 03 FF"]);
    // 0x1000 to 0x6800 is half the way, of two seconds; a completion by itself.
    assert_eq!(does(&mut bench, 980, Command::Focus(Focus::Direct(0x6800))), ["90 42 FF"]);
    assert_eq!(tells(&mut bench, 1430, Inquiry::Focus), ["90 50 03 0C 00 00 FF"], "0x3C00 half way");
    assert_eq!(bench.tick(1999), [""; 0]);
    assert_eq!(bench.tick(2000), ["90 52 FF"]);
    assert_eq!(tells(&mut bench, 2100, Inquiry::Focus), ["90 50 06 08 00 00 FF"]);
    // A drive runs on, a stop stops it.
    assert_eq!(does(&mut bench, 3000, Command::Focus(Focus::NearAt(7))), ["90 41 FF", "90 51 FF"]);
    does(&mut bench, 3500, Command::Focus(Focus::Stop));
    // 0x6800 + 0x5800 / s · 0.5 s.
    assert_eq!(tells(&mut bench, 9000, Inquiry::Focus), ["90 50 09 04 00 00 FF"]);
    does(&mut bench, 9100, Command::Focus(Focus::Switch(FocusSwitch::Toggle)));
    assert_eq!(tells(&mut bench, 9200, Inquiry::FocusMode), ["90 50 02 FF"]);
}

#[test]
fn a_focus_move_can_be_cancelled() {
    let mut bench = Bench::new();
    does(&mut bench, 0, MANUAL);
    assert_eq!(does(&mut bench, 80, Command::Focus(Focus::Direct(0xC000))), ["90 42 FF"]);
    assert_eq!(does(&mut bench, 1080, Command::Cancel { socket: 2 }), ["90 62 04 FF"]);
    assert_eq!(bench.tick(9000), [""; 0]);
    assert_eq!(tells(&mut bench, 9000, Inquiry::Focus), ["90 50 06 08 00 00 FF"]);
}

#[test]
fn a_memory_brings_head_lens_and_focus_back_and_completes_with_the_last() {
    let mut bench = Bench::new();
    does(&mut bench, 0, MANUAL);
    at(&mut bench, 30.0, 10.0, 5000.0);
    assert_eq!(does(&mut bench, 100, Command::Memory(Memory::Set(3))), ["90 42 FF", "90 52 FF"]);
    at(&mut bench, 0.0, 0.0, 0.0);
    let recall = Command::Memory(Memory::Recall(3));
    assert_eq!(does(&mut bench, 200, recall), ["turn to 30 10", "zoom to 5000", "90 41 FF"]);
    assert_eq!(tells(&mut bench, 300, Inquiry::Memory), ["90 50 03 FF"]);
    assert_eq!(bench.done(400, Motor::PanTilt), [""; 0]);
    assert_eq!(bench.done(500, Motor::Zoom), ["90 51 FF"]);
    does(&mut bench, 600, Command::Memory(Memory::Reset(3)));
    assert_eq!(does(&mut bench, 700, recall), ["90 41 FF", "90 51 FF"], "nothing is there any more");
}

#[test]
fn a_recall_waits_for_its_own_focus_move() {
    let mut bench = Bench::new();
    does(&mut bench, 0, MANUAL);
    does(&mut bench, 80, Command::Focus(Focus::Direct(0xC000)));
    bench.tick(2200);
    does(&mut bench, 2200, Command::Memory(Memory::Set(1)));
    // Back to far, from 2320 until 4320. After 1.8 s of it the memory calls it near again, which takes 1.8 s, too.
    assert_eq!(does(&mut bench, 2300, Command::Focus(Focus::Direct(0x1000)))[0], "90 42 FF");
    assert_eq!(does(&mut bench, 4100, Command::Memory(Memory::Recall(1)))[0], "90 52 FF", "the focus move ends");
    bench.done(4200, Motor::PanTilt);
    bench.done(4200, Motor::Zoom);
    assert_eq!(bench.tick(5919), [""; 0]);
    assert_eq!(bench.tick(5921), ["90 51 FF"]);
}

#[test]
fn a_stop_ends_a_recall() {
    let mut bench = Bench::new();
    does(&mut bench, 0, Command::Memory(Memory::Set(0)));
    does(&mut bench, 100, Command::Memory(Memory::Recall(0)));
    assert_eq!(does(&mut bench, 200, HEAD_STOP), ["90 52 FF", "stop", "90 41 FF", "90 51 FF"]);
    assert_eq!(bench.done(300, Motor::Zoom), [""; 0]);
    // Where drives do not end moves, they do not end this one.
    let mut bench = Bench::with(|quirks| quirks.drive_ends_move = false);
    does(&mut bench, 0, Command::Memory(Memory::Set(0)));
    does(&mut bench, 100, Command::Memory(Memory::Recall(0)));
    assert_eq!(does(&mut bench, 200, HEAD_STOP), ["90 61 41 FF"]);
    assert_eq!(does(&mut bench, 300, Command::Cancel { socket: 2 }), ["stop", "zoom stop", "90 62 04 FF"]);
}

#[test]
fn a_stop_behind_a_recall_that_waits_is_heard() {
    let mut bench = Bench::new();
    does(&mut bench, 0, Command::Memory(Memory::Set(0)));
    // All within one ACK time: the recall in between moves the head, so the second stop is no repetition.
    for command in [HEAD_STOP, Command::Memory(Memory::Recall(0)), HEAD_STOP] {
        bench.hears(100, command);
    }
    let said = bench.tick(120);
    let last = said.iter().rfind(|line| *line == "stop" || line.starts_with("turn"));
    assert_eq!(last.map(String::as_str), Some("stop"), "{said:?}");
}

#[test]
fn a_stop_takes_the_socket_of_a_focus_move() {
    let mut bench = Bench::new();
    does(&mut bench, 0, MANUAL);
    does(&mut bench, 100, DRIVE);
    assert_eq!(does(&mut bench, 200, ZOOM_MOVE), ["zoom to 8192", "90 41 FF"]);
    assert_eq!(does(&mut bench, 300, Command::Focus(Focus::Direct(0xC000))), ["90 42 FF"]);
    assert_eq!(does(&mut bench, 400, DRIVE), ["90 60 03 FF"]);
    assert_eq!(does(&mut bench, 500, HEAD_STOP), ["90 52 FF", "stop", "90 42 FF", "90 52 FF"]);
    assert_eq!(bench.tick(9000), [""; 0]);
}

#[test]
fn in_standby_a_camera_answers_and_does_nothing() {
    let mut bench = Bench::with(|quirks| quirks.initialises_for = core::time::Duration::from_secs(7));
    does(&mut bench, 0, MOVE);
    let off = Command::Power { on: false };
    assert_eq!(does(&mut bench, 100, off), ["90 51 FF", "stop", "zoom stop", "90 42 FF", "90 52 FF"]);
    assert_eq!(tells(&mut bench, 200, Inquiry::Power), ["90 50 03 FF"]);
    let barred = [DRIVE, HEAD_STOP, MOVE, Command::ZoomTele, MANUAL, Command::Memory(Memory::Recall(1))];
    for (at, command) in (280..).step_by(20).zip(barred) {
        assert_eq!(does(&mut bench, at, command), ["90 61 41 FF"], "{command}");
    }
    assert_eq!(does(&mut bench, 410, Command::IfClear), ["90 50 FF"]);
    // It comes up, homes, and completes when it has.
    assert_eq!(does(&mut bench, 500, Command::Power { on: true }), ["turn to 0 0", "90 41 FF"]);
    assert_eq!(tells(&mut bench, 600, Inquiry::Power), ["90 50 02 FF"]);
    assert_eq!(tells(&mut bench, 700, Inquiry::PanTiltStatus), ["90 50 14 00 FF"], "initialising, moving");
    assert_eq!(does(&mut bench, 800, HEAD_STOP), ["90 62 41 FF"]);
    assert_eq!(bench.tick(7520), ["90 51 FF"]);
    assert_eq!(does(&mut bench, 8000, DRIVE)[0], "turn 6 0");
}

#[test]
fn switched_off_on_its_way_up_it_stays_off() {
    let mut bench = Bench::with(|quirks| quirks.initialises_for = core::time::Duration::from_secs(7));
    does(&mut bench, 0, Command::Power { on: false });
    does(&mut bench, 100, Command::Power { on: true });
    assert_eq!(does(&mut bench, 200, Command::Power { on: false })[0], "90 52 FF", "the other has come to an end");
    assert_eq!(bench.tick(9000), [""; 0]);
    assert_eq!(tells(&mut bench, 9100, Inquiry::Power), ["90 50 03 FF"]);
    assert_eq!(does(&mut bench, 9200, DRIVE), ["90 62 41 FF"]);
}

#[test]
fn power_on_of_a_camera_that_is_on_changes_nothing() {
    let mut bench = Bench::with(|quirks| quirks.initialises_for = core::time::Duration::from_secs(7));
    assert_eq!(does(&mut bench, 0, Command::Power { on: true }), ["90 41 FF", "90 51 FF"]);
    assert_eq!(does(&mut bench, 100, DRIVE)[0], "turn 6 0");
}

#[test]
fn the_status_tells_ends_and_how_the_last_order_goes() {
    // EVI-D80 manual, page 42: p initialisation, q motion, s the ends left 1, right 2, up 4, down 8.
    let mut bench = Bench::new();
    let status = |bench: &mut Bench, at: u64| tells(bench, at, Inquiry::PanTiltStatus).remove(0);
    assert_eq!(status(&mut bench, 0), "90 50 20 00 FF");
    does(&mut bench, 100, MOVE);
    assert_eq!(status(&mut bench, 200), "90 50 24 00 FF");
    bench.done(300, Motor::PanTilt);
    assert_eq!(status(&mut bench, 400), "90 50 28 00 FF");
    does(&mut bench, 500, MOVE);
    does(&mut bench, 600, Command::Cancel { socket: 2 });
    assert_eq!(status(&mut bench, 700), "90 50 2C 00 FF");
    at(&mut bench, 170.0, -30.0, 0.0);
    assert_eq!(status(&mut bench, 800), "90 50 2C 0A FF");
    at(&mut bench, -170.0, 90.0, 0.0);
    assert_eq!(status(&mut bench, 900), "90 50 2C 05 FF");
}

#[test]
fn speeds_and_the_lens_block_are_told() {
    let mut bench = Bench::new();
    assert_eq!(tells(&mut bench, 0, Inquiry::MaxSpeed), ["90 50 18 14 FF"]);
    at(&mut bench, 0.0, 0.0, 4660.0);
    // BRC-H900, page 17: zoom, focus, modes (1: auto focus), what runs (4: a memory, 1: the zoom).
    assert_eq!(tells(&mut bench, 100, Inquiry::Block(0)), ["90 50 01 02 03 04 00 00 01 00 00 00 00 01 00 FF"]);
    does(&mut bench, 200, Command::Memory(Memory::Set(0)));
    does(&mut bench, 300, Command::Memory(Memory::Recall(0)));
    assert_eq!(tells(&mut bench, 400, Inquiry::Block(0)), ["90 50 01 02 03 04 00 00 01 00 00 00 00 01 05 FF"]);
    assert_eq!(tells(&mut bench, 500, Inquiry::Block(1)), ["90 60 02 FF"]);
}

#[test]
fn on_a_line_cameras_take_their_number_and_hand_on_the_next() {
    let mut bench = Bench::new();
    let to_all = |next| Command::AddressSet { next }.to_all(Dialect::default());
    bench.bytes(0, to_all(3).as_bytes());
    assert_eq!(bench.tick(20), ["88 30 04 FF"]);
    bench.bytes(100, DRIVE.encode(Address::new(3).unwrap(), Dialect::default()).as_bytes());
    assert_eq!(bench.tick(120), ["turn 6 0", "B0 41 FF", "B0 51 FF"]);
    bench.bytes(200, DRIVE.encode(Address::ONE, Dialect::default()).as_bytes());
    bench.bytes(200, to_all(8).as_bytes());
    let udp = Peer { number: 1, framing: Framing::Datagrams };
    bench.from(udp, 200, to_all(5).as_bytes());
    assert_eq!(bench.tick(300), [""; 0]);
    assert_eq!(bench.camera.ignored(), 3);
}

#[test]
fn five_nibbles_and_left_positive_are_spoken() {
    // BRC-H700: 208 units a degree, + is left; 10° right is −2080 = FF7E0.
    let mut model = model();
    model.quirks.positions = crate::Positions::Five;
    model.pan.units_per_deg = -208.0;
    model.tilt.units_per_deg = 208.0;
    assert_eq!(model.check(), Ok(()));
    let mut bench = Bench { camera: Device::new(model, Address::ONE) };
    let bytes = [0x81, 1, 6, 2, 0x10, 0, 0x0F, 0x0F, 7, 0x0E, 0, 0, 8, 2, 0, 0xFF];
    bench.bytes(0, &bytes);
    assert_eq!(bench.tick(20), ["turn to 10 10", "90 41 FF"]);
    at(&mut bench, 10.0, -10.0, 0.0);
    assert_eq!(tells(&mut bench, 100, Inquiry::PanTilt), ["90 50 0F 0F 07 0E 00 0F 07 0E 00 FF"]);
}
