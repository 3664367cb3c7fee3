//! The channels of a run file.

use foxglove::messages::{CameraCalibration, CompressedImage, FrameTransforms, ImageAnnotations, Log, SceneUpdate};
use foxglove::{Encode, Schema};

use super::schema::{ChainLink, Command, Expectation, Tick};

/// A channel. At one moment their messages stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Every signal at every control tick.
    Tick,
    /// The link of every control tick.
    Chain,
    /// Where base, pan, tilt and camera are.
    Transforms,
    /// The camera's pinhole, whenever the zoom has moved.
    Camera,
    /// Targets and what the camera sees of the world.
    Scene,
    /// The picture of a decision, where the stack looked at pixels.
    Image,
    /// Boxes in the picture of every decision.
    Picture,
    /// Every VISCA frame that the stack sent.
    Command,
    /// Alarms, phases, faults and verdicts, in words.
    Log,
    /// What became of each expectation, at the end.
    Expectation,
}

impl Topic {
    /// All, in their order.
    pub const ALL: [Self; 10] = [
        Self::Tick,
        Self::Chain,
        Self::Transforms,
        Self::Camera,
        Self::Scene,
        Self::Image,
        Self::Picture,
        Self::Command,
        Self::Log,
        Self::Expectation,
    ];

    /// Its name in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tick => "/tick",
            Self::Chain => "/chain",
            Self::Transforms => "/tf",
            Self::Camera => "/camera",
            Self::Scene => "/scene",
            Self::Image => "/image",
            Self::Picture => "/picture",
            Self::Command => "/command",
            Self::Log => "/log",
            Self::Expectation => "/expectation",
        }
    }

    /// The schema of its messages.
    pub(super) fn schema(self) -> Option<Schema> {
        match self {
            Self::Tick => Tick::get_schema(),
            Self::Chain => ChainLink::get_schema(),
            Self::Transforms => FrameTransforms::get_schema(),
            Self::Camera => CameraCalibration::get_schema(),
            Self::Scene => SceneUpdate::get_schema(),
            Self::Image => CompressedImage::get_schema(),
            Self::Picture => ImageAnnotations::get_schema(),
            Self::Command => Command::get_schema(),
            Self::Log => Log::get_schema(),
            Self::Expectation => Expectation::get_schema(),
        }
    }
}
