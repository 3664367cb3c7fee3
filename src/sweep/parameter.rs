//! What is varied: a key, and the values that it takes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::locate::{Findings, KeyPath, Place};

/// A parameter of a sweep.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The key of the scenario that it sets, such as `stack.servo.pid.kp`, `video.latency`, `camera.pan.acceleration`.
    pub key: String,
    /// More keys that get the same value.
    #[serde(default)]
    pub also: Vec<String>,
    /// What tables call it; the key's last word where absent.
    pub name: Option<String>,
    /// Lower end of its range.
    pub from: Option<f64>,
    /// Upper end of its range.
    pub to: Option<f64>,
    /// Where a tuner begins: the value that is in use; the middle of the range where absent.
    pub start: Option<f64>,
    /// How the range is divided; linearly where absent.
    #[serde(default)]
    pub scale: Scale,
    /// Unit of the value, such as "ms": 80 becomes "80 ms".
    pub unit: Option<String>,
    /// Only whole numbers.
    #[serde(default)]
    pub whole: bool,
    /// Values of a grid, the ends included.
    pub steps: Option<u32>,
    /// The values themselves, in place of a range; words and quantities in quotes.
    #[serde(default)]
    pub values: Vec<Value>,
}

/// How a range is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// By equal differences.
    #[default]
    Linear,
    /// By equal ratios.
    Log,
}

/// A value that was written down.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A word or a quantity.
    Word(String),
    /// Yes or no.
    Truth(bool),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Value;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("a number, a word in quotes, true or false")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Number(number as f64))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Value::Number(number))
            }

            fn visit_str<E>(self, word: &str) -> Result<Value, E> {
                Ok(Value::Word(word.to_owned()))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
                Ok(Value::Truth(truth))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// A range may not hold more steps.
const STEPS_MAX: u32 = 100_000;

impl Parameter {
    /// What tables call it.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.key.rsplit('.').next().unwrap_or(&self.key))
    }

    /// How many values it takes in a grid; 0 when it is a range without steps.
    pub fn grid_len(&self) -> u32 {
        if self.values.is_empty() { self.steps.unwrap_or(0) } else { self.values.len() as u32 }
    }

    /// The value at a place of a grid.
    pub fn at_step(&self, step: u32) -> Setting {
        match self.values.get(step as usize) {
            Some(value) => self.setting(value.clone()),
            None => self.within(f64::from(step) / f64::from(self.steps.unwrap_or(2).max(2) - 1)),
        }
    }

    /// The value at a share of the range, 0 ..= 1.
    pub fn at(&self, share: f64) -> Setting {
        if self.values.is_empty() {
            return self.within(share);
        }
        let place = (share * self.values.len() as f64) as usize;
        let value = self.values.get(place.min(self.values.len() - 1));
        self.setting(value.cloned().unwrap_or(Value::Number(0.0)))
    }

    /// Where in the range a number lies, 0 ..= 1; `None` beside it, and of listed values.
    pub fn share_of(&self, number: f64) -> Option<f64> {
        let (from, to) = (self.from?, self.to?);
        let share = match self.scale {
            Scale::Linear => (number - from) / (to - from),
            Scale::Log => libm::log(number / from) / libm::log(to / from),
        };
        // Rounding to six digits may leave a value at an end a hair beside it.
        (share > -1e-5 && share < 1.0 + 1e-5).then(|| share.clamp(0.0, 1.0))
    }

    fn within(&self, share: f64) -> Setting {
        let (from, to) = (self.from.unwrap_or(0.0), self.to.unwrap_or(0.0));
        let number = match self.scale {
            _ if share <= 0.0 => from,
            _ if share >= 1.0 => to,
            Scale::Linear => from + (to - from) * share,
            Scale::Log => libm::exp(libm::log(from) + (libm::log(to) - libm::log(from)) * share),
        };
        self.setting(Value::Number(if self.whole { libm::round(number) } else { number }))
    }

    fn setting(&self, value: Value) -> Setting {
        let (number, toml) = match value {
            Value::Number(number) => {
                let number = six_digits(number);
                let toml =
                    self.unit.as_ref().map_or_else(|| format!("{number}"), |unit| format!("\"{number} {unit}\""));
                (Some(number), toml)
            }
            Value::Word(word) => (None, format!("{word:?}")),
            Value::Truth(truth) => (None, truth.to_string()),
        };
        let shown = number.map_or_else(|| toml.trim_matches('"').to_owned(), |number| number.to_string());
        Setting { shown, number, toml }
    }

    /// Notes what is wrong with it; `grid` is whether each has to know its values.
    pub(super) fn check(&self, grid: bool, path: &KeyPath, findings: &mut Findings<'_>) {
        let mut note = |key: &str, message: String, label: &str| {
            findings.note(&path.key(key), &Place::Value, message).label(label.to_owned());
        };
        let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
        for (key, text) in [("key", &self.key)].into_iter().chain(self.also.iter().map(|also| ("also", also))) {
            if !text.split('.').all(word) {
                note(key, format!("`{text}` is no dotted key"), "expected a key such as stack.servo.pid.kp");
            }
        }
        if !word(self.name()) {
            note("name", format!("`{}` is no name of a column", self.name()), "expected letters, digits, _ and -");
        }
        if !self.values.is_empty() {
            if self.from.is_some() || self.to.is_some() || self.steps.is_some() {
                note("values", "a range and a list of values".to_owned(), "keep `from`, `to`, or `values`");
            }
            if self.values.iter().any(|value| matches!(value, Value::Number(number) if !number.is_finite())) {
                note("values", "not all are numbers".to_owned(), "expected finite numbers");
            }
            return;
        }
        let (Some(from), Some(to)) = (self.from, self.to) else {
            let message = format!("`{}` has no range", self.name());
            note("key", message, "needs `from` and `to`, or `values`");
            return;
        };
        if !(from.is_finite() && to.is_finite() && from < to) {
            note("to", format!("the range {from} to {to} is empty"), "expected finite ends, `from` below `to`");
        } else if self.scale == Scale::Log && from <= 0.0 {
            note("from", format!("a logarithmic range cannot begin at {from}"), "expected more than 0");
        }
        match self.steps {
            Some(steps) if !(2..=STEPS_MAX).contains(&steps) => {
                note("steps", format!("{steps} steps"), "expected 2 to 100000");
            }
            None if grid => note("key", "a grid of a range without steps".to_owned(), "needs `steps`, or `values`"),
            _ => {}
        }
        if let Some(start) = self.start
            && self.share_of(start).is_none()
        {
            note(
                "start",
                format!("it begins at {start}, outside of the range"),
                "expected a value from `from` to `to`",
            );
        }
    }
}

/// A value of a parameter at a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// In tables.
    pub shown: String,
    /// As a number, where it is one.
    pub number: Option<f64>,
    /// As TOML.
    pub toml: String,
}

/// Rounded to six significant digits: what is printed is what was run, and can be typed again.
fn six_digits(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: f64, to: f64, scale: Scale) -> Parameter {
        Parameter {
            key: "stack.servo.pid.kp".to_owned(),
            also: Vec::new(),
            name: None,
            from: Some(from),
            to: Some(to),
            start: None,
            scale,
            unit: None,
            whole: false,
            steps: Some(5),
            values: Vec::new(),
        }
    }

    #[test]
    fn a_range_is_met_from_end_to_end() {
        let shown = |parameter: &Parameter| (0..5).map(|step| parameter.at_step(step).shown).collect::<Vec<_>>();
        assert_eq!(shown(&range(0.0, 1.0, Scale::Linear)), ["0", "0.25", "0.5", "0.75", "1"]);
        assert_eq!(shown(&range(0.1, 10.0, Scale::Log)), ["0.1", "0.316228", "1", "3.16228", "10"]);
        let whole = Parameter { whole: true, ..range(0.0, 10.0, Scale::Linear) };
        assert_eq!(shown(&whole), ["0", "3", "5", "8", "10"]);
    }

    #[test]
    fn units_make_quantities_and_words_stay_words() {
        let latency = Parameter { unit: Some("ms".to_owned()), ..range(50.0, 400.0, Scale::Linear) };
        assert_eq!(latency.at(0.5), Setting { shown: "225".into(), number: Some(225.0), toml: "\"225 ms\"".into() });
        let preset = Parameter { values: vec![Value::Word("seed".into()), Value::Truth(true)], ..latency };
        assert_eq!(preset.at_step(0).toml, "\"seed\"");
        assert_eq!((preset.at(0.99).toml, preset.at(1.0).shown), ("true".to_owned(), "true".to_owned()));
    }

    #[test]
    fn a_share_is_found_again() {
        for parameter in [range(-2.0, 8.0, Scale::Linear), range(0.5, 200.0, Scale::Log)] {
            for share in [0.0, 0.123, 0.5, 1.0] {
                let number = parameter.at(share).number.unwrap();
                assert!((parameter.share_of(number).unwrap() - share).abs() < 1e-5);
            }
        }
        assert_eq!(range(0.5, 2.0, Scale::Log).share_of(2.1), None);
    }
}
