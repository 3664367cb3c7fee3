//! How the camera is started wrongly, and how it ends: exit codes and what is printed.

use serde_json::Value;

use crate::common::tiltyard;
use crate::harness::{Camera, RIGHT, ask, file, udp};

const STEP: &str = "scenarios/motion/step.toml";

#[test]
fn a_port_that_is_taken_is_three_and_says_what_to_do() {
    let camera = Camera::start(&["--udp", "0", "--tcp", "0", "--http", "0"], 3);
    for kind in ["tcp", "http", "udp"] {
        let at = camera.at(kind);
        let ran = tiltyard(&["camera", &format!("--{kind}"), at]);
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
        assert!(ran.err.contains(&format!("listen on {kind} {at}")), "{}", ran.err);
        assert!(ran.err.contains("or 0 for any that is free"), "{}", ran.err);
    }
}

#[test]
fn what_is_wrong_is_two() {
    for (arguments, says) in [
        (&["camera", "--model", "generic-20y"][..], "did you mean generic-20x?"),
        (&["camera", "nowhere.toml"], "nowhere.toml"),
        (&["camera", "--udp", "camera:1259"], "expected 1259 or 127.0.0.1:1259"),
        (&["camera", "--set", "seed=3"], "SCENARIO"),
        (&["camera", STEP, "--model", "nobodys"], "unknown camera"),
        (&["camera", "--size", "4x4"], "640x360"),
    ] {
        let ran = tiltyard(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_scenario_ends_by_itself_with_the_verdicts_of_run() {
    let text = "schema = 1\ntitle = \"stands still\"\ncamera = \"generic-20x\"\nlength = \"600 ms\"\n\
        [[expect]]\nname = \"stands\"\nalways = \"abs(gimbal.pan.rate) < 1 deg/s\"\n";
    let camera = Camera::start(&[&file("stands.toml", text), "--udp", "0", "--format", "json"], 1);
    let listening: Value = serde_json::from_str(&camera.lines()[0]).unwrap();
    assert_eq!(
        (&listening["schema"], &listening["listening"][0]["kind"]),
        (&"tiltyard-camera/1".into(), &"udp".into())
    );
    let over = camera.over();
    let run: Value = serde_json::from_str(&over.out).unwrap();
    assert_eq!((over.code, &run["schema"]), (0, &"tiltyard-run/1".into()));
    assert_eq!((&run["runs"][0]["verdict"], &run["runs"][0]["chain"]), (&"pass".into(), &"".into()));
    assert_eq!(run["runs"][0]["sim_s"], 0.6);
    let metrics = &run["runs"][0]["metrics"];
    assert_eq!((&metrics["commands_sent"], &metrics["id_switches"]), (&0.into(), &Value::Null));
}

#[test]
fn what_only_a_stack_knows_is_undecided() {
    let text = "schema = 1\ntitle = \"stands still\"\ncamera = \"generic-20x\"\nlength = \"300 ms\"\n\
        [[expect]]\nname = \"not lost\"\nnever = \"phase == lost\"\n";
    let camera = Camera::start(&[&file("phase.toml", text), "--udp", "0"], 1);
    let over = camera.over();
    assert_eq!(over.code, 1);
    assert!(over.out.contains("? not lost: phase is the stack's: the camera cannot see it"), "{}", over.out);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_camera_in_good_order_and_counts() {
    let camera = Camera::start(&["--model", "sony-evi-d100", "--udp", "0", "--http", "0"], 2);
    assert_eq!(camera.truth()["length_s"], Value::Null);
    assert_eq!(ask(&udp(camera.address("udp")), &RIGHT)[..2], [0x90, 0x41]);
    camera.until("the message", |truth| truth["total"]["messages"] == 1);
    camera.signal("INT");
    let over = camera.over();
    assert_eq!(over.code, 0, "{}", over.err);
    assert!(over.out.starts_with("sony-evi-d100 ran for "), "{}", over.out);
    assert!(over.out.contains("1 controllers, 1 messages, 0 refused"), "{}", over.out);
}

#[cfg(unix)]
#[test]
fn a_scenario_that_is_interrupted_passes_nothing() {
    let text = "schema = 1\ntitle = \"stands still\"\ncamera = \"generic-20x\"\nlength = \"60 s\"\n\
        [[expect]]\nname = \"stands\"\nalways = \"abs(gimbal.pan.rate) < 1 deg/s\"\n";
    let camera = Camera::start(&[&file("long.toml", text), "--udp", "0", "--http", "0"], 2);
    camera.until("some time", |truth| truth["time_s"].as_f64().unwrap() > 0.2);
    camera.signal("TERM");
    let over = camera.over();
    assert_eq!(over.code, 1);
    assert!(over.out.contains("? stands: ") && over.out.contains("interrupted after "), "{}", over.out);
}

#[test]
fn an_address_of_the_network_is_warned_of() {
    let camera = Camera::start(&[STEP, "--length", "100 ms", "--udp", "0.0.0.0:0", "--http", "0"], 2);
    let over = camera.over();
    assert!(over.err.contains("warning: 0.0.0.0:0 can be reached from the network"), "{}", over.err);
    assert!(!over.err.contains("127.0.0.1:0 can"), "{}", over.err);
}
