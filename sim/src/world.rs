//! The made-up world: one event queue, one camera, one link, one video stream, targets and faults.
//!
//! Sans-IO, to be driven like this:
//!
//! ```text
//! loop {
//!     let now = the earlier of world.next_at() and the stack's own next moment;
//!     world.advance(now);
//!     while let Some(delivery) = world.poll() { the stack takes it, and may world.transmit(now, bytes) }
//! }
//! ```
//!
//! Order of one instant: the physics tick first, then the queue's events in the order in which they were filed. Physics
//! ticks are not queued: tick k, at round(k · 10⁹ / rate) ns, runs the step to tick k + 1 with the goals known then,
//! and poses in between are linear; so a command acts from the first tick after its arrival on, and nothing acts
//! backwards. An exposure delivers `Tick` first and takes the picture after that. Faults begin before an exposure at
//! the same moment; they are filed at the start.
//!
//! Initial state: camera at rest where the scenario says, nothing under way, time zero, exposure 0 due at once.
//! Does not model: several cameras, a link shared with others.

mod glance;

use std::collections::VecDeque;

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::model::ModelError;
use tiltyard_visca::{Datagram, Peer, SimTime, State, TooLong, Visit};

use crate::camera::{Camera, CameraOutput};
use crate::check::check;
use crate::config::{Pose, WorldConfig};
use crate::faults::Faults;
use crate::gimbal::Axis;
use crate::link::{self, Lane};
use crate::occlusion::{self, Cover};
use crate::projection::{Bearing, PixelBox, Projector, TruthBox, View};
use crate::queue::{Code, EventQueue};
use crate::target::{Actor, TargetState};
use crate::video::{self, Arrival, Video};

/// Everything outside the stack, in virtual time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    now: SimTime,
    queue: EventQueue<Event>,
    camera: Camera,
    up: Lane,
    down: Lane,
    video: Video,
    actors: Vec<Actor>,
    occluders: Vec<TargetState>,
    faults: Faults,
    /// Pictures are drawn, and so keep how the camera moved.
    films: bool,
    deliveries: VecDeque<Delivery>,
    /// When the device wants to be called; events filed for another moment are stale.
    device_due: Option<SimTime>,
    /// Target states of the last [`World::truth`].
    scratch: Vec<Option<TargetState>>,
}

/// Something for the stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Delivery {
    /// The control tick: one a frame period, on the exposure grid, whether or not the frame is lost later.
    Tick {
        /// Its number, counted from 0; frame `index` is exposed right after it.
        index: u64,
        /// When.
        at: SimTime,
    },
    /// A frame arrives at its `arrived_at`.
    Frame(Arrival),
    /// A datagram from the camera arrives.
    Bytes {
        /// When.
        at: SimTime,
        /// At which controller; the stack is the default one.
        to: Peer,
        /// What.
        bytes: Datagram,
    },
}

/// What is really so at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth<'a> {
    /// The moment.
    pub at: SimTime,
    /// Pan \[deg\].
    pub pan_deg: f64,
    /// Tilt \[deg\].
    pub tilt_deg: f64,
    /// Pan rate \[deg/s\].
    pub pan_dps: f64,
    /// Tilt rate \[deg/s\].
    pub tilt_dps: f64,
    /// Pan stands at an end of its range.
    pub pan_at_end: bool,
    /// Tilt stands at an end of its range.
    pub tilt_at_end: bool,
    /// Zoom position \[units\].
    pub zoom_units: f64,
    /// Magnification over the wide end.
    pub zoom_ratio: f64,
    /// Horizontal field of view \[deg\].
    pub hfov_deg: f64,
    /// Each target of the scenario, in its order; `None` while it does not exist.
    pub targets: &'a [Option<TargetState>],
}

/// A configuration no world can be built from.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WorldError {
    /// A number lies outside what its field allows.
    #[error("build the world: {field} is {value} (expected {expected})")]
    OutOfRange {
        /// The field, by its path.
        field: &'static str,
        /// What it holds.
        value: f64,
        /// What it may hold.
        expected: &'static str,
    },
    /// The camera's protocol data contradict themselves.
    #[error(transparent)]
    Protocol(#[from] ModelError),
    /// A table is empty or not in order.
    #[error("build the world: {field} {problem}")]
    BadTable {
        /// The field, by its path.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// What waits in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Event {
    /// The next frame is exposed.
    Exposure,
    /// The frame in this slot arrives.
    Frame(u32),
    /// The datagram in this slot reaches the camera.
    Up(u32),
    /// The datagram in this slot reaches the stack.
    Down(u32),
    /// The device asked to be called.
    Device,
    /// This fault begins.
    FaultBegins(u32),
    /// This fault ends.
    FaultEnds(u32),
}

impl Code for Event {
    fn code(&self) -> u64 {
        let (kind, index) = match *self {
            Self::Exposure => (0, 0),
            Self::Frame(slot) => (1, slot),
            Self::Up(slot) => (2, slot),
            Self::Down(slot) => (3, slot),
            Self::Device => (4, 0),
            Self::FaultBegins(index) => (5, index),
            Self::FaultEnds(index) => (6, index),
        };
        kind << 32 | u64::from(index)
    }
}

impl World {
    /// A world at time zero, before its first event.
    pub fn new(config: &WorldConfig) -> Result<Self, WorldError> {
        check(config)?;
        let actors: Vec<Actor> = config.targets.iter().map(|target| Actor::new(target, config.seed)).collect();
        let mut queue = EventQueue::new();
        for (index, fault) in config.faults.iter().enumerate() {
            queue.push(fault.at, Event::FaultBegins(index as u32));
            queue.push(fault.at + fault.duration, Event::FaultEnds(index as u32));
        }
        queue.push(SimTime::ZERO, Event::Exposure);
        Ok(Self {
            now: SimTime::ZERO,
            queue,
            camera: Camera::new(&config.camera, config.start, config.physics_hz),
            up: Lane::new(&config.link, config.seed, "up"),
            down: Lane::new(&config.link, config.seed, "down"),
            video: Video::new(&config.video, config.seed),
            scratch: Vec::with_capacity(actors.len()),
            actors,
            occluders: config.occluders.iter().map(TargetState::of_occluder).collect(),
            faults: Faults::new(config.faults.iter().map(|fault| fault.kind).collect()),
            films: config.drawn.is_some(),
            deliveries: VecDeque::new(),
            device_due: None,
        })
    }

    /// The moment up to which the world has been advanced.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The earliest moment at which something may be delivered or a fault begin or end. Never earlier than
    /// [`World::now`]; physics runs inside [`World::advance`].
    pub fn next_at(&self) -> SimTime {
        let event_at = self.queue.next_at().unwrap_or(SimTime::from_nanos(u64::MAX));
        let tick_at = self.camera.next_tick_at();
        if self.camera.is_seeking() && tick_at < event_at { tick_at } else { event_at }
    }

    /// Runs everything due up to and including `to`. Who wants to react in time does not pass [`World::next_at`].
    pub fn advance(&mut self, to: SimTime) {
        loop {
            let event_at = self.queue.next_at().unwrap_or(SimTime::from_nanos(u64::MAX));
            let tick_at = self.camera.next_tick_at();
            if tick_at <= to && tick_at <= event_at {
                if self.camera.tick() {
                    self.drain_camera(tick_at);
                }
            } else if event_at <= to {
                if let Some((at, event)) = self.queue.pop() {
                    self.handle(at, event);
                }
            } else {
                break;
            }
        }
        if to > self.now {
            self.now = to;
            self.queue.pass(to);
        }
    }

    /// The next delivery, in order of time.
    pub fn poll(&mut self) -> Option<Delivery> {
        self.deliveries.pop_front()
    }

    /// The stack sends `bytes` at `at`; a moment before [`World::now`] counts as now.
    pub fn transmit(&mut self, at: SimTime, bytes: &[u8]) -> Result<(), TooLong> {
        self.transmit_from(Peer::default(), at, bytes)
    }

    /// The same from any controller.
    pub fn transmit_from(&mut self, from: Peer, at: SimTime, bytes: &[u8]) -> Result<(), TooLong> {
        let datagram = Datagram::new(bytes)?;
        let at = if at < self.now { self.now } else { at };
        if let Some((arrives_at, slot)) = self.up.send(at, from, datagram, self.faults.link) {
            self.queue.push(arrives_at, Event::Up(slot));
        }
        Ok(())
    }

    /// A controller has left: its bytes mean nothing any more, and no reply goes to it.
    pub fn peer_gone(&mut self, peer: Peer) {
        self.camera.peer_gone(peer);
    }

    /// Takes a frame back whose boxes are no longer needed, so that later frames need not allocate.
    pub fn recycle(&mut self, frame: Arrival) {
        self.video.recycle(frame);
    }

    /// What is really so at `at`; exact up to the next physics tick, linear beyond it.
    pub fn truth(&mut self, at: SimTime) -> Truth<'_> {
        self.scratch.clear();
        self.scratch.extend(self.actors.iter().map(|actor| actor.at(at)));
        let fraction = self.camera.fraction_at(at);
        let (gimbal, lens) = (self.camera.gimbal(), self.camera.lens());
        let zoom_units = lens.units_at(fraction);
        let zoom_ratio = lens.optics().ratio(zoom_units);
        Truth {
            at,
            pan_deg: gimbal.angle_at(Axis::Pan, fraction),
            tilt_deg: gimbal.angle_at(Axis::Tilt, fraction),
            pan_dps: gimbal.rate_dps(Axis::Pan),
            tilt_dps: gimbal.rate_dps(Axis::Tilt),
            pan_at_end: gimbal.at_end(Axis::Pan),
            tilt_at_end: gimbal.at_end(Axis::Tilt),
            zoom_units,
            zoom_ratio,
            hfov_deg: lens.optics().hfov_deg(zoom_ratio),
            targets: &self.scratch,
        }
    }

    /// The targets, in scenario order: names, labels, states.
    pub fn targets(&self) -> &[Actor] {
        &self.actors
    }

    /// What stands in the scene, in scenario order.
    pub fn occluders(&self) -> &[TargetState] {
        &self.occluders
    }

    /// Share of a target's box that is inside the picture and covered by nothing at `at`, 0 ..= 1; 0 while it does not
    /// exist. Exact up to the next physics tick, as [`World::truth`].
    pub fn visible_fraction(&self, at: SimTime, target: usize) -> f64 {
        let state = |actor: &Actor| actor.at(at);
        let Some(wanted) = self.actors.get(target).and_then(state) else { return 0.0 };
        let view = self.view(at);
        let projector = Projector::new(view);
        let Some(own) = shape(&projector, &wanted) else { return 0.0 };
        let others = self.actors.iter().enumerate().filter(|(index, _)| *index != target);
        let nearer = others.filter_map(|(_, actor)| state(actor)).filter(|other| other.range_m < wanted.range_m);
        let covers: Vec<Cover> = nearer
            .filter_map(|other| Some(Cover { shape: shape(&projector, &other)?, range_m: other.range_m }))
            .chain(self.occluders.iter().filter_map(|occluder| cover(&projector, occluder)))
            .collect();
        occlusion::seen(&own, wanted.range_m, &covers, view.width_px, view.height_px).0
    }

    /// Where the camera looks at `at`, and how wide.
    fn view(&self, at: SimTime) -> View {
        let fraction = self.camera.fraction_at(at);
        let (gimbal, lens) = (self.camera.gimbal(), self.camera.lens());
        View {
            pan_deg: gimbal.angle_at(Axis::Pan, fraction),
            tilt_deg: gimbal.angle_at(Axis::Tilt, fraction),
            hfov_deg: lens.optics().hfov_deg(lens.optics().ratio(lens.units_at(fraction))),
            width_px: self.video.config().width_px,
            height_px: self.video.config().height_px,
        }
    }

    /// The camera's insides.
    pub fn camera(&self) -> &Camera {
        &self.camera
    }

    /// What became of the frames so far.
    pub fn video_counts(&self) -> video::Counts {
        self.video.counts()
    }

    /// How many frames are under way.
    pub fn frames_under_way(&self) -> u64 {
        self.video.under_way()
    }

    /// What became of the datagrams so far, to the camera and from it.
    pub fn link_counts(&self) -> (link::Counts, link::Counts) {
        (self.up.counts(), self.down.counts())
    }

    /// The fault with this index, in scenario order, is on.
    pub fn fault_active(&self, index: usize) -> bool {
        self.faults.active.get(index).copied().unwrap_or(false)
    }

    /// Which faults are on, in scenario order.
    pub fn faults_active(&self) -> &[bool] {
        &self.faults.active
    }

    /// With which probability the faults make the detector miss a target now; the detector's own stands while larger.
    pub fn detector_miss_probability(&self) -> f64 {
        self.faults.detector_miss
    }

    /// What the faults add to the inference time now.
    pub fn inference_delay_added(&self) -> Duration {
        self.faults.inference_add
    }

    /// From here on all random streams begin anew, as those of a run with `seed`: another future of the same past.
    /// What was drawn already (datagrams and frames under way, the leg of a walk) stays.
    pub fn reseed(&mut self, seed: u64) {
        let Self { up, down, video, actors, .. } = self;
        up.reseed(seed, "up");
        down.reseed(seed, "down");
        video.reseed(seed);
        for actor in actors {
            actor.reseed(seed);
        }
    }

    /// Walks the clock, the queue and what was not fetched yet.
    pub fn visit_clock(&self, v: &mut dyn Visit) {
        v.time("now", self.now);
        v.part("queue", &self.queue);
        v.parts("delivery", self.deliveries.iter());
    }

    /// Walks the random streams.
    pub fn visit_rng(&self, v: &mut dyn Visit) {
        v.enter("link.up", None);
        self.up.visit_rng(v);
        v.leave();
        v.enter("link.down", None);
        self.down.visit_rng(v);
        v.leave();
        v.enter("video", None);
        self.video.visit_rng(v);
        v.leave();
        for (index, actor) in self.actors.iter().enumerate() {
            v.enter("target", Some(index as u64));
            actor.visit_rng(v);
            v.leave();
        }
    }

    /// Walks the link in both directions.
    pub fn visit_link(&self, v: &mut dyn Visit) {
        v.part("up", &self.up);
        v.part("down", &self.down);
    }

    /// Walks the camera: device, gimbal, lens.
    pub fn visit_gimbal(&self, v: &mut dyn Visit) {
        self.camera.visit(v);
        v.time("device_due", self.device_due);
    }

    /// Walks targets, video and faults.
    pub fn visit_scene(&self, v: &mut dyn Visit) {
        for (index, actor) in self.actors.iter().enumerate() {
            v.enter("target", Some(index as u64));
            actor.visit(v);
            // Where it is says which path it is on: two scenes that differ show it at the first tick.
            let state = actor.at(self.now);
            v.opt_f64("az_deg", state.map(|state| state.az_deg));
            v.opt_f64("el_deg", state.map(|state| state.el_deg));
            v.leave();
        }
        for (index, occluder) in self.occluders.iter().enumerate() {
            v.enter("occluder", Some(index as u64));
            v.f64("az_deg", occluder.az_deg);
            v.f64("el_deg", occluder.el_deg);
            v.f64("width_deg", occluder.width_deg);
            v.f64("height_deg", occluder.height_deg);
            v.f64("range_m", occluder.range_m);
            v.leave();
        }
        v.part("video", &self.video);
        v.part("faults", &self.faults);
    }

    fn handle(&mut self, at: SimTime, event: Event) {
        match event {
            Event::Exposure => self.expose(at),
            Event::Frame(slot) => {
                if let Some(frame) = self.video.deliver(slot) {
                    self.deliveries.push_back(Delivery::Frame(frame));
                }
            }
            Event::Up(slot) => {
                if let Some((from, datagram)) = self.up.deliver(slot) {
                    self.camera.receive(at, from, datagram.as_bytes());
                    self.drain_camera(at);
                }
            }
            Event::Down(slot) => {
                if let Some((to, bytes)) = self.down.deliver(slot) {
                    self.deliveries.push_back(Delivery::Bytes { at, to, bytes });
                }
            }
            Event::Device => {
                if self.device_due == Some(at) {
                    self.device_due = None;
                    self.camera.due(at);
                    self.drain_camera(at);
                }
            }
            Event::FaultBegins(index) => self.faults.set(index, true),
            Event::FaultEnds(index) => self.faults.set(index, false),
        }
    }

    /// Delivers the control tick, takes the picture and sends the frame on its way.
    fn expose(&mut self, at: SimTime) {
        let index = self.video.next_index();
        self.deliveries.push_back(Delivery::Tick { index, at });
        self.queue.push(self.video.exposure_at(index + 1), Event::Exposure);

        let fraction = self.camera.fraction_at(at);
        let (gimbal, lens) = (self.camera.gimbal(), self.camera.lens());
        let pose = Pose {
            pan_deg: gimbal.angle_at(Axis::Pan, fraction),
            tilt_deg: gimbal.angle_at(Axis::Tilt, fraction),
            zoom_ratio: lens.optics().ratio(lens.units_at(fraction)),
        };
        if self.video.wants_picture(self.faults.frozen) {
            let hfov_deg = lens.optics().hfov_deg(pose.zoom_ratio);
            let (width_px, height_px) = (self.video.config().width_px, self.video.config().height_px);
            let view = View { pan_deg: pose.pan_deg, tilt_deg: pose.tilt_deg, hfov_deg, width_px, height_px };
            let projector = Projector::new(view);
            let mut truth = self.video.blank();
            for (actor, target) in self.actors.iter_mut().zip(0..) {
                actor.extend(at);
                truth.extend(actor.at(at).and_then(|state| truth_box(&projector, view, target, &state)));
            }
            let covers = self.occluders.iter().filter_map(|occluder| cover(&projector, occluder));
            occlusion::hide(&mut truth, &mut covers.collect(), width_px, height_px);
            let motion = self.films.then(|| self.motion(hfov_deg, fraction));
            self.video.take(at, pose, hfov_deg, truth, motion);
        }
        if let Some((arrives_at, slot)) = self.video.expose(at, pose, self.faults.video_drop) {
            self.queue.push(arrives_at, Event::Frame(slot));
        }
    }

    /// Sends what the device says and files when it wants to be called.
    fn drain_camera(&mut self, at: SimTime) {
        loop {
            match self.camera.poll_output() {
                CameraOutput::Transmit(to, datagram) => {
                    if let Some((arrives_at, slot)) = self.down.send(at, to, datagram, self.faults.link) {
                        self.queue.push(arrives_at, Event::Down(slot));
                    }
                }
                CameraOutput::WaitUntil(due) => {
                    if let Some(due) = due
                        && self.device_due != Some(due)
                    {
                        self.queue.push(due, Event::Device);
                    }
                    self.device_due = due;
                    return;
                }
            }
        }
    }
}

impl State for Delivery {
    fn visit(&self, v: &mut dyn Visit) {
        match self {
            Self::Tick { index, at } => {
                v.u64("kind", 0);
                v.u64("index", *index);
                v.time("at", *at);
            }
            Self::Frame(arrival) => {
                v.u64("kind", 1);
                v.part("frame", arrival);
            }
            Self::Bytes { at, to, bytes } => {
                v.u64("kind", 2);
                v.time("at", *at);
                v.part("to", to);
                v.bytes("bytes", bytes.as_bytes());
            }
        }
    }
}

/// The target's box, if any of it is in the picture.
fn truth_box(projector: &Projector, view: View, target: u32, state: &TargetState) -> Option<TruthBox> {
    let shape = shape(projector, state)?;
    // Nothing hides it yet.
    let (visible_fraction, visible) = occlusion::seen(&shape, state.range_m, &[], view.width_px, view.height_px);
    (visible_fraction > 0.0).then_some(TruthBox {
        target,
        x_px: shape.x_px,
        y_px: shape.y_px,
        w_px: shape.w_px,
        h_px: shape.h_px,
        visible_fraction,
        visible,
        range_m: state.range_m,
    })
}

fn shape(projector: &Projector, state: &TargetState) -> Option<PixelBox> {
    let bearing = Bearing { az_deg: state.az_deg, el_deg: state.el_deg };
    projector.pixel_box(bearing, state.width_deg, state.height_deg)
}

/// What something that stands in the scene hides of the picture.
fn cover(projector: &Projector, occluder: &TargetState) -> Option<Cover> {
    let bearing = Bearing { az_deg: occluder.az_deg, el_deg: occluder.el_deg };
    let shape = projector.picture_box(bearing, occluder.width_deg, occluder.height_deg)?;
    Some(Cover { shape, range_m: occluder.range_m })
}
