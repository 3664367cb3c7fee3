//! Video captured by OpenCV: files whole and torn, servers that answer, fall silent or never speak. Feature `opencv`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]
#![allow(clippy::disallowed_methods, reason = "servers in wall time")]

mod clips;
mod files;
mod streams;
