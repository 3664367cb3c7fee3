//! `[stack.tracker]`: one of the trackers, by name, and what is changed in it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::put;
use crate::scenario::units::{Plain, Ratio, Span};
use crate::stack::config::TrackerConfig;
use crate::stack::track::{CascadeConfig, OcSortConfig, SortConfig};

/// The tracker.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum TrackerSection {
    /// Overlap with the last box in the picture; no motion model.
    Boxes(BoxesSection),
    /// SORT, in the picture.
    Sort(SortSection),
    /// OC-SORT, in the picture.
    OcSort(OcSortSection),
    /// Sure boxes first, unsure ones for who is left, in the picture.
    Byte(CascadeSection),
    /// The same in world bearings, blind to the camera's own motion.
    Ptz(CascadeSection),
}

/// The overlap tracker: nothing to set.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BoxesSection {}

/// SORT.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SortSection {
    /// A track outlives its last sighting by so many frames.
    pub age_max_frames: Option<u32>,
    /// Sightings in a row before a track may be followed.
    pub hits_min: Option<u32>,
    /// Least overlap of a match.
    pub iou_min: Option<Ratio>,
}

/// OC-SORT.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OcSortSection {
    /// Boxes of this confidence or less are not looked at.
    pub confidence_min: Option<Ratio>,
    /// A track outlives its last sighting by so many frames.
    pub age_max_frames: Option<u32>,
    /// Sightings in a row before a track may be followed.
    pub hits_min: Option<u32>,
    /// Least overlap of a match.
    pub iou_min: Option<Ratio>,
}

/// The cascade, in the picture or in the world.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CascadeSection {
    /// Confidence from which a box is sure.
    pub sure: Option<Ratio>,
    /// Confidence from which a box that belongs to nobody starts a track.
    pub starts: Option<Ratio>,
    /// Sightings before a track may be followed.
    pub hits_min: Option<u32>,
    /// A track outlives its last sighting by this long.
    pub keep: Option<Span>,
    /// Power spectral density of target acceleration \[box heights² a second³\].
    pub acceleration_density: Option<Plain>,
}

impl TrackerSection {
    /// What is absent is the published default, and for the cascade what a driven camera wants.
    pub(super) fn config(&self) -> TrackerConfig {
        match self {
            Self::Boxes(BoxesSection {}) => TrackerConfig::Boxes,
            Self::Sort(section) => TrackerConfig::Sort(section.config()),
            Self::OcSort(section) => TrackerConfig::OcSort(section.config()),
            Self::Byte(section) => TrackerConfig::Byte(section.config()),
            Self::Ptz(section) => TrackerConfig::Ptz(section.config()),
        }
    }
}

impl SortSection {
    fn config(&self) -> SortConfig {
        let mut config = SortConfig::default();
        put(&mut config.age_max_frames, self.age_max_frames);
        put(&mut config.hits_min, self.hits_min);
        put(&mut config.iou_min, self.iou_min.map(|ratio| ratio.0));
        config
    }
}

impl OcSortSection {
    fn config(&self) -> OcSortConfig {
        let mut config = OcSortConfig::default();
        put(&mut config.confidence_min, self.confidence_min.map(|ratio| ratio.0));
        put(&mut config.age_max_frames, self.age_max_frames);
        put(&mut config.hits_min, self.hits_min);
        put(&mut config.iou_min, self.iou_min.map(|ratio| ratio.0));
        config
    }
}

impl CascadeSection {
    fn config(&self) -> CascadeConfig {
        let mut config = CascadeConfig::CONTROL;
        put(&mut config.sure, self.sure.map(|ratio| ratio.0));
        put(&mut config.starts, self.starts.map(|ratio| ratio.0));
        put(&mut config.hits_min, self.hits_min);
        put(&mut config.keep, self.keep.map(|keep| keep.0));
        put(&mut config.acceleration_density, self.acceleration_density.map(|q| q.0));
        config
    }
}
