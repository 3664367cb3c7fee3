//! Where to look for a target that has not been seen for longer than the coasting time.
//!
//! The camera goes to where the target is believed to be, with the rate that it is believed to have left. As long as
//! the uncertainty is inside the picture, that is all: a camera that waits sees more than one that moves. When it
//! reaches beyond the picture, the camera sweeps about that bearing, first the way the target went, and no further than
//! the uncertainty; and the lens widens.
//!
//! ```text
//! sweep(t) = sign(rate) · A · sin(2π · t / period),   A = min(uncertainty − HFOV / 2, sweep · HFOV), at least 0
//! ```

use core::f64::consts::PI;
use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, max, min};
use tiltyard_visca::{SimTime, State, Visit};

use super::geometry::View;
use super::select::Followed;
use super::{Phase, Track};

/// How to search.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchConfig {
    /// Largest amplitude of the sweep, in widths of the picture, ≥ 0 \[ratio\].
    pub sweep: f64,
    /// Length of one sweep to and fro, > 0.
    pub period: Duration,
}

impl Default for SearchConfig {
    fn default() -> Self {
        Self { sweep: 0.25, period: Duration::from_secs(4) }
    }
}

/// The search under way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Search {
    config: Option<SearchConfig>,
    /// Exposure of the first frame that was searched.
    began: Option<SimTime>,
}

impl Search {
    /// Nothing to search for; without a configuration, there never is.
    pub const fn new(config: Option<SearchConfig>) -> Self {
        Self { config, began: None }
    }

    /// What the servo shall point at: the followed target while *tracking*, a point of the search while *searching*,
    /// nothing otherwise. A picture that was seen before (not `fresh`) shows nothing, so nothing is searched in it; for
    /// how long a target is coasted on, the watchdog limits.
    pub fn goal(&mut self, phase: Phase, followed: Option<&Followed>, view: &View, fresh: bool) -> Option<Track> {
        let followed = followed?;
        let (Phase::Searching, Some(config), Some(uncertainty_deg)) = (phase, self.config, followed.uncertainty_deg)
        else {
            self.began = None;
            return (phase == Phase::Tracking).then(|| followed.track.clone());
        };
        if !fresh {
            return None;
        }
        let mut goal = followed.track.clone();
        let began = *self.began.get_or_insert(goal.at);
        let beyond_deg = max(uncertainty_deg - view.hfov_deg * 0.5, 0.0);
        let amplitude_deg = min(beyond_deg, config.sweep * view.hfov_deg);
        let turns = goal.at.since(began).as_secs_f64() / config.period.as_secs_f64();
        let side = if goal.rate_dps[0] < 0.0 { -amplitude_deg } else { amplitude_deg };
        let (sin, cos) = libm::sincos(2.0 * PI * (turns - libm::floor(turns)));
        goal.bearing.az_deg += side * sin;
        goal.rate_dps[0] += side * cos * 2.0 * PI / config.period.as_secs_f64();
        Some(goal)
    }

    /// The lens should widen: the target may be outside the picture.
    pub fn widens(&self, phase: Phase, followed: Option<&Followed>, view: &View) -> bool {
        let uncertainty_deg = followed.and_then(|followed| followed.uncertainty_deg);
        let half_height_deg = view.angle_of_px(view.height_px) * 0.5;
        let half_deg = clamp(half_height_deg, 0.0, view.hfov_deg * 0.5);
        self.config.is_some()
            && phase == Phase::Searching
            && uncertainty_deg.is_some_and(|uncertainty_deg| uncertainty_deg > half_deg)
    }
}

impl State for Search {
    fn visit(&self, v: &mut dyn Visit) {
        v.time("began", self.began);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::stack::frame::PixelBox;
    use crate::stack::geometry::Bearing;

    const VIEW: View =
        View { axis: Bearing { az_deg: 0.0, el_deg: 0.0 }, hfov_deg: 20.0, width_px: 1280.0, height_px: 720.0 };

    /// Believed at 5° after so long a time, going left where the rate says so.
    fn believed(ms: u64, rate_dps: f64, uncertainty_deg: Option<f64>) -> Followed {
        let at = SimTime::from_millis(ms);
        let track = Track {
            id: 1,
            label: Arc::from("person"),
            confidence: 0.9,
            bbox: PixelBox::default(),
            bearing: Bearing { az_deg: 5.0, el_deg: 1.0 },
            rate_dps: [rate_dps, 0.0],
            at,
            seen_at: SimTime::ZERO,
            hits: 9,
        };
        Followed { track, seen: false, lock: 1, uncertainty_deg }
    }

    fn az_deg(search: &mut Search, followed: &Followed) -> f64 {
        search.goal(Phase::Searching, Some(followed), &VIEW, true).unwrap().bearing.az_deg
    }

    #[test]
    fn it_waits_while_the_picture_holds_the_uncertainty_and_sweeps_beyond() {
        let mut search = Search::new(Some(SearchConfig::default()));
        for ms in [1000, 1500, 2000] {
            assert_eq!(az_deg(&mut search, &believed(ms, 2.0, Some(9.9))), 5.0);
        }
        // A quarter of the period of 4 s after the first: the whole amplitude, 12 − 10 = 2°, the way it went.
        assert!((az_deg(&mut search, &believed(2000, 2.0, Some(12.0))) - 7.0).abs() < 1e-9);
        assert!((az_deg(&mut search, &believed(2000, -2.0, Some(12.0))) - 3.0).abs() < 1e-9);
        // At most a quarter of the picture, 5°; after half of the period back in the middle, and on to the other side.
        assert!((az_deg(&mut search, &believed(2000, 2.0, Some(90.0))) - 10.0).abs() < 1e-9);
        assert!((az_deg(&mut search, &believed(3000, 2.0, Some(90.0))) - 5.0).abs() < 1e-9);
        assert!((az_deg(&mut search, &believed(4000, 2.0, Some(90.0)))).abs() < 1e-9);
    }

    #[test]
    fn the_rate_of_the_goal_is_that_of_its_motion() {
        let mut search = Search::new(Some(SearchConfig::default()));
        az_deg(&mut search, &believed(1000, 0.0, Some(15.0)));
        let goal = |search: &mut Search, ms| {
            search.goal(Phase::Searching, Some(&believed(ms, 0.0, Some(15.0))), &VIEW, true).unwrap()
        };
        let (before, after) = (goal(&mut search, 1699), goal(&mut search, 1701));
        let moved_dps = (after.bearing.az_deg - before.bearing.az_deg) / 0.002;
        assert!((moved_dps - goal(&mut search, 1700).rate_dps[0]).abs() < 1e-4, "{moved_dps}");
    }

    #[test]
    fn it_searches_in_fresh_pictures_and_only_while_searching() {
        let mut search = Search::new(Some(SearchConfig::default()));
        let target = believed(1000, 2.0, Some(15.0));
        let goal = |search: &mut Search, phase, fresh| search.goal(phase, Some(&target), &VIEW, fresh);
        assert_eq!(goal(&mut search, Phase::Tracking, false), Some(target.track.clone()), "coasts on the prediction");
        assert_eq!(goal(&mut search, Phase::Searching, false), None);
        assert!(goal(&mut search, Phase::Searching, true).is_some());
        assert_eq!(goal(&mut search, Phase::Lost, true), None);
        assert_eq!(search.goal(Phase::Searching, None, &VIEW, true), None);
        let mut off = Search::new(None);
        assert_eq!(off.goal(Phase::Searching, Some(&target), &VIEW, true), None);
    }

    #[test]
    fn the_lens_widens_when_the_target_may_be_outside() {
        let search = Search::new(Some(SearchConfig::default()));
        // 20° wide is 11.3° high: half of it is 5.66°.
        let widens = |phase, uncertainty_deg| search.widens(phase, Some(&believed(1, 0.0, uncertainty_deg)), &VIEW);
        assert!(widens(Phase::Searching, Some(5.7)) && !widens(Phase::Searching, Some(5.6)));
        assert!(!widens(Phase::Tracking, Some(9.0)) && !widens(Phase::Searching, None));
        assert!(!Search::new(None).widens(Phase::Searching, Some(&believed(1, 0.0, Some(9.0))), &VIEW));
    }
}
