//! A video file, decoded by OpenCV.

use std::path::{Path, PathBuf};

use tiltyard_hil::capture::file::{self, FileFrames};
use tiltyard_sim::footage::Frames;
use tiltyard_sim::render::Rgb;

/// Such a file. The end of a file that is torn is an error that says how many frames were expected.
pub(super) struct Video {
    path: PathBuf,
    name: String,
    frames: FileFrames,
}

impl core::fmt::Debug for Video {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Video").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Video {
    /// Opens it.
    pub fn open(path: &Path) -> Result<Self, String> {
        let frames = file::open(path).map_err(|error| error.to_string())?;
        Ok(Self { path: path.to_owned(), name: path.display().to_string(), frames })
    }
}

impl Frames for Video {
    fn next(&mut self) -> Result<Option<Rgb>, String> {
        let frame = self.frames.next_frame().map_err(|error| error.to_string())?;
        Ok(frame.map(|frame| Rgb { width_px: frame.width_px, height_px: frame.height_px, bytes: frame.rgb }))
    }

    fn rewind(&mut self) -> Result<(), String> {
        self.frames = file::open(&self.path).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn rate_hz(&self) -> Option<f64> {
        Some(self.frames.rate_hz)
    }

    fn name(&self) -> &str {
        &self.name
    }
}
