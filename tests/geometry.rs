//! The stack's geometry against the simulator's.
//!
//! `stack::geometry` and `tiltyard_sim::projection` are written apart on purpose: a sign error in one of them would
//! cancel out if they shared code, and the loop would look healthy. Here they meet on a grid of poses, zooms, picture
//! sizes and bearings, both ways. 10⁻⁶ px is far above rounding (10⁻¹⁶ of some thousand px over a depth ≥ 0.03) and far
//! below anything that a detector can tell.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use tiltyard::stack::geometry::{Bearing, View};
use tiltyard_sim::projection;

const PX: f64 = 1e-6;

/// One camera, in the words of both.
fn both(pan_deg: f64, tilt_deg: f64, hfov_deg: f64, [width_px, height_px]: [u32; 2]) -> (View, projection::Projector) {
    let stack = View {
        axis: Bearing { az_deg: pan_deg, el_deg: tilt_deg },
        hfov_deg,
        width_px: f64::from(width_px),
        height_px: f64::from(height_px),
    };
    let sim = projection::Projector::new(projection::View { pan_deg, tilt_deg, hfov_deg, width_px, height_px });
    (stack, sim)
}

/// Visits the grid: 9 pans · 7 tilts · 5 fields of view · 2 sizes = 630 cameras.
fn on_the_grid(mut visit: impl FnMut(&View, &projection::Projector)) {
    for pan_deg in [-170.0, -100.0, -30.0, -0.1, 0.0, 0.1, 45.0, 120.0, 170.0] {
        for tilt_deg in [-30.0, -10.0, 0.0, 5.0, 30.0, 60.0, 89.0] {
            // 3° is the tele end of a 20x lens with 60° at the wide end.
            for hfov_deg in [3.0, 10.0, 30.0, 60.7, 90.0] {
                for size_px in [[1920, 1080], [720, 480]] {
                    let (stack, sim) = both(pan_deg, tilt_deg, hfov_deg, size_px);
                    visit(&stack, &sim);
                }
            }
        }
    }
}

#[test]
fn a_bearing_falls_on_the_same_pixel_in_both() {
    let (mut compared, mut behind) = (0, 0);
    on_the_grid(|stack, sim| {
        for off_az in [-175.0, -80.0, -44.0, -20.0, -1.0, -1e-3, 0.0, 1e-3, 2.0, 30.0, 44.0, 100.0] {
            for off_el in [-40.0, -15.0, -0.5, 0.0, 0.5, 15.0, 25.0] {
                let (az_deg, el_deg) = (stack.axis.az_deg + off_az, stack.axis.el_deg + off_el);
                let ours = stack.pixel_of(Bearing { az_deg, el_deg });
                let theirs = sim.pixel(projection::Bearing { az_deg, el_deg });
                // Near the image plane each draws the line elsewhere; no picture reaches so far out.
                match (ours, theirs) {
                    (Some([x, y]), Some(pixel)) if x.abs() < 2e4 && y.abs() < 2e4 => {
                        assert!(
                            (x - pixel.x_px).abs() < PX && (y - pixel.y_px).abs() < PX,
                            "{stack:?} sees ({az_deg}, {el_deg}) at ({x}, {y}), the world shows it at {pixel:?}"
                        );
                        compared += 1;
                    }
                    (Some([x, y]), None) => assert!(x.abs() > 2e4 || y.abs() > 2e4, "only the stack sees ({x}, {y})"),
                    (None, Some(pixel)) => assert!(pixel.x_px.abs() > 2e4 || pixel.y_px.abs() > 2e4, "{pixel:?}"),
                    (None, None) => behind += 1,
                    (Some(_), Some(_)) => {}
                }
            }
        }
    });
    // Of 630 cameras · 84 bearings most lie ahead, and −175, 100 and some of ±80 behind.
    assert!(compared > 20_000 && behind > 5_000, "{compared} compared, {behind} behind");
}

#[test]
fn a_pixel_is_the_same_bearing_in_both() {
    on_the_grid(|stack, sim| {
        for (share_x, share_y) in [(0.0, 0.0), (1.0, 0.0), (0.5, 0.5), (0.25, 0.9), (0.999, 0.001), (1.0, 1.0)] {
            let (x_px, y_px) = (share_x * stack.width_px, share_y * stack.height_px);
            let ours = stack.bearing_of([x_px, y_px]);
            let theirs = sim.bearing(projection::Pixel { x_px, y_px });
            // 10⁻⁶ px at 3° over 1920 px are 1.6·10⁻⁹°; rounding at 89° tilt, where azimuths meet, costs a factor 60.
            let off_deg = ours.angle_to(Bearing { az_deg: theirs.az_deg, el_deg: theirs.el_deg });
            assert!(off_deg < 1e-9, "{stack:?} at ({x_px}, {y_px}): {ours:?} against {theirs:?}");
            // And the whole way round: out by one, back by the other.
            let back = sim.pixel(projection::Bearing { az_deg: ours.az_deg, el_deg: ours.el_deg }).unwrap();
            assert!((back.x_px - x_px).abs() < PX && (back.y_px - y_px).abs() < PX, "{back:?}");
        }
    });
}

#[test]
fn hand_made_pixels_hold_for_both() {
    // Derived by hand, not by either: at 90° on 1280 px f = 640 px; 45° to the right is the right edge, and at 20° tilt
    // a target at 20° elevation straight ahead is the centre. Down in the picture is down in the world.
    let (stack, sim) = both(10.0, 0.0, 90.0, [1280, 720]);
    let edge = stack.pixel_of(Bearing { az_deg: 55.0, el_deg: 0.0 }).unwrap();
    let same = sim.pixel(projection::Bearing { az_deg: 55.0, el_deg: 0.0 }).unwrap();
    assert!((edge[0] - 1280.0).abs() < PX && (edge[1] - 360.0).abs() < PX, "{edge:?}");
    assert!((same.x_px - 1280.0).abs() < PX && (same.y_px - 360.0).abs() < PX, "{same:?}");
    let (stack, sim) = both(0.0, 20.0, 90.0, [1280, 720]);
    let below = stack.pixel_of(Bearing { az_deg: 0.0, el_deg: 10.0 }).unwrap();
    let same = sim.pixel(projection::Bearing { az_deg: 0.0, el_deg: 10.0 }).unwrap();
    // tan 10° = 0.176327; 360 + 640 · 0.176327 = 472.8493.
    assert!((below[0] - 640.0).abs() < PX && (below[1] - 472.849_275).abs() < 1e-3, "{below:?}");
    assert!((same.y_px - below[1]).abs() < PX);
}

#[test]
fn the_comparison_can_fail() {
    // A tilt of the wrong sign, as in the seed's defect P2, is hundreds of pixels.
    let (stack, _) = both(0.0, 5.0, 60.0, [1920, 1080]);
    let (_, turned) = both(0.0, -5.0, 60.0, [1920, 1080]);
    let ours = stack.pixel_of(Bearing::default()).unwrap();
    let theirs = turned.pixel(projection::Bearing { az_deg: 0.0, el_deg: 0.0 }).unwrap();
    // f = 960 / tan 30° = 1663 px; 2 · 1663 · tan 5° = 291 px.
    assert!(((ours[1] - theirs.y_px).abs() - 291.0).abs() < 1.0);
}
