//! The layouts of docs/foxglove against run files: every panel is there, and every topic and message path is real.

#![cfg(feature = "mcap")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::collections::BTreeMap;

use foxglove::prost_types::field_descriptor_proto::Type;
use foxglove::prost_types::{DescriptorProto, FileDescriptorSet};
use prost::Message;
use serde_json::Value;
use tiltyard::run::{Execution, judge_recorded};
use tiltyard::runfile::{Account, film, write};

/// Panels that Foxglove and Lichtblick both have, and what they show.
const PANELS: [&str; 6] = ["3D", "Image", "Plot", "StateTransitions", "RosOut", "RawMessages"];

/// What a run file holds: topic → schema, and how many messages.
struct Channels {
    schemas: BTreeMap<String, (String, FileDescriptorSet)>,
    counts: BTreeMap<String, usize>,
}

impl Channels {
    fn of(scenario: &str) -> Self {
        let scenario = common::scenario(format!("scenarios/{scenario}.toml"));
        let execution = Execution::new(&scenario, scenario.seed).unwrap();
        let recorded = execution.recording().filming(film(&scenario)).finish().unwrap();
        let result = judge_recorded(&scenario, scenario.seed, &recorded);
        let account = Account {
            scenario: &scenario,
            seed: scenario.seed,
            recorded: &recorded,
            result: &result,
            command_line: "tiltyard run …",
        };
        let bytes = write(&account).unwrap();
        let summary = mcap::Summary::read(&bytes).unwrap().unwrap();
        let schema = |channel: &mcap::Channel<'_>| {
            let schema = channel.schema.as_ref().unwrap();
            (schema.name.clone(), FileDescriptorSet::decode(schema.data.as_ref()).unwrap())
        };
        let schemas = summary.channels.values().map(|channel| (channel.topic.clone(), schema(channel))).collect();
        let mut counts = BTreeMap::new();
        for message in mcap::MessageStream::new(&bytes).unwrap() {
            *counts.entry(message.unwrap().channel.topic.clone()).or_default() += 1;
        }
        Self { schemas, counts }
    }

    /// Why `/topic.field.field` is no path into messages of this file.
    fn wrong(&self, path: &str) -> Option<String> {
        let (topic, fields) = path.split_once('.').unwrap_or((path, ""));
        let Some((name, files)) = self.schemas.get(topic) else { return Some(format!("{path}: no topic {topic}")) };
        if !self.counts.contains_key(topic) {
            return Some(format!("{path}: no message"));
        }
        let mut name = format!(".{name}");
        for field in fields.split('.').filter(|field| !field.is_empty()) {
            let Some(message) = message(files, &name) else { return Some(format!("{path}: {name} has no fields")) };
            let found = message.field.iter().find(|known| known.name() == field);
            let Some(found) = found else { return Some(format!("{path}: {name} has no field {field}")) };
            name = if found.r#type() == Type::Message { found.type_name().to_owned() } else { field.to_owned() };
        }
        None
    }
}

fn message<'a>(files: &'a FileDescriptorSet, name: &str) -> Option<&'a DescriptorProto> {
    let named = |file: &str, message: &DescriptorProto| format!(".{file}.{}", message.name()) == name;
    files.file.iter().find_map(|file| file.message_type.iter().find(|message| named(file.package(), message)))
}

/// Every string in the value that is a topic or a message path, keys included.
fn paths(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with('/') => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| paths(item, found)),
        Value::Object(entries) => {
            for (key, value) in entries {
                found.extend(key.starts_with('/').then(|| key.clone()));
                paths(value, found);
            }
        }
        _ => {}
    }
}

/// The panels that the tree of splits holds.
fn leaves(node: &Value, found: &mut Vec<String>) {
    match node {
        Value::String(panel) => found.push(panel.clone()),
        Value::Object(split) => {
            assert!(["row", "column"].contains(&split["direction"].as_str().unwrap()), "{split:?}");
            assert!((1.0..=99.0).contains(&split["splitPercentage"].as_f64().unwrap()), "{split:?}");
            leaves(&split["first"], found);
            leaves(&split["second"], found);
        }
        other => panic!("{other} is no node of a layout"),
    }
}

fn layout(name: &str) -> Value {
    let text = std::fs::read_to_string(common::root().join(format!("docs/foxglove/{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn wrong(layout: &Value, channels: &Channels) -> Vec<String> {
    let mut found = Vec::new();
    paths(&layout["configById"], &mut found);
    assert!(found.len() > 20, "{found:?}");
    found.iter().filter_map(|path| channels.wrong(path)).collect()
}

#[test]
fn every_panel_of_a_layout_has_a_place_and_settings() {
    for name in ["boxes", "pixels"] {
        let layout = layout(name);
        let mut placed = Vec::new();
        leaves(&layout["layout"], &mut placed);
        placed.sort();
        let configured: Vec<&String> = layout["configById"].as_object().unwrap().keys().collect();
        assert_eq!(placed.iter().collect::<Vec<_>>(), configured, "{name}");
        for panel in placed {
            assert!(PANELS.contains(&panel.split_once('!').unwrap().0), "{name}: {panel}");
        }
        for key in ["globalVariables", "userNodes", "playbackConfig"] {
            assert!(layout[key].is_object(), "{name}: {key}");
        }
    }
}

#[test]
fn every_path_of_a_layout_is_in_a_run_file() {
    let boxes = Channels::of("zoom/approach");
    assert_eq!(wrong(&layout("boxes"), &boxes), [""; 0]);
    let pixels = Channels::of("pixels/thermal-walk");
    assert_eq!(wrong(&layout("pixels"), &pixels), [""; 0]);
    // It can fail: without pixels, with a topic, a field and a field of a number that are not there.
    assert_eq!(wrong(&layout("pixels"), &boxes), ["/image: no message"]);
    for path in ["/ticks.fov", "/tick.error_pam", "/tick.fov.x", "/camera.timestamp.seconds.x"] {
        assert!(boxes.wrong(path).is_some(), "{path}");
    }
    assert_eq!(boxes.wrong("/tf.transforms.rotation.w"), None);
}
