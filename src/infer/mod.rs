//! Networks that run: where ONNX Runtime is, and sessions in it.
//!
//! Nothing is linked and nothing is fetched: the library is looked for when a scenario wants a network, and the program
//! is whole without it. What goes in and comes out is [`crate::stack::detect::network`]'s.

mod library;
#[cfg(feature = "onnx")]
mod session;
pub mod shipped;

pub use library::{Found, GET, look};

use core::fmt;
use std::path::Path;

use crate::stack::detect::network::Network;

/// The program was built without the feature `onnx`.
const WITHOUT: &str = "this tiltyard was built without networks (build it with `--features onnx`)";

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
