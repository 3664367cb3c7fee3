//! `tiltyard render`: what the camera of a run sees at some moments, as PNG files.
//!
//! For people who want to look, and for training: with `--boxes` the truth's boxes are drawn in, with `--labels` they
//! stand beside each picture in a text file. With `--strip` they stand side by side in one picture, with the box that
//! the stack followed.

pub(super) mod photo;
pub(super) mod strip;

use core::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use tiltyard_sim::projection::PixelBox;
use tiltyard_visca::SimTime;

use super::snapshots::{moment, short};
use super::{Exit, Failure, files, out};
use crate::run::{Execution, perception};
use crate::scenario::{Scenario, Set};
use photo::{Photographer, outline};

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A scenario file
    pub scenario: PathBuf,
    /// A moment of the run, such as "2.5 s"; may be given more than once
    #[arg(long, value_name = "TIME", required = true, value_parser = moment)]
    pub at: Vec<SimTime>,
    /// Where the pictures go, as NAME-seedN-atT.png
    #[arg(long, value_name = "DIR", default_value = "reports/out")]
    pub out: PathBuf,
    /// Instead of the scenario's own seed
    #[arg(long)]
    pub seed: Option<u64>,
    /// Change a key of the scenario
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Draw the truth's boxes in
    #[arg(long)]
    pub boxes: bool,
    /// Write the truth's boxes beside each picture: label, left, top, width, height in pixels, visible fraction
    #[arg(long)]
    pub labels: bool,
    /// All moments side by side in one picture instead, each as the stack saw it: true boxes thin and green, the one
    /// that it followed thick and orange
    #[arg(long, value_name = "FILE", conflicts_with_all = ["boxes", "labels", "out"])]
    pub strip: Option<PathBuf>,
}

/// Draws them.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let scenario = load(arguments)?;
    perception::ready([&scenario]).map_err(Failure::Environment)?;
    let seed = arguments.seed.unwrap_or(scenario.seed);
    let mut moments = arguments.at.clone();
    moments.sort_unstable();
    moments.dedup();
    if let Some(late) = moments.iter().find(|at| **at > SimTime::ZERO + scenario.length) {
        let length_s = scenario.length.as_secs_f64();
        return Err(Failure::Usage(format!("{} ends after {length_s} s, before {late}", scenario.name)));
    }
    if let Some(file) = &arguments.strip {
        let stills = strip::stills(&scenario, seed, &moments)?;
        out::write_file(file, photo::png(&strip::join(&stills), file)?)?;
        out::print(&format!("{}{}\n", strip::told(&stills), file.display()))?;
        return Ok(Exit::Success);
    }
    let mut photographer = Photographer::new(&scenario, seed)?;
    let size_px = [scenario.world.video.width_px, scenario.world.video.height_px];
    let broken = |error: &dyn core::fmt::Display| Failure::Usage(format!("failed to {error}: {}", scenario.file));
    let mut execution = Execution::new(&scenario, seed).map_err(|error| broken(&error))?;
    for at in moments {
        execution.run_until(at).map_err(|error| broken(&error))?;
        let picture = execution.world().glance(at);
        let mut photo = photographer.take(execution.world(), &picture, size_px)?;
        let name = format!("{}-seed{seed}-at{}", scenario.name.replace('/', "-"), short(at));
        if arguments.boxes {
            for (_, shape, _) in &photo.boxes {
                outline(&mut photo.rgb, shape, 1, [60, 230, 90]);
            }
        }
        if arguments.labels {
            out::write_file(&arguments.out.join(format!("{name}.txt")), labels(&scenario, &photo.boxes))?;
        }
        let path = arguments.out.join(format!("{name}.png"));
        out::write_file(&path, photo::png(&photo.rgb, &path)?)?;
        out::print(&format!("{}\n", path.display()))?;
    }
    Ok(Exit::Success)
}

/// The scenario; one that is not drawn is drawn as `[world.drawn]` is without keys.
fn load(arguments: &Arguments) -> Result<Scenario, Failure> {
    let mut sets = files::parse_sets(&arguments.sets)?;
    let scenario = files::load_one(&arguments.scenario, &sets)?;
    if scenario.world.drawn.is_some() || scenario.world.footage.is_some() {
        return Ok(scenario);
    }
    sets.push(Set::parse("world.drawn.backdrop=\"street\"").map_err(|wrong| Failure::Files(vec![wrong]))?);
    files::load_one(&arguments.scenario, &sets)
}

/// Each target in the picture: label, box, visible fraction.
fn labels(scenario: &Scenario, boxes: &[(usize, PixelBox, f64)]) -> String {
    boxes.iter().fold(String::new(), |mut lines, (target, shape, fraction)| {
        let label = scenario.world.targets.get(*target).map_or("", |target| target.label.as_str());
        let (left, top) = (shape.x_px - shape.w_px / 2.0, shape.y_px - shape.h_px / 2.0);
        // Writing to a string does not fail.
        let _ = writeln!(lines, "{label} {left:.2} {top:.2} {:.2} {:.2} {fraction:.3}", shape.w_px, shape.h_px);
        lines
    })
}
