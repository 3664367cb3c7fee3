//! Refuses configurations that no world can be built from: what would divide by zero, hang or mean nothing.
//!
//! The scenario room checks with better words and exact places; this is the floor under it.

use tiltyard_visca::SimTime;

use crate::config::{AxisMechanics, Delay, FaultKind, Lens, Link, Occluder, Path, Target, Video, WorldConfig};
use crate::world::WorldError;

/// Whether a world can be built.
pub(crate) fn check(config: &WorldConfig) -> Result<(), WorldError> {
    config.camera.protocol.check()?;
    within("physics_hz", f64::from(config.physics_hz), 1.0, 1e6, "1 ..= 1,000,000 Hz")?;
    within("start.pan_deg", config.start.pan_deg, -1e6, 1e6, "a finite angle")?;
    within("start.tilt_deg", config.start.tilt_deg, -1e6, 1e6, "a finite angle")?;
    within("start.zoom_ratio", config.start.zoom_ratio, 1.0, 1e6, "at least 1")?;
    mechanics("camera.pan", &config.camera.pan)?;
    mechanics("camera.tilt", &config.camera.tilt)?;
    lens(&config.camera.lens)?;
    video(&config.video)?;
    link(&config.link)?;
    config.targets.iter().try_for_each(target)?;
    config.occluders.iter().try_for_each(occluder)?;
    config.faults.iter().try_for_each(|fault| match fault.kind {
        FaultKind::LinkDrop { probability }
        | FaultKind::VideoDrop { probability }
        | FaultKind::DetectorMiss { probability } => chance("fault.probability", probability),
        FaultKind::LinkDelay { .. } | FaultKind::VideoFreeze | FaultKind::InferenceDelay { .. } => Ok(()),
    })
}

fn mechanics(field: &'static str, axis: &AxisMechanics) -> Result<(), WorldError> {
    above_zero(field, axis.acceleration_dps2)?;
    above_zero(field, axis.inertia_kg_m2)?;
    above_zero(field, axis.torque_max_nm)?;
    within(field, axis.friction_nm_per_dps, 0.0, f64::MAX, "a friction of 0 or more")
}

fn lens(lens: &Lens) -> Result<(), WorldError> {
    within("camera.lens.hfov_wide_deg", lens.hfov_wide_deg, 0.01, 179.0, "0.01 ..= 179 deg")?;
    above_zero("camera.lens.acceleration_units_per_s2", lens.acceleration_units_per_s2)?;
    let field = "camera.lens.curve";
    match lens.curve.first() {
        Some(&(0.0, 1.0)) => {}
        _ => return Err(WorldError::BadTable { field, problem: "does not begin at position 0, magnification 1" }),
    }
    table(field, &lens.curve, 2, |before, after| before.0 < after.0 && before.1 < after.1)
}

fn video(video: &Video) -> Result<(), WorldError> {
    within("video.rate_hz", video.rate_hz, 1e-3, 1e6, "0.001 ..= 1,000,000 Hz")?;
    within("video.width_px", f64::from(video.width_px), 1.0, 1e6, "1 ..= 1,000,000 px")?;
    within("video.height_px", f64::from(video.height_px), 1.0, 1e6, "1 ..= 1,000,000 px")?;
    chance("video.drop_probability", video.drop_probability)?;
    delay("video.latency", &video.latency)
}

fn link(link: &Link) -> Result<(), WorldError> {
    chance("link.drop_probability", link.drop_probability)?;
    delay("link.latency", &link.latency)
}

fn delay(field: &'static str, delay: &Delay) -> Result<(), WorldError> {
    match delay {
        Delay::Measured { min, median, p95, max } if !(min <= median && median <= p95 && p95 <= max) => {
            Err(WorldError::BadTable { field, problem: "has quantiles out of order" })
        }
        Delay::Uniform { from, to } if from > to => {
            Err(WorldError::BadTable { field, problem: "ends before it begins" })
        }
        _ => Ok(()),
    }
}

fn target(target: &Target) -> Result<(), WorldError> {
    let body_wanted = !matches!(target.path, Path::Recorded(_));
    if body_wanted && target.body.is_none() {
        return Err(WorldError::BadTable { field: "target.body", problem: "is missing (only a recording needs none)" });
    }
    if let Some(body) = &target.body {
        above_zero("target.body.width_m", body.width_m)?;
        above_zero("target.body.height_m", body.height_m)?;
        table("target.body.range_m", &body.range_m, 1, |before, after| before.0 <= after.0)?;
        body.range_m.iter().try_for_each(|row| above_zero("target.body.range_m", row.1))?;
    }
    match &target.path {
        Path::Points(points) => {
            table("target.path.points", points, 1, |before, after| before.at <= after.at)?;
            points.iter().try_for_each(|point| bearing("target.path.points", [point.az_deg, point.el_deg]))
        }
        Path::Recorded(rows) => {
            table("target.path.recorded", rows, 1, |before, after| before.at < after.at)?;
            rows.iter().try_for_each(|row| {
                bearing("target.path.recorded", [row.az_deg, row.el_deg])?;
                above_zero("target.path.recorded", row.width_deg)?;
                above_zero("target.path.recorded", row.height_deg)
            })
        }
        Path::Sine { centre_deg, amplitude_deg, period, phase_deg } => {
            bearing("target.path.sine.centre_deg", *centre_deg)?;
            bearing("target.path.sine.amplitude_deg", *amplitude_deg)?;
            bearing("target.path.sine.phase_deg", [*phase_deg, 0.0])?;
            above_zero("target.path.sine.period", (SimTime::ZERO + *period).as_secs_f64())
        }
        Path::Bang { from_deg, reach_deg, period } => {
            bearing("target.path.bang.from_deg", *from_deg)?;
            bearing("target.path.bang.reach_deg", *reach_deg)?;
            above_zero("target.path.bang.period", (SimTime::ZERO + *period).as_secs_f64())
        }
        Path::Walk { centre_deg, extent_deg, speed_dps, acceleration_dps2, pause: _ } => {
            bearing("target.path.walk.centre_deg", *centre_deg)?;
            bearing("target.path.walk.extent_deg", *extent_deg)?;
            above_zero("target.path.walk.speed_dps", *speed_dps)?;
            above_zero("target.path.walk.acceleration_dps2", *acceleration_dps2)
        }
    }
}

fn occluder(occluder: &Occluder) -> Result<(), WorldError> {
    bearing("occluder.bearing_deg", occluder.bearing_deg)?;
    above_zero("occluder.width_m", occluder.width_m)?;
    above_zero("occluder.height_m", occluder.height_m)?;
    above_zero("occluder.range_m", occluder.range_m)
}

fn bearing(field: &'static str, angles_deg: [f64; 2]) -> Result<(), WorldError> {
    angles_deg.into_iter().try_for_each(|angle_deg| within(field, angle_deg, -1e6, 1e6, "a finite angle"))
}

fn chance(field: &'static str, probability: f64) -> Result<(), WorldError> {
    within(field, probability, 0.0, 1.0, "0 ..= 1")
}

fn above_zero(field: &'static str, value: f64) -> Result<(), WorldError> {
    within(field, value, f64::MIN_POSITIVE, f64::MAX, "above 0")
}

/// Refuses NaN, too.
fn within(field: &'static str, value: f64, min: f64, max: f64, expected: &'static str) -> Result<(), WorldError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(WorldError::OutOfRange { field, value, expected }) }
}

fn table<T>(
    field: &'static str,
    rows: &[T],
    len_min: usize,
    in_order: impl Fn(&T, &T) -> bool,
) -> Result<(), WorldError> {
    if rows.len() < len_min {
        return Err(WorldError::BadTable { field, problem: "has too few rows" });
    }
    if rows.iter().zip(rows.iter().skip(1)).any(|(before, after)| !in_order(before, after)) {
        return Err(WorldError::BadTable { field, problem: "is not in order" });
    }
    Ok(())
}
