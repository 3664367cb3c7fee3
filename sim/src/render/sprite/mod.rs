//! Sprites: figures put together from ovals and polygons in solid colours, fitted to the box of the truth.
//!
//! A sprite is made in a plane of its own, in units of its height, x right and y down; when it is done, its bounds are
//! stretched to the box, so that it touches all four sides whatever its limbs do.

mod person;
mod things;

use tiltyard_visca::SimTime;
use tiltyard_visca::num::{max, min};
use tiny_skia::{Color, FillRule, Paint, PathBuilder, Pixmap, Rect, Shader, Transform};

use super::Figure;
use super::scenery::hash;
use crate::config::{Backdrop, Kind};
use crate::projection::{PixelBox, radians};

/// Part of a sprite.
#[derive(Clone, Debug)]
enum Outline {
    /// Left, top, right, bottom.
    Oval([f64; 4]),
    /// Corners, round about.
    Polygon(Vec<[f64; 2]>),
}

/// A figure, put together.
#[derive(Clone, Debug, Default)]
pub(super) struct Sprite {
    parts: Vec<(Outline, [u8; 3])>,
}

/// What a figure looks like at this moment; `aspect` is the width of its box over its height.
pub(super) fn of(figure: &Figure, at: SimTime, backdrop: Backdrop, aspect: f64) -> Sprite {
    let lot = lot_of(&figure.look.dress);
    let mut sprite = match figure.look.kind {
        Kind::Person => person::sprite(lot, &stride(figure), aspect),
        Kind::Drone => things::drone(lot, at, aspect),
        Kind::Ball => things::ball(lot, rolled(figure)),
        Kind::Car => things::car(lot, rolled(figure), heading(figure), aspect),
        Kind::Block => things::block(lot, aspect),
    };
    if backdrop == Backdrop::Thermal {
        sprite.warm(figure.look.kind != Kind::Block);
    }
    sprite
}

/// How a walker walks.
#[derive(Clone, Copy, Debug)]
struct Stride {
    /// Of a step to the left and one to the right, 0 ..= 2π \[rad\].
    phase_rad: f64,
    /// 0 stands, 1 walks.
    pace: f64,
    /// +1 to the right, −1 to the left.
    heading: f64,
}

/// Steps are paid for with way, so that feet do not slide: one cycle for 0.8 heights.
fn stride(figure: &Figure) -> Stride {
    let heights = figure.state.az_deg / max(figure.state.height_deg, 1e-9);
    let cycles = heights / 0.8;
    let way_deg = libm::fabs(figure.ends[1].az_deg - figure.ends[0].az_deg);
    // In an exposure of 8 ms somebody who walks 0.8 heights a second goes 0.0064 of them.
    let pace = min(way_deg / max(figure.state.height_deg, 1e-9) / 0.002, 1.0);
    Stride { phase_rad: radians(360.0 * (cycles - libm::floor(cycles))), pace, heading: heading(figure) }
}

/// +1 to the right, −1 to the left.
fn heading(figure: &Figure) -> f64 {
    if figure.ends[1].az_deg < figure.ends[0].az_deg { -1.0 } else { 1.0 }
}

/// How far something round has rolled \[rad\].
fn rolled(figure: &Figure) -> f64 {
    2.0 * figure.state.az_deg / max(figure.state.height_deg, 1e-9)
}

/// FNV-1a, 64 bits, and then mixed: equal words, equal dress.
fn lot_of(dress: &str) -> u64 {
    hash(
        dress.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)),
    )
}

/// One of some colours, by lot; `turn` makes lots of one lot.
fn pick<const N: usize>(lot: u64, turn: u64, colors: &[[u8; 3]; N]) -> [u8; 3] {
    let at = (hash(lot ^ (turn << 32)) % N as u64) as usize;
    colors.get(at).copied().unwrap_or([128; 3])
}

/// A colour times `factor`.
fn shade([red, green, blue]: [u8; 3], factor: f64) -> [u8; 3] {
    [red, green, blue].map(|part| min(libm::round(f64::from(part) * factor), 255.0) as u8)
}

impl Sprite {
    fn oval(&mut self, [x, y]: [f64; 2], [wide, tall]: [f64; 2], color: [u8; 3]) {
        self.parts.push((Outline::Oval([x - wide, y - tall, x + wide, y + tall]), color));
    }

    fn polygon(&mut self, corners: &[[f64; 2]], color: [u8; 3]) {
        self.parts.push((Outline::Polygon(corners.to_vec()), color));
    }

    fn rect(&mut self, [left, top, right, bottom]: [f64; 4], color: [u8; 3]) {
        self.polygon(&[[left, top], [right, top], [right, bottom], [left, bottom]], color);
    }

    /// From one round end to another.
    fn limb(&mut self, from: [f64; 2], to: [f64; 2], [thick, thin]: [f64; 2], color: [u8; 3]) {
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let length = max(libm::sqrt(dx * dx + dy * dy), 1e-9);
        let (nx, ny) = (-dy / length, dx / length);
        let side = |at: [f64; 2], radius: f64| [at[0] + nx * radius, at[1] + ny * radius];
        self.polygon(&[side(from, thick), side(to, thin), side(to, -thin), side(from, -thick)], color);
        self.oval(from, [thick, thick], color);
        self.oval(to, [thin, thin], color);
    }

    /// Turned round.
    fn mirror(&mut self) {
        for (outline, _) in &mut self.parts {
            match outline {
                Outline::Oval([left, _, right, _]) => (*left, *right) = (-*right, -*left),
                Outline::Polygon(corners) => corners.iter_mut().for_each(|corner| corner[0] = -corner[0]),
            }
        }
    }

    /// As a thermal camera sees it: colours to temperatures, of the living between 150 and 250.
    fn warm(&mut self, living: bool) {
        for (_, color) in &mut self.parts {
            let grey = color.iter().map(|part| u32::from(*part)).sum::<u32>() / 3;
            *color = [if living { 168 + grey * 70 / 255 } else { 44 + grey / 12 } as u8; 3];
        }
    }

    /// Left, top, right, bottom.
    fn bounds(&self) -> [f64; 4] {
        let none = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let reach = |[left, top, right, bottom]: [f64; 4], [x0, y0, x1, y1]: [f64; 4]| {
            [min(left, x0), min(top, y0), max(right, x1), max(bottom, y1)]
        };
        self.parts.iter().fold(none, |bounds, (outline, _)| match outline {
            Outline::Oval(sides) => reach(bounds, *sides),
            Outline::Polygon(corners) => corners.iter().fold(bounds, |bounds, &[x, y]| reach(bounds, [x, y, x, y])),
        })
    }

    /// Draws it into this box of a picture whose corner is at `origin`.
    pub fn paint(&self, canvas: &mut Pixmap, shape: &PixelBox, origin: [f64; 2]) {
        let [left, top, right, bottom] = self.bounds();
        let (corner_x, corner_y) =
            (shape.x_px - shape.w_px / 2.0 - origin[0], shape.y_px - shape.h_px / 2.0 - origin[1]);
        let (wide, tall) = (shape.w_px / max(right - left, 1e-9), shape.h_px / max(bottom - top, 1e-9));
        let place = |x: f64, y: f64| ((corner_x + (x - left) * wide) as f32, (corner_y + (y - top) * tall) as f32);
        for (outline, [red, green, blue]) in &self.parts {
            let mut path = PathBuilder::new();
            match outline {
                Outline::Oval([x0, y0, x1, y1]) => {
                    let ((x0, y0), (x1, y1)) = (place(*x0, *y0), place(*x1, *y1));
                    if let Some(sides) = Rect::from_ltrb(x0, y0, x1, y1) {
                        path.push_oval(sides);
                    }
                }
                Outline::Polygon(corners) => {
                    for (index, &[x, y]) in corners.iter().enumerate() {
                        let (x, y) = place(x, y);
                        if index == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
                    }
                    path.close();
                }
            }
            let Some(path) = path.finish() else { continue };
            let paint = Paint {
                shader: Shader::SolidColor(Color::from_rgba8(*red, *green, *blue, 255)),
                anti_alias: true,
                ..Paint::default()
            };
            canvas.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
        }
    }
}
