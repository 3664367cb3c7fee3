//! A live session: its threads, from the first to the last.

use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use tiltyard_hil::control::{DeadMan, DeadManConfig, Guard, Line, Listener, PROOF_PATIENCE, Why};
use tiltyard_hil::{WallClock, unix_ms};
use tiltyard_sim::config::Delay;
use tiltyard_sim::rng;
use tiltyard_visca::{Framing, SimTime};

use super::boxes::Eye;
use super::control::{Control, State, Tripwire};
use super::grabber::Grabber;
use super::inbox::{Inbox, Order, Told};
use super::latch::Latch;
use super::meter::Quantiles;
use super::status::{Board, Posted, Status};
use super::video::VideoSource;
use super::watch::Watch;
use crate::stack::{Detector, MetadataManager, Stack, StackConfig};
use crate::sync::Mutex;

/// How long a thread may take to end before it is left behind.
const THREAD_PATIENCE: Duration = Duration::from_secs(2);

/// What a session is made from.
pub struct Setup {
    /// The stack.
    pub stack: StackConfig,
    /// Its detector.
    pub detector: Box<dyn Detector>,
    /// What makes of a picture what the detector gets to see.
    pub eye: Eye,
    /// How bytes are wrapped.
    pub framing: Framing,
    /// Connects to the camera, at first and after each loss.
    pub dial: Box<dyn FnMut() -> io::Result<Line> + Send>,
    /// The video.
    pub video: Box<dyn VideoSource>,
    /// Age of a picture that does not say how old it is.
    pub video_latency: Duration,
    /// The dead-man.
    pub dead_man: DeadManConfig,
    /// Pictures older than this are no evidence.
    pub stale: Duration,
    /// Modelled time of the inference, for a detector that takes none.
    pub inference: Delay,
    /// Seed of what is random in here.
    pub seed: u64,
    /// Name of the session in its metadata.
    pub session_id: String,
    /// Is told what happens on the line.
    pub listener: Listener,
}

/// A session that cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The camera.
    #[error("connect to the camera: {0}")]
    Dial(io::Error),
    /// A thread.
    #[error("start a thread: {0}")]
    Thread(io::Error),
}

/// How it ended.
#[derive(Clone, Debug)]
pub struct End {
    /// How it was at last.
    pub status: Status,
    /// The camera is proved to stand still, or was never moved.
    pub stopped: bool,
    /// The control thread has panicked.
    pub panicked: bool,
    /// The control thread hangs, and was left behind.
    pub hung: bool,
    /// The video ended before the session did, by this trouble.
    pub video: Option<String>,
}

/// What others may know and want of a session; cheap to clone. The HTTP API stands on this.
#[derive(Clone)]
pub struct Handle {
    metadata: Arc<MetadataManager>,
    board: Arc<Board>,
    inbox: Arc<Inbox>,
}

impl Handle {
    /// The latest tick, and waiting for the next.
    pub fn metadata(&self) -> &Arc<MetadataManager> {
        &self.metadata
    }

    /// Time since the start of the session.
    pub fn now(&self) -> SimTime {
        self.board.clock.now()
    }

    /// How the session is.
    pub fn status(&self) -> Status {
        self.board.status()
    }

    /// Whom to follow from the next decision on.
    pub fn order(&self, order: Order) {
        self.inbox.order(order);
    }
}

/// A session that runs. Ends when dropped, with a STOP.
pub struct Live {
    handle: Handle,
    guard: Arc<Guard<WallClock>>,
    watch: Arc<Watch>,
    stop: Arc<Latch>,
    grabbed: Arc<Latch>,
    over: Arc<Latch>,
    control: Option<JoinHandle<()>>,
    grabber: Option<JoinHandle<()>>,
    others: Vec<JoinHandle<()>>,
    ended: bool,
}

impl Live {
    /// Connects and starts all threads; see `run::live` for the order.
    pub fn start(setup: Setup) -> Result<Self, LiveError> {
        let Setup { stack: config, detector, framing, mut dial, video, dead_man, listener, .. } = setup;
        let clock = WallClock::start();
        let line = dial().map_err(LiveError::Dial)?;
        let man = DeadMan::new(config.camera.model.clone(), framing, dead_man);
        let guard = Arc::new(Guard::new(man, line, clock, listener));
        let watch = Arc::new(Watch::new(config.watchdog));
        let (rule, camera) = (config.select.clone(), config.camera.name.clone());
        let stack = Stack::with_detector(config, detector).speaking(framing).named(&setup.session_id, &camera);
        let epoch_unix_ms = unix_ms().saturating_sub(clock.now().as_nanos() / 1_000_000);
        let stack = stack.dated(epoch_unix_ms);
        let (frames, metadata) = (stack.frames(), stack.metadata());
        let inbox = Arc::new(Inbox::new(Arc::clone(&frames)));
        let board = Arc::new(Board {
            posted: Mutex::new(Posted::default()),
            video: Mutex::new(None),
            frames: Arc::clone(&frames),
            watch: Arc::clone(&watch),
            guard: Arc::clone(&guard),
            clock,
            armed: dead_man.armed,
        });
        let handle = Handle { metadata, board: Arc::clone(&board), inbox: Arc::clone(&inbox) };
        let (stop, grabbed, over) = (Arc::<Latch>::default(), Arc::<Latch>::default(), Arc::<Latch>::default());
        // From here on, whatever fails, dropping it stops the camera.
        let mut live = Self {
            handle,
            guard: Arc::clone(&guard),
            watch: Arc::clone(&watch),
            stop: Arc::clone(&stop),
            grabbed: Arc::clone(&grabbed),
            over: Arc::clone(&over),
            control: None,
            grabber: None,
            others: Vec::new(),
            ended: false,
        };
        let runs = Arc::clone(&guard);
        live.others.push(spawn("dead-man", move || runs.run(dial))?);
        let (listens, told) = (Arc::clone(&guard), Arc::clone(&inbox));
        let hear = move |at: SimTime, bytes: &[u8]| told.put(Told::Bytes(at, bytes.to_vec()));
        live.others.push(spawn("receiver", move || listens.listen(hear))?);
        let (watches, trips) = (Arc::clone(&watch), Arc::clone(&guard));
        let alarm = move |_, alarm: crate::stack::watchdog::Alarm| {
            // The STOP first, the words later.
            trips.trip(Why::Alarm(alarm.about()));
            tracing::warn!("{}", alarm.about());
        };
        live.others.push(spawn("watchdog", move || watches.run(move || clock.now(), alarm))?);
        let control = Control {
            stack,
            guard: Arc::clone(&guard),
            watch: Arc::clone(&watch),
            inbox,
            frames: Arc::clone(&frames),
            board: Arc::clone(&board),
            clock,
            inference: setup.inference,
            inference_rng: rng::stream(setup.seed, "inference"),
            stale: setup.stale,
            rule,
            state: State::default(),
        };
        let wire = Tripwire { guard, over };
        live.control = Some(spawn("control", move || {
            let _wire = wire;
            control.run();
        })?);
        let latency = setup.video_latency;
        let grabber = Grabber { source: video, eye: setup.eye, frames, watch, clock, board, latency, stop };
        live.grabber = Some(spawn("grabber", move || {
            grabber.run();
            grabbed.open();
        })?);
        Ok(live)
    }

    /// What others may know and want of it.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The control thread has ended, which it does by itself only in a panic.
    pub fn is_over(&self) -> bool {
        self.over.is_open()
    }

    /// Nothing more will come of the video: a file has ended.
    pub fn is_video_over(&self) -> bool {
        self.grabbed.is_open()
    }

    /// Waits for the control thread to end, for `patience` at most.
    pub fn wait_over(&self, patience: Duration) -> bool {
        self.over.wait(patience)
    }

    /// Quantiles since the last call: (age of frames, loop latency).
    pub fn lately(&self) -> (Quantiles, Quantiles) {
        self.handle.board.lately()
    }

    /// Ends it in good order; see `run::live`.
    pub fn end(mut self) -> End {
        self.shut_down()
    }

    fn shut_down(&mut self) -> End {
        self.ended = true;
        let over = self.is_video_over();
        let stopped = self.guard.end(PROOF_PATIENCE);
        self.stop.open();
        if let Some(grabber) = self.grabber.take()
            && self.grabbed.wait(THREAD_PATIENCE)
        {
            // One that panicked has nothing more to say.
            let _ = grabber.join();
        }
        self.handle.board.frames.close();
        let (mut panicked, mut hung) = (false, false);
        if let Some(control) = self.control.take() {
            hung = !self.over.wait(THREAD_PATIENCE);
            panicked = !hung && control.join().is_err();
        }
        self.handle.metadata.close();
        self.watch.stop();
        for thread in self.others.drain(..) {
            let _ = thread.join();
        }
        let status = self.handle.status();
        End { video: status.video.clone().filter(|_| over), status, stopped, panicked, hung }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if !self.ended {
            self.shut_down();
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, LiveError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(LiveError::Thread)
}
