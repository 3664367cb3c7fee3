//! `tiltyard track` as a program: what it prints, how it ends.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::program;
use crate::harness::{Camera, file, patiently};
use crate::rig::{WALK, is_drive, turns};

/// Exit code and standard error.
fn fails(arguments: &[&str]) -> (i32, String) {
    let output = program().arg("track").args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_is_not_built_in_is_told_with_what_would_help() {
    let here = "visca+udp://127.0.0.1:9";
    let video = "http://127.0.0.1:9/stream.mjpg";
    for (camera, video, code, words) in [
        ("visca+serial:///dev/ttyUSB0", video, 3, "feature `serial`"),
        ("visca://127.0.0.1", video, 2, "visca+udp://HOST:1259"),
        (here, "ftp://127.0.0.1", 2, "http://HOST/stream.mjpg"),
        // Nobody listens at port 9 of this machine.
        ("visca+tcp://127.0.0.1:9", video, 3, "failed to connect to visca+tcp://127.0.0.1:9"),
    ] {
        let (found, err) = fails(&["--camera", camera, "--video", video]);
        assert!(found == code && err.contains(words), "{camera} {video}: {found} {err}");
    }
    #[cfg(not(feature = "opencv"))]
    for uri in ["rtsp://127.0.0.1/1", "v4l2:///dev/video0", "file:clip.mp4", "https://h/stream.mjpg"] {
        let (code, err) = fails(&["--camera", here, "--video", uri]);
        assert!(code == 3 && err.contains("cargo build --release --features opencv"), "{uri}: {code} {err}");
    }
    let (code, err) = fails(&["--camera", here, "--video", video, "--model", "generic-20"]);
    assert!(code == 2 && err.contains("generic-20x"), "{code} {err}");
    let (code, err) = fails(&["--camera", here, "--video", video, "--set", "stack.servo.pid.kpp=1"]);
    assert!(code == 2 && err.contains("did you mean"), "{code} {err}");
}

#[test]
fn an_interrupt_ends_it_with_a_stop_and_a_report() {
    let scenario = file("track.toml", WALK);
    let camera = Camera::start(&[&scenario, "--udp", "0", "--http", "0", "--size", "320x180"], 2);
    let uri = format!("visca+udp://{}", camera.at("udp"));
    let video = format!("http://{}/stream.mjpg", camera.at("http"));
    let mut command = program();
    command.args(["track", "--camera", &uri, "--video", &video, "--for", "10m", "--format", "json", "--arm"]);
    command.args(["--set", "stack.preset=seed", "--dead-man", "2 s"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let heard = || {
        let log = camera.json("/log.json");
        let lines = log["lines"].as_array().unwrap();
        lines.iter().filter(|line| line["what"] == "heard").cloned().collect::<Vec<Value>>()
    };
    patiently("a drive", || heard().iter().find(|line| is_drive(line)).map(|_| ()));
    assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{err}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["schema"], &report["stopped"]), (&"tiltyard-track/1".into(), &true.into()));
    assert!(report["status"]["decided"].as_u64().unwrap() > 0, "{report}");
    let heard = heard();
    assert_eq!(heard[0]["text"], "pan-tilt stop", "STOP is the first word");
    let is_head = |line: &&Value| is_drive(line) || line["text"] == "pan-tilt stop";
    assert_eq!(heard.iter().rev().find(is_head).unwrap()["text"], "pan-tilt stop", "and the last");
    assert!(!turns(&camera.truth()));
}

#[test]
fn without_a_word_from_the_camera_its_end_says_so() {
    let deaf = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let uri = format!("visca+udp://{}", deaf.local_addr().unwrap());
    let (code, err) = fails(&["--camera", &uri, "--video", "http://127.0.0.1:9/", "--for", "100 ms", "--arm"]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("did not confirm the last STOP"), "{err}");
    let (code, err) = fails(&["--camera", &uri, "--video", "http://127.0.0.1:9/", "--for", "100 ms"]);
    assert!(code == 3 && err.contains("no frame came"), "{code} {err}");
}
