//! Numbers as bytes `0w 0x 0y 0z`, four bits each, the way VISCA writes positions.

use crate::ParseError;

/// The lowest `N` nibbles, highest first.
pub(crate) fn split<const N: usize>(value: u32) -> [u8; N] {
    core::array::from_fn(|index| (value >> (4 * (N - 1 - index))) as u8 & 0x0F)
}

/// The value of up to eight nibbles which begin at byte `at` of a message `what`.
pub(crate) fn join(what: &'static str, at: usize, nibbles: &[u8]) -> Result<u32, ParseError> {
    nibbles.iter().enumerate().try_fold(0, |value, (index, &nibble)| match nibble {
        0x00..=0x0F => Ok(value << 4 | u32::from(nibble)),
        _ => Err(ParseError::Byte { what, at: at + index, found: nibble, expected: "00 to 0F" }),
    })
}

/// As [`join`], of four nibbles.
pub(crate) fn join_word(what: &'static str, at: usize, nibbles: [u8; 4]) -> Result<u16, ParseError> {
    join(what, at, &nibbles).map(|value| value as u16)
}

/// The four nibbles of a word.
pub(crate) fn split_word(value: u16) -> [u8; 4] {
    split(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nibbles_read_back() {
        // F670 is −2448, the left stop of a PTZOptics head (−170° at 14.4 units a degree).
        assert_eq!(split_word(0xF670), [0x0F, 0x06, 0x07, 0x00]);
        assert_eq!(join_word("position", 0, [0x0F, 0x06, 0x07, 0x00]), Ok(0xF670));
        assert_eq!(0xF670_u16 as i16, -2448);
        assert!((0..=u16::MAX).all(|value| join_word("position", 0, split_word(value)) == Ok(value)));
        assert_eq!(split::<5>(0x08A58), [0x00, 0x08, 0x0A, 0x05, 0x08]);
        assert_eq!(join("position", 0, &[0x0F, 0x07, 0x05, 0x0A, 0x08]), Ok(0xF75A8));
    }

    #[test]
    fn a_byte_that_is_no_nibble_is_named() {
        let error = join_word("zoom position", 4, [0, 0x10, 0, 0]).unwrap_err();
        assert_eq!(error.to_string(), "read zoom position: byte 5 is 10 (expected 00 to 0F)");
    }
}
