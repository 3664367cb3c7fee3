//! `tiltyard diff`: where two runs part, from the command line.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use common::{Ran, tiltyard};

const STEP: &str = "scenarios/motion/step.toml";

fn diff(arguments: &[&str]) -> Ran {
    tiltyard(&[&["diff"], arguments].concat())
}

#[test]
fn equal_runs_are_a_success() {
    let said = diff(&[STEP]);
    assert!(said.code == 0 && said.out.contains("The runs are equal."), "{said:?}");
}

#[test]
fn a_gain_is_found_by_tick_subsystem_field_and_both_values() {
    let said = diff(&[STEP, "--set-b", "stack.servo.predictive.share=0.31"]);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.out);
}

#[test]
fn another_build_is_asked_for_its_run() {
    let said = diff(&[STEP, "--build-b", env!("CARGO_BIN_EXE_tiltyard"), "--set-b", "link.latency=\"1 ms\""]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("The runs part at tick 0, 0.000000000 s, in "), "{said:?}");
    let equal = diff(&[STEP, "--build-b", env!("CARGO_BIN_EXE_tiltyard")]);
    assert!(equal.code == 0 && !equal.out.contains("differ"), "numbers survive the way through JSON: {equal:?}");
}

#[test]
fn a_build_that_is_none_is_named() {
    let missing = diff(&[STEP, "--build-b", "no/such/tiltyard"]);
    assert!(missing.code == 3 && missing.err.contains("failed to start no/such/tiltyard"), "{missing:?}");
    let other = diff(&[STEP, "--build-b", "true"]);
    assert!(other.code == 3 && other.err.contains("printed no trace"), "{other:?}");
}

#[cfg(feature = "mcap")]
#[test]
fn a_run_file_stands_for_its_run() {
    let folder = std::env::temp_dir().join(format!("tiltyard-diff-{}", std::process::id()));
    let out = folder.to_str().unwrap();
    assert_eq!(tiltyard(&["run", STEP, "--out", out, "--keep", "all"]).code, 0);
    let file = folder.join("motion-step-seed7.mcap");
    let file = file.to_str().unwrap();
    let equal = diff(&[file, STEP]);
    let parted = diff(&[file, STEP, "--seed-b", "8"]);
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(equal.code == 0 && equal.out.contains("The runs are equal."), "{equal:?}");
    assert!(parted.code == 1 && parted.out.contains("The runs part at tick 0"), "{parted:?}");
}

#[test]
fn every_run_twice_gives_the_same_chains() {
    let said = tiltyard(&["run", "scenarios/motion", "--check-determinism"]);
    assert!(said.code == 0 && !said.out.contains("not deterministic"), "{said:?}");
}
