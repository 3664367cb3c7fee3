//! What OpenCV captures, as a source of pictures: files, RTSP, V4L2, HTTPS.

use core::time::Duration;
use std::sync::Arc;

use tiltyard_hil::capture::{CaptureUri, Settings, Stream};
use xxhash_rust::xxh3::xxh3_64;

use super::video::{Image, Picture, VideoError, VideoSource};

/// How long one look waits.
const LOOK: Duration = Duration::from_millis(200);

/// A stream of `tiltyard_hil::capture`, which connects again by itself.
pub struct Captured {
    stream: Stream,
}

impl Captured {
    /// Begins to read; a file that is no video is an error here.
    pub fn start(uri: &CaptureUri) -> Result<Self, VideoError> {
        Ok(Self { stream: Stream::start(uri, Settings::default())? })
    }
}

impl VideoSource for Captured {
    fn next(&mut self) -> Result<Option<Picture>, VideoError> {
        let frame = self.stream.next(LOOK)?;
        Ok(frame.map(|frame| Picture {
            seq: frame.index,
            hash: xxh3_64(&frame.rgb),
            age: None,
            size_px: (frame.width_px, frame.height_px),
            image: Image::Rgb(Arc::new(frame.rgb)),
            boxes: None,
        }))
    }

    fn is_over(&self) -> bool {
        self.stream.is_over()
    }
}
