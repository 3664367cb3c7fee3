//! The recorded rig: what a run got from its world, given again at the same moments.
//!
//! It holds inputs only. What is sent to it goes nowhere, because the answers were given before: so it shows what a
//! stack says to the very inputs that another one got, and not how the world would have taken it.
//!
//! A moment alone does not place an input. With a link of no delay the executor turns several times at one instant, and
//! what came in the second turn came after the stack had spoken in the first; so each input carries its turn.

use core::time::Duration;
use std::collections::BTreeMap;

use tiltyard_visca::{SimTime, Visit};

use super::{Delivery, Measured, Rig, Subsystem};
use crate::stack::detect::Detection;
use crate::stack::geometry::Bearing;

/// Everything that went into a stack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// What came, in order.
    pub deliveries: Vec<Input>,
    /// What a fault added to the inference from a moment on; zero before the first.
    pub inference_delays: Vec<(SimTime, Duration)>,
    /// What a detector on pixels found, by the frames' sequence numbers; empty where boxes do.
    pub found: BTreeMap<u64, Vec<Detection>>,
}

/// Something that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// When.
    pub at: SimTime,
    /// In which turn of the executor at this moment, from 0.
    pub turn: u32,
    /// What.
    pub delivery: Delivery,
}

/// Counts the turns at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    last: Option<SimTime>,
    turn: u32,
}

impl Turns {
    /// Another turn, at `at`.
    pub fn step(&mut self, at: SimTime) {
        self.turn = if self.last.replace(at) == Some(at) { self.turn + 1 } else { 0 };
    }

    /// The number of the turn at this moment, from 0.
    pub const fn turn(&self) -> u32 {
        self.turn
    }
}

/// A rig that plays inputs.
#[derive(Clone, Debug)]
pub struct RecordedRig {
    inputs: Inputs,
    next: usize,
    now: SimTime,
    turns: Turns,
}

impl RecordedRig {
    /// Plays these.
    pub const fn new(inputs: Inputs) -> Self {
        Self { inputs, next: 0, now: SimTime::ZERO, turns: Turns { last: None, turn: 0 } }
    }
}

impl Rig for RecordedRig {
    fn next_at(&self) -> SimTime {
        let next = self.inputs.deliveries.get(self.next);
        // Time does not run backwards, whatever a file says.
        next.map_or(SimTime::from_nanos(u64::MAX), |input| input.at.max(self.now))
    }

    fn advance(&mut self, to: SimTime) {
        self.now = to;
        self.turns.step(to);
    }

    fn poll(&mut self) -> Option<Delivery> {
        let here = (self.now, self.turns.turn());
        let input = self.inputs.deliveries.get(self.next).filter(|input| (input.at, input.turn) <= here)?;
        self.next += 1;
        Some(input.delivery.clone())
    }

    fn transmit(&mut self, _: SimTime, _: &[u8]) {}

    fn measure(&mut self, _: SimTime) -> Measured {
        Measured::default()
    }

    fn subject_at(&mut self, _: SimTime) -> Option<Bearing> {
        None
    }

    fn inference_delay(&self) -> Duration {
        let delays = &self.inputs.inference_delays;
        let passed = delays.partition_point(|(from, _)| *from <= self.now);
        passed.checked_sub(1).and_then(|last| delays.get(last)).map_or(Duration::ZERO, |(_, delay)| *delay)
    }

    fn visit(&self, subsystem: Subsystem, v: &mut dyn Visit) {
        if subsystem == Subsystem::Clock {
            v.u64("next", self.next as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_of_the_second_turn_waits_for_it() {
        let tick = |index, turn| Input {
            at: SimTime::from_millis(5),
            turn,
            delivery: Delivery::Tick { index, at: SimTime::from_millis(5) },
        };
        let mut rig = RecordedRig::new(Inputs { deliveries: vec![tick(0, 0), tick(1, 1)], ..Inputs::default() });
        let index = |delivery| match delivery {
            Some(Delivery::Tick { index, .. }) => Some(index),
            _ => None,
        };
        rig.advance(SimTime::from_millis(4));
        assert_eq!(index(rig.poll()), None);
        rig.advance(rig.next_at());
        assert_eq!((index(rig.poll()), index(rig.poll())), (Some(0), None));
        assert_eq!(rig.next_at(), SimTime::from_millis(5), "the moment is not over");
        rig.advance(rig.next_at());
        assert_eq!((index(rig.poll()), index(rig.poll())), (Some(1), None));
    }

    #[test]
    fn an_inference_delay_holds_until_the_next() {
        let delays = [(1, 30), (2, 0)].map(|(at, ms)| (SimTime::from_millis(at), Duration::from_millis(ms)));
        let mut rig = RecordedRig::new(Inputs { inference_delays: delays.into(), ..Inputs::default() });
        let mut at = |ms| {
            rig.advance(SimTime::from_millis(ms));
            rig.inference_delay().as_millis()
        };
        assert_eq!([at(0), at(1), at(2), at(3)], [0, 30, 0, 0]);
    }
}
