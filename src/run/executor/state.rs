//! A run under way as data: what a snapshot holds of it, and how a fork begins.
//!
//! Taken apart without `..`, as the stack is: a new field of [`Execution`] does not compile until somebody has decided
//! whether it is state. The scenario's part (the rig's set-up, the inference's distribution, subject, end) is not;
//! it comes from the scenario again. Fields that are being captured by name are not carried over either.

use serde::{Deserialize, Serialize};
use tiltyard_sim::{World, rng};
use tiltyard_visca::SimTime;

use super::super::chain::{Chain, Hasher, SUBSYSTEMS};
use super::super::metrics::Observations;
use super::super::trace::Trace;
use super::{Busy, Execution, RunError, Tracked};
use crate::rig::{Rig, SimRig};
use crate::stack::StackState;
use crate::stack::saved::SavedError;

/// Everything in a run that changes, results so far included.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExecutionState {
    world: World,
    stack: StackState,
    inference_rng: rng::Stream,
    busy: Option<Busy>,
    stack_due: Option<SimTime>,
    hashing: bool,
    chain: Chain,
    trace: Trace,
    observations: Observations,
    tracked: Tracked,
}

impl<R: Rig> Execution<R> {
    /// The seed it was begun with.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The hashes of everything that decides what happens next, now: what a link of the chain is made of.
    pub fn state_hashes(&self) -> Result<[u64; SUBSYSTEMS.len()], RunError> {
        let mut hasher = Hasher::default();
        let mut hashes = [0; SUBSYSTEMS.len()];
        for (index, (hash, subsystem)) in hashes.iter_mut().zip(SUBSYSTEMS).enumerate() {
            self.walk(index, &mut hasher);
            let tick = self.trace.rows.len();
            *hash = hasher.finish().map_err(|field| RunError::NotANumber { tick, subsystem, field })?;
        }
        Ok(hashes)
    }
}

impl Execution<SimRig> {
    /// The moment it has come to.
    pub fn now(&self) -> SimTime {
        self.rig.world().now()
    }

    /// A copy of everything in it that changes.
    pub fn state(&self) -> Result<ExecutionState, SavedError> {
        let Self {
            rig,
            stack,
            inference: _,
            inference_rng,
            busy,
            stack_due,
            subject: _,
            end: _,
            seed: _,
            hashing,
            chain,
            hasher: _,
            capture: _,
            // A recording is for a whole run; it does not decide anything.
            recorder: _,
            trace,
            observations,
            tracked,
        } = self;
        Ok(ExecutionState {
            world: rig.world().clone(),
            stack: stack.state()?,
            inference_rng: inference_rng.clone(),
            busy: busy.clone(),
            stack_due: *stack_due,
            hashing: *hashing,
            chain: chain.clone(),
            trace: trace.clone(),
            observations: observations.clone(),
            tracked: *tracked,
        })
    }

    /// Goes on from a state that a run of the same scenario had.
    pub fn set_state(&mut self, state: ExecutionState) -> Result<(), SavedError> {
        let ExecutionState {
            world,
            stack,
            inference_rng,
            busy,
            stack_due,
            hashing,
            chain,
            trace,
            observations,
            tracked,
        } = state;
        self.stack.set_state(stack)?;
        self.rig.set_world(world);
        self.inference_rng = inference_rng;
        self.busy = busy;
        self.stack_due = stack_due;
        self.hashing = hashing;
        self.chain = chain;
        self.trace = trace;
        self.observations = observations;
        self.tracked = tracked;
        Ok(())
    }

    /// Another future of the same past: from here on every random stream is that of a run with `seed`, at its start.
    pub fn reseed(&mut self, seed: u64) {
        self.rig.reseed(seed);
        self.stack.reseed(rng::stream(seed, "detector").into_rng());
        self.inference_rng = rng::stream(seed, "inference");
    }
}
