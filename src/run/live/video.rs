//! Where video comes from: the trait, and the URIs of DESIGN section 6.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use std::io;
use std::sync::Arc;

#[cfg(feature = "opencv")]
use tiltyard_hil::capture::{CaptureError, CaptureUri};

use super::multipart::MultipartError;

/// One picture as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// Sequence number; a gap is a loss. The source's own, or counted.
    pub seq: u64,
    /// A hash of the picture as it came: equal pictures have equal hashes.
    pub hash: u64,
    /// How old the picture was when it came, where the source knows; `None` where it does not.
    pub age: Option<Duration>,
    /// Width and height \[px\].
    pub size_px: (u32, u32),
    /// What is to be seen.
    pub image: Image,
    /// The boxes that the source says are in it, as JSON: the virtual camera does, no real one.
    pub boxes: Option<String>,
}

/// A picture in the form in which its source has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Image {
    /// A JPEG file, not looked into yet.
    Jpeg(Vec<u8>),
    /// Rows from the top, three bytes a pixel, red first.
    Rgb(Arc<Vec<u8>>),
}

impl Default for Image {
    fn default() -> Self {
        Self::Jpeg(Vec::new())
    }
}

/// A stream of pictures.
pub trait VideoSource: Send {
    /// Waits for the next picture for a moment (a few tenths of a second); `None` when none came. After an error the
    /// next call begins anew, with a connection of its own.
    fn next(&mut self) -> Result<Option<Picture>, VideoError>;

    /// Nothing will come any more, as after the end of a file; a camera may always come back.
    fn is_over(&self) -> bool {
        false
    }
}

/// What is wrong with the video.
#[derive(Debug, thiserror::Error)]
pub enum VideoError {
    /// The connection.
    #[error("read the video: {0}")]
    Io(#[from] io::Error),
    /// The answer was no video.
    #[error("read the video: the server answered `{0}` (expected 200 and multipart/x-mixed-replace)")]
    Answer(String),
    /// The stream.
    #[error(transparent)]
    Stream(#[from] MultipartError),
    /// It ended.
    #[error("read the video: the stream has ended")]
    Ended,
    /// A part that is no JPEG.
    #[error("read the video: a part is no JPEG picture")]
    Picture,
    /// What OpenCV captures.
    #[cfg(feature = "opencv")]
    #[error(transparent)]
    Capture(#[from] CaptureError),
}

impl VideoError {
    /// It is the end that a file has, and no trouble.
    pub const fn is_end(&self) -> bool {
        #[cfg(feature = "opencv")]
        if let Self::Capture(CaptureError::Ended { .. }) = self {
            return true;
        }
        matches!(self, Self::Ended)
    }
}

/// Where video comes from, as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VideoUri {
    /// Motion JPEG over HTTP: `host:port` and the path.
    Http {
        /// Host and port.
        host: String,
        /// The path, with its slash.
        path: String,
    },
    /// What OpenCV captures: files, RTSP, V4L2, HTTPS.
    #[cfg(feature = "opencv")]
    Captured(CaptureUri),
    /// A kind that this build does not know: the URI, and what would.
    NotBuiltIn {
        /// As given.
        uri: String,
        /// What enables it, in a few words.
        needs: &'static str,
    },
}

impl FromStr for VideoUri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let not_built_in = |needs| Ok(Self::NotBuiltIn { uri: text.to_owned(), needs });
        let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
        match scheme {
            "http" => {
                let rest = rest.strip_prefix("//").unwrap_or_default();
                let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
                if host.is_empty() || host.contains(['@', ' ', '?', '#']) {
                    return Err(format!("`{text}` names no host (expected http://HOST:PORT/stream.mjpg)"));
                }
                let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
                let host = if has_port { host.to_owned() } else { format!("{host}:80") };
                Ok(Self::Http { host, path: format!("/{path}") })
            }
            #[cfg(feature = "opencv")]
            "rtsp" | "rtsps" | "v4l2" | "file" | "https" => Ok(Self::Captured(text.parse()?)),
            #[cfg(not(feature = "opencv"))]
            "rtsp" | "rtsps" | "v4l2" | "file" | "https" => not_built_in(crate::infer::OPENCV),
            "sim" => not_built_in("`tiltyard camera`, whose video is http://HOST:8080/stream.mjpg, or `tiltyard run`"),
            _ => Err(format!(
                "`{text}` is no video (expected http://HOST/stream.mjpg, rtsp://…, v4l2:///dev/video0 or file:…)"
            )),
        }
    }
}

impl fmt::Display for VideoUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { host, path } => write!(f, "http://{host}{path}"),
            #[cfg(feature = "opencv")]
            Self::Captured(uri) => write!(f, "{uri}"),
            Self::NotBuiltIn { uri, .. } => f.write_str(uri),
        }
    }
}

/// Width and height of a JPEG file, from its frame header (ITU-T T.81, B.2.2); `None` when it is none.
pub(super) fn jpeg_size(file: &[u8]) -> Option<(u32, u32)> {
    let mut rest = file.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let (&[0xFF, marker], after) = rest.split_first_chunk::<2>()? else { return None };
        if marker == 0xFF {
            // Fill bytes before a marker.
            rest = rest.get(1..)?;
            continue;
        }
        let len = usize::from(u16::from_be_bytes(*after.first_chunk::<2>()?));
        // SOF0 to SOF15, without the tables that share the range: C4, C8, CC.
        if (0xC0..=0xCF).contains(&marker) && ![0xC4, 0xC8, 0xCC].contains(&marker) {
            let [height, width] = [3, 5].map(|at| after.get(at..at + 2).and_then(|two| two.first_chunk::<2>()));
            let side = |bytes: Option<&[u8; 2]>| bytes.map(|bytes| u32::from(u16::from_be_bytes(*bytes)));
            return Some((side(width)?, side(height)?)).filter(|(width, height)| *width > 0 && *height > 0);
        }
        rest = after.get(len..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_read_and_what_is_not_built_in_says_what_would() {
        let read = |text: &str| text.parse::<VideoUri>().map(|uri| uri.to_string());
        assert_eq!(read("http://camera/stream.mjpg").unwrap(), "http://camera:80/stream.mjpg");
        assert_eq!(read("http://127.0.0.1:8080").unwrap(), "http://127.0.0.1:8080/");
        let needs = |uri: &str| match uri.parse() {
            Ok(VideoUri::NotBuiltIn { needs, .. }) => Some(needs),
            _ => None,
        };
        assert!(needs("sim:").unwrap().contains("tiltyard camera"));
        for uri in ["rtsp://h/1", "v4l2:///dev/video0", "file:a.mp4", "https://h/stream.mjpg"] {
            let captured = cfg!(feature = "opencv");
            assert!(needs(uri).map_or(captured, |needs| !captured && needs.contains("--features opencv")), "{uri}");
        }
        for wrong in ["", "camera", "http://", "http:///x", "ftp://h"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_size_of_a_picture_is_in_its_frame_header() {
        let mut file = Vec::new();
        let pixels = vec![0; 48 * 32 * 4];
        let encoder = jpeg_encoder::Encoder::new(&mut file, 80);
        encoder.encode(&pixels, 48, 32, jpeg_encoder::ColorType::Rgba).unwrap();
        assert_eq!(jpeg_size(&file), Some((48, 32)));
        for len in 0..file.len().min(700) {
            // Never more than what is there.
            let _ = jpeg_size(&file[..len]);
        }
        assert_eq!(jpeg_size(b"<html>"), None);
        assert_eq!(jpeg_size(&[]), None);
    }
}
