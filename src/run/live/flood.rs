//! A flood of readers over HTTP: what `tiltyard soak` puts on the API.
//!
//! So many clients, each with a connection that it keeps, ask by turns for [`PATHS`], and one more reads the event
//! stream. Each asks at its own times, the next question not before the last answer: turns that are missed meanwhile
//! are not made up for, and the rate that came about says so. An answer is *good* when its status is 200, it is whole,
//! and what it tells of a tick is not older than what the same client was told before.
//!
//! One thread for all of them, so that they take a core from the control loop at most.

use core::time::Duration;
use std::io;
use std::net::SocketAddr;
use std::thread::JoinHandle;

use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::{Request, Response, StatusCode};
use futures_util::StreamExt;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tiltyard_hil::WallClock;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::meter::{Histogram, Quantiles};

/// What is asked for, by turns.
pub const PATHS: [&str; 4] = ["/api/metadata", "/api/metadata/coverage", "/api/status", "/metrics"];
/// What is read as it comes.
const STREAM: &str = "/api/metadata/stream";
/// Bins of the times to a reply, 0.4 s in all: they come over loopback.
const BIN: Duration = Duration::from_micros(50);
/// An answer that takes longer is an error.
const PATIENCE: Duration = Duration::from_secs(5);
/// The event stream has a heartbeat at least so often, or it is broken (`Limits::heartbeat`, twice).
const SILENCE: Duration = Duration::from_secs(10);
/// Between two attempts after an error.
const AGAIN_AFTER: Duration = Duration::from_millis(100);
/// Longest answer \[bytes\].
const ANSWER_MAX: usize = 1 << 20;

/// How much of a flood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloodConfig {
    /// Clients that ask; the one that reads the stream not counted. 0 is no flood at all.
    pub clients: u8,
    /// Requests of all of them a second, 1 or more.
    pub rate_hz: u32,
}

/// What came of a flood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flooded {
    /// How long it lasted \[s\].
    pub lasted_s: f64,
    /// Connections that were made: as many as there are clients, and one for the stream, when each was kept.
    pub connections: u64,
    /// Requests that were sent, the stream's not counted.
    pub requests: u64,
    /// Those without a good answer, and connections that could not be made or broke.
    pub errors: u64,
    /// The first error, in words.
    pub first_error: Option<String>,
    /// From sending a request to the last byte of its good answer.
    pub reply: Quantiles,
    /// The longest of those \[ms\].
    pub reply_max_ms: f64,
    /// Events that came.
    pub events: u64,
}

impl Flooded {
    /// Requests a second that came about.
    pub fn rate_hz(&self) -> f64 {
        if self.lasted_s > 0.0 { self.requests as f64 / self.lasted_s } else { 0.0 }
    }
}

/// A flood under way. Ends when dropped.
#[derive(Debug)]
pub struct Flood {
    over: watch::Sender<bool>,
    thread: Option<JoinHandle<Flooded>>,
}

impl Flood {
    /// Begins; `at` is the API. An error when there can be no thread.
    pub fn start(at: SocketAddr, config: FloodConfig) -> io::Result<Self> {
        let (over, hears) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let flood = move || runtime.block_on(flood(at, config, hears));
        let thread = std::thread::Builder::new().name("flood".to_owned()).spawn(flood)?;
        Ok(Self { over, thread: Some(thread) })
    }

    /// Ends, after the answers that are awaited. An error when its thread has panicked.
    pub fn end(mut self) -> io::Result<Flooded> {
        self.over.send_replace(true);
        let ended = self.thread.take().map(JoinHandle::join);
        ended.and_then(Result::ok).ok_or_else(|| io::Error::other("the flood's thread panicked"))
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.over.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // One that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

/// What is wrong with an answer, or with getting one.
#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error("connect: {0}")]
    Connect(io::Error),
    #[error("{0}")]
    Http(#[from] hyper::Error),
    #[error("{0}")]
    Body(#[from] axum::Error),
    #[error("no answer in time")]
    Late,
    #[error("answered {0}")]
    Status(StatusCode),
    #[error("an answer that is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a tick older than the last: {0} after {1}")]
    Older(u64, u64),
    #[error("the stream ended")]
    Ended,
}

/// What one client has counted.
struct Tally {
    connections: u64,
    requests: u64,
    errors: u64,
    first_error: Option<String>,
    reply: Histogram,
    reply_max: Duration,
    events: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            connections: 0,
            requests: 0,
            errors: 0,
            first_error: None,
            reply: Histogram::with_bin(BIN),
            reply_max: Duration::ZERO,
            events: 0,
        }
    }
}

impl Tally {
    fn wrong(&mut self, what: &str, wrong: &Wrong) {
        self.errors += 1;
        self.first_error.get_or_insert_with(|| format!("{what}: {wrong}"));
    }

    fn add(&mut self, other: &Self) {
        self.connections += other.connections;
        self.requests += other.requests;
        self.errors += other.errors;
        self.first_error = self.first_error.take().or_else(|| other.first_error.clone());
        self.reply.add_all(&other.reply);
        self.reply_max = self.reply_max.max(other.reply_max);
        self.events += other.events;
    }
}

async fn flood(at: SocketAddr, config: FloodConfig, over: watch::Receiver<bool>) -> Flooded {
    let clock = WallClock::start();
    let period = Duration::from_secs(1) * u32::from(config.clients.max(1)) / config.rate_hz.max(1);
    let mut clients = JoinSet::new();
    for first in 0..config.clients {
        clients.spawn(ask(at, usize::from(first), period, over.clone()));
    }
    if config.clients > 0 {
        clients.spawn(listen(at, over));
    }
    let mut all = Tally::default();
    while let Some(tally) = clients.join_next().await {
        match tally {
            Ok(tally) => all.add(&tally),
            Err(_) => all.errors += 1,
        }
    }
    Flooded {
        lasted_s: clock.now().as_secs_f64(),
        connections: all.connections,
        requests: all.requests,
        errors: all.errors,
        first_error: all.first_error,
        reply: all.reply.quantiles(),
        reply_max_ms: all.reply_max.as_secs_f64() * 1e3,
        events: all.events,
    }
}

/// A connection to ask on; it lives in a task until its sender is dropped.
async fn connect(at: SocketAddr) -> Result<SendRequest<Body>, Wrong> {
    let stream = TcpStream::connect(at).await.map_err(Wrong::Connect)?;
    stream.set_nodelay(true).map_err(Wrong::Connect)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // What went wrong is told to who asks.
        let _ = connection.await;
    });
    Ok(sender)
}

async fn get(sender: &mut SendRequest<Body>, at: SocketAddr, path: &str) -> Result<Response<Body>, Wrong> {
    sender.ready().await?;
    let mut request = Request::new(Body::empty());
    // The path of a request over a connection that stands; both are constants of ours.
    *request.uri_mut() = path.parse().unwrap_or_default();
    if let Ok(host) = at.to_string().parse() {
        request.headers_mut().insert("host", host);
    }
    let response = sender.send_request(request).await?;
    if response.status() != StatusCode::OK {
        return Err(Wrong::Status(response.status()));
    }
    Ok(response.map(Body::new))
}

/// The number of the tick that an answer is of.
#[derive(Deserialize)]
struct Numbered {
    sequence: u64,
}

/// Whether what was told is not older than what was told before.
fn in_order(json: &[u8], last: &mut u64) -> Result<(), Wrong> {
    let Numbered { sequence } = serde_json::from_slice(json)?;
    let before = core::mem::replace(last, sequence);
    if sequence < before { Err(Wrong::Older(sequence, before)) } else { Ok(()) }
}

/// One client that asks until it is over.
async fn ask(at: SocketAddr, first: usize, period: Duration, over: watch::Receiver<bool>) -> Tally {
    let (mut tally, clock, mut last) = (Tally::default(), WallClock::start(), 0);
    let mut turns = interval(period);
    turns.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut sender = None;
    let mut paths = PATHS.iter().cycle().skip(first);
    while !*over.borrow() {
        turns.tick().await;
        let mut connected = match sender.take() {
            Some(connected) => connected,
            None => match connect(at).await {
                Ok(connected) => {
                    tally.connections += 1;
                    connected
                }
                Err(wrong) => {
                    tally.wrong("a connection", &wrong);
                    sleep(AGAIN_AFTER).await;
                    continue;
                }
            },
        };
        let Some(path) = paths.next() else { break };
        tally.requests += 1;
        let sent_at = clock.now();
        let answer = timeout(PATIENCE, async {
            let body = get(&mut connected, at, path).await?.into_body();
            let body = to_bytes(body, ANSWER_MAX).await?;
            if path.starts_with("/api/metadata") { in_order(&body, &mut last) } else { Ok(()) }
        });
        match answer.await.unwrap_or(Err(Wrong::Late)) {
            Ok(()) => {
                let took = clock.now().since(sent_at);
                tally.reply.add(took);
                tally.reply_max = tally.reply_max.max(took);
                sender = Some(connected);
            }
            Err(wrong) => {
                tally.wrong(path, &wrong);
                sleep(AGAIN_AFTER).await;
            }
        }
    }
    tally
}

/// One client that reads the stream until it is over.
async fn listen(at: SocketAddr, mut over: watch::Receiver<bool>) -> Tally {
    let (mut tally, mut last) = (Tally::default(), 0);
    loop {
        let ended = async {
            // An error says that the sender is gone, which is an end, too.
            let _ = over.wait_for(|over| *over).await;
        };
        tokio::select! {
            () = ended => return tally,
            wrong = events(at, &mut tally, &mut last) => {
                tally.wrong(STREAM, &wrong);
                sleep(AGAIN_AFTER).await;
            }
        }
    }
}

/// Reads events until something is wrong with them.
async fn events(at: SocketAddr, tally: &mut Tally, last: &mut u64) -> Wrong {
    let open = async {
        let mut sender = connect(at).await?;
        Ok::<_, Wrong>(get(&mut sender, at, STREAM).await?.into_body().into_data_stream())
    };
    let mut stream: BodyDataStream = match timeout(PATIENCE, open).await.unwrap_or(Err(Wrong::Late)) {
        Ok(stream) => stream,
        Err(wrong) => return wrong,
    };
    tally.connections += 1;
    let mut text = Vec::new();
    loop {
        match timeout(SILENCE, stream.next()).await {
            Ok(Some(Ok(piece))) => text.extend_from_slice(&piece),
            Ok(Some(Err(error))) => return error.into(),
            Ok(None) => return Wrong::Ended,
            Err(_) => return Wrong::Late,
        }
        while let Some(end) = text.iter().position(|&byte| byte == b'\n') {
            if let Some(json) = text.get(..end).and_then(|line| line.strip_prefix(b"data: ")) {
                tally.events += 1;
                if let Err(wrong) = in_order(json, last) {
                    return wrong;
                }
            }
            text.drain(..=end);
        }
    }
}
