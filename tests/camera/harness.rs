//! A running `tiltyard camera` and what a test asks it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::program;

/// Longer than anything takes on the slowest machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Pan right at code 8, tilt stays.
pub const RIGHT: [u8; 9] = [0x81, 0x01, 0x06, 0x01, 0x08, 0x01, 0x02, 0x03, 0xFF];
/// Stand still.
pub const STOP: [u8; 9] = [0x81, 0x01, 0x06, 0x01, 0x08, 0x01, 0x03, 0x03, 0xFF];
/// Where do you look?
pub const WHERE: [u8; 5] = [0x81, 0x09, 0x06, 0x12, 0xFF];

/// The program, until dropped.
pub struct Camera {
    child: Child,
    out: BufReader<ChildStdout>,
    lines: Vec<String>,
}

/// How it ended, and what it had printed after the addresses.
pub struct Over {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Camera {
    /// Starts it and reads the addresses; `arguments` name as many ways in as there are lines to come.
    pub fn start(arguments: &[&str], lines: usize) -> Self {
        let mut command = program();
        command.arg("camera").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = || {
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            line.trim_end().to_owned()
        };
        let lines: Vec<String> = (0..lines).map(|_| line()).collect();
        if lines.iter().any(String::is_empty) {
            let mut err = String::new();
            child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
            panic!("tiltyard camera {arguments:?} printed {lines:?}, and {err}");
        }
        Self { child, out, lines }
    }

    /// The printed line of that kind, without the kind.
    pub fn at(&self, kind: &str) -> &str {
        let lines = self.lines.iter().filter_map(|line| line.split_once(' '));
        lines.filter(|(name, _)| *name == kind).map(|(_, at)| at).next().unwrap()
    }

    pub fn address(&self, kind: &str) -> SocketAddr {
        self.at(kind).parse().unwrap()
    }

    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The body of an answer that has to be a good one.
    pub fn get(&self, path: &str) -> Vec<u8> {
        let (head, body) = exchange(self.address("http"), "GET", path);
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        body
    }

    pub fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path)).unwrap()
    }

    pub fn truth(&self) -> Value {
        self.json("/truth.json")
    }

    pub fn pan_deg(&self) -> f64 {
        self.truth()["pose"]["pan_deg"].as_f64().unwrap()
    }

    /// Asks for the truth until it is as it should be.
    pub fn until(&self, what: &str, so: impl Fn(&Value) -> bool) -> Value {
        patiently(what, || Some(self.truth()).filter(|truth| so(truth)))
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub fn over(mut self) -> Over {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        assert!(!err.contains("panicked"), "{err}");
        Over { code, out, err }
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        // Ended already, or ends now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tries until there is something.
#[allow(clippy::disallowed_methods, reason = "the camera runs in wall time, and so do its clients")]
pub fn patiently<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not come");
        sleep(Duration::from_millis(20));
    }
}

/// A request; head and body of the answer.
pub fn exchange(at: SocketAddr, method: &str, path: &str) -> (String, Vec<u8>) {
    let mut stream = request(at, method, path);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (String::from_utf8(answer[..head].to_vec()).unwrap(), answer[head + 4..].to_vec())
}

/// A request whose answer is still to be read.
pub fn request(at: SocketAddr, method: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n").unwrap();
    stream
}

/// A UDP client of that camera.
pub fn udp(to: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.connect(to).unwrap();
    socket
}

/// Sends and gives the first datagram that comes back.
pub fn ask(socket: &UdpSocket, bytes: &[u8]) -> Vec<u8> {
    socket.send(bytes).unwrap();
    let mut buffer = [0; 256];
    let len = socket.recv(&mut buffer).unwrap();
    buffer[..len].to_vec()
}

/// A file of this test's own.
pub fn file(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("camera");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}
