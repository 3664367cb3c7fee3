//! The page and its proof: `run --html`, `verify`, and baselines.
//!
//! How the page looks and behaves in a browser is `.ci/report`'s.

#![cfg(feature = "html")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::path::{Path, PathBuf};

use common::{program, root};
use serde_json::Value;

const STEP: &str = "scenarios/motion/step.toml";
/// Reads a file beside it.
const RECORDED: &str = "scenarios/motion/recorded.toml";
const BROKEN: [&str; 2] = ["--set", "stack.servo.invert_pan=true"];

/// A folder of this test's own, empty, with the scenarios in it.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("report").join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("scenarios/motion")).unwrap();
    for file in ["step.toml", "recorded.toml", "lecturer.csv"] {
        let of = Path::new("scenarios/motion").join(file);
        std::fs::copy(root().join(&of), folder.join(&of)).unwrap();
    }
    folder
}

/// Exit code and all that was said, by the program started in a folder.
fn say(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = program().current_dir(folder).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

/// The page of some runs, and its file.
fn page(folder: &Path, arguments: &[&str]) -> (PathBuf, String) {
    let file = folder.join("report.html");
    let run = [&["run"], arguments, &["--html", "report.html"]].concat();
    let (code, said) = say(folder, &run);
    assert!(code < 2 && said.contains("page written to report.html"), "{said}");
    let text = std::fs::read_to_string(&file).unwrap();
    (file, text)
}

fn claims(page: &str) -> Value {
    let (_, after) = page.split_once("id=\"claims\">").unwrap();
    serde_json::from_str(after.split_once("</script>").unwrap().0).unwrap()
}

/// What `verify` says to a page.
fn verified(folder: &Path, page: impl AsRef<[u8]>) -> (i32, String) {
    std::fs::write(folder.join("edited.html"), page).unwrap();
    say(folder, &["verify", "edited.html"])
}

#[test]
fn a_page_stands_alone_and_equal_runs_give_equal_pages() {
    let folder = folder("alone");
    let (_, first) = page(&folder, &["scenarios", "--jobs", "1"]);
    let (_, again) = page(&folder, &["scenarios", "--jobs", "2"]);
    assert!(first == again, "the number of workers shows");
    for outside in [" src=", "@import", "@font-face", "url(", "rel=\"stylesheet\"", "fetch("] {
        assert!(!first.contains(outside), "{outside}");
    }
    for said in
        ["2 of 2 runs passed", "motion/step", "motion/recorded", "tiltyard run scenarios/motion/step.toml --seed 7"]
    {
        // The template engine writes `/` as an entity.
        assert!(first.replace("&#x2f;", "/").contains(said), "{said}");
    }
    assert_eq!(claims(&first)["schema"], "tiltyard-report/1");
}

#[test]
fn verify_needs_nothing_but_the_page() {
    let folder = folder("honest");
    let (_, text) = page(&folder, &[STEP, RECORDED, "--seeds", "7..9"]);
    std::fs::remove_dir_all(folder.join("scenarios")).unwrap();
    let (code, said) = verified(&folder, &text);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("all 4 runs came out as claimed"), "{said}");
}

#[test]
fn verify_passes_on_an_honest_failure() {
    let folder = folder("failure");
    let (_, text) = page(&folder, &[&[STEP], &BROKEN[..]].concat());
    assert!(text.contains("0 of 1 runs passed") && text.contains("✗ fail"));
    let (code, said) = verified(&folder, &text);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn what_a_scenario_says_stays_text() {
    let folder = folder("hostile");
    let scenario = folder.join(STEP);
    let ours = std::fs::read_to_string(&scenario).unwrap();
    let hostile = "</script><script>alert(1)</script>\\\"&amp;'";
    let theirs = ours.replacen("title  = \"", &format!("title  = \"{hostile}"), 1).replacen("settles", "<b>", 1);
    assert_ne!(ours, theirs);
    std::fs::write(&scenario, theirs).unwrap();
    let (_, text) = page(&folder, &[STEP]);
    assert!(text.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;"), "it is shown as it stands");
    assert!(!text.contains("<script>alert") && !text.contains("<b>"), "markup of a scenario reached the page");
    let (code, said) = verified(&folder, &text);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_looser_scenario_is_true_but_not_the_one_that_is_here() {
    let folder = folder("looser");
    let (_, text) = page(&folder, &[STEP]);
    let scenario = folder.join(STEP);
    let ours = std::fs::read_to_string(&scenario).unwrap();
    std::fs::write(&scenario, ours.replace("1500 ms", "1400 ms")).unwrap();
    let (code, said) = verified(&folder, &text);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("Other texts than those that lie here: scenarios/motion/step.toml"), "{said}");
    let (_, text) = page(&folder, &[&[STEP], &BROKEN[..]].concat());
    assert!(!verified(&folder, &text).1.contains("Other texts"), "overrides are known");
}

#[test]
fn an_edited_claim_is_named_with_what_is_so() {
    let folder = folder("claim");
    let (_, text) = page(&folder, &[STEP]);
    let run = &claims(&text)["runs"][0];
    let number = run["metrics"]["rms_error_deg"].to_string();
    let (code, said) =
        verified(&folder, text.replace(&format!("\"rms_error_deg\":{number}"), "\"rms_error_deg\":0.01"));
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains(&format!("motion/step seed 7: metrics.rms_error_deg: claimed 0.01, measured {number}")),
        "{said}"
    );

    let chain = run["chain"].as_str().unwrap();
    let (code, said) = verified(&folder, text.replace(chain, "0123456789abcdef"));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(&format!("chain: claimed 0123456789abcdef, measured {chain}")), "{said}");

    let (code, said) = verified(&folder, text.replace("\"verdict\":\"pass\"", "\"verdict\":\"fail\""));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("motion/step seed 7: verdict: claimed fail, measured pass"), "{said}");
}

#[test]
fn an_edited_number_that_is_only_shown_is_found_too() {
    let folder = folder("shown");
    let (_, text) = page(&folder, &[STEP]);
    let edited = text.replacen("1 of 1 runs passed", "2 of 2 runs passed", 1);
    assert_ne!(edited, text);
    let (code, said) = verified(&folder, edited);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("the page is not what they make: line ") && said.contains("2 of 2"), "{said}");
    let (code, said) = verified(&folder, text.replacen("<b", "<script>document.title = 1</script><b", 1));
    assert_eq!(code, 1, "{said}");
}

#[test]
fn another_seed_makes_other_runs() {
    let folder = folder("seed");
    let (_, text) = page(&folder, &[STEP]);
    let (code, said) = verified(&folder, text.replace("{\"seed\":7,\"source\":0}", "{\"seed\":8,\"source\":0}"));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("motion/step seed 8: chain: claimed"), "{said}");
}

#[test]
fn what_is_no_report_is_refused() {
    let folder = folder("junk");
    let (_, text) = page(&folder, &[STEP]);
    let refused = |page: &[u8], part: &str| {
        let (code, said) = verified(&folder, page);
        assert_eq!(code, 2, "{part}: {said}");
        assert!(said.starts_with("error: ") && said.contains(part), "{part}: {said}");
    };
    refused(&text.as_bytes()[..text.len() - 100], "cut off");
    refused(&text.as_bytes()[..text.find("id=\"claims\">").unwrap() + 200], "cut off");
    refused(b"\x00\xff\xfe\x80junk", "no text");
    refused(b"", "no claims");
    refused(b"<!doctype html><p>hello</p>", "no claims");
    refused(text.replace("tiltyard-report/1", "tiltyard-report/9").as_bytes(), "`tiltyard-report/9`");
    refused(text.replace("\"made\":[{", "\"made\":[{{").as_bytes(), "cannot be read");
    refused(
        text.replace("\"made\":[{\"seed\":7,\"source\":0}", "\"made\":[{\"seed\":7,\"source\":4}").as_bytes(),
        "scenario 4",
    );
    refused(text.replace("\"camera\":1", "\"camera\":9").as_bytes(), "text 9");
    let (code, said) = verified(&folder, text.replace("schema = 1", "schema = 7"));
    assert_eq!(code, 2, "a scenario that this version cannot read: {said}");
    let (code, said) = say(&folder, &["verify", "nowhere.html"]);
    assert_eq!(code, 2);
    assert!(said.contains("nowhere.html"), "{said}");
}

/// Without the library nobody can say whether a page with a network on it is right.
#[cfg(not(feature = "onnx"))]
#[test]
fn a_missing_library_is_no_verdict() {
    let folder = folder("library");
    let (_, text) = page(&folder, &[STEP]);
    let network = "schema = 1\\nstack.detector.onnx = {}\\nworld.drawn = {}\\n";
    let (code, said) = verified(&folder, text.replacen("schema = 1\\n", network, 1));
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("onnx"), "{said}");
}

#[test]
fn a_baseline_is_equal_to_itself_and_tells_what_changed() {
    let folder = folder("baseline");
    let (code, said) = say(&folder, &["run", "scenarios", "--seeds", "1..4", "--save-baseline", "main"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("baseline written to baselines/main.json"), "{said}");
    let (_, said) = say(&folder, &["run", "scenarios", "--seeds", "1..4", "--baseline", "main"]);
    assert!(said.contains("against main: 0 changed, 6 equal bit for bit"), "{said}");

    let gain = ["--set", "stack.servo.predictive.share=0.45"];
    let run = [&["run", STEP, "--seeds", "1..5", "--baseline", "main", "--format", "json"], &gain[..]].concat();
    let output = program().current_dir(&folder).args(run).output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let changed = &json["baseline"];
    assert_eq!((&changed["unchanged"], &changed["new"], &changed["missing"]), (&0.into(), &1.into(), &3.into()));
    let run = &changed["runs"][0];
    assert_eq!((&run["scenario"], &run["seed"]), (&"motion/step".into(), &1.into()));
    assert!(run["parted_tick"].as_u64().unwrap() < 180, "{run}");
    assert_eq!(run["source_changed"], true, "an override is another scenario");
    let command = "tiltyard diff scenarios/motion/step.toml --seed 1 --set-b stack.servo.predictive.share=0.45";
    assert_eq!(run["command"], command);
    let rms = run["metrics"].as_array().unwrap().iter().find(|number| number["name"] == "rms_error_deg").unwrap();
    assert!(rms["noise"].as_f64().unwrap() > 0.0, "{rms}");
    assert!(["improved", "regressed", "within"].contains(&rms["change"].as_str().unwrap()), "{rms}");
}

#[test]
fn a_page_against_a_baseline_is_verified_with_it() {
    let folder = folder("against");
    say(&folder, &["run", STEP, "--save-baseline", "main"]);
    let gain = ["--set", "stack.servo.predictive.share=0.45", "--baseline", "main"];
    let (_, text) = page(&folder, &[&[STEP], &gain[..]].concat());
    assert!(
        text.contains("Changed since “main”") && text.contains("--seed 7 --set-b stack.servo.predictive.share=0.45")
    );
    let (code, said) = verified(&folder, &text);
    assert_eq!(code, 0, "{said}");
    let before = claims(&text)["baseline"]["runs"][0]["before"]["metrics"]["rms_error_deg"].to_string();
    let lie = text.replace(&format!("\"rms_error_deg\":{before}"), "\"rms_error_deg\":9.5");
    let (code, said) = verified(&folder, &lie);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("baseline main") && said.contains("claimed 9.5"), "{said}");
    std::fs::remove_dir_all(folder.join("baselines")).unwrap();
    let (code, said) = verified(&folder, &text);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("taken as it stands: baselines/main.json is not here"), "{said}");
}

#[test]
fn a_baseline_that_is_not_there_or_no_baseline_is_refused() {
    let folder = folder("no-baseline");
    let refused = |name: &str, part: &str| {
        let (code, said) = say(&folder, &["run", STEP, "--baseline", name]);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(part), "{said}");
    };
    refused("main", "there is no baseline `main`");
    refused("../main", "letters, digits");
    std::fs::create_dir(folder.join("baselines")).unwrap();
    std::fs::write(folder.join("baselines/other.json"), "{\"schema\":\"tiltyard-baseline/9\",\"runs\":[]}").unwrap();
    refused("main", "there are other");
    refused("other", "`tiltyard-baseline/9`");
    std::fs::write(folder.join("baselines/junk.json"), b"\x00\xff").unwrap();
    refused("junk", "not a baseline");
}
