//! A few bytes that travel together.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::frame::write_hex;
use crate::{Frame, State, Visit};

/// One datagram: a few bytes held in place.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Datagram {
    len: u8,
    bytes: [u8; Self::CAPACITY],
}

impl Datagram {
    /// Bytes a datagram can carry: a Sony header (8) and a frame (16), or two frames, with room.
    pub const CAPACITY: usize = 32;

    /// A copy of `bytes`.
    pub fn new(bytes: &[u8]) -> Result<Self, TooLong> {
        let mut datagram = Self::default();
        if datagram.append(bytes) { Ok(datagram) } else { Err(TooLong { len: bytes.len() }) }
    }

    /// Appends `bytes` if they fit.
    pub fn append(&mut self, bytes: &[u8]) -> bool {
        let len = usize::from(self.len);
        let Some(room) = self.bytes.get_mut(len..len + bytes.len()) else { return false };
        room.copy_from_slice(bytes);
        self.len += bytes.len() as u8;
        true
    }

    /// As [`append`](Self::append), of what is known to fit.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let fits = self.append(bytes);
        debug_assert!(fits, "codecs build what fits");
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Display for Datagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.as_bytes())
    }
}

impl fmt::Debug for Datagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Frame> for Datagram {
    fn from(frame: Frame) -> Self {
        let mut datagram = Self::default();
        datagram.append(frame.as_bytes());
        datagram
    }
}

impl State for Datagram {
    fn visit(&self, v: &mut dyn Visit) {
        v.bytes("bytes", self.as_bytes());
    }
}

/// More bytes than fit a datagram of a VISCA link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("send a datagram of {len} bytes (a VISCA link carries at most {max})", max = Datagram::CAPACITY)]
pub struct TooLong {
    /// How many.
    pub len: usize,
}
