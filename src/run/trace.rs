//! What a run measures at every control tick, and the signals that are read from it.

use serde::{Deserialize, Serialize};
use tiltyard_visca::SimTime;
use tiltyard_visca::num::wrap_deg;

use crate::rig::Measured;
use crate::scenario::{Samples, Signal};
use crate::stack::Phase;
use crate::stack::geometry::Bearing;

/// One row: the world and the stack at one control tick.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When.
    pub at: SimTime,
    /// The world.
    pub world: Measured,
    /// Change of the rates since the last tick \[deg/s²\] on (pan, tilt).
    pub acceleration_dps2: [f64; 2],
    /// Bearing of the subject less optical axis \[deg\] on (pan, tilt).
    pub error_deg: Option<[f64; 2]>,
    /// Angle between subject and optical axis \[deg\].
    pub error_total_deg: Option<f64>,
    /// What the stack believes.
    pub phase: Phase,
    /// Number of tracks.
    pub tracks: usize,
    /// The stack's estimate less the truth at the exposure of the frame decided on last \[deg\].
    pub track_error_deg: Option<f64>,
    /// Radius within which the stack takes the target to be, as of that decision \[deg\].
    pub uncertainty_deg: Option<f64>,
    /// The box followed in that decision was the subject's.
    pub followed: bool,
    /// The drive that left last \[deg/s\] on (pan, tilt).
    pub command_dps: [f64; 2],
    /// The zoom drive, −1 ..= 1.
    pub command_zoom: f64,
    /// Its changes so far.
    pub zoom_changes: ZoomChanges,
    /// Change of ln(magnification) since the last tick \[1/s\], + is in.
    pub zoom_rate_per_s: f64,
    /// Age of the frame decided on last when its inference began \[s\].
    pub frame_age_s: Option<f64>,
    /// Exposure to decision of the frame decided on last \[s\].
    pub loop_latency_s: Option<f64>,
    /// Frames that reached the stack so far.
    pub frames_delivered: u64,
    /// Frames lost on the way or overwritten unread so far.
    pub frames_dropped: u64,
    /// Messages sent so far.
    pub commands_sent: u64,
    /// Messages refused so far.
    pub commands_refused: u64,
    /// Messages without an answer so far.
    pub commands_lost: u64,
    /// Watchdog alarms so far.
    pub alarms: u64,
    /// Times the limit-cycle guard turned the servo down so far.
    pub guard_acts: u64,
    /// The detector could not look at the last frame.
    pub perception_down: bool,
}

/// How often the zoom drive has changed, as of a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ZoomChanges {
    /// Changes of the drive, stops included.
    pub drives: u64,
    /// Changes of direction, rests not counted.
    pub reversals: u64,
    /// The drive at the last tick.
    drive: f64,
    /// The last drive that was no stop.
    moving: f64,
}

impl ZoomChanges {
    /// A tick later, with this drive.
    #[must_use]
    pub fn after(self, drive: f64) -> Self {
        let turned = drive * self.moving < 0.0;
        Self {
            drives: self.drives + u64::from(drive.to_bits() != self.drive.to_bits()),
            reversals: self.reversals + u64::from(turned),
            drive,
            moving: if drive == 0.0 { self.moving } else { drive },
        }
    }
}

/// All rows of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// By tick.
    pub rows: Vec<Sample>,
}

impl Sample {
    /// The world at a tick, and what follows from it and the row `before`; as if there were no stack.
    pub fn of_world(at: SimTime, world: Measured, before: Option<&Self>) -> Self {
        let axis = Bearing { az_deg: world.position_deg[0], el_deg: world.position_deg[1] };
        let bearing = world.subject.map(|subject| subject.bearing);
        let error_deg = bearing
            .map(|bearing| [wrap_deg(bearing.az_deg - world.position_deg[0]), bearing.el_deg - world.position_deg[1]]);
        let acceleration_dps2 = before.map_or([0.0; 2], |before| {
            let dt_s = at.signed_secs_since(before.at);
            [0, 1].map(|axis| (world.rate_dps[axis] - before.world.rate_dps[axis]) / dt_s)
        });
        let zoom_rate_per_s = before.map_or(0.0, |before| {
            libm::log(world.zoom_ratio / before.world.zoom_ratio) / at.signed_secs_since(before.at)
        });
        Self {
            at,
            world,
            acceleration_dps2,
            zoom_rate_per_s,
            error_deg,
            error_total_deg: bearing.map(|bearing| bearing.angle_to(axis)),
            phase: Phase::Idle,
            tracks: 0,
            track_error_deg: None,
            uncertainty_deg: None,
            followed: false,
            command_dps: [0.0; 2],
            command_zoom: 0.0,
            zoom_changes: before.map_or_else(ZoomChanges::default, |before| before.zoom_changes),
            frame_age_s: None,
            loop_latency_s: None,
            frames_delivered: 0,
            frames_dropped: world.frames_lost,
            commands_sent: 0,
            commands_refused: 0,
            commands_lost: 0,
            alarms: 0,
            guard_acts: 0,
            perception_down: false,
        }
    }

    /// The value of a signal; `None` where it is undefined.
    pub fn value(&self, signal: Signal) -> Option<f64> {
        let flag = |value: bool| Some(f64::from(u8::from(value)));
        let count = |value: u64| Some(value as f64);
        let (world, subject) = (&self.world, self.world.subject);
        match signal {
            Signal::ErrorPan => self.error_deg.map(|error| error[0]),
            Signal::ErrorTilt => self.error_deg.map(|error| error[1]),
            Signal::ErrorTotal => self.error_total_deg,
            Signal::TargetAz => subject.map(|subject| subject.bearing.az_deg),
            Signal::TargetEl => subject.map(|subject| subject.bearing.el_deg),
            Signal::TargetInFrame => flag(subject.is_some_and(|subject| subject.in_frame)),
            Signal::TargetCoverage => subject.map(|subject| subject.coverage),
            Signal::TargetVisible => Some(subject.map_or(0.0, |subject| subject.visible)),
            Signal::TargetFollowed => flag(self.followed),
            Signal::GimbalPanPosition => Some(world.position_deg[0]),
            Signal::GimbalPanRate => Some(world.rate_dps[0]),
            Signal::GimbalPanAcceleration => Some(self.acceleration_dps2[0]),
            Signal::GimbalPanAtLimit => flag(world.at_limit[0]),
            Signal::GimbalTiltPosition => Some(world.position_deg[1]),
            Signal::GimbalTiltRate => Some(world.rate_dps[1]),
            Signal::GimbalTiltAcceleration => Some(self.acceleration_dps2[1]),
            Signal::GimbalTiltAtLimit => flag(world.at_limit[1]),
            Signal::ZoomRatio => Some(world.zoom_ratio),
            Signal::ZoomPosition => Some(world.zoom_position),
            Signal::ZoomRate => Some(self.zoom_rate_per_s),
            Signal::ZoomDrives => count(self.zoom_changes.drives),
            Signal::ZoomReversals => count(self.zoom_changes.reversals),
            Signal::Fov => Some(world.hfov_deg),
            Signal::CommandPan => Some(self.command_dps[0]),
            Signal::CommandTilt => Some(self.command_dps[1]),
            Signal::CommandZoom => Some(self.command_zoom),
            Signal::Phase => Some(f64::from(self.phase as u8)),
            Signal::TrackCount => count(self.tracks as u64),
            Signal::TrackError => self.track_error_deg,
            Signal::TrackUncertainty => self.uncertainty_deg,
            Signal::FrameAge => self.frame_age_s,
            Signal::FramesCaptured => count(world.frames_exposed),
            Signal::FramesDropped => count(self.frames_dropped),
            Signal::FramesDelivered => count(self.frames_delivered),
            Signal::CommandsSent => count(self.commands_sent),
            Signal::CommandsRefused => count(self.commands_refused),
            Signal::CommandsLost => count(self.commands_lost),
            Signal::WatchdogAlarms => count(self.alarms),
            Signal::PerceptionDown => flag(self.perception_down),
            Signal::GuardActs => count(self.guard_acts),
            Signal::LoopLatency => self.loop_latency_s,
            Signal::FaultLinkDrop => flag(world.faults[0]),
            Signal::FaultLinkDelay => flag(world.faults[1]),
            Signal::FaultVideoDrop => flag(world.faults[2]),
            Signal::FaultVideoFreeze => flag(world.faults[3]),
            Signal::FaultDetectorMiss => flag(world.faults[4]),
            Signal::FaultInferenceDelay => flag(world.faults[5]),
        }
    }
}

impl Samples for Trace {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn at(&self, row: usize) -> SimTime {
        self.rows[row].at
    }

    fn value(&self, signal: Signal, row: usize) -> Option<f64> {
        self.rows[row].value(signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_between_two_directions_are_no_way_to_hide_a_reversal() {
        let after = |drives: &[f64]| drives.iter().fold(ZoomChanges::default(), |changes, drive| changes.after(*drive));
        let steady = after(&[0.0, 0.5, 0.5, 0.0, 0.5]);
        assert_eq!((steady.drives, steady.reversals), (3, 0));
        let pulsing = after(&[0.5, 0.0, -0.5, 0.0, 0.0, 0.5]);
        assert_eq!((pulsing.drives, pulsing.reversals), (5, 2));
    }

    #[test]
    fn phases_have_the_codes_that_expressions_use() {
        for (code, phase) in Phase::ALL.into_iter().enumerate() {
            assert_eq!(phase as usize, code);
            assert_eq!(crate::scenario::signal::PHASES[code], phase.name());
        }
    }
}
