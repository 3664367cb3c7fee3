//! The detector of a scenario, made ready.

use std::path::Path;

use tiltyard_sim::rng;

use super::executor::RunError;
use crate::infer;
use crate::scenario::Scenario;
use crate::stack::config::{PixelDetector, StackConfig};
use crate::stack::detect::{Blob, Detector, Equalized, Geometric, Motion, Neural};

/// The detector that a scenario's stack sees with, for a run with `seed`.
pub fn detector(scenario: &Scenario, config: &StackConfig, seed: u64) -> Result<Box<dyn Detector>, RunError> {
    let told = |error: String| RunError::Perception(format!("{}: {error}", scenario.file));
    Ok(match &config.pixels {
        None => Box::new(Geometric::new(config.detector, rng::stream(seed, "detector").into_rng())),
        Some(PixelDetector::Blob(config)) => {
            let blob = Box::new(Blob::new(config.clone()));
            match &config.clahe {
                Some(clahe) => Box::new(Equalized::new(infer::equalizer(clahe).map_err(told)?, blob)),
                None => blob,
            }
        }
        Some(PixelDetector::Motion(config)) => {
            Box::new(Motion::new(infer::background(config).map_err(told)?, config.clone()))
        }
        Some(PixelDetector::Network(config)) => {
            let folder = Path::new(&scenario.file).parent().unwrap_or(Path::new(""));
            let model = folder.join(&config.model);
            let network = infer::open(&model).map_err(told)?;
            let neural = Neural::new(network, config.clone());
            Box::new(neural.map_err(|error| told(format!("the model {} does not fit: {error}", model.display())))?)
        }
    })
}

/// Why the library that a scenario's detector needs is not to be had, in a sentence with what helps; `None` if it is,
/// or none is needed.
pub fn missing(scenario: &Scenario) -> Option<String> {
    if wants_opencv(scenario) { infer::opencv().err() } else { None }
}

/// Whether a scenario is looked at with OpenCV, which is outside the promise of equal bits on every machine.
pub fn wants_opencv(scenario: &Scenario) -> bool {
    match scenario.stack.config(&scenario.world).pixels {
        Some(PixelDetector::Blob(blob)) => blob.clahe.is_some(),
        Some(PixelDetector::Motion(_)) => true,
        Some(PixelDetector::Network(_)) | None => false,
    }
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
