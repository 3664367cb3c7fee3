//! From the document as written to what it means, with every domain rule checked on the way.
//!
//! Nothing here stops at the first fault: a value that is refused is noted and replaced by a harmless one, so that the
//! checks behind it still run; the scenario is only built when nothing was noted.

mod drawn;
mod expect;
mod footage;
mod world;

use core::time::Duration;

use tiltyard_sim::config::{self, CameraModel, Pose, WorldConfig};

use super::camera::{cameras, load_overridden};
use super::diagnostic::nearest;
use super::document::{Delay, Distribution, Document};
use super::expect::Expectation;
use super::load::{Attachment, Files};
use super::locate::{Findings, KeyPath, Place, root};
use super::set::Set;
use super::units::{Exactly, Frequency, Span};

/// What a document means.
pub(super) struct Resolved {
    pub subject: Option<usize>,
    pub world: WorldConfig,
    pub expectations: Vec<Expectation>,
    pub camera_text: String,
    pub attachments: Vec<Attachment>,
}

/// Checks a document and says what it means; `None` when it has no camera. What is wrong is in the findings.
/// `of_camera` are overrides of its camera's file.
pub(super) fn resolve(
    document: &Document,
    files: &dyn Files,
    of_camera: &[Set],
    findings: &mut Findings<'_>,
) -> Option<Resolved> {
    schema(document.schema, findings);
    not_blank(&document.title, &root("title"), findings);
    length(document.length, findings);
    tags(&document.tags, findings);
    let mut attachments = Vec::new();
    let mut targets = world::targets(document, files, &mut attachments, findings);
    let (footage, known) = footage::footage(document, files, &mut attachments, findings);
    for target in known {
        if targets.iter().any(|other| other.name == target.name) {
            let message = format!("the truth knows a `{}`, and a `[[target]]` is called so, too", target.name);
            findings.note(&root("world").key("video").key("truth"), &Place::Value, message).label("the name is taken");
        }
        targets.push(target);
    }
    let occluders = world::occluders(document, findings);
    let drawn = drawn::drawn(document, findings);
    let faults = world::faults(document, findings);
    let subject = subject(document, &targets, findings);
    let expectations = expect::expectations(&document.expect, findings);
    if targets.is_empty() && document.world.video.as_ref().is_some_and(|video| video.truth.is_none()) {
        footage::only_what_is_known(document, &expectations, findings);
    }
    let video = root("video");
    if let Some(size) = document.video.size {
        picture_size(size, &video.key("size"), findings);
    }
    if let Some(rate) = document.video.rate {
        frame_rate(rate, &video.key("rate"), findings);
    }
    if let Err((key, message)) = document.stack.check() {
        let path = KeyPath::dotted(key);
        findings.note(&path, &Place::Value, message);
    }
    if let Some(key) = document.stack.detector.wants_pixels()
        && document.world.drawn.is_none()
        && document.world.video.is_none()
    {
        findings
            .note(&KeyPath::dotted(key), &Place::Key, "this detector wants pixels, and nothing draws them")
            .label("needs `[world.drawn]` or `[world.video]`");
    }
    let physics_hz = physics_rate(document.physics.rate, findings);
    let (camera, camera_text) = camera(&document.camera, files, of_camera, findings)?;
    let start = start(document, &camera, findings);
    let size = document.video.size;
    let world = WorldConfig {
        seed: document.seed,
        video: config::Video {
            rate_hz: document.video.rate.map_or(camera.video.rate_hz, |rate| rate.0),
            width_px: size.map_or(camera.video.width_px, |size| size.0[0]),
            height_px: size.map_or(camera.video.height_px, |size| size.0[1]),
            latency: document.video.latency.map_or(camera.video.latency, delay),
            drop_probability: document.video.drop.map_or(camera.video.drop_probability, |drop| drop.0),
        },
        link: config::Link {
            latency: document.link.latency.map_or(camera.link.latency, delay),
            drop_probability: document.link.drop.map_or(camera.link.drop_probability, |drop| drop.0),
        },
        start,
        physics_hz,
        targets,
        occluders,
        faults,
        drawn,
        footage,
        camera,
    };
    Some(Resolved { subject, world, expectations, camera_text, attachments })
}

/// The only version of the format.
const SCHEMA: u32 = 1;

pub(super) fn schema(version: u32, findings: &mut Findings<'_>) {
    if version != SCHEMA {
        let message = format!("schema {version} is not known to this tiltyard");
        findings.note(&root("schema"), &Place::Value, message).label(format!("expected {SCHEMA}"));
    }
}

pub(super) fn not_blank(text: &str, path: &KeyPath, findings: &mut Findings<'_>) {
    if text.trim().is_empty() {
        findings.note(path, &Place::Value, format!("`{path}` is empty")).label("expected some words");
    }
}

/// A week; a longer run is a slip of the finger.
const LENGTH_MAX: Duration = Duration::from_hours(7 * 24);

fn length(length: Span, findings: &mut Findings<'_>) {
    if length.0.is_zero() {
        findings.note(&root("length"), &Place::Value, "a run of no length").label("expected more than 0 s");
    } else if length.0 > LENGTH_MAX {
        findings.note(&root("length"), &Place::Value, "a run longer than a week").label("expected at most 10080 min");
    }
}

fn tags(tags: &[String], findings: &mut Findings<'_>) {
    for (index, tag) in tags.iter().enumerate() {
        let path = root("tags").index(index);
        if tag.is_empty() || tag.contains(char::is_whitespace) {
            findings.note(&path, &Place::Value, "a tag is one word").label("expected a word without blanks");
        } else if tags.iter().take(index).any(|earlier| earlier == tag) {
            findings.note(&path, &Place::Value, format!("tag `{tag}` stands twice")).label("already there");
        }
    }
}

fn subject(document: &Document, targets: &[config::Target], findings: &mut Findings<'_>) -> Option<usize> {
    let Some(name) = &document.subject else { return (!targets.is_empty()).then_some(0) };
    let found = targets.iter().position(|target| target.name == *name);
    if found.is_none() {
        let names = targets.iter().map(|target| target.name.as_str());
        let mut note = findings.note(&root("subject"), &Place::Value, format!("no target is called `{name}`"));
        note.label("unknown target");
        if let Some(near) = nearest(name, names) {
            note.help(format!("did you mean `{near}`?"));
        }
    }
    found
}

pub(super) fn delay(written: Delay) -> config::Delay {
    match written {
        Delay::Constant(span) => config::Delay::Constant(span.0),
        Delay::Drawn(Distribution::Normal { mean, sd }) => config::Delay::Normal { mean: mean.0, sd: sd.0 },
        Delay::Drawn(Distribution::Measured { min, median, p95, max }) => {
            config::Delay::Measured { min: min.0, median: median.0, p95: p95.0, max: max.0 }
        }
        Delay::Drawn(Distribution::Uniform { from, to }) => config::Delay::Uniform { from: from.0, to: to.0 },
    }
}

pub(super) fn picture_size(size: Exactly<u32, 2>, path: &KeyPath, findings: &mut Findings<'_>) {
    for (index, side) in size.0.iter().enumerate() {
        if !(16..=16_384).contains(side) {
            let path = path.index(index);
            findings.note(&path, &Place::Value, format!("no picture has {side} px")).label("expected 16 to 16384");
        }
    }
}

pub(super) fn frame_rate(rate: Frequency, path: &KeyPath, findings: &mut Findings<'_>) {
    if !(0.1..=1000.0).contains(&rate.0) {
        findings.note(path, &Place::Value, "no camera has this frame rate").label("expected 0.1 Hz to 1000 Hz");
    }
}

/// Ticks a second where the scenario does not say.
const PHYSICS_HZ: u32 = 250;

fn physics_rate(rate: Option<Frequency>, findings: &mut Findings<'_>) -> u32 {
    let Some(Frequency(rate_hz)) = rate else { return PHYSICS_HZ };
    if (10.0..=10_000.0).contains(&rate_hz) && rate_hz == libm::trunc(rate_hz) {
        return rate_hz as u32;
    }
    findings
        .note(&root("physics").key("rate"), &Place::Value, "the physics cannot tick at this rate")
        .label("expected a whole number of hertz from 10 to 10000");
    PHYSICS_HZ
}

fn camera(name: &str, files: &dyn Files, sets: &[Set], findings: &mut Findings<'_>) -> Option<(CameraModel, String)> {
    let path = root("camera");
    let is_path = name.contains(['/', '\\'])
        || std::path::Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    let (stem, file, text) = if is_path {
        let text = match files.read(name) {
            Ok(text) => text,
            Err(reason) => {
                let message = format!("cannot read the camera file `{name}`");
                findings.note(&path, &Place::Value, message).label(reason);
                return None;
            }
        };
        let stem = std::path::Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name);
        (stem, files.shown(name), text)
    } else if let Some((name, text)) = cameras().iter().find(|(known, _)| *known == name) {
        (*name, format!("cameras/{name}.toml"), (*text).to_owned())
    } else {
        let mut note = findings.note(&path, &Place::Value, format!("no camera is called `{name}`"));
        note.label("unknown camera");
        let known: Vec<&str> = cameras().iter().map(|(name, _)| *name).collect();
        match nearest(name, known.iter().copied()) {
            Some(near) => note.help(format!("did you mean `{near}`?")),
            None => note.help(format!("expected one of `{}`, or the path of a camera file", known.join("`, `"))),
        };
        return None;
    };
    match load_overridden(stem, &file, &text, sets) {
        Ok(loaded) => Some(loaded),
        Err(diagnostics) => {
            findings.add_all(&diagnostics);
            None
        }
    }
}

fn start(document: &Document, camera: &CameraModel, findings: &mut Findings<'_>) -> Pose {
    let start = &document.start;
    let path = root("start");
    let angles = [("pan", start.pan, &camera.protocol.pan), ("tilt", start.tilt, &camera.protocol.tilt)].map(
        |(key, angle, axis)| {
            let angle_deg = angle.map_or(0.0, |angle| angle.0);
            if !(axis.min_deg..=axis.max_deg).contains(&angle_deg) {
                findings
                    .note(&path.key(key), &Place::Value, format!("the camera cannot {key} to {angle_deg} deg"))
                    .label(format!("expected {} to {} deg", axis.min_deg, axis.max_deg));
            }
            angle_deg
        },
    );
    let zoom_ratio = start.zoom.map_or(1.0, |zoom| zoom.0);
    let zoom_max = camera.lens.curve.last().map_or(1.0, |(_, ratio)| *ratio);
    if zoom_ratio > zoom_max {
        findings
            .note(&path.key("zoom"), &Place::Value, format!("the lens cannot zoom to {zoom_ratio}"))
            .label(format!("expected 1 to {zoom_max}"));
    }
    Pose { pan_deg: angles[0], tilt_deg: angles[1], zoom_ratio }
}
