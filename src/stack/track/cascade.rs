//! The cascade: sure boxes first, unsure ones for who is left, all by overlap with where each track should be now.
//!
//! Two stages as in Zhang et al., *`ByteTrack`: multi-object tracking by associating every detection box*, ECCV 2022;
//! boxes are widened before they are compared, as in Yang et al., *Hard to track objects with irregular motions and
//! similar appearances? Make it easier by buffering the matching space*, WACV 2023. Time comes from the frames' stamps,
//! so a lost frame is a longer step and nothing else.
//!
//! It works in a plane of boxes; which plane, the picture or the world's bearings, is [`Plane`]'s business. In the
//! world neither pan nor tilt nor zoom moves a target that stands still, so a moving camera is tracked with as a still
//! one.
//!
//! Per frame: predict → sure boxes to all tracks → unsure boxes to tracks seen lately → correct → start → drop.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::wrap_deg;
use tiltyard_visca::{SimTime, State, Visit};

use super::assign::Assigner;
use super::{ConstantVelocity, Track, Tracker};
use crate::stack::Detection;
use crate::stack::frame::PixelBox;
use crate::stack::geometry::{Bearing, View};

/// In which plane boxes are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Plane {
    /// The picture \[px\].
    Picture,
    /// Bearings \[deg\], with the pose at the exposure.
    #[default]
    World,
}

/// Parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CascadeConfig {
    /// Where boxes are compared.
    pub plane: Plane,
    /// Confidence from which a box is sure.
    pub sure: f64,
    /// Confidence from which a box that belongs to nobody starts a track.
    pub starts: f64,
    /// Sightings in a row before a track is offered.
    pub hits_min: u32,
    /// Least overlap with a sure box, 0 ..= 1.
    pub overlap_sure: f64,
    /// Least overlap with an unsure box, 0 ..= 1.
    pub overlap_unsure: f64,
    /// A track is offered while the average confidence of its boxes is above this.
    pub offered: f64,
    /// Share of a new box in that average.
    pub confidence_share: f64,
    /// Boxes are widened by this share of their sides on each side before they are compared.
    pub widen: f64,
    /// A track outlives its last sighting by this long.
    pub keep: Duration,
    /// Sightings in a row before a track that was out of sight is offered again.
    pub again_min: u32,
    /// Standard deviation of a box centre, in box heights.
    pub centre_noise: f64,
    /// Power spectral density of acceleration, in box heights² a second³.
    pub acceleration_density: f64,
    /// Standard deviation of the rate of a target just met, in box heights a second.
    pub first_rate: f64,
    /// Share of a new box in the size.
    pub size_share: f64,
}

impl CascadeConfig {
    /// In the world. Found by a random search over the five sequences of MOT15 that `tests/mot.rs` names, on the
    /// detector that comes with them, and rounded; a detector with other confidences wants other thresholds.
    pub const DEFAULT: Self = Self {
        plane: Plane::World,
        sure: 0.7,
        starts: 0.95,
        hits_min: 1,
        overlap_sure: 0.2,
        overlap_unsure: 0.4,
        offered: 0.92,
        confidence_share: 0.05,
        widen: 0.3,
        keep: Duration::from_secs(1),
        again_min: 1,
        centre_noise: 0.06,
        acceleration_density: 1.0,
        first_rate: 2.0,
        size_share: 0.2,
    };
}

impl Default for CascadeConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The cascade tracker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cascade {
    config: CascadeConfig,
    followed: Vec<Followed>,
    tracks: Vec<Track>,
    next_id: u32,
    #[serde(skip)]
    scratch: Scratch,
}

/// Kept between frames only so that nothing is allocated.
#[derive(Clone, Debug, Default, PartialEq)]
struct Scratch {
    boxes: Vec<PixelBox>,
    rows: Vec<usize>,
    columns: Vec<usize>,
    overlap: Vec<f64>,
    pairs: Vec<(usize, usize)>,
    track_of: Vec<Option<usize>>,
    assigner: Assigner,
}

/// One thing that is followed. Lengths are in the plane's own unit, px or deg, whatever the filter calls them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Followed {
    x: ConstantVelocity,
    y: ConstantVelocity,
    size: [f64; 2],
    track: Track,
    /// Sightings in a row.
    streak: u32,
    /// Average confidence of its boxes.
    confidence: f64,
    /// It was offered once.
    confirmed: bool,
}

impl Cascade {
    /// No tracks yet.
    pub fn new(config: CascadeConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// Matches the boxes `wanted` lets through with the tracks that have none yet and that `open` lets through.
    fn stage(
        &mut self,
        detections: &[Detection],
        least: f64,
        wanted: impl Fn(&Detection) -> bool,
        open: impl Fn(&Followed) -> bool,
    ) {
        let Self { followed, scratch, config, .. } = self;
        let Scratch { boxes, rows, columns, overlap, pairs, track_of, assigner } = scratch;
        rows.clear();
        rows.extend((0..detections.len()).filter(|&d| track_of[d].is_none() && wanted(&detections[d])));
        columns.clear();
        columns.extend((0..followed.len()).filter(|&t| !track_of.contains(&Some(t)) && open(&followed[t])));
        overlap.clear();
        for &d in rows.iter() {
            for &t in columns.iter() {
                let followed = &followed[t];
                let same = detections[d].label == followed.track.label;
                let iou = if same { widened_iou(&followed.predicted(), &boxes[d], *config) } else { 0.0 };
                overlap.push(iou);
            }
        }
        let width = columns.len();
        let score = |r: usize, c: usize| {
            let iou = overlap[r * width + c];
            if iou < least { 0.0 } else { -iou }
        };
        pairs.clear();
        let found = assigner.solve(rows.len(), width, score).iter().enumerate();
        pairs.extend(found.filter_map(|(r, c)| Some((r, (*c)?))).filter(|&(r, c)| overlap[r * width + c] >= least));
        for &(r, c) in pairs.iter() {
            track_of[rows[r]] = Some(columns[c]);
        }
    }

    /// Corrects who was matched, starts who belongs to nobody and is sure enough, and ends the streak of the others.
    fn take(&mut self, at: SimTime, view: &View, detections: &[Detection]) {
        let Self { config, followed, scratch, next_id, .. } = self;
        for ((found, placed), track) in detections.iter().zip(&scratch.boxes).zip(&scratch.track_of) {
            if let Some(followed) = track.and_then(|track| followed.get_mut(track)) {
                followed.correct(placed, config);
                followed.see(at, found, config);
            }
        }
        for followed in followed.iter_mut().filter(|followed| followed.track.seen_at != at) {
            followed.streak = 0;
        }
        for ((found, placed), track) in detections.iter().zip(&scratch.boxes).zip(&scratch.track_of) {
            if track.is_none() && found.confidence >= config.starts {
                let bearing = view.bearing_of(found.bbox.centre_px());
                followed.push(Followed::first(*next_id, at, found, placed, bearing, config));
                *next_id += 1;
            }
        }
    }

    /// Offers those that have been seen often and surely enough.
    fn publish(&mut self, view: &View) {
        let Self { config, followed, tracks, .. } = self;
        tracks.clear();
        for followed in followed {
            followed.confirmed |= followed.streak >= config.hits_min;
            let Followed { x, y, track, .. } = followed;
            (track.bearing, track.rate_dps) = match config.plane {
                Plane::World => {
                    let bearing = Bearing { az_deg: wrap_deg(x.position_deg), el_deg: -y.position_deg };
                    (bearing, [x.rate_dps, -y.rate_dps])
                }
                Plane::Picture => (view.bearing_of([x.position_deg, y.position_deg]), [0.0; 2]),
            };
            let again = followed.streak == 0 || followed.streak >= config.again_min;
            if followed.confirmed && again && followed.confidence >= config.offered {
                tracks.push(followed.track.clone());
            }
        }
    }
}

impl Followed {
    fn first(
        id: u32,
        at: SimTime,
        found: &Detection,
        placed: &PixelBox,
        bearing: Bearing,
        config: &CascadeConfig,
    ) -> Self {
        let [x, y] = placed.centre_px();
        let (noise, rate) = (config.centre_noise * placed.h_px, config.first_rate * placed.h_px);
        let track = Track::first(id, at, found, bearing);
        Self {
            x: ConstantVelocity::first(x, noise, rate),
            y: ConstantVelocity::first(y, noise, rate),
            size: [placed.w_px, placed.h_px],
            track,
            streak: 1,
            confidence: found.confidence,
            confirmed: false,
        }
    }

    /// It was in the frame exposed at `at`.
    fn see(&mut self, at: SimTime, found: &Detection, config: &CascadeConfig) {
        self.track.confidence = found.confidence;
        self.track.bbox = found.bbox;
        self.track.seen_at = at;
        self.track.hits = self.track.hits.saturating_add(1);
        self.streak = self.streak.saturating_add(1);
        self.confidence += (found.confidence - self.confidence) * config.confidence_share;
    }

    fn predict(&mut self, at: SimTime, config: &CascadeConfig) {
        let dt_s = at.signed_secs_since(self.track.at);
        if dt_s > 0.0 {
            let q = config.acceleration_density * self.size[1] * self.size[1];
            self.x.predict(dt_s, q);
            self.y.predict(dt_s, q);
            self.track.at = at;
        }
    }

    fn predicted(&self) -> PixelBox {
        let [w_px, h_px] = self.size;
        PixelBox { x_px: self.x.position_deg - w_px * 0.5, y_px: self.y.position_deg - h_px * 0.5, w_px, h_px }
    }

    fn correct(&mut self, seen: &PixelBox, config: &CascadeConfig) {
        let [x, y] = seen.centre_px();
        let noise = config.centre_noise * seen.h_px;
        let off_x = match config.plane {
            Plane::Picture => x - self.x.position_deg,
            Plane::World => wrap_deg(x - self.x.position_deg),
        };
        self.x.correct(off_x, noise * noise);
        self.y.correct(y - self.y.position_deg, noise * noise);
        for (size, seen) in self.size.iter_mut().zip([seen.w_px, seen.h_px]) {
            *size += (seen - *size) * config.size_share;
        }
    }
}

/// Intersection over union of two boxes of the plane, both widened.
fn widened_iou(predicted: &PixelBox, seen: &PixelBox, config: CascadeConfig) -> f64 {
    let wide = |bbox: &PixelBox| PixelBox {
        x_px: bbox.x_px - bbox.w_px * config.widen,
        y_px: bbox.y_px - bbox.h_px * config.widen,
        w_px: bbox.w_px * (1.0 + 2.0 * config.widen),
        h_px: bbox.h_px * (1.0 + 2.0 * config.widen),
    };
    let mut seen = *seen;
    if config.plane == Plane::World {
        // The same turn of the head as the track.
        seen.x_px = predicted.x_px + wrap_deg(seen.x_px - predicted.x_px);
    }
    wide(predicted).iou(&wide(&seen))
}

impl Plane {
    /// A box of the picture in this plane; y runs down in both.
    fn place(self, view: &View, bbox: &PixelBox) -> PixelBox {
        match self {
            Self::Picture => *bbox,
            Self::World => {
                let Bearing { az_deg, el_deg } = view.bearing_of(bbox.centre_px());
                let [w_px, h_px] = [bbox.w_px, bbox.h_px].map(|side| view.angle_of_px(side));
                PixelBox { x_px: az_deg - w_px * 0.5, y_px: -el_deg - h_px * 0.5, w_px, h_px }
            }
        }
    }
}

impl Tracker for Cascade {
    fn name(&self) -> &'static str {
        match self.config.plane {
            Plane::Picture => "byte",
            Plane::World => "ptz",
        }
    }

    fn update(&mut self, at: SimTime, view: &View, detections: &[Detection]) {
        let config = self.config;
        for followed in &mut self.followed {
            followed.predict(at, &config);
        }
        self.scratch.boxes.clear();
        self.scratch.boxes.extend(detections.iter().map(|found| config.plane.place(view, &found.bbox)));
        self.scratch.track_of.clear();
        self.scratch.track_of.resize(detections.len(), None);
        self.stage(detections, config.overlap_sure, |found| found.confidence >= config.sure, |_| true);
        let unsure = |found: &Detection| found.confidence < config.sure;
        self.stage(detections, config.overlap_unsure, unsure, |followed| followed.streak > 0 && followed.confirmed);
        self.take(at, view, detections);
        self.followed.retain(|followed| {
            let unseen = at.since(followed.track.seen_at);
            if followed.confirmed { unseen <= config.keep } else { followed.streak > 0 }
        });
        self.publish(view);
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }
}

impl State for Cascade {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("next_id", u64::from(self.next_id));
        v.parts("track", self.followed.iter());
    }
}

impl State for Followed {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("x", &self.x);
        v.part("y", &self.y);
        v.f64("width", self.size[0]);
        v.f64("height", self.size[1]);
        v.part("track", &self.track);
        v.u64("streak", u64::from(self.streak));
        v.f64("confidence", self.confidence);
        v.bool("confirmed", self.confirmed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const EAGER: CascadeConfig = CascadeConfig { starts: 0.5, offered: 0.0, ..CascadeConfig::DEFAULT };

    fn view(az_deg: f64, hfov_deg: f64) -> View {
        View { axis: Bearing { az_deg, el_deg: 0.0 }, hfov_deg, width_px: 1280.0, height_px: 720.0 }
    }

    /// Somebody of 2° by 6° at this azimuth, as the camera sees them.
    fn seen(view: &View, az_deg: f64, confidence: f64) -> Detection {
        let [x, y] = view.pixel_of(Bearing { az_deg, el_deg: 0.0 }).unwrap();
        let (w_px, h_px) = (view.px_of_angle(2.0), view.px_of_angle(6.0));
        let bbox = PixelBox { x_px: x - w_px / 2.0, y_px: y - h_px / 2.0, w_px, h_px };
        Detection { label: Arc::from("person"), confidence, bbox }
    }

    fn at(n: u32) -> SimTime {
        SimTime::ZERO + Duration::from_millis(33) * n
    }

    fn ids(tracker: &Cascade) -> Vec<u32> {
        tracker.tracks().iter().map(|track| track.id).collect()
    }

    #[test]
    fn the_cameras_own_motion_and_zoom_are_not_the_targets() {
        // The camera pans to and fro at 90 deg/s and zooms in by half; the target stands still.
        let seen_by = |n: u32| {
            let swing = if n % 20 < 10 { n % 10 } else { 10 - n % 10 };
            view(-15.0 + 3.0 * f64::from(swing), 60.0 - 0.5 * f64::from(n))
        };
        let run = |plane| {
            let mut tracker = Cascade::new(CascadeConfig { plane, ..EAGER });
            for n in 0..60 {
                let view = seen_by(n);
                tracker.update(at(n), &view, &[seen(&view, 0.0, 0.9)]);
            }
            tracker
        };
        let world = run(Plane::World);
        let [track] = world.tracks() else { panic!("{:?}", world.tracks()) };
        assert_eq!((track.id, track.hits), (0, 60));
        assert!(track.rate_dps[0].abs() < 1e-6 && track.bearing.az_deg.abs() < 1e-6, "{track:?}");
        // In the picture the same camera costs the identity.
        assert!(run(Plane::Picture).next_id > 2);
    }

    #[test]
    fn an_unsure_box_continues_a_track_and_starts_none() {
        let mut tracker = Cascade::new(EAGER);
        let view = view(0.0, 60.0);
        for n in 0..10 {
            let confidence = if n < 3 { 0.9 } else { 0.4 };
            tracker.update(at(n), &view, &[seen(&view, 0.0, confidence), seen(&view, 15.0, 0.4)]);
        }
        let [track] = tracker.tracks() else { panic!("{:?}", tracker.tracks()) };
        assert_eq!((track.hits, track.seen_at), (10, at(9)));
    }

    #[test]
    fn a_track_waits_for_its_target_and_then_is_gone() {
        let mut tracker = Cascade::new(EAGER);
        let view = view(0.0, 60.0);
        let keep = (EAGER.keep.as_millis() / 33) as u32;
        for n in 0..10 {
            tracker.update(at(n), &view, &[seen(&view, 0.0, 0.9)]);
        }
        tracker.update(at(9 + keep), &view, &[]);
        assert_eq!(ids(&tracker), [0], "it coasts");
        tracker.update(at(11 + keep), &view, &[]);
        assert!(ids(&tracker).is_empty());
        tracker.update(at(12 + keep), &view, &[seen(&view, 0.0, 0.9)]);
        assert_eq!(ids(&tracker), [1], "an identity is never used again");
    }

    #[test]
    fn a_lost_frame_is_a_longer_step_and_nothing_else() {
        // 20 deg/s; every other frame is lost from frame 20 on.
        let mut tracker = Cascade::new(EAGER);
        let view = view(0.0, 60.0);
        for n in (0..20).chain((20..50).step_by(2)) {
            tracker.update(at(n), &view, &[seen(&view, -16.0 + 0.66 * f64::from(n), 0.9)]);
        }
        let [track] = tracker.tracks() else { panic!("{:?}", tracker.tracks()) };
        assert_eq!(track.id, 0);
        assert!((track.rate_dps[0] - 20.0).abs() < 0.5, "{track:?}");
    }

    #[test]
    fn two_that_cross_keep_their_identities() {
        // 8 deg/s towards and past each other: each goes on where its rate says.
        let mut tracker = Cascade::new(EAGER);
        let view = view(0.0, 60.0);
        for n in 0..60 {
            let az_deg = -8.0 + 0.264 * f64::from(n);
            tracker.update(at(n), &view, &[seen(&view, az_deg, 0.9), seen(&view, -az_deg, 0.9)]);
        }
        let rates: Vec<(u32, bool)> =
            tracker.tracks().iter().map(|track| (track.id, track.rate_dps[0] > 0.0)).collect();
        assert_eq!(rates, [(0, true), (1, false)]);
    }
}
