//! The client under Sony's header: what it sends again, under which number, and what it takes an answer for.
//!
//! Against a camera of few lines that counts strictly. One way takes 10 ms, the reply comes at once: 20 ms from a
//! message to its reply, a gap of 15 ms, 250 ms to a time-out, 60 ms until a newer wish no longer waits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use common::link::{Fate, Line, Way, told};
use common::{Dice, model_with, ms, pan};
use proptest::prelude::*;
use tiltyard_visca::sony::{Kind, Packet};
use tiltyard_visca::{
    Command, Controller, ControllerEvent, Datagram, Drive, Framing, Inquiry, Message, SimTime, SonyHeader, ZoomDrive,
};

fn line() -> Line {
    Line::new(Framing::Sony)
}

/// Loses the first datagrams of which `is` is true.
fn losing(mut losses: u32, is: impl Fn(Way, &str, &Packet<'_>) -> bool + 'static) -> Line {
    line().with(move |way, _, datagram: &Datagram| {
        let packet = Packet::parse(datagram.as_bytes()).unwrap();
        let words = if way == Way::ToCamera { told(datagram) } else { String::new() };
        if losses > 0 && is(way, &words, &packet) {
            losses -= 1;
            return Fate::Drop;
        }
        Fate::Pass
    })
}

fn drive(code: i8) -> Command {
    Command::PanTilt(pan(code))
}

fn count(line: &Line, is: impl Fn(&ControllerEvent) -> bool) -> usize {
    line.events.iter().filter(|(_, event)| is(event)).count()
}

#[test]
fn a_session_begins_with_a_reset_and_then_counts() {
    let mut line = line();
    line.camera.highest = Some(900); // someone was here before
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(40);
    line.wish(|client, at| client.inquire(at, Inquiry::PanTilt));
    line.run(1000);
    assert_eq!(line.log(), ["0 reset", "35 #1 pan-tilt drive +3 +0", "70 #2 pan-tilt position?"]);
    let bytes = line.sent[0].1;
    assert_eq!(bytes.as_bytes(), [0x02, 0x00, 0x00, 0x01, 0, 0, 0, 0, 0x01]);
    let kinds: Vec<_> = line.sent.iter().map(|(_, d)| Packet::parse(d.as_bytes()).unwrap().kind).collect();
    assert_eq!(kinds, [Kind::Control, Kind::Command, Kind::Inquiry]);
    assert_eq!(line.client.counters().misbehaved, 0);
    assert_eq!((line.client.counters().acked, line.client.counters().completed), (1, 1));
}

#[test]
fn a_lost_reset_is_repeated_and_drives_wait_for_it() {
    let mut line = losing(1, |_, words, _| words == "reset");
    line.wish(|client, at| client.drive(at, pan(3)));
    line.wish(|client, at| client.inquire(at, Inquiry::Zoom));
    line.run(1000);
    assert_eq!(line.log(), ["0 reset", "250 reset", "285 #1 pan-tilt drive +3 +0", "320 #2 zoom position?"]);
    assert_eq!(line.camera.drive, pan(3));
}

#[test]
fn a_camera_that_knows_no_reset_is_spoken_to_all_the_same() {
    let mut line = losing(u32::MAX, |_, words, _| words == "reset");
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(900);
    assert_eq!(line.log(), ["0 reset", "250 reset", "500 reset", "750 reset", "750 #1 pan-tilt drive +3 +0"]);
    assert_eq!(line.camera.drive, pan(3));
}

#[test]
fn a_stop_does_not_wait_for_a_reset() {
    let mut line = losing(3, |_, words, _| words == "reset");
    line.camera.drive = pan(24);
    line.wish(Controller::stop);
    line.run(900);
    assert_eq!(line.log()[..3], ["0 reset", "60 #1 pan-tilt stop", "95 #2 zoom stop"]);
    assert_eq!(line.camera.done[0].0, ms(70));
}

#[test]
fn a_stop_refused_for_its_number_brings_the_lost_reset_at_once() {
    let mut line = losing(1, |_, words, _| words == "reset");
    (line.camera.highest, line.camera.drive) = (Some(900), pan(24));
    line.wish(Controller::stop);
    line.run(3000);
    assert_eq!(line.log()[..4], ["0 reset", "60 #1 pan-tilt stop", "95 reset", "130 #2 pan-tilt stop"]);
    assert!(line.camera.stands() && line.stopped().is_some());
}

#[test]
fn a_lost_command_is_sent_again_under_its_number_and_runs_then() {
    let mut line = losing(1, |_, words, _| words.starts_with("#1"));
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(1000);
    assert_eq!(line.log()[1..], ["35 #1 pan-tilt drive +3 +0", "285 #1 pan-tilt drive +3 +0"]);
    assert_eq!(line.camera.done, [(ms(295), 1, drive(3))]);
    assert_eq!(
        line.news(),
        [
            ControllerEvent::Lost { what: Message::Command(drive(3)) },
            ControllerEvent::Acked { what: drive(3) },
            ControllerEvent::Completed { what: drive(3) }
        ]
    );
}

#[test]
fn a_lost_reply_is_made_good_by_the_refusal_of_the_number() {
    let mut line = losing(2, |way, _, packet| way == Way::ToClient && packet.kind == Kind::Reply);
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(2000);
    assert_eq!(line.log()[1..], ["35 #1 pan-tilt drive +3 +0", "285 #1 pan-tilt drive +3 +0"]);
    assert_eq!(line.camera.done, [(ms(45), 1, drive(3))], "it ran once, the first time");
    assert_eq!(count(&line, |event| matches!(event, ControllerEvent::Acked { .. })), 1);
}

#[test]
fn a_completion_alone_tells_that_the_command_was_taken() {
    let mut line = losing(1, |way, _, packet| way == Way::ToClient && packet.kind == Kind::Reply);
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(1000);
    assert_eq!(line.sent.len(), 2, "nothing is sent again: {:?}", line.log());
    let what = drive(3);
    assert_eq!(line.news(), [ControllerEvent::Acked { what }, ControllerEvent::Completed { what }]);
}

#[test]
fn a_lost_question_is_asked_again_under_its_number() {
    let mut line = losing(1, |_, words, _| words.ends_with("position?"));
    line.wish(|client, at| client.inquire(at, Inquiry::PanTilt));
    line.run(1000);
    assert_eq!(line.log()[1..], ["35 #1 pan-tilt position?", "285 #1 pan-tilt position?"]);
    // The answer may have been the first question's: it was true some time after that.
    let told = |event: &ControllerEvent| {
        matches!(event, ControllerEvent::PanTilt { asked_at, answered_at, .. }
            if (*asked_at, *answered_at) == (ms(35), ms(305)))
    };
    assert_eq!(count(&line, told), 1);
}

#[test]
fn a_question_whose_answer_was_lost_is_asked_anew() {
    let mut line = losing(1, |way, _, packet| way == Way::ToClient && packet.kind == Kind::Reply);
    line.wish(|client, at| client.inquire(at, Inquiry::PanTilt));
    line.run(1000);
    let asked = ["35 #1 pan-tilt position?", "285 #1 pan-tilt position?", "320 #2 pan-tilt position?"];
    assert_eq!(line.log()[1..], asked);
    assert_eq!(count(&line, |event| matches!(event, ControllerEvent::PanTilt { .. })), 1);
}

#[test]
fn a_question_without_any_answer_is_given_up() {
    let mut line = losing(u32::MAX, |_, words, _| words.ends_with("position?"));
    line.wish(|client, at| client.inquire(at, Inquiry::PanTilt));
    line.run(5000);
    assert_eq!(line.sent.len(), 1 + 3, "{:?}", line.log());
}

#[test]
fn a_superseded_drive_is_not_sent_again() {
    let mut line = losing(1, |_, words, _| words.starts_with("#1"));
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(50);
    line.wish(|client, at| client.drive(at, pan(4)));
    line.run(1000);
    assert_eq!(line.log()[1..], ["35 #1 pan-tilt drive +3 +0", "95 #2 pan-tilt drive +4 +0"]);
    assert_eq!(line.camera.done, [(ms(105), 2, drive(4))]);
    let lost = ControllerEvent::Lost { what: Message::Command(drive(3)) };
    assert_eq!(count(&line, |event| *event == lost), 1);
}

#[test]
fn a_refused_number_behind_a_newer_one_proves_nothing() {
    // The drive is late, the zoom overtakes it on the way: the camera refuses the drive, and it has not run.
    let mut line = line().with(|_, _, datagram| match told_if_message(datagram).as_str() {
        "#1 pan-tilt drive +3 +0" => Fate::Late(80),
        _ => Fate::Pass,
    });
    line.wish(|client, at| client.drive(at, pan(3)));
    line.wish(|client, at| client.zoom(at, ZoomDrive::Tele(2)));
    line.run(3000);
    assert_eq!(line.camera.log(), ["zoom tele 2", "pan-tilt drive +3 +0"]);
    let number = line.camera.done[1].1;
    assert!(number > 2, "under a new number: {:?}", line.log());
    assert_eq!(line.log().iter().filter(|words| words.contains("reset")).count(), 1, "and without a RESET");
}

#[test]
fn nor_does_it_when_it_was_sent_twice() {
    // The drive is lost, its repeat is late, and the zoom overtakes that.
    let mut copies = 0;
    let mut line = line().with(move |_, _, datagram| match told_if_message(datagram).as_str() {
        "#1 pan-tilt drive +3 +0" => {
            copies += 1;
            if copies == 1 { Fate::Drop } else { Fate::Late(100) }
        }
        _ => Fate::Pass,
    });
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(290);
    line.wish(|client, at| client.zoom(at, ZoomDrive::Tele(2)));
    line.run(3000);
    assert_eq!(line.camera.log(), ["zoom tele 2", "pan-tilt drive +3 +0"], "{:?}", line.log());
    assert_eq!(line.log()[2..4], ["285 #1 pan-tilt drive +3 +0", "345 #2 zoom tele 2"]);
    assert_eq!(line.log()[4], "420 #3 pan-tilt drive +3 +0");
}

#[test]
fn what_is_not_the_newest_is_sent_again_under_a_new_number() {
    let mut line = losing(1, |_, words, _| words.starts_with("#1"));
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(50);
    line.wish(|client, at| client.zoom(at, ZoomDrive::Tele(2)));
    line.run(1000);
    let log = ["35 #1 pan-tilt drive +3 +0", "95 #2 zoom tele 2", "285 #3 pan-tilt drive +3 +0"];
    assert_eq!(line.log()[1..], log);
}

#[test]
fn a_camera_that_begins_a_new_life_is_reset_and_told_what_is_wanted() {
    let mut line = line();
    line.wish(|client, at| client.drive(at, pan(3)));
    line.wish(|client, at| client.zoom(at, ZoomDrive::Tele(2)));
    line.run(500);
    // It stands, and counts from elsewhere.
    line.camera.highest = Some(5000);
    (line.camera.drive, line.camera.zoom) = (Drive::STOP, ZoomDrive::Stop);
    line.wish(|client, at| client.inquire(at, Inquiry::PanTilt));
    line.run(2000);
    let log = line.log();
    assert_eq!(log[3..6], ["500 #3 pan-tilt position?", "535 #4 pan-tilt position?", "570 reset"]);
    assert_eq!((line.camera.drive, line.camera.zoom), (pan(3), ZoomDrive::Tele(2)), "{log:?}");
}

#[test]
fn a_stop_is_said_until_it_is_known_to_have_run() {
    for losses in 0..6 {
        let mut line = losing(losses, |_, words, _| words.ends_with("pan-tilt stop"));
        line.wish(|client, at| client.drive(at, pan(24)));
        line.run(100);
        line.wish(Controller::stop);
        line.run(5000);
        assert!(line.camera.stands() && line.stopped().is_some(), "{losses}: {:?}", line.log());
        // A round takes 60 ms for a stop that is not answered, 20 and a gap of 15 for the other one, and 150 until the
        // next one begins; a question may be under way then, 20 ms and a gap.
        let stood_at = line.camera.done.iter().find(|(_, _, c)| *c == Command::PanTilt(Drive::STOP)).unwrap().0;
        let budget = ms(100 + 10 + u64::from(losses) * (60 + 35 + 150 + 35));
        assert!(stood_at <= budget, "{losses}: {stood_at} > {budget}");
    }
}

#[test]
fn a_stop_of_one_motor_is_sent_again_under_its_number() {
    // The lens has another wish: only the head's stop is repeated, nothing is newer, and its number stays.
    let mut line = losing(2, |_, words, _| words.ends_with("pan-tilt stop"));
    line.run(0);
    line.wish(Controller::stop);
    line.wish(|client, at| client.zoom(at, ZoomDrive::Tele(0)));
    line.run(90);
    let zoom_first: Vec<String> = line.log();
    assert_eq!(zoom_first, ["0 reset", "35 #1 pan-tilt stop"]);
    line.run(3000);
    assert_eq!(line.camera.drive, Drive::STOP);
    let stops: Vec<String> = line.log().into_iter().filter(|words| words.ends_with("pan-tilt stop")).collect();
    assert_eq!(stops[1..3].iter().map(|s| &s[s.find('#').unwrap()..]).collect::<Vec<_>>(), ["#3 pan-tilt stop"; 2]);
}

#[test]
fn three_numbers_are_all_that_some_cameras_take() {
    let model = model_with(|quirks| quirks.sony = SonyHeader::OneToThree);
    let mut line = Line::of(model, Framing::Sony);
    line.camera.highest = None;
    for code in 1..=5 {
        line.wish(|client, at| client.drive(at, pan(code)));
        line.run(u64::from(code.unsigned_abs()) * 40);
    }
    let numbers: Vec<u32> = line.sent.iter().map(|(_, d)| Packet::parse(d.as_bytes()).unwrap().seq).collect();
    assert_eq!(numbers, [1, 2, 3, 1, 2]);
    assert_eq!(line.camera.drive, pan(5));
}

#[test]
fn a_number_that_such_a_camera_refuses_is_followed_by_the_next() {
    let model = model_with(|quirks| quirks.sony = SonyHeader::OneToThree);
    let mut line = Line::of(model, Framing::Sony);
    line.camera.highest = None;
    line.rule = Box::new(|_, now, _| if now < ms(20) { Fate::Drop } else { Fate::Pass });
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(20);
    let refusal = Packet { kind: Kind::ControlReply, seq: 1, payload: &[0x0F, 0x01] }.encode();
    let bytes = refusal.as_bytes();
    line.wish(|client, at| client.handle_input(tiltyard_visca::ControllerInput::Bytes { at, bytes }));
    line.run(200);
    assert_eq!(line.log(), ["0 #1 pan-tilt drive +3 +0", "35 #2 pan-tilt drive +3 +0"]);
    assert_eq!(line.camera.drive, pan(3));
}

#[test]
fn a_reply_to_an_older_number_acknowledges_nothing_newer() {
    // Both replies to the first drive come 200 ms late, when the second one, which is lost, is open.
    let mut line = line().with(|way, now, datagram| match way {
        Way::ToClient if Packet::parse(datagram.as_bytes()).unwrap().seq == 1 => Fate::Late(200),
        Way::ToCamera if now > ms(90) && now < ms(200) => Fate::Drop,
        _ => Fate::Pass,
    });
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(50);
    line.wish(|client, at| client.drive(at, pan(4)));
    line.run(260);
    assert_eq!(line.camera.drive, pan(3));
    assert_eq!(line.news()[..1], [ControllerEvent::Acked { what: drive(3) }]);
    line.run(1000);
    assert_eq!(line.log()[2..], ["95 #2 pan-tilt drive +4 +0", "345 #2 pan-tilt drive +4 +0"]);
    assert_eq!(line.camera.drive, pan(4));
}

#[test]
fn what_is_no_packet_is_counted_and_survived() {
    let mut line = line();
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(200);
    for bytes in [
        &[0x90, 0x41, 0xFF][..],
        &[1, 0x11, 0, 9, 0, 0, 0, 1, 0x90],
        &[9, 9, 0, 1, 0, 0, 0, 1, 0x90],
        &[2, 0, 0, 1, 0, 0, 0, 1, 1],
        &[2, 1, 0, 1, 0, 0, 0, 1, 7],
        &[2, 1, 0, 2, 0, 0, 0, 77, 0x0F, 1],
    ] {
        line.wish(|client, at| client.handle_input(tiltyard_visca::ControllerInput::Bytes { at, bytes }));
    }
    assert_eq!(line.client.counters().misbehaved, 6);
    line.wish(|client, at| client.drive(at, pan(4)));
    line.run(300);
    assert_eq!(line.camera.drive, pan(4));
}

fn told_if_message(datagram: &Datagram) -> String {
    Message::of(datagram).map_or_else(String::new, |_| told(datagram))
}

/// Loses one in five, doubles one in ten, delays one in five by up to 300 ms. A RESET is not late: behind one that is a
/// drive that is late, too, would run once more, and no client could know.
fn noisy(seed: u64) -> Line {
    let mut dice = Dice::new(seed);
    line().with(move |_, _, datagram| match dice.roll(10) {
        1..=4 if Packet::parse(datagram.as_bytes()).unwrap().kind == Kind::Control => Fate::Pass,
        0 | 1 => Fate::Drop,
        2 => Fate::Twice,
        3 | 4 => Fate::Late(dice.roll(300)),
        _ => Fate::Pass,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever the line does, the last wish is what the camera does when the line is calm again, and without a wish
    /// that would repeat it.
    #[test]
    fn after_any_noise_the_last_drive_holds(seed in any::<u64>(), codes in prop::collection::vec(-24_i8..=24, 1..30)) {
        let mut line = noisy(seed);
        for (step, &code) in codes.iter().enumerate() {
            line.wish(|client, at| client.drive(at, pan(code)));
            line.wish(|client, at| client.zoom(at, ZoomDrive::Tele(code.unsigned_abs() % 8)));
            line.run(33 * (step as u64 + 1));
        }
        line.rule = Box::new(|_, _, _| Fate::Pass);
        let last = codes[codes.len() - 1];
        line.run(33 * codes.len() as u64 + 2000);
        prop_assert_eq!(line.camera.drive, pan(last), "{:?}", line.log());
        prop_assert_eq!(line.camera.zoom, ZoomDrive::Tele(last.unsigned_abs() % 8));
    }

    #[test]
    fn after_any_noise_a_stop_is_proved(seed in any::<u64>(), codes in prop::collection::vec(-24_i8..=24, 1..30)) {
        let mut line = noisy(seed);
        for (step, &code) in codes.iter().enumerate() {
            line.wish(|client, at| client.drive(at, pan(code)));
            line.run(33 * (step as u64 + 1));
        }
        line.wish(Controller::stop);
        let begun = line.now;
        line.run(begun.as_nanos() / 1_000_000 + 1000);
        line.rule = Box::new(|_, _, _| Fate::Pass);
        line.run(begun.as_nanos() / 1_000_000 + 5000);
        prop_assert!(line.camera.stands() && line.stopped().is_some(), "{:?}", line.log());
    }

    /// A message under an old number never runs after a newer one: the camera sees to it. So the drives that ran are in
    /// the order in which they were wanted, as long as nobody begins to count anew.
    #[test]
    fn drives_run_in_order(seed in any::<u64>()) {
        let mut line = noisy(seed);
        for code in 1..=24 {
            line.wish(|client, at| client.drive(at, pan(code)));
            line.run(40 * u64::from(code.unsigned_abs()));
        }
        if line.log().iter().filter(|words| words.ends_with("reset")).count() > 1 {
            return Ok(());
        }
        let ran: Vec<i8> = line.camera.done.iter().filter_map(|(_, _, command)| match command {
            Command::PanTilt(drive) => Some(drive.pan_code),
            _ => None,
        }).collect();
        prop_assert!(ran.is_sorted(), "{ran:?}");
    }
}

#[test]
fn the_clock_of_the_client_is_the_callers() {
    let mut line = line();
    line.wish(|client, _| client.drive(SimTime::from_millis(100), pan(1)));
    assert_eq!(line.sent.len(), 1);
}
