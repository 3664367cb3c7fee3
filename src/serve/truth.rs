//! What is really so, as `GET /truth.json` tells it. The shape is a contract: docs/virtual-camera.md.

use serde::Serialize;
use tiltyard_sim::config::{Fault, FaultKind};
use tiltyard_sim::occlusion::{self, Cover};
use tiltyard_sim::projection::{Bearing, Projector, View};
use tiltyard_sim::{TargetState, World};
use tiltyard_visca::SimTime;

use super::controllers::{Controller, Total};
use crate::run::RunVerdict;

/// The camera and its world at one control tick.
#[derive(Clone, Debug, Serialize)]
pub struct Truth {
    /// "tiltyard-truth/1".
    pub schema: &'static str,
    /// "waiting" (for the first byte), "running" or "ended".
    pub state: State,
    /// What came of it, once it has ended: "pass", "fail", "inconclusive", "invalid".
    pub verdict: Option<&'static str>,
    /// Time of the scenario \[s\].
    pub time_s: f64,
    /// When it ends \[s\]; absent when only Ctrl-C ends it.
    pub length_s: Option<f64>,
    /// Name of the scenario; absent for a camera model alone.
    pub scenario: Option<String>,
    /// Its title.
    pub title: String,
    /// Seed of all that is random.
    pub seed: u64,
    /// The camera model.
    pub camera: String,
    /// Where the camera looks.
    pub pose: Pose,
    /// How it turns.
    pub rates: Rates,
    /// Angle between the subject and the optical axis \[deg\].
    pub error_deg: Option<f64>,
    /// Everybody who is there now.
    pub targets: Vec<Target>,
    /// What stands in the scene and hides what is behind it.
    pub occluders: Vec<Occluder>,
    /// All faults of the scenario.
    pub faults: Vec<Trouble>,
    /// The picture that boxes are in, and what became of the frames.
    pub video: Video,
    /// Who is connected.
    pub controllers: Vec<Controller>,
    /// Sums over all who ever were.
    pub total: Total,
    /// What became of the datagrams on the scenario's link, after the sockets.
    pub link: Link,
}

/// Whether the time of the scenario runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Not yet: for the first byte of a controller.
    Waiting,
    /// It does.
    Running,
    /// No more.
    Ended,
}

/// Where the camera looks.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Pose {
    /// Pan, + right \[deg\].
    pub pan_deg: f64,
    /// Tilt, + up \[deg\].
    pub tilt_deg: f64,
    /// Magnification over the wide end.
    pub zoom_ratio: f64,
    /// Zoom position \[units\].
    pub zoom_units: f64,
    /// Horizontal field of view \[deg\].
    pub hfov_deg: f64,
    /// Pan stands at an end of its range.
    pub pan_at_end: bool,
    /// Tilt stands at an end of its range.
    pub tilt_at_end: bool,
}

/// How it turns.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rates {
    /// Pan rate \[deg/s\].
    pub pan_dps: f64,
    /// Tilt rate \[deg/s\].
    pub tilt_dps: f64,
}

/// Somebody in the scene.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// Name in the scenario.
    pub name: String,
    /// What a detector would call it.
    pub label: String,
    /// It is the one that errors are measured against.
    pub subject: bool,
    /// Azimuth, + right \[deg\].
    pub az_deg: f64,
    /// Elevation, + up \[deg\].
    pub el_deg: f64,
    /// Angular width \[deg\].
    pub width_deg: f64,
    /// Angular height \[deg\].
    pub height_deg: f64,
    /// Distance \[m\]; absent where the scenario does not say.
    pub range_m: Option<f64>,
    /// Its box in the picture as it is now, before any latency; absent when it is not in it.
    #[serde(rename = "box")]
    pub frame: Option<PixelBox>,
}

/// Something fixed in the scene.
#[derive(Clone, Debug, Serialize)]
pub struct Occluder {
    /// Name in the scenario.
    pub name: String,
    /// Azimuth, + right \[deg\].
    pub az_deg: f64,
    /// Elevation, + up \[deg\].
    pub el_deg: f64,
    /// Angular width \[deg\].
    pub width_deg: f64,
    /// Angular height \[deg\].
    pub height_deg: f64,
    /// Distance \[m\].
    pub range_m: f64,
}

/// A rectangle in the picture: corner left above, and size \[px\].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PixelBox {
    /// Left edge \[px\].
    pub x_px: f64,
    /// Upper edge \[px\].
    pub y_px: f64,
    /// Width \[px\].
    pub w_px: f64,
    /// Height \[px\].
    pub h_px: f64,
    /// Share of it that is inside the picture and not covered, 0 ..= 1.
    pub visible_fraction: f64,
}

/// A fault of the scenario.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Trouble {
    /// As in the scenario: "link.drop".
    pub kind: &'static str,
    /// From when \[s\].
    pub from_s: f64,
    /// Until when \[s\].
    pub until_s: f64,
    /// It is on.
    pub active: bool,
}

/// The video on its way out.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Video {
    /// Width of the pictures \[px\].
    pub width_px: u32,
    /// Height of the pictures \[px\].
    pub height_px: u32,
    /// Exposures a second \[Hz\].
    pub rate_hz: f64,
    /// Frames exposed.
    pub exposed: u64,
    /// Frames lost on the way.
    pub lost: u64,
}

/// What became of the datagrams.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Link {
    /// Lost on the way to the camera.
    pub lost_up: u64,
    /// Lost on the way from it.
    pub lost_down: u64,
}

/// What does not change while a camera runs.
#[derive(Clone, Debug)]
pub(super) struct Fixed {
    pub scenario: Option<String>,
    pub title: String,
    pub seed: u64,
    pub camera: String,
    pub length_s: Option<f64>,
    pub subject: Option<usize>,
    pub faults: Vec<Fault>,
    /// Names, in the order of the world's.
    pub occluders: Vec<String>,
    pub rate_hz: f64,
    pub size_px: (u32, u32),
}

impl Fixed {
    /// The truth at `at`, the moment that the world has been advanced to.
    pub fn truth(
        &self,
        world: &mut World,
        at: SimTime,
        state: State,
        controllers: Vec<Controller>,
        total: Total,
    ) -> Truth {
        let (video, (up, down)) = (world.video_counts(), world.link_counts());
        let names: Vec<(String, String)> =
            world.targets().iter().map(|actor| (actor.config().name.clone(), actor.config().label.clone())).collect();
        let active = world.faults_active().to_vec();
        let things: Vec<TargetState> = world.occluders().to_vec();
        let truth = world.truth(at);
        let (width_px, height_px) = self.size_px;
        let view =
            View { pan_deg: truth.pan_deg, tilt_deg: truth.tilt_deg, hfov_deg: truth.hfov_deg, width_px, height_px };
        let projector = Projector::new(view);
        let shape = |state: &TargetState| {
            let bearing = Bearing { az_deg: state.az_deg, el_deg: state.el_deg };
            projector.pixel_box(bearing, state.width_deg, state.height_deg)
        };
        let cover = |state: &TargetState, shape| Some(Cover { shape: shape?, range_m: state.range_m });
        let in_picture = |state: &TargetState| {
            let bearing = Bearing { az_deg: state.az_deg, el_deg: state.el_deg };
            projector.picture_box(bearing, state.width_deg, state.height_deg)
        };
        let targets = truth.targets.iter().flatten().filter_map(|state| cover(state, shape(state)));
        let covers: Vec<Cover> =
            targets.chain(things.iter().filter_map(|state| cover(state, in_picture(state)))).collect();
        let target = |(index, (name, label)): (usize, (String, String))| {
            let state = truth.targets.get(index).copied().flatten()?;
            let shape = shape(&state).filter(|shape| shape.visible_fraction(width_px, height_px) > 0.0);
            let frame = shape.map(|shape| PixelBox {
                x_px: shape.x_px - shape.w_px / 2.0,
                y_px: shape.y_px - shape.h_px / 2.0,
                w_px: shape.w_px,
                h_px: shape.h_px,
                visible_fraction: occlusion::seen(&shape, state.range_m, &covers, width_px, height_px).0,
            });
            Some(Target {
                name,
                label,
                subject: self.subject == Some(index),
                az_deg: state.az_deg,
                el_deg: state.el_deg,
                width_deg: state.width_deg,
                height_deg: state.height_deg,
                range_m: state.range_m.is_finite().then_some(state.range_m),
                frame,
            })
        };
        let targets: Vec<Target> = names.into_iter().enumerate().filter_map(target).collect();
        let axis = crate::stack::geometry::Bearing { az_deg: truth.pan_deg, el_deg: truth.tilt_deg };
        let error_deg = targets.iter().find(|target| target.subject).map(|target| {
            crate::stack::geometry::Bearing { az_deg: target.az_deg, el_deg: target.el_deg }.angle_to(axis)
        });
        Truth {
            schema: "tiltyard-truth/1",
            state,
            verdict: None,
            time_s: at.as_secs_f64(),
            length_s: self.length_s,
            scenario: self.scenario.clone(),
            title: self.title.clone(),
            seed: self.seed,
            camera: self.camera.clone(),
            pose: Pose {
                pan_deg: truth.pan_deg,
                tilt_deg: truth.tilt_deg,
                zoom_ratio: truth.zoom_ratio,
                zoom_units: truth.zoom_units,
                hfov_deg: truth.hfov_deg,
                pan_at_end: truth.pan_at_end,
                tilt_at_end: truth.tilt_at_end,
            },
            rates: Rates { pan_dps: truth.pan_dps, tilt_dps: truth.tilt_dps },
            error_deg,
            targets,
            occluders: self.occluders.iter().zip(&things).map(|(name, state)| occluder(name, state)).collect(),
            faults: self.faults.iter().enumerate().map(|(index, fault)| trouble(fault, active.get(index))).collect(),
            video: Video { width_px, height_px, rate_hz: self.rate_hz, exposed: video.exposed, lost: video.dropped },
            controllers,
            total,
            link: Link { lost_up: up.dropped, lost_down: down.dropped },
        }
    }
}

impl Truth {
    /// The last one: nothing comes after it.
    pub(super) fn ended(mut self, verdict: Option<RunVerdict>) -> Self {
        self.state = State::Ended;
        self.verdict = verdict.map(RunVerdict::name);
        self
    }
}

fn occluder(name: &str, state: &TargetState) -> Occluder {
    let TargetState { az_deg, el_deg, width_deg, height_deg, range_m } = *state;
    Occluder { name: name.to_owned(), az_deg, el_deg, width_deg, height_deg, range_m }
}

fn trouble(fault: &Fault, active: Option<&bool>) -> Trouble {
    Trouble {
        kind: match fault.kind {
            FaultKind::LinkDrop { .. } => "link.drop",
            FaultKind::LinkDelay { .. } => "link.delay",
            FaultKind::VideoDrop { .. } => "video.drop",
            FaultKind::VideoFreeze => "video.freeze",
            FaultKind::DetectorMiss { .. } => "detector.miss",
            FaultKind::InferenceDelay { .. } => "inference.delay",
        },
        from_s: fault.at.as_secs_f64(),
        until_s: (fault.at + fault.duration).as_secs_f64(),
        active: active.copied().unwrap_or(false),
    }
}
