//! Image processing by OpenCV: backgrounds that are learned (MOG2), contrast that is evened out (CLAHE).
//!
//! One thread: runs are parallel across runs, never inside one.

use opencv::core::{CV_8UC1, Mat, Point, Ptr, Size};
use opencv::imgproc::{
    CLAHE, COLOR_RGB2GRAY, MORPH_CLOSE, MORPH_OPEN, MORPH_RECT, THRESH_BINARY, create_clahe, cvt_color_def,
    get_structuring_element, morphology_ex_def, threshold,
};
use opencv::prelude::*;
use opencv::video::{BackgroundSubtractorMOG2, create_background_subtractor_mog2};

use crate::stack::detect::{Background, ClaheConfig, Equalizer, MotionConfig};
use crate::stack::frame::Pixels;

/// Learns backgrounds as *mixture of Gaussians 2* (Zivkovic 2004 and 2006).
struct Mog2 {
    /// Frames since it knew nothing.
    learned: u32,
    subtractor: Ptr<BackgroundSubtractorMOG2>,
    config: MotionConfig,
}

/// Evens out contrast tile by tile.
struct Clahe {
    inner: Ptr<CLAHE>,
}

#[allow(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
fn told(error: opencv::Error) -> String {
    format!("OpenCV: {}", error.message)
}

/// A background of this kind, which knows nothing yet.
pub fn background(config: &MotionConfig) -> Result<Box<dyn Background>, String> {
    let subtractor = subtractor(config)?;
    Ok(Box::new(Mog2 { learned: 0, subtractor, config: config.clone() }))
}

fn subtractor(config: &MotionConfig) -> Result<Ptr<BackgroundSubtractorMOG2>, String> {
    opencv::core::set_num_threads(1).map_err(told)?;
    let history = i32::try_from(config.history).unwrap_or(i32::MAX);
    create_background_subtractor_mog2(history, config.variance_threshold, config.shadows).map_err(told)
}

/// An equalizer of this kind.
pub fn equalizer(config: &ClaheConfig) -> Result<Box<dyn Equalizer>, String> {
    opencv::core::set_num_threads(1).map_err(told)?;
    let tiles = i32::try_from(config.tiles).unwrap_or(i32::MAX);
    let inner = create_clahe(config.clip_limit, Size::new(tiles, tiles)).map_err(told)?;
    Ok(Box::new(Clahe { inner }))
}

/// Version, and the back ends that read video, as the library that is loaded tells them.
pub fn about() -> Result<(String, Vec<String>), String> {
    let version = opencv::core::get_version_string().map_err(told)?;
    #[cfg(feature = "live")]
    let back_ends = tiltyard_hil::capture::back_ends().map_err(|error| error.to_string())?;
    #[cfg(not(feature = "live"))]
    let back_ends = Vec::new();
    Ok((version, back_ends))
}

impl Background for Mog2 {
    fn foreground(&mut self, pixels: &Pixels) -> Result<Vec<u8>, String> {
        let mut mask = Mat::default();
        let rgb = rows(pixels)?;
        // The rate of learning that follows from the history.
        // Its own rate falls slowly, and takes who walks into the background for as long; so it is its own only while
        // nobody looks yet.
        let learns = self.learned < self.config.learn_frames;
        let rate = if learns { -1.0 } else { 1.0 / f64::from(self.config.history) };
        self.learned = self.learned.saturating_add(1);
        BackgroundSubtractorTrait::apply(&mut self.subtractor, &rgb, &mut mask, rate).map_err(told)?;
        // Shadows are marked with half brightness.
        let mut certain = Mat::default();
        threshold(&mask, &mut certain, 254.0, 255.0, THRESH_BINARY).map_err(told)?;
        for (operation, side) in [(MORPH_OPEN, self.config.open_px), (MORPH_CLOSE, self.config.close_px)] {
            certain = morphed(certain, operation, side)?;
        }
        Ok(certain.data_bytes().map_err(told)?.to_vec())
    }

    fn forget(&mut self) -> Result<(), String> {
        (self.learned, self.subtractor) = (0, subtractor(&self.config)?);
        Ok(())
    }
}

/// A mask whose specks or gaps of this side are gone.
fn morphed(mask: Mat, operation: i32, side_px: u32) -> Result<Mat, String> {
    let side = i32::try_from(side_px).unwrap_or(i32::MAX);
    if side == 0 {
        return Ok(mask);
    }
    let square = get_structuring_element(MORPH_RECT, Size::new(side, side), Point::new(-1, -1)).map_err(told)?;
    let mut done = Mat::default();
    morphology_ex_def(&mask, &mut done, operation, &square).map_err(told)?;
    Ok(done)
}

impl Equalizer for Clahe {
    fn equalize(&mut self, pixels: &Pixels) -> Result<Vec<u8>, String> {
        let (mut grey, mut even) = (Mat::default(), Mat::default());
        cvt_color_def(&rows(pixels)?, &mut grey, COLOR_RGB2GRAY).map_err(told)?;
        self.inner.apply(&grey, &mut even).map_err(told)?;
        if even.typ() != CV_8UC1 {
            return Err("OpenCV gave another kind of picture (expected 8 bits of grey)".to_owned());
        }
        Ok(even.data_bytes().map_err(told)?.to_vec())
    }
}

/// A picture as OpenCV has them, red first as it is.
fn rows(pixels: &Pixels) -> Result<Mat, String> {
    let (width, height) = (pixels.width_px as usize, pixels.height_px as usize);
    if width == 0 || height == 0 || pixels.rgb.len() != width * height * 3 {
        let bytes = pixels.rgb.len();
        return Err(format!("a picture of {width} x {height} pixels has {bytes} bytes (expected 3 each)"));
    }
    let flat = Mat::from_slice(&pixels.rgb[..]).map_err(told)?;
    flat.reshape(3, height as i32).map_err(told)?.try_clone().map_err(told)
}
