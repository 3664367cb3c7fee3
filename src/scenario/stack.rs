//! The `[stack]` section: what is under test, as a preset and what is changed in it.

mod detector;
mod shape;
mod tracker;
mod zoom;

use core::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tiltyard_sim::config::{CameraModel, Delay as DelayConfig, WorldConfig};
use tiltyard_sim::delay::mean;

pub use detector::{BlobSection, DetectorSection, OnnxSection};
pub use shape::ShapeSection;
pub use tracker::TrackerSection;
pub use zoom::ZoomSection;

use super::document::Delay;
use super::units::{Acceleration, Angle, Plain, Rate, Ratio, Span};
use crate::infer::shipped;
use crate::stack::config::{
    Actuator, Aim, CameraFacts, Optics, Preset, SeedGains, ServoConfig, StackConfig, default_gains, predictive_gains,
};
use crate::stack::memory::MemoryConfig;
use crate::stack::search::SearchConfig;
use crate::stack::select::{Challenge, LockConfig, Rule};
use crate::stack::servo::{AntiWindup, DerivativeOf, PidGains, ProportionalGains};

/// The `[stack]` section of a scenario. What is absent is the preset's.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StackSection {
    /// The set of options to begin with; `default` where absent.
    pub preset: PresetName,
    /// Whom to follow.
    pub select: Option<Select>,
    /// The detector.
    pub detector: DetectorSection,
    /// The modelled inference.
    pub inference: InferenceSection,
    /// The tracker.
    pub tracker: Option<TrackerSection>,
    /// A target unseen for this long gives way to a newcomer that may be it; without a memory, to anybody who is seen.
    pub release: Option<Span>,
    /// How a target that is not seen is remembered.
    pub lock: LockSection,
    /// How it is searched for.
    pub search: SearchSection,
    /// Goes on by its prediction for this long after the last sighting.
    pub coast: Option<Span>,
    /// Searches until this long after the last sighting.
    pub grace: Option<Span>,
    /// Pan and tilt.
    pub servo: ServoSection,
    /// How wanted rates become speed codes.
    pub shape: ShapeSection,
    /// Zoom.
    pub zoom: ZoomSection,
    /// The watchdog.
    pub watchdog: WatchdogSection,
    /// Time between two position readings.
    pub poll: Option<Span>,
}

/// A preset of the stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PresetName {
    /// The guide's old code: proportional with a threshold on the picture error.
    SeedBefore,
    /// The guide's PID and zoom with their defects mended.
    Seed,
    /// The best there is.
    #[default]
    Default,
}

/// Whom to follow.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Select {
    /// Whoever is nearest to the optical axis.
    Nearest,
    /// Whoever is largest in the picture.
    Largest,
    /// Nobody.
    Nobody,
    /// The track with this id.
    Id(u32),
    /// Whoever of this label is nearest to the optical axis.
    Label(String),
}

/// How a target that is not seen is remembered, so that it is known again under another track id.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LockSection {
    /// Whether it is remembered at all.
    pub enabled: Option<bool>,
    /// A newcomer may be the target up to this far from where it is believed to be, in sizes of the target.
    pub gate: Option<Plain>,
    /// How much further a second, in sizes of the target.
    pub growth: Option<Plain>,
    /// Sizes up to this many times apart are alike, above 1.
    pub like: Option<Plain>,
    /// Time constant with which a target is taken to slow down once the coasting time is over.
    pub slow_down: Option<Span>,
    /// When a lock moves to somebody else while its target is seen; never where absent.
    pub challenge: Option<ChallengeSection>,
}

/// When somebody else is so much better by the rule that a lock moves to them.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChallengeSection {
    /// This many times as large, or as near to the optical axis, above 1.
    pub better: Plain,
    /// For this long.
    pub r#for: Span,
}

/// How a target is searched for after the coasting time.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SearchSection {
    /// Whether it is searched for at all.
    pub enabled: Option<bool>,
    /// Largest amplitude of the sweep, in widths of the picture.
    pub sweep: Option<Plain>,
    /// Length of one sweep to and fro.
    pub period: Option<Span>,
}

/// The modelled inference.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InferenceSection {
    /// From taking a frame to its decision; where absent what the shipped network takes, if that looks, or 20 ms.
    pub latency: Option<Delay>,
}

/// Pan and tilt.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServoSection {
    /// PID in angles; what is absent is the preset's. One of `pid`, `proportional` and `seed`.
    pub pid: Option<PidSection>,
    /// Where the target will be when the command acts.
    pub predictive: Option<PredictiveSection>,
    /// The old code.
    pub proportional: Option<ProportionalSection>,
    /// One of the guide's gain sets, turned into angles for this camera.
    pub seed: Option<SeedSet>,
    /// Which error it acts on.
    pub aim: Option<AimName>,
    /// How much further ahead than the arrival of the command it predicts (`aim = "predicted"`).
    pub lead: Option<Span>,
    /// Turns the pan axis round.
    pub invert_pan: bool,
    /// Turns the tilt axis round.
    pub invert_tilt: bool,
}

/// The predictive servo, both axes alike.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PredictiveSection {
    /// Share of the error that is taken away while one command acts.
    pub share: Option<Ratio>,
}

/// PID in angles, both axes alike.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PidSection {
    /// Proportional gain \[1/s\].
    pub kp: Option<Plain>,
    /// Integral gain \[1/s²\].
    pub ki: Option<Plain>,
    /// Derivative gain \[1\].
    pub kd: Option<Plain>,
    /// Feed-forward of the target's rate \[1\].
    pub ff: Option<Plain>,
    /// Limit of the integral term.
    pub integral_limit: Option<Rate>,
    /// Errors below this are faded out.
    pub dead_band: Option<Angle>,
    /// Braking that the proportional part counts on.
    pub brake: Option<Acceleration>,
    /// What is differentiated; `error` where absent.
    pub derivative_of: Option<Derivative>,
    /// Time constant of the derivative's filter.
    pub derivative_filter: Option<Span>,
    /// The same as the largest gain of the derivative in units of kp, N: kd / (kp·N).
    pub derivative_n: Option<Plain>,
    /// Weight of the setpoint in the proportional part; 1 where absent, and where ki is 0.
    pub setpoint_weight: Option<Ratio>,
    /// What the integral is kept from winding up against; `limit` where absent.
    pub anti_windup: Option<Windup>,
    /// Time constant with which windup is taken back; 1/kp where absent.
    pub tracking_time: Option<Span>,
}

/// What the derivative part looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Derivative {
    /// The error: follows a moving target, passes its noise on.
    Error,
    /// The pose: damps the axis, and knows nothing of the target.
    Pose,
}

/// What the integral is kept from winding up against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Windup {
    /// The limit of the output.
    Limit,
    /// What the axis really does: the codes that left, and its acceleration.
    Actuator,
}

/// The old code: speed in proportion to the picture error.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProportionalSection {
    /// Fraction of the top rate for an error of a whole frame.
    pub gain: Option<Plain>,
    /// Error below which the camera stands, as a fraction of the frame.
    pub threshold: Option<Ratio>,
}

/// The guide's gain sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeedSet {
    /// kp 3.0, ki 0.2, kd 1.2.
    Responsive,
    /// kp 2.0, ki 0.15, kd 0.8.
    Balanced,
    /// kp 1.2, ki 0.1, kd 0.5.
    Smooth,
}

/// Which error the servo acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AimName {
    /// As seen in the frame.
    Seen,
    /// Predicted to when the command takes effect.
    Predicted,
}

/// The watchdog.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WatchdogSection {
    /// Longest time without a frame.
    pub video: Option<Span>,
    /// Longest time with the same picture.
    pub picture: Option<Span>,
    /// Longest time without a decision.
    pub decision: Option<Span>,
}

/// Inference of a small network on a desktop's CPU (YOLOv8n 640: 7 to 80 ms by machine).
const INFERENCE: Duration = Duration::from_millis(20);

impl StackSection {
    /// What is wrong beyond a single key, with the key path it concerns.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let servo = &self.servo;
        let laws =
            [servo.pid.is_some(), servo.predictive.is_some(), servo.proportional.is_some(), servo.seed.is_some()];
        if laws.into_iter().filter(|given| *given).count() > 1 {
            return Err((
                "stack.servo",
                "more than one control law (expected one of pid, predictive, proportional, seed)".into(),
            ));
        }
        self.detector.check()?;
        self.shape.check()?;
        self.zoom.check()?;
        let not_negative = [
            ("stack.detector.centre_noise_px", self.detector.centre_noise_px),
            ("stack.detector.false_positives", self.detector.false_positives),
            ("stack.detector.height_min_px", self.detector.height_min_px),
            ("stack.servo.pid.ki", servo.pid.as_ref().and_then(|pid| pid.ki)),
            ("stack.servo.pid.kd", servo.pid.as_ref().and_then(|pid| pid.kd)),
            ("stack.lock.gate", self.lock.gate),
            ("stack.lock.growth", self.lock.growth),
            ("stack.search.sweep", self.search.sweep),
        ];
        if let Some(PidSection { derivative_n: Some(Plain(n)), derivative_filter, .. }) = &servo.pid {
            if *n <= 0.0 {
                return Err(("stack.servo.pid.derivative_n", format!("`{n}` is not above 0")));
            }
            if derivative_filter.is_some() {
                let said = "a second filter beside `derivative_filter` (give one of the two)";
                return Err(("stack.servo.pid.derivative_n", said.into()));
            }
        }
        for (key, value) in not_negative {
            if let Some(Plain(value)) = value
                && value < 0.0
            {
                return Err((key, format!("`{value}` is negative, expected a number of at least 0")));
            }
        }
        let above_one = [
            ("stack.lock.like", self.lock.like),
            ("stack.lock.challenge.better", self.lock.challenge.map(|challenge| challenge.better)),
        ];
        for (key, value) in above_one {
            if let Some(Plain(value)) = value
                && value <= 1.0
            {
                return Err((key, format!("`{value}` is not above 1: it says how many times apart two may be")));
            }
        }
        if self.search.period.is_some_and(|period| period.0.is_zero()) {
            return Err(("stack.search.period", "a sweep of no length, expected more than 0 s".into()));
        }
        if self.detector.false_positives.is_some_and(|mean| mean.0 > 100.0) {
            return Err(("stack.detector.false_positives", "more than 100 false boxes a frame".into()));
        }
        let density = match &self.tracker {
            Some(TrackerSection::Byte(section)) => {
                section.acceleration_density.map(|q| ("stack.tracker.byte.acceleration_density", q))
            }
            Some(TrackerSection::Ptz(section)) => {
                section.acceleration_density.map(|q| ("stack.tracker.ptz.acceleration_density", q))
            }
            _ => None,
        };
        if let Some((key, Plain(q))) = density
            && q <= 0.0
        {
            return Err((key, format!("`{q}` is not above 0")));
        }
        if self.poll.is_some_and(|poll| poll.0 < Duration::from_millis(10)) {
            return Err(("stack.poll", "less than 10 ms: no camera answers that fast".into()));
        }
        Ok(())
    }

    /// The inference time.
    pub fn inference(&self) -> DelayConfig {
        match self.inference.latency {
            Some(latency) => super::resolve::delay(latency),
            None if self.detector.shipped() => shipped::LATENCY,
            None => DelayConfig::Constant(INFERENCE),
        }
    }

    /// The whole configuration, for the camera and video of this world.
    pub fn config(&self, world: &WorldConfig) -> StackConfig {
        let preset = match self.preset {
            PresetName::SeedBefore => Preset::SeedBefore,
            PresetName::Seed => Preset::Seed,
            PresetName::Default => Preset::Default,
        };
        let mut config = preset.config(camera_facts(world));
        if let Some(select) = &self.select {
            config.select = match select {
                Select::Nearest => Rule::Nearest,
                Select::Largest => Rule::Largest,
                Select::Nobody => Rule::None,
                Select::Id(id) => Rule::Id(*id),
                Select::Label(label) => Rule::Label(label.as_str().into()),
            };
        }
        self.lock(&mut config);
        put(&mut config.release, self.release.map(|span| span.0));
        self.detector.over(&mut config);
        put(&mut config.tracker, self.tracker.as_ref().map(TrackerSection::config));
        put(&mut config.patience.coast, self.coast.map(|coast| coast.0));
        put(&mut config.patience.grace, self.grace.map(|grace| grace.0));
        put(&mut config.poll, self.poll.map(|poll| poll.0));
        self.servo(&mut config);
        self.shape.over(&mut config.shape);
        self.zoom.over(&mut config.zoom);
        put(&mut config.watchdog.video, self.watchdog.video.map(|span| span.0));
        put(&mut config.watchdog.picture, self.watchdog.picture.map(|span| span.0));
        put(&mut config.watchdog.decision, self.watchdog.decision.map(|span| span.0));
        config
    }

    fn lock(&self, config: &mut StackConfig) {
        let (wanted, search) = (&self.lock, &self.search);
        config.lock = kept(wanted.enabled, *wanted != LockSection::default(), config.lock);
        if let Some(LockConfig { memory, challenge }) = &mut config.lock {
            let MemoryConfig { gate, growth, like, slow_down } = memory;
            put(gate, wanted.gate.map(|sizes| sizes.0));
            put(growth, wanted.growth.map(|sizes| sizes.0));
            put(like, wanted.like.map(|times| times.0));
            put(slow_down, wanted.slow_down.map(|span| span.0));
            let wanted = wanted.challenge.map(|wanted| Challenge { better: wanted.better.0, hold: wanted.r#for.0 });
            put(challenge, wanted.map(Some));
        }
        config.search = kept(search.enabled, *search != SearchSection::default(), config.search);
        if let Some(SearchConfig { sweep, period }) = &mut config.search {
            put(sweep, search.sweep.map(|widths| widths.0));
            put(period, search.period.map(|span| span.0));
        }
    }

    fn servo(&self, config: &mut StackConfig) {
        let section = &self.servo;
        config.invert = [section.invert_pan, section.invert_tilt];
        match section.aim {
            Some(AimName::Seen) => config.aim = Aim::Seen,
            Some(AimName::Predicted) if config.aim == Aim::Seen => {
                config.aim = Aim::Predicted { lead: Duration::from_secs_f64(config.camera.frame_s * 0.5) };
            }
            _ => {}
        }
        if let (Aim::Predicted { lead }, Some(Span(wanted))) = (&mut config.aim, section.lead) {
            *lead = wanted;
        }
        if let Some(set) = section.seed {
            let set = match set {
                SeedSet::Responsive => SeedGains::Responsive,
                SeedSet::Balanced => SeedGains::Balanced,
                SeedSet::Smooth => SeedGains::Smooth,
            };
            config.servo = ServoConfig::Pid(set.in_angles(&config.camera));
        }
        if let Some(wanted) = &section.proportional {
            let mut gains = match config.servo {
                ServoConfig::Proportional(gains) => gains,
                ServoConfig::Pid(_) | ServoConfig::Predictive(_) => ProportionalGains::default(),
            };
            put(&mut gains.gain, wanted.gain.map(|gain| gain.0));
            put(&mut gains.threshold, wanted.threshold.map(|ratio| ratio.0));
            config.servo = ServoConfig::Proportional(gains);
        }
        if let Some(wanted) = &section.predictive {
            let mut gains = match config.servo {
                ServoConfig::Predictive(gains) => gains,
                _ => predictive_gains(&config.camera),
            };
            for gains in &mut gains {
                put(&mut gains.share, wanted.share.map(|share| share.0));
            }
            config.servo = ServoConfig::Predictive(gains);
        }
        if let Some(wanted) = &section.pid {
            let gains = match config.servo {
                ServoConfig::Pid(gains) => gains,
                ServoConfig::Proportional(_) => SeedGains::Balanced.in_angles(&config.camera),
                ServoConfig::Predictive(_) => default_gains(&config.camera),
            };
            let [pan, tilt] = config.camera.actuator.acceleration_dps2;
            config.servo = ServoConfig::Pid([wanted.over(gains[0], pan), wanted.over(gains[1], tilt)]);
        }
    }
}

impl PidSection {
    /// On top of these gains, for an axis with this acceleration.
    fn over(&self, mut gains: PidGains, acceleration_dps2: f64) -> PidGains {
        put(&mut gains.kp, self.kp.map(|gain| gain.0));
        put(&mut gains.ki, self.ki.map(|gain| gain.0));
        put(&mut gains.kd, self.kd.map(|gain| gain.0));
        put(&mut gains.ff, self.ff.map(|gain| gain.0));
        put(&mut gains.integral_limit_dps, self.integral_limit.map(|rate| rate.0));
        put(&mut gains.dead_band_deg, self.dead_band.map(|angle| angle.0));
        put(&mut gains.brake_dps2, self.brake.map(|brake| brake.0));
        put(&mut gains.derivative_filter, self.derivative_filter.map(|span| span.0));
        put(&mut gains.setpoint_weight, self.setpoint_weight.map(|weight| weight.0));
        let derivative_of = self.derivative_of.map(|of| match of {
            Derivative::Error => DerivativeOf::Error,
            Derivative::Pose => DerivativeOf::Measurement,
        });
        put(&mut gains.derivative_of, derivative_of);
        let anti_windup = self.anti_windup.map(|against| match against {
            Windup::Limit => AntiWindup::Limit,
            Windup::Actuator => AntiWindup::Actuator { acceleration_dps2 },
        });
        put(&mut gains.anti_windup, anti_windup);
        if let Some(Span(tracking)) = self.tracking_time {
            gains.tracking = Some(tracking);
        }
        self.derivative_n.map_or(gains, |n| gains.with_derivative_n(n.0))
    }
}

/// Something that may be switched on and off; to set anything in it switches it on.
fn kept<T: Default>(enabled: Option<bool>, set: bool, preset: Option<T>) -> Option<T> {
    enabled.unwrap_or(set || preset.is_some()).then(|| preset.unwrap_or_default())
}

fn put<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// What a stack would know of this camera before asking it anything: the model file, and the link's usual delay.
pub fn camera_facts(world: &WorldConfig) -> CameraFacts {
    let CameraModel { name, protocol, pan, tilt, lens, .. } = &world.camera;
    CameraFacts {
        name: name.clone(),
        model: protocol.clone(),
        actuator: Actuator {
            rate_max_dps: [protocol.pan.rate_max_dps(), protocol.tilt.rate_max_dps()],
            acceleration_dps2: [pan.acceleration_dps2, tilt.acceleration_dps2],
            range_deg: [(protocol.pan.min_deg, protocol.pan.max_deg), (protocol.tilt.min_deg, protocol.tilt.max_deg)],
            unit_deg: [1.0 / protocol.pan.units_per_deg.abs(), 1.0 / protocol.tilt.units_per_deg.abs()],
            ack_time: protocol.timing.ack,
            inquiry_time: protocol.timing.inquiry,
            link_delay: mean(&world.link.latency),
        },
        optics: Optics {
            hfov_wide_deg: lens.hfov_wide_deg,
            curve: lens.curve.clone(),
            acceleration_units_per_s2: lens.acceleration_units_per_s2,
        },
        frame_s: 1.0 / world.video.rate_hz,
        aspect: f64::from(world.video.width_px) / f64::from(world.video.height_px),
    }
}
