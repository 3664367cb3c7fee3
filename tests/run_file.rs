//! Run files: a run is recorded, written, read and replayed.

#![cfg(feature = "mcap")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::path::PathBuf;

use common::{promised, tiltyard};
use tiltyard::run::recording::Sent;
use tiltyard::run::replay::{Parting, replay};
use tiltyard::run::{Execution, Recorded, judge_recorded};
use tiltyard::runfile::{Account, ReadError, film, read, write};
use tiltyard::scenario::{Scenario, Set};
use tiltyard_visca::{Command, Message, SimTime};

fn record(scenario: &Scenario, seed: u64) -> Recorded {
    Execution::new(scenario, seed).unwrap().recording().finish().unwrap()
}

#[test]
fn every_scenario_replays_to_the_same_commands_and_states() {
    for scenario in promised() {
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

fn scenario(name: &str) -> Scenario {
    common::scenario(format!("scenarios/{name}.toml"))
}

fn written(scenario: &Scenario, seed: u64) -> (Vec<u8>, Recorded) {
    let recorded = record(scenario, seed);
    let result = judge_recorded(scenario, seed, &recorded);
    let command_line = "tiltyard run …";
    (write(&Account { scenario, seed, recorded: &recorded, result: &result, command_line }).unwrap(), recorded)
}

#[test]
fn equal_runs_give_equal_bytes_and_other_seeds_give_others() {
    let scenario = scenario("motion/recorded");
    let bytes = written(&scenario, 3).0;
    assert!(bytes == written(&scenario, 3).0);
    assert!(bytes != written(&scenario, 4).0);
}

#[test]
fn pictures_are_kept_once_a_decision_and_as_many_as_have_room() {
    let mut scenario = scenario("pixels/thermal-walk");
    let filmed = |scenario: &Scenario| {
        let execution = Execution::new(scenario, scenario.seed).unwrap();
        execution.recording().filming(film(scenario)).finish().unwrap().recording.unwrap()
    };
    let whole = filmed(&scenario);
    let times = |recording: &tiltyard::run::Recording| -> Vec<_> {
        recording.pictures.iter().map(|shown| (shown.at, shown.captured_at)).collect()
    };
    let looks: Vec<_> = whole.looks.iter().map(|look| (look.at, look.frame.captured_at)).collect();
    assert_eq!(times(&whole), looks);
    assert_eq!(whole, filmed(&scenario), "equal runs, equal bytes");
    assert!(whole.pictures.iter().all(|shown| shown.bytes.starts_with(&[0xff, 0xd8, 0xff])), "JPEG files");

    // 9 s at 15 Hz: 135 pictures; three times as many pixels as there is room for.
    scenario.world.video.width_px *= 65;
    scenario.world.video.height_px *= 65;
    assert_eq!(film(&scenario).every, 139);
    let none = record(&scenario_without_pixels(), 3).recording.unwrap();
    assert!(none.pictures.is_empty() && !none.looks.is_empty());
}

fn scenario_without_pixels() -> Scenario {
    scenario("motion/step")
}

#[test]
fn what_is_written_is_read_again() {
    for name in ["motion/recorded", "link/command-loss", "perception/slow-inference", "zoom/approach"] {
        let scenario = scenario(name);
        let (bytes, recorded) = written(&scenario, 11);
        let file = read(&bytes).unwrap();
        let recording = recorded.recording.unwrap();
        assert_eq!((file.about.scenario.as_str(), file.about.seed), (name, 11));
        assert_eq!(file.about.chain, format!("{:016x}", recorded.chain.head()));
        assert!(file.inputs == recording.inputs, "{name}: the inputs");
        assert_eq!(file.sent, recording.sent, "{name}");
        assert_eq!(file.links, recorded.chain.links(), "{name}");
        assert_eq!(
            (file.scenario.as_str(), file.camera.as_str()),
            (scenario.text.as_str(), scenario.camera_text.as_str())
        );
        assert_eq!(file.files, scenario.attachments, "{name}");
        let again = file.scenario(&[]).unwrap();
        assert_eq!((&again.name, &again.world.targets), (&scenario.name, &scenario.world.targets));
        assert_eq!((&again.world.camera.protocol, &again.stack), (&scenario.world.camera.protocol, &scenario.stack));
    }
}

/// The scenario, the camera and the recorded path come out of the file alone.
#[test]
fn a_run_file_replays_without_the_files_that_it_was_made_of() {
    for scenario in promised() {
        let file = read(&written(&scenario, 5).0).unwrap();
        let again = replay(&file.scenario(&[]).unwrap(), file.about.seed, file.inputs).unwrap();
        assert_eq!(Parting::of(&file.sent, &again.recording.unwrap().sent), None, "{}", scenario.name);
    }
}

/// Inverted pan shows at the first drive that turns it, and nowhere before.
#[test]
fn a_planted_change_is_found_at_the_first_command_that_it_changes() {
    let scenario = scenario("motion/step");
    let file = read(&written(&scenario, 7).0).unwrap();
    let turns_pan = |sent: &Sent| {
        let message = Message::of(&sent.datagram);
        matches!(message, Some(Message::Command(Command::PanTilt(drive))) if drive.pan_code != 0)
    };
    let first = file.sent.iter().position(turns_pan).unwrap();
    assert!(file.sent[first].at > SimTime::from_millis(1000), "the head stands until the target jumps");
    let set = Set::parse("stack.servo.invert_pan=true").unwrap();
    let again = replay(&file.scenario(&[set]).unwrap(), file.about.seed, file.inputs.clone()).unwrap();
    let sent = again.recording.unwrap().sent;
    let parting = Parting::of(&file.sent, &sent).unwrap();
    assert_eq!((parting.index, parting.recorded, parting.replayed), (first, Some(file.sent[first]), Some(sent[first])));
    assert_eq!(sent[first].at, file.sent[first].at, "the moment is the same, the direction is not");
}

#[test]
fn damaged_files_are_refused_and_never_panic() {
    let (bytes, _) = written(&scenario("motion/step"), 7);
    for part in 0..20 {
        let cut = bytes.len() * part / 20;
        assert!(read(&bytes[..cut]).is_err(), "cut at {cut} of {}", bytes.len());
    }
    // One bit anywhere: refused by a checksum, or where there is none, harmless.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut refused = 0;
    for _ in 0..200 {
        let mut damaged = bytes.clone();
        damaged[random(bytes.len())] ^= 1 << random(8);
        refused += usize::from(read(&damaged).is_err());
    }
    assert_eq!(refused, 200, "every byte stands under a checksum");
    for length in 0..200 {
        let noise: Vec<u8> = bytes[..8].iter().copied().chain((0..length).map(|_| random(256) as u8)).collect();
        assert!(read(&noise).is_err());
    }
}

#[test]
fn files_of_others_and_of_other_layouts_are_told_apart() {
    let mut foreign = mcap::Writer::new(std::io::Cursor::new(Vec::new())).unwrap();
    foreign.finish().unwrap();
    assert!(matches!(read(foreign.into_inner().get_ref()), Err(ReadError::Foreign)));

    let mut newer = mcap::Writer::new(std::io::Cursor::new(Vec::new())).unwrap();
    let metadata = [("format".to_owned(), "tiltyard-run-file/9".to_owned())].into();
    newer.write_metadata(&mcap::records::Metadata { name: "tiltyard".to_owned(), metadata }).unwrap();
    newer.finish().unwrap();
    let error = read(newer.into_inner().get_ref()).unwrap_err().to_string();
    assert!(error.contains("tiltyard-run-file/9") && error.contains("tiltyard-run-file/2"), "{error}");
}

/// A folder of this test's own, empty.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("run_file").join(test);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn names(folder: &PathBuf) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const STEP: &str = "scenarios/motion/step.toml";

#[test]
fn failures_are_kept_and_passes_are_not() {
    let kept = folder("failures");
    let out = kept.to_str().unwrap();
    assert_eq!(tiltyard(&["run", STEP, "--out", out]).code, 0);
    assert_eq!(names(&kept), [""; 0]);
    let broken = tiltyard(&["run", STEP, "--seeds", "3..5", "--set", "stack.servo.invert_pan=true", "--out", out]);
    assert_eq!(broken.code, 1);
    // And nothing half written; beside them what `rerun` wants to know.
    assert_eq!(names(&kept), ["last.json", "motion-step-seed3.mcap", "motion-step-seed4.mcap"]);
    assert_eq!(tiltyard(&["run", STEP, "--out", out, "--keep", "all"]).code, 0);
    assert_eq!(names(&kept).len(), 3);
    assert_eq!(tiltyard(&["run", STEP, "--keep", "all"]).code, 2, "--keep needs --out");

    let file = read(&std::fs::read(kept.join("motion-step-seed3.mcap")).unwrap()).unwrap();
    let again = "tiltyard run scenarios/motion/step.toml --seed 3 --set stack.servo.invert_pan=true";
    assert_eq!((file.about.command_line.as_str(), file.about.verdict.as_str()), (again, "fail"));
    assert!(file.scenario.contains("invert_pan"), "the override is in the text");
}

#[test]
fn replay_says_equal_or_where_it_parts() {
    let kept = folder("replay");
    let out = kept.to_str().unwrap();
    assert_eq!(tiltyard(&["run", STEP, "--seed", "7", "--out", out, "--keep", "all"]).code, 0);
    let path = kept.join("motion-step-seed7.mcap");
    let path = path.to_str().unwrap();

    let equal = tiltyard(&["replay", path]);
    assert_eq!(equal.code, 0, "{}", equal.err);
    let sent = read(&std::fs::read(path).unwrap()).unwrap().sent.len();
    assert!(equal.out.contains(&format!("all {sent} commands came out equal")), "{}", equal.out);
    assert!(equal.out.contains("the same state at all"), "{}", equal.out);

    let parted = tiltyard(&["replay", path, "--set", "stack.servo.pid.kp=0.4"]);
    assert_eq!(parted.code, 1);
    for part in ["first difference: command", "recorded  ", "replayed  ", " 06 01 "] {
        assert!(parted.out.contains(part), "{part}: {}", parted.out);
    }
    assert_eq!(tiltyard(&["replay", path, "--set", "stack.servo.pid.kq=0.4"]).code, 2);
}

#[test]
fn what_is_no_run_file_is_refused_with_its_reason() {
    let kept = folder("refused");
    std::fs::create_dir_all(&kept).unwrap();
    let (bytes, _) = written(&scenario("motion/step"), 7);
    let noise: Vec<u8> = (0..1000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cases: [(&str, &[u8], &str); 4] = [
        ("noise", &noise, "no whole MCAP file"),
        ("empty", &[], "no whole MCAP file"),
        ("half", &bytes[..bytes.len() / 2], "no whole MCAP file"),
        ("tail", &[&bytes[..], b"more"].concat(), "no whole MCAP file"),
    ];
    for (name, contents, reason) in cases {
        let path = kept.join(name);
        std::fs::write(&path, contents).unwrap();
        let ran = tiltyard(&["replay", path.to_str().unwrap()]);
        assert_eq!(ran.code, 2, "{name}: {}", ran.out);
        assert!(ran.err.contains(reason) && ran.err.contains(name), "{name}: {}", ran.err);
    }
    assert_eq!(tiltyard(&["replay", kept.join("absent").to_str().unwrap()]).code, 2);
}

/// A run on pixels is replayed from its file without a picture: what was found in them is in it.
#[test]
fn boxes_found_in_pixels_are_in_the_file_and_replay_it() {
    let set = Set::parse("length=\"2 s\"").unwrap();
    let scenario =
        tiltyard::scenario::load(std::path::Path::new("scenarios/pixels/thermal-walk.toml"), &[set]).unwrap();
    let (bytes, recorded) = written(&scenario, 5);
    let recording = recorded.recording.unwrap();
    let file = read(&bytes).unwrap();
    assert_eq!(file.inputs, recording.inputs);
    assert!(file.inputs.found.values().filter(|found| !found.is_empty()).count() > 10);
    let again = replay(&scenario, 5, file.inputs).unwrap().recording.unwrap();
    assert_eq!(Parting::of(&recording.sent, &again.sent), None);
    assert!(bytes.len() < 1_000_000, "{} bytes: no pictures are in it", bytes.len());
    let boxes = written(&self::scenario("motion/recorded"), 3).1.recording.unwrap();
    assert!(boxes.inputs.found.is_empty());
}
