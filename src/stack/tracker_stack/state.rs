//! The stack as data: what a snapshot holds of it.
//!
//! One field a field of the [`Stack`], taken apart without `..`, so that a new field does not compile until somebody
//! has decided where it goes. Left out are what never changes (the configuration, the names) and the latest metadata
//! tick, which readers get anew with the next decision.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{Controller, Drive, SimTime, ZoomDrive};

use super::{Decision, Stack};
use crate::stack::Detection;
use crate::stack::frame::Frame;
use crate::stack::latest::Latest;
use crate::stack::phase::PhaseMachine;
use crate::stack::pose::PoseEstimator;
use crate::stack::saved::SavedError;
use crate::stack::search::Search;
use crate::stack::select::Selector;
use crate::stack::shape::Shape;
use crate::stack::watchdog::{Alarm, Watchdog};

/// Everything in a [`Stack`] that changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StackState {
    frames: Latest<Frame>,
    detector: Part,
    tracker: Part,
    selector: Selector,
    phases: PhaseMachine,
    search: Search,
    servo: Part,
    shape: Shape,
    zoom: Part,
    pose: PoseEstimator,
    controller: Controller,
    watchdog: Watchdog,
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
}

/// A part that may be one of several kinds: which one, and what it saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    name: String,
    bytes: Vec<u8>,
}

impl Part {
    /// The bytes, if they are of a part of this name.
    fn bytes_of(&self, what: &str, name: &str) -> Result<&[u8], SavedError> {
        if self.name == name {
            Ok(&self.bytes)
        } else {
            Err(SavedError::Unreadable(format!("the {what} was `{}`, and this stack's is `{name}`", self.name)))
        }
    }
}

impl Stack {
    /// A copy of everything in it that changes.
    pub fn state(&self) -> Result<StackState, SavedError> {
        let Self {
            config: _,
            frames,
            detector,
            tracker,
            selector,
            phases,
            search,
            servo,
            shape,
            zoom,
            pose,
            controller,
            watchdog,
            metadata: _,
            detections,
            last_lock,
            last_decision,
            last_picture,
            last_reply,
            last_sent,
            zoom_sent,
            ticks,
            alarm,
            held,
            session_id: _,
            camera_id: _,
            epoch_unix_ms: _,
        } = self;
        let part = |name: &str, bytes| Part { name: name.to_owned(), bytes };
        Ok(StackState {
            frames: Latest::clone(frames),
            detector: part(detector.name(), detector.save()?),
            tracker: part(tracker.name(), tracker.save()?),
            selector: selector.clone(),
            phases: *phases,
            search: *search,
            servo: part(servo.name(), servo.save()?),
            shape: *shape,
            zoom: part(zoom.name(), zoom.save()?),
            pose: pose.clone(),
            controller: controller.clone(),
            watchdog: *watchdog,
            detections: detections.clone(),
            last_lock: *last_lock,
            last_decision: last_decision.clone(),
            last_picture: *last_picture,
            last_reply: *last_reply,
            last_sent: *last_sent,
            zoom_sent: *zoom_sent,
            ticks: *ticks,
            alarm: *alarm,
            held: *held,
        })
    }

    /// Goes on from a state that a stack of the same configuration had.
    pub fn set_state(&mut self, state: StackState) -> Result<(), SavedError> {
        let StackState {
            frames,
            detector,
            tracker,
            selector,
            phases,
            search,
            servo,
            shape,
            zoom,
            pose,
            controller,
            watchdog,
            detections,
            last_lock,
            last_decision,
            last_picture,
            last_reply,
            last_sent,
            zoom_sent,
            ticks,
            alarm,
            held,
        } = state;
        self.detector.restore(detector.bytes_of("detector", self.detector.name())?)?;
        self.tracker.restore(tracker.bytes_of("tracker", self.tracker.name())?)?;
        self.servo.restore(servo.bytes_of("servo", self.servo.name())?)?;
        self.zoom.restore(zoom.bytes_of("zoom law", self.zoom.name())?)?;
        self.frames = Arc::new(frames);
        self.selector = selector;
        self.phases = phases;
        self.search = search;
        self.shape = shape;
        self.pose = pose;
        self.controller = controller;
        self.watchdog = watchdog;
        self.detections = detections;
        self.last_lock = last_lock;
        self.last_decision = last_decision;
        self.last_picture = last_picture;
        self.last_reply = last_reply;
        self.last_sent = last_sent;
        self.zoom_sent = zoom_sent;
        self.ticks = ticks;
        self.alarm = alarm;
        self.held = held;
        Ok(())
    }
}
