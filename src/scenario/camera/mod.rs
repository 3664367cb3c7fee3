//! Camera models: the files of `cameras/`, and the data that they mean.
//!
//! Every number of a camera file is a `{ value = …, source = "…" }`, so that nobody mistakes an assumption for a
//! measurement. The files of the repository are built in; others are read by their path.

mod check;
mod file;
mod protocol;

use tiltyard_sim::config::{AxisMechanics, CameraModel, Lens, Link, Video};
use tiltyard_visca::model::{AxisModel, Model, Timing, ZoomModel};

pub use self::file::{
    Answers, Axis, CameraFile, CameraLink, CameraVideo, Listed, ScaleUnit, Sourced, SpeedUnit, Zoom,
    ZoomAccelerationUnit, ZoomSpeedUnit,
};
pub use self::protocol::{Protocol, Transport, WrittenPositions, WrittenSonyHeader};
use super::diagnostic::Diagnostics;
use super::locate::{Findings, Source};
use super::resolve::delay;
use super::set::Set;
use super::units::Exactly;

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/cameras/", $name, ".toml")))),+]
    };
}

/// (name, text) of every camera model that is built in, in the order of the alphabet.
pub fn cameras() -> &'static [(&'static str, &'static str)] {
    built_in!(
        "avkans-e20",
        "avonic-cm93-ndi",
        "generic-20x",
        "ptzoptics-g2-12x",
        "ptzoptics-g2-20x",
        "ptzoptics-g2-30x",
        "sony-brc-300",
        "sony-brc-h700",
        "sony-evi-d100",
        "sony-evi-d30",
        "sony-evi-d70",
        "sony-evi-h100s",
        "sony-srg-300h",
        "telycam-tlc-700",
    )
}

/// The text of a camera model that is built in.
pub fn built_in(name: &str) -> Option<&'static str> {
    cameras().iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Parses and checks a camera file; `file` is what messages call it.
pub fn load_camera(name: &str, file: &str, text: &str) -> Result<CameraModel, Diagnostics> {
    read_camera(file, text).map(|written| model(name, &written))
}

/// The same with overrides; beside it the text with them in it.
pub(super) fn load_overridden(
    name: &str,
    file: &str,
    text: &str,
    sets: &[Set],
) -> Result<(CameraModel, String), Diagnostics> {
    if sets.is_empty() {
        return Ok((load_camera(name, file, text)?, text.to_owned()));
    }
    let (effective, applied) = overridden(file, text, sets)?;
    let written = read(file, text, &effective, &applied)?;
    Ok((model(name, &written), effective))
}

/// Parses and checks a camera file, and gives it as it is written.
pub fn read_camera(file: &str, text: &str) -> Result<CameraFile, Diagnostics> {
    read(file, text, text, &[])
}

/// `effective` is the text with the overrides in it.
fn read(file: &str, text: &str, effective: &str, sets: &[Set]) -> Result<CameraFile, Diagnostics> {
    let source = Source::parse(file, text)?;
    let mut findings = Findings::new(&source, sets);
    let written = findings.deserialize::<CameraFile>(effective);
    if let Some(written) = &written {
        check::check(written, &mut findings);
    }
    match (findings.into_diagnostics(), written) {
        (None, Some(written)) => Ok(written),
        (Some(diagnostics), _) => Err(diagnostics),
        // `deserialize` notes why it returns nothing.
        (None, None) => Err(super::diagnostic::Diagnostic::new(file, &source.text, 0..0, "cannot be read").into()),
    }
}

/// The text of a camera file with overrides in it: `pan.acceleration="50 deg/s^2"` sets the value, and its source
/// becomes the override.
pub(super) fn overridden(file: &str, text: &str, sets: &[Set]) -> Result<(String, Vec<Set>), Diagnostics> {
    let source = Source::parse(file, text)?;
    let mut document = source.document().clone().into_mut();
    let mut applied = Vec::new();
    for set in sets {
        let value = set.or_deeper("value", &document);
        value.apply(&mut document)?;
        if value != *set {
            set.beside("source", "an override").apply(&mut document)?;
        }
        applied.push(value);
    }
    Ok((document.to_string(), applied))
}

/// The JSON Schema of the camera file.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(CameraFile).to_value()
}

fn model(name: &str, written: &CameraFile) -> CameraModel {
    CameraModel {
        name: name.to_owned(),
        protocol: Model {
            pan: axis(&written.pan),
            tilt: axis(&written.tilt),
            zoom: ZoomModel {
                tele_units: written.zoom.tele.value,
                speed_units_per_s: written.zoom.speeds.value.clone(),
            },
            timing: Timing {
                ack: written.timing.ack.value.0,
                inquiry: written.timing.inquiry.value.0,
                gap: written.timing.gap.value.0,
                reply_timeout: written.timing.reply_timeout.value.0,
            },
            quirks: written.protocol.quirks(),
        },
        pan: mechanics(&written.pan),
        tilt: mechanics(&written.tilt),
        lens: Lens {
            hfov_wide_deg: written.zoom.hfov_wide.value.0,
            curve: written.zoom.curve.value.iter().map(|Exactly([units, ratio])| (*units, *ratio)).collect(),
            acceleration_units_per_s2: written.zoom.acceleration.value.0,
        },
        video: Video {
            rate_hz: written.video.rate.value.0,
            width_px: written.video.size.value.0[0],
            height_px: written.video.size.value.0[1],
            latency: delay(written.video.latency.value),
            drop_probability: written.video.drop.value.0,
        },
        link: Link { latency: delay(written.link.latency.value), drop_probability: written.link.drop.value.0 },
    }
}

fn axis(axis: &Axis) -> AxisModel {
    let Exactly([min, max]) = axis.range.value;
    AxisModel {
        speed_dps: axis.speeds.value.clone(),
        units_per_deg: axis.scale.value.0,
        min_deg: min.0,
        max_deg: max.0,
    }
}

fn mechanics(axis: &Axis) -> AxisMechanics {
    AxisMechanics {
        acceleration_dps2: axis.acceleration.value.0,
        inertia_kg_m2: axis.inertia.value.0,
        friction_nm_per_dps: axis.friction.value.0,
        torque_max_nm: axis.torque.value.0,
    }
}

#[cfg(test)]
mod tests;
