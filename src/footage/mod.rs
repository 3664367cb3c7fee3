//! Recorded pictures from files, for a world that was filmed ([`tiltyard_sim::footage`]) and for trackers alone.
//!
//! A clip is a folder of numbered pictures, which every build reads, or a video file, for builds with the feature
//! `opencv`. Either is read forwards, one picture at a time; nothing is kept but what [`Footage`] keeps.

mod folder;
#[cfg(all(feature = "opencv", feature = "serve"))]
mod video;

use std::path::Path;

use tiltyard_sim::config;
use tiltyard_sim::footage::{Footage, Frames};

/// What makes a folder of pictures of a video.
const PICTURES: &str = "ffmpeg -i CLIP FOLDER/%05d.png";

/// The clip of a scenario in `folder`. An error is a sentence that names the file and what was expected.
pub fn open(config: &config::Footage, folder: &Path) -> Result<Footage, String> {
    Footage::open(config.clone(), frames(&folder.join(&config.file))?)
}

/// The pictures of a clip, in their order.
pub fn frames(path: &Path) -> Result<Box<dyn Frames>, String> {
    if path.is_dir() {
        return Ok(Box::new(folder::Folder::open(path)?));
    }
    if !path.is_file() {
        return Err(format!("{}: there is no such file (expected a video, or a folder of pictures)", path.display()));
    }
    video_file(path)
}

#[cfg(all(feature = "opencv", feature = "serve"))]
fn video_file(path: &Path) -> Result<Box<dyn Frames>, String> {
    Ok(Box::new(video::Video::open(path)?))
}

#[cfg(not(all(feature = "opencv", feature = "serve")))]
fn video_file(path: &Path) -> Result<Box<dyn Frames>, String> {
    Err(format!(
        "{}: a video file wants {} (or a folder of numbered pictures, as {PICTURES} makes it)",
        path.display(),
        crate::infer::OPENCV
    ))
}
