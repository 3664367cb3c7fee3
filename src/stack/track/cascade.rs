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
//! What a box is off the prediction counts against the box's noise, which can be learned from each track's own
//! innovations (the part of their square that the filter's variance does not explain, smoothed, never below the
//! configured one), because detectors differ tenfold. A track is *tentative* until it has been seen often enough;
//! false boxes seldom fall on one place, so that they do not become somebody to follow.
//!
//! Per frame: predict → sure boxes to all tracks → unsure boxes to tracks seen lately → correct → start → drop.

mod config;

pub use config::{CascadeConfig, Plane};

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, wrap_deg};
use tiltyard_visca::{SimTime, State, Visit};

use super::assign::Assigner;
use super::{ConstantVelocity, Track, Tracker};
use crate::stack::Detection;
use crate::stack::frame::PixelBox;
use crate::stack::geometry::{Bearing, View};

/// The learned variance counts single innovations up to this many times the configured one.
const NOISE_RATIO_MAX: f64 = 50.0;

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
    /// Where each track should be, and how much wider it is looked for on (x, y).
    expected: Vec<(PixelBox, [f64; 2])>,
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
    /// Learned variance of a box centre on (x, y), as a multiple of the configured one.
    noise: [f64; 2],
    track: Track,
    /// Sightings in a row.
    streak: u32,
    /// Misses in a row.
    missed: u32,
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
        let Scratch { boxes, expected, rows, columns, overlap, pairs, track_of, assigner } = scratch;
        rows.clear();
        rows.extend((0..detections.len()).filter(|&d| track_of[d].is_none() && wanted(&detections[d])));
        columns.clear();
        columns.extend((0..followed.len()).filter(|&t| !track_of.contains(&Some(t)) && open(&followed[t])));
        overlap.clear();
        for &d in rows.iter() {
            for &t in columns.iter() {
                let same = detections[d].label == followed[t].track.label;
                overlap.push(if same { widened_iou(&expected[t], &boxes[d], config) } else { 0.0 });
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
            followed.missed = followed.missed.saturating_add(1);
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
            followed.confirmed |= followed.track.hits >= config.hits_min;
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
        let [sd_x, sd_y] = config.variance(placed).map(f64::sqrt);
        let rate = config.first_rate * placed.h_px;
        Self {
            x: ConstantVelocity::first(x, sd_x, rate),
            y: ConstantVelocity::first(y, sd_y, rate),
            size: [placed.w_px, placed.h_px],
            noise: [1.0; 2],
            track: Track::first(id, at, found, bearing),
            streak: 1,
            missed: 0,
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
        self.missed = 0;
        self.confidence += (found.confidence - self.confidence) * config.confidence_share;
    }

    fn predict(&mut self, at: SimTime, config: &CascadeConfig) {
        let dt_s = at.signed_secs_since(self.track.at);
        if dt_s > 0.0 {
            let pose = if config.plane == Plane::World { config.pose_acceleration_density } else { 0.0 };
            let q = config.acceleration_density * self.size[1] * self.size[1] + pose;
            self.x.predict(dt_s, q);
            self.y.predict(dt_s, q);
            self.track.at = at;
        }
    }

    /// Where it should be, and how much wider it is looked for on (x, y).
    fn expected(&self, config: &CascadeConfig) -> (PixelBox, [f64; 2]) {
        let [w_px, h_px] = self.size;
        let place =
            PixelBox { x_px: self.x.position_deg - w_px * 0.5, y_px: self.y.position_deg - h_px * 0.5, w_px, h_px };
        let spread = [&self.x, &self.y].map(|axis| config.widen_sigmas * axis.position_variance().sqrt());
        (place, spread)
    }

    fn correct(&mut self, seen: &PixelBox, config: &CascadeConfig) {
        let [x, y] = seen.centre_px();
        let off_x = match config.plane {
            Plane::Picture => x - self.x.position_deg,
            Plane::World => wrap_deg(x - self.x.position_deg),
        };
        let Self { x: filter_x, y: filter_y, noise, .. } = self;
        let off = [off_x, y - filter_y.position_deg];
        for (((filter, off), noise), least) in
            [filter_x, filter_y].into_iter().zip(off).zip(noise).zip(config.variance(seen))
        {
            let unexplained = clamp((off * off - filter.position_variance()) / least, 1.0, NOISE_RATIO_MAX);
            *noise += (unexplained - *noise) * config.noise_share;
            filter.correct(off, *noise * least);
        }
        for (size, seen) in self.size.iter_mut().zip([seen.w_px, seen.h_px]) {
            *size += (seen - *size) * config.size_share;
        }
    }
}

/// Intersection over union of an expected and a seen box of the plane, both widened alike.
fn widened_iou((expected, spread): &(PixelBox, [f64; 2]), seen: &PixelBox, config: &CascadeConfig) -> f64 {
    let wide = |bbox: &PixelBox| {
        let (wider, higher) = (bbox.w_px * config.widen + spread[0], bbox.h_px * config.widen + spread[1]);
        PixelBox {
            x_px: bbox.x_px - wider,
            y_px: bbox.y_px - higher,
            w_px: bbox.w_px + 2.0 * wider,
            h_px: bbox.h_px + 2.0 * higher,
        }
    };
    let mut seen = *seen;
    if config.plane == Plane::World {
        // The same turn of the head as the track.
        seen.x_px = expected.x_px + wrap_deg(seen.x_px - expected.x_px);
    }
    wide(expected).iou(&wide(&seen))
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
        self.scratch.expected.clear();
        self.scratch.expected.extend(self.followed.iter().map(|followed| followed.expected(&config)));
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
            if followed.confirmed { unseen <= config.keep } else { followed.missed < config.tentative_misses }
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
        v.f64("noise_x", self.noise[0]);
        v.f64("noise_y", self.noise[1]);
        v.part("track", &self.track);
        v.u64("streak", u64::from(self.streak));
        v.u64("missed", u64::from(self.missed));
        v.f64("confidence", self.confidence);
        v.bool("confirmed", self.confirmed);
    }
}

#[cfg(test)]
mod tests;
