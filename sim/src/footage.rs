//! A recorded wide shot as the scene: what a camera that turns and zooms sees of it.
//!
//! The clip's camera stood at the camera's own place and looked along pan = tilt = 0 with the field of view that the
//! scenario says, square pixels, no distortion. Of two pinhole cameras in one place a pixel of one has its place in the
//! other whatever the scene's depth: the direction of the pixel's middle, turned by tilt and then by pan,
//!
//! (X, U, Z) = Ry(pan) · Rx(tilt) · (x − w/2, h/2 − y, f), x' = W/2 + F · X/Z, y' = H/2 − F · U/Z,
//!
//! a homography (Hartley and Zisserman, *Multiple View Geometry*, 2nd ed., section 8.4), and the same that
//! [`crate::projection`] casts boxes with. Colours are bilinear between the middles of the four nearest pixels of the
//! clip; what lies beyond its picture, or behind its camera, is black.
//!
//! The picture of a moment is the clip's newest one of then: picture n is shown from round(n · 10⁹ / rate) ns of the
//! clip on, in whole nanoseconds. Exposure, blur, noise and compression are the clip's own.
//!
//! A box of the clip becomes the bearing and the angular size whose corners it bounds ([`angular`]); through the view
//! of the clip it comes back exactly.
//!
//! Does not model: parallax, several clips, filtering where the clip has many pixels to one of the view's.

use core::fmt::Debug;
use std::collections::VecDeque;
use std::sync::Arc;

use tiltyard_visca::SimTime;
use tiltyard_visca::num::clamp;

use crate::config::{self, End};
use crate::projection::{PixelBox, View, degrees, radians};
use crate::render::Rgb;
use crate::target::TargetState;

/// Pictures of a clip, in their order.
pub trait Frames: Debug + Send {
    /// The next one; `None` at the end. An error is a sentence that names the clip.
    fn next(&mut self) -> Result<Option<Rgb>, String>;

    /// Goes back to before the first one.
    fn rewind(&mut self) -> Result<(), String>;

    /// Pictures a second \[Hz\], where the clip says it.
    fn rate_hz(&self) -> Option<f64>;

    /// Its name, for errors.
    fn name(&self) -> &str;
}

/// So many decoded pictures are kept: frames of a link with jitter overtake each other, and a clip is read forwards.
const KEPT: usize = 4;

/// A clip with the camera before it.
#[derive(Debug)]
pub struct Footage {
    config: config::Footage,
    frames: Box<dyn Frames>,
    rate_hz: f64,
    size_px: [u32; 2],
    kept: VecDeque<(u64, Arc<Rgb>)>,
    /// Number of the picture that is read next.
    next: u64,
    /// How many there are, once the end was seen.
    length: Option<u64>,
}

impl Footage {
    /// Opens a clip by its first picture, and refuses one that is not as the scenario says.
    pub fn open(config: config::Footage, mut frames: Box<dyn Frames>) -> Result<Self, String> {
        let first = frames.next()?.ok_or_else(|| format!("{}: there is no picture in it", frames.name()))?;
        let size_px = [first.width_px, first.height_px];
        if let Some([width_px, height_px]) = config.size_px.filter(|said| *said != size_px) {
            let [found_width_px, found_height_px] = size_px;
            let name = frames.name();
            return Err(format!(
                "{name}: its pictures have {found_width_px} × {found_height_px} px (expected {width_px} × {height_px} \
                 px, `world.video.size`)"
            ));
        }
        let rate_hz = match (frames.rate_hz(), config.rate_hz) {
            (Some(own), Some(said)) if libm::fabs(own - said) > own * RATE_TOLERANCE => {
                let name = frames.name();
                return Err(format!("{name}: it has {own} pictures a second (expected {said}, `world.video.rate`)"));
            }
            (_, Some(rate_hz)) | (Some(rate_hz), None) => rate_hz,
            (None, None) => return Err(format!("{}: its rate is not known (needs `world.video.rate`)", frames.name())),
        };
        let kept = VecDeque::from([(0, Arc::new(first))]);
        Ok(Self { config, frames, rate_hz, size_px, kept, next: 1, length: None })
    }

    /// The clip's own camera.
    pub fn view(&self) -> View {
        let [width_px, height_px] = self.size_px;
        View { pan_deg: 0.0, tilt_deg: 0.0, hfov_deg: self.config.hfov_deg, width_px, height_px }
    }

    /// What `view` shows at `at`.
    pub fn picture(&mut self, at: SimTime, view: View) -> Result<Rgb, String> {
        let index = shown_at(at + self.config.start, self.rate_hz);
        let wide = self.frame(index)?;
        Ok(cut(&wide, self.config.hfov_deg, view))
    }

    /// The clip's picture with this number; beyond the end as the scenario says.
    fn frame(&mut self, index: u64) -> Result<Arc<Rgb>, String> {
        loop {
            let wanted = self.within(index);
            if let Some((_, rgb)) = self.kept.iter().find(|(kept, _)| *kept == wanted) {
                return Ok(Arc::clone(rgb));
            }
            if wanted < self.next {
                self.frames.rewind()?;
                self.next = 0;
                self.kept.clear();
            }
            match self.frames.next()? {
                Some(rgb) => self.keep(rgb)?,
                None if self.next == 0 => return Err(format!("{}: there is no picture in it", self.frames.name())),
                None => self.length = Some(self.next),
            }
        }
    }

    /// The picture that stands for one beyond the end.
    fn within(&self, index: u64) -> u64 {
        match (self.length, self.config.end) {
            (Some(length), End::Hold) => index.min(length - 1),
            (Some(length), End::Loop) => index % length,
            (None, _) => index,
        }
    }

    fn keep(&mut self, rgb: Rgb) -> Result<(), String> {
        let ([width_px, height_px], index) = (self.size_px, self.next);
        if [rgb.width_px, rgb.height_px] != self.size_px {
            return Err(format!(
                "{}: picture {index} has {} × {} px (expected {width_px} × {height_px} px, as the first one)",
                self.frames.name(),
                rgb.width_px,
                rgb.height_px
            ));
        }
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((index, Arc::new(rgb)));
        self.next += 1;
        Ok(())
    }
}

/// 29.97 is 30000/1001: a rate as people write it \[share\].
const RATE_TOLERANCE: f64 = 2e-3;

/// The number of the picture that a clip shows at `at`: the last one with round(n · 10⁹ / rate) ns ≤ `at`.
pub fn shown_at(at: SimTime, rate_hz: f64) -> u64 {
    let begins = |index: u64| libm::round(index as f64 * 1e9 / rate_hz) as u64;
    let mut index = (at.as_nanos() as f64 * rate_hz / 1e9) as u64 + 1;
    while index > 0 && begins(index) > at.as_nanos() {
        index -= 1;
    }
    index
}

/// What a camera with this view sees of a picture that one at pan = tilt = 0 took with `hfov_deg`.
pub fn cut(wide: &Rgb, hfov_deg: f64, view: View) -> Rgb {
    let (tilt_sin, tilt_cos) = libm::sincos(radians(view.tilt_deg));
    let (pan_sin, pan_cos) = libm::sincos(radians(view.pan_deg));
    let focal_px = focal_px(view.width_px, view.hfov_deg);
    let wide_focal_px = self::focal_px(wide.width_px, hfov_deg);
    let [half_width, half_height] = [wide.width_px, wide.height_px].map(|side| f64::from(side) / 2.0);
    let mut bytes = Vec::with_capacity(view.width_px as usize * view.height_px as usize * 3);
    for row in 0..view.height_px {
        let up = f64::from(view.height_px) / 2.0 - (f64::from(row) + 0.5);
        let (raised, forward) = (up * tilt_cos + focal_px * tilt_sin, focal_px * tilt_cos - up * tilt_sin);
        for column in 0..view.width_px {
            let right = f64::from(column) + 0.5 - f64::from(view.width_px) / 2.0;
            let across = right * pan_cos + forward * pan_sin;
            let depth = forward * pan_cos - right * pan_sin;
            let scale = wide_focal_px / depth;
            let (x_px, y_px) = (half_width + across * scale, half_height - raised * scale);
            let colour = if depth > 0.0 { sample(wide, x_px, y_px) } else { BLACK };
            bytes.extend_from_slice(&colour);
        }
    }
    Rgb { width_px: view.width_px, height_px: view.height_px, bytes }
}

/// What is beyond the clip.
const BLACK: [u8; 3] = [0; 3];

/// The colour at a point, (0, 0) the corner left above; black outside.
fn sample(wide: &Rgb, x_px: f64, y_px: f64) -> [u8; 3] {
    let (width, height) = (f64::from(wide.width_px), f64::from(wide.height_px));
    // A hair of rounding beyond the edge is the edge.
    if !(-1e-6..=width + 1e-6).contains(&x_px) || !(-1e-6..=height + 1e-6).contains(&y_px) {
        return BLACK;
    }
    let [(left, right, across), (upper, lower, down)] =
        [(x_px, wide.width_px), (y_px, wide.height_px)].map(|(at, side)| {
            let at = clamp(at - 0.5, 0.0, f64::from(side - 1));
            let low = at as u32;
            (low, (low + 1).min(side - 1), at - f64::from(low))
        });
    let pixel = |x: u32, y: u32| {
        let at = (y as usize * wide.width_px as usize + x as usize) * 3;
        wide.bytes.get(at..at + 3).and_then(|bytes| bytes.try_into().ok()).unwrap_or(BLACK)
    };
    let corners = [pixel(left, upper), pixel(right, upper), pixel(left, lower), pixel(right, lower)];
    [0, 1, 2].map(|channel| {
        let [a, b, c, d] = corners.map(|colour| f64::from(colour[channel]));
        let (above, below) = (a + (b - a) * across, c + (d - c) * across);
        (above + (below - above) * down + 0.5) as u8
    })
}

/// f = (W/2) / tan(HFOV/2) \[px\].
fn focal_px(width_px: u32, hfov_deg: f64) -> f64 {
    f64::from(width_px) / 2.0 / libm::tan(radians(hfov_deg / 2.0))
}

/// Bearing and angular size of what fills a box of the clip's picture; `None` if none of it is in there. What is cut
/// off by the picture's edge is not to be seen from anywhere, so the box ends there.
///
/// A side at x is the azimuth atan(x / f). A corner at azimuth a and elevation e is at height f · tan e / cos a, so the
/// upper side of the box is made by the corner that is farther off the middle if it is above the horizon, and by the
/// nearer one if below; the lower side the other way round. A box so flat that its sides bend by more than its height
/// has no such corners: it gets the elevations at its middle.
pub fn angular(shape: &PixelBox, clip: View) -> Option<TargetState> {
    let focal_px = focal_px(clip.width_px, clip.hfov_deg);
    let sides = |centre: f64, size: f64, picture: u32| {
        let [low, high] = [-0.5, 0.5].map(|side| clamp(centre + side * size, 0.0, f64::from(picture)));
        (low < high).then(|| [low, high].map(|at| at - f64::from(picture) / 2.0))
    };
    let [left, right] = sides(shape.x_px, shape.w_px, clip.width_px)?.map(|x| x / focal_px);
    let [high, low] = sides(shape.y_px, shape.h_px, clip.height_px)?.map(|y| -y / focal_px);
    let cosine = |x: f64| 1.0 / libm::sqrt(1.0 + x * x);
    let (far, near) = if libm::fabs(left) > libm::fabs(right) { (left, right) } else { (right, left) };
    let elevation_deg = |y: f64, x: f64| degrees(libm::atan(y * cosine(x)));
    let mut high_deg = elevation_deg(high, if high >= 0.0 { far } else { near });
    let mut low_deg = elevation_deg(low, if low <= 0.0 { far } else { near });
    if high_deg <= low_deg {
        let middle = f64::midpoint(left, right);
        [high_deg, low_deg] = [high, low].map(|y| elevation_deg(y, middle));
    }
    let [left_deg, right_deg] = [left, right].map(|x| degrees(libm::atan(x)));
    Some(TargetState {
        az_deg: f64::midpoint(left_deg, right_deg),
        el_deg: f64::midpoint(high_deg, low_deg),
        width_deg: right_deg - left_deg,
        height_deg: high_deg - low_deg,
        range_m: f64::INFINITY,
    })
}
