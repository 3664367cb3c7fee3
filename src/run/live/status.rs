//! How a live session is, for people, logs and the API: one value of one moment.

use std::sync::Arc;

use serde::Serialize;
use tiltyard_hil::WallClock;
use tiltyard_hil::control::{DeadManCounts, Guard};
use tiltyard_visca::{Counters, SimTime};
use utoipa::ToSchema;

use super::meter::{Histogram, Quantiles};
use super::watch::Watch;
use crate::stack::latest::{Latest, LatestStats};
use crate::stack::{Frame, Phase};
use crate::sync::{Mutex, lock};

/// How a session is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Status {
    /// "tiltyard-status/1".
    pub schema: &'static str,
    /// Since the start \[s\].
    pub running_s: f64,
    /// Motion commands may leave; otherwise a dry run.
    pub armed: bool,
    /// Frames that came.
    pub captured: u64,
    /// Frames that were decided on.
    pub decided: u64,
    /// Frames overwritten before anybody looked.
    pub dropped: u64,
    /// Frames that came after a newer one.
    pub stale: u64,
    /// Age of the frames when they were taken.
    pub age: Quantiles,
    /// From exposure to decision.
    pub loop_latency: Quantiles,
    /// What the stack believes about its target, as of the last decision.
    pub phase: Phase,
    /// What is wrong with the video now, in a sentence; `null` while pictures come.
    pub video: Option<String>,
    /// What is wrong now, in words.
    pub alarm: Option<&'static str>,
    /// Alarms so far.
    pub alarms: u64,
    /// Why no command leaves now, in words.
    pub held: Option<String>,
    /// The camera is proved to stand still, and held.
    pub stands: bool,
    /// Stops begun by the dead-man and whoever tripped it.
    pub stops: u64,
    /// Stops that were proved.
    pub stops_proved: u64,
    /// VISCA messages of the stack that left or were withheld.
    pub commands_sent: u64,
    /// Of these, those that were withheld: the dead-man had the line, or it is a dry run.
    pub commands_withheld: u64,
    /// VISCA messages without a reply in time. One that is under way when the dead-man takes the line is none of them:
    /// its reply goes to the dead-man.
    pub commands_lost: u64,
    /// The last reply of the camera to the stack, since the start \[s\].
    pub heard_s: Option<f64>,
}

/// What the control thread posts.
#[derive(Debug, Default)]
pub(super) struct Posted {
    pub age: Histogram,
    pub latency: Histogram,
    /// The same since the last line in the log.
    pub age_lately: Histogram,
    pub latency_lately: Histogram,
    pub phase: Phase,
    pub visca: Counters,
    pub heard_at: Option<SimTime>,
}

/// Everything that a status is made of.
pub(super) struct Board {
    pub posted: Mutex<Posted>,
    /// What is wrong with the video.
    pub video: Mutex<Option<String>>,
    pub frames: Arc<Latest<Frame>>,
    pub watch: Arc<Watch>,
    pub guard: Arc<Guard<WallClock>>,
    pub clock: WallClock,
    pub armed: bool,
}

impl Board {
    pub fn status(&self) -> Status {
        let (age, loop_latency, phase, visca, heard_at) = {
            let posted = lock(&self.posted);
            (posted.age.quantiles(), posted.latency.quantiles(), posted.phase, posted.visca, posted.heard_at)
        };
        let LatestStats { put, taken, dropped, stale } = self.frames.stats();
        let DeadManCounts { tripped, proved, withheld } = self.guard.counts();
        let held = self.guard.held();
        Status {
            schema: "tiltyard-status/1",
            running_s: self.clock.now().as_secs_f64(),
            armed: self.armed,
            captured: put,
            decided: taken,
            dropped,
            stale,
            age,
            loop_latency,
            phase,
            video: lock(&self.video).clone(),
            alarm: self.watch.raised().map(crate::stack::watchdog::Alarm::about),
            alarms: self.watch.alarms(),
            held: held.map(|(why, _)| why.to_string()),
            stands: held.is_some_and(|(_, proved)| proved),
            stops: tripped,
            stops_proved: proved,
            commands_sent: visca.sent,
            commands_withheld: withheld,
            commands_lost: visca.lost,
            heard_s: heard_at.map(SimTime::as_secs_f64),
        }
    }

    /// Quantiles since the last call: (age, loop latency).
    pub fn lately(&self) -> (Quantiles, Quantiles) {
        let mut posted = lock(&self.posted);
        let lately = (posted.age_lately.quantiles(), posted.latency_lately.quantiles());
        posted.age_lately.clear();
        posted.latency_lately.clear();
        lately
    }
}
