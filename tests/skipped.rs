//! Scenarios that want a library which is not there: left out by name where a folder was asked for, an error where they
//! were asked for themselves. The same in builds with and without networks: in both, nothing is found at a place that
//! is not there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::process::Output;

use serde_json::Value;
use tiltyard::infer;
use tiltyard::run::perception::{self, Library};
use tiltyard::scenario::Scenario;

const FOLDER: &str = "scenarios/pixels";
const ONE: &str = "scenarios/pixels/poster.toml";

/// The program where no library can be found.
fn without(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        common::program().args(arguments).env("ORT_DYLIB_PATH", "/nowhere/libonnxruntime.so").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// Whether a scenario wants what is not there: ONNX Runtime never is, here, and OpenCV is in a build with it.
fn wants(scenario: &Scenario) -> bool {
    match perception::library(scenario) {
        Some(Library::OnnxRuntime) => true,
        Some(Library::OpenCv) => !infer::OPENCV_BUILT_IN,
        None => false,
    }
}

/// Names of those scenarios.
fn wanting() -> Vec<String> {
    common::suite().into_iter().filter(wants).map(|scenario| scenario.name).collect()
}

/// How many of the folder are left.
fn left() -> usize {
    let pixels = common::suite().into_iter().filter(|scenario| scenario.name.starts_with("pixels/"));
    pixels.filter(|scenario| !wants(scenario)).count()
}

/// What gets a network in this build.
fn help() -> &'static str {
    if infer::BUILT_IN { infer::GET } else { "--features onnx" }
}

#[test]
fn a_folder_is_run_without_them_and_names_them() {
    let (code, out, err) = without(&["run", FOLDER]);
    assert_eq!(code, 0, "{out}{err}");
    let wanting = wanting();
    assert!(wanting.len() >= 10, "{wanting:?}");
    for name in &wanting {
        let line = out.lines().find(|line| line.contains(name.as_str()));
        assert!(line.is_some_and(|line| line.ends_with("skipped")), "{name}: {out}");
    }
    assert!(out.contains("✓ pixels/thermal-walk"), "{out}");
    assert_eq!(out.matches(help()).count(), 1, "what helps, once: {out}");
    let left = left();
    assert!(out.contains(&format!("{left} passed of {left} runs, {} skipped;", wanting.len())), "{out}");
}

#[test]
fn json_and_junit_name_them_too() {
    let file = std::env::temp_dir().join(format!("tiltyard-skipped-{}.xml", std::process::id()));
    let (code, out, _) = without(&["run", FOLDER, "--format", "json", "--junit", file.to_str().unwrap()]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &json["totals"]["runs"]), (0, &Value::from(left())));
    let skipped = json["skipped"].as_array().unwrap();
    let names: Vec<&str> = skipped.iter().map(|one| one["scenario"].as_str().unwrap()).collect();
    assert_eq!(names, wanting());
    let helps =
        |one: &Value| [help(), "--features opencv"].iter().any(|help| one["reason"].as_str().unwrap().contains(help));
    assert!(skipped.iter().all(helps), "{out}");
    let report = quick_junit::Report::deserialize_from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    std::fs::remove_file(&file).unwrap();
    let cases = &report.test_suites[0].test_cases;
    let skipped = |case: &&quick_junit::TestCase| matches!(case.status, quick_junit::TestCaseStatus::Skipped { .. });
    assert_eq!(cases.iter().filter(skipped).count(), names.len());
}

/// Three: who asks for one of them, or for nothing else, must not be told that all is well.
#[test]
fn asked_for_by_name_they_are_an_error() {
    for arguments in [&["run", ONE][..], &["run", FOLDER, ONE], &["run", "scenarios", "--filter", "tag:onnx"]] {
        let (code, out, err) = without(arguments);
        assert_eq!(code, 3, "{arguments:?}: {out}{err}");
        assert!(format!("{out}{err}").contains(help()), "{arguments:?}: {out}{err}");
    }
}

/// The goldens and the legs leave out what is tagged so.
#[test]
fn who_wants_a_library_is_tagged_with_it() {
    for scenario in common::suite() {
        let tagged = |name: &str| scenario.tags.iter().any(|tag| tag == name);
        let library = match (tagged("onnx"), tagged("opencv")) {
            (true, false) => Some(Library::OnnxRuntime),
            (false, true) => Some(Library::OpenCv),
            _ => None,
        };
        assert_eq!(perception::library(&scenario), library, "{}", scenario.name);
    }
}
