//! At 150 ms: the default servo beside the seed's gains and the best `pid` that a search finds.

use core::fmt::Write;

use super::{Contents, Medians, Rival, over, show};
use crate::run::servo_suite::{Cell, Profile, all_at_150_ms};

pub(super) fn write(text: &mut String, ours: &[Medians], contents: &Contents<'_>) -> core::fmt::Result {
    if contents.rivals.is_empty() {
        return Ok(());
    }
    let cells = all_at_150_ms();
    let ours: Vec<Medians> = Cell::all()
        .iter()
        .zip(ours)
        .filter(|(cell, _)| cell.delay_ms == cells[0].delay_ms)
        .map(|(_, medians)| *medians)
        .collect();
    let rivals: Vec<(&Rival, Vec<Medians>)> = contents
        .rivals
        .iter()
        .map(|rival| (rival, rival.runs.iter().map(|runs| Medians::of(runs)).collect()))
        .collect();
    writeln!(
        text,
        "\n## At 150 ms: against the seed, and against the best `pid`\n\n\
         How many times the RMS error of the default servo theirs is: the median over cells, of the {} cells of \
         150 ms. The goals are 10 times for the seed's gains and 3 times for the best `pid`.\n",
        cells.len()
    )?;
    writeln!(text, "| | factor p50 | p10 | p90 | goal | cells that reach it | met | subject kept | RMS deg p50 |")?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|---|---:|---:|")?;
    for (rival, medians) in &rivals {
        let factors = factors(&cells, &ours, medians, None);
        let p50 = over(factors.iter().copied(), 0.5);
        let reach = rival.goal.map(|goal| factors.iter().flatten().filter(|factor| **factor >= goal).count());
        let met = rival.goal.map_or("-", |goal| if p50.is_some_and(|p50| p50 >= goal) { "yes" } else { "**no**" });
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {met} | {} | {} |",
            rival.name,
            show(p50, 2),
            show(over(factors.iter().copied(), 0.1), 2),
            show(over(factors.iter().copied(), 0.9), 2),
            show(rival.goal, 0),
            reach.map_or_else(|| "-".to_owned(), |reach| reach.to_string()),
            medians.iter().filter(|medians| medians.kept).count(),
            show(over(medians.iter().map(|medians| medians.rms_deg), 0.5), 3),
        )?;
    }
    let kept = ours.iter().filter(|medians| medians.kept).count();
    let rms = show(over(ours.iter().map(|medians| medians.rms_deg), 0.5), 3);
    writeln!(text, "| default servo | 1 | | | | | | {kept} | {rms} |")?;
    let names: Vec<&str> = rivals.iter().map(|(rival, _)| rival.name.as_str()).collect();
    writeln!(text, "\nThe median factor by profile:\n\n| profile | {} |", names.join(" | "))?;
    writeln!(text, "|---|{}", "---:|".repeat(names.len()))?;
    for profile in Profile::ALL {
        write!(text, "| {} |", profile.name())?;
        for (_, medians) in &rivals {
            let factors = factors(&cells, &ours, medians, Some(profile));
            write!(text, " {} |", show(over(factors.into_iter(), 0.5), 2))?;
        }
        writeln!(text)?;
    }
    writeln!(
        text,
        "\nThe factor cannot be above what the oracle allows: no servo is much better than `limit_ratio` 1, so nobody \
         can be beaten by more than their own ratio.\n\n\
         The searches (`src/run/servo_suite/pid_sweep.rs`): kp × ki {{0, 1.5, 4}} × kd and its filter {{0; 0.1, 150 \
         ms; 0.25, 50 ms; 0.25, 150 ms; 0.5, 50 ms}} × feed-forward {{0, 0.5, 1}} × dead band {{0°, 0.2°}}, on ten \
         cells first, the best six on all cells of 150 ms, by the geometric mean of the RMS errors, with seed 0. \
         *Plain* is the error in the picture, a PID loop as everybody builds it; *fed* has feed-forward of the rate \
         that our tracker knows; *predicted* has the error by our tracker and pose model, too.\n"
    )?;
    writeln!(text, "| `pid` | kp of the grid | points | best kp | ki | kd | filter | ff | dead band | mean RMS deg |")?;
    writeln!(text, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")?;
    for swept in contents.swept {
        let best = swept.best;
        let kp: Vec<String> = best.aim.kp().iter().map(ToString::to_string).collect();
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} ms | {} | {}° | {:.3} |",
            best.aim.name(),
            kp.join(", "),
            swept.points,
            best.kp,
            best.ki,
            best.kd,
            best.filter_ms,
            best.ff,
            best.dead_band_deg,
            swept.mean_deg
        )?;
    }
    for best in contents.swept.iter().map(|swept| swept.best).filter(|best| !best.at_the_end().is_empty()) {
        writeln!(
            text,
            "\n*{}*: {} at the end of the grid; a wider one may find better.",
            best.aim.name(),
            best.at_the_end().join(", ")
        )?;
    }
    Ok(())
}

/// Theirs over ours by cell, of one profile or of all.
fn factors(cells: &[Cell], ours: &[Medians], theirs: &[Medians], only: Option<Profile>) -> Vec<Option<f64>> {
    cells
        .iter()
        .zip(ours.iter().zip(theirs))
        .filter(|(cell, _)| only.is_none_or(|profile| cell.profile == profile))
        .map(|(_, (ours, theirs))| Some(theirs.rms_deg? / ours.rms_deg?))
        .collect()
}
