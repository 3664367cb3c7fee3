//! The virtual camera: a protocol device that drives a gimbal and a lens.
//!
//! Owns the wiring and the camera's clock of physics ticks. Tick k is at round(k · 10⁹ / rate) ns; it runs gimbal and
//! lens from there to tick k + 1. Bytes and timers of the device come in between; what the device then asks of a motor
//! acts from the next tick on. A position move that a tick finds finished is reported to the device in that instant.
//! Frames that leave in one instant to one controller share a datagram, where the model joins its replies, as measured
//! on a PTZOptics G2 (`90 42 FF 90 52 FF`).
//!
//! Initial state: powered up long ago, at rest at the start pose. Head and lens are moved here, and two of them at once
//! for a recalled memory; the focus has no optics and is the device's own. Does not model: a loss of power.

use serde::{Deserialize, Serialize};
use tiltyard_visca::{
    Address, Datagram, Device, DeviceEvent, DeviceInput, DeviceOutput, Framing, Motor, PanTiltMotion, Peer, Readings,
    SimTime, State, Visit, ZoomMotion,
};

use crate::config::{CameraModel, Pose};
use crate::gimbal::{Axis, Gimbal};
use crate::lens::Lens;
use crate::servo::Goal;

/// Device, gimbal and lens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Camera {
    device: Device,
    gimbal: Gimbal,
    lens: Lens,
    /// Physics ticks a second \[Hz\] -- parameter.
    physics_hz: u32,
    /// Fastest zoom \[units/s\], for position moves -- parameter.
    zoom_rate_max: f64,
    /// Ticks begun -- state.
    ticks: u64,
    /// Start of the present tick -- state.
    from_at: SimTime,
    /// Its end, where the next one is due -- state.
    to_at: SimTime,
    /// The device waits for the head to arrive -- state.
    head_seeks: bool,
    /// Frames of this instant to one controller, gathered while outputs are polled; empty in between.
    outbox: Datagram,
    outbox_to: Peer,
}

/// What the camera wants from the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraOutput {
    /// A datagram for this controller.
    Transmit(Peer, Datagram),
    /// Nothing more; call [`Camera::due`] then.
    WaitUntil(Option<SimTime>),
}

impl Camera {
    /// Powered up and at rest at `start`; `physics_hz` ticks a second.
    pub fn new(model: &CameraModel, start: Pose, physics_hz: u32) -> Self {
        let speeds = &model.protocol.zoom.speed_units_per_s;
        Self {
            device: Device::new(model.protocol.clone(), Address::ONE),
            gimbal: Gimbal::new(model, start, physics_hz),
            lens: Lens::new(&model.lens, start.zoom_ratio, physics_hz),
            physics_hz,
            zoom_rate_max: speeds.iter().copied().fold(0.0, tiltyard_visca::num::max),
            ticks: 0,
            from_at: SimTime::ZERO,
            to_at: SimTime::ZERO,
            head_seeks: false,
            outbox: Datagram::default(),
            outbox_to: Peer::default(),
        }
    }

    /// When the next physics tick is due.
    pub fn next_tick_at(&self) -> SimTime {
        self.to_at
    }

    /// Runs the tick that is due; true when the device has something to say, so that outputs are to be polled.
    pub fn tick(&mut self) -> bool {
        self.ticks += 1;
        self.from_at = self.to_at;
        self.to_at = tick_at(self.ticks, self.physics_hz);
        self.gimbal.tick();
        let zoom_arrived = self.lens.tick();
        let head_arrived = self.head_seeks && !self.gimbal.is_seeking();
        if head_arrived || zoom_arrived {
            self.observe(self.from_at);
        }
        if head_arrived {
            self.head_seeks = false;
            self.device.motion_done(self.from_at, Motor::PanTilt);
        }
        if zoom_arrived {
            self.device.motion_done(self.from_at, Motor::Zoom);
        }
        head_arrived || zoom_arrived
    }

    /// Bytes of a controller reach the camera; poll outputs afterwards.
    pub fn receive(&mut self, at: SimTime, from: Peer, bytes: &[u8]) {
        self.observe(at);
        self.device.handle_input(DeviceInput::Bytes { at, from, bytes });
    }

    /// A controller has left.
    pub fn peer_gone(&mut self, peer: Peer) {
        self.device.peer_gone(peer);
    }

    /// The moment the device waited for has come; poll outputs afterwards.
    pub fn due(&mut self, at: SimTime) {
        self.observe(at);
        self.device.handle_input(DeviceInput::Tick { at });
    }

    /// What the device wants next; to be drained until it says wait. Motors are driven on the way.
    pub fn poll_output(&mut self) -> CameraOutput {
        loop {
            match self.device.poll_output() {
                DeviceOutput::Event(event) => self.drive(event),
                DeviceOutput::Transmit { to, datagram } => {
                    let joins = self.outbox.as_bytes().is_empty()
                        || (self.device.model().quirks.joins_replies
                            && to == self.outbox_to
                            && to.framing != Framing::Sony);
                    if !(joins && self.outbox.append(datagram.as_bytes())) {
                        let full = core::mem::replace(&mut self.outbox, datagram);
                        return CameraOutput::Transmit(core::mem::replace(&mut self.outbox_to, to), full);
                    }
                    self.outbox_to = to;
                }
                // Asked again, the device says the same.
                DeviceOutput::WaitUntil(_) if !self.outbox.as_bytes().is_empty() => {
                    return CameraOutput::Transmit(self.outbox_to, core::mem::take(&mut self.outbox));
                }
                DeviceOutput::WaitUntil(wait) => return CameraOutput::WaitUntil(wait),
            }
        }
    }

    /// A position move is under way, so a physics tick may make the device speak.
    pub fn is_seeking(&self) -> bool {
        self.head_seeks || self.lens.is_seeking()
    }

    /// Pan and tilt.
    pub fn gimbal(&self) -> &Gimbal {
        &self.gimbal
    }

    /// The lens.
    pub fn lens(&self) -> &Lens {
        &self.lens
    }

    /// The protocol end.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How far through the present tick `at` is: 0 at its start, 1 at its end.
    pub fn fraction_at(&self, at: SimTime) -> f64 {
        let tick_s = self.to_at.signed_secs_since(self.from_at);
        if tick_s > 0.0 { at.signed_secs_since(self.from_at) / tick_s } else { 0.0 }
    }

    /// What the encoders say at `at`.
    pub fn readings_at(&self, at: SimTime) -> Readings {
        let fraction = self.fraction_at(at);
        Readings {
            pan_deg: self.gimbal.angle_at(Axis::Pan, fraction),
            tilt_deg: self.gimbal.angle_at(Axis::Tilt, fraction),
            zoom_units: self.lens.units_at(fraction),
            pan_tilt_moving: self.gimbal.is_moving(Axis::Pan) || self.gimbal.is_moving(Axis::Tilt),
            zoom_moving: self.lens.is_moving(),
        }
    }

    fn observe(&mut self, at: SimTime) {
        self.device.observe(self.readings_at(at));
    }

    fn drive(&mut self, event: DeviceEvent) {
        match event {
            DeviceEvent::PanTilt(motion) => {
                let (pan, tilt) = match motion {
                    PanTiltMotion::Velocity { pan_dps, tilt_dps } => (Goal::Rate(pan_dps), Goal::Rate(tilt_dps)),
                    PanTiltMotion::Position { pan_deg, tilt_deg, pan_dps_max, tilt_dps_max } => {
                        (position(pan_deg, pan_dps_max), position(tilt_deg, tilt_dps_max))
                    }
                    PanTiltMotion::Stop => (Goal::Rate(0.0), Goal::Rate(0.0)),
                };
                self.head_seeks = matches!(motion, PanTiltMotion::Position { .. });
                self.gimbal.drive(Axis::Pan, pan);
                self.gimbal.drive(Axis::Tilt, tilt);
            }
            DeviceEvent::Zoom(motion) => self.lens.drive(match motion {
                ZoomMotion::Velocity { units_per_s } => Goal::Rate(units_per_s),
                ZoomMotion::Position { units } => Goal::Position { to: units, rate_max: self.zoom_rate_max },
                ZoomMotion::Stop => Goal::Rate(0.0),
            }),
        }
    }
}

impl State for Camera {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("ticks", self.ticks);
        v.time("from_at", self.from_at);
        v.time("to_at", self.to_at);
        v.bytes("outbox", self.outbox.as_bytes());
        v.part("outbox_to", &self.outbox_to);
        v.bool("head_seeks", self.head_seeks);
        v.part("gimbal", &self.gimbal);
        v.part("lens", &self.lens);
        v.part("device", &self.device);
    }
}

/// There at this rate; without one, the axis comes to a stand where it is.
fn position(to: f64, rate_max: f64) -> Goal {
    if rate_max > 0.0 { Goal::Position { to, rate_max } } else { Goal::Rate(0.0) }
}

/// When tick `index` begins: from its index, so that nothing adds up.
fn tick_at(index: u64, hz: u32) -> SimTime {
    let hz = u64::from(hz);
    // Whole seconds apart from the rest, so that the product does not overflow in any run.
    SimTime::from_nanos(index / hz * 1_000_000_000 + ((index % hz) * 1_000_000_000 + hz / 2) / hz)
}
