//! The metadata tick and the place readers get it from.
//!
//! A tick keeps the fields of upstream's `drone-ptz-metadata/1` by name, unit and rounding, and adds what a reader
//! needs to trust it: a sequence number, capture time and age, pose, error, coverage and losses. It is built after the
//! command of its frame and carries the command that really left, which upstream's does not.

use core::time::Duration;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tiltyard_visca::SimTime;

use super::Phase;
use crate::sync::{Condvar, Mutex, lock, wait_while};

/// What the stack knew and did in one control step. Immutable once published.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "live", derive(utoipa::ToSchema))]
pub struct MetadataTick {
    /// `drone-ptz-metadata/1`.
    pub schema: &'static str,
    /// `metadata_tick`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Which run this belongs to.
    #[cfg_attr(feature = "live", schema(value_type = String))]
    pub session_id: Arc<str>,
    /// Which camera.
    #[cfg_attr(feature = "live", schema(value_type = String))]
    pub camera_id: Arc<str>,
    /// Date of the decision \[ms since 1970\]; under virtual time, since the start of the run.
    pub ts_unix_ms: u64,
    /// Time of the decision since the start of the session, on a monotonic clock \[ms\].
    pub ts_mono_ms: u64,
    /// Sequence number of the frame.
    pub frame_index: u64,
    /// Boxes are in the source picture.
    pub space: &'static str,
    /// Picture size \[px\].
    pub frame_size: FrameSize,
    /// The track that is followed.
    pub selected_target_id: Option<u32>,
    /// What the stack believes about it.
    pub tracking_phase: Phase,
    /// The camera.
    pub ptz: Ptz,
    /// All tracks.
    pub tracks: Vec<TickTrack>,
    /// Number of this tick, from 1, without gaps.
    pub sequence: u64,
    /// Exposure of the frame since the start \[s\].
    pub captured_at_s: f64,
    /// Age of the frame when the decision was made \[ms\].
    pub age_ms: f64,
    /// Coverage of the followed target: larger side ratio, 0 ..= 1; `null` without one.
    pub coverage: Option<f64>,
    /// Bearing of the followed target less optical axis (pan, tilt) \[deg\]; `null` without one.
    pub error_deg: Option<[f64; 2]>,
    /// Who is followed, from 1 on: stays the same when `selected_target_id` changes because the tracker gave the target
    /// another id. `null` when nobody is.
    pub lock_id: Option<u32>,
    /// Radius about the predicted bearing within which the target is taken to be \[deg\]; grows while it is not seen.
    pub uncertainty_deg: Option<f64>,
    /// Frames overwritten before they were looked at, so far.
    pub frames_dropped: u64,
    /// Watchdog alarms so far.
    pub watchdog_alarms: u64,
    /// Times the limit-cycle guard turned the servo down, so far.
    pub guard_acts: u64,
}

/// Picture size \[px\].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "live", derive(utoipa::ToSchema))]
pub struct FrameSize {
    /// Width.
    pub w: u32,
    /// Height.
    pub h: u32,
}

/// What the camera was told and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "live", derive(utoipa::ToSchema))]
pub struct Ptz {
    /// How it is controlled; always `visca`.
    pub control_mode: &'static str,
    /// It answered a moment ago.
    pub connected: bool,
    /// Something moves.
    pub active: bool,
    /// The last command that left, as fractions of the top speeds, −1 ..= 1.
    pub cmd: PtzCommand,
    /// Estimated pose at the decision.
    pub pose: PtzPose,
}

/// Fractions of the top speeds: pan + right, tilt + up, zoom + in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "live", derive(utoipa::ToSchema))]
pub struct PtzCommand {
    /// Pan.
    pub pan: f64,
    /// Tilt.
    pub tilt: f64,
    /// Zoom.
    pub zoom: f64,
}

/// Where the camera looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "live", derive(utoipa::ToSchema))]
pub struct PtzPose {
    /// Pan \[deg\].
    pub pan_deg: f64,
    /// Tilt \[deg\].
    pub tilt_deg: f64,
    /// Horizontal field of view \[deg\].
    pub hfov_deg: f64,
}

/// One track of a tick.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "live", derive(utoipa::ToSchema))]
pub struct TickTrack {
    /// Identity.
    pub id: u32,
    /// What it is.
    #[cfg_attr(feature = "live", schema(value_type = String))]
    pub label: Arc<str>,
    /// Confidence, 0 ..= 1.
    pub conf: f64,
    /// Its last box.
    pub bbox: TickBox,
}

/// A box as fractions of the picture, left-top corner and size, 0 ..= 1 and inside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "live", derive(utoipa::ToSchema))]
pub struct TickBox {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl MetadataTick {
    /// Upstream's schema name.
    pub const SCHEMA: &'static str = "drone-ptz-metadata/1";
}

/// Six decimals, as upstream writes fractions.
pub(super) fn six_decimals(value: f64) -> f64 {
    libm::round(value * 1e6) / 1e6
}

/// Milliseconds since the start.
pub(super) fn millis(at: SimTime) -> u64 {
    at.as_nanos() / 1_000_000
}

/// The latest tick, for any number of readers.
///
/// Readers share one immutable tick instead of copying it: nobody can change what others see, and all fields are of one
/// moment. The seed's shallow copy promised that and did not keep it (its defects M1, M2); here it does not compile:
///
/// ```compile_fail,E0594
/// # use tiltyard::stack::MetadataManager;
/// fn reader(manager: &MetadataManager) {
///     if let Some(tick) = manager.latest() {
///         tick.ptz.cmd.pan = 1.0; // M1: a reader changes what others see
///     }
/// }
/// ```
///
/// ```compile_fail,E0382
/// # use tiltyard::stack::{MetadataManager, MetadataTick};
/// fn producer(manager: &MetadataManager, mut tick: MetadataTick) {
///     manager.publish(tick);
///     tick.tracks.clear(); // M2: the producer changes what it has published
/// }
/// ```
#[derive(Debug, Default)]
pub struct MetadataManager {
    latest: Mutex<Latest>,
    newer: Condvar,
}

#[derive(Debug, Default)]
struct Latest {
    tick: Option<Arc<MetadataTick>>,
    closed: bool,
}

impl MetadataManager {
    /// Replaces the latest tick.
    pub fn publish(&self, tick: MetadataTick) {
        let tick = Arc::new(tick);
        // The old tick is dropped outside the lock.
        let old = lock(&self.latest).tick.replace(tick);
        self.newer.notify_all();
        drop(old);
    }

    /// The latest tick; `None` before the first.
    pub fn latest(&self) -> Option<Arc<MetadataTick>> {
        lock(&self.latest).tick.clone()
    }

    /// The latest tick if its sequence number is above `sequence`, waiting for one at most `timeout`. `None` after the
    /// time-out or [`close`](Self::close). Who is slow misses ticks, never sees one twice, and never an older one.
    pub fn wait_newer(&self, sequence: u64, timeout: Duration) -> Option<Arc<MetadataTick>> {
        let is_newer = |tick: &Arc<MetadataTick>| tick.sequence > sequence;
        let waits = |latest: &mut Latest| !latest.closed && !latest.tick.as_ref().is_some_and(is_newer);
        let latest = wait_while(&self.newer, lock(&self.latest), timeout, waits);
        latest.tick.as_ref().filter(|tick| is_newer(tick)).cloned()
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        lock(&self.latest).closed
    }

    /// Ends all waiting, now and later: no tick will follow.
    pub fn close(&self) {
        lock(&self.latest).closed = true;
        self.newer.notify_all();
    }
}
