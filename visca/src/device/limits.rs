//! The range that a controller leaves the head: soft limits within the mechanical ones.
//!
//! They act on the next command: a move ends at the limit, and a drive towards one becomes a move to it at the drive's
//! rate, so that whoever moves the head brakes in time. A head that is beyond a limit already may come back and goes no
//! further.

use serde::{Deserialize, Serialize};

use crate::model::{AxisModel, Model};
use crate::num::{max, min};
use crate::{Corner, State, Visit};

/// Soft limits \[deg\]; `None` where only the mechanics limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Limits {
    down_left: Option<[f64; 2]>,
    up_right: Option<[f64; 2]>,
}

/// Lower and upper end of one axis \[deg\].
pub(super) type Range = (f64, f64);

impl Limits {
    /// Sets two ends \[deg\]; false when nothing would be left of the range, and nothing is set.
    pub(super) fn set(&mut self, model: &Model, corner: Corner, pan_deg: f64, tilt_deg: f64) -> bool {
        let mut changed = *self;
        *changed.corner(corner) = Some([pan_deg, tilt_deg]);
        let sound = |(low, high): Range| low < high;
        let sound = sound(changed.pan(&model.pan)) && sound(changed.tilt(&model.tilt));
        if sound {
            *self = changed;
        }
        sound
    }

    /// Opens two ends.
    pub(super) fn clear(&mut self, corner: Corner) {
        *self.corner(corner) = None;
    }

    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        self.down_left.is_some() || self.up_right.is_some()
    }

    /// What is left to pan.
    pub(super) fn pan(&self, axis: &AxisModel) -> Range {
        self.range(axis, 0)
    }

    /// What is left to tilt.
    pub(super) fn tilt(&self, axis: &AxisModel) -> Range {
        self.range(axis, 1)
    }

    fn range(&self, axis: &AxisModel, index: usize) -> Range {
        let low = self.down_left.map_or(axis.min_deg, |ends| max(axis.min_deg, ends[index]));
        let high = self.up_right.map_or(axis.max_deg, |ends| min(axis.max_deg, ends[index]));
        (low, high)
    }

    fn corner(&mut self, corner: Corner) -> &mut Option<[f64; 2]> {
        match corner {
            Corner::DownLeft => &mut self.down_left,
            Corner::UpRight => &mut self.up_right,
        }
    }
}

impl State for Limits {
    fn visit(&self, v: &mut dyn Visit) {
        for (name, ends) in [("down_left", self.down_left), ("up_right", self.up_right)] {
            v.opt_f64(name, ends.map(|ends| ends[0]));
            v.opt_f64(name, ends.map(|ends| ends[1]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;

    #[test]
    fn limits_narrow_the_range_and_cannot_turn_it_over() {
        let (model, mut limits) = (model(), Limits::default());
        assert!(limits.set(&model, Corner::UpRight, 20.0, 300.0));
        assert_eq!((limits.pan(&model.pan), limits.tilt(&model.tilt)), ((-170.0, 20.0), (-30.0, 90.0)));
        assert!(!limits.set(&model, Corner::DownLeft, 20.0, 0.0));
        assert!(limits.set(&model, Corner::DownLeft, -10.0, 0.0));
        assert_eq!((limits.pan(&model.pan), limits.tilt(&model.tilt)), ((-10.0, 20.0), (0.0, 90.0)));
        limits.clear(Corner::UpRight);
        assert_eq!(limits.pan(&model.pan), (-10.0, 170.0));
        limits.clear(Corner::DownLeft);
        assert!(!limits.any());
    }
}
