//! `[stack.detector]`: truth made worse, or a detector on pixels.

use schemars::JsonSchema;
use serde::Deserialize;

use super::put;
use crate::infer::shipped;
use crate::scenario::units::{Exactly, Plain, Ratio, Span};
use crate::stack::config::{PixelDetector, StackConfig};
use crate::stack::detect::network::Layout;
use crate::stack::detect::{BlobConfig, ClaheConfig, MotionConfig, NetworkConfig};

/// The detector: the geometric one, which is truth made worse, or one that wants pixels (`blob`, `motion`, `onnx`; with
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
    /// What moves before a standing camera instead, found by OpenCV; in builds with the feature `opencv`.
    pub motion: Option<MotionSection>,
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
    /// Contrast is evened out first, by OpenCV's CLAHE; in builds with the feature `opencv`.
    pub clahe: Option<ClaheSection>,
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

/// Contrast limited adaptive histogram equalization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClaheSection {
    /// How much contrast is raised at most; 2 where absent.
    pub clip_limit: Option<Plain>,
    /// So many tiles across and down; 8 where absent.
    pub tiles: Option<u32>,
}

/// What moves before a standing camera: MOG2.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MotionSection {
    /// Frames over which the background is learned; 500 where absent.
    pub history: Option<u32>,
    /// Squared distance from the background, in its variances, beyond which a pixel moves; 16 where absent.
    pub variance_threshold: Option<Plain>,
    /// Shadows are told apart, and are no motion; true where absent.
    pub shadows: Option<bool>,
    /// Side of the square that specks have to be larger than \[px\]; 0 leaves them.
    pub open_px: Option<u32>,
    /// Side of the square with which gaps are closed \[px\]; 0 leaves them.
    pub close_px: Option<u32>,
    /// Smallest area \[px\].
    pub area_min_px: Option<u32>,
    /// Largest area \[px\].
    pub area_max_px: Option<u32>,
    /// Frames that are learned from before it looks, at first and after each motion of the camera.
    pub learn_frames: Option<u32>,
    /// How long the camera has to have stood.
    pub settle: Option<Span>,
    /// What moves is called; "person" where absent.
    pub label: Option<String>,
}

impl DetectorSection {
    /// The key of the detector that wants pixels, if one does.
    pub fn wants_pixels(&self) -> Option<&'static str> {
        self.on_pixels().next()
    }

    fn on_pixels(&self) -> impl Iterator<Item = &'static str> {
        let blob = self.blob.as_ref().map(|_| "stack.detector.blob");
        let motion = self.motion.as_ref().map(|_| "stack.detector.motion");
        let onnx = self.onnx.as_ref().map(|_| "stack.detector.onnx");
        [blob, motion, onnx].into_iter().flatten()
    }

    /// What is wrong beyond a single key, with the key path it concerns.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if self.on_pixels().count() > 1 {
            return Err((
                "stack.detector",
                "more than one detector on pixels (expected one of blob, motion, onnx)".into(),
            ));
        }
        if let Some(OnnxSection { model, size, .. }) = &self.onnx {
            if model.as_ref().is_some_and(|model| model.trim().is_empty()) {
                return Err(("stack.detector.onnx.model", "no model is named".into()));
            }
            if size.is_some_and(|size| size.0.iter().any(|side| !(32..=8192).contains(side))) {
                return Err(("stack.detector.onnx.size", "no input has this size (expected 32 to 8192 px)".into()));
            }
        }
        if let Some(section) = &self.motion {
            section.check()?;
        }
        if let Some(clahe) = self.blob.as_ref().and_then(|blob| blob.clahe) {
            clahe.check()?;
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
        if let Some(section) = &self.motion {
            config.pixels = Some(PixelDetector::Motion(section.config()));
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
        let clahe = self.clahe.map(ClaheSection::config);
        let mut config = BlobConfig { clahe, threshold: self.threshold, ..BlobConfig::default() };
        put(&mut config.contrast_min, self.contrast_min);
        put(&mut config.area_min_px, self.area_min_px);
        put(&mut config.area_max_px, self.area_max_px);
        put(&mut config.label, self.label.as_ref().map(|label| label.as_str().into()));
        config
    }
}

impl ClaheSection {
    fn check(self) -> Result<(), (&'static str, String)> {
        if self.clip_limit.is_some_and(|limit| !(limit.0 > 0.0 && limit.0 <= 100.0)) {
            return Err(("stack.detector.blob.clahe.clip_limit", "is no limit (expected more than 0, to 100)".into()));
        }
        if self.tiles.is_some_and(|tiles| !(1..=64).contains(&tiles)) {
            return Err(("stack.detector.blob.clahe.tiles", "is no number of tiles (expected 1 to 64)".into()));
        }
        Ok(())
    }

    fn config(self) -> ClaheConfig {
        let mut config = ClaheConfig::default();
        put(&mut config.clip_limit, self.clip_limit.map(|limit| limit.0));
        put(&mut config.tiles, self.tiles);
        config
    }
}

impl MotionSection {
    fn check(&self) -> Result<(), (&'static str, String)> {
        let wrong = |key, words: &str| Err((key, words.to_owned()));
        if self.history.is_some_and(|frames| !(1..=100_000).contains(&frames)) {
            return wrong("stack.detector.motion.history", "is no history (expected 1 to 100000 frames)");
        }
        if self.variance_threshold.is_some_and(|threshold| !(threshold.0 > 0.0 && threshold.0.is_finite())) {
            return wrong("stack.detector.motion.variance_threshold", "is no threshold (expected more than 0)");
        }
        for (key, side_px) in
            [("stack.detector.motion.open_px", self.open_px), ("stack.detector.motion.close_px", self.close_px)]
        {
            if side_px.is_some_and(|side_px| side_px > 255) {
                return wrong(key, "is no side of a square (expected 0 to 255 px)");
            }
        }
        if self.area_min_px.zip(self.area_max_px).is_some_and(|(least, most)| least > most) {
            return wrong("stack.detector.motion.area_max_px", "the largest area is below the smallest");
        }
        if self.label.as_ref().is_some_and(|label| label.trim().is_empty()) {
            return wrong("stack.detector.motion.label", "a label is some words");
        }
        Ok(())
    }

    fn config(&self) -> MotionConfig {
        let mut config = MotionConfig::default();
        put(&mut config.history, self.history);
        put(&mut config.variance_threshold, self.variance_threshold.map(|threshold| threshold.0));
        put(&mut config.shadows, self.shadows);
        put(&mut config.open_px, self.open_px);
        put(&mut config.close_px, self.close_px);
        put(&mut config.area_min_px, self.area_min_px);
        put(&mut config.area_max_px, self.area_max_px);
        put(&mut config.learn_frames, self.learn_frames);
        put(&mut config.settle, self.settle.map(|span| span.0));
        put(&mut config.label, self.label.as_ref().map(|label| label.as_str().into()));
        config
    }
}
