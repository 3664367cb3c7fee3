//! Libraries that look at pictures: where ONNX Runtime is, and sessions in it; OpenCV, where it was built in.
//!
//! Nothing is linked and nothing is fetched: the library is looked for when a scenario wants a network, and the program
//! is whole without it. What goes in and comes out is [`crate::stack::detect::network`]'s.

mod library;
#[cfg(feature = "onnx")]
mod session;
pub mod shipped;
#[cfg(feature = "opencv")]
mod vision;

pub use library::{Found, GET, look};

use core::fmt;
use std::path::Path;

use crate::stack::detect::network::Network;
#[cfg(not(feature = "opencv"))]
use crate::stack::detect::{Background, ClaheConfig, Equalizer, MotionConfig};

/// The program was built without the feature `onnx`.
const WITHOUT: &str = "this tiltyard was built without networks (build it with `--features onnx`)";

/// What a program that was built without OpenCV needs, in words.
pub const OPENCV: &str = "the feature `opencv` (apt-get install libopencv-dev clang libclang-dev, then \
                          `cargo build --release --features opencv`)";

/// Whether the program was built with the feature `onnx`.
pub const BUILT_IN: bool = cfg!(feature = "onnx");

/// Which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model<'a> {
    /// The one in this file.
    File(&'a Path),
    /// The one that comes with the program.
    Shipped,
}

impl fmt::Display for Model<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Shipped => f.write_str(shipped::NAME),
        }
    }
}

/// Why no network can run here, in a sentence with what helps; `None` if one can.
pub fn missing() -> Option<String> {
    if !BUILT_IN {
        return Some(WITHOUT.to_owned());
    }
    let found = look();
    let none = || format!("ONNX Runtime was not found in {} (get it: {GET})", found.told());
    found.library.is_none().then(none)
}

/// Loads a model; an error is a sentence that says what to do.
#[cfg(feature = "onnx")]
pub fn open(model: Model<'_>) -> Result<Box<dyn Network>, String> {
    match &look().library {
        Some(library) => Ok(Box::new(session::Session::open(library, model)?)),
        None => Err(missing().unwrap_or_default()),
    }
}

/// Loads a model; an error is a sentence that says what to do.
#[cfg(not(feature = "onnx"))]
pub fn open(_: Model<'_>) -> Result<Box<dyn Network>, String> {
    Err(WITHOUT.to_owned())
}

/// Whether the program was built with the feature `opencv`.
pub const OPENCV_BUILT_IN: bool = cfg!(feature = "opencv");

/// What OpenCV answers without the feature.
#[cfg(not(feature = "opencv"))]
fn without_opencv<T>() -> Result<T, String> {
    Err(format!("this tiltyard was built without OpenCV: it needs {OPENCV}"))
}

#[cfg(feature = "opencv")]
pub use vision::{about as opencv, background, equalizer};

/// A background that knows nothing yet; an error is a sentence that says what to do.
#[cfg(not(feature = "opencv"))]
pub fn background(_: &MotionConfig) -> Result<Box<dyn Background>, String> {
    without_opencv()
}

/// What evens out contrast; an error is a sentence that says what to do.
#[cfg(not(feature = "opencv"))]
pub fn equalizer(_: &ClaheConfig) -> Result<Box<dyn Equalizer>, String> {
    without_opencv()
}

/// Version, and the back ends that read video; an error is a sentence that says what to do.
#[cfg(not(feature = "opencv"))]
pub fn opencv() -> Result<(String, Vec<String>), String> {
    without_opencv()
}
