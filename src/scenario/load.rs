//! From a file to a [`Scenario`].

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use tiltyard_sim::config::WorldConfig;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::document::Document;
use super::expect::Expectation;
use super::locate::{Findings, Source};
use super::resolve::resolve;
use super::set::Set;
use super::stack::StackSection;

/// A scenario, checked and resolved: nothing in it can be wrong any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The file, as shown in messages.
    pub file: String,
    /// Its name: the file's stem with its folder in the suite, such as `servo/step-left`.
    pub name: String,
    /// One line.
    pub title: String,
    /// Why it is worth running.
    pub why: String,
    /// Tags to filter by.
    pub tags: Vec<String>,
    /// How long it runs.
    pub length: Duration,
    /// Seed of every random stream.
    pub seed: u64,
    /// Index of the target that errors are measured against; `None` when the scene is empty.
    pub subject: Option<usize>,
    /// The world that it runs in; its seed is `seed`.
    pub world: WorldConfig,
    /// What is under test.
    pub stack: StackSection,
    /// What is expected of it.
    pub expectations: Vec<Expectation>,
    /// The text of the file, overrides applied: with the camera's text it reproduces the scenario without them.
    pub text: String,
    /// The text of the camera file, overrides applied.
    pub camera_text: String,
    /// The other files that it read, in the order of the targets.
    pub attachments: Vec<Attachment>,
}

/// A file that a scenario refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The path as written in the scenario.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Reads the files that a scenario refers to, by a path relative to it.
pub trait Files {
    /// The text of a file, or why there is none, as a fragment ("no such file").
    fn read(&self, path: &str) -> Result<String, String>;
    /// The path as shown in messages.
    fn shown(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// Files beside the scenario on disk.
#[derive(Clone, Debug)]
pub struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// Paths are relative to this folder.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }
}

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(self.folder.join(path)).map_err(|error| error.to_string())
    }

    fn shown(&self, path: &str) -> String {
        self.folder.join(path).display().to_string()
    }
}

/// Files that never were on a disk.
#[derive(Clone, Debug, Default)]
pub struct Memory(pub BTreeMap<String, String>);

impl Files for Memory {
    fn read(&self, path: &str) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }
}

/// Reads a scenario from disk and applies the overrides, in their order.
pub fn load(path: &Path, sets: &[Set]) -> Result<Scenario, Diagnostics> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Diagnostic::new(&shown, &"".into(), 0..0, format!("cannot read the scenario `{shown}`"))
            .label(error.to_string())
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    parse(&shown, &text, sets, &Disk::new(folder))
}

/// Reads a scenario from its text; `file` is what messages call it, and its name is made of it.
pub fn parse(file: &str, text: &str, sets: &[Set], files: &dyn Files) -> Result<Scenario, Diagnostics> {
    let source = Source::parse(file, text)?;
    // `camera.pan.acceleration=…` is of the camera's file.
    let of_camera: Vec<Set> = sets.iter().filter_map(|set| set.inside("camera")).collect();
    let own: Vec<Set> = sets.iter().filter(|set| set.inside("camera").is_none()).cloned().collect();
    let sets = own.as_slice();
    let effective = overridden(&source, sets)?;
    let mut findings = Findings::new(&source, sets);
    let resolved = findings
        .deserialize::<Document>(&effective)
        .and_then(|document| resolve(&document, files, &of_camera, &mut findings).map(|resolved| (document, resolved)));
    match (findings.into_diagnostics(), resolved) {
        (None, Some((document, resolved))) => Ok(Scenario {
            file: file.to_owned(),
            name: name(file),
            title: document.title,
            why: document.why,
            tags: document.tags,
            length: document.length.0,
            seed: document.seed,
            subject: resolved.subject,
            world: resolved.world,
            stack: document.stack,
            expectations: resolved.expectations,
            text: effective,
            camera_text: resolved.camera_text,
            attachments: resolved.attachments,
        }),
        (Some(diagnostics), _) => Err(diagnostics),
        // Whoever returns nothing notes why; this is for the compiler.
        (None, None) => Err(Diagnostic::new(file, &source.text, 0..0, "cannot be read").into()),
    }
}

/// The text with the overrides in it; without any, the text itself.
fn overridden(source: &Source, sets: &[Set]) -> Result<String, Diagnostics> {
    if sets.is_empty() {
        return Ok(source.text.to_string());
    }
    let mut document = source.document().clone().into_mut();
    for set in sets {
        set.apply(&mut document)?;
    }
    Ok(document.to_string())
}

/// The folder that scenarios are named from.
const SUITE: &str = "scenarios";

/// "…/scenarios/servo/step-left.toml" → "servo/step-left"; outside of a suite, the stem alone.
fn name(file: &str) -> String {
    let path = Path::new(file).with_extension("");
    let parts: Vec<String> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    let from = match parts.iter().rposition(|part| part == SUITE) {
        Some(suite) if suite + 1 < parts.len() => suite + 1,
        _ => parts.len().saturating_sub(1),
    };
    parts[from..].join("/")
}

/// The JSON Schema of the scenario file.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_named_from_its_suite() {
        for (file, expected) in [
            ("scenarios/servo/step-left.toml", "servo/step-left"),
            ("/srv/tiltyard/scenarios/a.toml", "a"),
            ("../scenarios/regressions/x/y.toml", "regressions/x/y"),
            ("elsewhere/b.toml", "b"),
            ("c.toml", "c"),
            ("", ""),
            ("scenarios", "scenarios"),
        ] {
            assert_eq!(name(file), expected, "{file}");
        }
    }
}
