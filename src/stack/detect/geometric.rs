//! The geometric detector: truth boxes, made as bad as a real detector's.
//!
//! Per truth box and frame, in the order of the targets: its visible part → not reported when that is too little or
//! too small → missed with probability 1 − (1 − own)(1 − picture's) → centre and size disturbed by Gaussian
//! noise → clipped again. Then false positives: a Poisson count of boxes anywhere in the picture.
//!
//! Random numbers per frame and box are drawn whether they are used or not, so that a miss does not move the noise of
//! the frames after it. Does not model motion blur, defocus or confusion of labels: those need pixels.

use std::sync::Arc;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, max, normal_of};
use tiltyard_visca::{State, Visit};

use super::{Detection, Detector};
use crate::stack::frame::{Content, Frame, PixelBox};

/// How bad the detector is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeometricConfig {
    /// Standard deviation of the box centre on each axis, in units of the box's own width and height \[ratio\].
    pub centre_noise: f64,
    /// Standard deviation of width and height, in units of themselves \[ratio\].
    pub size_noise: f64,
    /// Standard deviation of the box centre on each axis that does not depend on the box \[px\].
    pub centre_noise_px: f64,
    /// Probability of missing a target that is there, 0 ..= 1.
    pub miss_probability: f64,
    /// Mean number of false boxes a frame, ≥ 0.
    pub false_positives_per_frame: f64,
    /// Boxes of which a smaller share can be seen are not found, 0 ..= 1.
    pub visible_fraction_min: f64,
    /// Boxes of less height are not found \[px\].
    pub height_min_px: f64,
}

impl Default for GeometricConfig {
    fn default() -> Self {
        Self {
            centre_noise: 0.01,
            size_noise: 0.02,
            centre_noise_px: 0.0,
            miss_probability: 0.0,
            false_positives_per_frame: 0.0,
            visible_fraction_min: 0.3,
            height_min_px: 8.0,
        }
    }
}

/// Truth boxes, made as bad as a real detector's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geometric {
    config: GeometricConfig,
    rng: ChaCha8Rng,
}

impl Geometric {
    /// A detector that draws from `rng` and from nothing else.
    pub const fn new(config: GeometricConfig, rng: ChaCha8Rng) -> Self {
        Self { config, rng }
    }

    /// Uniform in 0 .. 1.
    fn uniform(&mut self) -> f64 {
        // The top 53 bits, as a multiple of 2⁻⁵³: exact, so equal everywhere.
        (self.rng.random::<u64>() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    fn normal(&mut self) -> f64 {
        normal_of(self.rng.random())
    }

    /// Knuth's product method: fine for the small means that make sense here.
    fn poisson(&mut self, mean: f64) -> u32 {
        if mean <= 0.0 {
            return 0;
        }
        let (limit, mut product, mut count) = (libm::exp(-mean), self.uniform(), 0);
        while product > limit && count < 1000 {
            product *= self.uniform();
            count += 1;
        }
        count
    }
}

impl Detector for Geometric {
    fn name(&self) -> &'static str {
        "geometric"
    }

    fn reseed(&mut self, rng: ChaCha8Rng) {
        self.rng = rng;
    }

    fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>) {
        let Content::Truth { boxes, miss_probability } = &frame.content;
        let (width_px, height_px) = (f64::from(frame.width_px), f64::from(frame.height_px));
        let config = self.config;
        let miss = 1.0 - (1.0 - config.miss_probability) * (1.0 - miss_probability);
        for truth in boxes.iter() {
            let draws = [self.normal(), self.normal(), self.normal(), self.normal()];
            let (missed, confidence) = (self.uniform() < miss, 0.95 - 0.1 * self.uniform());
            let Some(seen) = truth.visible.clipped(width_px, height_px) else { continue };
            if missed || truth.visible_fraction < config.visible_fraction_min || seen.h_px < config.height_min_px {
                continue;
            }
            let [x, y] = seen.centre_px();
            let x = x + draws[0] * (config.centre_noise * seen.w_px + config.centre_noise_px);
            let y = y + draws[1] * (config.centre_noise * seen.h_px + config.centre_noise_px);
            let w_px = max(seen.w_px * (1.0 + config.size_noise * draws[2]), 1.0);
            let h_px = max(seen.h_px * (1.0 + config.size_noise * draws[3]), 1.0);
            let noisy = PixelBox { x_px: x - w_px * 0.5, y_px: y - h_px * 0.5, w_px, h_px };
            if let Some(bbox) = noisy.clipped(width_px, height_px) {
                found.push(Detection { label: Arc::clone(&truth.label), confidence, bbox });
            }
        }
        for _ in 0..self.poisson(config.false_positives_per_frame) {
            let draws = [self.uniform(), self.uniform(), self.uniform(), self.uniform()];
            let h_px = height_px * (0.05 + 0.2 * draws[2]);
            let w_px = h_px * 0.4;
            let bbox = PixelBox {
                x_px: draws[0] * max(width_px - w_px, 0.0),
                y_px: draws[1] * max(height_px - h_px, 0.0),
                w_px,
                h_px,
            };
            let label = boxes.first().map_or_else(|| Arc::from("person"), |truth| Arc::clone(&truth.label));
            found.push(Detection { label, confidence: clamp(0.35 + 0.4 * draws[3], 0.0, 1.0), bbox });
        }
    }
}

impl State for Geometric {
    fn visit(&self, v: &mut dyn Visit) {
        let position = self.rng.get_word_pos();
        v.u64("draws", position as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::frame::TruthBox;
    use rand::SeedableRng;
    use tiltyard_visca::SimTime;

    fn frame(boxes: Vec<PixelBox>, miss_probability: f64) -> Frame {
        let boxes = boxes.into_iter().enumerate().map(|(i, bbox)| TruthBox {
            target: i as u32,
            label: Arc::from("person"),
            bbox,
            visible_fraction: 1.0,
            visible: bbox,
        });
        Frame {
            seq: 0,
            picture: 0,
            captured_at: SimTime::ZERO,
            arrived_at: SimTime::ZERO,
            width_px: 1280,
            height_px: 720,
            content: Content::Truth { boxes: boxes.collect(), miss_probability },
            pixels: None,
        }
    }

    fn run(config: GeometricConfig, miss_probability: f64, frames: usize) -> Vec<Vec<Detection>> {
        let mut detector = Geometric::new(config, ChaCha8Rng::seed_from_u64(7));
        let frame = frame(vec![PixelBox { x_px: 600.0, y_px: 300.0, w_px: 80.0, h_px: 200.0 }], miss_probability);
        let detect = |_| {
            let mut found = Vec::new();
            detector.detect(&frame, &mut found);
            found
        };
        (0..frames).map(detect).collect()
    }

    #[test]
    fn noise_has_the_size_it_was_told() {
        // σ of the centre is 0.05 · 80 px = 4 px; 4,000 samples give it to ±0.15 px (3σ of σ̂ = 4/√(2n)).
        let config = GeometricConfig { centre_noise: 0.05, size_noise: 0.0, ..GeometricConfig::default() };
        let centres: Vec<f64> = run(config, 0.0, 4000).iter().map(|found| found[0].bbox.centre_px()[0]).collect();
        let mean = centres.iter().sum::<f64>() / 4000.0;
        let sd = (centres.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 4000.0).sqrt();
        assert!((mean - 640.0).abs() < 0.2 && (sd - 4.0).abs() < 0.15, "mean {mean} sd {sd}");
    }

    #[test]
    fn misses_come_from_the_detector_and_from_the_picture() {
        // 1 − 0.8 · 0.5 = 60 % missed; ±3σ = ±3·√(0.24/4000) = ±2.4 %.
        let config = GeometricConfig { miss_probability: 0.2, ..GeometricConfig::default() };
        let missed = run(config, 0.5, 4000).iter().filter(|found| found.is_empty()).count() as f64 / 4000.0;
        assert!((missed - 0.6).abs() < 0.024, "{missed}");
    }

    #[test]
    fn a_miss_does_not_move_the_noise_of_later_frames() {
        let sure = run(GeometricConfig::default(), 0.0, 50);
        let unsure = run(GeometricConfig { miss_probability: 0.5, ..GeometricConfig::default() }, 0.0, 50);
        let kept = sure.iter().zip(&unsure).filter(|(_, found)| !found.is_empty());
        assert!(kept.clone().count() > 10);
        for (a, b) in kept {
            assert_eq!(a[0].bbox, b[0].bbox);
        }
    }

    #[test]
    fn of_somebody_who_is_covered_the_visible_part_is_found_unless_it_is_too_little() {
        let config = GeometricConfig { centre_noise: 0.0, size_noise: 0.0, ..GeometricConfig::default() };
        let whole = PixelBox { x_px: 600.0, y_px: 300.0, w_px: 80.0, h_px: 200.0 };
        let found = |visible_fraction, visible_fraction_min, visible| {
            let mut frame = frame(vec![whole], 0.0);
            let Content::Truth { boxes, .. } = &mut frame.content;
            *boxes = [TruthBox { visible_fraction, visible, ..boxes[0].clone() }].into();
            let mut found = Vec::new();
            let config = GeometricConfig { visible_fraction_min, ..config };
            Geometric::new(config, ChaCha8Rng::seed_from_u64(7)).detect(&frame, &mut found);
            found.first().map(|found| found.bbox)
        };
        let left = PixelBox { w_px: 32.0, ..whole };
        assert_eq!(found(0.4, 0.3, left), Some(left));
        assert_eq!(found(0.29, 0.3, left), None);
        assert_eq!(found(0.0, 0.0, PixelBox { w_px: 0.0, h_px: 0.0, ..whole }), None, "nothing is nothing");
    }

    #[test]
    fn false_positives_have_their_mean() {
        // 4,000 frames · 0.5 = 2,000 ± 3·√2000 = ±134.
        let config = GeometricConfig { false_positives_per_frame: 0.5, ..GeometricConfig::default() };
        let extra: usize = run(config, 0.0, 4000).iter().map(|found| found.len() - 1).sum();
        assert!(extra.abs_diff(2000) < 134, "{extra}");
    }
}
