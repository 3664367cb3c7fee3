//! Stored poses: what a camera remembers under a number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{State, Visit};

/// A stored pose.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Scene {
    pub(super) pan_deg: f64,
    pub(super) tilt_deg: f64,
    pub(super) zoom_units: f64,
    pub(super) focus_units: f64,
    /// The camera moves the focus.
    pub(super) focus_auto: bool,
}

/// All of them, by number: 255 at most, the byte FF cannot be sent. How many a model has is not modelled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Memories {
    scenes: BTreeMap<u8, Scene>,
    /// The number used last, by any command; 0 before.
    last: u8,
}

impl Memories {
    pub(super) fn set(&mut self, number: u8, scene: Scene) {
        self.last = number;
        self.scenes.insert(number, scene);
    }

    pub(super) fn reset(&mut self, number: u8) {
        self.last = number;
        self.scenes.remove(&number);
    }

    /// What is stored, if anything is.
    pub(super) fn recall(&mut self, number: u8) -> Option<Scene> {
        self.last = number;
        self.scenes.get(&number).copied()
    }

    pub(super) fn last(&self) -> u8 {
        self.last
    }
}

impl State for Memories {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("last", u64::from(self.last));
        v.u64("scenes", self.scenes.len() as u64);
        for (number, scene) in &self.scenes {
            v.u64("number", u64::from(*number));
            v.part("scene", scene);
        }
    }
}

impl State for Scene {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("pan_deg", self.pan_deg);
        v.f64("tilt_deg", self.tilt_deg);
        v.f64("zoom_units", self.zoom_units);
        v.f64("focus_units", self.focus_units);
        v.bool("focus_auto", self.focus_auto);
    }
}
