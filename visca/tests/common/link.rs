//! A client, a camera, and between them a line that loses, doubles, delays and glues.

use core::time::Duration;
use std::collections::VecDeque;

use tiltyard_visca::sony::{Kind, Packet};
use tiltyard_visca::{
    Controller, ControllerConfig, ControllerEvent, ControllerInput, ControllerOutput, Datagram, Framing, Message,
    SimTime,
};

use super::camera::Camera;
use super::model;

/// Which way a datagram goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    ToCamera,
    ToClient,
}

/// What the line does to a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    Pass,
    Drop,
    Twice,
    /// So much later than others.
    Late(u64),
}

type Rule = Box<dyn FnMut(Way, SimTime, &Datagram) -> Fate>;

pub struct Line {
    pub now: SimTime,
    pub client: Controller,
    pub camera: Camera,
    pub rule: Rule,
    pub events: Vec<(SimTime, ControllerEvent)>,
    /// What the client sent.
    pub sent: Vec<(SimTime, Datagram)>,
    /// Cuts what arrives at the client into pieces of this many bytes; nothing at 0.
    pub pieces: usize,
    wire: VecDeque<(SimTime, Way, Vec<u8>)>,
    wake: Option<SimTime>,
}

/// One way takes 10 ms.
const DELAY: Duration = Duration::from_millis(10);

impl Line {
    pub fn new(framing: Framing) -> Self {
        Self::of(model(), framing)
    }

    pub fn of(model: tiltyard_visca::model::Model, framing: Framing) -> Self {
        let client = Controller::new(model, ControllerConfig { framing, ..ControllerConfig::default() });
        Self {
            now: SimTime::ZERO,
            client,
            camera: Camera::new(framing),
            rule: Box::new(|_, _, _| Fate::Pass),
            events: vec![],
            sent: vec![],
            pieces: 0,
            wire: VecDeque::new(),
            wake: None,
        }
    }

    pub fn with(mut self, rule: impl FnMut(Way, SimTime, &Datagram) -> Fate + 'static) -> Self {
        self.rule = Box::new(rule);
        self
    }

    /// Does `act` now.
    pub fn wish(&mut self, act: impl FnOnce(&mut Controller, SimTime)) {
        act(&mut self.client, self.now);
        self.drain();
    }

    /// Lets everything happen up to `until_ms`.
    pub fn run(&mut self, until_ms: u64) {
        let until = SimTime::from_millis(until_ms);
        let mut steps = 0;
        loop {
            let arrival = self.wire.front().map(|(at, ..)| *at);
            let Some(next) = arrival.into_iter().chain(self.wake).min().filter(|next| *next <= until) else { break };
            assert!(next >= self.now, "time does not run backwards");
            self.now = next;
            if arrival == Some(next) {
                self.arrive();
            } else {
                self.client.handle_input(ControllerInput::Tick { at: next });
                self.drain();
            }
            steps += 1;
            assert!(steps < 20_000, "still busy at {}", self.now);
        }
        self.now = until;
    }

    fn arrive(&mut self) {
        let Some((at, way, bytes)) = self.wire.pop_front() else { return };
        match way {
            Way::ToCamera => {
                for reply in self.camera.hear(at, &bytes) {
                    self.transmit(Way::ToClient, &reply);
                }
            }
            Way::ToClient => {
                let len = if self.pieces == 0 { bytes.len() } else { self.pieces };
                for bytes in bytes.chunks(len) {
                    self.client.handle_input(ControllerInput::Bytes { at, bytes });
                    self.drain();
                }
            }
        }
    }

    fn drain(&mut self) {
        loop {
            match self.client.poll_output() {
                ControllerOutput::Transmit(datagram) => {
                    self.sent.push((self.now, datagram));
                    self.transmit(Way::ToCamera, &datagram);
                }
                ControllerOutput::Event(event) => self.events.push((self.now, event)),
                ControllerOutput::WaitUntil(wake) => {
                    assert!(wake.is_none_or(|wake| wake > self.now), "{wake:?} is due at {}", self.now);
                    break self.wake = wake;
                }
            }
        }
    }

    pub fn transmit(&mut self, way: Way, datagram: &Datagram) {
        let fate = (self.rule)(way, self.now, datagram);
        let late = if let Fate::Late(late) = fate { late } else { 0 };
        let at = self.now + DELAY + Duration::from_millis(late);
        let copies = match fate {
            Fate::Drop => 0,
            Fate::Twice => 2,
            Fate::Pass | Fate::Late(_) => 1,
        };
        for copy in 0..copies {
            let at = at + Duration::from_millis(copy);
            let index = self.wire.partition_point(|(arrival, ..)| *arrival <= at);
            self.wire.insert(index, (at, way, datagram.as_bytes().to_vec()));
        }
    }

    /// What the client sent, as "time \[ms\] #number message".
    pub fn log(&self) -> Vec<String> {
        self.sent.iter().map(|(at, datagram)| format!("{} {}", at.as_nanos() / 1_000_000, told(datagram))).collect()
    }

    pub fn stopped(&self) -> Option<SimTime> {
        self.events.iter().find_map(|(_, event)| match event {
            ControllerEvent::Stopped { at } => Some(*at),
            _ => None,
        })
    }

    /// Events without their times.
    pub fn news(&self) -> Vec<ControllerEvent> {
        self.events.iter().map(|(_, event)| *event).collect()
    }
}

/// A datagram to a camera in words.
pub fn told(datagram: &Datagram) -> String {
    let message = Message::of(datagram).map(|message| message.to_string());
    match Packet::parse(datagram.as_bytes()) {
        Ok(Packet { kind: Kind::Control, .. }) => "reset".to_owned(),
        Ok(packet) => format!("#{} {}", packet.seq, message.unwrap()),
        Err(_) => message.unwrap(),
    }
}
