//! Tokens → tree, dimensions checked on the way: a Pratt parser.

use core::ops::Range;

use super::dimension::Dimension;
use super::token::{Placed, Token, tokens};
use super::{Arithmetic, Comparison, Fault, Node, Order, Shape};
use crate::scenario::diagnostic::nearest;
use crate::scenario::signal::{Kind, PHASES, Signal};

/// Deeper nesting is refused, so that no text can exhaust the stack.
const DEPTH_MAX: usize = 64;
/// More tokens are refused: `a + a + …` nests to the left without a bracket.
const TOKENS_MAX: usize = 512;

const FUNCTIONS: [(&str, usize); 4] = [("abs", 1), ("hypot", 2), ("min", 2), ("max", 2)];
const WORDS: [&str; 5] = ["true", "false", "and", "or", "not"];

/// How tightly an operator binds.
mod power {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const COMPARE: u8 = 4;
    pub const SUM: u8 = 5;
    pub const PRODUCT: u8 = 6;
    pub const SIGN: u8 = 7;
}

pub(super) fn parse(text: &str) -> Result<(Node, Shape), Fault> {
    let tokens = tokens(text)?;
    if let Some(first_over) = tokens.get(TOKENS_MAX) {
        return Err(fault(first_over.at.clone(), "the expression is too long", "ends the patience here"));
    }
    let mut parser = Parser { tokens: &tokens, next: 0, depth: 0 };
    if parser.peek() == &Token::End {
        return Err(fault(0..text.len(), "the expression is empty", "expected an expression"));
    }
    let term = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok((term.node, term.shape)),
        _ => Err(fault(parser.at(), "expected an operator or the end of the expression", "not expected here")),
    }
}

struct Parser<'t> {
    tokens: &'t [Placed],
    next: usize,
    depth: usize,
}

/// A part of the tree: what it is, and where it stands.
struct Term {
    node: Node,
    shape: Shape,
    at: Range<usize>,
}

fn fault(at: Range<usize>, message: impl Into<String>, label: &str) -> Fault {
    Fault { at, message: message.into(), label: label.to_owned(), help: None }
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |placed| &placed.token)
    }

    fn at(&self) -> Range<usize> {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0..0, |placed| placed.at.clone())
    }

    fn take(&mut self) -> (Token, Range<usize>) {
        let taken = (self.peek().clone(), self.at());
        self.next += 1;
        taken
    }

    fn expect(&mut self, symbol: &'static str) -> Result<Range<usize>, Fault> {
        match self.take() {
            (Token::Symbol(found), at) if found == symbol => Ok(at),
            (_, at) => Err(fault(at, format!("expected `{symbol}`"), &format!("expected `{symbol}`"))),
        }
    }

    /// One expression whose operators bind at least as tightly as `floor`.
    fn expression(&mut self, floor: u8) -> Result<Term, Fault> {
        if self.depth >= DEPTH_MAX {
            return Err(fault(self.at(), "the expression is nested too deeply", "too deep"));
        }
        self.depth += 1;
        let mut left = self.prefix()?;
        while let Some((operator, binding)) = self.infix() {
            if binding < floor {
                break;
            }
            self.next += 1;
            let right = self.expression(binding + 1)?;
            left = combine(operator, left, right)?;
            if binding == power::COMPARE && self.infix().is_some_and(|(_, next)| next == power::COMPARE) {
                let mut chained = fault(self.at(), "comparisons do not chain", "a second comparison");
                chained.help = Some("join two comparisons with `and`".to_owned());
                return Err(chained);
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    fn infix(&self) -> Option<(&'static str, u8)> {
        match self.peek() {
            Token::Symbol(symbol @ ("<" | "<=" | ">" | ">=" | "==" | "!=")) => Some((symbol, power::COMPARE)),
            Token::Symbol(symbol @ ("+" | "-")) => Some((symbol, power::SUM)),
            Token::Symbol(symbol @ ("*" | "/")) => Some((symbol, power::PRODUCT)),
            Token::Word(word) if word == "and" => Some(("and", power::AND)),
            Token::Word(word) if word == "or" => Some(("or", power::OR)),
            _ => None,
        }
    }

    fn prefix(&mut self) -> Result<Term, Fault> {
        let (token, at) = self.take();
        match token {
            Token::Number { value, dimension, whole } => {
                let shape = if whole { Shape::Count } else { Shape::Number(dimension) };
                Ok(Term { node: Node::Number(value), shape, at })
            }
            Token::Symbol("(") => {
                let inner = self.expression(0)?;
                let close = self.expect(")")?;
                Ok(Term { at: at.start..close.end, ..inner })
            }
            Token::Symbol("-") => {
                let inner = self.expression(power::SIGN)?;
                require_number(&inner)?;
                Ok(Term { node: Node::Negate(Box::new(inner.node)), shape: inner.shape, at: at.start..inner.at.end })
            }
            Token::Word(word) if word == "not" => {
                let inner = self.expression(power::NOT)?;
                require_bool(&inner)?;
                Ok(Term { node: Node::Not(Box::new(inner.node)), shape: Shape::Bool, at: at.start..inner.at.end })
            }
            Token::Word(word) => self.word(&word, at),
            Token::End => Err(fault(at, "the expression ends too early", "expected a signal, a number or `(`")),
            Token::Symbol(symbol) => Err(fault(
                at,
                format!("expected a signal, a number or `(`, found `{symbol}`"),
                "expected a signal, a number or `(`",
            )),
        }
    }

    fn word(&mut self, word: &str, at: Range<usize>) -> Result<Term, Fault> {
        if let Some((name, count)) = FUNCTIONS.iter().find(|(name, _)| *name == word) {
            return self.call(name, *count, at);
        }
        let term = |node, shape| Ok(Term { node, shape, at: at.clone() });
        match word {
            "true" => return term(Node::Bool(true), Shape::Bool),
            "false" => return term(Node::Bool(false), Shape::Bool),
            _ => {}
        }
        if let Some(index) = PHASES.iter().position(|phase| *phase == word) {
            return term(Node::Number(index as f64), Shape::Phase);
        }
        if let Some(signal) = Signal::from_name(word) {
            let shape = match signal.kind() {
                Kind::Number(dimension) => Shape::Number(dimension),
                Kind::Count => Shape::Count,
                Kind::Bool => Shape::Bool,
                Kind::Phase => Shape::Phase,
            };
            return term(Node::Signal(signal), shape);
        }
        let names = Signal::ALL.iter().map(|signal| signal.name());
        let others = PHASES.into_iter().chain(WORDS).chain(FUNCTIONS.map(|(name, _)| name));
        let help = match nearest(word, names.chain(others)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "`tiltyard signals` lists the signals".to_owned(),
        };
        Err(Fault { help: Some(help), ..fault(at, format!("`{word}` is not a signal"), "unknown signal") })
    }

    fn call(&mut self, name: &str, count: usize, at: Range<usize>) -> Result<Term, Fault> {
        self.expect("(")?;
        let first = self.expression(0)?;
        require_number(&first)?;
        let second = if count == 2 {
            self.expect(",")?;
            let second = self.expression(0)?;
            require_number(&second)?;
            Some(second)
        } else {
            None
        };
        let at = at.start..self.expect(")")?.end;
        let Some(second) = second else {
            return Ok(Term { node: Node::Abs(Box::new(first.node)), shape: first.shape, at });
        };
        let shape = common_shape(&format!("give `{name}`"), "and", &first, &second)?;
        let (operator, shape) = match name {
            "hypot" => (Arithmetic::Hypot, Shape::Number(dimension(shape))),
            "min" => (Arithmetic::Min, shape),
            _ => (Arithmetic::Max, shape),
        };
        Ok(Term { node: Node::Arithmetic(operator, Box::new(first.node), Box::new(second.node)), shape, at })
    }
}

fn combine(operator: &'static str, left: Term, right: Term) -> Result<Term, Fault> {
    let at = left.at.start..right.at.end;
    let (node, shape) = match operator {
        "and" | "or" => {
            require_bool(&left)?;
            require_bool(&right)?;
            let (left, right) = (Box::new(left.node), Box::new(right.node));
            (if operator == "and" { Node::And(left, right) } else { Node::Or(left, right) }, Shape::Bool)
        }
        "==" | "!=" => (equality(operator == "!=", left, right)?, Shape::Bool),
        "<" | "<=" | ">" | ">=" => (comparison(operator, left, right)?, Shape::Bool),
        "+" | "-" => {
            let (verb, by) = if operator == "+" { ("add", "to") } else { ("subtract", "and") };
            let shape = common_shape(verb, by, &left, &right)?;
            let operator = if operator == "+" { Arithmetic::Add } else { Arithmetic::Subtract };
            (Node::Arithmetic(operator, Box::new(left.node), Box::new(right.node)), shape)
        }
        _ => product(operator == "*", left, right)?,
    };
    Ok(Term { node, shape, at })
}

fn product(times: bool, left: Term, right: Term) -> Result<(Node, Shape), Fault> {
    require_number(&left)?;
    require_number(&right)?;
    let (a, b) = (dimension(left.shape), dimension(right.shape));
    let dimension = if times { a.times(b) } else { a.over(b) };
    let dimension = dimension
        .ok_or_else(|| fault(left.at.start..right.at.end, "the powers of the units grow too large", "too large"))?;
    let whole = times && (left.shape, right.shape) == (Shape::Count, Shape::Count);
    let operator = if times { Arithmetic::Multiply } else { Arithmetic::Divide };
    let node = Node::Arithmetic(operator, Box::new(left.node), Box::new(right.node));
    Ok((node, if whole { Shape::Count } else { Shape::Number(dimension) }))
}

fn comparison(operator: &str, left: Term, right: Term) -> Result<Node, Fault> {
    let shape = common_shape("compare", "with", &left, &right)?;
    let order = match operator {
        "<" => Order::Less,
        "<=" => Order::LessOrEqual,
        ">" => Order::Greater,
        _ => Order::GreaterOrEqual,
    };
    let bound_left = left.node.is_constant() && !right.node.is_constant();
    Ok(Node::Compare(Comparison { order, shape, bound_left }, Box::new(left.node), Box::new(right.node)))
}

fn equality(negated: bool, left: Term, right: Term) -> Result<Node, Fault> {
    let of_bools = match (left.shape, right.shape) {
        (Shape::Bool, Shape::Bool) => true,
        (Shape::Phase, Shape::Phase) | (Shape::Count, Shape::Count) => false,
        (Shape::Number(_) | Shape::Count, Shape::Number(_) | Shape::Count) => {
            common_shape("compare", "with", &left, &right)?;
            let at = left.at.start..right.at.end;
            let mut refused = fault(at, "measured numbers are never exactly equal", "compares for equality");
            refused.help = Some("give a tolerance, as in `abs(a - b) < 0.1 deg`".to_owned());
            return Err(refused);
        }
        _ => return Err(mismatch("compare", "with", &left, &right)),
    };
    Ok(Node::Same { negated, left: Box::new(left.node), right: Box::new(right.node), of_bools })
}

/// What two numbers are together: both sides need one dimension, and a whole number is a bare number, too.
fn common_shape(verb: &str, by: &str, left: &Term, right: &Term) -> Result<Shape, Fault> {
    match (left.shape, right.shape) {
        (Shape::Count, Shape::Count) => Ok(Shape::Count),
        (Shape::Number(_) | Shape::Count, Shape::Number(_) | Shape::Count)
            if dimension(left.shape) == dimension(right.shape) =>
        {
            Ok(Shape::Number(dimension(left.shape)))
        }
        _ => Err(mismatch(verb, by, left, right)),
    }
}

fn mismatch(verb: &str, by: &str, left: &Term, right: &Term) -> Fault {
    let word = |shape: Shape| match shape {
        Shape::Number(dimension) if dimension != Dimension::NONE => dimension.to_string(),
        other => other.to_string(),
    };
    let (a, b) = (word(left.shape), word(right.shape));
    let message = format!("cannot {verb} {a} {by} {b}");
    let bare = |shape| matches!(shape, Shape::Count) || shape == Shape::Number(Dimension::NONE);
    // A bare constant against a dimensioned signal nearly always lacks its unit: point there.
    for (one, other) in [(right, left), (left, right)] {
        if let Shape::Number(dimension) = other.shape
            && bare(one.shape)
            && one.node.is_constant()
        {
            return Fault {
                help: Some(format!("give the number its unit, as in `{} {dimension}`", example(&one.node))),
                ..fault(one.at.clone(), message, "missing unit")
            };
        }
    }
    fault(left.at.start..right.at.end, message, "the two sides do not fit")
}

fn example(node: &Node) -> f64 {
    if let Node::Number(value) = node { *value } else { 0.5 }
}

fn dimension(shape: Shape) -> Dimension {
    if let Shape::Number(dimension) = shape { dimension } else { Dimension::NONE }
}

fn require_number(term: &Term) -> Result<(), Fault> {
    match term.shape {
        Shape::Number(_) | Shape::Count => Ok(()),
        other => Err(fault(term.at.clone(), format!("expected a number, found {other}"), "not a number")),
    }
}

fn require_bool(term: &Term) -> Result<(), Fault> {
    match term.shape {
        Shape::Bool => Ok(()),
        other => {
            let mut refused = fault(term.at.clone(), format!("expected a yes-or-no, found {other}"), "not a yes-or-no");
            refused.help = Some("compare it with something, as in `abs(error.pan) < 0.5 deg`".to_owned());
            Err(refused)
        }
    }
}
