//! The lints that keep runs deterministic can fail: clippy, under this repository's `clippy.toml`, names every entry of
//! it in `tests/fixtures/canaries`, a crate that uses each once. A mistyped path in `clippy.toml` denies nothing and is
//! found here, as is a member of the workspace that leaves the common lints out.
//!
//! Canaries that are caught while running are in `tests/canaries.rs`.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod common;

use std::process::Command;

fn toml(file: &str) -> toml::Table {
    std::fs::read_to_string(common::root().join(file)).unwrap().parse().unwrap()
}

/// What `clippy.toml` denies under a key.
fn denied(key: &str) -> Vec<String> {
    let entries = toml("clippy.toml").remove(key).unwrap();
    entries.as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap().to_owned()).collect()
}

/// The lint and the message of everything clippy says about the canaries; none when clippy is not installed.
fn said_by_clippy() -> Option<Vec<(String, String)>> {
    let cargo = |arguments: &[&str]| {
        Command::new(env!("CARGO"))
            .args(arguments)
            .env("CLIPPY_CONF_DIR", common::root())
            .env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/canaries"))
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap()
    };
    if !cargo(&["clippy", "--version"]).status.success() {
        return None;
    }
    let manifest = common::root().join("tests/fixtures/canaries/Cargo.toml");
    let ran =
        cargo(&["clippy", "--locked", "--offline", "--message-format=json", "--manifest-path", manifest.to_str()?]);
    let lines = String::from_utf8(ran.stdout).unwrap();
    let said = lines.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let message = message.get("message")?;
        Some((message["code"]["code"].as_str()?.to_owned(), message["message"].as_str()?.to_owned()))
    });
    Some(said.collect())
}

#[test]
fn clippy_names_everything_that_clippy_toml_denies() {
    let Some(said) = said_by_clippy() else {
        println!("SKIPPED: clippy is missing, enable with: rustup component add clippy");
        return;
    };
    let named = |lint: &str, path: &str| {
        said.iter().any(|(code, message)| code == lint && message.contains(&format!("`{path}`")))
    };
    let silent = |lint: &str, paths: Vec<String>| -> Vec<String> {
        paths.into_iter().filter(|path| !named(lint, path)).collect()
    };
    let (methods, types) = (denied("disallowed-methods"), denied("disallowed-types"));
    for path in ["f64::sin", "f64::max", "std::time::Instant::now"] {
        assert!(methods.contains(&path.to_owned()), "clippy.toml does not deny {path}");
    }
    assert!(types.contains(&"std::collections::HashMap".to_owned()), "clippy.toml does not deny HashMap");
    assert_eq!(
        silent("clippy::disallowed_methods", methods),
        [""; 0],
        "denied by clippy.toml, but not found: {said:?}"
    );
    assert_eq!(silent("clippy::disallowed_types", types), [""; 0], "denied by clippy.toml, but not found: {said:?}");
}

#[test]
fn the_whole_workspace_is_under_these_lints() {
    let root = toml("Cargo.toml");
    for lint in ["disallowed_methods", "disallowed_types"] {
        assert_eq!(root["workspace"]["lints"]["clippy"][lint].as_str(), Some("deny"), "{lint}");
    }
    let members = root["workspace"]["members"].as_array().unwrap().iter().map(|member| member.as_str().unwrap());
    for member in members.chain(["."]) {
        let lints = toml(&format!("{member}/Cargo.toml")).remove("lints");
        assert_eq!(lints.and_then(|lints| lints["workspace"].as_bool()), Some(true), "{member}/Cargo.toml");
    }
}
