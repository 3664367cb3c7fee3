//! The programs of "Your own tracker", as they stand there, compiled and run.

use std::path::Path;

use tiltyard::report::terminal;
use tiltyard::run::{RunResult, RunVerdict};

use crate::common::root;

#[allow(dead_code, reason = "its main is for people")]
#[path = "../../examples/own_servo.rs"]
mod own_servo;
#[allow(dead_code, reason = "its main is for people")]
#[path = "../../examples/own_tracker.rs"]
mod own_tracker;

/// What `cargo run --example NAME -- FILES…` prints, and its exit code.
pub fn run(name: &str, files: &[String]) -> (i32, String) {
    let one = match name {
        "own_servo" => own_servo::run,
        "own_tracker" => own_tracker::run,
        other => panic!("examples/{other}.rs is not run here: add it to tests/book/own.rs"),
    };
    let results: Vec<RunResult> = files.iter().map(|file| one(&root().join(file)).unwrap()).collect();
    let text = terminal::render(&results, &[], &[], 1.0, false);
    // Named from the root, as they are when typed there.
    let text = text.replace(&format!("{}/", root().display()), "");
    (i32::from(tiltyard::cli::Exit::of(&results).code()), text)
}

#[test]
fn parts_of_ones_own_are_what_runs() {
    let file = root().join("scenarios/motion/walk.toml");
    let shipped = {
        let scenario = tiltyard::scenario::load(&file, &[]).unwrap();
        tiltyard::run::run_scenario(&scenario, scenario.seed)
    };
    let (servo, tracker) = (own_servo::run(&file).unwrap(), own_tracker::run(&file).unwrap());
    assert_eq!((servo.verdict, tracker.verdict), (RunVerdict::Pass, RunVerdict::Pass));
    assert!(servo.chain != shipped.chain && tracker.chain != shipped.chain && servo.chain != tracker.chain);
    // As repeatable as the shipped ones.
    assert_eq!(servo.chain, own_servo::run(&file).unwrap().chain);
    assert_eq!(tracker.chain, own_tracker::run(&file).unwrap().chain);
}

#[test]
fn a_scenario_that_is_not_there_is_told() {
    assert!(own_servo::run(Path::new("nowhere.toml")).unwrap_err().contains("cannot read the scenario"));
}
