//! Sixteen bits as four bytes `0w 0x 0y 0z`, the way VISCA writes positions.

use crate::ParseError;

/// Highest nibble first.
pub(crate) const fn split(value: u16) -> [u8; 4] {
    [(value >> 12) as u8, (value >> 8) as u8 & 0x0F, (value >> 4) as u8 & 0x0F, value as u8 & 0x0F]
}

/// The value of four nibbles which begin at byte `at` of a message `what`.
pub(crate) fn join(what: &'static str, at: usize, nibbles: [u8; 4]) -> Result<u16, ParseError> {
    nibbles.iter().enumerate().try_fold(0, |value, (index, &nibble)| match nibble {
        0x00..=0x0F => Ok(value << 4 | u16::from(nibble)),
        _ => Err(ParseError::Byte { what, at: at + index, found: nibble, expected: "00 to 0F" }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nibbles_read_back() {
        // F670 is −2448, the left stop of a PTZOptics head (−170° at 14.4 units a degree).
        assert_eq!(split(0xF670), [0x0F, 0x06, 0x07, 0x00]);
        assert_eq!(join("position", 0, [0x0F, 0x06, 0x07, 0x00]), Ok(0xF670));
        assert_eq!(0xF670_u16 as i16, -2448);
        assert!((0..=u16::MAX).all(|value| join("position", 0, split(value)) == Ok(value)));
    }

    #[test]
    fn a_byte_that_is_no_nibble_is_named() {
        let error = join("zoom position", 4, [0, 0x10, 0, 0]).unwrap_err();
        assert_eq!(error.to_string(), "read zoom position: byte 5 is 10 (expected 00 to 0F)");
    }
}
