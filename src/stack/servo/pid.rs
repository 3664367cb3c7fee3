//! PID in angles with two degrees of freedom, and velocity feed-forward.
//!
//! Per axis, with e the error \[deg\], y the pose \[deg\], r = y + e the setpoint, v the target's rate \[deg/s\] and dt
//! the time since the last step:
//!
//! ```text
//! s  = (s + g·r) / (1 + g),  g = ki·dt/kp                      setpoint, filtered with kp/ki
//! w  = e − (1 − b)·(r − s)                                     error with setpoint weight b
//! w' = w · min(1, |w| / dead band)                             soft dead band: no knee, no gain at zero
//! I += ki · w' · dt                                            backward Euler
//! I *= exp(−dt / 0.5 s) inside the dead band                   bled, so that it cannot push for ever
//! D += (kd · Δ/dt − D) · dt / (T_f + dt)                       of the error or of −y, first-order filter
//! P  = kp · w', at most √(2 · a · |e|)                         a: the braking the axis is good for
//! F  = ff · v · min(1, |v| / fade)                             a rate that is mostly noise is not followed
//! u  = P + I + D + F,  limited to the actuator's top rate
//! I += (u_real − u) · dt / T_t,  not beyond zero               back-calculation anti-windup, T_t = 1/kp
//! ```
//!
//! The first two lines are the textbook's kp·(b·r − y) + ki·∫e with the part that grows with |r| taken out of both
//! terms: with s that starts at the first r the sum is the same, and the integral does not depend on where 0° is.
//! Without an integral nothing would make up for what b leaves out, so ki = 0 takes b = 1.
//!
//! What is real ([`AntiWindup`]): u cut at the top rate; and, told the rate that the axis has when the command begins
//! to act, what it can reach from there within dt, and in the next step what it was found to have instead (a speed code
//! is not u, and a command may not have left). What the axis makes of u only ever takes from the integral.
//!
//! The root is the rate from which the axis can still stop on the target (v² = 2·a·s), so a high kp does not overshoot
//! after a large step; it is ArduPilot's `sqrt_controller`.
//!
//! Without a bump: errors and outputs are angles, so a zoom changes nothing in here. New gains re-set the integral so
//! that the output goes on from where it was. A new target moves P by kp·b of the difference and nothing else: the
//! integral goes on, the derivative of the error begins anew, that of the pose need not.
//!
//! Units: kp \[1/s\], ki \[1/s²\], kd and ff \[1\]; output deg/s. Åström, Hägglund: *Advanced PID Control*, 2006,
//! sections 3.3 (filter), 3.4 (setpoint weight) and 3.5 (windup).
//! A step whose numbers are not finite gives zero rates and forgets the past.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, min};
use tiltyard_visca::{State, Visit};

use super::{Servo, ServoInput, Terms};

/// Time constant with which the integral is bled inside the dead band, and where nothing integrates \[s\].
const BLEED_S: f64 = 0.5;

/// Gains of one axis. By [`Default`] all are zero and all options are off.
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
    /// Setpoint weight b of the proportional part, 0 ..= 1.
    pub setpoint_weight: f64,
    /// What is differentiated.
    pub derivative_of: DerivativeOf,
    /// What the integral is kept from winding up against.
    pub anti_windup: AntiWindup,
    /// Tracking time constant `T_t` of the anti-windup; 1/kp where absent.
    pub tracking: Option<Duration>,
}

impl Default for PidGains {
    fn default() -> Self {
        Self {
            kp: 0.0,
            ki: 0.0,
            kd: 0.0,
            ff: 0.0,
            ff_fade_dps: 0.0,
            integral_limit_dps: f64::INFINITY,
            dead_band_deg: 0.0,
            brake_dps2: f64::INFINITY,
            derivative_filter: Duration::ZERO,
            setpoint_weight: 1.0,
            derivative_of: DerivativeOf::Error,
            anti_windup: AntiWindup::Limit,
            tracking: None,
        }
    }
}

impl PidGains {
    /// The same with the derivative filter given as the largest gain of the derivative over kp, N:
    /// `T_f` = kd/(kp·N). Unchanged where that is no duration.
    #[must_use]
    pub fn with_derivative_n(self, n: f64) -> Self {
        let filter = Duration::try_from_secs_f64(self.kd / (self.kp * n));
        Self { derivative_filter: filter.unwrap_or(self.derivative_filter), ..self }
    }
}

/// What the derivative part looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DerivativeOf {
    /// The error: follows a moving target, passes its noise on.
    Error,
    /// The pose, turned round: damps the axis, and knows nothing of the target.
    Measurement,
}

/// What the integral is kept from winding up against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum AntiWindup {
    /// The limit of the output.
    Limit,
    /// What the axis really does: the rate it is told to have, changing by at most this \[deg/s²\].
    Actuator {
        /// Acceleration of the axis.
        acceleration_dps2: f64,
    },
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
    /// What was differentiated in the last step.
    last_deg: Option<f64>,
    /// The filtered setpoint s, where it has a weight.
    setpoint_deg: Option<f64>,
    /// The rate that the last output was thought to bring the axis to, where what is real counts.
    expected_dps: Option<f64>,
    /// The last output.
    output_dps: Option<f64>,
    /// The output to go on from, after the gains were changed.
    carried_dps: Option<f64>,
    terms: Terms,
}

/// What one axis gets in a step.
struct Step {
    error_deg: f64,
    pose_deg: f64,
    rate_dps: f64,
    target_dps: f64,
    dt_s: f64,
    new_target: bool,
}

impl Step {
    fn is_sound(&self) -> bool {
        let numbers = [self.error_deg, self.pose_deg, self.rate_dps, self.target_dps, self.dt_s];
        numbers.into_iter().all(f64::is_finite) && self.dt_s > 0.0
    }
}

impl Pid {
    /// Gains and top rates of (pan, tilt).
    pub fn new(gains: [PidGains; 2], rate_max_dps: [f64; 2]) -> Self {
        Self { gains, rate_max_dps, axes: [Axis::default(); 2] }
    }

    /// Other gains from the next step on, which gives the output of the last one, as far as the integral's limit lets
    /// it; from there on the new gains have their way.
    pub fn set_gains(&mut self, gains: [PidGains; 2]) {
        self.gains = gains;
        for axis in &mut self.axes {
            axis.carried_dps = axis.output_dps;
        }
    }
}

impl Axis {
    fn update(&mut self, gains: &PidGains, rate_max_dps: f64, step: &Step) -> f64 {
        if !step.is_sound() {
            *self = Self::default();
            return 0.0;
        }
        let weighted_deg = self.weighted(gains, step);
        let faded = fade(weighted_deg, gains.dead_band_deg);
        self.differentiate(gains, step);
        let stoppable_dps = (2.0 * gains.brake_dps2 * step.error_deg.abs()).sqrt();
        let p_dps = clamp(gains.kp * faded, -stoppable_dps, stoppable_dps);
        let ff_dps = gains.ff * fade(step.target_dps, gains.ff_fade_dps);

        let tracked = gains.tracking.map_or(gains.kp * step.dt_s, |tracking| step.dt_s / tracking.as_secs_f64());
        let tracked = min(1.0, tracked);
        if let Some(expected_dps) = self.expected_dps {
            self.shrink(step.rate_dps - expected_dps, tracked);
        }
        let integrated_dps = self.carried_dps.take().map_or_else(
            || self.integral_dps + gains.ki * faded * step.dt_s,
            |carried_dps| carried_dps - p_dps - self.derivative_dps - ff_dps,
        );
        self.integral_dps = clamp(integrated_dps, -gains.integral_limit_dps, gains.integral_limit_dps);
        if step.error_deg.abs() < gains.dead_band_deg || gains.ki == 0.0 {
            self.integral_dps *= libm::exp(-step.dt_s / BLEED_S);
        }

        let wanted = p_dps + self.integral_dps + self.derivative_dps + ff_dps;
        if !wanted.is_finite() {
            *self = Self::default();
            return 0.0;
        }
        let output = clamp(wanted, -rate_max_dps, rate_max_dps);
        self.output_dps = Some(output);
        if output != wanted {
            self.pull(output - wanted, tracked);
        }
        self.expected_dps = None;
        if let AntiWindup::Actuator { acceleration_dps2 } = gains.anti_windup {
            let change_dps = acceleration_dps2 * step.dt_s;
            let real_dps = clamp(output, step.rate_dps - change_dps, step.rate_dps + change_dps);
            self.expected_dps = Some(real_dps);
            self.shrink(real_dps - output, tracked);
        }
        self.terms =
            Terms { p_dps, i_dps: self.integral_dps, d_dps: self.derivative_dps, ff_dps, limited: output != wanted };
        output
    }

    /// The error with the setpoint weighted.
    fn weighted(&mut self, gains: &PidGains, step: &Step) -> f64 {
        if gains.setpoint_weight == 1.0 || gains.ki == 0.0 {
            self.setpoint_deg = None;
            return step.error_deg;
        }
        let setpoint_deg = step.pose_deg + step.error_deg;
        let g = gains.ki * step.dt_s / gains.kp;
        let last_deg = self.setpoint_deg.unwrap_or(setpoint_deg);
        // Without kp there is nothing to weigh.
        let filtered_deg = if g.is_finite() { (last_deg + g * setpoint_deg) / (1.0 + g) } else { setpoint_deg };
        self.setpoint_deg = Some(filtered_deg);
        step.error_deg - (1.0 - gains.setpoint_weight) * (setpoint_deg - filtered_deg)
    }

    fn differentiate(&mut self, gains: &PidGains, step: &Step) {
        let value_deg = match gains.derivative_of {
            DerivativeOf::Error => step.error_deg,
            DerivativeOf::Measurement => -step.pose_deg,
        };
        if step.new_target && gains.derivative_of == DerivativeOf::Error {
            (self.derivative_dps, self.last_deg) = (0.0, None);
        }
        let slope_dps = self.last_deg.map_or(0.0, |last_deg| (value_deg - last_deg) / step.dt_s);
        self.last_deg = Some(value_deg);
        let share = step.dt_s / (gains.derivative_filter.as_secs_f64() + step.dt_s);
        self.derivative_dps += (gains.kd * slope_dps - self.derivative_dps) * share;
    }

    /// Back-calculation, never through zero: windup is taken back, not turned round.
    fn pull(&mut self, difference_dps: f64, share: f64) {
        let back = self.integral_dps + difference_dps * share;
        self.integral_dps = if back * self.integral_dps > 0.0 { back } else { 0.0 };
    }

    /// The same where it takes something away. An axis that brakes is faster than it is told: to add what it is too
    /// fast would be to ask for the overshoot.
    fn shrink(&mut self, difference_dps: f64, share: f64) {
        if difference_dps * self.integral_dps < 0.0 {
            self.pull(difference_dps, share);
        }
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
            let step = Step {
                error_deg: input.error_deg[i],
                pose_deg: input.head.position_deg[i],
                rate_dps: input.head.rate_dps[i],
                target_dps: input.target_rate_dps[i],
                dt_s: input.dt_s,
                new_target: input.new_target,
            };
            rates[i] = axis.update(&self.gains[i], self.rate_max_dps[i], &step);
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
        v.opt_f64("last_deg", self.last_deg);
        v.opt_f64("setpoint_deg", self.setpoint_deg);
        v.opt_f64("expected_dps", self.expected_dps);
        v.opt_f64("output_dps", self.output_dps);
        v.opt_f64("carried_dps", self.carried_dps);
    }
}

impl State for Pid {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("pan", &self.axes[0]);
        v.part("tilt", &self.axes[1]);
    }
}

#[cfg(test)]
mod tests;
