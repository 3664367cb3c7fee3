//! `scenarios/servo` is made from the matrix of the servo suite, and by nothing else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::collections::BTreeMap;

use tiltyard::run::servo_suite::regressions;

const COMMAND: &str = "tiltyard report servo --write-scenarios scenarios/servo";

/// What the folder should hold, by file name.
fn made() -> BTreeMap<String, String> {
    regressions().iter().map(|kept| (format!("{}.toml", kept.name), kept.text().unwrap())).collect()
}

/// What is wrong with what it holds.
fn astray(made: &BTreeMap<String, String>, held: &BTreeMap<String, String>) -> Vec<String> {
    let names = made.keys().chain(held.keys()).collect::<std::collections::BTreeSet<_>>();
    names.into_iter().filter(|name| made.get(*name) != held.get(*name)).cloned().collect()
}

#[test]
fn the_files_are_what_the_command_writes() {
    let folder = common::root().join("scenarios/servo");
    let held: BTreeMap<String, String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect();
    let wrong = astray(&made(), &held);
    assert!(wrong.is_empty(), "{wrong:?}: make them anew with `{COMMAND}`, delete what it does not write");
    assert!(held.values().all(|text| text.lines().next() == Some(&format!("# {COMMAND}"))));
}

#[test]
fn a_byte_by_hand_and_a_file_too_many_are_found() {
    let mut held = made();
    let name = held.keys().next().unwrap().clone();
    held.entry(name.clone()).and_modify(|text| text.push(' '));
    held.insert("by-hand.toml".into(), String::new());
    let mut wrong = astray(&made(), &held);
    wrong.sort();
    let mut expected = [name, "by-hand.toml".to_owned()];
    expected.sort();
    assert_eq!(wrong, expected);
}
