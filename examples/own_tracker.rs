//! A tracker of your own under test: `cargo run --example own_tracker -- scenarios/motion/walk.toml`.

use std::path::Path;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use tiltyard::cli::Exit;
use tiltyard::report::terminal;
use tiltyard::run::{RunResult, run_own};
use tiltyard::scenario::load;
use tiltyard::stack::geometry::{Bearing, View};
use tiltyard::stack::{Detection, Parts, SimTime, StackConfig, State, Track, Tracker, Visit};

// ANCHOR: tracker
/// One track: the box that is nearest to where it is expected, smoothed by an alpha-beta filter in world angles.
#[derive(Default, Serialize, Deserialize)]
struct Nearest {
    /// Nobody, or the one.
    tracks: Vec<Track>,
    /// The number of the next one.
    next_id: u32,
}

/// Share of the surprise that goes into the place.
const ALPHA: f64 = 0.5;
/// Share of the surprise that goes into the rate.
const BETA: f64 = 0.1;
/// A box further from the expected place is somebody else, deg.
const GATE_DEG: f64 = 4.0;
/// Who was not seen for so long is gone, s.
const KEEP_S: f64 = 1.0;

impl Tracker for Nearest {
    fn name(&self) -> &'static str {
        "nearest"
    }

    fn update(&mut self, at: SimTime, view: &View, detections: &[Detection]) {
        self.tracks.retain(|track| at.signed_secs_since(track.seen_at) < KEEP_S);
        let Some(track) = self.tracks.first_mut() else {
            if let Some(found) = detections.first() {
                let bearing = view.bearing_of(found.bbox.centre_px());
                self.tracks.push(Track::first(self.next_id, at, found, bearing));
                self.next_id += 1;
            }
            return;
        };
        let expected = track.bearing_at(at);
        let nearest = detections
            .iter()
            .map(|found| (found, view.bearing_of(found.bbox.centre_px())))
            .min_by(|(_, a), (_, b)| a.angle_to(expected).total_cmp(&b.angle_to(expected)))
            .filter(|(_, bearing)| bearing.angle_to(expected) < GATE_DEG);
        let dt_s = at.signed_secs_since(track.at);
        let surprise = nearest.map_or([0.0; 2], |(_, bearing)| bearing.minus(expected));
        track.bearing =
            Bearing { az_deg: expected.az_deg + ALPHA * surprise[0], el_deg: expected.el_deg + ALPHA * surprise[1] };
        track.rate_dps = [0, 1].map(|axis| track.rate_dps[axis] + BETA * surprise[axis] / dt_s);
        track.at = at;
        if let Some((found, _)) = nearest {
            (track.bbox, track.confidence, track.seen_at) = (found.bbox, found.confidence, at);
            track.hits += 1;
        }
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }
}

/// What it remembers, for the hash chain: whatever decides what comes next.
impl State for Nearest {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("next_id", u64::from(self.next_id));
        v.parts("track", self.tracks.iter());
    }
}
// ANCHOR_END: tracker

/// A scenario with its own seed and this tracker in the place of the one that it asks for.
pub fn run(file: &Path) -> Result<RunResult, String> {
    let scenario = load(file, &[]).map_err(|wrong| wrong.to_string())?;
    let own = |_: &StackConfig, parts: Parts| Parts { tracker: Box::new(Nearest::default()), ..parts };
    Ok(run_own(&scenario, scenario.seed, &own))
}

/// Runs the scenarios that are named, prints what came of them, and ends with the exit codes of `tiltyard run`.
pub fn main() -> ExitCode {
    let results: Result<Vec<RunResult>, String> = std::env::args().skip(1).map(|file| run(Path::new(&file))).collect();
    match results {
        Ok(results) => {
            print!("{}", terminal::render(&results, &[], &[], results.iter().map(|result| result.wall_s).sum(), false));
            Exit::of(&results).into()
        }
        Err(wrong) => {
            eprintln!("{wrong}");
            Exit::Usage.into()
        }
    }
}
