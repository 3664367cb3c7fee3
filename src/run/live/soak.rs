//! A long session with stalls put in: what `tiltyard soak` runs.
//!
//! Virtual camera and live session in one process, over real loopback sockets. A cycle of [`CYCLE`] has three stalls of
//! [`STALL`] each: no video, a frozen picture, a control thread that hangs. Shortly before the end of each it is looked
//! at: a camera that does not stand, or that nobody holds, is a *missed STOP*; one that stands without the proof yet is
//! a *late proof*. The first two are faults of the scenario, the third a detector that does not return.
//!
//! All the while clients read the session's HTTP API over loopback: [`Flood`].

use core::fmt::Write as _;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use serde_json::Value;
use tiltyard_hil::WallClock;
use tiltyard_visca::{SimTime, State, Visit};

use super::flood::{Flood, FloodConfig, Flooded};
use super::latch::Latch;
use super::session::{End, Handle, Live};
use crate::stack::saved::SavedError;
use crate::stack::{Detection, Detector, Frame, Saved};

/// From one round of stalls to the next.
pub const CYCLE: Duration = Duration::from_secs(40);
/// How long a stall lasts.
pub const STALL: Duration = Duration::from_secs(3);
/// When in a cycle each stall begins: no video, frozen picture, hang.
const BEGINS: [Duration; 3] = [Duration::from_secs(8), Duration::from_secs(20), Duration::from_secs(32)];
/// How long before its end a stall is judged: the dead-man's limit and the proof take a second of its three.
const JUDGED_BEFORE: Duration = Duration::from_millis(700);
/// How often the truth is asked for.
const LOOK: Duration = Duration::from_millis(100);
/// Memory at the beginning is read when everything has been used once.
const WARM_UP: Duration = CYCLE;
/// How long the first tick may take before the flood begins without it.
const FIRST_TICK: Duration = Duration::from_secs(10);
/// Slower is standing \[deg/s\]: the slowest speed of any camera model is ten times as fast.
const STANDS_DPS: f64 = 0.02;

/// The stalls by their names in reports.
pub const STALLS: [&str; 3] = ["no video", "frozen picture", "control thread hangs"];

/// What came of the stalls of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stalls {
    /// Put in and looked at.
    pub looked_at: u64,
    /// Of these, those in which the camera moved, or nobody held it.
    pub missed: u64,
    /// Those in which it stood, and the proof was still to come.
    pub late: u64,
}

/// What a soak has found.
#[derive(Clone, Debug)]
pub struct Found {
    /// How the session ended.
    pub end: End,
    /// By kind, in the order of [`STALLS`].
    pub stalls: [Stalls; 3],
    /// Resident memory after the first cycle, at its most since, and at the end \[KiB\]; `None` where the system does
    /// not tell, or the soak was shorter.
    pub memory_kib: Option<[u64; 3]>,
    /// Frames dropped while the control thread hung, which is what it is for.
    pub dropped_in_hangs: u64,
    /// What came of the flood of readers.
    pub flood: Flooded,
}

/// The faults of so many cycles, as lines of a scenario.
pub fn faults(length: Duration) -> String {
    let mut text = String::new();
    let cycles = length.as_secs() / CYCLE.as_secs() + 1;
    for cycle in 0..cycles {
        for (begins, kind) in BEGINS.iter().zip(["video.drop = { probability = 1.0 }", "video.freeze = {}"]) {
            let at_s = cycle * CYCLE.as_secs() + begins.as_secs();
            // Writing to a string does not fail.
            let _ = write!(text, "[[fault]]\nat = \"{at_s} s\"\nfor = \"{} s\"\n{kind}\n", STALL.as_secs());
        }
    }
    text
}

/// A detector that does not return while it shall hang.
pub struct Hanging<D> {
    inner: D,
    hangs: Arc<AtomicBool>,
}

impl<D> Hanging<D> {
    /// Hangs while this is set.
    pub const fn new(inner: D, hangs: Arc<AtomicBool>) -> Self {
        Self { inner, hangs }
    }
}

impl<D: Detector> Detector for Hanging<D> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>) {
        let never = Latch::default();
        while self.hangs.load(Ordering::Relaxed) {
            never.wait(Duration::from_millis(5));
        }
        self.inner.detect(frame, found);
    }
}

impl<D: Detector> Saved for Hanging<D> {
    fn save(&self) -> Result<Vec<u8>, SavedError> {
        self.inner.save()
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), SavedError> {
        self.inner.restore(bytes)
    }
}

impl<D: Detector> State for Hanging<D> {
    fn visit(&self, v: &mut dyn Visit) {
        self.inner.visit(v);
    }
}

/// Where things are, and how much of a flood there is.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// The camera's HTTP: it tells the truth.
    pub camera: SocketAddr,
    /// The session's API, which has to be open.
    pub api: SocketAddr,
    /// The flood on it.
    pub flood: FloodConfig,
}

/// Soaks a session until `length` is over or `stop` is set.
pub fn soak(
    live: Live,
    around: Around,
    hangs: &Arc<AtomicBool>,
    length: Duration,
    stop: &AtomicBool,
    mut tell: impl FnMut(&Live),
) -> io::Result<Found> {
    let mut watcher = Watcher::default();
    let clock = WallClock::start();
    // Before it, "no data" is the right answer.
    let _ = live.handle().metadata().wait_newer(0, FIRST_TICK);
    let flood = Flood::start(around.api, around.flood)?;
    let mut tell_at = SimTime::ZERO + CYCLE;
    while clock.now() < SimTime::ZERO + length && !stop.load(Ordering::Relaxed) {
        if live.wait_over(LOOK) {
            break;
        }
        // A busy machine may be late with an answer; the next look has the next.
        if let Ok(truth) = truth(around.camera) {
            watcher.look(&truth, &live.handle(), hangs);
        }
        watcher.weigh(clock.now());
        if tell_at <= clock.now() {
            tell_at += CYCLE;
            tell(&live);
        }
    }
    hangs.store(false, Ordering::Relaxed);
    let flood = flood.end();
    let end = live.end();
    let memory_kib = watcher.memory.map(|[first, most]| [first, most, resident_kib().unwrap_or(most)]);
    let Watcher { stalls, dropped_in_hangs, .. } = watcher;
    Ok(Found { end, stalls, memory_kib, dropped_in_hangs, flood: flood? })
}

/// What it has seen so far.
#[derive(Default)]
struct Watcher {
    stalls: [Stalls; 3],
    /// The cycle in which each stall was judged last, from 1.
    judged: [u64; 3],
    /// Dropped when the hang under way began.
    hung_since: Option<u64>,
    dropped_in_hangs: u64,
    /// At the beginning, and the most since \[KiB\].
    memory: Option<[u64; 2]>,
}

impl Watcher {
    fn look(&mut self, truth: &Value, handle: &Handle, hangs: &AtomicBool) {
        let time = Duration::try_from_secs_f64(truth["time_s"].as_f64().unwrap_or(0.0)).unwrap_or_default();
        let cycle = time.as_secs() / CYCLE.as_secs();
        let in_cycle = time.saturating_sub(CYCLE * u32::try_from(cycle).unwrap_or(u32::MAX));
        let rate = |axis: &str| truth["rates"][axis].as_f64().unwrap_or(f64::NAN).abs();
        // No number is no proof.
        let stands = ["pan_dps", "tilt_dps"].iter().all(|axis| rate(axis) < STANDS_DPS);
        for (kind, begins) in BEGINS.into_iter().enumerate() {
            let judged_at = (begins + STALL).saturating_sub(JUDGED_BEFORE);
            let due = in_cycle >= judged_at && in_cycle < begins + STALL;
            if let (Some(stalls), Some(judged)) = (self.stalls.get_mut(kind), self.judged.get_mut(kind))
                && due
                && *judged <= cycle
            {
                *judged = cycle + 1;
                stalls.looked_at += 1;
                let status = handle.status();
                let missed = !stands || status.held.is_none();
                stalls.missed += u64::from(missed);
                stalls.late += u64::from(!missed && !status.stands);
                if missed {
                    tracing::error!("a missed STOP: {}", STALLS.get(kind).unwrap_or(&""));
                }
            }
        }
        let [_, _, hang] = BEGINS;
        let hanging = in_cycle >= hang && in_cycle < hang + STALL;
        hangs.store(hanging, Ordering::Relaxed);
        let status = handle.status();
        let dropped = status.dropped + status.stale;
        match self.hung_since {
            None if hanging => self.hung_since = Some(dropped),
            // The first frames after it are still those that waited.
            Some(before) if in_cycle >= hang + STALL + LOOK || in_cycle < hang => {
                self.dropped_in_hangs += dropped - before;
                self.hung_since = None;
            }
            _ => {}
        }
    }

    fn weigh(&mut self, now: SimTime) {
        if now < SimTime::ZERO + WARM_UP {
            return;
        }
        if let Some(kib) = resident_kib() {
            let [_, most] = self.memory.get_or_insert([kib, kib]);
            *most = kib.max(*most);
        }
    }
}

/// `GET /truth.json`.
fn truth(http: SocketAddr) -> io::Result<Value> {
    let mut stream = TcpStream::connect_timeout(&http, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"GET /truth.json HTTP/1.0\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let body = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    serde_json::from_slice(answer.get(body..).unwrap_or_default()).map_err(io::Error::other)
}

/// Memory of this process that is really there \[KiB\] (Linux: `VmRSS` of proc(5)).
fn resident_kib() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cycle_has_its_two_faults() {
        let text = faults(Duration::from_secs(100));
        assert_eq!(text.matches("[[fault]]").count(), 6);
        assert!(text.contains("at = \"88 s\"") && text.contains("at = \"100 s\""), "{text}");
    }
}
