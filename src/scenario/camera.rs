//! Camera models: the files of `cameras/`, and the data that they mean.
//!
//! Every number of a camera file is a `{ value = …, source = "…" }`, so that nobody mistakes an assumption for a
//! measurement. The files of the repository are built in; others are read by their path.

use schemars::JsonSchema;
use serde::Deserialize;
use tiltyard_sim::config::{AxisMechanics, CameraModel, Lens, Link, Video};
use tiltyard_visca::model::{AxisModel, Model, Timing, ZoomModel};

use super::diagnostic::Diagnostics;
use super::document::Delay;
use super::locate::{Findings, KeyPath, Place, Source, root};
use super::resolve::delay;
use super::units::{Acceleration, Angle, Exactly, Frequency, Friction, Inertia, Plain, Ratio, Span, Torque};

macro_rules! built_in {
    ($($name:literal),+) => {
        &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/cameras/", $name, ".toml")))),+]
    };
}

/// (name, text) of every camera model that is built in, in the order of the alphabet.
pub fn cameras() -> &'static [(&'static str, &'static str)] {
    built_in!("generic-20x", "ptzoptics-g2-20x", "sony-evi-d100")
}

/// A camera file as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraFile {
    /// Version of this format: 1.
    pub schema: u32,
    /// Maker and model in one line.
    pub title: String,
    /// What else is worth knowing.
    #[serde(default)]
    pub notes: String,
    /// Pan, + right.
    pub pan: Axis,
    /// Tilt, + up.
    pub tilt: Axis,
    /// Lens and zoom motor.
    pub zoom: Zoom,
    /// How fast it answers.
    pub timing: Answers,
    /// Video as delivered.
    pub video: CameraVideo,
    /// Command link as delivered.
    pub link: CameraLink,
}

/// A value and where it is from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it is from: a document with its page, a measurement, `computed: …`, `assumed: …` or `unverified`.
    pub source: String,
}

/// A list of bare numbers with one unit, and where it is from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listed<T, U> {
    /// The numbers.
    pub value: T,
    /// Their unit.
    pub unit: U,
    /// Where they are from.
    pub source: String,
}

/// Unit of a speed table.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum SpeedUnit {
    /// Degrees a second.
    #[serde(rename = "deg/s")]
    DegPerSecond,
}

/// Unit of the zoom motor's speeds.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum ZoomSpeedUnit {
    /// Position units a second.
    #[serde(rename = "units/s")]
    UnitsPerSecond,
}

/// Unit of the zoom motor's acceleration.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum ZoomAccelerationUnit {
    /// Position units a second, a second.
    #[serde(rename = "units/s^2")]
    UnitsPerSecondSquared,
}

/// Unit of a position scale.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum ScaleUnit {
    /// Position units a degree.
    #[serde(rename = "units/deg")]
    UnitsPerDegree,
}

/// One axis: what the protocol says of it, and its mechanics.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Rate of each speed code, code 1 first, rising.
    pub speeds: Listed<Vec<f64>, SpeedUnit>,
    /// Position units a degree; negative where the protocol counts against our sign.
    pub scale: Listed<Plain, ScaleUnit>,
    /// Lower and upper end of the range.
    pub range: Sourced<Exactly<Angle, 2>>,
    /// Acceleration that the firmware asks for at most.
    pub acceleration: Sourced<Acceleration>,
    /// Moment of inertia about the axis.
    pub inertia: Sourced<Inertia>,
    /// Viscous friction.
    pub friction: Sourced<Friction>,
    /// Torque limit of the motor.
    pub torque: Sourced<Torque>,
}

/// Lens and zoom motor.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zoom {
    /// Optical tele end in position units; wide is 0.
    pub tele: Sourced<u16>,
    /// Rate of each variable speed p, p = 0 first, rising.
    pub speeds: Listed<Vec<f64>, ZoomSpeedUnit>,
    /// Pairs of position units and magnification from `[0, 1.0]` to the tele end, both rising.
    pub curve: Sourced<Vec<Exactly<f64, 2>>>,
    /// Horizontal field of view at the wide end.
    pub hfov_wide: Sourced<Angle>,
    /// Acceleration of the zoom motor.
    pub acceleration: Listed<Plain, ZoomAccelerationUnit>,
}

/// How fast the camera answers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// To the ACK of a command.
    pub ack: Sourced<Span>,
    /// To the answer of an inquiry.
    pub inquiry: Sourced<Span>,
    /// Pause the client keeps after a reply.
    pub gap: Sourced<Span>,
    /// How long the client waits for a reply.
    pub reply_timeout: Sourced<Span>,
}

/// Video as delivered.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraVideo {
    /// Frame rate.
    pub rate: Sourced<Frequency>,
    /// Width and height \[px\].
    pub size: Sourced<Exactly<u32, 2>>,
    /// From the exposure to the stack.
    pub latency: Sourced<Delay>,
    /// Probability that a frame is lost.
    pub drop: Sourced<Ratio>,
}

/// Command link as delivered.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraLink {
    /// One-way delay of a datagram.
    pub latency: Sourced<Delay>,
    /// Probability that a datagram is lost.
    pub drop: Sourced<Ratio>,
}

/// Parses and checks a camera file; `file` is what messages call it.
pub fn load_camera(name: &str, file: &str, text: &str) -> Result<CameraModel, Diagnostics> {
    let source = Source::parse(file, text)?;
    let mut findings = Findings::new(&source, &[]);
    let model = findings.deserialize::<CameraFile>(text).map(|written| {
        check(&written, &mut findings);
        model(name, &written)
    });
    match (findings.into_diagnostics(), model) {
        (None, Some(model)) => Ok(model),
        (Some(diagnostics), _) => Err(diagnostics),
        // `deserialize` notes why it returns nothing.
        (None, None) => Err(super::diagnostic::Diagnostic::new(file, &source.text, 0..0, "cannot be read").into()),
    }
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
            quirks: tiltyard_visca::Quirks::default(),
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

/// Speed codes go to 0x18, variable zoom speeds from 0 to 7.
const SPEED_CODES_MAX: usize = 24;
const ZOOM_SPEEDS_MAX: usize = 8;

fn check(written: &CameraFile, findings: &mut Findings<'_>) {
    super::resolve::schema(written.schema, findings);
    super::resolve::not_blank(&written.title, &root("title"), findings);
    check_axis(&written.pan, "pan", findings);
    check_axis(&written.tilt, "tilt", findings);
    let zoom = root("zoom");
    check_speeds(&written.zoom.speeds.value, ZOOM_SPEEDS_MAX, &zoom.key("speeds").key("value"), findings);
    if written.zoom.tele.value == 0 {
        let path = zoom.key("tele").key("value");
        findings.note(&path, &Place::Value, "the tele end is the wide end").label("expected more than 0");
    }
    check_curve(&written.zoom, &zoom.key("curve").key("value"), findings);
    let hfov = written.zoom.hfov_wide.value.0;
    if !(hfov > 0.0 && hfov < 180.0) {
        let path = zoom.key("hfov_wide").key("value");
        findings.note(&path, &Place::Value, "no lens has this field of view").label("expected 0 to 180 deg");
    }
    if written.zoom.acceleration.value.0 <= 0.0 {
        let path = zoom.key("acceleration").key("value");
        findings.note(&path, &Place::Value, "the zoom motor never starts").label("expected more than 0");
    }
    if written.timing.reply_timeout.value.0.is_zero() {
        let path = root("timing").key("reply_timeout").key("value");
        findings.note(&path, &Place::Value, "the client would not wait at all").label("expected more than 0 s");
    }
    super::resolve::picture_size(written.video.size.value, &root("video").key("size").key("value"), findings);
    super::resolve::frame_rate(written.video.rate.value, &root("video").key("rate").key("value"), findings);
    check_sources(written, findings);
}

fn check_axis(axis: &Axis, name: &str, findings: &mut Findings<'_>) {
    let path = root(name);
    check_speeds(&axis.speeds.value, SPEED_CODES_MAX, &path.key("speeds").key("value"), findings);
    let scale = axis.scale.value.0;
    let scale_path = path.key("scale").key("value");
    if scale == 0.0 {
        findings.note(&scale_path, &Place::Value, "the scale is zero").label("expected another number than 0");
    }
    let Exactly([min, max]) = axis.range.value;
    let range_path = path.key("range").key("value");
    if min.0 >= max.0 {
        findings.note(&range_path, &Place::Value, "the range is empty").label("expected the lower end first");
    }
    for end in [min.0, max.0] {
        if libm::fabs(libm::round(end * scale)) > f64::from(i16::MAX) {
            findings
                .note(&range_path, &Place::Value, format!("{end} deg times {scale} units/deg leaves 16 bits"))
                .label("beyond what the protocol can say");
            break;
        }
    }
}

fn check_speeds(speeds: &[f64], count_max: usize, path: &KeyPath, findings: &mut Findings<'_>) {
    if speeds.is_empty() || speeds.len() > count_max {
        let message = format!("a table of {} speeds", speeds.len());
        findings.note(path, &Place::Value, message).label(format!("expected 1 to {count_max} speeds"));
    }
    let mut before = 0.0;
    for (index, speed) in speeds.iter().enumerate() {
        if !speed.is_finite() || *speed <= before {
            let message = format!("speed {speed} does not rise above {before}");
            findings.note(&path.index(index), &Place::Value, message).label("expected rising speeds above 0");
            return;
        }
        before = *speed;
    }
}

fn check_curve(zoom: &Zoom, path: &KeyPath, findings: &mut Findings<'_>) {
    let curve = &zoom.curve.value;
    let tele = f64::from(zoom.tele.value);
    if curve.len() < 2 || curve.first().is_some_and(|first| first.0 != [0.0, 1.0]) {
        findings
            .note(path, &Place::Value, "the curve does not begin at the wide end")
            .label("expected `[0, 1.0]` first");
    }
    for (index, pair) in curve.windows(2).enumerate() {
        let [Exactly(a), Exactly(b)] = pair else { continue };
        let rises = b[0] > a[0] && b[1] > a[1] && b[0].is_finite() && b[1].is_finite();
        if !rises {
            let path = path.index(index + 1);
            findings.note(&path, &Place::Value, "the curve does not rise").label("expected more than the pair before");
            return;
        }
    }
    if let Some(Exactly([last, _])) = curve.last()
        && *last != tele
    {
        findings
            .note(&path.index(curve.len() - 1), &Place::Value, "the curve does not end at the tele end")
            .label(format!("expected {tele} units"));
    }
}

fn check_sources(written: &CameraFile, findings: &mut Findings<'_>) {
    let axis = |axis: &Axis| {
        [
            ("speeds", axis.speeds.source.clone()),
            ("scale", axis.scale.source.clone()),
            ("range", axis.range.source.clone()),
            ("acceleration", axis.acceleration.source.clone()),
            ("inertia", axis.inertia.source.clone()),
            ("friction", axis.friction.source.clone()),
            ("torque", axis.torque.source.clone()),
        ]
    };
    let zoom = [
        ("tele", written.zoom.tele.source.clone()),
        ("speeds", written.zoom.speeds.source.clone()),
        ("curve", written.zoom.curve.source.clone()),
        ("hfov_wide", written.zoom.hfov_wide.source.clone()),
        ("acceleration", written.zoom.acceleration.source.clone()),
    ];
    let timing = [
        ("ack", written.timing.ack.source.clone()),
        ("inquiry", written.timing.inquiry.source.clone()),
        ("gap", written.timing.gap.source.clone()),
        ("reply_timeout", written.timing.reply_timeout.source.clone()),
    ];
    let video = [
        ("rate", written.video.rate.source.clone()),
        ("size", written.video.size.source.clone()),
        ("latency", written.video.latency.source.clone()),
        ("drop", written.video.drop.source.clone()),
    ];
    let link = [("latency", written.link.latency.source.clone()), ("drop", written.link.drop.source.clone())];
    let tables: [(&str, Vec<(&str, String)>); 6] = [
        ("pan", axis(&written.pan).to_vec()),
        ("tilt", axis(&written.tilt).to_vec()),
        ("zoom", zoom.to_vec()),
        ("timing", timing.to_vec()),
        ("video", video.to_vec()),
        ("link", link.to_vec()),
    ];
    for (table, sources) in tables {
        for (key, source) in sources {
            super::resolve::not_blank(&source, &root(table).key(key).key("source"), findings);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_camera_of_the_folder_is_built_in_and_sound() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("cameras");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".toml")?.to_owned()))
            .collect();
        names.sort();
        assert_eq!(names, cameras().iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>());
        for (name, text) in cameras() {
            let model = load_camera(name, name, text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
            assert_eq!(model.name, *name);
        }
    }

    #[test]
    fn the_motors_can_do_what_the_tables_say() {
        for (name, text) in cameras() {
            let model = load_camera(name, name, text).unwrap();
            for (mechanics, axis) in [(model.pan, &model.protocol.pan), (model.tilt, &model.protocol.tilt)] {
                // Torque to accelerate at top speed: I·α with α in rad/s², and the friction at that speed.
                let radians = mechanics.acceleration_dps2 * core::f64::consts::PI / 180.0;
                let top_dps = axis.speed_dps.last().copied().unwrap();
                let needed = mechanics.inertia_kg_m2 * radians + mechanics.friction_nm_per_dps * top_dps;
                assert!(needed < mechanics.torque_max_nm, "{name}: needs {needed} N m");
            }
        }
    }

    #[test]
    fn a_broken_camera_is_shown_in_its_own_file() {
        let text = cameras()[0].1.replacen("[zoom]", "[zoom]\nsped = 1", 1).replacen("schema = 1", "schema = 2", 1);
        let diagnostics = load_camera("x", "my/x.toml", &text).unwrap_err();
        let first = diagnostics.iter().next().unwrap();
        assert_eq!((first.file.as_str(), first.key.as_str()), ("my/x.toml", "zoom.sped"));
    }
}
