//! Frames: a header byte, up to fourteen bytes of payload, and FF.
//!
//! Owns the layout `8x … FF` (controller to camera x, 88 to all) and `y0 … FF` (from camera y − 8). Judges nothing
//! inside: what a frame means is for [`Command`](crate::Command), [`Inquiry`](crate::Inquiry) and
//! [`Reply`](crate::Reply). How frames are cut out of a byte stream is [`Deframer`](crate::Deframer)'s.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{FrameError, State, Visit};

/// Ends every frame and stands nowhere else.
pub const TERMINATOR: u8 = 0xFF;
/// Longest frame \[bytes\], header and terminator included.
pub const FRAME_LEN_MAX: usize = 16;
/// Shortest frame \[bytes\], header and terminator included.
pub const FRAME_LEN_MIN: usize = 3;

/// The header's low bits in a frame to all cameras.
const BROADCAST: u8 = 0x88;

/// The number of a camera on its line, 1 to 7; always 1 over IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Address(u8);

impl Address {
    /// Camera 1: the first on a serial line, and the only number used over IP.
    pub const ONE: Self = Self(1);

    /// The address `number`, or `None` outside 1 ..= 7.
    pub const fn new(number: u8) -> Option<Self> {
        if matches!(number, 1..=7) { Some(Self(number)) } else { None }
    }

    /// 1 ..= 7.
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl Default for Address {
    fn default() -> Self {
        Self::ONE
    }
}

impl TryFrom<u8> for Address {
    type Error = &'static str;
    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Self::new(number).ok_or("address a camera (the number is 1 to 7)")
    }
}

impl From<Address> for u8 {
    fn from(address: Address) -> u8 {
        address.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "camera {}", self.0)
    }
}

/// Who speaks to whom, from the first byte of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// Controller to one camera: 81 to 87.
    To(Address),
    /// Controller to all cameras, and the camera's echo of it: 88.
    Broadcast,
    /// Camera to controller: 90, A0 to F0.
    From(Address),
    /// Anything else from 80 to FE.
    Unknown(u8),
}

impl Header {
    /// Reads a header byte.
    pub const fn parse(byte: u8) -> Self {
        match byte {
            0x81..=0x87 => Self::To(Address(byte & 0x07)),
            BROADCAST => Self::Broadcast,
            0x90 | 0xA0 | 0xB0 | 0xC0 | 0xD0 | 0xE0 | 0xF0 => Self::From(Address((byte >> 4) - 8)),
            _ => Self::Unknown(byte),
        }
    }

    /// The header byte.
    pub const fn encode(self) -> u8 {
        match self {
            Self::To(address) => 0x80 | address.0,
            Self::Broadcast => BROADCAST,
            Self::From(address) => (address.0 + 8) << 4,
            Self::Unknown(byte) => byte,
        }
    }
}

/// One frame, 3 to 16 bytes, FF included.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct Frame {
    len: u8,
    bytes: [u8; FRAME_LEN_MAX],
}

impl Frame {
    /// The frame made of exactly these bytes.
    ///
    /// ```
    /// use tiltyard_visca::Frame;
    ///
    /// let stop = Frame::new(&[0x81, 0x01, 0x06, 0x01, 0x01, 0x01, 0x03, 0x03, 0xFF]).unwrap();
    /// assert_eq!(stop.to_string(), "81 01 06 01 01 01 03 03 FF");
    ///
    /// let error = Frame::new(&[0x81, 0x01]).unwrap_err();
    /// assert_eq!(error.to_string(), "frame 2 bytes (a frame has 3 to 16)");
    /// ```
    pub fn new(bytes: &[u8]) -> Result<Self, FrameError> {
        let len = bytes.len();
        match bytes {
            _ if len < FRAME_LEN_MIN => Err(FrameError::Short { len }),
            _ if len > FRAME_LEN_MAX => Err(FrameError::Long { len }),
            [header, ..] if *header < 0x80 || *header == TERMINATOR => Err(FrameError::Header { found: *header }),
            _ => match bytes.iter().position(|&byte| byte == TERMINATOR) {
                Some(at) if at + 1 < len => Err(FrameError::Terminator { at, found: TERMINATOR }),
                None => Err(FrameError::Terminator { at: len - 1, found: bytes[len - 1] }),
                Some(_) => {
                    let mut frame = Self { len: len as u8, bytes: [0; FRAME_LEN_MAX] };
                    frame.bytes[..len].copy_from_slice(bytes);
                    Ok(frame)
                }
            },
        }
    }

    /// Header, payload, FF. The codecs hand in 1 to 14 bytes; a byte FF cannot be sent and leaves as FE.
    pub(crate) fn build(header: Header, payload: &[u8]) -> Self {
        debug_assert!((1..=FRAME_LEN_MAX - 2).contains(&payload.len()), "codecs build frames of legal length");
        let mut frame = Self { len: (payload.len() + 2) as u8, bytes: [0; FRAME_LEN_MAX] };
        frame.bytes[0] = header.encode();
        for (to, from) in frame.bytes[1..FRAME_LEN_MAX - 1].iter_mut().zip(payload) {
            *to = if *from == TERMINATOR { TERMINATOR - 1 } else { *from };
        }
        frame.bytes[payload.len() + 1] = TERMINATOR;
        frame
    }

    /// All bytes, header and FF included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Who speaks to whom.
    pub const fn header(&self) -> Header {
        Header::parse(self.bytes[0])
    }

    /// What stands between header and FF, 1 to 14 bytes.
    pub fn payload(&self) -> &[u8] {
        &self.bytes[1..usize::from(self.len) - 1]
    }
}

impl TryFrom<Vec<u8>> for Frame {
    type Error = FrameError;
    fn try_from(bytes: Vec<u8>) -> Result<Self, FrameError> {
        Self::new(&bytes)
    }
}

impl From<Frame> for Vec<u8> {
    fn from(frame: Frame) -> Self {
        frame.as_bytes().to_vec()
    }
}

impl State for Frame {
    fn visit(&self, v: &mut dyn Visit) {
        v.bytes("bytes", self.as_bytes());
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.as_bytes())
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Bytes as `81 01 FF`.
pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    for (index, byte) in bytes.iter().enumerate() {
        write!(f, "{}{byte:02X}", if index == 0 { "" } else { " " })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headers_read_both_ways() {
        let camera = |n| Address::new(n).unwrap();
        for (byte, header) in [
            (0x81, Header::To(camera(1))),
            (0x87, Header::To(camera(7))),
            (0x88, Header::Broadcast),
            (0x90, Header::From(camera(1))),
            (0xF0, Header::From(camera(7))),
            (0x80, Header::Unknown(0x80)),
            (0x92, Header::Unknown(0x92)),
        ] {
            assert_eq!(Header::parse(byte), header, "{byte:02X}");
            assert_eq!(header.encode(), byte, "{header:?}");
        }
    }

    #[test]
    fn each_broken_rule_has_its_name() {
        let long = [0x81; 17];
        for (bytes, error) in [
            (&[0x81, 0xFF][..], FrameError::Short { len: 2 }),
            (&long[..], FrameError::Long { len: 17 }),
            (&[0x01, 0x02, 0xFF][..], FrameError::Header { found: 0x01 }),
            (&[0xFF, 0x02, 0xFF][..], FrameError::Header { found: 0xFF }),
            (&[0x81, 0xFF, 0x01, 0xFF][..], FrameError::Terminator { at: 1, found: 0xFF }),
            (&[0x81, 0x01, 0x02][..], FrameError::Terminator { at: 2, found: 0x02 }),
        ] {
            assert_eq!(Frame::new(bytes), Err(error), "{bytes:02X?}");
        }
    }

    #[test]
    fn a_terminator_in_a_payload_cannot_split_the_frame() {
        let frame = Frame::build(Header::From(Address::ONE), &[0x50, 0xFF, 0x01]);
        assert_eq!(frame.as_bytes(), [0x90, 0x50, 0xFE, 0x01, 0xFF]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_frame_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
            if let Ok(frame) = Frame::new(&bytes) {
                prop_assert_eq!(frame.as_bytes(), &bytes[..]);
                prop_assert_eq!(frame.payload().len() + 2, bytes.len());
            }
        }
    }
}
