//! Bands: within what a condition keeps a signal, for who draws it.

use super::{Comparison, Expression, Node, Order, evaluate};
use crate::scenario::signal::Signal;

/// A condition keeps a signal within two values, in the signal's unit; `None` is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The signal.
    pub signal: Signal,
    /// The least that keeps it.
    pub low: Option<f64>,
    /// The most.
    pub high: Option<f64>,
}

impl Expression {
    /// The bands that it keeps while it is true, or with `negated` while it is false. Only of comparisons of a signal,
    /// or its absolute value, with a constant, and of what joins such; nothing is said of all else.
    pub fn bands(&self, negated: bool) -> Vec<Band> {
        let mut bands = Vec::new();
        gather(&self.root, negated, &mut bands);
        bands
    }

    /// The band in which it, as a number, is at least `low` and at most `high`.
    pub fn band_between(&self, low: Option<f64>, high: Option<f64>) -> Option<Band> {
        band(&self.root, low, high)
    }
}

fn gather(node: &Node, negated: bool, bands: &mut Vec<Band>) {
    match (node, negated) {
        (Node::Not(inner), _) => gather(inner, !negated, bands),
        (Node::And(a, b), false) | (Node::Or(a, b), true) => {
            gather(a, negated, bands);
            gather(b, negated, bands);
        }
        (Node::Compare(comparison, a, b), _) => bands.extend(compared(*comparison, a, b, negated)),
        _ => {}
    }
}

fn compared(comparison: Comparison, a: &Node, b: &Node, negated: bool) -> Option<Band> {
    let constant = |node: &Node| if node.is_constant() { evaluate::number(node, &|_| None) } else { None };
    let less = matches!(comparison.order, Order::Less | Order::LessOrEqual) != negated;
    match (constant(a), constant(b)) {
        (None, Some(bound)) if less => band(a, None, Some(bound)),
        (None, Some(bound)) => band(a, Some(bound), None),
        (Some(bound), None) if less => band(b, Some(bound), None),
        (Some(bound), None) => band(b, None, Some(bound)),
        _ => None,
    }
}

fn band(node: &Node, low: Option<f64>, high: Option<f64>) -> Option<Band> {
    match node {
        Node::Signal(signal) => Some(Band { signal: *signal, low, high }),
        // More than something in size is two bands outside, not one inside.
        Node::Abs(inner) => match (&**inner, high) {
            (Node::Signal(signal), Some(high)) => Some(Band { signal: *signal, low: Some(-high), high: Some(high) }),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(text: &str, negated: bool) -> Vec<(&'static str, Option<f64>, Option<f64>)> {
        let bands = Expression::parse(text).unwrap().bands(negated);
        bands.into_iter().map(|band| (band.signal.name(), band.low, band.high)).collect()
    }

    #[test]
    fn comparisons_with_a_constant_are_bands() {
        assert_eq!(bands("abs(error.pan) < 0.5 deg", false), [("error.pan", Some(-0.5), Some(0.5))]);
        assert_eq!(bands("abs(error.pan) > 0.5 deg", true), [("error.pan", Some(-0.5), Some(0.5))]);
        assert_eq!(bands("2 deg >= error.total", false), [("error.total", None, Some(2.0))]);
        assert_eq!(bands("error.tilt > 1 deg and phase == tracking", false), [("error.tilt", Some(1.0), None)]);
        let both = bands("abs(error.pan) < 1 deg and abs(error.tilt) < 2 deg", false);
        assert_eq!(both, [("error.pan", Some(-1.0), Some(1.0)), ("error.tilt", Some(-2.0), Some(2.0))]);
    }

    #[test]
    fn of_all_else_nothing_is_said() {
        for (text, negated) in [
            ("abs(error.pan) > 0.5 deg", false),
            ("error.pan < error.tilt", false),
            ("error.pan < 1 deg or error.tilt < 1 deg", false),
            ("error.pan < 1 deg and error.tilt < 1 deg", true),
            ("phase == lost", false),
        ] {
            assert_eq!(bands(text, negated), [], "{text}");
        }
    }
}
