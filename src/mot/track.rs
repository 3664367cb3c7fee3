//! Our trackers over somebody's detections.

use core::time::Duration;
use std::sync::Arc;

use tiltyard_visca::SimTime;

use super::Row;
use crate::stack::Detection;
use crate::stack::config::TrackerConfig;
use crate::stack::geometry::{Bearing, View};
use crate::stack::track::{CascadeConfig, OcSortConfig, SortConfig, Tracker};

/// A tracker by name, with the parameters it is compared with others by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// [`Boxes`](crate::stack::track::Boxes).
    Boxes,
    /// [`Sort`](crate::stack::track::Sort).
    Sort,
    /// [`OcSort`](crate::stack::track::OcSort).
    OcSort,
    /// [`Cascade`](crate::stack::track::Cascade) in the picture.
    Byte,
    /// The same in the world.
    Ptz,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Boxes, Self::Sort, Self::OcSort, Self::Byte, Self::Ptz];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boxes => "boxes",
            Self::Sort => "sort",
            Self::OcSort => "ocsort",
            Self::Byte => "byte",
            Self::Ptz => "ptz",
        }
    }

    /// A new one, for the detections that MOT15 comes with.
    pub fn tracker(self) -> Box<dyn Tracker> {
        self.with(CascadeConfig::DEFAULT)
    }

    /// A new one, for a network of today, whose scores are spread over 0.3 ..= 0.95: with `ByteTrack`'s own thresholds
    /// ([`CascadeConfig::CONTROL`]), where the others would offer nobody.
    pub fn tracker_on_network(self) -> Box<dyn Tracker> {
        let CascadeConfig { sure, starts, offered, .. } = CascadeConfig::CONTROL;
        self.with(CascadeConfig { sure, starts, offered, ..CascadeConfig::DEFAULT })
    }

    fn with(self, cascade: CascadeConfig) -> Box<dyn Tracker> {
        let config = match self {
            Self::Boxes => TrackerConfig::Boxes,
            Self::Sort => TrackerConfig::Sort(SortConfig::default()),
            Self::OcSort => TrackerConfig::OcSort(OcSortConfig::default()),
            Self::Byte => TrackerConfig::Byte(cascade),
            Self::Ptz => TrackerConfig::Ptz(cascade),
        };
        config.build()
    }
}

/// Runs a tracker over the frames from 1 to the last with a detection, each seen with the view that `view` gives for
/// its number; gives a row for each track seen in a frame.
pub fn track(
    tracker: &mut dyn Tracker,
    view: impl Fn(u32) -> View,
    frame_time: Duration,
    detections: &[Row],
) -> Vec<Row> {
    let label: Arc<str> = Arc::from("person");
    let last = detections.iter().map(|row| row.frame).max().unwrap_or(0);
    let mut rows = Vec::new();
    let mut next = detections.iter().peekable();
    let mut found = Vec::new();
    for frame in 1..=last {
        found.clear();
        while let Some(row) = next.next_if(|row| row.frame == frame) {
            let confidence = tiltyard_visca::num::clamp(row.confidence, 0.0, 1.0);
            found.push(Detection { label: Arc::clone(&label), confidence, bbox: row.bbox });
        }
        let at = SimTime::ZERO + frame_time * frame;
        tracker.update(at, &view(frame), &found);
        for track in tracker.tracks().iter().filter(|track| track.seen_at == at) {
            rows.push(Row { frame, id: i64::from(track.id) + 1, bbox: track.bbox, confidence: 1.0 });
        }
    }
    rows
}

/// A camera that stands still and sees `hfov_deg` in pictures of this size.
pub fn still(hfov_deg: f64, width_px: f64, height_px: f64) -> View {
    View { axis: Bearing { az_deg: 0.0, el_deg: 0.0 }, hfov_deg, width_px, height_px }
}
