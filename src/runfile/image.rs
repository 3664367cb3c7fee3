//! The pictures that the stack looked at, as JPEG files.
//!
//! One message a decision on pixels, at the time of the decision, its own time stamp the exposure, as in `picture`: a
//! viewer lays the boxes over it. Long runs and large pictures are thinned out, so that a run file has an end.

use foxglove::messages::CompressedImage;

use super::error::WriteError;
use super::messages::{Messages, stamp};
use super::topic::Topic;
use crate::run::Recording;
use crate::run::recording::Film;
use crate::scenario::Scenario;
use crate::stack::frame::Pixels;

/// So many pixels in all pictures of a file \[px\]: 582 pictures of 640 × 360, 19 s at 30 a second.
const PIXELS_MAX: f64 = 134_217_728.0;

/// Of JPEG, 0..=100.
const QUALITY: u8 = 80;

/// What keeps the pictures of a run of this scenario: all of them if they have room, or else every second, third, …
pub fn film(scenario: &Scenario) -> Film {
    let video = &scenario.world.video;
    let pictures = scenario.length.as_secs_f64() * video.rate_hz;
    let pixels = pictures * f64::from(video.width_px) * f64::from(video.height_px);
    Film { develop, every: libm::ceil(pixels / PIXELS_MAX) as usize }
}

/// The encoder is plain Rust on whole numbers: the same picture gives the same bytes.
fn develop(pixels: &Pixels) -> Option<Vec<u8>> {
    let (width, height) = (u16::try_from(pixels.width_px).ok()?, u16::try_from(pixels.height_px).ok()?);
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, QUALITY);
    encoder.encode(&pixels.rgb, width, height, jpeg_encoder::ColorType::Rgb).ok()?;
    Some(bytes)
}

/// Files a picture a decision that has one.
pub(super) fn add(recording: &Recording, messages: &mut Messages) -> Result<(), WriteError> {
    recording.pictures.iter().try_for_each(|shown| {
        let image = CompressedImage {
            timestamp: stamp(shown.captured_at),
            frame_id: "camera".to_owned(),
            data: shown.bytes.clone().into(),
            format: "jpeg".to_owned(),
        };
        messages.add(Topic::Image, shown.at, &image)
    })
}
