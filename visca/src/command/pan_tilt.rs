//! Commands to the head, category 06.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::{ARGS_AT, Command, length, unknown};
use crate::datagram::Datagram;
use crate::{Dialect, ParseError, Positions};

/// Highest speed byte that any camera takes on any axis (24; pan on every model, tilt on BRC-300/H700).
pub const SPEED_CODE_MAX: u8 = 0x18;
/// Highest number of a ramp curve: nine on ILME-FR7, three on BRC-H700.
pub const RAMP_CURVE_MAX: u8 = 9;

/// Signed speed codes of both axes: pan + is right, tilt + is up, 0 stands still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Drive {
    /// Pan speed code, −24 ..= 24; + is right.
    pub pan_code: i8,
    /// Tilt speed code, −24 ..= 24; + is up.
    pub tilt_code: i8,
}

impl Drive {
    /// Both axes stand still.
    pub const STOP: Self = Self { pan_code: 0, tilt_code: 0 };

    /// Whether both axes are to stand still.
    pub const fn is_stop(self) -> bool {
        self.pan_code == 0 && self.tilt_code == 0
    }

    /// 06 01 VV WW PP TT: speeds, then 01 left or up, 02 right or down, 03 neither.
    pub(super) fn payload(self) -> [u8; 7] {
        let (pan, pan_way) = speed_and_way(self.pan_code, [0x02, 0x01]);
        let (tilt, tilt_way) = speed_and_way(self.tilt_code, [0x01, 0x02]);
        [0x01, 0x06, 0x01, pan, tilt, pan_way, tilt_way]
    }
}

/// The largest speeds of a move to a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MoveSpeed {
    /// Pan speed code, 1 ..= 24.
    pub pan_code: u8,
    /// Tilt speed code, 1 ..= 24.
    pub tilt_code: u8,
}

impl MoveSpeed {
    /// VV WW; where one speed serves both axes VV 00, the slower one: no axis is faster than asked.
    pub(super) fn bytes(self, dialect: Dialect) -> [u8; 2] {
        let (pan, tilt) = (speed_byte(self.pan_code), speed_byte(self.tilt_code));
        match dialect.positions {
            Positions::Four => [pan, tilt],
            Positions::Five => [pan.min(tilt), 0x00],
        }
    }

    fn parse(what: &'static str, [pan, tilt]: [u8; 2], dialect: Dialect) -> Result<Self, ParseError> {
        let pan_code = read_speed(what, ARGS_AT, pan, dialect)?;
        let tilt_code = match (dialect.positions, tilt) {
            (Positions::Four, _) => read_speed(what, ARGS_AT + 1, tilt, dialect)?,
            (Positions::Five, 0x00) => pan_code,
            (Positions::Five, found) => {
                return Err(ParseError::Byte { what, at: ARGS_AT + 1, found, expected: "00" });
            }
        };
        Ok(Self { pan_code, tilt_code })
    }
}

/// Which two ends of the range are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Corner {
    /// 0: the lower end of tilt and the left one of pan.
    DownLeft,
    /// 1: the upper end of tilt and the right one of pan.
    UpRight,
}

/// The limits of the head's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Limit {
    /// Go no further than this.
    Set {
        /// Which ends.
        corner: Corner,
        /// Pan limit \[position units\]; saturates at what the [`Dialect`] can say.
        pan_units: i32,
        /// Tilt limit \[position units\]; saturates at 16 bits signed.
        tilt_units: i32,
    },
    /// As far as the mechanics let.
    Clear {
        /// Which ends.
        corner: Corner,
    },
}

impl Limit {
    /// 06 07 00 0W and the position, or 06 07 01 0W and the largest position.
    pub(super) fn write(self, bytes: &mut Datagram, dialect: Dialect) {
        let (opcode, corner, pan_units, tilt_units) = match self {
            Self::Set { corner, pan_units, tilt_units } => (0x00, corner, pan_units, tilt_units),
            Self::Clear { corner } => (0x01, corner, i32::MAX, i32::MAX),
        };
        bytes.extend(&[0x01, 0x06, 0x07, opcode, corner as u8]);
        dialect.positions.write(bytes, pan_units, tilt_units);
    }

    fn parse(args: &[u8], dialect: Dialect) -> Result<Self, ParseError> {
        const WHAT: &str = "limit";
        let &[opcode, corner, ref position @ ..] = args else { return Err(length(args, 2 + dialect.positions.len())) };
        let corner = match corner {
            0x00 => Corner::DownLeft,
            0x01 => Corner::UpRight,
            found => {
                return Err(ParseError::Byte { what: WHAT, at: ARGS_AT + 1, found, expected: "00 or 01" });
            }
        };
        if position.len() != dialect.positions.len() {
            return Err(length(args, 2 + dialect.positions.len()));
        }
        let (pan_units, tilt_units) = dialect.positions.read(WHAT, ARGS_AT + 2, position)?;
        match opcode {
            0x00 => Ok(Self::Set { corner, pan_units, tilt_units }),
            0x01 => Ok(Self::Clear { corner }),
            found => Err(ParseError::Byte { what: WHAT, at: ARGS_AT, found, expected: "00 or 01" }),
        }
    }
}

/// How finely speeds are told. Source: ILME-FR7 command list, as ai4av.net quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SpeedStep {
    /// 08: as many steps as other cameras have.
    Normal,
    /// 18: more of them.
    Extended,
}

impl SpeedStep {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Normal => 0x08,
            Self::Extended => 0x18,
        }
    }
}

/// Reads a command of category 06.
pub(super) fn parse(opcode: u8, args: &[u8], dialect: Dialect) -> Result<Command, ParseError> {
    let byte = |expected| {
        let found = args.first().copied().unwrap_or_default();
        ParseError::Byte { what: super::WHAT, at: ARGS_AT, found, expected }
    };
    match (opcode, args) {
        (0x01, &[pan, tilt, pan_way, tilt_way]) => Ok(Command::PanTilt(Drive {
            pan_code: signed_code(ARGS_AT, [pan, pan_way], [0x02, 0x01], dialect)?,
            tilt_code: signed_code(ARGS_AT + 1, [tilt, tilt_way], [0x01, 0x02], dialect)?,
        })),
        (0x01, _) => Err(length(args, 4)),
        (0x02, _) => {
            let (speed, pan_units, tilt_units) = parse_move("absolute move", args, dialect)?;
            Ok(Command::Absolute { speed, pan_units, tilt_units })
        }
        (0x03, _) => {
            let (speed, pan_units, tilt_units) = parse_move("relative move", args, dialect)?;
            Ok(Command::Relative { speed, pan_units, tilt_units })
        }
        (0x04, []) => Ok(Command::Home),
        (0x05, []) => Ok(Command::Reset),
        (0x04 | 0x05, _) => Err(length(args, 0)),
        (0x07, _) => Limit::parse(args, dialect).map(Command::Limit),
        (0x31, &[curve @ 1..=RAMP_CURVE_MAX]) => Ok(Command::RampCurve(curve)),
        (0x31, [_]) => Err(byte("01 to 09")),
        (0x45, [0x08]) => Ok(Command::SpeedStep(SpeedStep::Normal)),
        (0x45, [0x18]) => Ok(Command::SpeedStep(SpeedStep::Extended)),
        (0x45, [_]) => Err(byte("08 or 18")),
        (0x31 | 0x45, _) => Err(length(args, 1)),
        _ => Err(unknown(opcode)),
    }
}

/// The speeds of a move, and its position: VV WW and the nibbles.
fn parse_move(what: &'static str, args: &[u8], dialect: Dialect) -> Result<(MoveSpeed, i32, i32), ParseError> {
    let expected = 2 + dialect.positions.len();
    let &[pan, tilt, ref position @ ..] = args else { return Err(length(args, expected)) };
    if args.len() != expected {
        return Err(length(args, expected));
    }
    let speed = MoveSpeed::parse(what, [pan, tilt], dialect)?;
    let (pan_units, tilt_units) = dialect.positions.read(what, ARGS_AT + 2, position)?;
    Ok((speed, pan_units, tilt_units))
}

/// A speed byte is 1 … 24.
fn speed_byte(code: u8) -> u8 {
    code.clamp(1, SPEED_CODE_MAX)
}

/// The speed byte and the direction byte of one axis; `ways` are those of + and −, standing still is 03.
fn speed_and_way(code: i8, ways: [u8; 2]) -> (u8, u8) {
    let way = match code {
        0 => 0x03,
        1.. => ways[0],
        _ => ways[1],
    };
    (speed_byte(code.unsigned_abs()), way)
}

/// Reads one axis of a drive: its speed byte at `at` in the frame, its direction byte two further on.
fn signed_code(at: usize, [speed, way]: [u8; 2], ways: [u8; 2], dialect: Dialect) -> Result<i8, ParseError> {
    const WHAT: &str = "drive";
    let code = read_speed(WHAT, at, speed, dialect)? as i8;
    match way {
        0x03 => Ok(0),
        _ if way == ways[0] => Ok(code),
        _ if way == ways[1] => Ok(-code),
        _ => Err(ParseError::Byte { what: WHAT, at: at + 2, found: way, expected: "01, 02 or 03" }),
    }
}

/// The code of a speed byte at `at` in the frame; 00 is the slowest speed, where the camera takes it.
fn read_speed(what: &'static str, at: usize, speed: u8, dialect: Dialect) -> Result<u8, ParseError> {
    match speed {
        0 if dialect.speed_zero => Ok(1),
        1..=SPEED_CODE_MAX => Ok(speed),
        found => {
            let expected = if dialect.speed_zero { "00 to 18" } else { "01 to 18" };
            Err(ParseError::Byte { what, at, found, expected })
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { corner, pan_units, tilt_units } => write!(f, "limit {corner} at {pan_units} {tilt_units}"),
            Self::Clear { corner } => write!(f, "no limit {corner}"),
        }
    }
}

impl fmt::Display for Corner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DownLeft => "down and left",
            Self::UpRight => "up and right",
        })
    }
}
