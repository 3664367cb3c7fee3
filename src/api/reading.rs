//! What a reader gets: a tick, and how old it is now.

use std::sync::Arc;

use serde::Serialize;
use tiltyard_visca::SimTime;
use utoipa::ToSchema;

use crate::stack::MetadataTick;

/// A tick and its age at the time of reading: a stack that hangs shows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reading {
    /// The tick, as it was published.
    #[serde(flatten)]
    #[schema(value_type = MetadataTick)]
    pub tick: Arc<MetadataTick>,
    /// Time of the reading since the start of the session, on the clock of `ts_mono_ms` \[ms\].
    pub read_mono_ms: u64,
    /// Age of the tick: time since the decision \[ms\].
    pub tick_age_ms: u64,
    /// Age of the picture that was decided on: time since its exposure \[ms\].
    pub frame_age_ms: f64,
}

impl Reading {
    /// Reads `tick` at `now`.
    pub fn new(tick: Arc<MetadataTick>, now: SimTime) -> Self {
        let read_mono_ms = now.as_nanos() / 1_000_000;
        // The exposure may be a moment ahead of a clock that is not the camera's.
        let frame_age_ms = tiltyard_visca::num::max(now.as_secs_f64() - tick.captured_at_s, 0.0) * 1e3;
        Self { tick_age_ms: read_mono_ms.saturating_sub(tick.ts_mono_ms), read_mono_ms, frame_age_ms, tick }
    }
}

/// No tick was published yet.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct NoData {
    /// Always `no_data`.
    pub status: NoDataStatus,
}

/// The one word of [`NoData`].
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoDataStatus {
    /// Nothing yet.
    NoData,
}

/// How much of the picture the followed target takes.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Coverage {
    /// Larger side ratio of its box, 0 ..= 1; `null` when nobody is followed or seen.
    pub coverage: Option<f64>,
    /// Of which tick this is said.
    pub sequence: u64,
    /// Age of that tick \[ms\].
    pub tick_age_ms: u64,
}

impl From<&Reading> for Coverage {
    fn from(reading: &Reading) -> Self {
        let Reading { tick, tick_age_ms, .. } = reading;
        Self { coverage: tick.coverage, sequence: tick.sequence, tick_age_ms: *tick_age_ms }
    }
}
