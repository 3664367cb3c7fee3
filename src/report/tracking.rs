//! The report on trackers: ours and others' on real detections, with a camera that stands still and one that moves.

use core::fmt::Write;

use crate::mot::{Figures, Score, Sway};

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
    /// All sequences as one, the camera standing still and then moving in each way of [`Sway::EACH`].
    pub scores: Vec<Score>,
}

/// So many people are in the crowds that trackers are timed on.
pub const CROWDS: [u32; 3] = [10, 45, 90];

/// What a frame costs a tracker.
pub struct Cost {
    /// Its name.
    pub name: String,
    /// Median and 99th percentile for each of [`CROWDS`] \[µs\].
    pub quantiles_us: [[f64; 2]; 3],
}

/// Trackers behind a network that looks at the pictures.
pub struct Filmed {
    /// File names of the video and of the model.
    pub names: [String; 2],
    /// Pictures in it.
    pub pictures: u32,
    /// Recall and precision of the network alone, in every tenth picture, at half overlap.
    pub found: [f64; 2],
    /// Each tracker by its name.
    pub scores: Vec<(String, Score)>,
}

/// The report's text, below its header.
pub fn render(
    sequences: &[String],
    mut entries: Vec<Entry>,
    motions: &[Motion],
    costs: &[Cost],
    filmed: Option<&Filmed>,
) -> String {
    let hota = |entry: &Entry| Score::sum(&entry.scores).hota.hota();
    entries.sort_by(|a, b| hota(b).total_cmp(&hota(a)).then_with(|| a.name.cmp(&b.name)));
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, sequences, &entries)
        .and_then(|()| filmed.map_or(Ok(()), |filmed| write_filmed(&mut text, filmed)))
        .and_then(|()| write_motions(&mut text, motions))
        .and_then(|()| write_costs(&mut text, costs));
    text
}

fn write(text: &mut String, sequences: &[String], entries: &[Entry]) -> core::fmt::Result {
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
    Ok(())
}

fn write_filmed(text: &mut String, filmed: &Filmed) -> core::fmt::Result {
    let Filmed { names: [video, model], pictures, found: [recall, precision], scores } = filmed;
    writeln!(text, "\n## From pixels\n")?;
    writeln!(
        text,
        "PETS09-S2L1 once more, from its pictures: {video}, {pictures} of them, {model} (persons), then each tracker, \
         `byte` and `ptz` with ByteTrack's own thresholds. The network alone finds {recall:.3} of the true boxes of \
         every tenth picture, and {precision:.3} of its boxes \
         are true ones (overlap of half or more; unsure truths counted).\n"
    )?;
    writeln!(text, "| tracker | HOTA | MOTA | IDF1 | switches | fragments | FP | FN |")?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|---:|---:|")?;
    scores.iter().try_for_each(|(name, score)| row(text, name, score))
}

/// A number people read, by its name.
type Figure = (&'static str, fn(&Figures) -> String);

fn write_motions(text: &mut String, motions: &[Motion]) -> core::fmt::Result {
    writeln!(text, "\n## What the camera's own motion costs\n")?;
    writeln!(
        text,
        "The same detections as a camera would have made them that pans by 0.12 picture widths either way (at up to a \
         quarter of a width a second), tilts by 0.12 heights, zooms by a quarter, or does all three; the tracks moved \
         back into the still picture. The pose is known exactly here, so that rounding is all that `ptz` may show.\n"
    )?;
    let figures: [Figure; 3] = [
        ("MOTA", |figures| format!("{:.2}", figures.mota * 100.0)),
        ("IDF1", |figures| format!("{:.2}", figures.idf1 * 100.0)),
        ("switches", |figures| figures.clear.id_switches.to_string()),
    ];
    for (figure, of) in figures {
        let ways = Sway::EACH.map(|sway| format!(" {} |", sway.name())).concat();
        writeln!(text, "| {figure} | still |{ways}\n|---|---:|{}", "---:|".repeat(Sway::EACH.len()))?;
        for Motion { name, scores } in motions {
            write!(text, "| {name} |")?;
            scores.iter().try_for_each(|score| write!(text, " {} |", of(&score.figures())))?;
            writeln!(text)?;
        }
        writeln!(text)?;
    }
    Ok(())
}

fn write_costs(text: &mut String, costs: &[Cost]) -> core::fmt::Result {
    writeln!(text, "## What a frame costs\n")?;
    writeln!(
        text,
        "Microseconds a frame on one core of the machine above: median and 99th percentile of 3000 single updates of a \
         warm tracker, the least of five runs for each, with 10, 45 and 90 people who walk to and fro, of whom one in \
         eleven is missed. `cargo bench --bench track` does it again. None of them allocates \
         (`tests/tracker_memory.rs`).\n"
    )?;
    let crowds = CROWDS.map(|people| format!(" p50 of {people} | p99 |")).concat();
    writeln!(text, "| tracker |{crowds}\n|---|{}", "---:|".repeat(2 * CROWDS.len()))?;
    for Cost { name, quantiles_us } in costs {
        write!(text, "| {name} |")?;
        quantiles_us.iter().flatten().try_for_each(|us| write!(text, " {us:.1} |"))?;
        writeln!(text)?;
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
