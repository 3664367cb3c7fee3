//! The simulated rig: `tiltyard_sim`'s world in the stack's words.

use core::time::Duration;
use std::sync::Arc;

use tiltyard_sim::config::{FaultKind, WorldConfig};
use tiltyard_sim::footage::Footage;
use tiltyard_sim::render::{Renderer, Rgb};
use tiltyard_sim::{Arrival, Delivery as SimDelivery, World, WorldError};
use tiltyard_visca::{SimTime, Visit};

use super::{Delivery, Measured, Rig, Subject, Subsystem};
use crate::stack::Frame;
use crate::stack::frame::{Content, PixelBox, Pixels, TruthBox};
use crate::stack::geometry::{Bearing, View};

/// The simulated world behind the [`Rig`] trait.
#[derive(Debug)]
pub struct SimRig {
    world: World,
    subject: Option<usize>,
    kinds: Vec<usize>,
    labels: Vec<Arc<str>>,
    tele_units: f64,
    size_px: [f64; 2],
    /// Draws the frames' pixels, where a detector wants them.
    renderer: Option<Renderer>,
    /// Is cut into the frames' pixels instead, where the world was filmed.
    footage: Option<Footage>,
    broken: Option<String>,
}

impl SimRig {
    /// The world of a scenario; errors are measured against the target with index `subject`.
    pub fn new(config: &WorldConfig, subject: Option<usize>) -> Result<Self, WorldError> {
        let kinds = config.faults.iter().map(|fault| kind_index(&fault.kind)).collect();
        let labels = config.targets.iter().map(|target| Arc::from(target.label.as_str())).collect();
        let tele_units = config.camera.lens.curve.last().map_or(1.0, |(units, _)| *units);
        let size_px = [f64::from(config.video.width_px), f64::from(config.video.height_px)];
        let world = World::new(config)?;
        Ok(Self { world, subject, kinds, labels, tele_units, size_px, renderer: None, footage: None, broken: None })
    }

    /// Its frames carry pixels, if that world is drawn.
    #[must_use]
    pub fn filming(self, config: &WorldConfig) -> Self {
        Self { renderer: Renderer::new(config), ..self }
    }

    /// Its frames carry pixels cut out of a clip.
    #[must_use]
    pub fn showing(self, footage: Footage) -> Self {
        Self { footage: Some(footage), ..self }
    }

    /// What an arrived frame shows.
    fn pixels(&mut self, arrival: &Arrival) -> Option<Pixels> {
        let (width_px, height_px) = (arrival.width_px, arrival.height_px);
        let rgb = match (&mut self.footage, &self.renderer) {
            (Some(footage), _) => {
                let cut = footage.picture(arrival.picture.taken_at, arrival.picture.view(width_px, height_px));
                cut.map_err(|problem| self.broken.get_or_insert(problem).clone()).ok()
            }
            (None, Some(renderer)) => renderer.draw(&renderer.shot(&self.world, &arrival.picture, width_px, height_px)),
            (None, None) => None,
        };
        let Rgb { width_px, height_px, bytes } = rgb?;
        Some(Pixels { width_px, height_px, rgb: Arc::new(bytes) })
    }
}

/// What a snapshot needs of it; all else follows from the scenario.
impl SimRig {
    /// The world.
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// The world, for who lets others than the stack speak in it.
    pub const fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// Goes on in another state of the same world.
    pub fn set_world(&mut self, world: World) {
        self.world = world;
    }

    /// From here on the world draws as that of a run with `seed`.
    pub fn reseed(&mut self, seed: u64) {
        self.world.reseed(seed);
        if let Some(renderer) = &mut self.renderer {
            renderer.reseed(seed);
        }
    }
}

/// From the simulator's centre and size to corner and size.
const fn corner_box(shape: &tiltyard_sim::projection::PixelBox) -> PixelBox {
    let (w_px, h_px) = (shape.w_px, shape.h_px);
    PixelBox { x_px: shape.x_px - w_px * 0.5, y_px: shape.y_px - h_px * 0.5, w_px, h_px }
}

/// The place of a kind in [`Measured::faults`].
const fn kind_index(kind: &FaultKind) -> usize {
    match kind {
        FaultKind::LinkDrop { .. } => 0,
        FaultKind::LinkDelay { .. } => 1,
        FaultKind::VideoDrop { .. } => 2,
        FaultKind::VideoFreeze => 3,
        FaultKind::DetectorMiss { .. } => 4,
        FaultKind::InferenceDelay { .. } => 5,
    }
}

impl Rig for SimRig {
    fn next_at(&self) -> SimTime {
        self.world.next_at()
    }

    fn advance(&mut self, to: SimTime) {
        self.world.advance(to);
    }

    fn poll(&mut self) -> Option<Delivery> {
        Some(match self.world.poll()? {
            SimDelivery::Tick { index, at } => Delivery::Tick { index, at },
            SimDelivery::Bytes { bytes, .. } => Delivery::Bytes(bytes),
            SimDelivery::Frame(arrival) => {
                let pixels = self.pixels(&arrival);
                let boxes = arrival.picture.truth.iter().map(|truth| TruthBox {
                    target: truth.target,
                    label: Arc::clone(&self.labels[truth.target as usize]),
                    bbox: corner_box(&truth.shape()),
                    visible_fraction: truth.visible_fraction,
                    visible: corner_box(&truth.visible),
                });
                let miss_probability = self.world.detector_miss_probability();
                let frame = Frame {
                    seq: arrival.seq,
                    picture: arrival.picture.id,
                    captured_at: arrival.exposed_at,
                    arrived_at: arrival.arrived_at,
                    width_px: arrival.width_px,
                    height_px: arrival.height_px,
                    content: Content::Truth { boxes: boxes.collect(), miss_probability },
                    pixels,
                };
                self.world.recycle(arrival);
                Delivery::Frame(frame)
            }
        })
    }

    fn transmit(&mut self, at: SimTime, bytes: &[u8]) {
        // A VISCA frame always fits a datagram; anything longer would be lost on a real link, too.
        let sent = self.world.transmit(at, bytes);
        debug_assert!(sent.is_ok(), "{sent:?}");
    }

    fn measure(&mut self, at: SimTime) -> Measured {
        let mut faults = [false; 6];
        for (kind, active) in self.kinds.iter().zip(self.world.faults_active()) {
            faults[*kind] |= active;
        }
        let counts = self.world.video_counts();
        let visible = self.subject.map_or(0.0, |index| self.world.visible_fraction(at, index));
        let truth = self.world.truth(at);
        let view = View {
            axis: Bearing { az_deg: truth.pan_deg, el_deg: truth.tilt_deg },
            hfov_deg: truth.hfov_deg,
            width_px: self.size_px[0],
            height_px: self.size_px[1],
        };
        let target = self.subject.and_then(|index| truth.targets.get(index).copied().flatten());
        let subject = target.map(|target| {
            let bearing = Bearing { az_deg: target.az_deg, el_deg: target.el_deg };
            let inside = |[x, y]: [f64; 2]| (0.0..=view.width_px).contains(&x) && (0.0..=view.height_px).contains(&y);
            let side = |angle_deg: f64, size_px: f64| view.px_of_angle(angle_deg) / size_px;
            Subject {
                bearing,
                size_deg: [target.width_deg, target.height_deg],
                in_frame: view.pixel_of(bearing).is_some_and(inside),
                visible,
                coverage: tiltyard_visca::num::max(
                    side(target.width_deg, view.width_px),
                    side(target.height_deg, view.height_px),
                ),
            }
        });
        Measured {
            position_deg: [truth.pan_deg, truth.tilt_deg],
            rate_dps: [truth.pan_dps, truth.tilt_dps],
            at_limit: [truth.pan_at_end, truth.tilt_at_end],
            zoom_ratio: truth.zoom_ratio,
            zoom_position: truth.zoom_units / self.tele_units,
            hfov_deg: truth.hfov_deg,
            subject,
            frames_exposed: counts.exposed,
            frames_lost: counts.dropped,
            faults,
        }
    }

    fn subject_at(&mut self, at: SimTime) -> Option<Bearing> {
        let target = self.world.targets().get(self.subject?)?.at(at)?;
        Some(Bearing { az_deg: target.az_deg, el_deg: target.el_deg })
    }

    fn inference_delay(&self) -> Duration {
        self.world.inference_delay_added()
    }

    fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    fn visit(&self, subsystem: Subsystem, v: &mut dyn Visit) {
        match subsystem {
            Subsystem::Clock => self.world.visit_clock(v),
            Subsystem::Rng => self.world.visit_rng(v),
            Subsystem::Link => self.world.visit_link(v),
            Subsystem::Gimbal => self.world.visit_gimbal(v),
            Subsystem::Scene => self.world.visit_scene(v),
        }
    }
}
