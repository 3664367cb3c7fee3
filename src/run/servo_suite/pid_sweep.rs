//! The best `pid` for the suite at 150 ms, by search: what the default servo is to be compared with.
//!
//! Three searches, for what the servo is given:
//!
//! - **plain**: the picture's error, as old as it is, and nothing else. This is a PID loop as everybody builds it, and
//!   what `control-and-limits` (6.3, goal G2) means by a tuned PID;
//! - **fed**: the same with feed-forward of the subject's rate, which our world tracker knows;
//! - **predicted**: the error where target and head will be, by our own tracker and pose model, with feed-forward. Most
//!   of what these two gain is theirs, not the PID's.
//!
//! Each goes over a grid on ten cells, one a profile, with fields of view and cameras that take turns and 0.05° of
//! noise; the best six then meet all cells of 150 ms; the best of them is the one. Better is the geometric mean of the
//! RMS errors, so that every cell counts alike. Seed 0 throughout.

use super::measured::measure;
use super::{CAMERAS, Cell, FOVS_DEG, Profile};
use crate::run::parallel;
use crate::scenario::{Diagnostics, Scenario};

/// The delay of the comparison \[ms\].
const DELAY_MS: u32 = 150;
/// So many go on to all cells.
const FINALISTS: usize = 6;
/// What is searched: kd = 0 needs no filter.
const KI: [f64; 3] = [0.0, 1.5, 4.0];
const KD: [(f64, u32); 5] = [(0.0, 100), (0.1, 150), (0.25, 50), (0.25, 150), (0.5, 50)];
const FF: [f64; 3] = [0.0, 0.5, 1.0];
const DEAD_BAND_DEG: [f64; 2] = [0.0, 0.2];

/// What the servo is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The error in the picture, as old as it is.
    Plain,
    /// It, and feed-forward.
    Fed,
    /// The error when the command acts, and feed-forward.
    Predicted,
}

impl Aim {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Fed, Self::Predicted];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Fed => "fed",
            Self::Predicted => "predicted",
        }
    }

    /// Its key in scenario files.
    const fn key(self) -> &'static str {
        match self {
            Self::Plain | Self::Fed => "seen",
            Self::Predicted => "predicted",
        }
    }

    /// Proportional gains of the grid \[1/s\]: from below 1/(2·T) towards instability at π/(2·T) on what is seen, more
    /// where the delay is predicted away.
    pub const fn kp(self) -> [f64; 5] {
        match self {
            Self::Plain | Self::Fed => [2.0, 3.5, 5.0, 7.0, 9.0],
            Self::Predicted => [5.0, 8.0, 12.0, 18.0, 27.0],
        }
    }

    /// Feed-forward of the grid \[1\].
    const fn ff(self) -> &'static [f64] {
        match self {
            Self::Plain => &[0.0],
            Self::Fed | Self::Predicted => &FF,
        }
    }
}

/// A point of the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PidPoint {
    /// What it is given.
    pub aim: Aim,
    /// Proportional gain \[1/s\].
    pub kp: f64,
    /// Integral gain \[1/s²\].
    pub ki: f64,
    /// Derivative gain \[1\] …
    pub kd: f64,
    /// … and its filter \[ms\].
    pub filter_ms: u32,
    /// Feed-forward of the tracker's rate \[1\].
    pub ff: f64,
    /// Dead band \[deg\].
    pub dead_band_deg: f64,
}

impl PidPoint {
    /// The grid.
    fn grid(aim: Aim) -> Vec<Self> {
        let mut grid = Vec::new();
        for kp in aim.kp() {
            for ki in KI {
                for (kd, filter_ms) in KD {
                    for &ff in aim.ff() {
                        for dead_band_deg in DEAD_BAND_DEG {
                            grid.push(Self { aim, kp, ki, kd, filter_ms, ff, dead_band_deg });
                        }
                    }
                }
            }
        }
        grid
    }

    /// Which gains are the largest of their grid: a wider one may find better.
    pub fn at_the_end(&self) -> Vec<&'static str> {
        let last = |grid: &[f64], value: f64| grid.iter().all(|other| *other <= value);
        [
            ("kp", last(&self.aim.kp(), self.kp)),
            ("ki", last(&KI, self.ki)),
            ("kd", last(&KD.map(|(kd, _)| kd), self.kd)),
        ]
        .into_iter()
        .filter_map(|(name, last)| last.then_some(name))
        .collect()
    }

    /// The text behind `servo.` for a scenario.
    pub fn servo(&self) -> String {
        let Self { aim, kp, ki, kd, filter_ms, ff, dead_band_deg } = self;
        format!(
            "pid = {{ kp = {kp:.2}, ki = {ki:.2}, kd = {kd:.2}, ff = {ff:.2}, derivative_filter = \"{filter_ms} ms\", \
             dead_band = \"{dead_band_deg} deg\", anti_windup = \"actuator\" }}\nservo.aim = \"{}\"",
            aim.key()
        )
    }
}

/// What a search came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swept {
    /// Points of the grid.
    pub points: usize,
    /// The best.
    pub best: PidPoint,
    /// Its geometric mean of the RMS errors of all cells of 150 ms \[deg\].
    pub mean_deg: f64,
}

/// All cells of 150 ms, in the order of [`Cell::all`].
pub fn all_at_150_ms() -> Vec<Cell> {
    let mut cells = Cell::all();
    cells.retain(|cell| cell.delay_ms == DELAY_MS);
    cells
}

/// The ten cells on which the grid is searched.
fn few() -> Vec<Cell> {
    let cell = |(number, profile): (usize, Profile)| Cell {
        profile,
        delay_ms: DELAY_MS,
        fov_deg: FOVS_DEG[(number + number / 4) % FOVS_DEG.len()],
        noise_deg: 0.05,
        camera: CAMERAS[number % CAMERAS.len()],
    };
    Profile::ALL.into_iter().enumerate().map(cell).collect()
}

/// Searches; at least one run of each point counts, a point whose runs all fail is the worst.
pub fn sweep_pid(aim: Aim, workers: usize) -> Result<Swept, Diagnostics> {
    let grid = PidPoint::grid(aim);
    let mut ranked = rank(&grid, &few(), workers)?;
    ranked.truncate(FINALISTS);
    let finalists: Vec<PidPoint> = ranked.into_iter().map(|(_, point)| point).collect();
    let ranked = rank(&finalists, &all_at_150_ms(), workers)?;
    // The grid is not empty, and neither is what is left of it.
    let (mean_deg, best) = ranked.first().copied().unwrap_or((f64::INFINITY, grid[0]));
    Ok(Swept { points: grid.len(), best, mean_deg })
}

/// Points with their geometric means over some cells, the best first.
fn rank(points: &[PidPoint], cells: &[Cell], workers: usize) -> Result<Vec<(f64, PidPoint)>, Diagnostics> {
    let mut jobs: Vec<Scenario> = Vec::with_capacity(points.len() * cells.len());
    for point in points {
        for cell in cells {
            jobs.push(cell.scenario(&point.servo())?);
        }
    }
    let logs = parallel::each(&jobs, workers, &|scenario| measure(scenario, 0).rms_deg.map(libm::log));
    let means = logs.chunks(cells.len()).map(|logs| {
        let there: Option<Vec<f64>> = logs.iter().copied().collect();
        there.map_or(f64::INFINITY, |logs| libm::exp(logs.iter().sum::<f64>() / logs.len() as f64))
    });
    let mut ranked: Vec<(f64, PidPoint)> = means.zip(points.iter().copied()).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(ranked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_of_the_grid_is_a_scenario() {
        for aim in Aim::ALL {
            let grid = PidPoint::grid(aim);
            assert_eq!(grid.len(), if aim == Aim::Plain { 150 } else { 450 });
            for point in grid {
                few()[0].scenario(&point.servo()).unwrap_or_else(|wrong| panic!("{point:?}: {wrong}"));
            }
        }
        assert_eq!(all_at_150_ms().len(), 480);
        assert!(FOVS_DEG.iter().all(|fov| few().iter().any(|cell| cell.fov_deg == *fov)));
    }

    #[test]
    fn a_gain_that_oscillates_is_behind_one_that_does_not() {
        let point =
            |kp| PidPoint { aim: Aim::Plain, kp, ki: 0.0, kd: 0.0, filter_ms: 100, ff: 0.0, dead_band_deg: 0.0 };
        let ranked = rank(&[point(30.0), point(2.5)], &few()[2..4], 1).unwrap();
        assert_eq!(ranked[0].1, point(2.5), "{ranked:?}");
        assert!(ranked[0].0 < 0.7 * ranked[1].0, "{ranked:?}");
    }
}
