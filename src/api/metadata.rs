//! The newest tick, a part of it, and all of them as they come.

use core::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName, RETRY_AFTER};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::watch;

use super::problem::Problem;
use super::reading::{Coverage, NoData, NoDataStatus, Reading};
use super::shared::Shared;
use crate::stack::MetadataTick;

/// Nothing here may be kept: it is old in a moment.
const FRESH: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];

/// JSON of this moment.
pub(super) fn now(value: &impl Serialize) -> Response {
    (FRESH, Json(value)).into_response()
}

/// What `answer` makes of the newest tick, read now; or that there is none yet.
fn read(shared: &Shared, answer: impl FnOnce(&Reading) -> Response) -> Response {
    if let Some(tick) = shared.tick() {
        return answer(&Reading::new(tick, shared.now()));
    }
    let body = Json(NoData { status: NoDataStatus::NoData });
    (StatusCode::SERVICE_UNAVAILABLE, FRESH, [(RETRY_AFTER, "1")], body).into_response()
}

/// The newest tick
#[utoipa::path(
    get, path = "/api/metadata", operation_id = "metadata", tag = "metadata",
    responses(
        (status = 200, description = "The newest tick, and its age", body = Reading),
        (status = 503, description = "No tick was published yet", body = NoData),
    )
)]
pub(super) async fn metadata(State(shared): State<Arc<Shared>>) -> Response {
    read(&shared, now)
}

/// How much of the picture the target takes
#[utoipa::path(
    get, path = "/api/metadata/coverage", operation_id = "coverage", tag = "metadata",
    responses(
        (status = 200, description = "Coverage of the newest tick", body = Coverage),
        (status = 503, description = "No tick was published yet", body = NoData),
    )
)]
pub(super) async fn coverage(State(shared): State<Arc<Shared>>) -> Response {
    read(&shared, |reading| now(&Coverage::from(reading)))
}

/// Every tick as it comes
///
/// Server-sent events `tick`, their ids the sequence numbers, their data the same object as `/api/metadata`: the newest
/// at once, then each new one. Who reads slowly misses ticks, sees that in the sequence numbers, and goes on with the
/// newest. A comment keeps a quiet stream alive. The stream ends with the session.
#[utoipa::path(
    get, path = "/api/metadata/stream", operation_id = "stream", tag = "metadata",
    responses(
        (status = 200, description = "Server-sent events", body = String, content_type = "text/event-stream"),
        (status = 503, description = "Too many streams", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn stream(State(shared): State<Arc<Shared>>) -> Response {
    let Ok(permit) = Arc::clone(&shared.streams).try_acquire_owned() else {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many event streams are open");
        return ([(RETRY_AFTER, "10")], problem).into_response();
    };
    let heartbeat = KeepAlive::new().interval(shared.limits.heartbeat).text("heartbeat");
    let mut ticks = shared.ticks.clone();
    ticks.mark_changed();
    // The body is asked for more when the client has taken what it got: who reads slowly misses ticks.
    let events = unfold((ticks, permit, shared), |(mut ticks, permit, shared)| async move {
        let tick = next(&mut ticks).await?;
        let reading = Reading::new(tick, shared.now());
        Some((Ok::<_, Infallible>(event(&reading)), (ticks, permit, shared)))
    });
    (FRESH, Sse::new(events).keep_alive(heartbeat)).into_response()
}

/// `None` when no tick will follow.
async fn next(ticks: &mut watch::Receiver<Option<Arc<MetadataTick>>>) -> Option<Arc<MetadataTick>> {
    loop {
        ticks.changed().await.ok()?;
        let tick = ticks.borrow_and_update().clone();
        if tick.is_some() {
            return tick;
        }
    }
}

fn event(reading: &Reading) -> Event {
    let event = Event::default().event("tick").id(reading.tick.sequence.to_string());
    // Plain structs with string keys: nothing that JSON could refuse.
    event.data(serde_json::to_string(reading).unwrap_or_default())
}
