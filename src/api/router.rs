//! All routes, and the document made from them: no route without one.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{from_fn, map_response};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::herald::Herald;
use super::problem::problems;
use super::shared::{Limits, Shared, Source};
use super::token::Token;
use super::{health, metadata, metrics, target};

/// What the document says of the whole.
#[derive(OpenApi)]
#[openapi(
    info(title = "Tiltyard", description = "A live session: what the tracker knows, and whom it is to follow."),
    tags(
        (name = "metadata", description = "What the tracker knows"),
        (name = "target", description = "Whom it is to follow"),
        (name = "health", description = "How it is"),
    )
)]
struct About;

/// This document
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "openapi", tag = "health",
    responses((status = 200, description = "OpenAPI 3.1", body = Object))
)]
async fn document(State(shared): State<Arc<Shared>>) -> Response {
    ([(CONTENT_TYPE, "application/json")], shared.openapi.clone()).into_response()
}

/// The routes, and the thread that brings them ticks: they end with it.
///
/// An error when that thread cannot be started.
pub fn router(source: Source, token: Option<Token>, limits: Limits) -> io::Result<(Router, Herald)> {
    let (herald, ticks) = Herald::start(Arc::clone(&source.metadata))?;
    let (routes, mut openapi) = OpenApiRouter::with_openapi(About::openapi())
        .routes(routes!(metadata::metadata))
        .routes(routes!(metadata::coverage))
        .routes(routes!(metadata::stream))
        .routes(routes!(health::status))
        .routes(routes!(target::follow, target::clear))
        .routes(routes!(metrics::metrics))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(document))
        .split_for_parts();
    if token.is_some() {
        secure(&mut openapi);
    }
    let openapi = openapi.to_json().map_err(io::Error::other)?;
    let shared = Arc::new(Shared::new(source, ticks, token, limits, openapi));
    // The outermost comes last.
    let router = routes
        .with_state(shared)
        .layer(CatchPanicLayer::new())
        .layer(RequestBodyLimitLayer::new(limits.body_bytes))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limits.answer_within))
        .layer(from_fn(problems))
        .layer(map_response(async |mut response: Response| {
            response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            response
        }));
    Ok((router, herald))
}

/// The writing routes want the token.
fn secure(openapi: &mut utoipa::openapi::OpenApi) {
    let components = openapi.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let Some(target) = openapi.paths.paths.get_mut("/api/target") else { return };
    for operation in [&mut target.put, &mut target.delete].into_iter().flatten() {
        operation.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    }
}
