//! The parts of a stack that are traits: what its configuration asks for, or your own.

use super::config::{ServoConfig, StackConfig};
use super::detect::Detector;
use super::servo::{Pid, Predictive, Proportional, Servo};
use super::track::Tracker;
use super::zoom::ZoomLaw;

/// What a [`Stack`](super::Stack) is put together from. To put one of your own under test, replace a field of what
/// [`Parts::new`] made: `Parts { servo: Box::new(Mine::new(config)), ..parts }`.
pub struct Parts {
    /// Frames to boxes.
    pub detector: Box<dyn Detector>,
    /// Boxes to tracks.
    pub tracker: Box<dyn Tracker>,
    /// Errors to pan and tilt rates.
    pub servo: Box<dyn Servo>,
    /// Sizes to zoom drives.
    pub zoom: Box<dyn ZoomLaw>,
}

impl Parts {
    /// Those that the configuration asks for, with this detector: what a detector needs (random numbers, a library, a
    /// file) is no part of a configuration.
    pub fn new(config: &StackConfig, detector: Box<dyn Detector>) -> Self {
        let rate_max_dps = config.camera.actuator.rate_max_dps;
        let servo: Box<dyn Servo> = match config.servo {
            ServoConfig::Proportional(gains) => Box::new(Proportional::new(gains, rate_max_dps)),
            ServoConfig::Pid(gains) => Box::new(Pid::new(gains, rate_max_dps)),
            ServoConfig::Predictive(gains) => Box::new(Predictive::new(gains)),
        };
        Self { detector, tracker: config.tracker.build(), servo, zoom: config.zoom.build(&config.camera) }
    }
}
