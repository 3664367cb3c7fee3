//! The other threads of a virtual camera: HTTP and pictures, with the board between them and the camera.

use core::time::Duration;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use tiltyard_sim::config::WorldConfig;
use tiltyard_sim::{Arrival, World};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::board::Board;
use super::stream::Studio;
use super::truth::Truth;
use super::{http, stream};

/// Threads that answer: reading a page must not hold up a video.
const WORKERS: usize = 2;
/// How long the last truth may take to reach its readers.
const FAREWELL: Duration = Duration::from_secs(1);

/// HTTP and pictures.
#[derive(Debug)]
pub struct Site {
    board: Arc<Board>,
    studio: Studio,
    runtime: Runtime,
    over: watch::Sender<bool>,
}

/// Listeners that are bound and not served yet.
pub(super) fn bind(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    let bind = |&address: &SocketAddr| {
        let listener = TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        listener.map_err(|error| (address, error))
    };
    addresses.iter().map(bind).collect()
}

impl Site {
    /// Serves `first` and what is posted after it.
    pub(super) fn open(
        listeners: Vec<TcpListener>,
        first: Truth,
        world: &WorldConfig,
        size_px: (u32, u32),
        fps_max: f64,
    ) -> io::Result<Self> {
        let board = Arc::new(Board::new(first));
        let studio = stream::Studio::open(Arc::clone(&board), world, size_px, fps_max)?;
        let runtime = Builder::new_multi_thread().worker_threads(WORKERS).thread_name("http").enable_all().build()?;
        let inside = runtime.enter();
        let listeners: io::Result<_> = listeners.into_iter().map(tokio::net::TcpListener::from_std).collect();
        let (over, hears) = watch::channel(false);
        http::serve(listeners?, &board, &hears);
        drop(inside);
        Ok(Self { board, studio, runtime, over })
    }

    pub(super) fn board(&self) -> &Board {
        &self.board
    }

    /// A frame arrived.
    pub(super) fn show(&mut self, world: &World, frame: &Arrival) {
        if self.board.has_viewers() {
            self.studio.show(world, frame);
        }
    }

    /// Posts the last truth, gives readers a moment to take it, and ends.
    pub(super) fn close(self, last: Truth) {
        let Self { board, studio, runtime, over } = self;
        board.post_truth(last);
        runtime.block_on(async {
            let gone = async {
                while board.streams() > 0 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                // What was handed to the connections is on its way out of them.
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            // Who has not read it by then will not.
            let _ = tokio::time::timeout(FAREWELL, gone).await;
        });
        drop((studio, over));
        runtime.shutdown_timeout(Duration::from_millis(200));
    }
}
