//! Makes the runs of a sweep, part by part, as many at a time as there are workers.
//!
//! A part is some points with all that is to be run of them now. Workers take one after the other and write each when
//! it is whole; what is there already is not made again. So whoever is killed loses a part at most for each worker, and
//! the same command goes on where it was.

use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::parameter::Setting;
use super::part::{self, Origin, PartId, Unfit};
use super::plan::{Cell, Plan};
use super::row::Row;
use super::score::Tally;
use crate::run::{Stopwatch, each, run_scenario};
use crate::scenario::{Diagnostics, Scenario};

/// About so many runs are a part: a second or two of work.
const PART_RUNS: u64 = 100;

/// Some points, and which of their cells are run now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which one.
    pub id: PartId,
    /// The points, ascending.
    pub points: Vec<u64>,
    /// The cells of each.
    pub cells: Range<u64>,
}

/// Which parts are made here: those whose number leaves `index` when divided by `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub index: u64,
    /// Of how many.
    pub of: u64,
}

impl Shard {
    /// Everything.
    pub const ALL: Self = Self { index: 0, of: 1 };

    fn has(self, id: PartId) -> bool {
        id.number % self.of == self.index
    }
}

/// How it went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Runs that were made now.
    pub made: u64,
    /// Runs that were there.
    pub found: u64,
    /// Points that go on, or did to the end.
    pub survivors: Vec<u64>,
    /// It was told to stop before all was done.
    pub stopped: bool,
    /// From start to end \[s\].
    pub wall_s: f64,
    /// Of that, what all workers together spent inside runs \[s\].
    pub running_s: f64,
    /// Parts that were there and had to be made again, with the reason.
    pub redone: Vec<String>,
}

/// Why a sweep could not go on.
#[derive(Debug)]
pub enum Failed {
    /// Something could not be written or read.
    Disk(PathBuf, io::Error),
    /// A point makes a scenario that is wrong; which, and how.
    Point(u64, Box<Diagnostics>),
}

/// Rounds of a race: after so many cells of each point, the best share goes on.
fn rungs(plan: &Plan) -> Vec<u64> {
    let cells = plan.cells();
    let Some(first) = plan.file.document.stop.race_after else { return vec![cells] };
    let mut ends = vec![u64::from(first).min(cells)];
    while let Some(end) = ends.last().copied().filter(|end| *end < cells) {
        ends.push((end * 2).min(cells));
    }
    ends
}

/// The parts of a round.
fn parts(rung: u32, points: &[u64], cells: &Range<u64>) -> Vec<Part> {
    let points_each = (PART_RUNS / (cells.end - cells.start).max(1)).max(1);
    let chunks = points.chunks(points_each as usize).enumerate();
    chunks
        .map(|(number, points)| Part {
            id: PartId { rung, number: number as u64 },
            points: points.to_vec(),
            cells: cells.clone(),
        })
        .collect()
}

/// How many parts the first round has: more shards than that find nothing to do.
pub fn parts_of_first_round(plan: &Plan) -> u64 {
    let end = rungs(plan).first().copied().unwrap_or(0);
    let points_each = (PART_RUNS / end.max(1)).max(1);
    plan.points.div_ceil(points_each)
}

/// Walks the rounds: `visit` is given the parts of each and returns their rows in the order of the parts, `None` for
/// those of another shard. Returns the points that went through all, and the tallies of all points.
pub fn walk(
    plan: &Plan,
    mut visit: impl FnMut(&[Part]) -> Result<Option<Vec<Vec<Row>>>, Failed>,
) -> Result<Option<Walked>, Failed> {
    let (document, space) = (&plan.file.document, plan.space());
    let mut tallies: BTreeMap<u64, Tally> =
        (0..plan.points).map(|point| (point, Tally::new(document, point, space.point(point)))).collect();
    let mut alive: Vec<u64> = (0..plan.points).collect();
    let ends = rungs(plan);
    let mut from = 0;
    for (rung, end) in ends.iter().enumerate() {
        let parts = parts(rung as u32, &alive, &(from..*end));
        let Some(rows) = visit(&parts)? else { return Ok(None) };
        for row in rows.iter().flatten() {
            if let Some(tally) = tallies.get_mut(&row.point) {
                tally.add(document, row);
            }
        }
        from = *end;
        alive.retain(|point| {
            let tally = tallies.get(point);
            let done = tally.is_none_or(|tally| tally.lacks.is_some() || gives_up(plan, tally));
            !done
        });
        if rung + 1 < ends.len() {
            alive = fittest(plan, &alive, &tallies);
        }
    }
    Ok(Some(Walked { alive, tallies: tallies.into_values().collect() }))
}

/// What came of all rounds.
#[derive(Clone, Debug)]
pub struct Walked {
    /// Points that went through all.
    pub alive: Vec<u64>,
    /// Of all points, in their order.
    pub tallies: Vec<Tally>,
}

fn gives_up(plan: &Plan, tally: &Tally) -> bool {
    let document = &plan.file.document;
    document.stop.when_broken && tally.beyond_mending(document).is_some()
}

/// The best share of these points, in the order of their numbers.
fn fittest(plan: &Plan, alive: &[u64], tallies: &BTreeMap<u64, Tally>) -> Vec<u64> {
    let document = &plan.file.document;
    let share = document.stop.keep.unwrap_or(0.5);
    let keep = libm::ceil(share * alive.len() as f64) as usize;
    let runners: Vec<Tally> = alive.iter().filter_map(|point| tallies.get(point)).cloned().collect();
    let ranked = super::score::ranked(document, runners, 0);
    let mut best: Vec<u64> = ranked.iter().take(keep).map(|scored| scored.point).collect();
    best.sort_unstable();
    best
}

/// Makes what is not there yet. `step` hears of every run.
pub fn execute(
    plan: &Plan,
    folder: &Path,
    shard: Shard,
    workers: usize,
    stop: &AtomicBool,
    step: &(dyn Fn(u64) + Sync),
) -> Result<Outcome, Failed> {
    let stopwatch = Stopwatch::start();
    let origin = Origin::of(plan);
    fs::create_dir_all(folder.join("parts")).map_err(|error| Failed::Disk(folder.join("parts"), error))?;
    let running_ns = AtomicU64::new(0);
    let mut outcome = Outcome::default();
    let walked = walk(plan, |parts| {
        let mine: Vec<&Part> = parts.iter().filter(|part| shard.has(part.id)).collect();
        let work = |part: &&Part| -> Result<Made, Failed> {
            let redone = match part::read(plan, folder, part.id, origin) {
                Ok(rows) => {
                    step(rows.len() as u64);
                    return Ok(Made { rows, ..Made::default() });
                }
                Err(Unfit::Missing) => None,
                Err(unfit) => Some(format!("{} {unfit}", part.id.path(folder).display())),
            };
            let Some(rows) = make(plan, part, stop, &running_ns, step)? else {
                return Ok(Made { left: true, ..Made::default() });
            };
            part::write(folder, part.id, origin, &rows).map_err(|error| Failed::Disk(part.id.path(folder), error))?;
            Ok(Made { rows, new: true, redone, left: false })
        };
        let made: Vec<Made> = each(&mine, workers, &work).into_iter().collect::<Result<_, _>>()?;
        for one in &made {
            let runs = one.rows.len() as u64;
            if one.new {
                outcome.made += runs;
            } else {
                outcome.found += runs;
            }
            outcome.redone.extend(one.redone.clone());
        }
        if made.iter().any(|one| one.left) {
            outcome.stopped = true;
            return Ok(None);
        }
        Ok(Some(made.into_iter().map(|one| one.rows).collect()))
    })?;
    outcome.survivors = walked.map_or_else(Vec::new, |walked| walked.alive);
    outcome.wall_s = stopwatch.elapsed_s();
    outcome.running_s = running_ns.load(Ordering::Relaxed) as f64 * 1e-9;
    Ok(outcome)
}

/// A part that is done, or was left.
#[derive(Default)]
struct Made {
    rows: Vec<Row>,
    new: bool,
    redone: Option<String>,
    /// It was told to stop before it was done.
    left: bool,
}

/// Makes the runs of a part, one after the other; `None` if it was told to stop.
fn make(
    plan: &Plan,
    part: &Part,
    stop: &AtomicBool,
    running_ns: &AtomicU64,
    step: &(dyn Fn(u64) + Sync),
) -> Result<Option<Vec<Row>>, Failed> {
    let space = plan.space();
    let mut rows = Vec::new();
    for &point in &part.points {
        let settings = space.point(point);
        let runs = Runs { plan, point, settings: &settings, running_ns, step };
        match runs.make(part.cells.clone(), stop)? {
            Some(made) => rows.extend(made),
            None => return Ok(None),
        }
    }
    Ok(Some(rows))
}

/// The runs of one point.
pub(super) struct Runs<'a> {
    pub plan: &'a Plan,
    pub point: u64,
    pub settings: &'a [Setting],
    pub running_ns: &'a AtomicU64,
    pub step: &'a (dyn Fn(u64) + Sync),
}

impl Runs<'_> {
    /// Makes them, one after the other; `None` if it was told to stop.
    fn make(&self, cells: Range<u64>, stop: &AtomicBool) -> Result<Option<Vec<Row>>, Failed> {
        let document = &self.plan.file.document;
        let mut tally = Tally::new(document, self.point, Vec::new());
        // Seeds are the outer loop: each scenario is read once.
        let mut scenarios: BTreeMap<(usize, usize), Scenario> = BTreeMap::new();
        let mut rows = Vec::new();
        for number in cells {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let cell = self.plan.cell(number);
            let scenario = match scenarios.entry((cell.scenario, cell.camera)) {
                Entry::Occupied(there) => there.into_mut(),
                Entry::Vacant(place) => place.insert(self.scenario(cell)?),
            };
            let row = self.row(number, cell, scenario);
            tally.add(document, &row);
            rows.push(row);
            if gives_up(self.plan, &tally) {
                break;
            }
        }
        Ok(Some(rows))
    }

    /// Makes those of all cells, several at a time; `None` if it was told to stop.
    #[cfg(feature = "tune")]
    pub fn make_all(&self, workers: usize, stop: &AtomicBool) -> Result<Option<Vec<Row>>, Failed> {
        let numbers: Vec<u64> = (0..self.plan.cells()).collect();
        let rows = each(&numbers, workers, &|&number: &u64| {
            let cell = self.plan.cell(number);
            let stopped = stop.load(Ordering::Relaxed);
            if stopped { Ok(None) } else { Ok(Some(self.row(number, cell, &self.scenario(cell)?))) }
        });
        rows.into_iter().collect()
    }

    fn scenario(&self, cell: Cell) -> Result<Scenario, Failed> {
        let loaded = self.plan.scenario(cell, self.settings);
        loaded.map_err(|wrong| Failed::Point(self.point, Box::new(wrong)))
    }

    fn row(&self, number: u64, cell: Cell, scenario: &Scenario) -> Row {
        let result = run_scenario(scenario, self.plan.seed(cell));
        self.running_ns.fetch_add((result.wall_s * 1e9) as u64, Ordering::Relaxed);
        (self.step)(1);
        Row::new(self.plan, self.point * self.plan.cells() + number, cell, self.settings, &result)
    }
}
