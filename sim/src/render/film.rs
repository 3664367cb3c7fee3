//! What the sensor makes of the light: brightness, and gain noise from the stream `video.noise`.
//!
//! Noise is Gaussian, of its own for each channel, quantised to whole steps of 255: one table of [`TABLE`] draws a run,
//! which each row of each picture enters at a place hashed from picture and row. So a picture's noise depends on its
//! number alone, and pictures may be drawn in any order, or not at all.

use super::scenery::hash;
use crate::rng;
use tiltyard_visca::num::clamp;

/// Draws; a power of two.
const TABLE: usize = 1 << 15;
/// Rows are read in pieces of so many draws; the table goes on with its own beginning, so that none runs over its end.
const PIECE: usize = 1 << 10;

/// A sensor.
#[derive(Clone, Debug)]
pub(super) struct Film {
    seed: u64,
    /// Empty without noise.
    noise: Vec<i8>,
}

impl Film {
    /// With noise of this standard deviation, as a share of full scale.
    pub fn new(sd: f64, seed: u64) -> Self {
        let mut stream = rng::stream(seed, "video.noise");
        let step = |stream: &mut rng::Stream| libm::round(clamp(stream.normal() * sd * 255.0, -127.0, 127.0)) as i8;
        let draws = if sd > 0.0 { TABLE } else { 0 };
        let mut noise: Vec<i8> = (0..draws).map(|_| step(&mut stream)).collect();
        noise.extend_from_within(..draws.min(PIECE));
        Self { seed, noise }
    }

    /// Four bytes a pixel to three, times `light`, with the noise of picture `id`.
    pub fn expose(&self, pixels: &[u8], width_px: u32, light: f64, id: u64) -> Vec<u8> {
        let width = width_px as usize;
        let gain = libm::round(clamp(light, 0.0, 8.0) * 256.0) as u32;
        let mut film = vec![0_u8; pixels.len() / 4 * 3];
        for (y, (target, row)) in film.chunks_exact_mut(width * 3).zip(pixels.chunks_exact(width * 4)).enumerate() {
            if gain == 256 {
                for (target, pixel) in target.chunks_exact_mut(3).zip(row.chunks_exact(4)) {
                    target.copy_from_slice(&pixel[..3]);
                }
            } else {
                for (target, pixel) in target.chunks_exact_mut(3).zip(row.chunks_exact(4)) {
                    for (byte, part) in target.iter_mut().zip(pixel) {
                        *byte = ((u32::from(*part) * gain) >> 8).min(255) as u8;
                    }
                }
            }
            if !self.noise.is_empty() {
                self.grain(target, self.seed ^ (id << 20) ^ y as u64);
            }
        }
        film
    }

    fn grain(&self, row: &mut [u8], key: u64) {
        for (index, piece) in row.chunks_mut(PIECE).enumerate() {
            let from = hash(key ^ ((index as u64) << 56)) as usize & (TABLE - 1);
            for (byte, noise) in piece.iter_mut().zip(self.noise.get(from..).unwrap_or_default()) {
                *byte = byte.saturating_add_signed(*noise);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(sd: f64, light: f64, id: u64) -> Vec<u8> {
        Film::new(sd, 7).expose(&vec![100; 640 * 90 * 4], 640, light, id)
    }

    #[test]
    fn noise_has_the_size_it_was_told_and_no_mean() {
        // 172,800 draws from a table of 32,768: standard error of the mean 5.1 / √32768 = 0.03, of σ̂ 0.02; four each.
        let film = grey(0.02, 1.0, 3);
        let values: Vec<f64> = film.iter().map(|byte| f64::from(*byte) - 100.0).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let sd = (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt();
        assert!(mean.abs() < 0.12 && (sd - 5.1).abs() < 0.1, "mean {mean} sd {sd}");
    }

    #[test]
    fn pictures_differ_in_their_noise_and_repeat_it() {
        assert_eq!(grey(0.02, 1.0, 3), grey(0.02, 1.0, 3));
        assert_ne!(grey(0.02, 1.0, 3), grey(0.02, 1.0, 4));
        assert_eq!(grey(0.0, 1.0, 3), grey(0.0, 1.0, 4));
    }

    #[test]
    fn light_scales_and_ends_at_white() {
        assert!(grey(0.0, 0.5, 0).iter().all(|byte| *byte == 50));
        assert!(grey(0.0, 4.0, 0).iter().all(|byte| *byte == 255));
    }
}
