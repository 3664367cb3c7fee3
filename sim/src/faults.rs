//! Faults of a scenario: which are on, and what they come to together.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::max;
use tiltyard_visca::{State, Visit};

use crate::config::FaultKind;
use crate::link::Trouble;

/// Which faults are on and what they add up to: the largest probability, the sum of the delays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Faults {
    kinds: Vec<FaultKind>,
    pub active: Vec<bool>,
    pub link: Trouble,
    pub video_drop: f64,
    pub frozen: bool,
    pub detector_miss: f64,
    pub inference_add: Duration,
}

impl Faults {
    /// None is on.
    pub fn new(kinds: Vec<FaultKind>) -> Self {
        Self { active: vec![false; kinds.len()], kinds, ..Self::default() }
    }

    /// Switches the fault with this index, in scenario order.
    pub fn set(&mut self, index: u32, on: bool) {
        if let Some(active) = self.active.get_mut(index as usize) {
            *active = on;
        }
        let Self { kinds, active, link, video_drop, frozen, detector_miss, inference_add } = self;
        (*link, *video_drop, *frozen) = (Trouble::default(), 0.0, false);
        (*detector_miss, *inference_add) = (0.0, Duration::ZERO);
        for (kind, _) in kinds.iter().zip(active.iter()).filter(|(_, on)| **on) {
            match *kind {
                FaultKind::LinkDrop { probability } => link.drop_probability = max(link.drop_probability, probability),
                FaultKind::LinkDelay { add } => link.add += add,
                FaultKind::VideoDrop { probability } => *video_drop = max(*video_drop, probability),
                FaultKind::VideoFreeze => *frozen = true,
                FaultKind::DetectorMiss { probability } => *detector_miss = max(*detector_miss, probability),
                FaultKind::InferenceDelay { add } => *inference_add += add,
            }
        }
    }
}

impl State for Faults {
    fn visit(&self, v: &mut dyn Visit) {
        for (index, &active) in self.active.iter().enumerate() {
            v.enter("fault", Some(index as u64));
            v.bool("active", active);
            v.leave();
        }
    }
}
