//! PID in angles, with velocity feed-forward.
//!
//! Per axis, with e the error \[deg\], v the target's rate \[deg/s\] and dt the time since the last step:
//!
//! ```text
//! e' = e · min(1, |e| / dead band)                             soft dead band: no knee, no gain at zero
//! I += ki · e' · dt + (u_limited − u) · dt / T_t               back-calculation anti-windup, T_t = 1/kp
//! I *= exp(−dt / 0.5 s) inside the dead band                   bled, so that it cannot push for ever
//! D += (kd · Δe / dt − D) · dt / (T_f + dt)                    first-order filter, restarted on a new target
//! P  = kp · e', at most √(2 · a · |e|)                         a: the braking the axis is good for
//! F  = ff · v · min(1, |v| / fade)                             a rate that is mostly noise is not followed
//! u  = P + I + D + F,  limited to the actuator's top rate
//! ```
//!
//! The root is the rate from which the axis can still stop on the target (v² = 2·a·s), so a high kp does not overshoot
//! after a large step; it is ArduPilot's `sqrt_controller`.
//!
//! Units: kp \[1/s\], ki \[1/s²\], kd and ff \[1\]; output deg/s. Because error and output are angles, the loop gain is
//! the same at every zoom. Åström, Hägglund: *Advanced PID Control*, 2006, sections 3.3 (filter) and 3.5 (windup).
//! A step with an error that is not finite gives zero rates and forgets the past.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, min};
use tiltyard_visca::{State, Visit};

use super::{Servo, ServoInput, Terms};

/// Time constant with which the integral is bled inside the dead band \[s\].
const BLEED_S: f64 = 0.5;

/// Gains of one axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PidGains {
    /// Proportional gain \[1/s\].
    pub kp: f64,
    /// Integral gain \[1/s²\].
    pub ki: f64,
    /// Derivative gain \[1\].
    pub kd: f64,
    /// Feed-forward of the target's rate \[1\].
    pub ff: f64,
    /// Target rates below this are faded out of the feed-forward \[deg/s\]; 0 for none.
    pub ff_fade_dps: f64,
    /// Limit of the integral term \[deg/s\].
    pub integral_limit_dps: f64,
    /// Errors below this are faded out \[deg\]; 0 for none.
    pub dead_band_deg: f64,
    /// Braking that the proportional part counts on \[deg/s²\]; infinite for no such limit.
    pub brake_dps2: f64,
    /// Time constant of the derivative filter.
    pub derivative_filter: Duration,
}

/// The PID servo.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pid {
    gains: [PidGains; 2],
    rate_max_dps: [f64; 2],
    axes: [Axis; 2],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Axis {
    integral_dps: f64,
    derivative_dps: f64,
    last_error_deg: Option<f64>,
    terms: Terms,
}

impl Pid {
    /// Gains and top rates of (pan, tilt).
    pub fn new(gains: [PidGains; 2], rate_max_dps: [f64; 2]) -> Self {
        Self { gains, rate_max_dps, axes: [Axis::default(); 2] }
    }
}

impl Axis {
    fn update(&mut self, gains: &PidGains, rate_max_dps: f64, error_deg: f64, target_dps: f64, dt_s: f64) -> f64 {
        if !(error_deg.is_finite() && target_dps.is_finite() && dt_s > 0.0) {
            *self = Self::default();
            return 0.0;
        }
        let inside = error_deg.abs() < gains.dead_band_deg;
        let faded = fade(error_deg, gains.dead_band_deg);

        let slope_dps = self.last_error_deg.map_or(0.0, |last| (error_deg - last) / dt_s);
        self.last_error_deg = Some(error_deg);
        let share = dt_s / (gains.derivative_filter.as_secs_f64() + dt_s);
        self.derivative_dps += (gains.kd * slope_dps - self.derivative_dps) * share;

        let limit = gains.integral_limit_dps;
        self.integral_dps = clamp(self.integral_dps + gains.ki * faded * dt_s, -limit, limit);
        if inside {
            self.integral_dps *= libm::exp(-dt_s / BLEED_S);
        }
        let stoppable_dps = (2.0 * gains.brake_dps2 * error_deg.abs()).sqrt();
        let p_dps = clamp(gains.kp * faded, -stoppable_dps, stoppable_dps);
        let ff_dps = gains.ff * fade(target_dps, gains.ff_fade_dps);
        let wanted = p_dps + self.integral_dps + self.derivative_dps + ff_dps;
        let output = clamp(wanted, -rate_max_dps, rate_max_dps);
        if output != wanted {
            let back = self.integral_dps + (output - wanted) * min(1.0, gains.kp * dt_s);
            // Never through zero: windup is taken back, not turned round.
            self.integral_dps = if back * self.integral_dps > 0.0 { back } else { 0.0 };
        }
        self.terms =
            Terms { p_dps, i_dps: self.integral_dps, d_dps: self.derivative_dps, ff_dps, limited: output != wanted };
        output
    }
}

/// `value`, squared down towards zero below `band`: continuous, and without a knee at zero.
fn fade(value: f64, band: f64) -> f64 {
    if value.abs() < band { value * value.abs() / band } else { value }
}

impl Servo for Pid {
    fn name(&self) -> &'static str {
        "pid"
    }

    fn update(&mut self, input: &ServoInput) -> [f64; 2] {
        let mut rates = [0.0; 2];
        for (i, axis) in self.axes.iter_mut().enumerate() {
            if input.new_target {
                (axis.derivative_dps, axis.last_error_deg) = (0.0, None);
            }
            let (error, target) = (input.error_deg[i], input.target_rate_dps[i]);
            rates[i] = axis.update(&self.gains[i], self.rate_max_dps[i], error, target, input.dt_s);
        }
        rates
    }

    fn reset(&mut self) {
        self.axes = [Axis::default(); 2];
    }

    fn terms(&self) -> [Terms; 2] {
        self.axes.map(|axis| axis.terms)
    }
}

impl State for Axis {
    fn visit(&self, v: &mut dyn Visit) {
        v.f64("integral_dps", self.integral_dps);
        v.f64("derivative_dps", self.derivative_dps);
        v.opt_f64("last_error_deg", self.last_error_deg);
    }
}

impl State for Pid {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("pan", &self.axes[0]);
        v.part("tilt", &self.axes[1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiltyard_visca::SimTime;

    const DT_S: f64 = 0.02;

    fn pid(kp: f64, ki: f64, kd: f64) -> Pid {
        let gains = PidGains {
            kp,
            ki,
            kd,
            ff: 0.0,
            ff_fade_dps: 0.0,
            integral_limit_dps: 50.0,
            dead_band_deg: 0.0,
            brake_dps2: f64::INFINITY,
            derivative_filter: Duration::from_millis(100),
        };
        Pid::new([gains; 2], [100.0, 100.0])
    }

    fn step(servo: &mut Pid, error_deg: f64) -> f64 {
        update(servo, error_deg, DT_S, false)
    }

    fn update(servo: &mut Pid, error_deg: f64, dt_s: f64, new_target: bool) -> f64 {
        let input = ServoInput {
            at: SimTime::ZERO,
            dt_s,
            error_deg: [error_deg, 0.0],
            error_frame: [0.0; 2],
            target_rate_dps: [0.0; 2],
            new_target,
        };
        servo.update(&input)[0]
    }

    #[test]
    fn the_integral_is_kept() {
        // Seed defect P1: the integral never left the function. After 1 s at 2° it is ki·2·1 = 3 deg/s.
        let mut servo = pid(1.0, 1.5, 0.0);
        let first = step(&mut servo, 2.0);
        let last = (1..50).map(|_| step(&mut servo, 2.0)).last().unwrap();
        assert!((last - (2.0 + 3.0)).abs() < 1e-9 && first < 2.1, "{first} {last}");
    }

    #[test]
    fn the_derivative_does_not_kick() {
        // Seed defect P4: from rest 0.1 gave 1.0 then 0.2. A first sample and a new target have no slope.
        let mut servo = pid(2.0, 0.0, 0.8);
        assert_eq!(step(&mut servo, 10.0), 20.0);
        assert_eq!(step(&mut servo, 10.0), 20.0);
        assert_eq!(update(&mut servo, -10.0, DT_S, true), -20.0);
    }

    #[test]
    fn the_derivative_is_filtered() {
        // Seed defect P3. A slope of 50 deg/s gives 0.8·50 = 40, of which the first step passes 20/(100+20) ms.
        let mut servo = pid(0.0, 0.0, 0.8);
        step(&mut servo, 0.0);
        let first = step(&mut servo, 1.0);
        assert!((first - 40.0 / 6.0).abs() < 1e-9, "{first}");
    }

    #[test]
    fn the_integral_does_not_wind_up_and_not_push_inside_the_dead_band() {
        let mut servo = pid(10.0, 20.0, 0.0);
        for _ in 0..200 {
            assert_eq!(step(&mut servo, 20.0), 100.0);
        }
        assert_eq!(servo.axes[0].integral_dps, 0.0, "P alone saturates: nothing to integrate");
        // Seed defect P6: a stored integral kept 0.15 at zero error for ever.
        let mut servo = pid(1.0, 5.0, 0.0);
        servo.gains[0].dead_band_deg = 0.5;
        for _ in 0..50 {
            step(&mut servo, 2.0);
        }
        let held = (0..200).map(|_| step(&mut servo, 0.0)).last().unwrap();
        assert!(held.abs() < 0.01, "{held}");
    }

    #[test]
    fn the_dead_band_has_no_knee() {
        let mut servo = pid(3.0, 0.0, 0.0);
        servo.gains[0].dead_band_deg = 1.0;
        let outputs: Vec<f64> = (0..=200).map(|n| step(&mut servo, f64::from(n) * 0.01)).collect();
        assert!(outputs.windows(2).all(|w| w[1] >= w[0] && w[1] - w[0] < 0.07), "{outputs:?}");
    }

    #[test]
    fn a_large_error_asks_for_no_more_than_can_be_braked() {
        let mut servo = pid(10.0, 0.0, 0.0);
        servo.gains[0].brake_dps2 = 50.0;
        // √(2 · 50 · 9) = 30; at 0.5° the straight line is lower: 10 · 0.5 = 5 against √50 = 7.07.
        assert!((step(&mut servo, 9.0) - 30.0).abs() < 1e-12);
        assert!((step(&mut servo, -9.0) + 30.0).abs() < 1e-12);
        assert!((step(&mut servo, 0.5) - 5.0).abs() < 1e-12);
        assert_eq!(step(&mut servo, 0.0), 0.0);
    }

    #[test]
    fn what_is_not_finite_stops_the_camera() {
        // Seed defect P10: NaN gave full speed, and again on the next call.
        let mut servo = pid(2.0, 1.0, 0.5);
        step(&mut servo, 5.0);
        assert_eq!(step(&mut servo, f64::NAN), 0.0);
        assert_eq!(step(&mut servo, f64::INFINITY), 0.0);
        assert_eq!(step(&mut servo, 1.0), 2.0 + 1.0 * DT_S);
    }

    #[test]
    fn a_long_gap_integrates_its_real_time() {
        // Seed defect P8: steps were capped at 100 ms.
        let mut servo = pid(0.0, 1.0, 0.0);
        assert!((update(&mut servo, 2.0, 0.5, false) - 1.0).abs() < 1e-12);
    }
}
