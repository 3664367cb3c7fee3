//! How pictures look: `[world.drawn]` and `looks`.

use core::time::Duration;

use tiltyard_sim::config::{Backdrop, Drawn, Kind, Look};
use tiltyard_visca::SimTime;

use crate::scenario::diagnostic::nearest;
use crate::scenario::document::Document;
use crate::scenario::drawn::{BackdropName, DrawnSection, KindName, Looks};
use crate::scenario::locate::{Findings, KeyPath, Place, root};

/// A sixtieth of a second is long, a thousandth short: what a camera indoors takes.
const EXPOSURE: Duration = Duration::from_millis(8);
/// A longer one is a slip of the finger: no video camera has it.
const EXPOSURE_MAX: Duration = Duration::from_secs(1);
/// 2.5 of 255 steps: a clean picture at a low gain.
const GAIN_NOISE: f64 = 0.01;
/// A lens that hunts while it zooms.
const DEFOCUS_PX: f64 = 3.0;

/// Checks what is written, drawn or not.
pub(super) fn drawn(document: &Document, findings: &mut Findings<'_>) -> Option<Drawn> {
    let targets = looks(document, "target", findings);
    let occluders = looks(document, "occluder", findings);
    let section = document.world.drawn.as_ref()?;
    let path = root("world").key("drawn");
    if section.exposure.is_some_and(|exposure| exposure.0 > EXPOSURE_MAX) {
        findings
            .note(&path.key("exposure"), &Place::Value, "no video camera exposes this long")
            .label("expected at most 1 s");
    }
    if let Some(defocus_px) = section.defocus_px
        && !(0.0..=100.0).contains(&defocus_px.0)
    {
        findings.note(&path.key("defocus_px"), &Place::Value, "no lens does this").label("expected 0 to 100");
    }
    Some(Drawn {
        backdrop: match section.backdrop {
            BackdropName::Sky => Backdrop::Sky,
            BackdropName::Stage => Backdrop::Stage,
            BackdropName::Street => Backdrop::Street,
            BackdropName::Thermal => Backdrop::Thermal,
        },
        exposure: section.exposure.map_or(EXPOSURE, |exposure| exposure.0),
        gain_noise: section.gain_noise.map_or(GAIN_NOISE, |noise| noise.0),
        defocus_px: section.defocus_px.map_or(DEFOCUS_PX, |px| px.0),
        light: light(section, &path.key("light"), findings),
        targets,
        occluders,
    })
}

fn light(section: &DrawnSection, path: &KeyPath, findings: &mut Findings<'_>) -> Vec<(SimTime, f64)> {
    for (index, pair) in section.light.windows(2).enumerate() {
        if pair[1].at < pair[0].at {
            findings
                .note(&path.index(index + 1).index(0), &Place::Value, "the steps go back in time")
                .label("earlier than the step before");
        }
    }
    for (index, step) in section.light.iter().enumerate() {
        if !(0.0..=8.0).contains(&step.light.0) {
            findings
                .note(&path.index(index).index(1), &Place::Value, format!("`{}` is no brightness", step.light.0))
                .label("expected 0 (dark) to 8");
        }
    }
    section.light.iter().map(|step| (SimTime::ZERO + step.at.0, step.light.0)).collect()
}

/// Of all targets, or of all occluders.
fn looks(document: &Document, table: &str, findings: &mut Findings<'_>) -> Vec<Look> {
    let of_targets = document.target.iter().map(|target| (&target.name, &target.looks, by_label(&target.label)));
    let of_occluders = document.occluder.iter().map(|occluder| (&occluder.name, &occluder.looks, Kind::Block));
    let all: Vec<(&String, &Looks, Kind)> = match table {
        "target" => of_targets.collect(),
        _ => of_occluders.collect(),
    };
    let names = || {
        let occluders = document.occluder.iter().map(|occluder| occluder.name.as_str());
        document.target.iter().map(|target| target.name.as_str()).chain(occluders)
    };
    let mut looks = Vec::with_capacity(all.len());
    for (index, (name, written, kind)) in all.into_iter().enumerate() {
        if let Some(like) = &written.like
            && !names().any(|name| name == like)
        {
            let path = root(table).index(index).key("looks").key("like");
            let mut note = findings.note(&path, &Place::Value, format!("nobody is called `{like}`"));
            note.label("unknown target or occluder");
            if let Some(near) = nearest(like, names()) {
                note.help(format!("did you mean `{near}`?"));
            }
        }
        looks.push(Look {
            kind: written.kind.map_or(kind, shape),
            dress: written.like.as_ref().unwrap_or(name).clone(),
        });
    }
    looks
}

fn shape(kind: KindName) -> Kind {
    match kind {
        KindName::Person => Kind::Person,
        KindName::Drone => Kind::Drone,
        KindName::Ball => Kind::Ball,
        KindName::Car => Kind::Car,
        KindName::Block => Kind::Block,
    }
}

/// What a label means; the names of COCO, as far as there is a shape for them.
fn by_label(label: &str) -> Kind {
    match label {
        "drone" | "uav" | "airplane" | "bird" => Kind::Drone,
        "ball" | "sports ball" => Kind::Ball,
        "car" | "truck" | "bus" | "vehicle" => Kind::Car,
        _ => Kind::Person,
    }
}
