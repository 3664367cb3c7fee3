//! AutoPTZ's latency harness as a plant of ours: where a controller that waits for its picture can be compared with
//! numbers somebody else has published.
//!
//! One axis without mass: the aim moves by 6 units a second for a command of 1, in 200 ticks of 50 ms. The controller
//! sees the difference between target and aim as it was some ticks ago, and is judged by the true one. Units are half
//! frames: 0 is the middle of the picture, 1 its edge. One tick k, in this order:
//!
//! ```text
//! h[k] = target[k] − aim            seen = h[max(0, k − d)],  d = delay / tick, rounded
//! aim += 6 · command(seen) · dt     error[k] = target[k] − aim
//! ```
//!
//! So the first d ticks all see the first difference, and without a delay the command of a tick counts in the same one.
//! Facts from AutoPTZ 2.2.0-rc9 (AGPL; no code of it is here): `tests/latency_harness.py`, `engine/ptz/controller.py`.
//! Does not model: acceleration, noise, missed frames, the hold of a command, or a delay between command and motion.

mod baseline;
mod ours;
mod published;
mod score;

pub use baseline::Baseline;
pub use ours::{PidAlone, entrants};
pub use published::{PUBLISHED, Published};
pub use score::Score;

use tiltyard_visca::num::{clamp, min};

/// Time between two ticks \[s\].
pub const TICK_S: f64 = 0.05;
/// Motion for a command of 1 \[half frames a second\].
pub const SLEW_GAIN_PER_S: f64 = 6.0;
/// Length of a run \[ticks\].
pub const TICKS: usize = 200;
/// The delays of the published table \[ms\].
pub const DELAYS_MS: [u32; 5] = [0, 50, 100, 200, 300];

/// How the target moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// 0, and 0.6 from tick 5 on.
    Step,
    /// From −0.6 by 0.04 a tick up to 1.
    Ramp,
    /// 0.5·sin(2 rad/s · t).
    Sine,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Step, Self::Ramp, Self::Sine];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Ramp => "ramp",
            Self::Sine => "sine",
        }
    }

    /// Where the target is in a tick \[half frames\].
    pub fn target(self, tick: usize) -> f64 {
        let tick = tick as f64;
        match self {
            Self::Step if tick < 5.0 => 0.0,
            Self::Step => 0.6,
            Self::Ramp => min(-0.6 + 0.04 * tick, 1.0),
            Self::Sine => 0.5 * libm::sin(2.0 * tick * TICK_S),
        }
    }

    /// Where it comes to rest, if it does \[half frames\].
    pub const fn rest(self) -> Option<f64> {
        match self {
            Self::Step => Some(0.6),
            Self::Ramp => Some(1.0),
            Self::Sine => None,
        }
    }
}

/// What a controller gets in a tick.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Number of the tick, from 0.
    pub tick: usize,
    /// Target less aim as it was some ticks ago, before that tick's motion \[half frames\].
    pub error: f64,
    /// Its own commands so far, oldest first: one for each tick before this one, −1 ..= 1.
    pub sent: &'a [f64],
}

/// What can be put into the harness.
pub trait Controller {
    /// The command of this tick; the plant takes −1 ..= 1, and 0 for what is no number.
    fn command(&mut self, seen: &Seen<'_>) -> f64;
}

/// A controller of ours by name, made anew for every run.
pub struct Entrant {
    /// Its name in reports.
    pub name: &'static str,
    /// Made for a delay \[s\], which it may know.
    pub make: fn(f64) -> Box<dyn Controller>,
}

/// A run, a number a tick.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Target less aim after the tick's motion \[half frames\].
    pub error: Vec<f64>,
    /// The aim after the tick's motion \[half frames\].
    pub aim: Vec<f64>,
    /// The commands, −1 ..= 1.
    pub command: Vec<f64>,
}

/// A whole run.
pub fn run(profile: Profile, delay_ms: u32, controller: &mut dyn Controller) -> Trace {
    let delay_ticks = libm::rint(f64::from(delay_ms) / 1000.0 / TICK_S) as usize;
    let (mut trace, mut seen, mut aim) = (Trace::default(), Vec::with_capacity(TICKS), 0.0);
    for tick in 0..TICKS {
        let target = profile.target(tick);
        seen.push(target - aim);
        let error = seen[tick.saturating_sub(delay_ticks)];
        let wanted = controller.command(&Seen { tick, error, sent: &trace.command });
        let command = if wanted.is_nan() { 0.0 } else { clamp(wanted, -1.0, 1.0) };
        aim += command * SLEW_GAIN_PER_S * TICK_S;
        trace.error.push(target - aim);
        trace.aim.push(aim);
        trace.command.push(command);
    }
    trace
}

/// Everybody in one profile with one delay.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The profile.
    pub profile: Profile,
    /// The delay \[ms\].
    pub delay_ms: u32,
    /// The published baseline made again, with its gains of [`Baseline::GAINS`].
    pub baseline: [Score; 2],
    /// Ours, in the order of the entrants.
    pub ours: Vec<Score>,
}

/// Every profile with every delay of the published table.
pub fn rows(entrants: &[Entrant]) -> Vec<Row> {
    let cells = Profile::ALL.into_iter().flat_map(|profile| DELAYS_MS.map(|delay_ms| (profile, delay_ms)));
    cells
        .map(|(profile, delay_ms)| {
            let score = |controller: &mut dyn Controller| Score::of(profile, &run(profile, delay_ms, controller));
            Row {
                profile,
                delay_ms,
                baseline: Baseline::GAINS.map(|gain| score(&mut Baseline::new(gain))),
                ours: entrants.iter().map(|one| score((one.make)(f64::from(delay_ms) * 1e-3).as_mut())).collect(),
            }
        })
        .collect()
}
