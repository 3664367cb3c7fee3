//! The tracker under test, part by part.

use std::sync::Arc;
use std::time::Duration;

use tiltyard::stack::config::{default_gains, predictive_gains};
use tiltyard::stack::detect::{Geometric, GeometricConfig, Recorded};
use tiltyard::stack::frame::{Content, PixelBox, TruthBox};
use tiltyard::stack::geometry::{Bearing, View};
use tiltyard::stack::latest::Latest;
use tiltyard::stack::lens::LensModel;
use tiltyard::stack::memory::{Memory, MemoryConfig};
use tiltyard::stack::phase::PhaseMachine;
use tiltyard::stack::pose::{PoseEstimator, Revised};
use tiltyard::stack::search::{Search, SearchConfig};
use tiltyard::stack::select::{Challenge, Followed, LockConfig, Rule, Selector};
use tiltyard::stack::servo::{
    AntiWindup, DerivativeOf, Head, Motion, Pid, PidGains, Predictive, Proportional, ProportionalGains, ServoInput,
    Sighting,
};
use tiltyard::stack::shape::{Demand, GuardConfig, RampConfig, Shape, ShapeConfig};
use tiltyard::stack::track::{
    Boxes, Cascade, CascadeConfig, ConstantVelocity, OcSort, OcSortConfig, Plane, Sort, SortConfig,
};
use tiltyard::stack::watchdog::Watchdog;
use tiltyard::stack::zoom::{
    AimAhead, LensAhead, Linear, LinearGains, LogFocal, LogFocalGains, SeenSize, ZoomConfig, ZoomInput, ZoomLaw,
    ZoomLawConfig,
};
use tiltyard::stack::{Detection, Detector, Frame, Phase, Servo, StackConfig, Track, Tracker};
use tiltyard_sim::rng;
use tiltyard_visca::SimTime;

use crate::harness::{Part, own, scenario, wobble};

fn ms(millis: u64) -> SimTime {
    SimTime::from_millis(millis)
}

fn config() -> StackConfig {
    let scenario = scenario("motion/step");
    scenario.stack.config(&scenario.world)
}

fn person() -> Arc<str> {
    Arc::from("person")
}

fn pixel_box(step: u64, who: u64) -> PixelBox {
    let x_px = 300.0 + 200.0 * who as f64 + wobble(step, who) * 4.0 + step as f64;
    PixelBox { x_px, y_px: 150.0 + wobble(step, 9) * 3.0, w_px: 60.0, h_px: 180.0 }
}

fn frame(step: u64) -> Frame {
    let boxes = (0..2).map(|who| TruthBox {
        target: who,
        label: person(),
        bbox: pixel_box(step, u64::from(who)),
        visible_fraction: 1.0,
        visible: pixel_box(step, u64::from(who)),
    });
    Frame {
        seq: step,
        picture: step,
        captured_at: ms(step * 33),
        arrived_at: ms(step * 33 + 80),
        width_px: 1280,
        height_px: 720,
        content: Content::Truth { boxes: boxes.collect(), miss_probability: 0.1 },
        pixels: None,
    }
}

/// One or two people, now and then nobody, now and then a false box.
fn detections(step: u64) -> Vec<Detection> {
    let found = |who: u64| Detection { label: person(), confidence: 0.9, bbox: pixel_box(step, who) };
    (0..3)
        .filter(|who| step % 7 != 3 && (*who != 1 || step % 4 != 0) && (*who != 2 || step % 9 == 0))
        .map(found)
        .collect()
}

fn view(step: u64) -> View {
    let axis = Bearing { az_deg: wobble(step / 5, 4), el_deg: 0.5 };
    View { axis, hfov_deg: 50.0, width_px: 1280.0, height_px: 720.0 }
}

#[test]
fn latest() {
    let drive = |latest: &mut Latest<Frame>, step: u64| {
        // Out of order now and then, and not always fetched.
        let mut frame = frame(step);
        frame.captured_at = ms(step * 33 - if step % 5 == 4 { 66 } else { 0 });
        let put = latest.put(frame.captured_at, frame);
        format!("{put} {:?} {:?}", (step % 3 == 0).then(|| latest.take()), latest.stats())
    };
    let make = Latest::default;
    Part { name: "src/stack/latest.rs: Latest", make, drive, walk: own, steps: 60, unwalked: &[] }.check();
}

fn found(detector: &mut impl Detector, step: u64) -> String {
    let mut found = Vec::new();
    detector.detect(&frame(step), &mut found);
    format!("{found:?}")
}

#[test]
fn geometric() {
    let make = || {
        let config = GeometricConfig { miss_probability: 0.2, false_positives_per_frame: 0.3, ..Default::default() };
        Geometric::new(config, rng::stream(7, "detector").into_rng())
    };
    let unwalked = &[("config", "parameter"), ("rng.seed", "parameter"), ("rng.stream", "parameter")];
    let (name, drive) = ("src/stack/detect/geometric.rs: Geometric", found as fn(&mut Geometric, u64) -> String);
    Part { name, make, drive, walk: own, steps: 60, unwalked }.check();
}

#[test]
fn recorded() {
    let make = || Recorded::new((0..40).map(|seq| (seq, detections(seq))).collect());
    let unwalked = &[("by_frame", "parameter: the recording")];
    let (name, drive) = ("src/stack/detect/recorded.rs: Recorded", found as fn(&mut Recorded, u64) -> String);
    Part { name, make, drive, walk: own, steps: 36, unwalked }.check();
}

fn tracked(tracker: &mut impl Tracker, step: u64) -> String {
    tracker.update(ms(step * 33), &view(step), &detections(step));
    format!("{:?}", tracker.tracks())
}

#[test]
fn boxes() {
    let (name, make) = ("src/stack/track/boxes.rs: Boxes", Boxes::default);
    let drive = tracked as fn(&mut Boxes, u64) -> String;
    Part { name, make, drive, walk: own, steps: 60, unwalked: &[] }.check();
}

#[test]
fn sort() {
    let make = || Sort::new(SortConfig::default());
    let unwalked = &[("config", "parameter"), ("tracks", "follows from what is followed, at every update")];
    let (name, drive) = ("src/stack/track/sort.rs: Sort", tracked as fn(&mut Sort, u64) -> String);
    Part { name, make, drive, walk: own, steps: 60, unwalked }.check();
}

#[test]
fn ocsort() {
    let make = || OcSort::new(OcSortConfig { confidence_min: 0.0, ..OcSortConfig::default() });
    let unwalked = &[("config", "parameter"), ("tracks", "follows from what is followed, at every update")];
    let (name, drive) = ("src/stack/track/ocsort.rs: OcSort", tracked as fn(&mut OcSort, u64) -> String);
    Part { name, make, drive, walk: own, steps: 60, unwalked }.check();
}

#[test]
fn cascade() {
    // Every box is sure enough to start a track, so that there is something to forget.
    const EAGER: CascadeConfig = CascadeConfig { starts: 0.0, offered: 0.0, ..CascadeConfig::DEFAULT };
    let world = || Cascade::new(EAGER);
    let picture = || Cascade::new(CascadeConfig { plane: Plane::Picture, ..EAGER });
    let control = || Cascade::new(CascadeConfig::CONTROL);
    for make in [world as fn() -> Cascade, picture, control] {
        let unwalked = &[("config", "parameter"), ("tracks", "follows from what is followed, at every update")];
        let (name, drive) = ("src/stack/track/cascade.rs: Cascade", tracked as fn(&mut Cascade, u64) -> String);
        Part { name, make, drive, walk: own, steps: 60, unwalked }.check();
    }
}

#[test]
fn constant_velocity() {
    let make = || ConstantVelocity::first(1.0, 0.1, 20.0);
    let drive = |filter: &mut ConstantVelocity, step: u64| {
        filter.predict(0.033, 40.0);
        if step % 4 != 2 {
            filter.correct(wobble(step, 1), 0.01);
        }
        format!("{filter:?}")
    };
    let name = "src/stack/track/kalman.rs: ConstantVelocity";
    Part { name, make, drive, walk: own, steps: 60, unwalked: &[] }.check();
}

fn served(servo: &mut impl Servo, step: u64) -> String {
    if step % 23 == 22 {
        servo.reset();
    }
    let rates = servo.update(&ServoInput {
        at: ms(step * 33),
        dt_s: 0.033,
        error_deg: [wobble(step / 3, 1) * 8.0, wobble(step, 2) * 0.3],
        error_frame: [wobble(step / 3, 1) * 0.4, wobble(step, 2) * 0.1],
        target_rate_dps: [wobble(step / 9, 3) * 5.0, 0.0],
        new_target: step % 17 == 0,
        sighting: (step % 5 != 4).then(|| Sighting {
            at: ms(step * 33),
            position_deg: [wobble(step / 3, 6) * 8.0, wobble(step, 7) * 0.3],
            sd_deg: [0.1, 0.05],
            size_deg: [1.0 + wobble(step, 9) * 0.3, 2.0],
        }),
        hold_s: 0.04 + wobble(step, 8) * 0.01,
        head: Head {
            at: ms(step * 33 + 50),
            position_deg: [wobble(step / 5, 4) * 40.0, 1.0],
            rate_dps: [wobble(step / 2, 5) * 9.0, 0.0],
            revised: Revised { deg: [wobble(step / 8, 3), 0.0], dps: [(step / 8) as f64, (step / 9) as f64] },
        },
    });
    format!("{rates:?} {:?}", servo.terms())
}

#[test]
fn pid() {
    let make = || {
        let gains = default_gains(&config().camera);
        // The default has no derivative, no setpoint weight and listens to no actuator; here all of it is to count.
        let whole = |gains| PidGains {
            kd: 0.3,
            setpoint_weight: 0.6,
            anti_windup: AntiWindup::Actuator { acceleration_dps2: 60.0 },
            ..gains
        };
        Pid::new(
            [whole(gains[0]), PidGains { derivative_of: DerivativeOf::Measurement, ..whole(gains[1]) }],
            [100.0, 70.0],
        )
    };
    let unwalked = &[
        ("gains", "parameter"),
        ("rate_max_dps", "parameter"),
        ("axes.terms", "of the last step, for the record; follows from it"),
    ];
    let (name, drive) = ("src/stack/servo/pid.rs: Pid", served as fn(&mut Pid, u64) -> String);
    Part { name, make, drive, walk: own, steps: 60, unwalked }.check();
}

#[test]
fn predictive() {
    let make = || Predictive::new(predictive_gains(&config().camera));
    let unwalked = &[("gains", "parameter"), ("terms", "of the last step, for the record; follows from it")];
    let (name, drive) = ("src/stack/servo/predictive.rs: Predictive", served as fn(&mut Predictive, u64) -> String);
    Part { name, make, drive, walk: own, steps: 60, unwalked }.check();
}

#[test]
fn motion() {
    let make = || Motion::first(ms(0), 1.0, 0.2, 20.0);
    let drive = |motion: &mut Motion, step: u64| {
        motion.see(ms(33 + step * 33), wobble(step / 4, 1) * 3.0, if step % 7 == 6 { 0.2 } else { 0.0 });
        format!("{:?} {:?}", motion.course_at(motion.at() + Duration::from_millis(80)), motion.sd())
    };
    Part { name: "src/stack/servo/motion.rs: Motion", make, drive, walk: own, steps: 60, unwalked: &[] }.check();
}

#[test]
fn shape() {
    let make = || {
        let ramp = RampConfig { acceleration_dps2: Some(60.0), jerk_dps3: Some(400.0) };
        Shape::new(ShapeConfig { dither: true, ramp, margin_deg: Some(0.5), guard: Some(GuardConfig::DEFAULT) })
    };
    let drive = |shape: &mut Shape, step: u64| {
        let demand = Demand {
            at: ms(step * 33),
            rate_dps: [wobble(step, 1) * 9.0, wobble(step, 2) * 9.0],
            hold_s: 0.033,
            head_deg: [wobble(step, 3) * 9.0, wobble(step, 4) * 9.0],
            target_deg: [wobble(step / 9, 5) * 9.0, 0.0],
            target_dps: [1.0, 0.0],
            hfov_deg: 10.0,
        };
        let model = config().camera.model;
        format!("{:?} {}", shape.shape(&demand, [&model.pan, &model.tilt], [100.0; 2]), shape.guard_acts())
    };
    let unwalked = &[("config", "parameter")];
    Part { name: "src/stack/shape/mod.rs: Shape", make, drive, walk: own, steps: 120, unwalked }.check();
}

#[test]
fn proportional() {
    let make = || Proportional::new(ProportionalGains::default(), [100.0, 70.0]);
    let unwalked = &[
        ("gains", "parameter"),
        ("rate_max_dps", "parameter"),
        ("terms", "of the last step, for the record; follows from it"),
    ];
    let (name, drive) =
        ("src/stack/servo/proportional.rs: Proportional", served as fn(&mut Proportional, u64) -> String);
    Part { name, make, drive, walk: own, steps: 60, unwalked }.check();
}

/// One step of a zoom law: somebody who comes and goes, at a lens that moves, now and then hidden.
fn zoomed(zoom: &mut impl ZoomLaw, step: u64) -> String {
    let at = ms(200 + step * 33);
    let hidden = step % 40 > 30;
    let height = 0.4 + wobble(step / 8, 1) * 0.25;
    let seen = SeenSize {
        at: ms(100 + step * 33),
        share: [0.3 * height, height],
        is_cut: [false, step % 29 == 28],
        log_ratio: 1.0 + wobble(step / 8, 2) * 0.5,
    };
    let input = ZoomInput {
        at,
        phase: if step % 97 == 96 { Phase::Lost } else { Phase::Tracking },
        new_target: step == 150,
        widen: step % 61 == 60,
        seen: (!hidden).then_some(seen),
        aim: Some(AimAhead {
            error_deg: [wobble(step / 8, 3) * 3.0, 0.1],
            rate_dps: [wobble(step / 8, 4) * 5.0, 0.0],
            uncertainty_deg: if hidden { 2.0 } else { 0.0 },
            dead_time_s: 0.15,
        }),
        lens: LensAhead { at: at + Duration::from_millis(20), rest_units: 5000.0 + wobble(step / 8, 2) * 2000.0 },
    };
    format!("{:?}", zoom.update(&input))
}

fn zoom_config(law: ZoomLawConfig) -> ZoomConfig {
    ZoomConfig { target_coverage: Some(0.4), dead_zone: 0.05, reset_speed: 0.5, law }
}

#[test]
fn linear_zoom() {
    let make = || {
        let gains = LinearGains { gain: 5.0 };
        Linear::new(zoom_config(ZoomLawConfig::Linear(gains)), gains, config().camera.model.zoom)
    };
    let unwalked = &[("config", "parameter"), ("gains", "parameter"), ("model", "parameter")];
    let (name, drive) = ("src/stack/zoom/linear.rs: Linear", zoomed as fn(&mut Linear, u64) -> String);
    Part { name, make, drive, walk: own, steps: 60, unwalked }.check();
}

#[test]
fn log_focal_zoom() {
    let make = || {
        let gains = LogFocalGains::default();
        LogFocal::new(zoom_config(ZoomLawConfig::LogFocal(gains)), gains, &config().camera)
    };
    let unwalked = &[
        ("config", "parameter"),
        ("gains", "parameter"),
        ("model", "parameter"),
        ("optics", "parameter"),
        ("reach", "parameter"),
        ("ends", "parameter"),
    ];
    let (name, drive) = ("src/stack/zoom/log_focal.rs: LogFocal", zoomed as fn(&mut LogFocal, u64) -> String);
    Part { name, make, drive, walk: own, steps: 200, unwalked }.check();
}

#[test]
fn lens() {
    let make = || LensModel::new(&config().camera.optics);
    let drive = |lens: &mut LensModel, step: u64| {
        let now = ms(100 + step * 33);
        let rate = |step: u64| wobble(step / 2, 1) * 3000.0;
        match step % 8 {
            0 => lens.read(ms(90 + step * 33), 4000.0 + wobble(step, 5) * 500.0),
            1 | 3 | 6 => lens.commanded(now, now + Duration::from_millis(20), rate(step)),
            2 => lens.acked(now, ms(85 + step * 33), rate(step - 1)),
            7 => lens.lost(rate(step - 1)),
            _ => {}
        }
        let at = now + Duration::from_millis(30);
        format!("{} {} {}", lens.is_known(), lens.units(at), lens.rest_units(at))
    };
    let unwalked = &[("acceleration", "parameter"), ("ends", "parameter")];
    Part { name: "src/stack/lens.rs: LensModel", make, drive, walk: own, steps: 200, unwalked }.check();
}

fn track(id: u32, step: u64, az_deg: f64, seen_at: SimTime) -> Track {
    Track {
        id,
        label: person(),
        confidence: 0.9,
        bbox: pixel_box(step, u64::from(id)),
        bearing: Bearing { az_deg, el_deg: 0.1 },
        rate_dps: [wobble(step, u64::from(id)), 0.2],
        at: seen_at,
        seen_at,
        hits: 3,
    }
}

#[test]
fn selector() {
    let make = || {
        let lock =
            LockConfig { challenge: Some(Challenge { better: 1.1, hold: ms(66).since(ms(0)) }), ..Default::default() };
        Selector::new(Rule::Label(person()), Duration::from_millis(90), config().patience, Some(lock))
    };
    let drive = |selector: &mut Selector, step: u64| {
        if step == 60 {
            selector.set_rule(Rule::Largest);
        }
        // Of three people two vanish now and then, and come back under other ids.
        let at = ms(step * 33);
        let phase = step % 20;
        let tracks: Vec<Track> = (0..3)
            .filter(|who| *who == 2 || !(8..12).contains(&phase))
            .map(|who| {
                let id = who + if who < 2 && phase >= 12 { 3 } else { 0 } + 6 * (step / 20) as u32;
                track(id, step, f64::from(who) * 4.0 + wobble(step, u64::from(who)), at)
            })
            .filter(|track| step % 5 != 3 || track.id % 3 != 0)
            .collect();
        format!("{:?}", selector.choose(at, &tracks, &view(step)))
    };
    let unwalked = &[("release", "parameter"), ("patience", "parameter"), ("config", "parameter")];
    Part { name: "src/stack/select.rs: Selector", make, drive, walk: own, steps: 120, unwalked }.check();
}

#[test]
fn memory() {
    let make = || Memory::of(&track(1, 0, 1.0, ms(0)), &view(0));
    let drive = |memory: &mut Memory, step: u64| {
        let at = ms(step * 33);
        if step % 4 != 2 {
            memory.see(&track(1, step, wobble(step, 7), at), &view(step));
        }
        let later = at + Duration::from_secs(1);
        format!("{:?}", memory.believed(later, Duration::from_millis(300), &MemoryConfig::default()))
    };
    Part { name: "src/stack/memory.rs: Memory", make, drive, walk: own, steps: 60, unwalked: &[] }.check();
}

#[test]
fn search() {
    let make = || Search::new(Some(SearchConfig::default()));
    let drive = |search: &mut Search, step: u64| {
        let phase = if step % 20 < 12 { Phase::Searching } else { Phase::Tracking };
        let track = track(1, step, 3.0, ms(step * 33));
        let followed = Followed { track, seen: false, lock: 1, uncertainty_deg: Some(40.0) };
        format!("{:?}", search.goal(phase, Some(&followed), &view(step), true))
    };
    let unwalked = &[("config", "parameter")];
    Part { name: "src/stack/search.rs: Search", make, drive, walk: own, steps: 60, unwalked }.check();
}

#[test]
fn phases() {
    let make = || PhaseMachine::new(config().patience);
    let drive = |phases: &mut PhaseMachine, step: u64| {
        let now = ms(step * 100);
        let phase = phases.update(now, (step % 50 > 10 && step % 50 < 20).then_some(now));
        format!("{phase:?} {:?}", phases.last_seen())
    };
    let unwalked = &[("patience", "parameter")];
    Part { name: "src/stack/phase.rs: PhaseMachine", make, drive, walk: own, steps: 120, unwalked }.check();
}

#[test]
fn pose() {
    let make = || {
        let camera = config().camera;
        PoseEstimator::new(camera.actuator, camera.optics)
    };
    let drive = |pose: &mut PoseEstimator, step: u64| {
        let now = ms(100 + step * 33);
        let rates = [wobble(step / 2, 1) * 30.0, wobble(step / 2, 2) * 10.0];
        match step % 8 {
            0 => pose.read_pan_tilt(ms(step * 33), now, wobble(step, 3) * 5.0, wobble(step, 4) * 2.0),
            1 | 3 | 6 => pose.commanded(now, rates),
            2 => {
                pose.acked(now, [wobble((step - 1) / 2, 1) * 30.0, wobble((step - 1) / 2, 2) * 10.0]);
            }
            4 => pose.read_zoom(ms(step * 33), now, 4000.0 + wobble(step, 5) * 500.0),
            5 => pose.zoom_commanded(now, wobble(step, 6) * 2000.0),
            7 => pose.lost([wobble((step - 1) / 2, 1) * 30.0, wobble((step - 1) / 2, 2) * 10.0]),
            _ => {}
        }
        let (view, ahead) = (pose.view(ms(20 + step * 33), 1280, 720), pose.predicted(now + Duration::from_millis(70)));
        format!("{view:?} {ahead:?} {:?}", pose.command_delay())
    };
    let unwalked = &[
        ("actuator", "parameter"),
        ("optics", "parameter"),
        ("lens.acceleration", "parameter"),
        ("lens.ends", "parameter"),
        ("history", "written once, when its digest goes into that of the next: the newest one's is walked"),
    ];
    Part { name: "src/stack/pose.rs: PoseEstimator", make, drive, walk: own, steps: 200, unwalked }.check();
}

#[test]
fn watchdog() {
    let make = || Watchdog::new(config().watchdog);
    let drive = |watchdog: &mut Watchdog, step: u64| {
        let now = ms(step * 100);
        if step % 60 < 30 {
            watchdog.frame(now, if step % 60 < 15 { step } else { 0 });
        }
        if step % 40 < 5 {
            watchdog.decision(now);
        }
        format!("{:?} {:?}", watchdog.poll(now), watchdog.next_at())
    };
    let unwalked = &[("config", "parameter")];
    Part { name: "src/stack/watchdog.rs: Watchdog", make, drive, walk: own, steps: 180, unwalked }.check();
}
