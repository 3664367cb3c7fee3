//! What a camera file has to be to mean a camera, each complaint at its key.

use super::file::{Axis, CameraFile, Zoom};
use crate::scenario::locate::{Findings, KeyPath, Place, root};
use crate::scenario::resolve;
use crate::scenario::units::Exactly;

/// Speed codes go to 0x18, variable zoom speeds from 0 to 7.
const SPEED_CODES_MAX: usize = 24;
const ZOOM_SPEEDS_MAX: usize = 8;

pub(super) fn check(written: &CameraFile, findings: &mut Findings<'_>) {
    resolve::schema(written.schema, findings);
    resolve::not_blank(&written.title, &root("title"), findings);
    let positions = written.protocol.quirks().positions;
    check_axis(&written.pan, "pan", positions.pan_units_max(), findings);
    check_axis(&written.tilt, "tilt", i32::from(i16::MAX), findings);
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
    resolve::picture_size(written.video.size.value, &root("video").key("size").key("value"), findings);
    resolve::frame_rate(written.video.rate.value, &root("video").key("rate").key("value"), findings);
    written.protocol.check(findings);
    check_sources(written, findings);
}

fn check_axis(axis: &Axis, name: &str, units_max: i32, findings: &mut Findings<'_>) {
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
        if libm::fabs(libm::round(end * scale)) > f64::from(units_max) {
            let bits = (units_max + 1).ilog2() + 1;
            findings
                .note(&range_path, &Place::Value, format!("{end} deg times {scale} units/deg leaves {bits} bits"))
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
    let tables: [(&str, Vec<(&str, String)>); 7] = [
        ("pan", axis(&written.pan).to_vec()),
        ("tilt", axis(&written.tilt).to_vec()),
        ("zoom", zoom.to_vec()),
        ("timing", timing.to_vec()),
        ("video", video.to_vec()),
        ("link", link.to_vec()),
        ("protocol", written.protocol.sources()),
    ];
    for (table, sources) in tables {
        for (key, source) in sources {
            resolve::not_blank(&source, &root(table).key(key).key("source"), findings);
        }
    }
}
