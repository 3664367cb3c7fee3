//! OC-SORT: SORT that trusts what it saw more than what it predicted.
//!
//! Cao, Pang, Weng, Khirodkar, Kitani: *Observation-centric SORT: rethinking SORT for robust multi-object tracking*,
//! CVPR 2023, arXiv 2203.14360, with the constants and the habits of the paper's own program: the box that starts a
//! track is no observation, and the box that ends a re-update corrects twice. Three things are new against
//! [`Sort`](super::Sort):
//!
//! - **direction** (OCM): a box that lies the way the track has been going is worth more than its overlap alone;
//! - **recovery** (OCR): who is left over is compared with the last box that was seen, not with the prediction;
//! - **re-update** (ORU): a track that is found again has its filter taken back to where it was lost and led along the
//!   straight line to the new box, so that errors of a blind prediction do not stay in it.
//!
//! One update is one step, as in SORT. It works in the picture and knows nothing of the camera's motion.

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
    /// Boxes of this confidence or less are not looked at, 0 ..= 1.
    pub confidence_min: f64,
    /// A track ends when it has not been matched for more than so many frames.
    pub age_max_frames: u32,
    /// Matches in a row before a track is reported.
    pub hits_min: u32,
    /// Least overlap of a match, 0 ..= 1.
    pub iou_min: f64,
    /// What a fitting direction is worth, in overlap: half of it at the most.
    pub direction_weight: f64,
}

impl Default for OcSortConfig {
    fn default() -> Self {
        Self { confidence_min: 0.6, age_max_frames: 30, hits_min: 3, iou_min: 0.3, direction_weight: 0.2 }
    }
}

/// Direction is measured over so many frames: the paper's Δt.
const DIRECTION_FRAMES: u32 = 3;
/// So many sightings are kept: all that a direction can ask for.
const SIGHTINGS: usize = 3;

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
    /// (age, box) of the last sightings after the first, the newest first.
    seen: [Option<(u32, PixelBox)>; SIGHTINGS],
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
        let sure = |d: usize| detections[d].confidence > config.confidence_min;
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
            followed[columns[c]].correct(&detections[rows[r]]);
        }
    }
}

impl Followed {
    fn correct(&mut self, detection: &Detection) {
        let bbox = detection.bbox;
        if let Some(from) = self.sighting() {
            self.direction = direction(&from, &bbox);
        }
        if self.since_update > 1 {
            self.lead_to(&bbox);
        }
        self.filter.correct(&bbox);
        self.at_sighting = self.filter;
        self.seen.rotate_right(1);
        self.seen[0] = Some((self.age, bbox));
        self.since_update = 0;
        self.hit_streak += 1;
        self.track.confidence = detection.confidence;
        self.track.hits = self.track.hits.saturating_add(1);
    }

    /// The last box that was seen, if any was after the first.
    fn last(&self) -> Option<PixelBox> {
        self.seen[0].map(|(_, bbox)| bbox)
    }

    /// The box of Δt frames ago, or the oldest after that, or the last there is.
    fn sighting(&self) -> Option<PixelBox> {
        let within = self.seen.iter().flatten().rev().find(|(age, _)| age + DIRECTION_FRAMES >= self.age);
        within.map(|(_, bbox)| *bbox).or_else(|| self.last())
    }

    /// Takes the filter back to the last sighting and along the straight line to this one, a box a frame.
    fn lead_to(&mut self, to: &PixelBox) {
        let Some(from) = self.last() else { return };
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
    let Some(from) = followed.sighting() else { return 0.0 };
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
        self.stage(detections, Followed::last, |_, _| 0.0, false);
        for (found, track) in detections.iter().zip(&self.scratch.track_of) {
            if track.is_none() && found.confidence > config.confidence_min {
                let filter = BoxFilter::first(&found.bbox);
                self.followed.push(Followed {
                    filter,
                    at_sighting: filter,
                    track: Track::first(self.next_id, at, found, view.bearing_of(found.bbox.centre_px())),
                    age: 0,
                    seen: [None; SIGHTINGS],
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
            let told = followed.last().filter(|_| seen).or_else(|| followed.filter.bbox());
            if let Some(bbox) = told {
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
        for (age, bbox) in self.seen.iter().flatten() {
            v.u64("seen_age", u64::from(*age));
            v.f64("x_px", bbox.x_px);
            v.f64("y_px", bbox.y_px);
            v.f64("w_px", bbox.w_px);
            v.f64("h_px", bbox.h_px);
        }
        v.u64("seen", self.seen.iter().flatten().count() as u64);
        v.f64("direction_x", self.direction[0]);
        v.f64("direction_y", self.direction[1]);
        v.u64("hit_streak", u64::from(self.hit_streak));
        v.u64("since_update", u64::from(self.since_update));
        v.bool("reported", self.reported);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::stack::geometry::Bearing;

    const VIEW: View =
        View { axis: Bearing { az_deg: 0.0, el_deg: 0.0 }, hfov_deg: 60.0, width_px: 1280.0, height_px: 720.0 };

    fn bbox(x_px: f64) -> PixelBox {
        PixelBox { x_px, y_px: 200.0, w_px: 40.0, h_px: 100.0 }
    }

    fn seen(x_px: f64) -> Detection {
        Detection { label: Arc::from("person"), confidence: 0.9, bbox: bbox(x_px) }
    }

    fn at(n: u32) -> SimTime {
        SimTime::from_millis(u64::from(33 * n))
    }

    /// A tracker that has seen somebody go from x = 0 by `step_px` a frame, frames 0 to 9.
    fn walked(config: OcSortConfig, step_px: f64) -> OcSort {
        let mut tracker = OcSort::new(config);
        for n in 0..10 {
            tracker.update(at(n), &VIEW, &[seen(step_px * f64::from(n))]);
        }
        tracker
    }

    fn ids(tracker: &OcSort) -> Vec<(u32, f64)> {
        tracker.tracks().iter().map(|track| (track.id, track.bbox.x_px)).collect()
    }

    #[test]
    fn of_two_boxes_as_near_the_one_on_the_way_is_it() {
        // Expected at 50; one box each 5 px before and after that, and a straight walk comes from the left.
        let run = |direction_weight: f64| {
            let mut tracker = walked(OcSortConfig { direction_weight, ..OcSortConfig::default() }, 5.0);
            let expected = tracker.followed[0].filter;
            let mut ahead = expected;
            ahead.predict();
            let x_px = ahead.bbox().unwrap().x_px;
            // A box that far back lies behind the sighting of three frames ago: the way there is a turn.
            tracker.update(at(10), &VIEW, &[seen(x_px - 20.0), seen(x_px + 20.0)]);
            tracker.followed[0].last().unwrap().x_px - x_px
        };
        assert_eq!(run(OcSortConfig::default().direction_weight), 20.0);
        assert_eq!(run(0.0), -20.0, "without, it is a tie, and the lower index has it");
    }

    #[test]
    fn a_direction_is_worth_half_the_weight_at_the_most() {
        let config = OcSortConfig::default();
        let mut followed = walked(config, 5.0).followed.remove(0);
        // Three frames before the next frame is frame 7, at 35 px.
        followed.age += 1;
        for (x_px, worth) in [(90.0, 0.5), (-90.0, -0.5)] {
            let fit = fit(&followed, &seen(x_px), &config);
            assert!((fit - worth * 0.2 * 0.9).abs() < 1e-4, "{fit} at {x_px}");
        }
        followed.seen = [None; SIGHTINGS];
        assert_eq!(fit(&followed, &seen(90.0), &config), 0.0, "one box has no direction");
    }

    #[test]
    fn who_stopped_out_of_sight_is_recovered_where_they_were_seen() {
        // 15 px a frame; hidden for five frames, the prediction runs 75 px on, nearly two widths.
        let mut tracker = walked(OcSortConfig::default(), 15.0);
        for n in 10..15 {
            tracker.update(at(n), &VIEW, &[]);
        }
        assert!(tracker.followed[0].filter.bbox().unwrap().iou(&bbox(140.0)) < 1e-9);
        for n in 15..20 {
            tracker.update(at(n), &VIEW, &[seen(140.0)]);
        }
        assert_eq!(ids(&tracker), [(0, 140.0)]);
    }

    #[test]
    fn a_gap_is_filled_from_what_was_seen_on_both_sides() {
        // As above, for twenty frames: the filter must know that they stand, not that they ran 300 px and were thrown
        // back.
        let mut tracker = walked(OcSortConfig::default(), 15.0);
        for n in 10..30 {
            tracker.update(at(n), &VIEW, &[]);
        }
        let mut blind = tracker.followed[0].filter;
        blind.predict();
        blind.correct(&bbox(140.0));
        tracker.update(at(30), &VIEW, &[seen(140.0)]);
        let mut led = tracker.followed[0].filter;
        let ahead = |filter: &mut BoxFilter| {
            filter.predict();
            filter.bbox().unwrap().x_px - 140.0
        };
        let (led, blind) = (ahead(&mut led), ahead(&mut blind));
        assert!(led > 0.0 && led < 0.7 * blind, "{led} px a frame, and {blind} for a filter that only predicted");
    }

    #[test]
    fn who_was_seen_once_is_not_recovered() {
        let mut tracker = OcSort::new(OcSortConfig::default());
        tracker.update(at(0), &VIEW, &[seen(0.0)]);
        assert_eq!(tracker.followed[0].last(), None, "the box that starts a track is no observation");
        tracker.update(at(1), &VIEW, &[Detection { confidence: 0.6, ..seen(0.0) }]);
        assert_eq!(tracker.followed[0].since_update, 1, "0.6 is not above 0.6");
    }
}
