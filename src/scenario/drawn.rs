//! The `[world]` section and the key `looks`: how pictures of a scenario look, or which recorded one stands for it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::document::Brightness;
use super::units::{Angle, Exactly, Frequency, Plain, Ratio, Span};

/// What the world is made of beside its targets.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorldSection {
    /// Pictures are drawn, for detectors that want pixels and for `render`. What happens does not depend on it.
    pub drawn: Option<DrawnSection>,
    /// A recorded wide shot is the scene, and the camera cuts its pictures out of it.
    pub video: Option<VideoSection>,
}

/// A recorded wide shot.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VideoSection {
    /// A video file (in builds with OpenCV), or a folder of numbered pictures, PNG or JPEG: relative to this file.
    pub file: String,
    /// Horizontal field of view of the camera that took it; it looked at pan 0, tilt 0.
    pub fov: Angle,
    /// Pictures a second; what the video says where absent. A folder of pictures, and a truth in frames, need it.
    pub rate: Option<Frequency>,
    /// Width and height of its pictures \[px\]; what they have where absent. A truth needs it.
    pub size: Option<Exactly<u32, 2>>,
    /// Where in it the run begins; at its first picture where absent.
    pub start: Option<Span>,
    /// What comes after its last picture; it stays where absent.
    #[serde(default)]
    pub end: EndName,
    /// Who is where in its pictures: a file of the MOTChallenge, or CSV with the columns
    /// `t_s,name,left_px,top_px,width_px,height_px`. Relative to this file.
    pub truth: Option<String>,
}

/// What comes after the last picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EndName {
    /// The last picture stays.
    #[default]
    Hold,
    /// It begins again; without `truth`.
    Loop,
}

/// How pictures are drawn.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DrawnSection {
    /// What is behind everybody; `street` where absent.
    pub backdrop: BackdropName,
    /// How long the shutter is open; 8 ms where absent.
    pub exposure: Option<Span>,
    /// Standard deviation of the sensor's noise, as a share of full scale; 0.01 where absent.
    pub gain_noise: Option<Ratio>,
    /// Radius of the blur while the lens zooms by a factor of e a second, in a picture 640 px wide \[px\]; 3 where
    /// absent.
    pub defocus_px: Option<Plain>,
    /// Brightness from each moment on, as `[["0 s", 1.0], ["5 s", 0.4]]`; 1 where absent.
    #[serde(default)]
    pub light: Vec<Brightness>,
}

/// What is behind everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BackdropName {
    /// Clouds over hills and a meadow.
    Sky,
    /// A dark hall with curtains, boards and spotlights.
    Stage,
    /// A road between houses.
    #[default]
    Street,
    /// Night through a thermal camera: whoever is warm is bright.
    Thermal,
}

/// What something is drawn as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Looks {
    /// Its shape; of a target what its label says, or a person, of an occluder a block where absent.
    pub kind: Option<KindName>,
    /// In the dress of the target or occluder of this name: a lookalike.
    pub like: Option<String>,
}

/// A shape that can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KindName {
    /// A walker.
    Person,
    /// A multicopter.
    Drone,
    /// A ball.
    Ball,
    /// A car from its side.
    Car,
    /// A box of stone.
    Block,
}
