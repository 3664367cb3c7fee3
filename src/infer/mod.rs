//! Networks that run: where ONNX Runtime is, and sessions in it.
//!
//! Nothing is linked and nothing is fetched: the library is looked for when a scenario wants a network, and the program
//! is whole without it. What goes in and comes out is [`crate::stack::detect::network`]'s.

mod library;
#[cfg(feature = "onnx")]
mod session;

pub use library::{Found, GET, look};

use std::path::Path;

use crate::stack::detect::network::Network;

/// The program was built without the feature `onnx`.
#[cfg(not(feature = "onnx"))]
const WITHOUT: &str = "this tiltyard was built without networks (build it with `--features onnx`)";

/// What a program that was built without OpenCV needs, in words.
pub const OPENCV: &str = "the feature `opencv` (apt-get install libopencv-dev clang libclang-dev, then \
                          `cargo build --release --features opencv`)";

/// Whether the program was built with the feature `onnx`.
pub const BUILT_IN: bool = cfg!(feature = "onnx");

/// Loads a model; an error is a sentence that says what to do.
#[cfg(feature = "onnx")]
pub fn open(model: &Path) -> Result<Box<dyn Network>, String> {
    let found = look();
    let Some(library) = &found.library else {
        return Err(format!("ONNX Runtime was not found in {} (get it: {GET})", found.told()));
    };
    Ok(Box::new(session::Session::open(library, model)?))
}

/// Loads a model; an error is a sentence that says what to do.
#[cfg(not(feature = "onnx"))]
pub fn open(_: &Path) -> Result<Box<dyn Network>, String> {
    Err(WITHOUT.to_owned())
}
