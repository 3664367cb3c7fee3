//! `--filter`: which scenarios to run, by name and tag.
//!
//! ```text
//! expr   = term { "or" term }        term = factor { [ "and" ] factor }
//! factor = "not" factor | "(" expr ")" | "tag:" WORD | "name:" TEXT | TEXT
//! ```
//!
//! A bare text matches a tag, or a part of a name.

use crate::scenario::Scenario;

/// A parsed filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Has this tag.
    Tag(String),
    /// Has this in its name.
    Name(String),
    /// Either.
    Either(String),
    /// The other does not hold.
    Not(Box<Filter>),
    /// All hold.
    All(Vec<Filter>),
    /// One holds.
    Any(Vec<Filter>),
}

/// Parentheses deeper than this are a slip of the finger.
const DEPTH_MAX: usize = 32;

impl Filter {
    /// Parses a filter; the error is a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut parser = Parser { words: &words, depth: 0 };
        let filter = parser.any()?;
        match parser.words.first() {
            None => Ok(filter),
            Some(word) => Err(format!("`{word}` is left over in the filter `{text}`")),
        }
    }

    /// Whether a scenario passes.
    pub fn matches(&self, scenario: &Scenario) -> bool {
        let has_tag = |tag: &String| scenario.tags.contains(tag);
        match self {
            Self::Tag(tag) => has_tag(tag),
            Self::Name(part) => scenario.name.contains(part.as_str()),
            Self::Either(text) => has_tag(text) || scenario.name.contains(text.as_str()),
            Self::Not(inner) => !inner.matches(scenario),
            Self::All(parts) => parts.iter().all(|part| part.matches(scenario)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(scenario)),
        }
    }
}

struct Parser<'a> {
    words: &'a [&'a str],
    depth: usize,
}

impl Parser<'_> {
    fn take(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    fn any(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.all()?];
        while self.take("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Any(parts) })
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.factor()?];
        loop {
            let joined = self.take("and");
            if !joined && self.words.first().is_none_or(|word| ["or", ")"].contains(word)) {
                break;
            }
            parts.push(self.factor()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::All(parts) })
    }

    fn factor(&mut self) -> Result<Filter, String> {
        if self.take("not") {
            return Ok(Filter::Not(Box::new(self.nested(Self::factor)?)));
        }
        if self.take("(") {
            let inner = self.nested(Self::any)?;
            return if self.take(")") { Ok(inner) } else { Err("the filter lacks a `)`".into()) };
        }
        let Some((word, rest)) = self.words.split_first() else {
            return Err("the filter ends where a tag or a name was expected".into());
        };
        if ["and", "or", ")"].contains(word) {
            return Err(format!("`{word}` stands where a tag or a name was expected"));
        }
        self.words = rest;
        Ok(match word.split_once(':') {
            Some(("tag", tag)) => Filter::Tag(tag.into()),
            Some(("name", name)) => Filter::Name(name.into()),
            Some((key, _)) => return Err(format!("`{key}:` is not known to filters (expected tag: or name:)")),
            None => Filter::Either((*word).into()),
        })
    }

    fn nested(&mut self, parse: fn(&mut Self) -> Result<Filter, String>) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("the filter is nested too deeply".into());
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Filter::{All, Any, Either, Name, Not, Tag};

    #[test]
    fn words_bind_as_one_reads_them() {
        let filter = Filter::parse("tag:fast step or not (name:zoom and walk)").unwrap();
        let all = All(vec![Tag("fast".into()), Either("step".into())]);
        let none = Not(Box::new(All(vec![Name("zoom".into()), Either("walk".into())])));
        assert_eq!(filter, Any(vec![all, none]));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [("", "ends"), ("a or", "ends"), ("(a", "lacks"), ("a )", "left over"), ("x:y", "`x:`")] {
            assert!(Filter::parse(text).unwrap_err().contains(part), "{text}");
        }
        assert!(Filter::parse(&"(".repeat(10_000)).unwrap_err().contains("deeply"));
    }
}
