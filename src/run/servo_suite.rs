//! The standard servo suite: ways to move × total delay × field of view × box noise × camera, as scenarios.
//!
//! Each cell is a scenario text made from the matrix, so what is run is also what can be written down and run by
//! itself. A subject is filmed from the waist up: half of the picture's height. It moves as at 10 m, with the lateral
//! accelerations of `control-and-limits` section 6.2, but never faster than the lens can hold: at the longest delay the
//! worst error of a constant-rate predictor, ½·a·(T + h)², stays within a sixth of the field of view, and a step within
//! a fifth.
//!
//! The total delay is exposure → decision → motion: the camera's time to the ACK, half of its command cycle, 1 ms of
//! link and 5 ms of inference are its own, the video's latency fills it up. A lens that does not reach a field of view
//! stays at its nearer end.

mod measured;
mod pid_sweep;
mod regressions;
mod swings;

use core::f64::consts::TAU;
use core::fmt;

use tiltyard_visca::num::{clamp, min};

use crate::scenario::{Diagnostics, Memory, Scenario, cameras, load_camera, parse};

pub use measured::{Measured, floors_of, measure, measure_all};
pub use pid_sweep::{Aim, PidPoint, Swept, all_at_150_ms, sweep_pid};
pub use regressions::{Regression, regressions};
pub use swings::{Peak, Still, peaks, stills};

/// Total delays \[ms\].
pub const DELAYS_MS: [u32; 5] = [50, 83, 150, 300, 400];
/// Horizontal fields of view \[deg\].
pub const FOVS_DEG: [f64; 4] = [60.0, 30.0, 10.0, 3.0];
/// Standard deviations of a box centre \[deg\].
pub const NOISES_DEG: [f64; 3] = [0.0, 0.05, 0.1];
/// Models whose lenses reach from wide to 3°, with different heads.
pub const CAMERAS: [&str; 4] = ["ptzoptics-g2-30x", "avonic-cm93-ndi", "sony-srg-300h", "sony-evi-h100s"];

/// Frame time that the longest delay is taken with \[s\].
const FRAME_S: f64 = 1.0 / 30.0;
/// Command link, one way, and inference \[ms\].
const LINK_MS: f64 = 1.0;
const INFERENCE_MS: f64 = 5.0;

/// How the subject moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// It stands, jumps by up to 10°, and stands.
    Step,
    /// It stands, moves at up to 10 deg/s, and stands.
    VelocityStep,
    /// Up to 10 deg/s² to and fro, for two seconds each way.
    Bang,
    /// Sines of up to 20 deg/s² and 12°, at 0.1 Hz …
    SineSlow,
    /// … 0.3 Hz …
    Sine,
    /// … and 1 Hz.
    SineFast,
    /// 1 m/s² and 1.4 m/s at 10 m, with pauses.
    LectureWalk,
    /// 2.5 m/s² and 3 m/s.
    Jog,
    /// 5 m/s² and 6 m/s, without pauses.
    FootballCut,
    /// 3.5 m/s² on both axes.
    Drone,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Step,
        Self::VelocityStep,
        Self::Bang,
        Self::SineSlow,
        Self::Sine,
        Self::SineFast,
        Self::LectureWalk,
        Self::Jog,
        Self::FootballCut,
        Self::Drone,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::VelocityStep => "velocity step",
            Self::Bang => "bang",
            Self::SineSlow => "sine 0.1 Hz",
            Self::Sine => "sine 0.3 Hz",
            Self::SineFast => "sine 1 Hz",
            Self::LectureWalk => "lecture walk",
            Self::Jog => "jog",
            Self::FootballCut => "football cut",
            Self::Drone => "drone",
        }
    }

    /// Length of a run \[s\] and the key `path.…` of its target, for a field of view.
    fn path(self, hfov_deg: f64) -> (f64, String) {
        let longest_s = f64::from(DELAYS_MS[DELAYS_MS.len() - 1]) / 1e3 + FRAME_S;
        let held_dps2 = hfov_deg / 6.0 / (0.5 * longest_s * longest_s);
        let walk = |speed_dps: f64, a_dps2: f64, extent_deg: [f64; 2], pause_s: f64| {
            let scale = min(held_dps2 / a_dps2, 1.0);
            let [az, el] = extent_deg.map(|extent| extent * scale);
            let (speed, a) = (speed_dps * scale, a_dps2 * scale);
            let path = format!(
                "path.walk = {{ extent = [\"{az:.4} deg\", \"{el:.4} deg\"], speed = \"{speed:.4} deg/s\", \
                 acceleration = \"{a:.4} deg/s^2\", pause = \"{pause_s} s\" }}"
            );
            (25.0, path)
        };
        let sine = |rate_hz: f64, length_s: f64| {
            let turn = TAU * rate_hz;
            let amplitude = min(min(20.0, held_dps2) / (turn * turn), 12.0);
            let path = format!(
                "path.sine = {{ centre = [\"{:.5} deg\", \"0 deg\"], amplitude = [\"{amplitude:.5} deg\", \"0 deg\"], \
                 period = \"{:.6} s\", phase = \"90 deg\" }}",
                -amplitude,
                1.0 / rate_hz
            );
            (length_s, path)
        };
        match self {
            Self::Step => {
                let size = min(hfov_deg / 5.0, 10.0);
                let jump = format!("[\"2 s\", \"0 deg\", \"0 deg\"], [\"2 s\", \"{size:.4} deg\", \"0 deg\"]");
                (8.0, format!("path.points = [[\"0 s\", \"0 deg\", \"0 deg\"], {jump}]"))
            }
            Self::VelocityStep => {
                // v·T + v²/(2·A) is a quarter of the picture at most, with A = 100 deg/s².
                let (wait_s, room) = (longest_s - FRAME_S, hfov_deg / 4.0);
                let rate = min(100.0 * ((wait_s * wait_s + room / 50.0).sqrt() - wait_s), 10.0);
                let ramp = format!("[\"2 s\", \"0 deg\", \"0 deg\"], [\"6 s\", \"{:.4} deg\", \"0 deg\"]", 4.0 * rate);
                (10.0, format!("path.points = [[\"0 s\", \"0 deg\", \"0 deg\"], {ramp}]"))
            }
            Self::Bang => {
                // 16 · reach / period² is the acceleration.
                let reach = min(10.0, held_dps2);
                (14.0, format!("path.bang = {{ reach = [\"{reach:.4} deg\", \"0 deg\"], period = \"4 s\" }}"))
            }
            Self::SineSlow => sine(0.1, 20.0),
            Self::Sine => sine(0.3, 12.0),
            Self::SineFast => sine(1.0, 12.0),
            Self::LectureWalk => walk(8.0, 5.7, [20.0, 0.5], 1.0),
            Self::Jog => walk(17.0, 14.3, [30.0, 1.0], 0.3),
            Self::FootballCut => walk(34.0, 28.6, [40.0, 1.0], 0.0),
            Self::Drone => walk(20.0, 20.0, [30.0, 10.0], 0.2),
        }
    }
}

/// One cell of the matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// How the subject moves.
    pub profile: Profile,
    /// Total delay \[ms\].
    pub delay_ms: u32,
    /// Horizontal field of view \[deg\].
    pub fov_deg: f64,
    /// Standard deviation of a box centre \[deg\].
    pub noise_deg: f64,
    /// The camera.
    pub camera: &'static str,
}

impl Cell {
    /// The whole matrix, in a fixed order.
    pub fn all() -> Vec<Self> {
        let mut cells = Vec::new();
        for camera in CAMERAS {
            for profile in Profile::ALL {
                for delay_ms in DELAYS_MS {
                    for fov_deg in FOVS_DEG {
                        cells.extend(NOISES_DEG.map(|noise_deg| Self {
                            profile,
                            delay_ms,
                            fov_deg,
                            noise_deg,
                            camera,
                        }));
                    }
                }
            }
        }
        cells
    }

    /// The most `limit_ratio` may be here.
    pub fn bound(&self) -> f64 {
        if self.noise_deg > 0.05 { 2.0 } else { 1.5 }
    }

    /// The cell as a scenario file; `servo` is the text behind `servo.` in `[stack]`, empty for the default.
    pub fn text(&self, servo: &str) -> Result<String, Diagnostics> {
        self.text_below(servo, self.bound())
    }

    /// The same with another bound on `limit_ratio`.
    fn text_below(&self, servo: &str, below: f64) -> Result<String, Diagnostics> {
        let camera_text = cameras().iter().find(|(name, _)| *name == self.camera).map_or("", |(_, text)| text);
        let camera = load_camera(self.camera, self.camera, camera_text)?;
        let (lens, timing) = (&camera.lens, &camera.protocol.timing);
        let tan_half = |angle_deg: f64| libm::tan(angle_deg.to_radians() * 0.5);
        let longest = lens.curve.last().map_or(1.0, |(_, ratio)| *ratio);
        let zoom = clamp(tan_half(lens.hfov_wide_deg) / tan_half(self.fov_deg), 1.0, longest);
        let half = tan_half(lens.hfov_wide_deg) / zoom;
        let hfov_deg = 2.0 * libm::atan(half).to_degrees();
        let (width_px, height_px) = (f64::from(camera.video.width_px), f64::from(camera.video.height_px));
        let noise_px = self.noise_deg.to_radians() * width_px * 0.5 / half;
        let range_m = SUBJECT_M[1] / (height_px / width_px * 2.0 * half * 0.5);
        let own_ms = LINK_MS
            + INFERENCE_MS
            + (timing.ack.as_secs_f64() + camera.protocol.quirks.v_cycle.as_secs_f64() * 0.5) * 1e3;
        let video_ms = f64::from(self.delay_ms) - own_ms;
        let (length_s, path) = self.profile.path(hfov_deg);
        let servo = if servo.is_empty() { String::new() } else { format!("servo.{servo}\n") };
        let [width_m, height_m] = SUBJECT_M;
        Ok(format!(
            "schema = 1\n\
             title  = \"{self}\"\n\
             why    = \"A cell of the standard servo suite.\"\n\
             camera = \"{}\"\n\
             length = \"{length_s} s\"\n\
             tags   = [\"servo\"]\n\
             start.zoom = {zoom:.6}\n\
             video.latency = \"{video_ms:.4} ms\"\n\
             link.latency = \"{LINK_MS} ms\"\n\n\
             [stack]\n\
             zoom.enabled = false\n\
             inference.latency = \"{INFERENCE_MS} ms\"\n\
             detector.centre_noise = 0.0\n\
             detector.size_noise = 0.0\n\
             detector.centre_noise_px = {noise_px:.4}\n\
             {servo}\n\
             [[target]]\n\
             name = \"subject\"\n\
             size = {{ width = \"{width_m} m\", height = \"{height_m} m\" }}\n\
             range = \"{range_m:.4} m\"\n\
             {path}\n\n\
             [[expect]]\n\
             name = \"near the limit\"\n\
             metric = \"limit_ratio\"\n\
             below = {below}\n",
            self.camera,
        ))
    }

    /// The cell as a scenario.
    pub fn scenario(&self, servo: &str) -> Result<Scenario, Diagnostics> {
        parse("servo-suite.toml", &self.text(servo)?, &[], &Memory::default())
    }
}

/// A person from the waist up, and some room: width and height \[m\].
const SUBJECT_M: [f64; 2] = [0.9, 1.2];

/// "jog, 150 ms, 60°, noise 0.05°, sony-srg-300h".
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { profile, delay_ms, fov_deg, noise_deg, camera } = self;
        write!(f, "{}, {delay_ms} ms, {fov_deg}°, noise {noise_deg}°, {camera}", profile.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_a_scenario() {
        let cells = Cell::all();
        assert_eq!(cells.len(), 10 * 5 * 4 * 3 * 4);
        for cell in cells {
            let scenario = cell.scenario("predictive = {}").unwrap_or_else(|wrong| panic!("{cell}: {wrong}"));
            assert_eq!(scenario.title, cell.to_string());
        }
    }

    #[test]
    fn the_delay_is_the_whole_delay() {
        let cell = Cell { profile: Profile::Jog, delay_ms: 150, fov_deg: 10.0, noise_deg: 0.05, camera: CAMERAS[0] };
        // A PTZOptics takes 18 ms to the ACK: 150 − 18 − 1 − 5.
        assert!(cell.text("").unwrap().contains("video.latency = \"126.0000 ms\""), "{}", cell.text("").unwrap());
    }
}
