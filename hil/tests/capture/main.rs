//! Video captured by OpenCV: files whole and torn, servers that answer, fall silent or never speak. Feature `opencv`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod clips;
mod files;
