//! Several controllers, and the three ways in which they wrap their bytes.

use super::*;

const ONE: Peer = Peer { number: 1, framing: Framing::Stream };
const TWO: Peer = Peer { number: 2, framing: Framing::Stream };
const UDP: Peer = Peer { number: 3, framing: Framing::Datagrams };

fn bytes_of(command: Command) -> Vec<u8> {
    command.encode(Address::ONE, Dialect::default()).as_bytes().to_vec()
}

#[test]
fn streams_that_come_in_pieces_do_not_mix() {
    let mut bench = Bench::new();
    let (drive, zoom) = (bytes_of(DRIVE), bytes_of(Command::ZoomTele));
    bench.from(ONE, 0, &drive[..3]);
    bench.from(TWO, 0, &zoom[..2]);
    bench.from(ONE, 0, &drive[3..]);
    bench.from(TWO, 0, &zoom[2..]);
    assert_eq!(
        bench.tick(20),
        ["turn 6 0", "to 1: 90 41 FF", "to 1: 90 51 FF", "zoom 400", "to 2: 90 42 FF", "to 2: 90 52 FF"]
    );
}

#[test]
fn a_datagram_without_an_end_does_not_swallow_the_next() {
    let mut bench = Bench::new();
    let drive = bytes_of(DRIVE);
    bench.from(UDP, 0, &drive[..5]);
    bench.from(UDP, 0, &drive);
    assert_eq!(bench.tick(20), ["turn 6 0", "to 3: 90 41 FF", "to 3: 90 51 FF"]);
    assert_eq!(bench.camera.ignored(), 1);
    // Two whole ones in one datagram are two.
    bench.from(UDP, 100, &[bytes_of(HEAD_STOP), bytes_of(Command::Zoom(ZoomDrive::Stop))].concat());
    assert_eq!(bench.tick(120).len(), 6);
}

#[test]
fn datagrams_too_long_too_short_and_empty_get_an_error_or_nothing() {
    let mut bench = Bench::new();
    let ended: Vec<u8> = [vec![0x81; 1500], vec![0xFF]].concat();
    for bytes in [&ended[..1500], &[], &[0xFF], &[0x81, 0xFF], &[0x00; 64]] {
        bench.from(UDP, 0, bytes);
    }
    assert_eq!(bench.tick(20), [""; 0]);
    bench.from(UDP, 100, &ended);
    assert_eq!(bench.tick(120), ["to 3: 90 60 01 FF"]);
    bench.from(UDP, 200, &bytes_of(DRIVE));
    assert_eq!(bench.tick(220)[0], "turn 6 0");
}

#[test]
fn all_share_two_sockets_and_each_hears_of_its_own() {
    let mut bench = Bench::new();
    bench.from(ONE, 0, &bytes_of(MOVE));
    bench.from(UDP, 0, &bytes_of(ZOOM_MOVE));
    assert_eq!(bench.tick(20), ["turn to 10 0", "to 1: 90 41 FF", "zoom to 8192", "to 3: 90 42 FF"]);
    bench.from(TWO, 30, &bytes_of(DRIVE));
    assert_eq!(bench.tick(50), ["to 2: 90 60 03 FF"]);
    // Who cancels another's move does not hear of it.
    bench.from(TWO, 60, &bytes_of(Command::Cancel { socket: 1 }));
    assert_eq!(bench.tick(80), ["stop", "to 1: 90 61 04 FF"]);
    // A stop by another ends the move for its owner, and is acknowledged to the other.
    bench.from(ONE, 100, &bytes_of(Command::Zoom(ZoomDrive::Stop)));
    assert_eq!(bench.tick(120), ["to 3: 90 52 FF", "zoom stop", "to 1: 90 41 FF", "to 1: 90 51 FF"]);
}

#[test]
fn who_is_gone_gets_no_reply_and_its_number_may_be_used_again() {
    let mut bench = Bench::new();
    bench.from(ONE, 0, &bytes_of(MOVE));
    bench.from(ONE, 0, Inquiry::Zoom.encode(Address::ONE).as_bytes());
    bench.from(ONE, 0, &bytes_of(DRIVE)[..4]);
    bench.tick(20);
    bench.camera.peer_gone(ONE);
    assert_eq!(bench.tick(70), [""; 0], "the question");
    // The next controller under this number begins a frame of its own.
    bench.from(ONE, 80, &bytes_of(Command::ZoomTele));
    assert_eq!(bench.tick(100), ["zoom 400", "to 1: 90 42 FF", "to 1: 90 52 FF"]);
    assert_eq!(bench.done(900, Motor::PanTilt), [""; 0], "the completion");
    assert!(!bench.camera.is_moving_to_position());
}

#[test]
fn over_udp_the_camera_is_number_one() {
    let two = Address::new(2).unwrap();
    let mut bench = Bench { camera: Device::new(model(), two) };
    bench.from(UDP, 0, &bytes_of(DRIVE));
    bench.from(ONE, 0, DRIVE.encode(two, Dialect::default()).as_bytes());
    bench.from(ONE, 0, &bytes_of(DRIVE));
    bench.from(UDP, 0, DRIVE.encode(two, Dialect::default()).as_bytes());
    assert_eq!(
        bench.tick(20),
        ["turn 6 0", "to 3: 90 41 FF", "to 3: 90 51 FF", "turn 6 0", "to 1: A0 42 FF", "to 1: A0 52 FF"]
    );
    assert_eq!(bench.camera.ignored(), 2);
}

#[test]
fn a_seventeenth_controller_gets_no_answer() {
    let mut bench = Bench::new();
    for number in 0..17 {
        bench.from(Peer { number, framing: Framing::Datagrams }, 0, Inquiry::Power.encode(Address::ONE).as_bytes());
        bench.tick(u64::from(number) * 100 + 70);
    }
    assert_eq!(bench.camera.ignored(), 1);
}

#[test]
fn a_restart_forgets_what_was_under_way() {
    let mut bench = Bench::new();
    bench.from(ONE, 0, &bytes_of(MOVE));
    bench.from(ONE, 10, &bytes_of(DRIVE)[..4]);
    bench.tick(20);
    bench.camera.restart(ms(30));
    assert_eq!(bench.drain(), ["stop", "zoom stop"]);
    assert_eq!(bench.done(900, Motor::PanTilt), [""; 0]);
    bench.from(ONE, 1000, &bytes_of(DRIVE));
    assert_eq!(bench.tick(1020), ["turn 6 0", "to 1: 90 41 FF", "to 1: 90 51 FF"]);
}
