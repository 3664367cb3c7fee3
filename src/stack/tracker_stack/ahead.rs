//! What the zoom law gets to know: the size that was seen, and target and lens when a drive acts that leaves now.

use tiltyard_visca::SimTime;

use super::Stack;
use crate::stack::Track;
use crate::stack::geometry::View;
use crate::stack::select::Followed;
use crate::stack::zoom::{AimAhead, LensAhead, SeenSize};

impl Stack {
    /// How large a target was seen in a frame with this view.
    pub(super) fn seen_size(&self, view: &View, track: &Track) -> SeenSize {
        let log_ratio = self.pose.optics().log_ratio(self.pose.zoom_units(track.seen_at));
        SeenSize::of(track.seen_at, &track.bbox, view.width_px, view.height_px, log_ratio)
    }

    /// Where a target will be, and how surely, when a command acts that leaves now.
    pub(super) fn aim_ahead(&self, at: SimTime, view: &View, followed: &Followed, is_seen: bool) -> AimAhead {
        let acts_at = at + self.pose.command_delay();
        AimAhead {
            error_deg: self.error_deg(at, view, &followed.track),
            rate_dps: followed.track.rate_dps,
            uncertainty_deg: if is_seen { 0.0 } else { followed.uncertainty_deg.unwrap_or(0.0) },
            dead_time_s: acts_at.signed_secs_since(followed.track.at),
        }
    }

    /// The lens when a drive acts that leaves now.
    pub(super) fn lens_ahead(&self, at: SimTime) -> LensAhead {
        let acts_at = at + self.pose.zoom_delay();
        LensAhead { at: acts_at, rest_units: self.pose.zoom_rest_units(acts_at) }
    }
}
