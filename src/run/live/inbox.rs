//! What the control thread is told, besides frames: bytes of the camera, orders of people. Bounded, in order, and never
//! waited for by who tells.

use std::collections::VecDeque;
use std::sync::Arc;

use tiltyard_visca::SimTime;

use crate::stack::Frame;
use crate::stack::latest::Latest;
use crate::sync::{Mutex, lock};

/// More wait only for a control thread that hangs: the oldest are forgotten.
const WAITING_MAX: usize = 256;

/// Whom to follow, as somebody outside wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The track with this id.
    Follow(u32),
    /// Nobody in particular: what the configuration says.
    Clear,
}

/// One thing that the control thread is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Bytes came from the camera.
    Bytes(SimTime, Vec<u8>),
    /// Somebody wants somebody else to be followed.
    Order(Order),
}

/// The inbox. Who writes into it wakes the control thread, which waits at the frame buffer.
#[derive(Debug)]
pub struct Inbox {
    told: Mutex<VecDeque<Told>>,
    frames: Arc<Latest<Frame>>,
}

impl Inbox {
    pub(super) fn new(frames: Arc<Latest<Frame>>) -> Self {
        Self { told: Mutex::default(), frames }
    }

    /// An order, for the next decision.
    pub fn order(&self, order: Order) {
        self.put(Told::Order(order));
    }

    pub(super) fn put(&self, told: Told) {
        let mut waiting = lock(&self.told);
        if waiting.len() == WAITING_MAX {
            waiting.pop_front();
        }
        waiting.push_back(told);
        drop(waiting);
        self.frames.nudge();
    }

    pub(super) fn take(&self) -> Option<Told> {
        lock(&self.told).pop_front()
    }
}
