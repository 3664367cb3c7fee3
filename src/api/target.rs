//! Whom to follow.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use super::problem::Problem;
use super::shared::Shared;
use super::token::MayWrite;
use crate::run::live::Order;

/// Whom to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The track with this id, as in `tracks[].id` of a tick.
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 4_294_967_295_u64, format = "int64")]
    pub id: u32,
}

/// An integer as JSON Schema has it, for which 7 and 7.0 are the same number.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let range = 0.0..=f64::from(u32::MAX);
    let id = number.as_f64().filter(|id| range.contains(id) && libm::trunc(*id) == *id);
    id.map(|id| id as u32).ok_or_else(|| D::Error::custom("expected an integer, 0 to 4294967295"))
}

/// What is wanted from the next decision on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Wanted {
    /// The track to follow; `null`: whom the configuration says.
    pub wanted: Option<Target>,
}

/// Follow somebody
///
/// Acted on with the next decision: `selected_target_id` of a later tick tells. Ids come and go, so one that nobody has
/// is no error: nobody is followed then, until somebody has it.
#[utoipa::path(
    put, path = "/api/target", operation_id = "follow", tag = "target", request_body = Target,
    responses(
        (status = 202, description = "Handed to the stack", body = Wanted),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Without the token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Under another name than localhost", body = Problem,
            content_type = "application/problem+json"),
        (status = 408, description = "The body did not come", body = Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "The body is too long", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not called JSON", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "No id", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn follow(
    _: MayWrite,
    State(shared): State<Arc<Shared>>,
    Json(target): Json<Target>,
) -> (StatusCode, Json<Wanted>) {
    (shared.source.order)(Order::Follow(target.id));
    (StatusCode::ACCEPTED, Json(Wanted { wanted: Some(target) }))
}

/// Follow whom the configuration says
#[utoipa::path(
    delete, path = "/api/target", operation_id = "clear", tag = "target",
    responses(
        (status = 202, description = "Handed to the stack", body = Wanted),
        (status = 401, description = "Without the token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Under another name than localhost", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(super) async fn clear(_: MayWrite, State(shared): State<Arc<Shared>>) -> (StatusCode, Json<Wanted>) {
    (shared.source.order)(Order::Clear);
    (StatusCode::ACCEPTED, Json(Wanted { wanted: None }))
}
