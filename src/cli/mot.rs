//! `tiltyard mot eval|track`: MOTChallenge files scored, and tracked; videos, too.

mod video;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::{Exit, Failure, out};
use crate::mot::{self, Row, Score, Sequence};
use crate::report::{mot as tables, tracking};
use crate::run::Stopwatch;
use crate::stack::Tracker;
use crate::stack::config::TrackerConfig;
use crate::stack::track::CascadeConfig;

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
        /// Which pairs CLEAR keeps where it matches: they decide on identity switches
        #[arg(long, value_enum, default_value_t)]
        keep: Keep,
        /// How to print the numbers
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Run one of our trackers over detections, or over a video and what a network finds in it; the camera stands still
    Track {
        /// Which tracker
        #[arg(long, value_enum, default_value_t)]
        preset: Preset,
        /// det.txt, or a folder of SEQUENCE/det.txt (or SEQUENCE/det/det.txt)
        #[arg(long, value_name = "PATH", required_unless_present = "video")]
        det: Option<PathBuf>,
        /// Instead of detections: a video file, or a folder of numbered pictures
        #[arg(long, value_name = "PATH", conflicts_with_all = ["det", "size"], requires = "model")]
        video: Option<PathBuf>,
        /// The network that looks for persons in the video
        #[arg(long, value_name = "FILE", requires = "video")]
        model: Option<PathBuf>,
        /// Ground truth of the video: the tracks are scored against it
        #[arg(long, value_name = "FILE", requires = "video")]
        gt: Option<PathBuf>,
        /// Where the network's detections go
        #[arg(long, value_name = "FILE", requires = "video")]
        save_det: Option<PathBuf>,
        /// Where the tracks go: a file, or a folder for SEQUENCE.txt
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
        /// Frames a second; those of the video, or 25 where absent
        #[arg(long, value_parser = positive)]
        fps: Option<f64>,
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

/// A rule of CLEAR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Keep {
    /// Those of the frame before, as TrackEval and the MOTChallenge do
    #[default]
    FrameBefore,
    /// Each identity's last one, however long ago, as motrics does
    LastKnown,
}

impl From<Keep> for mot::Keep {
    fn from(keep: Keep) -> Self {
        match keep {
            Keep::FrameBefore => Self::FrameBefore,
            Keep::LastKnown => Self::LastKnown,
        }
    }
}

/// A tracker by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// Overlap with the last box, no motion model
    Boxes,
    /// SORT, as published
    Sort,
    /// SORT that trusts what it saw, as published
    #[value(name = "ocsort")]
    OcSort,
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
            Preset::OcSort => Self::OcSort,
            Preset::Byte => Self::Byte,
            Preset::Ptz => Self::Ptz,
        }
    }
}

/// Scores or tracks.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.verb {
        Verb::Eval { gt, tracker, keep, format } => eval(gt, tracker, (*keep).into(), *format),
        Verb::Track { preset, det: Some(det), out, fps, hfov, size, .. } => {
            track(*preset, det, out, fps.unwrap_or(FPS), *hfov, *size)
        }
        Verb::Track { preset, video: Some(video), model: Some(model), gt, save_det, out, fps, hfov, .. } => {
            let seen = video::Seen::new(video, model)?;
            if let Some(file) = save_det {
                out::write_file(file, mot::write(&seen.found))?;
            }
            let told = seen.track((*preset).into(), *hfov, *fps);
            out::write_file(out, mot::write(&told))?;
            out::print(&format!("{}: {} boxes to {}\n", video.display(), told.len(), out.display()))?;
            if let Some(gt) = gt {
                let name = video.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                out::print(&tables::table(&[(name, Score::of(&Sequence::new(&rows(gt)?, &told)))]))?;
            }
            Ok(Exit::Success)
        }
        // The parser lets nobody by without.
        Verb::Track { .. } => Err(Failure::Usage("nothing to track (give --det, or --video and --model)".to_owned())),
    }
}

/// Frames a second where nobody says.
const FPS: f64 = 25.0;

fn eval(gt: &Path, tracker: &Path, keep: mot::Keep, format: Format) -> Result<Exit, Failure> {
    let mut scores = Vec::new();
    for (name, truth) in sequences(gt, "gt")? {
        let told = if tracker.is_dir() { tracker.join(format!("{name}.txt")) } else { tracker.to_owned() };
        scores.push((name, Score::keeping(keep, &Sequence::new(&rows(&truth)?, &rows(&told)?))));
    }
    out::print(&match format {
        Format::Human => tables::table(&scores),
        Format::Json => tables::json(keep, &scores),
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

/// The body of the report on trackers, over DATA/SEQUENCE/{gt,det}.txt, OTHERS/TRACKER/SEQUENCE.txt, and a video with
/// the model that looks at it.
pub(super) fn report(data: &Path, others: Option<&Path>, filmed: Option<[&Path; 2]>) -> Result<String, Failure> {
    const FRAME: core::time::Duration = core::time::Duration::from_millis(40);
    let truths: Vec<(String, Vec<Row>)> = sequences(data, "gt")?
        .into_iter()
        .map(|(name, file)| Ok((name, rows(&file)?)))
        .collect::<Result<_, Failure>>()?;
    let detections: Vec<Vec<Row>> =
        sequences(data, "det")?.iter().map(|(_, file)| rows(file)).collect::<Result<_, Failure>>()?;
    let scored = |told: &dyn Fn(usize) -> Result<Vec<Row>, Failure>| -> Result<Vec<Score>, Failure> {
        let score =
            |(index, (_, truth)): (usize, &(String, Vec<Row>))| Ok(Score::of(&Sequence::new(truth, &told(index)?)));
        truths.iter().enumerate().map(score).collect()
    };
    let (mut entries, mut motions) = (Vec::new(), Vec::new());
    for preset in mot::Preset::ALL {
        let view = |index: usize| {
            let [width_px, height_px] = detections.get(index).map_or([1.0; 2], |rows| extent(rows));
            mot::still(60.0, width_px, height_px)
        };
        let seconds = |frame: u32| (FRAME * frame).as_secs_f64();
        let still = |index: usize| {
            Ok(mot::track(
                preset.tracker().as_mut(),
                |_| view(index),
                FRAME,
                detections.get(index).map_or(&[], |rows| rows),
            ))
        };
        let moving = |index: usize, sway: mot::Sway| {
            let still = view(index);
            let swayed = |frame| sway.view(&still, seconds(frame));
            let found = detections.get(index).map_or(&[][..], |rows| rows);
            let found = mot::moved_rows(found, |frame| [still, swayed(frame)]);
            let told = mot::track(preset.tracker().as_mut(), swayed, FRAME, &found);
            Ok(mot::moved_rows(&told, |frame| [swayed(frame), still]))
        };
        let at_rest = scored(&still)?;
        let mut scores = vec![Score::sum(&at_rest)];
        for sway in mot::Sway::EACH {
            scores.push(Score::sum(&scored(&|index| moving(index, sway))?));
        }
        motions.push(tracking::Motion { name: preset.name().to_owned(), scores });
        entries.push(tracking::Entry { name: preset.name().to_owned(), ours: true, scores: at_rest });
    }
    for folder in others.map(folders).transpose()?.unwrap_or_default() {
        let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let told = |index: usize| {
            let sequence = truths.get(index).map_or("", |(sequence, _)| sequence);
            rows(&folder.join(format!("{sequence}.txt")))
        };
        entries.push(tracking::Entry { name, ours: false, scores: scored(&told)? });
    }
    let mut costs: Vec<tracking::Cost> =
        mot::Preset::ALL.into_iter().map(|preset| cost(preset.name(), || preset.tracker())).collect();
    costs.push(cost("ptz of the stack", || TrackerConfig::Ptz(CascadeConfig::CONTROL).build()));
    let names: Vec<String> = truths.iter().map(|(name, _)| name.clone()).collect();
    let filmed = filmed.map(|[video, model]| video::report(video, model, &data.join(video::TRUTH))).transpose()?;
    Ok(tracking::render(&names, entries, &motions, &costs, filmed.as_ref()))
}

/// What a frame costs a tracker on this machine.
fn cost(name: &str, make: impl Fn() -> Box<dyn Tracker>) -> tracking::Cost {
    const FRAMES: u32 = 3000;
    let quantiles_us = tracking::CROWDS.map(|people| {
        mot::frame_us(&make, people, FRAMES, |update| {
            let stopwatch = Stopwatch::start();
            update();
            stopwatch.elapsed_s()
        })
    });
    tracking::Cost { name: name.to_owned(), quantiles_us }
}

/// The folders in a folder, sorted.
fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: std::io::Error| Failure::Usage(format!("failed to read {}: {error}", path.display()));
    let entries = std::fs::read_dir(path).map_err(failed)?;
    let paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_, _>>().map_err(failed)?;
    let mut folders: Vec<PathBuf> = paths.into_iter().filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
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
