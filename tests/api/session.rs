//! A session that the tests make up, and its routes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tiltyard::api::{Herald, Limits, Source, Token, router};
use tiltyard::run::live::{Order, Quantiles, Status};
use tiltyard::stack::metadata::{FrameSize, Ptz, PtzCommand, PtzPose, TickBox, TickTrack};
use tiltyard::stack::{MetadataManager, MetadataTick, Phase};
use tiltyard_visca::SimTime;
use tower::ServiceExt;

use crate::harness::patiently;

pub const TOKEN: &str = "0123456789abcdef";

/// What the routes stand on, in the tests' hands.
#[derive(Clone, Default)]
pub struct World {
    pub metadata: Arc<MetadataManager>,
    /// The clock \[ms\].
    pub now_ms: Arc<AtomicU64>,
    pub orders: Arc<Mutex<Vec<Order>>>,
    pub alarm: Arc<Mutex<Option<&'static str>>>,
    pub status_asked: Arc<AtomicU64>,
}

impl World {
    pub fn source(&self) -> Source {
        let (now, world, orders) = (Arc::clone(&self.now_ms), self.clone(), Arc::clone(&self.orders));
        Source {
            metadata: Arc::clone(&self.metadata),
            now: Arc::new(move || SimTime::from_millis(now.load(Ordering::Relaxed))),
            status: Arc::new(move || world.status()),
            order: Arc::new(move |order| orders.lock().unwrap().push(order)),
        }
    }

    pub fn at_ms(&self, ms: u64) {
        self.now_ms.store(ms, Ordering::Relaxed);
    }

    pub fn ordered(&self) -> Vec<Order> {
        self.orders.lock().unwrap().clone()
    }

    fn status(&self) -> Status {
        self.status_asked.fetch_add(1, Ordering::Relaxed);
        let quantiles = Quantiles { p50_ms: Some(80.0), p95_ms: Some(90.5), p99_ms: None };
        Status {
            schema: "tiltyard-status/1",
            running_s: 12.5,
            armed: true,
            captured: 100,
            decided: 97,
            dropped: 2,
            stale: 1,
            age: quantiles,
            loop_latency: quantiles,
            phase: Phase::Tracking,
            video: None,
            alarm: *self.alarm.lock().unwrap(),
            alarms: 3,
            held: None,
            stands: false,
            stops: 2,
            stops_proved: 1,
            commands_sent: 40,
            commands_withheld: 3,
            commands_lost: 4,
            heard_s: Some(12.4),
        }
    }
}

/// A tick all of whose fields follow from its number.
pub fn tick(sequence: u64) -> MetadataTick {
    let number = sequence as f64;
    MetadataTick {
        schema: MetadataTick::SCHEMA,
        kind: "metadata_tick",
        session_id: "test".into(),
        camera_id: "generic-20x".into(),
        ts_unix_ms: 1_700_000_000_000 + sequence * 40,
        ts_mono_ms: sequence * 40,
        frame_index: sequence,
        space: "source",
        frame_size: FrameSize { w: 1920, h: 1080 },
        selected_target_id: Some(7),
        tracking_phase: Phase::Tracking,
        ptz: Ptz {
            control_mode: "visca",
            connected: true,
            active: true,
            cmd: PtzCommand { pan: 0.25, tilt: -0.5, zoom: 0.0 },
            pose: PtzPose { pan_deg: number, tilt_deg: -number, hfov_deg: 60.0 },
        },
        tracks: vec![TickTrack {
            id: 7,
            label: "person".into(),
            conf: 0.875,
            bbox: TickBox { x: 0.25, y: 0.25, w: 0.125, h: 0.5 },
        }],
        sequence,
        captured_at_s: number * 0.04 - 0.03,
        age_ms: 30.0,
        coverage: Some(0.5),
        error_deg: Some([number, -number]),
        lock_id: Some(1),
        uncertainty_deg: Some(0.5),
        frames_dropped: sequence,
        watchdog_alarms: 0,
        guard_acts: 0,
    }
}

/// An answer, whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The routes in this process.
pub struct Session {
    pub world: World,
    pub router: Router,
    pub _herald: Herald,
}

impl Session {
    pub fn new() -> Self {
        Self::with(None, Limits::default())
    }

    pub fn with(token: Option<&str>, limits: Limits) -> Self {
        Self::made(World::default(), token, limits)
    }

    pub fn of(world: World) -> Self {
        Self::made(world, None, Limits::default())
    }

    fn made(world: World, token: Option<&str>, limits: Limits) -> Self {
        let token = token.map(|token| Token::new(token).unwrap());
        let (router, herald) = router(world.source(), token, limits).unwrap();
        Self { world, router, _herald: herald }
    }

    /// Publishes, and waits until readers get it.
    pub fn publish(&self, tick: MetadataTick) {
        let sequence = tick.sequence;
        self.world.metadata.publish(tick);
        patiently("the tick", || {
            let answer = self.get("/api/metadata");
            Some(()).filter(|()| answer.status == StatusCode::OK && answer.json()["sequence"] == sequence)
        });
    }

    pub fn ask(&self, request: Request<Body>) -> Answer {
        runtime().block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
            Answer { status: parts.status, headers: parts.headers, text }
        })
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap())
    }

    /// PUT of a JSON text.
    pub fn put(&self, text: &str) -> Answer {
        self.ask(put().body(Body::from(text.to_owned())).unwrap())
    }
}

pub fn put() -> axum::http::request::Builder {
    Request::put("/api/target").header("content-type", "application/json")
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
