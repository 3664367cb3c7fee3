//! Rules of the house that a compiler does not hold: who may know whom, what must not be left behind, how files begin.
//!
//! An ordinary test over the text of the checkout. Each rule is a function from text to findings, names what to write
//! instead, and has a test of its own that feeds it a bad sample: a rule that cannot fail is no rule.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::io::Write;
use std::path::{Path, PathBuf};

use common::root;

/// A line and what is wrong with it.
type Findings = Vec<(usize, String)>;

/// A word that must not appear, and what to write instead.
type Ban = (&'static str, &'static str);

/// The stack is sans-IO and knows nothing above or beside it.
const STACK: &[Ban] = &[
    ("tiltyard_sim", "stack::Frame and VISCA bytes; src/rig/sim.rs translates"),
    ("tiltyard_hil", "stack::Frame and VISCA bytes; src/rig translates"),
    ("crate::rig", "a value that the rig passes in"),
    ("crate::run", "a value that the executor passes in"),
    ("crate::serve", "nothing: a virtual camera has no stack"),
    ("crate::scenario", "stack::StackConfig, which src/scenario/stack.rs fills"),
    ("crate::cli", "a value that the caller passes in"),
    ("crate::report", "metadata, which reports read"),
    ("crate::{", "one `use crate::stack::…` a path, so that this test can read them"),
    ("std::fs", "text that the caller passes in"),
    ("std::net", "bytes: stack::Output::Transmit and Stack::receive"),
    ("std::env", "a field of stack::StackConfig"),
    ("Instant", "tiltyard_visca::SimTime, passed in"),
    ("SystemTime", "tiltyard_visca::SimTime, passed in"),
];

/// The world knows no stack, no scenario files and no hardware.
const SIM: &[Ban] = &[
    ("tiltyard::", "tiltyard_sim::config, which src/scenario fills"),
    ("tiltyard_hil", "nothing: sim and hil meet only in src/rig"),
    ("std::fs", "values: sim does no I/O"),
    ("std::net", "values: sim does no I/O"),
    ("SystemTime", "tiltyard_visca::SimTime, passed in"),
];

/// The protocol knows nobody.
const VISCA: &[Ban] = &[
    ("tiltyard::", "nothing: visca is the ground floor"),
    ("tiltyard_sim", "nothing: visca is the ground floor"),
    ("tiltyard_hil", "nothing: visca is the ground floor"),
    ("std::net", "bytes: handle_input and poll_output"),
    ("std::fs", "bytes: handle_input and poll_output"),
    ("Instant", "tiltyard_visca::SimTime, passed in"),
    ("SystemTime", "tiltyard_visca::SimTime, passed in"),
];

/// Hardware knows no stack and no simulation.
const HIL: &[Ban] = &[
    ("tiltyard::", "traits that src/rig implements with hil"),
    ("tiltyard_sim", "nothing: sim and hil meet only in src/rig"),
];

/// What is left behind in a hurry. Put together here, so that this file does not find itself.
const LEFTOVERS: &[Ban] = &[
    (concat!("to", "do!"), "the code, or an error that says what is not supported"),
    (concat!("unimple", "mented!"), "the code, or an error that says what is not supported"),
    (concat!("db", "g!"), "nothing, or a test that shows the value"),
    (concat!("FIX", "ME"), "the fix, or an issue"),
    (concat!("TO", "DO"), "the code, or an issue"),
    (concat!("XX", "X"), "a sentence that says what the trap is"),
];

/// Paths of somebody's machine.
const MACHINES: &[Ban] = &[
    (concat!("/wo", "rk/"), "a path relative to the checkout"),
    (concat!("/ro", "ot/"), "a path relative to the checkout"),
    (concat!("/ho", "me/"), "a path relative to the checkout"),
];

/// Lines of a file; more is a folder.
const LINES_MAX: usize = 600;

/// Longer files, each with its reason.
const LONG_FILES: &[(&str, &str)] =
    &[("visca/tests/pair.rs", "one harness of two protocol ends and every behaviour of the pair, read as one list")];

/// Columns of a line, as in rustfmt.toml.
const COLUMNS_MAX: usize = 120;

/// The commands that the README promises and CI runs.
const README_COMMANDS: [&str; 2] = ["cargo run --release -- run scenarios", "cargo test --workspace"];

/// Where banned words stand, as words of their own.
fn banned(text: &str, bans: &[Ban]) -> Findings {
    let part_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut findings = Findings::new();
    for (index, line) in text.lines().enumerate() {
        for (word, instead) in bans {
            let stands = line.match_indices(word).any(|(at, _)| {
                let (before, after) = (line[..at].chars().next_back(), line[at + word.len()..].chars().next());
                let inside = |side: Option<char>, edge: Option<char>| {
                    edge.is_some_and(part_of_a_word) && side.is_some_and(part_of_a_word)
                };
                !inside(before, word.chars().next()) && !inside(after, word.chars().next_back())
            });
            if stands {
                findings.push((index + 1, format!("`{word}` (use {instead})")));
            }
        }
    }
    findings
}

/// A file has to begin with what it is.
fn no_module_doc(text: &str) -> Findings {
    let begins = text.lines().next().is_some_and(|line| line.starts_with("//! "));
    if begins { Findings::new() } else { vec![(1, "no module document (begin with `//! What this is`)".to_owned())] }
}

/// Lines that are too long and could be broken: strings, and what stands inside a macro's arguments, rustfmt leaves.
fn too_wide(text: &str) -> Findings {
    let breakable = |line: &str| {
        let text = line.trim_start();
        let longest_string = line.split('"').skip(1).step_by(2).map(|text| text.chars().count()).max().unwrap_or(0);
        let in_macro =
            text.starts_with("($") || line.contains(" in prop::") || (text.starts_with("fn ") && line.contains(" in "));
        longest_string < 30 && !in_macro
    };
    let wide = |line: &str| line.chars().count() > COLUMNS_MAX && breakable(line);
    let said = |line: &str| format!("{} columns (break it at {COLUMNS_MAX})", line.chars().count());
    text.lines().enumerate().filter(|(_, line)| wide(line)).map(|(index, line)| (index + 1, said(line))).collect()
}

/// A file that is too long without a listed reason, or listed without being long.
fn too_long(name: &str, text: &str, listed: &[(&str, &str)]) -> Findings {
    let lines = text.lines().count();
    let reason = listed.iter().find(|(file, _)| *file == name);
    match (lines > LINES_MAX, reason) {
        (true, None) => {
            vec![(lines, format!("{lines} lines (make it a folder, or list it in LONG_FILES with a reason)"))]
        }
        (false, Some(_)) => vec![(lines, "short enough now (take it off LONG_FILES)".to_owned())],
        _ => Findings::new(),
    }
}

/// Dependencies of a manifest on crates of ours that it must not know.
fn dependencies(manifest: &str, forbidden: &[&str]) -> Findings {
    let mut in_dependencies = false;
    let mut findings = Findings::new();
    for (index, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            in_dependencies = line.contains("dependencies");
        }
        let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
        if in_dependencies && forbidden.contains(&name) {
            findings.push((index + 1, format!("depends on {name} (DESIGN section 1: arrows go one way)")));
        }
    }
    findings
}

/// Commands that one text promises and the other does not run.
fn not_run_by_ci(readme: &str, ci: &str) -> Findings {
    let mut findings = Findings::new();
    for command in README_COMMANDS {
        if !readme.lines().any(|line| line.trim().trim_start_matches("$ ") == command) {
            findings.push((1, format!("README.md does not show `{command}` on a line of its own")));
        }
        if !ci.lines().any(|line| !line.trim_start().starts_with('#') && line.contains(command)) {
            findings.push((1, format!(".ci/run does not run README's `{command}`")));
        }
    }
    findings
}

/// Values of a camera file without a source.
fn without_source(camera: &str) -> Findings {
    fn walk(path: &str, value: &toml::Value, findings: &mut Findings) {
        let Some(table) = value.as_table() else { return };
        if table.contains_key("value") && table.get("source").and_then(toml::Value::as_str).is_none_or(str::is_empty) {
            findings.push((0, format!("{path} has no source (say `assumed: why` or `unverified`)")));
        }
        if table.contains_key("value") {
            return;
        }
        for (key, value) in table {
            if !path.is_empty() && !value.is_table() {
                findings.push((0, format!("{path}.{key} is a bare value (write {{ value = …, source = … }})")));
            }
            walk(&format!("{path}.{key}"), value, findings);
        }
    }
    let mut findings = Findings::new();
    walk("", &toml::from_str(camera).unwrap(), &mut findings);
    findings
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

/// All sources of ours.
fn sources() -> Vec<PathBuf> {
    ["src", "sim", "visca", "hil", "tests", "benches", "examples", "fuzz"]
        .into_iter()
        .flat_map(|folder| common::files(folder, "rs"))
        .filter(|file| !file.components().any(|part| part.as_os_str() == "target"))
        .collect()
}

/// Fails with every finding of a rule over these files.
fn hold(files: &[PathBuf], rule: impl Fn(&Path, &str) -> Findings) {
    assert!(!files.is_empty(), "nothing was looked at");
    let told: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let findings = rule(file, &read(file));
            findings.into_iter().map(move |(line, said)| format!("{}:{line}: {said}", file.display()))
        })
        .collect();
    assert!(told.is_empty(), "{} findings\n{}\n", told.len(), told.join("\n"));
}

/// The findings of a sample, one a line.
fn told(findings: &Findings) -> String {
    findings.iter().map(|(line, said)| format!("{line}: {said}")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_stack_knows_neither_worlds_nor_files_nor_clocks() {
    hold(&common::files("src/stack", "rs"), |_, text| banned(text, STACK));
}

#[test]
fn the_world_and_the_hardware_know_no_stack() {
    hold(&common::files("sim/src", "rs"), |_, text| banned(text, SIM));
    hold(&common::files("hil/src", "rs"), |_, text| banned(text, HIL));
    hold(&["sim/Cargo.toml".into()], |_, text| dependencies(text, &["tiltyard", "tiltyard-hil"]));
    hold(&["hil/Cargo.toml".into()], |_, text| dependencies(text, &["tiltyard", "tiltyard-sim"]));
}

#[test]
fn the_protocol_knows_nobody() {
    hold(&common::files("visca/src", "rs"), |_, text| banned(text, VISCA));
    let ours = ["tiltyard", "tiltyard-sim", "tiltyard-hil"];
    hold(&["visca/Cargo.toml".into()], |_, text| dependencies(text, &ours));
}

#[test]
fn arrows_are_seen() {
    let stack =
        "use crate::scenario::Scenario;\nlet t = std::time::Instant::now();\n// Instantaneous; crate::running\n";
    assert_eq!(
        told(&banned(stack, STACK)),
        "1: `crate::scenario` (use stack::StackConfig, which src/scenario/stack.rs fills)\n\
         2: `Instant` (use tiltyard_visca::SimTime, passed in)"
    );
    assert_eq!(told(&banned("use crate::{rig, stack};", STACK)).matches("one `use").count(), 1);
    assert_eq!(banned("use tiltyard::stack::Frame;", SIM).len(), 1);
    assert_eq!(banned("use tiltyard_visca::SimTime;", SIM), []);
    assert_eq!(banned("use tiltyard_sim::World;", VISCA).len() + banned("tiltyard_sim::World", HIL).len(), 2);
    let manifest = "[package]\nname = \"tiltyard-sim\"\n[dependencies]\ntiltyard-visca.workspace = true\n";
    assert_eq!(dependencies(manifest, &["tiltyard", "tiltyard-hil"]), []);
    let bad =
        format!("{manifest}[dev-dependencies]\ntiltyard-hil = {{ path = \"../hil\" }}\ntiltyard.workspace = true\n");
    assert_eq!(dependencies(&bad, &["tiltyard", "tiltyard-hil"]).len(), 2);
}

#[test]
fn nothing_is_left_behind() {
    hold(&sources(), |_, text| banned(text, LEFTOVERS));
}

#[test]
fn leftovers_are_seen() {
    for (word, _) in LEFTOVERS {
        assert_eq!(banned(&format!("let a = 1; // {word}(x)"), LEFTOVERS).len(), 1, "{word}");
        assert_eq!(banned(&format!("let a{word} = 1;"), LEFTOVERS).len(), 0, "part of a word: {word}");
    }
}

#[test]
fn every_file_says_what_it_is() {
    let files: Vec<PathBuf> =
        ["src", "sim/src", "visca/src", "hil/src"].into_iter().flat_map(|folder| common::files(folder, "rs")).collect();
    hold(&files, |_, text| no_module_doc(text));
}

#[test]
fn a_missing_document_is_seen() {
    assert_eq!(no_module_doc("//! What this is.\n"), []);
    assert_eq!(no_module_doc("use core::fmt;\n\n//! Late.\n").len() + no_module_doc("").len(), 2);
}

#[test]
fn lines_fit_a_screen() {
    hold(&sources(), |_, text| too_wide(text));
}

#[test]
fn a_wide_line_is_seen() {
    let comment = format!("// {}", "a ".repeat(59));
    assert_eq!(too_wide(&comment), [(1, "121 columns (break it at 120)".to_owned())]);
    assert_eq!(too_wide(&comment[..120]), []);
    // Characters, not bytes: a box-drawing line of 120 is 360 bytes long.
    assert_eq!(too_wide(&"─".repeat(120)), []);
    assert_eq!(too_wide(&format!("    call(\"{}\");", "a".repeat(120))), [], "rustfmt breaks no string");
}

#[test]
fn no_file_is_too_long_without_a_reason() {
    hold(&sources(), |file, text| too_long(&file.to_string_lossy(), text, LONG_FILES));
}

#[test]
fn a_long_file_and_a_stale_reason_are_seen() {
    let (long, short) = ("a\n".repeat(601), "a\n".repeat(600));
    assert!(told(&too_long("a.rs", &long, &[])).contains("601 lines"));
    assert_eq!(too_long("a.rs", &long, &[("a.rs", "because")]), []);
    assert_eq!(too_long("a.rs", &short, &[]), []);
    assert!(told(&too_long("a.rs", &short, &[("a.rs", "because")])).contains("take it off"));
}

#[test]
fn no_path_of_a_machine_is_written_down() {
    let mut files = sources();
    for (folder, extension) in
        [("scenarios", "toml"), ("cameras", "toml"), ("tests", "toml"), ("tests", "snap"), ("docs", "md")]
    {
        files.extend(common::files(folder, extension));
    }
    for file in ["Cargo.toml", "clippy.toml", "README.md", "ARCHITECTURE.md", ".ci/run"] {
        files.extend(root().join(file).is_file().then(|| file.into()));
    }
    hold(&files, |_, text| banned(text, MACHINES));
}

#[test]
fn a_path_of_a_machine_is_seen() {
    for (path, _) in MACHINES {
        assert_eq!(banned(&format!("let file = \"{path}main/a.toml\";"), MACHINES).len(), 1, "{path}");
    }
    assert_eq!(banned("see the network/home page", MACHINES), []);
}

#[test]
fn every_scenario_has_a_title_and_a_why() {
    let suite = common::suite();
    assert!(suite.len() >= 14, "{} scenarios", suite.len());
    for scenario in suite {
        for (what, text) in [("title", &scenario.title), ("why", &scenario.why)] {
            // Two words say nothing.
            assert!(
                text.split_whitespace().count() >= 3,
                "{}: {what} = \"{text}\" (say it in a sentence)",
                scenario.file
            );
        }
        assert!(!scenario.expectations.is_empty(), "{} expects nothing (a run of it is never a pass)", scenario.file);
        assert!(!scenario.tags.is_empty(), "{} has no tag (filters go by them)", scenario.file);
    }
}

#[test]
fn every_number_of_a_camera_has_a_source() {
    hold(&common::files("cameras", "toml"), |_, text| without_source(text));
}

#[test]
fn a_number_without_a_source_is_seen() {
    assert_eq!(without_source("schema = 1\n[pan]\nscale = { value = 1.0, source = \"page 4\" }\n"), []);
    assert_eq!(without_source("[pan]\nscale = { value = 1.0, source = \"\" }\n").len(), 1);
    assert_eq!(without_source("[pan]\nspeeds.value = [1.0]\nspeeds.unit = \"deg/s\"\n").len(), 1);
    assert_eq!(without_source("[pan]\nscale = 1.0\n").len(), 1);
}

#[test]
fn the_readme_shows_what_ci_runs() {
    let (readme, ci) = (root().join("README.md"), root().join(".ci/run"));
    if !readme.is_file() || !ci.is_file() {
        // Past the capture of test output.
        let told = "SKIPPED the_readme_shows_what_ci_runs: README.md or .ci/run is not written yet (write both)";
        let _ = writeln!(std::io::stderr(), "{told}");
        return;
    }
    let findings = not_run_by_ci(&read(&readme), &read(&ci));
    assert!(findings.is_empty(), "{}", told(&findings));
}

#[test]
fn a_command_that_ci_does_not_run_is_seen() {
    let both = README_COMMANDS.join("\n");
    assert_eq!(not_run_by_ci(&both, &both), []);
    assert_eq!(not_run_by_ci("$ cargo run --release -- run scenarios\n", &both).len(), 1);
    assert_eq!(not_run_by_ci(&both, "# cargo test --workspace\ncargo run --release -- run scenarios").len(), 1);
}
