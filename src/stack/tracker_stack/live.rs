//! What only a live executor needs of the stack: another framing, the frame buffer from outside, a camera that somebody
//! else has taken over for a while.

use std::sync::Arc;

use tiltyard_visca::{Controller, ControllerConfig, Drive, Framing, SimTime, ZoomDrive};

use super::Stack;
use crate::stack::frame::Frame;
use crate::stack::latest::Latest;

impl Stack {
    /// Speaks to the camera under this framing. Before anything else is done with the stack.
    #[must_use]
    pub fn speaking(mut self, framing: Framing) -> Self {
        let config = ControllerConfig { poll: Some(self.config.poll), framing, ..ControllerConfig::default() };
        self.controller = Controller::new(self.config.camera.model.clone(), config);
        self
    }

    /// Under these names in its metadata.
    #[must_use]
    pub fn named(mut self, session_id: &str, camera_id: &str) -> Self {
        (self.session_id, self.camera_id) = (session_id.into(), camera_id.into());
        self
    }

    /// The session began at this date \[ms since 1970\], which its metadata adds to its own time.
    #[must_use]
    pub fn dated(mut self, epoch_unix_ms: u64) -> Self {
        self.epoch_unix_ms = epoch_unix_ms;
        self
    }

    /// The frame buffer, for a grabber on another thread. Who puts frames there tells [`noticed`](Self::noticed) of
    /// each that is taken.
    pub fn frames(&self) -> Arc<Latest<Frame>> {
        Arc::clone(&self.frames)
    }

    /// A frame was taken that did not come by [`arrive`](Self::arrive).
    pub fn noticed(&mut self, frame: &Frame) {
        self.watchdog.frame(frame.arrived_at, frame.picture);
    }

    /// Somebody else has taken the camera over, and has stopped it: from now on decisions are made and published, no
    /// drive is wished for, and nothing is said or heard.
    pub fn hold(&mut self, at: SimTime) {
        self.held = true;
        self.servo.reset();
        self.controller.disconnected(at);
        // What the camera was told last was their STOP: it is what readers see, and the model of the head runs on it.
        (self.last_sent, self.zoom_sent) = ((at, Drive::STOP), ZoomDrive::Stop);
        self.pose.commanded(at, [0.0; 2]);
        self.pose.zoom_commanded(at, 0.0);
    }

    /// The camera is the stack's again, as after a new connection: STOP first, then what is wanted.
    pub fn release(&mut self, at: SimTime) {
        self.held = false;
        self.servo.reset();
        self.controller.reconnected(at);
    }
}
