//! What a controller tells a camera to do.
//!
//! Owns the bytes of every command we send or understand, both ways. Speeds are codes and positions are units here;
//! [`Model`](crate::model::Model) turns them into degrees. Layouts: the command lists of Sony EVI-D70, D80, D100 and
//! H100, BRC-H700, SRG-X400, SRG-H40UH and ILME-FR7, and of PTZOptics. One file a family: the head, the lens, memories.

mod lens;
mod memory;
mod pan_tilt;

use core::fmt;

use serde::{Deserialize, Serialize};

pub use self::lens::{FOCUS_SPEED_MAX, Focus, FocusSwitch, ZOOM_SPEED_MAX, ZoomDrive};
pub use self::memory::Memory;
pub use self::pan_tilt::{Corner, Drive, Limit, MoveSpeed, RAMP_CURVE_MAX, SPEED_CODE_MAX, SpeedStep};
use crate::datagram::Datagram;
use crate::frame::Header;
use crate::nibbles::split_word;
use crate::{Address, Dialect, Frame, ParseError, State, Visit};

/// A command: something the camera acknowledges, or does at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Command {
    /// Turn at two speeds until told otherwise; the stop is a drive with two zeros. VISCA drives never time out.
    PanTilt(Drive),
    /// Turn to a position.
    Absolute {
        /// Speed limits of the move.
        speed: MoveSpeed,
        /// Pan target \[position units\]; saturates at what the [`Dialect`] can say.
        pan_units: i32,
        /// Tilt target \[position units\]; saturates at 16 bits signed.
        tilt_units: i32,
    },
    /// Turn by a distance.
    Relative {
        /// Speed limits of the move.
        speed: MoveSpeed,
        /// Pan distance \[position units\]; saturates at what the [`Dialect`] can say.
        pan_units: i32,
        /// Tilt distance \[position units\]; saturates at 16 bits signed.
        tilt_units: i32,
    },
    /// Turn to the home position.
    Home,
    /// Seek the mechanical zero of both axes anew, as after power-on.
    Reset,
    /// Narrow the range of the head, or open it again.
    Limit(Limit),
    /// How drives speed up: curve 1 ..= 9 (three on BRC-H700, nine on ILME-FR7). Saturates.
    RampCurve(u8),
    /// How finely speeds are told (ILME-FR7).
    SpeedStep(SpeedStep),
    /// Run the zoom motor at a variable speed, or stop it.
    Zoom(ZoomDrive),
    /// Zoom in at the camera's standard speed.
    ZoomTele,
    /// Zoom out at the camera's standard speed.
    ZoomWide,
    /// Zoom to a position \[position units\].
    ZoomDirect(u16),
    /// Move the focus, or choose who does.
    Focus(Focus),
    /// Store, recall or empty a memory.
    Memory(Memory),
    /// Switch on, or to standby.
    Power {
        /// On.
        on: bool,
    },
    /// Give up the command that runs in this socket, 0 ..= 15 (1 and 2 exist).
    Cancel {
        /// Socket of the command's ACK.
        socket: u8,
    },
    /// Empty the command buffers.
    IfClear,
    /// Number the cameras on a serial line: the first takes this number and hands on the next. Goes to all.
    AddressSet {
        /// 1 from the controller; at most 8 when seven cameras have theirs. 0 ..= 15 on the wire.
        next: u8,
    },
}

impl Command {
    /// Which motor the command moves or stops, if it is one. A memory's recall moves all of them.
    pub const fn motor(self) -> Option<Motor> {
        match self {
            Self::PanTilt(_) | Self::Absolute { .. } | Self::Relative { .. } | Self::Home | Self::Reset => {
                Some(Motor::PanTilt)
            }
            Self::Zoom(_) | Self::ZoomTele | Self::ZoomWide | Self::ZoomDirect(_) => Some(Motor::Zoom),
            Self::Limit(_)
            | Self::RampCurve(_)
            | Self::SpeedStep(_)
            | Self::Focus(_)
            | Self::Memory(_)
            | Self::Power { .. }
            | Self::Cancel { .. }
            | Self::IfClear
            | Self::AddressSet { .. } => None,
        }
    }

    /// Whether this stops a motor of which we know where it is: the head or the zoom.
    pub const fn is_stop(self) -> bool {
        matches!(self, Self::PanTilt(Drive::STOP) | Self::Zoom(ZoomDrive::Stop))
    }

    /// Whether the command runs until its target is reached.
    pub const fn is_move(self) -> bool {
        matches!(
            self,
            Self::Absolute { .. }
                | Self::Relative { .. }
                | Self::Home
                | Self::Reset
                | Self::ZoomDirect(_)
                | Self::Focus(Focus::Direct(_))
                | Self::Memory(Memory::Recall(_))
        )
    }

    /// Whether the command is acknowledged and runs in a socket. The others are answered at once, without one.
    pub const fn takes_socket(self) -> bool {
        !matches!(self, Self::Cancel { .. } | Self::IfClear | Self::AddressSet { .. })
    }

    /// The command as a frame to camera `to`; an address is set for all.
    ///
    /// Speed bytes are at least 1 everywhere, in a stop too: BRC-300 and others answer a speed byte 00 with a syntax
    /// error and go on turning. Codes beyond what the protocol can say saturate.
    pub fn encode(self, to: Address, dialect: Dialect) -> Frame {
        match self {
            Self::AddressSet { .. } => self.to_all(dialect),
            _ => self.build(Header::To(to), dialect),
        }
    }

    /// The command as a frame to all cameras of a serial line; interface clear and address set have this form.
    pub fn to_all(self, dialect: Dialect) -> Frame {
        self.build(Header::Broadcast, dialect)
    }

    fn build(self, header: Header, dialect: Dialect) -> Frame {
        let mut bytes = Datagram::default();
        match self {
            Self::PanTilt(drive) => bytes.extend(&drive.payload()),
            Self::Absolute { speed, pan_units, tilt_units } => {
                bytes.extend(&[0x01, 0x06, 0x02]);
                bytes.extend(&speed.bytes(dialect));
                dialect.positions.write(&mut bytes, pan_units, tilt_units);
            }
            Self::Relative { speed, pan_units, tilt_units } => {
                bytes.extend(&[0x01, 0x06, 0x03]);
                bytes.extend(&speed.bytes(dialect));
                dialect.positions.write(&mut bytes, pan_units, tilt_units);
            }
            Self::Home => bytes.extend(&[0x01, 0x06, 0x04]),
            Self::Reset => bytes.extend(&[0x01, 0x06, 0x05]),
            Self::Limit(limit) => limit.write(&mut bytes, dialect),
            Self::RampCurve(curve) => bytes.extend(&[0x01, 0x06, 0x31, curve.clamp(1, RAMP_CURVE_MAX)]),
            Self::SpeedStep(step) => bytes.extend(&[0x01, 0x06, 0x45, step.byte()]),
            Self::Zoom(drive) => bytes.extend(&[0x01, 0x04, 0x07, drive.byte()]),
            Self::ZoomTele => bytes.extend(&[0x01, 0x04, 0x07, 0x02]),
            Self::ZoomWide => bytes.extend(&[0x01, 0x04, 0x07, 0x03]),
            Self::ZoomDirect(units) => {
                bytes.extend(&[0x01, 0x04, 0x47]);
                bytes.extend(&split_word(units));
            }
            Self::Focus(focus) => focus.write(&mut bytes),
            Self::Memory(memory) => bytes.extend(&memory.payload()),
            Self::Power { on } => bytes.extend(&[0x01, 0x04, 0x00, if on { 0x02 } else { 0x03 }]),
            Self::Cancel { socket } => bytes.extend(&[0x20 | (socket & 0x0F)]),
            Self::IfClear => bytes.extend(&[0x01, 0x00, 0x01]),
            Self::AddressSet { next } => bytes.extend(&[0x30, next & 0x0F]),
        }
        Frame::build(header, bytes.as_bytes())
    }

    /// Reads a frame to a camera, or to all of them, as a command.
    pub fn parse(frame: &Frame, dialect: Dialect) -> Result<Self, ParseError> {
        let byte = |at: usize, expected| {
            let found = frame.as_bytes().get(at).copied().unwrap_or_default();
            ParseError::Byte { what: WHAT, at, found, expected }
        };
        if !matches!(frame.header(), Header::To(_) | Header::Broadcast) {
            return Err(byte(0, "81 to 88"));
        }
        match *frame.payload() {
            [0x01, 0x06, opcode, ref args @ ..] => pan_tilt::parse(opcode, args, dialect),
            [0x01, 0x04, 0x00, ref args @ ..] => match *args {
                [0x02] => Ok(Self::Power { on: true }),
                [0x03] => Ok(Self::Power { on: false }),
                [_] => Err(byte(4, "02 or 03")),
                _ => Err(length(args, 1)),
            },
            [0x01, 0x04, 0x3F, ref args @ ..] => memory::parse(args),
            [0x01, 0x04, opcode, ref args @ ..] => lens::parse(opcode, args),
            [0x01, 0x00, 0x01] => Ok(Self::IfClear),
            [0x01, 0x00, 0x01, ref args @ ..] => Err(length(args, 0)),
            [0x01, 0x00, ..] => Err(byte(3, KNOWN)),
            [0x01, ..] => Err(byte(2, "00, 04 or 06")),
            [cancel @ 0x20..=0x2F] => Ok(Self::Cancel { socket: cancel & 0x0F }),
            [0x30, next @ 0x00..=0x0F] if frame.header() == Header::Broadcast => Ok(Self::AddressSet { next }),
            [0x30, 0x00..=0x0F] => Err(byte(0, "88 to set addresses")),
            _ => Err(byte(1, "01 or 20 to 2F")),
        }
    }
}

/// What errors call a frame of which no more is known.
const WHAT: &str = "command";
/// What stands at an opcode.
const KNOWN: &str = "a known command";
/// Bytes of a frame around a command's arguments: header, 01, category, opcode, and FF.
const AROUND_ARGS: usize = 5;
/// Where a command's arguments begin in its frame.
const ARGS_AT: usize = 4;

/// A command with other than `expected` bytes of arguments.
const fn length(args: &[u8], expected: usize) -> ParseError {
    ParseError::Length { what: WHAT, found: args.len() + AROUND_ARGS, expected: expected + AROUND_ARGS }
}

/// An opcode that we do not know.
const fn unknown(opcode: u8) -> ParseError {
    ParseError::Byte { what: WHAT, at: 3, found: opcode, expected: KNOWN }
}

/// One of the camera's two drives that commands speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Motor {
    /// The head: both axes together.
    PanTilt,
    /// The zoom lens.
    Zoom,
}

/// As the bytes that camera 1 would be sent, and positions as they are: not each form of writing them can say them.
impl State for Command {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("frame", &self.encode(Address::ONE, Dialect::default()));
        if let Self::Absolute { pan_units, tilt_units, .. }
        | Self::Relative { pan_units, tilt_units, .. }
        | Self::Limit(Limit::Set { pan_units, tilt_units, .. }) = *self
        {
            v.i64("pan_units", i64::from(pan_units));
            v.i64("tilt_units", i64::from(tilt_units));
        }
    }
}

impl fmt::Display for Motor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PanTilt => "pan-tilt",
            Self::Zoom => "zoom",
        })
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PanTilt(Drive::STOP) => f.write_str("pan-tilt stop"),
            Self::PanTilt(drive) => write!(f, "pan-tilt drive {:+} {:+}", drive.pan_code, drive.tilt_code),
            Self::Absolute { speed, pan_units, tilt_units } => {
                write!(f, "pan-tilt to {pan_units} {tilt_units} at {} {}", speed.pan_code, speed.tilt_code)
            }
            Self::Relative { speed, pan_units, tilt_units } => {
                write!(f, "pan-tilt by {pan_units:+} {tilt_units:+} at {} {}", speed.pan_code, speed.tilt_code)
            }
            Self::Home => f.write_str("pan-tilt home"),
            Self::Reset => f.write_str("pan-tilt reset"),
            Self::Limit(limit) => limit.fmt(f),
            Self::RampCurve(curve) => write!(f, "ramp curve {curve}"),
            Self::SpeedStep(SpeedStep::Normal) => f.write_str("speed step normal"),
            Self::SpeedStep(SpeedStep::Extended) => f.write_str("speed step extended"),
            Self::Zoom(ZoomDrive::Stop) => f.write_str("zoom stop"),
            Self::Zoom(ZoomDrive::Tele(p)) => write!(f, "zoom tele {p}"),
            Self::Zoom(ZoomDrive::Wide(p)) => write!(f, "zoom wide {p}"),
            Self::ZoomTele => f.write_str("zoom tele"),
            Self::ZoomWide => f.write_str("zoom wide"),
            Self::ZoomDirect(units) => write!(f, "zoom to {units}"),
            Self::Focus(focus) => focus.fmt(f),
            Self::Memory(memory) => memory.fmt(f),
            Self::Power { on: true } => f.write_str("power on"),
            Self::Power { on: false } => f.write_str("power standby"),
            Self::Cancel { socket } => write!(f, "cancel {socket}"),
            Self::IfClear => f.write_str("interface clear"),
            Self::AddressSet { next } => write!(f, "addresses from {next}"),
        }
    }
}

#[cfg(test)]
mod tests;
