//! The detector of a scenario, and the clip that it looks at, made ready.

use std::path::Path;

use tiltyard_sim::footage::Footage;
use tiltyard_sim::rng;

use super::executor::RunError;
use crate::footage;
use crate::infer::{self, Model};
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
    match library(scenario)? {
        Library::OnnxRuntime => infer::missing(),
        Library::OpenCv => infer::opencv().err(),
    }
}

/// A library that looks at pictures. Its arithmetic is outside the promise of equal bits on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// Runs networks.
    OnnxRuntime,
    /// Finds motion, and evens out contrast.
    OpenCv,
}

/// The library that looks at the pictures of a scenario, if it is not this program that does.
pub fn library(scenario: &Scenario) -> Option<Library> {
    match scenario.stack.config(&scenario.world).pixels? {
        PixelDetector::Network(_) => Some(Library::OnnxRuntime),
        PixelDetector::Motion(_) => Some(Library::OpenCv),
        PixelDetector::Blob(blob) => blob.clahe.map(|_| Library::OpenCv),
    }
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
