//! A virtual camera in a process of its own, and a live session in this one.

use core::time::Duration;
use std::sync::Arc;

use serde_json::Value;
use tiltyard::run::live::{End, Eye, Latch, Live, MjpegOverHttp, Setup};
use tiltyard::serve::bare;
use tiltyard::stack::detect::Geometric;
use tiltyard::stack::saved::SavedError;
use tiltyard::stack::{Detection, Detector, Frame, Saved};
use tiltyard_hil::control::{ControlUri, DeadManConfig, dial};
use tiltyard_visca::{State, Visit};

use crate::harness::{Camera, PATIENCE, file, patiently};

/// A speaker who walks to and fro for ever.
pub const WALK: &str = "schema = 1\ntitle = \"somebody walks\"\ncamera = \"generic-20x\"\nlength = \"600 s\"\n\
    [[target]]\nname = \"speaker\"\nsize = { width = \"0.5 m\", height = \"1.7 m\" }\nrange = \"10 m\"\n\
    path.sine = { amplitude = [\"15 deg\", \"0 deg\"], period = \"9 s\" }\n";

/// What the detector does when it is its turn.
#[derive(Clone, Default)]
pub struct Mood {
    /// It hangs from when this is open …
    pub hang: Arc<Latch>,
    /// … until this is.
    pub go_on: Arc<Latch>,
    /// It panics from when this is open.
    pub panic: Arc<Latch>,
}

/// The geometric detector, which may hang or panic.
struct Moody {
    inner: Geometric,
    mood: Mood,
}

impl Detector for Moody {
    fn name(&self) -> &'static str {
        "moody"
    }

    fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>) {
        if self.mood.hang.is_open() {
            self.mood.go_on.wait(PATIENCE * 4);
        }
        assert!(!self.mood.panic.is_open(), "as planned");
        self.inner.detect(frame, found);
    }
}

impl Saved for Moody {
    fn save(&self) -> Result<Vec<u8>, SavedError> {
        self.inner.save()
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), SavedError> {
        self.inner.restore(bytes)
    }
}

impl State for Moody {
    fn visit(&self, v: &mut dyn Visit) {
        self.inner.visit(v);
    }
}

/// Both ends.
pub struct Rig {
    pub camera: Camera,
    pub live: Option<Live>,
    pub mood: Mood,
}

impl Rig {
    /// `faults` go to the end of the scenario.
    pub fn start(name: &str, faults: &str, way: &str, armed: bool) -> Self {
        // A busy machine is no reason to stop in a test of something else.
        Self::with_limit(name, faults, way, armed, Duration::from_millis(600))
    }

    /// With a dead-man that leaves the stopping to the watchdog.
    pub fn without_dead_man(name: &str, faults: &str) -> Self {
        Self::with_limit(name, faults, "udp", true, PATIENCE * 10)
    }

    fn with_limit(name: &str, faults: &str, way: &str, armed: bool, limit: Duration) -> Self {
        let scenario = file(&format!("live-{name}.toml"), &format!("{WALK}{faults}"));
        let way_in = format!("--{way}");
        let camera = Camera::start(&[&scenario, &way_in, "0", "--http", "0", "--size", "320x180"], 2);
        let uri: ControlUri = format!("visca+{way}://{}", camera.at(way)).parse().unwrap();
        let scenario = bare("generic-20x").unwrap();
        let mut config = scenario.stack.config(&scenario.world);
        // Nobody wants to wait long for somebody who is not there.
        config.patience.grace = config.patience.coast;
        let mood = Mood::default();
        let rng = tiltyard_sim::rng::stream(1, "detector").into_rng();
        let detector = Moody { inner: Geometric::new(config.detector, rng), mood: mood.clone() };
        let live = Live::start(Setup {
            stack: config,
            detector: Box::new(detector),
            eye: Eye::Truth,
            framing: uri.framing(),
            dial: Box::new(move || dial(&uri, None)),
            video: Box::new(MjpegOverHttp::new(camera.at("http"), "/stream.mjpg")),
            video_latency: Duration::from_millis(80),
            dead_man: DeadManConfig { armed, limit, silence: PATIENCE * 10 },
            stale: Duration::from_secs(2),
            inference: tiltyard_sim::config::Delay::Constant(Duration::from_millis(5)),
            seed: 1,
            session_id: "test".to_owned(),
            listener: Box::new(|_, _| {}),
        });
        Self { camera, live: Some(live.unwrap()), mood }
    }

    pub fn live(&self) -> &Live {
        self.live.as_ref().unwrap()
    }

    /// Until the stack has its target within 2 degrees of the axis.
    pub fn until_it_follows(&self) {
        self.camera
            .until("the target in the middle", |truth| truth["error_deg"].as_f64().unwrap() < 2.0 && turns(truth));
    }

    /// The number of the newest line in the camera's byte log.
    pub fn lines(&self) -> u64 {
        self.log_after(0).last().map_or(0, |line| line["number"].as_u64().unwrap())
    }

    /// Lines after that one.
    pub fn log_after(&self, number: u64) -> Vec<Value> {
        let (mut lines, mut after) = (Vec::new(), number);
        loop {
            let log = self.camera.json(&format!("/log.json?after={after}"));
            let more = log["lines"].as_array().unwrap();
            let Some(last) = more.last() else { return lines };
            after = last["number"].as_u64().unwrap();
            lines.extend(more.iter().cloned());
        }
    }

    /// Waits until the camera is held and proved to stand; gives the newest line of its log then.
    pub fn until_it_stands(&self) -> u64 {
        patiently("a proved stop", || Some(()).filter(|()| self.live().handle().status().stands));
        self.camera.until("rest", |truth| !turns(truth));
        self.lines()
    }

    /// Lets the camera's time go on for a second, and asserts that nobody drove it meanwhile.
    pub fn nobody_drives_after(&self, number: u64) {
        let now_s = self.camera.truth()["time_s"].as_f64().unwrap();
        self.camera.until("a second", |truth| truth["time_s"].as_f64().unwrap() > now_s + 1.0);
        let driven: Vec<Value> = self.log_after(number).into_iter().filter(is_drive).collect();
        assert!(driven.is_empty(), "{driven:?}");
        assert!(!turns(&self.camera.truth()));
    }

    /// Until a drive has reached the camera after that line.
    pub fn until_it_drives_after(&self, number: u64) {
        patiently("a drive", || self.log_after(number).iter().find(|line| is_drive(line)).map(|_| ()));
    }

    pub fn end(mut self) -> (End, Camera) {
        (self.live.take().unwrap().end(), self.camera)
    }
}

/// Whether the head turns.
pub fn turns(truth: &Value) -> bool {
    ["pan_dps", "tilt_dps"].iter().any(|axis| truth["rates"][axis].as_f64().unwrap().abs() > 0.01)
}

/// Whether a line of the byte log is a motion command.
pub fn is_drive(line: &Value) -> bool {
    let text = line["text"].as_str().unwrap_or_default();
    line["what"] == "heard"
        && (text.starts_with("pan-tilt drive") || text.starts_with("zoom tele") || text.starts_with("zoom wide"))
}
