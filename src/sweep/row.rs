//! A run of a sweep as a row of its table.
//!
//! Numbers are written as the shortest digits that read back to the same bits, so equal runs give equal rows on every
//! machine; the wall time is not in it.

use super::parameter::{Parameter, Setting};
use super::plan::{Cell, Plan};
use crate::run::RunResult;
use crate::scenario::Metric;

/// Columns before the parameters.
const BEFORE: [&str; 8] = ["run", "point", "scenario", "camera", "seed", "verdict", "margin", "chain"];
/// Where the verdict stands.
const VERDICT: usize = 5;
/// Where the margin stands.
const MARGIN: usize = 6;

/// A row that was made, or read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Number of the run.
    pub run: u64,
    /// Its point.
    pub point: u64,
    /// All cells.
    pub cells: Vec<String>,
}

/// Names of all columns.
pub fn columns(parameters: &[Parameter]) -> Vec<String> {
    let before = BEFORE.into_iter().map(str::to_owned);
    let own = parameters.iter().map(|parameter| parameter.name().to_owned());
    let metrics = Metric::names().into_iter().map(str::to_owned);
    before.chain(own).chain(metrics).chain(["reason".to_owned()]).collect()
}

impl Row {
    /// Of a run.
    pub fn new(plan: &Plan, run: u64, cell: Cell, point: &[Setting], result: &RunResult) -> Self {
        let number = run / plan.cells();
        let shown = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let before = [
            run.to_string(),
            number.to_string(),
            result.scenario.clone(),
            plan.camera(cell).to_owned(),
            result.seed.to_string(),
            result.verdict.name().to_owned(),
            shown(result.margin),
            result.chain.clone(),
        ];
        let own = point.iter().map(|setting| setting.shown.clone());
        let metrics = Metric::ALL.into_iter().map(|metric| shown(result.metrics.get(metric)));
        // A line is a row.
        let reason = result.reason.as_deref().unwrap_or_default().replace(['\n', '\r'], " ");
        Self { run, point: number, cells: before.into_iter().chain(own).chain(metrics).chain([reason]).collect() }
    }

    /// Reads one back; `None` if it is no row of this plan.
    pub fn read(plan: &Plan, cells: Vec<String>) -> Option<Self> {
        let run: u64 = cells.first()?.parse().ok()?;
        let point: u64 = cells.get(1)?.parse().ok()?;
        let fits = cells.len() == columns(plan.parameters()).len() && run < plan.runs() && point == run / plan.cells();
        fits.then_some(Self { run, point, cells })
    }

    /// Whether it is of a point with these values.
    pub fn has(&self, settings: &[Setting]) -> bool {
        settings.iter().zip(self.cells.iter().skip(BEFORE.len())).all(|(setting, cell)| setting.shown == *cell)
    }

    /// Its verdict.
    pub fn verdict(&self) -> &str {
        self.cells.get(VERDICT).map_or("", String::as_str)
    }

    /// A metric, or the margin, in this run; `None` where it has none.
    pub fn value(&self, name: &str, parameters: usize) -> Option<f64> {
        let place = match Metric::from_name(name) {
            Some(metric) => BEFORE.len() + parameters + metric as usize,
            None => MARGIN,
        };
        self.cells.get(place)?.parse().ok().filter(|value: &f64| !value.is_nan())
    }
}
