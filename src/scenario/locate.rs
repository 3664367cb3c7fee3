//! Where a key stands in its text: key paths, and the way from a path to a span and back.
//!
//! Domain checks name what they complain about by its key path; only here does a path become a place in a file or in
//! a `--set` argument.

use core::fmt;
use core::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml_edit::{ArrayOfTables, Document, Item, Key, Table, Value};

use super::diagnostic::{Diagnostic, Diagnostics};
use super::set::Set;
use super::shape;

/// One step of a key path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// `target[0].size.width`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyPath(pub Vec<Step>);

impl KeyPath {
    /// `stack.servo.pid`
    pub fn dotted(path: &str) -> Self {
        Self(path.split('.').map(|key| Step::Key(key.to_owned())).collect())
    }

    pub fn key(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Key(key.to_owned()));
        path
    }

    pub fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Index(index));
        path
    }
}

/// The path of a key at the root.
pub(crate) fn root(key: &str) -> KeyPath {
    KeyPath::default().key(key)
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Which part of `key = value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Key,
    Value,
    /// Bytes of the text that a string value holds.
    Within(Range<usize>),
}

/// A TOML text that parses, and what it is called.
pub(crate) struct Source {
    pub file: String,
    pub text: Arc<str>,
    document: Document<String>,
}

impl Source {
    pub fn parse(file: &str, text: &str) -> Result<Self, Diagnostics> {
        let shared: Arc<str> = text.into();
        match Document::parse(text.to_owned()) {
            Ok(document) => Ok(Self { file: file.to_owned(), text: shared, document }),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                let (message, label) = shape::syntax(error.message());
                Err(Diagnostic::new(file, &shared, span, message).label(label).into())
            }
        }
    }

    /// For overrides, which need a document to change.
    pub fn document(&self) -> &Document<String> {
        &self.document
    }

    fn node(&self, path: &KeyPath) -> Option<(Option<&Key>, Node<'_>)> {
        let mut found = (None, Node::Table(self.document.as_table()));
        for step in &path.0 {
            found = found.1.child(step)?;
        }
        Some(found)
    }

    /// Whether there is something at that path.
    fn has(&self, path: &KeyPath) -> bool {
        self.node(path).is_some()
    }

    /// Where a path stands; where its nearest ancestor stands if it is not there itself.
    fn span(&self, path: &KeyPath, place: &Place) -> Range<usize> {
        let mut path = path.clone();
        let mut place = place;
        loop {
            if let Some((key, node)) = self.node(&path) {
                let key_span = key.and_then(Key::span);
                let span = match (place, node) {
                    (Place::Key, _) => key_span.or(node.span()),
                    (Place::Within(part), Node::Value(value)) => self.within(value, part).or(node.span()),
                    _ => node.span().or(key_span),
                };
                if let Some(span) = span {
                    return span;
                }
            }
            if path.0.pop().is_none() {
                return 0..0;
            }
            // An ancestor is shown by its header or key, not by all that it holds.
            place = &Place::Value;
        }
    }

    /// A part of a string value, unless escapes have moved it.
    fn within(&self, value: &Value, part: &Range<usize>) -> Option<Range<usize>> {
        let span = value.span()?;
        let offset = string_offset(self.text.get(span.clone())?, value.as_str()?)?;
        Some(span.start + offset + part.start..span.start + offset + part.end)
    }

    /// The path of the smallest thing that covers a span.
    fn path_of(&self, span: &Range<usize>) -> (KeyPath, Place) {
        let mut best = Covering { span, width: usize::MAX, path: KeyPath::default(), place: Place::Value };
        Node::Table(self.document.as_table()).search(&KeyPath::default(), &mut best);
        (best.path, best.place)
    }
}

/// Where the content of a string literal begins, if it stands there as it is.
pub(crate) fn string_offset(literal: &str, content: &str) -> Option<usize> {
    ["\"\"\"\n", "'''\n", "\"\"\"", "'''", "\"", "'", ""]
        .iter()
        .find(|quote| literal.strip_prefix(**quote).is_some_and(|rest| rest.starts_with(content)))
        .map(|quote| quote.len())
}

struct Covering<'s> {
    span: &'s Range<usize>,
    width: usize,
    path: KeyPath,
    place: Place,
}

impl Covering<'_> {
    fn offer(&mut self, span: Option<Range<usize>>, path: &KeyPath, place: Place) {
        let Some(span) = span else { return };
        if span.start <= self.span.start && self.span.end <= span.end && span.len() <= self.width {
            self.width = span.len();
            self.path = path.clone();
            self.place = place;
        }
    }
}

/// Anything in a document that can hold something.
#[derive(Clone, Copy)]
enum Node<'d> {
    Table(&'d Table),
    Tables(&'d ArrayOfTables),
    Value(&'d Value),
}

impl<'d> Node<'d> {
    fn of(item: &'d Item) -> Option<Self> {
        match item {
            Item::None => None,
            Item::Value(value) => Some(Self::Value(value)),
            Item::Table(table) => Some(Self::Table(table)),
            Item::ArrayOfTables(tables) => Some(Self::Tables(tables)),
        }
    }

    fn span(self) -> Option<Range<usize>> {
        match self {
            Self::Table(table) => table.span(),
            Self::Tables(tables) => tables.span(),
            Self::Value(value) => value.span(),
        }
    }

    fn child(self, step: &Step) -> Option<(Option<&'d Key>, Self)> {
        match (self, step) {
            (Self::Table(table), Step::Key(name)) => {
                table.get_key_value(name).and_then(|(key, item)| Some((Some(key), Self::of(item)?)))
            }
            (Self::Value(Value::InlineTable(table)), Step::Key(name)) => {
                table.get_key_value(name).and_then(|(key, item)| Some((Some(key), Self::of(item)?)))
            }
            (Self::Tables(tables), Step::Index(index)) => tables.get(*index).map(|table| (None, Self::Table(table))),
            (Self::Value(Value::Array(array)), Step::Index(index)) => {
                array.get(*index).map(|value| (None, Self::Value(value)))
            }
            _ => None,
        }
    }

    fn search(self, path: &KeyPath, best: &mut Covering<'_>) {
        match self {
            Self::Table(table) => {
                for (name, _) in table {
                    self.search_key(name, path, best);
                }
            }
            Self::Value(Value::InlineTable(table)) => {
                for (name, _) in table {
                    self.search_key(name, path, best);
                }
            }
            Self::Tables(tables) => {
                for (index, table) in tables.iter().enumerate() {
                    let path = path.index(index);
                    best.offer(table.span(), &path, Place::Value);
                    Node::Table(table).search(&path, best);
                }
            }
            Self::Value(Value::Array(array)) => {
                for (index, value) in array.iter().enumerate() {
                    let path = path.index(index);
                    best.offer(value.span(), &path, Place::Value);
                    Node::Value(value).search(&path, best);
                }
            }
            Self::Value(_) => {}
        }
    }

    fn search_key(self, name: &str, path: &KeyPath, best: &mut Covering<'_>) {
        let Some((key, child)) = self.child(&Step::Key(name.to_owned())) else { return };
        let path = path.key(name);
        // All tables of an array share the span of the first one's header, which is the element's.
        if !matches!(child, Node::Tables(_)) {
            best.offer(child.span(), &path, Place::Value);
        }
        best.offer(key.and_then(Key::span), &path, Place::Key);
        child.search(&path, best);
    }
}

/// Collects what is wrong with one text, and knows which of its keys came from the command line.
pub(crate) struct Findings<'s> {
    source: &'s Source,
    sets: &'s [Set],
    found: Vec<Diagnostic>,
}

impl<'s> Findings<'s> {
    pub fn new(source: &'s Source, sets: &'s [Set]) -> Self {
        Self { source, sets, found: Vec::new() }
    }

    /// Notes one thing that is wrong.
    pub fn note(&mut self, path: &KeyPath, place: &Place, message: impl Into<String>) -> Note<'_> {
        let diagnostic = if let Some(set) = self.overriding(path) {
            set.diagnostic(path, place, message)
        } else {
            let span = self.source.span(path, place);
            Diagnostic::new(&self.source.file, &self.source.text, span, message)
        };
        self.add(diagnostic.key(path.to_string()));
        Note(self.found.last_mut())
    }

    /// Adds what is wrong elsewhere.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        if !self.found.contains(&diagnostic) {
            self.found.push(diagnostic);
        }
    }

    /// Adds all that is wrong with another file.
    pub fn add_all(&mut self, diagnostics: &Diagnostics) {
        for diagnostic in diagnostics {
            self.add(diagnostic.clone());
        }
    }

    /// Line of a path in the file, from 1; 0 when it is not there.
    pub fn line(&self, path: &KeyPath) -> usize {
        if !self.source.has(path) {
            return 0;
        }
        let span = self.source.span(path, &Place::Value);
        Diagnostic::new("", &self.source.text, span, "").line
    }

    /// The last override that set a path, or that alone could have made it.
    fn overriding(&self, path: &KeyPath) -> Option<&'s Set> {
        let made = |set: &&Set| set.covers(path) || (set.leads_through(path) && !self.source.has(path));
        self.sets.iter().rev().find(made)
    }

    /// Whether nothing was wrong so far.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What was found, in the order of the text.
    pub fn into_diagnostics(self) -> Option<Diagnostics> {
        Diagnostics::collect(self.found)
    }

    /// Reads a text into its document type. What has a wrong shape is noted and blanked out, and the rest is read
    /// again, so that one slip does not hide the next.
    pub fn deserialize<T: DeserializeOwned>(&mut self, effective: &str) -> Option<T> {
        let mut text = effective.to_owned();
        for _ in 0..ATTEMPTS_MAX {
            let error = match toml::from_str::<T>(&text) {
                Ok(document) => return self.is_empty().then_some(document),
                Err(error) => error,
            };
            let span = error.span().unwrap_or(0..0);
            let Ok(source) = Source::parse(&self.source.file, &text) else {
                // The blanks broke the syntax: what was noted has to do.
                if self.is_empty() {
                    self.note(&KeyPath::default(), &Place::Value, error.message());
                }
                return None;
            };
            let (path, place) =
                if span.is_empty() { (KeyPath::default(), Place::Value) } else { source.path_of(&span) };
            let said = shape::explain(error.message(), &path, &place);
            if said.missing && !self.is_empty() {
                // Most likely it is missing because it was blanked out.
                return None;
            }
            let mut note = self.note(&path, &place, said.message);
            note.label(said.label);
            if let Some(help) = said.help {
                note.help(help);
            }
            if said.missing || path.0.is_empty() {
                return None;
            }
            match blank(&source, &path) {
                Some(blanked) => text = blanked,
                None => return None,
            }
        }
        None
    }
}

/// More slips of shape than this are told another time.
const ATTEMPTS_MAX: usize = 20;

/// The text without the line of `key = value` that holds a path; `None` when it stands in no such line.
fn blank(source: &Source, path: &KeyPath) -> Option<String> {
    let mut node = Node::Table(source.document.as_table());
    let mut line = None;
    for step in &path.0 {
        let (key, child) = node.child(step)?;
        if let (Node::Table(_), Node::Value(value), Some(key)) = (node, child, key) {
            line = Some(key.span()?.start..value.span()?.end);
            break;
        }
        node = child;
    }
    let line = line?;
    let start = source.text.get(..line.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let mut text = source.text.get(..start)?.to_owned();
    text.extend(source.text.get(start..line.end)?.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    text.push_str(source.text.get(line.end..)?);
    Some(text)
}

/// A diagnostic that was just noted.
pub(crate) struct Note<'f>(Option<&'f mut Diagnostic>);

impl Note<'_> {
    /// Says something at the caret.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Self {
        if let Some(diagnostic) = &mut self.0 {
            diagnostic.label = label.into();
        }
        self
    }

    /// Says what to do.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        if let Some(diagnostic) = &mut self.0 {
            diagnostic.help = Some(help.into());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "length = \"2 s\"\n[[target]]\nname = \"a\"\nsize = { width = \"1 m\" }\npath.csv = 'x.csv'\n";

    #[test]
    fn a_path_finds_its_span_and_the_span_its_path() {
        let source = Source::parse("a.toml", TEXT).unwrap();
        let width = root("target").index(0).key("size").key("width");
        assert_eq!(width.to_string(), "target[0].size.width");
        let span = source.span(&width, &Place::Value);
        assert_eq!(&TEXT[span.clone()], "\"1 m\"");
        assert_eq!(source.path_of(&span), (width.clone(), Place::Value));
        let key = source.span(&width, &Place::Key);
        assert_eq!(&TEXT[key.clone()], "width");
        assert_eq!(source.path_of(&key), (width, Place::Key));
    }

    #[test]
    fn a_part_of_a_string_is_found_behind_its_quote() {
        let source = Source::parse("a.toml", TEXT).unwrap();
        let csv = root("target").index(0).key("path").key("csv");
        assert_eq!(&TEXT[source.span(&csv, &Place::Within(2..5))], "csv");
    }

    #[test]
    fn what_is_not_there_is_shown_at_its_parent() {
        let source = Source::parse("a.toml", TEXT).unwrap();
        assert_eq!(&TEXT[source.span(&root("target").index(0).key("range"), &Place::Key)], "[[target]]");
        assert_eq!(source.span(&root("nothing"), &Place::Key), 0..0);
    }
}
