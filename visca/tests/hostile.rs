//! The client on bare frames against lines and cameras that are not nice: what is said first, what is said again, and
//! what it puts up with.
//!
//! Against a camera of few lines. One way takes 10 ms, the reply comes at once: 20 ms from a message to its reply, a
//! gap of 15 ms, 250 ms to a time-out, 60 ms until a newer wish no longer waits.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use common::link::{Fate, Line, Way, told};
use common::{Dice, model, model_with, ms, pan};
use core::time::Duration;
use proptest::prelude::*;
use tiltyard_visca::{
    Address, Command, Controller, ControllerConfig, ControllerEvent, ControllerInput, Datagram, Drive, Framing,
    Inquiry, Misbehaviour, MoveSpeed, Refusal, SimTime, ZoomDrive,
};

const FAST: MoveSpeed = MoveSpeed { pan_code: 24, tilt_code: 20 };

fn line() -> Line {
    Line::new(Framing::Datagrams)
}

/// Loses the first datagrams to the camera of which `is` is true.
fn losing(mut losses: u32, is: impl Fn(&str) -> bool + 'static) -> Line {
    line().with(move |way, _, datagram: &Datagram| {
        if losses > 0 && way == Way::ToCamera && is(&told(datagram)) {
            losses -= 1;
            return Fate::Drop;
        }
        Fate::Pass
    })
}

fn misbehaved(line: &Line) -> Vec<Misbehaviour> {
    let what = |event| match event {
        ControllerEvent::Misbehaved(what) => Some(what),
        _ => None,
    };
    line.news().into_iter().filter_map(what).collect()
}

#[test]
fn there_is_one_slot_for_drives_and_the_latest_wins() {
    let mut line = line();
    for code in 1..=20 {
        line.wish(|client, at| client.drive(at, pan(code)));
    }
    line.run(1000);
    assert_eq!(line.log(), ["0 pan-tilt drive +1 +0", "35 pan-tilt drive +20 +0"]);
}

#[test]
fn two_lost_stops_are_made_good_within_the_budget() {
    let mut line = losing(2, |words| words == "pan-tilt stop");
    line.wish(|client, at| client.drive(at, pan(24)));
    line.run(100);
    line.wish(Controller::stop);
    line.run(3000);
    let stood_at = line.camera.done.iter().find(|(_, _, c)| *c == Command::PanTilt(Drive::STOP)).unwrap().0;
    // A round: the head's stop without a reply 60 ms, the lens's 35, a pause of 150, and a question may be under way,
    // 35.
    assert!(stood_at <= ms(100 + 10 + 2 * (60 + 35 + 150 + 35)), "{stood_at}: {:?}", line.log());
    assert!(line.stopped().is_some() && line.camera.stands());
}

#[test]
fn a_stop_goes_before_all_that_waits() {
    let mut line = line();
    line.wish(|client, at| client.drive(at, pan(3)));
    line.wish(|client, at| client.move_to(at, 10.0, 0.0, FAST));
    line.wish(|client, at| client.zoom(at, ZoomDrive::Tele(3)));
    line.wish(|client, at| client.inquire(at, Inquiry::Version));
    line.wish(Controller::stop);
    line.run(3000);
    assert_eq!(line.log()[..3], ["0 pan-tilt drive +3 +0", "35 pan-tilt stop", "70 zoom stop"]);
    assert_eq!(line.camera.log()[..3], ["pan-tilt drive +3 +0", "pan-tilt stop", "zoom stop"]);
    assert!(!line.camera.log().iter().any(|words| words.contains("to ") || words.contains("tele")));
}

#[test]
fn a_stop_goes_on_when_another_motor_is_wanted_meanwhile() {
    // The head's stop is lost. Before the lens's turn comes, the lens has another wish.
    let mut line = losing(1, |words| words == "pan-tilt stop");
    line.wish(|client, at| client.drive(at, pan(24)));
    line.run(100);
    line.wish(Controller::stop);
    line.run(110);
    line.wish(|client, at| client.zoom(at, ZoomDrive::Tele(1)));
    line.run(3000);
    assert_eq!((line.camera.drive, line.camera.zoom), (Drive::STOP, ZoomDrive::Tele(1)), "{:?}", line.log());
}

#[test]
fn questions_take_turns() {
    let mut line = line();
    for inquiry in
        [Inquiry::PanTilt, Inquiry::Zoom, Inquiry::Version, Inquiry::Power, Inquiry::Focus, Inquiry::Block(2)]
    {
        line.wish(|client, at| client.inquire(at, inquiry));
        line.wish(|client, at| client.inquire(at, Inquiry::PanTilt));
    }
    line.run(1000);
    let asked: Vec<String> = line.log().iter().map(|words| words.split_once(' ').unwrap().1.to_owned()).collect();
    let all = [
        "pan-tilt position?",
        "zoom position?",
        "version?",
        "power?",
        "focus position?",
        "block 2?",
        "pan-tilt position?",
    ];
    assert_eq!(asked, all, "each once, none starves");
}

#[test]
fn a_stop_is_barred_during_a_move_and_cancel_ends_it() {
    // EVI-D80/D90: a drive, and with it a stop, is not executable while a position is sought.
    for quick in [false, true] {
        let mut line = Line::of(model_with(|quirks| quirks.drive_ends_move = !quick), Framing::Datagrams);
        line.wish(|client, at| client.move_to(at, 100.0, 0.0, FAST));
        line.run(100);
        line.wish(Controller::stop);
        line.run(3000);
        let log = line.log();
        // A model that is known to need it is cancelled at once, another at the beginning of the next round.
        let expected: &[&str] = if quick {
            &["100 pan-tilt stop", "135 cancel 1", "170 cancel 2", "205 pan-tilt stop", "240 zoom stop"]
        } else {
            &["100 pan-tilt stop", "135 zoom stop", "170 zoom position?"]
        };
        assert_eq!(log[1..=expected.len()], *expected, "{log:?}");
        assert!(log.iter().any(|words| words.ends_with("cancel 1")) && line.camera.stands(), "{log:?}");
        assert!(line.stopped().is_some(), "{log:?}");
    }
}

#[test]
fn a_stop_drive_that_is_barred_is_stopped_until_proved() {
    let mut line = Line::of(model_with(|quirks| quirks.drive_ends_move = false), Framing::Datagrams);
    line.wish(|client, at| client.move_to(at, 100.0, 0.0, FAST));
    line.run(100);
    line.wish(|client, at| client.drive(at, Drive::STOP));
    line.run(3000);
    assert!(line.camera.stands() && !line.client.is_stopping(), "{:?}", line.log());
}

#[test]
fn a_camera_that_knows_no_cancel_is_not_told_to() {
    // PTZOptics answers Cancel with a syntax error and goes on: the stop is all there is.
    let mut line = Line::of(model_with(|quirks| quirks.cancels = false), Framing::Datagrams);
    line.rule = Box::new(|way, now, _| if way == Way::ToCamera && now < ms(3000) { Fate::Drop } else { Fate::Pass });
    line.camera.cancels = false;
    line.camera.drive = pan(9);
    line.wish(Controller::stop);
    line.run(6000);
    assert!(!line.log().iter().any(|words| words.contains("cancel")), "{:?}", line.log());
    assert!(line.camera.stands() && line.stopped().is_some());
}

#[test]
fn a_camera_without_completions_fills_no_sockets() {
    let mut line = Line::of(model_with(|quirks| quirks.completes = false), Framing::Datagrams);
    line.camera.completes = false;
    for code in 1..=24 {
        line.wish(|client, at| client.drive(at, pan(code)));
        line.run(40 * u64::from(code.unsigned_abs()));
    }
    assert_eq!(line.camera.done.len(), 24);
    // A late error about a socket is about nothing that we know of.
    let error = [0x90, 0x61, 0x41, 0xFF];
    line.wish(|client, at| client.handle_input(ControllerInput::Bytes { at, bytes: &error }));
    let last = line.news().pop();
    assert_eq!(last, Some(ControllerEvent::Refused { what: None, error: Refusal::NotExecutable }));
}

#[test]
fn a_camera_that_is_deaf_after_a_reply_is_given_its_time() {
    let mut line =
        Line::of(model_with(|quirks| quirks.deaf_after_reply = Duration::from_millis(40)), Framing::Datagrams);
    line.wish(|client, at| client.drive(at, pan(1)));
    line.wish(|client, at| client.drive(at, pan(2)));
    line.run(1000);
    assert_eq!(line.log(), ["0 pan-tilt drive +1 +0", "60 pan-tilt drive +2 +0"]);
}

#[test]
fn replies_from_another_address_are_taken() {
    for known in [false, true] {
        let two = Address::new(2).unwrap();
        let mut line = Line::of(model_with(|quirks| quirks.replies_as = known.then_some(two)), Framing::Datagrams);
        line.camera.address = two;
        line.wish(|client, at| client.drive(at, pan(3)));
        line.run(1000);
        assert_eq!((line.client.counters().acked, line.client.counters().lost), (1, 0));
        assert_eq!(misbehaved(&line).len(), if known { 0 } else { 2 }, "noted unless it is known to do that");
    }
}

#[test]
fn split_replies_are_read() {
    for pieces in 1..4 {
        let mut line = line();
        line.pieces = pieces;
        line.wish(|client, at| client.drive(at, pan(3)));
        line.run(100);
        line.wish(|client, at| client.inquire(at, Inquiry::PanTilt));
        line.run(1000);
        assert_eq!((line.client.counters().acked, line.client.counters().completed), (1, 1));
        assert!(line.news().iter().any(|event| matches!(event, ControllerEvent::PanTilt { .. })));
        assert_eq!(misbehaved(&line), []);
    }
}

#[test]
fn coalesced_and_interleaved_replies_find_their_messages() {
    let mut line = line();
    line.rule = Box::new(|way, _, _| if way == Way::ToClient { Fate::Drop } else { Fate::Pass });
    line.wish(|client, at| client.move_to(at, 10.0, 0.0, FAST));
    line.run(60);
    line.wish(|client, at| client.zoom(at, ZoomDrive::Tele(1)));
    line.run(125);
    // Both ACKs, the lens's completion before the head's, in one piece.
    let bytes = [0x90, 0x41, 0xFF, 0x90, 0x42, 0xFF, 0x90, 0x52, 0xFF, 0x90, 0x51, 0xFF];
    line.wish(|client, at| client.handle_input(ControllerInput::Bytes { at, bytes: &bytes }));
    let completed = line.news().into_iter().filter_map(|event| match event {
        ControllerEvent::Completed { what } => Some(what.to_string()),
        _ => None,
    });
    let completed = completed.collect::<Vec<_>>();
    assert_eq!(completed, ["zoom tele 1", "pan-tilt to 100 0 at 24 20"]);
    assert_eq!(misbehaved(&line), []);
}

#[test]
fn a_late_reply_is_no_reply_to_what_came_after() {
    // The reply to the first question comes after its time-out; the second question has another form.
    let mut line =
        line().with(|way, now, _| if way == Way::ToClient && now < ms(50) { Fate::Late(300) } else { Fate::Pass });
    line.wish(|client, at| client.inquire(at, Inquiry::Zoom));
    line.run(280);
    line.wish(|client, at| client.inquire(at, Inquiry::PanTilt));
    line.run(1000);
    assert!(matches!(misbehaved(&line)[..], [Misbehaviour::UnexpectedAnswer(_)]), "{:?}", misbehaved(&line));
    let answered = line.news().iter().filter(|event| matches!(event, ControllerEvent::PanTilt { .. })).count();
    assert_eq!(answered, 1);
}

#[test]
fn a_refusal_of_nothing_that_is_open_tells_that_an_ack_was_mistaken() {
    // The first drive arrives twice and takes both sockets; the second one, sent meanwhile, finds none. What comes back
    // is two ACKs and an error.
    let mut line = line().with(|_, now, _| if now < ms(150) { Fate::Drop } else { Fate::Pass });
    line.wish(|client, at| client.drive(at, pan(1)));
    line.run(20);
    line.wish(|client, at| client.drive(at, pan(2)));
    line.run(100);
    let bytes = [0x90, 0x41, 0xFF, 0x90, 0x42, 0xFF, 0x90, 0x60, 0x03, 0xFF];
    line.wish(|client, at| client.handle_input(ControllerInput::Bytes { at, bytes: &bytes }));
    line.run(1000);
    assert_eq!(line.log()[2..], ["115 pan-tilt drive +2 +0", "365 pan-tilt drive +2 +0"]);
    assert_eq!(line.camera.drive, pan(2));
}

#[test]
fn doubled_replies_acknowledge_once() {
    let mut line = line().with(|way, _, _| if way == Way::ToClient { Fate::Twice } else { Fate::Pass });
    line.wish(|client, at| client.drive(at, pan(3)));
    line.run(1000);
    assert_eq!((line.client.counters().acked, line.client.counters().completed), (1, 1));
    assert_eq!(misbehaved(&line).len(), 2);
}

#[test]
fn after_a_reconnection_the_stop_goes_first_and_then_what_is_wanted() {
    for framing in [Framing::Stream, Framing::Datagrams, Framing::Sony] {
        let mut line = Line::new(framing);
        line.wish(|client, at| client.drive(at, pan(7)));
        line.wish(|client, at| client.zoom(at, ZoomDrive::Wide(3)));
        line.run(1000);
        let before = line.sent.len();
        line.wish(Controller::reconnected);
        line.run(2000);
        let said: Vec<String> = line.log()[before..]
            .iter()
            .filter(|words| !words.ends_with("reset"))
            .map(|words| last_words(words))
            .collect();
        assert_eq!(said, ["pan-tilt stop", "zoom stop", "pan-tilt drive +7 +0", "zoom wide 3"], "{framing:?}");
        assert_eq!((line.camera.drive, line.camera.zoom), (pan(7), ZoomDrive::Wide(3)));
        assert!(!line.client.is_stopping());
    }
}

#[test]
fn after_a_reconnection_what_nobody_wants_to_move_is_stopped_until_proved() {
    let mut line = losing(3, |words| words == "pan-tilt stop");
    line.camera.drive = pan(9); // someone else's, or from before
    line.wish(Controller::reconnected);
    line.run(5000);
    assert!(line.stopped().is_some() && line.camera.stands(), "{:?}", line.log());
}

#[test]
fn a_wish_after_a_reconnection_waits_until_the_stop_has_left() {
    let mut line = line();
    line.wish(|client, at| client.inquire(at, Inquiry::PanTilt));
    line.run(1000);
    let before = line.sent.len();
    line.wish(|client, at| {
        client.reconnected(at);
        client.drive(at, pan(5));
    });
    line.run(2000);
    let said: Vec<String> = line.log()[before..].iter().map(|words| last_words(words)).collect();
    assert_eq!(said[..3], ["pan-tilt stop", "zoom stop", "pan-tilt drive +5 +0"]);
}

#[test]
fn a_reconnection_forgets_what_was_under_way() {
    // A piece of a reply of the old connection, and replies that were due.
    let mut line =
        line().with(|way, now, _| if way == Way::ToClient && now < ms(100) { Fate::Drop } else { Fate::Pass });
    line.wish(|client, at| client.move_to(at, 100.0, 0.0, FAST));
    line.run(50);
    line.wish(|client, at| client.handle_input(ControllerInput::Bytes { at, bytes: &[0x90, 0x50, 0x01] }));
    line.camera.moving = None;
    line.wish(Controller::reconnected);
    let lost = line.news().iter().filter(|event| matches!(event, ControllerEvent::Lost { .. })).count();
    assert_eq!(lost, 1);
    line.run(2000);
    assert_eq!(misbehaved(&line), [], "the old piece is not read into a new reply");
    assert_eq!(
        line.camera.log().last().map(String::as_str),
        Some("pan-tilt to 1000 0 at 24 20"),
        "it was not heard of"
    );
}

#[test]
fn a_move_that_had_arrived_is_not_made_once_more_after_a_reconnection() {
    let mut line = line();
    line.wish(|client, at| client.move_to(at, 100.0, 0.0, FAST));
    line.run(100);
    line.camera.moving = None;
    line.wish(|client, at| client.handle_input(ControllerInput::Bytes { at, bytes: &[0x90, 0x51, 0xFF] }));
    line.wish(Controller::reconnected);
    line.run(3000);
    assert_eq!(line.camera.log().iter().filter(|words| words.contains(" to ")).count(), 1);
    assert!(line.stopped().is_some());
}

fn last_words(words: &str) -> String {
    let words = words.split_once(' ').unwrap().1;
    words.rsplit_once('#').map_or(words, |(_, words)| words.split_once(' ').unwrap().1).to_owned()
}

/// Loses one in five, doubles one in ten, delays one in ten by up to 100 ms; reads come in pieces.
fn noisy(seed: u64) -> Line {
    let mut dice = Dice::new(seed);
    let mut line = line().with(move |way, _, _| match dice.roll(10) {
        0 | 1 => Fate::Drop,
        2 => Fate::Twice,
        // Bare frames to the camera have no number: one that is late runs after a newer one, and no client could know.
        3 if way == Way::ToClient => Fate::Late(dice.roll(100)),
        _ => Fate::Pass,
    });
    line.pieces = 1 + seed as usize % 4;
    line
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn after_any_noise_a_stop_is_proved(seed in any::<u64>(), codes in prop::collection::vec(-24_i8..=24, 1..30)) {
        let mut line = noisy(seed);
        for (step, &code) in codes.iter().enumerate() {
            line.wish(|client, at| client.drive(at, pan(code)));
            // Away from the end at which the lens stands: there it would be proved to stand although it is told to run.
            line.wish(|client, at| client.zoom(at, ZoomDrive::Tele(code.unsigned_abs() % 8)));
            line.run(33 * (step as u64 + 1));
        }
        line.wish(Controller::stop);
        let begun = line.now.as_nanos() / 1_000_000;
        line.run(begun + 1000);
        line.rule = Box::new(|_, _, _| Fate::Pass);
        line.run(begun + 5000);
        prop_assert!(line.camera.stands() && line.stopped().is_some(), "{:?}", line.log());
    }

    /// A stop whose motors get other wishes while it is under way does not fall silent for the motor that has none.
    #[test]
    fn a_stop_goes_on_whatever_else_is_wanted(seed in any::<u64>(), zooms in prop::collection::vec(0_u8..8, 1..30)) {
        let mut line = noisy(seed);
        line.camera.drive = pan(24);
        line.wish(Controller::stop);
        for (step, &zoom) in zooms.iter().enumerate() {
            line.wish(|client, at| client.zoom(at, ZoomDrive::Tele(zoom)));
            line.run(33 * (step as u64 + 1));
        }
        line.rule = Box::new(|_, _, _| Fate::Pass);
        line.run(33 * zooms.len() as u64 + 3000);
        prop_assert_eq!(line.camera.drive, Drive::STOP, "{:?}", line.log());
    }

    #[test]
    fn any_bytes_at_any_time_leave_the_client_able_to_stop(
        steps in prop::collection::vec((0_u64..60, prop::collection::vec(any::<u8>(), 0..20), 0_u8..8), 0..60),
        sony in any::<bool>(),
    ) {
        let mut line = Line::of(model(), if sony { Framing::Sony } else { Framing::Datagrams });
        let (mut now, mut offline) = (0, false);
        for (wait, bytes, wish) in steps {
            now += wait;
            line.run(now);
            offline = wish == 4 || offline && wish != 1;
            line.wish(|client, at| match wish {
                0 => client.drive(at, pan(5)),
                1 => client.reconnected(at),
                2 => client.home(at),
                3 => client.stop(at),
                4 => client.disconnected(at),
                _ => client.handle_input(ControllerInput::Bytes { at, bytes: &bytes }),
            });
        }
        line.camera.moving = None;
        if offline {
            line.wish(Controller::reconnected);
        }
        // A stray FF ends what was begun.
        line.wish(|client, at| client.handle_input(ControllerInput::Bytes { at, bytes: &[0xFF] }));
        line.wish(Controller::stop);
        line.run(now + 6000);
        prop_assert!(line.camera.stands() && !line.client.is_stopping(), "{:?}", line.log());
    }
}

#[test]
fn a_stop_is_not_slower_under_a_stream_of_wishes() {
    let config = ControllerConfig { poll: Some(Duration::from_millis(50)), ..ControllerConfig::default() };
    let mut line = line();
    line.client = Controller::new(model(), config);
    for step in 0..30 {
        line.wish(|client, at| client.drive(at, pan(step % 24 + 1)));
        line.run(16 * (u64::from(step.unsigned_abs()) + 1));
    }
    let wanted_at = line.now;
    line.wish(Controller::stop);
    line.run(2000);
    let stood_at = line.camera.done.iter().find(|(_, _, c)| *c == Command::PanTilt(Drive::STOP)).unwrap().0;
    // It waits for one reply and the gap at most.
    assert!(stood_at <= wanted_at + Duration::from_millis(20 + 15 + 10), "{stood_at}");
    assert!(line.stopped().is_some_and(|at| at < SimTime::from_millis(2000)));
}
