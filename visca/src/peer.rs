//! Who a camera talks to, and how their bytes are wrapped.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{State, Visit};

/// How the bytes between a controller and a camera are wrapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Framing {
    /// One piece of bytes has nothing to do with the next but its order: TCP, serial lines.
    Stream,
    /// Bare frames in datagrams, one or several whole ones each: UDP of PTZOptics and most others.
    #[default]
    Datagrams,
    /// One message a datagram under Sony's eight-byte header ([`sony`](crate::sony)).
    Sony,
}

/// A controller, as a camera tells several apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Peer {
    /// Its number, given by whoever owns the sockets; a number that is used again is another controller.
    pub number: u8,
    /// How it wraps its bytes, and wants its replies to be wrapped.
    pub framing: Framing,
}

impl State for Peer {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("number", u64::from(self.number));
        v.u64("framing", self.framing as u64);
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let framing = match self.framing {
            Framing::Stream => "stream",
            Framing::Datagrams => "datagrams",
            Framing::Sony => "Sony",
        };
        write!(f, "controller {} ({framing})", self.number)
    }
}
