//! What the TOML reader and serde say, in our own words.

use super::diagnostic::nearest;
use super::locate::{KeyPath, Place};

/// A message in three parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub message: String,
    pub label: String,
    pub help: Option<String>,
    /// A key is missing, so there is nothing that could be taken away.
    pub missing: bool,
}

/// A message of the TOML parser → message and label.
pub(super) fn syntax(message: &str) -> (String, String) {
    let first = message.lines().next().unwrap_or_default();
    match first.split_once(", expected ") {
        Some((found, expected)) => (format!("not valid TOML: {found}"), format!("expected {expected}")),
        None if first == "duplicate key" => ("the key stands twice".to_owned(), "already there".to_owned()),
        None => (format!("not valid TOML: {first}"), String::new()),
    }
}

/// A message of serde about something at a path.
pub(super) fn explain(message: &str, path: &KeyPath, place: &Place) -> Said {
    let plain = |message: String, label: String, help: Option<String>| Said { message, label, help, missing: false };
    if let Some((unknown, expected)) = unknown(message) {
        let parent = parent(path);
        let known: Vec<&str> = ticked(expected);
        let help = match nearest(unknown, known.iter().copied()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if known.is_empty() => None,
            None => Some(format!("expected one of `{}`", known.join("`, `"))),
        };
        return if *place == Place::Key {
            let of = if parent.is_empty() { "here".to_owned() } else { format!("of `{parent}`") };
            plain(format!("unknown key `{unknown}`"), format!("not a key {of}"), help)
        } else {
            plain(format!("unknown word `{unknown}`"), "not one of the words that may stand here".to_owned(), help)
        };
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        let at = path.to_string();
        let of = if at.is_empty() { String::new() } else { format!(" in `{at}`") };
        return Said {
            message: format!("missing key {field}{of}"),
            label: format!("needs {field}"),
            help: None,
            missing: true,
        };
    }
    if message.starts_with("wanted exactly 1 element") {
        let at = path.0.last().map_or_else(String::new, |_| format!(" in `{path}`"));
        return plain(
            format!("expected exactly one key{at}"),
            "has none, or more than one".to_owned(),
            Some("keep one of them".to_owned()),
        );
    }
    if message == "invalid type: unit variant, expected struct variant" {
        return plain("expected a table, found a word".to_owned(), "expected a table such as `{}`".to_owned(), None);
    }
    if let Some((found, expected)) = message.split_once(", expected ") {
        let expected = &in_words(expected);
        let found = match found.strip_prefix("invalid type: ").or_else(|| found.strip_prefix("invalid value: ")) {
            Some(found) => format!("expected {}, found {found}", first_clause(expected)),
            None => found.to_owned(),
        };
        return plain(found, format!("expected {expected}"), None);
    }
    plain(message.to_owned(), String::new(), None)
}

/// What serde calls by the names of Rust and of its own.
fn in_words(expected: &str) -> String {
    let words = match expected {
        "u16" | "u32" | "u64" | "usize" => "a whole number of at least 0",
        "i64" => "a whole number",
        "f64" => "a number",
        "a sequence" => "an array",
        _ if expected.starts_with("struct ") => "a table",
        _ if expected.starts_with("enum ") || expected == "string or table" => "a table or a word",
        _ => expected,
    };
    words.to_owned()
}

/// "a duration with its unit", without the examples.
fn first_clause(expected: &str) -> &str {
    expected.split(" such as ").next().map_or(expected, |clause| clause.trim_end_matches(','))
}

/// The unknown key or word, and the list of known ones.
fn unknown(message: &str) -> Option<(&str, &str)> {
    for start in ["unknown field `", "unknown variant `"] {
        if let Some(rest) = message.strip_prefix(start) {
            return rest.split_once("`, ");
        }
    }
    let rest = message.strip_prefix("unexpected keys in table: ")?;
    let (unknown, known) = rest.split_once(", available keys: ")?;
    Some((unknown.split(", ").next().unwrap_or(unknown), known))
}

/// "expected one of `a`, `b`" or "a, b" → [a, b]
fn ticked(list: &str) -> Vec<&str> {
    if list.contains('`') {
        list.split('`').skip(1).step_by(2).collect()
    } else if list.contains("there are no") {
        Vec::new()
    } else {
        list.split(", ").collect()
    }
}

fn parent(path: &KeyPath) -> String {
    let mut parent = path.clone();
    parent.0.pop();
    parent.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::locate::root;

    #[test]
    fn an_unknown_key_gets_a_suggestion() {
        let path = root("video").key("rat");
        let said = explain("unknown field `rat`, expected one of `rate`, `size`", &path, &Place::Key);
        assert_eq!(said.message, "unknown key `rat`");
        assert_eq!(said.label, "not a key of `video`");
        assert_eq!(said.help.as_deref(), Some("did you mean `rate`?"));
        let said = explain("unexpected keys in table: periode, available keys: centre, period", &path, &Place::Key);
        assert_eq!(said.help.as_deref(), Some("did you mean `period`?"));
    }

    #[test]
    fn a_wrong_type_says_what_was_expected() {
        let said = explain("invalid type: integer `3`, expected a sequence", &root("target"), &Place::Value);
        assert_eq!(said.message, "expected an array, found integer `3`");
    }
}
