//! Video: when pictures are taken, what becomes of them, when they arrive.
//!
//! Frame n is exposed at round(n · 10⁹ / rate) ns, computed from n and so without drift. Each exposure draws one loss
//! (`video.drop`) and one latency (`video.latency`), lost or not. A later frame may overtake an earlier one. While
//! frozen, every exposure repeats the picture that was current when the freeze began (the first one taken, if there was
//! none): same `picture`, same truth, new sequence number and new time stamps.
//!
//! Initial state: nothing under way; frame 0 is due at time zero.
//! Does not model: exposure time (but in the pixels: [`crate::render`]), rolling shutter, compression, bursts, time
//! stamps that are wrong.

use serde::{Deserialize, Serialize};
use tiltyard_visca::num::{clamp, max};
use tiltyard_visca::{Fold, SimTime, State, Visit};

use crate::config::{self, Pose};
use crate::delay;
use crate::link::visit_free;
use crate::projection::{TruthBox, View, radians};
use crate::rng::Stream;

/// A picture with what is truly in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Number of the picture, counted from 0; equal numbers are equal pictures.
    pub id: u64,
    /// When it was taken; before the frame's exposure while frozen.
    pub taken_at: SimTime,
    /// Where the camera looked when it was taken.
    pub pose: Pose,
    /// Horizontal field of view when it was taken \[deg\].
    pub hfov_deg: f64,
    /// Boxes of the targets that are at least partly in it, in scenario order.
    pub truth: Vec<TruthBox>,
    /// How the camera moved meanwhile; only where pictures are drawn.
    pub motion: Option<Motion>,
}

impl Picture {
    /// The camera that took it, for a picture of this size \[px\].
    pub const fn view(&self, width_px: u32, height_px: u32) -> View {
        let Pose { pan_deg, tilt_deg, .. } = self.pose;
        View { pan_deg, tilt_deg, hfov_deg: self.hfov_deg, width_px, height_px }
    }
}

/// How a camera moves at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Motion {
    /// Pan \[deg/s\].
    pub pan_dps: f64,
    /// Tilt \[deg/s\].
    pub tilt_dps: f64,
    /// Growth of the horizontal field of view \[deg/s\].
    pub hfov_dps: f64,
}

impl Motion {
    /// The view `dt_s` later, or earlier \[s\].
    pub fn after(&self, view: View, dt_s: f64) -> View {
        View {
            pan_deg: view.pan_deg + self.pan_dps * dt_s,
            tilt_deg: view.tilt_deg + self.tilt_dps * dt_s,
            hfov_deg: clamp(view.hfov_deg + self.hfov_dps * dt_s, HFOV_MIN_DEG, HFOV_MAX_DEG),
            ..view
        }
    }

    /// Growth of ln(focal length): f ∝ 1 / tan(HFOV/2), so d ln f = −d HFOV / sin HFOV \[1/s\].
    pub fn zooming_per_s(&self, view: View) -> f64 {
        -radians(self.hfov_dps) / libm::sin(radians(clamp(view.hfov_deg, HFOV_MIN_DEG, HFOV_MAX_DEG)))
    }
}

/// No lens is longer \[deg\] …
const HFOV_MIN_DEG: f64 = 1e-3;
/// … or shorter than this.
const HFOV_MAX_DEG: f64 = 179.0;

/// A frame as the stack gets it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    /// Sequence number, counted from 0 over all exposures: gaps are losses.
    pub seq: u64,
    /// Time stamp: when it was exposed.
    pub exposed_at: SimTime,
    /// When it arrived.
    pub arrived_at: SimTime,
    /// Picture width \[px\].
    pub width_px: u32,
    /// Picture height \[px\].
    pub height_px: u32,
    /// Where the camera really looked at `exposed_at`; differs from the picture's own pose while frozen.
    pub pose_at_exposure: Pose,
    /// The content.
    pub picture: Picture,
}

/// What became of the frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Exposed.
    pub exposed: u64,
    /// Lost on the way.
    pub dropped: u64,
    /// Handed to the stack.
    pub arrived: u64,
}

/// The camera's picture stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Video {
    config: config::Video,
    drops: Stream,
    delays: Stream,
    counts: Counts,
    /// Number of the next new picture -- state.
    next_picture: u64,
    /// The picture exposed last, kept for a freeze -- state.
    last: Option<Picture>,
    /// Frames under way; an event of the world's queue names the slot.
    slots: Vec<Option<Arrival>>,
    free: Vec<u32>,
    /// Box lists to be used again.
    #[serde(skip)]
    spare: Vec<Vec<TruthBox>>,
}

impl Video {
    /// The stream of a run with `seed`.
    pub fn new(config: &config::Video, seed: u64) -> Self {
        Self {
            config: config.clone(),
            drops: Stream::new(seed, "video.drop"),
            delays: Stream::new(seed, "video.latency"),
            counts: Counts::default(),
            next_picture: 0,
            last: None,
            slots: Vec::new(),
            free: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// When frame `index` is exposed. Exact while index · 10⁹ < 2⁵³: 83 hours at 30 Hz.
    pub fn exposure_at(&self, index: u64) -> SimTime {
        SimTime::from_nanos(libm::round(index as f64 * 1e9 / self.config.rate_hz) as u64)
    }

    /// Index of the coming exposure.
    pub fn next_index(&self) -> u64 {
        self.counts.exposed
    }

    /// Picture size and timing.
    pub fn config(&self) -> &config::Video {
        &self.config
    }

    /// The coming exposure needs a picture; false while it would repeat the last one.
    pub fn wants_picture(&self, frozen: bool) -> bool {
        !frozen || self.last.is_none()
    }

    /// An empty box list, with the room of an earlier one.
    pub fn blank(&mut self) -> Vec<TruthBox> {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes the picture that the next exposures show.
    pub fn take(&mut self, at: SimTime, pose: Pose, hfov_deg: f64, truth: Vec<TruthBox>, motion: Option<Motion>) {
        let picture = Picture { id: self.next_picture, taken_at: at, pose, hfov_deg, truth, motion };
        self.next_picture += 1;
        if let Some(old) = self.last.replace(picture) {
            self.keep(old.truth);
        }
    }

    /// Exposes a frame with the picture taken last: when it arrives and in which slot it waits, or `None` if it is
    /// lost.
    pub fn expose(&mut self, at: SimTime, pose: Pose, drop_probability: f64) -> Option<(SimTime, u32)> {
        let seq = self.counts.exposed;
        self.counts.exposed += 1;
        let lost = self.drops.chance(max(self.config.drop_probability, drop_probability));
        let arrived_at = at + delay::sample(&self.config.latency, &mut self.delays);
        if lost {
            self.counts.dropped += 1;
            return None;
        }
        let mut truth = self.blank();
        let last = self.last.as_ref()?;
        truth.extend_from_slice(&last.truth);
        let Picture { id, taken_at, pose: taken_in, hfov_deg, motion, .. } = *last;
        let frame = Arrival {
            seq,
            exposed_at: at,
            arrived_at,
            width_px: self.config.width_px,
            height_px: self.config.height_px,
            pose_at_exposure: pose,
            picture: Picture { id, taken_at, pose: taken_in, hfov_deg, truth, motion },
        };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(frame);
        }
        Some((arrived_at, slot))
    }

    /// Hands over what waits in `slot`.
    pub fn deliver(&mut self, slot: u32) -> Option<Arrival> {
        let frame = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        self.counts.arrived += 1;
        Some(frame)
    }

    /// Takes a frame's box list back, so that the next frame need not allocate.
    pub fn recycle(&mut self, frame: Arrival) {
        self.keep(frame.picture.truth);
    }

    /// Begins both streams anew, as those of a run with `seed`.
    pub fn reseed(&mut self, seed: u64) {
        self.drops = Stream::new(seed, "video.drop");
        self.delays = Stream::new(seed, "video.latency");
    }

    /// What became of the frames so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many frames are under way.
    pub fn under_way(&self) -> u64 {
        self.slots.iter().flatten().count() as u64
    }

    /// The two streams, for the walk over random numbers.
    pub fn visit_rng(&self, v: &mut dyn Visit) {
        v.part("drop", &self.drops);
        v.part("latency", &self.delays);
    }

    fn keep(&mut self, mut truth: Vec<TruthBox>) {
        truth.clear();
        self.spare.push(truth);
    }
}

impl State for Video {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("exposed", self.counts.exposed);
        v.u64("dropped", self.counts.dropped);
        v.u64("arrived", self.counts.arrived);
        v.u64("next_picture", self.next_picture);
        v.bool("any", self.last.is_some());
        if let Some(last) = &self.last {
            v.part("last", last);
        }
        for (slot, place) in self.slots.iter().enumerate() {
            if let Some(frame) = place {
                v.u64("slot", slot as u64);
                v.u64("seq", frame.seq);
                v.time("arrives_at", frame.arrived_at);
                v.fold("under_way", &frame.fold());
            }
        }
        visit_free(&self.free, v);
    }
}

impl Arrival {
    /// All of it in a word: its picture was told field by field when it was taken, and nothing touches a frame under
    /// way.
    fn fold(&self) -> Fold {
        let Self { seq, exposed_at, arrived_at, width_px, height_px, pose_at_exposure, picture } = self;
        let mut fold = Fold::default();
        fold.words([*seq, exposed_at.as_nanos()]);
        fold.words([arrived_at.as_nanos(), u64::from(*width_px) << 32 | u64::from(*height_px)]);
        fold.words([picture.id, picture.taken_at.as_nanos()]);
        for pose in [pose_at_exposure, &picture.pose] {
            fold.reals([pose.pan_deg, pose.tilt_deg]);
            fold.reals([pose.zoom_ratio, picture.hfov_deg]);
        }
        if let Some(Motion { pan_dps, tilt_dps, hfov_dps }) = picture.motion {
            fold.reals([pan_dps, tilt_dps]);
            fold.reals([hfov_dps, 0.0]);
        }
        for truth in &picture.truth {
            fold.words([u64::from(truth.target), 0]);
            fold.reals([truth.x_px, truth.y_px]);
            fold.reals([truth.w_px, truth.h_px]);
            fold.reals([truth.visible_fraction, truth.range_m]);
            fold.reals([truth.visible.x_px, truth.visible.y_px]);
            fold.reals([truth.visible.w_px, truth.visible.h_px]);
        }
        fold
    }
}

impl State for Arrival {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("seq", self.seq);
        v.time("exposed_at", self.exposed_at);
        v.time("arrived_at", self.arrived_at);
        v.u64("width_px", u64::from(self.width_px));
        v.u64("height_px", u64::from(self.height_px));
        v.f64("pan_deg", self.pose_at_exposure.pan_deg);
        v.f64("tilt_deg", self.pose_at_exposure.tilt_deg);
        v.f64("zoom_ratio", self.pose_at_exposure.zoom_ratio);
        v.part("picture", &self.picture);
    }
}

impl State for Picture {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("id", self.id);
        v.time("taken_at", self.taken_at);
        v.f64("pan_deg", self.pose.pan_deg);
        v.f64("tilt_deg", self.pose.tilt_deg);
        v.f64("zoom_ratio", self.pose.zoom_ratio);
        v.f64("hfov_deg", self.hfov_deg);
        if let Some(Motion { pan_dps, tilt_dps, hfov_dps }) = self.motion {
            v.f64("pan_dps", pan_dps);
            v.f64("tilt_dps", tilt_dps);
            v.f64("hfov_dps", hfov_dps);
        }
        v.u64("boxes", self.truth.len() as u64);
        for truth in &self.truth {
            v.u64("target", u64::from(truth.target));
            v.f64("x_px", truth.x_px);
            v.f64("y_px", truth.y_px);
            v.f64("w_px", truth.w_px);
            v.f64("h_px", truth.h_px);
            v.f64("visible_fraction", truth.visible_fraction);
            v.f64("visible_x_px", truth.visible.x_px);
            v.f64("visible_y_px", truth.visible.y_px);
            v.f64("visible_w_px", truth.visible.w_px);
            v.f64("visible_h_px", truth.visible.h_px);
            v.f64("range_m", truth.range_m);
        }
    }
}
