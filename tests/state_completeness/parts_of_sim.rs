//! The world, whole and in parts.

use serde::{Deserialize, Serialize};
use tiltyard_sim::camera::{Camera, CameraOutput};
use tiltyard_sim::config::{Delay, Link, Path, Pose, Target, WorldConfig};
use tiltyard_sim::gimbal::{Axis, Gimbal};
use tiltyard_sim::lens::Lens;
use tiltyard_sim::link::{Lane, Trouble};
use tiltyard_sim::projection::PixelBox;
use tiltyard_sim::queue::{Code, EventQueue};
use tiltyard_sim::rng::Stream;
use tiltyard_sim::servo::{Goal, Servo};
use tiltyard_sim::target::Actor;
use tiltyard_sim::video::{Motion, Video};
use tiltyard_sim::walk::Walk;
use tiltyard_sim::{TruthBox, World};
use tiltyard_visca::{Datagram, Framing, Peer, SimTime};

use crate::harness::{Part, own, scenario, wobble};

/// Messages may come in pieces.
const STREAM: Peer = Peer { number: 0, framing: Framing::Stream };

fn ms(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

fn config() -> WorldConfig {
    scenario("link/command-loss").world
}

/// A walker, the start of all walks.
fn walker() -> Target {
    let targets = scenario("motion/walk").world.targets;
    targets.into_iter().find(|target| matches!(target.path, Path::Walk { .. })).unwrap()
}

const START: Pose = Pose { pan_deg: 3.0, tilt_deg: -1.0, zoom_ratio: 2.0 };

/// Rates, positions and rest by turns.
fn goal(step: u64, reach: f64) -> Option<Goal> {
    (step % 40 == 0).then(|| match step / 40 % 3 {
        0 => Goal::Rate(wobble(step, 5) * reach),
        1 => Goal::Position { to: wobble(step, 6) * reach, rate_max: 0.4 * reach },
        _ => Goal::Rate(0.0),
    })
}

#[test]
fn stream() {
    let drive = |stream: &mut Stream, step: u64| match step % 3 {
        0 => stream.bits().to_string(),
        1 => format!("{:?}", stream.normal()),
        _ => format!("{:?}", stream.exponential()),
    };
    let make = || Stream::new(7, "test");
    let unwalked = &[("seed", "parameter: from the run's seed"), ("stream", "parameter: from its name")];
    Part { name: "sim/src/rng.rs: Stream", make, drive, walk: own, steps: 60, unwalked }.check();
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Numbered(u64);

impl Code for Numbered {
    fn code(&self) -> u64 {
        self.0
    }
}

#[test]
fn queue() {
    let drive = |queue: &mut EventQueue<Numbered>, step: u64| {
        // Ties on purpose: two at a time for each of a few moments ahead.
        queue.push(ms(step / 3 + step * 7 % 5), Numbered(step));
        let due = queue.next_at().filter(|at| *at <= ms(step / 3));
        due.map_or_else(String::new, |_| format!("{:?}", queue.pop()))
    };
    let (name, make) = ("sim/src/queue.rs: EventQueue", EventQueue::new);
    Part { name, make, drive, walk: own, steps: 120, unwalked: &[] }.check();
}

#[test]
fn servo() {
    let make = || Servo::new(200.0, -50.0, 50.0, 250);
    let drive = |servo: &mut Servo, step: u64| {
        let wanted = goal(step / 40 * 40, 60.0).unwrap();
        format!("{:?}", servo.setpoint(wanted, wobble(step / 10, 1) * 40.0))
    };
    let unwalked = &[("dt_s", "parameter"), ("step", "parameter"), ("min", "parameter"), ("max", "parameter")];
    Part { name: "sim/src/servo.rs: Servo", make, drive, walk: own, steps: 200, unwalked }.check();
}

#[test]
fn gimbal() {
    let make = || Gimbal::new(&config().camera, START, 250);
    let drive = |gimbal: &mut Gimbal, step: u64| {
        if let Some(goal) = goal(step, 40.0) {
            gimbal.drive(if step / 40 % 2 == 0 { Axis::Pan } else { Axis::Tilt }, goal);
        }
        let arrived = gimbal.tick();
        format!("{arrived:?} {:?} {:?}", gimbal.angle_at(Axis::Pan, 0.3), gimbal.angle_at(Axis::Tilt, 0.7))
    };
    let unwalked = &[
        ("axes.mechanics", "parameter"),
        ("axes.rate_max_dps", "parameter"),
        ("axes.servo.dt_s", "parameter"),
        ("axes.servo.step", "parameter"),
        ("axes.servo.min", "parameter"),
        ("axes.servo.max", "parameter"),
        ("plant.dt_s", "parameter"),
        ("plant.axes", "rotor, motor and turn as the axes above them keep and walk them; `goes_on` holds that"),
    ];
    Part { name: "sim/src/gimbal.rs: Gimbal", make, drive, walk: own, steps: 400, unwalked }.check();
}

#[test]
fn lens() {
    let make = || Lens::new(&config().camera.lens, 2.0, 250);
    let drive = |lens: &mut Lens, step: u64| {
        if let Some(goal) = goal(step, 16000.0) {
            lens.drive(goal);
        }
        format!("{} {:?}", lens.tick(), lens.units_at(0.4))
    };
    let unwalked = &[
        ("optics", "parameter"),
        ("servo.dt_s", "parameter"),
        ("servo.step", "parameter"),
        ("servo.min", "parameter"),
        ("servo.max", "parameter"),
    ];
    Part { name: "sim/src/lens.rs: Lens", make, drive, walk: own, steps: 400, unwalked }.check();
}

const CAMERA: &[(&str, &str)] = &[
    ("physics_hz", "parameter"),
    ("zoom_rate_max", "parameter"),
    ("device.model", "parameter"),
    ("gimbal.axes.mechanics", "parameter"),
    ("gimbal.axes.rate_max_dps", "parameter"),
    ("gimbal.axes.servo.dt_s", "parameter"),
    ("gimbal.axes.servo.step", "parameter"),
    ("gimbal.axes.servo.min", "parameter"),
    ("gimbal.axes.servo.max", "parameter"),
    ("gimbal.plant", "see Gimbal"),
    ("lens.optics", "parameter"),
    ("lens.servo.dt_s", "parameter"),
    ("lens.servo.step", "parameter"),
    ("lens.servo.min", "parameter"),
    ("lens.servo.max", "parameter"),
    ("outbox.bytes", "beyond a datagram's length: nothing"),
];

#[test]
fn camera() {
    let make = || Camera::new(&config().camera, START, 250);
    let drive = |camera: &mut Camera, step: u64| {
        let at = camera.next_tick_at();
        camera.tick();
        match step % 50 {
            0 => camera.receive(at, STREAM, &[0x81, 1, 6, 2, 8, 8, 0, 1, 0xB, 0, 0, 0, 9, 0, 0xFF]),
            10 => camera.receive(at, STREAM, &[0x81, 9, 6, 0x12, 0xFF, 0x81]),
            20 => camera.receive(at, STREAM, &[1, 4, 7, 0x23, 0xFF]),
            30 => camera.receive(at, STREAM, &[0x81, 1, 6, 1, 5, 3, 1, 2, 0xFF]),
            _ => camera.due(at),
        }
        let mut said = format!("{:?}", camera.readings_at(at));
        loop {
            match camera.poll_output() {
                CameraOutput::Transmit(_, datagram) => said += &format!("{datagram:?}"),
                CameraOutput::WaitUntil(due) => return said + &format!("{due:?}"),
            }
        }
    };
    Part { name: "sim/src/camera.rs: Camera", make, drive, walk: own, steps: 400, unwalked: CAMERA }.check();
}

#[test]
fn lane() {
    let make = || {
        let span = core::time::Duration::from_millis;
        let link = Link { latency: Delay::Uniform { from: span(5), to: span(40) }, drop_probability: 0.2 };
        Lane::new(&link, 7, "up")
    };
    let drive = |lane: &mut Lane, step: u64| {
        let trouble = Trouble { drop_probability: 0.3, add: core::time::Duration::from_millis(step % 3) };
        let sent =
            lane.send(ms(step), Peer::default(), Datagram::new(&[0x81, step as u8 & 0x7F, 0xFF]).unwrap(), trouble);
        let got = (step % 2 == 0).then(|| lane.deliver((step * 5 % 7) as u32));
        format!("{sent:?} {got:?}")
    };
    let unwalked = &[
        ("latency", "parameter"),
        ("drop_probability", "parameter"),
        ("drops", "walked under rng, see Stream"),
        ("delays", "walked under rng, see Stream"),
        ("slots.datagram.bytes", "beyond a datagram's length: nothing"),
    ];
    Part { name: "sim/src/link.rs: Lane", make, drive, walk: own, steps: 60, unwalked }.check();
}

#[test]
fn video() {
    let make = || Video::new(&scenario("video/frame-drops").world.video, 7);
    let drive = |video: &mut Video, step: u64| {
        let at = video.exposure_at(video.next_index());
        if video.wants_picture(step % 9 > 5) {
            let mut truth = video.blank();
            truth.push(TruthBox {
                target: 0,
                x_px: wobble(step, 1) * 300.0,
                y_px: 200.0,
                w_px: 20.0,
                h_px: 60.0,
                visible_fraction: 1.0,
                visible: PixelBox { x_px: wobble(step, 2) * 300.0, y_px: 200.0, w_px: 20.0, h_px: 60.0 },
                range_m: 10.0,
            });
            let motion = Motion { pan_dps: wobble(step, 3), tilt_dps: 1.0, hfov_dps: wobble(step, 4) };
            video.take(at, START, 60.0, truth, Some(motion));
        }
        let sent = video.expose(at, START, 0.3);
        let got = video.deliver((step * 3 % 5) as u32);
        let said = format!("{sent:?} {got:?}");
        if let Some(frame) = got {
            video.recycle(frame);
        }
        said
    };
    let unwalked = &[
        ("config", "parameter"),
        ("drops", "walked under rng, see Stream"),
        ("delays", "walked under rng, see Stream"),
    ];
    Part { name: "sim/src/video.rs: Video", make, drive, walk: own, steps: 60, unwalked }.check();
}

#[test]
fn walk() {
    let make = || Walk::of(&walker(), 7).unwrap();
    let drive = |walk: &mut Walk, step: u64| {
        walk.extend(ms(step * 97));
        format!("{:?} {:?}", walk.at(ms(step * 97)), walk.at(ms((step * 97).saturating_sub(400))))
    };
    let unwalked = &[
        ("begins_at", "parameter"),
        ("centre_deg", "parameter"),
        ("extent_deg", "parameter"),
        ("speed_dps", "parameter"),
        ("acceleration_dps2", "parameter"),
        ("pause_s", "parameter"),
        ("pen.rng", "walked under rng, see Stream"),
    ];
    Part { name: "sim/src/walk.rs: Walk", make, drive, walk: own, steps: 120, unwalked }.check();
}

#[test]
fn actor() {
    let make = || Actor::new(&walker(), 7);
    let drive = |actor: &mut Actor, step: u64| {
        actor.extend(ms(step * 97));
        format!("{:?}", actor.at(ms(step * 97)))
    };
    let unwalked = &[
        ("config", "parameter"),
        ("walk.begins_at", "parameter"),
        ("walk.centre_deg", "parameter"),
        ("walk.extent_deg", "parameter"),
        ("walk.speed_dps", "parameter"),
        ("walk.acceleration_dps2", "parameter"),
        ("walk.pause_s", "parameter"),
        ("walk.pen.rng", "walked under rng, see Stream"),
    ];
    Part { name: "sim/src/target.rs: Actor", make, drive, walk: own, steps: 120, unwalked }.check();
}

#[test]
fn world() {
    let make = || {
        let faults = ["video/freeze", "video/outage", "link/command-loss", "perception/misses"];
        let mut config = scenario("motion/walk").world;
        config.faults = faults.into_iter().flat_map(|name| scenario(name).world.faults).collect();
        for (index, fault) in config.faults.iter_mut().enumerate() {
            fault.at = ms(200 + 300 * index as u64);
            fault.duration = core::time::Duration::from_millis(500);
        }
        World::new(&config).unwrap()
    };
    let drive = |world: &mut World, step: u64| {
        let at = ms(step * 23);
        world.advance(at);
        // Every other step something stays in the mailbox.
        let mut said = String::new();
        while step % 2 == 0 || said.is_empty() {
            let Some(delivery) = world.poll() else { break };
            said += &format!("{delivery:?}");
        }
        match step % 6 {
            0 => world.transmit(at, &[0x81, 1, 6, 1, 5, 3, 1, 2, 0xFF]).unwrap(),
            2 => world.transmit(at, &[0x81, 9, 6, 0x12, 0xFF]).unwrap(),
            4 => world.transmit(at, &[0x81, 1, 4, 7, 0x23, 0xFF]).unwrap(),
            _ => {}
        }
        let next_at = world.next_at();
        said + &format!("{:?} {next_at:?}", world.truth(at))
    };
    let walk = |world: &World, v: &mut dyn tiltyard_visca::Visit| {
        world.visit_clock(v);
        world.visit_rng(v);
        world.visit_link(v);
        world.visit_gimbal(v);
        world.visit_scene(v);
    };
    let unwalked = &[
        ("camera", "see Camera"),
        ("up", "see Lane; its streams are walked: see Stream"),
        ("down", "see Lane; its streams are walked: see Stream"),
        ("video", "see Video; its streams are walked: see Stream"),
        ("actors", "see Actor; its stream is walked: see Stream"),
        ("faults.kinds", "parameter"),
        ("faults.link", "follows from kinds and active"),
        ("faults.video_drop", "follows from kinds and active"),
        ("faults.frozen", "follows from kinds and active"),
        ("faults.detector_miss", "follows from kinds and active"),
        ("faults.inference_add", "follows from kinds and active"),
        ("deliveries.Bytes.bytes.bytes", "beyond a datagram's length: nothing"),
        ("films", "parameter"),
        ("scratch", "made anew whenever it is asked for"),
    ];
    Part { name: "sim/src/world.rs: World", make, drive, walk, steps: 120, unwalked }.check();
}
