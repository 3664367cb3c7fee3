//! Errors: one shape for all of them, RFC 9457.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of a problem.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";
/// More of an explanation is cut off \[bytes\].
const DETAIL_MAX: usize = 1024;

/// Why there is no answer (RFC 9457, "Problem Details for HTTP APIs").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The status code.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What was wrong with this request, and what to do.
    pub detail: String,
}

impl Problem {
    /// A problem of that kind.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { kind: "about:blank", title, status: status.as_u16(), detail: detail.into() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Four plain fields: nothing that JSON could refuse.
        let text = serde_json::to_string(&self).unwrap_or_default();
        (status, [(CONTENT_TYPE, PROBLEM_JSON), (CACHE_CONTROL, "no-store")], text).into_response()
    }
}

/// Whatever went wrong below, and said so in its own words or none, leaves as a [`Problem`]. Other headers stay, such
/// as `Allow`.
pub(super) async fn problems(request: Request, next: Next) -> Response {
    let asked = format!("{} {}", request.method(), request.uri().path());
    let response = next.run(request).await;
    let status = response.status();
    let is_json = |value: &HeaderValue| value.as_bytes().ends_with(b"json");
    if !(status.is_client_error() || status.is_server_error())
        || response.headers().get(CONTENT_TYPE).is_some_and(is_json)
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let said = to_bytes(body, DETAIL_MAX).await.unwrap_or_default();
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    let detail = match status {
        StatusCode::NOT_FOUND => format!("{asked}: no such route; /openapi.json lists all"),
        StatusCode::METHOD_NOT_ALLOWED => format!("{asked}: another method is needed, see the header `Allow`"),
        StatusCode::REQUEST_TIMEOUT => "the request did not come to an end in time".to_owned(),
        StatusCode::INTERNAL_SERVER_ERROR => "a defect of this program; the session goes on".to_owned(),
        _ if said.is_empty() => status.canonical_reason().unwrap_or("failed").to_owned(),
        _ => said,
    };
    let (fresh, body) = Problem::new(status, detail).into_response().into_parts();
    for name in [CONTENT_LENGTH, TRANSFER_ENCODING] {
        parts.headers.remove(name);
    }
    parts.headers.extend(fresh.headers);
    Response::from_parts(parts, Body::new(body))
}
