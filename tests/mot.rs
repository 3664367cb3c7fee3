//! Our trackers and metrics on the five development sequences of MOT15, where they are at hand.
//!
//! Goal: the published numbers of SORT, to the last digit given. The data may not be committed (CC BY-NC-SA); without
//! `../shared/data/mot15` this test says by name that it was skipped.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use core::time::Duration;
use std::path::{Path, PathBuf};

use tiltyard::mot::{Preset, Row, Score, Sequence, read, still, track, write};

/// (sequence, MOTA and HOTA of the reference \[%\]): the README of SORT, and `TrackEval` over what its program writes.
const REFERENCE: [(&str, f64, f64); 5] = [
    ("ADL-Rundle-6", 38.1, 34.31),
    ("ETH-Bahnhof", 44.6, 45.78),
    ("KITTI-13", 19.3, 27.95),
    ("PETS09-S2L1", 61.9, 30.58),
    ("TUD-Stadtmitte", 71.7, 53.03),
];

fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mot15");
    folder.is_dir().then_some(folder)
}

fn rows(path: &Path) -> Vec<Row> {
    read(&path.display().to_string(), &std::fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn sort_gives_the_numbers_of_the_reference() {
    let Some(data) = data() else {
        eprintln!("SKIPPED sort_gives_the_numbers_of_the_reference: no ../shared/data/mot15 (motchallenge.net)");
        return;
    };
    let mut wrong = Vec::new();
    for (name, mota, hota) in REFERENCE {
        let detections = rows(&data.join(name).join("det.txt"));
        let mut sort = Preset::Sort.tracker();
        let told = track(sort.as_mut(), &still(60.0, 1920.0, 1080.0), Duration::from_millis(40), &detections);
        // As the file says it: two decimals.
        let told = read("tracks.txt", &write(&told)).unwrap();
        let score = Score::of(&Sequence::new(&rows(&data.join(name).join("gt.txt")), &told)).figures();
        let (ours_mota, ours_hota) = (score.mota * 100.0, score.hota * 100.0);
        let line = format!("{name}: MOTA {ours_mota:.5} HOTA {ours_hota:.5}, reference {mota} {hota}");
        // `TrackEval` prints five digits, and the reference's two decimals are those rounded: 34.31542, 34.315, 34.31.
        let printed: f64 = format!("{ours_hota:.3}").parse().unwrap();
        if format!("{ours_mota:.1} {printed:.2}") != format!("{mota:.1} {hota:.2}") {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
