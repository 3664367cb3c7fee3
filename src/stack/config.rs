//! What a stack is made of: one value for every choice, and the presets.
//!
//! Plain data. The scenario room fills it from `[stack]`; a preset gives what the file leaves open.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::model::{AxisModel, Model};

use super::detect::{BlobConfig, GeometricConfig, MotionConfig, NetworkConfig};
use super::phase::Patience;
use super::search::SearchConfig;
use super::select::{LockConfig, Rule};
use super::servo::{PidGains, PredictiveGains, ProportionalGains};
use super::shape::{GuardConfig, RampConfig, ShapeConfig};
use super::track::{Boxes, Cascade, CascadeConfig, OcSort, OcSortConfig, Plane, Sort, SortConfig, Tracker};
use super::watchdog::WatchdogConfig;
use super::zoom::{LinearGains, LogFocalGains, ZoomConfig, ZoomLawConfig};

/// Everything a [`Stack`](super::Stack) is built from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackConfig {
    /// What is known of the camera.
    pub camera: CameraFacts,
    /// The geometric detector.
    pub detector: GeometricConfig,
    /// The detector on pixels that sees in its place; `None` where no pixels are wanted.
    pub pixels: Option<PixelDetector>,
    /// Boxes below this confidence are ignored, 0 ..= 1.
    pub confidence_min: f64,
    /// Which tracker.
    pub tracker: TrackerConfig,
    /// Whom to follow.
    pub select: Rule,
    /// A target unseen for this long gives way to its heir; without a memory, to anybody who is seen.
    pub release: Duration,
    /// How a target that is not seen is remembered; `None` has no memory.
    pub lock: Option<LockConfig>,
    /// How it is searched for; `None` does not. Needs a memory.
    pub search: Option<SearchConfig>,
    /// How long to wait for a target that is not seen.
    pub patience: Patience,
    /// Which error the servo gets.
    pub aim: Aim,
    /// Which servo.
    pub servo: ServoConfig,
    /// How its rates become speed codes.
    pub shape: ShapeConfig,
    /// Turn the sign of (pan, tilt): for a camera that hangs upside down, or to see a scenario fail.
    pub invert: [bool; 2],
    /// The zoom loop.
    pub zoom: ZoomConfig,
    /// The watchdog.
    pub watchdog: WatchdogConfig,
    /// Time between two position readings of one kind.
    pub poll: Duration,
}

/// A detector that looks at pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PixelDetector {
    /// Bright spots.
    Blob(BlobConfig),
    /// What moves.
    Motion(MotionConfig),
    /// A neural network.
    Network(NetworkConfig),
}

/// What is known of the camera before it is asked anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraFacts {
    /// Its name.
    pub name: String,
    /// Its protocol.
    pub model: Model,
    /// Its head.
    pub actuator: Actuator,
    /// Its lens.
    pub optics: Optics,
    /// Nominal time between two frames \[s\].
    pub frame_s: f64,
    /// Width over height of the picture.
    pub aspect: f64,
}

/// The head as the stack believes it to be; arrays are (pan, tilt).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Actuator {
    /// Top rates \[deg/s\].
    pub rate_max_dps: [f64; 2],
    /// Accelerations \[deg/s²\].
    pub acceleration_dps2: [f64; 2],
    /// Ranges (low, high) \[deg\].
    pub range_deg: [(f64, f64); 2],
    /// Grain of a position reading \[deg\].
    pub unit_deg: [f64; 2],
    /// The camera's time from a drive to its ACK, when the motion starts.
    pub ack_time: Duration,
    /// The camera's time from an inquiry to its answer.
    pub inquiry_time: Duration,
    /// One-way delay of the link, until it is learned.
    pub link_delay: Duration,
}

/// The lens as the stack believes it to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optics {
    /// Horizontal field of view at the wide end \[deg\].
    pub hfov_wide_deg: f64,
    /// (position units, magnification), both strictly increasing, from (0, 1) on.
    pub curve: Vec<(f64, f64)>,
    /// Acceleration of the zoom motor \[units/s²\].
    pub acceleration_units_per_s2: f64,
}

impl Optics {
    /// ln(magnification) at a zoom position, linear between the points of the curve: published curves are nearly
    /// straight in the logarithm, and a chord of the magnification itself is off by 6 % halfway to a doubling.
    pub fn log_ratio(&self, units: f64) -> f64 {
        let after = self.curve.partition_point(|(position, _)| *position <= units);
        match (after.checked_sub(1).and_then(|before| self.curve.get(before)), self.curve.get(after)) {
            (Some((p0, r0)), Some((p1, r1))) => {
                let (l0, l1) = (libm::log(*r0), libm::log(*r1));
                l0 + (l1 - l0) * (units - p0) / (p1 - p0)
            }
            (Some((_, ratio)), None) | (None, Some((_, ratio))) => libm::log(*ratio),
            (None, None) => 0.0,
        }
    }

    /// Zoom position of a ln(magnification); beyond the ends the last pieces of the curve go on, so that it has a slope
    /// there.
    pub fn units(&self, log_ratio: f64) -> f64 {
        let mut pieces = self.curve.windows(2);
        let mut units = 0.0;
        while let Some([(p0, r0), (p1, r1)]) = pieces.next() {
            let (l0, l1) = (libm::log(*r0), libm::log(*r1));
            units = p0 + (p1 - p0) * (log_ratio - l0) / (l1 - l0);
            if log_ratio < l1 {
                break;
            }
        }
        units
    }

    /// Magnification at a zoom position.
    pub fn ratio(&self, units: f64) -> f64 {
        libm::exp(self.log_ratio(units))
    }

    /// Horizontal field of view at a zoom position \[deg\]: 2·atan(tan(wide/2) / ratio).
    pub fn hfov_deg(&self, units: f64) -> f64 {
        let half = libm::tan(self.hfov_wide_deg.to_radians() * 0.5) / self.ratio(units);
        2.0 * libm::atan(half).to_degrees()
    }
}

/// Which tracker. All but the last work in the picture: their tracks have a bearing and no rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum TrackerConfig {
    /// [`Boxes`].
    Boxes,
    /// [`Sort`].
    Sort(SortConfig),
    /// [`OcSort`].
    OcSort(OcSortConfig),
    /// [`Cascade`] in the picture, whatever its own configuration says.
    Byte(CascadeConfig),
    /// [`Cascade`] in the world, whatever its own configuration says.
    Ptz(CascadeConfig),
}

impl TrackerConfig {
    /// A new one.
    pub fn build(self) -> Box<dyn Tracker> {
        match self {
            Self::Boxes => Box::new(Boxes::default()),
            Self::Sort(config) => Box::new(Sort::new(config)),
            Self::OcSort(config) => Box::new(OcSort::new(config)),
            Self::Byte(config) => Box::new(Cascade::new(CascadeConfig { plane: Plane::Picture, ..config })),
            Self::Ptz(config) => Box::new(Cascade::new(CascadeConfig { plane: Plane::World, ..config })),
        }
    }
}

/// Which error the servo gets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Aim {
    /// As seen in the frame: the box centre of a picture that is as old as the video delay.
    Seen,
    /// Target and own pose, both predicted to when the command takes effect plus `lead`.
    Predicted {
        /// Further ahead than the arrival of the command; half a frame makes up for holding it.
        lead: Duration,
    },
}

/// Which servo.
#[allow(clippy::large_enum_variant, reason = "one a stack, never in a list")]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ServoConfig {
    /// [`Proportional`](super::servo::Proportional).
    Proportional(ProportionalGains),
    /// [`Pid`](super::servo::Pid), gains for (pan, tilt).
    Pid([PidGains; 2]),
    /// [`Predictive`](super::servo::Predictive), gains for (pan, tilt).
    Predictive([PredictiveGains; 2]),
}

/// The guide's gain sets. Error as a fraction of the full wide frame (±0.5 at the edges, as its code computes it),
/// output a fraction of the top rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeedGains {
    /// Fast, aggressive: (3.0, 0.2, 1.2).
    Responsive,
    /// The guide's default: (2.0, 0.15, 0.8).
    Balanced,
    /// Slow, very smooth: (1.2, 0.1, 0.5).
    Smooth,
}

impl SeedGains {
    const fn kp_ki_kd(self) -> (f64, f64, f64) {
        match self {
            Self::Responsive => (3.0, 0.2, 1.2),
            Self::Balanced => (2.0, 0.15, 0.8),
            Self::Smooth => (1.2, 0.1, 0.5),
        }
    }

    /// The same gains in angles for a camera: a frame error of 1 is the wide field of view, an output of 1 the top
    /// rate. They then mean the same at every zoom (seed defect P12).
    pub fn in_angles(self, camera: &CameraFacts) -> [PidGains; 2] {
        let (kp, ki, kd) = self.kp_ki_kd();
        let hfov_deg = camera.optics.hfov_wide_deg;
        let vfov_deg = 2.0 * libm::atan(libm::tan(hfov_deg.to_radians() * 0.5) / camera.aspect).to_degrees();
        let axis = |rate_max_dps: f64, fov_deg: f64| {
            let scale = rate_max_dps / fov_deg;
            PidGains {
                kp: kp * scale,
                ki: ki * scale,
                kd: kd * scale,
                // The guide limits the integral of the error to 1, so its term to ki.
                integral_limit_dps: ki * rate_max_dps,
                dead_band_deg: 0.01 * fov_deg,
                derivative_filter: SEED_DERIVATIVE_FILTER,
                ..PidGains::default()
            }
        };
        let [pan, tilt] = camera.actuator.rate_max_dps;
        [axis(pan, hfov_deg), axis(tilt, vfov_deg)]
    }
}

/// Filter of the seed's derivative. Unfiltered, its loop gain of kd·V/HFOV = 1.3 (100 deg/s, 60°) oscillates by itself;
/// a filter of this length moves its crossover below the frequency at which the usual delay turns the phase round.
const SEED_DERIVATIVE_FILTER: Duration = Duration::from_millis(400);

/// The presets by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// The guide's "OLD CODE": proportional with a threshold, boxes, no patience.
    SeedBefore,
    /// The guide's intent with its defects mended.
    Seed,
    /// The best there is.
    Default,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 3] = [Self::SeedBefore, Self::Seed, Self::Default];

    /// Its name in scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SeedBefore => "seed-before",
            Self::Seed => "seed",
            Self::Default => "default",
        }
    }

    /// What it stands for, in one line.
    pub const fn about(self) -> &'static str {
        match self {
            Self::SeedBefore => "the guide's old code: proportional with a threshold on the picture error",
            Self::Seed => "the guide's PID and zoom with their defects mended, on the picture error",
            Self::Default => "world-bearing tracker, pose model, predicted error with velocity feed-forward",
        }
    }

    /// The preset of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The whole configuration, for a camera.
    pub fn config(self, camera: CameraFacts) -> StackConfig {
        let law = ZoomLawConfig::LogFocal(LogFocalGains::default());
        let zoom = ZoomConfig { target_coverage: Some(0.4), dead_zone: 0.06, reset_speed: 0.5, law };
        let common = StackConfig {
            detector: GeometricConfig::default(),
            pixels: None,
            confidence_min: 0.35,
            tracker: TrackerConfig::Ptz(CascadeConfig::CONTROL),
            select: Rule::Nearest,
            release: Duration::from_millis(300),
            lock: Some(LockConfig::default()),
            search: Some(SearchConfig::default()),
            patience: Patience { coast: Duration::from_millis(700), grace: Duration::from_secs(2) },
            aim: Aim::Predicted { lead: Duration::from_secs_f64(camera.frame_s * 0.5) },
            servo: ServoConfig::Predictive(predictive_gains(&camera)),
            shape: DEFAULT_SHAPE,
            invert: [false; 2],
            zoom,
            watchdog: WatchdogConfig {
                video: Duration::from_secs(1),
                picture: Duration::from_secs(1),
                decision: Duration::from_secs(1),
            },
            poll: Duration::from_secs(1),
            camera,
        };
        match self {
            Self::Default => common,
            Self::Seed => StackConfig {
                tracker: TrackerConfig::Boxes,
                lock: None,
                search: None,
                aim: Aim::Seen,
                servo: ServoConfig::Pid(SeedGains::Balanced.in_angles(&common.camera)),
                shape: ShapeConfig::PLAIN,
                zoom: SEED_ZOOM,
                ..common
            },
            Self::SeedBefore => StackConfig {
                tracker: TrackerConfig::Boxes,
                lock: None,
                search: None,
                aim: Aim::Seen,
                servo: ServoConfig::Proportional(ProportionalGains::default()),
                shape: ShapeConfig::PLAIN,
                patience: Patience { coast: Duration::ZERO, grace: Duration::from_secs(2) },
                zoom: SEED_ZOOM,
                ..common
            },
        }
    }
}

/// Half a degree is kept from the ends: some heads count their position from a switch there.
const DEFAULT_SHAPE: ShapeConfig =
    ShapeConfig { dither: false, ramp: RampConfig::FREE, margin_deg: Some(0.5), guard: Some(GuardConfig::DEFAULT) };

/// Upstream's zoom settings: `zoom_target_coverage`, `zoom_dead_zone`, `zoom_velocity_gain`, `zoom_reset_velocity`.
const SEED_ZOOM: ZoomConfig = ZoomConfig {
    target_coverage: Some(0.2),
    dead_zone: 0.03,
    reset_speed: 0.5,
    law: ZoomLawConfig::Linear(LinearGains { gain: 0.5 }),
};

/// With the error predicted to where the command takes effect, only the hold of a command and the ramp of the axis are
/// left in the loop, so kp may be a good part of 1/hold; a quarter of it leaves room for delays that are not known.
/// Braking is counted on with a reserve, because the axis also has to follow the target while it brakes.
pub fn default_gains(camera: &CameraFacts) -> [PidGains; 2] {
    let axis = |model: &AxisModel, acceleration_dps2: f64| PidGains {
        kp: 4.5,
        ki: 0.3,
        ff: 1.0,
        ff_fade_dps: model.rate_min_dps(),
        integral_limit_dps: 0.05 * model.rate_max_dps(),
        dead_band_deg: 0.2,
        brake_dps2: 0.6 * acceleration_dps2,
        derivative_filter: Duration::from_millis(100),
        ..PidGains::default()
    };
    let [pan, tilt] = camera.actuator.acceleration_dps2;
    [axis(&camera.model.pan, pan), axis(&camera.model.tilt, tilt)]
}

/// Gains of the predictive servo for a camera, (pan, tilt).
pub fn predictive_gains(camera: &CameraFacts) -> [PredictiveGains; 2] {
    let Actuator { rate_max_dps, acceleration_dps2, .. } = camera.actuator;
    [0, 1].map(|axis| PredictiveGains {
        share: 0.3,
        acceleration_dps2: acceleration_dps2[axis],
        rate_max_dps: rate_max_dps[axis],
        rate_min_dps: [&camera.model.pan, &camera.model.tilt][axis].rate_min_dps(),
    })
}
