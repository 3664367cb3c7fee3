//! The expression language of the expectations: signals, numbers with units, comparisons, `and` / `or` / `not`.
//!
//! An [`Expression`] is parsed and its dimensions are checked once, when the scenario is loaded; then it is evaluated
//! at every sample. A comparison tells not only whether it holds but by how much (see [`Truth`]). A signal may be
//! undefined at a sample (the error of a subject that is absent): then whatever needs it is undefined too, with the
//! exceptions of Kleene's logic (`false and undefined` is false, `true or undefined` is true).
//!
//! Loosest first: `or`, `and`, `not`, comparisons (which do not chain), `+ -`, `* /`, unary `-`, calls and parentheses.

mod band;
mod dimension;
mod evaluate;
mod parse;
mod token;

pub use band::Band;
pub use dimension::Dimension;
pub(super) use evaluate::normalised;
pub use evaluate::{Compared, Truth};

use core::fmt;
use core::ops::Range;
use std::collections::BTreeSet;

use super::signal::Signal;

/// A parsed expression whose dimensions agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
    root: Node,
    shape: Shape,
}

/// What an expression evaluates to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A number with its dimension.
    Number(Dimension),
    /// A whole number: a count, and what is made of counts.
    Count,
    /// Yes or no.
    Bool,
    /// A phase of the stack.
    Phase,
}

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Bytes of the text that are at fault.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write at the caret, if it can be said shorter than the message.
    pub label: String,
    /// The next step, if there is one.
    pub help: Option<String>,
}

impl Expression {
    /// Parses a text and checks its dimensions.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (root, shape) = parse::parse(text)?;
        Ok(Self { text: text.to_owned(), root, shape })
    }

    /// The text that it was parsed from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it evaluates to.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The signals that it names, each once, in the order of the table.
    pub fn signals(&self) -> BTreeSet<Signal> {
        let mut signals = BTreeSet::new();
        self.root.gather(&mut signals);
        signals
    }

    /// Whether it names no signal.
    pub fn is_constant(&self) -> bool {
        self.root.is_constant()
    }

    /// Its value as a number at one sample: a bool counts 1 or 0; a phase is its index. `None` is undefined.
    pub fn number(&self, sample: &dyn Fn(Signal) -> Option<f64>) -> Option<f64> {
        match self.shape {
            Shape::Bool => evaluate::truth(&self.root, sample).map(|truth| if truth.holds { 1.0 } else { 0.0 }),
            _ => evaluate::number(&self.root, sample),
        }
    }

    /// Whether it holds at one sample, and by how much. `None` is undefined, and always when it is no bool.
    pub fn truth(&self, sample: &dyn Fn(Signal) -> Option<f64>) -> Option<Truth> {
        if self.shape == Shape::Bool { evaluate::truth(&self.root, sample) } else { None }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// "a number in deg/s", "a bool".
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(dimension) if *dimension == Dimension::NONE => f.write_str("a bare number"),
            Self::Number(dimension) => write!(f, "a number in {dimension}"),
            Self::Count => f.write_str("a count"),
            Self::Bool => f.write_str("a yes-or-no"),
            Self::Phase => f.write_str("a phase"),
        }
    }
}

impl Shape {
    /// The unit as printed behind a value: "deg/s", or nothing.
    pub fn unit(self) -> String {
        match self {
            Self::Number(dimension) if dimension != Dimension::NONE => dimension.to_string(),
            _ => String::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(f64),
    Bool(bool),
    Signal(Signal),
    Negate(Box<Node>),
    Abs(Box<Node>),
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    /// Equality of whole numbers, bools and phases: yes or no, without a margin.
    Same {
        negated: bool,
        left: Box<Node>,
        right: Box<Node>,
        of_bools: bool,
    },
    Not(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Hypot,
    Min,
    Max,
}

/// An ordered comparison, with the dimension in which its margin is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Comparison {
    order: Order,
    shape: Shape,
    /// The left side is the constant, so the bound stands there.
    bound_left: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Node {
    fn is_constant(&self) -> bool {
        let mut signals = BTreeSet::new();
        self.gather(&mut signals);
        signals.is_empty()
    }

    fn gather(&self, signals: &mut BTreeSet<Signal>) {
        match self {
            Self::Number(_) | Self::Bool(_) => {}
            Self::Signal(signal) => drop(signals.insert(*signal)),
            Self::Negate(a) | Self::Abs(a) | Self::Not(a) => a.gather(signals),
            Self::Arithmetic(_, a, b) | Self::Compare(_, a, b) | Self::And(a, b) | Self::Or(a, b) => {
                a.gather(signals);
                b.gather(signals);
            }
            Self::Same { left, right, .. } => {
                left.gather(signals);
                right.gather(signals);
            }
        }
    }
}

#[cfg(test)]
mod tests;
