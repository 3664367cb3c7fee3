//! Stored poses: pan, tilt, zoom and focus under a number.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::{ARGS_AT, Command, length};
use crate::ParseError;

/// What is to be done with a memory; how many there are is the model's own. A number FF cannot be sent and leaves as
/// FE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Memory {
    /// 00: empty it.
    Reset(u8),
    /// 01: store where the camera is.
    Set(u8),
    /// 02: go there.
    Recall(u8),
}

impl Memory {
    pub(super) const fn payload(self) -> [u8; 5] {
        let (action, number) = match self {
            Self::Reset(number) => (0x00, number),
            Self::Set(number) => (0x01, number),
            Self::Recall(number) => (0x02, number),
        };
        [0x01, 0x04, 0x3F, action, number]
    }
}

/// Reads the arguments of 04 3F.
pub(super) fn parse(args: &[u8]) -> Result<Command, ParseError> {
    let &[action, number] = args else { return Err(length(args, 2)) };
    Ok(Command::Memory(match action {
        0x00 => Memory::Reset(number),
        0x01 => Memory::Set(number),
        0x02 => Memory::Recall(number),
        found => {
            return Err(ParseError::Byte { what: "memory", at: ARGS_AT, found, expected: "00, 01 or 02" });
        }
    }))
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset(number) => write!(f, "memory {number} reset"),
            Self::Set(number) => write!(f, "memory {number} set"),
            Self::Recall(number) => write!(f, "memory {number} recall"),
        }
    }
}
