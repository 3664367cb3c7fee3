//! Why bytes are not a frame, and a frame is not a message.
//!
//! Every error says what was being read and at which byte it went wrong. Messages complete "failed to …".

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A run of bytes is not a VISCA frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum FrameError {
    /// Fewer than three bytes, the terminator included.
    #[error("frame {len} bytes (a frame has 3 to 16)")]
    Short {
        /// Bytes up to and including the terminator.
        len: usize,
    },
    /// More than sixteen bytes, the terminator included.
    #[error("frame {len} bytes (a frame has 3 to 16)")]
    Long {
        /// Bytes up to and including the terminator.
        len: usize,
    },
    /// The first byte is no header: it has to be 80 to FE.
    #[error("frame bytes: byte 0 is {found:02X} (a header is 80 to FE)")]
    Header {
        /// The byte found.
        found: u8,
    },
    /// A terminator stands inside, or the last byte is none.
    #[error("frame bytes: byte {at} is {found:02X} (FF stands at the end and only there)")]
    Terminator {
        /// Index of the byte.
        at: usize,
        /// The byte found.
        found: u8,
    },
    /// Bytes outside any frame: they had no header before them.
    #[error("frame bytes: {len} before a header")]
    Junk {
        /// How many were skipped.
        len: usize,
    },
}

/// A frame is not the message it was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// One byte is not what the message has there.
    #[error("read {what}: byte {at} is {found:02X} (expected {expected})")]
    Byte {
        /// The message being read.
        what: &'static str,
        /// Index of the byte in the frame, or in the payload for an inquiry's answer.
        at: usize,
        /// The byte found.
        found: u8,
        /// What stands there in a well-formed message.
        expected: &'static str,
    },
    /// The message has another length.
    #[error("read {what}: {found} bytes (expected {expected})")]
    Length {
        /// The message being read.
        what: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes of a well-formed message.
        expected: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_message_and_the_byte() {
        let error = ParseError::Byte { what: "drive", at: 6, found: 0x04, expected: "01, 02 or 03" };
        assert_eq!(error.to_string(), "read drive: byte 6 is 04 (expected 01, 02 or 03)");
        assert_eq!(FrameError::Header { found: 1 }.to_string(), "frame bytes: byte 0 is 01 (a header is 80 to FE)");
    }
}
