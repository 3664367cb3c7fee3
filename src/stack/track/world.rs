//! Tracks in world bearings, each axis filtered by its own constant-velocity Kalman filter.
//!
//! A box becomes a bearing with the pose the camera had when the frame was exposed, so neither pan, tilt nor zoom
//! moves a target that stands still. Association is greedy by angular distance over the expected spread (ties by
//! track, then by detection), inside a gate.
//!
//! The noise of the boxes is learned from each track's innovations (the part of their square that the filter's own
//! variance does not explain, smoothed, never below the configured floor), because detectors differ tenfold.
//!
//! Per frame: predict all tracks to the exposure → match → correct the matched → start the unmatched → drop the old.
//! A track is *tentative* until it has been seen often enough; a tentative one that is missed twice in a row is
//! dropped, so that false boxes, which seldom fall on one place, do not become somebody to follow.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, max, wrap_deg};
use tiltyard_visca::{SimTime, State, Visit};

use super::{ConstantVelocity, Track, Tracker};
use crate::stack::Detection;
use crate::stack::geometry::{Bearing, View};

/// What the filters expect.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorldConfig {
    /// Power spectral density of target acceleration \[deg²/s³\]; about a²·τ for accelerations of a lasting τ.
    pub acceleration_density: f64,
    /// Standard deviation of a box centre, in units of the box's side \[ratio\].
    pub centre_noise: f64,
    /// Standard deviation of the pose at exposure \[deg\].
    pub pose_noise_deg: f64,
    /// Association gate, in standard deviations of the innovation.
    pub gate_sigmas: f64,
    /// Innovations up to this many box widths or heights always pass the gate \[ratio\].
    pub gate_boxes: f64,
    /// A track outlives its last sighting by this long.
    pub keep: Duration,
    /// Sightings before a track is offered for selection.
    pub hits_min: u32,
}

impl Default for WorldConfig {
    fn default() -> Self {
        Self {
            acceleration_density: 40.0,
            centre_noise: 0.03,
            pose_noise_deg: 0.05,
            gate_sigmas: 4.0,
            gate_boxes: 1.0,
            keep: Duration::from_secs(2),
            hits_min: 3,
        }
    }
}

/// Standard deviation of the rate of a target just met \[deg/s\]: a runner at 10 m.
const FIRST_RATE_SD_DPS: f64 = 20.0;

/// Share of a new innovation in the learned noise: an average over some 30 frames.
const NOISE_SHARE: f64 = 0.03;
/// The learned variance counts single innovations up to this many times the floor.
const NOISE_FLOORS_MAX: f64 = 50.0;
/// A tentative track is dropped after this many misses in a row.
const TENTATIVE_MISSES_MAX: u32 = 2;

/// The world-bearing tracker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct World {
    config: WorldConfig,
    filtered: Vec<Filtered>,
    tracks: Vec<Track>,
    next_id: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Filtered {
    az: ConstantVelocity,
    el: ConstantVelocity,
    track: Track,
    /// Frames since the last sighting.
    missed: u32,
    /// Learned variance of a measurement on (az, el) \[deg²\].
    noise: [f64; 2],
}

impl World {
    /// No tracks yet.
    pub fn new(config: WorldConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// Standard deviation of a measurement with this box on (az, el) \[deg, deg\].
    fn measurement_sd_deg(&self, view: &View, detection: &Detection) -> [f64; 2] {
        let pose = self.config.pose_noise_deg;
        [detection.bbox.w_px, detection.bbox.h_px].map(|side_px| {
            let boxed = self.config.centre_noise * view.angle_of_px(side_px);
            (boxed * boxed + pose * pose).sqrt()
        })
    }
}

impl Filtered {
    fn predict(&mut self, at: SimTime, q: f64) {
        let dt_s = at.signed_secs_since(self.track.at);
        if dt_s > 0.0 {
            self.az.predict(dt_s, q);
            self.el.predict(dt_s, q);
            self.track.at = at;
        }
    }

    fn correct(&mut self, measured: Bearing, floor_sd_deg: [f64; 2]) {
        let Self { az, el, noise, .. } = self;
        let off = [wrap_deg(measured.az_deg - az.position_deg), measured.el_deg - el.position_deg];
        for (((filter, off), noise), floor_sd) in [az, el].into_iter().zip(off).zip(noise).zip(floor_sd_deg) {
            let floor = floor_sd * floor_sd;
            let unexplained = clamp(off * off - filter.position_variance(), floor, NOISE_FLOORS_MAX * floor);
            *noise = max(*noise + (unexplained - *noise) * NOISE_SHARE, floor);
            filter.correct(off, *noise);
        }
    }

    fn publish(&mut self) {
        self.track.bearing = Bearing { az_deg: self.az.position_deg, el_deg: self.el.position_deg };
        self.track.rate_dps = [self.az.rate_dps, self.el.rate_dps];
    }
}

impl Tracker for World {
    fn name(&self) -> &'static str {
        "world"
    }

    fn update(&mut self, at: SimTime, view: &View, detections: &[Detection]) {
        for filtered in &mut self.filtered {
            filtered.predict(at, self.config.acceleration_density);
            filtered.missed = filtered.missed.saturating_add(1);
        }
        let measured: Vec<(Bearing, [f64; 2])> = detections
            .iter()
            .map(|found| (view.bearing_of(found.bbox.centre_px()), self.measurement_sd_deg(view, found)))
            .collect();

        let mut pairs = Vec::with_capacity(self.filtered.len() * detections.len());
        for (t, filtered) in self.filtered.iter().enumerate() {
            for (d, (found, (bearing, sd))) in detections.iter().zip(&measured).enumerate() {
                if found.label != filtered.track.label {
                    continue;
                }
                let off =
                    [wrap_deg(bearing.az_deg - filtered.az.position_deg), bearing.el_deg - filtered.el.position_deg];
                let spread = |variance: f64, sd: f64, side_px: f64| {
                    max(
                        self.config.gate_sigmas * (variance + sd * sd).sqrt(),
                        self.config.gate_boxes * view.angle_of_px(side_px),
                    )
                };
                let az = off[0] / spread(filtered.az.position_variance(), sd[0], found.bbox.w_px);
                let el = off[1] / spread(filtered.el.position_variance(), sd[1], found.bbox.h_px);
                let distance = az * az + el * el;
                if distance <= 1.0 {
                    pairs.push((distance, t, d));
                }
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));

        let mut track_used = vec![false; self.filtered.len()];
        let mut detection_used = vec![false; detections.len()];
        for (_, t, d) in pairs {
            if track_used[t] || detection_used[d] {
                continue;
            }
            (track_used[t], detection_used[d]) = (true, true);
            let (filtered, found, (bearing, sd)) = (&mut self.filtered[t], &detections[d], &measured[d]);
            filtered.correct(*bearing, *sd);
            filtered.track.confidence = found.confidence;
            filtered.track.bbox = found.bbox;
            filtered.track.seen_at = at;
            filtered.track.hits = filtered.track.hits.saturating_add(1);
            filtered.missed = 0;
        }
        for ((found, (bearing, sd)), used) in detections.iter().zip(&measured).zip(detection_used) {
            if !used {
                let track = Track::first(self.next_id, at, found, *bearing);
                let az = ConstantVelocity::first(bearing.az_deg, sd[0], FIRST_RATE_SD_DPS);
                let el = ConstantVelocity::first(bearing.el_deg, sd[1], FIRST_RATE_SD_DPS);
                self.filtered.push(Filtered { az, el, track, missed: 0, noise: sd.map(|sd| sd * sd) });
                self.next_id += 1;
            }
        }
        let WorldConfig { keep, hits_min, .. } = self.config;
        self.filtered.retain(|filtered| {
            let tentative = filtered.track.hits < hits_min;
            at.since(filtered.track.seen_at) <= keep && !(tentative && filtered.missed >= TENTATIVE_MISSES_MAX)
        });
        self.tracks.clear();
        for filtered in &mut self.filtered {
            filtered.publish();
            if filtered.track.hits >= hits_min {
                self.tracks.push(filtered.track.clone());
            }
        }
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }
}

impl State for Filtered {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("az", &self.az);
        v.part("el", &self.el);
        v.part("track", &self.track);
        v.u64("missed", u64::from(self.missed));
        v.f64("noise_az_deg2", self.noise[0]);
        v.f64("noise_el_deg2", self.noise[1]);
    }
}

impl State for World {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("next_id", u64::from(self.next_id));
        v.parts("track", self.filtered.iter());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::stack::frame::PixelBox;

    fn view(az_deg: f64, hfov_deg: f64) -> View {
        View { axis: Bearing { az_deg, el_deg: 0.0 }, hfov_deg, width_px: 1280.0, height_px: 720.0 }
    }

    fn seen(view: &View, az_deg: f64) -> Detection {
        let [x, y] = view.pixel_of(Bearing { az_deg, el_deg: 0.0 }).unwrap();
        let (w_px, h_px) = (view.px_of_angle(2.0), view.px_of_angle(6.0));
        let bbox = PixelBox { x_px: x - w_px / 2.0, y_px: y - h_px / 2.0, w_px, h_px };
        Detection { label: Arc::from("person"), confidence: 0.9, bbox }
    }

    fn at(n: u64) -> SimTime {
        SimTime::from_millis(33 * n)
    }

    #[test]
    fn the_cameras_own_motion_is_not_the_targets() {
        // The camera pans at 30 deg/s and zooms in; the target stands still.
        let mut tracker = World::new(WorldConfig::default());
        for n in 0..40 {
            let view = view(-10.0 + n as f64, 60.0 - n as f64 * 0.5);
            tracker.update(at(n), &view, &[seen(&view, 5.0)]);
        }
        let [track] = tracker.tracks() else { panic!("{:?}", tracker.tracks()) };
        assert_eq!(track.hits, 40);
        assert!(track.rate_dps[0].abs() < 1e-6 && (track.bearing.az_deg - 5.0).abs() < 1e-6, "{track:?}");
    }

    #[test]
    fn a_track_survives_misses_and_coasts_on_its_rate() {
        let mut tracker = World::new(WorldConfig::default());
        let view = view(0.0, 60.0);
        for n in 0..60 {
            // 10 deg/s, unseen from frame 30 to 44.
            let found = [seen(&view, -10.0 + n as f64 * 0.33)];
            tracker.update(at(n), &view, if (30..45).contains(&n) { &[] } else { &found });
        }
        assert_eq!(tracker.tracks().len(), 1);
        assert_eq!(tracker.tracks()[0].id, 0);
        assert!((tracker.tracks()[0].rate_dps[0] - 10.0).abs() < 0.1);
    }

    #[test]
    fn two_targets_keep_their_identities() {
        let mut tracker = World::new(WorldConfig::default());
        let view = view(0.0, 60.0);
        for n in 0..30 {
            tracker.update(at(n), &view, &[seen(&view, -10.0), seen(&view, 10.0)]);
        }
        let ids: Vec<_> = tracker.tracks().iter().map(|track| (track.id, track.hits)).collect();
        assert_eq!(ids, [(0, 30), (1, 30)]);
    }
}
