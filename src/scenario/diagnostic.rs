//! What is wrong with a file, and where: messages that point into the text.

use core::fmt;
use core::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// What is wrong, in a lowercase sentence without a full stop.
    pub message: String,
    /// The file, as the caller named it; `--set …` for an override.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key path, such as `target[0].size.width`; empty where there is none.
    pub key: String,
    /// What is written at the caret.
    pub label: String,
    /// The next step, if there is one.
    pub help: Option<String>,
    /// Bytes of the text at fault.
    #[serde(skip)]
    span: Range<usize>,
    /// The text.
    #[serde(skip)]
    text: Arc<str>,
}

impl Diagnostic {
    /// Points at some bytes of a text.
    pub fn new(file: &str, text: &Arc<str>, span: Range<usize>, message: impl Into<String>) -> Self {
        let span = within(text, span);
        let before = &text[..span.start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            message: message.into(),
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            key: String::new(),
            label: String::new(),
            help: None,
            span,
            text: Arc::clone(text),
        }
    }

    /// Says something at the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// Names the key.
    #[must_use]
    pub fn key(mut self, key: String) -> Self {
        self.key = key;
        self
    }

    /// The diagnostic as rustc would print it, without a newline at the end.
    pub fn render(&self, color: bool) -> String {
        let annotation = AnnotationKind::Primary.span(self.span.clone());
        let annotation = if self.label.is_empty() { annotation } else { annotation.label(self.label.as_str()) };
        let snippet = Snippet::source(self.text.as_ref()).path(self.file.as_str()).annotation(annotation);
        let mut group = Level::ERROR.primary_title(self.message.as_str()).element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// Everything that is wrong, at least one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// In the order of file and place; `None` when nothing is wrong.
    pub(super) fn collect(mut found: Vec<Diagnostic>) -> Option<Self> {
        found.sort_by(|a, b| (&a.file, a.span.start).cmp(&(&b.file, b.span.start)));
        (!found.is_empty()).then_some(Self(found))
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> core::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// All of them as rustc would print them, with a blank line between.
    pub fn render(&self, color: bool) -> String {
        let mut out = String::new();
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                out.push_str("\n\n");
            }
            out.push_str(&diagnostic.render(color));
        }
        out
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(one: Diagnostic) -> Self {
        Self(vec![one])
    }
}

impl<'d> IntoIterator for &'d Diagnostics {
    type Item = &'d Diagnostic;
    type IntoIter = core::slice::Iter<'d, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl core::error::Error for Diagnostics {}

/// The candidate that a mistyped name most likely means, if any is near.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best = None;
    let mut best_score = NEAR;
    for candidate in candidates {
        let score = strsim::jaro_winkler(name, candidate);
        if score > best_score {
            best_score = score;
            best = Some(candidate);
        }
    }
    best
}

/// Jaro–Winkler similarity from which a suggestion is worth its line.
const NEAR: f64 = 0.75;

/// The span moved into the text and onto character boundaries, so that whoever slices by it cannot fail.
fn within(text: &str, span: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let end = text.ceil_char_boundary(span.end.min(text.len()));
    start..end.max(start)
}
