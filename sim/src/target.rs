//! Targets: where each is and how large it looks, as a pure function of time.
//!
//! Asking for one moment twice gives the same answer, in whatever order moments are asked for. Angular size from a
//! body: 2 · atan(size / (2 · range)). A target exists from `from` on and before `until`.
//!
//! - `Points`: linear between waypoints, the later of two at one time from that moment on;
//! - `Sine`: centre + amplitude · sin(2π · t / period + phase), t since the start of the run;
//! - `Bang`: from rest, +a for a quarter of the period, −a for a half, +a for a quarter, a = 16 · reach / period²: back
//!   at rest where it began;
//! - `Walk`: see [`crate::walk`]; starts at `from`;
//! - `Recorded`: bearing and size linear between rows, constant outside.
//!
//! Initial state: none, but for the walk's legs drawn so far. Does not model: turning of the body.

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, State, Visit};

use crate::config::{self, Path};
use crate::projection::{Bearing, degrees, radians};
use crate::walk::Walk;

/// A target at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetState {
    /// Azimuth \[deg\], + right.
    pub az_deg: f64,
    /// Elevation \[deg\], + up.
    pub el_deg: f64,
    /// Angular width \[deg\].
    pub width_deg: f64,
    /// Angular height \[deg\].
    pub height_deg: f64,
    /// Distance \[m\]; infinite where the scenario does not say.
    pub range_m: f64,
}

impl TargetState {
    /// Where an occluder is, at all times.
    pub fn of_occluder(occluder: &config::Occluder) -> Self {
        let config::Occluder { name: _, bearing_deg: [az_deg, el_deg], width_m, height_m, range_m } = *occluder;
        let (width_deg, height_deg) = (spanned_deg(width_m, range_m), spanned_deg(height_m, range_m));
        Self { az_deg, el_deg, width_deg, height_deg, range_m }
    }
}

/// One target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Actor {
    config: config::Target,
    walk: Option<Walk>,
}

impl Actor {
    /// A target of the run with `seed`.
    pub fn new(config: &config::Target, seed: u64) -> Self {
        Self { config: config.clone(), walk: Walk::of(config, seed) }
    }

    /// Its configuration: name, label, path.
    pub fn config(&self) -> &config::Target {
        &self.config
    }

    /// Makes moments up to `until` cheap to ask for; changes no answer.
    pub fn extend(&mut self, until: SimTime) {
        if let Some(walk) = &mut self.walk {
            walk.extend(until);
        }
    }

    /// Where it is at `at`; `None` while it does not exist.
    pub fn at(&self, at: SimTime) -> Option<TargetState> {
        let Self { config, walk } = self;
        if at < config.from || config.until.is_some_and(|until| at >= until) {
            return None;
        }
        let bearing = match &config.path {
            Path::Points(points) => {
                let (before, after, share) = around(points, at, |point| point.at)?;
                Bearing {
                    az_deg: mix(before.az_deg, after.az_deg, share),
                    el_deg: mix(before.el_deg, after.el_deg, share),
                }
            }
            Path::Sine { centre_deg, amplitude_deg, period, phase_deg } => {
                let turns = at.as_secs_f64() / period.as_secs_f64();
                let swing = libm::sin(radians(360.0 * (turns - libm::floor(turns)) + phase_deg));
                Bearing {
                    az_deg: centre_deg[0] + amplitude_deg[0] * swing,
                    el_deg: centre_deg[1] + amplitude_deg[1] * swing,
                }
            }
            Path::Bang { from_deg, reach_deg, period } => {
                let share = banged(at.as_secs_f64() / period.as_secs_f64());
                Bearing { az_deg: from_deg[0] + reach_deg[0] * share, el_deg: from_deg[1] + reach_deg[1] * share }
            }
            Path::Walk { .. } => walk.as_ref()?.at(at),
            Path::Recorded(rows) => return recorded(rows, at),
        };
        let (width_deg, height_deg, range_m) = match &config.body {
            Some(body) => {
                let (before, after, share) = around(&body.range_m, at, |row| row.0)?;
                let range_m = mix(before.1, after.1, share);
                (spanned_deg(body.width_m, range_m), spanned_deg(body.height_m, range_m), range_m)
            }
            None => (0.0, 0.0, f64::INFINITY),
        };
        Some(TargetState { az_deg: bearing.az_deg, el_deg: bearing.el_deg, width_deg, height_deg, range_m })
    }

    /// Begins its stream anew, as that of a run with `seed`.
    pub fn reseed(&mut self, seed: u64) {
        if let Some(walk) = &mut self.walk {
            walk.reseed(seed, &self.config.name);
        }
    }

    /// Its stream, for the walk over random numbers.
    pub fn visit_rng(&self, v: &mut dyn Visit) {
        if let Some(walk) = &self.walk {
            walk.visit_rng(v);
        }
    }
}

impl State for Actor {
    fn visit(&self, v: &mut dyn Visit) {
        if let Some(walk) = &self.walk {
            walk.visit(v);
        }
    }
}

/// The way a bang has come after `turns` periods, as a share of its reach.
fn banged(turns: f64) -> f64 {
    let turn = turns - libm::floor(turns);
    // The second half of a period is the first one backwards.
    let turn = if turn > 0.5 { 1.0 - turn } else { turn };
    let gone = |span: f64| 8.0 * span * span;
    if turn < 0.25 { gone(turn) } else { 1.0 - gone(0.5 - turn) }
}

/// The recording at `at`.
fn recorded(rows: &[config::RecordedPoint], at: SimTime) -> Option<TargetState> {
    let (before, after, share) = around(rows, at, |row| row.at)?;
    Some(TargetState {
        az_deg: mix(before.az_deg, after.az_deg, share),
        el_deg: mix(before.el_deg, after.el_deg, share),
        width_deg: mix(before.width_deg, after.width_deg, share),
        height_deg: mix(before.height_deg, after.height_deg, share),
        range_m: f64::INFINITY,
    })
}

/// The rows around `at` and how far it is from the first to the second, 0 ..= 1; outside, one row twice.
fn around<T>(rows: &[T], at: SimTime, time: impl Fn(&T) -> SimTime) -> Option<(&T, &T, f64)> {
    let next = rows.partition_point(|row| time(row) <= at);
    let before = next.checked_sub(1).and_then(|last| rows.get(last));
    match (before, rows.get(next)) {
        (Some(before), Some(after)) => {
            let (from, to) = (time(before), time(after));
            Some((before, after, at.signed_secs_since(from) / to.signed_secs_since(from)))
        }
        (Some(only), None) | (None, Some(only)) => Some((only, only, 0.0)),
        (None, None) => None,
    }
}

/// `from` and `to` mixed; exactly `from` at share 0.
fn mix(from: f64, to: f64, share: f64) -> f64 {
    from + (to - from) * share
}

/// Angle under which `size_m` appears across the line of sight \[deg\].
fn spanned_deg(size_m: f64, range_m: f64) -> f64 {
    degrees(2.0 * libm::atan2(size_m / 2.0, range_m))
}
