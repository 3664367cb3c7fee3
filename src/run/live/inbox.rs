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
    waiting: Mutex<Waiting>,
    frames: Arc<Latest<Frame>>,
}

/// A later order takes the place of an earlier one: however many come, they crowd out no bytes of the camera.
#[derive(Debug, Default)]
struct Waiting {
    bytes: VecDeque<Told>,
    order: Option<Order>,
}

impl Inbox {
    pub(super) fn new(frames: Arc<Latest<Frame>>) -> Self {
        Self { waiting: Mutex::default(), frames }
    }

    /// An order, for the next decision.
    pub fn order(&self, order: Order) {
        self.put(Told::Order(order));
    }

    pub(super) fn put(&self, told: Told) {
        let mut waiting = lock(&self.waiting);
        if let Told::Order(order) = told {
            waiting.order = Some(order);
        } else {
            if waiting.bytes.len() == WAITING_MAX {
                waiting.bytes.pop_front();
            }
            waiting.bytes.push_back(told);
        }
        drop(waiting);
        self.frames.nudge();
    }

    pub(super) fn take(&self) -> Option<Told> {
        let mut waiting = lock(&self.waiting);
        waiting.order.take().map(Told::Order).or_else(|| waiting.bytes.pop_front())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_orders_is_one_order_and_crowds_out_nothing() {
        let inbox = Inbox::new(Arc::default());
        let bytes = Told::Bytes(SimTime::ZERO, vec![0x90, 0x41, 0xFF]);
        inbox.put(bytes.clone());
        for id in 0..10_000 {
            inbox.order(Order::Follow(id));
        }
        assert_eq!(inbox.take(), Some(Told::Order(Order::Follow(9999))));
        assert_eq!((inbox.take(), inbox.take()), (Some(bytes), None));
    }
}
