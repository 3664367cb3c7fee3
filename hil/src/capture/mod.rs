//! Video, captured by OpenCV (feature `opencv`).
//!
//! Colour, depth and row padding are dealt with once, in [`RgbFrame`]. The back end is always named, never "any":
//! OpenCV would try one after the other, each with a time-out of its own.

mod error;
pub mod file;
mod picture;
mod stream;
mod uri;

pub use error::CaptureError;
pub use file::FileFrames;
pub use picture::RgbFrame;
pub use stream::{Settings, Stream};
pub use uri::CaptureUri;

/// The back ends that the library has for streams and files, by name.
pub fn back_ends() -> Result<Vec<String>, CaptureError> {
    let all = opencv::videoio::get_stream_backends()?;
    Ok(all.iter().map(opencv::videoio::get_backend_name).collect::<Result<_, _>>()?)
}

/// The library says on standard error what it also answers; once is enough.
fn quiet() {
    // What it was set to before is of no interest.
    let _ = opencv::core::set_log_level(opencv::core::LogLevel::LOG_LEVEL_SILENT);
}
