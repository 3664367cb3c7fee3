//! The grabber's thread: pictures in, frames into the buffer, and the watchdog told of each.

use core::time::Duration;
use std::sync::Arc;

use tiltyard_hil::WallClock;
use tiltyard_visca::SimTime;

use super::boxes::Eye;
use super::latch::Latch;
use super::status::Board;
use super::video::{Picture, VideoSource};
use super::watch::Watch;
use crate::stack::Frame;
use crate::stack::latest::Latest;
use crate::sync::lock;

/// Between two attempts after an error.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// What it needs.
pub(super) struct Grabber {
    pub source: Box<dyn VideoSource>,
    pub eye: Eye,
    pub frames: Arc<Latest<Frame>>,
    pub watch: Arc<Watch>,
    pub clock: WallClock,
    /// Where trouble is posted.
    pub board: Arc<Board>,
    /// Age of a picture that does not say.
    pub latency: Duration,
    /// Opened when it shall end.
    pub stop: Arc<Latch>,
}

impl Grabber {
    /// Until it is stopped, or nothing will come any more.
    pub fn run(mut self) {
        while !self.stop.is_open() {
            let told = match self.source.next() {
                Ok(None) => continue,
                Ok(Some(picture)) => self.put(picture),
                Err(error) if self.source.is_over() => {
                    if error.is_end() {
                        tracing::info!("{error}");
                    } else {
                        self.tell(Err(error.to_string()));
                    }
                    return;
                }
                Err(error) => {
                    self.stop.wait(AGAIN_AFTER);
                    Err(error.to_string())
                }
            };
            self.tell(told);
        }
    }

    /// The same trouble is told once.
    fn tell(&self, told: Result<(), String>) {
        let mut trouble = lock(&self.board.video);
        match told {
            Ok(()) => {
                if trouble.take().is_some() {
                    tracing::info!("the video is there again");
                }
            }
            Err(error) if trouble.as_ref() != Some(&error) => {
                tracing::warn!("{error}");
                *trouble = Some(error);
            }
            Err(_) => {}
        }
    }

    fn put(&self, picture: Picture) -> Result<(), String> {
        let arrived_at = self.clock.now();
        // A picture that cannot be looked at is video all the same; the loop will be missed by the watchdog.
        self.watch.frame(arrived_at, picture.hash);
        let Picture { seq, hash, age, size_px: (width_px, height_px), .. } = picture;
        let (content, pixels) = self.eye.look(picture).map_err(|error| error.to_string())?;
        let age = age.unwrap_or(self.latency);
        let captured_at = SimTime::ZERO + arrived_at.since(SimTime::ZERO).saturating_sub(age);
        let frame = Frame { seq, picture: hash, captured_at, arrived_at, width_px, height_px, content, pixels };
        self.frames.put(captured_at, frame);
        Ok(())
    }
}
