//! Why a servo may be above its bound: what noisy boxes and speed codes alone cost, in the run's own world.
//!
//! The oracle of [`super::oracle`] sees no noise and turns at any rate. Two floors say how much of a ratio that is,
//! each as an RMS error over the oracle's, over the same rows:
//!
//! - **noise**: a head that is perfect (no inertia, no codes) points where a filter of the boxes says that the subject
//!   is T + h/2 after the exposure: when the command acts, and half a hold more. Boxes are the subject's true bearings
//!   with the cell's noise. The filter is the best single Kalman filter in hindsight, per axis, of a grid: a random
//!   walk (for who stands and jumps), white acceleration (`control-and-limits` 6.2, B2; Bar-Shalom, Li, Kirubarajan:
//!   *Estimation with Applications to Tracking and Navigation*, 2001, section 6.2.2) and Singer's (R. A. Singer, IEEE
//!   Trans. AES-6 (1970) 473; the same book, 8.2.2). What no filter of such boxes gets under, to good approximation: a
//!   bank of filters that are weighed anew every frame can be somewhat better, one with a model of the very path much
//!   better;
//! - **codes**: the delayed oracle with the same law, which takes the nearest speed code of the camera's table each
//!   hold. Feedback dithers it. No strict bound either: a law that plans its codes ahead may do better.
//!
//! Together, with n and c the two: √(n² + c² − 1), that is the error of the best filter, and what codes add to an
//! oracle. The oracle's own part, 1 in c², is counted once, as the n² of a filter without noise has it in it.
//!
//! The filters are written apart from the stack's on purpose, as the oracle's law is: a slip in one would otherwise
//! stand in the yardstick as well. Here gains are worked out once for a grid point and used for all draws.

use tiltyard_sim::rng::stream;
use tiltyard_visca::num::{max, min};

use super::oracle::{EXACT_DEG, Knowledge, Rates, errors_deg, errors_with_deg, followed_from, rms, total_delay, truth};
use super::trace::{Sample, Trace};
use crate::scenario::Scenario;

/// Draws of the noise, pooled.
const DRAWS: u64 = 4;
/// Boxes without noise are taken as known to this \[deg\].
const NOISELESS_DEG: f64 = 1e-4;
/// What a first sighting says of the rate: nothing \[deg/s\].
const RATE_SD_DPS: f64 = 50.0;

/// Ratios to the oracle's RMS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Floors {
    /// The best filter of the boxes, with a perfect head.
    pub noise: f64,
    /// The oracle on speed codes.
    pub codes: f64,
}

impl Floors {
    /// Both at once: √(n² + c² − 1).
    pub fn both(&self) -> f64 {
        let added = max(self.codes * self.codes - 1.0, 0.0);
        (self.noise * self.noise + added).sqrt()
    }
}

/// Why a cell is above its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The subject was not kept in the picture.
    Lost,
    /// No filter of such boxes is within the bound.
    Noise,
    /// Nor is the oracle on this camera's speed codes.
    Codes,
    /// Both are above it, or only both together.
    NoiseAndCodes,
    /// Neither: an honest shortfall.
    Ours,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Lost, Self::Noise, Self::Codes, Self::NoiseAndCodes, Self::Ours];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Noise => "noise",
            Self::Codes => "codes",
            Self::NoiseAndCodes => "noise and codes",
            Self::Ours => "ours",
        }
    }

    /// For a cell above `bound`. A subject that was lost is never excused; without floors nothing is.
    pub fn of(bound: f64, kept: bool, floors: Option<Floors>) -> Self {
        let Some(floors) = floors.filter(|_| kept) else {
            return if kept { Self::Ours } else { Self::Lost };
        };
        match (floors.noise > bound, floors.codes > bound) {
            (true, true) => Self::NoiseAndCodes,
            (true, false) => Self::Noise,
            (false, true) => Self::Codes,
            (false, false) if floors.both() > bound => Self::NoiseAndCodes,
            (false, false) => Self::Ours,
        }
    }
}

/// The floors of a run whose boxes have a noise of `noise_deg`; `None` where there is no ratio either.
pub fn floors(scenario: &Scenario, trace: &Trace, noise_deg: f64) -> Option<Floors> {
    let from = followed_from(trace)?;
    let of = |errors: Vec<Option<f64>>| rms(errors[from..].iter().copied().flatten());
    let oracle_deg = of(errors_deg(scenario, trace, Knowledge::Delayed));
    if oracle_deg.is_nan() || oracle_deg < EXACT_DEG {
        return None;
    }
    let codes_deg = of(errors_with_deg(scenario, trace, Knowledge::Delayed, Rates::Codes));
    let period_s = 1.0 / scenario.world.video.rate_hz;
    let lead_s = total_delay(scenario).as_secs_f64() + 0.5 * period_s;
    let noise_deg = noise_floor_deg(&trace.rows, period_s, lead_s, noise_deg, from)?;
    Some(Floors { noise: noise_deg / oracle_deg, codes: codes_deg / oracle_deg })
}

/// RMS error of the best filter of the boxes, `lead_s` after each exposure, from row `from` on \[deg\].
fn noise_floor_deg(rows: &[Sample], period_s: f64, lead_s: f64, sigma_deg: f64, from: usize) -> Option<f64> {
    let first = rows.first()?.at;
    let at: Option<Vec<_>> = (0..rows.len()).map(|tick| truth(rows, tick)).collect();
    let at = at?;
    let start_s = rows.get(from)?.at.signed_secs_since(first);
    // Where the subject is `lead_s` after an exposure: a cubic between two ticks, with their rates.
    let due = |tick: usize| -> Option<[f64; 2]> {
        let ticks = (rows.get(tick)?.at.signed_secs_since(first) + lead_s) / period_s;
        let before = libm::floor(ticks);
        let share = ticks - before;
        let (here, rate) = at.get(before as usize)?;
        let (next, next_rate) = at.get(before as usize + 1)?;
        (before * period_s + share * period_s >= start_s).then(|| {
            let way = next.minus(*here);
            let (s2, s3) = (share * share, share * share * share);
            let along = |axis: usize, begin_deg: f64| {
                begin_deg
                    + way[axis] * (3.0 * s2 - 2.0 * s3)
                    + period_s * (rate[axis] * (share - 2.0 * s2 + s3) + next_rate[axis] * (s3 - s2))
            };
            [along(0, here.az_deg), along(1, here.el_deg)]
        })
    };
    let due: Vec<Option<[f64; 2]>> = (0..rows.len()).map(due).collect();
    let axis = |axis: usize, seen: Vec<f64>| {
        let due: Vec<Option<f64>> = due.iter().map(|due| due.map(|due| due[axis])).collect();
        predicted_rms_deg(&seen, &due, period_s, lead_s, sigma_deg, ["noise-floor.az", "noise-floor.el"][axis])
    };
    let az = axis(0, at.iter().map(|(bearing, _)| bearing.az_deg).collect());
    let el = axis(1, at.iter().map(|(bearing, _)| bearing.el_deg).collect());
    // Azimuth counts in full: elevations are below 10°, and cos 10° is 0.985.
    Some(libm::hypot(az, el))
}

/// RMS error of the best filter of the grid for one axis \[deg\]: it sees `seen` with noise, and says what is `due`
/// `lead_s` after each.
fn predicted_rms_deg(seen: &[f64], due: &[Option<f64>], period_s: f64, lead_s: f64, sigma_deg: f64, name: &str) -> f64 {
    let draws = if sigma_deg > 0.0 { DRAWS } else { 1 };
    let noise: Vec<Vec<f64>> = (0..draws)
        .map(|draw| {
            let mut rng = stream(draw, name);
            seen.iter().map(|_| sigma_deg * rng.normal()).collect()
        })
        .collect();
    let r = max(sigma_deg * sigma_deg, NOISELESS_DEG * NOISELESS_DEG);
    grid().into_iter().fold(f64::INFINITY, |best, process| {
        let gains = process.gains(seen.len(), period_s, r);
        let [step, lead] = [process.transition(period_s), process.transition(lead_s)];
        let missed = noise.iter().flat_map(|noise| {
            let mut state = [seen.first().copied().unwrap_or_default() + noise[0], 0.0, 0.0];
            let mut missed = Vec::with_capacity(due.len());
            for (tick, (((seen, noise), gain), due)) in seen.iter().zip(noise).zip(&gains).zip(due).enumerate() {
                if tick > 0 {
                    state = moved(&step, &state);
                    let innovation_deg = seen + noise - state[0];
                    state = core::array::from_fn(|part| state[part] + gain[part] * innovation_deg);
                }
                missed.extend(due.map(|due| due - moved(&lead, &state)[0]));
            }
            missed
        });
        min(best, rms(missed))
    })
}

/// How a filter takes the subject to be driven.
#[derive(Clone, Copy, Debug)]
enum Process {
    /// A random walk: white rate of this density \[deg²/s\].
    WhiteRate(f64),
    /// White acceleration of this density \[deg²/s³\].
    WhiteAcceleration(f64),
    /// An acceleration of this standard deviation \[deg/s²\] that lasts so long \[s\].
    Singer(f64, f64),
}

/// A random walk of 10⁻⁵ … 10⁴ deg²/s in decades; white acceleration of 0.01 … 10,000 deg²/s³ in half decades; Singer's
/// with 1 … 100 deg/s² over 0.3, 1 and 3 s.
fn grid() -> Vec<Process> {
    let walks = (-5..=4).map(|decade| Process::WhiteRate(libm::pow(10.0, f64::from(decade))));
    let white = (-4..=8).map(|half| Process::WhiteAcceleration(libm::pow(10.0, 0.5 * f64::from(half))));
    let singer = [1.0, 3.0, 10.0, 30.0, 100.0]
        .into_iter()
        .flat_map(|sd_dps2| [0.3, 1.0, 3.0].map(|lasts_s| Process::Singer(sd_dps2, lasts_s)));
    walks.chain(white).chain(singer).collect()
}

impl Process {
    /// Position, rate and acceleration `span_s` later.
    fn transition(self, span_s: f64) -> [[f64; 3]; 3] {
        match self {
            Self::WhiteRate(_) => [[1.0, 0.0, 0.0], [0.0; 3], [0.0; 3]],
            Self::WhiteAcceleration(_) => [[1.0, span_s, 0.0], [0.0, 1.0, 0.0], [0.0; 3]],
            Self::Singer(_, lasts_s) => {
                let forgotten = -libm::expm1(-span_s / lasts_s);
                let gained_s = lasts_s * forgotten;
                [[1.0, span_s, lasts_s * (span_s - gained_s)], [0.0, 1.0, gained_s], [0.0, 0.0, 1.0 - forgotten]]
            }
        }
    }

    /// What `span_s`, short beside the time an acceleration lasts, adds to the covariance.
    fn driven(self, span_s: f64) -> [[f64; 3]; 3] {
        let (t, t2) = (span_s, span_s * span_s);
        let (t3, t4, t5) = (t2 * t, t2 * t2, t2 * t2 * t);
        let (density, shape) = match self {
            Self::WhiteRate(q) => (q, [[t, 0.0, 0.0], [0.0; 3], [0.0; 3]]),
            Self::WhiteAcceleration(q) => (q, [[t3 / 3.0, t2 / 2.0, 0.0], [t2 / 2.0, t, 0.0], [0.0; 3]]),
            Self::Singer(sd_dps2, lasts_s) => (
                2.0 * sd_dps2 * sd_dps2 / lasts_s,
                [[t5 / 20.0, t4 / 8.0, t3 / 6.0], [t4 / 8.0, t3 / 3.0, t2 / 2.0], [t3 / 6.0, t2 / 2.0, t]],
            ),
        };
        shape.map(|row| row.map(|part| density * part))
    }

    /// The Kalman gains of `count` sightings, `period_s` apart and with a variance of `r` \[deg²\].
    fn gains(self, count: usize, period_s: f64, r: f64) -> Vec<[f64; 3]> {
        let (f, q) = (self.transition(period_s), self.driven(period_s));
        let of_acceleration = match self {
            Self::WhiteRate(_) | Self::WhiteAcceleration(_) => 0.0,
            Self::Singer(sd_dps2, _) => sd_dps2 * sd_dps2,
        };
        // The first transition takes from this what the process does not have.
        let mut p = [[r, 0.0, 0.0], [0.0, RATE_SD_DPS * RATE_SD_DPS, 0.0], [0.0, 0.0, of_acceleration]];
        let mut gains = vec![[1.0, 0.0, 0.0]];
        for _ in 1..count {
            let fp: [[f64; 3]; 3] = f.map(|row| core::array::from_fn(|c| (0..3).map(|k| row[k] * p[k][c]).sum()));
            p = core::array::from_fn(|row| {
                core::array::from_fn(|c| (0..3).map(|k| fp[row][k] * f[c][k]).sum::<f64>() + q[row][c])
            });
            let (first, total) = (p[0], p[0][0] + r);
            gains.push(first.map(|part| part / total));
            p = core::array::from_fn(|row| core::array::from_fn(|c| p[row][c] - first[row] * first[c] / total));
        }
        gains
    }
}

/// A state after a transition.
fn moved(transition: &[[f64; 3]; 3], state: &[f64; 3]) -> [f64; 3] {
    transition.map(|row| row[0] * state[0] + row[1] * state[1] + row[2] * state[2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::execute;
    use crate::run::limits::stochastic_error_deg;
    use crate::run::servo_suite::{CAMERAS, Cell, Profile};

    /// A subject driven by white acceleration of density `q`, every `span_s`: the exact discrete equivalent.
    fn driven_path(q: f64, span_s: f64, count: usize) -> Vec<f64> {
        let mut rng = stream(5, "floors-test");
        let (mut position, mut rate) = (0.0, 0.0);
        let mut path = Vec::with_capacity(count);
        for _ in 0..count {
            path.push(position);
            // Of covariance q·[T³/3 T²/2; T²/2 T].
            let gained = (q * span_s).sqrt() * rng.normal();
            let beside = (q * span_s * span_s * span_s / 12.0).sqrt() * rng.normal();
            position += rate * span_s + 0.5 * span_s * gained + beside;
            rate += gained;
        }
        path
    }

    #[test]
    fn of_white_acceleration_it_is_the_closed_form() {
        let half_s = 1.0 / 60.0;
        for (q, sigma_deg, halves) in [(20.0, 0.05, 9_usize), (20.0, 0.1, 3), (5.0, 0.1, 18)] {
            let path = driven_path(q, half_s, 60_000);
            let seen: Vec<f64> = path.iter().copied().step_by(2).collect();
            let due: Vec<Option<f64>> =
                (0..seen.len()).map(|tick| path.get(2 * tick + halves).copied().filter(|_| tick > 200)).collect();
            let lead_s = halves as f64 * half_s;
            let found = predicted_rms_deg(&seen, &due, 2.0 * half_s, lead_s, sigma_deg, "floors-test.noise");
            let bound = stochastic_error_deg(q, sigma_deg, 2.0 * half_s, lead_s);
            // 500 s of path give the RMS to about 2 %; the grid's nearest q costs less.
            assert!((found / bound - 1.0).abs() < 0.05, "q {q}, σ {sigma_deg}, {lead_s} s: {found}, bound {bound}");
        }
    }

    fn of_cell(delay_ms: u32, noise_deg: f64, fov_deg: f64) -> Floors {
        let cell = Cell { profile: Profile::Jog, delay_ms, fov_deg, noise_deg, camera: CAMERAS[0] };
        let scenario = cell.scenario("").unwrap();
        floors(&scenario, &execute(&scenario, 1).unwrap().trace, noise_deg).unwrap()
    }

    #[test]
    fn noise_costs_more_where_the_delay_is_short() {
        let [clean, noisy, late] = [of_cell(50, 0.0, 60.0), of_cell(50, 0.1, 60.0), of_cell(400, 0.1, 60.0)];
        assert!(clean.noise < 1.3 && noisy.noise > 2.0 * clean.noise && noisy.noise > 2.0 * late.noise);
        assert!(noisy.codes > 1.0 && (noisy.codes - clean.codes).abs() < 1e-12, "{clean:?} {noisy:?}");
    }

    #[test]
    fn without_noise_a_jump_costs_the_time_in_which_nobody_knows_of_it() {
        // 5° at tick 100; what is due lies 10 ticks ahead, so 10 of 300 are missed by 5°.
        let place = |tick: usize| if tick < 100 { 0.0 } else { 5.0 };
        let seen: Vec<f64> = (0..300).map(place).collect();
        let due: Vec<Option<f64>> = (0..300).map(|tick| Some(place(tick + 10))).collect();
        let found = predicted_rms_deg(&seen, &due, 1.0 / 30.0, 10.0 / 30.0, 0.0, "floors-test.noise");
        assert!((found / (5.0 * (10.0_f64 / 300.0).sqrt()) - 1.0).abs() < 0.01, "{found}");
    }

    #[test]
    fn the_reason_is_the_floor_that_is_above_the_bound() {
        let of = |noise, codes| Reason::of(1.5, true, Some(Floors { noise, codes }));
        assert_eq!(of(1.6, 1.1), Reason::Noise);
        assert_eq!(of(1.1, 1.6), Reason::Codes);
        assert_eq!(of(1.6, 1.6), Reason::NoiseAndCodes);
        // 1.21 + 1.96 − 1 = 2.17, below 2.25; 1.44 + 0.96 = 2.4 is above.
        assert_eq!((of(1.1, 1.4), of(1.2, 1.4)), (Reason::Ours, Reason::NoiseAndCodes));
        // Codes that happen to help take nothing away.
        assert_eq!(of(1.49, 0.5), Reason::Ours);
        assert_eq!(Reason::of(1.5, false, Some(Floors { noise: 9.0, codes: 9.0 })), Reason::Lost);
        assert_eq!(Reason::of(1.5, true, None), Reason::Ours);
    }
}
