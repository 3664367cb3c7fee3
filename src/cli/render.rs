//! `tiltyard render`: what the camera of a run sees at some moments, as PNG files.
//!
//! For people who want to look, and for training: with `--boxes` the truth's boxes are drawn in, with `--labels` they
//! stand beside each picture in a text file.

use core::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use tiltyard_sim::projection::PixelBox;
use tiltyard_sim::render::{Renderer, Rgb, Shot, visible};
use tiltyard_visca::SimTime;

use super::snapshots::{moment, short};
use super::{Exit, Failure, files, out};
use crate::run::{Execution, perception};
use crate::scenario::{Scenario, Set};

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
    let mut world = scenario.world.clone();
    world.seed = seed;
    let renderer = Renderer::new(&world).ok_or_else(|| Failure::Usage("nothing is drawn".to_owned()))?;
    let broken = |error: &dyn core::fmt::Display| Failure::Usage(format!("failed to {error}: {}", scenario.file));
    let mut execution = Execution::new(&scenario, seed).map_err(|error| broken(&error))?;
    for at in moments {
        execution.run_until(at).map_err(|error| broken(&error))?;
        let picture = execution.world().glance(at);
        let shot = renderer.shot(execution.world(), &picture, world.video.width_px, world.video.height_px);
        let mut rgb = renderer.draw(&shot).ok_or_else(|| Failure::Usage("the picture has no pixels".to_owned()))?;
        let name = format!("{}-seed{seed}-at{}", scenario.name.replace('/', "-"), short(at));
        let boxes = boxes(&scenario, &shot);
        if arguments.boxes {
            for (_, shape, _) in &boxes {
                outline(&mut rgb, shape);
            }
        }
        if arguments.labels {
            out::write_file(&arguments.out.join(format!("{name}.txt")), labels(&boxes))?;
        }
        let path = arguments.out.join(format!("{name}.png"));
        out::write_file(&path, png(&rgb, &path)?)?;
        out::print(&format!("{}\n", path.display()))?;
    }
    Ok(Exit::Success)
}

/// The scenario; one that is not drawn is drawn as `[world.drawn]` is without keys.
fn load(arguments: &Arguments) -> Result<Scenario, Failure> {
    let mut sets = files::parse_sets(&arguments.sets)?;
    let scenario = files::load_one(&arguments.scenario, &sets)?;
    if scenario.world.drawn.is_some() {
        return Ok(scenario);
    }
    sets.push(Set::parse("world.drawn.backdrop=\"street\"").map_err(|wrong| Failure::Files(vec![wrong]))?);
    files::load_one(&arguments.scenario, &sets)
}

/// Each target in the picture: label, box, visible fraction.
fn boxes<'a>(scenario: &'a Scenario, shot: &Shot) -> Vec<(&'a str, PixelBox, f64)> {
    visible(shot)
        .into_iter()
        .filter_map(|seen| Some((scenario.world.targets.get(seen.target)?.label.as_str(), seen.shape, seen.fraction)))
        .collect()
}

fn labels(boxes: &[(&str, PixelBox, f64)]) -> String {
    boxes.iter().fold(String::new(), |mut lines, (label, shape, fraction)| {
        let (left, top) = (shape.x_px - shape.w_px / 2.0, shape.y_px - shape.h_px / 2.0);
        // Writing to a string does not fail.
        let _ = writeln!(lines, "{label} {left:.2} {top:.2} {:.2} {:.2} {fraction:.3}", shape.w_px, shape.h_px);
        lines
    })
}

/// Green lines about a box.
fn outline(rgb: &mut Rgb, shape: &PixelBox) {
    let (width, height) = (rgb.width_px as i32, rgb.height_px as i32);
    let [left, right] = [-0.5, 0.5].map(|side| libm::round(shape.x_px + side * shape.w_px) as i32);
    let [top, bottom] = [-0.5, 0.5].map(|side| libm::round(shape.y_px + side * shape.h_px) as i32);
    let mut dot = |x: i32, y: i32| {
        if (0..width).contains(&x) && (0..height).contains(&y) {
            let at = (y as usize * width as usize + x as usize) * 3;
            if let Some(pixel) = rgb.bytes.get_mut(at..at + 3) {
                pixel.copy_from_slice(&[60, 230, 90]);
            }
        }
    };
    for x in left.max(0)..=right.min(width) {
        dot(x, top);
        dot(x, bottom);
    }
    for y in top.max(0)..=bottom.min(height) {
        dot(left, y);
        dot(right, y);
    }
}

/// The picture as a PNG file.
fn png(rgb: &Rgb, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, rgb.width_px, rgb.height_px);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&rgb.bytes));
    written.map_err(|error| Failure::Environment(format!("failed to encode {}: {error}", path.display())))?;
    Ok(bytes)
}
