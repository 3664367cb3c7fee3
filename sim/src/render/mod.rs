//! Pictures of the world: what its camera would deliver to a detector that wants pixels.
//!
//! ```text
//!  picture ──► backdrop ──► smear by the camera's turn ──► figures, far to near, each smeared by its own motion
//!              (planes)                                     (sprites in the truth's boxes)
//!                          ──► defocus while zooming ──► light, gain noise ──► RGB
//! ```
//!
//! The projection is the boxes' own ([`crate::projection`]): a figure fills exactly the box that the truth tells of it,
//! and what stands behind it is cast through the same pinhole, so that it moves right under pan, tilt and zoom. A
//! picture is a function of the configuration, the seed and the [`Shot`]: drawing has no state, takes no time in the
//! world and moves no random stream of it. What hides what in the picture is what hides what in the truth.
//!
//! Motion blur is the true motion during the exposure: of the backdrop that of the optical axis, of a figure that of
//! its middle, its own and the camera's together. Both run straight and even for the length of an exposure.
//!
//! Pixels are equal on every architecture that was tried (tests/golden): solid colours in tiny-skia's integer pipeline,
//! IEEE arithmetic without fused operations everywhere else.
//!
//! Does not model: shadows, rolling shutter, radial blur, lens distortion, colour of light, compression, and an outline
//! in the truth: a box is a box, whatever of it a sprite leaves open.

mod backdrop;
mod film;
mod optics;
mod scenery;
mod sprite;
mod texture;

use tiltyard_visca::SimTime;
use tiltyard_visca::num::max;
use tiny_skia::{Pixmap, PixmapPaint, Transform};

use crate::config::{Drawn, Kind, Look, WorldConfig};
use crate::occlusion::{self, Cover};
use crate::projection::{Bearing, PixelBox, Projector, View};
use crate::target::TargetState;
use crate::video::{Motion, Picture};
use crate::world::World;
use film::Film;
use optics::Smear;
use scenery::Scenery;
use texture::Texture;

/// A picture in memory: rows from the top, three bytes a pixel, red first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb {
    /// Width \[px\].
    pub width_px: u32,
    /// Height \[px\].
    pub height_px: u32,
    /// Width · height · 3 bytes.
    pub bytes: Vec<u8>,
}

/// A view, how it moves, and who is before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shot {
    /// Where the camera looks in the middle of the exposure.
    pub view: View,
    /// How it turns and zooms meanwhile.
    pub motion: Motion,
    /// The middle of the exposure.
    pub taken_at: SimTime,
    /// Number of the picture, from which its noise is drawn.
    pub id: u64,
    /// Everybody and everything, in view or not.
    pub figures: Vec<Figure>,
}

/// Somebody or something to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// As what.
    pub look: Look,
    /// Where it is in the middle of the exposure.
    pub state: TargetState,
    /// Where its middle is when the shutter opens and when it closes.
    pub ends: [Bearing; 2],
    /// Index of the target in the scenario; `None` of what stands there, which is drawn as far as it is in the picture.
    pub target: Option<usize>,
}

/// Draws one world.
#[derive(Clone, Debug)]
pub struct Renderer {
    drawn: Drawn,
    scenery: Scenery,
    texture: Texture,
    film: Film,
}

impl Renderer {
    /// For this world; `None` if it is not to be drawn.
    pub fn new(config: &WorldConfig) -> Option<Self> {
        let drawn = config.drawn.clone()?;
        Some(Self {
            scenery: Scenery::new(drawn.backdrop, config.seed),
            texture: Texture::new(),
            film: Film::new(drawn.gain_noise, config.seed),
            drawn,
        })
    }

    /// From here on the noise is that of a run with `seed`; the scenery stays.
    pub fn reseed(&mut self, seed: u64) {
        self.film = Film::new(self.drawn.gain_noise, seed);
    }

    /// How it draws.
    pub fn drawn(&self) -> &Drawn {
        &self.drawn
    }

    /// What `picture` of `world` shows, for [`Renderer::draw`]; in a size of its own.
    pub fn shot(&self, world: &World, picture: &Picture, width_px: u32, height_px: u32) -> Shot {
        let view = picture.view(width_px, height_px);
        let half = self.drawn.exposure / 2;
        let (opens_at, closes_at) =
            (SimTime::ZERO + picture.taken_at.since(SimTime::ZERO + half), picture.taken_at + half);
        let targets =
            world.targets().iter().zip(&self.drawn.targets).enumerate().filter_map(|(target, (actor, look))| {
                let state = actor.at(picture.taken_at)?;
                // Who comes or goes meanwhile stands still.
                let end = |at| bearing(&actor.at(at).unwrap_or(state));
                Some(Figure { look: look.clone(), state, ends: [end(opens_at), end(closes_at)], target: Some(target) })
            });
        let fixed = world.occluders().iter().zip(&self.drawn.occluders).map(|(state, look)| Figure {
            look: look.clone(),
            state: *state,
            ends: [bearing(state); 2],
            target: None,
        });
        Shot {
            view,
            motion: picture.motion.unwrap_or_default(),
            taken_at: picture.taken_at,
            id: picture.id,
            figures: targets.chain(fixed).collect(),
        }
    }

    /// Draws it; `None` when the picture has no pixels.
    pub fn draw(&self, shot: &Shot) -> Option<Rgb> {
        let view = shot.view;
        let mut canvas = Pixmap::new(view.width_px, view.height_px)?;
        let projector = Projector::new(view);
        let ends =
            [-0.5, 0.5].map(|side| Projector::new(shot.motion.after(view, side * self.drawn.exposure.as_secs_f64())));
        backdrop::paint(&mut canvas, view, self.drawn.backdrop, &self.texture);
        self.scenery.paint(&mut canvas, &projector, view);
        let axis = Bearing { az_deg: view.pan_deg, el_deg: view.tilt_deg };
        let turn = travel(&ends, [axis; 2]);
        optics::smear(canvas.data_mut(), (view.width_px, view.height_px), turn);
        let mut order: Vec<&Figure> = shot.figures.iter().collect();
        order.sort_by(|a, b| b.state.range_m.total_cmp(&a.state.range_m));
        for figure in order {
            self.figure(&mut canvas, figure, &projector, &ends, shot);
        }
        let scale = f64::from(view.width_px) / 640.0;
        let defocus_px = self.drawn.defocus_px * scale * libm::fabs(shot.motion.zooming_per_s(view));
        optics::defocus(canvas.data_mut(), (view.width_px, view.height_px), defocus_px);
        let bytes = self.film.expose(canvas.data(), view.width_px, self.light(shot.taken_at), shot.id);
        Some(Rgb { width_px: view.width_px, height_px: view.height_px, bytes })
    }

    /// Brightness at `at`.
    fn light(&self, at: SimTime) -> f64 {
        let before = self.drawn.light.partition_point(|(from, _)| *from <= at);
        before.checked_sub(1).and_then(|last| self.drawn.light.get(last)).map_or(1.0, |(_, light)| *light)
    }

    fn figure(&self, canvas: &mut Pixmap, figure: &Figure, projector: &Projector, ends: &[Projector; 2], shot: &Shot) {
        let Some(shape) = outline(projector, figure).filter(|shape| shape.w_px >= 0.5 && shape.h_px >= 0.5) else {
            return;
        };
        let smear = travel(ends, figure.ends);
        let Some(region) = Region::about(&shape, smear.reach_px(), shot.view) else { return };
        let sprite = sprite::of(figure, shot.taken_at, self.drawn.backdrop, shape.w_px / shape.h_px);
        if smear.is_still() {
            sprite.paint(canvas, &shape, [0.0, 0.0]);
            return;
        }
        let Some(mut layer) = Pixmap::new(region.width, region.height) else { return };
        sprite.paint(&mut layer, &shape, [region.left, region.top].map(f64::from));
        optics::smear(layer.data_mut(), (region.width, region.height), smear);
        let paint = PixmapPaint::default();
        canvas.draw_pixmap(region.left, region.top, layer.as_ref(), &paint, Transform::identity(), None);
    }
}

/// Somebody in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Index of the target in the scenario.
    pub target: usize,
    /// The smallest box about what can be seen of it \[px\].
    pub shape: PixelBox,
    /// Share of its box that can be seen, above 0.
    pub fraction: f64,
}

/// Who can be seen in a shot's picture, in the order of its figures: what is true of its pixels.
pub fn visible(shot: &Shot) -> Vec<Seen> {
    let projector = Projector::new(shot.view);
    let covers: Vec<Cover> = shot
        .figures
        .iter()
        .filter_map(|figure| Some(Cover { shape: outline(&projector, figure)?, range_m: figure.state.range_m }))
        .collect();
    let (width_px, height_px) = (shot.view.width_px, shot.view.height_px);
    let seen = shot.figures.iter().filter_map(|figure| {
        let (target, shape) = (figure.target?, outline(&projector, figure)?);
        let (fraction, shape) = occlusion::seen(&shape, figure.state.range_m, &covers, width_px, height_px);
        (fraction > 0.0).then_some(Seen { target, shape, fraction })
    });
    seen.collect()
}

/// The box that a figure fills.
fn outline(projector: &Projector, figure: &Figure) -> Option<PixelBox> {
    let (at, TargetState { width_deg, height_deg, .. }) = (bearing(&figure.state), figure.state);
    match figure.target {
        Some(_) => projector.pixel_box(at, width_deg, height_deg),
        None => projector.picture_box(at, width_deg, height_deg),
    }
}

/// Where the middle of something is.
fn bearing(state: &TargetState) -> Bearing {
    Bearing { az_deg: state.az_deg, el_deg: state.el_deg }
}

/// How far something runs in the picture between two moments; not at all if it cannot be told.
fn travel(views: &[Projector; 2], [from, to]: [Bearing; 2]) -> Smear {
    match (views[0].pixel(from), views[1].pixel(to)) {
        (Some(from), Some(to)) => Smear::new(to.x_px - from.x_px, to.y_px - from.y_px),
        _ => Smear::new(0.0, 0.0),
    }
}

/// Part of a picture \[px\].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Region {
    left: i32,
    top: i32,
    width: u32,
    height: u32,
}

impl Region {
    /// What of a box and a margin about it is in the picture. The margin of pixels beside the picture stays, because
    /// they are smeared into it.
    fn about(shape: &PixelBox, margin_px: f64, view: View) -> Option<Self> {
        let side = |centre: f64, size: f64, picture: u32| {
            let (low, high) = (centre - size / 2.0 - margin_px - 1.0, centre + size / 2.0 + margin_px + 1.0);
            let (low, high) = (max(low, -margin_px), -max(-high, -f64::from(picture) - margin_px));
            (low < high).then(|| (libm::floor(low) as i32, (libm::ceil(high) - libm::floor(low)) as u32))
        };
        let (left, width) = side(shape.x_px, shape.w_px, view.width_px)?;
        let (top, height) = side(shape.y_px, shape.h_px, view.height_px)?;
        Some(Self { left, top, width, height })
    }
}

impl Look {
    /// Something of this shape in the dress of this name.
    pub fn new(kind: Kind, dress: &str) -> Self {
        Self { kind, dress: dress.to_owned() }
    }
}
