//! Whether the program answers, whether the session is in order, and how it is.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::metadata::now;
use super::problem::Problem;
use super::shared::Shared;
use crate::run::live::Status;

/// The program answers.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    pub status: &'static str,
}

/// The session follows, or would.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// Always `ready`.
    pub status: &'static str,
    /// Number of the newest tick.
    pub sequence: u64,
}

/// Whether the program answers
#[utoipa::path(
    get, path = "/healthz", operation_id = "healthz", tag = "health",
    responses((status = 200, description = "It does", body = Health))
)]
pub(super) async fn healthz() -> Response {
    now(&Health { status: "ok" })
}

/// Whether the session is in order
///
/// Pictures come, decisions are made of them, and the watchdog finds nothing wrong.
#[utoipa::path(
    get, path = "/readyz", operation_id = "readyz", tag = "health",
    responses(
        (status = 200, description = "It is", body = Readiness),
        (status = 503, description = "What is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn readyz(State(shared): State<Arc<Shared>>) -> Response {
    let unready = |detail: &str| Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).into_response();
    let Some(tick) = shared.tick() else { return unready("no decision was made yet") };
    if shared.source.metadata.is_closed() {
        return unready("the session ends");
    }
    shared.status().alarm.map_or_else(|| now(&Readiness { status: "ready", sequence: tick.sequence }), unready)
}

/// How the session is
///
/// Counts, quantiles and what is wrong; made anew ten times a second at most.
#[utoipa::path(
    get, path = "/api/status", operation_id = "status", tag = "health",
    responses((status = 200, description = "Of one moment", body = Status))
)]
pub(super) async fn status(State(shared): State<Arc<Shared>>) -> Response {
    now(&*shared.status())
}
