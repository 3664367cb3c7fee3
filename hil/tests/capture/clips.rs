//! Videos made for a test.

use std::path::{Path, PathBuf};

use jpeg_encoder::{ColorType, Encoder};
use opencv::core::{CV_8UC1, CV_8UC3, Mat, Point, Scalar, Size};
use opencv::imgproc::{FILLED, LINE_8, rectangle};
use opencv::prelude::*;
use opencv::videoio::{CAP_FFMPEG, CAP_OPENCV_MJPEG, VideoWriter};

/// A folder of its own that goes with it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tiltyard-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A red square on blue that goes right by 2 px a frame; in grey, light on dark.
pub fn picture(size: (i32, i32), number: i32, grey: bool) -> Mat {
    let (kind, ground, square) = if grey {
        (CV_8UC1, Scalar::all(16.0), Scalar::all(235.0))
    } else {
        (CV_8UC3, Scalar::from((200.0, 0.0, 0.0)), Scalar::from((0.0, 0.0, 220.0)))
    };
    let mut picture = Mat::new_rows_cols_with_default(size.1, size.0, kind, ground).unwrap();
    let corner = Point::new(2 * number, 20);
    rectangle(&mut picture, (corner, Size::new(16, 16)).into(), square, FILLED, LINE_8, 0).unwrap();
    picture
}

/// Motion JPEG in AVI, at 20 Hz. Odd sizes are only written by OpenCV itself, grey only by FFmpeg.
pub fn avi(path: &Path, size: (i32, i32), frames: i32, grey: bool) {
    let fourcc = VideoWriter::fourcc('M', 'J', 'P', 'G').unwrap();
    let back_end = if grey { CAP_FFMPEG } else { CAP_OPENCV_MJPEG };
    let (name, size_px) = (path.to_str().unwrap(), Size::new(size.0, size.1));
    let mut writer = VideoWriter::new_with_backend(name, back_end, fourcc, 20.0, size_px, !grey).unwrap();
    assert!(writer.is_opened().unwrap(), "no writer for {name}");
    for number in 0..frames {
        writer.write(&picture(size, number, grey)).unwrap();
    }
    writer.release().unwrap();
}

/// The same as JPEG files.
pub fn jpegs(size: (i32, i32), frames: i32, grey: bool) -> Vec<Vec<u8>> {
    let one = |number| {
        let picture = picture(size, number, grey);
        let kind = if grey { ColorType::Luma } else { ColorType::Bgr };
        let mut file = Vec::new();
        let encoder = Encoder::new(&mut file, 90);
        encoder.encode(picture.data_bytes().unwrap(), size.0 as u16, size.1 as u16, kind).unwrap();
        file
    };
    (0..frames).map(one).collect()
}
