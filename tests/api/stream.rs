//! The event stream: each tick once, in order; the slow skip; heartbeats; a bounded number; an end.

use core::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tiltyard::api::Limits;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::session::{Session, runtime, tick};

const STREAM: &str = "/api/metadata/stream";

/// A reader that takes one chunk at a time.
struct Reader {
    body: Body,
    runtime: Runtime,
}

impl Reader {
    fn new(session: &Session) -> Self {
        let runtime = runtime();
        let request = Request::get(STREAM).body(Body::empty()).unwrap();
        let response = runtime.block_on(session.router.clone().oneshot(request)).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), runtime }
    }

    /// What comes next; `None` at the end.
    fn next(&mut self) -> Option<String> {
        let frame = self.runtime.block_on(self.body.frame())?;
        Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
    }

    fn tick(&mut self) -> Value {
        let text = self.next().unwrap();
        let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        let read: Value = serde_json::from_str(data).unwrap();
        let id = text.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
        assert!(text.contains("event: tick\n") && read["sequence"] == id.parse::<u64>().unwrap(), "{text}");
        read
    }
}

#[test]
fn a_reader_that_keeps_up_gets_each_tick_once_in_order() {
    let session = Session::new();
    session.publish(tick(1));
    let mut reader = Reader::new(&session);
    assert_eq!(reader.tick()["sequence"], 1, "the newest at once");
    for sequence in 2..=50 {
        session.publish(tick(sequence));
        assert_eq!(reader.tick()["sequence"], sequence);
    }
}

#[test]
fn a_slow_reader_skips_to_the_newest_and_can_see_it() {
    let session = Session::new();
    session.publish(tick(1));
    let mut slow = Reader::new(&session);
    assert_eq!(slow.tick()["sequence"], 1);
    for sequence in 2..=9 {
        session.publish(tick(sequence));
    }
    session.world.at_ms(1000);
    let read = slow.tick();
    assert_eq!((&read["sequence"], &read["tick_age_ms"]), (&9.into(), &640.into()), "its age is that of the reading");
    session.publish(tick(10));
    assert_eq!(slow.tick()["sequence"], 10);
}

#[test]
fn a_quiet_stream_has_a_heartbeat_and_ends_with_the_session() {
    let session = Session::with(None, Limits { heartbeat: Duration::from_millis(20), streams: 1, ..Limits::default() });
    let mut reader = Reader::new(&session);
    assert_eq!(reader.next().unwrap().trim_end(), ": heartbeat", "there is no tick yet");
    session.world.metadata.publish(tick(1));
    session.world.metadata.close();
    let mut rest = Vec::new();
    while let Some(text) = reader.next() {
        rest.push(text);
    }
    rest.retain(|text| !text.starts_with(':'));
    assert_eq!(rest.len(), 1, "the last tick, then the end: {rest:?}");
}

#[test]
fn there_are_only_so_many_streams_and_one_that_ends_makes_room() {
    let session = Session::with(None, Limits { streams: 2, ..Limits::default() });
    session.publish(tick(1));
    let readers = [Reader::new(&session), Reader::new(&session)];
    let answer = session.get(STREAM);
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "10"));
    assert_eq!(answer.json()["detail"], "too many event streams are open");
    assert_eq!(session.get("/api/metadata").status, StatusCode::OK, "everything else goes on");
    drop(readers);
    assert_eq!(Reader::new(&session).tick()["sequence"], 1);
}
