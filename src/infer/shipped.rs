//! The network that comes with the program: `models/tiltyard-pixels.onnx`, with its card in `models/README.md`.
//!
//! What a scenario has to know of it is here in every build, so that a file means the same in all of them; the weights
//! are in builds with the feature `onnx`.

use core::time::Duration;

use tiltyard_sim::config::Delay;

/// Its name in messages.
pub const NAME: &str = "tiltyard-pixels (shipped)";

/// Its classes, in their order (`models/train/scenes.py`).
pub const LABELS: [&str; 4] = ["person", "drone", "ball", "car"];

/// How long it takes: `tiltyard doctor --model models/tiltyard-pixels.onnx` on one thread of an AMD EPYC whose two
/// cores had other work to do, as its card has it.
pub const LATENCY: Delay = Delay::Measured {
    min: Duration::from_micros(5_500),
    median: Duration::from_micros(9_700),
    p95: Duration::from_micros(14_900),
    max: Duration::from_micros(18_400),
};

/// The model.
#[cfg(feature = "onnx")]
pub(super) const BYTES: &[u8] = include_bytes!("../../models/tiltyard-pixels.onnx");
