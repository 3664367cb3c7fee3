//! What models do their own way: each quirk, on and off.

use core::time::Duration;

use super::*;

const NOTHING: [&str; 0] = [];

#[test]
fn commands_are_taken_up_once_a_video_cycle() {
    let at = |cycle: u64| {
        let mut bench = Bench::with(|quirks| quirks.v_cycle = Duration::from_millis(cycle));
        bench.hears(45, DRIVE);
        let DeviceOutput::WaitUntil(Some(at)) = bench.camera.poll_output() else { panic!("nothing is due") };
        at
    };
    // ACK after 20 ms: at once, from the cycle that begins at 60 ms, and within one cycle where that is shorter.
    assert_eq!([at(0), at(30), at(10)], [ms(65), ms(80), ms(60)]);
}

#[test]
fn requests_too_soon_after_a_reply_are_lost() {
    let heard = |deaf: u64, at: u64| {
        let mut bench = Bench::with(|quirks| quirks.deaf_after_reply = Duration::from_millis(deaf));
        bench.hears(0, DRIVE);
        bench.tick(20);
        bench.asked(at, Inquiry::Power);
        let other = Peer { number: 1, ..SERIAL };
        bench.from(other, at, Inquiry::Power.encode(Address::ONE).as_bytes());
        bench.tick(at + 70)
    };
    let (ours, others) = ("90 50 02 FF", "to 1: 90 50 02 FF");
    assert_eq!(heard(0, 20), [ours, others]);
    assert_eq!(heard(8, 27), [others], "the other was not spoken to");
    assert_eq!(heard(8, 28), [ours, others]);
}

#[test]
fn a_move_may_bar_drives_and_their_stop() {
    let stopped = |drive_ends_move| {
        let mut bench = Bench::with(|quirks| quirks.drive_ends_move = drive_ends_move);
        bench.hears(0, MOVE);
        bench.tick(20);
        bench.hears(100, HEAD_STOP);
        bench.tick(120)
    };
    assert_eq!(stopped(true), ["90 51 FF", "stop", "90 42 FF", "90 52 FF"]);
    assert_eq!(stopped(false), ["90 62 41 FF"]);
    // Cancel is the way out, after which drives are taken; the zoom was never barred.
    let mut bench = Bench::with(|quirks| quirks.drive_ends_move = false);
    bench.hears(0, MOVE);
    bench.tick(20);
    bench.hears(100, Command::ZoomTele);
    assert_eq!(bench.tick(120)[0], "zoom 400");
    bench.hears(150, Command::Cancel { socket: 1 });
    assert_eq!(bench.tick(170), ["stop", "90 61 04 FF"]);
    bench.hears(200, DRIVE);
    assert_eq!(bench.tick(220)[0], "turn 6 0");
}

#[test]
fn cancel_may_be_unknown() {
    let cancelled = |cancels| {
        let mut bench = Bench::with(|quirks| quirks.cancels = cancels);
        bench.hears(0, MOVE);
        bench.tick(20);
        bench.hears(100, Command::Cancel { socket: 1 });
        (bench.tick(120), bench.done(900, Motor::PanTilt))
    };
    assert_eq!(cancelled(true), (vec!["stop".into(), "90 61 04 FF".into()], vec![]));
    assert_eq!(cancelled(false), (vec!["90 60 02 FF".into()], vec!["90 51 FF".into()]), "the motion goes on");
}

#[test]
fn speed_zero_may_be_the_slowest_speed_or_an_error() {
    // obs-ptz #40: a BRC-300 refuses it in a STOP, too.
    let said = |takes_speed_zero| {
        let mut bench = Bench::with(|quirks| quirks.takes_speed_zero = takes_speed_zero);
        bench.bytes(0, &[0x81, 1, 6, 1, 0, 0, 2, 1, 0xFF]);
        let mut said = bench.tick(20);
        bench.bytes(100, &[0x81, 1, 6, 1, 0, 0, 3, 3, 0xFF]);
        said.extend(bench.tick(120));
        said
    };
    assert_eq!(said(true), ["turn 2 1", "90 41 FF", "90 51 FF", "stop", "90 42 FF", "90 52 FF"]);
    assert_eq!(said(false), ["90 60 02 FF", "90 60 02 FF"]);
}

#[test]
fn completions_may_be_missing() {
    let said = |completes| {
        let mut bench = Bench::with(|quirks| quirks.completes = completes);
        bench.hears(0, MOVE);
        bench.tick(20);
        let mut said = bench.done(900, Motor::PanTilt);
        bench.hears(1000, DRIVE);
        said.extend(bench.tick(1020));
        said
    };
    assert_eq!(said(true), ["90 51 FF", "turn 6 0", "90 42 FF", "90 52 FF"]);
    assert_eq!(said(false), ["turn 6 0", "90 42 FF"]);
}

#[test]
fn inquiries_may_need_a_free_socket() {
    let asked = |inquiries_take_sockets| {
        let mut bench = Bench::with(|quirks| quirks.inquiries_take_sockets = inquiries_take_sockets);
        bench.hears(0, MOVE);
        bench.hears(0, ZOOM_MOVE);
        bench.tick(20);
        bench.asked(100, Inquiry::Power);
        bench.tick(170)
    };
    assert_eq!(asked(false), ["90 50 02 FF"]);
    assert_eq!(asked(true), ["90 60 03 FF"]);
}

#[test]
fn replies_may_come_from_another_number() {
    // PTZOptics G3, firmware SOC 9.1.35.
    let said = |replies_as| {
        let mut bench = Bench::with(|quirks| quirks.replies_as = replies_as);
        bench.hears(0, DRIVE);
        bench.tick(20).split_off(1)
    };
    assert_eq!(said(None), ["90 41 FF", "90 51 FF"]);
    assert_eq!(said(Address::new(2)), ["A0 41 FF", "A0 51 FF"]);
}

#[test]
fn the_last_to_speak_may_be_the_only_one_to_hear() {
    let said = |one_client| {
        let mut bench = Bench::with(|quirks| quirks.one_client = one_client);
        bench.hears(0, MOVE);
        let other = Peer { number: 1, ..SERIAL };
        bench.from(other, 10, Inquiry::Power.encode(Address::ONE).as_bytes());
        bench.tick(80)
    };
    assert_eq!(said(false), ["turn to 10 0", "90 41 FF", "to 1: 90 50 02 FF"]);
    assert_eq!(said(true), ["turn to 10 0", "to 1: 90 50 02 FF"]);
}

#[test]
fn a_syntax_error_may_come_that_nobody_asked_for() {
    let strays = |every| {
        let mut bench = Bench::with(|quirks| quirks.stray_error_every = every);
        let mut said = Vec::new();
        for n in 0..4 {
            bench.hears(100 * n, DRIVE);
            said.extend(bench.tick(100 * n + 20));
        }
        said.iter().filter(|line| *line == "90 60 02 FF").count()
    };
    assert_eq!([strays(0), strays(2), strays(1)], [0, 2, 4]);
}

#[test]
fn the_version_is_the_models() {
    let version = |version| {
        let mut bench = Bench::with(|quirks| quirks.version = version);
        bench.asked(0, Inquiry::Version);
        bench.tick(70)
    };
    assert_eq!(version([0, 0, 1]), ["90 50 00 00 00 00 00 01 02 FF"]);
    assert_eq!(version([0x0020, 0x0511, 0x0102]), ["90 50 00 20 05 11 01 02 02 FF"]);
}

#[test]
fn coming_up_takes_its_time() {
    let drives = |seconds: u64, at: u64| {
        let mut bench = Bench::with(|quirks| quirks.initialises_for = Duration::from_secs(seconds));
        bench.camera.restart(ms(0));
        let begun = bench.drain();
        bench.tick(at);
        bench.hears(at, DRIVE);
        let mut said = bench.tick(at + 20);
        said.truncate(1);
        (begun, said)
    };
    let at_once = vec!["stop".to_owned(), "zoom stop".to_owned()];
    let seeking = [at_once.clone(), vec!["turn to 0 0".to_owned()]].concat();
    assert_eq!(drives(0, 100), (at_once, vec!["turn 6 0".to_owned()]));
    assert_eq!(drives(7, 100), (seeking.clone(), vec!["90 61 41 FF".to_owned()]));
    assert_eq!(drives(7, 7000), (seeking, vec!["turn 6 0".to_owned()]));
    // Questions are answered meanwhile, and nothing is left to cancel.
    let mut bench = Bench::with(|quirks| quirks.initialises_for = Duration::from_secs(7));
    bench.camera.restart(ms(0));
    bench.drain();
    bench.asked(100, Inquiry::Power);
    bench.hears(150, Command::Cancel { socket: 1 });
    assert_eq!(bench.tick(170), ["90 50 02 FF", "90 61 05 FF"]);
    assert_eq!(bench.tick(7000), NOTHING);
}
