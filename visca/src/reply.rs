//! What a camera says: acknowledged, done, an answer, or no.
//!
//! Owns the bytes `y0 4s`, `y0 5s`, `y0 50 …`, `y0 6s ee` and `y0 38`, and what comes back from a serial line after a
//! message to all, `88 30 0w` and `88 01 00 01`. Values we do not know survive and print. Which
//! message a reply belongs to is not in it; the [`Controller`](crate::Controller) keeps that book.
//! Source: Sony SRG-X400 command list, pages 6 and 7.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::frame::{Header, TERMINATOR, write_hex};
use crate::{Address, Frame, ParseError};

/// Longest payload of an answer \[bytes\]: 16 less header, 50 and FF.
pub const PAYLOAD_LEN_MAX: usize = 13;

/// A reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reply {
    /// The command was taken and runs in this socket.
    Ack {
        /// 1 or 2; 0 ..= 15 on the wire.
        socket: u8,
    },
    /// The command in this socket is done; socket 0 for those without one (interface clear).
    Completion {
        /// 1 or 2; 0 ..= 15 on the wire.
        socket: u8,
    },
    /// The answer to an inquiry, read by [`Inquiry::read`](crate::Inquiry::read).
    Answer(Payload),
    /// The camera will not.
    Error {
        /// Socket of the command, or 0.
        socket: u8,
        /// Why.
        kind: Refusal,
    },
    /// A camera was added to or taken from the line: addresses have to be set anew.
    NetworkChange,
    /// The cameras on the line have their numbers; goes to all.
    AddressesSet {
        /// One more than the last of them, 2 ..= 8; 0 ..= 15 on the wire.
        next: u8,
    },
    /// All cameras on the line have emptied their buffers; goes to all.
    AllCleared,
}

/// Why a camera will not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Refusal {
    /// 01: the message is longer than fourteen bytes.
    Length,
    /// 02: not understood, or not supported.
    Syntax,
    /// 03: both sockets are busy.
    BufferFull,
    /// 04: given up, as asked; no completion follows.
    Cancelled,
    /// 05: nothing runs in that socket.
    NoSocket,
    /// 41: not in this mode.
    NotExecutable,
    /// Anything else.
    Unknown(u8),
}

impl Refusal {
    /// Reads the error byte.
    pub const fn parse(byte: u8) -> Self {
        match byte {
            0x01 => Self::Length,
            0x02 => Self::Syntax,
            0x03 => Self::BufferFull,
            0x04 => Self::Cancelled,
            0x05 => Self::NoSocket,
            0x41 => Self::NotExecutable,
            _ => Self::Unknown(byte),
        }
    }

    /// The error byte.
    pub const fn encode(self) -> u8 {
        match self {
            Self::Length => 0x01,
            Self::Syntax => 0x02,
            Self::BufferFull => 0x03,
            Self::Cancelled => 0x04,
            Self::NoSocket => 0x05,
            Self::NotExecutable => 0x41,
            Self::Unknown(byte) => byte,
        }
    }
}

/// The bytes of an answer between `y0 50` and FF, 1 to 13.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct Payload {
    len: u8,
    bytes: [u8; PAYLOAD_LEN_MAX],
}

impl Payload {
    /// The payload made of these bytes, or `None` when there are not 1 to 13 of them or one is FF.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let fits = (1..=PAYLOAD_LEN_MAX).contains(&bytes.len()) && !bytes.contains(&TERMINATOR);
        fits.then(|| Self::of(bytes))
    }

    /// As [`new`](Self::new) from bytes which are known to fit; an FF leaves as FE.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        debug_assert!((1..=PAYLOAD_LEN_MAX).contains(&bytes.len()), "an answer has 1 to 13 bytes");
        let mut payload = Self { len: bytes.len().min(PAYLOAD_LEN_MAX) as u8, bytes: [0; PAYLOAD_LEN_MAX] };
        for (to, from) in payload.bytes.iter_mut().zip(bytes) {
            *to = if *from == TERMINATOR { TERMINATOR - 1 } else { *from };
        }
        payload
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl TryFrom<Vec<u8>> for Payload {
    type Error = &'static str;
    fn try_from(bytes: Vec<u8>) -> Result<Self, Self::Error> {
        Self::new(&bytes).ok_or("hold an answer (it has 1 to 13 bytes, none of them FF)")
    }
}

impl From<Payload> for Vec<u8> {
    fn from(payload: Payload) -> Self {
        payload.as_bytes().to_vec()
    }
}

impl Reply {
    /// The reply as a frame from camera `from`; what goes to all names no camera.
    pub fn encode(self, from: Address) -> Frame {
        let header = Header::From(from);
        match self {
            Self::Ack { socket } => Frame::build(header, &[0x40 | (socket & 0x0F)]),
            Self::Completion { socket } => Frame::build(header, &[0x50 | (socket & 0x0F)]),
            Self::Answer(payload) => {
                let mut bytes = [0x50; PAYLOAD_LEN_MAX + 1];
                let end = payload.as_bytes().len() + 1;
                bytes[1..end].copy_from_slice(payload.as_bytes());
                Frame::build(header, &bytes[..end])
            }
            Self::Error { socket, kind } => Frame::build(header, &[0x60 | (socket & 0x0F), kind.encode()]),
            Self::NetworkChange => Frame::build(header, &[0x38]),
            Self::AddressesSet { next } => Frame::build(Header::Broadcast, &[0x30, next & 0x0F]),
            Self::AllCleared => Frame::build(Header::Broadcast, &[0x01, 0x00, 0x01]),
        }
    }

    /// Reads a frame from a camera, whichever its address.
    pub fn parse(frame: &Frame) -> Result<Self, ParseError> {
        const WHAT: &str = "reply";
        let byte = |at: usize, expected| {
            let found = frame.as_bytes().get(at).copied().unwrap_or_default();
            ParseError::Byte { what: WHAT, at, found, expected }
        };
        match (frame.header(), frame.payload()) {
            (Header::From(_), _) => {}
            (Header::Broadcast, &[0x30, next @ 0x00..=0x0F]) => return Ok(Self::AddressesSet { next }),
            (Header::Broadcast, [0x01, 0x00, 0x01]) => return Ok(Self::AllCleared),
            (Header::Broadcast, _) => return Err(byte(1, "30 0w or 01 00 01 after 88")),
            _ => return Err(byte(0, "88, 90, A0 to F0")),
        }
        let length = |expected| ParseError::Length { what: WHAT, found: frame.as_bytes().len(), expected };
        match *frame.payload() {
            [ack @ 0x40..=0x4F] => Ok(Self::Ack { socket: ack & 0x0F }),
            [0x40..=0x4F, ..] => Err(length(3)),
            [done @ 0x50..=0x5F] => Ok(Self::Completion { socket: done & 0x0F }),
            [0x50, ref answer @ ..] => Ok(Self::Answer(Payload::of(answer))),
            [error @ 0x60..=0x6F, kind] => Ok(Self::Error { socket: error & 0x0F, kind: Refusal::parse(kind) }),
            [0x60..=0x6F, ..] => Err(length(4)),
            [0x38] => Ok(Self::NetworkChange),
            [0x51..=0x5F, ..] => Err(byte(1, "50 before an answer")),
            _ => Err(byte(1, "38, 40 to 4F, 50 to 5F or 60 to 6F")),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => f.write_str("message too long"),
            Self::Syntax => f.write_str("syntax error"),
            Self::BufferFull => f.write_str("command buffer full"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::NoSocket => f.write_str("no such socket"),
            Self::NotExecutable => f.write_str("not executable"),
            Self::Unknown(byte) => write!(f, "error {byte:02X}"),
        }
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.as_bytes())
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ack { socket } => write!(f, "ack {socket}"),
            Self::Completion { socket } => write!(f, "completion {socket}"),
            Self::Answer(payload) => write!(f, "answer {payload}"),
            Self::Error { socket, kind } => write!(f, "{kind} ({socket})"),
            Self::NetworkChange => f.write_str("network change"),
            Self::AddressesSet { next } => write!(f, "addresses set up to {next}"),
            Self::AllCleared => f.write_str("all interfaces clear"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sony SRG-X400 command list, pages 6 and 7.
    #[rustfmt::skip]
    const GOLDEN: &[(Reply, &[u8])] = &[
        // y0 4s FF, y0 5s FF
        (Reply::Ack { socket: 1 },                                     &[0x90, 0x41, 0xFF]),
        (Reply::Ack { socket: 2 },                                     &[0x90, 0x42, 0xFF]),
        (Reply::Completion { socket: 2 },                              &[0x90, 0x52, 0xFF]),
        // The answer to interface clear
        (Reply::Completion { socket: 0 },                              &[0x90, 0x50, 0xFF]),
        // y0 60 ee FF without a socket, y0 6s ee FF with one
        (Reply::Error { socket: 0, kind: Refusal::Length },            &[0x90, 0x60, 0x01, 0xFF]),
        (Reply::Error { socket: 0, kind: Refusal::Syntax },            &[0x90, 0x60, 0x02, 0xFF]),
        (Reply::Error { socket: 0, kind: Refusal::BufferFull },        &[0x90, 0x60, 0x03, 0xFF]),
        (Reply::Error { socket: 1, kind: Refusal::Cancelled },         &[0x90, 0x61, 0x04, 0xFF]),
        (Reply::Error { socket: 2, kind: Refusal::NoSocket },          &[0x90, 0x62, 0x05, 0xFF]),
        (Reply::Error { socket: 1, kind: Refusal::NotExecutable },     &[0x90, 0x61, 0x41, 0xFF]),
        (Reply::Error { socket: 1, kind: Refusal::Unknown(0x77) },     &[0x90, 0x61, 0x77, 0xFF]),
        // y0 38 FF
        (Reply::NetworkChange,                                         &[0x90, 0x38, 0xFF]),
        // 88 30 0w FF: w is one more than the cameras on the line, here two. EVI-D80 manual
        (Reply::AddressesSet { next: 3 },                              &[0x88, 0x30, 0x03, 0xFF]),
        // 88 01 00 01 FF comes back from the end of the line
        (Reply::AllCleared,                                            &[0x88, 0x01, 0x00, 0x01, 0xFF]),
    ];

    #[test]
    fn replies_are_the_bytes_of_the_manuals() {
        for (reply, bytes) in GOLDEN {
            assert_eq!(reply.encode(Address::ONE).as_bytes(), *bytes, "{reply}");
            assert_eq!(Reply::parse(&Frame::new(bytes).unwrap()), Ok(*reply), "{reply}");
        }
    }

    #[test]
    fn unknown_values_survive_and_print() {
        let unknown = Reply::parse(&Frame::new(&[0x90, 0x61, 0x77, 0xFF]).unwrap()).unwrap();
        assert_eq!(unknown.to_string(), "error 77 (1)");
        let answer = Reply::parse(&Frame::new(&[0x90, 0x50, 0x00, 0xAB, 0xFF]).unwrap()).unwrap();
        assert_eq!(answer.to_string(), "answer 00 AB");
    }

    #[test]
    fn what_is_no_reply_is_named() {
        let said = |bytes: &[u8]| Reply::parse(&Frame::new(bytes).unwrap()).unwrap_err().to_string();
        let known = "38, 40 to 4F, 50 to 5F or 60 to 6F";
        assert_eq!(said(&[0x81, 0x41, 0xFF]), "read reply: byte 0 is 81 (expected 88, 90, A0 to F0)");
        assert_eq!(said(&[0x88, 0x02, 0xFF]), "read reply: byte 1 is 02 (expected 30 0w or 01 00 01 after 88)");
        assert_eq!(said(&[0x90, 0x01, 0xFF]), format!("read reply: byte 1 is 01 (expected {known})"));
        assert_eq!(said(&[0x90, 0x41, 0x00, 0xFF]), "read reply: 4 bytes (expected 3)");
        assert_eq!(said(&[0x90, 0x61, 0xFF]), "read reply: 3 bytes (expected 4)");
        assert_eq!(said(&[0x90, 0x51, 0x01, 0xFF]), "read reply: byte 1 is 51 (expected 50 before an answer)");
    }

    fn any_reply() -> impl Strategy<Value = Reply> {
        prop_oneof![
            (0_u8..16).prop_map(|socket| Reply::Ack { socket }),
            (0_u8..16).prop_map(|socket| Reply::Completion { socket }),
            prop::collection::vec(0_u8..0xFF, 1..=13).prop_map(|bytes| Reply::Answer(Payload::new(&bytes).unwrap())),
            (0_u8..16, 0_u8..0xFF).prop_map(|(socket, byte)| Reply::Error { socket, kind: Refusal::parse(byte) }),
            Just(Reply::NetworkChange),
            (0_u8..16).prop_map(|next| Reply::AddressesSet { next }),
            Just(Reply::AllCleared),
        ]
    }

    proptest! {
        #[test]
        fn replies_read_back(reply in any_reply(), from in 1_u8..=7) {
            prop_assert_eq!(Reply::parse(&reply.encode(Address::new(from).unwrap())), Ok(reply));
        }

        #[test]
        fn any_frame_is_a_reply_or_an_error(payload in prop::collection::vec(0_u8..0xFF, 1..=14), header in 0x80_u8..0xFF) {
            let mut bytes = vec![header];
            bytes.extend(payload);
            bytes.push(0xFF);
            let frame = Frame::new(&bytes).unwrap();
            if let (Ok(reply), Header::From(from)) = (Reply::parse(&frame), frame.header()) {
                prop_assert_eq!(reply.encode(from), frame);
            }
        }
    }
}
