//! Scenarios that are drawn: what their keys mean, what is refused, and what pixels do not change.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::path::Path;

use tiltyard::infer;
use tiltyard::rig::SimRig;
use tiltyard::run::{Execution, Snapshot, run_scenario, run_snapshot};
use tiltyard::scenario::{Memory, Scenario, Set, load, parse};
use tiltyard::stack::config::PixelDetector;
use tiltyard::stack::detect::{Detection, Detector, Geometric};
use tiltyard::stack::{Frame, Stack};
use tiltyard_sim::config::{Backdrop, Delay, Kind};
use tiltyard_visca::num::min;
use tiltyard_visca::{SimTime, State, Visit};

const SCENE: &str = r#"
schema = 1
title = "two and a poster"
camera = "generic-20x"
length = "2 s"
video.size = [160, 90]
[world.drawn]
backdrop = "thermal"
light = [["1 s", 0.5]]
[[target]]
name = "anna"
size = { width = "0.6 m", height = "1.8 m" }
range = "9 m"
path.points = [["0 s", "0 deg", "-3 deg"]]
[[target]]
name = "van"
label = "car"
size = { width = "4 m", height = "1.5 m" }
range = "20 m"
path.points = [["0 s", "12 deg", "-3 deg"]]
[[occluder]]
name = "poster"
size = { width = "0.6 m", height = "1.8 m" }
range = "8 m"
bearing = ["-12 deg", "-3 deg"]
looks = { kind = "person", like = "anna" }
"#;

fn read(text: &str, sets: &[&str]) -> Result<Scenario, String> {
    let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).unwrap()).collect();
    parse("pixels.toml", text, &sets, &Memory::default()).map_err(|wrong| wrong.render(false))
}

fn walk() -> Scenario {
    load(Path::new("scenarios/pixels/thermal-walk.toml"), &[Set::parse("length=\"1.2 s\"").unwrap()]).unwrap()
}

#[test]
fn keys_mean_what_they_say() {
    let drawn = read(SCENE, &[]).unwrap().world.drawn.unwrap();
    assert_eq!((drawn.backdrop, drawn.light), (Backdrop::Thermal, vec![(SimTime::from_millis(1000), 0.5)]));
    assert_eq!(drawn.targets.iter().map(|look| look.kind).collect::<Vec<_>>(), [Kind::Person, Kind::Car]);
    assert_eq!((drawn.occluders[0].kind, drawn.occluders[0].dress.as_str()), (Kind::Person, "anna"));
    assert!(load(Path::new("scenarios/motion/walk.toml"), &[]).unwrap().world.drawn.is_none());
}

#[test]
fn a_measured_latency_is_read_and_one_out_of_order_refused() {
    let of = |p95: &str| {
        let span = "min = \"7 ms\", median = \"8 ms\"";
        read(
            SCENE,
            &[&format!("stack.inference.latency={{ measured = {{ {span}, p95 = \"{p95}\", max = \"30 ms\" }} }}")],
        )
    };
    let ms = std::time::Duration::from_millis;
    let wanted = Delay::Measured { min: ms(7), median: ms(8), p95: ms(11), max: ms(30) };
    assert_eq!(of("11 ms").unwrap().stack.inference(), wanted);
    assert!(of("31 ms").unwrap_err().contains("quantiles out of order"));
}

#[test]
fn a_network_without_a_name_is_the_shipped_one() {
    let of = |sets: &[&str]| read(SCENE, sets).unwrap();
    let shipped = of(&["stack.detector.onnx={}"]);
    let config = shipped.stack.config(&shipped.world);
    let Some(PixelDetector::Network(network)) = &config.pixels else { panic!("{:?}", config.pixels) };
    assert_eq!((&network.model, network.labels.len()), (&None, infer::shipped::LABELS.len()));
    assert_eq!(shipped.stack.inference(), infer::shipped::LATENCY, "its own latency");
    let constant = of(&["stack.detector.onnx={}", "stack.inference.latency=\"9 ms\""]);
    assert_eq!(constant.stack.inference(), Delay::Constant(std::time::Duration::from_millis(9)));
    let other = of(&["stack.detector.onnx={ model = \"x.onnx\" }"]);
    assert_ne!(other.stack.inference(), infer::shipped::LATENCY, "nobody knows another one's");
}

#[test]
fn what_cannot_be_drawn_is_refused_at_its_place() {
    for (set, said) in [
        ("world.drawn.backdrop=\"moon\"", "unknown word `moon`"),
        ("world.drawn.exposure=\"2 s\"", "expected at most 1 s"),
        ("world.drawn.light=[[\"2 s\", 1.0], [\"1 s\", 1.0]]", "earlier than the step before"),
        ("world.drawn.light=[[\"2 s\", -1.0]]", "is no brightness"),
        ("world.drawn.defocus_px=-1", "expected 0 to 100"),
        ("occluder.0.looks.like=\"ana\"", "did you mean `anna`?"),
        ("stack.detector={ blob = {}, onnx = { model = \"x.onnx\" } }", "more than one detector on pixels"),
        ("stack.detector.onnx={ model = \"x.onnx\", size = [16, 16] }", "expected 32 to 8192 px"),
        ("stack.detector.onnx={ model = \" \" }", "no model is named"),
        ("stack.detector.onnx={ model = \"x.onnx\", layout = \"yolov3\" }", "unknown word `yolov3`"),
        ("stack.detector.blob={ area_min_px = 9, area_max_px = 8 }", "the largest area is below the smallest"),
        ("stack.detector.blob={ clahe = { tiles = 0 } }", "is no number of tiles (expected 1 to 64)"),
        ("stack.detector.blob={ clahe = { clip_limit = 0 } }", "is no limit (expected more than 0, to 100)"),
        ("stack.detector.motion={ history = 0 }", "is no history (expected 1 to 100000 frames)"),
        ("stack.detector.motion={ variance_threshold = -1 }", "is no threshold (expected more than 0)"),
        ("stack.detector.motion={ open_px = 300 }", "is no side of a square (expected 0 to 255 px)"),
        ("stack.detector.motion={ area_min_px = 9, area_max_px = 8 }", "the largest area is below the smallest"),
        ("stack.detector={ blob = {}, motion = {} }", "expected one of blob, motion, onnx"),
    ] {
        let told = read(SCENE, &[set]).unwrap_err();
        assert!(told.contains(said), "{set}: {told}");
    }
    let undrawn = SCENE.replacen("[world.drawn]\nbackdrop = \"thermal\"\nlight = [[\"1 s\", 0.5]]\n", "", 1);
    assert!(read(&undrawn, &[]).is_ok());
    let told = read(&undrawn, &["stack.detector.blob={}"]).unwrap_err();
    assert!(told.contains("needs `[world.drawn]`"), "{told}");
}

/// Drawing is looking on: with the geometric detector a run is the same whether it is drawn or not, but for the motion
/// that its pictures keep.
#[test]
fn a_world_that_is_drawn_is_the_same_world() {
    let plain = load(Path::new("scenarios/motion/walk.toml"), &[]).unwrap();
    let drawn = load(Path::new("scenarios/motion/walk.toml"), &[Set::parse("world.drawn={}").unwrap()]).unwrap();
    let [plain, drawn] = [plain, drawn].map(|scenario| {
        let mut execution = Execution::new(&scenario, 3).unwrap();
        execution.run_until(SimTime::from_millis(3000)).unwrap();
        execution.state_hashes().unwrap()
    });
    // clock, rng, link, gimbal, scene, perception, tracker, control: the scene holds the motion, and the clock a frame.
    let same = |parts: &[u64; 8]| [parts[1], parts[2], parts[3], parts[5], parts[6], parts[7]];
    assert_eq!(same(&plain), same(&drawn));
}

#[test]
fn the_loop_is_closed_through_pixels() {
    let scenario = walk();
    let execution = Execution::new(&scenario, 5).unwrap();
    let recorded = execution.recording().finish().unwrap();
    let looks = recorded.recording.unwrap().looks;
    let seen = looks.iter().filter(|look| look.detections.len() == 1).count();
    assert!(seen * 10 >= looks.len() * 9, "{seen} of {}", looks.len());
    let off = looks.iter().filter_map(|look| {
        let tiltyard::stack::frame::Content::Truth { boxes, .. } = &look.frame.content;
        Some(boxes.first()?.bbox.iou(&look.detections.first()?.bbox))
    });
    let worst = off.fold(1.0, min);
    assert!(worst > 0.6, "{worst}");
    assert!(looks.iter().all(|look| look.frame.pixels.is_none()), "a recording keeps no pictures");
}

/// Sees by truth, but not between two moments: what a network does whose outputs stop to fit.
#[derive(serde::Serialize, serde::Deserialize)]
struct Blindfolded {
    inner: Geometric,
    from: SimTime,
    until: SimTime,
    down: bool,
}

impl State for Blindfolded {
    fn visit(&self, v: &mut dyn Visit) {
        self.inner.visit(v);
    }
}

impl Detector for Blindfolded {
    fn name(&self) -> &'static str {
        "blindfolded"
    }

    fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>) {
        self.down = frame.captured_at >= self.from && frame.captured_at < self.until;
        if !self.down {
            self.inner.detect(frame, found);
        }
    }

    fn down(&self) -> Option<&str> {
        self.down.then_some("blindfolded")
    }
}

/// The subject walks on at 8 deg/s; without the stop the stack would coast after it for the time of its patience.
#[test]
fn a_detector_that_is_down_stops_the_camera_until_it_looks_again() {
    let text = "schema = 1\ntitle = \"x\"\ncamera = \"generic-20x\"\nlength = \"6 s\"\nstack.coast = \"3 s\"\n\
                [[target]]\nname = \"a\"\nsize = { width = \"0.6 m\", height = \"1.8 m\" }\nrange = \"10 m\"\n\
                path.points = [[\"0 s\", \"0 deg\", \"0 deg\"], [\"6 s\", \"48 deg\", \"0 deg\"]]\n";
    let scenario = read(text, &[]).unwrap();
    let config = scenario.stack.config(&scenario.world);
    let inner = Geometric::new(config.detector, tiltyard_sim::rng::stream(1, "detector").into_rng());
    let [from, until] = [3000, 4000].map(SimTime::from_millis);
    let stack = Stack::with_detector(config, Box::new(Blindfolded { inner, from, until, down: false }));
    let rig = SimRig::new(&scenario.world, scenario.subject).unwrap();
    let trace = Execution::with(rig, stack, &scenario, 1).finish().unwrap().trace;
    let during = |from: u64, to: u64| {
        let (from, to) = (SimTime::from_millis(from), SimTime::from_millis(to));
        trace.rows.iter().filter(move |row| row.at > from && row.at < to)
    };
    assert!(during(2500, 3000).all(|row| !row.perception_down && row.command_dps[0] > 4.0), "it follows before");
    // 0.3 s: the frame's latency, the inference, and the way of a command.
    assert!(during(3300, 4000).all(|row| row.perception_down && row.command_dps == [0.0; 2]), "it goes on unseeing");
    assert!(during(3600, 4000).all(|row| row.world.rate_dps[0].abs() < 0.1), "the head stands");
    assert!(during(4600, 6000).all(|row| !row.perception_down && row.command_dps[0] > 4.0), "it follows again");
}

/// Frozen between taking a frame and deciding on it, a run goes on with the picture that it had.
#[test]
fn a_frozen_run_goes_on_with_its_pictures() {
    let scenario = walk();
    let whole = run_scenario(&scenario, 5).chain;
    let mut with_pixels = 0;
    for millis in [583, 594, 605, 616, 627] {
        let mut execution = Execution::new(&scenario, 5).unwrap();
        execution.run_until(SimTime::from_millis(millis)).unwrap();
        let bytes = execution.snapshot(&scenario).unwrap().encode().unwrap();
        with_pixels += usize::from(bytes.len() > 240 * 136 * 3);
        assert_eq!(run_snapshot(&scenario, &Snapshot::decode(&bytes).unwrap()).unwrap().chain, whole);
    }
    assert!(with_pixels > 0, "none was frozen with a picture in hand");
}
