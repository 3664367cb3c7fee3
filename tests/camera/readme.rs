//! The README's script drives the camera, as it stands there.

use std::io::Write;
use std::process::Command;

use crate::common::root;
use crate::harness::{Camera, file};

/// The one block of Python in the README.
fn script(readme: &str) -> &str {
    let (_, rest) = readme.split_once("```python\n").unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_script_of_the_readme_sees_the_camera_turn() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let camera = Camera::start(&["scenarios/motion/walk.toml", "--length", "60 s", "--udp", "0", "--http", "0"], 2);
    let port = |kind: &str| camera.address(kind).port().to_string();
    let script = script(&readme);
    assert!(script.contains("1259") && script.contains("8080"), "{script}");
    let script = file("readme.py", &script.replace("1259", &port("udp")).replace("8080", &port("http")));
    let Ok(ran) = Command::new("python3").arg(script).output() else {
        // Past the capture of test output.
        let told = "SKIPPED the_script_of_the_readme_sees_the_camera_turn: there is no python3 (install it)";
        let _ = writeln!(std::io::stderr(), "{told}");
        return;
    };
    let out = String::from_utf8(ran.stdout).unwrap();
    let lines: Vec<&str> = out.lines().collect();
    let [right, turned, stop, rested] = lines[..] else {
        panic!("{out}{}", String::from_utf8_lossy(&ran.stderr));
    };
    assert_eq!((right, stop), ("right 90 41 ff 90 51 ff", "stop 90 42 ff 90 52 ff"));
    let degrees = |line: &str| line.parse::<f64>().unwrap();
    assert!(degrees(turned) > 1.0 && degrees(rested) > degrees(turned), "{out}");
}
