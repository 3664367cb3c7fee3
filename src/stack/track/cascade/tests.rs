//! What the cascade promises, for the benchmark and for a camera that is driven by it.

use core::time::Duration;
use std::sync::Arc;

use tiltyard_visca::num::max;

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
    let rates: Vec<(u32, bool)> = tracker.tracks().iter().map(|track| (track.id, track.rate_dps[0] > 0.0)).collect();
    assert_eq!(rates, [(0, true), (1, false)]);
}

#[test]
fn a_ghost_is_never_offered_and_one_miss_is_no_new_beginning() {
    let mut tracker = Cascade::new(CascadeConfig::CONTROL);
    let view = view(0.0, 60.0);
    // A ghost in frames 0 and 1; somebody from frame 4 on, whom the detector misses in frame 5.
    for n in 0..8 {
        let found = match n {
            0 | 1 => vec![seen(&view, 15.0, 0.7)],
            4 | 6 | 7 => vec![seen(&view, -5.0, 0.9)],
            _ => Vec::new(),
        };
        tracker.update(at(n), &view, &found);
        assert_eq!(ids(&tracker), if n < 7 { vec![] } else { vec![1] }, "frame {n}");
    }
    assert_eq!(tracker.followed.len(), 1, "the ghost is forgotten");
}

#[test]
fn a_dip_of_the_detectors_confidence_costs_the_camera_nobody() {
    let follows = |config| {
        let mut tracker = Cascade::new(config);
        let view = view(0.0, 60.0);
        for n in 0..200 {
            tracker.update(at(n), &view, &[seen(&view, 0.0, if n < 10 { 0.96 } else { 0.4 })]);
        }
        ids(&tracker)
    };
    assert_eq!(follows(CascadeConfig::CONTROL), [0]);
    assert!(follows(CascadeConfig::DEFAULT).is_empty(), "for a benchmark they are better left out");
}

#[test]
fn noisy_boxes_are_learned_to_be_noisy() {
    // Somebody stands; the boxes jump by a fifth of their width.
    let worst_dps = |noise_share: f64| {
        let mut tracker = Cascade::new(CascadeConfig { noise_share, ..CascadeConfig::CONTROL });
        let view = view(0.0, 60.0);
        let mut worst: f64 = 0.0;
        for n in 0..300 {
            let jump = [0.4, -0.3, -0.4, 0.1, 0.3, -0.1][n as usize % 6];
            tracker.update(at(n), &view, &[seen(&view, jump, 0.9)]);
            if n >= 150 {
                worst = max(worst, tracker.tracks()[0].rate_dps[0].abs());
            }
        }
        worst
    };
    let (learned, told) = (worst_dps(CascadeConfig::CONTROL.noise_share), worst_dps(0.0));
    assert!(learned < 1.5 && told > 2.0 * learned, "{learned} deg/s, {told} without");
}

#[test]
fn who_was_out_of_sight_may_come_back_further_off() {
    // 10 deg/s until frame 30; they turned round, and are seen again 0.66 s later where they were.
    let back = |widen_sigmas: f64| {
        let mut tracker = Cascade::new(CascadeConfig { widen_sigmas, ..CascadeConfig::CONTROL });
        let view = view(0.0, 60.0);
        for n in 0..55 {
            let az_deg = -10.0 + 0.33 * f64::from(n.min(30));
            let found = [seen(&view, az_deg, 0.9)];
            tracker.update(at(n), &view, if (31..50).contains(&n) { &[] } else { &found });
        }
        let mut followed = ids(&tracker);
        followed.retain(|id| tracker.tracks().iter().any(|track| track.id == *id && track.seen_at == at(54)));
        followed
    };
    assert_eq!(back(CascadeConfig::CONTROL.widen_sigmas), [0]);
    assert_eq!(back(0.0), [1]);
}

#[test]
fn a_track_coasts_on_its_rate() {
    let mut tracker = Cascade::new(CascadeConfig::CONTROL);
    let view = view(0.0, 60.0);
    for n in 0..60 {
        // 10 deg/s, unseen from frame 30 to 44.
        let az_deg = -10.0 + 0.33 * f64::from(n);
        let found = [seen(&view, az_deg, 0.9)];
        tracker.update(at(n), &view, if (30..45).contains(&n) { &[] } else { &found });
        if n >= 20 {
            let [track] = tracker.tracks() else { panic!("{:?}", tracker.tracks()) };
            assert_eq!(track.id, 0);
            assert!((track.rate_dps[0] - 10.0).abs() < 0.2 && (track.bearing.az_deg - az_deg).abs() < 0.1, "{track:?}");
        }
    }
}
