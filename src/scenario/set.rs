//! `--set key=value`: overrides of a scenario from the command line.
//!
//! The value is read as TOML, and as a string where it is none, so `--set length="3 s"` needs no second quotes. Keys
//! are not checked here: the result is read like any other scenario, and whatever is wrong with a key or a value that
//! came from an override is shown in the argument.

use core::fmt;
use core::ops::Range;
use std::sync::Arc;

use toml_edit::{DocumentMut, InlineTable, Item, Table, Value};

use super::diagnostic::{Diagnostic, Diagnostics};
use super::locate::{KeyPath, Place, Step, string_offset};

/// One override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// As typed.
    text: Arc<str>,
    /// The words of the key and where they stand.
    steps: Vec<(String, Range<usize>)>,
    /// Where the value stands.
    value: Range<usize>,
}

/// What messages call the file that an override is.
const FILE: &str = "--set";

impl Set {
    /// Parses what stood behind `--set`.
    pub fn parse(text: &str) -> Result<Self, Diagnostics> {
        let shared: Arc<str> = text.into();
        let refuse = |span: Range<usize>, message: &str, label: &str| {
            Diagnostic::new(FILE, &shared, span, message)
                .label(label)
                .help(Some("write --set key.of.table=value, such as --set seed=3".to_owned()))
        };
        let Some((key, _)) = text.split_once('=') else {
            return Err(refuse(0..text.len(), "an override needs a value", "expected `=` and a value").into());
        };
        let mut steps = Vec::new();
        let mut start = 0;
        // `target[0].range` is what messages print, so it is understood, too.
        for (at, c) in key.char_indices().chain([(key.len(), '.')]) {
            if c != '.' && c != '[' {
                continue;
            }
            let word = key.get(start..at).unwrap_or_default();
            let bare = word.trim().strip_suffix(']').unwrap_or(word.trim());
            if bare.is_empty() || !bare.chars().all(|c| c.is_alphanumeric() || "_-".contains(c)) {
                return Err(refuse(start..at, "not a dotted key", "expected a bare key or an index").into());
            }
            let blank = word.len() - word.trim_start().len();
            steps.push((bare.to_owned(), start + blank..start + blank + bare.len()));
            start = at + 1;
        }
        let value = text.get(key.len() + 1..).unwrap_or_default();
        let blank = value.len() - value.trim_start().len();
        let from = key.len() + 1 + blank;
        Ok(Self { value: from..from + value.trim().len(), text: shared, steps })
    }

    /// The value as TOML.
    fn value(&self) -> Value {
        let text = self.text.get(self.value.clone()).unwrap_or_default();
        text.parse::<Value>().map_or_else(|_| Value::from(text), |value| value.decorated(" ", ""))
    }

    /// The same override in the text of another file, which stands for a table of this one; `None` if it sets nothing
    /// within that table.
    pub(super) fn inside(&self, table: &str) -> Option<Self> {
        match self.steps.split_first() {
            Some(((first, _), rest)) if first == table && !rest.is_empty() => {
                Some(Self { steps: rest.to_vec(), ..self.clone() })
            }
            _ => None,
        }
    }

    /// The same override of a key further in, if there is a table with that key, and the value is no table itself.
    pub(super) fn or_deeper(&self, key: &str, document: &DocumentMut) -> Self {
        let found = self.steps.iter().try_fold(document.as_item(), |item, (word, _)| item.get(word));
        let deeper = found.is_some_and(|item| item.get(key).is_some()) && !self.value().is_inline_table();
        let place = self.steps.last().map(|(_, at)| at.clone()).filter(|_| deeper);
        Self { steps: self.steps.iter().cloned().chain(place.map(|at| (key.to_owned(), at))).collect(), ..self.clone() }
    }

    /// An override of a key further in with a word as its value.
    pub(super) fn beside(&self, key: &str, word: &str) -> Self {
        let (from, text) = (self.text.len() + 1, format!("{} \"{word}\"", self.text));
        let at = self.steps.last().map_or(0..0, |(_, at)| at.clone());
        let steps = self.steps.iter().cloned().chain([(key.to_owned(), at)]).collect();
        Self { value: from..text.len(), text: text.into(), steps }
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Puts the value into the document; comments beside it stay.
    pub(crate) fn apply(&self, document: &mut DocumentMut) -> Result<(), Diagnostics> {
        let Some((last, parents)) = self.steps.split_last() else { return Ok(()) };
        let mut place = Spot::Table(document.as_table_mut());
        for (position, (word, at)) in parents.iter().enumerate() {
            place = place.step(word).map_err(|refusal| self.refuse(at, &refusal, position))?;
        }
        place.put(&last.0, self.value()).map_err(|refusal| self.refuse(&last.1, &refusal, parents.len()))
    }

    fn refuse(&self, at: &Range<usize>, message: &str, position: usize) -> Diagnostics {
        let words: Vec<&str> = self.steps.iter().take(position + 1).map(|(word, _)| word.as_str()).collect();
        Diagnostic::new(FILE, &self.text, at.clone(), message).label("cannot be set").key(words.join(".")).into()
    }

    /// Whether it set what stands at a path, whole or as a part.
    pub(super) fn covers(&self, path: &KeyPath) -> bool {
        self.steps.len() <= path.0.len() && self.agrees(path)
    }

    /// Whether its key goes through a path.
    pub(super) fn leads_through(&self, path: &KeyPath) -> bool {
        !path.0.is_empty() && path.0.len() <= self.steps.len() && self.agrees(path)
    }

    fn agrees(&self, path: &KeyPath) -> bool {
        self.steps.iter().zip(&path.0).all(|((word, _), step)| match step {
            Step::Key(key) => key == word,
            Step::Index(index) => word.parse() == Ok(*index),
        })
    }

    /// A complaint about a path that it covers or leads through, shown in the argument.
    pub(super) fn diagnostic(&self, path: &KeyPath, place: &Place, message: impl Into<String>) -> Diagnostic {
        let key = self.steps.get(path.0.len().wrapping_sub(1)).map(|(_, at)| at.clone());
        let span = match (place, key) {
            (Place::Key, Some(key)) => key,
            (_, Some(key)) if path.0.len() < self.steps.len() => key,
            (Place::Within(part), _) => self.within(part).unwrap_or_else(|| self.value.clone()),
            _ => self.value.clone(),
        };
        Diagnostic::new(FILE, &self.text, span, message)
    }

    fn within(&self, part: &Range<usize>) -> Option<Range<usize>> {
        let value = self.value();
        let offset = string_offset(self.text.get(self.value.clone())?, value.as_str()?)?;
        Some(self.value.start + offset + part.start..self.value.start + offset + part.end)
    }
}

/// As it was typed.
impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A place in a document into which one can step or put.
enum Spot<'d> {
    Table(&'d mut Table),
    Inline(&'d mut InlineTable),
    Item(&'d mut Item),
    Value(&'d mut Value),
}

impl Spot<'_> {
    /// Goes to what a word names; a table that is not there is made.
    fn step(self, word: &str) -> Result<Self, String> {
        match self {
            Self::Table(table) => Ok(Self::Item(table.entry(word).or_insert_with(|| {
                // Printed as a dotted key, so that no header moves what follows it into another table.
                let mut made = Table::new();
                made.set_dotted(true);
                Item::Table(made)
            }))),
            Self::Inline(table) => {
                Ok(Self::Value(table.entry(word).or_insert_with(|| Value::InlineTable(InlineTable::new()))))
            }
            Self::Item(Item::Table(table)) => Self::Table(table).step(word),
            Self::Item(Item::Value(value)) => Self::Value(value).step(word),
            Self::Item(Item::ArrayOfTables(tables)) => {
                let count = tables.len();
                let found = word.parse().ok().and_then(|index| tables.get_mut(index));
                found.map(Self::Table).ok_or_else(|| no_element(word, count))
            }
            Self::Value(Value::InlineTable(table)) => Self::Inline(table).step(word),
            Self::Value(Value::Array(array)) => {
                let count = array.len();
                let found = word.parse().ok().and_then(|index| array.get_mut(index));
                found.map(Self::Value).ok_or_else(|| no_element(word, count))
            }
            Self::Item(Item::None) | Self::Value(_) => Err(format!("`{word}` cannot be a key of a plain value")),
        }
    }

    fn put(self, word: &str, value: Value) -> Result<(), String> {
        match self {
            Self::Table(table) => {
                let value = like(table.get(word).and_then(Item::as_value), value);
                table.insert(word, Item::Value(value));
                Ok(())
            }
            Self::Inline(table) => {
                let value = like(table.get(word), value);
                table.insert(word, value);
                Ok(())
            }
            Self::Item(Item::Table(table)) => Self::Table(table).put(word, value),
            Self::Item(Item::Value(inner)) => Self::Value(inner).put(word, value),
            Self::Item(Item::ArrayOfTables(tables)) => {
                let count = tables.len();
                match word.parse::<usize>() {
                    Ok(index) if index < count => {
                        Err(format!("element {index} is a table, set one of its keys instead"))
                    }
                    _ => Err(no_element(word, count)),
                }
            }
            Self::Value(Value::InlineTable(table)) => Self::Inline(table).put(word, value),
            Self::Value(Value::Array(array)) => match word.parse::<usize>() {
                Ok(index) if index < array.len() => {
                    array.replace(index, value);
                    Ok(())
                }
                _ => Err(no_element(word, array.len())),
            },
            Self::Item(Item::None) | Self::Value(_) => Err(format!("`{word}` cannot be a key of a plain value")),
        }
    }
}

/// A value with the blanks and comments of the one whose place it takes.
fn like(old: Option<&Value>, value: Value) -> Value {
    let Some(old) = old else { return value };
    let mut value = value;
    *value.decor_mut() = old.decor().clone();
    value
}

fn no_element(word: &str, count: usize) -> String {
    let elements = if count == 1 { "1 element" } else { &format!("{count} elements") };
    format!("there is no element `{word}` in an array of {elements}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(text: &str, set: &str) -> String {
        let mut document: DocumentMut = text.parse().unwrap();
        match Set::parse(set).unwrap().apply(&mut document) {
            Ok(()) => document.to_string(),
            Err(refusal) => refusal.iter().next().unwrap().message.clone(),
        }
    }

    #[test]
    fn values_are_toml_or_else_strings() {
        assert_eq!(applied("", "seed=3"), "seed = 3\n");
        assert_eq!(applied("", "length=3 s"), "length = \"3 s\"\n");
        assert_eq!(applied("", "length=\"3 s\""), "length = \"3 s\"\n");
        assert_eq!(applied("seed = 1\n", "seed=2"), "seed = 2\n");
    }

    #[test]
    fn tables_are_made_where_they_are_missing() {
        assert_eq!(applied("a = 1\n[video]\nrate = 1\n", "stack.servo.invert_tilt=true").matches("true").count(), 1);
        let text = applied("[[target]]\nname = \"a\"\n[[target]]\nname = \"b\"\n", "target.0.size.width=1 m");
        let document: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(document["target"][0]["size"]["width"].as_str(), Some("1 m"));
        assert!(document["target"][1].get("size").is_none());
    }

    #[test]
    fn elements_are_counted_from_zero() {
        assert_eq!(applied("a = [1, 2]\n", "a.1=7"), "a = [1, 7]\n");
        assert_eq!(applied("a = [1, 2]\n", "a[0]=7"), "a = [7, 2]\n");
        assert_eq!(applied("a = [1]\n", "a.4=7"), "there is no element `4` in an array of 1 element");
        assert_eq!(applied("a = 1\n", "a.b=7"), "`b` cannot be a key of a plain value");
        assert_eq!(applied("[[t]]\n", "t.0=7"), "element 0 is a table, set one of its keys instead");
    }

    #[test]
    fn nonsense_is_refused() {
        for nonsense in ["", "seed", "=3", "a..b=3", "a b=3", ".=", "[0]=1"] {
            assert!(Set::parse(nonsense).is_err(), "{nonsense}");
        }
    }
}
