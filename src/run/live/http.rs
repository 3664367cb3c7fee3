//! Motion JPEG over HTTP: one request, an answer without an end.
//!
//! HTTP/1.0 is spoken, so that no server chunks its answer. Reading waits a tenth of a second at a time, so that
//! whoever reads can be ended.

use core::time::Duration;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};

use xxhash_rust::xxh3::xxh3_64;

use super::multipart::{Multipart, Part};
use super::video::{Image, Picture, VideoError, VideoSource, jpeg_size};

/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// How long one look at the socket waits.
const LOOK: Duration = Duration::from_millis(100);
/// Longest head of the answer \[bytes\].
const HEAD_MAX: usize = 16 * 1024;
/// How many looks the head of the answer may take: ten seconds.
const HEAD_LOOKS: u32 = 100;

/// A camera's MJPEG.
#[derive(Debug)]
pub struct MjpegOverHttp {
    host: String,
    path: String,
    open: Option<Open>,
    counted: u64,
}

#[derive(Debug)]
struct Open {
    stream: TcpStream,
    parts: Multipart,
    buffer: Vec<u8>,
}

impl MjpegOverHttp {
    /// Not connected yet: the first picture asked for connects.
    pub fn new(host: &str, path: &str) -> Self {
        Self { host: host.to_owned(), path: path.to_owned(), open: None, counted: 0 }
    }

    fn connect(&self) -> Result<Open, VideoError> {
        let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
        let mut connected = None;
        for address in self.host.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, CONNECT_WITHIN) {
                Ok(stream) => {
                    connected = Some(stream);
                    break;
                }
                Err(error) => last = error,
            }
        }
        let mut stream = connected.ok_or(last)?;
        stream.set_read_timeout(Some(LOOK))?;
        stream.set_write_timeout(Some(CONNECT_WITHIN))?;
        stream.set_nodelay(true)?;
        let Self { host, path, .. } = self;
        stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: */*\r\n\r\n").as_bytes())?;
        let mut head = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        for _ in 0..HEAD_LOOKS {
            let Some(len) = read(&mut stream, &mut buffer)? else { continue };
            head.extend_from_slice(buffer.get(..len).unwrap_or_default());
            if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
                let text = String::from_utf8_lossy(head.get(..end).unwrap_or_default()).into_owned();
                let mut parts = Multipart::new(&content_type(&text)?)?;
                parts.push(head.get(end + 4..).unwrap_or_default());
                return Ok(Open { stream, parts, buffer });
            }
            if head.len() > HEAD_MAX {
                return Err(VideoError::Answer("a head without an end".to_owned()));
            }
        }
        Err(io::Error::new(ErrorKind::TimedOut, "no answer").into())
    }

    fn picture(&mut self, part: Part) -> Result<Picture, VideoError> {
        self.counted += 1;
        let number = |name| part.header(name).and_then(|text| text.parse::<f64>().ok());
        let age_s = number("x-arrived-s").zip(number("x-exposed-s")).map(|(arrived, exposed)| arrived - exposed);
        Ok(Picture {
            seq: part.header("x-frame").and_then(|text| text.parse().ok()).unwrap_or(self.counted),
            hash: xxh3_64(&part.body),
            age: age_s.and_then(|age_s| Duration::try_from_secs_f64(age_s).ok()),
            size_px: jpeg_size(&part.body).ok_or(VideoError::Picture)?,
            boxes: part.header("x-boxes").map(str::to_owned),
            image: Image::Jpeg(part.body),
        })
    }
}

impl VideoSource for MjpegOverHttp {
    fn next(&mut self) -> Result<Option<Picture>, VideoError> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.connect()?,
        };
        // Whatever goes wrong below, the connection is dropped with it.
        let part = match open.parts.next_part()? {
            Some(part) => Some(part),
            None if open.parts.is_ended() => return Err(VideoError::Ended),
            None => {
                if let Some(len) = read(&mut open.stream, &mut open.buffer)? {
                    open.parts.push(open.buffer.get(..len).unwrap_or_default());
                }
                open.parts.next_part()?
            }
        };
        let picture = part.map(|part| self.picture(part)).transpose()?;
        self.open = Some(open);
        Ok(picture)
    }
}

/// Bytes that came; `None` when none did for a moment.
fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<Option<usize>, VideoError> {
    match stream.read(buffer) {
        Ok(0) => Err(VideoError::Ended),
        Ok(len) => Ok(Some(len)),
        Err(error) => match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(None),
            _ => Err(error.into()),
        },
    }
}

/// The content type of an answer that is a good one and not chunked.
fn content_type(head: &str) -> Result<String, VideoError> {
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    let headers: Vec<(String, &str)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()))
        .collect();
    let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
    let good = status.split_whitespace().nth(1) == Some("200");
    match header("content-type") {
        Some(kind) if good && header("transfer-encoding").is_none() => Ok(kind.to_owned()),
        _ => Err(VideoError::Answer(status.trim().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_when_it_says_so() {
        let good = "HTTP/1.0 200 OK\r\nServer: x\r\nContent-Type: multipart/x-mixed-replace; boundary=b";
        assert_eq!(content_type(good).unwrap(), "multipart/x-mixed-replace; boundary=b");
        for bad in ["HTTP/1.1 401 Unauthorized\r\nContent-Type: text/html", "HTTP/1.1 200 OK", ""] {
            assert!(matches!(content_type(bad), Err(VideoError::Answer(_))), "{bad}");
        }
        assert!(content_type("HTTP/1.1 200 OK\r\nContent-Type: a\r\nTransfer-Encoding: chunked").is_err());
    }
}
