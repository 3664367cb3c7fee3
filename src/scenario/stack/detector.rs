//! `[stack.detector]`: truth made worse, or a detector on pixels.

use schemars::JsonSchema;
use serde::Deserialize;

use super::put;
use crate::infer::shipped;
use crate::scenario::units::{Exactly, Plain, Ratio};
use crate::stack::config::{PixelDetector, StackConfig};
use crate::stack::detect::network::Layout;
use crate::stack::detect::{BlobConfig, NetworkConfig};

/// The detector: the geometric one, which is truth made worse, or one that wants pixels (`blob`, `onnx`; with
/// `[world.drawn]`).
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
    /// A neural network instead, run by ONNX Runtime.
    pub onnx: Option<OnnxSection>,
}

/// A neural network.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnnxSection {
    /// The model, a path relative to this file; the one that is shipped where absent.
    pub model: Option<String>,
    /// Which outputs it has; told from their names and shapes where absent.
    pub layout: Option<LayoutName>,
    /// Boxes below this score are dropped; what suits the layout where absent.
    pub score_min: Option<Ratio>,
    /// Of two of one class that overlap more than this, the surer stays; what suits the layout where absent.
    pub overlap_max: Option<Ratio>,
    /// Width and height of its input \[px\], where the model leaves them open.
    pub size: Option<Exactly<u32, 2>>,
    /// Names of its classes, in their order; the shipped model's own, or COCO's for 80 of them, where absent.
    pub labels: Vec<String>,
    /// Only these labels are reported; all where absent.
    pub only: Vec<String>,
}

/// A family of networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LayoutName {
    /// YOLOX.
    Yolox,
    /// YOLOv8 and YOLO11.
    Yolov8,
    /// SSD, UltraFace.
    Ssd,
    /// YuNet.
    Yunet,
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
        let blob = self.blob.as_ref().map(|_| "stack.detector.blob");
        blob.or(self.onnx.as_ref().map(|_| "stack.detector.onnx"))
    }

    /// What is wrong beyond a single key, with the key path it concerns.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if self.blob.is_some() && self.onnx.is_some() {
            return Err(("stack.detector", "more than one detector on pixels (expected one of blob, onnx)".into()));
        }
        if let Some(OnnxSection { model, size, .. }) = &self.onnx {
            if model.as_ref().is_some_and(|model| model.trim().is_empty()) {
                return Err(("stack.detector.onnx.model", "no model is named".into()));
            }
            if size.is_some_and(|size| size.0.iter().any(|side| !(32..=8192).contains(side))) {
                return Err(("stack.detector.onnx.size", "no input has this size (expected 32 to 8192 px)".into()));
            }
        }
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

    /// Whether what is looked with is the shipped network.
    pub(super) fn shipped(&self) -> bool {
        self.onnx.as_ref().is_some_and(|section| section.model.is_none())
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
        if let Some(section) = &self.onnx {
            config.pixels = Some(PixelDetector::Network(section.config()));
        }
    }
}

impl OnnxSection {
    fn config(&self) -> NetworkConfig {
        let words = |words: &[String]| words.iter().map(|word| word.as_str().into()).collect();
        NetworkConfig {
            model: self.model.clone(),
            layout: self.layout.map(|layout| match layout {
                LayoutName::Yolox => Layout::Yolox,
                LayoutName::Yolov8 => Layout::Yolov8,
                LayoutName::Ssd => Layout::Ssd,
                LayoutName::Yunet => Layout::YuNet,
            }),
            score_min: self.score_min.map(|ratio| ratio.0),
            overlap_max: self.overlap_max.map(|ratio| ratio.0),
            size_px: self.size.map(|size| size.0),
            labels: match &self.model {
                None if self.labels.is_empty() => shipped::LABELS.map(Into::into).to_vec(),
                _ => words(&self.labels),
            },
            only: words(&self.only),
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
