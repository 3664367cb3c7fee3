//! The world to look at: where the head points, what the lens does, where the targets are and what hides them.
//!
//! Axes as in ROS: world x forward (pan = tilt = 0), y left, z up; pan + is right, so it turns about −z; tilt + is up,
//! so it turns about −y. The frame `camera` is an optical one: x right, y down, z forward. The base stands at the
//! origin. What does not change is said once.

use foxglove::messages::{
    CameraCalibration, Color, CubePrimitive, FrameTransform, FrameTransforms, LinePrimitive, Point3, Pose, Quaternion,
    SceneEntity, SceneEntityDeletion, SceneUpdate, Vector3, line_primitive, scene_entity_deletion,
};
use tiltyard_sim::TargetState;
use tiltyard_sim::target::Actor;
use tiltyard_visca::SimTime;

use super::error::WriteError;
use super::messages::{Messages, stamp};
use super::topic::Topic;
use super::write::Account;

/// A target whose distance the scenario does not say is drawn this far away \[m\].
const RANGE_M: f64 = 10.0;
/// How far the drawn view reaches \[m\].
const VIEW_M: f64 = 3.0;
const TARGET: Color = Color { r: 0.2, g: 0.8, b: 0.3, a: 0.8 };
const OCCLUDER: Color = Color { r: 0.5, g: 0.5, b: 0.52, a: 1.0 };
const VIEW: Color = Color { r: 0.4, g: 0.6, b: 1.0, a: 0.9 };
/// From axes x forward, y left, z up to the optical ones.
const OPTICAL: Quaternion = Quaternion { x: -0.5, y: 0.5, z: -0.5, w: 0.5 };
const UNTURNED: Quaternion = Quaternion { x: 0.0, y: 0.0, z: 0.0, w: 1.0 };

/// Files transforms and targets for every tick, the pinhole and the view whenever they change.
pub(super) fn add(run: &Account<'_>, messages: &mut Messages) -> Result<(), WriteError> {
    let video = &run.scenario.world.video;
    let size_px = [video.width_px, video.height_px];
    let mut actors: Vec<Actor> = run.scenario.world.targets.iter().map(|target| Actor::new(target, run.seed)).collect();
    let mut present = vec![false; actors.len()];
    let mut hfov_deg = None;
    for (tick, sample) in run.recorded.trace.rows.iter().enumerate() {
        let at = sample.at;
        messages.add(Topic::Transforms, at, &head(at, sample.world.position_deg, tick == 0))?;
        let mut update = SceneUpdate::default();
        if hfov_deg.replace(sample.world.hfov_deg) != Some(sample.world.hfov_deg) {
            let tangent = half_tangent(sample.world.hfov_deg);
            messages.add(Topic::Camera, at, &pinhole(at, tangent, size_px))?;
            update.entities.push(view(at, tangent, size_px));
        }
        if tick == 0 {
            let things = run.scenario.world.occluders.iter();
            update
                .entities
                .extend(things.map(|thing| body(at, &thing.name, &TargetState::of_occluder(thing), OCCLUDER)));
        }
        for (actor, was) in actors.iter_mut().zip(&mut present) {
            actor.extend(at);
            let state = actor.at(at);
            let is = state.is_some();
            update.entities.extend(state.map(|state| body(at, &actor.config().name, &state, TARGET)));
            if core::mem::replace(was, is) && !is {
                update.deletions.push(gone(at, &actor.config().name));
            }
        }
        if !update.entities.is_empty() || !update.deletions.is_empty() {
            messages.add(Topic::Scene, at, &update)?;
        }
    }
    Ok(())
}

fn half_tangent(angle_deg: f64) -> f64 {
    libm::tan(angle_deg.to_radians() * 0.5)
}

fn head(at: SimTime, [pan_deg, tilt_deg]: [f64; 2], first: bool) -> FrameTransforms {
    let link = |parent: &str, child: &str, rotation| FrameTransform {
        timestamp: stamp(at),
        parent_frame_id: parent.to_owned(),
        child_frame_id: child.to_owned(),
        translation: Some(Vector3::default()),
        rotation: Some(rotation),
    };
    let half = |angle_deg: f64| libm::sincos(-angle_deg.to_radians() * 0.5);
    let ((pan_sin, pan_cos), (tilt_sin, tilt_cos)) = (half(pan_deg), half(tilt_deg));
    let mut transforms = vec![
        link("base", "pan", Quaternion { x: 0.0, y: 0.0, z: pan_sin, w: pan_cos }),
        link("pan", "tilt", Quaternion { x: 0.0, y: tilt_sin, z: 0.0, w: tilt_cos }),
    ];
    if first {
        transforms.extend([link("world", "base", UNTURNED), link("tilt", "camera", OPTICAL)]);
    }
    FrameTransforms { transforms }
}

fn pinhole(at: SimTime, tangent: f64, [width_px, height_px]: [u32; 2]) -> CameraCalibration {
    let (x, y) = (f64::from(width_px) * 0.5, f64::from(height_px) * 0.5);
    // Square pixels: one focal length.
    let f = x / tangent;
    CameraCalibration {
        timestamp: stamp(at),
        frame_id: "camera".to_owned(),
        width: width_px,
        height: height_px,
        k: vec![f, 0.0, x, 0.0, f, y, 0.0, 0.0, 1.0],
        r: vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p: vec![f, 0.0, x, 0.0, 0.0, f, y, 0.0, 0.0, 0.0, 1.0, 0.0],
        ..CameraCalibration::default()
    }
}

/// The edges of what the camera sees, from its eye to a rectangle in front of it.
fn view(at: SimTime, tangent: f64, [width_px, height_px]: [u32; 2]) -> SceneEntity {
    let right = tangent * VIEW_M;
    let down = right * f64::from(height_px) / f64::from(width_px);
    let corner = |x: f64, y: f64| Point3 { x: x * right, y: y * down, z: VIEW_M };
    let corners = [corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)];
    let edges = corners.iter().zip(corners.iter().cycle().skip(1));
    let points = edges.flat_map(|(from, to)| [Point3::default(), *from, *from, *to]).collect();
    SceneEntity {
        timestamp: stamp(at),
        frame_id: "camera".to_owned(),
        id: "view".to_owned(),
        frame_locked: true,
        lines: vec![LinePrimitive {
            r#type: line_primitive::Type::LineList.into(),
            pose: Some(Pose { position: Some(Vector3::default()), orientation: Some(UNTURNED) }),
            thickness: 1.0,
            scale_invariant: true,
            points,
            color: Some(VIEW),
            ..LinePrimitive::default()
        }],
        ..SceneEntity::default()
    }
}

fn body(at: SimTime, name: &str, state: &TargetState, color: Color) -> SceneEntity {
    let range_m = if state.range_m.is_finite() { state.range_m } else { RANGE_M };
    let (az_sin, az_cos) = libm::sincos(state.az_deg.to_radians());
    let (el_sin, el_cos) = libm::sincos(state.el_deg.to_radians());
    let position = Vector3 { x: range_m * el_cos * az_cos, y: -range_m * el_cos * az_sin, z: range_m * el_sin };
    let size_m = |angle_deg| 2.0 * range_m * half_tangent(angle_deg);
    let width_m = size_m(state.width_deg);
    SceneEntity {
        timestamp: stamp(at),
        frame_id: "world".to_owned(),
        id: name.to_owned(),
        cubes: vec![CubePrimitive {
            pose: Some(Pose { position: Some(position), orientation: Some(UNTURNED) }),
            size: Some(Vector3 { x: width_m, y: width_m, z: size_m(state.height_deg) }),
            color: Some(color),
        }],
        ..SceneEntity::default()
    }
}

fn gone(at: SimTime, name: &str) -> SceneEntityDeletion {
    SceneEntityDeletion {
        timestamp: stamp(at),
        r#type: scene_entity_deletion::Type::MatchingId.into(),
        id: name.to_owned(),
    }
}
