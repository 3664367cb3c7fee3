//! Multi-object tracking by itself: files of the MOTChallenge, their metrics, our trackers on somebody's detections.
//!
//! ```text
//! gt.txt ─────────────┐
//!                     ├─ Sequence ─▶ Score (HOTA, CLEAR, Identity) ─▶ table, JSON
//! tracks.txt ─────────┘
//!    ▲
//!    └── track() ◀── det.txt
//!                       ▲
//!                       └── look() ◀── pictures
//! ```
//!
//! Knows the stack's trackers and boxes; knows no scenario, no world and no camera. Metrics follow the definitions of
//! the papers and, where those leave room, of TrackEval, the program that the benchmark is scored with; CLEAR's also of
//! motrics, where [`Keep`] says so.

mod clear;
mod crowd;
mod file;
mod hota;
mod identity;
mod look;
mod moving;
mod score;
mod sequence;
mod track;

pub use clear::{Clear, Keep};
pub use crowd::{crowd, frame_us};
pub use file::{FileError, Row, read, write};
pub use hota::Hota;
pub use identity::Identity;
pub use look::look;
pub use moving::{Sway, moved, moved_rows};
pub use score::{Figures, Score};
pub use sequence::{Moment, Sequence};
pub use track::{Preset, still, track};
