//! Where a camera listens, as asked for and as it came to be.

use core::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tiltyard_visca::Framing;

/// One way in, as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// Bare VISCA frames in UDP datagrams; port 0 takes any that is free.
    Udp(SocketAddr),
    /// VISCA with Sony's header over UDP.
    Sony(SocketAddr),
    /// Bare VISCA frames over TCP, several connections.
    Tcp(SocketAddr),
    /// A new pseudo-terminal: a serial line for one client.
    Pty,
}

impl Listen {
    /// How bytes are wrapped there.
    pub const fn framing(self) -> Framing {
        match self {
            Self::Udp(_) => Framing::Datagrams,
            Self::Sony(_) => Framing::Sony,
            Self::Tcp(_) | Self::Pty => Framing::Stream,
        }
    }

    /// Its name: udp, sony, tcp or pty.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp(_) => "udp",
            Self::Sony(_) => "sony",
            Self::Tcp(_) => "tcp",
            Self::Pty => "pty",
        }
    }
}

/// As in messages: "udp 127.0.0.1:1259", "pty".
impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp(at) | Self::Sony(at) | Self::Tcp(at) => write!(f, "{} {at}", self.name()),
            Self::Pty => f.write_str("pty"),
        }
    }
}

/// One way in, as it came to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// What was asked for.
    pub listen: Listen,
    /// Where that is.
    pub at: Remote,
}

/// As printed for a program to read: "udp 127.0.0.1:41234", "pty /dev/pts/3".
impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.listen.name(), self.at)
    }
}

/// An end of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remote {
    /// An address of the network.
    Address(SocketAddr),
    /// The device file of a pseudo-terminal.
    File(PathBuf),
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// A camera that cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The socket could not be opened, most likely because its port is taken.
    #[error("listen on {listen}: {source}")]
    Listen {
        /// Which one.
        listen: Listen,
        /// What the system said.
        source: io::Error,
    },
    /// The system has no way to wait on sockets left.
    #[error("wait on the sockets: {0}")]
    Wait(#[from] io::Error),
}
