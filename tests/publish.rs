//! What a run leaves for a CI job and for the next time: summary, annotations, history, the failures to run again; and
//! the manual. Through the built program, in a folder that is nobody's checkout.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::Ran;
use serde_json::Value;

/// Turns the camera away from the target: it fails for certain.
const BREAK: [&str; 2] = ["--set", "stack.servo.invert_pan=true"];

/// A project of somebody else: a folder with scenarios and nothing of ours.
struct Project {
    folder: PathBuf,
}

impl Project {
    fn new(test: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("publish").join(test);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("scenarios")).unwrap();
        let project = Self { folder };
        for name in ["step", "ramp"] {
            let from = common::root().join(format!("scenarios/motion/{name}.toml"));
            std::fs::copy(from, project.path(&format!("scenarios/{name}.toml"))).unwrap();
        }
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The program in that folder, with a clean environment beside these variables.
    fn with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiltyard"));
        for name in ["GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"] {
            command.env_remove(name);
        }
        let output =
            command.args(arguments).envs(variables.iter().copied()).current_dir(&self.folder).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let ran = Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
        assert!(!ran.err.contains("panicked"), "tiltyard {arguments:?} panicked: {}", ran.err);
        ran
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.with(&[], arguments)
    }
}

#[test]
fn a_project_without_scenarios_is_told_so() {
    let project = Project::new("bare");
    std::fs::remove_dir_all(project.path("scenarios")).unwrap();
    let ran = project.run(&["run"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("there is no file or folder scenarios"), "{}", ran.err);
    assert!(!project.path(".tiltyard").exists());
}

#[test]
fn a_camera_resolves_by_its_name_far_from_our_checkout() {
    let project = Project::new("camera");
    let ran = project.run(&["run"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.contains("2 passed of 2 runs"), "{}", ran.out);
    assert!(!project.path(".tiltyard").exists(), "nothing failed: there is nothing to note");
}

#[test]
fn a_summary_is_replaced_and_githubs_is_added_to() {
    let project = Project::new("summary");
    let broken = [&["run", "--summary", "out/summary.md"], &BREAK[..]].concat();
    assert_eq!(project.run(&broken).code, 1);
    let text = project.read("out/summary.md");
    assert!(text.starts_with("## ❌ Tiltyard: 0 of 2 runs passed, 2 failed"), "{text}");
    let again = "tiltyard run scenarios/step.toml --seed 7 --set stack.servo.invert_pan=true";
    assert!(text.contains(again), "{text}");
    assert_eq!(project.run(&["run", "--summary", "out/summary.md"]).code, 0);
    let passed = project.read("out/summary.md");
    assert!(passed.starts_with("## ✅ Tiltyard: 2 of 2 runs passed\n"), "{passed}");

    let shared = project.path("shared.md");
    std::fs::write(&shared, "of another step").unwrap();
    let shared = shared.to_str().unwrap();
    let ran = project.with(&[("GITHUB_STEP_SUMMARY", shared)], &["run", "--summary", shared]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let text = project.read("shared.md");
    assert!(text.starts_with("of another step\n## ✅"), "{text}");

    // What another step left of 1 MiB is the room there is.
    std::fs::write(shared, vec![b'x'; 1024 * 1024 - 700]).unwrap();
    let more = [&["run", "--summary", shared][..], &BREAK].concat();
    assert_eq!(project.with(&[("GITHUB_STEP_SUMMARY", shared)], &more).code, 1);
    let text = project.read("shared.md");
    assert!(text.len() <= 1024 * 1024 && text.contains("no room"), "{}", text.len());
}

#[test]
fn annotations_name_the_place_from_the_root_of_the_repository() {
    let project = Project::new("annotations");
    let line = 1 + project.read("scenarios/step.toml").lines().position(|line| line == "[[expect]]").unwrap();
    let arguments = [&["run", "scenarios/step.toml", "--annotations", "github"], &BREAK[..]].concat();
    let root = project.folder.parent().unwrap().to_str().unwrap();
    for (variables, file) in [
        (vec![], "scenarios/step.toml"),
        (vec![("GITHUB_WORKSPACE", root)], "annotations/scenarios/step.toml"),
        (vec![("GITHUB_WORKSPACE", "/nowhere")], "scenarios/step.toml"),
    ] {
        let ran = project.with(&variables, &arguments);
        assert_eq!(ran.code, 1);
        let expected = format!("::error file={file},line={line},title=step%3A ");
        assert!(ran.out.lines().any(|line| line.starts_with(&expected)), "no {expected} in {}", ran.out);
    }
    // With JSON the object has standard output for itself.
    let ran = project.run(&[&arguments[..], &["--format", "json"]].concat());
    assert!(serde_json::from_str::<Value>(&ran.out).is_ok() && ran.err.starts_with("::error "), "{}", ran.err);
}

#[test]
fn a_history_grows_line_by_line_and_outlives_a_line_that_was_cut() {
    let project = Project::new("history");
    let keep = ["run", "--history", "h.jsonl"];
    assert_eq!(project.with(&[("GITHUB_SHA", "0123456789abcdef")], &keep).code, 0);
    assert_eq!(project.run(&[&keep[..], &["--label", "worse"], &BREAK].concat()).code, 1);
    let text = project.read("h.jsonl");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["commit"], &lines[0]["label"]), (&"0123456789abcdef".into(), &Value::Null));
    assert_eq!((&lines[1]["label"], &lines[1]["passed"]), (&"worse".into(), &0.into()));
    let step = &lines[0]["scenarios"]["step"];
    assert_eq!((&step["verdict"], &step["runs"]), (&"pass".into(), &1.into()));
    assert!(step["margin"].as_f64().unwrap() > 0.0 && step["rms_error_deg"].as_f64().unwrap() > 0.0, "{step}");

    // Cut in the middle, as by a machine that was switched off: the next line begins on its own.
    std::fs::write(project.path("h.jsonl"), &text[..text.len() - 40]).unwrap();
    assert_eq!(project.run(&keep).code, 0);
    let ran = project.run(&["history", "h.jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.starts_with("warning: h.jsonl:2 is left out: "), "{}", ran.err);
    assert!(ran.out.contains("✓ step") && ran.out.contains("range. 2 batches;"), "{}", ran.out);
    for metric in ["margin", "rms", "passed"] {
        assert_eq!(project.run(&["history", "h.jsonl", "--metric", metric, "--last", "1"]).code, 0);
    }
}

#[test]
fn many_add_to_a_history_at_a_time() {
    let project = Project::new("crowd");
    let add = |label: usize| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiltyard"));
        command.args(["run", "--history", "h.jsonl", "--label", &label.to_string()]).current_dir(&project.folder);
        command.stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    let started: Vec<_> = (0..8).map(add).collect();
    for mut one in started {
        assert!(one.wait().unwrap().success());
    }
    let text = project.read("h.jsonl");
    let label = |line: &str| serde_json::from_str::<Value>(line).unwrap()["label"].as_str().unwrap().to_owned();
    let mut labels: Vec<String> = text.lines().map(label).collect();
    labels.sort();
    assert_eq!(labels, ["0", "1", "2", "3", "4", "5", "6", "7"]);
}

#[test]
fn what_is_no_history_is_said() {
    let project = Project::new("no-history");
    std::fs::write(project.path("binary"), [0, 255, 10, 200]).unwrap();
    std::fs::write(project.path("empty"), "").unwrap();
    for (arguments, word) in [
        (&["history"][..], "history.jsonl"),
        (&["history", "binary"], "no batch in binary"),
        (&["history", "empty"], "no batch in empty"),
        (&["history", "scenarios"], "scenarios"),
        (&["history", "empty", "--last", "0"], "--last"),
        (&["history", "empty", "--metric", "iae"], "margin"),
        (&["run", "--label", "x"], "--history"),
    ] {
        let ran = project.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(word), "{arguments:?} does not say {word}: {}", ran.err);
    }
}

#[test]
fn rerun_makes_what_failed_and_nothing_else() {
    let project = Project::new("rerun");
    let ran = project.run(&["rerun"]);
    assert_eq!(ran.code, 4, "nothing failed before: {}", ran.err);
    assert!(ran.err.contains("nothing was evaluated"), "{}", ran.err);

    // One of two fails, with two seeds of three hundred.
    let text = project.read("scenarios/step.toml").replace("holds = \"1 s\"", "holds = \"60 s\"");
    std::fs::write(project.path("scenarios/step.toml"), text).unwrap();
    let ran = project.run(&["run", "--seeds", "3..5", "--set", "video.rate=25 Hz", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    let before: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(project.read(".tiltyard/.gitignore"), "*\n");
    let ran = project.run(&["run", "--seeds", "3..5", "--set", "video.rate=25 Hz"]);
    assert!(ran.out.starts_with("what did not pass is noted for `tiltyard rerun`\n"), "{}", ran.out);

    let ran = project.run(&["rerun", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let after: Value = serde_json::from_str(&ran.out).unwrap();
    let chains = |document: &Value| -> Vec<(String, String)> {
        let runs = document["runs"].as_array().unwrap().iter().filter(|run| run["verdict"] != "pass");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        runs.map(|run| (text(&run["scenario"]), text(&run["chain"]))).collect()
    };
    assert_eq!(chains(&after), chains(&before), "the same runs: overrides, seeds, bits");
    assert_eq!(after["runs"].as_array().unwrap().len(), 2);

    // Mended: the same runs pass, and there is nothing left.
    let text = project.read("scenarios/step.toml").replace("holds = \"60 s\"", "holds = \"1 s\"");
    std::fs::write(project.path("scenarios/step.toml"), text).unwrap();
    assert_eq!(project.run(&["rerun"]).code, 0);
    assert!(!project.path(".tiltyard/last.json").exists());
    assert_eq!(project.run(&["rerun"]).code, 4);
}

#[test]
fn rerun_takes_the_file_of_another_machine() {
    let project = Project::new("artifact");
    let ran = project.run(&[&["run", "--out", "runs"], &BREAK[..]].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    std::fs::remove_dir_all(project.path(".tiltyard")).unwrap();
    let ran = project.run(&["rerun", "runs/last.json", "--junit", "again.xml"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("0 passed, 2 failed of 2 runs"), "{}", ran.out);
    assert!(project.read("again.xml").contains("step seed 7"));

    let last = project.read("runs/last.json");
    let other = project.path("other.json");
    let moved = last.replace("scenarios/ramp.toml", "elsewhere/ramp.toml");
    for (text, word) in [
        (last.replace("tiltyard-last/1", "tiltyard-last/7"), "tiltyard-last/7"),
        (last[..last.len() / 2].to_owned(), "no JSON"),
        ("{}".to_owned(), "was expected"),
        (String::new(), "no JSON"),
        (moved, "elsewhere/ramp.toml"),
        (last.replace("invert_pan=true", "invert_pan"), "invert_pan"),
    ] {
        std::fs::write(&other, text).unwrap();
        let ran = project.run(&["rerun", "other.json"]);
        assert_eq!(ran.code, 2, "{word}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(word), "no {word}: {}", ran.err);
    }
    assert_eq!(project.run(&["rerun", "nowhere.json"]).code, 2);
}

#[cfg(feature = "mcap")]
#[test]
fn a_kept_run_is_attached_to_its_test_case_and_named_in_json() {
    let project = Project::new("attached");
    let ran =
        project.run(&[&["run", "--out", "runs", "--junit", "junit.xml", "--format", "json"], &BREAK[..]].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    let report = quick_junit::Report::deserialize_from_str(&project.read("junit.xml")).unwrap();
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    for (case, run) in report.test_suites[0].test_cases.iter().zip(json["runs"].as_array().unwrap()) {
        let file = run["run_file"].as_str().unwrap();
        assert!(project.path(file).is_file(), "{file}");
        assert_eq!(case.system_out.as_ref().unwrap().as_str(), format!("[[ATTACHMENT|{file}]]"));
    }
    let ran = project.run(&["run", "--out", "runs", "--junit", "junit.xml"]);
    assert_eq!(ran.code, 0);
    assert!(!project.read("junit.xml").contains("ATTACHMENT"), "what passed was not kept");
}

#[test]
fn three_is_a_place_that_cannot_be_written() {
    let project = Project::new("unwritable");
    std::fs::write(project.path("file"), "").unwrap();
    for option in ["--summary", "--history", "--junit"] {
        for place in ["file/below", "scenarios"] {
            let ran = project.run(&["run", option, place]);
            assert_eq!(ran.code, 3, "{option} {place}: {}{}", ran.out, ran.err);
            assert!(ran.err.contains(&format!("failed to write {place}")), "{option}: {}", ran.err);
        }
        // A disk that is full.
        if Path::new("/dev/full").exists() {
            let ran = project.run(&["run", option, "/dev/full"]);
            assert_eq!(ran.code, 3, "{option}: {}{}", ran.out, ran.err);
            assert!(ran.err.contains("failed to write /dev/full: No space left"), "{option}: {}", ran.err);
        }
    }
    let ran = project.run(&["man", "file/below"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    // What failed cannot be noted: the runs still count.
    std::fs::write(project.path(".tiltyard"), "").unwrap();
    let ran = project.run(&[&["run"], &BREAK[..]].concat());
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("warning: `tiltyard rerun` will not know what failed"), "{}", ran.err);
}

#[test]
fn every_verb_has_a_manual_page() {
    let project = Project::new("man");
    assert_eq!(project.run(&["man", "man1"]).code, 0);
    let help = project.run(&["--help"]).out;
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let mut count = 0;
    for verb in verbs.filter_map(|line| line.split_whitespace().next()).filter(|verb| *verb != "help") {
        let page = project.read(&format!("man1/tiltyard-{verb}.1"));
        assert!(page.contains(&format!(".TH TILTYARD-{} 1", verb.to_uppercase())), "{page}");
        assert!(page.contains(".SH SYNOPSIS") && page.contains(&format!("tiltyard {verb}")), "{page}");
        count += 1;
    }
    assert!(count > 10, "{help}");
    assert!(project.read("man1/tiltyard.1").contains("Exit codes"));
    assert!(project.path("man1/tiltyard-mot-eval.1").exists());
}
