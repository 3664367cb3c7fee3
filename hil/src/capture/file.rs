//! Video files, frame by frame, as fast as they are asked for: decoded by FFmpeg in OpenCV.

use std::path::Path;

use opencv::core::Mat;
use opencv::prelude::*;
use opencv::videoio::{
    CAP_FFMPEG, CAP_PROP_FPS, CAP_PROP_FRAME_COUNT, CAP_PROP_FRAME_HEIGHT, CAP_PROP_FRAME_WIDTH, VideoCapture,
};

use super::{CaptureError, RgbFrame, quiet};

/// A file may lack this share of the frames that its head promises before it counts as truncated: many heads give a
/// length only, and the count is an estimate.
const MISSING_SHARE: u64 = 50;
/// The same, in frames.
const MISSING: u64 = 2;

/// Rate of a file that does not say.
const RATE_HZ: f64 = 25.0;

/// The frames of a video file, in their order.
pub struct FileFrames {
    /// Width as the head says it \[px\]; each frame has its own.
    pub width_px: u32,
    /// Height as the head says it \[px\]; each frame has its own.
    pub height_px: u32,
    /// Frames a second, as the head says it; 25, which FFmpeg assumes too, where it does not.
    pub rate_hz: f64,
    /// How many frames the head promises; an estimate in many files, `None` where it does not.
    pub frames_promised: Option<u64>,
    video: String,
    capture: VideoCapture,
    captured: Mat,
    read: u64,
    over: bool,
}

/// Opens a video file.
pub fn open(path: &Path) -> Result<FileFrames, CaptureError> {
    let video = path.display().to_string();
    // By its full path, which no format string or protocol of FFmpeg's can be taken from.
    let full = path.canonicalize().ok().filter(|full| full.is_file());
    let full = full.ok_or_else(|| CaptureError::NoFile(video.clone()))?;
    let no_video = || CaptureError::NoVideo { video: video.clone(), back_end: "FFmpeg" };
    quiet();
    let name = full.to_str().ok_or_else(no_video)?;
    let capture = VideoCapture::from_file(name, CAP_FFMPEG)?;
    if !capture.is_opened()? {
        return Err(no_video());
    }
    let told = |property| capture.get(property).ok().filter(|value| value.is_finite() && *value >= 1.0);
    let [width_px, height_px] =
        [CAP_PROP_FRAME_WIDTH, CAP_PROP_FRAME_HEIGHT].map(|property| told(property).map(|side| side as u32));
    let (width_px, height_px) = width_px.zip(height_px).ok_or_else(no_video)?;
    let rate_hz = capture.get(CAP_PROP_FPS).ok().filter(|rate| rate.is_finite() && *rate > 0.0).unwrap_or(RATE_HZ);
    let frames_promised = told(CAP_PROP_FRAME_COUNT).map(|count| count as u64);
    Ok(FileFrames {
        width_px,
        height_px,
        rate_hz,
        frames_promised,
        video: video.clone(),
        capture,
        captured: Mat::default(),
        read: 0,
        over: false,
    })
}

impl FileFrames {
    /// The next frame; `None` at the end, and from then on. A file that ends well before the frames that its head
    /// promises is an error once, with both numbers.
    pub fn next_frame(&mut self) -> Result<Option<RgbFrame>, CaptureError> {
        if self.over {
            return Ok(None);
        }
        if !self.capture.read(&mut self.captured)? {
            self.over = true;
            return self.ended().map(|()| None);
        }
        let frame = RgbFrame::of(&self.captured, self.read)?;
        self.read += 1;
        Ok(Some(frame))
    }

    /// How many were read so far.
    pub const fn frames_read(&self) -> u64 {
        self.read
    }

    /// Its name, as it was opened.
    pub fn name(&self) -> &str {
        &self.video
    }

    fn ended(&self) -> Result<(), CaptureError> {
        let (read, promised) = (self.read, self.frames_promised.unwrap_or(1));
        if promised.saturating_sub(read) > MISSING.max(promised / MISSING_SHARE) || read == 0 {
            return Err(CaptureError::Truncated { video: self.video.clone(), read, promised });
        }
        Ok(())
    }
}
