//! Both ends of ours over a line that loses, doubles and delays, for each framing and for cameras of many ways.
//!
//! What the client leans on and what the camera does were written apart from the same manuals; here they have to agree.
//! One way takes 10 ms; ACK after 20 ms, answers after 20 ms.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use core::time::Duration;
use std::collections::VecDeque;

use common::{Dice, model, pan};
use proptest::prelude::*;
use tiltyard_visca::model::Model;
use tiltyard_visca::{
    Address, Controller, ControllerConfig, ControllerEvent, ControllerInput, ControllerOutput, Device, DeviceEvent,
    DeviceInput, DeviceOutput, Drive, Framing, Motor, MoveSpeed, PanTiltMotion, Peer, Positions, Quirks, Readings,
    SimTime, SonyHeader, ZoomDrive, ZoomMotion,
};

/// A head and a lens without inertia, within their ranges.
#[derive(Default)]
struct Body {
    at: SimTime,
    readings: Readings,
    pan_dps: f64,
    zoom_units_per_s: f64,
    arrives: Option<SimTime>,
}

impl Body {
    fn advance(&mut self, now: SimTime) {
        let dt = now.signed_secs_since(self.at);
        self.at = now;
        self.readings.pan_deg = (self.readings.pan_deg + self.pan_dps * dt).clamp(-170.0, 170.0);
        self.readings.zoom_units = (self.readings.zoom_units + self.zoom_units_per_s * dt).clamp(0.0, 16384.0);
    }

    fn obey(&mut self, event: DeviceEvent) {
        match event {
            DeviceEvent::PanTilt(PanTiltMotion::Velocity { pan_dps, .. }) => {
                (self.pan_dps, self.arrives) = (pan_dps, None);
            }
            DeviceEvent::PanTilt(PanTiltMotion::Position { pan_deg, pan_dps_max, .. }) => {
                let way = pan_deg - self.readings.pan_deg;
                self.pan_dps = pan_dps_max * way.signum();
                self.arrives = Some(self.at + Duration::from_secs_f64(way.abs() / pan_dps_max));
            }
            DeviceEvent::PanTilt(PanTiltMotion::Stop) => (self.pan_dps, self.arrives) = (0.0, None),
            DeviceEvent::Zoom(ZoomMotion::Velocity { units_per_s }) => self.zoom_units_per_s = units_per_s,
            DeviceEvent::Zoom(_) => self.zoom_units_per_s = 0.0,
        }
    }

    fn stands(&self) -> bool {
        self.pan_dps == 0.0 && self.zoom_units_per_s == 0.0
    }
}

/// Who a datagram is for, and when it arrives.
type Post = (SimTime, bool, Vec<u8>);

struct Ends {
    now: SimTime,
    client: Controller,
    camera: Device,
    body: Body,
    dice: Option<Dice>,
    peer: Peer,
    wire: VecDeque<Post>,
    wakes: [Option<SimTime>; 2],
    stopped: bool,
}

impl Ends {
    fn new(model: &Model, framing: Framing, noise: u64) -> Self {
        let config = ControllerConfig { framing, ..ControllerConfig::default() };
        Self {
            now: SimTime::ZERO,
            client: Controller::new(model.clone(), config),
            camera: Device::new(model.clone(), Address::ONE),
            body: Body::default(),
            dice: Some(Dice::new(noise)),
            peer: Peer { number: 1, framing },
            wire: VecDeque::new(),
            wakes: [None; 2],
            stopped: false,
        }
    }

    fn wish(&mut self, act: impl FnOnce(&mut Controller, SimTime)) {
        act(&mut self.client, self.now);
        self.drain();
    }

    fn run(&mut self, time: Duration) {
        let until = self.now + time;
        for _ in 0..50_000 {
            let arrival = self.wire.front().map(|post| post.0);
            let all = [arrival, self.body.arrives, self.wakes[0], self.wakes[1]];
            let Some(at) = all.into_iter().flatten().min().filter(|at| *at <= until) else {
                self.now = until;
                return self.body.advance(until);
            };
            self.now = at;
            self.body.advance(at);
            self.camera.observe(self.body.readings);
            if arrival == Some(at) {
                let (_, to_camera, bytes) = self.wire.pop_front().unwrap();
                if to_camera {
                    self.camera.handle_input(DeviceInput::Bytes { at, from: self.peer, bytes: &bytes });
                } else {
                    self.client.handle_input(ControllerInput::Bytes { at, bytes: &bytes });
                }
            } else if self.body.arrives == Some(at) {
                (self.body.pan_dps, self.body.arrives) = (0.0, None);
                self.camera.motion_done(at, Motor::PanTilt);
            } else if self.wakes[0] == Some(at) {
                self.camera.handle_input(DeviceInput::Tick { at });
            } else {
                self.client.handle_input(ControllerInput::Tick { at });
            }
            self.drain();
        }
        panic!("still busy at {}", self.now);
    }

    fn drain(&mut self) {
        self.wakes[0] = loop {
            match self.camera.poll_output() {
                DeviceOutput::Transmit { datagram, .. } => self.post(false, datagram.as_bytes()),
                DeviceOutput::Event(event) => self.body.obey(event),
                DeviceOutput::WaitUntil(wake) => break wake,
            }
        };
        self.wakes[1] = loop {
            match self.client.poll_output() {
                ControllerOutput::Transmit(datagram) => self.post(true, datagram.as_bytes()),
                ControllerOutput::Event(event) => self.stopped |= matches!(event, ControllerEvent::Stopped { .. }),
                ControllerOutput::WaitUntil(wake) => break wake,
            }
        };
    }

    /// Loses one in five, and doubles one in ten where messages have numbers: the ACK of a bare drive that ran twice
    /// may be taken for that of a newer one which was lost, and no client could know. A stream does neither.
    fn post(&mut self, to_camera: bool, bytes: &[u8]) {
        let stream = self.peer.framing == Framing::Stream;
        let three = self.camera.model().quirks.sony == SonyHeader::OneToThree;
        let numbered = self.peer.framing == Framing::Sony && !three;
        let copies = match self.dice.as_mut().filter(|_| !stream).map(|dice| dice.roll(10)) {
            Some(0 | 1) => 0,
            Some(2) if numbered => 2,
            _ => 1,
        };
        for copy in 0..copies {
            let at = self.now + Duration::from_millis(10 + copy);
            let index = self.wire.partition_point(|post| post.0 <= at);
            self.wire.insert(index, (at, to_camera, bytes.to_vec()));
        }
    }
}

fn any_model() -> impl Strategy<Value = Model> {
    let flags = any::<[bool; 8]>();
    let sony = prop_oneof![Just(SonyHeader::Rising), Just(SonyHeader::Unchecked), Just(SonyHeader::OneToThree)];
    (flags, sony, prop_oneof![Just(0_u64), Just(17), Just(40)]).prop_map(|(flags, sony, v_cycle_ms)| {
        let [five, ends_move, cancels, completes, joins, sockets, address, deaf] = flags;
        let mut model = model();
        model.quirks = Quirks {
            positions: if five { Positions::Five } else { Positions::Four },
            // One of the two has to end a move.
            drive_ends_move: ends_move || !cancels,
            cancels,
            completes,
            joins_replies: joins,
            inquiries_take_sockets: sockets,
            replies_as: address.then(|| Address::new(2).unwrap()),
            deaf_after_reply: Duration::from_millis(if deaf { 8 } else { 0 }),
            v_cycle: Duration::from_millis(v_cycle_ms),
            sony,
            ..Quirks::default()
        };
        model
    })
}

fn any_framing() -> impl Strategy<Value = Framing> {
    prop_oneof![Just(Framing::Stream), Just(Framing::Datagrams), Just(Framing::Sony)]
}

const STEP: Duration = Duration::from_millis(33);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn after_any_noise_a_stop_is_proved(
        model in any_model(),
        framing in any_framing(),
        seed in any::<u64>(),
        codes in prop::collection::vec(-24_i8..=24, 1..20),
        moves in any::<bool>(),
    ) {
        let mut ends = Ends::new(&model, framing, seed);
        for code in codes {
            ends.wish(|client, at| client.drive(at, pan(code)));
            ends.wish(|client, at| client.zoom(at, ZoomDrive::Tele(code.unsigned_abs() % 8)));
            ends.run(STEP);
        }
        if moves {
            let speed = MoveSpeed { pan_code: 5, tilt_code: 5 };
            ends.wish(|client, at| client.move_to(at, 120.0, 0.0, speed));
            ends.run(STEP * 10);
        }
        ends.wish(Controller::stop);
        ends.run(STEP * 30);
        ends.dice = None;
        ends.run(Duration::from_secs(6));
        prop_assert!(ends.body.stands(), "{} {}", ends.body.pan_dps, ends.body.zoom_units_per_s);
        prop_assert!(ends.stopped && !ends.client.is_stopping());
    }

    #[test]
    fn after_any_noise_the_last_drive_holds(
        model in any_model(),
        framing in any_framing(),
        seed in any::<u64>(),
        codes in prop::collection::vec(-24_i8..=24, 1..20),
    ) {
        let mut ends = Ends::new(&model, framing, seed);
        for &code in &codes {
            ends.wish(|client, at| client.drive(at, pan(code)));
            ends.run(STEP);
        }
        ends.dice = None;
        let last = codes[codes.len() - 1];
        // Two more seconds of the same wish, as a tracker would.
        for _ in 0..60 {
            ends.wish(|client, at| client.drive(at, pan(last)));
            ends.run(STEP);
        }
        prop_assert_eq!(ends.body.pan_dps, f64::from(last));
    }

    /// The camera's plug is pulled while the client drives it. It is told again what is wanted.
    #[test]
    fn a_camera_that_restarts_is_told_again(
        model in any_model(),
        code in 1_i8..=24,
        waits in 1_u64..400,
    ) {
        let mut ends = Ends::new(&model, Framing::Sony, 0);
        ends.dice = None;
        ends.wish(|client, at| client.drive(at, pan(code)));
        ends.run(Duration::from_millis(100 + waits));
        ends.camera.restart(ends.now);
        ends.drain();
        // Over UDP nobody is told: whoever notices, reconnects.
        ends.wish(Controller::reconnected);
        ends.run(Duration::from_secs(3));
        prop_assert_eq!(ends.body.pan_dps, f64::from(code));
    }
}

#[test]
fn a_clean_line_loses_nothing_and_breaks_no_rule() {
    for framing in [Framing::Stream, Framing::Datagrams, Framing::Sony] {
        let mut ends = Ends::new(&model(), framing, 0);
        ends.dice = None;
        for code in 1..=24 {
            ends.wish(|client, at| client.drive(at, pan(code)));
            ends.run(STEP * 2);
        }
        ends.wish(|client, at| client.drive(at, Drive::STOP));
        ends.run(STEP * 10);
        let counters = ends.client.counters();
        assert_eq!((counters.lost, counters.refused, counters.misbehaved), (0, 0, 0), "{framing:?}");
        assert_eq!((counters.acked, counters.completed), (25, 25), "{framing:?}");
        assert!(ends.body.stands());
    }
}
