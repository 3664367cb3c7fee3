//! A video, a network that looks for persons in it, and our trackers behind it.

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use super::{FPS, rows};
use crate::cli::Failure;
use crate::mot::{self, Row, Score, Sequence};
use crate::report::tracking::Filmed;
use crate::stack::detect::{NetworkConfig, Neural};
use crate::stack::frame::Pixels;
use crate::{footage, infer};

/// The truth of Debian's `vtest.avi`, in the folder of the sequences.
pub(super) const TRUTH: &str = "PETS09-S2L1/gt.txt";

/// Where the network alone is measured: in every so manieth picture, from the first on.
const EVERY: u32 = 10;

/// What a network found in a video.
pub(super) struct Seen {
    /// Its boxes, pictures counted from 1.
    pub found: Vec<Row>,
    size_px: [f64; 2],
    rate_hz: Option<f64>,
    pictures: u32,
}

impl Seen {
    /// Looks at all of it.
    pub fn new(video: &Path, model: &Path) -> Result<Self, Failure> {
        let mut frames = footage::frames(video).map_err(Failure::Environment)?;
        let network = infer::open(infer::Model::File(model)).map_err(Failure::Environment)?;
        let config = NetworkConfig {
            model: Some(model.display().to_string()),
            layout: None,
            score_min: None,
            overlap_max: None,
            size_px: None,
            labels: Vec::new(),
            only: vec![Arc::from("person")],
        };
        let mut neural = Neural::new(network, config)
            .map_err(|error| Failure::Environment(format!("the model {} does not fit: {error}", model.display())))?;
        let (rate_hz, mut size_px, mut pictures) = (frames.rate_hz(), [1.0, 1.0], 0);
        let pixels = core::iter::from_fn(|| {
            let next = frames.next().transpose()?;
            Some(next.map(|rgb| {
                pictures += 1;
                size_px = [rgb.width_px, rgb.height_px].map(f64::from);
                Pixels { width_px: rgb.width_px, height_px: rgb.height_px, rgb: Arc::new(rgb.bytes) }
            }))
        });
        let found = mot::look(pixels, &mut neural, "person").map_err(Failure::Environment)?;
        Ok(Self { found, size_px, rate_hz, pictures })
    }

    /// Runs a tracker over it.
    pub fn track(&self, preset: mot::Preset, hfov_deg: f64, fps: Option<f64>) -> Vec<Row> {
        let [width_px, height_px] = self.size_px;
        let view = mot::still(hfov_deg, width_px, height_px);
        let frame_time = Duration::from_secs_f64(1.0 / fps.or(self.rate_hz).unwrap_or(FPS));
        mot::track(preset.tracker_on_network().as_mut(), |_| view, frame_time, &self.found)
    }

    /// Recall and precision of the network in every tenth picture.
    fn recall_and_precision(&self, truth: &[Row]) -> [f64; 2] {
        let tenth = |row: &&Row| (row.frame - 1).is_multiple_of(EVERY);
        // All of the truth counts here, and nobody's identity does.
        let truth: Vec<Row> = truth.iter().filter(tenth).map(|row| Row { confidence: 1.0, ..*row }).collect();
        let found: Vec<Row> = self.found.iter().filter(tenth).zip(1..).map(|(row, id)| Row { id, ..*row }).collect();
        let figures = Score::of(&Sequence::new(&truth, &found)).figures();
        [figures.recall, figures.precision]
    }
}

/// What the report on trackers says of a video.
pub(super) fn report(video: &Path, model: &Path, truth: &Path) -> Result<Filmed, Failure> {
    let truth = rows(truth)?;
    let seen = Seen::new(video, model)?;
    let score = |preset: mot::Preset| {
        let told = seen.track(preset, 60.0, None);
        (format!("**{}**", preset.name()), Score::of(&Sequence::new(&truth, &told)))
    };
    let name = |path: &Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(Filmed {
        names: [name(video), name(model)],
        pictures: seen.pictures,
        found: seen.recall_and_precision(&truth),
        scores: mot::Preset::ALL.map(score).to_vec(),
    })
}
