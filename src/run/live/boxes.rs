//! From a picture to what a detector gets to see.
//!
//! A detector on pixels gets the decoded picture. Without one, the virtual camera sends the truth along with each
//! picture (`X-Boxes`, docs/virtual-camera.md), and the geometric detector makes it as bad as a real detector's.

use std::sync::Arc;

use serde::Deserialize;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::video::{Image, Picture};
use crate::stack::frame::{Content, PixelBox, Pixels, TruthBox};

/// What looks at pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eye {
    /// The truth that comes along.
    Truth,
    /// Pixels, for a detector that looks at them.
    Pixels,
}

/// A picture that cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoxError {
    /// No truth comes along.
    #[error("the video says nothing of what is in it: the detector `truth` needs the video of `tiltyard camera`")]
    None,
    /// Not in the form of the virtual camera.
    #[error("the header X-Boxes of the video: {0}")]
    Form(String),
    /// No JPEG file, or a torn one.
    #[error("read the video: a picture cannot be decoded: {0}")]
    Picture(String),
    /// Decoded, it has another size than its head says.
    #[error("read the video: a picture has {found} bytes (expected {width_px} × {height_px} px, three bytes each)")]
    Size {
        /// Bytes that were decoded.
        found: usize,
        /// Width as it was told \[px\].
        width_px: u32,
        /// Height as it was told \[px\].
        height_px: u32,
    },
}

#[derive(Deserialize)]
struct BoxInPicture {
    target: u32,
    label: String,
    r#box: [f64; 4],
    visible: [f64; 4],
    visible_fraction: f64,
}

impl Eye {
    /// What a detector gets of a picture.
    pub fn look(self, picture: Picture) -> Result<(Content, Option<Pixels>), BoxError> {
        let truth = |boxes| Content::Truth { boxes, miss_probability: 0.0 };
        match self {
            Self::Truth => {
                let text = picture.boxes.as_deref().ok_or(BoxError::None)?;
                Ok((truth(boxes(text)?), None))
            }
            Self::Pixels => Ok((truth(Arc::new([])), Some(pixels(picture)?))),
        }
    }
}

fn boxes(text: &str) -> Result<Arc<[TruthBox]>, BoxError> {
    let told: Vec<BoxInPicture> = serde_json::from_str(text).map_err(|error| BoxError::Form(error.to_string()))?;
    let corner = |[x_px, y_px, w_px, h_px]: [f64; 4]| PixelBox { x_px, y_px, w_px, h_px };
    let boxes = told.into_iter().map(|told| TruthBox {
        target: told.target,
        label: Arc::from(told.label),
        bbox: corner(told.r#box),
        visible_fraction: told.visible_fraction,
        visible: corner(told.visible),
    });
    Ok(boxes.collect())
}

/// Decoded, where it was not; grey and colour alike become red, green, blue.
fn pixels(picture: Picture) -> Result<Pixels, BoxError> {
    let (width_px, height_px) = picture.size_px;
    let rgb = match picture.image {
        Image::Rgb(rgb) => rgb,
        Image::Jpeg(file) => {
            let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
            let decoded = JpegDecoder::new_with_options(ZCursor::new(&file), options).decode();
            Arc::new(decoded.map_err(|error| BoxError::Picture(error.to_string()))?)
        }
    };
    if rgb.len() as u64 != 3 * u64::from(width_px) * u64::from(height_px) {
        return Err(BoxError::Size { found: rgb.len(), width_px, height_px });
    }
    Ok(Pixels { width_px, height_px, rgb })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_come_as_the_virtual_camera_tells_them() {
        let told =
            r#"[{"target":1,"label":"person","box":[1.0,2.0,3.0,4.5],"visible":[1,2,3,4],"visible_fraction":0.9}]"#;
        let picture = Picture { boxes: Some(told.to_owned()), ..Picture::default() };
        let (Content::Truth { boxes, .. }, None) = Eye::Truth.look(picture).unwrap() else { panic!("pixels") };
        assert_eq!((boxes[0].target, boxes[0].bbox.h_px, boxes[0].visible_fraction), (1, 4.5, 0.9));
        assert_eq!(Eye::Truth.look(Picture::default()), Err(BoxError::None));
        let torn = Picture { boxes: Some("[{".to_owned()), ..Picture::default() };
        assert!(matches!(Eye::Truth.look(torn), Err(BoxError::Form(_))));
    }

    fn jpeg(size: (u16, u16), grey: bool) -> Vec<u8> {
        let (mut file, channels) = (Vec::new(), if grey { 1 } else { 3 });
        let level = |index: usize| if index.is_multiple_of(3) || grey { 200 } else { 40 };
        let pixels: Vec<u8> = (0..usize::from(size.0) * usize::from(size.1) * channels).map(level).collect();
        let kind = if grey { jpeg_encoder::ColorType::Luma } else { jpeg_encoder::ColorType::Rgb };
        jpeg_encoder::Encoder::new(&mut file, 95).encode(&pixels, size.0, size.1, kind).unwrap();
        file
    }

    fn seen(file: &[u8], size_px: (u32, u32)) -> Result<Pixels, BoxError> {
        let picture = Picture { image: Image::Jpeg(file.to_vec()), size_px, ..Picture::default() };
        Eye::Pixels.look(picture).map(|(_, pixels)| pixels.unwrap())
    }

    #[test]
    fn pictures_are_decoded_odd_and_grey_ones_too() {
        for (size, grey) in [((48, 32), false), ((641, 359), false), ((33, 17), true)] {
            let pixels = seen(&jpeg(size, grey), (size.0.into(), size.1.into())).unwrap();
            assert_eq!(pixels.rgb.len(), usize::from(size.0) * usize::from(size.1) * 3);
            let wanted = if grey { [200; 3] } else { [200, 40, 40_u8] };
            for pixel in pixels.rgb.chunks_exact(3) {
                assert!(pixel.iter().zip(wanted).all(|(got, wanted)| got.abs_diff(wanted) < 12), "{pixel:?}");
            }
        }
    }

    #[test]
    fn torn_pictures_are_told_and_never_a_panic() {
        let file = jpeg((64, 48), false);
        for len in 0..file.len() {
            // Torn in its data, a decoder may fill the rest with grey: a picture of its size, or an error.
            if let Ok(pixels) = seen(&file[..len], (64, 48)) {
                assert_eq!(pixels.rgb.len(), 64 * 48 * 3);
            }
        }
        let told = seen(b"<html>", (64, 48)).unwrap_err().to_string();
        assert!(told.contains("a picture cannot be decoded"), "{told}");
        let told = seen(&file, (64, 47)).unwrap_err().to_string();
        assert!(told.contains("(expected 64 × 47 px"), "{told}");
    }
}
