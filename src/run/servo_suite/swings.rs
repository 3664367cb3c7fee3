//! Does the loop swing by itself, and how far behind is it when the subject sets off?
//!
//! **Still**: the suite's step, then ten seconds more of a subject that stands. In the last six seconds the head should
//! stand, too. A turn counts from a way of 2 % of the field of view on, or of two holds at the slowest speed code where
//! that is more: less than this no command can say. Four turns and more, two full periods, are a limit cycle.
//!
//! **Peak**: the suite's velocity step without noise. No head is less behind than v·T + v²/(2·A)
//! ([`velocity_step_peak_deg`]), T from exposure to motion. That is for a subject that sets off just before an
//! exposure. This one sets off at an exposure, which does not show it; the next one does, a frame later: T + h is what
//! the physics says here. Both are told.

use tiltyard_visca::num::{clamp, max, min};

use super::measured::recorded;
use super::{CAMERAS, Cell, DELAYS_MS, FOVS_DEG, Profile};
use crate::run::limits::velocity_step_peak_deg;
use crate::run::oracle::total_delay;
use crate::run::{Execution, parallel};
use crate::scenario::{Diagnostics, Memory, Scenario, Set, parse};

/// The end of the run that is looked at \[s\].
const WATCHED_S: f64 = 6.0;
/// So many turns in it are a limit cycle.
const CYCLE_TURNS: usize = 4;
/// The velocity step begins here, and the peak is looked for until shortly before it ends \[s\].
const MOVES_S: (f64, f64) = (2.0, 5.9);

/// A head that should stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Still {
    /// The cell.
    pub cell: Cell,
    /// The seed.
    pub seed: u64,
    /// A turn counts from this way on \[deg\].
    pub swing_deg: f64,
    /// Turns in the last six seconds, of the axis with more.
    pub turns: usize,
    /// Half of the way between the ends of its motion in this time \[deg\], of the axis with more.
    pub amplitude_deg: f64,
    /// How often the limit-cycle guard acted in the whole run.
    pub guard_acts: u64,
}

impl Still {
    /// Turns a minute.
    pub fn turns_per_min(&self) -> f64 {
        self.turns as f64 * 60.0 / WATCHED_S
    }

    /// It swings by itself.
    pub const fn cycles(&self) -> bool {
        self.turns >= CYCLE_TURNS
    }
}

/// A subject that set off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// The cell.
    pub cell: Cell,
    /// Largest error on the pan axis \[deg\].
    pub peak_deg: f64,
    /// v·T + v²/(2·A) \[deg\].
    pub bound_deg: f64,
    /// v·(T + h) + v²/(2·A) \[deg\].
    pub bound_held_deg: f64,
}

/// Every field of view, delay and camera, without noise and with 0.05°, with the seeds 0 .. `seeds`.
pub fn stills(servo: &str, seeds: u64, workers: usize) -> Result<Vec<Still>, Diagnostics> {
    let longer = [Set::parse("length=14 s")?];
    let mut jobs = Vec::new();
    for cell in cells(Profile::Step, &[0.0, 0.05]) {
        let scenario = parse("servo-suite.toml", &cell.text(servo)?, &longer, &Memory::default())?;
        jobs.extend((0..seeds).map(|seed| (cell, scenario.clone(), seed)));
    }
    let still = |(cell, scenario, seed): &(Cell, Scenario, u64)| still(*cell, scenario, *seed);
    Ok(parallel::each(&jobs, workers, &still).into_iter().flatten().collect())
}

/// Every field of view, delay and camera, without noise.
pub fn peaks(servo: &str, workers: usize) -> Result<Vec<Peak>, Diagnostics> {
    let mut jobs = Vec::new();
    for cell in cells(Profile::VelocityStep, &[0.0]) {
        jobs.push((cell, cell.scenario(servo)?));
    }
    Ok(parallel::each(&jobs, workers, &|(cell, scenario)| peak(*cell, scenario)).into_iter().flatten().collect())
}

/// Those of a profile and some noises, cameras outermost.
fn cells(profile: Profile, noises_deg: &[f64]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for camera in CAMERAS {
        for delay_ms in DELAYS_MS {
            for fov_deg in FOVS_DEG {
                cells.extend(noises_deg.iter().map(|&noise_deg| Cell {
                    profile,
                    delay_ms,
                    fov_deg,
                    noise_deg,
                    camera,
                }));
            }
        }
    }
    cells
}

fn still(cell: Cell, scenario: &Scenario, seed: u64) -> Option<Still> {
    let mut execution = Execution::new(scenario, seed).ok()?.without_hashing();
    execution.run_until(execution.end()).ok()?;
    let guard_acts = execution.stack().guard_acts();
    let trace = execution.finish().ok()?.trace;
    let (end, hold_s) = (trace.rows.last()?, 1.0 / scenario.world.video.rate_hz);
    let watched = || trace.rows.iter().filter(|row| end.at.signed_secs_since(row.at) <= WATCHED_S);
    let protocol = &scenario.world.camera.protocol;
    let slowest_dps = max(protocol.pan.rate_min_dps(), protocol.tilt.rate_min_dps());
    let swing_deg = max(0.02 * end.world.hfov_deg, 2.0 * slowest_dps * hold_s);
    let of_axis = |axis: usize| {
        let way = || watched().map(|row| row.world.position_deg[axis]);
        let (low, high) = (way().fold(f64::INFINITY, min), way().fold(f64::NEG_INFINITY, max));
        (turns(way(), swing_deg), 0.5 * (high - low))
    };
    let (pan, tilt) = (of_axis(0), of_axis(1));
    let (turns, amplitude_deg) = (pan.0.max(tilt.0), max(pan.1, tilt.1));
    Some(Still { cell, seed, swing_deg, turns, amplitude_deg, guard_acts })
}

/// Turning points of a way: where it has come back by `swing` from the farthest point since the last one.
fn turns(way: impl Iterator<Item = f64>, swing: f64) -> usize {
    let (mut count, mut rising) = (0, None);
    let mut ends: Option<(f64, f64)> = None;
    for here in way {
        // Lowest and highest place since the last turn.
        let (low, high) = ends.map_or((here, here), |(low, high)| (min(low, here), max(high, here)));
        ends = Some((low, high));
        let turned = match rising {
            None | Some(false) if here - low >= swing => Some(true),
            None | Some(true) if high - here >= swing => Some(false),
            _ => None,
        };
        if turned.is_some() {
            count += usize::from(rising.is_some());
            rising = turned;
            ends = Some((here, here));
        }
    }
    count
}

fn peak(cell: Cell, scenario: &Scenario) -> Option<Peak> {
    let trace = recorded(scenario, 0).ok()?.trace;
    let time_s = |row: usize| trace.rows.get(row).map(|row| row.at.as_secs_f64());
    let (from_s, until_s) = MOVES_S;
    let moving: Vec<usize> =
        (0..trace.rows.len()).filter(|row| time_s(*row).is_some_and(|at| (from_s..until_s).contains(&at))).collect();
    let az = |row: usize| trace.rows.get(row)?.world.subject.map(|subject| subject.bearing.az_deg);
    let (first, last) = (*moving.first()?, *moving.last()?);
    let rate_dps = (az(last)? - az(first)?) / (time_s(last)? - time_s(first)?);
    let errors = moving.iter().filter_map(|row| trace.rows[*row].error_deg).map(|error| error[0].abs());
    let camera = &scenario.world.camera;
    let bound = |delay_s: f64| {
        let (top_dps, acceleration) = (camera.protocol.pan.rate_max_dps(), camera.pan.acceleration_dps2);
        velocity_step_peak_deg(clamp(rate_dps, 0.0, top_dps), delay_s, top_dps, acceleration)
    };
    let (delay_s, hold_s) = (total_delay(scenario).as_secs_f64(), 1.0 / scenario.world.video.rate_hz);
    Some(Peak {
        cell,
        peak_deg: errors.fold(0.0, max),
        bound_deg: bound(delay_s)?,
        bound_held_deg: bound(delay_s + hold_s)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_counted_from_the_swing_on() {
        let wave = |amplitude: f64| (0..600).map(move |n| amplitude * libm::sin(f64::from(n) * 0.1));
        // 60 rad are 9.5 periods: 19 extremes.
        assert_eq!(turns(wave(1.0), 0.5), 19);
        assert_eq!(turns(wave(1.0), 2.5), 0);
        // A drift with ripples is no swing.
        assert_eq!(turns((0..600).map(|n| f64::from(n) * 0.01 + 0.1 * libm::sin(f64::from(n))), 0.5), 0);
        assert_eq!(turns(core::iter::empty(), 0.5), 0);
    }

    #[test]
    fn a_loop_with_too_much_gain_is_found() {
        // On the picture alone, at 400 ms: a gain of 8 is twice what π/(2·T) allows.
        let cell = Cell { profile: Profile::Step, delay_ms: 400, fov_deg: 30.0, noise_deg: 0.0, camera: CAMERAS[0] };
        let hot = "pid = { kp = 8.0, ki = 0.0, ff = 0.0 }\nservo.aim = \"seen\"\nshape.guard = false";
        let of = |servo: &str| still(cell, &cell.scenario(servo).unwrap(), 0).unwrap();
        let (swinging, ours) = (of(hot), of(""));
        assert!(swinging.cycles() && swinging.amplitude_deg > swinging.swing_deg, "{swinging:?}");
        assert!(!ours.cycles(), "{ours:?}");
    }

    #[test]
    fn no_peak_is_below_what_the_head_can_do() {
        let cell =
            Cell { profile: Profile::VelocityStep, delay_ms: 150, fov_deg: 60.0, noise_deg: 0.0, camera: CAMERAS[0] };
        let found = peak(cell, &cell.scenario("").unwrap()).unwrap();
        assert!(found.peak_deg > found.bound_deg && found.peak_deg < 2.0 * found.bound_held_deg, "{found:?}");
        // 10 deg/s and a frame of 1/30 s.
        assert!((found.bound_held_deg - found.bound_deg - 10.0 / 30.0).abs() < 0.05, "{found:?}");
    }
}
