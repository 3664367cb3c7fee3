//! Zoom as a loop in the logarithm of the focal length, where a second of zooming looks the same at every zoom.
//!
//! The target is S large whatever the zoom ([`Size`]), so it fills the wanted share w of the picture at
//! L* = ln w − S, L being ln(magnification), the focal length over that of the wide end. The lens is taken there:
//!
//! ```text
//! d = min(L*, limit) − L,   dL/dt = clamp(gain · d + dL*/dt, ± rate)
//! ```
//!
//! L is where the motor would come to rest if it were stopped by this step's drive, with all drives in flight
//! ([`LensModel`](crate::stack::lens::LensModel)): dead time is not in the loop. Nor is the age of the picture, because
//! S was made with the L of its exposure.
//!
//! **Hysteresis.** The lens starts when |d| exceeds the dead zone, ln(1 + dead zone / w). It stops when d has all but
//! gone ([`STOP`]) and less than its slowest speed is wanted: who walks on is followed in one move instead of many.
//! While it runs it never runs slower than the slowest speed, so that it arrives. A speed is kept until it is clearly
//! wrong ([`KEEP`]): VISCA has eight, and every change shows.
//!
//! **The limit** is what the predicted error leaves ([`Room`]). When L is beyond it the lens widens, with a gain and a
//! rate of its own, because the target is about to leave; it never goes in beyond it.
//!
//! **Out of sight** the lens goes on for [`BLIND`], the time of a few misses, and then stands, unless the uncertainty
//! asks for a wider picture. When the target is *lost*, or may be outside the picture, it widens as far as it goes.

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::model::ZoomModel;
use tiltyard_visca::num::{clamp, min};
use tiltyard_visca::{SimTime, State, Visit, ZoomDrive};

use super::room::{Reach, Room};
use super::size::Size;
use super::{ZoomConfig, ZoomInput, ZoomLaw};
use crate::stack::Phase;
use crate::stack::config::{CameraFacts, Optics};

/// The lens stops at this share of the dead zone: well inside, and more than one frame at the slowest speed makes.
const STOP: f64 = 0.2;
/// A speed is kept while it is less than so many times too slow, or too fast, …
const KEEP: [f64; 2] = [1.6, 1.25];
/// … or the wanted one is within this share of the way to the next: the slow ones are a factor of two apart.
const KEEP_STEP: f64 = 0.75;
/// Less than this share of the slowest speed is no speed.
const SLOWEST_SHARE: f64 = 0.75;
/// Gain towards the limit \[1/s\]: that of the pan and tilt loop, which has lost the race by then.
const LIMIT_GAIN_PER_S: f64 = 4.5;
/// Beyond the limit by so much the lens widens: ln 1.03, so that it does not do so for the sake of noise.
const LIMIT_ZONE: f64 = 0.03;
/// So long after the last box the lens goes on: four misses at 30 frames a second.
const BLIND: Duration = Duration::from_millis(150);
/// At rest this close to the wide end nothing is gained by widening \[position units\].
const AT_END_UNITS: f64 = 1.0;
/// Step over which the curve of the lens is taken for straight, in ln(magnification).
const SLOPE: f64 = 0.02;

/// Parameters of the loop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogFocalGains {
    /// Rate of ln(focal length) a unit of it that is missing \[1/s\]: the crossover of the loop.
    pub gain_per_s: f64,
    /// Fastest change of ln(focal length) towards a size \[1/s\].
    pub rate_max_per_s: f64,
    /// Share of the half picture about the target's predicted place and size that stays free, 0 .. 1.
    pub margin: f64,
}

impl Default for LogFocalGains {
    /// A third of the crossover of pan and tilt (kp = 4.5 /s; the usual distance of nested loops); a doubling in 1.4 s,
    /// somewhat more than half of what a PTZ lens can (ln 20 in 3.6 s, PTZOptics G2 20X) and, at 30 frames a second,
    /// less than 2 % from box to box; a tenth of the picture, as the safe title area of SMPTE ST 2046-1 is 90 % of it.
    fn default() -> Self {
        Self { gain_per_s: 1.5, rate_max_per_s: 0.5, margin: 0.1 }
    }
}

/// The loop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogFocal {
    config: ZoomConfig,
    gains: LogFocalGains,
    model: ZoomModel,
    optics: Optics,
    reach: Reach,
    /// L at the ends.
    ends: (f64, f64),
    size: Option<Size>,
    /// Sides of the last box over those of the picture at the wide end.
    share: [f64; 2],
    room: Room,
    /// When the last step with a sighting was.
    seen_at: Option<SimTime>,
    motion: Motion,
    drive: ZoomDrive,
}

/// What the lens is doing, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Motion {
    Stands,
    /// Goes in for the size.
    In,
    /// Goes out for the size.
    Out,
    /// Goes out to keep the target in the picture.
    Yields,
}

impl LogFocal {
    /// At rest, for a camera.
    pub fn new(config: ZoomConfig, gains: LogFocalGains, camera: &CameraFacts) -> Self {
        let optics = camera.optics.clone();
        let end = |point: Option<&(f64, f64)>| point.map_or(0.0, |point| libm::log(point.1));
        Self {
            config,
            gains,
            model: camera.model.zoom.clone(),
            reach: Reach::new(camera, gains.margin),
            ends: (end(optics.curve.first()), end(optics.curve.last())),
            optics,
            size: None,
            share: [0.0; 2],
            room: Room::default(),
            seen_at: None,
            motion: Motion::Stands,
            drive: ZoomDrive::Stop,
        }
    }

    /// Takes in what this step says about the target; the limit that comes of it.
    fn learn(&mut self, input: &ZoomInput) -> f64 {
        if input.new_target {
            (self.size, self.seen_at, self.room) = (None, None, Room::default());
        }
        if let Some(seen) = &input.seen {
            Size::see(&mut self.size, seen);
            let to_wide = libm::exp(-seen.log_ratio);
            self.share = seen.share.map(|share| share * to_wide);
            self.seen_at = Some(input.at);
        }
        let kept = self.room.limit().unwrap_or(self.ends.1);
        match (&input.aim, input.seen) {
            (Some(aim), Some(_)) => self.room.update(input.at, self.reach.log_ratio_max(aim, self.share), self.ends),
            // Who is not seen has to be inside with their middle: that is enough to be found. The uncertainty ends when
            // they are, so it is not kept.
            (Some(aim), None) => min(kept, self.reach.log_ratio_max(aim, [0.0; 2])),
            (None, _) => kept,
        }
    }

    /// Wanted dL/dt \[1/s\] where the lens comes to rest at `log_ratio`; 0 stands.
    fn rate(&mut self, input: &ZoomInput, wanted: f64, log_ratio: f64, limit: f64) -> f64 {
        let beyond = log_ratio - limit;
        let yields = beyond > if self.motion == Motion::Yields { 0.0 } else { LIMIT_ZONE };
        let for_size = self.rate_for_size(input, wanted, log_ratio, limit);
        if yields {
            self.motion = Motion::Yields;
            return min(for_size, -LIMIT_GAIN_PER_S * beyond);
        }
        for_size
    }

    /// The same for the sake of the size.
    fn rate_for_size(&mut self, input: &ZoomInput, wanted: f64, log_ratio: f64, limit: f64) -> f64 {
        let is_blind = self.seen_at.is_none_or(|seen_at| input.at.since(seen_at) > BLIND);
        let Some(size) = self.size.filter(|_| !is_blind) else {
            self.motion = Motion::Stands;
            return 0.0;
        };
        let goal = libm::log(wanted) - size.log_size(input.lens.at);
        let goal = clamp(min(goal, limit), self.ends.0, self.ends.1);
        let missing = goal - log_ratio;
        let zone = libm::log(1.0 + self.config.dead_zone / wanted);
        let rate = self.gains.gain_per_s * missing - size.rate_per_s();
        let slowest = self.model.speed_units_per_s.first().copied().unwrap_or(0.0);
        let least = SLOWEST_SHARE * slowest / self.units_a_log(log_ratio, rate);
        self.motion = match self.motion {
            Motion::In if missing > STOP * zone || rate > least => Motion::In,
            Motion::Out | Motion::Yields if missing < -STOP * zone || rate < -least => Motion::Out,
            _ if missing > zone => Motion::In,
            _ if missing < -zone => Motion::Out,
            _ => Motion::Stands,
        };
        match self.motion {
            Motion::In => clamp(rate, f64::MIN_POSITIVE, self.gains.rate_max_per_s),
            Motion::Out => clamp(rate, -self.gains.rate_max_per_s, -f64::MIN_POSITIVE),
            Motion::Stands | Motion::Yields => 0.0,
        }
    }

    /// The drive for a rate of L at a zoom; the present one while it is near enough.
    fn drive_for(&self, rate_per_s: f64, log_ratio: f64) -> ZoomDrive {
        if rate_per_s == 0.0 || !rate_per_s.is_finite() {
            return ZoomDrive::Stop;
        }
        let wanted = rate_per_s.abs() * self.units_a_log(log_ratio, rate_per_s);
        let speeds = &self.model.speed_units_per_s;
        let is_in = rate_per_s > 0.0;
        let present = match self.drive {
            ZoomDrive::Tele(p) if is_in => Some(usize::from(p)),
            ZoomDrive::Wide(p) if !is_in => Some(usize::from(p)),
            _ => None,
        };
        let nearest = speeds.iter().enumerate().map(|(p, speed)| ((speed - wanted).abs(), p));
        let nearest = nearest.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, p)| p);
        let p = present.filter(|&p| self.is_kept(p, wanted)).unwrap_or(nearest).min(usize::from(u8::MAX)) as u8;
        if is_in { ZoomDrive::Tele(p) } else { ZoomDrive::Wide(p) }
    }

    /// Position units a unit of ln(magnification) at a zoom, in this direction.
    fn units_a_log(&self, log_ratio: f64, rate_per_s: f64) -> f64 {
        let ahead = if rate_per_s > 0.0 { SLOPE } else { -SLOPE };
        (self.optics.units(log_ratio + ahead) - self.optics.units(log_ratio)) / ahead
    }

    /// The present speed, number `p`, is near enough to a wanted one \[units/s\].
    fn is_kept(&self, p: usize, wanted: f64) -> bool {
        let speeds = &self.model.speed_units_per_s;
        let Some(&speed) = speeds.get(p) else { return false };
        let next =
            if wanted > speed { speeds.get(p + 1) } else { p.checked_sub(1).and_then(|below| speeds.get(below)) };
        wanted < KEEP[0] * speed && speed < KEEP[1] * wanted
            || next.is_none_or(|next| (wanted - speed).abs() < KEEP_STEP * (next - speed).abs())
    }

    /// The drive that widens after a loss.
    fn reset(&mut self, rest_units: f64) -> ZoomDrive {
        self.motion = Motion::Stands;
        let top = self.model.speed_units_per_s.last().copied().unwrap_or(0.0);
        let wide = self.optics.curve.first().map_or(0.0, |point| point.0);
        if rest_units - wide <= AT_END_UNITS {
            return ZoomDrive::Stop;
        }
        self.model.code_for(-self.config.reset_speed * top)
    }
}

impl ZoomLaw for LogFocal {
    fn name(&self) -> &'static str {
        "log-focal"
    }

    fn update(&mut self, input: &ZoomInput) -> ZoomDrive {
        let Some(wanted) = self.config.target_coverage else { return ZoomDrive::Stop };
        let limit = self.learn(input);
        self.drive = if input.phase == Phase::Lost || input.widen {
            self.reset(input.lens.rest_units)
        } else {
            let log_ratio = self.optics.log_ratio(input.lens.rest_units);
            let rate_per_s = self.rate(input, wanted, log_ratio, limit);
            self.drive_for(rate_per_s, log_ratio)
        };
        self.drive
    }
}

impl State for LogFocal {
    fn visit(&self, v: &mut dyn Visit) {
        v.bool("sized", self.size.is_some());
        if let Some(size) = &self.size {
            v.part("size", size);
        }
        v.f64("width_share", self.share[0]);
        v.f64("height_share", self.share[1]);
        v.part("room", &self.room);
        v.time("seen_at", self.seen_at);
        v.u64("motion", self.motion as u64);
        let drive = match self.drive {
            ZoomDrive::Stop => 0,
            ZoomDrive::Tele(p) => i64::from(p) + 1,
            ZoomDrive::Wide(p) => -i64::from(p) - 1,
        };
        v.i64("drive", drive);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AimAhead, LensAhead, SeenSize, ZoomLawConfig};
    use super::*;
    use crate::stack::config::{Actuator, CameraFacts};
    use crate::stack::lens::LensModel;
    use tiltyard_visca::model::{AxisModel, Model, Timing};

    fn camera() -> CameraFacts {
        let axis = AxisModel { speed_dps: vec![5.0, 100.0], units_per_deg: 14.4, min_deg: -90.0, max_deg: 90.0 };
        let ms = Duration::from_millis;
        let zoom = ZoomModel { tele_units: 0x4000, speed_units_per_s: (1..=8).map(|p| 570.0 * f64::from(p)).collect() };
        CameraFacts {
            name: "test".to_owned(),
            model: Model {
                pan: axis.clone(),
                tilt: axis,
                zoom,
                timing: Timing { ack: ms(18), inquiry: ms(75), gap: ms(10), reply_timeout: ms(250) },
                quirks: tiltyard_visca::Quirks::default(),
            },
            actuator: Actuator {
                rate_max_dps: [100.0; 2],
                acceleration_dps2: [100.0; 2],
                range_deg: [(-90.0, 90.0); 2],
                unit_deg: [1.0 / 14.4; 2],
                ack_time: ms(18),
                inquiry_time: ms(75),
                link_delay: ms(1),
            },
            optics: Optics {
                hfov_wide_deg: 60.0,
                curve: vec![(0.0, 1.0), (6233.0, 2.0), (11691.0, 5.0), (14559.0, 10.0), (16384.0, 20.0)],
                acceleration_units_per_s2: 20000.0,
            },
            frame_s: 1.0 / 30.0,
            aspect: 16.0 / 9.0,
        }
    }

    fn zoom() -> LogFocal {
        let gains = LogFocalGains::default();
        let law = ZoomLawConfig::LogFocal(gains);
        LogFocal::new(
            ZoomConfig { target_coverage: Some(0.4), dead_zone: 0.06, reset_speed: 0.5, law },
            gains,
            &camera(),
        )
    }

    /// A lens, a picture that is 150 ms old, and 20 ms from a drive to its effect.
    struct Bench {
        zoom: LogFocal,
        lens: LensModel,
        optics: Optics,
        frame: u64,
        drives: Vec<ZoomDrive>,
    }

    const AGE: Duration = Duration::from_millis(150);
    const DEAD: Duration = Duration::from_millis(20);

    impl Bench {
        fn new(units: f64) -> Self {
            let camera = camera();
            let mut lens = LensModel::new(&camera.optics);
            lens.read(SimTime::ZERO, units);
            Self { zoom: zoom(), lens, optics: camera.optics, frame: 30, drives: Vec::new() }
        }

        fn now(&self) -> SimTime {
            SimTime::from_millis(self.frame * 33)
        }

        fn log_ratio(&self) -> f64 {
            self.optics.log_ratio(self.lens.units(self.now()))
        }

        /// One frame: a target of this height at the wide end, or none, off by this error.
        fn step(&mut self, height: Option<f64>, error_deg: f64, phase: Phase) -> ZoomDrive {
            self.frame += 1;
            let (at, exposed_at) = (self.now(), SimTime::ZERO + self.now().since(SimTime::ZERO + AGE));
            let log_ratio = self.optics.log_ratio(self.lens.units(exposed_at));
            let seen = height.map(|height| {
                let height = height * libm::exp(log_ratio);
                SeenSize { at: exposed_at, share: [0.2 * height, height], is_cut: [false; 2], log_ratio }
            });
            let acts_at = at + DEAD;
            let drive = self.zoom.update(&ZoomInput {
                at,
                phase,
                new_target: false,
                widen: false,
                seen,
                aim: Some(AimAhead {
                    error_deg: [error_deg, 0.0],
                    rate_dps: [0.0; 2],
                    uncertainty_deg: 0.0,
                    dead_time_s: 0.17,
                }),
                lens: LensAhead { at: acts_at, rest_units: self.lens.rest_units(acts_at) },
            });
            if self.drives.last() != Some(&drive) {
                self.lens.commanded(at, acts_at, self.zoom.model.rate_of(drive));
                self.drives.push(drive);
            }
            drive
        }
    }

    #[test]
    fn it_gets_to_the_size_in_one_go_at_every_zoom() {
        for (units, height) in [(0.0, 0.1), (0.0, 0.03), (16384.0, 0.1), (12000.0, 0.2), (3000.0, 0.021)] {
            let mut bench = Bench::new(units);
            for _ in 0..400 {
                bench.step(Some(height), 0.0, Phase::Tracking);
            }
            let off = libm::log(0.4 / height) - bench.log_ratio();
            assert!(off.abs() < 0.05, "{units} {height}: {off}");
            assert_eq!(bench.drives.last(), Some(&ZoomDrive::Stop));
            assert!(bench.drives.len() < 12, "{units} {height}: {:?}", bench.drives);
            let is_in = |drive: &&ZoomDrive| matches!(drive, ZoomDrive::Tele(_));
            let is_out = |drive: &&ZoomDrive| matches!(drive, ZoomDrive::Wide(_));
            let both =
                bench.drives.iter().any(|drive| is_in(&drive)) && bench.drives.iter().any(|drive| is_out(&drive));
            assert!(!both, "{units} {height}: {:?}", bench.drives);
        }
    }

    #[test]
    fn it_starts_outside_the_zone_and_not_inside() {
        // The zone is ln(0.46 / 0.4) = 0.14.
        for (share, moves) in [(0.36, false), (0.45, false), (0.34, true), (0.47, true)] {
            let mut bench = Bench::new(6233.0);
            for _ in 0..30 {
                bench.step(Some(share / 2.0), 0.0, Phase::Tracking);
            }
            assert_eq!(bench.drives.len() > 1, moves, "{share}: {:?}", bench.drives);
        }
    }

    #[test]
    fn it_is_no_faster_than_it_is_allowed_to_be() {
        let mut bench = Bench::new(0.0);
        let mut last = bench.log_ratio();
        for _ in 0..60 {
            bench.step(Some(0.03), 0.0, Phase::Tracking);
            let now = bench.log_ratio();
            // A speed is kept while it is up to a quarter too fast.
            assert!((now - last) / 0.033 < 0.5 * 1.25 + 0.01, "{}", (now - last) / 0.033);
            last = now;
        }
    }

    #[test]
    fn an_error_widens_until_there_is_room_and_it_does_not_go_in_at_once() {
        // Twenty times: 3.3° wide. The target is as large as it should be and 3° off.
        let mut bench = Bench::new(16384.0);
        for _ in 0..40 {
            bench.step(Some(0.02), 3.0, Phase::Tracking);
        }
        let half_tan = libm::tan(30.0_f64.to_radians()) / libm::exp(bench.log_ratio());
        let needed = libm::tan(3.0_f64.to_radians());
        assert!(needed < half_tan && half_tan < 2.0 * needed, "{half_tan} {needed}");
        let wide = bench.log_ratio();
        for _ in 0..15 {
            bench.step(Some(0.02), 0.0, Phase::Tracking);
        }
        assert!((bench.log_ratio() - wide).abs() < 0.05, "half a second later it is still wide");
        for _ in 0..400 {
            bench.step(Some(0.02), 0.0, Phase::Tracking);
        }
        assert!((bench.log_ratio() - libm::log(20.0)).abs() < 0.05);
    }

    #[test]
    fn out_of_sight_it_stands_and_after_a_loss_it_widens_to_the_end() {
        let mut bench = Bench::new(6233.0);
        for _ in 0..10 {
            assert!(matches!(bench.step(Some(0.03), 0.0, Phase::Tracking), ZoomDrive::Tele(_)));
        }
        // Two misses stop nothing.
        for _ in 0..2 {
            assert!(matches!(bench.step(None, 0.0, Phase::Tracking), ZoomDrive::Tele(_)));
        }
        for _ in 0..3 {
            bench.step(None, 0.0, Phase::Tracking);
        }
        assert_eq!(bench.step(None, 0.0, Phase::Tracking), ZoomDrive::Stop);
        assert_eq!(bench.step(None, 0.0, Phase::Lost), ZoomDrive::Wide(3));
        for _ in 0..300 {
            bench.step(None, 0.0, Phase::Lost);
        }
        assert_eq!(bench.step(None, 0.0, Phase::Lost), ZoomDrive::Stop, "it is at the wide end");
    }

    #[test]
    fn nothing_that_is_no_number_moves_the_lens() {
        let mut zoom = zoom();
        let at = SimTime::from_millis(100);
        let seen = SeenSize { at, share: [f64::NAN; 2], is_cut: [false; 2], log_ratio: 0.0 };
        let aim = AimAhead {
            error_deg: [f64::NAN; 2],
            rate_dps: [f64::INFINITY; 2],
            uncertainty_deg: f64::NAN,
            dead_time_s: 0.1,
        };
        let input = ZoomInput {
            at,
            phase: Phase::Tracking,
            new_target: false,
            widen: false,
            seen: Some(seen),
            aim: Some(aim),
            lens: LensAhead { at, rest_units: 5000.0 },
        };
        assert_eq!(zoom.update(&input), ZoomDrive::Stop);
        let off = ZoomConfig { target_coverage: None, ..zoom.config };
        assert_eq!(LogFocal::new(off, zoom.gains, &camera()).update(&input), ZoomDrive::Stop);
    }
}
