//! The document, the numbers, and that both say what the routes do.

use std::sync::atomic::Ordering;

use serde_json::Value;
use tiltyard::api::Limits;

use crate::session::{Session, TOKEN, tick};

#[test]
fn the_document_names_every_route_with_its_answers() {
    let document = Session::new().get("/openapi.json").json();
    let mut lines = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answers: Vec<String> = operation["responses"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(code, answer)| {
                    let kinds = answer["content"].as_object().unwrap().keys();
                    format!("{code} {}", kinds.map(String::as_str).collect::<Vec<_>>().join(" "))
                })
                .collect();
            lines.push(format!("{method} {path}: {}", answers.join(", ")));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// Every field of an answer is one of its schema, and the other way round.
#[test]
fn answers_have_the_fields_of_their_schemas() {
    let session = Session::new();
    session.publish(tick(1));
    let document = session.get("/openapi.json").json();
    let schemas = &document["components"]["schemas"];
    let properties = |name: &str| -> Vec<String> {
        let parts = schemas[name]["allOf"].as_array().cloned().unwrap_or_else(|| vec![schemas[name].clone()]);
        let own = parts.iter().flat_map(|part| {
            let part = part["$ref"].as_str().map_or(part, |path| &schemas[path.rsplit('/').next().unwrap()]);
            part["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
        });
        let mut own: Vec<String> = own.collect();
        own.sort();
        own
    };
    for (path, schema) in [
        ("/api/metadata", "Reading"),
        ("/api/metadata/coverage", "Coverage"),
        ("/api/status", "Status"),
        ("/healthz", "Health"),
        ("/readyz", "Readiness"),
        ("/nowhere", "Problem"),
    ] {
        let mut found: Vec<String> = session.get(path).json().as_object().unwrap().keys().cloned().collect();
        found.sort();
        assert_eq!(found, properties(schema), "{path}");
    }
}

#[test]
fn the_document_wants_a_token_where_the_server_does() {
    let security = |session: &Session| {
        let document = session.get("/openapi.json").json();
        let target = &document["paths"]["/api/target"];
        (target["put"]["security"].clone(), target["delete"]["security"].clone())
    };
    assert_eq!(security(&Session::new()), (Value::Null, Value::Null));
    let token = serde_json::json!([{"token": []}]);
    assert_eq!(security(&Session::with(Some(TOKEN), Limits::default())), (token.clone(), token));
}

#[test]
fn the_metrics_are_the_status_in_openmetrics() {
    let session = Session::new();
    session.world.at_ms(100);
    session.publish(tick(2));
    let answer = session.get("/metrics");
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    insta::assert_snapshot!(answer.text);
}

#[test]
fn a_flood_of_readers_asks_for_a_status_once_in_a_while() {
    let session = Session::new();
    for _ in 0..100 {
        assert_eq!(session.get("/api/status").json()["captured"], 100);
    }
    assert_eq!(session.world.status_asked.load(Ordering::Relaxed), 1);
    session.world.at_ms(100);
    session.get("/api/status");
    assert_eq!(session.world.status_asked.load(Ordering::Relaxed), 2);
}
