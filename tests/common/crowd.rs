//! Many people who walk to and fro in front of a camera that pans: a load for trackers.

use core::time::Duration;
use std::sync::Arc;

use tiltyard::stack::Detection;
use tiltyard::stack::frame::PixelBox;
use tiltyard::stack::geometry::{Bearing, View};
use tiltyard_visca::SimTime;

/// Detections of `people` in frame `number` of a camera with 30 frames a second, and what it needs to place them. Every
/// eleventh person is missed, another one each frame; every seventeenth box is an unsure one.
pub fn crowd(people: u32, number: u32, label: &Arc<str>) -> (SimTime, View, Vec<Detection>) {
    let t_s = f64::from(number) / 30.0;
    let axis = Bearing { az_deg: 10.0 * libm::sin(t_s), el_deg: 0.0 };
    let view = View { axis, hfov_deg: 60.0, width_px: 1920.0, height_px: 1080.0 };
    let seen = (0..people).filter(|person| !(person + number).is_multiple_of(11)).map(|person| {
        let lane = f64::from(person);
        let x_px = 960.0 + 800.0 * libm::sin(0.3 * t_s + lane * 2.4);
        let bbox = PixelBox { x_px, y_px: 100.0 + 9.0 * lane, w_px: 40.0, h_px: 110.0 };
        let confidence = if (3 * person + number).is_multiple_of(17) { 0.5 } else { 0.97 };
        Detection { label: Arc::clone(label), confidence, bbox }
    });
    (SimTime::ZERO + Duration::from_secs(1) * number / 30, view, seen.collect())
}
