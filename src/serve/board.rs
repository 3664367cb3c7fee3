//! What the camera's thread posts and the HTTP threads read: the newest truth, the newest picture, the byte log.
//!
//! Posting never waits for a reader: a lock is held only while a pointer, or a piece of the log, is copied. Who reads
//! slowly misses what was posted in between.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tiltyard_visca::{Peer, SimTime};
use tokio::sync::watch;

use super::journal::{Entry, Journal, What};
use super::truth::Truth;

/// A picture, encoded once for all who look.
#[derive(Debug)]
pub struct Jpeg {
    /// The file.
    pub bytes: axum::body::Bytes,
    /// Who is in it and where, as JSON in ASCII.
    pub boxes: String,
    /// Sequence number of the frame: gaps are losses.
    pub seq: u64,
    /// When it was exposed.
    pub exposed_at: SimTime,
    /// When it arrived, after the modelled latency.
    pub arrived_at: SimTime,
}

/// The board.
#[derive(Debug)]
pub struct Board {
    truth: watch::Sender<Arc<Truth>>,
    picture: watch::Sender<Option<Arc<Jpeg>>>,
    journal: Mutex<Journal>,
    written: watch::Sender<u64>,
    viewers: AtomicUsize,
    streams: AtomicUsize,
}

impl Board {
    pub(super) fn new(truth: Truth) -> Self {
        Self {
            truth: watch::Sender::new(Arc::new(truth)),
            picture: watch::Sender::new(None),
            journal: Mutex::default(),
            written: watch::Sender::new(0),
            viewers: AtomicUsize::new(0),
            streams: AtomicUsize::new(0),
        }
    }

    pub(super) fn post_truth(&self, truth: Truth) {
        self.truth.send_replace(Arc::new(truth));
    }

    pub(super) fn post_picture(&self, picture: Jpeg) {
        self.picture.send_replace(Some(Arc::new(picture)));
    }

    pub(super) fn log(&self, at: SimTime, peer: Peer, what: What) {
        let number = self.journal.lock().unwrap_or_else(PoisonError::into_inner).write(at, peer, what);
        self.written.send_replace(number);
    }

    pub(super) fn truth(&self) -> watch::Receiver<Arc<Truth>> {
        self.truth.subscribe()
    }

    pub(super) fn picture(&self) -> watch::Receiver<Option<Arc<Jpeg>>> {
        self.picture.subscribe()
    }

    /// The number of the newest line of the log.
    pub(super) fn written(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    pub(super) fn log_after(&self, number: u64, most: usize) -> Vec<Entry> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).after(number, most)
    }

    /// Somebody waits for pictures.
    pub(super) fn has_viewers(&self) -> bool {
        self.viewers.load(Ordering::Relaxed) > 0
    }

    /// Answers that are still being sent.
    pub(super) fn streams(&self) -> usize {
        self.streams.load(Ordering::Relaxed)
    }
}

/// Somebody who reads an answer without an end; counted until dropped.
#[derive(Debug)]
pub(super) struct Reader {
    board: Arc<Board>,
    looks: bool,
}

impl Reader {
    /// `looks`: at pictures, which are only drawn for readers who do.
    pub fn new(board: &Arc<Board>, looks: bool) -> Self {
        board.streams.fetch_add(1, Ordering::Relaxed);
        board.viewers.fetch_add(usize::from(looks), Ordering::Relaxed);
        Self { board: Arc::clone(board), looks }
    }

    pub fn board(&self) -> &Board {
        &self.board
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.board.streams.fetch_sub(1, Ordering::Relaxed);
        self.board.viewers.fetch_sub(usize::from(self.looks), Ordering::Relaxed);
    }
}
