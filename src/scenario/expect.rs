//! Expectations: what a run promises, checked and typed.
//!
//! [`Expectation`] is what a `[[expect]]` table means; the table as written is [`document::Expect`](super::document).

use core::time::Duration;
use std::collections::BTreeSet;

use tiltyard_visca::SimTime;

use super::expression::{Dimension, Expression, Shape};
use super::metric::Metric;
use super::signal::Signal;

/// One `[[expect]]` table.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Its name, unique in the scenario.
    pub name: String,
    /// What is expected.
    pub verb: Verb,
    /// Line of the table in the scenario file, from 1; 0 when it came from elsewhere.
    pub line: usize,
}

/// What is expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    /// The condition becomes true between `after` and `after + within`, and stays true for `holds`.
    That {
        /// The condition.
        condition: Expression,
        /// Earliest moment at which it may begin to hold.
        after: SimTime,
        /// How long after that it may take.
        within: Duration,
        /// How long it must hold from there.
        holds: Duration,
    },
    /// The condition is true at every defined sample of the window.
    Always {
        /// The condition.
        condition: Expression,
        /// Where it is looked at.
        window: Window,
    },
    /// The condition is false at every defined sample of the window.
    Never {
        /// The condition.
        condition: Expression,
        /// Where it is looked at.
        window: Window,
    },
    /// Each time the trigger fires, the condition becomes true within a span, and stays true for `holds`.
    Whenever {
        /// What fires.
        trigger: Trigger,
        /// The condition.
        then: Expression,
        /// How long it may take.
        within: Duration,
        /// How long it must hold from there.
        holds: Duration,
        /// How often the trigger must fire; less is inconclusive.
        at_least: u32,
    },
    /// A statistic of the defined samples of the window keeps its bound.
    Statistic {
        /// Which statistic.
        statistic: Statistic,
        /// Of what.
        of: Expression,
        /// Its bound.
        bound: Bound,
        /// Where it is taken.
        window: Window,
    },
    /// A number of the whole run keeps its bound.
    Metric {
        /// Which number.
        metric: Metric,
        /// Its bound, in the unit of [`Metric::shape`].
        bound: Bound,
    },
}

/// A closed span of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First moment.
    pub from: SimTime,
    /// Last moment; `None` is the end of the run.
    pub until: Option<SimTime>,
}

/// An edge of a condition. Before the first defined sample every condition counts as false.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// The condition.
    pub condition: Expression,
    /// Which of its edges.
    pub edge: Edge,
}

/// Which edge of a condition fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// It becomes true.
    Starts,
    /// It becomes false.
    Ends,
}

/// A statistic over the defined samples of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// The root of the mean square.
    Rms,
    /// The 95th percentile by nearest rank.
    P95,
    /// The mean; of a condition: the fraction of samples at which it is true.
    Mean,
    /// Number of ticks at which a condition becomes true.
    Count,
}

/// What a statistic must keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// Less than this.
    Below(f64),
    /// More than this.
    Above(f64),
    /// At least the first, at most the second.
    Between(f64, f64),
}

impl Expectation {
    /// The signals that decide it.
    pub fn signals(&self) -> BTreeSet<Signal> {
        match &self.verb {
            Verb::That { condition, .. } | Verb::Always { condition, .. } | Verb::Never { condition, .. } => {
                condition.signals()
            }
            Verb::Whenever { trigger, then, .. } => &trigger.condition.signals() | &then.signals(),
            Verb::Statistic { of, .. } => of.signals(),
            Verb::Metric { .. } => BTreeSet::new(),
        }
    }

    /// The same with an open window closed at `end`, so that a run that is cut short leaves it undecided.
    #[must_use]
    pub fn closed_at(&self, end: SimTime) -> Self {
        let mut closed = self.clone();
        if let Verb::Always { window, .. } | Verb::Never { window, .. } | Verb::Statistic { window, .. } =
            &mut closed.verb
        {
            window.until.get_or_insert(end);
        }
        closed
    }
}

impl Statistic {
    /// Its key in a scenario file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::Min => "min",
            Self::Rms => "rms",
            Self::P95 => "p95",
            Self::Mean => "mean",
            Self::Count => "count",
        }
    }

    /// What the statistic of such a thing is; `None` when it has none.
    pub fn shape_of(self, of: Shape) -> Option<Shape> {
        match (self, of) {
            (Self::Count, Shape::Bool) => Some(Shape::Count),
            (Self::Mean, Shape::Bool) | (Self::Mean | Self::Rms, Shape::Count) => Some(Shape::Number(Dimension::NONE)),
            (Self::Count, _) | (_, Shape::Bool | Shape::Phase) => None,
            (_, shape) => Some(shape),
        }
    }
}
