//! A STOP that is lost: our own controller against the camera over raw UDP, with the first two STOPs dropped.
//!
//! VISCA drives never time out, and raw UDP has no sequence number, so only the client can notice. Goal: the head ends
//! within the stop budget, which is what it turns until the first STOP that arrives is executed, and its braking
//! distance. The budget is computed from the times at which datagrams left, so a slow machine widens it by just as
//! much as it was slow.

use core::time::Duration;
use std::io::ErrorKind;
use std::net::UdpSocket;

use tiltyard::serve::bare;
use tiltyard_hil::{Listen, WallClock};
use tiltyard_visca::{
    Controller, ControllerConfig, ControllerEvent, ControllerInput, ControllerOutput, Drive, Framing, SimTime,
};

use super::sockets::{ANY, OnSockets};

/// STOPs of the head that are lost.
const LOST: usize = 2;
/// What the system may take to deliver a datagram and to wake the camera's thread.
const SYSTEM: Duration = Duration::from_millis(100);
/// Nothing here takes so long on any machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A controller on a socket that loses STOPs.
struct Client {
    controller: Controller,
    socket: UdpSocket,
    clock: WallClock,
    /// When each STOP of the head left, lost ones included.
    stops: Vec<SimTime>,
    stopped: bool,
}

impl Client {
    /// Goes on until `done` or out of patience.
    fn run_until(&mut self, done: impl Fn(&Self) -> bool) {
        let mut buffer = [0; 64];
        while !done(self) {
            assert!(self.clock.now() < SimTime::ZERO + PATIENCE, "still at it: {:?}", self.controller.counters());
            let wake = self.drain();
            let wait = wake.map_or(Duration::from_millis(5), |at| self.clock.until(at)).min(Duration::from_millis(5));
            self.socket.set_read_timeout(Some(wait.max(Duration::from_millis(1)))).unwrap();
            match self.socket.recv(&mut buffer) {
                Ok(len) => {
                    let (at, bytes) = (self.clock.now(), &buffer[..len]);
                    self.controller.handle_input(ControllerInput::Bytes { at, bytes });
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    self.controller.handle_input(ControllerInput::Tick { at: self.clock.now() });
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn drain(&mut self) -> Option<SimTime> {
        loop {
            match self.controller.poll_output() {
                ControllerOutput::Transmit(datagram) => {
                    let bytes = datagram.as_bytes();
                    let head_stop = bytes.starts_with(&[0x81, 0x01, 0x06, 0x01]) && bytes.ends_with(&[3, 3, 0xFF]);
                    if head_stop {
                        self.stops.push(self.clock.now());
                    }
                    if !head_stop || self.stops.len() > LOST {
                        self.socket.send(bytes).unwrap();
                    }
                }
                ControllerOutput::Event(ControllerEvent::Stopped { .. }) => self.stopped = true,
                ControllerOutput::Event(_) => {}
                ControllerOutput::WaitUntil(wake) => return wake,
            }
        }
    }
}

#[test]
fn a_lost_stop_is_sent_again_until_the_camera_stands() {
    let arm = OnSockets::new("generic-20x", &[Listen::Udp(ANY)]);
    let model = bare("generic-20x").unwrap_or_else(|said| panic!("{said}")).world.camera;
    let config = ControllerConfig { framing: Framing::Datagrams, ..ControllerConfig::default() };
    let socket = UdpSocket::bind(ANY).unwrap();
    socket.connect(arm.address(0)).unwrap();
    let mut client = Client {
        controller: Controller::new(model.protocol.clone(), config),
        socket,
        clock: WallClock::start(),
        stops: Vec::new(),
        stopped: false,
    };

    let drive = Drive { pan_code: 18, tilt_code: 0 };
    let rate_dps = model.protocol.pan.rate_of(drive.pan_code);
    client.controller.drive(client.clock.now(), drive);
    let until = client.clock.now() + Duration::from_millis(700);
    client.run_until(|client| client.clock.now() >= until);

    let turning = arm.ask();
    assert!(turning.rate_dps > 0.9 * rate_dps, "{turning:?}");
    let asked = client.clock.now();
    client.controller.stop(asked);
    client.run_until(|client| client.stopped);
    assert!(client.stops.len() > LOST, "{:?}", client.stops);

    let still = arm.ask();
    assert!(still.rate_dps < 0.01, "{still:?}");
    // `turning` may be a control tick older than `asked`.
    let heard = client.stops[LOST] + model.protocol.timing.ack + SYSTEM;
    let turned_s = heard.since(asked).as_secs_f64() + 1.0 / 30.0;
    let braking_deg = rate_dps * rate_dps / (2.0 * model.pan.acceleration_dps2);
    let budget_deg = rate_dps * turned_s + braking_deg;
    let went_deg = still.pan_deg - turning.pan_deg;
    assert!(went_deg > 0.0 && went_deg < budget_deg, "went {went_deg}, budget {budget_deg}");
}
