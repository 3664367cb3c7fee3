//! Real walks: one person from each of three recordings, followed by the shipped stack.
//!
//! The paths are bearings made from the ground truth of MOT15 sequences (CC BY-NC-SA 3.0, so they stay outside of the
//! repository), each with an assumed field of view: ETH 65°, PETS 60°, TUD 50°. The scenarios of `tests/recorded/`
//! begin with that field of view and the recording's own camera axis, so the first picture is the recording's.
//!
//! Which persons, and why:
//! - `eth-bahnhof-person05`: the ETH camera moves, and its persons come very near. Person 05 comes from the edge of the
//!   picture (−31°) and grows from 3° to 29°, still less than the 46° of the picture's height, at up to 21 deg/s.
//!   Person 47 has a jump of 72 deg/s, which is an annotation's and not a walk; person 138 leaves at the nearest point
//!   while it still speeds up, and the recording ends before the camera could show that it caught up.
//! - `pets09-s2l1-person01`: the longest walk, 80 s, 43° wide and 15° high.
//! - `tud-stadtmitte-person07`: the widest walk of that recording, 26°.
//!
//! Bounds are two to three times what was measured when they were set (2026-11-22, default preset, seeds 1 to 3): RMS
//! 0.46°, 0.18° and 0.26°. So a failure means a tracker that became much worse, not a gain that was touched.
//!
//! Skipped, with a message, where the folder is absent. A bad bound on the same walks is a test of its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::io::Write;

use tiltyard::run::{RunVerdict, run_scenario};
use tiltyard::scenario::{Set, load};

/// Where the recordings are, from the root of the checkout.
const FOLDER: &str = "../shared/data/paths";

const RECORDINGS: [(&str, &str); 3] = [
    ("eth-bahnhof", "eth-bahnhof-person05.csv"),
    ("pets09-s2l1", "pets09-s2l1-person01.csv"),
    ("tud-stadtmitte", "tud-stadtmitte-person07.csv"),
];

/// Whether the recordings are there; says so where they are not, past the capture of test output.
fn recordings_are_there(test: &str) -> bool {
    let folder = common::root().join(FOLDER);
    let missing: Vec<&str> =
        RECORDINGS.iter().filter(|(_, file)| !folder.join(file).is_file()).map(|(_, file)| *file).collect();
    if !missing.is_empty() {
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED {test}: {} not in {} (put the folder `shared` beside the checkout to enable it)",
            missing.join(", "),
            folder.display(),
        );
    }
    missing.is_empty()
}

#[test]
fn the_default_stack_follows_a_real_walk_of_each_recording() {
    if !recordings_are_there("the_default_stack_follows_a_real_walk_of_each_recording") {
        return;
    }
    for (name, _) in RECORDINGS {
        let scenario = common::scenario(format!("tests/recorded/{name}.toml"));
        // Noise of detector and delays differs by seed; the walk is the same.
        for seed in 1..=3 {
            let result = run_scenario(&scenario, seed);
            let told: Vec<_> =
                result.expectations.iter().map(|one| (one.name.as_str(), one.judgement.sentence.as_str())).collect();
            assert_eq!(result.verdict, RunVerdict::Pass, "{name} seed {seed}: {told:#?}");
            let margin = result.margin.unwrap();
            println!("{name} seed {seed}: margin {margin:.2}, {told:?}");
        }
    }
}

#[test]
fn a_stack_that_turns_the_wrong_way_fails_on_each_recording() {
    if !recordings_are_there("a_stack_that_turns_the_wrong_way_fails_on_each_recording") {
        return;
    }
    for (name, _) in RECORDINGS {
        let file = common::root().join(format!("tests/recorded/{name}.toml"));
        let scenario = load(&file, &[Set::parse("stack.servo.invert_pan=true").unwrap()]).unwrap();
        assert_eq!(run_scenario(&scenario, 1).verdict, RunVerdict::Fail, "{name}");
    }
}

#[test]
fn each_recorded_scenario_names_its_recording() {
    // Without the folder this still holds the scenario files to their promise.
    for (name, file) in RECORDINGS {
        let text = std::fs::read_to_string(common::root().join(format!("tests/recorded/{name}.toml"))).unwrap();
        assert!(text.contains(&format!("path.csv = \"../../{FOLDER}/{file}\"")), "{name}");
    }
}
