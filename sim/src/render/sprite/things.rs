//! Drone, ball, car, block: what is not a person.

use core::f64::consts::TAU;

use tiltyard_visca::SimTime;
use tiltyard_visca::num::max;

use super::super::scenery::hash;
use super::{Sprite, pick, shade};

const PAINTS: [[u8; 3]; 7] =
    [[176, 34, 38], [38, 70, 138], [206, 206, 202], [44, 46, 50], [52, 104, 76], [196, 150, 46], [124, 130, 138]];
const TRIMS: [[u8; 3]; 4] = [[214, 60, 40], [40, 120, 200], [230, 170, 30], [70, 170, 90]];

/// Body, two arms before and two behind, rotors as whirling discs, skids.
pub(super) fn drone(lot: u64, at: SimTime, aspect: f64) -> Sprite {
    let (shell, trim) = (shade(pick(lot, 1, &PAINTS), 0.8), pick(lot, 2, &TRIMS));
    let half = max(aspect, 0.6) / 2.0;
    let mut sprite = Sprite::default();
    let tip = half * 0.74;
    for (side, depth) in [(-1.0, 0.8), (1.0, 0.8), (-1.0, 1.0), (1.0, 1.0)] {
        let (x, y) = (side * tip * depth, 0.36 - 0.16 * (1.0 - depth) * 5.0 * 0.5);
        sprite.limb([0.0, 0.48], [x, y + 0.06], [0.05, 0.035], shade([70, 72, 78], depth));
        sprite.rect([x - 0.03, y - 0.08, x + 0.03, y + 0.08], shade([40, 40, 44], depth));
        sprite.oval([x, y - 0.1], [half * 0.26, 0.045], shade([150, 154, 160], depth));
        // Where the blade happens to be: 80 turns a second.
        let turn = at.as_secs_f64() * 80.0 + depth;
        let blade = half * 0.25 * libm::cos(TAU * (turn - libm::floor(turn)));
        sprite.limb([x - blade, y - 0.1], [x + blade, y - 0.1], [0.016, 0.016], [60, 60, 64]);
    }
    for side in [-1.0, 1.0] {
        let foot = side * half * 0.42;
        sprite.limb([side * half * 0.16, 0.62], [foot, 0.94], [0.028, 0.024], [52, 54, 58]);
        sprite.limb([foot - half * 0.18, 0.96], [foot + half * 0.18, 0.96], [0.03, 0.03], [52, 54, 58]);
    }
    sprite.oval([0.0, 0.5], [half * 0.30, 0.2], shell);
    sprite.oval([0.0, 0.43], [half * 0.22, 0.1], shade(shell, 1.3));
    sprite.rect([-half * 0.2, 0.53, half * 0.2, 0.58], trim);
    sprite.oval([0.0, 0.72], [0.1, 0.1], [30, 30, 34]);
    sprite.oval([0.02, 0.72], [0.05, 0.05], [70, 92, 130]);
    let blink = at.as_secs_f64() * 2.0;
    let lamp = if blink - libm::floor(blink) < 0.3 { [255, 70, 60] } else { [110, 30, 30] };
    sprite.oval([-half * 0.26, 0.5], [0.03, 0.03], lamp);
    sprite
}

/// White with dark patches that roll.
pub(super) fn ball(lot: u64, rolled_rad: f64) -> Sprite {
    let (leather, patch) = ([236, 234, 228], shade(pick(lot, 1, &PAINTS), 0.7));
    let mut sprite = Sprite::default();
    sprite.oval([0.0, 0.0], [0.5, 0.5], shade(leather, 0.74));
    sprite.oval([-0.03, -0.03], [0.45, 0.45], leather);
    // One patch in the middle, five about it, each as far as it looks from the side.
    let mut spot = |x: f64, y: f64, size: f64| {
        let corner = |turn: f64| {
            let (sin, cos) = libm::sincos(rolled_rad + TAU * turn / 5.0);
            [x + size * sin, y - size * cos]
        };
        sprite.polygon(&[0.0, 1.0, 2.0, 3.0, 4.0].map(corner), patch);
    };
    spot(0.0, 0.0, 0.14);
    for turn in 0..5 {
        let (sin, cos) = libm::sincos(rolled_rad + TAU * (f64::from(turn) + 0.5) / 5.0);
        spot(0.33 * sin, -0.33 * cos, 0.1);
    }
    sprite
}

/// From its side; the bonnet goes first.
pub(super) fn car(lot: u64, rolled_rad: f64, heading: f64, aspect: f64) -> Sprite {
    let (paint, glass) = (pick(lot, 1, &PAINTS), [64, 78, 92]);
    let half = max(aspect, 1.0) / 2.0;
    let x = |share: f64| share * half;
    let mut sprite = Sprite::default();
    sprite.polygon(
        &[
            [x(-0.98), 0.80],
            [x(-1.0), 0.46],
            [x(-0.92), 0.40],
            [x(-0.66), 0.06],
            [x(-0.52), 0.0],
            [x(0.10), 0.0],
            [x(0.24), 0.06],
            [x(0.48), 0.38],
            [x(0.92), 0.46],
            [x(1.0), 0.56],
            [x(0.99), 0.80],
        ],
        paint,
    );
    sprite.polygon(&[[x(-0.60), 0.36], [x(-0.50), 0.09], [x(-0.16), 0.08], [x(-0.16), 0.37]], glass);
    sprite.polygon(&[[x(-0.11), 0.37], [x(-0.11), 0.08], [x(0.08), 0.08], [x(0.18), 0.12], [x(0.36), 0.38]], glass);
    sprite.rect([x(-0.96), 0.70, x(0.96), 0.82], shade(paint, 0.55));
    sprite.rect([x(-0.15), 0.40, x(-0.135), 0.70], shade(paint, 0.6));
    sprite.rect([x(-0.30), 0.46, x(-0.20), 0.485], shade(paint, 0.5));
    sprite.polygon(&[[x(0.90), 0.48], [x(0.99), 0.55], [x(0.99), 0.62], [x(0.88), 0.58]], [250, 244, 214]);
    sprite.rect([x(-1.0), 0.46, x(-0.95), 0.56], [196, 30, 30]);
    for axle in [-0.60, 0.62] {
        let middle = [x(axle), 0.79];
        sprite.oval(middle, [0.21, 0.21], [26, 26, 28]);
        sprite.oval(middle, [0.13, 0.13], [150, 152, 156]);
        for spoke in 0..5 {
            let (sin, cos) = libm::sincos(rolled_rad + TAU * f64::from(spoke) / 5.0);
            sprite.limb(middle, [middle[0] + 0.11 * sin, middle[1] - 0.11 * cos], [0.018, 0.018], [84, 86, 92]);
        }
    }
    if heading < 0.0 {
        sprite.mirror();
    }
    sprite
}

/// A box of bricks: joints about every ninth of its height, the courses out of step.
pub(super) fn block(lot: u64, aspect: f64) -> Sprite {
    const STONES: [[u8; 3]; 4] = [[140, 138, 134], [150, 126, 108], [118, 120, 126], [164, 156, 140]];
    let stone = pick(lot, 1, &STONES);
    let half = aspect / 2.0;
    let mut sprite = Sprite::default();
    sprite.rect([-half, 0.0, half, 1.0], shade(stone, 0.72));
    let courses = 9_u32;
    let tall = 1.0 / f64::from(courses);
    let bricks = libm::round(max(aspect / tall / 2.0, 1.0));
    let bricks = if bricks > 40.0 { 40 } else { bricks as u32 };
    let wide = aspect / f64::from(bricks);
    for course in 0..courses {
        let top = f64::from(course) * tall;
        let shift = if course % 2 == 0 { 0.0 } else { wide * 0.5 };
        for brick in 0..=bricks {
            let left = -half + wide * f64::from(brick) - shift;
            let (from, to) = (max(left + wide * 0.02, -half), -max(-(left + wide * 0.98), -half));
            let tone = 0.9 + 0.2 * (hash(lot ^ u64::from(course * 64 + brick)) >> 40) as f64 / 16_777_216.0;
            if to > from {
                sprite.rect([from, top + tall * 0.05, to, top + tall * 0.95], shade(stone, tone));
            }
        }
    }
    sprite
}
