//! State is complete: run N, save, restore into a fresh one, run M is the same as run N + M, to the bit.
//!
//! Three nets, each for what slips through the others:
//!
//! 1. `scenarios`: whole runs of every scenario, frozen in the middle of things, against the uninterrupted run: chain,
//!    trace, numbers and verdicts. Finds state that is not saved.
//! 2. `parts`: every stateful component by itself under a scripted drive: run N / save / restore / run M, and then its
//!    saved form changed *one field at a time*: each change has to show in the walk that the hash chain reads, or stand
//!    in the component's table with the reason. Finds state that is not walked.
//! 3. `sources`: the sources are searched for components; one that is in no table fails. Finds what was forgotten.
//!
//! What it has caught: the events in the queue, the slots' order, a head's folded angle, the pending frame, the history
//! of poses and commands, the label of a track, the frame under inference: none of them was walked before.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]
#![allow(
    clippy::manual_is_multiple_of,
    clippy::format_push_string,
    reason = "drives are patterns in steps and their logs"
)]

mod harness;
mod parts_of_protocol;
mod parts_of_sim;
mod parts_of_stack;
mod scenarios;
mod sources;
