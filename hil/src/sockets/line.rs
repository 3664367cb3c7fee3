//! A byte stream to one controller: a TCP connection or a pseudo-terminal, with a bounded buffer behind it.

use std::collections::VecDeque;
#[cfg(unix)]
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};

use mio::net::TcpStream;

/// Replies that wait for a controller that does not read. A reply has 16 bytes at most: this is a few minutes of
/// answers to a client that asks all the time and never looks.
const WAITING_MAX: usize = 64 * 1024;

/// The stream itself.
#[derive(Debug)]
pub(super) enum Io {
    /// One of several connections.
    Tcp(TcpStream),
    /// The master side; the slave side is held open, so that a client may come and go.
    #[cfg(unix)]
    Pty { master: File, _slave: File },
}

impl Io {
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            #[cfg(unix)]
            Self::Pty { master, .. } => master.read(buffer),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            #[cfg(unix)]
            Self::Pty { master, .. } => master.write(bytes),
        }
    }
}

/// A stream and what could not be written yet.
#[derive(Debug)]
pub(super) struct Line {
    pub io: Io,
    waiting: VecDeque<u8>,
}

/// The other side is gone, or reads so slowly that it may as well be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

impl Line {
    pub fn new(io: Io) -> Self {
        Self { io, waiting: VecDeque::new() }
    }

    /// Writes, or keeps for later. Nobody who reads a pseudo-terminal is no error: its oldest bytes are lost, as on a
    /// serial line.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        self.waiting.extend(bytes);
        self.flush()?;
        if self.waiting.len() <= WAITING_MAX {
            return Ok(());
        }
        match self.io {
            Io::Tcp(_) => Err(Broken),
            #[cfg(unix)]
            Io::Pty { .. } => {
                self.waiting.drain(..self.waiting.len() - WAITING_MAX);
                Ok(())
            }
        }
    }

    /// Writes what waits, as far as the other side takes it.
    pub fn flush(&mut self) -> Result<(), Broken> {
        while !self.waiting.is_empty() {
            let (front, _) = self.waiting.as_slices();
            match self.io.write(front) {
                Ok(0) => return Err(Broken),
                Ok(written) => drop(self.waiting.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Broken),
            }
        }
        Ok(())
    }
}
