//! A recorded picture through another camera, held against the projection that boxes go through.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use core::time::Duration;

use proptest::prelude::*;
use tiltyard_sim::config::{self, End};
use tiltyard_sim::footage::{Footage, Frames, angular, cut, shown_at};
use tiltyard_sim::projection::{Bearing, Pixel, PixelBox, Projector, View};
use tiltyard_sim::render::Rgb;
use tiltyard_visca::SimTime;
use tiltyard_visca::num::{max, min};

const CLIP: View = View { pan_deg: 0.0, tilt_deg: 0.0, hfov_deg: 60.0, width_px: 240, height_px: 136 };

/// A picture that says of each pixel where it is: red is the column, green the row, blue is there.
fn chart() -> Rgb {
    let pixel = |at: u32| [(at % CLIP.width_px) as u8, (at / CLIP.width_px) as u8, 255];
    let bytes = (0..CLIP.width_px * CLIP.height_px).flat_map(pixel).collect();
    Rgb { width_px: CLIP.width_px, height_px: CLIP.height_px, bytes }
}

fn at(rgb: &Rgb, x: u32, y: u32) -> [u8; 3] {
    rgb.bytes[(y * rgb.width_px + x) as usize * 3..][..3].try_into().unwrap()
}

#[test]
fn the_clips_own_camera_sees_the_clip() {
    assert_eq!(cut(&chart(), CLIP.hfov_deg, CLIP), chart());
}

proptest! {
    /// The direction of a pixel is found by the projection of boxes, and so is its place in the clip.
    #[test]
    fn each_pixel_is_that_of_its_bearing(
        pan_deg in -40.0..40.0f64, tilt_deg in -30.0..30.0f64, hfov_deg in 5.0..80.0f64, x in 0..64u32, y in 0..36u32,
    ) {
        let view = View { pan_deg, tilt_deg, hfov_deg, width_px: 64, height_px: 36 };
        let seen = at(&cut(&chart(), CLIP.hfov_deg, view), x, y);
        let middle = Pixel { x_px: f64::from(x) + 0.5, y_px: f64::from(y) + 0.5 };
        let Some(place) = Projector::new(CLIP).pixel(Projector::new(view).bearing(middle)) else {
            prop_assert_eq!(seen, [0; 3]);
            return Ok(());
        };
        let beyond = |at: f64, side: u32| at < -0.01 || at > f64::from(side) + 0.01;
        let inside = |at: f64, side: u32| at > 0.5 && at < f64::from(side) - 0.5;
        if beyond(place.x_px, CLIP.width_px) || beyond(place.y_px, CLIP.height_px) {
            prop_assert_eq!(seen, [0; 3]);
        } else if inside(place.x_px, CLIP.width_px) && inside(place.y_px, CLIP.height_px) {
            prop_assert!((f64::from(seen[0]) - (place.x_px - 0.5)).abs() < 0.51, "{:?} at {:?}", seen, place);
            prop_assert!((f64::from(seen[1]) - (place.y_px - 0.5)).abs() < 0.51, "{:?} at {:?}", seen, place);
            prop_assert_eq!(seen[2], 255);
        }
    }

    /// Truth of the clip, as bearing and size, is the same box in the clip again, cut at its edges.
    #[test]
    fn a_box_of_the_clip_comes_back(
        left in -20.0..230.0f64, top in -20.0..130.0f64, width in 1.0..120.0f64, height in 1.0..120.0f64,
    ) {
        // What is left of it above an edge of the picture may still be flat.
        prop_assume!(min(min(height, 136.0 - top), height + top) >= 0.2 * width);
        let shape = PixelBox { x_px: left + width / 2.0, y_px: top + height / 2.0, w_px: width, h_px: height };
        let Some(state) = angular(&shape, CLIP) else {
            prop_assert!(left + width <= 0.0 || top + height <= 0.0);
            return Ok(());
        };
        let bearing = Bearing { az_deg: state.az_deg, el_deg: state.el_deg };
        let back = Projector::new(CLIP).pixel_box(bearing, state.width_deg, state.height_deg).unwrap();
        let low = [max(left, 0.0), max(top, 0.0)];
        let high = [min(left + width, 240.0), min(top + height, 136.0)];
        for (got, wanted) in [
            (back.x_px - back.w_px / 2.0, low[0]), (back.y_px - back.h_px / 2.0, low[1]),
            (back.x_px + back.w_px / 2.0, high[0]), (back.y_px + back.h_px / 2.0, high[1]),
        ] {
            prop_assert!((got - wanted).abs() < 1e-9, "{back:?} of {shape:?}");
        }
    }

    #[test]
    fn a_picture_is_shown_from_its_own_nanosecond_on(index in 0..500_000u64, rate_hz in 1.0..120.0f64) {
        let begins = libm::round(index as f64 * 1e9 / rate_hz) as u64;
        prop_assert_eq!(shown_at(SimTime::from_nanos(begins), rate_hz), index);
        if begins > 0 {
            prop_assert_eq!(shown_at(SimTime::from_nanos(begins - 1), rate_hz), index - 1);
        }
    }
}

#[test]
fn zoom_magnifies_about_the_axis_and_turning_moves_the_picture_the_other_way() {
    // tan 30° / 2: twice as long a lens, so half the columns, each twice as wide.
    let hfov_deg = 2.0 * libm::atan(libm::tan(core::f64::consts::PI / 6.0) / 2.0) * 180.0 / core::f64::consts::PI;
    let near = cut(&chart(), CLIP.hfov_deg, View { hfov_deg, ..CLIP });
    let columns = |x: u32| f64::from(at(&near, x, 68)[0]);
    assert!((columns(220) - columns(20) - 100.0).abs() <= 1.0, "{} {}", columns(220), columns(20));
    assert_eq!(at(&near, 120, 68)[..2], [120, 68]);
    // 10° to the right and 5° up: f = 120 / tan 30° = 207.85 px, so 36.6 px to the right, 18.2 px · … up.
    let turned = cut(&chart(), CLIP.hfov_deg, View { pan_deg: 10.0, ..CLIP });
    assert_eq!(at(&turned, 120, 68)[..2], [157, 68]);
    let raised = cut(&chart(), CLIP.hfov_deg, View { tilt_deg: 5.0, ..CLIP });
    assert_eq!(at(&raised, 120, 68)[..2], [120, 50]);
    assert_eq!(at(&cut(&chart(), CLIP.hfov_deg, View { pan_deg: 120.0, ..CLIP }), 120, 68), [0; 3], "behind the clip");
}

/// Flat pictures whose colour is their number, of this size each.
#[derive(Debug)]
struct Flat {
    sizes: Vec<[u32; 2]>,
    next: usize,
    rewound: u32,
    rate_hz: Option<f64>,
}

impl Frames for Flat {
    fn next(&mut self) -> Result<Option<Rgb>, String> {
        let Some([width_px, height_px]) = self.sizes.get(self.next).copied() else { return Ok(None) };
        let bytes = vec![self.next as u8; (width_px * height_px * 3) as usize];
        self.next += 1;
        Ok(Some(Rgb { width_px, height_px, bytes }))
    }

    fn rewind(&mut self) -> Result<(), String> {
        self.next = 0;
        self.rewound += 1;
        if self.rewound > 20 { Err("flat: rewound without end".to_owned()) } else { Ok(()) }
    }

    fn rate_hz(&self) -> Option<f64> {
        self.rate_hz
    }

    fn name(&self) -> &'static str {
        "flat"
    }
}

fn config(end: End) -> config::Footage {
    let (file, start) = ("flat".to_owned(), Duration::from_millis(200));
    config::Footage { file, hfov_deg: 60.0, rate_hz: Some(10.0), size_px: None, start, end }
}

fn flat(sizes: &[[u32; 2]]) -> Flat {
    Flat { sizes: sizes.to_vec(), next: 0, rewound: 0, rate_hz: None }
}

/// The numbers of the pictures that are shown at these moments \[ms\].
fn shown(end: End, moments_ms: &[u64]) -> Vec<u8> {
    let mut footage = Footage::open(config(end), Box::new(flat(&[[8, 6]; 8]))).unwrap();
    let view = footage.view();
    moments_ms.iter().map(|ms| footage.picture(SimTime::from_millis(*ms), view).unwrap().bytes[0]).collect()
}

#[test]
fn the_clip_runs_by_its_own_rate_from_its_start_and_ends_as_said() {
    assert_eq!(shown(End::Hold, &[0, 99, 100, 250, 599, 600, 5000]), [2, 2, 3, 4, 7, 7, 7]);
    assert_eq!(shown(End::Loop, &[0, 599, 600, 700, 1400]), [2, 7, 0, 1, 0]);
    // A frame that was overtaken is asked for after a later one, whether its picture is still kept or not.
    assert_eq!(shown(End::Hold, &[300, 200, 500, 0]), [5, 4, 7, 2]);
}

#[test]
fn a_clip_that_is_not_as_said_is_refused() {
    let refused = |config: config::Footage, frames: Flat| Footage::open(config, Box::new(frames)).unwrap_err();
    let hold = config(End::Hold);
    assert_eq!(refused(hold.clone(), flat(&[])), "flat: there is no picture in it");
    let said = config::Footage { size_px: Some([1280, 720]), ..hold.clone() };
    let told = refused(said, flat(&[[8, 6]]));
    assert_eq!(told, "flat: its pictures have 8 × 6 px (expected 1280 × 720 px, `world.video.size`)");
    let told = refused(config::Footage { rate_hz: None, ..hold.clone() }, flat(&[[8, 6]]));
    assert_eq!(told, "flat: its rate is not known (needs `world.video.rate`)");
    let told = refused(hold.clone(), Flat { rate_hz: Some(25.0), ..flat(&[[8, 6]]) });
    assert_eq!(told, "flat: it has 25 pictures a second (expected 10, `world.video.rate`)");
    // 29.97 as people write it.
    let said = config::Footage { rate_hz: Some(30.0), ..hold.clone() };
    assert!(Footage::open(said, Box::new(Flat { rate_hz: Some(30_000.0 / 1001.0), ..flat(&[[8, 6]]) })).is_ok());
    let mut footage = Footage::open(hold, Box::new(flat(&[[8, 6], [8, 6], [8, 6], [6, 8]]))).unwrap();
    let view = footage.view();
    assert!(footage.picture(SimTime::ZERO, view).is_ok());
    let told = footage.picture(SimTime::from_millis(100), view).unwrap_err();
    assert_eq!(told, "flat: picture 3 has 6 × 8 px (expected 8 × 6 px, as the first one)");
}
