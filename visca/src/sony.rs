//! Sony's header for VISCA over UDP: eight bytes before each message.
//!
//! ```text
//! 0        2        4                 8
//! | type   | length | sequence number | payload, 1 to 16 bytes |   all big-endian
//! ```
//!
//! Owns the bytes of header and payload, both ways. What a sequence number means to a camera and to a controller is
//! their own. Source: Sony BRC-X400/SRG-X400 command list, "VISCA over IP".

use core::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Datagram;

/// UDP port on which cameras listen, and to which some of them send all replies.
pub const PORT: u16 = 52381;
/// Bytes before the payload.
pub const HEADER_LEN: usize = 8;
/// Longest payload \[bytes\].
pub const PAYLOAD_LEN_MAX: usize = 16;
/// Payload of the control command that sets the sequence number to 0, and of the reply to it.
pub const RESET: u8 = 0x01;
/// First byte of an error in a control reply.
pub const ERROR: u8 = 0x0F;

/// What a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// 01 00: a VISCA command.
    Command,
    /// 01 10: a VISCA inquiry.
    Inquiry,
    /// 01 11: a VISCA reply.
    Reply,
    /// 01 20: a VISCA device setting command.
    DeviceSetting,
    /// 02 00: a control command.
    Control,
    /// 02 01: the reply to a control command.
    ControlReply,
}

impl Kind {
    /// Reads the first two bytes.
    pub const fn parse(word: u16) -> Option<Self> {
        Some(match word {
            0x0100 => Self::Command,
            0x0110 => Self::Inquiry,
            0x0111 => Self::Reply,
            0x0120 => Self::DeviceSetting,
            0x0200 => Self::Control,
            0x0201 => Self::ControlReply,
            _ => return None,
        })
    }

    /// The first two bytes.
    pub const fn encode(self) -> u16 {
        match self {
            Self::Command => 0x0100,
            Self::Inquiry => 0x0110,
            Self::Reply => 0x0111,
            Self::DeviceSetting => 0x0120,
            Self::Control => 0x0200,
            Self::ControlReply => 0x0201,
        }
    }
}

/// What is wrong with a message, as a camera says it in a control reply: `0F 01` or `0F 02`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Abnormality {
    /// 01: the sequence number is not above the last one.
    Sequence,
    /// 02: the message type does not exist.
    MessageType,
}

impl Abnormality {
    /// Reads the payload of a control reply.
    pub const fn parse(payload: &[u8]) -> Option<Self> {
        match payload {
            [ERROR, 0x01] => Some(Self::Sequence),
            [ERROR, 0x02] => Some(Self::MessageType),
            _ => None,
        }
    }

    /// The payload of the control reply.
    pub const fn encode(self) -> [u8; 2] {
        match self {
            Self::Sequence => [ERROR, 0x01],
            Self::MessageType => [ERROR, 0x02],
        }
    }
}

impl fmt::Display for Abnormality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sequence => "sequence number out of order",
            Self::MessageType => "unknown message type",
        })
    }
}

/// A datagram with Sony's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What it carries.
    pub kind: Kind,
    /// Sequence number; a reply has that of its message.
    pub seq: u32,
    /// The message, 1 to 16 bytes.
    pub payload: &'a [u8],
}

/// A datagram is not one of Sony's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum PacketError {
    /// No room for a header and a byte, or more than can be.
    #[error("read Sony header: a datagram of {len} bytes (expected 9 to 24)")]
    Length {
        /// Bytes of the datagram.
        len: usize,
    },
    /// The length field does not fit the datagram.
    #[error("read Sony header: length field {told} and a payload of {found} bytes (expected equal ones)")]
    Payload {
        /// What the length field says.
        told: u16,
        /// What is there.
        found: usize,
    },
    /// The type does not exist.
    #[error("read Sony header: type {found:04X} (expected 0100, 0110, 0111, 0120, 0200 or 0201)")]
    Kind {
        /// The type.
        found: u16,
        /// The sequence number, for the answer.
        seq: u32,
    },
}

impl<'a> Packet<'a> {
    /// Reads a datagram.
    ///
    /// ```
    /// use tiltyard_visca::sony::{Kind, Packet};
    ///
    /// // Zoom stop, sequence number 7.
    /// let bytes = [0x01, 0x00, 0x00, 0x06, 0, 0, 0, 7, 0x81, 0x01, 0x04, 0x07, 0x00, 0xFF];
    /// let packet = Packet::parse(&bytes).unwrap();
    /// assert_eq!((packet.kind, packet.seq), (Kind::Command, 7));
    /// assert_eq!(packet.payload, &bytes[8..]);
    /// assert_eq!(packet.encode().as_bytes(), bytes);
    /// ```
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PacketError> {
        let &[k0, k1, l0, l1, s0, s1, s2, s3, ref payload @ ..] = bytes else {
            return Err(PacketError::Length { len: bytes.len() });
        };
        if !(1..=PAYLOAD_LEN_MAX).contains(&payload.len()) {
            return Err(PacketError::Length { len: bytes.len() });
        }
        let (word, told) = (u16::from_be_bytes([k0, k1]), u16::from_be_bytes([l0, l1]));
        let seq = u32::from_be_bytes([s0, s1, s2, s3]);
        if usize::from(told) != payload.len() {
            return Err(PacketError::Payload { told, found: payload.len() });
        }
        let kind = Kind::parse(word).ok_or(PacketError::Kind { found: word, seq })?;
        Ok(Self { kind, seq, payload })
    }

    /// The datagram; a payload longer than sixteen bytes is cut.
    pub fn encode(&self) -> Datagram {
        let payload = self.payload.get(..PAYLOAD_LEN_MAX).unwrap_or(self.payload);
        let mut datagram = Datagram::default();
        datagram.append(&self.kind.encode().to_be_bytes());
        datagram.append(&(payload.len() as u16).to_be_bytes());
        datagram.append(&self.seq.to_be_bytes());
        datagram.append(payload);
        datagram
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sony SRG-X400 command list, "VISCA over IP": the reset of the sequence number and the answers to it.
    #[rustfmt::skip]
    const GOLDEN: &[(Kind, u32, &[u8], &[u8])] = &[
        (Kind::Control,      0, &[0x01],                   &[0x02, 0x00, 0x00, 0x01, 0, 0, 0, 0, 0x01]),
        (Kind::ControlReply, 0, &[0x01],                   &[0x02, 0x01, 0x00, 0x01, 0, 0, 0, 0, 0x01]),
        (Kind::Reply,        9, &[0x90, 0x41, 0xFF],       &[0x01, 0x11, 0x00, 0x03, 0, 0, 0, 9, 0x90, 0x41, 0xFF]),
        (Kind::Inquiry, 0xFFFF_FFFF, &[0x81, 0x09, 0x06, 0x12, 0xFF],
            &[0x01, 0x10, 0x00, 0x05, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 0x09, 0x06, 0x12, 0xFF]),
    ];

    #[test]
    fn packets_are_the_bytes_of_the_manual() {
        for &(kind, seq, payload, bytes) in GOLDEN {
            let packet = Packet { kind, seq, payload };
            assert_eq!(packet.encode().as_bytes(), bytes);
            assert_eq!(Packet::parse(bytes), Ok(packet));
        }
    }

    #[test]
    fn each_broken_rule_has_its_name() {
        assert_eq!(Packet::parse(&[]), Err(PacketError::Length { len: 0 }));
        assert_eq!(Packet::parse(&[1, 0, 0, 0, 0, 0, 0, 1]), Err(PacketError::Length { len: 8 }));
        assert_eq!(Packet::parse(&[0; 25]), Err(PacketError::Length { len: 25 }));
        assert_eq!(Packet::parse(&[1, 0, 0, 2, 0, 0, 0, 1, 9]), Err(PacketError::Payload { told: 2, found: 1 }));
        assert_eq!(Packet::parse(&[3, 0, 0, 1, 0, 0, 0, 1, 9]), Err(PacketError::Kind { found: 0x0300, seq: 1 }));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_packet_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(packet) = Packet::parse(&bytes) {
                let again = packet.encode();
                prop_assert_eq!(again.as_bytes(), &bytes[..]);
            }
        }
    }
}
