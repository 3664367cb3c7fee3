//! What no controller can do better, in closed form: bounds on the pointing error from delay, noise and the head.
//!
//! One axis. A controller acts at t on what it saw at t − T or earlier; T \[s\] is all of it, from exposure to
//! motion, and where a command is held for h \[s\], the last of it acts on what is T + h old. The error is then at
//! least that of the best prediction of the target over this time, whatever is done with it. Three kinds of bound:
//!
//! - **worst case**: of a target whose acceleration is bounded, its past known exactly. Minimax: two futures that part
//!   by a·T² look alike until now, so one of them is missed by half of it, and a constant-velocity prediction misses
//!   none by more.
//! - **stochastic**: of a target driven by white acceleration of density q, seen every h with noise of σ. The Kalman
//!   filter is the best of all estimators there (Bar-Shalom, Li, Kirubarajan: *Estimation with Applications to Tracking
//!   and Navigation*, 2001, section 6.2.2), and its steady state has a closed form.
//! - **the head**: rate V and acceleration A are limited; a step needs time (Pontryagin; Bryson, Ho: *Applied Optimal
//!   Control*, 1975, section 3.9), and a target that starts to move leads until the head has its rate.
//!
//! Arguments are finite and not negative, units stand in the names. Nothing here combines them: for delay, noise and
//! head at once there is the oracle in the same world.

/// B1: the least worst error \[deg\] of any controller that acts on what is `delay_s` old, for a target whose
/// acceleration is at most `acceleration_dps2`: ½·a·T².
pub fn worst_case_error_deg(acceleration_dps2: f64, delay_s: f64) -> f64 {
    0.5 * acceleration_dps2 * delay_s * delay_s
}

/// B1 where a command is held for `hold_s`: ½·a·(T + h)², reached at the hold's end.
pub fn worst_case_error_held_deg(acceleration_dps2: f64, delay_s: f64, hold_s: f64) -> f64 {
    worst_case_error_deg(acceleration_dps2, delay_s + hold_s)
}

/// The error \[deg\] of whoever holds the last position for the target's: v·T.
pub fn no_velocity_error_deg(rate_dps: f64, delay_s: f64) -> f64 {
    rate_dps * delay_s
}

/// The largest error \[deg\] on a target at `amplitude_deg`·sin(ω·t) of whoever knows position and rate as they were
/// `delay_s` ago exactly and goes on with that rate: A·√((1 − cos ωT)² + (ωT − sin ωT)²), about ½·A·ω²·T². The error is
/// a sinusoid itself, its RMS this over √2.
///
/// No bound for everybody: a controller with a model of the sinusoid has no error in the end.
pub fn sine_error_of_constant_velocity_deg(amplitude_deg: f64, omega_radps: f64, delay_s: f64) -> f64 {
    let angle = omega_radps * delay_s;
    // 1 − cos x without cancellation.
    let half = libm::sin(0.5 * angle);
    amplitude_deg * libm::hypot(2.0 * half * half, angle - libm::sin(angle))
}

/// Variances (pp, pr, rr) \[deg², deg²/s, deg²/s²\] of position and rate just after a measurement, in the steady state
/// of the constant-velocity Kalman filter: white acceleration of density `q` \[deg²/s³\], measurements every
/// `period_s` > 0 with a standard deviation of `sigma_deg`.
///
/// The second difference of the measurements is a moving average of order two; its roots z₁ and z₂ inside the unit
/// circle are the filter's. With λ = q·h³/r, r = σ²:
///
/// ```text
/// Z = λ/3 + ½·√(λ·(16 + λ/3)),  P = z₁·z₂ = 1 − α = 2 / (Z + 2 + √(Z·(Z + 4)))
/// α = √(Z·P),  β = P·(λ/2 + ½·√(λ·(16 + λ/3))) / (1 + P)
/// pp = α·r,  pr = β·r/h,  rr = α·β·r / (P·h²) − q·h/2
/// ```
///
/// As Ekstrand, *Analytical steady state solution for a Kalman tracking filter*, IEEE Trans. AES 19 (1983), 815–819,
/// finds it by other means. Without noise only the rate is uncertain, by q·h/(2·√3).
pub fn steady_state_variances(q: f64, sigma_deg: f64, period_s: f64) -> [f64; 3] {
    let r = sigma_deg * sigma_deg;
    let lambda = q * period_s * period_s * period_s / r;
    if !(lambda.is_finite() && lambda > 0.0) {
        // Either nothing is uncertain but the rate since the last measurement, or nothing at all.
        return [0.0, 0.0, q * period_s / (2.0 * 3.0_f64.sqrt())];
    }
    let root = 0.5 * (lambda * (16.0 + lambda / 3.0)).sqrt();
    let z = lambda / 3.0 + root;
    let product = 2.0 / (z + 2.0 + (z * (z + 4.0)).sqrt());
    let (alpha, beta) = ((z * product).sqrt(), product * (0.5 * lambda + root) / (1.0 + product));
    let rate = alpha * beta * r / (product * period_s * period_s) - 0.5 * q * period_s;
    [alpha * r, beta * r / period_s, rate]
}

/// B2: the least RMS error \[deg\] of any controller that acts on what is `delay_s` old, for a target driven by white
/// acceleration of density `q` \[deg²/s³\] and seen every `period_s` with noise of `sigma_deg`:
/// √(pp + 2·T·pr + T²·rr + q·T³/3), at the moment of the measurement; between two it is more.
pub fn stochastic_error_deg(q: f64, sigma_deg: f64, period_s: f64, delay_s: f64) -> f64 {
    let [pp, pr, rr] = steady_state_variances(q, sigma_deg, period_s);
    (pp + delay_s * (2.0 * pr + delay_s * rr) + q * delay_s * delay_s * delay_s / 3.0).sqrt()
}

/// B2 for whoever knows position and rate exactly as they were: √(q·T³/3) \[deg\].
pub fn stochastic_error_of_exact_state_deg(q: f64, delay_s: f64) -> f64 {
    (q * delay_s * delay_s * delay_s / 3.0).sqrt()
}

/// B3: the shortest time \[s\] from rest to rest over `step_deg`, with rates up to `rate_max_dps` and accelerations up
/// to `acceleration_dps2`: 2·√(D/A) while D ≤ V²/A, else D/V + V/A.
pub fn step_time_s(step_deg: f64, rate_max_dps: f64, acceleration_dps2: f64) -> f64 {
    if step_deg * acceleration_dps2 <= rate_max_dps * rate_max_dps {
        2.0 * (step_deg / acceleration_dps2).sqrt()
    } else {
        step_deg / rate_max_dps + rate_max_dps / acceleration_dps2
    }
}

/// B3: the least integral of the absolute error \[deg·s\] after a step, of motions that do not overshoot:
/// D·(T + t/2), t of [`step_time_s`].
///
/// Without overshoot no motion is ahead of the fastest at any time. With a little overshoot 0.2 % less is possible.
pub fn step_iae_deg_s(step_deg: f64, delay_s: f64, rate_max_dps: f64, acceleration_dps2: f64) -> f64 {
    step_deg * (delay_s + 0.5 * step_time_s(step_deg, rate_max_dps, acceleration_dps2))
}

/// B3: the same of any motion at all, since none is ahead of one that never brakes \[deg·s\].
pub fn step_iae_floor_deg_s(step_deg: f64, delay_s: f64, rate_max_dps: f64, acceleration_dps2: f64) -> f64 {
    let ramp_s = rate_max_dps / acceleration_dps2;
    let ramp_deg = 0.5 * rate_max_dps * ramp_s;
    let moving = if step_deg <= ramp_deg {
        2.0 / 3.0 * step_deg * (2.0 * step_deg / acceleration_dps2).sqrt()
    } else {
        let rest_deg = step_deg - ramp_deg;
        step_deg * ramp_s - ramp_deg * ramp_s / 3.0 + 0.5 * rest_deg * rest_deg / rate_max_dps
    };
    step_deg * delay_s + moving
}

/// B3: the least peak error \[deg\] after the target starts to move at `rate_dps` from rest: v·T + v²/(2·A). `None`
/// where the head is not fast enough, v > V: the error then grows for ever.
pub fn velocity_step_peak_deg(rate_dps: f64, delay_s: f64, rate_max_dps: f64, acceleration_dps2: f64) -> Option<f64> {
    let rate_dps = rate_dps.abs();
    (rate_dps <= rate_max_dps).then(|| rate_dps * delay_s + rate_dps * rate_dps / (2.0 * acceleration_dps2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tiltyard_visca::num::{clamp, max, min};

    use super::*;

    #[track_caller]
    fn near(value: f64, expected: f64, relative: f64) {
        assert!((value - expected).abs() <= relative * expected.abs(), "{value}, expected {expected}");
    }

    /// Position after `seconds` of accelerations of equal length, from rest at 0.
    fn moved(accelerations: &[f64], seconds: f64) -> f64 {
        let dt = seconds / accelerations.len() as f64;
        let state = accelerations.iter().fold((0.0, 0.0), |(x, v), a| (x + v * dt + 0.5 * a * dt * dt, v + a * dt));
        state.0
    }

    #[test]
    fn the_numbers_of_the_notes_come_out() {
        // q = 20 deg²/s³, 30 Hz: (T, exact state, σ = 0.05°, σ = 0.1°).
        let table = [(0.083, 0.062, 0.128, 0.170), (0.15, 0.150, 0.232, 0.281), (0.3, 0.42, 0.54, 0.60)];
        for (delay_s, exact, small, large) in table {
            let digits = if delay_s < 0.2 { 0.0005 } else { 0.005 };
            for (value, noted) in [
                (stochastic_error_of_exact_state_deg(20.0, delay_s), exact),
                (stochastic_error_deg(20.0, 0.05, 1.0 / 30.0, delay_s), small),
                (stochastic_error_deg(20.0, 0.1, 1.0 / 30.0, delay_s), large),
            ] {
                assert!((value - noted).abs() <= digits, "T = {delay_s}: {value}, noted {noted}");
            }
        }
        // ½·a·(T + h)² of ±10 deg/s² at 150 ms and 30 Hz, and the velocity step of 10 deg/s with A = 400 deg/s².
        near(worst_case_error_held_deg(10.0, 0.15, 1.0 / 30.0), 0.168, 0.001);
        near(velocity_step_peak_deg(10.0, 0.15, 100.0, 400.0).unwrap(), 1.5 + 0.125, 1e-12);
        // A jog, 2.5 m/s² at 10 m, at 150 ms.
        near(worst_case_error_deg(14.3, 0.15), 0.16, 0.01);
        near(no_velocity_error_deg(20.0, 0.15), 3.0, 1e-12);
    }

    #[test]
    fn without_noise_the_rate_alone_is_uncertain() {
        let [pp, pr, rr] = steady_state_variances(20.0, 1e-7, 0.04);
        let [.., limit] = steady_state_variances(20.0, 0.0, 0.04);
        assert!(pp < 1e-13 && pr < 1e-12, "{pp} {pr}");
        near(rr, limit, 1e-6);
        assert_eq!(steady_state_variances(0.0, 0.1, 0.04), [0.0; 3]);
    }

    #[test]
    fn a_head_that_is_too_slow_has_no_peak() {
        assert_eq!(velocity_step_peak_deg(-101.0, 0.1, 100.0, 400.0), None);
        assert_eq!(velocity_step_peak_deg(-100.0, 0.1, 100.0, 400.0), Some(22.5));
    }

    /// A head's run to `step_deg` in small steps: as fast as it may, and braking at the last moment. The switch is at
    /// `curve`·v²/A before the target, ½ for the fastest; gives (time until at rest there, integral of the error).
    fn brought(step_deg: f64, rate_max_dps: f64, acceleration_dps2: f64, curve: f64) -> (f64, f64) {
        let dt = step_time_s(step_deg, rate_max_dps, acceleration_dps2) / 200_000.0;
        let (mut left, mut rate, mut time, mut iae) = (step_deg, 0.0_f64, 0.0, 0.0);
        let small = 1e-4 * step_deg;
        while (left.abs() > small || rate.abs() > 1e-2 * (acceleration_dps2 * step_deg).sqrt()) && time < 2e6 * dt {
            let onwards = left - curve * rate * rate.abs() / acceleration_dps2 > 0.0;
            let wanted = clamp(rate + if onwards { dt } else { -dt } * acceleration_dps2, -rate_max_dps, rate_max_dps);
            iae += left.abs() * dt;
            left -= 0.5 * (rate + wanted) * dt;
            rate = wanted;
            time += dt;
        }
        (time, iae)
    }

    #[test]
    fn a_little_overshoot_gains_a_fifth_of_a_per_cent() {
        let (_, straight) = brought(1.0, 100.0, 1.0, 0.5);
        let best = (40..=50).map(|percent| brought(1.0, 100.0, 1.0, f64::from(percent) / 100.0).1).fold(straight, min);
        near(straight, step_iae_deg_s(1.0, 0.0, 100.0, 1.0), 1e-3);
        assert!((0.0015..0.003).contains(&(1.0 - best / straight)), "{best} {straight}");
        assert!(best > step_iae_floor_deg_s(1.0, 0.0, 100.0, 1.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_future_leaves_the_reachable_set_and_both_ends_are_reached(
            futures in prop::collection::vec(-1.0..1.0f64, 1..50),
            acceleration_dps2 in 0.1..500.0f64,
            delay_s in 0.01..1.0f64,
        ) {
            let bound = worst_case_error_deg(acceleration_dps2, delay_s);
            let scaled: Vec<f64> = futures.iter().map(|share| share * acceleration_dps2).collect();
            prop_assert!(moved(&scaled, delay_s).abs() <= bound * (1.0 + 1e-12));
            // The ends lie 2·bound apart: whatever is predicted, one of them is missed by the bound or more.
            for end in [1.0, -1.0] {
                let all = vec![end * acceleration_dps2; futures.len()];
                prop_assert!((moved(&all, delay_s) - end * bound).abs() <= 1e-12 * bound);
            }
        }

        #[test]
        fn the_closed_form_is_the_fixed_point_of_the_riccati_equation(
            q in 0.1..1e3f64, sigma_deg in 0.001..1.0f64, period_s in 0.008..0.2f64,
        ) {
            let r = sigma_deg * sigma_deg;
            let [mut pp, mut pr, mut rr] = [1.0, 0.0, 100.0];
            for _ in 0..4000 {
                let h = period_s;
                (pp, pr, rr) =
                    (pp + h * (2.0 * pr + h * rr) + q * h * h * h / 3.0, pr + h * rr + q * h * h * 0.5, rr + q * h);
                let total = pp + r;
                (pp, pr, rr) = (pp * r / total, pr * r / total, rr - pr * pr / total);
            }
            for (closed, iterated) in steady_state_variances(q, sigma_deg, period_s).into_iter().zip([pp, pr, rr]) {
                prop_assert!((closed - iterated).abs() <= 1e-7 * iterated, "{closed} {iterated}");
            }
        }

        #[test]
        fn the_sine_is_missed_by_no_more_and_by_that(
            amplitude_deg in 0.1..30.0f64, omega_radps in 0.1..7.0f64, delay_s in 0.01..0.5f64,
        ) {
            let worst = (0..2000).fold(0.0, |worst, step| {
                let phase = f64::from(step) * core::f64::consts::TAU / 2000.0;
                let (then, now) = (phase, phase + omega_radps * delay_s);
                let predicted = libm::sin(then) + omega_radps * delay_s * libm::cos(then);
                max(worst, amplitude_deg * (libm::sin(now) - predicted).abs())
            });
            let bound = sine_error_of_constant_velocity_deg(amplitude_deg, omega_radps, delay_s);
            prop_assert!(worst <= bound * (1.0 + 1e-9) && worst >= bound * (1.0 - 1e-5), "{worst} {bound}");
        }

        #[test]
        fn the_velocity_step_peaks_there(
            rate_dps in 0.5..90.0f64, delay_s in 0.0..0.5f64, acceleration_dps2 in 20.0..1000.0f64,
        ) {
            // The target at v from t = 0; the head accelerates for all it is worth from T on.
            let dt = 1e-4;
            let (mut peak, mut error, mut rate) = (0.0, 0.0, 0.0);
            for step in 0..100_000 {
                let next = if f64::from(step) * dt < delay_s { 0.0 } else { rate + acceleration_dps2 * dt };
                error += (rate_dps - 0.5 * (rate + next)) * dt;
                (rate, peak) = (next, max(peak, error));
                if rate > rate_dps {
                    break;
                }
            }
            let bound = velocity_step_peak_deg(rate_dps, delay_s, 90.0, acceleration_dps2).unwrap();
            prop_assert!((peak - bound).abs() <= rate_dps * dt + 1e-6, "{peak} {bound}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn the_fastest_motion_takes_that_long_and_leaves_that_integral(
            step_deg in 0.5..90.0f64, rate_max_dps in 5.0..300.0f64, acceleration_dps2 in 20.0..1000.0f64,
        ) {
            let (time_s, iae) = brought(step_deg, rate_max_dps, acceleration_dps2, 0.5);
            let (shortest, least) = (
                step_time_s(step_deg, rate_max_dps, acceleration_dps2),
                step_iae_deg_s(step_deg, 0.0, rate_max_dps, acceleration_dps2),
            );
            prop_assert!((time_s - shortest).abs() <= 0.02 * shortest, "{time_s} {shortest}");
            prop_assert!((iae - least).abs() <= 2e-3 * least, "{iae} {least}");
            let floor = step_iae_floor_deg_s(step_deg, 0.0, rate_max_dps, acceleration_dps2);
            prop_assert!(floor < least && floor > 0.9 * least, "{floor} {least}");
            let waited = step_iae_deg_s(step_deg, 0.2, rate_max_dps, acceleration_dps2);
            prop_assert!((waited - least - 0.2 * step_deg).abs() <= 1e-9 * waited);
        }
    }
}
