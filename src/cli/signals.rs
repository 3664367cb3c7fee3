//! `tiltyard signals`: what an expectation may name.

use std::fmt::Write;

use super::{Exit, Failure, out};
use crate::scenario::Signal;

/// Prints the table.
pub fn run() -> Result<Exit, Failure> {
    let mut text = String::new();
    for signal in Signal::ALL {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:<26} {:<8} {}", signal.name(), signal.unit(), signal.meaning());
    }
    out::print(&text)?;
    Ok(Exit::Success)
}
