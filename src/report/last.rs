//! What did not pass, so that just this can be run again: `tiltyard rerun`.

use serde::{Deserialize, Serialize};

use crate::run::{RunResult, RunVerdict};

/// The layout of the file.
pub const SCHEMA: &str = "tiltyard-last/1";

/// Runs that did not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Last {
    /// [`SCHEMA`].
    pub schema: String,
    /// The overrides as typed; of all runs.
    pub sets: Vec<String>,
    /// Each run.
    pub runs: Vec<One>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct One {
    /// The scenario's file.
    pub file: String,
    /// The seed.
    pub seed: u64,
}

impl Last {
    /// Of these results.
    pub fn of(results: &[RunResult], sets: &[String]) -> Self {
        let broken = results.iter().filter(|result| result.verdict != RunVerdict::Pass);
        let runs = broken.map(|result| One { file: result.file.clone(), seed: result.seed }).collect();
        Self { schema: SCHEMA.to_owned(), sets: sets.to_vec(), runs }
    }

    /// As text.
    pub fn text(&self) -> Result<String, String> {
        let text =
            serde_json::to_string_pretty(self).map_err(|error| format!("failed to note the failures: {error}"))?;
        Ok(text + "\n")
    }

    /// Out of a file's text, or why not.
    pub fn read(text: &str) -> Result<Self, String> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(SCHEMA) => {
                serde_json::from_value(value).map_err(|error| format!("it is no whole `{SCHEMA}`: {error}"))
            }
            found => Err(format!("it is `{}`, and `{SCHEMA}` was expected", found.unwrap_or("something else"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::run;

    #[test]
    fn what_did_not_pass_is_read_again() {
        let results =
            [run("a", 1, RunVerdict::Pass), run("b", 2, RunVerdict::Fail), run("c", 3, RunVerdict::Inconclusive)];
        let last = Last::of(&results, &["seed=4".to_owned()]);
        let seeds: Vec<u64> = last.runs.iter().map(|one| one.seed).collect();
        assert_eq!(seeds, [2, 3]);
        assert_eq!(Last::read(&last.text().unwrap()), Ok(last));
    }

    #[test]
    fn what_is_something_else_is_said() {
        let text = Last::of(&[], &[]).text().unwrap();
        for (text, word) in [
            ("", "no JSON"),
            ("[]", "something else"),
            (&text.replace("last/1", "last/2"), "tiltyard-last/2"),
            (&text.replace("sets", "set"), "unknown field `set`"),
            (&text[..text.len() / 2], "no JSON"),
        ] {
            let error = Last::read(text).unwrap_err();
            assert!(error.contains(word), "{error} lacks {word}");
        }
    }
}
