//! Boxes of the last frame, matched by overlap: what upstream has without its motion model.
//!
//! Greedy: all pairs of track and detection by falling overlap (ties by track, then by detection), above a threshold.
//! A track that was not matched lives on for some frames where it was. Estimates no rate. It works in picture space, so
//! the camera's own motion looks like target motion: that is the defect which [`Plane::World`](super::Plane) mends.

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, State, Visit};

use super::{Track, Tracker};
use crate::stack::Detection;
use crate::stack::geometry::View;

/// Overlap below which two boxes are not the same thing, 0 ..= 1. Small, because a fast pan leaves little overlap.
const IOU_MIN: f64 = 0.1;
/// Frames a track outlives its last box.
const MISSED_FRAMES_MAX: u32 = 30;

/// The overlap tracker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Boxes {
    tracks: Vec<Track>,
    missed: Vec<u32>,
    next_id: u32,
    #[serde(skip)]
    scratch: Scratch,
}

/// Kept between frames only so that nothing is allocated.
#[derive(Clone, Debug, Default, PartialEq)]
struct Scratch {
    pairs: Vec<(f64, usize, usize)>,
    track_of: Vec<Option<usize>>,
    matched: Vec<bool>,
}

impl Tracker for Boxes {
    fn name(&self) -> &'static str {
        "boxes"
    }

    fn update(&mut self, at: SimTime, view: &View, detections: &[Detection]) {
        let Scratch { pairs, track_of, matched } = &mut self.scratch;
        pairs.clear();
        for (t, track) in self.tracks.iter().enumerate() {
            for (d, detection) in detections.iter().enumerate() {
                let iou = track.bbox.iou(&detection.bbox);
                if iou >= IOU_MIN && track.label == detection.label {
                    pairs.push((iou, t, d));
                }
            }
        }
        pairs.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        track_of.clear();
        track_of.resize(detections.len(), None);
        matched.clear();
        matched.resize(self.tracks.len(), false);
        for &(_, t, d) in pairs.iter() {
            if !matched[t] && track_of[d].is_none() {
                matched[t] = true;
                track_of[d] = Some(t);
            }
        }
        for (missed, matched) in self.missed.iter_mut().zip(matched) {
            *missed = if *matched { 0 } else { *missed + 1 };
        }
        for (detection, track) in detections.iter().zip(track_of) {
            let bearing = view.bearing_of(detection.bbox.centre_px());
            if let Some(track) = track.and_then(|track| self.tracks.get_mut(track)) {
                track.confidence = detection.confidence;
                (track.bbox, track.bearing) = (detection.bbox, bearing);
                (track.at, track.seen_at) = (at, at);
                track.hits = track.hits.saturating_add(1);
            } else {
                self.tracks.push(Track::first(self.next_id, at, detection, bearing));
                self.missed.push(0);
                self.next_id += 1;
            }
        }
        let mut missed = self.missed.iter();
        self.tracks.retain(|_| missed.next().is_some_and(|missed| *missed <= MISSED_FRAMES_MAX));
        self.missed.retain(|missed| *missed <= MISSED_FRAMES_MAX);
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }
}

impl State for Boxes {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("next_id", u64::from(self.next_id));
        v.parts("track", self.tracks.iter());
        v.u64("counted", self.missed.len() as u64);
        for missed in &self.missed {
            v.u64("missed", u64::from(*missed));
        }
    }
}
