//! Bearings and boxes through an ideal pinhole camera.
//!
//! World axes: x right, y up, z forward at pan = tilt = 0. A bearing (az, el) is the direction
//! (sin az · cos el, sin el, cos az · cos el). The camera turns about the vertical by pan, then about its own x axis by
//! tilt; in its axes a direction is (X right, U up, Z forward), and its pixel is
//!
//! x = W/2 + f · X/Z, y = H/2 − f · U/Z, with f = (W/2) / tan(HFOV/2) \[px\].
//!
//! Image x is right, y down, (0, 0) the corner left above; pixels are square. A box bounds the projections of the four
//! corners (az ± width/2, el ± height/2). Behind the camera there is nothing.
//!
//! What hides what is [`crate::occlusion`]'s. Does not model: lens distortion, roll, rolling shutter.

use core::f64::consts::PI;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, max, min};

/// Where a camera looks and what it makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Pan \[deg\], + right.
    pub pan_deg: f64,
    /// Tilt \[deg\], + up.
    pub tilt_deg: f64,
    /// Horizontal field of view \[deg\], below 180.
    pub hfov_deg: f64,
    /// Picture width \[px\].
    pub width_px: u32,
    /// Picture height \[px\].
    pub height_px: u32,
}

/// A direction in the world.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bearing {
    /// Azimuth \[deg\], + right.
    pub az_deg: f64,
    /// Elevation \[deg\], + up.
    pub el_deg: f64,
}

/// A point of the picture, possibly outside its frame \[px\].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pixel {
    /// From the left edge \[px\].
    pub x_px: f64,
    /// From the upper edge \[px\].
    pub y_px: f64,
}

/// A target's box in a picture, as a perfect detector would draw it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthBox {
    /// Index of the target in the scenario.
    pub target: u32,
    /// Centre of the unclipped box, from the left edge \[px\].
    pub x_px: f64,
    /// Centre of the unclipped box, from the upper edge \[px\].
    pub y_px: f64,
    /// Unclipped width \[px\].
    pub w_px: f64,
    /// Unclipped height \[px\].
    pub h_px: f64,
    /// Share of the box's area inside the picture and covered by nothing, 0 ..= 1.
    pub visible_fraction: f64,
    /// The smallest rectangle about that area; without a size when there is none.
    pub visible: PixelBox,
    /// Distance \[m\]; infinite where the scenario does not say.
    pub range_m: f64,
}

impl TruthBox {
    /// The unclipped box.
    pub fn shape(&self) -> PixelBox {
        PixelBox { x_px: self.x_px, y_px: self.y_px, w_px: self.w_px, h_px: self.h_px }
    }
}

/// A rectangle in pixels, centre and size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PixelBox {
    /// Centre, from the left edge \[px\].
    pub x_px: f64,
    /// Centre, from the upper edge \[px\].
    pub y_px: f64,
    /// Width \[px\].
    pub w_px: f64,
    /// Height \[px\].
    pub h_px: f64,
}

impl PixelBox {
    /// Share of its area inside a picture of this size, 0 ..= 1.
    pub fn visible_fraction(&self, width_px: u32, height_px: u32) -> f64 {
        let share = |centre: f64, size: f64, picture: f64| {
            let inside = clamp(centre + size / 2.0, 0.0, picture) - clamp(centre - size / 2.0, 0.0, picture);
            if size > 0.0 { min(1.0, inside / size) } else { 0.0 }
        };
        share(self.x_px, self.w_px, f64::from(width_px)) * share(self.y_px, self.h_px, f64::from(height_px))
    }
}

/// A view with its trigonometry done, for many projections.
#[derive(Clone, Copy, Debug)]
pub struct Projector {
    view: View,
    focal_px: f64,
    tilt_sin: f64,
    tilt_cos: f64,
}

impl Projector {
    /// Prepares `view`.
    pub fn new(view: View) -> Self {
        let (tilt_sin, tilt_cos) = libm::sincos(radians(view.tilt_deg));
        let focal_px = f64::from(view.width_px) / 2.0 / libm::tan(radians(view.hfov_deg / 2.0));
        Self { view, focal_px, tilt_sin, tilt_cos }
    }

    /// Where `bearing` appears; `None` behind the camera.
    pub fn pixel(&self, bearing: Bearing) -> Option<Pixel> {
        let (az_sin, az_cos) = libm::sincos(radians(bearing.az_deg - self.view.pan_deg));
        let (el_sin, el_cos) = libm::sincos(radians(bearing.el_deg));
        self.pixel_of(az_sin, az_cos, el_sin, el_cos)
    }

    /// What direction is seen at `pixel`; azimuth within ±180 of the pan.
    pub fn bearing(&self, pixel: Pixel) -> Bearing {
        let right = (pixel.x_px - f64::from(self.view.width_px) / 2.0) / self.focal_px;
        let up = (f64::from(self.view.height_px) / 2.0 - pixel.y_px) / self.focal_px;
        let world_up = up * self.tilt_cos + self.tilt_sin;
        let world_forward = self.tilt_cos - up * self.tilt_sin;
        Bearing {
            az_deg: self.view.pan_deg + degrees(libm::atan2(right, world_forward)),
            el_deg: degrees(libm::atan2(world_up, libm::hypot(right, world_forward))),
        }
    }

    /// The box around something `width_deg` × `height_deg` large at `bearing`; `None` if any corner is behind.
    pub fn pixel_box(&self, bearing: Bearing, width_deg: f64, height_deg: f64) -> Option<PixelBox> {
        let az_deg = bearing.az_deg - self.view.pan_deg;
        let sides = [az_deg - width_deg / 2.0, az_deg + width_deg / 2.0].map(|angle| libm::sincos(radians(angle)));
        let ends = [bearing.el_deg - height_deg / 2.0, bearing.el_deg + height_deg / 2.0]
            .map(|angle| libm::sincos(radians(angle)));
        let (mut left, mut right, mut upper, mut lower) =
            (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY);
        for (az_sin, az_cos) in sides {
            for (el_sin, el_cos) in ends {
                let corner = self.pixel_of(az_sin, az_cos, el_sin, el_cos)?;
                (left, right) = (min(left, corner.x_px), max(right, corner.x_px));
                (upper, lower) = (min(upper, corner.y_px), max(lower, corner.y_px));
            }
        }
        let (x_px, y_px) = (f64::midpoint(left, right), f64::midpoint(upper, lower));
        Some(PixelBox { x_px, y_px, w_px: right - left, h_px: lower - upper })
    }

    /// Rotates a direction, pan already taken off, by the tilt and divides by the depth.
    fn pixel_of(&self, az_sin: f64, az_cos: f64, el_sin: f64, el_cos: f64) -> Option<Pixel> {
        let (right, up, forward) = (az_sin * el_cos, el_sin, az_cos * el_cos);
        let depth = forward * self.tilt_cos + up * self.tilt_sin;
        if depth < DEPTH_MIN {
            return None;
        }
        let raised = up * self.tilt_cos - forward * self.tilt_sin;
        Some(Pixel {
            x_px: f64::from(self.view.width_px) / 2.0 + self.focal_px * right / depth,
            y_px: f64::from(self.view.height_px) / 2.0 - self.focal_px * raised / depth,
        })
    }
}

/// Degrees to radians, for the inside of a trig call.
pub(crate) fn radians(angle_deg: f64) -> f64 {
    angle_deg * (PI / 180.0)
}

/// Radians to degrees.
pub(crate) fn degrees(angle_rad: f64) -> f64 {
    angle_rad * (180.0 / PI)
}

/// Directions within about 0.06° of the image plane, or behind it, have no pixel.
const DEPTH_MIN: f64 = 1e-3;
