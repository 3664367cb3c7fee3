//! What the end-to-end tests share: the program, the suite, the root of the checkout.

#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;

use tiltyard::run::perception;
use tiltyard::scenario::{Scenario, load};

/// The root of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files with this extension under a folder of the checkout, sorted, as paths from its root.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = root().join(&folder).read_dir() else { continue };
        for entry in entries {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The scenario suite, sorted.
pub fn suite() -> Vec<Scenario> {
    files("scenarios", "toml").iter().map(scenario).collect()
}

/// The part of it that is under the promise of equal bits: a library's arithmetic is not.
pub fn promised() -> Vec<Scenario> {
    suite().into_iter().filter(|scenario| perception::library(scenario).is_none()).collect()
}

/// One scenario, by its path from the root.
pub fn scenario(file: impl AsRef<Path>) -> Scenario {
    load(&root().join(file), &[]).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

/// What became of the program.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it said beside that.
    pub err: String,
}

/// The program, in the root of the checkout.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiltyard"));
    command.current_dir(root());
    command
}

/// Runs the program to its end. A program that was killed, as a panic with `abort` is, fails the test.
pub fn tiltyard(arguments: &[&str]) -> Ran {
    let output = program().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let ran = Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
    assert!(!ran.err.contains("panicked"), "tiltyard {arguments:?} panicked: {}", ran.err);
    ran
}

/// Runs the program with `--format json`, and reads what it printed.
pub fn tiltyard_json(arguments: &[&str]) -> (i32, serde_json::Value) {
    let ran = tiltyard(&[arguments, &["--format", "json"]].concat());
    let json = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {} {}", ran.out, ran.err));
    (ran.code, json)
}
