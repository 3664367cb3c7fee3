//! The suite can fail: each planted fault turns a scenario that passes into one that fails, with exit code 1, and the
//! summary names expectation, measured value, bound and time.
//!
//! A suite that passes proves nothing by itself. These are the faults that it was built to see: a sign error, a gain
//! that runs away, a link and a detector that hardly work, a loop that does nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use common::{tiltyard, tiltyard_json};

/// Scenario, fault, and the expectation that has to break: each one that compares a value with a bound at a moment.
const FAULTS: [(&str, &str, &str); 8] = [
    // The picture is off by 8° and the axis runs away from it.
    ("motion/diagonal", "stack.servo.invert_tilt=true", "settles"),
    ("motion/step", "stack.servo.invert_pan=true", "settles"),
    // Full speed for an error of a twentieth of the frame, on a picture 140 ms old: 100 deg/s · 0.14 s = 14° of swing.
    ("motion/walk", "stack.servo.proportional.gain=20", "never far off"),
    // Nine of ten datagrams lost each way: one command in ten arrives, one answer in a hundred comes back.
    ("motion/walk", "link.drop=0.9", "never far off"),
    // A tentative track survives two misses; the three sightings that make it a target hardly ever come in time.
    ("motion/walk", "stack.detector.miss=0.95", "never far off"),
    // The servo follows nobody.
    ("motion/step", "stack.select=nobody", "settles"),
    // 25 m to 8 m without zoom: three times the size.
    ("zoom/approach", "stack.zoom.enabled=false", "size is kept"),
    // A blind loop that coasts on for ever never says that it lost its target.
    ("target/leaves-and-returns", "stack.coast=60 s", "says that the subject is lost"),
];

/// The numbers of a sentence.
fn numbers(sentence: &str) -> Vec<f64> {
    sentence.split(|c: char| c.is_whitespace() || c == ',').filter_map(|word| word.parse().ok()).collect()
}

/// Whether a sentence shows this value: three decimals, or four digits of a large one (±half a unit of the last).
fn shows(sentence: &str, value: f64) -> bool {
    numbers(sentence).iter().any(|shown| (shown - value).abs() <= 5e-4 + 5e-4 * value.abs())
}

#[test]
fn every_planted_fault_fails_its_scenario_and_is_named() {
    for (scenario, fault, expectation) in FAULTS {
        let file = format!("scenarios/{scenario}.toml");
        let sound = tiltyard(&["run", &file]);
        assert_eq!(sound.code, 0, "without the fault {scenario} has to pass:\n{}", sound.out);

        let broken = tiltyard(&["run", &file, "--set", fault]);
        assert_eq!(broken.code, 1, "{scenario} with {fault}:\n{}{}", broken.out, broken.err);
        let (code, json) = tiltyard_json(&["run", &file, "--set", fault]);
        assert_eq!(code, 1);
        let run = &json["runs"][0];
        assert_eq!(run["verdict"], "fail", "{scenario} with {fault}");
        assert!(run["margin"].as_f64().unwrap() < 0.0, "{run}");
        let judged = run["expectations"].as_array().unwrap().iter().find(|one| one["name"] == expectation).unwrap();
        assert_eq!(judged["verdict"], "fail", "{scenario} with {fault}: {judged}");

        // The line for people names all of it; the line below it is the place in the file.
        let mut lines = broken.out.lines().skip_while(|line| !line.contains(&format!("✗ {expectation}: ")));
        let line = lines.next().unwrap_or_else(|| panic!("{expectation} is not named:\n{}", broken.out));
        assert_eq!(lines.next().unwrap().trim(), format!("{file}:{}", judged["line"]));
        if expectation == "says that the subject is lost" {
            // A phase is no number: the sentence says since when and for how long.
            assert!(line.contains("2.5 s") && line.contains("after 5 s"), "{line}");
            continue;
        }
        let (value, bound) = (judged["value"].as_f64().unwrap(), judged["bound"].as_f64().unwrap());
        let at_s = judged["at_ns"].as_f64().unwrap() * 1e-9;
        for (what, number) in [("measured value", value), ("bound", bound), ("time", at_s)] {
            assert!(shows(line, number), "{what} {number} is not in the line:\n{line}");
        }
        assert!(line.contains(" at ") && line.contains(" s"), "no time: {line}");
    }
}

#[test]
fn the_check_of_the_line_can_fail() {
    let line = "✗ settles: did not settle within 2 s after 1 s, nearest 13.61 deg against 0.5 deg at 1.633 s";
    assert!(shows(line, 13.6102) && shows(line, 0.5) && shows(line, 1.633_333));
    assert!(!shows(line, 13.7) && !shows(line, 0.6));
}

#[test]
fn the_whole_suite_fails_with_an_inverted_axis() {
    // With pan turned round, no scenario whose subject moves in pan may pass.
    let (code, json) = tiltyard_json(&["run", "scenarios", "--set", "stack.servo.invert_pan=true"]);
    assert_eq!(code, 1);
    let passed: Vec<&str> = json["runs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|run| run["verdict"] == "pass")
        .map(|run| run["scenario"].as_str().unwrap())
        .collect();
    assert_eq!(passed, ["target/nobody"], "passed with a camera that turns the wrong way");
}

#[test]
fn a_failed_run_reads_like_this() {
    // A stack that follows nobody: the camera never moves, so no gain has a part in these numbers. The target is 10°
    // off from 1 s on, of 181 ticks for 151: RMS 10 · √(151/181) = 9.13°; (0.5 − 10)/0.5 = −1900 % of the bound.
    let ran = tiltyard(&["run", "scenarios/motion/step.toml", "--set", "stack.select=nobody"]);
    // Only the wall time is the host's.
    let (run, host) = ran.out.split_once(" simulated in ").unwrap();
    assert!(host.trim_end().ends_with("× real time"), "{host}");
    insta::assert_snapshot!(run);
}
