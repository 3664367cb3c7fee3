//! SORT: boxes in the picture, a constant-velocity Kalman filter each, matched by overlap.
//!
//! Bewley, Ge, Ott, Ramos, Upcroft: *Simple online and realtime tracking*, ICIP 2016, with the constants of the paper's
//! own program. One update is one step of the filter, whatever the time stamps say: that is the reference's rule, and
//! this preset is here to be compared with it. It knows nothing of the camera's motion; the
//! [`Cascade`](super::Cascade) may.

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, State, Visit};

use super::assign::Assigner;
use super::box_filter::BoxFilter;
use super::{Track, Tracker};
use crate::stack::Detection;
use crate::stack::geometry::View;

/// Parameters, by the reference's names.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SortConfig {
    /// A track ends when it has not been matched for more than so many frames.
    pub age_max_frames: u32,
    /// Matches in a row before a track is reported.
    pub hits_min: u32,
    /// Least overlap of a match, 0 ..= 1.
    pub iou_min: f64,
}

impl Default for SortConfig {
    fn default() -> Self {
        Self { age_max_frames: 1, hits_min: 3, iou_min: 0.3 }
    }
}

/// The SORT tracker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sort {
    config: SortConfig,
    frames: u64,
    followed: Vec<Followed>,
    tracks: Vec<Track>,
    next_id: u32,
    #[serde(skip)]
    scratch: Scratch,
}

/// Kept between frames only so that nothing is allocated.
#[derive(Clone, Debug, Default, PartialEq)]
struct Scratch {
    overlap: Vec<f64>,
    assigner: Assigner,
    detection_used: Vec<bool>,
}

/// One box that is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Followed {
    filter: BoxFilter,
    track: Track,
    hit_streak: u32,
    since_update: u32,
    /// It has been reported, so that it is still somebody's target while it coasts.
    reported: bool,
}

impl Sort {
    /// No tracks yet.
    pub fn new(config: SortConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// Predicts all boxes; drops those whose prediction is no number, as the reference does.
    fn predict(&mut self) {
        self.followed.retain_mut(|followed| {
            followed.filter.predict();
            if followed.since_update > 0 {
                followed.hit_streak = 0;
            }
            followed.since_update += 1;
            followed.filter.bbox().is_some()
        });
    }

    /// Which track each detection belongs to, by index; allocates nothing once warm.
    fn associate(&mut self, detections: &[Detection]) {
        let Self { followed, scratch, config, .. } = self;
        let columns = followed.len();
        scratch.overlap.clear();
        for detection in detections {
            for followed in followed.iter() {
                let same = detection.label == followed.track.label;
                let predicted = followed.filter.bbox().filter(|_| same);
                scratch.overlap.push(predicted.map_or(0.0, |bbox| bbox.iou(&detection.bbox)));
            }
        }
        let overlap = &scratch.overlap;
        scratch.detection_used.clear();
        scratch.detection_used.resize(detections.len(), false);
        // Where overlaps above the threshold leave no choice, the reference does not ask for the best sum: that could
        // give up a good pair for two bad ones.
        let clear = is_clear(overlap, columns, config.iou_min);
        let cost = |d: usize, t: usize| {
            let iou = overlap[d * columns + t];
            if clear && iou <= config.iou_min { 0.0 } else { -iou }
        };
        let found = scratch.assigner.solve(detections.len(), columns, cost);
        for (d, t) in found.iter().enumerate() {
            let Some(t) = t.filter(|t| overlap[d * columns + t] >= config.iou_min) else { continue };
            scratch.detection_used[d] = true;
            followed[t].correct(&detections[d]);
        }
    }
}

/// Whether every row and every column has at most one overlap above `min`.
pub(super) fn is_clear(overlap: &[f64], columns: usize, min: f64) -> bool {
    let above = |iou: &&f64| **iou > min;
    let rows_clear = overlap.chunks(columns.max(1)).all(|row| row.iter().filter(above).count() <= 1);
    rows_clear && (0..columns).all(|t| overlap.iter().skip(t).step_by(columns).filter(above).count() <= 1)
}

impl Followed {
    fn correct(&mut self, detection: &Detection) {
        self.since_update = 0;
        self.hit_streak += 1;
        self.filter.correct(&detection.bbox);
        self.track.confidence = detection.confidence;
        self.track.hits = self.track.hits.saturating_add(1);
    }
}

impl Tracker for Sort {
    fn name(&self) -> &'static str {
        "sort"
    }

    fn update(&mut self, at: SimTime, view: &View, detections: &[Detection]) {
        self.frames += 1;
        self.predict();
        self.associate(detections);
        for (d, detection) in detections.iter().enumerate() {
            if !self.scratch.detection_used[d] {
                let track = Track::first(self.next_id, at, detection, view.bearing_of(detection.bbox.centre_px()));
                let filter = BoxFilter::first(&detection.bbox);
                self.followed.push(Followed { filter, track, hit_streak: 0, since_update: 0, reported: false });
                self.next_id += 1;
            }
        }
        let SortConfig { age_max_frames, hits_min, .. } = self.config;
        let beginning = self.frames <= u64::from(hits_min);
        self.followed.retain(|followed| followed.since_update <= age_max_frames);
        self.tracks.clear();
        for followed in &mut self.followed {
            let seen = followed.since_update == 0;
            followed.reported |= seen && (followed.hit_streak >= hits_min || beginning);
            if let Some(bbox) = followed.filter.bbox() {
                followed.track.bbox = bbox;
                followed.track.bearing = view.bearing_of(bbox.centre_px());
            }
            followed.track.at = at;
            if seen {
                followed.track.seen_at = at;
            }
            let offered = if seen { followed.hit_streak >= hits_min || beginning } else { followed.reported };
            if offered {
                self.tracks.push(followed.track.clone());
            }
        }
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }
}

impl State for Sort {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("frames", self.frames);
        v.u64("next_id", u64::from(self.next_id));
        v.parts("track", self.followed.iter());
    }
}

impl State for Followed {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("filter", &self.filter);
        v.part("track", &self.track);
        v.u64("hit_streak", u64::from(self.hit_streak));
        v.u64("since_update", u64::from(self.since_update));
        v.bool("reported", self.reported);
    }
}
