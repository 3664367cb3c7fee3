//! A message to a camera: a command or an inquiry.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::sony::{Kind, Packet};
use crate::{Address, Command, Datagram, Dialect, Frame, Inquiry, ParseError, Positions, State, Visit};

/// Whatever a controller may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Message {
    /// Do.
    Command(Command),
    /// Tell.
    Inquiry(Inquiry),
}

impl Message {
    /// The message as a frame to camera `to`.
    pub fn encode(self, to: Address, dialect: Dialect) -> Frame {
        match self {
            Self::Command(command) => command.encode(to, dialect),
            Self::Inquiry(inquiry) => inquiry.encode(to),
        }
    }

    /// Reads a frame to a camera: an inquiry when its first payload byte is 09, a command otherwise.
    pub fn parse(frame: &Frame, dialect: Dialect) -> Result<Self, ParseError> {
        if frame.payload().first() == Some(&0x09) {
            Inquiry::parse(frame).map(Self::Inquiry)
        } else {
            Command::parse(frame, dialect).map(Self::Command)
        }
    }

    /// As [`parse`](Self::parse) where it is not known how the camera's messages are written: the lengths tell.
    pub fn parse_any(frame: &Frame) -> Result<Self, ParseError> {
        let read = |positions| Self::parse(frame, Dialect { positions, speed_zero: true });
        read(Positions::Four).or_else(|error| read(Positions::Five).map_err(|_| error))
    }

    /// What a datagram to a camera says, with Sony's header or without; `None` when that is not one message.
    pub fn of(datagram: &Datagram) -> Option<Self> {
        let bytes = datagram.as_bytes();
        let frame = Packet::parse(bytes).map_or(bytes, |packet| packet.payload);
        Frame::new(frame).ok().and_then(|frame| Self::parse_any(&frame).ok())
    }

    /// What Sony's header calls it.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Command(Command::IfClear | Command::AddressSet { .. }) => Kind::DeviceSetting,
            Self::Command(_) => Kind::Command,
            Self::Inquiry(_) => Kind::Inquiry,
        }
    }
}

/// A command as itself, a question as the bytes that camera 1 would be sent.
impl State for Message {
    fn visit(&self, v: &mut dyn Visit) {
        match self {
            Self::Command(command) => command.visit(v),
            Self::Inquiry(inquiry) => v.part("frame", &inquiry.encode(Address::ONE)),
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(command) => command.fmt(f),
            Self::Inquiry(inquiry) => inquiry.fmt(f),
        }
    }
}
