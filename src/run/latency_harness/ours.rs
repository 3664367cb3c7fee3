//! Controllers of ours, in the harness.

use core::time::Duration;

use tiltyard_visca::SimTime;

use super::{Controller, Entrant, SLEW_GAIN_PER_S, Seen, TICK_S};
use crate::stack::servo::{Head, Pid, PidGains, Predictive, PredictiveGains, Servo, ServoInput, Sighting};

/// Ours that run in the harness, in the order of the report. Another servo joins here.
pub fn entrants() -> Vec<Entrant> {
    vec![
        Entrant { name: "pid", make: |delay_s| Box::new(PidAlone::new(delay_s)) },
        Entrant { name: "predictive", make: |delay_s| Box::new(PredictiveAlone::new(delay_s)) },
    ]
}

/// The `pid` servo on the seen error alone: no prediction, no estimate of the target's rate.
///
/// A half frame is called a degree. Gains by the delay that a tick sees, T = delay + tick: kp = 0.8/T, Td = 0.45·T,
/// no integral (the plant is one), filter of one tick. The two factors are the best of a coarse grid (kp·T 0.3 .. 1,
/// Td/T 0 .. 0.45, Ti/T 4 .. ∞, filter 1 .. 4 ticks) by the largest ratio to the published baseline over the three
/// profiles; that is hotter than Skogestad's 0.5/T, which no noise here forbids.
pub struct PidAlone {
    pid: Pid,
}

impl PidAlone {
    /// For a delay \[s\].
    pub fn new(delay_s: f64) -> Self {
        let wait_s = delay_s + TICK_S;
        let kp = 0.8 / wait_s;
        let gains = PidGains {
            kp,
            kd: kp * 0.45 * wait_s,
            derivative_filter: Duration::from_secs_f64(TICK_S),
            ..PidGains::default()
        };
        Self { pid: Pid::new([gains; 2], [SLEW_GAIN_PER_S; 2]) }
    }
}

impl Controller for PidAlone {
    fn command(&mut self, seen: &Seen<'_>) -> f64 {
        let [rate, _] = self.pid.update(&ServoInput {
            at: SimTime::from_millis(seen.tick as u64 * 50),
            dt_s: TICK_S,
            error_deg: [seen.error, 0.0],
            error_frame: [seen.error * 0.5, 0.0],
            target_rate_dps: [0.0; 2],
            new_target: false,
            sighting: None,
            head: Head::default(),
            hold_s: TICK_S,
        });
        rate / SLEW_GAIN_PER_S
    }
}

/// The `predictive` servo, for which the aim is its own commands added up.
///
/// A half frame is called a degree. The plant has no mass and no slowest rate; the motion of a tick is judged by the
/// target of that tick, so a command acts from the tick before on.
pub struct PredictiveAlone {
    servo: Predictive,
    delay_ticks: usize,
    /// The aim before each tick.
    aims: Vec<f64>,
}

impl PredictiveAlone {
    /// For a delay \[s\].
    pub fn new(delay_s: f64) -> Self {
        let gains =
            PredictiveGains { share: 0.8, acceleration_dps2: 1e6, rate_max_dps: SLEW_GAIN_PER_S, rate_min_dps: 1e-3 };
        let delay_ticks = libm::rint(delay_s / TICK_S) as usize;
        Self { servo: Predictive::new([gains; 2]), delay_ticks, aims: Vec::new() }
    }
}

/// Ticks begin at 1, so that there is a tick before the first.
fn time_of(tick: usize) -> SimTime {
    SimTime::from_millis(tick as u64 * 50 + 50)
}

impl Controller for PredictiveAlone {
    fn command(&mut self, seen: &Seen<'_>) -> f64 {
        let last = seen.sent.last().map_or(0.0, |command| command * SLEW_GAIN_PER_S);
        let aim = self.aims.last().map_or(0.0, |aim| aim + last * TICK_S);
        self.aims.push(aim);
        let exposed = seen.tick.saturating_sub(self.delay_ticks);
        // One that was seen before changes nothing.
        let sighting = self.aims.get(exposed).map(|aim_then| Sighting {
            at: time_of(exposed),
            position_deg: [seen.error + aim_then, 0.0],
            sd_deg: [0.01; 2],
            size_deg: [0.2; 2],
        });
        let [rate, _] = self.servo.update(&ServoInput {
            at: time_of(seen.tick),
            dt_s: TICK_S,
            error_deg: [seen.error, 0.0],
            error_frame: [seen.error * 0.5, 0.0],
            target_rate_dps: [0.0; 2],
            new_target: seen.tick == 0,
            sighting,
            head: Head {
                at: SimTime::from_millis(seen.tick as u64 * 50),
                position_deg: [aim, 0.0],
                rate_dps: [last, 0.0],
                ..Head::default()
            },
            hold_s: TICK_S,
        });
        rate / SLEW_GAIN_PER_S
    }
}
