//! `tiltyard mot eval|track`: MOTChallenge files scored, and tracked.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::{Exit, Failure, out};
use crate::mot::{self, Row, Score, Sequence};
use crate::report::mot as report;

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
}

/// The two verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Score tracks against ground truth: HOTA, CLEAR, Identity
    Eval {
        /// gt.txt, or a folder of SEQUENCE/gt.txt (or SEQUENCE/gt/gt.txt)
        #[arg(long, value_name = "PATH")]
        gt: PathBuf,
        /// Tracks, or a folder of SEQUENCE.txt
        #[arg(long, value_name = "PATH")]
        tracker: PathBuf,
        /// How to print the numbers
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Run one of our trackers over detections, as seen by a camera that stands still
    Track {
        /// Which tracker
        #[arg(long, value_enum, default_value_t)]
        preset: Preset,
        /// det.txt, or a folder of SEQUENCE/det.txt (or SEQUENCE/det/det.txt)
        #[arg(long, value_name = "PATH")]
        det: PathBuf,
        /// Where the tracks go: a file, or a folder for SEQUENCE.txt
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
        /// Frames a second
        #[arg(long, default_value_t = 25.0, value_parser = positive)]
        fps: f64,
        /// Horizontal field of view, for trackers that think in angles, in degrees
        #[arg(long, default_value_t = 60.0, value_parser = positive)]
        hfov: f64,
        /// Size of the picture, width x height in pixels, as in 1920x1080; the detections' extent where absent
        #[arg(long, value_parser = size)]
        size: Option<[f64; 2]>,
    },
}

/// How numbers are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table
    #[default]
    Human,
    /// One JSON object
    Json,
}

/// A tracker by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// Overlap with the last box, no motion model
    Boxes,
    /// SORT, as published
    Sort,
    /// Sure boxes first, unsure ones for who is left
    Byte,
    /// The same in world bearings, blind to the camera's own motion
    #[default]
    Ptz,
}

impl From<Preset> for mot::Preset {
    fn from(preset: Preset) -> Self {
        match preset {
            Preset::Boxes => Self::Boxes,
            Preset::Sort => Self::Sort,
            Preset::Byte => Self::Byte,
            Preset::Ptz => Self::Ptz,
        }
    }
}

/// Scores or tracks.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.verb {
        Verb::Eval { gt, tracker, format } => eval(gt, tracker, *format),
        Verb::Track { preset, det, out, fps, hfov, size } => track(*preset, det, out, *fps, *hfov, *size),
    }
}

fn eval(gt: &Path, tracker: &Path, format: Format) -> Result<Exit, Failure> {
    let mut scores = Vec::new();
    for (name, truth) in sequences(gt, "gt")? {
        let told = if tracker.is_dir() { tracker.join(format!("{name}.txt")) } else { tracker.to_owned() };
        scores.push((name, Score::of(&Sequence::new(&rows(&truth)?, &rows(&told)?))));
    }
    out::print(&match format {
        Format::Human => report::table(&scores),
        Format::Json => report::json(&scores),
    })?;
    Ok(Exit::Success)
}

fn track(
    preset: Preset,
    det: &Path,
    out: &Path,
    fps: f64,
    hfov_deg: f64,
    size: Option<[f64; 2]>,
) -> Result<Exit, Failure> {
    let folder = det.is_dir();
    for (name, file) in sequences(det, "det")? {
        let detections = rows(&file)?;
        let [width_px, height_px] = size.unwrap_or_else(|| extent(&detections));
        let view = mot::still(hfov_deg, width_px, height_px);
        let mut tracker = mot::Preset::from(preset).tracker();
        let told = mot::track(tracker.as_mut(), |_| view, core::time::Duration::from_secs_f64(1.0 / fps), &detections);
        let to = if folder { out.join(format!("{name}.txt")) } else { out.to_owned() };
        out::write_file(&to, mot::write(&told))?;
        out::print(&format!("{name}: {} boxes to {}\n", told.len(), to.display()))?;
    }
    Ok(Exit::Success)
}

/// (name, file) of each sequence under `path`, which may be the file itself.
fn sequences(path: &Path, kind: &str) -> Result<Vec<(String, PathBuf)>, Failure> {
    if path.is_file() {
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        return Ok(vec![(name, path.to_owned())]);
    }
    let failed = |error: std::io::Error| Failure::Usage(format!("failed to read {}: {error}", path.display()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let folder = entry.map_err(failed)?.path();
        let inner = [folder.join(format!("{kind}.txt")), folder.join(kind).join(format!("{kind}.txt"))];
        if let Some(file) = inner.into_iter().find(|file| file.is_file()) {
            let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            found.push((name, file));
        }
    }
    found.sort();
    if found.is_empty() {
        let shown = path.display();
        return Err(Failure::Usage(format!(
            "there is no SEQUENCE/{kind}.txt or SEQUENCE/{kind}/{kind}.txt in {shown}"
        )));
    }
    Ok(found)
}

fn rows(file: &Path) -> Result<Vec<Row>, Failure> {
    let shown = file.display().to_string();
    let text =
        std::fs::read_to_string(file).map_err(|error| Failure::Usage(format!("failed to read {shown}: {error}")))?;
    mot::read(&shown, &text).map_err(|error| Failure::Usage(error.to_string()))
}

/// The corner that all boxes reach, no less than a pixel away.
fn extent(rows: &[Row]) -> [f64; 2] {
    use tiltyard_visca::num::max;
    rows.iter().fold([1.0, 1.0], |[width, height], row| {
        let bbox = row.bbox;
        [max(width, bbox.x_px + bbox.w_px), max(height, bbox.y_px + bbox.h_px)]
    })
}

fn positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number > 0.0)
        .ok_or("expected a number above 0".into())
}

fn size(text: &str) -> Result<[f64; 2], String> {
    let parse = |side: &str| positive(side).ok();
    let sides = text.split_once('x').and_then(|(width, height)| Some([parse(width)?, parse(height)?]));
    sides.ok_or_else(|| "expected WIDTHxHEIGHT, such as 1920x1080".into())
}
