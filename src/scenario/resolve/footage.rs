//! The recorded picture that is the scene: `[world.video]`, and who is in it.

use core::time::Duration;

use tiltyard_sim::config::{self, End, Target};
use tiltyard_sim::projection::View;

use crate::scenario::document::Document;
use crate::scenario::drawn::{EndName, VideoSection};
use crate::scenario::expect::{Expectation, Verb};
use crate::scenario::load::{Attachment, Files};
use crate::scenario::locate::{Findings, Place, root};
use crate::scenario::metric::Metric;
use crate::scenario::signal::Signal;
use crate::scenario::truth::{self, Clip};

/// The clip, and those whom its truth knows.
pub(super) fn footage(
    document: &Document,
    files: &dyn Files,
    attachments: &mut Vec<Attachment>,
    findings: &mut Findings<'_>,
) -> (Option<config::Footage>, Vec<Target>) {
    let Some(section) = &document.world.video else { return (None, Vec::new()) };
    let path = root("world").key("video");
    if document.world.drawn.is_some() {
        findings
            .note(&path, &Place::Value, "the world is drawn and recorded")
            .label("either `[world.drawn]` or `[world.video]`");
    }
    super::not_blank(&section.file, &path.key("file"), findings);
    if !(1.0..=150.0).contains(&section.fov.0) {
        findings
            .note(&path.key("fov"), &Place::Value, format!("no clip through a plain lens sees {} deg", section.fov.0))
            .label("expected 1 deg to 150 deg");
    }
    if let Some(rate) = section.rate {
        super::frame_rate(rate, &path.key("rate"), findings);
    }
    if let Some(size) = section.size {
        super::picture_size(size, &path.key("size"), findings);
    }
    let targets = section.truth.as_ref().map(|file| known(section, file, files, attachments, findings));
    let footage = config::Footage {
        file: section.file.clone(),
        hfov_deg: section.fov.0,
        rate_hz: section.rate.map(|rate| rate.0),
        size_px: section.size.map(|size| size.0),
        start: section.start.map_or(Duration::ZERO, |start| start.0),
        end: match section.end {
            EndName::Hold => End::Hold,
            EndName::Loop => End::Loop,
        },
    };
    (Some(footage), targets.unwrap_or_default())
}

fn known(
    section: &VideoSection,
    file: &str,
    files: &dyn Files,
    attachments: &mut Vec<Attachment>,
    findings: &mut Findings<'_>,
) -> Vec<Target> {
    let path = root("world").key("video").key("truth");
    if section.end == EndName::Loop {
        findings
            .note(&path, &Place::Value, "a clip that begins again has no truth")
            .label("not with `end = \"loop\"`: the truth is of one pass");
    }
    let Some(size) = section.size else {
        findings
            .note(&path, &Place::Value, "the truth is in pixels of the clip, whose size is not said")
            .label("needs `world.video.size`")
            .help("such as `size = [1280, 720]`");
        return Vec::new();
    };
    let text = match files.read(file) {
        Ok(text) => text,
        Err(reason) => {
            findings.note(&path, &Place::Value, format!("cannot read the truth `{file}`")).label(reason);
            return Vec::new();
        }
    };
    let [width_px, height_px] = size.0;
    let clip = Clip {
        view: View { pan_deg: 0.0, tilt_deg: 0.0, hfov_deg: section.fov.0, width_px, height_px },
        rate_hz: section.rate.map(|rate| rate.0),
        start: section.start.map_or(Duration::ZERO, |start| start.0),
    };
    let targets = truth::read(&files.shown(file), &text, &clip).unwrap_or_else(|diagnostics| {
        findings.add_all(&diagnostics);
        Vec::new()
    });
    if attachments.iter().all(|attached| attached.path != file) {
        attachments.push(Attachment { path: file.to_owned(), text });
    }
    targets
}

/// Refuses expectations about somebody whom nobody knows: a recorded picture without a truth.
pub(super) fn only_what_is_known(document: &Document, expectations: &[Expectation], findings: &mut Findings<'_>) {
    for expectation in expectations {
        let about = match expectation.verb {
            Verb::Metric { metric, .. } if metric.wants_truth() => metric.name(),
            _ => match expectation.signals().into_iter().find(|signal| wants_truth(*signal)) {
                Some(signal) => signal.name(),
                None => continue,
            },
        };
        let Some(index) = document.expect.iter().position(|table| table.name == expectation.name) else { continue };
        let path = root("expect").index(index).key("name");
        findings
            .note(&path, &Place::Value, format!("`{about}` is measured against a truth, and this video has none"))
            .label("needs `world.video.truth`, or a `[[target]]`");
    }
}

/// Signals that are told by the subject.
fn wants_truth(signal: Signal) -> bool {
    matches!(
        signal,
        Signal::ErrorPan
            | Signal::ErrorTilt
            | Signal::ErrorTotal
            | Signal::TargetAz
            | Signal::TargetEl
            | Signal::TargetInFrame
            | Signal::TargetCoverage
            | Signal::TargetVisible
            | Signal::TargetFollowed
            | Signal::TrackError
    )
}

impl Metric {
    /// It is told by the subject.
    fn wants_truth(self) -> bool {
        matches!(
            self,
            Self::RmsError
                | Self::P95Error
                | Self::MaxError
                | Self::TimeOnTarget
                | Self::Settle
                | Self::Overshoot
                | Self::Iae
                | Self::IdSwitches
                | Self::Reacquire
                | Self::Tpe
                | Self::Tpo
                | Self::Bbor
                | Self::Tf
                | Self::LimitRatio
        )
    }
}
