//! A message to a camera: a command or an inquiry.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{Address, Command, Frame, Inquiry, ParseError, State, Visit};

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
    pub fn encode(self, to: Address) -> Frame {
        match self {
            Self::Command(command) => command.encode(to),
            Self::Inquiry(inquiry) => inquiry.encode(to),
        }
    }

    /// Reads a frame to a camera: an inquiry when its first payload byte is 09, a command otherwise.
    pub fn parse(frame: &Frame) -> Result<Self, ParseError> {
        if frame.payload().first() == Some(&0x09) {
            Inquiry::parse(frame).map(Self::Inquiry)
        } else {
            Command::parse(frame).map(Self::Command)
        }
    }
}

/// As the bytes that camera 1 would be sent.
impl State for Message {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("frame", &self.encode(Address::ONE));
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
