//! `[stack.detector]`: truth made worse, or a detector on pixels.

use schemars::JsonSchema;
use serde::Deserialize;

use super::put;
use crate::scenario::units::{Plain, Ratio};
use crate::stack::config::{PixelDetector, StackConfig};
use crate::stack::detect::BlobConfig;

/// The detector: the geometric one, which is truth made worse, or one that wants pixels (`blob`, with `[world.drawn]`).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DetectorSection {
    /// Standard deviation of the box centre, in widths and heights of the box.
    pub centre_noise: Option<Ratio>,
    /// Standard deviation of width and height, in units of themselves.
    pub size_noise: Option<Ratio>,
    /// Standard deviation of the box centre that does not depend on the box \[px\].
    pub centre_noise_px: Option<Plain>,
    /// Probability of missing a target.
    pub miss: Option<Ratio>,
    /// Mean number of false boxes a frame.
    pub false_positives: Option<Plain>,
    /// Boxes with a smaller share inside the picture are not found.
    pub visible_min: Option<Ratio>,
    /// Boxes of less height are not found \[px\].
    pub height_min_px: Option<Plain>,
    /// Boxes below this confidence are ignored.
    pub confidence_min: Option<Ratio>,
    /// Bright spots in the picture instead, as a thermal camera shows whoever is warm.
    pub blob: Option<BlobSection>,
}

/// Bright spots.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BlobSection {
    /// Brightness from which a pixel belongs to one, 0 to 255; Otsu's of each picture where absent.
    pub threshold: Option<u8>,
    /// Otsu's two classes have to be this far apart, 0 to 255.
    pub contrast_min: Option<u8>,
    /// Smallest area \[px\].
    pub area_min_px: Option<u32>,
    /// Largest area \[px\].
    pub area_max_px: Option<u32>,
    /// What a spot is called; "person" where absent.
    pub label: Option<String>,
}

impl DetectorSection {
    /// The key of the detector that wants pixels, if one does.
    pub fn wants_pixels(&self) -> Option<&'static str> {
        self.blob.as_ref().map(|_| "stack.detector.blob")
    }

    /// What is wrong beyond a single key, with the key path it concerns.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if let Some(BlobSection { area_min_px, area_max_px, label, .. }) = &self.blob {
            if area_min_px.zip(*area_max_px).is_some_and(|(least, most)| least > most) {
                return Err(("stack.detector.blob.area_max_px", "the largest area is below the smallest".into()));
            }
            if label.as_ref().is_some_and(|label| label.trim().is_empty()) {
                return Err(("stack.detector.blob.label", "a label is some words".into()));
            }
        }
        Ok(())
    }

    pub(super) fn over(&self, config: &mut StackConfig) {
        let to = &mut config.detector;
        put(&mut to.centre_noise, self.centre_noise.map(|ratio| ratio.0));
        put(&mut to.size_noise, self.size_noise.map(|ratio| ratio.0));
        put(&mut to.centre_noise_px, self.centre_noise_px.map(|px| px.0));
        put(&mut to.miss_probability, self.miss.map(|ratio| ratio.0));
        put(&mut to.false_positives_per_frame, self.false_positives.map(|mean| mean.0));
        put(&mut to.visible_fraction_min, self.visible_min.map(|ratio| ratio.0));
        put(&mut to.height_min_px, self.height_min_px.map(|px| px.0));
        put(&mut config.confidence_min, self.confidence_min.map(|ratio| ratio.0));
        if let Some(section) = &self.blob {
            config.pixels = Some(PixelDetector::Blob(section.config()));
        }
    }
}

impl BlobSection {
    fn config(&self) -> BlobConfig {
        let mut config = BlobConfig { threshold: self.threshold, ..BlobConfig::default() };
        put(&mut config.contrast_min, self.contrast_min);
        put(&mut config.area_min_px, self.area_min_px);
        put(&mut config.area_max_px, self.area_max_px);
        put(&mut config.label, self.label.as_ref().map(|label| label.as_str().into()));
        config
    }
}
