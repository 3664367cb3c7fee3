//! The command line as a contract: verbs, options, exit codes, what is printed. Names stay.
//!
//! Everything goes through the built program. Files that a test writes go under the target folder, one folder a test.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use common::{program, tiltyard, tiltyard_json};
use serde_json::Value;
use tiltyard::scenario::Signal;

const STEP: &str = "scenarios/motion/step.toml";
/// Fails for certain: the camera turns away from the target.
const BROKEN: [&str; 4] = ["run", STEP, "--set", "stack.servo.invert_pan=true"];

/// Names of DESIGN section 6, in its order.
const METRICS: [&str; 21] = [
    "rms_error_deg",
    "p95_error_deg",
    "max_error_deg",
    "time_on_target",
    "settle_s",
    "overshoot",
    "reversals",
    "iae_deg_s",
    "frames_captured",
    "frames_dropped",
    "drop_rate",
    "frame_age_p95_ms",
    "loop_latency_p95_ms",
    "commands_sent",
    "id_switches",
    "reacquire_s",
    "tpe_px",
    "tpo_px",
    "bbor",
    "tf",
    "limit_ratio",
];

/// A folder of this test's own, empty.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli").join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn scenario_without_expectations(test: &str) -> String {
    let file = folder(test).join("mute.toml");
    let text = "schema = 1\ntitle = \"mute\"\ncamera = \"generic-20x\"\nlength = \"1 s\"\n";
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn runs(json: &Value) -> Vec<(&str, u64)> {
    let run = |run: &Value| run["seed"].as_u64().unwrap();
    json["runs"].as_array().unwrap().iter().map(|one| (one["scenario"].as_str().unwrap(), run(one))).collect()
}

#[test]
fn zero_is_all_passed() {
    let ran = tiltyard(&["run", STEP]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.contains("✓ motion/step") && ran.out.contains("1 passed of 1 runs"), "{}", ran.out);
    assert!(ran.out.contains("× real time"), "{}", ran.out);
}

#[test]
fn one_is_a_failed_expectation_and_says_how_to_run_it_again() {
    let ran = tiltyard(&BROKEN);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("tiltyard run scenarios/motion/step.toml --seed 7"), "{}", ran.out);
}

#[test]
fn one_is_an_expectation_that_was_not_decided_too() {
    // The window begins after the end of the run: nobody can say.
    let ran = tiltyard(&["run", STEP, "--set", "expect.0.after=5900 ms"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("1 inconclusive"), "{}", ran.out);
}

#[test]
fn two_is_a_command_line_or_a_file_that_is_wrong() {
    let folder = folder("two");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let text = std::fs::read_to_string(common::root().join(STEP)).unwrap();
    let unknown = write("unknown.toml", &text.replace("title ", "titel "));
    let no_camera = write("camera.toml", &text.replace("ptzoptics-g2-20x", "ptzoptics-g3"));
    let binary = write("binary.toml", "\u{0}\u{1}\u{7f}");
    let empty = folder.join("empty");
    std::fs::create_dir(&empty).unwrap();
    // What is asked, and a word of the answer.
    let cases: [(&[&str], &str); 18] = [
        (&["run", &unknown], "titel"),
        (&["run", &no_camera], "ptzoptics-g2-30x"),
        (&["run", &binary], "binary.toml"),
        (&["run", "scenarios/nowhere.toml"], "scenarios/nowhere.toml"),
        (&["run", empty.to_str().unwrap()], "no scenario"),
        (&["run", STEP, "--seeds", "5"], "A..B"),
        (&["run", STEP, "--seeds", "3..3"], "no seed"),
        (&["run", STEP, "--seeds", "0..4", "--seed", "1"], "--seed"),
        (&["run", STEP, "--seed", "-1"], "-1"),
        (&["run", STEP, "--filter", "step and"], "filter"),
        (&["run", STEP, "--filter", "tags:fast"], "tag:"),
        (&["run", STEP, "--set", "stack.servo"], "stack.servo"),
        (&["run", STEP, "--set", "stack.servo.invert_pann=true"], "invert_pan"),
        (&["run", STEP, "--set", "video.rate=0 Hz"], "video.rate"),
        (&["run", STEP, "--jobs", "0"], "--jobs"),
        (&["run", STEP, "--format", "yaml"], "yaml"),
        (&["cameras", "generic-20"], "generic-20x"),
        (&["signal"], "signals"),
    ];
    for (arguments, word) in cases {
        let ran = tiltyard(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(word), "{arguments:?} does not say {word}: {}", ran.err);
        assert!(ran.out.is_empty(), "{arguments:?} printed a result: {}", ran.out);
    }
}

#[test]
fn two_points_at_the_place_and_leaves_nothing_half_written() {
    let folder = folder("place");
    let file = folder.join("bad.toml");
    let text = std::fs::read_to_string(common::root().join(STEP)).unwrap().replace("seed   =", "sede   =");
    std::fs::write(&file, &text).unwrap();
    let junit = folder.join("report.xml");
    let ran = tiltyard(&["run", STEP, file.to_str().unwrap(), "--junit", junit.to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    let line = text.lines().position(|line| line.starts_with("sede")).unwrap() + 1;
    assert!(ran.err.contains(&format!("bad.toml:{line}:1")), "{}", ran.err);
    assert!(ran.err.contains("seed"), "no `did you mean`: {}", ran.err);
    assert!(!junit.exists(), "a report of runs that were never made");
}

#[test]
fn three_is_a_place_that_cannot_be_written() {
    // A file where a folder is needed.
    let file = folder("three").join("file");
    std::fs::write(&file, "").unwrap();
    let inside = file.join("report.xml");
    let ran = tiltyard(&["run", STEP, "--junit", inside.to_str().unwrap()]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("report.xml"), "{}", ran.err);
}

#[test]
fn four_is_nothing_evaluated() {
    let (code, json) = tiltyard_json(&["run", "scenarios", "--filter", "tag:no-such-tag"]);
    assert_eq!((code, runs(&json).len()), (4, 0));
    assert_eq!(json["totals"]["runs"], 0);
    assert_eq!(tiltyard(&["run", "scenarios", "--filter", "tag:no-such-tag"]).code, 4);

    let mute = scenario_without_expectations("four");
    let (code, json) = tiltyard_json(&["run", &mute]);
    assert_eq!((code, &json["runs"][0]["verdict"]), (4, &Value::from("invalid")));
    assert!(json["runs"][0]["reason"].as_str().unwrap().contains("expected"), "{json}");
    // One such run is enough, however many others passed: a pass must not hide that something was not looked at.
    assert_eq!(tiltyard(&["run", STEP, &mute]).code, 4);
}

#[test]
fn nothing_simulated_is_zero_and_not_minus_zero() {
    let ran = tiltyard(&["run", "scenarios", "--filter", "tag:no-such-tag"]);
    assert!(!ran.out.contains("-0"), "{}", ran.out);
}

#[test]
fn json_has_the_shape_of_the_contract() {
    let (code, json) = tiltyard_json(&["run", STEP]);
    assert_eq!((code, &json["schema"]), (0, &Value::from("tiltyard-run/1")));
    assert_eq!(keys(&json), ["runs", "schema", "totals"]);
    let run = &json["runs"][0];
    for key in ["scenario", "seed", "verdict", "chain", "sim_s", "wall_s", "margin", "expectations", "metrics"] {
        assert!(run.get(key).is_some_and(|value| !value.is_null()), "runs[0].{key}: {run}");
    }
    assert_eq!((&run["scenario"], &run["seed"]), (&Value::from("motion/step"), &Value::from(7)));
    assert_eq!(run["sim_s"], 6.0);
    let chain = run["chain"].as_str().unwrap();
    assert!(chain.len() == 16 && chain.bytes().all(|byte| byte.is_ascii_hexdigit()), "{chain}");
    let mut metrics = METRICS;
    metrics.sort_unstable();
    assert_eq!(keys(&run["metrics"]), metrics);
    assert!(run["metrics"].as_object().unwrap().values().all(|value| value.is_null() || value.is_number()));
    // 6 s at 30 Hz, both ends included.
    assert_eq!(run["metrics"]["frames_captured"], 181);
    let expectation = &run["expectations"][0];
    for key in ["name", "line", "verdict", "value", "bound", "unit", "at_ns", "value_margin", "time_margin", "sentence"]
    {
        assert!(expectation.get(key).is_some(), "expectations[0].{key}: {expectation}");
    }
    let totals = &json["totals"];
    assert_eq!(
        keys(totals),
        ["fail", "inconclusive", "invalid", "pass", "real_time_factor", "runs", "sim_s", "wall_s"]
    );
    assert_eq!((&totals["runs"], &totals["pass"], &totals["fail"]), (&1.into(), &1.into(), &0.into()));
}

#[test]
fn json_margin_is_the_tightest_of_all() {
    let (_, json) = tiltyard_json(&["run", STEP]);
    let run = &json["runs"][0];
    let margins =
        run["expectations"].as_array().unwrap().iter().flat_map(|one| [&one["value_margin"], &one["time_margin"]]);
    let tightest = margins.filter_map(Value::as_f64).min_by(f64::total_cmp).unwrap();
    assert_eq!(run["margin"].as_f64().unwrap(), tightest);
}

#[test]
fn junit_parses_and_names_the_place_of_the_failure() {
    let folder = folder("junit");
    let file = folder.join("deep/er/report.xml");
    // With the PID it also loses them.
    let more = ["scenarios/target/nobody.toml", "--set", "stack.servo.pid.kp=4.5", "--junit", file.to_str().unwrap()];
    let ran = tiltyard(&[&BROKEN[..], &more].concat());
    assert_eq!(ran.code, 1);
    let text = std::fs::read_to_string(&file).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (2, 1, 0));
    let cases = &report.test_suites[0].test_cases;
    assert_eq!(cases[0].name.as_str(), "motion/step seed 7");
    assert_eq!(cases[1].name.as_str(), "target/nobody seed 1");
    let quick_junit::TestCaseStatus::NonSuccess { message, description, .. } = &cases[0].status else {
        panic!("{:?}", cases[0].status)
    };
    let scenario = std::fs::read_to_string(common::root().join(STEP)).unwrap();
    let settles = scenario.lines().position(|line| line.contains("\"settles\"")).unwrap();
    // The place is the line of [[expect]], which stands above the name.
    let place = format!("{STEP}:{settles} settles: ");
    assert!(message.as_ref().unwrap().as_str().starts_with(&place), "{message:?} lacks {place}");
    assert!(description.as_ref().unwrap().as_str().contains("never lost"), "every broken expectation: {description:?}");
    assert_eq!(folder.join("deep/er").read_dir().unwrap().count(), 1, "the file beside it is gone");
    // Equal runs give equal bytes: no time stamps, no random ids.
    tiltyard(&[&BROKEN[..], &more].concat());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_filter_chooses_by_tag_and_name() {
    let (code, json) = tiltyard_json(&["run", "scenarios", "--filter", "tag:step and not name:camera"]);
    assert!(code <= 1);
    let names: Vec<&str> = runs(&json).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["motion/diagonal", "motion/step"]);
    let (_, json) = tiltyard_json(&["run", "scenarios", "--filter", "name:nobody or name:motion/step"]);
    let names: Vec<&str> = runs(&json).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["motion/step", "target/nobody"]);
}

#[test]
fn seeds_are_those_asked_for() {
    let seeds = |arguments: &[&str]| -> Vec<u64> {
        let (_, json) = tiltyard_json(&[&["run", "scenarios/target/nobody.toml"], arguments].concat());
        runs(&json).into_iter().map(|(_, seed)| seed).collect()
    };
    assert_eq!(seeds(&[]), [1], "the scenario's own");
    assert_eq!(seeds(&["--seed", "9"]), [9]);
    assert_eq!(seeds(&["--seeds", "3..6"]), [3, 4, 5]);
    assert_eq!(seeds(&["--seeds", "3..=4", "--jobs", "2"]), [3, 4]);
    assert_eq!(seeds(&["--seed", "18446744073709551615"]), [u64::MAX]);
    // The seed counts: another one, another chain; the same one, the same, and --set is the same as writing it.
    let chain = |arguments: &[&str]| {
        let (_, json) = tiltyard_json(&[&["run", STEP], arguments].concat());
        json["runs"][0]["chain"].as_str().unwrap().to_owned()
    };
    assert_eq!(chain(&["--seed", "9"]), chain(&["--set", "seed=9"]));
    assert_ne!(chain(&["--seed", "9"]), chain(&[]));
}

#[test]
fn a_path_given_twice_runs_once() {
    let (_, json) = tiltyard_json(&["run", STEP, STEP, "scenarios/motion"]);
    let names: Vec<&str> = runs(&json).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.iter().filter(|name| **name == "motion/step").count(), 1, "{names:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    // `tiltyard schema | head -1`: the schema is larger than a pipe's buffer or comes late; either way no panic.
    for arguments in [&["schema"][..], &["signals"], &["run", STEP], &["run", STEP, "--format", "json"]] {
        let mut child = program().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {err}");
        assert_eq!(err, "", "{arguments:?}");
    }
    let mut child = program().args(["schema"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "read one line and went");
}

#[test]
fn the_schema_is_json_and_names_the_tables() {
    let ran = tiltyard(&["schema"]);
    assert_eq!(ran.code, 0);
    let schema: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(schema["type"], "object");
    for key in ["schema", "title", "camera", "length", "target", "fault", "expect", "stack", "video", "link"] {
        assert!(schema["properties"].get(key).is_some(), "{key}");
    }
}

#[test]
fn cameras_are_listed_and_printed() {
    let list = tiltyard(&["cameras"]);
    assert_eq!(list.code, 0);
    insta::assert_snapshot!("cameras_stay", list.out);
    let listed: Vec<&str> = list.out.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    let names: Vec<String> = common::files("cameras", "toml")
        .iter()
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed, names, "every file of cameras/ is built in");
    for name in listed {
        let text = std::fs::read_to_string(common::root().join(format!("cameras/{name}.toml"))).unwrap();
        let printed = tiltyard(&["cameras", name]);
        assert_eq!((printed.code, printed.out), (0, text));
    }
}

#[test]
fn completions_are_scripts_that_know_the_verbs() {
    for (shell, mark) in
        [("bash", "complete -F _tiltyard"), ("zsh", "#compdef tiltyard"), ("fish", "complete -c tiltyard")]
    {
        let ran = tiltyard(&["completions", shell]);
        assert_eq!(ran.code, 0);
        for word in [mark, "run", "signals", "junit", "seeds"] {
            assert!(ran.out.contains(word), "{shell} lacks {word}");
        }
    }
    assert_eq!(tiltyard(&["completions", "tcsh"]).code, 2);
}

#[test]
fn help_stays() {
    insta::assert_snapshot!(tiltyard(&["--help"]).out);
}

#[test]
fn signals_stay() {
    let ran = tiltyard(&["signals"]);
    assert_eq!(ran.out.lines().count(), Signal::ALL.len());
    insta::assert_snapshot!(ran.out);
}
