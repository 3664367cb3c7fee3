//! What a sound scenario means, and that nothing that is written can bring the reader down.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use core::time::Duration;

use proptest::prelude::*;
use tiltyard::scenario::expect::{Bound, Edge, Statistic, Verb};
use tiltyard::scenario::expression::Expression;
use tiltyard::scenario::{Memory, Scenario, Set, camera, cameras, json_schema, load, parse};
use tiltyard::stack::config::ServoConfig;
use tiltyard::stack::servo::{AntiWindup, DerivativeOf};
use tiltyard::stack::zoom::{LinearGains, LogFocalGains, ZoomLawConfig};
use tiltyard_sim::config::{Delay, FaultKind, Path};
use tiltyard_visca::SimTime;

const WHOLE: &str = r#"schema = 1
title  = "Everything at once"
camera = "generic-20x"
length = "8 s"
seed   = 7
subject = "b"
start = { pan = "10 deg", tilt = "-5°", zoom = 2 }
physics.rate = "500 Hz"

[video]
rate = "25 Hz"
size = [640, 360]
latency = { uniform = { from = "20 ms", to = "33.3667 ms" } }
drop = 0.1

[link]
latency = "2 ms"
drop = 0

[[target]]
name = "a"
size = { width = "50 cm", height = "1.7 m" }
ranges = [["0 s", "20 m"], ["5 s", "5 m"]]
from = "1 s"
until = "7 s"
path.sine = { amplitude = ["10 deg", "0 deg"], period = "4 s" }

[[target]]
name = "b"
label = "dog"
path.csv = "dog.csv"

[[target]]
name = "c"
size = { width = "1 m", height = "1 m" }
range = "3 m"
path.walk = { extent = ["20 deg", "2 deg"], speed = "5 deg/s", acceleration = "20 deg/s^2", pause = "500 ms" }

[[fault]]
at = "1 s"
for = "100 ms"
video.freeze = {}

[[fault]]
at = "2 s"
for = "100 ms"
inference.delay = { add = "50 ms" }

[[fault]]
at = "2 s"
for = "1 s"
detector.miss = { probability = 0.5 }

[[expect]]
name = "settles"
that = "abs(error.pan) < 0.5 deg"
within = "2 s"

[[expect]]
name = "recovers"
whenever = "fault.video.freeze ends"
then = "error.total < 1 deg"
within = "800 ms"
holds = "200 ms"

[[expect]]
name = "in the picture"
mean = "target.in_frame"
above = 0.95
over = ["2 s", "8 s"]

[[expect]]
name = "drops few"
max = "frames.dropped"
between = [0, 3]

[[expect]]
name = "keeps calm"
count = "gimbal.pan.at_limit"
below = 1

[[expect]]
name = "never lost"
never = "phase == lost"
from = "2 s"
"#;

fn generic() -> &'static str {
    camera::built_in("generic-20x").unwrap()
}

fn files() -> Memory {
    let csv = "t_s,az_deg,el_deg,width_deg,height_deg\n0,1,2,3,4\n0.04,2,2,3,4\n".to_owned();
    let camera = generic().replace("80 ms", "10 ms");
    Memory([("dog.csv".to_owned(), csv), ("cams/mine.toml".to_owned(), camera)].into())
}

fn read(text: &str, sets: &[&str]) -> Scenario {
    let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).unwrap()).collect();
    parse("scenarios/all/whole.toml", text, &sets, &files()).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

#[test]
fn a_scenario_means_what_it_says() {
    let scenario = read(WHOLE, &[]);
    assert_eq!(scenario.name, "all/whole");
    assert_eq!(scenario.subject, Some(1));
    assert_eq!(scenario.length, Duration::from_secs(8));
    let world = &scenario.world;
    assert_eq!((world.seed, world.physics_hz), (7, 500));
    assert_eq!((world.start.pan_deg, world.start.tilt_deg, world.start.zoom_ratio), (10.0, -5.0, 2.0));
    assert_eq!((world.video.rate_hz, world.video.width_px, world.video.height_px), (25.0, 640, 360));
    // Not a nanosecond is lost to a float.
    let to = Duration::from_nanos(33_366_700);
    assert_eq!(world.video.latency, Delay::Uniform { from: Duration::from_millis(20), to });
    assert_eq!(world.link.latency, Delay::Constant(Duration::from_millis(2)));
    assert_eq!(world.targets[0].body.as_ref().unwrap().range_m[1], (SimTime::from_millis(5000), 5.0));
    assert_eq!(world.targets[0].until, Some(SimTime::from_millis(7000)));
    assert!(matches!(
        &world.targets[1].path,
        Path::Recorded(rows) if rows.len() == 2 && rows[1].at == SimTime::from_millis(40)
    ));
    assert!(world.targets[1].body.is_none());
    assert_eq!(world.targets[1].label, "dog");
    assert!(matches!(&world.targets[2].path, Path::Walk { pause, .. } if *pause == Duration::from_millis(500)));
    assert_eq!(world.faults[0].kind, FaultKind::VideoFreeze);
    assert_eq!(world.faults[1].kind, FaultKind::InferenceDelay { add: Duration::from_millis(50) });
    assert_eq!(world.faults[2].kind, FaultKind::DetectorMiss { probability: 0.5 });
    assert_eq!(scenario.attachments[0].path, "dog.csv");
    assert_eq!(scenario.text, WHOLE);
    assert_eq!(scenario.camera_text, generic());
}

#[test]
fn expectations_mean_what_they_say() {
    let scenario = read(WHOLE, &[]);
    let line_of = |name: &str| WHOLE.lines().position(|line| line.contains(name)).unwrap();
    // The line is that of the header, which stands before the name.
    assert_eq!(scenario.expectations[0].line, line_of("\"settles\""));
    let verbs: Vec<&Verb> = scenario.expectations.iter().map(|expectation| &expectation.verb).collect();
    assert!(matches!(verbs[0], Verb::That { after: SimTime::ZERO, holds: Duration::ZERO, .. }));
    assert!(matches!(verbs[1], Verb::Whenever { trigger, at_least: 1, .. }
        if trigger.edge == Edge::Ends && trigger.condition == Expression::parse("fault.video.freeze ").unwrap()));
    assert!(matches!(verbs[2], Verb::Statistic { statistic: Statistic::Mean, bound: Bound::Above(0.95), window, .. }
        if window.until == Some(SimTime::from_millis(8000))));
    assert!(matches!(verbs[3], Verb::Statistic { bound: Bound::Between(0.0, 3.0), .. }));
    assert!(matches!(verbs[4], Verb::Statistic { statistic: Statistic::Count, .. }));
    assert!(matches!(verbs[5], Verb::Never { window, .. } if window.from == SimTime::from_millis(2000)));
}

#[test]
fn overrides_reach_every_place() {
    let scenario = read(
        WHOLE,
        &[
            "seed=9",
            "length=9 s",
            "target.0.ranges.1.1=\"6 m\"",
            "target[0].size.width=1 m",
            "expect.0.within=3 s",
            "camera=cams/mine.toml",
            "video.latency=\"1 ms\"",
            "why=because",
            "tags=[\"x\"]",
        ],
    );
    assert_eq!((scenario.seed, scenario.world.seed, scenario.length), (9, 9, Duration::from_secs(9)));
    assert_eq!(scenario.world.targets[0].body.as_ref().unwrap().range_m[1].1, 6.0);
    assert_eq!(scenario.world.targets[0].body.as_ref().unwrap().width_m, 1.0);
    assert!(matches!(scenario.expectations[0].verb, Verb::That { within, .. } if within == Duration::from_secs(3)));
    assert_eq!(scenario.world.camera.name, "mine");
    assert_eq!(scenario.world.video.latency, Delay::Constant(Duration::from_millis(1)));
    // The text that is kept is the scenario without its overrides.
    let again = read(&scenario.text, &[]);
    assert_eq!(Scenario { expectations: Vec::new(), ..again }, Scenario { expectations: Vec::new(), ..scenario });
}

fn scenario_files(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            scenario_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
}

#[test]
fn every_scenario_of_the_suite_is_sound_and_says_why_it_is_there() {
    let suite = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut found = Vec::new();
    scenario_files(&suite, &mut found);
    assert!(!found.is_empty());
    for path in found {
        let scenario = load(&path, &[]).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
        let beneath = path.strip_prefix(&suite).unwrap().with_extension("");
        assert_eq!(scenario.name, beneath.to_str().unwrap().replace('\\', "/"));
        assert!(!scenario.why.is_empty(), "{} does not say why", scenario.name);
    }
}

#[test]
fn the_schema_names_every_table_and_every_unit() {
    let schema = json_schema().to_string();
    for word in
        ["\"target\"", "\"expect\"", "\"whenever\"", "deg", "additionalProperties\":false", "at_least", "40 deg/s^2"]
    {
        assert!(schema.contains(word), "{word}");
    }
    let patterns = schema.matches("\"pattern\"").count();
    assert!(patterns >= 6, "{patterns} patterns");
}

#[test]
fn every_camera_says_where_its_numbers_are_from() {
    for (name, text) in cameras() {
        camera::load_camera(name, name, text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
        assert!(text.lines().all(|line| line.len() <= 300), "{name}");
    }
}

/// Whatever comes out, the way to it and its rendering must not panic.
fn survives(text: &str, sets: &[Set]) {
    if let Err(diagnostics) = parse("x.toml", text, sets, &files()) {
        assert!(diagnostics.iter().len() > 0);
        let _ = (diagnostics.render(false), diagnostics.render(true));
    }
}

#[derive(Clone, Debug)]
enum Mutation {
    Flip(usize, u8),
    Cut(usize),
    SwapLines(usize, usize),
    DropLine(usize),
    Insert(usize, String),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Flip(at, byte)),
        any::<usize>().prop_map(Mutation::Cut),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Mutation::SwapLines(a, b)),
        any::<usize>().prop_map(Mutation::DropLine),
        (any::<usize>(), "[-\"'°\\[\\]{}=.0-9a-z\n ]{1,6}").prop_map(|(at, text)| Mutation::Insert(at, text)),
    ]
}

fn mutated(text: &str, mutations: &[Mutation]) -> String {
    let mut text = text.to_owned();
    for mutation in mutations {
        if text.is_empty() {
            break;
        }
        let mut lines: Vec<&str> = text.lines().collect();
        let count = lines.len();
        text = match mutation {
            Mutation::Flip(at, byte) => {
                let mut bytes = text.into_bytes();
                let at = at % bytes.len();
                bytes[at] ^= byte;
                String::from_utf8_lossy(&bytes).into_owned()
            }
            Mutation::Cut(at) => text[..text.floor_char_boundary(at % text.len())].to_owned(),
            Mutation::SwapLines(a, b) => {
                lines.swap(a % count, b % count);
                lines.join("\n")
            }
            Mutation::DropLine(at) => {
                lines.remove(at % count);
                lines.join("\n")
            }
            Mutation::Insert(at, more) => {
                let mut whole = text.clone();
                whole.insert_str(text.floor_char_boundary(at % text.len()), more);
                whole
            }
        };
    }
    text
}

proptest! {
    #[test]
    fn no_text_brings_the_reader_down(text in "\\PC{0,200}") {
        survives(&text, &[]);
    }

    #[test]
    fn no_toml_like_text_brings_the_reader_down(text in "[-\"'°\\[\\]{}=.,#0-9a-z_\n\r\t ]{0,200}") {
        survives(&text, &[]);
    }

    #[test]
    fn no_mutation_brings_the_reader_down(mutations in prop::collection::vec(mutation(), 1..4)) {
        survives(&mutated(WHOLE, &mutations), &[]);
    }

    #[test]
    fn no_mutated_camera_brings_the_reader_down(which in 0..cameras().len(), mutations in prop::collection::vec(mutation(), 1..4)) {
        let (name, text) = cameras()[which];
        if let Err(diagnostics) = camera::load_camera(name, name, &mutated(text, &mutations)) {
            let _ = diagnostics.render(false);
        }
    }

    #[test]
    fn no_mutated_recording_brings_the_reader_down(mutations in prop::collection::vec(mutation(), 1..4)) {
        let mut files = files();
        let csv = mutated(&files.0["dog.csv"], &mutations);
        files.0.insert("dog.csv".to_owned(), csv);
        if let Err(diagnostics) = parse("x.toml", WHOLE, &[], &files) {
            let _ = diagnostics.render(false);
        }
    }

    #[test]
    fn no_override_brings_the_reader_down(
        key in prop_oneof![
            "[a-z.0-9\\[\\]\"]{0,12}",
            Just("target.0.size.width".to_owned()), Just("target.1".to_owned()), Just("video".to_owned()),
            Just("expect.0.that".to_owned()), Just("target.0.path.sine.period".to_owned()), Just("target".to_owned()),
        ],
        value in "\\PC{0,20}",
        mutations in prop::collection::vec(mutation(), 0..2),
    ) {
        match Set::parse(&format!("{key}={value}")) {
            Ok(set) => survives(&mutated(WHOLE, &mutations), &[set]),
            Err(diagnostics) => drop(diagnostics.render(false)),
        }
    }

    #[test]
    fn no_expression_brings_the_parser_down(text in "\\PC{0,60}") {
        if let Err(fault) = Expression::parse(&text) {
            prop_assert!(text.get(fault.at).is_some());
        }
    }

    #[test]
    fn no_expression_of_known_words_brings_the_parser_down(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "error.pan", "phase", "lost", "track.count", "fault.link.drop", "1", "0.5 deg", "2 s", "deg", "and",
                "or", "not", "(", ")", "abs(", "hypot(", ",", "+", "-", "*", "/", "<", ">=", "==", "!=", "true",
            ]),
            0..12,
        )
    ) {
        let text = words.join(" ");
        match Expression::parse(&text) {
            Ok(expression) => {
                for value in [None, Some(0.0), Some(-3.0), Some(f64::NAN), Some(f64::INFINITY), Some(1e308)] {
                    prop_assert!(expression.number(&|_| value).is_none_or(f64::is_finite));
                    prop_assert!(expression.truth(&|_| value).is_none_or(|truth| truth.margin.is_finite()));
                }
            }
            Err(fault) => prop_assert!(text.get(fault.at).is_some()),
        }
    }
}

#[test]
fn every_option_of_the_pid_arrives() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/motion/step.toml");
    let gains = |sets: &[&str]| {
        let sets: Vec<Set> = sets.iter().map(|set| Set::parse(&format!("stack.servo.pid.{set}")).unwrap()).collect();
        let scenario = load(&path, &sets).unwrap();
        let config = scenario.stack.config(&scenario.world);
        let ServoConfig::Pid(gains) = config.servo else { panic!("not a PID") };
        (gains, config.camera.actuator.acceleration_dps2)
    };
    let (without, _) = gains(&["kp=4"]);
    assert_eq!((without[0].setpoint_weight, without[0].derivative_of), (1.0, DerivativeOf::Error));
    assert_eq!((without[0].anti_windup, without[0].tracking), (AntiWindup::Limit, None));
    let (all, accelerations) = gains(&[
        "kp=4",
        "kd=0.8",
        "derivative_n=10",
        "derivative_of=pose",
        "setpoint_weight=0.6",
        "anti_windup=actuator",
        "tracking_time=250 ms",
    ]);
    for (gains, acceleration_dps2) in all.into_iter().zip(accelerations) {
        assert_eq!(gains.derivative_filter, Duration::from_millis(20));
        assert_eq!((gains.setpoint_weight, gains.derivative_of), (0.6, DerivativeOf::Measurement));
        assert_eq!(gains.anti_windup, AntiWindup::Actuator { acceleration_dps2 });
        assert_eq!(gains.tracking, Some(Duration::from_millis(250)));
    }
}

#[test]
fn every_option_of_the_zoom_arrives() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/zoom/approach.toml");
    let law = |sets: &[&str]| {
        let sets: Vec<Set> = sets.iter().map(|set| Set::parse(&format!("stack.{set}")).unwrap()).collect();
        let scenario = load(&path, &sets).unwrap();
        scenario.stack.config(&scenario.world).zoom.law
    };
    assert_eq!(law(&[]), ZoomLawConfig::LogFocal(LogFocalGains::default()));
    let sets = ["zoom.log_focal.gain=1", "zoom.log_focal.rate=0.3", "zoom.log_focal.margin=0.2"];
    let gains = LogFocalGains { gain_per_s: 1.0, rate_max_per_s: 0.3, margin: 0.2 };
    assert_eq!(law(&sets), ZoomLawConfig::LogFocal(gains));
    // The guide's presets keep the guide's law.
    assert_eq!(law(&["preset=seed"]), ZoomLawConfig::Linear(LinearGains { gain: 0.5 }));
    assert_eq!(law(&["preset=seed-before"]), ZoomLawConfig::Linear(LinearGains { gain: 0.5 }));
    assert_eq!(law(&["zoom.linear.gain=2"]), ZoomLawConfig::Linear(LinearGains { gain: 2.0 }));
}

/// `camera.…` overrides go into the camera's file, whose numbers are tables with a value and a source.
#[test]
fn overrides_reach_into_the_camera() {
    let load_with = |sets: &[&str]| {
        let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).unwrap()).collect();
        load("scenarios/motion/step.toml".as_ref(), &sets)
    };
    let plain = load_with(&[]).unwrap();
    let lame = load_with(&["camera.pan.acceleration=50 deg/s^2", "camera.zoom.hfov_wide.value=40 deg"]).unwrap();
    assert_eq!(lame.world.camera.pan.acceleration_dps2, 50.0);
    assert_eq!(lame.world.camera.lens.hfov_wide_deg, 40.0);
    assert_eq!(lame.world.camera.tilt, plain.world.camera.tilt);
    assert_eq!(lame.text, plain.text, "the scenario itself is as it was");
    assert!(lame.camera_text.contains("value = \"50 deg/s^2\"") && lame.camera_text.contains("an override"));

    // A camera that was chosen by an override has its own overrides, too.
    let sony = load_with(&["camera=sony-srg-300h", "camera.timing.ack=40 ms"]).unwrap();
    assert_eq!(sony.world.camera.name, "sony-srg-300h");
    assert_eq!(sony.world.camera.protocol.timing.ack.as_millis(), 40);

    for (set, part) in [
        ("camera.pan.accelleration=50 deg/s^2", "accelleration"),
        ("camera.pan.acceleration=50 deg", "50 deg"),
        ("camera.pan.range=[\"200 deg\", \"170 deg\"]", "range"),
    ] {
        let wrong = load_with(&[set]).unwrap_err().render(false);
        assert!(wrong.contains(part) && wrong.contains("--set"), "{set}: {wrong}");
    }
}
