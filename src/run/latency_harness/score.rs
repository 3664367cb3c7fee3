//! What a run is worth, defined as AutoPTZ's harness defines it.

use tiltyard_visca::num::max;

use super::{Profile, TICK_S, Trace};

/// Errors beyond this are not settled \[half frames\].
const BAND: f64 = 0.05;
/// Commands below this have no sign.
const STILL: f64 = 1e-3;
/// Ticks of the tail.
const TAIL: usize = 20;

/// The numbers of a run; lengths in half frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Root mean square of the error over the whole run.
    pub rms: f64,
    /// The same of the last 20 ticks.
    pub tail_rms: f64,
    /// How far the aim went beyond where the target comes to rest, if it does; ≥ 0.
    pub overshoot: Option<f64>,
    /// Changes of the command's sign, commands below 0.001 left out.
    pub sign_flips: u32,
    /// From when on the error stays within 0.05 \[s\], if it does.
    pub settle_s: Option<f64>,
    /// Largest error.
    pub peak: f64,
}

impl Score {
    /// Of a run of this profile.
    pub fn of(profile: Profile, trace: &Trace) -> Self {
        let error = &trace.error;
        let tail = &error[error.len().saturating_sub(TAIL)..];
        let beyond = |rest: f64| trace.aim.iter().fold(0.0, |most, aim| max(most, aim - rest));
        let outside = error.iter().rposition(|error| error.abs() > BAND);
        let settled = outside.map_or(0, |last| last + 1);
        Self {
            rms: rms(error),
            tail_rms: rms(tail),
            overshoot: profile.rest().map(beyond),
            sign_flips: sign_flips(&trace.command),
            settle_s: (settled < error.len()).then_some(settled as f64 * TICK_S),
            peak: error.iter().fold(0.0, |most, error| max(most, error.abs())),
        }
    }
}

fn rms(errors: &[f64]) -> f64 {
    if errors.is_empty() {
        return 0.0;
    }
    (errors.iter().map(|error| error * error).sum::<f64>() / errors.len() as f64).sqrt()
}

fn sign_flips(commands: &[f64]) -> u32 {
    let signs: Vec<bool> = commands.iter().filter(|command| command.abs() >= STILL).map(|c| *c > 0.0).collect();
    signs.windows(2).filter(|pair| pair[0] != pair[1]).count() as u32
}
