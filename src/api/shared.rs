//! What the routes stand on: where ticks, status and time come from, and where orders go.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use tiltyard_visca::SimTime;
use tokio::sync::{Semaphore, watch};

use super::token::Token;
use crate::run::live::{Handle, Order, Status};
use crate::stack::{MetadataManager, MetadataTick};
use crate::sync::{Mutex, lock};

/// A status is told again for so long: making one takes locks that the control loop takes, too.
const STATUS_FOR: Duration = Duration::from_millis(100);

/// A live session, as the API sees it.
#[derive(Clone)]
pub struct Source {
    /// The ticks.
    pub metadata: Arc<MetadataManager>,
    /// Time since the start of the session, the clock of the ticks.
    pub now: Arc<dyn Fn() -> SimTime + Send + Sync>,
    /// How the session is.
    pub status: Arc<dyn Fn() -> Status + Send + Sync>,
    /// Takes orders.
    pub order: Arc<dyn Fn(Order) + Send + Sync>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("metadata", &self.metadata).finish_non_exhaustive()
    }
}

impl From<Handle> for Source {
    fn from(handle: Handle) -> Self {
        let (clock, board, inbox) = (handle.clone(), handle.clone(), handle.clone());
        Self {
            metadata: Arc::clone(handle.metadata()),
            now: Arc::new(move || clock.now()),
            status: Arc::new(move || board.status()),
            order: Arc::new(move |order| inbox.order(order)),
        }
    }
}

/// How much anybody may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; others wait to be accepted.
    pub connections: usize,
    /// Event streams at once, fewer than connections, so that something is left for everything else.
    pub streams: usize,
    /// Longest body of a request \[bytes\].
    pub body_bytes: usize,
    /// From the head of a request to the head of its answer, the body of the request included.
    pub answer_within: Duration,
    /// An event stream without an event for so long gets a comment.
    pub heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 128,
            streams: 64,
            body_bytes: 4096,
            answer_within: Duration::from_secs(5),
            heartbeat: Duration::from_secs(5),
        }
    }
}

/// The state of the routes.
pub(super) struct Shared {
    pub source: Source,
    pub ticks: watch::Receiver<Option<Arc<MetadataTick>>>,
    pub token: Option<Token>,
    pub limits: Limits,
    pub streams: Arc<Semaphore>,
    pub openapi: String,
    status: Mutex<Option<(SimTime, Arc<Status>)>>,
}

impl Shared {
    pub fn new(
        source: Source,
        ticks: watch::Receiver<Option<Arc<MetadataTick>>>,
        token: Option<Token>,
        limits: Limits,
        openapi: String,
    ) -> Self {
        let streams = Arc::new(Semaphore::new(limits.streams));
        Self { source, ticks, token, limits, streams, openapi, status: Mutex::default() }
    }

    pub fn now(&self) -> SimTime {
        (self.source.now)()
    }

    /// The newest tick.
    pub fn tick(&self) -> Option<Arc<MetadataTick>> {
        self.ticks.borrow().clone()
    }

    /// How the session is, or was a moment ago.
    pub fn status(&self) -> Arc<Status> {
        let mut kept = lock(&self.status);
        let now = self.now();
        if let Some((at, status)) = kept.as_ref()
            && now.since(*at) < STATUS_FOR
        {
            return Arc::clone(status);
        }
        let status = Arc::new((self.source.status)());
        *kept = Some((now, Arc::clone(&status)));
        status
    }
}
