//! `reports/servo.md`: each servo on the standard suite, against the limit.

mod reasons;
mod rivals;
mod swings;

use core::fmt::Write;

use crate::run::floors::Floors;
use crate::run::metrics::percentile;
use crate::run::servo_suite::{CAMERAS, Cell, DELAYS_MS, FOVS_DEG, Measured, NOISES_DEG, Peak, Profile, Still, Swept};

/// A servo and its runs.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// The runs of each cell, a seed each, in the order of [`Cell::all`].
    pub runs: Vec<Vec<Measured>>,
}

/// Somebody whom the default servo is compared with at 150 ms.
pub struct Rival {
    /// Its name.
    pub name: String,
    /// The runs of each cell, a seed each, in the order of the suite's cells of 150 ms.
    pub runs: Vec<Vec<Measured>>,
    /// Its RMS error is to be this many times ours, where a goal speaks of it.
    pub goal: Option<f64>,
}

/// What the report is made of.
pub struct Contents<'a> {
    /// The servos, the default one last.
    pub entries: &'a [Entry],
    /// The floors of the default servo's cells that are above their bounds, in the order of [`Cell::all`].
    pub floors: &'a [Option<Floors>],
    /// Those at 150 ms.
    pub rivals: &'a [Rival],
    /// The searches for the best `pid`.
    pub swept: &'a [Swept],
    /// Heads that should stand.
    pub stills: &'a [Still],
    /// Subjects that set off.
    pub peaks: &'a [Peak],
    /// The section on AutoPTZ's harness.
    pub harness: &'a str,
}

/// The medians of a cell's seeds.
#[derive(Clone, Copy, Debug)]
pub struct Medians {
    /// RMS error \[deg\].
    pub rms_deg: Option<f64>,
    /// It over the delayed oracle's.
    pub limit_ratio: Option<f64>,
    /// It over the clairvoyant's.
    pub clairvoyant_ratio: Option<f64>,
    /// RMS of the clairvoyant \[deg\].
    pub clairvoyant_deg: Option<f64>,
    /// RMS jerk \[deg/s³\].
    pub jerk_dps3: Option<f64>,
    /// RMS acceleration \[deg/s²\].
    pub acceleration_dps2: Option<f64>,
    /// Changes of direction.
    pub reversals_per_min: Option<f64>,
    /// Messages.
    pub commands_per_min: Option<f64>,
    /// Most of the seeds kept the subject.
    pub kept: bool,
}

impl Medians {
    /// Of some runs of one cell.
    pub fn of(runs: &[Measured]) -> Self {
        let median = |value: &dyn Fn(&Measured) -> Option<f64>| over(runs.iter().map(value), 0.5);
        Self {
            rms_deg: median(&|run| run.rms_deg),
            limit_ratio: median(&|run| run.limit_ratio),
            clairvoyant_ratio: median(&Measured::clairvoyant_ratio),
            clairvoyant_deg: median(&|run| run.clairvoyant_deg),
            jerk_dps3: median(&|run| run.jerk_dps3),
            acceleration_dps2: median(&|run| run.acceleration_dps2),
            reversals_per_min: median(&|run| run.reversals_per_min),
            commands_per_min: median(&|run| run.commands_per_min),
            kept: runs.iter().filter(|run| run.kept).count() * 2 > runs.len(),
        }
    }

    /// Within the cell's bound.
    pub fn within(&self, cell: &Cell) -> bool {
        self.limit_ratio.is_some_and(|ratio| ratio <= cell.bound())
    }

    /// Above it, or without a ratio because the subject was lost. Where the oracle is as good as exact there is no
    /// ratio, and nothing to be above.
    pub fn above(&self, cell: &Cell) -> bool {
        self.limit_ratio.map_or(!self.kept, |ratio| ratio > cell.bound())
    }
}

/// The report's body.
pub fn render(contents: &Contents<'_>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, contents);
    text
}

fn write(text: &mut String, contents: &Contents<'_>) -> core::fmt::Result {
    let cells = Cell::all();
    let tables: Vec<(&str, Vec<Medians>)> = contents
        .entries
        .iter()
        .map(|entry| (entry.name, entry.runs.iter().map(|runs| Medians::of(runs)).collect()))
        .collect();
    writeln!(
        text,
        "`limit_ratio` is the RMS error over that of a controller that knows the truth one total delay late, in the same \
         world (`src/run/oracle.rs`), from a second after the first lock on. The bound is 1.5, and 2 for boxes with \
         0.1° of noise. The oracle sees no noise and no speed codes. Medians over the seeds, then over the cells; the \
         default servo is the last.\n"
    )?;
    summary(text, &cells, &tables)?;
    if let Some((name, medians)) = tables.last() {
        reasons::write(text, name, &cells, medians, contents.floors)?;
        rivals::write(text, medians, contents)?;
    }
    swings::write(text, contents.stills, contents.peaks)?;
    sections(text, &cells, &tables)?;
    writeln!(text, "\n## AutoPTZ's harness\n\n{}", contents.harness)
}

/// Error, and what it is bought with.
fn summary(text: &mut String, cells: &[Cell], tables: &[(&str, Vec<Medians>)]) -> core::fmt::Result {
    writeln!(
        text,
        "| servo | cells within the bound | subject kept | ratio p50 | p90 | over the clairvoyant p50 | jerk RMS deg/s³ | \
         acceleration RMS deg/s² | reversals /min | commands /min |"
    )?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
    for (name, medians) in tables {
        let within = cells.iter().zip(medians).filter(|(cell, medians)| medians.within(cell)).count();
        let kept = medians.iter().filter(|medians| medians.kept).count();
        let p = |value: &dyn Fn(&Medians) -> Option<f64>, share: f64| over(medians.iter().map(value), share);
        writeln!(
            text,
            "| {name} | {within} of {} | {kept} | {} | {} | {} | {} | {} | {} | {} |",
            cells.len(),
            show(p(&|medians| medians.limit_ratio, 0.5), 2),
            show(p(&|medians| medians.limit_ratio, 0.9), 2),
            show(p(&|medians| medians.clairvoyant_ratio, 0.5), 1),
            show(p(&|medians| medians.jerk_dps3, 0.5), 0),
            show(p(&|medians| medians.acceleration_dps2, 0.5), 1),
            show(p(&|medians| medians.reversals_per_min, 0.5), 0),
            show(p(&|medians| medians.commands_per_min, 0.5), 0),
        )?;
    }
    let Some((_, medians)) = tables.last() else { return Ok(()) };
    let compared = medians.iter().filter(|medians| medians.clairvoyant_ratio.is_some()).count();
    writeln!(
        text,
        "\nThe clairvoyant knows the future; only the head limits it. Its own RMS is {}° (p50), {}° (p90); it is compared \
         with on the {compared} cells where it is above 0.005°. Jerk and acceleration are those of the real head, from \
         frame to frame, over both axes.",
        show(over(medians.iter().map(|medians| medians.clairvoyant_deg), 0.5), 4),
        show(over(medians.iter().map(|medians| medians.clairvoyant_deg), 0.9), 3),
    )
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

/// A percentile of what is there.
fn over(values: impl Iterator<Item = Option<f64>>, share: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.flatten().collect();
    percentile(&mut values, share)
}

fn show(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
}

/// "1.52 – 3.10", or one number where both are written alike.
fn range(values: impl Iterator<Item = Option<f64>> + Clone, decimals: usize) -> String {
    let (low, high) = (show(over(values.clone(), 0.0), decimals), show(over(values, 1.0), decimals));
    if low == high { low } else { format!("{low} – {high}") }
}
