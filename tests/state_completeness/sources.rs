//! Nothing is forgotten: every component in the sources is in a table.

use std::collections::BTreeSet;
use std::path::Path;

use crate::harness::{files, root};

/// Components without a table of their own: where they are checked instead.
const ELSEWHERE: &[(&str, &str)] = &[
    ("visca/src/command/mod.rs: Command", "a value, walked as bytes: in Controller and Device"),
    ("visca/src/controller/event.rs: ControllerOutput", "in Controller"),
    ("visca/src/controller/event.rs: Counters", "in Controller"),
    ("visca/src/controller/flight.rs: Flight", "in Controller"),
    ("visca/src/controller/flight.rs: Sent", "in Controller"),
    ("visca/src/controller/questions.rs: Questions", "in Controller"),
    ("visca/src/controller/session.rs: Session", "in Controller under Sony's header"),
    ("visca/src/controller/slot.rs: Slot", "in Controller"),
    ("visca/src/controller/stopping.rs: Stopping", "in Controller"),
    ("visca/src/device/event.rs: DeviceEvent", "in Device"),
    ("visca/src/device/event.rs: DeviceOutput", "in Device"),
    ("visca/src/device/event.rs: Readings", "in Device"),
    ("visca/src/device/focus.rs: FocusMotor", "in Device"),
    ("visca/src/device/limits.rs: Limits", "in Device"),
    ("visca/src/device/memories.rs: Memories", "in Device"),
    ("visca/src/device/memories.rs: Scene", "in Device"),
    ("visca/src/device/peers.rs: Line", "in Device"),
    ("visca/src/device/peers.rs: Peers", "in Device"),
    ("visca/src/device/queue.rs: Due", "in Device"),
    ("visca/src/device/queue.rs: Queue", "in Device"),
    ("visca/src/device/sequence.rs: Sequence", "in Device"),
    ("visca/src/device/sockets.rs: Sockets", "in Device"),
    ("visca/src/datagram.rs: Datagram", "a value: in Lane"),
    ("visca/src/device/mod.rs: Origin", "a value: in Device"),
    ("visca/src/frame.rs: Frame", "a value: in Controller and Device"),
    ("visca/src/peer.rs: Peer", "a value: in Lane and Device"),
    ("visca/src/inquiry/mod.rs: Inquiry", "a value: in Controller and Device"),
    ("visca/src/message.rs: Message", "a value: in Controller"),
    ("sim/src/gimbal.rs: Drive", "in Gimbal"),
    ("sim/src/servo.rs: Goal", "a value: in Gimbal and Lens"),
    ("sim/src/video.rs: Arrival", "in Video"),
    ("sim/src/video.rs: Picture", "in Video"),
    ("sim/src/world.rs: Delivery", "in World"),
    ("sim/src/faults.rs: Faults", "in World"),
    ("src/stack/detect/blob.rs: Blob", "sees each frame by itself"),
    ("src/stack/detect/equalized.rs: Equalized", "sees each frame by itself"),
    ("src/stack/detect/motion.rs: Motion", "cannot be saved, and says so; its own tests"),
    ("src/stack/detect/network/mod.rs: Neural", "sees each frame by itself; its own tests save and restore it"),
    ("src/stack/detect/mod.rs: Detection", "a value: in a whole run"),
    ("src/stack/frame.rs: Frame", "a value: in Latest"),
    ("src/stack/frame.rs: TruthBox", "a value: in Latest"),
    ("src/stack/memory.rs: Motion", "in Memory"),
    ("src/stack/servo/singer.rs: Singer", "in Motion"),
    ("src/stack/shape/guard.rs: Guard", "in Shape"),
    ("src/stack/shape/ramp.rs: Ramp", "in Shape"),
    ("src/stack/servo/pid.rs: Axis", "in Pid"),
    ("src/stack/zoom/room.rs: Room", "in LogFocal"),
    ("src/stack/zoom/size.rs: Size", "in LogFocal"),
    ("src/stack/track/box_filter.rs: BoxFilter", "in Sort"),
    ("src/stack/track/box_filter.rs: Pair", "in Sort"),
    ("src/stack/track/cascade.rs: Followed", "in Cascade"),
    ("src/stack/track/mod.rs: Track", "in every tracker"),
    ("src/stack/track/ocsort.rs: Followed", "in OcSort"),
    ("src/stack/track/sort.rs: Followed", "in Sort"),
    ("src/stack/tracker_stack.rs: Decision", "in a whole run"),
    ("src/stack/tracker_stack.rs: Stack", "in a whole run"),
    ("src/run/executor.rs: Execution", "in a whole run"),
    ("src/run/live/soak.rs: Hanging", "the detector in it; a live session is not frozen"),
    ("src/rig/recorded.rs: RecordedRig", "plays a file from its start: a replay is not frozen"),
    ("src/rig/sim.rs: SimRig", "World, and what follows from the scenario"),
];

/// What makes a type a component: it has a walk, or it plays a part that the stack saves.
const MARKS: [&str; 6] =
    [" State for ", " Detector for ", " Tracker for ", " Servo for ", " ZoomLaw for ", " Rig for "];

/// Components in a source: `impl … State for Name`, and types with a walk in pieces (`fn visit_…`).
fn components(text: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut found = BTreeSet::new();
    let mut inherent = String::new();
    let mut tests = false;
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        tests = (tests || line == "mod tests {") && line != "}";
        if tests {
            continue;
        }
        if line.starts_with("impl") {
            inherent = String::new();
            if let Some((_, rest)) = MARKS.iter().find_map(|mark| line.split_once(mark)) {
                found.insert(name(rest));
            } else if !line.contains(" for ") {
                let rest = line.trim_start_matches("impl");
                let rest = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).map_or(rest, |(_, rest)| rest);
                inherent = name(rest);
            }
        }
        let walks = line.contains("fn visit_") || line.contains("fn walk(&self");
        if walks && line.contains("dyn Visit") && !inherent.is_empty() {
            found.insert(inherent.clone());
        }
    }
    found
}

/// The names in the tables of this test.
fn tables() -> BTreeSet<String> {
    let parts = files("tests/state_completeness", "rs")
        .into_iter()
        .filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("parts_of")));
    let text: String = parts.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    text.split('"').filter(|quoted| quoted.contains(".rs: ")).map(str::to_owned).collect()
}

fn forgotten(found: &BTreeSet<String>, tables: &BTreeSet<String>) -> Vec<String> {
    let known = |name: &String| tables.contains(name) || ELSEWHERE.iter().any(|(listed, _)| listed == name);
    found.iter().filter(|name| !known(name)).cloned().collect()
}

fn all() -> BTreeSet<String> {
    let folders = ["visca/src", "sim/src", "src/stack", "src/rig", "src/run"];
    let files = folders.into_iter().flat_map(|folder| files(folder, "rs"));
    files
        .flat_map(|file| {
            let shown = file.strip_prefix(root()).unwrap_or(Path::new("")).display().to_string();
            let names = components(&std::fs::read_to_string(&file).unwrap());
            names.into_iter().map(move |name| format!("{shown}: {name}"))
        })
        .collect()
}

#[test]
fn every_component_is_checked() {
    let found = all();
    assert!(found.len() > 50, "{} components", found.len());
    let forgotten = forgotten(&found, &tables());
    assert!(
        forgotten.is_empty(),
        "in no table of tests/state_completeness (write one with a drive, or list where it is checked):\n{}",
        forgotten.join("\n")
    );
    for (listed, _) in ELSEWHERE {
        assert!(found.contains(*listed), "{listed} is listed, but not in the sources (take it off)");
    }
}

#[test]
fn a_forgotten_component_is_found() {
    let text = "impl<T: State> State for Latest<T> {}\nimpl Servo for Mine {\n}\n// impl State for Comment {}\n\
        impl<R: Rig> Machine<R> {\n    fn visit_all(&self, v: &mut dyn Visit) {}\n}\n\n#[cfg(test)]\n\
        mod tests {\n    impl State for T {}\n}\nimpl State for Late {}\n";
    let found = components(text);
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), ["Late", "Latest", "Machine", "Mine"]);
    let known = ["Late", "Latest", "Machine"].map(str::to_owned).into();
    assert_eq!(forgotten(&found, &known), ["Mine"]);
}
