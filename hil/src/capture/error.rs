//! What is wrong with a video.

use core::time::Duration;

/// One sentence each, with the video and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// No file there.
    #[error("read the video {0}: there is no such file")]
    NoFile(String),
    /// No device there.
    #[error("read the video {0}: there is no such device")]
    NoDevice(String),
    /// Not a video for this library.
    #[error(
        "read the video {video}: {back_end} cannot open it (expected a whole video file of a kind that it knows; a \
         file that was cut short, or is none, ends here)"
    )]
    NoVideo {
        /// The file.
        video: String,
        /// The back end of OpenCV that was asked.
        back_end: &'static str,
    },
    /// Nobody answers, or not with a video.
    #[error("read the video {video}: {back_end} got no video from it (it was given {:.1} s)", .within.as_secs_f64())]
    NoAnswer {
        /// The URI.
        video: String,
        /// The back end of OpenCV that was asked.
        back_end: &'static str,
        /// The time-out of opening.
        within: Duration,
    },
    /// A file that has fewer frames than its head says.
    #[error("read the video {video}: it ends after {read} of {promised} frames (expected all that its head promises)")]
    Truncated {
        /// The file.
        video: String,
        /// Frames that could be read.
        read: u64,
        /// Frames that were promised.
        promised: u64,
    },
    /// No picture for too long.
    #[error("read the video {video}: no picture came for {:.1} s", .silent.as_secs_f64())]
    Silent {
        /// The URI.
        video: String,
        /// For how long.
        silent: Duration,
    },
    /// It ended.
    #[error("read the video {video}: it has ended after {read} frames")]
    Ended {
        /// The URI.
        video: String,
        /// Frames that were read.
        read: u64,
    },
    /// A picture in a form that is no picture to us.
    #[error("read the video: a picture of {channels} channels, {depth} (expected 1, 3 or 4 channels of 8 or 16 bits)")]
    Form {
        /// Numbers a pixel.
        channels: i32,
        /// OpenCV's name of their type.
        depth: String,
    },
    /// The library, in its own words.
    #[error("read the video: OpenCV: {0}")]
    Library(String),
    /// No thread for the reader.
    #[error("read the video: start a thread: {0}")]
    Thread(String),
}

impl From<opencv::Error> for CaptureError {
    fn from(error: opencv::Error) -> Self {
        Self::Library(error.message)
    }
}
