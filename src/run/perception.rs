//! The detector of a scenario, made ready.

use std::path::Path;

use tiltyard_sim::rng;

use super::executor::RunError;
use crate::infer::{self, Model};
use crate::scenario::Scenario;
use crate::stack::config::{PixelDetector, StackConfig};
use crate::stack::detect::{Blob, Detector, Geometric, Neural};

/// The detector that a scenario's stack sees with, for a run with `seed`.
pub fn detector(scenario: &Scenario, config: &StackConfig, seed: u64) -> Result<Box<dyn Detector>, RunError> {
    Ok(match &config.pixels {
        None => Box::new(Geometric::new(config.detector, rng::stream(seed, "detector").into_rng())),
        Some(PixelDetector::Blob(config)) => Box::new(Blob::new(config.clone())),
        Some(PixelDetector::Network(config)) => {
            let told = |error: String| RunError::Perception(format!("{}: {error}", scenario.file));
            let folder = Path::new(&scenario.file).parent().unwrap_or(Path::new(""));
            let file = config.model.as_ref().map(|model| folder.join(model));
            let model = file.as_deref().map_or(Model::Shipped, Model::File);
            let network = infer::open(model).map_err(told)?;
            let neural = Neural::new(network, config.clone());
            Box::new(neural.map_err(|error| told(format!("the model {model} does not fit: {error}")))?)
        }
    })
}

/// Why the library that a scenario's detector needs is not to be had, in a sentence with what helps; `None` if it is,
/// or none is needed.
pub fn missing(scenario: &Scenario) -> Option<String> {
    if wants_network(scenario) { infer::missing() } else { None }
}

/// Whether a scenario is looked at by a network, which is outside the promise of equal bits on every machine.
pub fn wants_network(scenario: &Scenario) -> bool {
    matches!(scenario.stack.config(&scenario.world).pixels, Some(PixelDetector::Network(_)))
}

/// Whether the detectors of these scenarios can be had; an error is a sentence that says what is missing.
pub fn ready<'a>(scenarios: impl IntoIterator<Item = &'a Scenario>) -> Result<(), String> {
    for scenario in scenarios {
        let config = scenario.stack.config(&scenario.world);
        if config.pixels.is_some() {
            detector(scenario, &config, scenario.seed).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
