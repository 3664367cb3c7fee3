//! The HTTP side: routes, answers, limits. Everything is read-only: there is nothing to POST.
//!
//! Limits: [`CONNECTIONS_MAX`] connections, others wait to be accepted; a request head has to arrive within
//! [`HEAD_WITHIN`](super::accept::HEAD_WITHIN); no request body is read. No route opens a file, so there is no path to
//! climb out of.

use core::convert::Infallible;
use core::fmt::Write;
use core::time::Duration;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use super::accept::accept;
use super::board::{Board, Jpeg, Reader};
use super::journal::Line;
use super::truth::{self, Truth};

/// Connections at once, all addresses together.
const CONNECTIONS_MAX: usize = 64;
/// How long a snapshot waits for the next frame.
const FRAME_WITHIN: Duration = Duration::from_secs(3);
/// Lines of the log in one answer.
const LINES_MAX: usize = 1000;
/// Between two parts of the video.
const BOUNDARY: &str = "tiltyard-frame";
/// The page brings everything along and may load nothing else.
const POLICY: &str = "default-src 'none'; img-src 'self' data:; connect-src 'self'; style-src 'unsafe-inline'; \
script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Answers on these addresses until `over`.
pub(super) fn serve(listeners: Vec<TcpListener>, board: &Arc<Board>, over: &watch::Receiver<bool>) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    for listener in listeners {
        tokio::spawn(accept(listener, router(Arc::clone(board)), Arc::clone(&permits), over.clone()));
    }
}

fn router(board: Arc<Board>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/truth.json", get(truth))
        .route("/truth/events", get(truth_events))
        .route("/log.json", get(log))
        .route("/log/events", get(log_events))
        .route("/snapshot.jpg", get(snapshot))
        .route("/stream.mjpg", get(stream))
        .with_state(board)
}

type Headers = [(HeaderName, HeaderValue); 3];

/// Nothing here may be kept: it is old in a moment.
fn headers(content_type: &'static str) -> Headers {
    [
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ]
}

async fn page() -> impl IntoResponse {
    (headers("text/html; charset=utf-8"), [(CONTENT_SECURITY_POLICY, POLICY)], Html(include_str!("page.html")))
}

fn json(value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => (headers("application/json"), text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn truth(State(board): State<Arc<Board>>) -> Response {
    let truth = Arc::clone(&board.truth().borrow());
    json(&*truth)
}

async fn truth_events(State(board): State<Arc<Board>>) -> Response {
    /// What is still to be told.
    struct Told {
        reader: Reader,
        truths: watch::Receiver<Arc<Truth>>,
        last: bool,
    }
    let mut truths = board.truth();
    // The present one at once, then each new one.
    truths.mark_changed();
    let told = Told { reader: Reader::new(&board, false), truths, last: false };
    events(unfold(told, |mut told| async move {
        if told.last {
            drop(told.reader);
            return None;
        }
        told.truths.changed().await.ok()?;
        let truth = Arc::clone(&told.truths.borrow_and_update());
        told.last = truth.state == truth::State::Ended;
        Some((Ok(event("truth", None, &*truth)), told))
    }))
}

/// Which part of the log.
#[derive(Debug, Deserialize)]
struct After {
    /// Lines with a higher number than this.
    #[serde(default)]
    after: u64,
}

#[derive(Serialize)]
struct Log {
    schema: &'static str,
    lines: Vec<Line>,
}

async fn log(State(board): State<Arc<Board>>, Query(After { after }): Query<After>) -> Response {
    let lines = board.log_after(after, LINES_MAX).iter().map(Line::from).collect();
    json(&Log { schema: "tiltyard-log/1", lines })
}

async fn log_events(State(board): State<Arc<Board>>, Query(After { after }): Query<After>) -> Response {
    /// What is still to be told.
    struct Told {
        reader: Reader,
        truths: watch::Receiver<Arc<Truth>>,
        written: watch::Receiver<u64>,
        after: u64,
    }
    let (truths, written) = (board.truth(), board.written());
    let told = Told { reader: Reader::new(&board, false), truths, written, after };
    events(unfold(told, |mut told| async move {
        loop {
            told.written.mark_unchanged();
            if let [entry] = told.reader.board().log_after(told.after, 1)[..] {
                told.after = entry.number;
                return Some((Ok(event("line", Some(entry.number), &Line::from(&entry))), told));
            }
            if told.truths.borrow_and_update().state == truth::State::Ended {
                return None;
            }
            tokio::select! {
                written = told.written.changed() => written.ok()?,
                truth = told.truths.changed() => truth.ok()?,
            }
        }
    }))
}

fn event(name: &str, id: Option<u64>, value: &impl Serialize) -> Event {
    let event = Event::default().event(name);
    let event = if let Some(id) = id { event.id(id.to_string()) } else { event };
    // Plain structs with string keys: nothing that JSON could refuse.
    event.data(serde_json::to_string(value).unwrap_or_default())
}

fn events(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

async fn snapshot(State(board): State<Arc<Board>>) -> Response {
    let _reader = Reader::new(&board, true);
    let mut pictures = board.picture();
    pictures.mark_unchanged();
    let ended = board.truth().borrow().state == truth::State::Ended;
    if !ended {
        // No frame in time: the last one has to do, if there was any.
        let _ = tokio::time::timeout(FRAME_WITHIN, pictures.changed()).await;
    }
    let picture = pictures.borrow().clone();
    match picture {
        Some(picture) => (headers("image/jpeg"), about(&picture), picture.bytes.clone()).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "no frame has arrived yet\n").into_response(),
    }
}

/// What is known of a picture, as headers.
fn about(picture: &Jpeg) -> [(&'static str, String); 4] {
    [
        ("x-frame", picture.seq.to_string()),
        ("x-exposed-s", format!("{:.6}", picture.exposed_at.as_secs_f64())),
        ("x-arrived-s", format!("{:.6}", picture.arrived_at.as_secs_f64())),
        ("x-boxes", picture.boxes.clone()),
    ]
}

async fn stream(State(board): State<Arc<Board>>) -> Response {
    /// What is still to be shown. The body is only asked for more when the client has taken what it got: who reads
    /// slowly misses frames.
    struct Shown {
        reader: Reader,
        pictures: watch::Receiver<Option<Arc<Jpeg>>>,
        truths: watch::Receiver<Arc<Truth>>,
        last: bool,
    }
    let mut pictures = board.picture();
    pictures.mark_unchanged();
    let shown = Shown { reader: Reader::new(&board, true), pictures, truths: board.truth(), last: false };
    let parts = unfold(shown, |mut shown| async move {
        loop {
            if shown.last {
                drop(shown.reader);
                return None;
            }
            tokio::select! {
                picture = shown.pictures.changed() => picture.ok()?,
                truth = shown.truths.changed() => {
                    truth.ok()?;
                    shown.last = shown.truths.borrow_and_update().state == truth::State::Ended;
                    if shown.last {
                        let end = Bytes::from(format!("--{BOUNDARY}--\r\n"));
                        return Some((Ok::<_, Infallible>(end), shown));
                    }
                    continue;
                }
            }
            let picture = shown.pictures.borrow_and_update().clone();
            if let Some(picture) = picture {
                return Some((Ok(part(&picture)), shown));
            }
        }
    });
    let content_type = "multipart/x-mixed-replace; boundary=tiltyard-frame";
    (headers(content_type), Body::from_stream(parts)).into_response()
}

fn part(picture: &Jpeg) -> Bytes {
    let mut part = format!("--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n", picture.bytes.len());
    for (name, value) in about(picture) {
        // Writing to a string does not fail.
        let _ = write!(part, "{name}: {value}\r\n");
    }
    let mut part = (part + "\r\n").into_bytes();
    part.extend_from_slice(&picture.bytes);
    part.extend_from_slice(b"\r\n");
    part.into()
}
