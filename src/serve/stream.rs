//! From frames that arrive to pictures on the board: a thread that draws and encodes, one at a time, newest first.
//!
//! The camera's thread hands a scene over and never waits: while one is being drawn and one waits, others are dropped.
//! Nothing is drawn while nobody looks.

use core::fmt::Write;
use core::time::Duration;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use serde::Serialize;
use tiltyard_sim::config::WorldConfig;
use tiltyard_sim::projection::{Bearing, PixelBox};
use tiltyard_sim::render::{self, Renderer};
use tiltyard_sim::video::Picture;
use tiltyard_sim::{Arrival, TargetState, World};
use tiltyard_visca::SimTime;

use super::board::{Board, Jpeg};
use super::picture::{Figure, Scene, draw};

/// Quality of the pictures, 1 ..= 100: edges are still clean, and 640 × 360 stays below 30 kB.
const QUALITY: u8 = 85;

/// The thread, and what it is fed with.
#[derive(Debug)]
pub(super) struct Studio {
    scenes: Option<SyncSender<Shot>>,
    thread: Option<JoinHandle<()>>,
    size_px: (u32, u32),
    pace: Pace,
    /// Where the scenario says how its world is drawn; a test card otherwise.
    renderer: Option<Arc<Renderer>>,
}

/// So many a second at most, on the average; the rest is left out.
#[derive(Debug)]
struct Pace {
    period: Duration,
    next_at: SimTime,
}

impl Pace {
    fn new(rate_max_hz: f64) -> Self {
        Self { period: Duration::from_secs_f64(1.0 / rate_max_hz), next_at: SimTime::ZERO }
    }

    /// Whether the one at `at` may go. Exposures lie on whole nanoseconds, a period need not: hence the microsecond.
    fn lets(&mut self, at: SimTime) -> bool {
        if at + Duration::from_micros(1) < self.next_at {
            return false;
        }
        // After a pause nothing is made up for.
        self.next_at = (self.next_at + self.period).max(at);
        true
    }
}

/// A scene and whose frame it is.
#[derive(Debug)]
struct Shot {
    seen: Seen,
    boxes: String,
    seq: u64,
    exposed_at: SimTime,
    arrived_at: SimTime,
}

/// What is in a picture, and how it is drawn.
#[derive(Debug)]
enum Seen {
    /// As a test card.
    Card(Scene),
    /// As `[world.drawn]` says.
    Film(Arc<Renderer>, render::Shot),
}

impl Studio {
    /// Pictures of this world and size go on the board, so many a second at most.
    pub fn open(board: Arc<Board>, world: &WorldConfig, size_px: (u32, u32), fps_max: f64) -> std::io::Result<Self> {
        let (scenes, taken) = sync_channel(1);
        let thread = std::thread::Builder::new().name("pictures".to_owned()).spawn(move || work(&board, &taken))?;
        let renderer = Renderer::new(world).map(Arc::new);
        Ok(Self { scenes: Some(scenes), thread: Some(thread), size_px, pace: Pace::new(fps_max), renderer })
    }

    /// A frame arrived.
    pub fn show(&mut self, world: &World, frame: &Arrival) {
        if !self.pace.lets(frame.exposed_at) {
            return;
        }
        let (width_px, height_px) = self.size_px;
        let seen = match &self.renderer {
            Some(renderer) => {
                let shot = renderer.shot(world, &frame.picture, width_px, height_px);
                Seen::Film(Arc::clone(renderer), shot)
            }
            None => Seen::Card(self.card(world, &frame.picture)),
        };
        let boxes = boxes(world, frame, self.size_px);
        let shot = Shot { seen, boxes, seq: frame.seq, exposed_at: frame.exposed_at, arrived_at: frame.arrived_at };
        if let Some(scenes) = &self.scenes {
            // Full: the thread is behind, and a newer frame will come.
            let _ = scenes.try_send(shot);
        }
    }

    fn card(&self, world: &World, picture: &Picture) -> Scene {
        let (width_px, height_px) = self.size_px;
        let view = picture.view(width_px, height_px);
        let figure = |name: &str, target, state: &TargetState| Figure {
            name: name.to_owned(),
            target,
            bearing: Bearing { az_deg: state.az_deg, el_deg: state.el_deg },
            width_deg: state.width_deg,
            height_deg: state.height_deg,
            range_m: state.range_m,
        };
        let targets = world
            .targets()
            .iter()
            .filter_map(|actor| Some(figure(&actor.config().name, true, &actor.at(picture.taken_at)?)));
        let things = world.occluders().iter().map(|state| figure("", false, state));
        let taken_s = Some(picture.taken_at.as_secs_f64());
        Scene { view, figures: targets.chain(things).collect(), taken_s }
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        self.scenes = None;
        if let Some(thread) = self.thread.take() {
            // A thread that broke down has nothing more to say.
            let _ = thread.join();
        }
    }
}

fn work(board: &Board, shots: &Receiver<Shot>) {
    for shot in shots {
        if let Some(bytes) = jpeg(&shot.seen) {
            let Shot { boxes, seq, exposed_at, arrived_at, .. } = shot;
            board.post_picture(Jpeg { bytes: bytes.into(), boxes, seq, exposed_at, arrived_at });
        }
    }
}

/// A target in a picture, as the header `X-Boxes` tells it. The shape is a contract: docs/virtual-camera.md.
#[derive(Debug, Serialize)]
struct BoxInPicture<'a> {
    target: u32,
    label: &'a str,
    /// Left, top, width, height, not clipped \[px\].
    r#box: [f64; 4],
    /// The smallest box about what can be seen of it \[px\].
    visible: [f64; 4],
    visible_fraction: f64,
}

/// Who is in the picture and where, as the picture shows it: a frozen one keeps its boxes. JSON in ASCII, because it
/// travels in a header.
fn boxes(world: &World, frame: &Arrival, size_px: (u32, u32)) -> String {
    let scale = [
        f64::from(size_px.0) / f64::from(frame.width_px.max(1)),
        f64::from(size_px.1) / f64::from(frame.height_px.max(1)),
    ];
    let corner = |shape: PixelBox| {
        let (left, top) = (shape.x_px - shape.w_px * 0.5, shape.y_px - shape.h_px * 0.5);
        [left * scale[0], top * scale[1], shape.w_px * scale[0], shape.h_px * scale[1]].map(tenth)
    };
    let labels = world.targets();
    let boxes = frame.picture.truth.iter().filter_map(|truth| {
        Some(BoxInPicture {
            target: truth.target,
            label: &labels.get(truth.target as usize)?.config().label,
            r#box: corner(truth.shape()),
            visible: corner(truth.visible),
            visible_fraction: libm::round(truth.visible_fraction * 1e3) * 1e-3,
        })
    });
    // Plain structs: nothing that JSON could refuse.
    let json = serde_json::to_string(&boxes.collect::<Vec<_>>()).unwrap_or_default();
    json.chars().fold(String::with_capacity(json.len()), |mut ascii, c| {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
        ascii
    })
}

fn tenth(px: f64) -> f64 {
    libm::round(px * 10.0) / 10.0
}

/// What is seen as a JPEG file; `None` for a size that JPEG does not have.
fn jpeg(seen: &Seen) -> Option<Vec<u8>> {
    let view = match seen {
        Seen::Card(scene) => scene.view,
        Seen::Film(_, shot) => shot.view,
    };
    let (width, height) = (u16::try_from(view.width_px).ok()?, u16::try_from(view.height_px).ok()?);
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, QUALITY);
    match seen {
        Seen::Card(scene) => encoder.encode(draw(scene)?.data(), width, height, jpeg_encoder::ColorType::Rgba),
        Seen::Film(renderer, shot) => {
            encoder.encode(&renderer.draw(shot)?.bytes, width, height, jpeg_encoder::ColorType::Rgb)
        }
    }
    .ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_kept_on_the_average() {
        let shown = |rate_hz: u64, rate_max_hz: f64| {
            let mut pace = Pace::new(rate_max_hz);
            (0..rate_hz * 10).filter(|n| pace.lets(SimTime::from_nanos(n * 1_000_000_000 / rate_hz))).count()
        };
        assert_eq!(shown(30, 30.0), 300, "the cap itself");
        assert_eq!(shown(25, 30.0), 250);
        assert_eq!(shown(60, 30.0), 300);
        assert_eq!(shown(30, 20.0), 200);
        assert_eq!(shown(30, 29.0), 290);
        let mut pace = Pace::new(30.0);
        assert!(pace.lets(SimTime::ZERO));
        let burst = (0..100).filter(|n| pace.lets(SimTime::from_millis(10_000 + n))).count();
        assert!(burst <= 5, "{burst} in a tenth of a second after a pause");
    }
}
