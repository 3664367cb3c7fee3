//! Files: whole, grey, odd, torn, missing.

use std::path::{Path, PathBuf};

use tiltyard_hil::capture::{CaptureError, RgbFrame, file};

use super::clips::{Folder, avi};

/// Mean (red, green, blue) of a square of 8 px.
fn colour(frame: &RgbFrame, left: usize, top: usize) -> [usize; 3] {
    let mut sums = [0; 3];
    for y in top..top + 8 {
        let row = (y * frame.width_px as usize + left) * 3;
        for pixel in frame.rgb[row..row + 24].chunks_exact(3) {
            sums.iter_mut().zip(pixel).for_each(|(sum, level)| *sum += usize::from(*level));
        }
    }
    sums.map(|sum| sum / 64)
}

fn all(path: &Path) -> Result<Vec<RgbFrame>, CaptureError> {
    let mut frames = file::open(path)?;
    let mut all = Vec::new();
    while let Some(frame) = frames.next_frame()? {
        all.push(frame);
    }
    assert_eq!((frames.frames_read(), frames.next_frame()), (all.len() as u64, Ok(None)), "the end stays the end");
    Ok(all)
}

#[test]
fn a_file_gives_each_frame_once_red_first() {
    let folder = Folder::new("whole");
    let path = folder.file("clip.avi");
    avi(&path, (160, 120), 30, false);
    let head = file::open(&path).unwrap();
    assert_eq!((head.width_px, head.height_px, head.rate_hz, head.frames_promised), (160, 120, 20.0, Some(30)));
    let frames = all(&path).unwrap();
    assert_eq!(frames.iter().map(|frame| frame.index).collect::<Vec<_>>(), (0..30).collect::<Vec<_>>());
    for (number, frame) in frames.iter().enumerate() {
        assert_eq!((frame.width_px, frame.height_px, frame.rgb.len()), (160, 120, 160 * 120 * 3));
        // In the middle of the square, and far from it.
        let ([red, _, blue], [far_red, _, far_blue]) = (colour(frame, 2 * number + 4, 24), colour(frame, 140, 90));
        assert!(
            red > 180 && blue < 60 && far_red < 60 && far_blue > 160,
            "{number}: {red} {blue} {far_red} {far_blue}"
        );
    }
}

#[test]
fn odd_sizes_and_grey_come_as_they_are() {
    let folder = Folder::new("odd");
    let odd = folder.file("odd.avi");
    avi(&odd, (641, 359), 5, false);
    for frame in all(&odd).unwrap() {
        assert_eq!((frame.width_px, frame.height_px, frame.rgb.len()), (641, 359, 641 * 359 * 3));
        // Rows that slipped would smear the square.
        let [red, _, blue] = colour(&frame, 2 * frame.index as usize + 4, 24);
        assert!(red > 180 && blue < 60, "{red} {blue}");
    }
    let grey = folder.file("grey.avi");
    avi(&grey, (160, 120), 5, true);
    for frame in all(&grey).unwrap() {
        let [red, green, blue] = colour(&frame, 2 * frame.index as usize + 4, 24);
        assert!(red > 200 && red.abs_diff(green) < 4 && red.abs_diff(blue) < 4, "{red} {green} {blue}");
    }
}

#[test]
fn a_torn_file_says_how_much_is_missing() {
    let folder = Folder::new("torn");
    let path = folder.file("clip.avi");
    avi(&path, (160, 120), 60, false);
    let bytes = std::fs::read(&path).unwrap();
    let torn = folder.file("torn.avi");
    std::fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();
    let CaptureError::Truncated { read, promised, .. } = all(&torn).unwrap_err() else { panic!("no such error") };
    assert!(promised == 60 && (20..40).contains(&read), "{read} of {promised}");
    let told = all(&torn).unwrap_err().to_string();
    assert!(told.contains("torn.avi: it ends after") && told.contains("of 60 frames"), "{told}");
    // Down to the head, and less.
    for length in [0, 3, 100, 1000] {
        std::fs::write(&torn, &bytes[..length]).unwrap();
        let told = all(&torn).unwrap_err().to_string();
        assert!(told.contains("torn.avi: FFmpeg cannot open it") || told.contains("after 0 of"), "{length}: {told}");
    }
}

#[test]
fn what_is_no_video_is_told_by_its_name() {
    let folder = Folder::new("none");
    let told = all(&folder.file("nowhere.mp4")).unwrap_err().to_string();
    assert!(told.contains("nowhere.mp4: there is no such file"), "{told}");
    let text = folder.file("notes.mp4");
    std::fs::write(&text, "no video").unwrap();
    let told = all(&text).unwrap_err().to_string();
    assert!(told.contains("notes.mp4: FFmpeg cannot open it (expected a whole video file"), "{told}");
    assert!(all(&folder.file("")).unwrap_err().to_string().contains("there is no such file"), "a folder is no file");
}

/// Clips of real cameras, where they are.
#[test]
fn real_clips_have_all_their_frames() {
    let otherwise = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/video");
    let folder = std::env::var_os("TILTYARD_VIDEO").map_or(otherwise, PathBuf::from);
    for (name, size, rate_hz) in
        [("speaker_at_lectern_720p30.mp4", (1280, 720), 30.0), ("two_people_1080p24.mp4", (1920, 1080), 24.0)]
    {
        let path = folder.join(name);
        if !path.is_file() {
            eprintln!("SKIPPED {name}: not in {}", folder.display());
            continue;
        }
        let mut frames = file::open(&path).unwrap();
        assert_eq!((frames.width_px, frames.height_px), size, "{name}");
        assert!((frames.rate_hz - rate_hz).abs() < 0.1, "{name}: {} Hz", frames.rate_hz);
        while let Some(frame) = frames.next_frame().unwrap() {
            assert_eq!((frame.width_px, frame.height_px), size, "{name}");
        }
        println!("{name}: {} frames of {:?}", frames.frames_read(), frames.frames_promised);
    }
}
