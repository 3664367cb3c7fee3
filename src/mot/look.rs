//! Detections in the pictures of a video, as rows.

use std::sync::Arc;

use tiltyard_visca::SimTime;

use super::Row;
use crate::stack::detect::Detector;
use crate::stack::frame::{Content, Frame, Pixels};

/// What a detector finds in pictures, frames counted from 1. An error is a sentence: of the pictures, or of a detector
/// that cannot look.
pub fn look(
    pictures: impl IntoIterator<Item = Result<Pixels, String>>,
    detector: &mut dyn Detector,
    label: &str,
) -> Result<Vec<Row>, String> {
    let (mut rows, mut found) = (Vec::new(), Vec::new());
    for (picture, number) in pictures.into_iter().zip(1_u32..) {
        let pixels = picture?;
        let frame = Frame {
            seq: u64::from(number),
            picture: u64::from(number),
            captured_at: SimTime::ZERO,
            arrived_at: SimTime::ZERO,
            width_px: pixels.width_px,
            height_px: pixels.height_px,
            content: Content::Truth { boxes: Arc::new([]), miss_probability: 0.0 },
            pixels: Some(pixels),
        };
        found.clear();
        detector.detect(&frame, &mut found);
        if let Some(reason) = detector.down() {
            return Err(format!("picture {number}: {reason}"));
        }
        let wanted = found.iter().filter(|one| *one.label == *label);
        rows.extend(wanted.map(|one| Row { frame: number, id: -1, bbox: one.bbox, confidence: one.confidence }));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::detect::{Blob, BlobConfig};

    /// A bright square on black, this far from the left.
    fn square(left: u32) -> Pixels {
        let bright = |at: u32| (left..left + 20).contains(&(at % 64)) && (10..30).contains(&(at / 64));
        let rgb = (0..64 * 48).flat_map(|at| [if bright(at) { 255 } else { 0 }; 3]).collect();
        Pixels { width_px: 64, height_px: 48, rgb: Arc::new(rgb) }
    }

    #[test]
    fn what_is_found_in_a_picture_carries_its_number() {
        let mut blob = Blob::new(BlobConfig::default());
        let rows = look([Ok(square(5)), Ok(square(30))], &mut blob, "person").unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.frame, row.id, libm::round(row.bbox.x_px))).collect();
        assert_eq!(told, [(1, -1, 5.0), (2, -1, 30.0)]);
        assert!(look([Ok(square(5))], &mut blob, "car").unwrap().is_empty());
        let torn = look([Ok(square(5)), Err("clip: torn".to_owned())], &mut blob, "person");
        assert_eq!(torn, Err("clip: torn".to_owned()));
    }
}
