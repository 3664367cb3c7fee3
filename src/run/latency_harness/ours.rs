//! Controllers of ours, in the harness.

use core::time::Duration;

use tiltyard_visca::SimTime;

use super::{Controller, Entrant, SLEW_GAIN_PER_S, Seen, TICK_S};
use crate::stack::servo::{Head, Pid, PidGains, Servo, ServoInput};

/// Ours that run in the harness, in the order of the report. Another servo joins here.
pub fn entrants() -> Vec<Entrant> {
    vec![Entrant { name: "pid", make: |delay_s| Box::new(PidAlone::new(delay_s)) }]
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
            head: Head::default(),
        });
        rate / SLEW_GAIN_PER_S
    }
}
