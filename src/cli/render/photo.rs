//! One picture of a run's world, drawn or cut out of a clip, with its true boxes.

use std::path::Path;

use tiltyard_sim::World;
use tiltyard_sim::config::{Kind, Look};
use tiltyard_sim::footage::Footage;
use tiltyard_sim::projection::{Bearing, PixelBox};
use tiltyard_sim::render::{Figure, Renderer, Rgb, Shot, visible};
use tiltyard_sim::video::Picture;

use crate::cli::Failure;
use crate::run::perception;
use crate::scenario::Scenario;

/// What makes the pictures.
#[derive(Debug)]
pub(super) enum Photographer {
    /// As `[world.drawn]` says.
    Drawn(Renderer),
    /// Out of the clip of `[world.video]`.
    Filmed(Footage),
}

/// A picture and what is true of it.
#[derive(Debug)]
pub(super) struct Photo {
    /// The picture.
    pub rgb: Rgb,
    /// Each target in it: index, box, visible fraction.
    pub boxes: Vec<(usize, PixelBox, f64)>,
}

impl Photographer {
    /// Of a scenario's world, in a run with `seed`.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<Self, Failure> {
        if let Some(footage) = perception::footage(scenario).map_err(|error| Failure::Environment(error.to_string()))? {
            return Ok(Self::Filmed(footage));
        }
        let mut world = scenario.world.clone();
        world.seed = seed;
        Renderer::new(&world).map(Self::Drawn).ok_or_else(|| Failure::Usage("nothing is drawn".to_owned()))
    }

    /// Takes a picture of this size.
    pub fn take(&mut self, world: &World, picture: &Picture, size_px: [u32; 2]) -> Result<Photo, Failure> {
        let [width_px, height_px] = size_px;
        let (rgb, shot) = match self {
            Self::Drawn(renderer) => {
                let shot = renderer.shot(world, picture, width_px, height_px);
                let rgb = renderer.draw(&shot).ok_or_else(|| Failure::Usage("the picture has no pixels".to_owned()))?;
                (rgb, shot)
            }
            Self::Filmed(footage) => {
                let shot = filmed(world, picture, size_px);
                (footage.picture(picture.taken_at, shot.view).map_err(Failure::Environment)?, shot)
            }
        };
        let boxes = visible(&shot).into_iter().map(|seen| (seen.target, seen.shape, seen.fraction)).collect();
        Ok(Photo { rgb, boxes })
    }
}

/// Who is before the camera, where none of them is drawn.
fn filmed(world: &World, picture: &Picture, [width_px, height_px]: [u32; 2]) -> Shot {
    let figure = |state: tiltyard_sim::TargetState, target: Option<usize>| {
        let bearing = Bearing { az_deg: state.az_deg, el_deg: state.el_deg };
        Figure { look: Look::new(Kind::Block, ""), state, ends: [bearing; 2], target }
    };
    let targets = world.targets().iter().enumerate();
    let targets = targets.filter_map(|(index, actor)| Some(figure(actor.at(picture.taken_at)?, Some(index))));
    let fixed = world.occluders().iter().map(|state| figure(*state, None));
    Shot {
        view: picture.view(width_px, height_px),
        motion: picture.motion.unwrap_or_default(),
        taken_at: picture.taken_at,
        id: picture.id,
        figures: targets.chain(fixed).collect(),
    }
}

/// Lines about a box, so many pixels wide, in this colour.
pub(super) fn outline(rgb: &mut Rgb, shape: &PixelBox, pen_px: u32, colour: [u8; 3]) {
    let edge = |centre: f64, size: f64| [-0.5, 0.5].map(|side| libm::round(centre + side * size) as i32);
    let ([left, right], [top, bottom]) = (edge(shape.x_px, shape.w_px), edge(shape.y_px, shape.h_px));
    let pen = pen_px as i32;
    for inset in 0..pen {
        for x in left.max(0)..=right.min(rgb.width_px as i32) {
            dot(rgb, x, top + inset, colour);
            dot(rgb, x, bottom - inset, colour);
        }
        for y in top.max(0)..=bottom.min(rgb.height_px as i32) {
            dot(rgb, left + inset, y, colour);
            dot(rgb, right - inset, y, colour);
        }
    }
}

/// One pixel, if it is in the picture.
pub(super) fn dot(rgb: &mut Rgb, x: i32, y: i32, colour: [u8; 3]) {
    if (0..rgb.width_px as i32).contains(&x) && (0..rgb.height_px as i32).contains(&y) {
        let at = (y as usize * rgb.width_px as usize + x as usize) * 3;
        if let Some(pixel) = rgb.bytes.get_mut(at..at + 3) {
            pixel.copy_from_slice(&colour);
        }
    }
}

/// The picture as a PNG file.
pub fn png(rgb: &Rgb, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, rgb.width_px, rgb.height_px);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&rgb.bytes));
    written.map_err(|error| Failure::Environment(format!("failed to encode {}: {error}", path.display())))?;
    Ok(bytes)
}
