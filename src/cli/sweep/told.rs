//! What a sweep says on a terminal.

use std::fmt::Write;
use std::path::Path;

use crate::sweep::score::{Scored, State};
use crate::sweep::{Outcome, Plan, Progress, Shard};

/// So many points are shown.
const SHOWN: usize = 10;

/// It was told to stop.
pub fn stopped(plan: &Plan, folder: &Path, outcome: &Outcome) -> String {
    format!(
        "stopped: {} of {} runs are in {} (the same command goes on)\n",
        outcome.made + outcome.found,
        plan.runs(),
        folder.display()
    )
}

/// A share was made.
pub fn share(plan: &Plan, folder: &Path, shard: Shard, outcome: &Outcome, workers: usize) -> String {
    format!(
        "share {}/{} of {}: {} runs in {}{}\n",
        shard.index + 1,
        shard.of,
        plan.file.name,
        outcome.made + outcome.found,
        folder.display(),
        rate(outcome, workers)
    )
}

/// How far it is.
pub fn status(plan: &Plan, folder: &Path, progress: &Progress) -> String {
    let rounds = if progress.is_whole() { "" } else { " so far" };
    let mut text = format!(
        "{}: {} points of {} runs; {} of {} parts{rounds} and {} runs are in {}\n",
        plan.file.name,
        plan.points,
        plan.cells(),
        progress.there,
        progress.parts,
        progress.runs,
        folder.display()
    );
    for unfit in &progress.unfit {
        let _ = writeln!(text, "{unfit}");
    }
    text
}

/// `; 9800 made in 61.0 s: 160.7 a second, workers 97.1 % of it in runs`
fn rate(outcome: &Outcome, workers: usize) -> String {
    if outcome.made == 0 || outcome.wall_s <= 0.0 {
        return String::new();
    }
    format!(
        "; {} made in {:.1} s: {:.1} a second, {workers} workers {:.1} % of it in runs",
        outcome.made,
        outcome.wall_s,
        outcome.made as f64 / outcome.wall_s,
        100.0 * outcome.running_s / outcome.wall_s / workers as f64
    )
}

/// The best points, and how to run the first of them.
pub fn best(plan: &Plan, folder: &Path, points: &[Scored], runs: usize, made: Option<(&Outcome, usize)>) -> String {
    let document = &plan.file.document;
    let mut names = vec!["rank".to_owned(), "point".to_owned()];
    names.extend(document.parameter.iter().map(|parameter| parameter.name().to_owned()));
    names.extend(document.objective.iter().map(crate::sweep::file::Objective::name));
    names.extend(document.constraint.iter().map(crate::sweep::file::Constraint::name));
    names.push("state".to_owned());
    let number = |value: &Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    let mut rows = vec![names];
    for scored in points.iter().take(SHOWN) {
        let mut row = vec![scored.rank.to_string(), scored.point.to_string()];
        row.extend(scored.settings.iter().map(|setting| setting.shown.clone()));
        row.extend(scored.objectives.iter().chain(&scored.constraints).map(number));
        let front = if scored.front && document.objective.len() > 1 { ", front" } else { "" };
        row.push(format!("{}{front}", scored.state.name()));
        rows.push(row);
    }
    let mut text = format!("{}\n", document.title);
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len))
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        let _ = writeln!(text, "  {}", cells.join("  ").trim_end());
    }
    if points.len() > SHOWN {
        let _ = writeln!(text, "  … {} more in {}", points.len() - SHOWN, folder.join("points.csv").display());
    }
    if let Some(best) = points.first().filter(|best| best.state == State::Kept) {
        let sets = plan.overrides(&best.settings);
        let sets: Vec<String> = sets.iter().map(|set| format!(" --set '{set}'")).collect();
        let _ = writeln!(text, "best: tiltyard run{}", sets.concat());
    } else {
        let _ = writeln!(text, "no point keeps what is asked: {}", reasons(points));
    }
    let made = made.map_or_else(String::new, |(outcome, workers)| rate(outcome, workers));
    let _ = writeln!(text, "{} points, {runs} runs in {}{made}", points.len(), folder.display());
    text
}

/// Why points are of no use, the most frequent reason first.
fn reasons(points: &[Scored]) -> String {
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for point in points {
        let reason = match &point.state {
            State::NoValue(reason) => reason.split(':').next().unwrap_or_default(),
            state => state.reason(),
        };
        *counts.entry(format!("{} {reason}", point.state.name())).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let told: Vec<String> =
        counts.iter().take(3).map(|(reason, count)| format!("{count} × {}", reason.trim())).collect();
    told.join(", ")
}
