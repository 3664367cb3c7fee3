//! Detectors that are neural networks: from pixels to the network's input, and from its output tensors to boxes.
//!
//! ```text
//!  Pixels ──letterbox──► Tensor ──► dyn Network ──► Tensors ──decode──► candidates ──NMS──► boxes in the picture
//! ```
//!
//! All but the network itself is plain arithmetic on tensors, here and tested with tensors that were made up. Who runs
//! the network (ONNX Runtime: `crate::infer`) implements [`Network`]. The layout of the outputs says which decoder and
//! which input: [`Layout`].
//!
//! A network is outside the promise of equal bits on every processor: its arithmetic is a library's.

mod decode;
mod labels;
mod layout;
mod letterbox;
mod nms;

pub use decode::decode;
pub use labels::COCO;
pub use layout::{Layout, LayoutError};
pub use letterbox::{Input, Placement, letterbox};
pub use nms::suppress;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{State, Visit};

use super::{Detection, Detector};
use crate::stack::frame::{Frame, PixelBox};
use crate::stack::saved::{Saved, SavedError};

/// Numbers in rows, the last axis running fastest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tensor {
    /// What the model calls it.
    pub name: String,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// As many numbers as the product of the lengths.
    pub data: Vec<f32>,
}

impl Tensor {
    /// The lengths without leading ones: a batch of one is none.
    fn axes(&self) -> &[usize] {
        let ones = self.shape.iter().take_while(|length| **length == 1).count();
        self.shape.get(ones.min(self.shape.len().saturating_sub(1))..).unwrap_or_default()
    }
}

/// A network that was loaded.
pub trait Network: Send {
    /// Shape of its one input; `None` where a model leaves an axis open.
    fn input_shape(&self) -> &[Option<usize>];

    /// Name and shape of each output.
    fn outputs(&self) -> &[(String, Vec<Option<usize>>)];

    /// Runs it on one input. An error is a sentence.
    fn run(&mut self, input: Tensor) -> Result<Vec<Tensor>, String>;
}

/// What is made of a network's outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkConfig {
    /// The model, a path relative to the scenario's file; the one that is shipped where absent.
    pub model: Option<String>,
    /// Which outputs it has; told from their names and shapes where absent.
    pub layout: Option<Layout>,
    /// Candidates below this score are dropped, 0 ..= 1; what suits the layout where absent.
    pub score_min: Option<f64>,
    /// Of two of one class that overlap more than this, the surer stays, 0 ..= 1; what suits the layout where absent.
    pub overlap_max: Option<f64>,
    /// Side lengths of the input (width, height) \[px\] where the model leaves them open.
    pub size_px: Option<[u32; 2]>,
    /// Names of its classes; COCO's for 80 of them, "face" for a face detector, "person" for one where absent.
    pub labels: Vec<Arc<str>>,
    /// Only these labels are reported; all where empty.
    pub only: Vec<Arc<str>>,
}

/// A candidate for a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Its class.
    pub class: usize,
    /// How sure the network is, 0 ..= 1.
    pub score: f32,
    /// Left, top, right, bottom in the input \[px\].
    pub sides: [f32; 4],
}

/// A network as a detector.
pub struct Neural {
    network: Box<dyn Network>,
    layout: Layout,
    config: NetworkConfig,
    size_px: [u32; 2],
    down: Option<String>,
}

impl Neural {
    /// Looks at the model's inputs and outputs, and refuses what it cannot feed or read.
    pub fn new(network: Box<dyn Network>, config: NetworkConfig) -> Result<Self, LayoutError> {
        let layout = match config.layout {
            Some(layout) => layout,
            None => Layout::of(network.outputs())?,
        };
        let size_px = layout::input_size(network.input_shape(), config.size_px)?;
        Ok(Self { network, layout, config, size_px, down: None })
    }

    /// How its outputs are read.
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    fn label(&self, class: usize, classes: usize) -> Arc<str> {
        let known = self.config.labels.get(class).cloned();
        known.unwrap_or_else(|| match (self.layout, classes) {
            (Layout::YuNet, _) => "face".into(),
            (_, 1) => "person".into(),
            (_, 80) => COCO.get(class).copied().unwrap_or("thing").into(),
            _ => format!("class {class}").into(),
        })
    }

    fn look(&mut self, frame: &Frame, found: &mut Vec<Detection>) -> Result<(), String> {
        let Some(pixels) = &frame.pixels else { return Ok(()) };
        let (tensor, fit) = letterbox(pixels, self.size_px, self.layout.input())?;
        let outputs = self.network.run(tensor)?;
        let (score_min, overlap_max) = self.layout.thresholds();
        let score_min = self.config.score_min.unwrap_or(score_min);
        let (mut candidates, classes) =
            decode(self.layout, &outputs, self.size_px, score_min as f32).map_err(|error| error.to_string())?;
        suppress(&mut candidates, self.config.overlap_max.unwrap_or(overlap_max) as f32);
        for Candidate { class, score, sides } in candidates {
            let label = self.label(class, classes);
            if !self.config.only.is_empty() && !self.config.only.contains(&label) {
                continue;
            }
            let [left, top, right, bottom] = fit.back(sides.map(f64::from));
            let whole = PixelBox { x_px: left, y_px: top, w_px: right - left, h_px: bottom - top };
            let clipped = whole.clipped(f64::from(frame.width_px), f64::from(frame.height_px));
            found.extend(clipped.map(|bbox| Detection { label, confidence: f64::from(score), bbox }));
        }
        Ok(())
    }
}

impl Detector for Neural {
    fn name(&self) -> &'static str {
        "network"
    }

    fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>) {
        let before = found.len();
        self.down = self.look(frame, found).err();
        if self.down.is_some() {
            found.truncate(before);
        }
    }

    fn down(&self) -> Option<&str> {
        self.down.as_deref()
    }
}

/// It sees each frame by itself; whether it could is what is known of the last.
impl State for Neural {
    fn visit(&self, v: &mut dyn Visit) {
        v.bool("down", self.down.is_some());
    }
}

/// The network does not change; the model comes from its file again.
impl Saved for Neural {
    fn save(&self) -> Result<Vec<u8>, SavedError> {
        self.down.save()
    }

    fn restore(&mut self, bytes: &[u8]) -> Result<(), SavedError> {
        self.down.restore(bytes)
    }
}

#[cfg(test)]
mod tests;
