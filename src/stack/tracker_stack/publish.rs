//! The metadata tick of a decision.

use std::sync::Arc;

use tiltyard_visca::SimTime;

use super::{Decision, Stack};
use crate::stack::frame::Frame;
use crate::stack::metadata::{
    FrameSize, MetadataTick, Ptz, PtzCommand, PtzPose, TickBox, TickTrack, millis, six_decimals,
};

/// A camera that has not answered for this long counts as not connected \[s\].
const CONNECTED_S: f64 = 1.0;

impl Stack {
    /// Publishes what readers are to know of this step.
    pub(super) fn publish(&mut self, at: SimTime, frame: &Frame, coverage: Option<f64>, decision: &Decision) {
        self.ticks += 1;
        let axis = self.pose.axis(at);
        let (width_px, height_px) = (f64::from(frame.width_px), f64::from(frame.height_px));
        let [pan_dps, tilt_dps] = self.rate_sent_dps();
        let [pan_max_dps, tilt_max_dps] = self.config.camera.actuator.rate_max_dps;
        let cmd = PtzCommand {
            pan: six_decimals(pan_dps / pan_max_dps),
            tilt: six_decimals(tilt_dps / tilt_max_dps),
            zoom: six_decimals(self.zoom_sent()),
        };
        let tracks = self.tracker.tracks().iter().filter_map(|track| {
            let bbox = track.bbox.clipped(width_px, height_px)?;
            Some(TickTrack {
                id: track.id,
                label: Arc::clone(&track.label),
                conf: six_decimals(track.confidence),
                bbox: TickBox {
                    x: six_decimals(bbox.x_px / width_px),
                    y: six_decimals(bbox.y_px / height_px),
                    w: six_decimals(bbox.w_px / width_px),
                    h: six_decimals(bbox.h_px / height_px),
                },
            })
        });
        let connected = self.last_reply.is_some_and(|last| at.signed_secs_since(last) <= CONNECTED_S);
        let tick = MetadataTick {
            schema: MetadataTick::SCHEMA,
            kind: "metadata_tick",
            session_id: Arc::clone(&self.session_id),
            camera_id: Arc::clone(&self.camera_id),
            ts_unix_ms: self.epoch_unix_ms + millis(at),
            ts_mono_ms: millis(at),
            frame_index: frame.seq,
            space: "source",
            frame_size: FrameSize { w: frame.width_px, h: frame.height_px },
            selected_target_id: decision.target,
            tracking_phase: decision.phase,
            ptz: Ptz {
                control_mode: "visca",
                connected,
                active: cmd != PtzCommand::default(),
                cmd,
                pose: PtzPose { pan_deg: axis.az_deg, tilt_deg: axis.el_deg, hfov_deg: self.pose.hfov_deg(at) },
            },
            tracks: tracks.collect(),
            sequence: self.ticks,
            captured_at_s: frame.captured_at.as_secs_f64(),
            age_ms: frame.age_s(at) * 1e3,
            coverage,
            error_deg: decision.error_deg,
            lock_id: decision.lock,
            uncertainty_deg: decision.uncertainty_deg,
            frames_dropped: self.frames.stats().dropped,
            watchdog_alarms: self.watchdog.alarms(),
            guard_acts: self.guard_acts(),
        };
        self.metadata.publish(tick);
    }
}
