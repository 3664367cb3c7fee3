//! The `tiltyard` program.
fn main() {}
