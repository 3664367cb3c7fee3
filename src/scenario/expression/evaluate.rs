//! Values of an expression at one sample.

use tiltyard_visca::num;

use super::{Arithmetic, Comparison, Node, Order, Shape};
use crate::scenario::signal::Signal;

/// Whether something holds, and by how much.
///
/// `margin` is the robustness ρ over the bound: for `x < b` it is (b − x) / |b|, or b − x itself, in the comparison's
/// unit, where b is zero. It is negative where the comparison does not hold, and limited to −1000 ..= 1. `and` takes
/// the smaller of its sides, `or` the larger, `not` turns the sign. What has no distance (bools, phases, equal counts)
/// has margin 1 or −1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Whether it holds.
    pub holds: bool,
    /// By how much, over the bound.
    pub margin: f64,
    /// The comparison that decided it, if one did.
    pub compared: Option<Compared>,
}

/// The two sides of a comparison at one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// The measured side.
    pub value: f64,
    /// The side it was held against.
    pub bound: f64,
    /// What both are.
    pub shape: Shape,
}

/// The margin of a failure stops counting here.
const WORST: f64 = -1000.0;

/// ρ over the bound, within its limits.
pub(crate) fn normalised(rho: f64, bound: f64) -> f64 {
    let scale = if bound == 0.0 { 1.0 } else { libm::fabs(bound) };
    let margin = rho / scale;
    if margin.is_nan() { 0.0 } else { num::clamp(margin, WORST, 1.0) + 0.0 }
}

impl Truth {
    /// Yes or no without a distance.
    pub(crate) fn plain(holds: bool) -> Self {
        Self { holds, margin: if holds { 1.0 } else { -1.0 }, compared: None }
    }

    fn and(self, other: Self) -> Self {
        let nearer = if (other.holds, other.margin) < (self.holds, self.margin) { other } else { self };
        Self { holds: self.holds && other.holds, ..nearer }
    }

    fn or(self, other: Self) -> Self {
        let farther = if (other.holds, other.margin) > (self.holds, self.margin) { other } else { self };
        Self { holds: self.holds || other.holds, ..farther }
    }

    /// The contrary, as far on the other side.
    pub(crate) fn not(self) -> Self {
        // Adding a zero makes −0 a 0.
        Self { holds: !self.holds, margin: num::clamp(-self.margin, WORST, 1.0) + 0.0, ..self }
    }
}

pub(super) fn number(node: &Node, sample: &dyn Fn(Signal) -> Option<f64>) -> Option<f64> {
    let value = match node {
        Node::Number(value) => *value,
        Node::Signal(signal) => sample(*signal)?,
        Node::Negate(a) => -number(a, sample)?,
        Node::Abs(a) => libm::fabs(number(a, sample)?),
        Node::Arithmetic(operator, a, b) => {
            let (a, b) = (number(a, sample)?, number(b, sample)?);
            match operator {
                Arithmetic::Add => a + b,
                Arithmetic::Subtract => a - b,
                Arithmetic::Multiply => a * b,
                Arithmetic::Divide => a / b,
                Arithmetic::Hypot => libm::hypot(a, b),
                Arithmetic::Min => num::min(a, b),
                Arithmetic::Max => num::max(a, b),
            }
        }
        // The parser puts no bool where a number belongs.
        Node::Bool(_) | Node::Compare(..) | Node::Same { .. } | Node::Not(_) | Node::And(..) | Node::Or(..) => {
            return None;
        }
    };
    value.is_finite().then_some(value)
}

pub(super) fn truth(node: &Node, sample: &dyn Fn(Signal) -> Option<f64>) -> Option<Truth> {
    match node {
        Node::Bool(value) => Some(Truth::plain(*value)),
        Node::Signal(signal) => {
            sample(*signal).filter(|value| value.is_finite()).map(|value| Truth::plain(value != 0.0))
        }
        Node::Not(a) => truth(a, sample).map(Truth::not),
        Node::And(a, b) => match (truth(a, sample), truth(b, sample)) {
            (Some(a), Some(b)) => Some(a.and(b)),
            (Some(one), None) | (None, Some(one)) => (!one.holds).then_some(one),
            (None, None) => None,
        },
        Node::Or(a, b) => match (truth(a, sample), truth(b, sample)) {
            (Some(a), Some(b)) => Some(a.or(b)),
            (Some(one), None) | (None, Some(one)) => one.holds.then_some(one),
            (None, None) => None,
        },
        Node::Compare(comparison, a, b) => Some(compare(*comparison, number(a, sample)?, number(b, sample)?)),
        Node::Same { negated, left, right, of_bools } => {
            let same = if *of_bools {
                truth(left, sample)?.holds == truth(right, sample)?.holds
            } else {
                number(left, sample)? == number(right, sample)?
            };
            Some(Truth::plain(same != *negated))
        }
        Node::Number(_) | Node::Negate(_) | Node::Abs(_) | Node::Arithmetic(..) => None,
    }
}

fn compare(comparison: Comparison, left: f64, right: f64) -> Truth {
    let (holds, rho) = match comparison.order {
        Order::Less => (left < right, right - left),
        Order::LessOrEqual => (left <= right, right - left),
        Order::Greater => (left > right, left - right),
        Order::GreaterOrEqual => (left >= right, left - right),
    };
    let (value, bound) = if comparison.bound_left { (right, left) } else { (left, right) };
    Truth { holds, margin: normalised(rho, bound), compared: Some(Compared { value, bound, shape: comparison.shape }) }
}
