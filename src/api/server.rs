//! The API on a socket, from binding to a clean end.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};

use super::herald::Herald;
use super::router::router;
use super::shared::{Limits, Source};
use super::token::Token;
use crate::serve::accept::accept;

/// Threads that answer. Few: the control loop wants its core.
const WORKERS: usize = 2;
/// How long readers may take over the last answer.
const FAREWELL: Duration = Duration::from_secs(1);

/// An API that cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Anybody in the network could turn the camera to whom they like.
    #[error("{0} can be reached from other machines, and there is no token for the routes that write")]
    NoToken(SocketAddr),
    /// The address.
    #[error("listen at {0}: {1}")]
    Bind(SocketAddr, io::Error),
    /// Its threads.
    #[error("start the API's threads: {0}")]
    Threads(io::Error),
}

/// An address that is taken, and not served yet. There is none without a token unless it is loopback.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    at: SocketAddr,
    token: Option<Token>,
}

impl Bound {
    /// Takes an address; port 0 is any that is free.
    pub fn bind(at: SocketAddr, token: Option<Token>) -> Result<Self, ApiError> {
        if !at.ip().to_canonical().is_loopback() && token.is_none() {
            return Err(ApiError::NoToken(at));
        }
        let bound = TcpListener::bind(at).and_then(|listener| {
            listener.set_nonblocking(true)?;
            let at = listener.local_addr()?;
            Ok(Self { listener, at, token })
        });
        bound.map_err(|error| ApiError::Bind(at, error))
    }

    /// Where it is.
    pub const fn at(&self) -> SocketAddr {
        self.at
    }
}

/// The API, until closed or dropped.
#[derive(Debug)]
pub struct Api {
    parts: Option<Parts>,
}

#[derive(Debug)]
struct Parts {
    runtime: Runtime,
    herald: Herald,
    over: watch::Sender<bool>,
    permits: Arc<Semaphore>,
    connections: usize,
}

impl Api {
    /// Serves `source` there.
    pub fn open(bound: Bound, source: Source, limits: Limits) -> Result<Self, ApiError> {
        let Bound { listener, token, .. } = bound;
        let open = || -> io::Result<Parts> {
            let (router, herald) = router(source, token, limits)?;
            let runtime =
                Builder::new_multi_thread().worker_threads(WORKERS).thread_name("api").enable_all().build()?;
            let (over, hears) = watch::channel(false);
            let permits = Arc::new(Semaphore::new(limits.connections));
            let inside = runtime.enter();
            let listener = tokio::net::TcpListener::from_std(listener)?;
            tokio::spawn(accept(listener, router, Arc::clone(&permits), hears));
            drop(inside);
            Ok(Parts { runtime, herald, over, permits, connections: limits.connections })
        };
        Ok(Self { parts: Some(open().map_err(ApiError::Threads)?) })
    }

    /// Ends it: no new connection, event streams end, answers under way are given a moment. After the session itself.
    pub fn close(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        let Some(Parts { runtime, herald, over, permits, connections }) = self.parts.take() else { return };
        over.send_replace(true);
        // With it, all streams.
        drop(herald);
        runtime.block_on(async {
            let all = u32::try_from(connections).unwrap_or(u32::MAX);
            // Who has not read it by then will not.
            let _ = tokio::time::timeout(FAREWELL, permits.acquire_many(all)).await;
        });
        runtime.shutdown_timeout(Duration::from_millis(200));
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.shut_down();
    }
}
