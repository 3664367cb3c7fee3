//! What is behind everybody: planes under and over the camera, and walls about it, each pixel cast through the pinhole.
//!
//! The direction of a pixel is linear in its coordinates, so a point of the ground (direction · height / −y) costs one
//! division. Shaded at half the resolution and enlarged linearly: nothing here is sharp, as behind a lens that is
//! focused on somebody nearer. What is sharp is [`super::scenery`]'s.
//!
//! A grain whose waves are shorter than the pixels are wide is faded out before it could flicker.

use tiny_skia::Pixmap;

use super::texture::Texture;
use crate::config::Backdrop;
use crate::projection::{View, radians};

/// The camera's height over the ground \[m\].
pub(super) const HEIGHT_M: f32 = 4.0;
/// The clouds' height over the camera \[m\].
const CLOUDS_M: f32 = 900.0;
/// From the camera to each wall of the hall \[m\].
const HALL_M: f32 = 14.0;

/// Colour in 0 ..= 255.
type Color = [f32; 3];

/// Directions of pixels: world axes, not of length one. `x` right, `y` up, `z` forward, as in [`crate::projection`].
struct Caster {
    corner: [f32; 3],
    across: [f32; 3],
    down: [f32; 3],
    /// Angle of one pixel of the half-size picture on the axis \[rad\].
    pixel_rad: f32,
}

impl Caster {
    /// Of the half-size picture of `view`.
    fn new(view: View) -> Self {
        let focal_px = f64::from(view.width_px) / 2.0 / libm::tan(radians(view.hfov_deg / 2.0));
        let ((pan_sin, pan_cos), (tilt_sin, tilt_cos)) =
            (libm::sincos(radians(view.pan_deg)), libm::sincos(radians(view.tilt_deg)));
        // Camera axes in the world: pan about y, then tilt about the camera's own x.
        let right = [pan_cos, 0.0, -pan_sin];
        let up = [-tilt_sin * pan_sin, tilt_cos, -tilt_sin * pan_cos];
        let forward = [tilt_cos * pan_sin, tilt_sin, tilt_cos * pan_cos];
        let step = 2.0 / focal_px;
        // The middle of a pixel of the half-size picture is a corner of four of the whole.
        let (left, top) = (1.0 - f64::from(view.width_px) / 2.0, f64::from(view.height_px) / 2.0 - 1.0);
        let corner = |axis: usize| forward[axis] + right[axis] * left / focal_px + up[axis] * top / focal_px;
        Self {
            corner: [0, 1, 2].map(|axis| corner(axis) as f32),
            across: right.map(|part| (part * step) as f32),
            down: up.map(|part| (-part * step) as f32),
            pixel_rad: step as f32,
        }
    }

    fn at(&self, column: f32, row: f32) -> [f32; 3] {
        let part = |axis: usize| self.corner[axis] + self.across[axis] * column + self.down[axis] * row;
        [part(0), part(1), part(2)]
    }
}

/// Fills the picture.
pub(super) fn paint(canvas: &mut Pixmap, view: View, backdrop: Backdrop, texture: &Texture) {
    let caster = Caster::new(view);
    let (width, height) = (view.width_px.div_ceil(2) as usize, view.height_px.div_ceil(2) as usize);
    // One loop for each, with the shading inlined into it.
    let half = match backdrop {
        Backdrop::Sky => shaded(&caster, width, height, |direction| meadow(direction, caster.pixel_rad, texture)),
        Backdrop::Stage => shaded(&caster, width, height, |direction| hall(direction, caster.pixel_rad, texture)),
        Backdrop::Street => shaded(&caster, width, height, |direction| street(direction, caster.pixel_rad, texture)),
        Backdrop::Thermal => shaded(&caster, width, height, |direction| night(direction, caster.pixel_rad, texture)),
    };
    enlarge(&half, width, height, canvas);
}

/// Four bytes a pixel.
fn shaded(caster: &Caster, width: usize, height: usize, shade: impl Fn([f32; 3]) -> Color) -> Vec<u8> {
    let mut half = vec![255_u8; width * height * 4];
    for (row, pixels) in half.chunks_exact_mut(width * 4).enumerate() {
        for (column, pixel) in pixels.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let [red, green, blue] = shade(caster.at(column as f32, row as f32));
            *pixel = [red as u8, green as u8, blue as u8, 255];
        }
    }
    half
}

/// Twice as wide and high, linearly: a pixel is 9/16 of the nearest, 3/16 of its two neighbours, 1/16 of the fourth.
fn enlarge(half: &[u8], width: usize, height: usize, canvas: &mut Pixmap) {
    let wide = canvas.width() as usize;
    // Of one line, with its ends once more: every pixel has two neighbours.
    let mut line = vec![0_u16; (width + 2) * 4];
    let mut sides = [vec![0_u8; width * 4], vec![0_u8; width * 4]];
    for (y, target) in canvas.data_mut().chunks_exact_mut(wide * 4).enumerate() {
        let near = y / 2;
        let other = if y % 2 == 0 { near.saturating_sub(1) } else { (near + 1).min(height - 1) };
        let row = |row: usize| half.get(row * width * 4..(row + 1) * width * 4).unwrap_or_default();
        let inner = line.get_mut(4..).unwrap_or_default();
        for ((mixed, near), other) in inner.iter_mut().zip(row(near)).zip(row(other)) {
            *mixed = 3 * u16::from(*near) + u16::from(*other);
        }
        line.copy_within(4..8, 0);
        line.copy_within(width * 4..(width + 1) * 4, (width + 1) * 4);
        for (side, beside) in sides.iter_mut().zip([0, 8]) {
            let (here, beside) = (line.get(4..).unwrap_or_default(), line.get(beside..).unwrap_or_default());
            for ((byte, here), beside) in side.iter_mut().zip(here).zip(beside) {
                *byte = ((3 * here + beside + 8) / 16) as u8;
            }
        }
        let [left, right] = &sides;
        for ((pair, left), right) in target.chunks_mut(8).zip(left.chunks_exact(4)).zip(right.chunks_exact(4)) {
            let (near, far) = pair.split_at_mut(4);
            near.copy_from_slice(left);
            // The last column of a picture of odd width has no second half.
            if far.len() == 4 {
                far.copy_from_slice(right);
            }
        }
    }
}

/// Grain of waves `wave_m` long at (u, v) \[m\], faded out where a pixel spans `footprint_m` too many.
fn grain(texture: &Texture, u: f32, v: f32, wave_m: f32, footprint_m: f32) -> f32 {
    let weight = 1.5 - 3.0 * footprint_m / wave_m;
    if weight <= 0.0 {
        return 0.0;
    }
    let value = texture.at(u / wave_m, v / wave_m);
    if weight < 1.0 { value * weight } else { value }
}

fn mix(from: Color, to: Color, share: f32) -> Color {
    let share = share.clamp(0.0, 1.0);
    let part = |part: usize| from[part] + (to[part] - from[part]) * share;
    [part(0), part(1), part(2)]
}

fn lit(color: Color, factor: f32) -> Color {
    let part = |part: usize| (color[part] * factor).clamp(0.0, 255.0);
    [part(0), part(1), part(2)]
}

/// Length of a direction's part along the ground, times 1 ± 4 %: the longer and 0.4 of the shorter (no root).
fn level(x: f32, z: f32) -> f32 {
    let (x, z) = (x.abs(), z.abs());
    if x > z { 0.96 * x + 0.4 * z } else { 0.96 * z + 0.4 * x }
}

/// A point of the ground \[m\], its distance \[m\] and the length along the view that a pixel spans there \[m\].
fn ground([x, y, z]: [f32; 3], pixel_rad: f32) -> ([f32; 2], f32, f32) {
    let scale = HEIGHT_M / -y.min(-1e-4);
    let distance_m = level(x, z) * scale;
    ([x * scale, z * scale], distance_m, pixel_rad * distance_m * (1.0 + distance_m / HEIGHT_M) * 0.5)
}

fn clouds(direction: [f32; 3], texture: &Texture, from: Color, to: Color) -> Color {
    let [x, y, z] = direction;
    let rise = y / level(x, z).max(1e-4);
    let clear = mix(from, to, rise * 1.6);
    if rise < 0.02 {
        return clear;
    }
    let scale = CLOUDS_M / y;
    let wave = |length_m: f32, shift: f32| texture.at(x * scale / length_m + shift, z * scale / length_m);
    let cover = wave(700.0, 0.0) + 0.5 * wave(230.0, 9.0);
    mix(clear, [238.0, 240.0, 243.0], cover * 1.2 * (rise * 6.0).min(1.0))
}

/// [`Backdrop::Sky`].
fn meadow(direction: [f32; 3], pixel_rad: f32, texture: &Texture) -> Color {
    if direction[1] >= 0.0 {
        return clouds(direction, texture, [196.0, 212.0, 226.0], [84.0, 132.0, 190.0]);
    }
    let ([u, v], distance_m, span_m) = ground(direction, pixel_rad);
    let tufts = 0.12 * grain(texture, u, v, 0.25, span_m) + 0.16 * grain(texture, u, v, 1.7, span_m);
    let patches = 0.14 * grain(texture, u, v, 23.0, span_m);
    let grass = mix([104.0, 122.0, 66.0], [146.0, 142.0, 84.0], 0.5 + patches * 3.0);
    mix(lit(grass, 1.0 + tufts + patches), [164.0, 178.0, 176.0], distance_m / 900.0)
}

/// [`Backdrop::Street`]: a road along z with kerbs, pavements and a dashed line.
fn street(direction: [f32; 3], pixel_rad: f32, texture: &Texture) -> Color {
    if direction[1] >= 0.0 {
        return clouds(direction, texture, [206.0, 212.0, 216.0], [124.0, 156.0, 196.0]);
    }
    let ([u, v], distance_m, span_m) = ground(direction, pixel_rad);
    let side_m = (v - 14.0).abs();
    let fine = 0.10 * grain(texture, u, v, 0.12, span_m) + 0.08 * grain(texture, u, v, 1.1, span_m);
    let coarse = 0.09 * grain(texture, u, v, 7.0, span_m);
    let soft = (span_m * 0.7).max(0.05);
    let beyond = |edge_m: f32| ((side_m - edge_m) / soft + 0.5).clamp(0.0, 1.0);
    let asphalt = [92.0, 93.0, 96.0];
    let road = mix(asphalt, [214.0, 212.0, 204.0], (1.0 - beyond(0.09)) * dashes(u, span_m));
    let kerb = mix(road, [168.0, 166.0, 160.0], beyond(3.4));
    let pavement = mix(kerb, [138.0, 133.0, 126.0], beyond(3.7));
    mix(lit(pavement, 1.0 + fine + coarse), [176.0, 180.0, 184.0], distance_m / 700.0)
}

/// Paint of a dashed line, 3 m on and 5 m off: 0 ..= 1.
fn dashes(along_m: f32, span_m: f32) -> f32 {
    let periods = along_m / 8.0 + 4096.0;
    let place_m = (periods - (periods as i32) as f32) * 8.0;
    let soft = span_m.max(0.05);
    let painted = ((1.5 - (place_m - 4.0).abs()) / soft + 0.5).clamp(0.0, 1.0);
    if span_m > 4.0 { 0.4 } else { painted }
}

/// [`Backdrop::Stage`]: boards below, four walls of curtains about, nothing above.
fn hall([x, y, z]: [f32; 3], pixel_rad: f32, texture: &Texture) -> Color {
    // The wall that is met first stands across the larger of the two level parts.
    let (ahead, beside) = if x.abs() > z.abs() { (x.abs(), z) } else { (z.abs(), x) };
    let scale = HALL_M / ahead.max(1e-4);
    let (along_m, up_m) = (beside * scale, y * scale);
    if up_m >= -HEIGHT_M {
        let footprint_m = pixel_rad * scale;
        let folds =
            grain(texture, along_m, 3.5, 0.45, footprint_m) + 0.5 * grain(texture, along_m, 8.5, 0.16, footprint_m);
        let cloth = 0.05 * grain(texture, along_m, up_m, 0.05, footprint_m);
        let height = ((up_m + HEIGHT_M) / 9.0).clamp(0.0, 1.0);
        return lit(mix([88.0, 26.0, 34.0], [30.0, 14.0, 22.0], height), 1.0 + 0.35 * folds + cloth);
    }
    let (place, distance_m, span_m) = ground([x, y, z], pixel_rad);
    let boards = place[0] / 0.22 + 4096.0;
    let board = boards as i32;
    let edge = (boards - board as f32 - 0.5).abs() * 2.0;
    let gap = if span_m < 0.2 && edge > 0.94 { 0.75 } else { 1.0 };
    let tone = if span_m < 0.3 { 0.10 * texture.at(board as f32 * 7.7, 0.5) } else { 0.0 };
    let wood = 0.10 * grain(texture, place[0] * 6.0, place[1], 0.4, span_m) + tone;
    lit(mix([146.0, 102.0, 62.0], [70.0, 44.0, 32.0], distance_m / 26.0), (1.0 + wood) * gap)
}

/// [`Backdrop::Thermal`].
fn night(direction: [f32; 3], pixel_rad: f32, texture: &Texture) -> Color {
    let [x, y, z] = direction;
    let level = if y >= 0.0 {
        18.0 - 8.0 * (y / level(x, z).max(1e-4)).min(1.0)
    } else {
        let (place, distance_m, span_m) = ground(direction, pixel_rad);
        let patches = 7.0 * grain(texture, place[0], place[1], 3.0, span_m)
            + 5.0 * grain(texture, place[0], place[1], 0.4, span_m);
        54.0 + patches - 26.0 * (distance_m / 400.0).min(1.0)
    };
    [level; 3]
}
