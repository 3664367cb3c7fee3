//! What goes into a [`Device`](crate::Device) and what comes out.

use serde::{Deserialize, Serialize};

use crate::{Datagram, Motor, Peer, SimTime, State, Visit};

/// What happens to a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceInput<'a> {
    /// Bytes arrived: a datagram, or a piece of a stream.
    Bytes {
        /// When they were received.
        at: SimTime,
        /// Who sent them.
        from: Peer,
        /// The bytes; they may hold several frames, or a part of one.
        bytes: &'a [u8],
    },
    /// Time went on; due whenever the last `WaitUntil` is reached.
    Tick {
        /// Now.
        at: SimTime,
    },
}

/// What a camera gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum DeviceOutput {
    /// Send this, now.
    Transmit {
        /// To which controller.
        to: Peer,
        /// One frame, with Sony's header where the controller uses it.
        datagram: Datagram,
    },
    /// Do this, now.
    Event(DeviceEvent),
    /// Nothing more; tick at this time, or only when bytes arrive.
    WaitUntil(Option<SimTime>),
}

/// What the motors are told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum DeviceEvent {
    /// The head.
    PanTilt(PanTiltMotion),
    /// The zoom motor.
    Zoom(ZoomMotion),
}

impl DeviceEvent {
    /// The order to stand still.
    pub const fn stop(motor: Motor) -> Self {
        match motor {
            Motor::PanTilt => Self::PanTilt(PanTiltMotion::Stop),
            Motor::Zoom => Self::Zoom(ZoomMotion::Stop),
        }
    }
}

/// What the head is told. Pan + is right, tilt + is up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum PanTiltMotion {
    /// Turn at these rates until told otherwise.
    Velocity {
        /// Pan rate \[deg/s\].
        pan_dps: f64,
        /// Tilt rate \[deg/s\].
        tilt_dps: f64,
    },
    /// Turn to this position, then tell [`Device::motion_done`](crate::Device::motion_done). An axis with a rate of 0
    /// is not to be turned: it comes to a stand, wherever that is.
    Position {
        /// Pan target \[deg\], within the model's range.
        pan_deg: f64,
        /// Tilt target \[deg\], within the model's range.
        tilt_deg: f64,
        /// Pan rate on the way, at most \[deg/s\]; 0: pan stands still.
        pan_dps_max: f64,
        /// Tilt rate on the way, at most \[deg/s\]; 0: tilt stands still.
        tilt_dps_max: f64,
    },
    /// Stand still.
    Stop,
}

/// What the zoom motor is told. + is in (tele).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ZoomMotion {
    /// Run at this rate until told otherwise or at the end.
    Velocity {
        /// Rate \[units/s\].
        units_per_s: f64,
    },
    /// Run to this position as fast as the motor can, then tell [`Device::motion_done`](crate::Device::motion_done).
    Position {
        /// Target \[units\], within the model's range.
        units: f64,
    },
    /// Stand still.
    Stop,
}

/// Where the camera is, as its encoders say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Readings {
    /// Pan \[deg\], + right.
    pub pan_deg: f64,
    /// Tilt \[deg\], + up.
    pub tilt_deg: f64,
    /// Zoom motor \[units\], 0 is wide.
    pub zoom_units: f64,
    /// The head turns.
    pub pan_tilt_moving: bool,
    /// The zoom motor runs.
    pub zoom_moving: bool,
}

impl State for Readings {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("pan_deg", self.pan_deg);
        v.f64("tilt_deg", self.tilt_deg);
        v.f64("zoom_units", self.zoom_units);
        v.bool("pan_tilt_moving", self.pan_tilt_moving);
        v.bool("zoom_moving", self.zoom_moving);
    }
}

impl State for DeviceOutput {
    fn visit(&self, v: &mut dyn Visit) {
        match self {
            Self::Transmit { to, datagram } => {
                v.u64("kind", 0);
                v.part("to", to);
                v.part("transmit", datagram);
            }
            Self::Event(event) => {
                v.u64("kind", 1);
                v.part("event", event);
            }
            Self::WaitUntil(at) => {
                v.u64("kind", 2);
                v.time("wait_until", *at);
            }
        }
    }
}

impl State for DeviceEvent {
    fn visit(&self, v: &mut dyn Visit) {
        let kind = match self {
            Self::PanTilt(PanTiltMotion::Velocity { .. }) => 0,
            Self::PanTilt(PanTiltMotion::Position { .. }) => 1,
            Self::PanTilt(PanTiltMotion::Stop) => 2,
            Self::Zoom(ZoomMotion::Velocity { .. }) => 3,
            Self::Zoom(ZoomMotion::Position { .. }) => 4,
            Self::Zoom(ZoomMotion::Stop) => 5,
        };
        v.u64("kind", kind);
        match *self {
            Self::PanTilt(PanTiltMotion::Velocity { pan_dps, tilt_dps }) => {
                v.f64("pan_dps", pan_dps);
                v.f64("tilt_dps", tilt_dps);
            }
            Self::PanTilt(PanTiltMotion::Position { pan_deg, tilt_deg, pan_dps_max, tilt_dps_max }) => {
                v.f64("pan_deg", pan_deg);
                v.f64("tilt_deg", tilt_deg);
                v.f64("pan_dps_max", pan_dps_max);
                v.f64("tilt_dps_max", tilt_dps_max);
            }
            Self::Zoom(ZoomMotion::Velocity { units_per_s }) => v.f64("units_per_s", units_per_s),
            Self::Zoom(ZoomMotion::Position { units }) => v.f64("units", units),
            Self::PanTilt(PanTiltMotion::Stop) | Self::Zoom(ZoomMotion::Stop) => {}
        }
    }
}
