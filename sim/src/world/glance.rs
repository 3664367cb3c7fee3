//! What a camera would see between two exposures, and how it moves: for who draws pictures.

use tiltyard_visca::SimTime;

use super::World;
use crate::config::Pose;
use crate::gimbal::Axis;
use crate::video::{Motion, Picture};

impl World {
    /// What a picture taken at `at` would show, without its boxes; exact up to the next physics tick, as
    /// [`World::truth`].
    pub fn glance(&self, at: SimTime) -> Picture {
        let view = self.view(at);
        let fraction = self.camera.fraction_at(at);
        let lens = self.camera.lens();
        let zoom_ratio = lens.optics().ratio(lens.units_at(fraction));
        Picture {
            id: at.as_nanos(),
            taken_at: at,
            pose: Pose { pan_deg: view.pan_deg, tilt_deg: view.tilt_deg, zoom_ratio },
            hfov_deg: view.hfov_deg,
            truth: Vec::new(),
            motion: Some(self.motion(view.hfov_deg, fraction)),
        }
    }

    /// How the camera moves a share `fraction` of the way through the present physics tick, with this field of view.
    pub(super) fn motion(&self, hfov_deg: f64, fraction: f64) -> Motion {
        let (gimbal, lens) = (self.camera.gimbal(), self.camera.lens());
        let later_s = 1e-3;
        let ratio = lens.optics().ratio(lens.units_at(fraction) + lens.rate_units_per_s() * later_s);
        Motion {
            pan_dps: gimbal.rate_dps(Axis::Pan),
            tilt_dps: gimbal.rate_dps(Axis::Tilt),
            hfov_dps: (lens.optics().hfov_deg(ratio) - hfov_deg) / later_s,
        }
    }
}
