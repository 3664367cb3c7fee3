//! The blob detector: bright spots, as a thermal camera shows whoever is warm.
//!
//! Brightness of each pixel (ITU-R BT.601, in 256ths) → threshold, fixed or Otsu's (*A threshold selection method from
//! gray-level histograms*, 1979) → 8-connected components of what is above it → those whose area is within limits. A
//! blob's confidence is how far its mean brightness lies above the threshold, from 0.5 at the threshold to 1 at white.
//!
//! The order is that of the blobs' first pixels, row by row. Does not model: shape, heat, anything but brightness; two
//! who touch are one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::clamp;
use tiltyard_visca::{State, Visit};

use super::{ClaheConfig, Detection, Detector};
use crate::stack::frame::{Frame, PixelBox};

/// What is a blob.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlobConfig {
    /// Contrast is evened out first; not where absent.
    pub clahe: Option<ClaheConfig>,
    /// Brightness from which a pixel belongs to one, 0 ..= 255; Otsu's of each picture where absent.
    pub threshold: Option<u8>,
    /// Otsu's threshold is not taken below this: a picture without anybody has one, too.
    pub contrast_min: u8,
    /// Smallest area \[px\].
    pub area_min_px: u32,
    /// Largest area \[px\].
    pub area_max_px: u32,
    /// What a blob is called.
    pub label: Arc<str>,
}

impl Default for BlobConfig {
    fn default() -> Self {
        Self {
            clahe: None,
            threshold: None,
            contrast_min: 40,
            area_min_px: 30,
            area_max_px: u32::MAX,
            label: Arc::from("person"),
        }
    }
}

/// Finds bright spots; a frame without pixels has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blob {
    config: BlobConfig,
}

impl Blob {
    /// A detector of these.
    pub const fn new(config: BlobConfig) -> Self {
        Self { config }
    }
}

impl Detector for Blob {
    fn name(&self) -> &'static str {
        "blob"
    }

    fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>) {
        let Some(pixels) = &frame.pixels else { return };
        let luma: Vec<u8> = pixels.rgb.chunks_exact(3).map(brightness).collect();
        let Some(threshold) = self.config.threshold.or_else(|| otsu(&luma, self.config.contrast_min)) else { return };
        for blob in blobs(&luma, pixels.width_px as usize, threshold) {
            if !(self.config.area_min_px..=self.config.area_max_px).contains(&blob.area_px) {
                continue;
            }
            let mean = blob.sum as f64 / f64::from(blob.area_px);
            let above = (mean - f64::from(threshold)) / (256.0 - f64::from(threshold));
            found.push(Detection {
                label: Arc::clone(&self.config.label),
                confidence: clamp(0.5 + 0.5 * above, 0.0, 1.0),
                bbox: blob.bbox(),
            });
        }
    }
}

/// It has no memory of earlier frames.
impl State for Blob {
    fn visit(&self, _: &mut dyn Visit) {}
}

/// 0.299 R + 0.587 G + 0.114 B.
fn brightness(pixel: &[u8]) -> u8 {
    let part = |index: usize| u32::from(pixel.get(index).copied().unwrap_or(0));
    ((77 * part(0) + 150 * part(1) + 29 * part(2)) >> 8) as u8
}

/// The lowest brightness of the brighter of two classes whose means lie furthest apart, weighed by their sizes; `None`
/// when the means are less than `contrast_min` apart.
fn otsu(luma: &[u8], contrast_min: u8) -> Option<u8> {
    let mut histogram = [0_u64; 256];
    for level in luma {
        histogram[usize::from(*level)] += 1;
    }
    let all = luma.len() as u64;
    let total: u64 = histogram.iter().zip(0_u64..).map(|(count, level)| count * level).sum();
    let (mut dark, mut dark_sum) = (0_u64, 0_u64);
    let mut best: Option<(f64, u8)> = None;
    for (level, count) in (0_u8..=254).zip(&histogram) {
        dark += count;
        dark_sum += count * u64::from(level);
        let bright = all - dark;
        if dark == 0 || bright == 0 {
            continue;
        }
        let apart = (total - dark_sum) as f64 / bright as f64 - dark_sum as f64 / dark as f64;
        let between = dark as f64 * bright as f64 * apart * apart;
        if apart >= f64::from(contrast_min) && best.is_none_or(|(most, _)| between > most) {
            best = Some((between, level + 1));
        }
    }
    best.map(|(_, threshold)| threshold)
}

/// A connected spot: its bounds, all inside, its area and the sum of its brightness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
    /// Pixels that belong to it.
    pub area_px: u32,
    sum: u64,
}

impl Spot {
    /// About all of it.
    pub fn bbox(&self) -> PixelBox {
        PixelBox {
            x_px: f64::from(self.left),
            y_px: f64::from(self.top),
            w_px: f64::from(self.right + 1 - self.left),
            h_px: f64::from(self.bottom + 1 - self.top),
        }
    }

    fn join(&mut self, other: &Self) {
        self.left = self.left.min(other.left);
        self.top = self.top.min(other.top);
        self.right = self.right.max(other.right);
        self.bottom = self.bottom.max(other.bottom);
        self.area_px += other.area_px;
        self.sum += other.sum;
    }
}

/// 8-connected components of the pixels from `threshold` on: runs of each row are joined with those they touch in the
/// row before, by union and find.
pub(super) fn blobs(luma: &[u8], width: usize, threshold: u8) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    let mut parents: Vec<usize> = Vec::new();
    // (first column, column after the last, spot) of the runs of the row before, and of this one.
    let (mut before, mut here): (Vec<(u32, u32, usize)>, Vec<_>) = (Vec::new(), Vec::new());
    for (row, y) in luma.chunks_exact(width).zip(0_u32..) {
        here.clear();
        let mut at = 0;
        while let Some(from) = row.iter().skip(at).position(|level| *level >= threshold).map(|ahead| at + ahead) {
            let length = row.iter().skip(from).position(|level| *level < threshold).unwrap_or(width - from);
            at = from + length;
            let sum = row.iter().skip(from).take(length).map(|level| u64::from(*level)).sum();
            let spot = spots.len();
            let (left, right) = (from as u32, at as u32 - 1);
            spots.push(Spot { left, top: y, right, bottom: y, area_px: length as u32, sum });
            parents.push(spot);
            let touches = |run: &&(u32, u32, usize)| run.0 <= at as u32 && run.1 >= left;
            for (_, _, other) in before.iter().filter(touches) {
                let (one, other) = (find(&mut parents, spot), find(&mut parents, *other));
                // The older is the parent, so that the order is that of first pixels.
                parents[one.max(other)] = one.min(other);
            }
            here.push((left, at as u32, spot));
        }
        core::mem::swap(&mut before, &mut here);
    }
    for spot in (0..spots.len()).rev() {
        let parent = find(&mut parents, spot);
        if parent != spot {
            let part = spots[spot];
            spots[parent].join(&part);
        }
    }
    (0..spots.len()).filter(|spot| parents[*spot] == *spot).map(|spot| spots[spot]).collect()
}

/// The oldest that a spot is joined to.
fn find(parents: &mut [usize], mut spot: usize) -> usize {
    while parents[spot] != spot {
        parents[spot] = parents[parents[spot]];
        spot = parents[spot];
    }
    spot
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::frame::{Content, Pixels};
    use tiltyard_visca::SimTime;

    /// A picture of letters: `#` is bright, `+` half, all else dark.
    fn frame(rows: &[&str]) -> Frame {
        let level = |c: char| match c {
            '#' => 220,
            '+' => 120,
            _ => 20,
        };
        let rgb: Vec<u8> = rows.iter().flat_map(|row| row.chars()).flat_map(|c| [level(c); 3]).collect();
        let (width_px, height_px) = (rows[0].len() as u32, rows.len() as u32);
        Frame {
            seq: 0,
            picture: 0,
            captured_at: SimTime::ZERO,
            arrived_at: SimTime::ZERO,
            width_px,
            height_px,
            content: Content::Truth { boxes: Arc::new([]), miss_probability: 0.0 },
            pixels: Some(Pixels { width_px, height_px, rgb: Arc::new(rgb) }),
        }
    }

    fn found(config: &BlobConfig, rows: &[&str]) -> Vec<[f64; 4]> {
        let mut found = Vec::new();
        Blob::new(config.clone()).detect(&frame(rows), &mut found);
        found.iter().map(|found| [found.bbox.x_px, found.bbox.y_px, found.bbox.w_px, found.bbox.h_px]).collect()
    }

    fn small() -> BlobConfig {
        BlobConfig { area_min_px: 2, ..BlobConfig::default() }
    }

    #[test]
    fn spots_are_joined_over_corners_and_from_below() {
        let rows = [
            "..........", //
            ".#..#...##",
            ".#..#...##",
            "..##......",
            "........#.",
        ];
        assert_eq!(found(&small(), &rows), [[1.0, 1.0, 4.0, 3.0], [8.0, 1.0, 2.0, 2.0]]);
        assert_eq!(found(&BlobConfig { area_min_px: 1, ..small() }, &rows).len(), 3);
        assert_eq!(found(&BlobConfig { area_max_px: 5, ..small() }, &rows), [[8.0, 1.0, 2.0, 2.0]]);
    }

    #[test]
    fn otsu_parts_the_bright_from_the_rest_and_a_fixed_threshold_does_as_told() {
        let rows = ["++........", "++...###..", ".....###..", ".........."];
        assert_eq!(found(&BlobConfig { threshold: Some(100), ..small() }, &rows).len(), 2);
        assert_eq!(found(&BlobConfig { threshold: Some(200), ..small() }, &rows), [[5.0, 1.0, 3.0, 2.0]]);
        // Sizes 30, 4, 6 of 20, 120, 220: between-class variance is largest above 20.
        assert_eq!(otsu(&[vec![20; 30], vec![120; 4], vec![220; 6]].concat(), 40), Some(21));
        assert_eq!(otsu(&[vec![20; 30], vec![50; 6]].concat(), 40), None, "nobody is there");
        assert_eq!(otsu(&[20; 30], 0), None);
    }

    #[test]
    fn brighter_is_surer_and_without_pixels_there_is_nobody() {
        let mut detections = Vec::new();
        let config = BlobConfig { threshold: Some(100), ..small() };
        Blob::new(config.clone()).detect(&frame(&["++..##", "++..##"]), &mut detections);
        assert!(detections[1].confidence > detections[0].confidence && detections[0].confidence > 0.5);
        detections.clear();
        Blob::new(config).detect(&Frame { pixels: None, ..frame(&["##"]) }, &mut detections);
        assert_eq!(detections, []);
    }
}
