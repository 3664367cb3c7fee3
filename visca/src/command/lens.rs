//! Commands to zoom and focus, of category 04.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::{ARGS_AT, Command, length, unknown};
use crate::ParseError;
use crate::datagram::Datagram;
use crate::nibbles::{join_word, split_word};

/// Highest variable zoom speed.
pub const ZOOM_SPEED_MAX: u8 = 7;
/// Highest variable focus speed.
pub const FOCUS_SPEED_MAX: u8 = 7;

/// What the zoom motor is to do: zoom + is in (tele).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ZoomDrive {
    /// Stand still.
    #[default]
    Stop,
    /// Zoom in at variable speed p, 0 ..= 7.
    Tele(u8),
    /// Zoom out at variable speed p, 0 ..= 7.
    Wide(u8),
}

impl ZoomDrive {
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Stop => 0x00,
            Self::Tele(p) => 0x20 | p.min(ZOOM_SPEED_MAX),
            Self::Wide(p) => 0x30 | p.min(ZOOM_SPEED_MAX),
        }
    }
}

/// What the focus is to do. Source: SRG-H40UH command list, page 20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Focus {
    /// Stand still.
    Stop,
    /// Go far at the camera's standard speed.
    Far,
    /// Go near at the camera's standard speed.
    Near,
    /// Go far at variable speed p, 0 ..= 7.
    FarAt(u8),
    /// Go near at variable speed p, 0 ..= 7.
    NearAt(u8),
    /// Go to a position \[position units\]; 1000 is far, C000 near (EVI-D70).
    Direct(u16),
    /// Choose who moves it.
    Switch(FocusSwitch),
}

/// Who moves the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FocusSwitch {
    /// 02: the camera.
    Auto,
    /// 03: commands.
    Manual,
    /// 10: the other of the two.
    Toggle,
}

impl Focus {
    pub(super) fn write(self, bytes: &mut Datagram) {
        match self {
            Self::Stop => bytes.extend(&[0x01, 0x04, 0x08, 0x00]),
            Self::Far => bytes.extend(&[0x01, 0x04, 0x08, 0x02]),
            Self::Near => bytes.extend(&[0x01, 0x04, 0x08, 0x03]),
            Self::FarAt(p) => bytes.extend(&[0x01, 0x04, 0x08, 0x20 | p.min(FOCUS_SPEED_MAX)]),
            Self::NearAt(p) => bytes.extend(&[0x01, 0x04, 0x08, 0x30 | p.min(FOCUS_SPEED_MAX)]),
            Self::Direct(units) => {
                bytes.extend(&[0x01, 0x04, 0x48]);
                bytes.extend(&split_word(units));
            }
            Self::Switch(FocusSwitch::Auto) => bytes.extend(&[0x01, 0x04, 0x38, 0x02]),
            Self::Switch(FocusSwitch::Manual) => bytes.extend(&[0x01, 0x04, 0x38, 0x03]),
            Self::Switch(FocusSwitch::Toggle) => bytes.extend(&[0x01, 0x04, 0x38, 0x10]),
        }
    }
}

/// Reads a zoom or focus command of category 04.
pub(super) fn parse(opcode: u8, args: &[u8]) -> Result<Command, ParseError> {
    let byte = |expected| {
        let found = args.first().copied().unwrap_or_default();
        ParseError::Byte { what: super::WHAT, at: ARGS_AT, found, expected }
    };
    Ok(match (opcode, args) {
        (0x07, &[drive]) => match drive {
            0x00 => Command::Zoom(ZoomDrive::Stop),
            0x02 => Command::ZoomTele,
            0x03 => Command::ZoomWide,
            0x20..=0x27 => Command::Zoom(ZoomDrive::Tele(drive & 0x0F)),
            0x30..=0x37 => Command::Zoom(ZoomDrive::Wide(drive & 0x0F)),
            _ => return Err(byte("00, 02, 03, 20 to 27 or 30 to 37")),
        },
        (0x08, &[drive]) => Command::Focus(match drive {
            0x00 => Focus::Stop,
            0x02 => Focus::Far,
            0x03 => Focus::Near,
            0x20..=0x27 => Focus::FarAt(drive & 0x0F),
            0x30..=0x37 => Focus::NearAt(drive & 0x0F),
            _ => return Err(byte("00, 02, 03, 20 to 27 or 30 to 37")),
        }),
        (0x38, [0x02]) => Command::Focus(Focus::Switch(FocusSwitch::Auto)),
        (0x38, [0x03]) => Command::Focus(Focus::Switch(FocusSwitch::Manual)),
        (0x38, [0x10]) => Command::Focus(Focus::Switch(FocusSwitch::Toggle)),
        (0x38, [_]) => return Err(byte("02, 03 or 10")),
        (0x07 | 0x08 | 0x38, _) => return Err(length(args, 1)),
        (0x47, &[z0, z1, z2, z3]) => Command::ZoomDirect(join_word("zoom position", ARGS_AT, [z0, z1, z2, z3])?),
        (0x48, &[f0, f1, f2, f3]) => {
            Command::Focus(Focus::Direct(join_word("focus position", ARGS_AT, [f0, f1, f2, f3])?))
        }
        (0x47 | 0x48, _) => return Err(length(args, 4)),
        _ => return Err(unknown(opcode)),
    })
}

impl fmt::Display for Focus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop => f.write_str("focus stop"),
            Self::Far => f.write_str("focus far"),
            Self::Near => f.write_str("focus near"),
            Self::FarAt(p) => write!(f, "focus far {p}"),
            Self::NearAt(p) => write!(f, "focus near {p}"),
            Self::Direct(units) => write!(f, "focus to {units}"),
            Self::Switch(FocusSwitch::Auto) => f.write_str("focus auto"),
            Self::Switch(FocusSwitch::Manual) => f.write_str("focus manual"),
            Self::Switch(FocusSwitch::Toggle) => f.write_str("focus toggle"),
        }
    }
}
