//! Targets and faults.

use core::time::Duration;

use tiltyard_sim::config::{self, Body, FaultKind, RecordedPoint, Waypoint};
use tiltyard_visca::SimTime;

use crate::scenario::document::{
    DetectorFault, Document, Fault, InferenceFault, LinkFault, Path, PathPoint, RangePoint, Target, VideoFault,
};
use crate::scenario::load::{Attachment, Files};
use crate::scenario::locate::{Findings, KeyPath, Place, root};
use crate::scenario::recording;
use crate::scenario::units::{Angle, Exactly, Span};

fn moment(span: Span) -> SimTime {
    SimTime::ZERO + span.0
}

pub(super) fn targets(
    document: &Document,
    files: &dyn Files,
    attachments: &mut Vec<Attachment>,
    findings: &mut Findings<'_>,
) -> Vec<config::Target> {
    let mut resolved = Vec::new();
    for (index, target) in document.target.iter().enumerate() {
        let path = root("target").index(index);
        super::not_blank(&target.name, &path.key("name"), findings);
        super::not_blank(&target.label, &path.key("label"), findings);
        if document.target.iter().take(index).any(|earlier| earlier.name == target.name) {
            findings
                .note(&path.key("name"), &Place::Value, format!("two targets are called `{}`", target.name))
                .label("the name is taken");
        }
        if let (from, Some(until)) = (target.from.map_or(Duration::ZERO, |from| from.0), target.until)
            && until.0 <= from
        {
            let label = "expected a later moment than `from`";
            findings.note(&path.key("until"), &Place::Value, "the target never exists").label(label);
        }
        resolved.push(config::Target {
            name: target.name.clone(),
            label: target.label.clone(),
            path: walked(&target.path, &path.key("path"), files, attachments, findings),
            from: target.from.map_or(SimTime::ZERO, moment),
            until: target.until.map(moment),
            body: body(target, &path, findings),
        });
    }
    resolved
}

pub(super) fn occluders(document: &Document, findings: &mut Findings<'_>) -> Vec<config::Occluder> {
    let mut resolved = Vec::new();
    for (index, occluder) in document.occluder.iter().enumerate() {
        let path = root("occluder").index(index);
        super::not_blank(&occluder.name, &path.key("name"), findings);
        let earlier = document.occluder.iter().take(index).map(|earlier| &earlier.name);
        if document.target.iter().map(|target| &target.name).chain(earlier).any(|name| *name == occluder.name) {
            let message = format!("something else is called `{}`", occluder.name);
            findings.note(&path.key("name"), &Place::Value, message).label("the name is taken");
        }
        resolved.push(config::Occluder {
            name: occluder.name.clone(),
            bearing_deg: degrees(&occluder.bearing),
            width_m: occluder.size.width.0,
            height_m: occluder.size.height.0,
            range_m: occluder.range.0,
        });
    }
    resolved
}

fn body(target: &Target, path: &KeyPath, findings: &mut Findings<'_>) -> Option<Body> {
    if matches!(target.path, Path::Csv(_)) {
        let given =
            [("size", target.size.is_some()), ("range", target.range.is_some()), ("ranges", target.ranges.is_some())];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            findings
                .note(
                    &path.key(key),
                    &Place::Key,
                    format!("a recorded path carries its own sizes, so `{key}` says nothing"),
                )
                .label("not with `path.csv`");
        }
        return None;
    }
    let range_m = match (&target.range, &target.ranges) {
        (Some(range), None) => vec![(SimTime::ZERO, range.0)],
        (None, Some(ranges)) => distances(ranges, &path.key("ranges"), findings),
        (Some(_), Some(_)) => {
            findings
                .note(&path.key("ranges"), &Place::Key, "the distance is given twice")
                .label("either `range` or `ranges`");
            Vec::new()
        }
        (None, None) => {
            findings
                .note(path, &Place::Value, format!("target `{}` has no distance", target.name))
                .label("needs `range` or `ranges`");
            Vec::new()
        }
    };
    let Some(size) = &target.size else {
        findings
            .note(path, &Place::Value, format!("target `{}` has no size", target.name))
            .label("needs `size`")
            .help("such as `size = { width = \"0.5 m\", height = \"1.7 m\" }`");
        return None;
    };
    Some(Body { width_m: size.width.0, height_m: size.height.0, range_m })
}

fn distances(ranges: &[RangePoint], path: &KeyPath, findings: &mut Findings<'_>) -> Vec<(SimTime, f64)> {
    some_in_order(ranges.iter().map(|point| point.at), path, findings);
    ranges.iter().map(|point| (moment(point.at), point.range.0)).collect()
}

fn some_in_order(times: impl Iterator<Item = Span>, path: &KeyPath, findings: &mut Findings<'_>) {
    let mut before = None;
    for (index, at) in times.enumerate() {
        if before.is_some_and(|before| at < before) {
            findings
                .note(&path.index(index).index(0), &Place::Value, "the points go back in time")
                .label("earlier than the point before");
        }
        before = Some(at);
    }
    if before.is_none() {
        findings.note(path, &Place::Value, "there is no point").label("expected at least one");
    }
}

fn some_time(period: Span, path: &KeyPath, findings: &mut Findings<'_>) {
    if period.0.is_zero() {
        findings.note(path, &Place::Value, "a cycle of no length").label("expected more than 0 s");
    }
}

fn walked(
    written: &Path,
    path: &KeyPath,
    files: &dyn Files,
    attachments: &mut Vec<Attachment>,
    findings: &mut Findings<'_>,
) -> config::Path {
    match written {
        Path::Points(points) => {
            some_in_order(points.iter().map(|point| point.at), &path.key("points"), findings);
            config::Path::Points(points.iter().map(waypoint).collect())
        }
        Path::Sine { centre, amplitude, period, phase } => {
            let path = path.key("sine");
            not_negative(amplitude, &path.key("amplitude"), findings);
            some_time(*period, &path.key("period"), findings);
            config::Path::Sine {
                centre_deg: degrees(centre),
                amplitude_deg: degrees(amplitude),
                period: period.0,
                phase_deg: phase.0,
            }
        }
        Path::Bang { from, reach, period } => {
            some_time(*period, &path.key("bang").key("period"), findings);
            config::Path::Bang { from_deg: degrees(from), reach_deg: degrees(reach), period: period.0 }
        }
        Path::Walk { centre, extent, speed, acceleration, pause } => {
            let path = path.key("walk");
            not_negative(extent, &path.key("extent"), findings);
            if speed.0 <= 0.0 {
                findings
                    .note(&path.key("speed"), &Place::Value, "nobody walks at this speed")
                    .label("expected more than 0 deg/s");
            }
            config::Path::Walk {
                centre_deg: degrees(centre),
                extent_deg: degrees(extent),
                speed_dps: speed.0,
                acceleration_dps2: acceleration.0,
                pause: pause.0,
            }
        }
        Path::Csv(file) => config::Path::Recorded(recorded(file, &path.key("csv"), files, attachments, findings)),
    }
}

fn recorded(
    file: &str,
    path: &KeyPath,
    files: &dyn Files,
    attachments: &mut Vec<Attachment>,
    findings: &mut Findings<'_>,
) -> Vec<RecordedPoint> {
    let text = match files.read(file) {
        Ok(text) => text,
        Err(reason) => {
            findings.note(path, &Place::Value, format!("cannot read the recording `{file}`")).label(reason);
            return Vec::new();
        }
    };
    let points = recording::read(&files.shown(file), &text).unwrap_or_else(|diagnostics| {
        findings.add_all(&diagnostics);
        Vec::new()
    });
    if attachments.iter().all(|attached| attached.path != file) {
        attachments.push(Attachment { path: file.to_owned(), text });
    }
    points
}

fn waypoint(point: &PathPoint) -> Waypoint {
    Waypoint { at: moment(point.at), az_deg: point.az.0, el_deg: point.el.0 }
}

fn degrees(angles: &Exactly<Angle, 2>) -> [f64; 2] {
    angles.0.map(|angle| angle.0)
}

fn not_negative(angles: &Exactly<Angle, 2>, path: &KeyPath, findings: &mut Findings<'_>) {
    for (index, angle) in angles.0.iter().enumerate() {
        if angle.0 < 0.0 {
            findings.note(&path.index(index), &Place::Value, "this angle is negative").label("expected 0 deg or more");
        }
    }
}

pub(super) fn faults(document: &Document, findings: &mut Findings<'_>) -> Vec<config::Fault> {
    let mut resolved = Vec::new();
    for (index, fault) in document.fault.iter().enumerate() {
        let path = root("fault").index(index);
        if fault.at >= document.length {
            findings
                .note(&path.key("at"), &Place::Value, "the fault begins after the run has ended")
                .label("expected less than `length`");
        }
        if fault.r#for.0.is_zero() {
            findings.note(&path.key("for"), &Place::Value, "a fault of no length").label("expected more than 0 s");
        }
        if let Some(kind) = kind(fault, &path, findings) {
            resolved.push(config::Fault { at: moment(fault.at), duration: fault.r#for.0, kind });
        }
    }
    resolved
}

fn kind(fault: &Fault, path: &KeyPath, findings: &mut Findings<'_>) -> Option<FaultKind> {
    let link = fault.link.map(|link| match link {
        LinkFault::Drop { probability } => FaultKind::LinkDrop { probability: probability.0 },
        LinkFault::Delay { add } => FaultKind::LinkDelay { add: add.0 },
    });
    let video = fault.video.map(|video| match video {
        VideoFault::Drop { probability } => FaultKind::VideoDrop { probability: probability.0 },
        VideoFault::Freeze {} => FaultKind::VideoFreeze,
    });
    let detector = fault
        .detector
        .map(|DetectorFault::Miss { probability }| FaultKind::DetectorMiss { probability: probability.0 });
    let inference = fault.inference.map(|InferenceFault::Delay { add }| FaultKind::InferenceDelay { add: add.0 });
    let given: Vec<(&str, FaultKind)> =
        [("link", link), ("video", video), ("detector", detector), ("inference", inference)]
            .into_iter()
            .filter_map(|(key, kind)| Some((key, kind?)))
            .collect();
    match given.as_slice() {
        [(_, kind)] => Some(*kind),
        [] => {
            findings.note(path, &Place::Value, "this fault does nothing").label("needs what goes wrong").help(
                "one of `link.drop`, `link.delay`, `video.drop`, `video.freeze`, `detector.miss`, `inference.delay`",
            );
            None
        }
        [_, (second, _), ..] => {
            findings
                .note(&path.key(second), &Place::Key, "one fault, two things that go wrong")
                .label("the second one")
                .help("write a second `[[fault]]` with the same `at` and `for`");
            None
        }
    }
}
