//! A detector that sees pictures with their contrast evened out: what is dim becomes plain.
//!
//! Who evens it out is a library's business ([`Equalizer`]; OpenCV's CLAHE in `crate::infer`: Zuiderveld, *Contrast
//! limited adaptive histogram equalization*, 1994). The detector behind it gets a picture of grey.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{State, Visit};

use super::{Detection, Detector};
use crate::stack::frame::{Frame, Pixels};
use crate::stack::saved::{Saved, SavedError};

/// How contrast is evened out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaheConfig {
    /// How much contrast is raised at most: a level's share of a tile, in units of an even share, is clipped there.
    pub clip_limit: f64,
    /// The picture is divided into so many tiles, across and down.
    pub tiles: u32,
}

impl Default for ClaheConfig {
    /// What OpenCV's tutorial takes: a limit of 2, 8 × 8 tiles.
    fn default() -> Self {
        Self { clip_limit: 2.0, tiles: 8 }
    }
}

/// Evens out contrast.
pub trait Equalizer: Send {
    /// A picture of grey, a byte a pixel, of the same size. An error is a sentence.
    fn equalize(&mut self, pixels: &Pixels) -> Result<Vec<u8>, String>;
}

/// A detector behind an equalizer.
pub struct Equalized {
    equalizer: Box<dyn Equalizer>,
    inner: Box<dyn Detector>,
    down: Option<String>,
}

impl Equalized {
    /// Before this detector.
    pub fn new(equalizer: Box<dyn Equalizer>, inner: Box<dyn Detector>) -> Self {
        Self { equalizer, inner, down: None }
    }
}

impl Detector for Equalized {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>) {
        self.down = None;
        let Some(pixels) = &frame.pixels else { return };
        match self.equalizer.equalize(pixels) {
            Ok(grey) => {
                let rgb = Arc::new(grey.iter().flat_map(|level| [*level; 3]).collect());
                let pixels = Some(Pixels { rgb, ..pixels.clone() });
                self.inner.detect(&Frame { pixels, ..frame.clone() }, found);
            }
            Err(why) => self.down = Some(why),
        }
    }

    fn down(&self) -> Option<&str> {
        self.down.as_deref().or_else(|| self.inner.down())
    }
}

impl State for Equalized {
    fn visit(&self, v: &mut dyn Visit) {
        v.bool("down", self.down.is_some());
        self.inner.visit(v);
    }
}

impl Saved for Equalized {
    fn save(&self) -> Result<Vec<u8>, SavedError> {
        self.inner.save()
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), SavedError> {
        self.inner.restore(bytes)
    }
}
