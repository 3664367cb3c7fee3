//! The detector of a scenario, and the clip that it looks at, made ready.

use std::path::Path;

use tiltyard_sim::footage::Footage;
use tiltyard_sim::rng;

use super::executor::RunError;
use crate::scenario::Scenario;
use crate::stack::config::{PixelDetector, StackConfig};
use crate::stack::detect::{Blob, Detector, Geometric, Neural};
use crate::{footage, infer};

/// The detector that a scenario's stack sees with, for a run with `seed`.
pub fn detector(scenario: &Scenario, config: &StackConfig, seed: u64) -> Result<Box<dyn Detector>, RunError> {
    Ok(match &config.pixels {
        None => Box::new(Geometric::new(config.detector, rng::stream(seed, "detector").into_rng())),
        Some(PixelDetector::Blob(config)) => Box::new(Blob::new(config.clone())),
        Some(PixelDetector::Network(config)) => {
            let told = |error: String| RunError::Perception(format!("{}: {error}", scenario.file));
            let folder = Path::new(&scenario.file).parent().unwrap_or(Path::new(""));
            let model = folder.join(&config.model);
            let network = infer::open(&model).map_err(told)?;
            let neural = Neural::new(network, config.clone());
            Box::new(neural.map_err(|error| told(format!("the model {} does not fit: {error}", model.display())))?)
        }
    })
}

/// The clip that stands for a scenario's world, if one does.
pub fn footage(scenario: &Scenario) -> Result<Option<Footage>, RunError> {
    let Some(config) = &scenario.world.footage else { return Ok(None) };
    let folder = Path::new(&scenario.file).parent().unwrap_or(Path::new(""));
    let opened = footage::open(config, folder);
    opened.map(Some).map_err(|problem| RunError::Perception(format!("{}: {problem}", scenario.file)))
}

/// Whether the detectors of these scenarios can be had; an error is a sentence that says what is missing.
pub fn ready<'a>(scenarios: impl IntoIterator<Item = &'a Scenario>) -> Result<(), String> {
    for scenario in scenarios {
        let config = scenario.stack.config(&scenario.world);
        if config.pixels.is_some() {
            footage(scenario).map_err(|error| error.to_string())?;
            detector(scenario, &config, scenario.seed).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
