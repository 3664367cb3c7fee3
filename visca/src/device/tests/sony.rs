//! Sony's header: what is answered how, and what a repeated message gets.

use super::*;
use crate::SonyHeader;
use crate::sony::RESET;

const PEER: Peer = Peer { number: 0, framing: Framing::Sony };

fn packet(kind: Kind, seq: u32, payload: &[u8]) -> Vec<u8> {
    Packet { kind, seq, payload }.encode().as_bytes().to_vec()
}

fn command(seq: u32, command: Command) -> Vec<u8> {
    packet(Kind::Command, seq, command.encode(Address::ONE, Dialect::default()).as_bytes())
}

fn inquiry(seq: u32) -> Vec<u8> {
    packet(Kind::Inquiry, seq, Inquiry::Power.encode(Address::ONE).as_bytes())
}

/// Sends it, and gives all that is said until the next is sent.
fn say(bench: &mut Bench, at: u64, bytes: &[u8]) -> Vec<String> {
    let mut said = bench.from(PEER, at, bytes);
    said.extend(bench.tick(at + 70));
    said
}

#[test]
fn replies_carry_the_number_of_their_message() {
    let mut bench = Bench::new();
    assert_eq!(say(&mut bench, 0, &command(1, MOVE)), ["turn to 10 0", "#1 90 41 FF"]);
    assert_eq!(say(&mut bench, 100, &inquiry(2)), ["#2 90 50 02 FF"]);
    assert_eq!(bench.done(900, Motor::PanTilt), ["#1 90 51 FF"]);
}

/// The retransmission table: what a message gets that is repeated under its number, by what was lost the first time.
#[test]
fn a_repeated_message_gets_what_the_list_says() {
    const ABNORMAL: &str = "#7 control 0F 01";
    let home_on = command(7, Command::Home);
    let nonsense = packet(Kind::Command, 7, &[0x81, 0x01, 0x99, 0xFF]);
    // What was lost; the message; whether the camera heard it; what it says to the repetition.
    let table: &[(&str, &[u8], bool, &[&str])] = &[
        ("the command", &command(7, DRIVE), false, &["turn 6 0", "#7 90 41 FF", "#7 90 51 FF"]),
        ("its ACK", &home_on, true, &[ABNORMAL]),
        ("its completion", &command(7, DRIVE), true, &[ABNORMAL]),
        ("the inquiry", &inquiry(7), false, &["#7 90 50 02 FF"]),
        ("its answer", &inquiry(7), true, &[ABNORMAL]),
        ("an error", &nonsense, true, &["#7 90 60 02 FF"]),
        ("an error, not heard", &nonsense, false, &["#7 90 60 02 FF"]),
        ("not executable", &command(7, Command::Cancel { socket: 2 }), true, &["#7 90 62 05 FF"]),
    ];
    for (lost, message, heard, expected) in table {
        let mut bench = Bench::new();
        say(&mut bench, 0, &inquiry(6));
        if *heard {
            assert!(!say(&mut bench, 100, message).is_empty(), "{lost}");
        }
        assert_eq!(say(&mut bench, 1000, message), *expected, "{lost}");
    }
}

#[test]
fn an_old_number_is_abnormal_and_does_nothing() {
    let mut bench = Bench::new();
    say(&mut bench, 0, &command(9, HEAD_STOP));
    // A drive that the stop has overtaken.
    assert_eq!(say(&mut bench, 100, &command(8, DRIVE)), ["#8 control 0F 01"]);
    assert_eq!(say(&mut bench, 200, &command(10, DRIVE))[0], "turn 6 0");
}

#[test]
fn an_error_whose_cause_is_gone_lets_the_repetition_run() {
    let mut bench = Bench::new();
    say(&mut bench, 0, &command(1, MOVE));
    say(&mut bench, 100, &command(2, ZOOM_MOVE));
    assert_eq!(say(&mut bench, 200, &command(3, DRIVE)), ["#3 90 60 03 FF"]);
    bench.done(300, Motor::Zoom);
    assert_eq!(say(&mut bench, 400, &command(3, DRIVE))[1..], ["turn 6 0", "#3 90 41 FF", "#3 90 51 FF"]);
    assert_eq!(say(&mut bench, 500, &command(3, DRIVE)), ["#3 control 0F 01"]);
}

#[test]
fn a_reset_begins_the_numbers_anew() {
    let mut bench = Bench::new();
    say(&mut bench, 0, &inquiry(500));
    let reset = packet(Kind::Control, 501, &[RESET]);
    // 02 00 00 01, number, 01; answered 02 01 00 01, number, 01.
    bench.camera.handle_input(DeviceInput::Bytes { at: ms(100), from: PEER, bytes: &reset });
    bench.camera.poll_output();
    bench.camera.handle_input(DeviceInput::Tick { at: ms(120) });
    let DeviceOutput::Transmit { datagram, .. } = bench.camera.poll_output() else { panic!("no answer") };
    assert_eq!(datagram.as_bytes(), [0x02, 0x01, 0x00, 0x01, 0, 0, 0x01, 0xF5, 0x01]);
    assert_eq!(say(&mut bench, 200, &inquiry(0)), ["#0 90 50 02 FF"]);
    assert_eq!(say(&mut bench, 300, &inquiry(0)), ["#0 control 0F 01"]);
}

#[test]
fn an_unknown_type_is_told() {
    let mut bench = Bench::new();
    let mut unknown = inquiry(4);
    unknown[0] = 0x07;
    assert_eq!(say(&mut bench, 0, &unknown), ["#4 control 0F 02"]);
    assert_eq!(say(&mut bench, 100, &packet(Kind::Control, 7, &[0x77])), ["#7 control 0F 02"]);
    // None of them counted: the number is still free.
    assert_eq!(say(&mut bench, 200, &inquiry(4)), ["#4 90 50 02 FF"]);
}

#[test]
fn an_inquiry_may_call_itself_a_command() {
    let mut bench = Bench::new();
    let as_command = packet(Kind::Command, 5, Inquiry::Power.encode(Address::ONE).as_bytes());
    assert_eq!(say(&mut bench, 0, &as_command), ["#5 90 50 02 FF"]);
}

#[test]
fn a_payload_is_one_frame_to_camera_one_and_nothing_else() {
    let mut bench = Bench::new();
    let power = Inquiry::Power.encode(Address::ONE);
    let two = [power.as_bytes(), power.as_bytes()].concat();
    assert_eq!(say(&mut bench, 0, &packet(Kind::Inquiry, 1, &two)), ["#1 90 60 02 FF"]);
    assert_eq!(say(&mut bench, 100, &packet(Kind::Inquiry, 2, &power.as_bytes()[..4])), ["#2 90 60 02 FF"]);
    assert_eq!(say(&mut bench, 200, &packet(Kind::DeviceSetting, 3, &[0x81, 0x01, 0xFF])), ["#3 90 60 02 FF"]);
    let ignored = bench.camera.ignored();
    // To camera 2; to all; a reply; a length that lies; nothing at all; no header.
    for bytes in [
        packet(Kind::Command, 4, &[0x82, 0x01, 0x06, 0x04, 0xFF]),
        packet(Kind::Command, 5, &[0x88, 0x01, 0x00, 0x01, 0xFF]),
        packet(Kind::Reply, 6, &[0x90, 0x41, 0xFF]),
        command(7, DRIVE)[..12].to_vec(),
        Vec::new(),
        DRIVE.encode(Address::ONE, Dialect::default()).as_bytes().to_vec(),
    ] {
        assert_eq!(say(&mut bench, 1000, &bytes), [""; 0], "{bytes:02X?}");
    }
    assert_eq!(bench.camera.ignored() - ignored, 6);
}

#[test]
fn a_sixth_controller_gets_no_answer() {
    let mut bench = Bench::new();
    let who = |number| Peer { number, framing: Framing::Sony };
    for number in 0..6 {
        bench.from(who(number), 0, &inquiry(1));
    }
    assert_eq!(bench.tick(70).len(), 5);
    assert_eq!(bench.camera.ignored(), 1);
    bench.camera.peer_gone(who(2));
    bench.from(who(5), 100, &inquiry(1));
    assert_eq!(bench.tick(170), ["to 5: #1 90 50 02 FF"]);
}

#[test]
fn makers_read_the_header_their_own_way() {
    let answers = |sony, seqs: [u32; 3]| {
        let mut bench = Bench::with(|quirks| quirks.sony = sony);
        let mut said = Vec::new();
        for (index, seq) in seqs.into_iter().enumerate() {
            said.extend(say(&mut bench, 100 * index as u64, &inquiry(seq)));
        }
        said
    };
    let seqs = [3, 4, 4];
    assert_eq!(answers(SonyHeader::Rising, seqs), ["#3 90 50 02 FF", "#4 90 50 02 FF", "#4 control 0F 01"]);
    assert_eq!(answers(SonyHeader::Unchecked, seqs), ["#3 90 50 02 FF", "#4 90 50 02 FF", "#4 90 50 02 FF"]);
    assert_eq!(answers(SonyHeader::OneToThree, seqs), ["#1 90 50 02 FF"]);
    assert_eq!(answers(SonyHeader::Ignored, seqs), [""; 0]);
}
