//! Many answers in one: the block inquiries 09 7E 7E 00 to 05, of which we read the first.

use serde::{Deserialize, Serialize};

use crate::ParseError;
use crate::nibbles::{join_word, split_word};
use crate::reply::{PAYLOAD_LEN_MAX, Payload};

/// Highest page of the block inquiries.
pub const BLOCK_MAX: u8 = 5;

/// Page 0, the lens. The manuals count bytes from the header, two before the payload.
/// Source: Sony BRC-H900 command list, page 17; Marshall CV620, page 20, has the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is a bit of the block")]
pub struct LensBlock {
    /// Bytes 2 to 5: zoom position \[units\], 0 is wide.
    pub zoom_units: u16,
    /// Bytes 8 to 11: focus position \[units\].
    pub focus_units: u16,
    /// Byte 13, bit 0: the camera moves the focus.
    pub focus_auto: bool,
    /// Byte 14, bit 0: a zoom command is being executed.
    pub zoom_runs: bool,
    /// Byte 14, bit 1: a focus command is being executed.
    pub focus_runs: bool,
    /// Byte 14, bit 2: a memory is being recalled.
    pub memory_recalls: bool,
}

impl LensBlock {
    /// Reads the payload of page 0; bits that are not named above are the camera's own.
    pub fn read(payload: &Payload) -> Result<Self, ParseError> {
        const WHAT: &str = "lens block";
        let &[z0, z1, z2, z3, _, _, f0, f1, f2, f3, _, modes, runs] = payload.as_bytes() else {
            let found = payload.as_bytes().len();
            return Err(ParseError::Length { what: WHAT, found, expected: PAYLOAD_LEN_MAX });
        };
        Ok(Self {
            zoom_units: join_word(WHAT, 0, [z0, z1, z2, z3])?,
            focus_units: join_word(WHAT, 6, [f0, f1, f2, f3])?,
            focus_auto: modes & 0x01 != 0,
            zoom_runs: runs & 0x01 != 0,
            focus_runs: runs & 0x02 != 0,
            memory_recalls: runs & 0x04 != 0,
        })
    }

    /// The payload of page 0, with all other bits 0.
    pub fn payload(self) -> Payload {
        let mut bytes = [0; PAYLOAD_LEN_MAX];
        bytes[..4].copy_from_slice(&split_word(self.zoom_units));
        bytes[6..10].copy_from_slice(&split_word(self.focus_units));
        bytes[11] = u8::from(self.focus_auto);
        bytes[12] = u8::from(self.zoom_runs) | u8::from(self.focus_runs) << 1 | u8::from(self.memory_recalls) << 2;
        Payload::of(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lens_is_where_the_manual_has_it() {
        let block = LensBlock {
            zoom_units: 0x1234,
            focus_units: 0x5678,
            focus_auto: true,
            zoom_runs: false,
            focus_runs: false,
            memory_recalls: true,
        };
        assert_eq!(block.payload().as_bytes(), [1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 0, 1, 4]);
        assert_eq!(LensBlock::read(&block.payload()), Ok(block));
        for (byte, running) in [
            (1, LensBlock { zoom_runs: true, ..LensBlock::default() }),
            (2, LensBlock { focus_runs: true, ..LensBlock::default() }),
        ] {
            assert_eq!(running.payload().as_bytes()[12], byte);
            assert_eq!(LensBlock::read(&running.payload()), Ok(running));
        }
    }

    #[test]
    fn another_form_is_named() {
        let error = LensBlock::read(&Payload::of(&[0; 4])).unwrap_err();
        assert_eq!(error.to_string(), "read lens block: 4 bytes (expected 13)");
        let mut bytes = [0; 13];
        bytes[9] = 0x20;
        let error = LensBlock::read(&Payload::of(&bytes)).unwrap_err();
        assert_eq!(error.to_string(), "read lens block: byte 9 is 20 (expected 00 to 0F)");
    }
}
