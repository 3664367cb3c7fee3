//! `reports/servo.md`: each servo on the standard suite, against the limit.

use core::fmt::Write;

use crate::run::RunResult;
use crate::run::metrics::percentile;
use crate::run::servo_suite::{CAMERAS, Cell, DELAYS_MS, FOVS_DEG, NOISES_DEG, Profile};

/// A servo and its runs.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// The runs of each cell, a seed each, in the order of [`Cell::all`].
    pub runs: Vec<Vec<RunResult>>,
}

/// So many of the cells farthest from their bound are listed.
const WORST: usize = 25;
/// A cell that was tracked less than this share of the time lost its subject.
const KEPT: f64 = 0.9;

/// The medians of a cell's seeds.
struct Medians {
    rms_deg: Option<f64>,
    limit_ratio: Option<f64>,
    reversals_per_min: Option<f64>,
    commands_per_min: Option<f64>,
    kept: bool,
}

impl Medians {
    fn of(runs: &[RunResult]) -> Self {
        let median = |value: &dyn Fn(&RunResult) -> Option<f64>| {
            let mut values: Vec<f64> = runs.iter().filter_map(value).collect();
            percentile(&mut values, 0.5)
        };
        let a_minute = |count: u64, run: &RunResult| count as f64 * 60.0 / run.sim_s;
        Self {
            rms_deg: median(&|run| run.metrics.rms_error_deg),
            limit_ratio: median(&|run| run.metrics.limit_ratio),
            reversals_per_min: median(&|run| Some(a_minute(run.metrics.reversals, run))),
            commands_per_min: median(&|run| Some(a_minute(run.metrics.commands_sent, run))),
            kept: median(&|run| run.metrics.tf).is_some_and(|out_of_view| out_of_view < 1.0 - KEPT),
        }
    }
}

/// The report's body; `harness` is the section on AutoPTZ's harness.
pub fn render(entries: &[Entry], harness: &str) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, entries, harness);
    text
}

fn write(text: &mut String, entries: &[Entry], harness: &str) -> core::fmt::Result {
    let cells = Cell::all();
    let tables: Vec<(&str, Vec<Medians>)> =
        entries.iter().map(|entry| (entry.name, entry.runs.iter().map(|runs| Medians::of(runs)).collect())).collect();
    writeln!(
        text,
        "`limit_ratio` is the RMS error over that of a controller that knows the truth one total delay late, in the same \
         world (`src/run/oracle.rs`). The bound is 1.5, and 2 for boxes with 0.1° of noise. The oracle sees no noise: \
         at 50 ms and 0.05° it is out of reach for any filter of boxes. Medians over the seeds, then over the cells.\n"
    )?;
    writeln!(
        text,
        "| servo | cells within the bound | subject kept | ratio p50 | p90 | reversals /min | commands /min |"
    )?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|---:|")?;
    for (name, medians) in &tables {
        let within =
            |(cell, medians): (&Cell, &Medians)| medians.limit_ratio.is_some_and(|ratio| ratio <= cell.bound());
        let within = cells.iter().zip(medians).filter(|pair| within(*pair)).count();
        let kept = medians.iter().filter(|medians| medians.kept).count();
        writeln!(
            text,
            "| {name} | {within} of {} | {kept} | {} | {} | {} | {} |",
            cells.len(),
            show(over(medians.iter().map(|medians| medians.limit_ratio), 0.5), 2),
            show(over(medians.iter().map(|medians| medians.limit_ratio), 0.9), 2),
            show(over(medians.iter().map(|medians| medians.reversals_per_min), 0.5), 0),
            show(over(medians.iter().map(|medians| medians.commands_per_min), 0.5), 0),
        )?;
    }
    sections(text, &cells, &tables)?;
    for (name, medians) in &tables {
        worst(text, name, &cells, medians)?;
    }
    writeln!(text, "\n## AutoPTZ's harness\n\n{harness}")
}

/// The median ratio by each axis of the matrix, a column a servo.
fn sections(text: &mut String, cells: &[Cell], tables: &[(&str, Vec<Medians>)]) -> core::fmt::Result {
    let named = |profile: Profile| profile.name().to_owned();
    section(text, cells, tables, "profile", (&Profile::ALL, |cell| cell.profile, named))?;
    section(text, cells, tables, "total delay", (&DELAYS_MS, |cell| cell.delay_ms, |delay| format!("{delay} ms")))?;
    let degrees = |angle_deg: f64| format!("{angle_deg}°");
    section(text, cells, tables, "field of view", (&FOVS_DEG, |cell| cell.fov_deg, degrees))?;
    section(text, cells, tables, "box noise", (&NOISES_DEG, |cell| cell.noise_deg, degrees))?;
    section(text, cells, tables, "camera", (&CAMERAS, |cell| cell.camera, str::to_owned))
}

/// One axis of the matrix: its values, where a cell has one, and how it is written.
type Dimension<'a, T> = (&'a [T], fn(&Cell) -> T, fn(T) -> String);

fn section<T: Copy + PartialEq>(
    text: &mut String,
    cells: &[Cell],
    tables: &[(&str, Vec<Medians>)],
    title: &str,
    (values, of, shown): Dimension<'_, T>,
) -> core::fmt::Result {
    let columns: Vec<String> = tables.iter().map(|(name, _)| format!("{name} ratio | RMS deg")).collect();
    writeln!(text, "\n## By {title}\n\n| {title} | {} |", columns.join(" | "))?;
    writeln!(text, "|---|{}", "---:|---:|".repeat(tables.len()))?;
    for value in values {
        write!(text, "| {} |", shown(*value))?;
        for (_, medians) in tables {
            let chosen =
                || cells.iter().zip(medians).filter(|(cell, _)| of(cell) == *value).map(|(_, medians)| medians);
            let ratio = over(chosen().map(|medians| medians.limit_ratio), 0.5);
            let rms = over(chosen().map(|medians| medians.rms_deg), 0.5);
            write!(text, " {} | {} |", show(ratio, 2), show(rms, 3))?;
        }
        writeln!(text)?;
    }
    Ok(())
}

/// The cells farthest beyond their bound, and those without a ratio.
fn worst(text: &mut String, name: &str, cells: &[Cell], medians: &[Medians]) -> core::fmt::Result {
    let mut beyond: Vec<(f64, &Cell, &Medians)> = cells
        .iter()
        .zip(medians)
        .map(|(cell, medians)| (medians.limit_ratio.map_or(f64::INFINITY, |ratio| ratio / cell.bound()), cell, medians))
        .filter(|(excess, ..)| *excess > 1.0)
        .collect();
    beyond.sort_by(|a, b| b.0.total_cmp(&a.0));
    writeln!(text, "\n## {name}: the worst of {} cells beyond the bound\n", beyond.len())?;
    writeln!(text, "| cell | ratio | RMS deg | subject kept | reversals /min |\n|---|---:|---:|---|---:|")?;
    for (_, cell, medians) in beyond.iter().take(WORST) {
        let kept = if medians.kept { "yes" } else { "no" };
        let (ratio, rms) = (show(medians.limit_ratio, 2), show(medians.rms_deg, 3));
        writeln!(text, "| {cell} | {ratio} | {rms} | {kept} | {} |", show(medians.reversals_per_min, 0))?;
    }
    Ok(())
}

/// A percentile of what is there.
fn over(values: impl Iterator<Item = Option<f64>>, share: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.flatten().collect();
    percentile(&mut values, share)
}

fn show(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
}
