//! What shutter and lens do to a picture: motion blur and defocus.
//!
//! Motion blur is the mean of the picture in places along the way, at most a pixel apart up to [`TAPS_MAX`] of them.
//! Defocus is a box blur, twice each way, whose radius is the blur's. At its edges a picture goes on as it ends.
//!
//! Four bytes a pixel; of a layer with transparency they are premultiplied, so that a mean is a mean.

use tiltyard_visca::num::{clamp, max};

/// Longest blur \[px\]; further apart, the places stay as many.
const TRAVEL_MAX_PX: f64 = 256.0;
/// Most places of a blur.
const TAPS_MAX: usize = 48;
/// A shorter way than this is none \[px\].
const STILL_PX: f64 = 0.5;

/// How far something runs during the exposure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Smear {
    x_px: f64,
    y_px: f64,
}

impl Smear {
    /// To the right and down \[px\].
    pub fn new(x_px: f64, y_px: f64) -> Self {
        let longest = max(libm::fabs(x_px), libm::fabs(y_px));
        let share = if longest > TRAVEL_MAX_PX { TRAVEL_MAX_PX / longest } else { 1.0 };
        Self { x_px: x_px * share, y_px: y_px * share }
    }

    /// The longer of its two sides \[px\].
    fn length_px(self) -> f64 {
        max(libm::fabs(self.x_px), libm::fabs(self.y_px))
    }

    /// Too short to show.
    pub fn is_still(self) -> bool {
        self.length_px() < STILL_PX
    }

    /// How far a smeared thing reaches beyond itself \[px\].
    pub fn reach_px(self) -> f64 {
        if self.is_still() { 0.0 } else { libm::ceil(self.length_px() / 2.0) }
    }

    /// Places along the way, about its middle, whole pixels to the right and down.
    fn taps(self) -> Vec<(i32, i32)> {
        let taps = (libm::ceil(self.length_px()) as usize + 1).min(TAPS_MAX);
        let place = |tap: usize| {
            let share = tap as f64 / (taps - 1) as f64 - 0.5;
            (libm::round(self.x_px * share) as i32, libm::round(self.y_px * share) as i32)
        };
        (0..taps).map(place).collect()
    }
}

/// Blurs a picture of this size along the way.
pub(super) fn smear(pixels: &mut [u8], (width, height): (u32, u32), smear: Smear) {
    if smear.is_still() {
        return;
    }
    let (taps, stride) = (smear.taps(), width as usize * 4);
    let source = pixels.to_vec();
    let mut sums = vec![0_u16; stride];
    let divisor = 65_536 / taps.len() as u32 + 1;
    for (y, target) in pixels.chunks_exact_mut(stride).enumerate() {
        sums.fill(0);
        for (dx, dy) in &taps {
            let from = (y as i32 - dy).clamp(0, height as i32 - 1) as usize;
            if let Some(row) = source.get(from * stride..(from + 1) * stride) {
                add_shifted(&mut sums, row, *dx);
            }
        }
        for (byte, sum) in target.iter_mut().zip(&sums) {
            *byte = ((u32::from(*sum) * divisor) >> 16) as u8;
        }
    }
}

/// Adds a row moved `dx` pixels to the right.
fn add_shifted(sums: &mut [u16], row: &[u8], dx: i32) {
    let shift = (dx.unsigned_abs() as usize * 4).min(row.len());
    let add = |sums: &mut [u16], row: &[u8]| {
        for (sum, byte) in sums.iter_mut().zip(row) {
            *sum += u16::from(*byte);
        }
    };
    let repeat = |sums: &mut [u16], pixel: Option<&[u8]>| {
        for (sum, byte) in sums.iter_mut().zip(pixel.unwrap_or(&[0; 4]).iter().cycle()) {
            *sum += u16::from(*byte);
        }
    };
    if dx >= 0 {
        let (edge, inner) = sums.split_at_mut(shift);
        add(inner, row);
        repeat(edge, row.get(..4));
    } else {
        let (inner, edge) = sums.split_at_mut(row.len() - shift);
        add(inner, row.get(shift..).unwrap_or_default());
        repeat(edge, row.get(row.len() - 4..));
    }
}

/// Blurs a picture of this size with this radius; a radius below half a pixel changes nothing.
pub(super) fn defocus(pixels: &mut [u8], (width, height): (u32, u32), radius_px: f64) {
    let radius = libm::round(clamp(radius_px, 0.0, 24.0)) as usize;
    if radius == 0 {
        return;
    }
    let (stride, height) = (width as usize * 4, height as usize);
    let mut scratch = Scratch::default();
    for _ in 0..2 {
        for row in pixels.chunks_exact_mut(stride) {
            box_row(row, radius, &mut scratch.padded);
        }
        scratch.picture.clear();
        scratch.picture.extend_from_slice(pixels);
        box_columns(pixels, &scratch.picture, stride, height, radius);
    }
}

/// Copies to read from while the picture is written.
#[derive(Default)]
struct Scratch {
    padded: Vec<u8>,
    picture: Vec<u8>,
}

/// What a sum is multiplied with to be a mean, in 65536ths. Sums stay below 2¹⁶: 49 places of 255.
fn share_of(radius: usize) -> u32 {
    65_536 / (2 * radius as u32 + 1) + 1
}

/// Running mean of 2 · radius + 1 pixels along a row.
fn box_row(row: &mut [u8], radius: usize, padded: &mut Vec<u8>) {
    let (Some(first), Some(last)) = (row.first_chunk::<4>().copied(), row.last_chunk::<4>().copied()) else { return };
    padded.clear();
    (0..=radius).for_each(|_| padded.extend_from_slice(&first));
    padded.extend_from_slice(row);
    (0..=radius).for_each(|_| padded.extend_from_slice(&last));
    let share = share_of(radius);
    let mut sums = [0_u32; 4];
    let (places, _) = padded.as_chunks::<4>();
    // The window of the pixel before the first.
    for pixel in places.iter().take(2 * radius + 1) {
        sums.iter_mut().zip(pixel).for_each(|(sum, byte)| *sum += u32::from(*byte));
    }
    let comes = places.get(2 * radius + 1..).unwrap_or_default();
    for ((target, goes), comes) in row.as_chunks_mut::<4>().0.iter_mut().zip(places).zip(comes) {
        for part in 0..4 {
            sums[part] = sums[part] + u32::from(comes[part]) - u32::from(goes[part]);
            target[part] = ((sums[part] * share) >> 16) as u8;
        }
    }
}

/// The same down all columns at once.
fn box_columns(pixels: &mut [u8], source: &[u8], stride: usize, height: usize, radius: usize) {
    let row =
        |at: usize| source.get(at.min(height - 1) * stride..(at.min(height - 1) + 1) * stride).unwrap_or_default();
    let share = share_of(radius);
    let mut sums: Vec<u16> = row(0).iter().map(|byte| u16::from(*byte) * (radius as u16 + 1)).collect();
    for at in 1..=radius {
        sums.iter_mut().zip(row(at)).for_each(|(sum, byte)| *sum += u16::from(*byte));
    }
    for (y, target) in pixels.chunks_exact_mut(stride).enumerate() {
        let (comes, goes) = (row(y + radius + 1), row(y.saturating_sub(radius)));
        for (((byte, sum), comes), goes) in target.iter_mut().zip(&mut sums).zip(comes).zip(goes) {
            *byte = ((u32::from(*sum) * share) >> 16) as u8;
            *sum = *sum + u16::from(*comes) - u16::from(*goes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A white pixel in the middle of black, 32 × 32.
    fn dot() -> Vec<u8> {
        let mut pixels = vec![0; 32 * 32 * 4];
        pixels[(16 * 32 + 16) * 4..][..4].fill(255);
        pixels
    }

    /// Columns and rows that are not black.
    fn reach(pixels: &[u8]) -> [usize; 4] {
        let lit: Vec<(usize, usize)> =
            (0..32 * 32).filter(|at| pixels[at * 4] > 0).map(|at| (at % 32, at / 32)).collect();
        let (columns, rows) = (lit.iter().map(|at| at.0), lit.iter().map(|at| at.1));
        [columns.clone().min(), columns.max(), rows.clone().min(), rows.max()].map(|end| end.unwrap_or(99))
    }

    #[test]
    fn a_smear_lies_about_the_middle_and_keeps_the_light() {
        let mut pixels = dot();
        smear(&mut pixels, (32, 32), Smear::new(8.0, 4.0));
        assert_eq!(reach(&pixels), [12, 20, 14, 18]);
        let light: u32 = pixels.iter().step_by(4).map(|byte| u32::from(*byte)).sum();
        assert!((250..=256).contains(&light), "{light}");
    }

    #[test]
    fn a_flat_picture_stays_flat_up_to_its_edges() {
        for (x_px, y_px) in [(9.0, 0.0), (-9.0, 5.0), (0.0, -40.0), (700.0, 0.0)] {
            let mut pixels = vec![200; 32 * 32 * 4];
            smear(&mut pixels, (32, 32), Smear::new(x_px, y_px));
            defocus(&mut pixels, (32, 32), 3.0);
            assert!(pixels.iter().all(|byte| (199..=201).contains(byte)), "{x_px} {y_px}");
        }
    }

    #[test]
    fn defocus_spreads_evenly_and_a_small_one_not_at_all() {
        let mut pixels = dot();
        defocus(&mut pixels, (32, 32), 0.4);
        assert_eq!(pixels, dot());
        defocus(&mut pixels, (32, 32), 1.2);
        assert_eq!(reach(&pixels), [14, 18, 14, 18], "twice a radius of one");
    }
}
