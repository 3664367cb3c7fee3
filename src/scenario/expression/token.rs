//! Text → tokens with their byte offsets.

use core::ops::Range;

use super::Fault;
use super::dimension::{Dimension, UNITS};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A number, already in its base unit; `whole` when it was written as a bare integer.
    Number { value: f64, dimension: Dimension, whole: bool },
    /// A dotted word.
    Word(String),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// The end of the text.
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub token: Token,
    pub at: Range<usize>,
}

/// Two-character symbols first.
const SYMBOLS: [&str; 13] = ["<=", ">=", "==", "!=", "<", ">", "(", ")", ",", "+", "-", "*", "/"];

/// Symbols of other languages, and what they are called here.
const FOREIGN: [(&str, &str); 6] = [("&&", "and"), ("||", "or"), ("!", "not"), ("=", "=="), ("≤", "<="), ("≥", ">=")];

pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, Fault> {
    let mut placed = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(first) = rest.chars().next() else { break };
        let (token, length) = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            number(rest, at)?
        } else if first.is_alphabetic() || first == '_' {
            let length = word_length(rest);
            (Token::Word(rest[..length].to_owned()), length)
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (Token::Symbol(symbol), symbol.len())
        } else if let Some((foreign, ours)) = FOREIGN.iter().find(|(foreign, _)| rest.starts_with(foreign)) {
            return Err(Fault {
                at: at..at + foreign.len(),
                message: format!("`{foreign}` is no operator of this language"),
                label: "not an operator".to_owned(),
                help: Some(format!("write `{ours}`")),
            });
        } else {
            return Err(Fault {
                at: at..at + first.len_utf8(),
                message: format!("unexpected character `{}`", first.escape_debug()),
                label: "not part of an expression".to_owned(),
                help: None,
            });
        };
        placed.push(Placed { token, at: at..at + length });
        at += length;
    }
    placed.push(Placed { token: Token::End, at: text.len()..text.len() });
    Ok(placed)
}

/// Letters, digits and underscores, with single dots between them.
fn word_length(text: &str) -> usize {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut length = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((index, c)) = chars.next() {
        let dotted = c == '.' && chars.peek().is_some_and(|(_, next)| part(*next));
        if !part(c) && !dotted {
            break;
        }
        length = index + c.len_utf8();
    }
    length
}

fn number(text: &str, at: usize) -> Result<(Token, usize), Fault> {
    let digits = number_length(text);
    let written = &text[..digits];
    let fault = |end: usize, message: String, label: &str, help: Option<String>| Fault {
        at: at..at + end,
        message,
        label: label.to_owned(),
        help,
    };
    let value: f64 = written
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite())
        .ok_or_else(|| fault(digits, format!("`{written}` is not a finite number"), "not a finite number", None))?;
    let blank = text[digits..].len() - text[digits..].trim_start().len();
    let rest = &text[digits + blank..];
    if let Some(unit) = UNITS.iter().find(|unit| starts_with_unit(rest, unit.name)) {
        let value = value * unit.times / unit.over;
        let token = Token::Number { value, dimension: unit.dimension, whole: false };
        return Ok((token, digits + blank + unit.name.len()));
    }
    let word = &rest[..word_length(rest)];
    if word.is_empty() || matches!(word, "and" | "or") {
        let whole = written.bytes().all(|byte| byte.is_ascii_digit());
        return Ok((Token::Number { value, dimension: Dimension::NONE, whole }, digits));
    }
    let known: Vec<&str> = UNITS.iter().map(|unit| unit.name).filter(|name| name.is_ascii()).collect();
    let start = digits + blank;
    Err(Fault {
        at: at + start..at + start + word.len(),
        message: format!("`{word}` is not a unit"),
        label: "unknown unit".to_owned(),
        help: Some(format!("the units are {}", known.join(", "))),
    })
}

/// `1`, `1.5`, `.5`, `1e-3`; an `e` without digits behind it is not taken.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(0);
    if text[length..].starts_with('.') {
        length += 1 + digits(length + 1);
    }
    if text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// Whether the unit stands there whole: `deg` is not the start of `degrees`, nor `m` of `ms`.
fn starts_with_unit(text: &str, unit: &str) -> bool {
    text.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || "_^".contains(c)))
}
