//! What a physics tick costs: rapier's steps alone, and around them the gimbal and the whole world.
//!
//! `cargo run --release -p tiltyard-sim --example ticks`. Reads the host's clock; nothing else in this crate does.
//! For numbers that other work on the machine does not disturb, count instructions:
//! `perf stat -e instructions:u target/release/examples/ticks plant`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tiltyard_sim::config::{
    AxisMechanics, Body, CameraModel, Delay, Lens, Link, Path, Pose, Target, Video, WorldConfig,
};
use tiltyard_sim::gimbal::{Axis, Gimbal};
use tiltyard_sim::plant::{Plant, Rotor, Turn};
use tiltyard_sim::queue::EventQueue;
use tiltyard_sim::servo::Goal;
use tiltyard_sim::{Delivery, World, WorldError};
use tiltyard_visca::SimTime;
use tiltyard_visca::model::{AxisModel, Model, Timing, ZoomModel};

const HZ: u32 = 250;
const TICKS: u32 = 500_000;

fn main() -> Result<(), WorldError> {
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if wanted("one") {
        plant("rapier, one axis", 1);
    }
    if wanted("plant") {
        plant("rapier, two axes in one world", 2);
    }
    if wanted("gimbal") {
        gimbal();
    }
    if wanted("world") {
        world()?;
    }
    if wanted("queue") {
        queue();
    }
    Ok(())
}

/// Like a tracker at work: new rates at 30 Hz, so that each axis is accelerating about half of the time.
fn rate_dps(tick: u32) -> f64 {
    f64::from((tick / 8 * 7) % 60) - 30.0
}

/// Rapier alone, its motors told what the gimbal would tell them.
fn plant(name: &str, axes: usize) {
    let rotor = Rotor { inertia_kg_m2: 0.02, half_range_rad: 2.9 };
    let mut plant = Plant::new(vec![(rotor, Turn::AHEAD); axes], 1.0 / f64::from(HZ));
    let (mut n, mut rate) = (0u32, 0.0_f64);
    report(name, || {
        n += 1;
        let wanted = rate_dps(n);
        rate = wanted.clamp(rate - 0.8, rate + 0.8);
        for axis in 0..axes {
            plant.drive(axis, rate.to_radians(), 0.15);
        }
        plant.step();
    });
}

fn gimbal() {
    let mut gimbal = Gimbal::new(&camera(), START, HZ);
    let mut n = 0u32;
    report("gimbal", || {
        n += 1;
        gimbal.drive(Axis::Pan, Goal::Rate(rate_dps(n)));
        gimbal.drive(Axis::Tilt, Goal::Rate(rate_dps(n)));
        gimbal.tick();
    });
}

/// All of the world at 250 Hz physics and 30 Hz video, one drive command a frame.
fn world() -> Result<(), WorldError> {
    let mut world = World::new(&config())?;
    let mut n = 0u64;
    let mut sent = 0u8;
    report("world", || {
        n += 1;
        let until = SimTime::from_millis(n * 4);
        while world.next_at() <= until {
            world.advance(world.next_at());
            while let Some(delivery) = world.poll() {
                match delivery {
                    Delivery::Tick { at, .. } => {
                        sent = sent.wrapping_add(1);
                        let bytes = [0x81, 1, 6, 1, 1 + sent % 10, 1 + sent % 7, 1 + sent / 128, 1 + sent / 128, 0xFF];
                        black_box(world.transmit(at, &bytes).is_ok());
                    }
                    Delivery::Frame(frame) => world.recycle(frame),
                    Delivery::Bytes { bytes, .. } => _ = black_box(bytes),
                }
            }
        }
        world.advance(until);
    });
    Ok(())
}

/// Hold model: take the next event, file another; 64 waiting.
fn queue() {
    let mut queue = EventQueue::new();
    for n in 0..64 {
        queue.push(SimTime::from_nanos(n * 1000), n as u32);
    }
    let mut state = 1u64;
    report("event queue, 1000 events", || {
        for _ in 0..1000 {
            if let Some((at, event)) = queue.pop() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                queue.push(at + Duration::from_nanos(state >> 44), event);
            }
        }
    });
}

#[allow(clippy::disallowed_methods, reason = "a bench measures the host")]
fn report(name: &str, mut tick: impl FnMut()) {
    for _ in 0..1000 {
        tick();
    }
    let ticks = if name.starts_with("event") { TICKS / 100 } else { TICKS };
    let start = Instant::now();
    for _ in 0..ticks {
        tick();
    }
    let ns = start.elapsed().as_nanos() as f64 / f64::from(ticks);
    let times = 1e9 / f64::from(HZ) / ns;
    println!("{name:<32} {ns:>8.0} ns/tick {times:>8.0} x real time at {HZ} Hz");
}

const START: Pose = Pose { pan_deg: 0.0, tilt_deg: 0.0, zoom_ratio: 1.0 };

fn camera() -> CameraModel {
    let ms = Duration::from_millis;
    let speed_dps: Vec<f64> = (1..=20).map(|code| f64::from(code) * 5.0).collect();
    let axis = AxisModel { speed_dps, units_per_deg: 14.4, min_deg: -160.0, max_deg: 160.0 };
    let mechanics = AxisMechanics {
        acceleration_dps2: 200.0,
        inertia_kg_m2: 0.02,
        friction_nm_per_dps: 0.0002,
        torque_max_nm: 0.15,
    };
    CameraModel {
        name: "bench".into(),
        protocol: Model {
            pan: axis.clone(),
            tilt: axis,
            zoom: ZoomModel { tele_units: 0x4000, speed_units_per_s: vec![1000.0, 2000.0] },
            timing: Timing { ack: ms(20), inquiry: ms(70), gap: ms(15), reply_timeout: ms(250) },
            quirks: tiltyard_visca::Quirks::default(),
        },
        pan: mechanics,
        tilt: mechanics,
        lens: Lens {
            hfov_wide_deg: 60.0,
            curve: vec![(0.0, 1.0), (8000.0, 4.0), (16384.0, 20.0)],
            acceleration_units_per_s2: 20_000.0,
        },
        video: video(),
        link: link(),
    }
}

fn video() -> Video {
    let latency = Delay::Normal { mean: Duration::from_millis(80), sd: Duration::from_millis(5) };
    Video { rate_hz: 30.0, width_px: 1920, height_px: 1080, latency, drop_probability: 0.01 }
}

fn link() -> Link {
    let latency = Delay::Uniform { from: Duration::from_millis(1), to: Duration::from_millis(3) };
    Link { latency, drop_probability: 0.01 }
}

fn config() -> WorldConfig {
    let path = Path::Walk {
        centre_deg: [0.0, 0.0],
        extent_deg: [20.0, 3.0],
        speed_dps: 10.0,
        acceleration_dps2: 20.0,
        pause: Duration::from_millis(500),
    };
    let body = Body { width_m: 0.5, height_m: 1.7, range_m: vec![(SimTime::ZERO, 10.0)] };
    let target = Target {
        name: "speaker".into(),
        label: "person".into(),
        path,
        from: SimTime::ZERO,
        until: None,
        body: Some(body),
    };
    WorldConfig {
        seed: 1,
        camera: camera(),
        video: video(),
        link: link(),
        start: START,
        physics_hz: HZ,
        targets: vec![target],
        occluders: vec![],
        faults: vec![],
        drawn: None,
        footage: None,
    }
}
