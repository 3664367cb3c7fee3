//! A person: walks with arms and legs, stands with feet apart; coat, trousers, skin and hair by lot.

use super::{Sprite, Stride, pick, shade};

const COATS: [[u8; 3]; 10] = [
    [196, 52, 46],
    [36, 92, 64],
    [108, 50, 126],
    [206, 126, 34],
    [34, 66, 136],
    [60, 62, 72],
    [28, 104, 118],
    [222, 210, 188],
    [214, 176, 48],
    [134, 30, 78],
];
const TROUSERS: [[u8; 3]; 6] = [[42, 46, 58], [58, 74, 112], [92, 84, 70], [34, 34, 36], [120, 108, 86], [70, 60, 54]];
const SKINS: [[u8; 3]; 5] = [[238, 200, 170], [222, 176, 140], [186, 134, 98], [134, 90, 62], [94, 62, 44]];
const HAIRS: [[u8; 3]; 5] = [[40, 30, 26], [86, 58, 36], [176, 138, 82], [128, 124, 120], [24, 22, 24]];

/// Angles at which limbs swing, forward first \[rad\].
struct Swing {
    thigh: [f64; 2],
    knee: [f64; 2],
    arm: [f64; 2],
    elbow: f64,
}

impl Swing {
    fn of(stride: &Stride) -> Self {
        let (sin, cos) = libm::sincos(stride.phase_rad);
        let swing = |size: f64| [size * sin * stride.pace, -size * sin * stride.pace];
        // The leg that comes forward is bent.
        let bent = |lift: f64| 0.12 + 0.55 * stride.pace * if lift > 0.0 { lift } else { 0.0 };
        Self { thigh: swing(0.42), knee: [bent(cos), bent(-cos)], arm: swing(-0.5), elbow: 0.15 + 0.35 * stride.pace }
    }
}

/// From `at`, `length` along `angle` from straight down, forward being to the right.
fn hang(at: [f64; 2], angle: f64, length: f64) -> [f64; 2] {
    let (sin, cos) = libm::sincos(angle);
    [at[0] + length * sin, at[1] + length * cos]
}

/// In units of the height; `aspect` is only looked at for how far the arms are from the body.
pub(super) fn sprite(lot: u64, stride: &Stride, aspect: f64) -> Sprite {
    let (coat, trousers) = (pick(lot, 1, &COATS), pick(lot, 2, &TROUSERS));
    let (skin, hair) = (pick(lot, 3, &SKINS), pick(lot, 4, &HAIRS));
    let swing = Swing::of(stride);
    let mut sprite = Sprite::default();
    let shoulder_wide = if aspect > 0.25 { 0.11 } else { 0.085 };
    // The far side first: darker, as it is in the shade of the body.
    for side in [1_usize, 0] {
        let (tone, apart) = if side == 1 { (0.72, -1.0) } else { (1.0, 1.0) };
        let hip = [apart * 0.035, 0.50];
        leg(
            &mut sprite,
            hip,
            swing.thigh[side] + apart * 0.05 * (1.0 - stride.pace),
            swing.knee[side],
            shade(trousers, tone),
        );
        if side == 1 {
            arm(
                &mut sprite,
                [-shoulder_wide * 0.8, 0.21],
                swing.arm[1] - 0.16,
                -swing.elbow,
                shade(coat, tone),
                shade(skin, tone),
            );
        }
    }
    torso(&mut sprite, shoulder_wide, lot, coat, trousers);
    head(&mut sprite, stride, skin, hair, lot);
    arm(&mut sprite, [shoulder_wide * 0.8, 0.21], swing.arm[0] + 0.16, swing.elbow, shade(coat, 1.08), skin);
    if stride.heading < 0.0 {
        sprite.mirror();
    }
    sprite
}

fn leg(sprite: &mut Sprite, hip: [f64; 2], thigh: f64, knee: f64, color: [u8; 3]) {
    let joint = hang(hip, thigh, 0.235);
    let ankle = hang(joint, thigh - knee, 0.225);
    sprite.limb(hip, joint, [0.056, 0.044], color);
    sprite.limb(joint, ankle, [0.043, 0.028], color);
    sprite.oval([ankle[0] + 0.022, ankle[1] + 0.022], [0.05, 0.02], [36, 30, 28]);
}

fn arm(sprite: &mut Sprite, shoulder: [f64; 2], upper: f64, elbow: f64, sleeve: [u8; 3], skin: [u8; 3]) {
    let joint = hang(shoulder, upper, 0.155);
    let wrist = hang(joint, upper + elbow, 0.14);
    sprite.oval([wrist[0], wrist[1] + 0.012], [0.020, 0.026], skin);
    sprite.limb(shoulder, joint, [0.036, 0.030], sleeve);
    sprite.limb(joint, wrist, [0.029, 0.022], sleeve);
}

fn torso(sprite: &mut Sprite, wide: f64, lot: u64, coat: [u8; 3], trousers: [u8; 3]) {
    sprite.limb([0.0, 0.12], [0.0, 0.18], [0.028, 0.034], shade(coat, 0.7));
    let waist = wide * 0.78;
    sprite.polygon(
        &[
            [-wide * 0.55, 0.155],
            [wide * 0.55, 0.155],
            [wide, 0.19],
            [wide * 0.95, 0.34],
            [waist, 0.53],
            [-waist, 0.53],
            [-wide * 0.95, 0.34],
            [-wide, 0.19],
        ],
        coat,
    );
    let at = |share: f64| (wide * 0.97 + (waist - wide * 0.97) * share, 0.20 + 0.31 * share);
    match lot % 3 {
        // Hoops.
        0 => {
            for hoop in 0..4_u32 {
                let (half, y) = at(f64::from(hoop) * 0.27);
                sprite.rect([-half * 0.96, y, half * 0.96, y + 0.028], shade(coat, 1.35));
            }
        }
        // A jacket over a shirt.
        1 => {
            sprite.polygon(&[[-0.03, 0.158], [0.03, 0.158], [0.012, 0.5], [-0.012, 0.5]], [232, 230, 224]);
            sprite.polygon(&[[-0.008, 0.17], [0.008, 0.17], [0.011, 0.36], [0.0, 0.39], [-0.011, 0.36]], [120, 32, 40]);
        }
        // A badge, and folds.
        _ => {
            sprite.rect([wide * 0.25, 0.24, wide * 0.6, 0.285], shade(coat, 0.6));
            sprite.polygon(&[[-wide * 0.9, 0.36], [-waist, 0.52], [-waist * 0.6, 0.52]], shade(coat, 0.8));
        }
    }
    sprite.rect([-waist * 0.98, 0.505, waist * 0.98, 0.532], shade(trousers, 0.6));
}

fn head(sprite: &mut Sprite, stride: &Stride, skin: [u8; 3], hair: [u8; 3], lot: u64) {
    let turned = 0.012 * stride.pace;
    sprite.oval([-turned, 0.066], [0.054, 0.066], hair);
    sprite.oval([turned, 0.080], [0.047, 0.058], skin);
    sprite.polygon(
        &[[-0.05 - turned, 0.062], [-0.036, 0.022], [0.0, 0.008], [0.036, 0.02], [0.046 - turned, 0.056], [0.0, 0.044]],
        hair,
    );
    if lot.is_multiple_of(2) {
        sprite.limb([-0.046 - turned, 0.07], [-0.05 - turned, 0.12], [0.014, 0.018], hair);
    }
    let eyes = 0.018 + turned;
    for x in [eyes, eyes - 0.036] {
        sprite.oval([x + turned, 0.076], [0.006, 0.005], [34, 28, 28]);
    }
    sprite.rect([-0.008 + 2.0 * turned, 0.108, 0.018 + 2.0 * turned, 0.113], shade(skin, 0.62));
}
