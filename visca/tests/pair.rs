//! Both ends joined by a small link on virtual time: delay, loss, duplication, split reads.
//!
//! Goal: whatever the link does, what the stack wants ends up in the motors, and a stop is proved. Method: a head that
//! turns at the rate it is told, one event at a time in the order of their times, with a ceiling on the steps.
//! Numbers: ACK after 20 ms, answer after 70 ms, gap 15 ms, time-out 250 ms, one-way delay 10 ms unless a test says
//! otherwise.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use core::fmt::Write as _;
use core::time::Duration;
use std::collections::VecDeque;

use proptest::prelude::*;
use tiltyard_visca::model::{AxisModel, Model, Timing, ZoomModel};
use tiltyard_visca::{
    Address, Command, Controller, ControllerConfig, ControllerEvent, ControllerInput, ControllerOutput, Device,
    DeviceEvent, DeviceInput, DeviceOutput, Dialect, Drive, Frame, Inquiry, Motor, MoveSpeed, PanTiltMotion, Peer,
    Quirks, Readings, Refusal, SimTime, State, Visit, ZoomDrive, ZoomMotion,
};

const STEPS_MAX: usize = 20_000;

fn ms(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

fn pan(pan_code: i8) -> Drive {
    Drive { pan_code, tilt_code: 0 }
}

/// Pan code n turns at 2n deg/s, tilt code n at n deg/s; ten units a degree; zoom p runs at 100 (p + 1) units/s.
fn model() -> Model {
    let axis = |step: f64, codes: i32, units_per_deg| AxisModel {
        speed_dps: (1..=codes).map(|code| step * f64::from(code)).collect(),
        units_per_deg,
        min_deg: -170.0,
        max_deg: 170.0,
    };
    let ms = Duration::from_millis;
    Model {
        pan: axis(2.0, 24, 10.0),
        tilt: axis(1.0, 20, 10.0),
        zoom: ZoomModel { tele_units: 0x4000, speed_units_per_s: (1..=8).map(|p| 100.0 * f64::from(p)).collect() },
        timing: Timing { ack: ms(20), inquiry: ms(70), gap: ms(15), reply_timeout: ms(250) },
        quirks: Quirks::default(),
    }
}

/// Which way a datagram goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    ToCamera,
    ToClient,
}

/// What the link does to a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Pass,
    Drop,
    /// Twice, 1 ms apart.
    Twice,
    /// In two reads, one after the other.
    Split,
}

type Rule = Box<dyn FnMut(Way, SimTime, &Frame) -> Fate>;

/// A head and a lens without inertia.
#[derive(Clone, Debug, Default)]
struct Body {
    at: SimTime,
    readings: Readings,
    pan_dps: f64,
    zoom_units_per_s: f64,
    /// Pan target and when it is reached.
    arrives: Option<(f64, SimTime)>,
}

impl Body {
    fn advance(&mut self, now: SimTime) {
        let dt = now.signed_secs_since(self.at);
        self.at = now;
        self.readings.pan_deg += self.pan_dps * dt;
        self.readings.zoom_units += self.zoom_units_per_s * dt;
    }

    fn obey(&mut self, event: DeviceEvent) {
        match event {
            DeviceEvent::PanTilt(PanTiltMotion::Velocity { pan_dps, .. }) => {
                (self.pan_dps, self.arrives) = (pan_dps, None);
            }
            DeviceEvent::PanTilt(PanTiltMotion::Position { pan_deg, pan_dps_max, .. }) => {
                let way = pan_deg - self.readings.pan_deg;
                self.pan_dps = if way < 0.0 { -pan_dps_max } else { pan_dps_max };
                self.arrives = Some((pan_deg, self.at + Duration::from_secs_f64(way.abs() / pan_dps_max)));
            }
            DeviceEvent::PanTilt(PanTiltMotion::Stop) => (self.pan_dps, self.arrives) = (0.0, None),
            DeviceEvent::Zoom(ZoomMotion::Velocity { units_per_s }) => self.zoom_units_per_s = units_per_s,
            DeviceEvent::Zoom(_) => self.zoom_units_per_s = 0.0,
        }
    }
}

/// Controller, link, device and body.
struct Pair {
    now: SimTime,
    client: Controller,
    camera: Device,
    body: Body,
    delay: Duration,
    rule: Rule,
    /// What leaves in one instant goes in one datagram.
    coalesce: bool,
    /// (arrival, way, bytes), by arrival and then by departure.
    wire: VecDeque<(SimTime, Way, Vec<u8>)>,
    client_wake: Option<SimTime>,
    camera_wake: Option<SimTime>,
    events: Vec<(SimTime, ControllerEvent)>,
    motions: Vec<(SimTime, DeviceEvent)>,
    datagrams: Vec<(SimTime, Way, Frame)>,
}

impl Pair {
    fn new(config: ControllerConfig) -> Self {
        Self {
            now: SimTime::ZERO,
            client: Controller::new(model(), config),
            camera: Device::new(model(), Address::ONE),
            body: Body::default(),
            delay: Duration::from_millis(10),
            rule: Box::new(|_, _, _| Fate::Pass),
            coalesce: false,
            wire: VecDeque::new(),
            client_wake: None,
            camera_wake: None,
            events: vec![],
            motions: vec![],
            datagrams: vec![],
        }
    }

    fn link(mut self, rule: impl FnMut(Way, SimTime, &Frame) -> Fate + 'static) -> Self {
        self.rule = Box::new(rule);
        self
    }

    /// Does `act` now.
    fn wish(&mut self, act: impl FnOnce(&mut Controller, SimTime)) {
        act(&mut self.client, self.now);
        self.drain();
    }

    /// Lets everything happen until `until`.
    fn drive_until(&mut self, until: SimTime) {
        self.run(Some(until));
        self.now = until;
        self.body.advance(until);
    }

    /// Lets everything happen until nothing more would.
    fn drive_until_idle(&mut self) {
        self.run(None);
    }

    fn run(&mut self, until: Option<SimTime>) {
        let mut steps = 0;
        while let Some(next) = self.next_at().filter(|next| until.is_none_or(|until| *next <= until)) {
            self.step(next);
            steps += 1;
            assert!(steps < STEPS_MAX, "still not at rest after {STEPS_MAX} steps, at {}", self.now);
        }
    }

    fn next_at(&self) -> Option<SimTime> {
        let arrival = self.wire.front().map(|(at, ..)| *at);
        let arrives = self.body.arrives.map(|(_, at)| at);
        [arrival, arrives, self.camera_wake, self.client_wake].into_iter().flatten().min()
    }

    /// One event: first what arrives, then the body, then the camera, then the client.
    fn step(&mut self, at: SimTime) {
        assert!(at >= self.now, "time does not run backwards");
        self.now = at;
        self.body.advance(at);
        self.camera.observe(self.body.readings);
        if self.wire.front().is_some_and(|(arrival, ..)| *arrival <= at) {
            let Some((_, way, bytes)) = self.wire.pop_front() else { return };
            match way {
                Way::ToCamera => {
                    self.camera.handle_input(DeviceInput::Bytes { at, from: Peer::default(), bytes: &bytes });
                }
                Way::ToClient => self.client.handle_input(ControllerInput::Bytes { at, bytes: &bytes }),
            }
        } else if let Some((target, _)) = self.body.arrives.filter(|(_, arrival)| *arrival <= at) {
            self.body.readings.pan_deg = target;
            (self.body.pan_dps, self.body.arrives) = (0.0, None);
            self.camera.motion_done(at, Motor::PanTilt);
        } else if self.camera_wake.is_some_and(|wake| wake <= at) {
            self.camera.handle_input(DeviceInput::Tick { at });
        } else {
            self.client.handle_input(ControllerInput::Tick { at });
        }
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.camera.poll_output() {
                DeviceOutput::Transmit { datagram, .. } => {
                    self.transmit(Way::ToClient, Frame::new(datagram.as_bytes()).unwrap());
                }
                DeviceOutput::Event(event) => {
                    self.body.obey(event);
                    self.motions.push((self.now, event));
                }
                DeviceOutput::WaitUntil(wake) => break self.camera_wake = wake,
            }
        }
        loop {
            match self.client.poll_output() {
                ControllerOutput::Transmit(datagram) => {
                    self.transmit(Way::ToCamera, Frame::new(datagram.as_bytes()).unwrap());
                }
                ControllerOutput::Event(event) => self.events.push((self.now, event)),
                ControllerOutput::WaitUntil(wake) => break self.client_wake = wake,
            }
        }
    }

    fn transmit(&mut self, way: Way, frame: Frame) {
        self.datagrams.push((self.now, way, frame));
        let bytes = frame.as_bytes();
        let at = self.now + self.delay;
        let later = at + Duration::from_millis(1);
        match (self.rule)(way, self.now, &frame) {
            Fate::Pass => self.post(at, way, bytes),
            Fate::Drop => {}
            Fate::Twice => {
                self.post(at, way, bytes);
                self.post(later, way, bytes);
            }
            Fate::Split => {
                self.post(at, way, &bytes[..2]);
                self.post(at, way, &bytes[2..]);
            }
        }
    }

    fn post(&mut self, at: SimTime, way: Way, bytes: &[u8]) {
        if let Some((_, _, datagram)) = self.wire.iter_mut().find(|(a, w, _)| self.coalesce && (*a, *w) == (at, way)) {
            return datagram.extend(bytes);
        }
        let index = self.wire.partition_point(|(arrival, ..)| *arrival <= at);
        self.wire.insert(index, (at, way, bytes.to_vec()));
    }

    fn stopped(&self) -> Option<SimTime> {
        self.events.iter().find_map(|(_, event)| match event {
            ControllerEvent::Stopped { at } => Some(*at),
            _ => None,
        })
    }
}

fn is_stop(frame: &Frame) -> bool {
    Command::parse(frame, Dialect::default()) == Ok(Command::PanTilt(Drive::STOP))
}

#[test]
fn a_drive_reaches_the_motor_and_is_acknowledged() {
    let mut pair = Pair::new(ControllerConfig::default());
    pair.wish(|client, at| client.drive(at, Drive { pan_code: -3, tilt_code: 4 }));
    pair.drive_until_idle();
    // 10 ms there, 20 ms to the ACK, 10 ms back. Pan code −3 is −6 deg/s, tilt code 4 is 4 deg/s.
    let turning = DeviceEvent::PanTilt(PanTiltMotion::Velocity { pan_dps: -6.0, tilt_dps: 4.0 });
    assert_eq!(pair.motions, [(ms(30), turning)]);
    let what = Command::PanTilt(Drive { pan_code: -3, tilt_code: 4 });
    assert_eq!(pair.events, [(ms(40), ControllerEvent::Acked { what }), (ms(40), ControllerEvent::Completed { what })]);
}

#[test]
fn a_lost_ack_costs_a_repeat_and_no_more() {
    let mut losses = 1;
    let mut pair = Pair::new(ControllerConfig::default()).link(move |way, now, _| {
        // ACK and completion leave together at 30 ms.
        let lost = way == Way::ToClient && losses > 0 && now <= ms(30);
        losses -= i32::from(now > ms(30) && losses > 0);
        if lost { Fate::Drop } else { Fate::Pass }
    });
    pair.wish(|client, at| client.drive(at, pan(3)));
    pair.drive_until_idle();
    // Sent at 0, lost at 250 and sent again, executed at 280, acknowledged at 290.
    let times: Vec<SimTime> = pair.motions.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [ms(30), ms(280)]);
    let counters = pair.client.counters();
    assert_eq!((counters.sent, counters.lost, counters.acked), (2, 1, 1));
}

#[test]
fn a_lost_stop_is_repeated_until_the_head_stands_and_is_known_to() {
    let mut losses = 3;
    let mut pair = Pair::new(ControllerConfig::default()).link(move |way, _, frame| {
        if way == Way::ToCamera && is_stop(frame) && losses > 0 {
            losses -= 1;
            return Fate::Drop;
        }
        Fate::Pass
    });
    pair.wish(|client, at| client.drive(at, pan(24)));
    pair.drive_until(ms(100));
    pair.wish(Controller::stop);
    pair.drive_until_idle();
    assert_eq!(pair.body.pan_dps, 0.0);
    let stops: Vec<SimTime> =
        pair.datagrams.iter().filter(|(_, _, frame)| is_stop(frame)).map(|(at, ..)| *at).collect();
    // The head is told at 100, and the lens 60 ms later because no ACK came. The second round is due 150 ms after that,
    // at 310, and waits for the gap: the lens's position, asked for at 215, came at 305.
    assert_eq!(stops[..2], [ms(100), ms(320)]);
    // A round takes 210 ms at most, and 60 ms more where it waits for an answer: the fourth is out by 100 + 3 · 270.
    let first = pair.motions.iter().find(|(_, event)| *event == DeviceEvent::PanTilt(PanTiltMotion::Stop));
    assert!(first.is_some_and(|(at, _)| *at == stops[3] + Duration::from_millis(30) && *at < ms(940)), "{first:?}");
    // Two stops (55 ms each with their gaps) and one question (105 ms) make a round of 215 ms, and head and lens are
    // asked by turns: two readings of each take four rounds from the ACK at 800 on.
    assert!(pair.stopped().is_some_and(|at| at < ms(1660)), "{:?}", pair.stopped());
    assert!(!pair.client.is_stopping());
}

#[test]
fn an_answer_tells_where_the_head_was_when_it_left_the_camera() {
    let mut pair = Pair::new(ControllerConfig::default());
    pair.wish(|client, at| client.drive(at, pan(10)));
    pair.drive_until(ms(100));
    pair.wish(|client, at| client.inquire(at, Inquiry::PanTilt));
    pair.drive_until_idle();
    // It turns at 20 deg/s from 30 ms on. Asked at 100, heard at 110, answered at 180: 150 ms or 3°. Back at 190.
    let expected = ControllerEvent::PanTilt { asked_at: ms(100), answered_at: ms(190), pan_deg: 3.0, tilt_deg: 0.0 };
    assert_eq!(pair.events.last(), Some(&(ms(190), expected)));
}

#[test]
fn of_a_fast_stream_the_latest_wins() {
    let mut pair = Pair::new(ControllerConfig::default());
    for code in 1..=20 {
        pair.wish(|client, at| client.drive(at, pan(code)));
        pair.drive_until(pair.now + Duration::from_millis(16));
    }
    pair.drive_until_idle();
    assert_eq!(pair.body.pan_dps, 40.0);
    // 20 wishes in 320 ms; an exchange takes 40 ms and a gap of 15, so six or seven went out.
    assert!((6..=8).contains(&pair.motions.len()), "{:?}", pair.motions);
    assert_eq!(pair.client.counters().lost, 0);
}

#[test]
fn polls_are_answered_under_a_sixty_hertz_stream_and_the_stream_flows() {
    let poll = Some(Duration::from_millis(100));
    let mut pair = Pair::new(ControllerConfig { poll, ..ControllerConfig::default() });
    for step in 0..300 {
        pair.wish(|client, at| client.drive(at, pan((step % 24) as i8 + 1)));
        pair.drive_until(pair.now + Duration::from_micros(16_667));
    }
    let heads = pair.events.iter().filter(|(_, e)| matches!(e, ControllerEvent::PanTilt { .. })).count();
    let lenses = pair.events.iter().filter(|(_, e)| matches!(e, ControllerEvent::Zoom { .. })).count();
    // A drive is acknowledged after 40 ms, a gap of 15, a question; the next drive overtakes it 60 ms later: 115 ms for
    // one of each, 43 in five seconds, and the questions go by turns.
    assert!((21..=22).contains(&heads) && (21..=22).contains(&lenses), "{heads} {lenses}");
    assert!((43..=44).contains(&pair.motions.len()), "{}", pair.motions.len());
    assert_eq!(pair.client.counters().lost, 0);
}

#[test]
fn stop_overtakes_queued_moves() {
    let mut pair = Pair::new(ControllerConfig::default());
    pair.wish(|client, at| client.drive(at, pan(24)));
    pair.wish(|client, at| client.move_to(at, 90.0, 0.0, MoveSpeed { pan_code: 24, tilt_code: 20 }));
    pair.wish(|client, at| client.zoom(at, ZoomDrive::Tele(7)));
    pair.wish(Controller::stop);
    pair.drive_until_idle();
    let moved: Vec<_> = pair.motions.iter().map(|(_, event)| *event).collect();
    assert!(matches!(moved[0], DeviceEvent::PanTilt(PanTiltMotion::Velocity { .. })), "it was under way");
    let rest_stops = moved[1..]
        .iter()
        .all(|event| matches!(event, DeviceEvent::PanTilt(PanTiltMotion::Stop) | DeviceEvent::Zoom(ZoomMotion::Stop)));
    assert!(rest_stops, "{moved:?}");
    // The drive is acknowledged at 40; stop leaves at 55 and is executed at 85.
    assert_eq!(pair.motions[1], (ms(85), DeviceEvent::PanTilt(PanTiltMotion::Stop)));
    assert!(pair.stopped().is_some());
}

#[test]
fn a_stop_ends_a_running_move() {
    let mut pair = Pair::new(ControllerConfig::default());
    pair.wish(|client, at| client.move_to(at, 90.0, 0.0, MoveSpeed { pan_code: 10, tilt_code: 1 }));
    pair.drive_until(ms(1000));
    pair.wish(Controller::stop);
    pair.drive_until_idle();
    // 20 deg/s from 30 ms on; the stop is executed at 1030: 20°, and never 90°.
    assert!((pair.body.readings.pan_deg - 20.0).abs() < 1e-9, "{}", pair.body.readings.pan_deg);
    assert!(pair.stopped().is_some());
}

#[test]
fn a_move_completes_when_the_head_arrives() {
    let mut pair = Pair::new(ControllerConfig::default());
    let speed = MoveSpeed { pan_code: 5, tilt_code: 1 };
    pair.wish(|client, at| client.move_to(at, 20.0, 0.0, speed));
    pair.drive_until_idle();
    // 20° at 10 deg/s take 2 s from 30 ms on; the completion is back 10 ms later.
    let what = Command::Absolute { speed, pan_units: 200, tilt_units: 0 };
    assert_eq!(pair.events.last(), Some(&(ms(2040), ControllerEvent::Completed { what })));
    assert_eq!(pair.body.readings.pan_deg, 20.0);
}

#[test]
fn a_full_buffer_is_survived() {
    let mut pair = Pair::new(ControllerConfig::default());
    pair.wish(|client, at| client.move_to(at, 20.0, 0.0, MoveSpeed { pan_code: 5, tilt_code: 1 }));
    pair.drive_until(ms(100));
    // This body never says that a zoom has arrived: the second socket stays busy.
    pair.wish(|client, at| client.zoom_to(at, 0x1000));
    pair.drive_until(ms(200));
    pair.wish(|client, at| client.drive(at, pan(-1)));
    pair.drive_until_idle();
    let full = |(_, event): &&(SimTime, ControllerEvent)| {
        matches!(event, ControllerEvent::Refused { error: Refusal::BufferFull, .. })
    };
    assert!(pair.events.iter().filter(full).count() > 10, "refused while the move runs");
    // The move ends at 2030; then the drive gets its socket.
    let (at, last) = pair.motions[pair.motions.len() - 1];
    assert_eq!(last, DeviceEvent::PanTilt(PanTiltMotion::Velocity { pan_dps: -2.0, tilt_dps: 0.0 }));
    assert!(at > ms(2030) && at < ms(2130), "{at}");
}

#[test]
fn duplicates_and_split_reads_change_nothing_but_the_count() {
    for fate in [Fate::Split, Fate::Twice] {
        let mut pair = Pair::new(ControllerConfig::default()).link(move |way, _, _| match way {
            Way::ToClient => fate,
            Way::ToCamera => Fate::Pass,
        });
        pair.wish(|client, at| client.drive(at, pan(3)));
        pair.drive_until(ms(200));
        pair.wish(|client, at| client.inquire(at, Inquiry::PanTilt));
        pair.drive_until_idle();
        let counters = pair.client.counters();
        assert_eq!((counters.acked, counters.completed, counters.lost), (1, 1, 0), "{fate:?}");
        // Doubled, ACK, completion and answer come once too often.
        assert_eq!(counters.misbehaved, if fate == Fate::Twice { 3 } else { 0 }, "{fate:?}");
    }
}

#[test]
fn coalesced_replies_are_read_one_by_one() {
    let mut pair = Pair::new(ControllerConfig::default());
    pair.coalesce = true;
    pair.wish(|client, at| client.drive(at, pan(3)));
    // ACK and completion are one datagram: 90 41 FF 90 51 FF.
    pair.drive_until(ms(30));
    assert_eq!(pair.wire, [(ms(40), Way::ToClient, vec![0x90, 0x41, 0xFF, 0x90, 0x51, 0xFF])]);
    pair.drive_until_idle();
    let counters = pair.client.counters();
    assert_eq!((counters.acked, counters.completed, counters.misbehaved), (1, 1, 0));
}

#[test]
fn equal_runs_give_equal_bytes() {
    let run = || {
        let mut pair = noisy_pair(7);
        for step in 0..60 {
            pair.wish(|client, at| client.drive(at, pan((step % 40) as i8 - 20)));
            pair.drive_until(pair.now + Duration::from_millis(33));
        }
        (pair.datagrams.iter().map(|(at, _, frame)| (*at, *frame)).collect::<Vec<_>>(), pair.client, pair.camera)
    };
    assert_eq!(run(), run());
}

/// Loses one datagram in five and doubles one in ten, by a little generator of its own.
fn noisy_pair(seed: u64) -> Pair {
    let config = ControllerConfig { poll: Some(Duration::from_millis(100)), ..ControllerConfig::default() };
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    Pair::new(config).link(move |_, _, _| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        match (state >> 33) % 10 {
            0 | 1 => Fate::Drop,
            2 => Fate::Twice,
            _ => Fate::Pass,
        }
    })
}

/// Folds a walk into text.
#[derive(Default)]
struct Walk(String);

impl Visit for Walk {
    fn f64(&mut self, name: &'static str, value: f64) {
        let _ = write!(self.0, "{name}={value:?} ");
    }
    fn u64(&mut self, name: &'static str, value: u64) {
        let _ = write!(self.0, "{name}={value} ");
    }
    fn bytes(&mut self, name: &'static str, value: &[u8]) {
        let _ = write!(self.0, "{name}={value:02X?} ");
    }
    fn enter(&mut self, name: &'static str, index: Option<u64>) {
        let _ = write!(self.0, "{name}{index:?}(");
    }
    fn leave(&mut self) {
        self.0.push(')');
    }
}

fn walk(state: &impl State) -> String {
    let mut walk = Walk::default();
    state.visit(&mut walk);
    walk.0
}

#[test]
fn a_snapshot_goes_on_as_the_original() {
    let mut pair = noisy_pair(3);
    let mut before = (pair.client.clone(), pair.camera.clone());
    for step in 0..40 {
        if step % 10 == 9 {
            pair.wish(Controller::stop);
        }
        pair.wish(|client, at| client.drive(at, pan((step % 40) as i8 - 20)));
        pair.drive_until(pair.now + Duration::from_millis(17));
        let client: Controller = serde_json::from_str(&serde_json::to_string(&pair.client).unwrap()).unwrap();
        let camera: Device = serde_json::from_str(&serde_json::to_string(&pair.camera).unwrap()).unwrap();
        assert_eq!((&client, &camera), (&pair.client, &pair.camera));
        assert_eq!((walk(&client), walk(&camera)), (walk(&pair.client), walk(&pair.camera)));
        // What differs is walked differently.
        assert_eq!(client == before.0, walk(&client) == walk(&before.0));
        assert_eq!(camera == before.1, walk(&camera) == walk(&before.1));
        before = (client.clone(), camera.clone());
        (pair.client, pair.camera) = (client, camera);
    }
}

#[test]
fn every_field_but_the_parameters_is_walked() {
    let pair = noisy_pair(1);
    let fields = |json: serde_json::Value| json.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default();
    let both: [(Vec<String>, String, &[&str]); 2] = [
        // The last drive goes by its parts: drive_sent_at, pan_code, tilt_code.
        (
            fields(serde_json::to_value(&pair.client).unwrap()),
            walk(&pair.client),
            // The session is walked where there is one, and whether somebody else has the camera while they do.
            &["model", "config", "last_drive_sent", "session", "offline"],
        ),
        (fields(serde_json::to_value(&pair.camera).unwrap()), walk(&pair.camera), &["model", "address"]),
    ];
    for (fields, walked, parameters) in both {
        assert!(fields.len() > parameters.len());
        for field in fields.iter().filter(|field| !parameters.contains(&field.as_str())) {
            let named = [format!("{field}="), format!("{field}None(")].iter().any(|name| walked.contains(name));
            assert!(named, "{field} is missing in {walked}");
        }
    }
    let mut offline = pair.client.clone();
    offline.disconnected(pair.now);
    assert!(!walk(&pair.client).contains("offline=") && walk(&offline).contains("offline=1"));
}

#[test]
fn idle_wishes_do_not_call_a_stop_off() {
    let mut pair = Pair::new(ControllerConfig::default());
    pair.wish(|client, at| client.drive(at, pan(24)));
    pair.drive_until(ms(100));
    pair.wish(Controller::stop);
    for _ in 0..30 {
        pair.wish(|client, at| client.drive(at, Drive::STOP));
        pair.wish(|client, at| client.zoom(at, ZoomDrive::Stop));
        pair.drive_until(pair.now + Duration::from_millis(33));
    }
    assert!(pair.stopped().is_some());
    assert_eq!(pair.body.pan_dps, 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Safety first, then liveness: under loss and duplication the stack drives and stops; when the link is calm again
    /// the stop is proved, the motors stand, and the two ends agree on it.
    #[test]
    fn after_any_noise_a_stop_is_proved(seed in any::<u64>(), codes in prop::collection::vec(-24_i8..=24, 1..40)) {
        let mut pair = noisy_pair(seed);
        for code in codes {
            pair.wish(|client, at| client.drive(at, pan(code)));
            pair.wish(|client, at| client.zoom(at, ZoomDrive::Wide(code.unsigned_abs() % 8)));
            pair.drive_until(pair.now + Duration::from_millis(33));
        }
        pair.wish(Controller::stop);
        pair.drive_until(pair.now + Duration::from_secs(1));
        pair.rule = Box::new(|_, _, _| Fate::Pass);
        pair.drive_until(pair.now + Duration::from_secs(4));
        prop_assert!(!pair.client.is_stopping());
        prop_assert!(pair.stopped().is_some());
        prop_assert_eq!((pair.body.pan_dps, pair.body.zoom_units_per_s), (0.0, 0.0));
        prop_assert_eq!(pair.client.last_drive_sent().map(|(_, drive)| drive), Some(Drive::STOP));
    }

    /// The last wish of a noisy stream ends up in the motor.
    #[test]
    fn after_any_noise_the_last_drive_holds(seed in any::<u64>(), codes in prop::collection::vec(-24_i8..=24, 1..40)) {
        let mut pair = noisy_pair(seed);
        for &code in &codes {
            pair.wish(|client, at| client.drive(at, pan(code)));
            pair.drive_until(pair.now + Duration::from_millis(33));
        }
        pair.rule = Box::new(|_, _, _| Fate::Pass);
        let last = codes[codes.len() - 1];
        // Two more seconds of the same wish, as a tracker would.
        for _ in 0..60 {
            pair.wish(|client, at| client.drive(at, pan(last)));
            pair.drive_until(pair.now + Duration::from_millis(33));
        }
        prop_assert_eq!(pair.body.pan_dps, 2.0 * f64::from(last));
    }
}
