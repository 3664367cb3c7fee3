//! Bearings and boxes through an ideal pinhole camera.
//!
//! World axes: x right, y up, z forward at pan = tilt = 0. A bearing (az, el) is the direction
//! (sin az · cos el, sin el, cos az · cos el). The camera turns about the vertical by pan, then about its own x axis by
//! tilt; in its axes a direction is (X right, U up, Z forward), and its pixel is
//!
//! x = W/2 + f · X/Z, y = H/2 − f · U/Z, with f = (W/2) / tan(HFOV/2) \[px\].
//!
//! Image x is right, y down, (0, 0) the corner left above; pixels are square. A box bounds the projections of the four
//! corners (az ± width/2, el ± height/2). Of what is wide that is too much, for a corner runs off to infinity as it
//! nears 90° off the axis, and behind the camera there is nothing to bound: what stands in the scene is cut at the
//! edges of the picture first, and so is a target with a corner behind the camera.
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
        let az = libm::sincos(radians(bearing.az_deg - self.view.pan_deg));
        let el = libm::sincos(radians(bearing.el_deg));
        self.pixel_of(self.in_camera(az, el))
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

    /// The box around something `width_deg` × `height_deg` large at `bearing`, which may reach beyond the picture or be
    /// beside it. With a corner behind the camera it is [`picture_box`](Self::picture_box)'s, or `None`.
    pub fn pixel_box(&self, bearing: Bearing, width_deg: f64, height_deg: f64) -> Option<PixelBox> {
        let mut bounds = Bounds::NONE;
        let corners = self.corners(bearing, width_deg, height_deg).map(|corner| self.pixel_of(corner));
        for corner in corners {
            let Some(corner) = corner else { return self.picture_box(bearing, width_deg, height_deg) };
            bounds.reach(corner);
        }
        bounds.shape()
    }

    /// The box around what of it is inside the picture; `None` if nothing is.
    ///
    /// It is taken in columns of some degrees, whose sides are straight lines in the picture, and whose ends nearly
    /// are. Each is cut by the four planes through the camera and an edge of the picture (Sutherland and Hodgman,
    /// *Reentrant polygon clipping*, CACM 1974), as directions, before there is any division by the depth.
    pub fn picture_box(&self, bearing: Bearing, width_deg: f64, height_deg: f64) -> Option<PixelBox> {
        let (width_deg, el_max_deg) = (min(width_deg, 360.0), 90.0 - COLUMN_DEG * 0.01);
        let [low_deg, high_deg] =
            [-0.5, 0.5].map(|side| clamp(bearing.el_deg + side * height_deg, -el_max_deg, el_max_deg));
        let columns = max(libm::ceil(width_deg / COLUMN_DEG), 1.0);
        let column_deg = width_deg / columns;
        let mut bounds = Bounds::NONE;
        for column in 0..columns as u32 {
            let az_deg = bearing.az_deg - width_deg * 0.5 + column_deg * (f64::from(column) + 0.5);
            let middle = Bearing { az_deg, el_deg: f64::midpoint(low_deg, high_deg) };
            let corners = self.corners(middle, column_deg, high_deg - low_deg);
            let inside = self.edges().iter().fold(corners.to_vec(), |shape, edge| cut(&shape, *edge));
            inside.into_iter().filter_map(|corner| self.pixel_of(corner)).for_each(|corner| bounds.reach(corner));
        }
        bounds.shape()
    }

    /// Four corners in their order round about, as directions in camera axes: right, up, forward.
    fn corners(&self, bearing: Bearing, width_deg: f64, height_deg: f64) -> [[f64; 3]; 4] {
        let az_deg = bearing.az_deg - self.view.pan_deg;
        let [left, right] = [-0.5, 0.5].map(|side| libm::sincos(radians(az_deg + side * width_deg)));
        let [low, high] = [-0.5, 0.5].map(|side| libm::sincos(radians(bearing.el_deg + side * height_deg)));
        [(left, low), (left, high), (right, high), (right, low)].map(|(az, el)| self.in_camera(az, el))
    }

    /// Normals of the planes through an edge of the picture, on the side of the picture.
    fn edges(&self) -> [[f64; 3]; 4] {
        let [wide, tall] = [self.view.width_px, self.view.height_px].map(|px| f64::from(px) * 0.5 / self.focal_px);
        [[1.0, 0.0, wide], [-1.0, 0.0, wide], [0.0, 1.0, tall], [0.0, -1.0, tall]]
    }

    /// Rotates a direction, pan already taken off, by the tilt.
    fn in_camera(&self, (az_sin, az_cos): (f64, f64), (el_sin, el_cos): (f64, f64)) -> [f64; 3] {
        let (right, up, forward) = (az_sin * el_cos, el_sin, az_cos * el_cos);
        let depth = forward * self.tilt_cos + up * self.tilt_sin;
        let raised = up * self.tilt_cos - forward * self.tilt_sin;
        [right, raised, depth]
    }

    /// Divides by the depth.
    fn pixel_of(&self, [right, raised, depth]: [f64; 3]) -> Option<Pixel> {
        (depth >= DEPTH_MIN).then(|| Pixel {
            x_px: f64::from(self.view.width_px) / 2.0 + self.focal_px * right / depth,
            y_px: f64::from(self.view.height_px) / 2.0 - self.focal_px * raised / depth,
        })
    }
}

/// The smallest rectangle about some pixels.
struct Bounds {
    low: Pixel,
    high: Pixel,
}

impl Bounds {
    const NONE: Self = Self {
        low: Pixel { x_px: f64::INFINITY, y_px: f64::INFINITY },
        high: Pixel { x_px: f64::NEG_INFINITY, y_px: f64::NEG_INFINITY },
    };

    fn reach(&mut self, pixel: Pixel) {
        let Self { low, high } = self;
        *low = Pixel { x_px: min(low.x_px, pixel.x_px), y_px: min(low.y_px, pixel.y_px) };
        *high = Pixel { x_px: max(high.x_px, pixel.x_px), y_px: max(high.y_px, pixel.y_px) };
    }

    /// `None` about nothing.
    fn shape(&self) -> Option<PixelBox> {
        let Self { low, high } = self;
        (low.x_px <= high.x_px).then(|| PixelBox {
            x_px: f64::midpoint(low.x_px, high.x_px),
            y_px: f64::midpoint(low.y_px, high.y_px),
            w_px: high.x_px - low.x_px,
            h_px: high.y_px - low.y_px,
        })
    }
}

/// What of a convex shape of directions is on the side of a plane through the camera that its normal points to.
fn cut(shape: &[[f64; 3]], normal: [f64; 3]) -> Vec<[f64; 3]> {
    let above = |corner: &[f64; 3]| corner.iter().zip(normal).map(|(a, b)| a * b).sum::<f64>();
    let mut kept = Vec::with_capacity(shape.len() + 1);
    for (corner, next) in shape.iter().zip(shape.iter().cycle().skip(1)) {
        let (here, there) = (above(corner), above(next));
        if here >= 0.0 {
            kept.push(*corner);
        }
        if (here < 0.0) != (there < 0.0) {
            let share = here / (here - there);
            let [x, y, z] = [0, 1, 2].map(|axis| corner[axis] + share * (next[axis] - corner[axis]));
            kept.push([x, y, z]);
        }
    }
    kept
}

/// Degrees to radians, for the inside of a trig call.
pub(crate) fn radians(angle_deg: f64) -> f64 {
    angle_deg * (PI / 180.0)
}

/// Radians to degrees.
pub(crate) fn degrees(angle_rad: f64) -> f64 {
    angle_rad * (180.0 / PI)
}

/// Something wide is cut in columns of at most this width \[deg\].
const COLUMN_DEG: f64 = 5.0;

/// Directions within about 0.06° of the image plane, or behind it, have no pixel.
const DEPTH_MIN: f64 = 1e-3;
