//! What both ends have to agree on before they can read each other's messages.
//!
//! Owns the two ways of writing a position of the head. Everything else in which cameras differ changes what they *do*
//! and is in [`Quirks`]; this changes which bytes are a message at all.

use serde::{Deserialize, Serialize};

use crate::datagram::Datagram;
use crate::nibbles::{join, split};
use crate::{ParseError, Positions, Quirks};

/// How messages are written where cameras differ. The default is that of most cameras: four nibbles, no speed 00.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// How pan and tilt positions are written.
    pub positions: Positions,
    /// A speed byte 00 is read as the slowest speed; if not, it is an error. It is never written: BRC-300 and others
    /// answer it with a syntax error and go on turning.
    pub speed_zero: bool,
}

impl Quirks {
    /// How this camera's messages are written.
    pub fn dialect(&self) -> Dialect {
        Dialect { positions: self.positions, speed_zero: self.takes_speed_zero }
    }
}

impl Positions {
    /// Nibbles of pan. Tilt always has four.
    const fn pan_nibbles(self) -> usize {
        match self {
            Self::Four => 4,
            Self::Five => 5,
        }
    }

    /// Bytes of a position, pan and tilt.
    pub(crate) const fn len(self) -> usize {
        self.pan_nibbles() + 4
    }

    /// Largest pan position \[units\]; the smallest is one below its negative.
    pub const fn pan_units_max(self) -> i32 {
        match self {
            Self::Four => i16::MAX as i32,
            Self::Five => 0x7_FFFF,
        }
    }

    /// Appends pan and tilt \[units\]; both saturate.
    pub(crate) fn write(self, bytes: &mut Datagram, pan_units: i32, tilt_units: i32) {
        let max = self.pan_units_max();
        let pan = split::<5>(pan_units.clamp(-max - 1, max) as u32);
        bytes.extend(&pan[5 - self.pan_nibbles()..]);
        bytes.extend(&split::<4>(tilt_units.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as u32));
    }

    /// Reads pan and tilt \[units\] of a message `what` from bytes which begin at its byte `at`.
    pub(crate) fn read(self, what: &'static str, at: usize, bytes: &[u8]) -> Result<(i32, i32), ParseError> {
        if bytes.len() != self.len() {
            return Err(ParseError::Length { what, found: bytes.len(), expected: self.len() });
        }
        let (pan, tilt) = bytes.split_at(self.pan_nibbles());
        let signed = |nibbles: &[u8], at| {
            let unused = 32 - 4 * nibbles.len() as u32;
            Ok(((join(what, at, nibbles)? << unused) as i32) >> unused)
        };
        Ok((signed(pan, at)?, signed(tilt, at + pan.len())?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(form: Positions, pan_units: i32, tilt_units: i32) -> Datagram {
        let mut bytes = Datagram::default();
        form.write(&mut bytes, pan_units, tilt_units);
        bytes
    }

    #[test]
    fn five_nibbles_are_twenty_bits_signed() {
        // Sony BRC-H700 command list, page 12: the left and the right end of pan, the upper and the lower of tilt.
        let left_up = written(Positions::Five, 0x08A58, 0x493D);
        assert_eq!(left_up.as_bytes(), [0x00, 0x08, 0x0A, 0x05, 0x08, 0x04, 0x09, 0x03, 0x0D]);
        let right_down = written(Positions::Five, 0xF75A8 - 0x10_0000, 0xE796 - 0x1_0000);
        assert_eq!(right_down.as_bytes(), [0x0F, 0x07, 0x05, 0x0A, 0x08, 0x0E, 0x07, 0x09, 0x06]);
    }

    #[test]
    fn what_cannot_be_said_saturates() {
        assert_eq!(written(Positions::Four, 40_000, -40_000), written(Positions::Four, 0x7FFF, -0x8000));
        assert_eq!(written(Positions::Five, i32::MAX, i32::MIN), written(Positions::Five, 0x7_FFFF, -0x8000));
        assert_eq!(written(Positions::Five, i32::MIN, 0), written(Positions::Five, -0x8_0000, 0));
    }

    #[test]
    fn a_position_of_the_other_form_is_named() {
        let four = written(Positions::Four, 1, 2);
        let error = Positions::Five.read("position", 0, four.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "read position: 8 bytes (expected 9)");
        let error = Positions::Five.read("position", 3, &[0, 0, 0, 0, 0, 0, 0x10, 0, 0]).unwrap_err();
        assert_eq!(error.to_string(), "read position: byte 9 is 10 (expected 00 to 0F)");
    }

    proptest! {
        #[test]
        fn positions_read_back(pan in -0x8_0000..=0x7_FFFF, tilt in any::<i16>()) {
            let five = written(Positions::Five, pan, tilt.into());
            prop_assert_eq!(Positions::Five.read("position", 0, five.as_bytes()), Ok((pan, tilt.into())));
            let pan = pan >> 4;
            let four = written(Positions::Four, pan, tilt.into());
            prop_assert_eq!(Positions::Four.read("position", 0, four.as_bytes()), Ok((pan, tilt.into())));
        }
    }
}
