//! The detector of a scenario, made ready.

use tiltyard_sim::rng;

use super::executor::RunError;
use crate::scenario::Scenario;
use crate::stack::config::{PixelDetector, StackConfig};
use crate::stack::detect::{Blob, Detector, Geometric};

/// The detector that a scenario's stack sees with, for a run with `seed`.
pub fn detector(_scenario: &Scenario, config: &StackConfig, seed: u64) -> Result<Box<dyn Detector>, RunError> {
    Ok(match &config.pixels {
        None => Box::new(Geometric::new(config.detector, rng::stream(seed, "detector").into_rng())),
        Some(PixelDetector::Blob(config)) => Box::new(Blob::new(config.clone())),
    })
}
