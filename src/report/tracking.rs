//! The report on trackers: ours and others' on real detections, with a camera that stands still and one that moves.

use core::fmt::Write;

use crate::mot::Score;

/// A tracker's score on each sequence.
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Whether it is one of ours.
    pub ours: bool,
    /// In the order of the sequences.
    pub scores: Vec<Score>,
}

/// What motion of the camera costs a tracker.
pub struct Motion {
    /// Its name.
    pub name: String,
    /// All sequences as one, the camera standing still and moving.
    pub scores: [Score; 2],
}

/// The report's text, below its header.
pub fn render(sequences: &[String], mut entries: Vec<Entry>, motions: &[Motion]) -> String {
    let hota = |entry: &Entry| Score::sum(&entry.scores).hota.hota();
    entries.sort_by(|a, b| hota(b).total_cmp(&hota(a)).then_with(|| a.name.cmp(&b.name)));
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, sequences, &entries, motions);
    text
}

fn write(text: &mut String, sequences: &[String], entries: &[Entry], motions: &[Motion]) -> core::fmt::Result {
    writeln!(text, "{} as one; detections of MOT15, each tracker with its defaults, ours in bold.\n", and(sequences))?;
    writeln!(text, "| tracker | HOTA | MOTA | IDF1 | switches | fragments | FP | FN |")?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|---:|---:|")?;
    for entry in entries {
        let name = if entry.ours { format!("**{}**", entry.name) } else { entry.name.clone() };
        row(text, &name, &Score::sum(&entry.scores))?;
    }
    for entry in entries.iter().filter(|entry| entry.ours) {
        writeln!(text, "\n## {} by sequence\n", entry.name)?;
        writeln!(text, "| sequence | HOTA | MOTA | IDF1 | switches | fragments | FP | FN |")?;
        writeln!(text, "|---|---:|---:|---:|---:|---:|---:|---:|")?;
        for (sequence, score) in sequences.iter().zip(&entry.scores) {
            row(text, sequence, score)?;
        }
    }
    writeln!(text, "\n## What the camera's own motion costs\n")?;
    writeln!(
        text,
        "The same detections as a camera would have made them that pans at up to a quarter of its picture a second, \
         tilts and zooms; the tracks moved back into the still picture.\n"
    )?;
    writeln!(text, "| tracker | MOTA still | moving | IDF1 still | moving | switches still | moving |")?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|---:|")?;
    for Motion { name, scores } in motions {
        let [still, moving] = scores.each_ref().map(Score::figures);
        writeln!(
            text,
            "| {name} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} |",
            still.mota * 100.0,
            moving.mota * 100.0,
            still.idf1 * 100.0,
            moving.idf1 * 100.0,
            still.clear.id_switches,
            moving.clear.id_switches,
        )?;
    }
    Ok(())
}

fn row(text: &mut String, name: &str, score: &Score) -> core::fmt::Result {
    let figures = score.figures();
    let [hota, mota, idf1] = [figures.hota, figures.mota, figures.idf1].map(|fraction| fraction * 100.0);
    let clear = figures.clear;
    writeln!(
        text,
        "| {name} | {hota:.2} | {mota:.2} | {idf1:.2} | {} | {} | {} | {} |",
        clear.id_switches, clear.fragments, clear.fp, clear.missed
    )
}

/// "A, B and C".
fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
