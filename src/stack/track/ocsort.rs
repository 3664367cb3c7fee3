//! OC-SORT: SORT that trusts what it saw more than what it predicted.
//!
//! Cao, Pang, Weng, Khirodkar, Kitani: *Observation-centric SORT: rethinking SORT for robust multi-object tracking*, CVPR
//! 2023, with the constants of the paper's own program. Three things are new against [`Sort`](super::Sort):
//!
//! - **direction** (OCM): a box that lies the way the track has been going is worth more than its overlap alone;
//! - **recovery** (OCR): who is left over is compared with the last box that was seen, not with the prediction;
//! - **re-update** (ORU): a track that is found again has its filter taken back to where it was lost and led along the
//!   straight line to the new box, so that errors of a blind prediction do not stay in it.
//!
//! One update is one step, as in SORT. It works in the picture and knows nothing of the camera's motion.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::clamp;
use tiltyard_visca::{SimTime, State, Visit};

use super::assign::Assigner;
use super::box_filter::BoxFilter;
use super::{Track, Tracker};
use crate::stack::Detection;
use crate::stack::frame::PixelBox;
use crate::stack::geometry::View;

/// Parameters, by the reference's names.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OcSortConfig {
    /// Boxes below this confidence are not looked at.
    pub confidence_min: f64,
    /// A track ends when it has not been matched for more than so many frames.
    pub age_max_frames: u32,
    /// Matches in a row before a track is reported.
    pub hits_min: u32,
    /// Least overlap of a match, 0 ..= 1.
    pub iou_min: f64,
    /// Direction is measured over so many frames.
    pub direction_frames: u32,
    /// What a fitting direction is worth, in overlap.
    pub direction_weight: f64,
}

impl Default for OcSortConfig {
    fn default() -> Self {
        Self {
            confidence_min: 0.6,
            age_max_frames: 30,
            hits_min: 3,
            iou_min: 0.3,
            direction_frames: 3,
            direction_weight: 0.2,
        }
    }
}

/// The OC-SORT tracker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OcSort {
    config: OcSortConfig,
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
    rows: Vec<usize>,
    columns: Vec<usize>,
    overlap: Vec<f64>,
    pairs: Vec<(usize, usize)>,
    track_of: Vec<Option<usize>>,
    assigner: Assigner,
}

/// One box that is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Followed {
    filter: BoxFilter,
    /// The filter as it was after the last sighting: from there a re-update begins.
    at_sighting: BoxFilter,
    track: Track,
    /// Frames since it was met.
    age: u32,
    /// (age, box) of the last sightings, as many as the direction needs.
    seen: VecDeque<(u32, PixelBox)>,
    /// Unit vector (x, y) of where it goes in the picture; zero while that is not known.
    direction: [f64; 2],
    hit_streak: u32,
    since_update: u32,
    /// It has been reported, so that it is still somebody's target while it coasts.
    reported: bool,
}

impl OcSort {
    /// No tracks yet.
    pub fn new(config: OcSortConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// Matches the free detections with the free tracks and corrects those; `score` says what a pair is worth beside
    /// its overlap with the box that `of` gives.
    fn stage(
        &mut self,
        detections: &[Detection],
        of: impl Fn(&Followed) -> Option<PixelBox>,
        score: impl Fn(&Followed, &Detection) -> f64,
        clear_counts: bool,
    ) {
        let Self { followed, scratch, config, .. } = self;
        let Scratch { rows, columns, overlap, pairs, track_of, assigner } = scratch;
        let sure = |d: usize| detections[d].confidence >= config.confidence_min;
        rows.clear();
        rows.extend((0..detections.len()).filter(|&d| track_of[d].is_none() && sure(d)));
        columns.clear();
        columns.extend((0..followed.len()).filter(|t| !track_of.contains(&Some(*t))));
        overlap.clear();
        for &d in rows.iter() {
            for &t in columns.iter() {
                let place = of(&followed[t]).filter(|_| detections[d].label == followed[t].track.label);
                overlap.push(place.map_or(0.0, |bbox| bbox.iou(&detections[d].bbox)));
            }
        }
        let width = columns.len();
        let clear = clear_counts && super::sort::is_clear(overlap, width, config.iou_min);
        let cost = |r: usize, c: usize| {
            let iou = overlap[r * width + c];
            match clear {
                true if iou <= config.iou_min => 0.0,
                true => -iou,
                false => -(iou + score(&followed[columns[c]], &detections[rows[r]])),
            }
        };
        pairs.clear();
        let found = assigner.solve(rows.len(), width, cost).iter().enumerate();
        let enough = |&(r, c): &(usize, usize)| overlap[r * width + c] >= config.iou_min;
        pairs.extend(found.filter_map(|(r, c)| Some((r, (*c)?))).filter(enough));
        for &(r, c) in pairs.iter() {
            track_of[rows[r]] = Some(columns[c]);
            followed[columns[c]].correct(&detections[rows[r]], config);
        }
    }
}

impl Followed {
    fn correct(&mut self, detection: &Detection, config: &OcSortConfig) {
        let bbox = detection.bbox;
        if let Some(from) = self.sighting(config.direction_frames) {
            self.direction = direction(&from, &bbox);
        }
        if self.since_update > 1 {
            self.lead_to(&bbox);
        } else {
            self.filter.correct(&bbox);
        }
        self.at_sighting = self.filter;
        self.seen.push_back((self.age, bbox));
        while self.seen.front().is_some_and(|(age, _)| age + config.direction_frames < self.age) && self.seen.len() > 1
        {
            self.seen.pop_front();
        }
        self.since_update = 0;
        self.hit_streak += 1;
        self.track.confidence = detection.confidence;
        self.track.hits = self.track.hits.saturating_add(1);
    }

    /// The box of `frames` ago, or the oldest after that, or the last there is.
    fn sighting(&self, frames: u32) -> Option<PixelBox> {
        let within = self.seen.iter().find(|(age, _)| age + frames >= self.age);
        within.or_else(|| self.seen.back()).map(|(_, bbox)| *bbox)
    }

    /// Takes the filter back to the last sighting and along the straight line to this one, a box a frame.
    fn lead_to(&mut self, to: &PixelBox) {
        let Some((_, from)) = self.seen.back().copied() else { return self.filter.correct(to) };
        let steps = self.since_update;
        let between = |a: f64, b: f64, step: u32| a + (b - a) * f64::from(step) / f64::from(steps);
        self.filter = self.at_sighting;
        for step in 1..=steps {
            let [x0, y0] = from.centre_px();
            let [x1, y1] = to.centre_px();
            let (x, y) = (between(x0, x1, step), between(y0, y1, step));
            let (w_px, h_px) = (between(from.w_px, to.w_px, step), between(from.h_px, to.h_px, step));
            self.filter.predict();
            self.filter.correct(&PixelBox { x_px: x - w_px * 0.5, y_px: y - h_px * 0.5, w_px, h_px });
        }
    }
}

/// Unit vector from the centre of one box to that of another.
fn direction(from: &PixelBox, to: &PixelBox) -> [f64; 2] {
    let ([x0, y0], [x1, y1]) = (from.centre_px(), to.centre_px());
    let length = libm::hypot(x1 - x0, y1 - y0) + 1e-6;
    [(x1 - x0) / length, (y1 - y0) / length]
}

/// What the direction of a detection is worth: ½ where it goes on straight, −½ where it turns back, times weight and
/// confidence.
fn fit(followed: &Followed, found: &Detection, config: &OcSortConfig) -> f64 {
    let Some(from) = followed.sighting(config.direction_frames) else { return 0.0 };
    let [x, y] = direction(&from, &found.bbox);
    let cosine = clamp(x * followed.direction[0] + y * followed.direction[1], -1.0, 1.0);
    (0.5 - libm::acos(cosine).abs() / core::f64::consts::PI) * config.direction_weight * found.confidence
}

impl Tracker for OcSort {
    fn name(&self) -> &'static str {
        "ocsort"
    }

    fn update(&mut self, at: SimTime, view: &View, detections: &[Detection]) {
        let config = self.config;
        self.frames += 1;
        self.followed.retain_mut(|followed| {
            followed.filter.predict();
            followed.age += 1;
            if followed.since_update > 0 {
                followed.hit_streak = 0;
            }
            followed.since_update += 1;
            followed.filter.bbox().is_some()
        });
        self.scratch.track_of.clear();
        self.scratch.track_of.resize(detections.len(), None);
        self.stage(
            detections,
            |followed| followed.filter.bbox(),
            |followed, found| fit(followed, found, &config),
            true,
        );
        self.stage(detections, |followed| followed.seen.back().map(|(_, bbox)| *bbox), |_, _| 0.0, false);
        for (d, found) in detections.iter().enumerate() {
            if self.scratch.track_of[d].is_none() && found.confidence >= config.confidence_min {
                let filter = BoxFilter::first(&found.bbox);
                let track = Track {
                    id: self.next_id,
                    label: Arc::clone(&found.label),
                    confidence: found.confidence,
                    bbox: found.bbox,
                    bearing: view.bearing_of(found.bbox.centre_px()),
                    rate_dps: [0.0; 2],
                    at,
                    seen_at: at,
                    hits: 1,
                };
                self.followed.push(Followed {
                    filter,
                    at_sighting: filter,
                    track,
                    age: 0,
                    seen: VecDeque::from([(0, found.bbox)]),
                    direction: [0.0; 2],
                    hit_streak: 0,
                    since_update: 0,
                    reported: false,
                });
                self.next_id += 1;
            }
        }
        self.followed.retain(|followed| followed.since_update <= config.age_max_frames);
        let beginning = self.frames <= u64::from(config.hits_min);
        self.tracks.clear();
        for followed in &mut self.followed {
            let seen = followed.since_update == 0;
            let good = followed.hit_streak >= config.hits_min || beginning;
            followed.reported |= seen && good;
            let shown = if seen { followed.seen.back().map(|(_, bbox)| *bbox) } else { followed.filter.bbox() };
            if let Some(bbox) = shown {
                followed.track.bbox = bbox;
                followed.track.bearing = view.bearing_of(bbox.centre_px());
            }
            followed.track.at = at;
            if seen {
                followed.track.seen_at = at;
            }
            if if seen { good } else { followed.reported } {
                self.tracks.push(followed.track.clone());
            }
        }
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }
}

impl State for OcSort {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("frames", self.frames);
        v.u64("next_id", u64::from(self.next_id));
        v.parts("track", self.followed.iter());
    }
}

impl State for Followed {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("filter", &self.filter);
        v.part("at_sighting", &self.at_sighting);
        v.part("track", &self.track);
        v.u64("age", u64::from(self.age));
        v.u64("seen", self.seen.len() as u64);
        for (age, bbox) in &self.seen {
            v.u64("seen_age", u64::from(*age));
            v.f64("x_px", bbox.x_px);
            v.f64("y_px", bbox.y_px);
            v.f64("w_px", bbox.w_px);
            v.f64("h_px", bbox.h_px);
        }
        v.f64("direction_x", self.direction[0]);
        v.f64("direction_y", self.direction[1]);
        v.u64("hit_streak", u64::from(self.hit_streak));
        v.u64("since_update", u64::from(self.since_update));
        v.bool("reported", self.reported);
    }
}
