//! What is sharp behind everybody: houses with windows, hills, spotlights; drawn by lot from the stream `scenery`.
//!
//! Each thing stands for good at its bearing. Its outline is cast corner by corner; houses are as wide as they are far
//! away, so that a straight front stays one.

use tiny_skia::{Color, FillRule, Paint, PathBuilder, Pixmap, Shader, Transform};

use crate::config::Backdrop;
use crate::projection::{Bearing, Projector, View};
use crate::rng::Stream;
use tiltyard_visca::num::max;

/// Points further outside of the picture than so many of its widths are not drawn to.
const FAR_OUTSIDE: f64 = 8.0;
/// What stands further from the axis than this is not looked at \[deg\].
const BESIDE_DEG: f64 = 75.0;

/// Something with one colour and many corners, as bearings.
#[derive(Clone, Debug)]
struct Shape {
    color: [u8; 4],
    outlines: Vec<Vec<Bearing>>,
    /// Azimuth of its middle and half its width \[deg\].
    middle_deg: f64,
    half_deg: f64,
}

/// All there is, in the order in which it is drawn.
#[derive(Clone, Debug)]
pub(super) struct Scenery {
    shapes: Vec<Shape>,
}

/// `SplitMix64`'s finaliser: a hash of a number.
pub(super) const fn hash(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Scenery {
    /// Of a run with `seed`.
    pub fn new(backdrop: Backdrop, seed: u64) -> Self {
        let mut lot = Stream::new(seed, "scenery");
        let shapes = match backdrop {
            Backdrop::Sky => {
                [hills(&mut lot, 3.2, [136, 156, 158, 255]), hills(&mut lot, 1.6, [98, 122, 96, 255])].concat()
            }
            Backdrop::Stage => lamps(&mut lot),
            Backdrop::Street => [hills(&mut lot, 1.4, [122, 138, 122, 255]), houses(&mut lot)].concat(),
            Backdrop::Thermal => hills(&mut lot, 2.4, [30, 30, 30, 255]),
        };
        Self { shapes }
    }

    /// Draws what is before the camera.
    pub fn paint(&self, canvas: &mut Pixmap, projector: &Projector, view: View) {
        for shape in &self.shapes {
            let beside_deg = libm::fabs(libm::remainder(shape.middle_deg - view.pan_deg, 360.0)) - shape.half_deg;
            let reach_deg = if libm::fabs(view.tilt_deg) > 45.0 { 90.0 } else { max(view.hfov_deg, 10.0) };
            if beside_deg > BESIDE_DEG || beside_deg > reach_deg {
                continue;
            }
            let mut path = PathBuilder::new();
            for outline in &shape.outlines {
                add(&mut path, outline, projector, view);
            }
            let Some(path) = path.finish() else { continue };
            let [red, green, blue, alpha] = shape.color;
            let paint = Paint {
                shader: Shader::SolidColor(Color::from_rgba8(red, green, blue, alpha)),
                anti_alias: true,
                ..Paint::default()
            };
            canvas.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
        }
    }
}

/// Adds an outline, unless part of it is behind the camera or far away from the picture.
fn add(path: &mut PathBuilder, outline: &[Bearing], projector: &Projector, view: View) {
    let far_px = FAR_OUTSIDE * f64::from(view.width_px);
    let mut corners = Vec::with_capacity(outline.len());
    for corner in outline {
        match projector.pixel(*corner) {
            Some(pixel) if libm::fabs(pixel.x_px) < far_px && libm::fabs(pixel.y_px) < far_px => {
                corners.push((pixel.x_px as f32, pixel.y_px as f32));
            }
            _ => return,
        }
    }
    let (width, height) = (view.width_px as f32, view.height_px as f32);
    let beside = corners.iter().all(|(x, _)| *x < 0.0)
        || corners.iter().all(|(x, _)| *x > width)
        || corners.iter().all(|(_, y)| *y < 0.0)
        || corners.iter().all(|(_, y)| *y > height);
    if beside {
        return;
    }
    for (index, (x, y)) in corners.iter().enumerate() {
        if index == 0 {
            path.move_to(*x, *y);
        } else {
            path.line_to(*x, *y);
        }
    }
    path.close();
}

/// A rectangle of bearings, its sides cut so that they bend as they should.
fn panel(left_deg: f64, right_deg: f64, low_deg: f64, high_deg: f64) -> Vec<Bearing> {
    let steps = libm::ceil((right_deg - left_deg) / 6.0) as u32;
    let along = |step: u32, el_deg| {
        let az_deg = left_deg + (right_deg - left_deg) * f64::from(step) / f64::from(steps);
        Bearing { az_deg, el_deg }
    };
    (0..=steps).map(|step| along(step, high_deg)).chain((0..=steps).rev().map(|step| along(step, low_deg))).collect()
}

fn shape(color: [u8; 4], outlines: Vec<Vec<Bearing>>) -> Shape {
    let ends = outlines.iter().flatten().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), corner| {
        (-max(-low, -corner.az_deg), max(high, corner.az_deg))
    });
    Shape { color, outlines, middle_deg: f64::midpoint(ends.0, ends.1), half_deg: (ends.1 - ends.0) / 2.0 }
}

/// A skyline all about, in pieces of ten degrees.
fn hills(lot: &mut Stream, height_deg: f64, color: [u8; 4]) -> Vec<Shape> {
    let waves: Vec<(f64, f64, f64)> = [1.0, 3.0, 7.0, 19.0, 41.0, 97.0]
        .map(|turns| (turns, lot.uniform_in(0.0, 6.3), lot.uniform_in(0.3, 1.0)))
        .into();
    let top = |az_deg: f64| {
        let angle = az_deg * (core::f64::consts::PI / 180.0);
        let sum: f64 =
            waves.iter().map(|(turns, at, size)| size / libm::sqrt(*turns) * libm::sin(turns * angle + at)).sum();
        height_deg * max(0.5 + 0.4 * sum, 0.05)
    };
    let piece = |piece: u32| {
        let left_deg = f64::from(piece) * 10.0 - 180.0;
        let ridge = (0..=40)
            .map(|step| f64::from(step) * 0.25 + left_deg)
            .map(|az_deg| Bearing { az_deg, el_deg: top(az_deg) });
        let feet = [left_deg + 10.0, left_deg].map(|az_deg| Bearing { az_deg, el_deg: -0.3 });
        shape(color, vec![ridge.chain(feet).collect()])
    };
    (0..36).map(piece).collect()
}

/// A row of houses all about: a front, its windows, a door or two, a roof.
fn houses(lot: &mut Stream) -> Vec<Shape> {
    const FRONTS: [[u8; 3]; 7] = [
        [158, 132, 108],
        [176, 164, 146],
        [132, 96, 80],
        [118, 122, 128],
        [188, 178, 158],
        [146, 150, 138],
        [104, 86, 78],
    ];
    let mut shapes = Vec::new();
    let mut left_deg = -180.0;
    while left_deg < 178.0 {
        let width_deg = lot.uniform_in(7.0, 15.0);
        let (storeys, bays) = (lot.uniform_in(2.0, 5.99) as u32, libm::round(width_deg / 2.1) as u32);
        let (high_deg, gap) = (2.6 * f64::from(storeys) + 1.0, lot.chance(0.2));
        let (front, lights) = (lot.bits() as usize % FRONTS.len(), lot.bits());
        let right_deg = left_deg + width_deg;
        let [red, green, blue] = FRONTS.get(front).copied().unwrap_or([128; 3]);
        if !gap {
            let dark = [red, green, blue].map(|part| part / 2 + part / 5);
            shapes.push(shape([red, green, blue, 255], vec![panel(left_deg, right_deg, -1.2, high_deg)]));
            shapes.push(shape(
                [dark[0], dark[1], dark[2], 255],
                vec![panel(left_deg, right_deg, high_deg, high_deg + 0.5), panel(left_deg, right_deg, -1.2, -0.8)],
            ));
            let (mut dim, mut bright) = (Vec::new(), Vec::new());
            let bay_deg = width_deg / f64::from(bays);
            for storey in 0..storeys {
                for bay in 0..bays {
                    let middle_deg = left_deg + bay_deg * (f64::from(bay) + 0.5);
                    let low_deg = 0.7 + 2.6 * f64::from(storey);
                    let pane = panel(middle_deg - bay_deg * 0.26, middle_deg + bay_deg * 0.26, low_deg, low_deg + 1.5);
                    let lit = hash(lights ^ u64::from(storey * 64 + bay)).is_multiple_of(4);
                    if lit { bright.push(pane) } else { dim.push(pane) }
                }
            }
            shapes.push(shape([52, 62, 74, 255], dim));
            shapes.push(shape([196, 202, 196, 255], bright));
        }
        left_deg = right_deg + if gap { 0.0 } else { lot.uniform_in(0.0, 0.8) };
    }
    shapes
}

/// Spotlights from above and their pools on the boards.
fn lamps(lot: &mut Stream) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let mut az_deg = -176.0;
    while az_deg < 176.0 {
        let (aim_deg, wide_deg) = (az_deg + lot.uniform_in(-7.0, 7.0), lot.uniform_in(3.0, 6.0));
        let tint = if lot.chance(0.5) { [255, 236, 190] } else { [190, 214, 255] };
        let corner = |az_deg, el_deg| Bearing { az_deg, el_deg };
        let beam = |share: f64, alpha| {
            let half_deg = wide_deg * share;
            let cone = vec![
                corner(az_deg - 0.4, 26.0),
                corner(az_deg + 0.4, 26.0),
                corner(aim_deg + half_deg, -17.0),
                corner(aim_deg, -18.6),
                corner(aim_deg - half_deg, -17.0),
            ];
            shape([tint[0], tint[1], tint[2], alpha], vec![cone])
        };
        shapes.extend([beam(1.0, 10), beam(0.7, 14), beam(0.35, 18)]);
        let lamp = vec![panel(az_deg - 0.7, az_deg + 0.7, 25.2, 26.6)];
        shapes.push(shape([24, 24, 28, 255], lamp));
        az_deg += lot.uniform_in(9.0, 16.0);
    }
    // The bar that they hang on.
    let bar = (0..36).map(|piece| panel(f64::from(piece) * 10.0 - 180.0, f64::from(piece) * 10.0 - 170.0, 26.4, 26.9));
    shapes.extend(bar.map(|piece| shape([16, 16, 20, 255], vec![piece])));
    shapes
}
