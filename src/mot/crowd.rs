//! Many people who walk to and fro in front of a camera that pans: a load for trackers.

use core::time::Duration;
use std::sync::Arc;

use tiltyard_visca::SimTime;
use tiltyard_visca::num::min;

use crate::stack::Detection;
use crate::stack::frame::PixelBox;
use crate::stack::geometry::{Bearing, View};
use crate::stack::track::Tracker;

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

/// Frames of a crowd before anything is timed: who is there is known by then.
const WARM_UP: u32 = 600;
/// Runs over the same frames, of which the least time of each frame counts: what else the machine does only adds.
const ROUNDS: u32 = 5;

/// Median and 99th percentile of what single frames of a crowd cost a tracker that knows it \[µs\], over `frames`
/// frames. `seconds_of` runs what it is given and says how long that took \[s\]: this room has no clock.
pub fn frame_us(
    make: impl Fn() -> Box<dyn Tracker>,
    people: u32,
    frames: u32,
    mut seconds_of: impl FnMut(&mut dyn FnMut()) -> f64,
) -> [f64; 2] {
    let label: Arc<str> = Arc::from("person");
    let mut least_us = vec![f64::INFINITY; frames as usize];
    for _ in 0..ROUNDS {
        let mut tracker = make();
        for number in 0..WARM_UP + frames {
            let (at, view, found) = crowd(people, number, &label);
            let took_us = seconds_of(&mut || tracker.update(at, &view, &found)) * 1e6;
            let timed = number.checked_sub(WARM_UP).and_then(|index| least_us.get_mut(index as usize));
            if let Some(least) = timed {
                *least = min(*least, took_us);
            }
        }
    }
    least_us.sort_by(f64::total_cmp);
    // Nearest rank, as in the metrics of a run.
    let rank = |per_cent: usize| (least_us.len() * per_cent).div_ceil(100).saturating_sub(1);
    [50, 99].map(|per_cent| least_us.get(rank(per_cent)).copied().unwrap_or(0.0))
}
