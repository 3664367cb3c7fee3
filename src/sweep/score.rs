//! What the runs of a point come to: objectives, constraints, rank and front.

use tiltyard_visca::num::{max, min};

use super::file::{Constraint, Document, Goal, Objective, Over};
use super::parameter::Setting;
use super::row::Row;

/// The numbers of a point's runs that are asked for, in the order of the runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Which point.
    pub point: u64,
    /// Its values.
    pub settings: Vec<Setting>,
    /// Runs that were made.
    pub runs: u64,
    /// Of each objective.
    objectives: Vec<Vec<f64>>,
    /// Of each constraint.
    constraints: Vec<Vec<f64>>,
    /// Why it has no value.
    pub lacks: Option<String>,
}

/// A point with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Which point.
    pub point: u64,
    /// Its values.
    pub settings: Vec<Setting>,
    /// Runs that were made.
    pub runs: u64,
    /// Each objective.
    pub objectives: Vec<Option<f64>>,
    /// Each constraint's number.
    pub constraints: Vec<Option<f64>>,
    /// What became of it.
    pub state: State,
    /// Nobody is better in one objective and no worse in all others.
    pub front: bool,
    /// From 1, the best first.
    pub rank: u64,
}

/// What became of a point.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// All its runs were made, and it keeps all constraints.
    Kept,
    /// It breaks this constraint.
    Broken(String),
    /// It was given up in the race.
    Dropped,
    /// A run had no value for it.
    NoValue(String),
}

impl State {
    /// In tables.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Broken(_) => "broken",
            Self::Dropped => "dropped",
            Self::NoValue(_) => "no value",
        }
    }

    /// The words after the name.
    pub fn reason(&self) -> &str {
        match self {
            Self::Broken(reason) | Self::NoValue(reason) => reason,
            Self::Kept | Self::Dropped => "",
        }
    }
}

impl Tally {
    /// Of a point without runs.
    pub fn new(document: &Document, point: u64, settings: Vec<Setting>) -> Self {
        Self {
            point,
            settings,
            runs: 0,
            objectives: vec![Vec::new(); document.objective.len()],
            constraints: vec![Vec::new(); document.constraint.len()],
            lacks: None,
        }
    }

    /// Takes a run in.
    pub fn add(&mut self, document: &Document, row: &Row) {
        self.runs += 1;
        let parameters = document.parameter.len();
        let mut value = |metric: &str, absent: Option<f64>| {
            // The counters of a run that could not be made are zero, which would look like the best of all.
            let found = row.value(metric, parameters).or(absent).filter(|_| row.verdict() != "invalid");
            if found.is_none() && self.lacks.is_none() {
                let what = if row.verdict() == "invalid" { "is invalid" } else { "has no such number" };
                self.lacks = Some(format!("{metric}: run {} {what}", row.run));
            }
            found
        };
        for (Objective { metric, absent, .. }, values) in document.objective.iter().zip(&mut self.objectives) {
            values.extend(value(metric, *absent));
        }
        for (Constraint { metric, absent, .. }, values) in document.constraint.iter().zip(&mut self.constraints) {
            values.extend(value(metric, *absent));
        }
    }

    /// The objectives so far.
    pub fn objectives(&self, document: &Document) -> Vec<Option<f64>> {
        let each = document.objective.iter().zip(&self.objectives);
        each.map(|(objective, values)| aggregate(values, objective.over, objective.goal() == Goal::Least)).collect()
    }

    /// A constraint over the worst of the runs that is broken already: no further run can mend it.
    pub fn beyond_mending(&self, document: &Document) -> Option<String> {
        let mut each = document.constraint.iter().zip(&self.constraints);
        each.find_map(|(constraint, values)| {
            (constraint.over() == Over::Worst && !keeps(constraint, values)?).then(|| constraint.name())
        })
    }

    /// What it comes to, when `whole` is the number of runs of a point.
    pub(super) fn scored(self, document: &Document, whole: u64) -> Scored {
        let objectives = self.objectives(document);
        let number = |(constraint, values): (&Constraint, &Vec<f64>)| {
            aggregate(values, constraint.over(), constraint.at_most.is_some())
        };
        let constraints = document.constraint.iter().zip(&self.constraints).map(number).collect();
        let mut each = document.constraint.iter().zip(&self.constraints);
        let broken = each.find(|(constraint, values)| keeps(constraint, values) == Some(false));
        let state = match (self.lacks, broken) {
            (Some(reason), _) => State::NoValue(reason),
            (None, Some((constraint, _))) => State::Broken(constraint.name()),
            (None, None) if self.runs < whole => State::Dropped,
            (None, None) => State::Kept,
        };
        let (point, settings, runs) = (self.point, self.settings, self.runs);
        Scored { point, settings, runs, objectives, constraints, state, front: false, rank: 0 }
    }
}

/// Whether these values keep a constraint; `None` without any.
fn keeps(constraint: &Constraint, values: &[f64]) -> Option<bool> {
    let low = constraint.at_least.map(|low| Some(aggregate(values, constraint.over(), false)? >= low));
    let high = constraint.at_most.map(|high| Some(aggregate(values, constraint.over(), true)? <= high));
    match (low, high) {
        (Some(low), Some(high)) => Some(low? && high?),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => Some(true),
    }
}

/// One number of many; `None` of none. `large_is_bad` says which end is the worst.
pub fn aggregate(values: &[f64], over: Over, large_is_bad: bool) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let mean = |values: &[f64]| values.iter().fold(0.0, |sum, value| sum + value) / values.len() as f64;
    match over {
        Over::Mean => Some(mean(values)),
        Over::Worst => values.iter().copied().reduce(if large_is_bad { max } else { min }),
        Over::Cvar(share) => {
            let mut sorted = values.to_vec();
            sorted.sort_by(|a, b| if large_is_bad { b.total_cmp(a) } else { a.total_cmp(b) });
            let worst = libm::ceil(share * values.len() as f64) as usize;
            sorted.get(..worst.clamp(1, values.len())).map(mean)
        }
    }
}

/// Whether objectives `a` are better than `b`, the first that differs deciding; a missing one is the worst.
fn better(document: &Document, a: &[Option<f64>], b: &[Option<f64>]) -> core::cmp::Ordering {
    let mut each = document.objective.iter().zip(a.iter().zip(b));
    let first = each.find_map(|(objective, (a, b))| {
        let ordering = match (a, b, objective.goal()) {
            (Some(a), Some(b), Goal::Least) => a.total_cmp(b),
            (Some(a), Some(b), Goal::Most) => b.total_cmp(a),
            (Some(_), None, _) => core::cmp::Ordering::Less,
            (None, Some(_), _) => core::cmp::Ordering::Greater,
            (None, None, _) => core::cmp::Ordering::Equal,
        };
        ordering.is_ne().then_some(ordering)
    });
    first.unwrap_or(core::cmp::Ordering::Equal)
}

/// `a` is no worse than `b` in any objective, and better in one.
pub(super) fn dominates(document: &Document, a: &[Option<f64>], b: &[Option<f64>]) -> bool {
    let mut better_once = false;
    for (objective, (a, b)) in document.objective.iter().zip(a.iter().zip(b)) {
        let (Some(a), Some(b)) = (a, b) else { return false };
        let (a, b) = if objective.goal() == Goal::Least { (a, b) } else { (b, a) };
        if a > b {
            return false;
        }
        better_once |= a < b;
    }
    better_once
}

/// All points with their numbers, ranks and front, the best first; ties in the order of the points.
pub fn ranked(document: &Document, tallies: Vec<Tally>, whole: u64) -> Vec<Scored> {
    let mut scored: Vec<Scored> = tallies.into_iter().map(|tally| tally.scored(document, whole)).collect();
    // How far the state is from being of use; points that broke something are still told apart by their objectives.
    let class = |state: &State| match state {
        State::Kept => 0,
        State::Broken(_) => 1,
        State::Dropped => 2,
        State::NoValue(_) => 3,
    };
    scored.sort_by(|a, b| {
        let by_state = class(&a.state).cmp(&class(&b.state));
        by_state.then_with(|| better(document, &a.objectives, &b.objectives)).then(a.point.cmp(&b.point))
    });
    let mut front: Vec<Vec<Option<f64>>> = Vec::new();
    for (place, point) in scored.iter_mut().enumerate() {
        point.rank = place as u64 + 1;
        // Whoever comes later in this order cannot dominate whoever came before.
        point.front =
            point.state == State::Kept && !front.iter().any(|other| dominates(document, other, &point.objectives));
        if point.front {
            front.push(point.objectives.clone());
        }
    }
    scored
}
