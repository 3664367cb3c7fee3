//! Boxes that were recorded before, handed out again by frame number.
//!
//! A learned detector on pixels does not repeat to the bit on another CPU; its recorded boxes do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{State, Visit};

use super::{Detection, Detector};
use crate::stack::frame::Frame;

/// Hands out recorded boxes; a frame that is not in the recording has none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    by_frame: BTreeMap<u64, Vec<Detection>>,
}

impl Recorded {
    /// Boxes by frame sequence number.
    pub const fn new(by_frame: BTreeMap<u64, Vec<Detection>>) -> Self {
        Self { by_frame }
    }
}

impl Detector for Recorded {
    fn name(&self) -> &'static str {
        "recorded"
    }

    fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>) {
        found.extend(self.by_frame.get(&frame.seq).into_iter().flatten().cloned());
    }
}

/// The recording never changes, so there is nothing to walk.
impl State for Recorded {
    fn visit(&self, _: &mut dyn Visit) {}
}
