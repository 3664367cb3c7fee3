//! The sockets of a virtual camera: everything between bytes on a wire and `(Peer, Datagram)`.
//!
//! One thread, one `poll`. Owns UDP (bare frames and Sony's header), TCP with several connections, pseudo-terminals;
//! tells controllers apart by address or connection; takes what was read apart into pieces that fit a [`Datagram`].
//! Knows nothing of what the bytes mean.

mod line;
mod listen;
mod peers;
mod pieces;
#[cfg(unix)]
mod pty;

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use mio::net::{TcpListener, UdpSocket};
use mio::{Events, Interest, Poll, Token};
use tiltyard_visca::{Datagram, Framing, Peer};

use self::line::{Io, Line};
pub use self::listen::{Bound, Listen, Remote, SocketError};
use self::peers::{Peers, Route};
use self::pieces::Pieces;

/// Looks at the sockets before going to sleep: some 30 µs.
const LOOKS: usize = 30;
/// Reads between two waits.
const READS_MAX: u32 = 256;
/// Events that one wait can tell; the others are told by the next.
const EVENTS_MAX: usize = 64;

/// All sockets of one camera. To be driven like this:
///
/// ```text
/// loop {
///     sockets.wait(how long the camera has nothing to do);
///     while let Some(heard) = sockets.receive() { tell the camera; sockets.send(peer, its replies) }
/// }
/// ```
///
/// Bounded everywhere: sixteen controllers, 64 KiB of replies for a client that does not read (its connection is closed
/// beyond that), 256 reads between two waits, so that no flood keeps the camera from its clock.
#[derive(Debug)]
pub struct CameraSockets {
    poll: Poll,
    events: Events,
    bound: Vec<Bound>,
    doors: Vec<Door>,
    /// Connections and pseudo-terminals, by token; those of doors come first.
    lines: BTreeMap<usize, Line>,
    next_line: usize,
    peers: Peers,
    /// Tokens with something to read, in turn.
    ready: VecDeque<usize>,
    reads_left: u32,
    pieces: Pieces,
    /// What is told before anything more is read.
    told: VecDeque<Heard>,
    reply_port: Option<u16>,
}

/// Something that the token of a bound address stands for.
#[derive(Debug)]
enum Door {
    Datagrams(Listen, UdpSocket),
    Connections(TcpListener),
    Terminal,
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Somebody new; their bytes follow.
    Joined {
        /// Who.
        peer: Peer,
        /// From where.
        remote: Remote,
    },
    /// Bytes.
    Bytes {
        /// Who sent them.
        from: Peer,
        /// What.
        bytes: Datagram,
    },
    /// Somebody closed their connection, or was forgotten because others came.
    Left {
        /// Who.
        peer: Peer,
    },
    /// Somebody came when all places were taken, and was sent away.
    Refused {
        /// From where.
        remote: Remote,
    },
}

impl CameraSockets {
    /// Opens all of them, or none. `reply_port`: replies over UDP go to this port of the sender.
    pub fn open(listen: &[Listen], reply_port: Option<u16>) -> Result<Self, SocketError> {
        let mut sockets = Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS_MAX),
            bound: Vec::new(),
            doors: Vec::new(),
            lines: BTreeMap::new(),
            next_line: listen.len(),
            peers: Peers::default(),
            ready: VecDeque::new(),
            reads_left: READS_MAX,
            pieces: Pieces::new(),
            told: VecDeque::new(),
            reply_port,
        };
        for &listen in listen {
            let at = sockets.bind(listen).map_err(|source| SocketError::Listen { listen, source })?;
            sockets.bound.push(Bound { listen, at });
        }
        Ok(sockets)
    }

    /// Where they really are, in the order in which they were asked for.
    pub fn bound(&self) -> &[Bound] {
        &self.bound
    }

    /// Waits until something can be read, for `timeout` at most. May return early.
    pub fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        self.reads_left = READS_MAX;
        let idle = self.ready.is_empty() && self.told.is_empty();
        let timeout = if idle { timeout } else { Duration::ZERO };
        if let Err(error) = self.sleep(timeout) {
            return if error.kind() == ErrorKind::Interrupted { Ok(()) } else { Err(error) };
        }
        let mut writable = Vec::new();
        for event in &self.events {
            let Token(token) = event.token();
            if event.is_writable() && self.lines.contains_key(&token) {
                writable.push(token);
            }
            if (event.is_readable() || event.is_read_closed()) && !self.ready.contains(&token) {
                self.ready.push_back(token);
            }
        }
        for token in writable {
            if self.lines.get_mut(&token).is_some_and(|line| line.flush().is_err()) {
                self.close(token);
            }
        }
        Ok(())
    }

    /// Waits for events. Looks a few times before it sleeps: a core that has gone to sleep takes longer to wake up than
    /// a datagram takes there and back, and clients often speak again at once.
    fn sleep(&mut self, timeout: Duration) -> io::Result<()> {
        for _ in 0..LOOKS {
            self.poll.poll(&mut self.events, Some(Duration::ZERO))?;
            if timeout.is_zero() || !self.events.is_empty() {
                return Ok(());
            }
            std::thread::yield_now();
        }
        self.poll.poll(&mut self.events, Some(timeout))
    }

    /// The next thing that came in; `None` when there is nothing more, or when it is time to [`wait`](Self::wait)
    /// again.
    pub fn receive(&mut self) -> Option<Heard> {
        loop {
            if let Some(told) = self.told.pop_front() {
                return Some(told);
            }
            if let Some((from, bytes)) = self.pieces.next() {
                return Some(Heard::Bytes { from, bytes });
            }
            self.reads_left = self.reads_left.checked_sub(1)?;
            let token = self.ready.pop_front()?;
            if self.read(token) {
                self.ready.push_back(token);
            }
        }
    }

    /// Sends bytes to a controller. They are lost when it has left, or when UDP has no room for them; a connection that
    /// takes no more is closed.
    pub fn send(&mut self, to: Peer, bytes: &[u8]) {
        match self.peers.route(to) {
            Some(Route::Udp { socket, mut remote }) => {
                if let Some(port) = self.reply_port {
                    remote.set_port(port);
                }
                if let Some(Door::Datagrams(_, socket)) = self.doors.get(socket) {
                    // Whatever is wrong with a datagram, UDP's answer is its loss.
                    let _ = socket.send_to(bytes, remote);
                }
            }
            Some(Route::Line(token)) if self.lines.get_mut(&token).is_some_and(|line| line.send(bytes).is_err()) => {
                self.close(token);
            }
            Some(Route::Line(_)) | None => {}
        }
    }

    fn bind(&mut self, listen: Listen) -> io::Result<Remote> {
        let token = self.doors.len();
        let (door, at) = match listen {
            Listen::Udp(at) | Listen::Sony(at) => {
                let mut socket = UdpSocket::bind(at)?;
                self.poll.registry().register(&mut socket, Token(token), Interest::READABLE)?;
                let at = socket.local_addr()?;
                (Door::Datagrams(listen, socket), Remote::Address(at))
            }
            Listen::Tcp(at) => {
                let mut listener = TcpListener::bind(at)?;
                self.poll.registry().register(&mut listener, Token(token), Interest::READABLE)?;
                let at = listener.local_addr()?;
                (Door::Connections(listener), Remote::Address(at))
            }
            Listen::Pty => {
                let (io, at) = open_terminal()?;
                self.add_line(token, io)?;
                (Door::Terminal, at)
            }
        };
        self.doors.push(door);
        Ok(at)
    }

    /// Reads once; false when there is nothing more.
    fn read(&mut self, token: usize) -> bool {
        match self.doors.get(token) {
            Some(Door::Datagrams(listen, socket)) => match socket.recv_from(self.pieces.buffer()) {
                Ok((len, remote)) => {
                    let route = Route::Udp { socket: token, remote };
                    let framing = listen.framing();
                    if let Some(from) = self.hear(route, framing, || Remote::Address(remote)) {
                        self.pieces.fill(from, len);
                    }
                    true
                }
                Err(error) => error.kind() == ErrorKind::Interrupted,
            },
            Some(Door::Connections(listener)) => match listener.accept() {
                Ok((stream, remote)) => {
                    self.accept(stream, remote);
                    true
                }
                Err(error) => matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted),
            },
            Some(Door::Terminal) | None => self.read_line(token),
        }
    }

    fn read_line(&mut self, token: usize) -> bool {
        let Some(line) = self.lines.get_mut(&token) else { return false };
        match line.io.read(self.pieces.buffer()) {
            Ok(0) => {
                self.close(token);
                false
            }
            Ok(len) => {
                let terminal = self.bound.get(token).map(|bound| bound.at.clone());
                let remote = || terminal.unwrap_or_else(|| Remote::File("pty".into()));
                if let Some(from) = self.hear(Route::Line(token), Framing::Stream, remote) {
                    self.pieces.fill(from, len);
                }
                true
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(_) => {
                self.close(token);
                false
            }
        }
    }

    /// The controller on this route, entered if it is new.
    fn hear(&mut self, route: Route, framing: Framing, remote: impl FnOnce() -> Remote) -> Option<Peer> {
        if let Some(peer) = self.peers.hear(route) {
            return Some(peer);
        }
        let remote = remote();
        let Some(entered) = self.peers.enter(route, framing) else {
            self.told.push_back(Heard::Refused { remote });
            return None;
        };
        self.told.extend(entered.forgotten.map(|peer| Heard::Left { peer }));
        self.told.push_back(Heard::Joined { peer: entered.peer, remote });
        Some(entered.peer)
    }

    fn accept(&mut self, stream: mio::net::TcpStream, remote: SocketAddr) {
        // Replies are a few bytes each and are waited for.
        let _ = stream.set_nodelay(true);
        let token = self.next_line;
        if self.hear(Route::Line(token), Framing::Stream, || Remote::Address(remote)).is_none() {
            // Dropped here, the connection is closed in good order.
            return;
        }
        self.next_line += 1;
        if self.add_line(token, Io::Tcp(stream)).is_err() {
            self.close(token);
        }
    }

    fn add_line(&mut self, token: usize, mut io: Io) -> io::Result<()> {
        let both = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        match &mut io {
            Io::Tcp(stream) => registry.register(stream, Token(token), both)?,
            #[cfg(unix)]
            Io::Pty { master, .. } => {
                use std::os::fd::AsRawFd;
                registry.register(&mut mio::unix::SourceFd(&master.as_raw_fd()), Token(token), both)?;
            }
        }
        self.lines.insert(token, Line::new(io));
        self.ready.push_back(token);
        Ok(())
    }

    fn close(&mut self, token: usize) {
        if let Some(mut line) = self.lines.remove(&token)
            && let Io::Tcp(stream) = &mut line.io
        {
            // What cannot be taken off the list goes with its descriptor.
            let _ = self.poll.registry().deregister(stream);
        }
        self.told.extend(self.peers.leave(Route::Line(token)).map(|peer| Heard::Left { peer }));
    }
}

#[cfg(unix)]
fn open_terminal() -> io::Result<(Io, Remote)> {
    let (io, path) = pty::open()?;
    Ok((io, Remote::File(path)))
}

#[cfg(not(unix))]
fn open_terminal() -> io::Result<(Io, Remote)> {
    Err(io::Error::new(ErrorKind::Unsupported, "this system has no pseudo-terminals"))
}
