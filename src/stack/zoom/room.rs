//! How far the lens may go in, so that the target stays in the picture whatever it does next.
//!
//! When a drive acts, the target is e off the axis, by prediction. Should it then stop, the head learns of it a dead
//! time T later and needs its acceleration A to brake: an axis that follows a target at the rate v runs past it by at
//! least v·T + v²/2A, as one that has to catch up falls behind (the bound B3 of `run::limits`). The box has its own
//! half size b, and a target that is not seen is anywhere within its uncertainty u. So an axis needs
//!
//! ```text
//! tan(|e| + |v|·T + v²/(2·A) + u) + b   ≤   (1 − margin) · tan(FOV/2)
//! ```
//!
//! to either side, and the field of view falls as the magnification: the wide end's over r. The least r of both axes is
//! the limit, as a logarithm. It falls within some frames, so that one wrong box does not open the lens; it stays for a
//! while, because who turns once turns again, and a lens that breathes with every turn is no better than one that
//! pulses; and it rises slowly.

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, max, min};
use tiltyard_visca::{SimTime, State, Visit};

use super::AimAhead;
use crate::stack::config::CameraFacts;

/// Time constant with which the limit falls \[s\]: three frames.
const FALL_S: f64 = 0.1;
/// It stays for so long \[s\]: to and fro over the width of a stage or a court takes some seconds each way.
const HOLD_S: f64 = 3.0;
/// What comes this near to it again counts as needing all of it: a seventh of the picture.
const HOLD_ZONE: f64 = 0.15;
/// The limit may be so much beyond the end of the lens: more says nothing about how soon it falls.
const BEYOND: f64 = 1.0;
/// Time constant with which it then rises \[s\].
const RISE_S: f64 = 2.0;
/// No picture is wider to either side \[deg\].
const HALF_MAX_DEG: f64 = 80.0;

/// What the camera's picture and head allow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Reach {
    /// tan(FOV/2) at the wide end.
    half_wide_tan: [f64; 2],
    /// Accelerations of the head \[deg/s²\].
    acceleration_dps2: [f64; 2],
    /// Share of the half picture that stays free.
    margin: f64,
}

impl Reach {
    pub(super) fn new(camera: &CameraFacts, margin: f64) -> Self {
        let wide = libm::tan(camera.optics.hfov_wide_deg.to_radians() * 0.5);
        let acceleration_dps2 = camera.actuator.acceleration_dps2;
        Self { half_wide_tan: [wide, wide / camera.aspect], acceleration_dps2, margin }
    }

    /// The largest ln(magnification) with room for a target of this share of the picture at the wide end.
    pub(super) fn log_ratio_max(&self, aim: &AimAhead, share: [f64; 2]) -> f64 {
        let axis = |axis: usize| {
            let rate_dps = aim.rate_dps[axis].abs();
            let turn_deg = rate_dps * aim.dead_time_s + rate_dps * rate_dps / (2.0 * self.acceleration_dps2[axis]);
            let away_deg = min(aim.error_deg[axis].abs() + turn_deg + aim.uncertainty_deg, HALF_MAX_DEG);
            let half_wide = self.half_wide_tan[axis];
            let needed = libm::tan(away_deg.to_radians()) + share[axis] * half_wide;
            libm::log((1.0 - self.margin) * half_wide / max(needed, f64::MIN_POSITIVE))
        };
        min(axis(0), axis(1))
    }
}

/// The limit, smoothed over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Room {
    last: Option<(SimTime, f64)>,
    /// When all of the limit was needed last.
    needed_at: SimTime,
}

impl Room {
    /// The limit after one more of them, for a lens with these ends.
    pub(super) fn update(&mut self, at: SimTime, log_ratio_max: f64, ends: (f64, f64)) -> f64 {
        let now = clamp(log_ratio_max, ends.0, ends.1 + BEYOND);
        if !now.is_finite() {
            return self.limit().unwrap_or(ends.1);
        }
        if self.limit().is_none_or(|limit| now < limit + HOLD_ZONE) {
            self.needed_at = at;
        }
        let limit = self.last.map_or(now, |(before, limit)| {
            let tau_s = if now < limit { FALL_S } else { RISE_S };
            let share = 1.0 - libm::exp(-at.signed_secs_since(before) / tau_s);
            let stays = now > limit && at.signed_secs_since(self.needed_at) < HOLD_S;
            if stays { limit } else { limit + (now - limit) * share }
        });
        self.last = Some((at, limit));
        limit
    }

    /// The limit, if there is one.
    pub(super) fn limit(&self) -> Option<f64> {
        self.last.map(|(_, limit)| limit)
    }
}

impl State for Room {
    fn visit(&self, v: &mut dyn Visit) {
        v.time("at", self.last.map(|(at, _)| at));
        v.opt_f64("limit", self.limit());
        v.time("needed_at", self.needed_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REACH: Reach = Reach { half_wide_tan: [0.6, 0.3375], acceleration_dps2: [100.0; 2], margin: 0.1 };
    const STILL: AimAhead =
        AimAhead { error_deg: [0.0; 2], rate_dps: [0.0; 2], uncertainty_deg: 0.0, dead_time_s: 0.2 };

    #[test]
    fn a_target_that_stands_may_fill_the_picture_less_the_margin() {
        assert!((REACH.log_ratio_max(&STILL, [0.01, 0.09]) - libm::log(10.0)).abs() < 1e-12);
    }

    #[test]
    fn error_rate_and_uncertainty_need_room() {
        let limit = |aim: AimAhead| REACH.log_ratio_max(&aim, [0.0; 2]);
        // 10 deg/s for 0.2 s and 100/200 deg to brake: 2.5°.
        let fast = limit(AimAhead { rate_dps: [-10.0, 0.0], ..STILL });
        assert!((fast - limit(AimAhead { error_deg: [2.5, 0.0], ..STILL })).abs() < 1e-12);
        assert!((fast - libm::log(0.54 / libm::tan(2.5_f64.to_radians()))).abs() < 1e-12);
        // The picture is less high than wide.
        let unsure = limit(AimAhead { uncertainty_deg: 2.5, ..STILL });
        assert!((unsure - fast - libm::log(9.0 / 16.0)).abs() < 1e-12);
        assert!(limit(AimAhead { uncertainty_deg: 500.0, ..STILL }).is_finite());
    }

    #[test]
    fn it_falls_at_once_stays_and_rises_slowly() {
        let mut room = Room::default();
        let mut at = |ms, limit| room.update(SimTime::from_millis(ms), limit, (0.0, 3.0));
        assert_eq!(at(0, 99.0), 4.0);
        assert!((at(100, 1.0) - (1.0 + 3.0 * libm::exp(-1.0))).abs() < 1e-12);
        let low = at(1100, 1.0);
        assert_eq!(at(4000, 3.0), low);
        let later = at(4200, 3.0);
        assert!(low < later && later < 3.0);
        assert_eq!(at(4300, f64::NAN), later);
    }
}
