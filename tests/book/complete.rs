//! Nothing is left out: every key of the two schemas, every signal, every number of a run and every field of the JSON
//! has its place in the book.

use std::collections::BTreeSet;

use serde_json::Value;
use tiltyard::scenario::Metric;
use tiltyard::scenario::metric;
use tiltyard::scenario::signal::Signal;

use crate::common::{root, tiltyard_json};
use crate::page::{self, Page};

/// Which pages explain what stands under a key of a scenario.
const PAGES: &[(&str, &[&str])] = &[
    ("camera", &["scenarios.md"]),
    ("length", &["scenarios.md"]),
    ("link", &["scenarios.md"]),
    ("physics", &["scenarios.md"]),
    ("schema", &["scenarios.md"]),
    ("seed", &["scenarios.md"]),
    ("start", &["scenarios.md"]),
    ("subject", &["scenarios.md"]),
    ("tags", &["scenarios.md"]),
    ("title", &["scenarios.md"]),
    ("video", &["scenarios.md"]),
    ("why", &["scenarios.md"]),
    ("occluder", &["world.md", "pixels.md"]),
    ("target", &["world.md", "pixels.md"]),
    ("world", &["pixels.md"]),
    ("stack", &["stack.md", "scenarios.md", "pixels.md"]),
    ("fault", &["faults.md"]),
    ("expect", &["expectations.md", "metrics.md"]),
];

/// All keys under a piece of a schema, and the values that a choice allows.
fn names(schema: &Value, piece: &Value, visited: &mut BTreeSet<String>, found: &mut BTreeSet<String>) {
    if let Some(reference) = piece["$ref"].as_str()
        && visited.insert(reference.to_owned())
    {
        let pointer = reference.trim_start_matches('#');
        names(schema, schema.pointer(pointer).unwrap(), visited, found);
    }
    for several in ["anyOf", "oneOf", "allOf", "prefixItems"] {
        for one in piece[several].as_array().into_iter().flatten() {
            names(schema, one, visited, found);
        }
    }
    if piece["items"].is_object() {
        names(schema, &piece["items"], visited, found);
    }
    for choice in piece["enum"].as_array().into_iter().flatten().chain([&piece["const"]]) {
        found.extend(choice.as_str().filter(|choice| !choice.contains('/')).map(str::to_owned));
    }
    for (key, value) in piece["properties"].as_object().into_iter().flatten() {
        found.insert(key.clone());
        names(schema, value, visited, found);
    }
}

fn schema(file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(root().join(file)).unwrap()).unwrap()
}

/// Names that a page, or one of several, does not show in code.
fn left_out<'n>(pages: &[Page], names: impl IntoIterator<Item = &'n String>) -> Vec<String> {
    let shown: BTreeSet<String> = pages.iter().flat_map(Page::words_in_code).collect();
    names.into_iter().filter(|name| !shown.contains(*name)).cloned().collect()
}

#[test]
fn every_key_of_a_scenario_is_explained() {
    let schema = schema("docs/scenario.schema.json");
    let top = schema["properties"].as_object().unwrap();
    let mut told = Vec::new();
    for (key, piece) in top {
        let Some((_, pages)) = PAGES.iter().find(|(of, _)| of == key) else {
            told.push(format!("`{key}` has no page (tests/book/complete.rs says which page explains which key)"));
            continue;
        };
        let mut found = BTreeSet::from([key.clone()]);
        names(&schema, piece, &mut BTreeSet::new(), &mut found);
        let pages_read: Vec<Page> = pages.iter().map(|name| page::of_book(name)).collect();
        let missing = left_out(&pages_read, &found);
        if !missing.is_empty() {
            told.push(format!("{pages:?} say nothing of {missing:?} (under `{key}`)"));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
    let stale: Vec<_> = PAGES.iter().filter(|(key, _)| !top.contains_key(*key)).collect();
    assert!(stale.is_empty(), "no such key any more: {stale:?}");
}

#[test]
fn every_key_of_a_camera_is_explained() {
    let schema = schema("docs/camera.schema.json");
    let mut found = BTreeSet::new();
    names(&schema, &schema, &mut BTreeSet::new(), &mut found);
    assert!(found.contains("hfov_wide") && found.contains("raw-udp") && found.contains("one-to-three"), "{found:?}");
    let missing = left_out(&[page::of_book("cameras.md")], &found);
    assert!(missing.is_empty(), "docs/cameras.md says nothing of {missing:?}");
}

/// A row of a table: name, unit, meaning.
fn row(name: &str, unit: &str, meaning: &str) -> String {
    format!("| `{name}` | {unit} | {meaning} |")
}

/// Rows that a page does not have, word for word, and rows of that kind which it should not have.
fn table_is(name: &str, rows: &[String]) {
    let page = page::of_book(name);
    let missing: Vec<&str> = rows.iter().filter(|row| !page.text.contains(row.as_str())).map(String::as_str).collect();
    assert!(missing.is_empty(), "docs/{name} has not these rows, word for word:\n{}", missing.join("\n"));
}

#[test]
fn every_signal_is_listed() {
    let rows: Vec<String> =
        Signal::ALL.iter().map(|signal| row(signal.name(), &signal.unit(), signal.meaning())).collect();
    assert!(rows.len() > 40);
    table_is("signals.md", &rows);
    // And no signal that is gone.
    let listed = page::of_book("signals.md").text.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(listed, rows.len(), "rows of docs/signals.md that are no signal");
}

#[test]
fn every_number_of_a_run_is_listed() {
    let rows: Vec<String> = Metric::ALL
        .iter()
        .map(|metric| {
            let metric::Entry { name, unit, meaning } = metric.entry();
            row(name, unit, meaning)
        })
        .collect();
    table_is("metrics.md", &rows);
}

/// All keys of a JSON value.
fn fields(value: &Value, found: &mut BTreeSet<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        found.insert(key.clone());
        fields(value, found);
    }
    for value in value.as_array().into_iter().flatten() {
        fields(value, found);
    }
}

#[test]
fn every_field_of_the_json_is_explained() {
    // A run that passes, and one that cannot look: its scenario is skipped.
    let (_, json) = tiltyard_json(&["run", "scenarios/motion/step.toml", "scenarios/pixels"]);
    let mut found = BTreeSet::from(["reason".to_owned()]);
    fields(&json, &mut found);
    assert!(found.contains("value_margin") && found.len() > 40, "{found:?}");
    let pages = ["output.md", "metrics.md"].map(page::of_book);
    let missing = left_out(&pages, &found);
    assert!(missing.is_empty(), "docs/output.md says nothing of {missing:?}");
}

#[test]
fn what_is_left_out_is_seen() {
    let page = Page { file: "a.md".into(), text: "The key `pan.range` is there, tilt is not in code.\n".to_owned() };
    let names = ["range".to_owned(), "tilt".to_owned()];
    assert_eq!(left_out(&[page], &names), ["tilt"]);
}
