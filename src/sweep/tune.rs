//! Tuning: points are chosen by what the points before came to.
//!
//! One objective: CMA-ES (Hansen, *The CMA Evolution Strategy: A Tutorial*, arXiv 1604.00772, 2016), by the crate
//! `cmaes`, in the unit cube of the parameters' ranges; it starts again from a random point when it has converged.
//! Several: NSGA-II (`tune/nsga.rs`).
//!
//! Every trial is a part of a table ([`part`]), so that a tuner that was stopped meets its own trials again, and goes
//! on. The first trial is where the parameters `start`.

mod nsga;

use core::cell::RefCell;
use core::sync::atomic::{AtomicBool, AtomicU64};
use std::fs;
use std::path::Path;

use cmaes::{CMAESOptions, DVector};
use tiltyard_sim::rng;

use super::execute::{Failed, Runs};
use super::file::Goal;
use super::parameter::Setting;
use super::part::{self, Origin, PartId};
use super::plan::Plan;
use super::row::Row;
use super::score::{Scored, State, Tally, ranked};
use crate::run::Stopwatch;

/// Width of the first steps, in ranges.
const STEP: f64 = 0.3;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Tuned {
    /// A row a run, ascending.
    pub rows: Vec<Row>,
    /// The trials, the best first.
    pub points: Vec<Scored>,
    /// It was told to stop before the last trial.
    pub stopped: bool,
    /// Runs that were made now.
    pub made: u64,
    /// From start to end \[s\].
    pub wall_s: f64,
}

/// Why it goes no further now.
#[derive(Debug)]
enum End {
    Stopped,
    /// All trials were made.
    Spent,
    Failed(Failed),
}

/// Tries points, and remembers them.
struct Bench<'a> {
    plan: &'a Plan,
    folder: &'a Path,
    origin: Origin,
    workers: usize,
    stop: &'a AtomicBool,
    step: &'a (dyn Fn(u64) + Sync),
    running_ns: AtomicU64,
    rows: Vec<Row>,
    tallies: Vec<Tally>,
    made: u64,
}

/// Tunes. `step` hears of every run.
pub fn tune(
    plan: &Plan,
    folder: &Path,
    workers: usize,
    stop: &AtomicBool,
    step: &(dyn Fn(u64) + Sync),
) -> Result<Tuned, Failed> {
    let stopwatch = Stopwatch::start();
    fs::create_dir_all(folder.join("parts")).map_err(|error| Failed::Disk(folder.join("parts"), error))?;
    let mut bench = Bench {
        plan,
        folder,
        origin: Origin::of(plan),
        workers,
        stop,
        step,
        running_ns: AtomicU64::new(0),
        rows: Vec::new(),
        tallies: Vec::new(),
        made: 0,
    };
    let seed = plan.file.document.tune.map_or(0, |tune| tune.seed);
    let ended =
        if plan.file.document.objective.len() > 1 { nsga::search(&mut bench, seed) } else { by_cma(&mut bench, seed) };
    let stopped = match ended {
        End::Failed(failed) => return Err(failed),
        End::Stopped => true,
        End::Spent => false,
    };
    let Bench { rows, tallies, made, .. } = bench;
    let points = ranked(&plan.file.document, tallies, plan.cells());
    Ok(Tuned { rows, points, stopped, made, wall_s: stopwatch.elapsed_s() })
}

/// Where the parameters begin, as shares of their ranges.
fn start(plan: &Plan) -> Vec<f64> {
    let share = |parameter: &super::parameter::Parameter| parameter.start.and_then(|start| parameter.share_of(start));
    plan.parameters().iter().map(|parameter| share(parameter).unwrap_or(0.5)).collect()
}

impl Bench<'_> {
    /// Tries a point of the unit cube.
    fn attempt(&mut self, shares: &[f64]) -> Result<Scored, End> {
        let number = self.tallies.len() as u64;
        if number >= self.plan.points {
            return Err(End::Spent);
        }
        let settings: Vec<Setting> =
            self.plan.parameters().iter().zip(shares).map(|(parameter, share)| parameter.at(*share)).collect();
        let rows = self.rows_of(number, &settings)?;
        let document = &self.plan.file.document;
        let mut tally = Tally::new(document, number, settings);
        for row in &rows {
            tally.add(document, row);
        }
        self.rows.extend(rows);
        self.tallies.push(tally.clone());
        Ok(tally.scored(document, self.plan.cells()))
    }

    /// The runs of a trial: from its part, if that is there and of these values, or made now.
    fn rows_of(&mut self, number: u64, settings: &[Setting]) -> Result<Vec<Row>, End> {
        let id = PartId { rung: 0, number };
        if let Ok(rows) = part::read(self.plan, self.folder, id, self.origin)
            && rows.len() as u64 == self.plan.cells()
            && rows.iter().all(|row| row.has(settings))
        {
            (self.step)(rows.len() as u64);
            return Ok(rows);
        }
        let (plan, running_ns, step) = (self.plan, &self.running_ns, self.step);
        let runs = Runs { plan, point: number, settings, running_ns, step };
        let Some(rows) = runs.make_all(self.workers, self.stop).map_err(End::Failed)? else {
            return Err(End::Stopped);
        };
        part::write(self.folder, id, self.origin, &rows)
            .map_err(|error| End::Failed(Failed::Disk(id.path(self.folder), error)))?;
        self.made += rows.len() as u64;
        Ok(rows)
    }
}

/// What is made small: the first objective; behind all that keep the constraints, those that break one; behind them,
/// those without a value. CMA-ES looks at the order alone.
fn cost(plan: &Plan, scored: &Scored) -> f64 {
    let document = &plan.file.document;
    let sign = document.objective.first().map_or(1.0, |first| if first.goal() == Goal::Least { 1.0 } else { -1.0 });
    let value = scored.objectives.first().copied().flatten();
    match (&scored.state, value) {
        (State::Kept, Some(value)) => sign * value,
        (State::Broken(_), _) => 1e12 + violation(plan, scored),
        _ => 1e15,
    }
}

/// By how much the constraints are broken together, each in units of its bound.
fn violation(plan: &Plan, scored: &Scored) -> f64 {
    let each = plan.file.document.constraint.iter().zip(&scored.constraints);
    each.map(|(constraint, value)| {
        let over = |bound: Option<f64>, sign: f64| match (bound, value) {
            (Some(bound), Some(value)) => {
                let by = sign * (value - bound) / if bound == 0.0 { 1.0 } else { bound.abs() };
                if by > 0.0 { by } else { 0.0 }
            }
            _ => 0.0,
        };
        over(constraint.at_most, 1.0) + over(constraint.at_least, -1.0)
    })
    .fold(0.0, |sum, by| sum + by)
}

fn by_cma(bench: &mut Bench<'_>, seed: u64) -> End {
    let mut stream = rng::stream(seed, "tune.cma");
    let mut mean = start(bench.plan);
    // Where it begins is tried as it is: nobody wants to end up with less than they had.
    if let Err(end) = bench.attempt(&mean) {
        return end;
    }
    loop {
        let end: RefCell<Option<End>> = RefCell::new(None);
        {
            let tried = RefCell::new(&mut *bench);
            let objective = |x: &DVector<f64>| {
                if end.borrow().is_some() {
                    return f64::MAX;
                }
                let inside: Vec<f64> = x.iter().map(|share| share.clamp(0.0, 1.0)).collect();
                // Beyond the range it is as at its edge, and a little worse the further out.
                let beyond: f64 = x.iter().zip(&inside).map(|(x, inside)| (x - inside) * (x - inside)).sum();
                let mut bench = tried.borrow_mut();
                match bench.attempt(&inside) {
                    Ok(scored) => {
                        let cost = cost(bench.plan, &scored);
                        cost + (1.0 + cost.abs()) * beyond
                    }
                    Err(ended) => {
                        *end.borrow_mut() = Some(ended);
                        f64::MAX
                    }
                }
            };
            let options = CMAESOptions::new(mean.clone(), STEP).seed(stream.bits());
            // It refuses steps and sizes that make no sense, which these are not; a crate that changed its mind ends
            // the search with what there is.
            let Ok(mut state) = options.build(objective) else { return End::Spent };
            while end.borrow().is_none() && state.next().is_none() {}
        }
        if let Some(end) = end.into_inner() {
            return end;
        }
        mean = mean.iter().map(|_| stream.uniform()).collect();
    }
}
