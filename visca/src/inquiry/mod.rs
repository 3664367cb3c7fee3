//! What a controller asks a camera, and the answers.
//!
//! Answers do not say what they answer: `90 50 02 FF` is "on" to one question and nonsense to another. So an answer's
//! payload is read by the [`Inquiry`] it belongs to; who asked what is the [`Controller`](crate::Controller)'s memory.

mod block;
mod status;

use core::fmt;

use serde::{Deserialize, Serialize};

pub use self::block::{BLOCK_MAX, LensBlock};
pub use self::status::{HeadMotion, Initialisation, PanTiltStatus};
use crate::datagram::Datagram;
use crate::frame::Header;
use crate::nibbles::{join_word, split_word};
use crate::reply::{PAYLOAD_LEN_MAX, Payload};
use crate::{Address, Dialect, Frame, ParseError, State, Visit};

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Inquiry {
    /// Where the head points.
    PanTilt,
    /// Where the zoom motor stands.
    Zoom,
    /// Who the camera is.
    Version,
    /// Whether it is on.
    Power,
    /// Against which limits the head stands, and how its last order goes.
    PanTiltStatus,
    /// The highest speed codes of a move.
    MaxSpeed,
    /// Where the focus stands.
    Focus,
    /// Who moves the focus.
    FocusMode,
    /// Which memory was used last (EVI-D100).
    Memory,
    /// Many answers in one, by page: 0 is the lens, 1 to 4 the camera, 5 the rest. Saturates at 5.
    Block(u8),
}

/// What the camera says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// Head position.
    PanTilt {
        /// Pan \[position units\]; saturates at what the [`Dialect`] can say.
        pan_units: i32,
        /// Tilt \[position units\], 16 bits signed; saturates.
        tilt_units: i32,
    },
    /// Zoom position \[position units\].
    Zoom {
        /// 0 is wide.
        units: u16,
    },
    /// Vendor, model, firmware.
    Version(Version),
    /// On or not.
    Power(Power),
    /// The head's limits and last order.
    PanTiltStatus(PanTiltStatus),
    /// The highest speed codes of a move. A byte FF cannot be sent and leaves as FE.
    MaxSpeed {
        /// Of pan.
        pan_code: u8,
        /// Of tilt.
        tilt_code: u8,
    },
    /// Focus position \[position units\].
    Focus {
        /// 1000 is far, C000 near (EVI-D70).
        units: u16,
    },
    /// Who moves the focus.
    FocusMode(FocusMode),
    /// The memory used last.
    Memory {
        /// Its number. A byte FF cannot be sent and leaves as FE.
        number: u8,
    },
    /// A page of many answers, as it came; page 0 is a [`LensBlock`].
    Block {
        /// 0 ..= 5.
        page: u8,
        /// Thirteen bytes.
        payload: Payload,
    },
}

/// Who moves the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FocusMode {
    /// 02: the camera.
    Auto,
    /// 03: commands.
    Manual,
    /// Anything else.
    Unknown(u8),
}

/// Who the camera is. A byte FF cannot be sent and leaves as FE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Version {
    /// 0001 or 0020 is Sony; PTZOptics G2 answers 0052.
    pub vendor: u16,
    /// The vendor's own number of the model.
    pub model: u16,
    /// Firmware revision.
    pub rom: u16,
    /// Command sockets, 2 everywhere.
    pub sockets: u8,
}

/// Power state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Power {
    /// 02.
    On,
    /// 03.
    Standby,
    /// 04: a fault in the power circuit, on some models.
    Internal,
    /// Anything else.
    Unknown(u8),
}

impl Inquiry {
    /// All questions; those that every client asks come first.
    pub const ALL: [Self; 15] = [
        Self::PanTilt,
        Self::Zoom,
        Self::Version,
        Self::Power,
        Self::PanTiltStatus,
        Self::MaxSpeed,
        Self::Focus,
        Self::FocusMode,
        Self::Memory,
        Self::Block(0),
        Self::Block(1),
        Self::Block(2),
        Self::Block(3),
        Self::Block(4),
        Self::Block(5),
    ];

    /// The question as a frame to camera `to`.
    pub fn encode(self, to: Address) -> Frame {
        let payload: [u8; 3] = match self {
            Self::PanTilt => [0x09, 0x06, 0x12],
            Self::Zoom => [0x09, 0x04, 0x47],
            Self::Version => [0x09, 0x00, 0x02],
            Self::Power => [0x09, 0x04, 0x00],
            Self::PanTiltStatus => [0x09, 0x06, 0x10],
            Self::MaxSpeed => [0x09, 0x06, 0x11],
            Self::Focus => [0x09, 0x04, 0x48],
            Self::FocusMode => [0x09, 0x04, 0x38],
            Self::Memory => [0x09, 0x04, 0x3F],
            Self::Block(page) => return Frame::build(Header::To(to), &[0x09, 0x7E, 0x7E, page.min(BLOCK_MAX)]),
        };
        Frame::build(Header::To(to), &payload)
    }

    /// Reads a frame to a camera as a question.
    pub fn parse(frame: &Frame) -> Result<Self, ParseError> {
        const WHAT: &str = "inquiry";
        let byte = |at: usize, expected| {
            let found = frame.as_bytes().get(at).copied().unwrap_or_default();
            ParseError::Byte { what: WHAT, at, found, expected }
        };
        if !matches!(frame.header(), Header::To(_)) {
            return Err(byte(0, "81 to 87"));
        }
        match *frame.payload() {
            [0x09, 0x06, 0x12] => Ok(Self::PanTilt),
            [0x09, 0x04, 0x47] => Ok(Self::Zoom),
            [0x09, 0x00, 0x02] => Ok(Self::Version),
            [0x09, 0x04, 0x00] => Ok(Self::Power),
            [0x09, 0x06, 0x10] => Ok(Self::PanTiltStatus),
            [0x09, 0x06, 0x11] => Ok(Self::MaxSpeed),
            [0x09, 0x04, 0x48] => Ok(Self::Focus),
            [0x09, 0x04, 0x38] => Ok(Self::FocusMode),
            [0x09, 0x04, 0x3F] => Ok(Self::Memory),
            [0x09, 0x7E, 0x7E, page @ 0..=BLOCK_MAX] => Ok(Self::Block(page)),
            [0x09, 0x7E, 0x7E, _] => Err(byte(4, "00 to 05")),
            [0x09, _, _] => Err(byte(3, "a known inquiry")),
            [0x09, ..] => Err(ParseError::Length { what: WHAT, found: frame.as_bytes().len(), expected: 5 }),
            _ => Err(byte(1, "09")),
        }
    }

    /// Reads the payload of an answer to this question; byte numbers in errors count from the payload's start.
    pub fn read(self, payload: &Payload, dialect: Dialect) -> Result<Answer, ParseError> {
        let bytes = payload.as_bytes();
        let length = |what, expected| ParseError::Length { what, found: bytes.len(), expected };
        match self {
            Self::PanTilt => {
                const WHAT: &str = "pan-tilt position";
                let (pan_units, tilt_units) = dialect.positions.read(WHAT, 0, bytes)?;
                Ok(Answer::PanTilt { pan_units, tilt_units })
            }
            Self::Zoom => {
                const WHAT: &str = "zoom position";
                let &[z0, z1, z2, z3] = bytes else { return Err(length(WHAT, 4)) };
                Ok(Answer::Zoom { units: join_word(WHAT, 0, [z0, z1, z2, z3])? })
            }
            Self::Version => {
                let &[v0, v1, m0, m1, r0, r1, sockets] = bytes else { return Err(length("version", 7)) };
                let word = |high, low| u16::from_be_bytes([high, low]);
                let version = Version { vendor: word(v0, v1), model: word(m0, m1), rom: word(r0, r1), sockets };
                Ok(Answer::Version(version))
            }
            Self::Power => {
                let &[power] = bytes else { return Err(length("power state", 1)) };
                Ok(Answer::Power(match power {
                    0x02 => Power::On,
                    0x03 => Power::Standby,
                    0x04 => Power::Internal,
                    _ => Power::Unknown(power),
                }))
            }
            Self::PanTiltStatus => {
                let &[pq, rs] = bytes else { return Err(length("pan-tilt status", 2)) };
                Ok(Answer::PanTiltStatus(PanTiltStatus::from_word(u16::from_be_bytes([pq, rs]))))
            }
            Self::MaxSpeed => {
                let &[pan_code, tilt_code] = bytes else { return Err(length("highest speeds", 2)) };
                Ok(Answer::MaxSpeed { pan_code, tilt_code })
            }
            Self::Focus => {
                const WHAT: &str = "focus position";
                let &[f0, f1, f2, f3] = bytes else { return Err(length(WHAT, 4)) };
                Ok(Answer::Focus { units: join_word(WHAT, 0, [f0, f1, f2, f3])? })
            }
            Self::FocusMode => {
                let &[mode] = bytes else { return Err(length("focus mode", 1)) };
                Ok(Answer::FocusMode(match mode {
                    0x02 => FocusMode::Auto,
                    0x03 => FocusMode::Manual,
                    _ => FocusMode::Unknown(mode),
                }))
            }
            Self::Memory => {
                let &[number] = bytes else { return Err(length("memory number", 1)) };
                Ok(Answer::Memory { number })
            }
            Self::Block(page) if bytes.len() == PAYLOAD_LEN_MAX => Ok(Answer::Block { page, payload: *payload }),
            Self::Block(_) => Err(length("block", PAYLOAD_LEN_MAX)),
        }
    }
}

impl Answer {
    /// The question this answers.
    pub const fn inquiry(self) -> Inquiry {
        match self {
            Self::PanTilt { .. } => Inquiry::PanTilt,
            Self::Zoom { .. } => Inquiry::Zoom,
            Self::Version(_) => Inquiry::Version,
            Self::Power(_) => Inquiry::Power,
            Self::PanTiltStatus(_) => Inquiry::PanTiltStatus,
            Self::MaxSpeed { .. } => Inquiry::MaxSpeed,
            Self::Focus { .. } => Inquiry::Focus,
            Self::FocusMode(_) => Inquiry::FocusMode,
            Self::Memory { .. } => Inquiry::Memory,
            Self::Block { page, .. } => Inquiry::Block(page),
        }
    }

    /// The answer's payload, as [`Reply::Answer`](crate::Reply::Answer) carries it.
    pub fn payload(self, dialect: Dialect) -> Payload {
        match self {
            Self::PanTilt { pan_units, tilt_units } => {
                let mut bytes = Datagram::default();
                dialect.positions.write(&mut bytes, pan_units, tilt_units);
                Payload::of(bytes.as_bytes())
            }
            Self::Zoom { units } | Self::Focus { units } => Payload::of(&split_word(units)),
            Self::Version(Version { vendor, model, rom, sockets }) => {
                let ([v0, v1], [m0, m1], [r0, r1]) = (vendor.to_be_bytes(), model.to_be_bytes(), rom.to_be_bytes());
                Payload::of(&[v0, v1, m0, m1, r0, r1, sockets])
            }
            Self::Power(power) => Payload::of(&[match power {
                Power::On => 0x02,
                Power::Standby => 0x03,
                Power::Internal => 0x04,
                Power::Unknown(byte) => byte,
            }]),
            Self::PanTiltStatus(status) => Payload::of(&status.word().to_be_bytes()),
            Self::MaxSpeed { pan_code, tilt_code } => Payload::of(&[pan_code, tilt_code]),
            Self::FocusMode(mode) => Payload::of(&[match mode {
                FocusMode::Auto => 0x02,
                FocusMode::Manual => 0x03,
                FocusMode::Unknown(byte) => byte,
            }]),
            Self::Memory { number } => Payload::of(&[number]),
            Self::Block { payload, .. } => payload,
        }
    }

    /// The answer as a frame from camera `from`.
    pub fn encode(self, from: Address, dialect: Dialect) -> Frame {
        crate::Reply::Answer(self.payload(dialect)).encode(from)
    }
}

impl State for Inquiry {
    fn visit(&self, v: &mut dyn Visit) {
        let kind = match self {
            Self::PanTilt => 0,
            Self::Zoom => 1,
            Self::Version => 2,
            Self::Power => 3,
            Self::PanTiltStatus => 4,
            Self::MaxSpeed => 5,
            Self::Focus => 6,
            Self::FocusMode => 7,
            Self::Memory => 8,
            Self::Block(page) => 9 + u64::from(*page),
        };
        v.u64("kind", kind);
    }
}

impl fmt::Display for Inquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PanTilt => "pan-tilt position?",
            Self::Zoom => "zoom position?",
            Self::Version => "version?",
            Self::Power => "power?",
            Self::PanTiltStatus => "pan-tilt status?",
            Self::MaxSpeed => "highest speeds?",
            Self::Focus => "focus position?",
            Self::FocusMode => "focus mode?",
            Self::Memory => "memory?",
            Self::Block(page) => return write!(f, "block {page}?"),
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PanTilt { pan_units, tilt_units } => write!(f, "pan-tilt position {pan_units} {tilt_units}"),
            Self::Zoom { units } => write!(f, "zoom position {units}"),
            Self::Version(v) => write!(f, "version {:04X} {:04X} {:04X} {:02X}", v.vendor, v.model, v.rom, v.sockets),
            Self::Power(Power::On) => f.write_str("power on"),
            Self::Power(Power::Standby) => f.write_str("power standby"),
            Self::Power(Power::Internal) => f.write_str("power fault"),
            Self::Power(Power::Unknown(byte)) => write!(f, "power {byte:02X}"),
            Self::PanTiltStatus(status) => write!(f, "pan-tilt {status}"),
            Self::MaxSpeed { pan_code, tilt_code } => write!(f, "highest speeds {pan_code} {tilt_code}"),
            Self::Focus { units } => write!(f, "focus position {units}"),
            Self::FocusMode(FocusMode::Auto) => f.write_str("focus auto"),
            Self::FocusMode(FocusMode::Manual) => f.write_str("focus manual"),
            Self::FocusMode(FocusMode::Unknown(byte)) => write!(f, "focus mode {byte:02X}"),
            Self::Memory { number } => write!(f, "memory {number}"),
            Self::Block { page, payload } => write!(f, "block {page}: {payload}"),
        }
    }
}

#[cfg(test)]
mod tests;
