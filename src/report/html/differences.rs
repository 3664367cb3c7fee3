//! Where what a page says and what its runs come to are not the same.

use core::fmt;

use serde_json::Value;

/// Something claimed that is not so.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where: `motion/step seed 7: metrics.rms_error_deg`.
    pub place: String,
    /// What the page says.
    pub claimed: String,
    /// What is so.
    pub measured: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: claimed {}, measured {}", self.place, self.claimed, self.measured)
    }
}

/// Longer texts are cut here.
const SHOWN_MAX: usize = 90;

/// All places in which two blocks of claims differ.
pub fn differences(claimed: &Value, measured: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk("", claimed, measured, &mut found);
    for difference in &mut found {
        difference.place = named(&difference.place, measured);
    }
    found
}

fn walk(path: &str, claimed: &Value, measured: &Value, found: &mut Vec<Difference>) {
    match (claimed, measured) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let missing = Value::Null;
                walk(&at, a.get(key).unwrap_or(&missing), b.get(key).unwrap_or(&missing), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                walk(&format!("{path}[{index}]"), a, b, found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(Difference { place: path.to_owned(), claimed: shown(a), measured: shown(b) }),
    }
}

/// `runs[3].metrics.tf` → `motion/step seed 7: metrics.tf`.
fn named(path: &str, measured: &Value) -> String {
    let run = path.strip_prefix("runs[").and_then(|rest| {
        let (index, rest) = rest.split_once(']')?;
        let run = measured.get("runs")?.get(index.parse::<usize>().ok()?)?;
        let (scenario, seed) = (run.get("scenario")?.as_str()?, run.get("seed")?.as_u64()?);
        Some(format!("{scenario} seed {seed}: {}", rest.trim_start_matches('.')))
    });
    run.unwrap_or_else(|| path.to_owned())
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Array(items) => return format!("{} items", items.len()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    cut(&text, SHOWN_MAX)
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most).chain(['…']).collect()
}

/// The first line in which two pages differ, with what stands about the first differing character in both.
pub fn first_line(page: &str, fresh: &str) -> Option<(usize, Difference)> {
    if page == fresh {
        return None;
    }
    let common = page.bytes().zip(fresh.bytes()).take_while(|(a, b)| a == b).count();
    let line = page.as_bytes().iter().take(common).filter(|byte| **byte == b'\n').count() + 1;
    let excerpt = |text: &str| {
        let from = text.floor_char_boundary(common.saturating_sub(30).min(text.len()));
        let to = text.floor_char_boundary((common + 50).min(text.len()));
        text.get(from..to).unwrap_or_default().replace('\n', "⏎")
    };
    let place = format!("line {line}");
    Some((line, Difference { place, claimed: excerpt(page), measured: excerpt(fresh) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_is_named_by_its_run() {
        let block =
            |tf: f64| json!({"runs": [{"scenario": "motion/step", "seed": 7, "metrics": {"tf": tf}}], "x": [1]});
        let found = differences(&block(0.5), &block(0.25));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].to_string(), "motion/step seed 7: metrics.tf: claimed 0.5, measured 0.25");
        assert_eq!(
            differences(&json!({"a": [1]}), &json!({"a": [1, 2]}))[0].to_string(),
            "a: claimed 1 items, measured 2 items"
        );
        assert_eq!(differences(&json!({"a": 1}), &json!({"b": 1})).len(), 2, "a key too many and one too few");
    }

    #[test]
    fn pages_part_at_a_line() {
        assert_eq!(first_line("a\nb\n", "a\nb\n"), None);
        let (line, difference) = first_line("a\nbéc\n", "a\nbèc\n").unwrap();
        assert_eq!((line, difference.claimed.as_str()), (2, "a⏎béc⏎"));
        assert_eq!(first_line("a\n", "a\nb\n").unwrap().0, 2);
    }
}
