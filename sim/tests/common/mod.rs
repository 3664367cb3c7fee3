//! A camera, a world and a digest for the tests.
#![allow(dead_code, reason = "each test uses its share")]

use core::time::Duration;

use tiltyard_sim::config::{
    AxisMechanics, Body, CameraModel, Delay, Lens, Link, Path, Pose, Target, Video, WorldConfig,
};
use tiltyard_sim::{Delivery, World};
use tiltyard_visca::model::{AxisModel, Model, Timing, ZoomModel};
use tiltyard_visca::{Quirks, SimTime, Visit};

pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub const fn at_ms(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

/// An FCB 18x block (EVI-D70), reference/visca.md 2.7.
pub const CURVE_18X: [(u16, f64); 18] = [
    (0, 1.0),
    (0x18B0, 2.0),
    (0x23A0, 3.0),
    (0x29FE, 4.0),
    (0x2E74, 5.0),
    (0x31BC, 6.0),
    (0x345A, 7.0),
    (0x368A, 8.0),
    (0x385F, 9.0),
    (0x39F4, 10.0),
    (0x3B53, 11.0),
    (0x3C7F, 12.0),
    (0x3D79, 13.0),
    (0x3E41, 14.0),
    (0x3EE6, 15.0),
    (0x3F5E, 16.0),
    (0x3FB8, 17.0),
    (0x4000, 18.0),
];

/// Codes 1 … 24 are 5, 10, … 120 deg/s; pan ±170, tilt −30 … 90; acceleration 200 deg/s²; torque for twice that.
pub fn camera() -> CameraModel {
    let speed_dps: Vec<f64> = (1..=24).map(|code| f64::from(code) * 5.0).collect();
    let pan = AxisModel { speed_dps: speed_dps.clone(), units_per_deg: 14.4, min_deg: -170.0, max_deg: 170.0 };
    let tilt = AxisModel { speed_dps, units_per_deg: 14.4, min_deg: -30.0, max_deg: 90.0 };
    let zoom = ZoomModel { tele_units: 0x4000, speed_units_per_s: (1..=8).map(|p| f64::from(p) * 500.0).collect() };
    let timing = Timing { ack: ms(20), inquiry: ms(70), gap: ms(15), reply_timeout: ms(250) };
    // 200 deg/s² = 3.49 rad/s²; × 0.02 kg·m² = 0.070 N·m; friction at 120 deg/s: 0.024 N·m.
    let mechanics = AxisMechanics {
        acceleration_dps2: 200.0,
        inertia_kg_m2: 0.02,
        friction_nm_per_dps: 0.0002,
        torque_max_nm: 0.15,
    };
    CameraModel {
        name: "test".into(),
        protocol: Model { pan, tilt, zoom, timing, quirks: Quirks::default() },
        pan: mechanics,
        tilt: mechanics,
        lens: Lens {
            hfov_wide_deg: 60.0,
            curve: CURVE_18X.iter().map(|&(units, ratio)| (f64::from(units), ratio)).collect(),
            acceleration_units_per_s2: 20_000.0,
        },
        video: video(),
        link: link(),
    }
}

pub fn video() -> Video {
    Video {
        rate_hz: 30.0,
        width_px: 640,
        height_px: 360,
        latency: Delay::Normal { mean: ms(80), sd: ms(5) },
        drop_probability: 0.0,
    }
}

pub fn link() -> Link {
    Link { latency: Delay::Uniform { from: ms(1), to: ms(5) }, drop_probability: 0.0 }
}

pub fn person(name: &str, path: Path) -> Target {
    Target {
        name: name.into(),
        label: "person".into(),
        path,
        from: SimTime::ZERO,
        until: None,
        body: Some(Body { width_m: 0.5, height_m: 1.7, range_m: vec![(SimTime::ZERO, 10.0)] }),
    }
}

pub fn walk() -> Path {
    Path::Walk {
        centre_deg: [5.0, 2.0],
        extent_deg: [20.0, 3.0],
        speed_dps: 12.0,
        acceleration_dps2: 15.0,
        pause: ms(500),
    }
}

pub fn config() -> WorldConfig {
    WorldConfig {
        seed: 7,
        camera: camera(),
        video: video(),
        link: link(),
        start: Pose { pan_deg: 0.0, tilt_deg: 0.0, zoom_ratio: 1.0 },
        physics_hz: 250,
        targets: vec![person("speaker", walk())],
        occluders: vec![],
        faults: vec![],
        drawn: None,
        footage: None,
    }
}

/// 81 01 06 01 VV WW PP TT FF from signed speed codes.
pub fn drive(pan: i8, tilt: i8) -> [u8; 9] {
    let way = |code: i8, plus: u8, minus: u8| match code.signum() {
        1 => plus,
        -1 => minus,
        _ => 3,
    };
    let speed = |code: i8| code.unsigned_abs().max(1);
    [0x81, 1, 6, 1, speed(pan), speed(tilt), way(pan, 2, 1), way(tilt, 1, 2), 0xFF]
}

/// 81 01 06 02 VV WW 0Yx4 0Zx4 FF from position units.
pub fn absolute(pan_units: i16, tilt_units: i16) -> [u8; 15] {
    let n = |value: i16, shift: u32| ((value as u16 >> shift) & 0xF) as u8;
    let (p, t) = (pan_units, tilt_units);
    [0x81, 1, 6, 2, 24, 24, n(p, 12), n(p, 8), n(p, 4), n(p, 0), n(t, 12), n(t, 8), n(t, 4), n(t, 0), 0xFF]
}

/// Runs as an executor would, and counts what is delivered.
#[derive(Default, Debug, Clone, PartialEq)]
pub struct Log {
    pub deliveries: Vec<Delivery>,
    /// State after each tick.
    pub digests: Vec<u64>,
}

impl Log {
    /// Runs `world` to `until`; `act` sees every tick and may transmit.
    pub fn run(world: &mut World, until: SimTime, mut act: impl FnMut(&mut World, u64)) -> Self {
        let mut log = Self::default();
        while world.next_at() <= until {
            let now = world.next_at();
            world.advance(now);
            while let Some(delivery) = world.poll() {
                if let Delivery::Tick { index, .. } = delivery {
                    act(world, index);
                    log.digests.push(digest(world));
                }
                log.deliveries.push(delivery);
            }
        }
        world.advance(until);
        log
    }

    pub fn frames(&self) -> impl Iterator<Item = &tiltyard_sim::Arrival> {
        self.deliveries.iter().filter_map(|delivery| match delivery {
            Delivery::Frame(frame) => Some(frame),
            _ => None,
        })
    }

    pub fn replies(&self) -> impl Iterator<Item = (SimTime, &[u8])> {
        self.deliveries.iter().filter_map(|delivery| match delivery {
            Delivery::Bytes { at, bytes, .. } => Some((*at, bytes.as_bytes())),
            _ => None,
        })
    }
}

/// FNV-1a over everything a world walks.
pub fn digest(world: &World) -> u64 {
    let mut fold = Fold(0xcbf2_9ce4_8422_2325);
    world.visit_clock(&mut fold);
    world.visit_rng(&mut fold);
    world.visit_link(&mut fold);
    world.visit_gimbal(&mut fold);
    world.visit_scene(&mut fold);
    fold.0
}

pub struct Fold(pub u64);

impl Visit for Fold {
    fn f64(&mut self, name: &'static str, value: f64) {
        assert!(!value.is_nan(), "{name} is not a number");
        self.u64(name, (value + 0.0).to_bits());
    }
    fn u64(&mut self, _: &'static str, value: u64) {
        for byte in value.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    fn bytes(&mut self, name: &'static str, value: &[u8]) {
        self.u64(name, value.len() as u64);
        for &byte in value {
            self.u64(name, u64::from(byte));
        }
    }
    fn enter(&mut self, _: &'static str, _: Option<u64>) {}
    fn leave(&mut self) {}
}
