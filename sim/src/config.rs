//! What a simulated world is made of: plain data, checked by the scenario room before it gets here.
//!
//! Every field is a parameter and stays constant over a run.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::SimTime;
use tiltyard_visca::model::Model;

/// Everything a [`World`](crate::World) is built from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorldConfig {
    /// Seed of every random stream of the run.
    pub seed: u64,
    /// The camera under the stack.
    pub camera: CameraModel,
    /// Video timing: the camera's own, with the scenario's overrides applied.
    pub video: Video,
    /// Command link: the camera's own, with the scenario's overrides applied.
    pub link: Link,
    /// Where the camera looks at the start.
    pub start: Pose,
    /// Physics ticks a second \[Hz\].
    pub physics_hz: u32,
    /// Who is in the scene, in the order of the file.
    pub targets: Vec<Target>,
    /// What stands in the scene and hides what is behind it, in the order of the file.
    pub occluders: Vec<Occluder>,
    /// What goes wrong, in the order of the file.
    pub faults: Vec<Fault>,
    /// How pictures of it look; `None` where nobody wants pixels.
    pub drawn: Option<Drawn>,
    /// The recorded picture that stands for the scene; `None` where none does.
    pub footage: Option<Footage>,
}

/// A recorded wide shot that stands for the scene ([`crate::footage`]). Nothing in it changes what happens: who is in
/// it is among the targets, if it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Footage {
    /// Where it is, as the scenario says it.
    pub file: String,
    /// Horizontal field of view of the camera that took it \[deg\].
    pub hfov_deg: f64,
    /// Pictures a second \[Hz\]; what the clip says where absent.
    pub rate_hz: Option<f64>,
    /// Width and height \[px\]; what the clip has where absent.
    pub size_px: Option<[u32; 2]>,
    /// Where in it the run begins.
    pub start: Duration,
    /// What comes after its last picture.
    pub end: End,
}

/// What comes after the last picture of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// The last one stays.
    Hold,
    /// The first one.
    Loop,
}

/// How a world looks in a picture ([`crate::render`]). Nothing in it changes what happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// What is behind everybody.
    pub backdrop: Backdrop,
    /// How long the shutter is open, the frame's time stamp in the middle.
    pub exposure: Duration,
    /// Standard deviation of the sensor's noise, as a share of full scale, 0 ..= 1.
    pub gain_noise: f64,
    /// Radius of the blur while the lens zooms at one e-fold of focal length a second, in a picture 640 px wide \[px\].
    pub defocus_px: f64,
    /// Brightness from each moment on, 1 is full; in order of time. Full light before the first.
    pub light: Vec<(SimTime, f64)>,
    /// Of each target, in the order of the scenario.
    pub targets: Vec<Look>,
    /// Of each occluder, in the order of the scenario.
    pub occluders: Vec<Look>,
}

/// What is behind everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Backdrop {
    /// Clouds over hills and a meadow.
    Sky,
    /// A dark hall: curtains, boards, spotlights.
    Stage,
    /// A road between houses.
    Street,
    /// The same night through a thermal camera: cold ground, cold sky, and whoever is warm is bright.
    Thermal,
}

/// What something is drawn as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Its shape.
    pub kind: Kind,
    /// What its colours are drawn by lot from: equal words, equal dress.
    pub dress: String,
}

/// A shape that can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A walker.
    Person,
    /// A multicopter with four rotors.
    Drone,
    /// A ball with patches.
    Ball,
    /// A car from its side.
    Car,
    /// A box: what an occluder is otherwise.
    Block,
}

/// Camera pose: where the optical axis points and how far the lens is zoomed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Pan \[deg\], + right.
    pub pan_deg: f64,
    /// Tilt \[deg\], + up.
    pub tilt_deg: f64,
    /// Magnification over the wide end, ≥ 1.
    pub zoom_ratio: f64,
}

/// One camera model: protocol, mechanics, lens, video timing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameraModel {
    /// Its name, as in `cameras/<name>.toml`.
    pub name: String,
    /// Speed tables, position scales, reply timing.
    pub protocol: Model,
    /// Pan axis; its range and top rate are the protocol's.
    pub pan: AxisMechanics,
    /// Tilt axis.
    pub tilt: AxisMechanics,
    /// Lens and zoom motor.
    pub lens: Lens,
    /// Video timing of the camera as delivered.
    pub video: Video,
    /// Command link of the camera as delivered.
    pub link: Link,
}

/// One driven axis: a motor with a torque limit turns an inertia against viscous friction between two end stops.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisMechanics {
    /// Acceleration that the firmware asks for at most \[deg/s²\].
    pub acceleration_dps2: f64,
    /// Moment of inertia about the axis \[kg·m²\].
    pub inertia_kg_m2: f64,
    /// Viscous friction \[N·m per deg/s\].
    pub friction_nm_per_dps: f64,
    /// Torque limit of the motor \[N·m\].
    pub torque_max_nm: f64,
}

/// Lens: zoom position → magnification → field of view, and the motor that moves it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lens {
    /// Horizontal field of view at the wide end \[deg\].
    pub hfov_wide_deg: f64,
    /// (position units, magnification) from the wide end (0, 1) to the tele end; both strictly increasing.
    pub curve: Vec<(f64, f64)>,
    /// Acceleration of the zoom motor \[units/s²\].
    pub acceleration_units_per_s2: f64,
}

/// Video timing and size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Video {
    /// Frame rate \[Hz\]; frame n is exposed at n / rate.
    pub rate_hz: f64,
    /// Picture width \[px\].
    pub width_px: u32,
    /// Picture height \[px\].
    pub height_px: u32,
    /// Exposure to arrival at the stack: capture, encoding, network, decoding.
    pub latency: Delay,
    /// Probability that a frame is lost on the way, 0 ..= 1.
    pub drop_probability: f64,
}

/// The command link, alike in both directions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// One-way delay of a datagram; draws that overtake reorder.
    pub latency: Delay,
    /// Probability that a datagram is lost, 0 ..= 1.
    pub drop_probability: f64,
}

/// A delay and its distribution. Draws below zero count as zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Delay {
    /// Always the same.
    Constant(Duration),
    /// Gaussian.
    Normal {
        /// Mean.
        mean: Duration,
        /// Standard deviation.
        sd: Duration,
    },
    /// As it was measured: quantiles, linear between them.
    Measured {
        /// Shortest.
        min: Duration,
        /// Half of them are shorter.
        median: Duration,
        /// 95 of 100 are shorter.
        p95: Duration,
        /// Longest.
        max: Duration,
    },
    /// Uniform between two ends.
    Uniform {
        /// Shortest.
        from: Duration,
        /// Longest.
        to: Duration,
    },
}

/// Somebody or something to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Its name, unique in the scenario.
    pub name: String,
    /// What a detector would call it ("person").
    pub label: String,
    /// Where it is and how large it looks, over time.
    pub path: Path,
    /// It exists from here …
    pub from: SimTime,
    /// … to here; `None` is to the end.
    pub until: Option<SimTime>,
    /// Its size and distance; `None` when the path carries angular sizes ([`Path::Recorded`]).
    pub body: Option<Body>,
}

/// Something fixed that no detector reports: a pillar, a lectern, a wall.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occluder {
    /// Its name, unique in the scenario.
    pub name: String,
    /// Azimuth and elevation of its middle \[deg, deg\].
    pub bearing_deg: [f64; 2],
    /// Width \[m\].
    pub width_m: f64,
    /// Height \[m\].
    pub height_m: f64,
    /// Distance \[m\].
    pub range_m: f64,
}

/// Size and distance of a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Width \[m\].
    pub width_m: f64,
    /// Height \[m\].
    pub height_m: f64,
    /// (time, distance \[m\]), linear between, constant outside; at least one.
    pub range_m: Vec<(SimTime, f64)>,
}

/// Bearing of a target over time. Azimuth + is right, elevation + is up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Path {
    /// Linear between the points, constant outside; two points at one time are a jump. At least one, times not
    /// decreasing.
    Points(Vec<Waypoint>),
    /// A sine about a centre on each axis.
    Sine {
        /// Centre \[deg, deg\].
        centre_deg: [f64; 2],
        /// Amplitude \[deg, deg\].
        amplitude_deg: [f64; 2],
        /// Period.
        period: Duration,
        /// Phase at time zero \[deg\].
        phase_deg: f64,
    },
    /// To and fro under full acceleration, first one way, then the other: as hard to predict as a motion can be.
    Bang {
        /// Where it begins, at rest \[deg, deg\].
        from_deg: [f64; 2],
        /// How far it goes before it turns back \[deg, deg\]; the acceleration is 16 · reach / period².
        reach_deg: [f64; 2],
        /// Length of one cycle.
        period: Duration,
    },
    /// A walk to and fro: seeded legs of constant speed with rounded turns and pauses.
    Walk {
        /// Centre \[deg, deg\].
        centre_deg: [f64; 2],
        /// How far it strays from the centre \[deg, deg\].
        extent_deg: [f64; 2],
        /// Usual speed \[deg/s\].
        speed_dps: f64,
        /// Acceleration limit \[deg/s²\].
        acceleration_dps2: f64,
        /// Mean length of a pause between two legs; zero for none.
        pause: Duration,
    },
    /// A recording: bearing and angular size.
    Recorded(Vec<RecordedPoint>),
}

/// A bearing at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waypoint {
    /// When.
    pub at: SimTime,
    /// Azimuth \[deg\].
    pub az_deg: f64,
    /// Elevation \[deg\].
    pub el_deg: f64,
}

/// One row of a recorded path.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedPoint {
    /// When; rows are strictly increasing in time.
    pub at: SimTime,
    /// Azimuth \[deg\].
    pub az_deg: f64,
    /// Elevation \[deg\].
    pub el_deg: f64,
    /// Angular width \[deg\].
    pub width_deg: f64,
    /// Angular height \[deg\].
    pub height_deg: f64,
}

/// Something that goes wrong for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// From when.
    pub at: SimTime,
    /// For how long.
    pub duration: Duration,
    /// What.
    pub kind: FaultKind,
}

/// What can go wrong. The first four happen in the world; the detector's and the inference's are read by whoever runs
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum FaultKind {
    /// Datagrams of the command link are lost, both ways.
    LinkDrop {
        /// 0 ..= 1, replaces the link's own while larger.
        probability: f64,
    },
    /// Datagrams of the command link take longer.
    LinkDelay {
        /// Added to every draw.
        add: Duration,
    },
    /// Video frames are lost.
    VideoDrop {
        /// 0 ..= 1, replaces the video's own while larger.
        probability: f64,
    },
    /// The camera repeats the picture it had at the start of the fault, with new sequence numbers and time stamps.
    VideoFreeze,
    /// The detector misses a target that is there.
    DetectorMiss {
        /// 0 ..= 1, replaces the detector's own while larger.
        probability: f64,
    },
    /// Inference takes longer.
    InferenceDelay {
        /// Added to every draw.
        add: Duration,
    },
}
