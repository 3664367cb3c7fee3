//! `tiltyard schema`: the JSON Schema of scenario files, for editors.

use super::{Exit, Failure, out};

/// Prints it.
pub fn run() -> Result<Exit, Failure> {
    out::print(&format!("{:#}\n", crate::scenario::json_schema()))?;
    Ok(Exit::Success)
}
