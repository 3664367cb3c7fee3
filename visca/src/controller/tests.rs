//! The client alone, byte for byte: what it sends when, and whose reply it takes a reply for.

use core::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::testing::model;
use crate::{Address, Answer, Message, Refusal, Reply};

fn ms(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

fn pan(pan_code: i8) -> Drive {
    Drive { pan_code, tilt_code: 0 }
}

fn pan_command(pan_code: i8) -> Command {
    Command::PanTilt(pan(pan_code))
}

/// A client; what it sends and reports is drained after every step.
struct Bench {
    client: Controller,
    sent: Vec<(SimTime, Message)>,
    events: Vec<ControllerEvent>,
    now: SimTime,
    wake: Option<SimTime>,
}

impl Bench {
    fn new(config: ControllerConfig) -> Self {
        let client = Controller::new(model(), config);
        Self { client, sent: vec![], events: vec![], now: SimTime::ZERO, wake: None }
    }

    /// Lets time pass until `at`, ticking when the client wants it, then does `act`.
    fn at(&mut self, at: u64, act: impl FnOnce(&mut Controller, SimTime)) {
        while let Some(wake) = self.wake.filter(|wake| *wake <= ms(at)) {
            self.now = wake;
            self.client.handle_input(ControllerInput::Tick { at: wake });
            self.drain();
        }
        self.now = ms(at);
        act(&mut self.client, ms(at));
        self.drain();
    }

    fn replies(&mut self, at: u64, replies: &[Reply]) {
        let bytes: Vec<u8> = replies.iter().flat_map(|r| r.encode(Address::ONE).as_bytes().to_vec()).collect();
        self.at(at, |client, at| client.handle_input(ControllerInput::Bytes { at, bytes: &bytes }));
    }

    /// ACK and completion, back to back.
    fn done(&mut self, at: u64, socket: u8) {
        self.replies(at, &[Reply::Ack { socket }, Reply::Completion { socket }]);
    }

    fn drain(&mut self) {
        loop {
            match self.client.poll_output() {
                ControllerOutput::Transmit(datagram) => {
                    self.sent.push((self.now, Message::of(&datagram).unwrap()));
                }
                ControllerOutput::Event(event) => self.events.push(event),
                ControllerOutput::WaitUntil(wake) => {
                    assert!(wake.is_none_or(|wake| wake > self.now), "what is due is done: {wake:?} at {}", self.now);
                    self.wake = wake;
                    return;
                }
            }
        }
    }

    /// What was sent, as "time \[ms\] message".
    fn log(&self) -> Vec<String> {
        self.sent.iter().map(|(at, message)| format!("{} {message}", at.as_nanos() / 1_000_000)).collect()
    }
}

#[test]
fn a_newer_drive_replaces_one_that_waits_for_the_reply() {
    let mut bench = Bench::new(ControllerConfig::default());
    for code in 1..=4_i8 {
        bench.at(u64::from(code.unsigned_abs()), |client, at| client.drive(at, pan(code)));
    }
    bench.done(30, 1);
    bench.at(100, |_, _| {});
    // The reply at 30 ms is followed by the gap of 15 ms.
    assert_eq!(bench.log(), ["1 pan-tilt drive +1 +0", "45 pan-tilt drive +4 +0"]);
    assert_eq!(bench.client.last_drive_sent(), Some((ms(45), pan(4))));
}

#[test]
fn a_drive_that_is_acknowledged_is_not_said_twice() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(0, |client, at| client.drive(at, pan(1)));
    bench.done(30, 1);
    bench.at(100, |client, at| client.drive(at, pan(1)));
    bench.at(1000, |_, _| {});
    assert_eq!(bench.log(), ["0 pan-tilt drive +1 +0"]);
    assert_eq!(
        bench.events,
        [ControllerEvent::Acked { what: pan_command(1) }, ControllerEvent::Completed { what: pan_command(1) }]
    );
}

#[test]
fn a_drive_whose_ack_is_lost_is_said_again() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(0, |client, at| client.drive(at, pan(1)));
    bench.at(260, |_, _| {});
    assert_eq!(bench.log(), ["0 pan-tilt drive +1 +0", "250 pan-tilt drive +1 +0"]);
    assert_eq!(bench.events, [ControllerEvent::Lost { what: Message::Command(pan_command(1)) }]);
}

#[test]
fn a_newer_drive_overtakes_an_outstanding_reply_after_a_while() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(0, |client, at| client.drive(at, pan(1)));
    bench.at(33, |client, at| client.drive(at, pan(2)));
    bench.at(70, |_, _| {});
    assert_eq!(bench.log(), ["0 pan-tilt drive +1 +0", "60 pan-tilt drive +2 +0"]);
    // One ACK proves the older one only. The newer one is lost 250 ms after it was sent, and said again.
    bench.done(100, 1);
    bench.at(320, |_, _| {});
    assert_eq!(bench.log()[2..], ["310 pan-tilt drive +2 +0"]);
    bench.done(340, 2);
    bench.at(1000, |client, at| client.drive(at, pan(2)));
    assert_eq!(bench.sent.len(), 3, "now it is proved");
}

#[test]
fn after_an_overtaken_loss_the_stream_flows_at_full_rate() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(0, |client, at| client.drive(at, pan(1)));
    // The first reply is lost. From the second on each drive is acknowledged 30 ms after it was sent.
    bench.at(33, |client, at| client.drive(at, pan(2)));
    for code in 2..12_i8 {
        let at = 60 + 45 * (u64::from(code.unsigned_abs()) - 2);
        bench.at(at + 10, |client, at| client.drive(at, pan(code + 1)));
        bench.done(at + 30, 1);
    }
    // One every 30 + 15 = 45 ms, not every 60.
    let times: Vec<u64> = bench.sent.iter().map(|(at, _)| at.as_nanos() / 1_000_000).collect();
    assert_eq!(times, [0, 60, 105, 150, 195, 240, 285, 330, 375, 420, 465]);
}

#[test]
fn inquiries_and_drives_take_turns() {
    let poll = Some(Duration::from_millis(10));
    let mut bench = Bench::new(ControllerConfig { poll, ..ControllerConfig::default() });
    bench.at(0, |client, at| client.drive(at, pan(1)));
    let mut code = 1;
    for step in 1..=60 {
        // A camera that answers everything 30 ms after it was sent, and a new drive every 10 ms.
        code = if code == 24 { 1 } else { code + 1 };
        bench.at(step * 10, |client, at| client.drive(at, pan(code)));
        let &(at, message) = bench.sent.last().unwrap();
        if step * 10 >= at.as_nanos() / 1_000_000 + 30 && bench.client.flight.awaited_since().is_some() {
            match message {
                Message::Command(_) => bench.done(step * 10, 1),
                Message::Inquiry(Inquiry::PanTilt) => {
                    let answer = Answer::PanTilt { pan_units: 0, tilt_units: 0 };
                    bench.replies(step * 10, &[Reply::Answer(answer.payload(Dialect::default()))]);
                }
                Message::Inquiry(_) => {
                    bench.replies(step * 10, &[Reply::Answer(Answer::Zoom { units: 0 }.payload(Dialect::default()))]);
                }
            }
        }
    }
    let kinds: Vec<char> = bench
        .sent
        .iter()
        .map(|(_, message)| match message {
            Message::Command(_) => 'd',
            Message::Inquiry(Inquiry::PanTilt) => 'p',
            Message::Inquiry(_) => 'z',
        })
        .collect();
    let kinds = String::from_iter(kinds);
    assert!(kinds.starts_with("dpdzdpdzdpdz"), "{kinds}");
}

#[test]
fn positions_carry_the_times_of_question_and_answer() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(5, |client, at| client.inquire(at, Inquiry::PanTilt));
    // 0090 is 144 units or 10°, FFB8 is −72 or −5°.
    let bytes = [0x90, 0x50, 0x00, 0x00, 0x09, 0x00, 0x0F, 0x0F, 0x0B, 0x08, 0xFF];
    bench.at(60, |client, at| client.handle_input(ControllerInput::Bytes { at, bytes: &bytes[..5] }));
    bench.at(75, |client, at| client.handle_input(ControllerInput::Bytes { at, bytes: &bytes[5..] }));
    let expected = ControllerEvent::PanTilt { asked_at: ms(5), answered_at: ms(75), pan_deg: 10.0, tilt_deg: -5.0 };
    assert_eq!(bench.events, [expected]);
}

#[test]
fn a_stop_overtakes_all_that_waits_and_is_proved_by_two_equal_readings() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(0, |client, at| client.drive(at, pan(9)));
    bench.at(1, |client, at| client.move_to(at, 30.0, 0.0, MoveSpeed { pan_code: 24, tilt_code: 20 }));
    bench.at(2, |client, at| client.zoom_to(at, 0x1000));
    bench.at(3, Controller::stop);
    bench.done(30, 1); // the drive
    bench.done(65, 2); // head stop, sent at 45
    bench.done(100, 1); // zoom stop, sent at 80
    assert_eq!(bench.log(), ["0 pan-tilt drive +9 +0", "45 pan-tilt stop", "80 zoom stop"]);
    assert!(bench.client.is_stopping());
    let mut answer = |at, answer: Answer| bench.replies(at, &[Reply::Answer(answer.payload(Dialect::default()))]);
    let head = Answer::PanTilt { pan_units: 70, tilt_units: 0 };
    let zoom = Answer::Zoom { units: 0 };
    answer(140, head); // asked at 115
    answer(180, zoom); // asked at 155
    // Asked at 195, 55 ms after the first reading came. The slowest tilt, 1 deg/s or 14.4 units/s, takes 69 ms for one
    // unit: no proof yet. The second round begins 150 ms after the zoom stop, at 230, and waits for the gap.
    answer(220, head);
    bench.done(250, 2);
    bench.done(280, 1);
    bench.replies(320, &[Reply::Answer(zoom.payload(Dialect::default()))]);
    assert!(bench.client.is_stopping());
    bench.replies(360, &[Reply::Answer(head.payload(Dialect::default()))]);
    assert_eq!(
        bench.log()[3..],
        [
            "115 pan-tilt position?",
            "155 zoom position?",
            "195 pan-tilt position?",
            "235 pan-tilt stop",
            "265 zoom stop",
            "295 zoom position?",
            "335 pan-tilt position?"
        ]
    );
    assert_eq!(bench.events.last(), Some(&ControllerEvent::Stopped { at: ms(360) }));
    assert!(!bench.client.is_stopping());
}

#[test]
fn a_stop_without_any_reply_is_repeated_for_ever_with_cancels_between() {
    let mut bench = Bench::new(ControllerConfig { stop_tries: 2, ..ControllerConfig::default() });
    bench.at(0, Controller::stop);
    bench.at(700, |_, _| {});
    // No reply ever: each message waits 60 ms for the one before, a round begins 150 ms after the last word of the one
    // before, and after two rounds both sockets are cancelled.
    assert_eq!(
        bench.log(),
        [
            "0 pan-tilt stop",
            "60 zoom stop",
            "210 pan-tilt stop",
            "270 zoom stop",
            "420 cancel 1",
            "480 cancel 2",
            "540 pan-tilt stop",
            "600 zoom stop",
        ]
    );
    assert_eq!(bench.client.counters().stops_sent, 6);
}

#[test]
fn while_another_has_the_line_nothing_is_said_and_nothing_is_lost() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(0, |client, at| client.drive(at, pan(3)));
    bench.at(20, Controller::disconnected);
    let (sent, counters) = (bench.sent.len(), bench.client.counters());
    bench.at(30, |client, at| client.drive(at, pan(4)));
    bench.at(40, Controller::stop);
    bench.at(50, |client, at| client.inquire(at, Inquiry::Zoom));
    // The replies to whoever has the line now.
    bench.done(60, 1);
    bench.at(3000, |client, at| client.drive(at, pan(5)));
    assert_eq!((bench.sent.len(), bench.wake, bench.client.counters()), (sent, None, counters));
    bench.at(3010, Controller::reconnected);
    bench.done(3020, 1);
    bench.done(3050, 1);
    // Nobody answers the question: the drive waits 60 ms for it.
    bench.at(3150, |_, _| {});
    let after = ["3010 pan-tilt stop", "3035 zoom stop", "3065 zoom position?", "3125 pan-tilt drive +5 +0"];
    assert_eq!(bench.log()[sent..], after, "STOP first, then what is wanted");
}

#[test]
fn a_lost_stop_is_repeated_by_the_rounds_alone() {
    let stop_repeat = Duration::from_millis(400);
    let mut bench = Bench::new(ControllerConfig { stop_repeat, ..ControllerConfig::default() });
    bench.at(0, Controller::stop);
    bench.at(500, |_, _| {});
    // Both are given up at 250 and 310; the second round begins at 460.
    assert_eq!(bench.log(), ["0 pan-tilt stop", "60 zoom stop", "460 pan-tilt stop"]);
    assert_eq!(bench.client.counters().lost, 2);
}

#[test]
fn a_stop_that_cannot_be_executed_is_followed_by_cancels() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(0, Controller::stop);
    bench.replies(20, &[Reply::Error { socket: 1, kind: Refusal::NotExecutable }]);
    bench.done(60, 1);
    bench.at(240, |_, _| {});
    // The zoom stop leaves 15 ms after the refusal; the next round 150 ms later begins with Cancel.
    // Meanwhile the zoom's position is asked for, which it does not answer.
    assert_eq!(bench.log(), ["0 pan-tilt stop", "35 zoom stop", "75 zoom position?", "185 cancel 1"]);
}

#[test]
fn a_drive_takes_the_head_over_from_a_stop() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(0, Controller::stop);
    bench.at(10, |client, at| client.drive(at, Drive::STOP));
    assert!(bench.client.is_stopping(), "a stop is no newer wish");
    bench.at(20, |client, at| client.drive(at, pan(5)));
    bench.done(30, 1);
    bench.done(70, 2);
    bench.at(90, |_, _| {});
    assert_eq!(bench.log(), ["0 pan-tilt stop", "45 zoom stop", "85 pan-tilt drive +5 +0"]);
}

#[test]
fn a_full_buffer_is_tried_again_and_a_syntax_error_is_not() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(0, |client, at| client.drive(at, pan(1)));
    bench.replies(20, &[Reply::Error { socket: 0, kind: Refusal::BufferFull }]);
    bench.at(40, |_, _| {});
    assert_eq!(bench.log(), ["0 pan-tilt drive +1 +0", "35 pan-tilt drive +1 +0"]);
    bench.replies(60, &[Reply::Error { socket: 0, kind: Refusal::Syntax }]);
    bench.at(1000, |_, _| {});
    assert_eq!(bench.sent.len(), 2);
    assert_eq!(bench.client.counters().refused, 2);
    let what = Some(Message::Command(pan_command(1)));
    assert_eq!(bench.events[1], ControllerEvent::Refused { what, error: Refusal::Syntax });
}

#[test]
fn odd_replies_are_counted_and_survived() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(0, |client, at| client.drive(at, pan(1)));
    // PTZOptics G3 answers as camera 2: taken, and noted.
    bench.at(20, |client, at| client.handle_input(ControllerInput::Bytes { at, bytes: &[0xA0, 0x41, 0xFF] }));
    // The same again, and a completion of a socket that nobody has; an answer to no question; no reply; noise.
    let junk = [0x90, 0x41, 0xFF, 0x90, 0x57, 0xFF, 0x90, 0x50, 0x01, 0xFF, 0x81, 0x01, 0xFF, 0x05, 0x06, 0xFF];
    bench.at(30, |client, at| client.handle_input(ControllerInput::Bytes { at, bytes: &junk }));
    assert_eq!(bench.events.len(), 7, "{:?}", bench.events);
    assert_eq!(bench.client.counters(), Counters { sent: 1, acked: 1, misbehaved: 6, ..Counters::default() });
    bench.at(31, |client, at| client.drive(at, pan(2)));
    bench.at(36, |_, _| {});
    assert_eq!(bench.log()[1..], ["35 pan-tilt drive +2 +0"], "the gap counts from the reply that was one");
}

#[test]
fn wishes_saturate_at_the_model() {
    let mut bench = Bench::new(ControllerConfig::default());
    bench.at(0, |client, at| client.drive(at, Drive { pan_code: i8::MIN, tilt_code: 127 }));
    bench.done(20, 1);
    bench.at(100, |client, at| client.move_to(at, 999.0, -999.0, MoveSpeed { pan_code: 0, tilt_code: 99 }));
    // 170° and −30° by 14.4 units.
    assert_eq!(bench.log(), ["0 pan-tilt drive -24 +20", "100 pan-tilt to 2448 -432 at 1 20"]);
}

proptest! {
    #[test]
    fn no_bytes_and_no_wishes_upset_the_client(
        steps in prop::collection::vec((0_u64..40, 0_u8..8, -24_i8..=24, prop::collection::vec(any::<u8>(), 0..12)), 0..120),
    ) {
        let poll = Some(Duration::from_millis(50));
        let mut bench = Bench::new(ControllerConfig { poll, ..ControllerConfig::default() });
        let mut now = 0;
        for (wait, kind, code, bytes) in steps {
            now += wait;
            bench.at(now, |client, at| match kind {
                0 => client.drive(at, pan(code)),
                1 => client.zoom(at, ZoomDrive::Tele(code.unsigned_abs())),
                2 => client.stop(at),
                3 => client.home(at),
                4 => client.handle_input(ControllerInput::Bytes { at, bytes: &[0x90, 0x41, 0xFF, 0x90, 0x51, 0xFF] }),
                _ => client.handle_input(ControllerInput::Bytes { at, bytes: &bytes }),
            });
        }
    }
}
