//! From pixels to bearings and back, for a camera whose pose is known.
//!
//! Pinhole model. Camera axes: x right, y down, z forward; pan turns about the vertical, tilt about the camera's own
//! x axis. With f = (W/2) / tan(HFOV/2) a pixel (u, v) is the ray (u − W/2, v − H/2, f).
//!
//! The simulator has its own projection. The two are written apart on purpose, so that a sign error in one of them
//! shows as an error instead of cancelling out (`tests/geometry.rs` compares them).

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, wrap_deg};

/// A direction in the world \[deg\]: azimuth + right, elevation + up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bearing {
    /// Azimuth \[deg\].
    pub az_deg: f64,
    /// Elevation \[deg\].
    pub el_deg: f64,
}

impl Bearing {
    /// From `other` to here on both axes \[deg, deg\], the short way round.
    pub fn minus(self, other: Self) -> [f64; 2] {
        [wrap_deg(self.az_deg - other.az_deg), self.el_deg - other.el_deg]
    }

    /// The angle between two directions, on the sphere \[deg\].
    ///
    /// Haversine form: exact for small angles, where the arc cosine of a dot product is not.
    pub fn angle_to(self, other: Self) -> f64 {
        let half = |degrees: f64| libm::sin(degrees.to_radians() * 0.5);
        let [az, el] = self.minus(other).map(half);
        let cosines = libm::cos(self.el_deg.to_radians()) * libm::cos(other.el_deg.to_radians());
        2.0 * libm::asin(clamp(el * el + cosines * az * az, 0.0, 1.0).sqrt()).to_degrees()
    }
}

/// Where the camera looked and how wide, when a frame was exposed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Optical axis.
    pub axis: Bearing,
    /// Horizontal field of view \[deg\].
    pub hfov_deg: f64,
    /// Picture width \[px\].
    pub width_px: f64,
    /// Picture height \[px\].
    pub height_px: f64,
}

impl View {
    fn focal_px(&self) -> f64 {
        self.width_px * 0.5 / libm::tan(self.hfov_deg.to_radians() * 0.5)
    }

    /// The bearing of a pixel.
    pub fn bearing_of(&self, pixel: [f64; 2]) -> Bearing {
        let (x, y, z) = (pixel[0] - self.width_px * 0.5, pixel[1] - self.height_px * 0.5, self.focal_px());
        let (sin_tilt, cos_tilt) = libm::sincos(self.axis.el_deg.to_radians());
        // Undo the tilt: `up` and `forward` in the pan frame.
        let up = -y * cos_tilt + z * sin_tilt;
        let forward = y * sin_tilt + z * cos_tilt;
        Bearing {
            az_deg: wrap_deg(self.axis.az_deg + libm::atan2(x, forward).to_degrees()),
            el_deg: libm::atan2(up, libm::hypot(x, forward)).to_degrees(),
        }
    }

    /// The pixel of a bearing; `None` behind the camera.
    pub fn pixel_of(&self, bearing: Bearing) -> Option<[f64; 2]> {
        let (sin_az, cos_az) = libm::sincos((bearing.az_deg - self.axis.az_deg).to_radians());
        let (sin_el, cos_el) = libm::sincos(bearing.el_deg.to_radians());
        let (sin_tilt, cos_tilt) = libm::sincos(self.axis.el_deg.to_radians());
        let (right, forward, up) = (sin_az * cos_el, cos_az * cos_el, sin_el);
        let depth = forward * cos_tilt + up * sin_tilt;
        let down = forward * sin_tilt - up * cos_tilt;
        let focal = self.focal_px();
        (depth > 1e-6)
            .then(|| [self.width_px * 0.5 + focal * right / depth, self.height_px * 0.5 + focal * down / depth])
    }

    /// Angular size of a length of `pixels` near the centre of the picture \[deg\].
    pub fn angle_of_px(&self, pixels: f64) -> f64 {
        2.0 * libm::atan(pixels * 0.5 / self.focal_px()).to_degrees()
    }

    /// Length of an angle near the centre of the picture \[px\].
    pub fn px_of_angle(&self, angle_deg: f64) -> f64 {
        2.0 * libm::tan(angle_deg.to_radians() * 0.5) * self.focal_px()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VIEW: View =
        View { axis: Bearing { az_deg: 20.0, el_deg: 10.0 }, hfov_deg: 60.0, width_px: 1280.0, height_px: 720.0 };

    #[test]
    fn the_centre_is_the_axis() {
        let centre = VIEW.bearing_of([640.0, 360.0]);
        assert!((centre.az_deg - 20.0).abs() < 1e-12 && (centre.el_deg - 10.0).abs() < 1e-12);
    }

    #[test]
    fn right_is_plus_azimuth_and_down_is_minus_elevation() {
        // The right edge of a level 60° view lies 30° to the right.
        let level = View { axis: Bearing::default(), ..VIEW };
        assert!((level.bearing_of([1280.0, 360.0]).az_deg - 30.0).abs() < 1e-12);
        assert!(level.bearing_of([640.0, 720.0]).el_deg < 0.0);
    }

    #[test]
    fn behind_the_camera_there_is_no_pixel() {
        assert_eq!(VIEW.pixel_of(Bearing { az_deg: -160.0, el_deg: 0.0 }), None);
    }

    proptest! {
        #[test]
        fn pixels_and_bearings_agree(x in 0.0..1280.0, y in 0.0..720.0, az in -170.0..170.0, el in -30.0..80.0, fov in 2.0..70.0) {
            let view = View { axis: Bearing { az_deg: az, el_deg: el }, hfov_deg: fov, ..VIEW };
            let back = view.pixel_of(view.bearing_of([x, y])).unwrap();
            prop_assert!((back[0] - x).abs() < 1e-6 && (back[1] - y).abs() < 1e-6, "{back:?}");
        }
    }
}
