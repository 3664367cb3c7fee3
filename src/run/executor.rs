//! The executor of virtual time: one thread, one order of events, no clock.
//!
//! ```text
//! t = the earliest of: the rig's next moment, the end of the running inference, the stack's timer, the end
//!   1. the rig advances to t; ticks are recorded, frames and bytes go to the stack, in the rig's order
//!   2. an inference that ends at t becomes a decision
//!   3. if the stack is free, it takes the newest frame it has not seen; its inference begins
//!   4. timers of the stack that are due
//!   5. what the stack sends goes to the rig
//! ```
//!
//! So of things that happen at one instant the world's come first and the stack's follow in the direction of the data.
//! Inference takes a time drawn from the scenario's distribution, from its own random stream.

mod state;

use core::ops::RangeInclusive;
use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_sim::config::Delay;
use tiltyard_sim::{World, WorldError, delay, rng};
use tiltyard_visca::{SimTime, Visit};

use super::capture::{Capture, Field};
use super::chain::{Chain, Hasher, SUBSYSTEMS};
use super::metrics::{Observations, Whose};
use super::perception;
use super::recording::{Film, Recorder, Recording};
use super::trace::{Sample, Trace};
use crate::rig::{Delivery, Measured, Rig, SimRig, Subsystem};
use crate::scenario::Scenario;
use crate::stack::frame::Content;
use crate::stack::{Frame, Output, Parts, Stack, StackConfig};

pub use state::ExecutionState;

/// Is given what a scenario asks for, and puts parts of its own in their place. Called once a run, because a part has a
/// past.
pub type Own<'a> = dyn Fn(&StackConfig, Parts) -> Parts + 'a;

/// Everything a run leaves behind.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// What was measured at every tick.
    pub trace: Trace,
    /// The hash chain.
    pub chain: Chain,
    /// What was seen of each decision.
    pub observations: Observations,
    /// Fields of the ticks that were to be captured.
    pub captured: Vec<Field>,
    /// What passed between world and stack, where it was to be recorded.
    pub recording: Option<Recording>,
}

/// A run that could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RunError {
    /// The scenario describes no world.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Nobody can look: a model, a library or a clip is missing, or does not fit.
    #[error("{0}")]
    Perception(String),
    /// A state that is not a number: a bug of the component, and never the same bits twice.
    #[error("run on after tick {tick}: `{field}` of {subsystem} is not a number")]
    NotANumber {
        /// At which tick.
        tick: usize,
        /// Where.
        subsystem: &'static str,
        /// Which field.
        field: &'static str,
    },
}

/// Runs a scenario with a seed, under virtual time, to its end.
pub fn execute(scenario: &Scenario, seed: u64) -> Result<Recorded, RunError> {
    Execution::new(scenario, seed)?.finish()
}

/// A frame whose inference is running.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Busy {
    until: SimTime,
    began: SimTime,
    frame: Frame,
}

/// What the next samples say of the last decision.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Tracked {
    error_deg: Option<f64>,
    /// The followed box was the subject's.
    followed: bool,
    frame_age_s: Option<f64>,
    loop_latency_s: Option<f64>,
}

/// A run under way.
pub struct Execution<R = SimRig> {
    rig: R,
    stack: Stack,
    inference: Delay,
    inference_rng: rng::Stream,
    busy: Option<Busy>,
    stack_due: Option<SimTime>,
    subject: Option<u32>,
    end: SimTime,
    seed: u64,
    hashing: bool,
    chain: Chain,
    hasher: Hasher,
    capture: Option<Capture>,
    recorder: Recorder,
    trace: Trace,
    observations: Observations,
    tracked: Tracked,
}

impl Execution<SimRig> {
    /// A scenario's world and stack at time zero.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<Self, RunError> {
        Self::own(scenario, seed, &|_, parts| parts)
    }

    /// The same with parts of your own in the stack.
    pub fn own(scenario: &Scenario, seed: u64, own: &Own<'_>) -> Result<Self, RunError> {
        let mut world = scenario.world.clone();
        world.seed = seed;
        let config = scenario.stack.config(&world);
        let mut rig = SimRig::new(&world, scenario.subject)?;
        if config.pixels.is_some() {
            rig = match perception::footage(scenario)? {
                Some(footage) => rig.showing(footage),
                None => rig.filming(&world),
            };
        }
        let detector = perception::detector(scenario, &config, seed)?;
        let parts = own(&config, Parts::new(&config, detector));
        Ok(Self::with(rig, Stack::with_parts(config, parts), scenario, seed))
    }
}

impl Execution<SimRig> {
    /// The world, as far as the run has come.
    pub const fn world(&self) -> &World {
        self.rig.world()
    }
}

impl<R: Rig> Execution<R> {
    /// The same with another rig, another stack, or both.
    pub fn with(rig: R, stack: Stack, scenario: &Scenario, seed: u64) -> Self {
        let mut execution = Self {
            rig,
            stack,
            inference: scenario.stack.inference(),
            inference_rng: rng::stream(seed, "inference"),
            busy: None,
            stack_due: None,
            subject: scenario.subject.map(|index| index as u32),
            end: SimTime::ZERO + scenario.length,
            seed,
            hashing: true,
            chain: Chain::new(seed),
            hasher: Hasher::default(),
            capture: None,
            recorder: Recorder::default(),
            trace: Trace::default(),
            observations: Observations::default(),
            tracked: Tracked::default(),
        };
        execution.stack.start(SimTime::ZERO);
        execution.drain(SimTime::ZERO);
        execution
    }

    /// Leaves the chain empty: to measure what it costs.
    #[must_use]
    pub fn without_hashing(mut self) -> Self {
        self.hashing = false;
        self
    }

    /// Keeps every field of every subsystem at these ticks, by name.
    #[must_use]
    pub fn capturing(mut self, ticks: RangeInclusive<usize>) -> Self {
        self.capture = Some(Capture::new(ticks));
        self
    }

    /// Keeps what passes between world and stack.
    #[must_use]
    pub fn recording(mut self) -> Self {
        self.recorder.switch_on();
        self
    }

    /// Keeps the pictures that the stack decides on, too.
    #[must_use]
    pub const fn filming(mut self, film: Film) -> Self {
        self.recorder.load(film);
        self
    }

    /// Runs to the end.
    pub fn finish(mut self) -> Result<Recorded, RunError> {
        self.run_until(self.end)?;
        Ok(Recorded {
            trace: self.trace,
            chain: self.chain,
            observations: self.observations,
            captured: self.capture.map(Capture::into_fields).unwrap_or_default(),
            recording: self.recorder.into_recording(),
        })
    }

    /// The stack, as far as the run has come.
    pub const fn stack(&self) -> &Stack {
        &self.stack
    }

    /// When the run ends.
    pub const fn end(&self) -> SimTime {
        self.end
    }

    /// Runs up to and including `end`, and no further than the run's own end. Where a run is stopped on its way changes
    /// nothing in it.
    pub fn run_until(&mut self, end: SimTime) -> Result<(), RunError> {
        let end = end.min(self.end);
        self.recorder.begin();
        loop {
            let busy_until = self.busy.as_ref().map(|busy| busy.until);
            let own = busy_until.into_iter().chain(self.stack_due).min();
            let now = self.rig.next_at().min(own.unwrap_or(end)).min(end);
            self.rig.advance(now);
            self.recorder.turn(now);
            let mut touched = false;
            while let Some(delivery) = self.rig.poll() {
                touched = true;
                self.recorder.delivered(now, &delivery);
                match delivery {
                    Delivery::Tick { at, .. } => self.record(at)?,
                    Delivery::Frame(frame) => self.stack.arrive(frame),
                    Delivery::Bytes(bytes) => {
                        self.stack.receive(now, bytes.as_bytes());
                        self.drain(now);
                    }
                }
            }
            if let Some(problem) = self.rig.broken() {
                return Err(RunError::Perception(problem.to_owned()));
            }
            if let Some(busy) = self.busy.take_if(|busy| busy.until <= now) {
                touched = true;
                self.decide(now, &busy);
                self.drain(now);
            }
            if self.busy.is_none()
                && let Some(frame) = self.stack.take()
            {
                let added = self.rig.inference_delay();
                self.recorder.inferring(now, added);
                let took = delay::sample(&self.inference, &mut self.inference_rng) + added;
                // A decision needs some time, or a frame would be decided on before it is taken.
                let until = now + took.max(Duration::from_nanos(1));
                self.busy = Some(Busy { until, began: now, frame });
            }
            if touched || self.stack_due.is_some_and(|due| due <= now) {
                self.stack.wake(now);
                self.drain(now);
            }
            if now >= end {
                return Ok(());
            }
        }
    }

    /// Sends what the stack has to say, and learns when it wants to be woken.
    fn drain(&mut self, now: SimTime) {
        loop {
            match self.stack.poll(now) {
                Output::Transmit(datagram) => {
                    self.recorder.sent(now, datagram);
                    self.rig.transmit(now, datagram.as_bytes());
                }
                Output::Alarm(alarm) => self.recorder.alarmed(now, alarm),
                // A timer in the past is a timer now: time has to go on.
                Output::WaitUntil(due) => {
                    self.stack_due = due.map(|due| due.max(now + Duration::from_nanos(1)));
                    return;
                }
            }
        }
    }

    fn decide(&mut self, now: SimTime, busy: &Busy) {
        let frame = &busy.frame;
        let decision = self.stack.decide(now, frame);
        let Content::Truth { boxes, .. } = &frame.content;
        let truth = boxes.iter().find(|truth| Some(truth.target) == self.subject);
        let age_s = frame.age_s(busy.began);
        let whose = self.observations.decision(frame, boxes, truth, decision, age_s);
        let at_exposure = self.rig.subject_at(frame.captured_at);
        self.tracked = Tracked {
            error_deg: at_exposure.zip(decision.bearing).map(|(truth, estimate)| truth.angle_to(estimate)),
            followed: matches!(whose, Whose::Of(target) if Some(target) == self.subject),
            frame_age_s: Some(age_s),
            loop_latency_s: Some(frame.age_s(now)),
        };
        self.recorder.decided(now, frame, &self.stack);
    }

    fn record(&mut self, at: SimTime) -> Result<(), RunError> {
        self.link(self.trace.rows.len())?;
        let world = self.rig.measure(at);
        let sample = self.sample(at, world);
        self.trace.rows.push(sample);
        Ok(())
    }

    fn sample(&self, at: SimTime, world: Measured) -> Sample {
        let (frames, visca) = (self.stack.frame_stats(), self.stack.visca_counters());
        let sample = Sample::of_world(at, world, self.trace.rows.last());
        let command_zoom = self.stack.zoom_sent();
        Sample {
            phase: self.stack.phase(),
            tracks: self.stack.last_decision().map_or(0, |decision| decision.tracks),
            track_error_deg: self.tracked.error_deg,
            uncertainty_deg: self.stack.last_decision().and_then(|decision| decision.uncertainty_deg),
            followed: self.tracked.followed,
            command_dps: self.stack.rate_sent_dps(),
            command_zoom,
            zoom_changes: sample.zoom_changes.after(command_zoom),
            frame_age_s: self.tracked.frame_age_s,
            loop_latency_s: self.tracked.loop_latency_s,
            frames_delivered: frames.put,
            frames_dropped: frames.dropped + frames.stale + world.frames_lost,
            commands_sent: visca.sent,
            commands_refused: visca.refused,
            commands_lost: visca.lost,
            alarms: self.stack.alarms(),
            guard_acts: self.stack.guard_acts(),
            perception_down: self.stack.perception_down().is_some(),
            ..sample
        }
    }

    /// Adds the tick's link to the chain.
    fn link(&mut self, tick: usize) -> Result<(), RunError> {
        if let Some(mut capture) = self.capture.take_if(|capture| capture.wants(tick)) {
            for (subsystem, name) in SUBSYSTEMS.into_iter().enumerate() {
                capture.begin(tick, name);
                self.walk(subsystem, &mut capture);
            }
            self.capture = Some(capture);
        }
        if !self.hashing {
            return Ok(());
        }
        let mut hasher = core::mem::take(&mut self.hasher);
        let mut subsystems = [0; SUBSYSTEMS.len()];
        for (index, (hash, subsystem)) in subsystems.iter_mut().zip(SUBSYSTEMS).enumerate() {
            self.walk(index, &mut hasher);
            *hash = hasher.finish().map_err(|field| RunError::NotANumber { tick, subsystem, field })?;
        }
        self.hasher = hasher;
        self.chain.push(subsystems);
        Ok(())
    }

    /// Walks the state of a subsystem, by its place in [`SUBSYSTEMS`].
    fn walk(&self, subsystem: usize, v: &mut dyn Visit) {
        match subsystem {
            0 => {
                self.rig.visit(Subsystem::Clock, v);
                v.time("stack_due", self.stack_due);
                v.time("inference_until", self.busy.as_ref().map(|busy| busy.until));
                if let Some(busy) = &self.busy {
                    v.time("inference_began", busy.began);
                    v.part("inference_frame", &busy.frame);
                }
            }
            1 => {
                self.rig.visit(Subsystem::Rng, v);
                v.part("inference", &self.inference_rng);
            }
            2 => self.rig.visit(Subsystem::Link, v),
            3 => self.rig.visit(Subsystem::Gimbal, v),
            4 => {
                self.rig.visit(Subsystem::Scene, v);
                // Against the truth, which only the scene knows; no part of the stack's own state.
                v.opt_f64("track_error_deg", self.tracked.error_deg);
                v.bool("followed", self.tracked.followed);
            }
            5 => self.stack.visit_perception(v),
            6 => self.stack.visit_tracker(v),
            _ => {
                self.stack.visit_control(v);
                v.opt_f64("frame_age_s", self.tracked.frame_age_s);
                v.opt_f64("loop_latency_s", self.tracked.loop_latency_s);
            }
        }
    }
}
