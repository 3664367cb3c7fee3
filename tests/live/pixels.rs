//! Detectors on pixels, live: the virtual camera draws, a detector looks, and the camera turns after whom it sees. With
//! the feature `opencv`, videos that OpenCV captures, whole and not.

use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::program;
use crate::harness::{Camera, file, patiently};
use crate::rig::{is_drive, turns};

/// Somebody warm who walks to and fro for ever.
const NIGHT: &str = "schema = 1\ntitle = \"somebody warm walks\"\ncamera = \"generic-20x\"\nlength = \"600 s\"\n\
    world.drawn.backdrop = \"thermal\"\n\
    [[target]]\nname = \"walker\"\nsize = { width = \"0.6 m\", height = \"1.8 m\" }\nrange = \"9 m\"\n\
    path.sine = { amplitude = [\"15 deg\", \"0 deg\"], period = \"12 s\" }\n";

/// The loop closed through pictures on a socket.
#[test]
fn it_follows_by_the_pixels_of_the_virtual_camera() {
    let scenario = file("night.toml", NIGHT);
    let camera = Camera::start(&[&scenario, "--udp", "0", "--http", "0", "--size", "321x181"], 2);
    let (uri, video) =
        (format!("visca+udp://{}", camera.at("udp")), format!("http://{}/stream.mjpg", camera.at("http")));
    let mut command = program();
    command.args(["track", "--camera", &uri, "--video", &video]);
    command.args(["--for", "10m", "--format", "json", "--arm", "--dead-man", "2 s", "--stale", "3 s"]);
    command.args(["--set", "stack.detector.blob={ area_min_px = 40 }"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let driven = || camera.json("/log.json")["lines"].as_array().unwrap().iter().any(is_drive);
    patiently("a drive", || Some(()).filter(|()| driven()));
    camera.until("the walker in the middle", |truth| truth["error_deg"].as_f64().unwrap() < 3.0 && turns(truth));
    assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{err}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["status"]["decided"].as_u64().unwrap() > 10 && report["status"]["video"].is_null(), "{report}");
    assert!(!turns(&camera.truth()));
}

/// A camera without video, and nobody moves: what there is to say is about the video.
fn track(video: &str, more: &[&str]) -> (i32, String, String) {
    let camera = Camera::start(&["--udp", "0"], 1);
    let mut command = program();
    command.args(["track", "--camera", &format!("visca+udp://{}", camera.at("udp")), "--video", video, "--arm"]);
    command.args(["--format", "json", "--set", "stack.detector.blob={}"]).args(more);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert!(!err.contains("panicked"), "{err}");
    (child.wait().unwrap().code().unwrap(), out, err)
}

#[test]
fn where_no_video_is_the_end_says_why() {
    let (code, out, err) = track("http://127.0.0.1:9/stream.mjpg", &["--for", "500 ms"]);
    assert!(code == 3 && err.contains("no frame came from http://127.0.0.1:9/stream.mjpg: failed to read"), "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert!(report["status"]["video"].as_str().unwrap().contains("refused"), "{report}");
}

#[cfg(feature = "opencv")]
mod captured {
    use core::time::Duration;

    use opencv::core::{CV_8UC3, Mat, Point, Scalar, Size};
    use opencv::imgproc::{FILLED, LINE_8, rectangle};
    use opencv::prelude::*;
    use opencv::videoio::{CAP_OPENCV_MJPEG, VideoWriter};
    use tiltyard_hil::capture::{Settings, Stream};

    use super::*;

    /// A bright square on black that goes right: motion JPEG in AVI, 25 frames a second.
    fn clip(name: &str, frames: i32) -> String {
        let path = file(name, "");
        let fourcc = VideoWriter::fourcc('M', 'J', 'P', 'G').unwrap();
        let mut writer =
            VideoWriter::new_with_backend(&path, CAP_OPENCV_MJPEG, fourcc, 25.0, Size::new(321, 181), true).unwrap();
        for number in 0..frames {
            let mut picture = Mat::new_rows_cols_with_default(181, 321, CV_8UC3, Scalar::all(10.0)).unwrap();
            let square = (Point::new(100 + number, 60), Size::new(20, 50)).into();
            rectangle(&mut picture, square, Scalar::all(240.0), FILLED, LINE_8, 0).unwrap();
            writer.write(&picture).unwrap();
        }
        writer.release().unwrap();
        path
    }

    #[test]
    fn opencv_reads_our_own_camera() {
        let scenario = file("night-for-opencv.toml", NIGHT);
        let camera = Camera::start(&[&scenario, "--udp", "0", "--http", "0", "--size", "321x181"], 2);
        let uri = format!("http://{}/stream.mjpg", camera.at("http")).parse().unwrap();
        let mut stream = Stream::start(&uri, Settings::default()).unwrap();
        let mut next = || patiently("a picture", || stream.next(Duration::from_millis(100)).unwrap());
        let (one, other) = (next(), next());
        assert_eq!((one.width_px, one.height_px, one.rgb.len()), (321, 181, 321 * 181 * 3));
        assert!(one.index < other.index && one.rgb != other.rgb);
    }

    #[test]
    fn a_file_is_looked_at_to_its_end() {
        let whole = clip("whole.avi", 50);
        let (code, out, err) = track(&format!("file:{whole}"), &[]);
        assert_eq!(code, 0, "{err}");
        let report: Value = serde_json::from_str(&out).unwrap();
        assert!(report["status"]["decided"].as_u64().unwrap() > 5, "{report}");
        assert!(report["stopped"] == true && report["status"]["video"].is_null(), "{report}");
        assert!(err.contains("whole.avi: it has ended after 50 frames"), "{err}");
    }

    #[test]
    fn a_torn_file_ends_the_session_with_three_and_says_how_much_is_missing() {
        let whole = clip("torn.avi", 60);
        let bytes = std::fs::read(&whole).unwrap();
        std::fs::write(&whole, &bytes[..bytes.len() / 2]).unwrap();
        let (code, _, err) = track(&format!("file:{whole}"), &[]);
        assert!(code == 3 && err.contains("torn.avi: it ends after") && err.contains("of 60 frames"), "{code} {err}");
    }

    #[test]
    fn what_is_no_video_is_told_before_anything_moves() {
        let notes = file("notes.mp4", "no video");
        for (video, words) in [
            (format!("file:{notes}"), "notes.mp4: FFmpeg cannot open it"),
            ("file:nowhere.mp4".to_owned(), "nowhere.mp4: there is no such file"),
        ] {
            let (code, out, err) = track(&video, &[]);
            assert!(code == 3 && err.contains(words) && out.is_empty(), "{code} {err}");
        }
    }

    #[test]
    fn where_nobody_listens_the_end_says_why() {
        let (code, _, err) = track("rtsp://127.0.0.1:9/1", &["--for", "1500 ms"]);
        assert!(
            code == 3 && err.contains("no frame came from rtsp://127.0.0.1:9/1: failed to read the video"),
            "{err}"
        );
    }
}
