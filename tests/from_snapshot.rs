//! `tiltyard run --snapshot-at`, `--from-snapshot` and `--fork-seeds`: files, results and exit codes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Exit code, standard output, standard error.
fn tiltyard(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiltyard"));
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The runs that JSON tells of, without wall times, and without the lines of expectations: those are counted in the
/// text that a run was made from, and in a snapshot the overrides are part of it.
fn runs(arguments: &[&str]) -> (i32, Vec<serde_json::Value>) {
    let (code, out, err) = tiltyard(&[arguments, &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    let mut runs = json["runs"].as_array().unwrap().clone();
    for run in &mut runs {
        run["wall_s"].take();
        for expectation in run["expectations"].as_array_mut().unwrap() {
            expectation["line"].take();
        }
    }
    (code, runs)
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn a_frozen_run_goes_on_from_its_file_alone() {
    let out = folder("frozen");
    let shown = out.to_str().unwrap();
    // A CSV beside the scenario and an override: the file holds both.
    let whole = ["run", "scenarios/motion/recorded.toml", "--seed", "9", "--set", "link.drop=0.1"];
    let (code, expected) = runs(&[&whole[..], &["--snapshot-at", "2.5 s", "--out", shown]].concat());
    let file = out.join("motion-recorded-seed9-at2.5s.tiltyard-snapshot");
    let (again, found) = runs(&["run", "--from-snapshot", file.to_str().unwrap()]);
    assert_eq!((again, &found), (code, &expected), "chain, metrics, margins and verdicts are those of the whole run");
    assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing is left beside the file");
    assert_eq!(runs(&whole).1, expected, "freezing changed nothing");
}

#[test]
fn forks_are_judged_each_and_counted() {
    let out = folder("forks");
    let freeze = ["run", "scenarios/link/command-loss.toml", "--snapshot-at", "1 s", "--out", out.to_str().unwrap()];
    let (code, said, err) = tiltyard(&freeze);
    assert_eq!(code, 0, "{said}{err}");
    let file = std::fs::read_dir(&out).unwrap().next().unwrap().unwrap().path();
    assert!(err.contains(file.to_str().unwrap()), "{err}");
    let from = ["run", "--from-snapshot", file.to_str().unwrap(), "--fork-seeds", "3..7"];
    let (code, forks) = runs(&from);
    assert_eq!(forks.iter().map(|run| run["seed"].as_u64().unwrap()).collect::<Vec<_>>(), [3, 4, 5, 6]);
    assert_eq!(runs(&[&from[..], &["--jobs", "1"]].concat()), (code, forks.clone()), "one worker and many");
    let passed = forks.iter().filter(|run| run["verdict"] == "pass").count();
    assert_eq!(code, i32::from(passed < 4));
    let (_, text, _) = tiltyard(&from);
    assert!(text.contains(&format!("{passed} of 4 forks at 1.000000000 s pass")), "{text}");
}

#[test]
fn what_cannot_be_done_is_a_sentence_and_exit_code_2() {
    let out = folder("refused");
    std::fs::create_dir_all(&out).unwrap();
    let damaged = out.join("damaged.tiltyard-snapshot");
    let freeze = ["run", "scenarios/motion/step.toml", "--snapshot-at", "1 s", "--out", out.to_str().unwrap()];
    assert_eq!(tiltyard(&freeze).0, 0);
    let whole = std::fs::read(out.join("motion-step-seed7-at1s.tiltyard-snapshot")).unwrap();
    std::fs::write(&damaged, &whole[..whole.len() / 2]).unwrap();
    let damaged = damaged.to_str().unwrap();
    let step = "scenarios/motion/step.toml";
    for (arguments, words) in [
        (&["--from-snapshot", damaged][..], "damaged or cut short"),
        (&["--from-snapshot", "README.md"], "this is none"),
        (&["--from-snapshot", "nowhere"], "failed to read the snapshot nowhere"),
        (&["--from-snapshot", damaged, "--set", "seed=3"], "cannot be used with"),
        (&["--from-snapshot", damaged, step], "cannot be used with"),
        (&["--from-snapshot", damaged, "--seed", "3"], "cannot be used with"),
        (&[step, "--fork-seeds", "0..3"], "--from-snapshot"),
        (&[step, "--snapshot-at", "1 s"], "--out"),
        (&[step, "--snapshot-at", "1", "--out", "x"], "missing unit"),
        (&[step, "--snapshot-at", "1 h", "--out", "x"], "unit"),
        (&[step, "--snapshot-at", "60 s", "--out", "x"], "ends after 6 s"),
    ] {
        let (code, _, err) = tiltyard(&[&["run"], arguments].concat());
        assert!(code == 2 && err.contains(words), "{arguments:?}: {code} {err}");
        assert!(!err.contains("panicked"), "{err}");
    }
}
