//! A filmstrip: what the stack saw at some moments, side by side, with the box that it followed and the true ones.
//!
//! A moment becomes the next exposure, and its frame waits until the stack has decided on it; one that was dropped, or
//! overwritten unread, gives its place to the next that was not.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use tiltyard_sim::projection::PixelBox;
use tiltyard_sim::render::Rgb;
use tiltyard_visca::SimTime;

use super::photo::{Photo, Photographer, dot, outline};
use crate::cli::Failure;
use crate::run::Execution;
use crate::scenario::Scenario;

/// Followed by the stack.
const FOLLOWED: [u8; 3] = [255, 150, 0];
/// True.
const TRUE: [u8; 3] = [60, 230, 90];
/// The middle of the picture.
const MIDDLE: [u8; 3] = [255, 255, 255];
/// Pictures in a row.
const ROW: usize = 4;
/// Between two pictures \[px\].
const GAP_PX: u32 = 6;
/// How often it is looked whether the stack has decided.
const LOOK: core::time::Duration = core::time::Duration::from_millis(1);

/// One picture of the strip.
#[derive(Debug)]
pub struct Still {
    /// When it was exposed.
    pub at: SimTime,
    /// Where the camera looked (pan, tilt) \[deg\], and how wide \[deg\].
    pub pose_deg: [f64; 3],
    /// The box that was followed in it, if one was seen; overlap with the subject's true one, 0 ..= 1.
    pub followed: Option<f64>,
    rgb: Rgb,
}

/// The frames of a run that were decided on at these moments or next after them.
pub fn stills(scenario: &Scenario, seed: u64, moments: &[SimTime]) -> Result<Vec<Still>, Failure> {
    let broken = |error: &dyn core::fmt::Display| Failure::Environment(format!("failed to {error}: {}", scenario.file));
    let mut photographer = Photographer::new(scenario, seed)?;
    let mut execution = Execution::new(scenario, seed).map_err(|error| broken(&error))?;
    let video = &scenario.world.video;
    let size_px = [video.width_px, video.height_px];
    let mut moments = moments.iter().copied().peekable();
    let mut taken: BTreeMap<SimTime, (Photo, [f64; 3])> = BTreeMap::new();
    let mut stills = Vec::new();
    let (mut now, mut frame) = (SimTime::ZERO, 0_u64);
    while moments.peek().is_some() {
        execution.run_until(now).map_err(|error| broken(&error))?;
        let decided = execution
            .stack()
            .last_decision()
            .filter(|decision| moments.peek().is_some_and(|moment| decision.captured_at >= *moment));
        if let Some(decision) = decided
            && let Some((photo, pose_deg)) = taken.remove(&decision.captured_at)
        {
            let seen = decision.seen.map(|seen| PixelBox {
                x_px: seen.x_px + seen.w_px * 0.5,
                y_px: seen.y_px + seen.h_px * 0.5,
                w_px: seen.w_px,
                h_px: seen.h_px,
            });
            stills.push(still(decision.captured_at, photo, pose_deg, seen, scenario.subject));
            let reached = decision.captured_at;
            taken.clear();
            while moments.next_if(|moment| *moment <= reached).is_some() {}
        }
        // The next exposure on the way, if it is one that is wanted.
        let exposed_at = SimTime::from_nanos(libm::round(frame as f64 * 1e9 / video.rate_hz) as u64);
        if exposed_at <= now {
            frame += 1;
            if moments.peek().is_some_and(|moment| exposed_at >= *moment) {
                let picture = execution.world().glance(exposed_at);
                let pose_deg = [picture.pose.pan_deg, picture.pose.tilt_deg, picture.hfov_deg];
                taken.insert(exposed_at, (photographer.take(execution.world(), &picture, size_px)?, pose_deg));
            }
            continue;
        }
        if now >= execution.end() {
            break;
        }
        now = (now + LOOK).min(exposed_at).min(execution.end());
    }
    Ok(stills)
}

fn still(at: SimTime, photo: Photo, pose_deg: [f64; 3], seen: Option<PixelBox>, subject: Option<usize>) -> Still {
    let Photo { mut rgb, boxes } = photo;
    for (_, shape, _) in &boxes {
        outline(&mut rgb, shape, 1, TRUE);
    }
    if let Some(seen) = &seen {
        outline(&mut rgb, seen, 3, FOLLOWED);
    }
    let (x, y) = (rgb.width_px as i32 / 2, rgb.height_px as i32 / 2);
    for step in -8..=8 {
        dot(&mut rgb, x + step, y, MIDDLE);
        dot(&mut rgb, x, y + step, MIDDLE);
    }
    let own = boxes.iter().find(|(target, ..)| Some(*target) == subject).map(|(_, shape, _)| corner(shape));
    let followed = seen.map(|seen| own.map_or(0.0, |own| own.iou(&corner(&seen))));
    Still { at, pose_deg, followed, rgb }
}

/// The stack's boxes are told by their corner.
fn corner(shape: &PixelBox) -> crate::stack::frame::PixelBox {
    let (w_px, h_px) = (shape.w_px, shape.h_px);
    crate::stack::frame::PixelBox { x_px: shape.x_px - w_px * 0.5, y_px: shape.y_px - h_px * 0.5, w_px, h_px }
}

/// All of them in rows of four, from the left and the top.
pub fn join(stills: &[Still]) -> Rgb {
    let [width_px, height_px] = stills.first().map_or([1, 1], |still| [still.rgb.width_px, still.rgb.height_px]);
    let columns = stills.len().clamp(1, ROW) as u32;
    let rows = stills.len().div_ceil(ROW).max(1) as u32;
    let mut strip = Rgb {
        width_px: columns * (width_px + GAP_PX) - GAP_PX,
        height_px: rows * (height_px + GAP_PX) - GAP_PX,
        bytes: Vec::new(),
    };
    strip.bytes = vec![32; strip.width_px as usize * strip.height_px as usize * 3];
    for (index, still) in stills.iter().enumerate() {
        let (left, top) = ((index % ROW) as u32 * (width_px + GAP_PX), (index / ROW) as u32 * (height_px + GAP_PX));
        for (row, line) in still.rgb.bytes.chunks_exact(width_px as usize * 3).enumerate() {
            let at = ((top as usize + row) * strip.width_px as usize + left as usize) * 3;
            if let Some(place) = strip.bytes.get_mut(at..at + line.len()) {
                place.copy_from_slice(line);
            }
        }
    }
    strip
}

/// A line each, in their order.
pub fn told(stills: &[Still]) -> String {
    stills.iter().fold(
        String::new(),
        |mut lines, Still { at, pose_deg: [pan_deg, tilt_deg, hfov_deg], followed, .. }| {
            let box_said = followed.map_or_else(|| "nobody seen".to_owned(), |iou| format!("overlap {iou:.2}"));
            // Writing to a string does not fail.
            let _ = writeln!(
                lines,
                "{at}: pan {pan_deg:.2} deg, tilt {tilt_deg:.2} deg, {hfov_deg:.2} deg wide, {box_said}"
            );
            lines
        },
    )
}
