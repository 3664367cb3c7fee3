//! The control thread: the only one that knows the stack.
//!
//! One turn of its loop: what came (bytes, orders) → a decision whose inference is over → timers → what leaves; then it
//! waits at the frame buffer for a newer frame, a nudge, or its next timer. While an inference is modelled it goes on
//! with everything else, as a stack does whose detector runs beside it.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use tiltyard_hil::WallClock;
use tiltyard_hil::control::{Affirmed, Guard, Sent, Why};
use tiltyard_sim::config::Delay;
use tiltyard_sim::delay;
use tiltyard_sim::rng::Stream;
use tiltyard_visca::{Datagram, SimTime};

use super::inbox::{Inbox, Order, Told};
use super::latch::Latch;
use super::status::Board;
use super::watch::Watch;
use crate::stack::latest::Latest;
use crate::stack::select::Rule;
use crate::stack::{Frame, Output, Stack};
use crate::sync::lock;

/// How long it sleeps without any timer.
const IDLE: Duration = Duration::from_millis(200);

/// What it needs.
pub(super) struct Control {
    pub stack: Stack,
    pub guard: Arc<Guard<WallClock>>,
    pub watch: Arc<Watch>,
    pub inbox: Arc<Inbox>,
    pub frames: Arc<Latest<Frame>>,
    pub board: Arc<Board>,
    pub clock: WallClock,
    /// Modelled time of the inference.
    pub inference: Delay,
    pub inference_rng: Stream,
    /// Pictures that are older are no evidence.
    pub stale: Duration,
    /// The configuration's choice of a target.
    pub rule: Rule,
    pub state: State,
}

/// What it remembers.
#[derive(Default)]
pub(super) struct State {
    busy: Option<Busy>,
    due: Option<SimTime>,
    last_picture: Option<u64>,
    held: bool,
    answers: VecDeque<Datagram>,
    heard_at: Option<SimTime>,
}

/// A frame whose inference runs.
struct Busy {
    until: SimTime,
    began: SimTime,
    frame: Frame,
}

/// Stops the camera when the thread panics, and tells that it has ended, however it did.
pub(super) struct Tripwire {
    pub guard: Arc<Guard<WallClock>>,
    pub over: Arc<Latch>,
}

impl Drop for Tripwire {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.guard.trip(Why::Panic);
        }
        self.over.open();
    }
}

impl Control {
    /// Until the frame buffer is closed.
    pub fn run(mut self) {
        let now = self.clock.now();
        self.stack.start(now);
        self.drain(now);
        while !self.frames.is_closed() {
            while let Some(told) = self.inbox.take() {
                self.hear(told);
            }
            let now = self.clock.now();
            if let Some(busy) = self.state.busy.take_if(|busy| busy.until <= now) {
                self.decide(now, &busy);
            }
            self.give_way();
            let now = self.clock.now();
            self.stack.wake(now);
            self.drain(now);
            self.wait();
        }
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::Bytes(at, bytes) => {
                self.state.heard_at = Some(at);
                self.stack.receive(at, &bytes);
                self.drain(self.clock.now());
            }
            Told::Order(Order::Follow(id)) => self.stack.select(Rule::Id(id)),
            Told::Order(Order::Clear) => self.stack.select(self.rule.clone()),
        }
    }

    fn decide(&mut self, now: SimTime, busy: &Busy) {
        let Busy { began, frame, .. } = busy;
        self.stack.decide(now, frame);
        // The detector may have taken its time, or hung.
        let done_at = self.clock.now();
        self.watch.decision(done_at);
        let is_new = self.state.last_picture.replace(frame.picture) != Some(frame.picture);
        let is_fresh = is_new && done_at.since(frame.captured_at) <= self.stale;
        if is_fresh && self.watch.raised().is_none() {
            match self.guard.affirm() {
                Affirmed::Reopened => {
                    self.stack.release(done_at);
                    self.state.held = false;
                }
                Affirmed::Open | Affirmed::Held => {}
            }
        }
        self.give_way();
        self.drain(done_at);
        let mut posted = lock(&self.board.posted);
        let (age, latency) = (began.since(frame.captured_at), done_at.since(frame.captured_at));
        posted.age.add(age);
        posted.age_lately.add(age);
        posted.latency.add(latency);
        posted.latency_lately.add(latency);
        posted.phase = self.stack.phase();
        posted.visca = self.stack.visca_counters();
        posted.heard_at = self.state.heard_at;
    }

    /// Wishes and says nothing more while somebody else has the camera.
    fn give_way(&mut self) {
        if !self.state.held && !self.guard.is_open() {
            self.state.held = true;
            self.stack.hold(self.clock.now());
        }
    }

    /// Sends what the stack has to say, and learns when it wants to be woken.
    fn drain(&mut self, now: SimTime) {
        loop {
            match self.stack.poll(now) {
                Output::Transmit(datagram) => match self.guard.send(&datagram) {
                    Sent::Left => {}
                    Sent::Held => self.give_way(),
                    Sent::Answered(answers) => self.state.answers.extend(answers),
                },
                // The watchdog's own thread sees the same, and stops the camera without our help.
                Output::Alarm(alarm) => tracing::debug!("the stack noticed: {}", alarm.about()),
                Output::WaitUntil(due) => {
                    let Some(answer) = self.state.answers.pop_front() else {
                        self.state.due = due;
                        return;
                    };
                    self.stack.receive(now, answer.as_bytes());
                }
            }
        }
    }

    fn wait(&mut self) {
        let now = self.clock.now();
        let busy_until = self.state.busy.as_ref().map(|busy| busy.until);
        let due = busy_until.into_iter().chain(self.state.due).min();
        let span = due.map_or(IDLE, |due| due.since(now)).min(IDLE);
        if self.state.busy.is_some() {
            self.frames.wait_nudge(span);
        } else if let Some(frame) = self.frames.wait_newer(span) {
            let began = self.clock.now();
            self.stack.noticed(&frame);
            let until = began + delay::sample(&self.inference, &mut self.inference_rng);
            self.state.busy = Some(Busy { until, began, frame });
        }
    }
}
