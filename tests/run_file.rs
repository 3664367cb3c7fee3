//! Run files: a run is recorded, written, read and replayed.

use std::path::PathBuf;

use tiltyard::run::replay::{Parting, replay};
use tiltyard::run::{Execution, Recorded};
use tiltyard::scenario::{Scenario, load};

/// Every scenario of the suite.
fn suite() -> Vec<Scenario> {
    fn search(folder: &PathBuf, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                search(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    search(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios"), &mut files);
    files.sort();
    assert!(files.len() >= 20, "the suite is not where it was");
    files.iter().map(|file| load(file, &[]).unwrap()).collect()
}

fn record(scenario: &Scenario, seed: u64) -> Recorded {
    Execution::new(scenario, seed).unwrap().recording().finish().unwrap()
}

#[test]
fn every_scenario_replays_to_the_same_commands_and_states() {
    for scenario in suite() {
        let recorded = record(&scenario, scenario.seed);
        let recording = recorded.recording.unwrap();
        assert!(!recording.sent.is_empty(), "{}", scenario.name);
        let again = replay(&scenario, scenario.seed, recording.inputs).unwrap();
        let sent = again.recording.unwrap().sent;
        if let Some(parting) = Parting::of(&recording.sent, &sent) {
            panic!("{}: {parting}", scenario.name);
        }
        // Perception, tracker and control are the stack's; the rest of a link is the world's.
        let stack = |recorded: &tiltyard::run::chain::Chain| -> Vec<[u64; 3]> {
            let own = |link: &tiltyard::run::chain::Link| [5, 6, 7].map(|index| link.subsystems[index]);
            recorded.links().iter().map(own).collect()
        };
        assert_eq!(stack(&recorded.chain), stack(&again.chain), "{}", scenario.name);
    }
}
