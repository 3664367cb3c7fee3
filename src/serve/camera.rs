//! The camera's own thread: sockets, world and clock, one loop.
//!
//! ```text
//! loop: let the world come up to now, event by event; wait on the sockets until its next event is due;
//!       give it what came in, and send on what it says at once
//! ```
//!
//! Late is late: when the machine holds the thread up, the world's events still happen at their own times, in their own
//! order, and their replies leave as soon as they can. Timers of the system wake it up to a millisecond late.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io;
use std::net::SocketAddr;

use serde::Serialize;
use tiltyard_hil::{Bound, CameraSockets, Heard, Listen, SocketError, WallClock};
use tiltyard_sim::{Delivery, WorldError};
use tiltyard_visca::{Datagram, Dialect, Peer, SimTime};

use super::controllers::{Controllers, Total};
use super::decode::{Way, messages, refusals};
use super::journal::What;
use super::seen::judge_seen;
use super::site::{self, Site};
use super::truth::{Fixed, State, Truth};
use crate::rig::{Rig, SimRig};
use crate::run::{RunResult, Sample, Trace};
use crate::scenario::Scenario;

/// Datagrams under way on the scenario's link, one direction, beyond which new ones are lost: a router's queue is full
/// some time, and memory has an end.
const UNDER_WAY_MAX: u64 = 4096;
/// How long to wait for bytes before somebody looks whether to stop.
const IDLE: Duration = Duration::from_millis(100);

/// What a virtual camera is made from.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The world, and what is expected of the run.
    pub scenario: Scenario,
    /// Seed of all that is random.
    pub seed: u64,
    /// How long it runs; `None` is until it is stopped.
    pub length: Option<Duration>,
    /// Whether there is a scenario to judge, and not a camera model alone.
    pub judged: bool,
    /// Whether time begins with the first byte of a controller.
    pub waits: bool,
    /// Where it listens for VISCA.
    pub listen: Vec<Listen>,
    /// Where it answers HTTP.
    pub http: Vec<SocketAddr>,
    /// Width and height of its pictures \[px\].
    pub size_px: (u32, u32),
    /// Pictures a second at most \[Hz\].
    pub fps_max: f64,
}

/// A camera that cannot be put up, or that broke down.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The scenario describes no world.
    #[error(transparent)]
    World(#[from] WorldError),
    /// A socket for VISCA.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// A socket for HTTP.
    #[error("listen on http {address}: {source}")]
    Http {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A thread, or the system's way to wait.
    #[error("run the camera: {0}")]
    System(#[from] io::Error),
}

/// How it ended.
#[derive(Clone, Debug)]
pub enum Ended {
    /// With a verdict on the scenario.
    Judged(Box<RunResult>),
    /// There was nothing to judge.
    Counted(Summary),
}

/// What became of a camera without a scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The model.
    pub camera: String,
    /// How long it ran \[s\].
    pub ran_s: f64,
    /// Who spoke to it, and how much.
    #[serde(flatten)]
    pub total: Total,
}

/// A camera with its world, on its sockets.
#[derive(Debug)]
pub struct VirtualCamera {
    setup: Setup,
    fixed: Fixed,
    rig: SimRig,
    sockets: CameraSockets,
    site: Option<Site>,
    http: Vec<SocketAddr>,
    controllers: Controllers,
    state: State,
    /// Rows only where somebody judges them: a camera without an end must not grow.
    trace: Option<Trace>,
    before: Option<Sample>,
    dialect: Dialect,
}

impl VirtualCamera {
    /// Opens all sockets; nothing runs yet.
    pub fn open(setup: Setup) -> Result<Self, ServeError> {
        let world = super::setting::on_sockets(&setup.scenario, setup.seed);
        let scenario = &setup.scenario;
        let mut rig = SimRig::new(&world, scenario.subject)?;
        let sockets = CameraSockets::open(&setup.listen, world.camera.protocol.quirks.reply_port)?;
        let fixed = Fixed {
            scenario: setup.judged.then(|| scenario.name.clone()),
            title: scenario.title.clone(),
            seed: setup.seed,
            camera: world.camera.name.clone(),
            length_s: setup.length.map(|length| length.as_secs_f64()),
            subject: scenario.subject,
            faults: world.faults.clone(),
            occluders: world.occluders.iter().map(|occluder| occluder.name.clone()).collect(),
            rate_hz: world.video.rate_hz,
            size_px: setup.size_px,
        };
        let listeners = site::bind(&setup.http).map_err(|(address, source)| ServeError::Http { address, source })?;
        let http = listeners.iter().map(std::net::TcpListener::local_addr).collect::<io::Result<_>>()?;
        let state = if setup.waits { State::Waiting } else { State::Running };
        let site = if listeners.is_empty() {
            None
        } else {
            let first = fixed.truth(rig.world_mut(), SimTime::ZERO, state, Vec::new(), Total::default());
            Some(Site::open(listeners, first, &world, setup.size_px, setup.fps_max)?)
        };
        let trace = setup.judged.then(Trace::default);
        let dialect = world.camera.protocol.quirks.dialect();
        let controllers = Controllers::default();
        Ok(Self { setup, fixed, rig, sockets, site, http, controllers, state, trace, before: None, dialect })
    }

    /// Where it listens for VISCA.
    pub fn bound(&self) -> &[Bound] {
        self.sockets.bound()
    }

    /// Where it answers HTTP.
    pub fn http(&self) -> &[SocketAddr] {
        &self.http
    }

    /// Runs to its end, or until `stop` is set.
    pub fn run(mut self, stop: &AtomicBool) -> Result<Ended, ServeError> {
        if self.state == State::Waiting {
            self.wait_for_a_byte(stop)?;
        }
        let clock = WallClock::start();
        let end = self.setup.length.map(|length| SimTime::ZERO + length);
        let ended_at = loop {
            let now = end.map_or(clock.now(), |end| clock.now().min(end));
            self.catch_up(now);
            if end == Some(now) || stop.load(Ordering::Relaxed) {
                break now;
            }
            let due = end.map_or(self.rig.next_at(), |end| self.rig.next_at().min(end));
            self.sockets.wait(clock.until(due).min(IDLE))?;
            self.listen(&clock, end);
        };
        Ok(self.end(ended_at))
    }

    /// Time stands still until a controller says something.
    fn wait_for_a_byte(&mut self, stop: &AtomicBool) -> Result<(), ServeError> {
        while self.state == State::Waiting && !stop.load(Ordering::Relaxed) {
            self.sockets.wait(IDLE)?;
            while let Some(heard) = self.sockets.receive() {
                let speaks = matches!(heard, Heard::Bytes { .. });
                self.hear(SimTime::ZERO, heard);
                if speaks {
                    self.state = State::Running;
                    break;
                }
            }
            self.post(SimTime::ZERO);
        }
        self.state = State::Running;
        Ok(())
    }

    fn listen(&mut self, clock: &WallClock, end: Option<SimTime>) {
        while let Some(heard) = self.sockets.receive() {
            let now = clock.now();
            if end.is_some_and(|end| now >= end) {
                return;
            }
            self.hear(now, heard);
            // What the camera says at once leaves at once.
            self.catch_up(now);
        }
    }

    fn hear(&mut self, at: SimTime, heard: Heard) {
        match heard {
            Heard::Joined { peer, remote } => {
                self.controllers.join(peer, &remote);
                self.log(at, peer, What::Joined);
            }
            Heard::Left { peer } => {
                self.controllers.leave(peer);
                self.rig.world_mut().peer_gone(peer);
                self.log(at, peer, What::Left);
            }
            Heard::Refused { .. } => self.controllers.total.turned_away += 1,
            Heard::Bytes { from, bytes } => self.hear_bytes(at, from, bytes),
        }
    }

    fn hear_bytes(&mut self, at: SimTime, from: Peer, bytes: Datagram) {
        self.controllers.heard(from, at, messages(from.framing, &bytes), bytes.as_bytes().len());
        let world = self.rig.world_mut();
        let (up, down) = world.link_counts();
        let room = [up, down].iter().all(|lane| lane.sent - lane.dropped - lane.delivered < UNDER_WAY_MAX);
        let taken = room && world.transmit_from(from, at, bytes.as_bytes()).is_ok();
        if !taken {
            self.controllers.total.overflowed += 1;
        }
        let lost = !taken || world.link_counts().0.dropped > up.dropped;
        self.log(at, from, What::Bytes { way: Way::Heard, bytes, dialect: self.dialect, lost });
    }

    /// Lets the world come up to `now`, stopping at each of its events.
    fn catch_up(&mut self, now: SimTime) {
        loop {
            let next = self.rig.next_at();
            self.rig.advance(next.min(now));
            while let Some(delivery) = self.rig.world_mut().poll() {
                self.deliver(delivery);
            }
            if next > now {
                return;
            }
        }
    }

    fn deliver(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Tick { at, .. } => {
                self.record(at);
                self.post(at);
            }
            Delivery::Frame(frame) => {
                if let Some(site) = &mut self.site {
                    site.show(self.rig.world(), &frame);
                }
                self.rig.world_mut().recycle(frame);
            }
            Delivery::Bytes { at, to, bytes } => {
                self.sockets.send(to, bytes.as_bytes());
                self.controllers.sent(to, refusals(to.framing, &bytes), bytes.as_bytes().len());
                self.log(at, to, What::Bytes { way: Way::Sent, bytes, dialect: self.dialect, lost: false });
            }
        }
    }

    /// A row of the trace.
    fn record(&mut self, at: SimTime) {
        let Some(trace) = &mut self.trace else { return };
        let Total { messages, refusals, .. } = self.controllers.total;
        let world = self.rig.measure(at);
        let sample = Sample {
            commands_sent: messages,
            commands_refused: refusals,
            ..Sample::of_world(at, world, self.before.as_ref())
        };
        self.before = Some(sample);
        trace.rows.push(sample);
    }

    /// The truth of this tick, for whoever asks.
    fn post(&mut self, at: SimTime) {
        if self.site.is_some() {
            let truth = self.truth(at);
            if let Some(site) = &self.site {
                site.board().post_truth(truth);
            }
        }
    }

    fn truth(&mut self, at: SimTime) -> Truth {
        self.fixed.truth(self.rig.world_mut(), at, self.state, self.controllers.list(), self.controllers.total)
    }

    fn log(&self, at: SimTime, peer: Peer, what: What) {
        if let Some(site) = &self.site {
            site.board().log(at, peer, what);
        }
    }

    fn end(mut self, at: SimTime) -> Ended {
        let ran = at.since(SimTime::ZERO);
        let ended = match &self.trace {
            Some(trace) => Ended::Judged(Box::new(judge_seen(&self.setup.scenario, self.setup.seed, trace, ran))),
            None => Ended::Counted(Summary {
                camera: self.fixed.camera.clone(),
                ran_s: ran.as_secs_f64(),
                total: self.controllers.total,
            }),
        };
        let verdict = if let Ended::Judged(result) = &ended { Some(result.verdict) } else { None };
        let last = self.truth(at).ended(verdict);
        if let Some(site) = self.site.take() {
            site.close(last);
        }
        ended
    }
}
