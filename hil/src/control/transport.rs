//! Sockets to a camera. Writing never waits: a STOP may be next.

use core::time::Duration;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};

use super::guard::{Hear, Line, Speak};
use super::uri::ControlUri;

/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// How long a write may wait for room. A VISCA message has 24 bytes at most: room is always there, unless the other
/// side has stopped reading long ago.
const WRITE_WITHIN: Duration = Duration::from_millis(20);
/// How long reading waits before somebody looks whether to end.
const READ_WITHIN: Duration = Duration::from_millis(100);

/// Connects. `local_port`: the port that the camera's replies go to, where it does not take the sender's.
pub fn dial(uri: &ControlUri, local_port: Option<u16>) -> io::Result<Line> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for address in uri.host().to_socket_addrs()? {
        let line = match uri {
            ControlUri::Tcp(_) => tcp(address),
            ControlUri::Udp(_) | ControlUri::Sony(_) => udp(address, local_port),
        };
        match line {
            Ok(line) => return Ok(line),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn udp(camera: SocketAddr, local_port: Option<u16>) -> io::Result<Line> {
    let any = if camera.is_ipv6() { "[::]" } else { "0.0.0.0" };
    let socket = UdpSocket::bind(format!("{any}:{}", local_port.unwrap_or(0)))?;
    if local_port.is_none() {
        // Bytes of others do not come in. A camera that replies to a fixed port may also send from another one.
        socket.connect(camera)?;
    }
    socket.set_write_timeout(Some(WRITE_WITHIN))?;
    socket.set_read_timeout(Some(READ_WITHIN))?;
    let ear = Datagrams { socket: socket.try_clone()?, camera };
    Ok(Line { mouth: Box::new(Datagrams { socket, camera }), ear: Box::new(ear) })
}

fn tcp(camera: SocketAddr) -> io::Result<Line> {
    let stream = TcpStream::connect_timeout(&camera, CONNECT_WITHIN)?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_WITHIN))?;
    stream.set_read_timeout(Some(READ_WITHIN))?;
    let ear = Stream(stream.try_clone()?);
    Ok(Line { mouth: Box::new(Stream(stream)), ear: Box::new(ear) })
}

struct Datagrams {
    socket: UdpSocket,
    camera: SocketAddr,
}

/// UDP knows no connection: nobody at that port is silence, and what has no room is lost as on any link.
fn tolerated(error: io::Error) -> io::Result<()> {
    match error.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::Interrupted
        | ErrorKind::WouldBlock
        | ErrorKind::TimedOut => Ok(()),
        _ => Err(error),
    }
}

impl Speak for Datagrams {
    fn speak(&mut self, bytes: &[u8]) -> io::Result<()> {
        // A refusal that is told here belongs to an earlier datagram, and this one was not sent.
        let sent = match self.socket.send_to(bytes, self.camera) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => self.socket.send_to(bytes, self.camera),
            sent => sent,
        };
        sent.map(|_| ()).or_else(tolerated)
    }
}

impl Hear for Datagrams {
    fn hear(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.socket.recv_from(buffer) {
            Ok((len, from)) if from.ip() == self.camera.ip() => Ok(len),
            Ok(_) => Ok(0),
            Err(error) => tolerated(error).map(|()| 0),
        }
    }
}

struct Stream(TcpStream);

impl Speak for Stream {
    fn speak(&mut self, bytes: &[u8]) -> io::Result<()> {
        // Half a message is the end of the connection: nobody could tell where the next one begins.
        let sent = self.0.write_all(bytes);
        if sent.is_err() {
            // The receiver reads from the same connection, and learns of it at once.
            let _ = self.0.shutdown(std::net::Shutdown::Both);
        }
        sent
    }
}

impl Hear for Stream {
    fn hear(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Ok(0) => Err(io::Error::new(ErrorKind::UnexpectedEof, "the camera closed the connection")),
            Ok(len) => Ok(len),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(0),
                _ => Err(error),
            },
        }
    }
}
