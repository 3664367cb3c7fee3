//! Lens and projection against closed forms.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod common;

use common::{CURVE_18X, camera};
use proptest::prelude::*;
use tiltyard_sim::lens::{Lens, Optics};
use tiltyard_sim::projection::{Bearing, Pixel, PixelBox, Projector, View};
use tiltyard_sim::servo::Goal;

const VIEW: View = View { pan_deg: 0.0, tilt_deg: 0.0, hfov_deg: 60.0, width_px: 640, height_px: 360 };

#[test]
fn the_zoom_curve_goes_through_its_table_both_ways() {
    let optics = Optics::new(&camera().lens);
    for (units, ratio) in CURVE_18X {
        assert!((optics.ratio(f64::from(units)) - ratio).abs() < 1e-9, "{units:04X}");
        assert!((optics.units(ratio) - f64::from(units)).abs() < 1e-6, "{ratio}");
    }
    // Half way between x1 and x2 in position is √2 in magnification.
    assert!((optics.ratio(f64::from(0x18B0_u16) / 2.0) - core::f64::consts::SQRT_2).abs() < 1e-12);
    assert!((optics.ratio(1e9) - 18.0).abs() < 1e-9 && (optics.ratio(-5.0) - 1.0).abs() < 1e-12);
}

#[test]
fn the_field_of_view_follows_the_tangent() {
    let optics = Optics::new(&camera().lens);
    assert!((optics.hfov_deg(1.0) - 60.0).abs() < 1e-12);
    // tan 30° = 0.5773503; / 18 = 0.0320750; 2 · atan = 0.0641281 rad = 3.67427 deg.
    assert!((optics.hfov_deg(18.0) - 3.67427).abs() < 1e-4, "{}", optics.hfov_deg(18.0));
    // tan 30° · 360/640 = 0.324760; 2 · atan = 35.983 deg.
    assert!((optics.vfov_deg(1.0, 640, 360) - 35.983).abs() < 1e-3, "{}", optics.vfov_deg(1.0, 640, 360));
}

#[test]
fn the_zoom_motor_ramps_reaches_its_goal_and_stops_at_the_ends() {
    let mut lens = Lens::new(&camera().lens, 1.0, 250);
    lens.drive(Goal::Position { to: 8000.0, rate_max: 4000.0 });
    let (mut before, mut rate_before, mut ticks) = (0.0, 0.0, 0);
    while !lens.tick() {
        let units = lens.units_at(1.0);
        let rate = (units - before) * 250.0;
        // 20,000 units/s² × 4 ms = 80 units/s a tick.
        assert!((rate - rate_before).abs() <= 80.0 + 1e-6 && rate <= 4000.0 + 1e-6, "{rate_before} to {rate}");
        (before, rate_before, ticks) = (units, rate, ticks + 1);
    }
    // Two ramps of 0.2 s and 400 units, 7200 units at 4000/s in 1.8 s: 2.2 s = 550 ticks.
    assert!((548..=556).contains(&ticks), "{ticks}");
    assert!((lens.units_at(1.0) - 8000.0).abs() < 0.01);
    lens.drive(Goal::Rate(4000.0));
    (0..2000).for_each(|_| _ = lens.tick());
    assert!((lens.units_at(1.0) - f64::from(0x4000_u16)).abs() < 1e-6);
    assert!(lens.optics().ratio(lens.units_at(1.0)) <= 18.0 + 1e-9);
}

#[test]
fn known_directions_have_known_pixels() {
    let ahead = Projector::new(VIEW);
    let pixel = |az_deg, el_deg| ahead.pixel(Bearing { az_deg, el_deg }).unwrap();
    // The axis is the middle; half the field of view is the edge; f = 320 / tan 30° = 554.256 px.
    assert_eq!(pixel(0.0, 0.0), Pixel { x_px: 320.0, y_px: 180.0 });
    assert!((pixel(30.0, 0.0).x_px - 640.0).abs() < 1e-9);
    assert!((pixel(0.0, 10.0).y_px - (180.0 - 554.256 * 0.176_327)).abs() < 1e-3);
    assert!(ahead.pixel(Bearing { az_deg: 120.0, el_deg: 0.0 }).is_none());
}

#[test]
fn azimuth_shrinks_towards_the_zenith() {
    // Camera and target 60° up, 10° apart in azimuth: in camera axes X = sin 10° cos 60° = 0.086824 and
    // Z = cos 10° cos² 60° + sin² 60° = 0.996202, so x = 320 + 554.256 × 0.087155 = 368.306.
    let up = Projector::new(View { tilt_deg: 60.0, ..VIEW });
    let pixel = up.pixel(Bearing { az_deg: 10.0, el_deg: 60.0 }).unwrap();
    assert!((pixel.x_px - 368.306).abs() < 1e-2, "{pixel:?}");
    // U = sin 60° cos 60° − cos 10° cos 60° sin 60° = 0.006579: it also appears 3.66 px higher.
    assert!((pixel.y_px - (180.0 - 554.256 * 0.006_579 / 0.996_202)).abs() < 1e-2, "{pixel:?}");
}

#[test]
fn a_box_has_the_size_of_what_it_bounds() {
    let ahead = Projector::new(VIEW);
    let shape = ahead.pixel_box(Bearing { az_deg: 0.0, el_deg: 0.0 }, 4.0, 10.0).unwrap();
    // 2 f tan 2° = 38.710 and 2 f tan 5° / cos 2° = 97.042.
    assert!((shape.w_px - 38.710).abs() < 1e-2 && (shape.h_px - 97.042).abs() < 1e-2, "{shape:?}");
    assert!((shape.x_px - 320.0).abs() < 1e-9 && (shape.y_px - 180.0).abs() < 1e-9);
    let half = PixelBox { x_px: 0.0, y_px: 180.0, w_px: 50.0, h_px: 80.0 };
    assert_eq!(half.visible_fraction(640, 360), 0.5);
    assert_eq!(PixelBox { x_px: -30.0, ..half }.visible_fraction(640, 360), 0.0);
}

proptest! {
    #[test]
    fn pixel_and_bearing_are_inverses(
        pan_deg in -170.0..170.0_f64,
        tilt_deg in -80.0..80.0_f64,
        hfov_deg in 2.0..90.0_f64,
        x_px in 0.0..640.0_f64,
        y_px in 0.0..360.0_f64,
    ) {
        let projector = Projector::new(View { pan_deg, tilt_deg, hfov_deg, ..VIEW });
        let back = projector.pixel(projector.bearing(Pixel { x_px, y_px })).unwrap();
        prop_assert!((back.x_px - x_px).abs() < 1e-6 && (back.y_px - y_px).abs() < 1e-6, "{back:?}");
    }

    #[test]
    fn magnification_rises_with_position(units in 0.0..16383.0_f64) {
        let optics = Optics::new(&camera().lens);
        prop_assert!(optics.ratio(units + 1.0) > optics.ratio(units));
        prop_assert!((optics.units(optics.ratio(units)) - units).abs() < 1e-6);
    }
}

/// What a wall of so many degrees hides: the share of a grid of pixels that look at it, and that its box covers.
fn hidden(projector: &Projector, wall: Bearing, width_deg: f64, height_deg: f64) -> [f64; 2] {
    let shape = projector.picture_box(wall, width_deg, height_deg);
    let mut counts = [0_u32; 2];
    for x_px in (0..64).map(|x| f64::from(x) * 10.0 + 5.0) {
        for y_px in (0..36).map(|y| f64::from(y) * 10.0 + 5.0) {
            let seen = projector.bearing(Pixel { x_px, y_px });
            let [az, el] = [seen.az_deg - wall.az_deg, seen.el_deg - wall.el_deg];
            counts[0] += u32::from(az.abs() <= width_deg / 2.0 && el.abs() <= height_deg / 2.0);
            let inside = shape.is_some_and(|shape| {
                (x_px - shape.x_px).abs() <= shape.w_px / 2.0 && (y_px - shape.y_px).abs() <= shape.h_px / 2.0
            });
            counts[1] += u32::from(inside);
        }
    }
    counts.map(|count| f64::from(count) / 2304.0)
}

#[test]
fn a_wall_that_reaches_behind_the_camera_still_hides_what_is_behind_it() {
    let ahead = Projector::new(VIEW);
    // From 10° right of the axis to 150°: everything from x = 320 + 554.256 tan 10° on.
    let wall = Bearing { az_deg: 80.0, el_deg: 0.0 };
    let shape = ahead.pixel_box(wall, 140.0, 120.0).unwrap();
    assert!((shape.x_px - shape.w_px / 2.0 - 417.730).abs() < 1e-2, "{shape:?}");
    assert!((shape.x_px + shape.w_px / 2.0 - 640.0).abs() < 1e-9 && (shape.h_px - 360.0).abs() < 1e-9, "{shape:?}");
    // All round, behind, and beside.
    assert_eq!(hidden(&ahead, Bearing { az_deg: 0.0, el_deg: 0.0 }, 360.0, 170.0), [1.0, 1.0]);
    assert!(ahead.picture_box(Bearing { az_deg: 180.0, el_deg: 0.0 }, 200.0, 120.0).is_none());
    assert!(ahead.picture_box(Bearing { az_deg: 100.0, el_deg: 0.0 }, 130.0, 120.0).is_none());
}

#[test]
fn a_long_low_wall_hides_no_more_than_it_is_high() {
    // 5° to 10° below the axis: by its corners 70° aside it would be twice as deep in the picture as it is.
    let wall = Bearing { az_deg: 0.0, el_deg: -7.5 };
    for width_deg in [100.0, 140.0, 179.0, 200.0, 340.0] {
        let [seen, covered] = hidden(&Projector::new(VIEW), wall, width_deg, 5.0);
        assert!(seen > 0.1 && (seen - covered).abs() < 0.04, "{width_deg}: {seen} of the picture, box {covered}");
    }
}

proptest! {
    #[test]
    fn what_is_cut_at_the_edges_is_the_same_inside(
        pan_deg in -20.0..20.0_f64,
        tilt_deg in -15.0..15.0_f64,
        width_deg in 0.5..5.0_f64,
        height_deg in 0.5..15.0_f64,
    ) {
        let projector = Projector::new(View { pan_deg, tilt_deg, ..VIEW });
        let bearing = Bearing { az_deg: 0.0, el_deg: 0.0 };
        let whole = projector.pixel_box(bearing, width_deg, height_deg).unwrap();
        let inside = whole.visible_fraction(640, 360);
        match projector.picture_box(bearing, width_deg, height_deg) {
            None => prop_assert!(inside < 0.1, "{inside}"),
            // A tall thing leans where the camera is tilted, so its part is at most as wide.
            Some(part) => {
                let ratio = part.w_px * part.h_px / (whole.w_px * whole.h_px * inside);
                prop_assert!(ratio <= 1.0 + 1e-9, "{ratio}");
                prop_assert!(inside < 1.0 - 1e-9 || ratio > 1.0 - 1e-9, "{ratio}");
            }
        }
    }
}
