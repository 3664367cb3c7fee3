//! The tables of a sweep: a row a run, a row a point. Stable order; equal bytes whoever made the parts.

use std::path::Path;

use super::execute::{Failed, Part, walk};
use super::part::{self, Origin, PartId, Unfit};
use super::plan::Plan;
use super::row::{Row, columns};
use super::score::{Scored, ranked};

/// What there is of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Parts of the rounds that can be told so far.
    pub parts: u64,
    /// Parts that are there.
    pub there: u64,
    /// Runs in them.
    pub runs: u64,
    /// Files that are not the parts that they should be, and why.
    pub unfit: Vec<String>,
}

impl Progress {
    /// All is there.
    pub fn is_whole(&self) -> bool {
        self.parts == self.there
    }
}

/// A sweep's rows, ascending, and its points, the best first.
#[derive(Clone, Debug)]
pub struct Merged {
    /// A row a run.
    pub rows: Vec<Row>,
    /// A row a point.
    pub points: Vec<Scored>,
}

/// Reads all parts; what is missing or unfit is in the progress, and nothing is merged then.
pub fn merge(plan: &Plan, folder: &Path) -> Result<(Progress, Option<Merged>), Failed> {
    let origin = Origin::of(plan);
    let mut progress = Progress::default();
    let mut all: Vec<Row> = Vec::new();
    let walked = walk(plan, |parts: &[Part]| {
        let mut rows = Vec::new();
        for part in parts {
            progress.parts += 1;
            match part::read(plan, folder, part.id, origin) {
                Ok(read) => {
                    progress.there += 1;
                    progress.runs += read.len() as u64;
                    rows.push(read);
                }
                Err(Unfit::Missing) => {}
                Err(unfit) => progress.unfit.push(told(folder, part.id, &unfit)),
            }
        }
        if progress.is_whole() {
            all.extend(rows.iter().flatten().cloned());
            return Ok(Some(rows));
        }
        Ok(None)
    })?;
    let merged = walked.map(|walked| {
        all.sort_by_key(|row| row.run);
        Merged { rows: all, points: ranked(&plan.file.document, walked.tallies, plan.cells()) }
    });
    Ok((progress, merged))
}

fn told(folder: &Path, id: PartId, unfit: &Unfit) -> String {
    format!("{} {unfit}", id.path(folder).display())
}

/// `runs.csv`.
pub fn runs_csv(plan: &Plan, rows: &[Row]) -> Vec<u8> {
    let names = columns(plan.parameters());
    part::lines(core::iter::once(names.as_slice()).chain(rows.iter().map(|row| row.cells.as_slice())))
}

/// `points.csv`: rank, point, values, runs, objectives, constraints, state, front.
pub fn points_csv(plan: &Plan, points: &[Scored]) -> Vec<u8> {
    let document = &plan.file.document;
    let mut names = vec!["rank".to_owned(), "point".to_owned()];
    names.extend(document.parameter.iter().map(|parameter| parameter.name().to_owned()));
    names.push("runs".to_owned());
    names.extend(document.objective.iter().map(super::file::Objective::name));
    names.extend(document.constraint.iter().map(super::file::Constraint::name));
    names.extend(["state", "reason", "front"].map(str::to_owned));
    let shown = |value: &Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let rows: Vec<Vec<String>> = points
        .iter()
        .map(|scored| {
            let mut row = vec![scored.rank.to_string(), scored.point.to_string()];
            row.extend(scored.settings.iter().map(|setting| setting.shown.clone()));
            row.push(scored.runs.to_string());
            row.extend(scored.objectives.iter().map(shown));
            row.extend(scored.constraints.iter().map(shown));
            row.extend([scored.state.name().to_owned(), scored.state.reason().to_owned()]);
            row.push(if scored.front { "yes" } else { "" }.to_owned());
            row
        })
        .collect();
    part::lines(core::iter::once(names.as_slice()).chain(rows.iter().map(Vec::as_slice)))
}
