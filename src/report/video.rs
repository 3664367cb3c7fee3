//! The report on recorded worlds: a virtual camera in real pictures, with a real network, and whom it kept.

use core::fmt::Write;

use crate::run::RunResult;

/// A scenario with its runs.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// A run a seed.
    pub runs: Vec<RunResult>,
    /// Where its filmstrip lies, and what is on it, a line a picture.
    pub strip: (String, String),
}

/// The report's text, below its header.
pub fn render(entries: &[Entry]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, entries);
    text
}

fn write(text: &mut String, entries: &[Entry]) -> core::fmt::Result {
    writeln!(
        text,
        "A recorded wide shot is the world; a virtual camera of 20° cuts its pictures out of it, YOLOX-Nano (COCO, \
         persons) looks at them, and the shipped stack follows whom it chose. The truth is a box of each person once a \
         second, read off the pictures by hand, straight between. What a person does within a second is therefore \
         error here: a hand that comes and goes moves the true middle by some tenths of a degree.\n"
    )?;
    writeln!(
        text,
        "TPE, TPO, BBOR, TF: as in Chen et al. 2015 (`src/run/metrics.rs` has the formulas). The clips are not ours to \
         give, and the strips are pictures of them: the command makes both anew, where the clips are.\n"
    )?;
    writeln!(
        text,
        "| scenario | seed | verdict | RMS error | on target | followed by another's box | TPE | TPO | BBOR | TF |"
    )?;
    writeln!(text, "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|")?;
    for (entry, run) in entries.iter().flat_map(|entry| entry.runs.iter().map(move |run| (entry, run))) {
        let metrics = &run.metrics;
        let number = |value: Option<f64>, digits: usize, unit: &str| {
            value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}{unit}"))
        };
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            entry.name,
            run.seed,
            run.verdict.name(),
            number(metrics.rms_error_deg, 2, "°"),
            number(metrics.time_on_target.map(|share| share * 100.0), 1, " %"),
            metrics.id_switches.map_or_else(|| "–".to_owned(), |count| count.to_string()),
            number(metrics.tpe_px, 1, " px"),
            number(metrics.tpo_px, 1, " px"),
            number(metrics.bbor, 3, ""),
            number(metrics.tf, 3, ""),
        )?;
    }
    for entry in entries {
        let (file, told) = &entry.strip;
        writeln!(
            text,
            "\n## {}\n\n{}. Filmstrip: `{file}`, in rows of four.\n\n```text\n{told}```",
            entry.name, entry.title
        )?;
    }
    Ok(())
}
