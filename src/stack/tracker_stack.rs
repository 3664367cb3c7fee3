//! The stack itself: its parts in their order, from a frame to bytes.
//!
//! Order of one control step ([`Stack::decide`]): view at the exposure → detect → track → select → phase → search →
//! servo and zoom → shape → controller → metadata. Whoever drives it gives frames ([`Stack::arrive`]), camera
//! bytes ([`Stack::receive`]) and the time ([`Stack::wake`]), and after each of these drains [`Stack::poll`].
//!
//! A frame is decided on once. A frame whose picture was seen before (a frozen camera) is no evidence: the target
//! counts as not seen, and the watchdog stops head and lens when that lasts. From its alarm to the next new picture
//! nothing moves, whatever is still believed of the target.

mod ahead;
mod live;
mod publish;
mod state;

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tiltyard_visca::num::clamp;
use tiltyard_visca::{
    Command, Controller, ControllerConfig, ControllerEvent, ControllerInput, ControllerOutput, Counters, Datagram,
    Drive, Inquiry, Message, SimTime, State, Visit, ZoomDrive,
};

use super::config::{Aim, StackConfig};
use super::detect::{Detection, Detector, Geometric};
use super::frame::{Frame, PixelBox};
use super::geometry::{Bearing, View};
use super::latest::{Latest, LatestStats};
use super::metadata::MetadataManager;
use super::parts::Parts;
use super::phase::{Phase, PhaseMachine};
use super::pose::PoseEstimator;
use super::search::Search;
use super::select::Selector;
use super::servo::{Head, Servo, ServoInput, Sighting};
use super::shape::{Demand, Shape};
use super::track::{Track, Tracker};
use super::watchdog::{Alarm, Watchdog};
use super::zoom::{ZoomInput, ZoomLaw, fraction_of};

pub use state::StackState;

/// A command is not counted on to act for longer than this \[s\].
const HOLD_MAX_S: f64 = 0.3;

/// Expected standard deviation of a box centre, in units of the box's side, until the servo has learned it.
const CENTRE_NOISE: f64 = 0.04;

/// What the stack gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Output {
    /// Send this to the camera, now.
    Transmit(Datagram),
    /// The gimbal was stopped because of this.
    Alarm(Alarm),
    /// Nothing more; wake at this time, or only when something happens.
    WaitUntil(Option<SimTime>),
}

/// What one control step decided, for the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub at: SimTime,
    /// Sequence number of the frame.
    pub frame_seq: u64,
    /// Exposure of the frame.
    pub captured_at: SimTime,
    /// What the stack believes.
    pub phase: Phase,
    /// The followed track's id, whether it was seen in this frame or not.
    pub target: Option<u32>,
    /// Who is followed, from 1 on: stays when the target gets another track.
    pub lock: Option<u32>,
    /// Its box, if it was seen in this frame.
    pub seen: Option<PixelBox>,
    /// Where the stack believes it is at `captured_at`.
    pub bearing: Option<Bearing>,
    /// Radius about `bearing` within which it is taken to be \[deg\].
    pub uncertainty_deg: Option<f64>,
    /// The error the servo got \[deg\].
    pub error_deg: Option<[f64; 2]>,
    /// Wanted rates \[deg/s\], before they become speed codes.
    pub rate_dps: [f64; 2],
    /// Wanted zoom speed, −1 ..= 1.
    pub zoom: f64,
    /// Number of tracks.
    pub tracks: usize,
}

/// The tracker stack.
pub struct Stack {
    config: StackConfig,
    frames: Arc<Latest<Frame>>,
    detector: Box<dyn Detector>,
    tracker: Box<dyn Tracker>,
    selector: Selector,
    phases: PhaseMachine,
    search: Search,
    servo: Box<dyn Servo>,
    shape: Shape,
    zoom: Box<dyn ZoomLaw>,
    pose: PoseEstimator,
    controller: Controller,
    watchdog: Watchdog,
    metadata: Arc<MetadataManager>,
    detections: Vec<Detection>,
    last_lock: Option<u32>,
    last_decision: Option<Decision>,
    last_picture: Option<u64>,
    last_reply: Option<SimTime>,
    last_sent: (SimTime, Drive),
    zoom_sent: ZoomDrive,
    ticks: u64,
    alarm: Option<Alarm>,
    held: bool,
    session_id: Arc<str>,
    camera_id: Arc<str>,
    epoch_unix_ms: u64,
}

impl Stack {
    /// A stack at rest. `rng` is the detector's own random stream.
    pub fn new(config: StackConfig, rng: ChaCha8Rng) -> Self {
        let detector = Box::new(Geometric::new(config.detector, rng));
        Self::with_detector(config, detector)
    }

    /// The same with another detector.
    pub fn with_detector(config: StackConfig, detector: Box<dyn Detector>) -> Self {
        let parts = Parts::new(&config, detector);
        Self::with_parts(config, parts)
    }

    /// A stack of these parts; the configuration says the rest.
    pub fn with_parts(config: StackConfig, parts: Parts) -> Self {
        let Parts { detector, tracker, servo, zoom } = parts;
        let controller = ControllerConfig { poll: Some(config.poll), ..ControllerConfig::default() };
        Self {
            frames: Arc::default(),
            detector,
            tracker,
            selector: Selector::new(config.select.clone(), config.release, config.patience, config.lock),
            phases: PhaseMachine::new(config.patience),
            search: Search::new(config.search),
            servo,
            shape: Shape::new(config.shape),
            zoom,
            pose: PoseEstimator::new(config.camera.actuator, config.camera.optics.clone()),
            controller: Controller::new(config.camera.model.clone(), controller),
            watchdog: Watchdog::new(config.watchdog),
            metadata: Arc::default(),
            detections: Vec::new(),
            last_lock: None,
            last_decision: None,
            last_picture: None,
            last_reply: None,
            last_sent: (SimTime::ZERO, Drive::STOP),
            zoom_sent: ZoomDrive::Stop,
            ticks: 0,
            alarm: None,
            held: false,
            session_id: Arc::from("session"),
            camera_id: Arc::from(config.camera.name.as_str()),
            epoch_unix_ms: 0,
            config,
        }
    }

    /// The first thing to do: ask the camera where it looks.
    pub fn start(&mut self, at: SimTime) {
        self.controller.inquire(at, Inquiry::PanTilt);
        self.controller.inquire(at, Inquiry::Zoom);
    }

    /// A frame arrived: it waits until [`take`](Self::take), or until a newer one replaces it.
    pub fn arrive(&mut self, frame: Frame) {
        self.watchdog.frame(frame.arrived_at, frame.picture);
        self.frames.put(frame.captured_at, frame);
    }

    /// The newest frame, if it was not taken before.
    pub fn take(&mut self) -> Option<Frame> {
        self.frames.take()
    }

    /// Bytes from the camera.
    pub fn receive(&mut self, at: SimTime, bytes: &[u8]) {
        self.last_reply = Some(at);
        self.controller.handle_input(ControllerInput::Bytes { at, bytes });
    }

    /// Time went on: timers of the protocol and the watchdog.
    pub fn wake(&mut self, at: SimTime) {
        self.controller.handle_input(ControllerInput::Tick { at });
        if let Some(alarm) = self.watchdog.poll(at) {
            self.alarm = Some(alarm);
            self.servo.reset();
            self.shape.stop();
            self.controller.stop(at);
        }
    }

    /// What is to be done outside, one thing at a time, until `WaitUntil`.
    pub fn poll(&mut self, at: SimTime) -> Output {
        if let Some(alarm) = self.alarm.take() {
            return Output::Alarm(alarm);
        }
        loop {
            match self.controller.poll_output() {
                ControllerOutput::Transmit(datagram) => {
                    self.note_sent(at, &datagram);
                    return Output::Transmit(datagram);
                }
                ControllerOutput::Event(event) => self.note_event(at, &event),
                ControllerOutput::WaitUntil(timer) => {
                    let watchdog = self.watchdog.next_at();
                    return Output::WaitUntil(timer.into_iter().chain(watchdog).min());
                }
            }
        }
    }

    /// One control step on `frame`, whose inference ends at `at`.
    pub fn decide(&mut self, at: SimTime, frame: &Frame) -> &Decision {
        let view = self.pose.view(frame.captured_at, frame.width_px, frame.height_px);
        let repeated = self.last_picture.replace(frame.picture) == Some(frame.picture);
        self.detections.clear();
        if !self.pose.is_known() {
            // Before the camera said where it looks, a box has no direction. The question may have been lost.
            self.start(at);
        } else if !repeated {
            self.detector.camera_stands(self.pose.stands(frame.captured_at));
            self.detector.detect(frame, &mut self.detections);
            let confidence_min = self.config.confidence_min;
            // A box that is no number, or no box, is no sighting: it must not reach tracks, motors or readers.
            self.detections.retain(|found| found.confidence >= confidence_min && found.bbox.is_sound());
            // Who could not look has not seen that nobody is there.
            if self.detector.down().is_none() {
                self.tracker.update(frame.captured_at, &view, &self.detections);
            }
        }
        let followed = self.selector.choose(frame.captured_at, self.tracker.tracks(), &view);
        let seen = followed.as_ref().filter(|followed| !repeated && followed.seen).map(|followed| &followed.track);
        let phase = self.phases.update(at, seen.map(|track| track.seen_at));
        let blind = self.watchdog.is_blind() || self.detector.down().is_some();
        let goal = self.search.goal(phase, followed.as_ref(), &view, !repeated).filter(|_| !blind);

        let previous = self.last_decision.as_ref().map(|decision| decision.at);
        let dt_s = previous.map_or(self.config.camera.frame_s, |previous| at.signed_secs_since(previous));
        let target = followed.as_ref().map(|followed| followed.track.id);
        // Who is followed, not by which track: a lock outlives those.
        let lock = followed.as_ref().map(|followed| followed.lock);
        let new_target = lock != self.last_lock;
        self.last_lock = lock;

        let (mut rate_dps, mut error_deg, mut drive) = ([0.0; 2], None, Drive::STOP);
        if let Some(track) = &goal {
            let error = self.error_deg(at, &view, track);
            let error_frame = frame_error(&view, track);
            let target_rate_dps = track.rate_dps;
            let acts_at = self.controller.drive_leaves_at(at) + self.pose.command_delay();
            let input = ServoInput {
                at,
                dt_s,
                error_deg: error,
                error_frame,
                target_rate_dps,
                new_target,
                sighting: seen.map(|track| self.sighting(&view, track)),
                head: self.head_at(acts_at),
                hold_s: clamp(dt_s, self.config.camera.frame_s, HOLD_MAX_S),
            };
            rate_dps = self.servo.update(&input);
            for (rate, invert) in rate_dps.iter_mut().zip(self.config.invert) {
                *rate = if invert { -*rate } else { *rate };
            }
            let (axis, _) = self.pose.predicted(acts_at);
            let Bearing { az_deg, el_deg } = track.bearing_at(at);
            let demand = Demand {
                at,
                rate_dps,
                hold_s: input.hold_s,
                head_deg: [axis.az_deg, axis.el_deg],
                target_deg: [az_deg, el_deg],
                target_dps: target_rate_dps,
                hfov_deg: view.hfov_deg,
            };
            let acceleration_dps2 = self.config.camera.actuator.acceleration_dps2;
            let model = self.controller.model();
            drive = self.shape.shape(&demand, [&model.pan, &model.tilt], acceleration_dps2);
            error_deg = Some(error);
        } else {
            self.servo.reset();
            self.shape.stop();
        }
        let coverage = seen.map(|track| track.bbox.coverage(frame.width_px, frame.height_px));
        let zoom_drive = self.zoom.update(&ZoomInput {
            at,
            phase,
            new_target,
            widen: self.search.widens(phase, followed.as_ref(), &view),
            seen: seen.map(|track| self.seen_size(&view, track)),
            aim: followed.as_ref().map(|followed| self.aim_ahead(at, &view, followed, seen.is_some())),
            lens: self.lens_ahead(at),
        });

        let zoom_drive = if blind { ZoomDrive::Stop } else { zoom_drive };
        let zoom = fraction_of(&self.controller.model().zoom, zoom_drive);
        // What is wanted stays on record; somebody else has the camera, and it stands.
        let (drive, zoom_drive) = if self.held { (Drive::STOP, ZoomDrive::Stop) } else { (drive, zoom_drive) };
        self.controller.drive(at, drive);
        self.controller.zoom(at, zoom_drive);
        self.watchdog.decision(at);

        let seen_box = seen.map(|track| track.bbox);
        let decision = Decision {
            at,
            frame_seq: frame.seq,
            captured_at: frame.captured_at,
            phase,
            target,
            lock: followed.as_ref().map(|followed| followed.lock),
            seen: seen_box,
            bearing: followed.as_ref().map(|followed| followed.track.bearing_at(frame.captured_at)),
            uncertainty_deg: followed.as_ref().and_then(|followed| followed.uncertainty_deg),
            error_deg,
            rate_dps,
            zoom,
            tracks: self.tracker.tracks().len(),
        };
        self.publish(at, frame, coverage, &decision);
        self.last_decision.insert(decision)
    }

    /// The error the servo shall act on (pan, tilt) \[deg\].
    fn error_deg(&self, at: SimTime, view: &View, track: &Track) -> [f64; 2] {
        match self.config.aim {
            Aim::Seen => track.bearing.minus(view.axis),
            Aim::Predicted { lead } => {
                let acts_at = self.controller.drive_leaves_at(at) + self.pose.command_delay() + lead;
                let (axis, _) = self.pose.predicted(acts_at);
                track.bearing_at(acts_at).minus(axis)
            }
        }
    }

    /// Where a target was seen in a frame with this view, by dead reckoning.
    fn sighting(&self, view: &View, track: &Track) -> Sighting {
        let Bearing { az_deg, el_deg } = view.bearing_of(track.bbox.centre_px());
        let [az, el] = self.pose.correction_deg();
        let size_deg = [track.bbox.w_px, track.bbox.h_px].map(|side_px| view.angle_of_px(side_px));
        let sd_deg = size_deg.map(|side_deg| CENTRE_NOISE * side_deg);
        Sighting { at: track.seen_at, position_deg: [az_deg - az, el_deg - el], sd_deg, size_deg }
    }

    /// The head at `at`, later than now, by dead reckoning.
    fn head_at(&self, at: SimTime) -> Head {
        let (axis, rate_dps) = self.pose.predicted(at);
        let [az, el] = self.pose.correction_deg();
        Head { at, position_deg: [axis.az_deg - az, axis.el_deg - el], rate_dps, revised: self.pose.revised() }
    }

    /// The pose model runs along with the drives that really left.
    fn note_sent(&mut self, at: SimTime, datagram: &Datagram) {
        if let Some(Message::Command(Command::Zoom(zoom))) = Message::of(datagram) {
            self.zoom_sent = zoom;
            self.pose.zoom_commanded(at, self.controller.model().zoom.rate_of(zoom));
        }
        if let Some(sent) = self.controller.last_drive_sent()
            && sent != self.last_sent
            // Somebody else's STOP may have come after it.
            && sent.0 >= self.last_sent.0
        {
            self.last_sent = sent;
            let rates = self.rates_of(sent.1);
            self.pose.commanded(at, rates);
        }
    }

    fn note_event(&mut self, at: SimTime, event: &ControllerEvent) {
        match *event {
            ControllerEvent::PanTilt { asked_at, answered_at, pan_deg, tilt_deg } => {
                self.pose.read_pan_tilt(asked_at, answered_at, pan_deg, tilt_deg);
            }
            ControllerEvent::Zoom { asked_at, answered_at, units } => {
                self.pose.read_zoom(asked_at, answered_at, f64::from(units));
            }
            ControllerEvent::Acked { what: Command::PanTilt(drive) } => {
                let is_clear = self.pose.acked(at, self.rates_of(drive));
                self.ask_if(at, !is_clear);
            }
            ControllerEvent::Lost { what: Message::Command(Command::PanTilt(drive)) }
            | ControllerEvent::Refused { what: Some(Message::Command(Command::PanTilt(drive))), .. } => {
                self.pose.lost(self.rates_of(drive));
                // Whether it moved the head or only its answer was lost.
                self.ask_if(at, true);
            }
            ControllerEvent::Acked { what: Command::Zoom(drive) } => {
                self.pose.zoom_acked(at, self.controller.model().zoom.rate_of(drive));
            }
            ControllerEvent::Lost { what: Message::Command(Command::Zoom(drive)) }
            | ControllerEvent::Refused { what: Some(Message::Command(Command::Zoom(drive))), .. } => {
                self.pose.zoom_lost(self.controller.model().zoom.rate_of(drive));
                self.controller.inquire(at, Inquiry::Zoom);
            }
            _ => {}
        }
    }

    /// Asks for the position out of turn where the model of the head is in doubt.
    fn ask_if(&mut self, at: SimTime, is_in_doubt: bool) {
        if is_in_doubt {
            self.controller.inquire(at, Inquiry::PanTilt);
        }
    }

    fn rates_of(&self, drive: Drive) -> [f64; 2] {
        let model = self.controller.model();
        [model.pan.rate_of(drive.pan_code), model.tilt.rate_of(drive.tilt_code)]
    }

    /// The drive that left last, as rates \[deg/s\].
    pub fn rate_sent_dps(&self) -> [f64; 2] {
        self.rates_of(self.last_sent.1)
    }

    /// The zoom drive that left last, as a fraction of the top speed.
    pub fn zoom_sent(&self) -> f64 {
        fraction_of(&self.controller.model().zoom, self.zoom_sent)
    }

    /// The last control step.
    pub const fn last_decision(&self) -> Option<&Decision> {
        self.last_decision.as_ref()
    }

    /// What the detector found in the frame of the last step.
    pub fn detections(&self) -> &[Detection] {
        &self.detections
    }

    /// Why the detector could not look at the last frame; the camera stands meanwhile.
    pub fn perception_down(&self) -> Option<&str> {
        self.detector.down()
    }

    /// The phase as of the last step.
    pub const fn phase(&self) -> Phase {
        self.phases.phase()
    }

    /// Counts of the frame buffer.
    pub fn frame_stats(&self) -> LatestStats {
        self.frames.stats()
    }

    /// Counts of the protocol.
    pub fn visca_counters(&self) -> Counters {
        self.controller.counters()
    }

    /// How often the limit-cycle guard turned the servo down so far.
    pub fn guard_acts(&self) -> u64 {
        self.shape.guard_acts()
    }

    /// Watchdog alarms so far.
    pub const fn alarms(&self) -> u64 {
        self.watchdog.alarms()
    }

    /// Where readers find the latest metadata tick.
    pub fn metadata(&self) -> Arc<MetadataManager> {
        Arc::clone(&self.metadata)
    }

    /// Follow somebody else from the next step on.
    pub fn select(&mut self, rule: super::select::Rule) {
        self.selector.set_rule(rule);
        self.phases.clear();
    }

    /// The detector draws from this stream from now on; nothing else in here draws.
    pub fn reseed(&mut self, rng: ChaCha8Rng) {
        self.detector.reseed(rng);
    }

    /// Walks what the detector holds and reported last.
    pub fn visit_perception(&self, v: &mut dyn Visit) {
        v.part("frames", self.frames.as_ref());
        v.part("detector", self.detector.as_ref());
        v.parts("detection", self.detections.iter());
    }

    /// Walks tracker, selection, phase and search.
    pub fn visit_tracker(&self, v: &mut dyn Visit) {
        v.part("tracker", self.tracker.as_ref());
        v.part("selector", &self.selector);
        v.part("phases", &self.phases);
        v.part("search", &self.search);
        v.u64("last_lock", self.last_lock.map_or(u64::MAX, u64::from));
        v.u64("last_picture", self.last_picture.unwrap_or(u64::MAX));
    }

    /// Walks servo, zoom, pose, protocol and watchdog.
    pub fn visit_control(&self, v: &mut dyn Visit) {
        v.part("servo", self.servo.as_ref());
        v.part("shape", &self.shape);
        v.part("zoom", self.zoom.as_ref());
        v.part("pose", &self.pose);
        v.part("controller", &self.controller);
        v.part("watchdog", &self.watchdog);
        v.u64("ticks", self.ticks);
        v.time("last_reply", self.last_reply);
        let (sent_at, drive) = self.last_sent;
        v.time("drive_sent_at", sent_at);
        v.i64("pan_code_sent", i64::from(drive.pan_code));
        v.i64("tilt_code_sent", i64::from(drive.tilt_code));
        v.part("zoom_sent", &Command::Zoom(self.zoom_sent));
        v.u64("alarm", self.alarm.map_or(u64::MAX, |alarm| alarm as u64));
        // Never under virtual time.
        if self.held {
            v.bool("held", true);
        }
        v.bool("decided", self.last_decision.is_some());
        if let Some(decision) = &self.last_decision {
            v.part("decision", decision);
        }
    }
}

impl State for Decision {
    fn visit(&self, v: &mut dyn Visit) {
        v.time("at", self.at);
        v.u64("frame_seq", self.frame_seq);
        v.time("captured_at", self.captured_at);
        v.u64("phase", self.phase as u64);
        v.u64("target", self.target.map_or(u64::MAX, u64::from));
        v.u64("lock", self.lock.map_or(u64::MAX, u64::from));
        v.bool("seen", self.seen.is_some());
        if let Some(seen) = self.seen {
            v.f64("x_px", seen.x_px);
            v.f64("y_px", seen.y_px);
            v.f64("w_px", seen.w_px);
            v.f64("h_px", seen.h_px);
        }
        v.opt_f64("az_deg", self.bearing.map(|bearing| bearing.az_deg));
        v.opt_f64("el_deg", self.bearing.map(|bearing| bearing.el_deg));
        v.opt_f64("uncertainty_deg", self.uncertainty_deg);
        v.opt_f64("pan_error_deg", self.error_deg.map(|error| error[0]));
        v.opt_f64("tilt_error_deg", self.error_deg.map(|error| error[1]));
        v.f64("pan_dps", self.rate_dps[0]);
        v.f64("tilt_dps", self.rate_dps[1]);
        v.f64("zoom", self.zoom);
        v.u64("tracks", self.tracks as u64);
    }
}

/// The offset of the box centre from the picture centre, as a fraction of the full frame, + right and up.
fn frame_error(view: &View, track: &Track) -> [f64; 2] {
    let [x, y] = track.bbox.centre_px();
    // y runs down and tilt up: the minus that the guide lost (seed defect P2).
    [x / view.width_px - 0.5, -(y / view.height_px - 0.5)]
}
