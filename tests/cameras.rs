//! Every camera model that is built in, closed through its own bytes in virtual time: it turns where it is told, stands
//! when it is told, and says where it is. What cannot be so on a model is said by its quirks.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use core::time::Duration;

use tiltyard::scenario::{cameras, load_camera};
use tiltyard_sim::config::{CameraModel, Link, Pose, WorldConfig};
use tiltyard_sim::{Delivery, World};
use tiltyard_visca::{
    Address, Answer, Command, Controller, ControllerConfig, ControllerEvent, ControllerInput, ControllerOutput, Drive,
    Frame, Framing, Inquiry, MoveSpeed, Peer, Reply, SimTime, SonyHeader, sony,
};

/// A camera in an empty scene, and who talks to it.
struct Site {
    model: CameraModel,
    world: World,
    peer: Peer,
    seq: u32,
}

impl Site {
    fn new(name: &str, text: &str, framing: Framing) -> Self {
        Self::lossy(name, text, framing, 0.0)
    }

    /// So large a share of the datagrams is lost.
    fn lossy(name: &str, text: &str, framing: Framing, drop_probability: f64) -> Self {
        let model = load_camera(name, name, text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
        let config = WorldConfig {
            seed: 1,
            video: model.video.clone(),
            link: Link { drop_probability, ..model.link.clone() },
            camera: model.clone(),
            start: Pose { pan_deg: 0.0, tilt_deg: 0.0, zoom_ratio: 1.0 },
            physics_hz: 250,
            targets: vec![],
            occluders: vec![],
            faults: vec![],
            drawn: None,
            footage: None,
        };
        Self { model, world: World::new(&config).unwrap(), peer: Peer { number: 0, framing }, seq: 0 }
    }

    /// Sends it, and gives the frames that come back in the next so many milliseconds.
    fn say(&mut self, kind: sony::Kind, frame: &Frame, millis: u64) -> Vec<Frame> {
        let now = self.world.now();
        self.seq += 1;
        let packet = sony::Packet { kind, seq: self.seq, payload: frame.as_bytes() }.encode();
        let bytes = if self.peer.framing == Framing::Sony { packet.as_bytes() } else { frame.as_bytes() };
        self.world.transmit_from(self.peer, now, bytes).unwrap();
        let until = now + Duration::from_millis(millis);
        let mut said = Vec::new();
        while self.world.next_at() <= until {
            let at = self.world.next_at();
            self.world.advance(at);
            while let Some(delivery) = self.world.poll() {
                let Delivery::Bytes { to, bytes, .. } = delivery else { continue };
                assert_eq!(to, self.peer);
                let bytes = match to.framing {
                    Framing::Sony => sony::Packet::parse(bytes.as_bytes()).unwrap().payload,
                    _ => bytes.as_bytes(),
                };
                said.extend(bytes.split_inclusive(|&byte| byte == 0xFF).map(|frame| Frame::new(frame).unwrap()));
            }
        }
        self.world.advance(until);
        said
    }

    fn tell(&mut self, command: Command, millis: u64) -> Vec<Reply> {
        let frame = command.encode(Address::ONE, self.model.protocol.quirks.dialect());
        self.say(sony::Kind::Command, &frame, millis).iter().map(|frame| Reply::parse(frame).unwrap()).collect()
    }

    /// The position that the camera tells [deg].
    fn position(&mut self) -> (f64, f64) {
        let said = self.say(sony::Kind::Inquiry, &Inquiry::PanTilt.encode(Address::ONE), 200);
        let Ok(Reply::Answer(payload)) = Reply::parse(&said[0]) else { panic!("{said:?}") };
        let protocol = &self.model.protocol;
        let Ok(Answer::PanTilt { pan_units, tilt_units }) = Inquiry::PanTilt.read(&payload, protocol.quirks.dialect())
        else {
            panic!("{payload:?}")
        };
        (protocol.pan.deg_of(pan_units), protocol.tilt.deg_of(tilt_units))
    }
}

/// Turns right and up for a second, stops, tells where it is, and goes to the other side.
fn goes_round(name: &str, text: &str, framing: Framing) {
    let mut site = Site::new(name, text, framing);
    let (pan, tilt) = (site.model.protocol.pan.clone(), site.model.protocol.tilt.clone());
    // Slow enough to be far from every end after a second.
    let (pan_code, tilt_code) = (pan.code_max() * 2 / 3, tilt.code_max() / 2);
    let said = site.tell(Command::PanTilt(Drive { pan_code, tilt_code }), 1000);
    assert!(matches!(said[..], [Reply::Ack { socket: 1 }, Reply::Completion { socket: 1 }]), "{name}: {said:?}");
    let truth = site.world.truth(site.world.now());
    let (pan_dps, tilt_dps) = (truth.pan_dps, truth.tilt_dps);
    assert!((pan_dps - pan.rate_of(pan_code)).abs() < 1e-6, "{name}: turns right at {pan_dps}");
    assert!((tilt_dps - tilt.rate_of(tilt_code)).abs() < 1e-6, "{name}: turns up at {tilt_dps}");

    assert_eq!(site.tell(Command::PanTilt(Drive::STOP), 3000).len(), 2, "{name}");
    let truth = site.world.truth(site.world.now());
    assert!(truth.pan_dps.abs() < 1e-6 && truth.tilt_dps.abs() < 1e-6, "{name}: stands: {truth:?}");
    let (pan_deg, tilt_deg) = (truth.pan_deg, truth.tilt_deg);
    assert!(pan_deg > 0.1 && tilt_deg > 0.1, "{name}: {pan_deg} {tilt_deg}");

    let (pan_told, tilt_told) = site.position();
    // Half a unit, and the smallest rounding of a division.
    let near = |told: f64, is: f64, units_per_deg: f64| (told - is).abs() * units_per_deg.abs() <= 0.5 + 1e-6;
    assert!(near(pan_told, pan_deg, pan.units_per_deg), "{name}: is at {pan_deg}, says {pan_told}");
    assert!(near(tilt_told, tilt_deg, tilt.units_per_deg), "{name}: is at {tilt_deg}, says {tilt_told}");

    let speed = MoveSpeed { pan_code: pan.code_max() as u8, tilt_code: tilt.code_max() as u8 };
    let to = Command::Absolute { speed, pan_units: pan.units_of(-12.0), tilt_units: tilt.units_of(-6.0) };
    let said = site.tell(to, 20_000);
    assert!(matches!(said[..], [Reply::Ack { .. }, Reply::Completion { .. }]), "{name}: {said:?}");
    let (pan_told, tilt_told) = site.position();
    assert!(near(pan_told, -12.0, pan.units_per_deg) && near(tilt_told, -6.0, tilt.units_per_deg), "{name}");
}

#[test]
fn every_camera_turns_stands_and_says_where_it_is() {
    for (name, text) in cameras() {
        goes_round(name, text, Framing::Datagrams);
    }
}

#[test]
fn cameras_that_read_it_do_the_same_under_sonys_header() {
    let mut spoken = 0;
    for (name, text) in cameras() {
        let site = Site::new(name, text, Framing::Sony);
        if site.model.protocol.quirks.sony == SonyHeader::Ignored {
            let mut site = site;
            assert!(site.tell(Command::Home, 500).is_empty(), "{name}");
        } else {
            goes_round(name, text, Framing::Sony);
            spoken += 1;
        }
    }
    assert!(spoken >= 12, "{spoken}");
}

#[test]
fn a_stop_ends_a_move_or_is_barred_as_the_model_says() {
    for (name, text) in cameras() {
        let mut site = Site::new(name, text, Framing::Stream);
        let speed = MoveSpeed { pan_code: 8, tilt_code: 8 };
        let pan_units = site.model.protocol.pan.units_of(90.0);
        let said = site.tell(Command::Absolute { speed, pan_units, tilt_units: 0 }, 500);
        assert!(matches!(said[..], [Reply::Ack { socket: 1 }]), "{name}: {said:?}");
        site.tell(Command::PanTilt(Drive::STOP), 2000);
        let moves = site.world.truth(SimTime::from_millis(2500)).pan_dps > 0.1;
        assert_eq!(moves, !site.model.protocol.quirks.drive_ends_move, "{name}");
        if moves {
            site.tell(Command::Cancel { socket: 1 }, 2000);
            let rate = site.world.truth(SimTime::from_millis(4500)).pan_dps;
            assert!(rate.abs() < 1e-6, "{name}: a move that drives do not end can be cancelled: {rate}");
        }
    }
}

/// The client, on the link of a site.
struct Client {
    controller: Controller,
    wake: Option<SimTime>,
    stopped_at: Option<SimTime>,
}

impl Client {
    fn new(site: &Site) -> Self {
        let config = ControllerConfig { framing: site.peer.framing, ..ControllerConfig::default() };
        let controller = Controller::new(site.model.protocol.clone(), config);
        Self { controller, wake: None, stopped_at: None }
    }

    fn drain(&mut self, site: &mut Site) {
        let now = site.world.now();
        loop {
            match self.controller.poll_output() {
                ControllerOutput::Transmit(datagram) => {
                    site.world.transmit_from(site.peer, now, datagram.as_bytes()).unwrap();
                }
                ControllerOutput::Event(ControllerEvent::Stopped { at }) => self.stopped_at = Some(at),
                ControllerOutput::Event(_) => {}
                ControllerOutput::WaitUntil(wake) => break self.wake = wake,
            }
        }
    }

    fn run(&mut self, site: &mut Site, until: SimTime) {
        loop {
            let next = site.world.next_at().min(self.wake.unwrap_or(until)).min(until);
            site.world.advance(next);
            while let Some(delivery) = site.world.poll() {
                if let Delivery::Bytes { at, bytes, .. } = delivery {
                    self.controller.handle_input(ControllerInput::Bytes { at, bytes: bytes.as_bytes() });
                    self.drain(site);
                }
            }
            if self.wake == Some(next) {
                self.controller.handle_input(ControllerInput::Tick { at: next });
                self.drain(site);
            }
            if next == until {
                return;
            }
        }
    }
}

/// A fifth of all datagrams is lost; the head drives, or moves to a position; then the client stops it.
fn stop_is_proved(name: &str, text: &str, framing: Framing, moves: bool) {
    let mut site = Site::lossy(name, text, framing, 0.2);
    let mut client = Client::new(&site);
    let (pan, tilt) = (&site.model.protocol.pan, &site.model.protocol.tilt);
    let speed = MoveSpeed { pan_code: pan.code_max() as u8 / 3, tilt_code: tilt.code_max() as u8 / 3 };
    if moves {
        client.controller.move_to(SimTime::ZERO, pan.max_deg, 0.0, speed);
    } else {
        client.controller.drive(SimTime::ZERO, Drive { pan_code: speed.pan_code as i8, tilt_code: 0 });
    }
    client.drain(&mut site);
    let stop_at = SimTime::from_millis(1500);
    client.run(&mut site, stop_at);
    assert!(site.world.truth(stop_at).pan_dps > 0.1, "{name} {framing:?} {moves}: it turns");
    client.controller.stop(stop_at);
    client.drain(&mut site);
    let end = SimTime::from_millis(20_000);
    client.run(&mut site, end);
    let truth = site.world.truth(end);
    assert!(client.stopped_at.is_some(), "{name} {framing:?} {moves}: the stop is proved");
    assert!(truth.pan_dps.abs() < 1e-6 && !truth.pan_at_end, "{name} {framing:?} {moves}: it stands: {truth:?}");
}

#[test]
fn the_client_stops_every_camera_over_a_link_that_loses() {
    for (name, text) in cameras() {
        for framing in [Framing::Datagrams, Framing::Sony] {
            let ignored = load_camera(name, name, text).unwrap().protocol.quirks.sony == SonyHeader::Ignored;
            if framing == Framing::Sony && ignored {
                continue;
            }
            stop_is_proved(name, text, framing, false);
            stop_is_proved(name, text, framing, true);
        }
    }
}
