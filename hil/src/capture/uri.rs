//! Where video is captured from: `file:clip.mp4`, `rtsp://…`, `v4l2:///dev/video0`, `http://…/stream.mjpg` (DESIGN
//! section 6).

use core::fmt;
use core::str::FromStr;
use std::path::PathBuf;

use opencv::videoio::{CAP_FFMPEG, CAP_V4L2};

/// A video, as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureUri {
    /// A file, played at its own rate.
    File(PathBuf),
    /// A device of Video for Linux, by its path.
    V4l2(PathBuf),
    /// A stream of the network: `rtsp`, `rtsps`, `http` or `https`, as it was written.
    Net(String),
}

impl CaptureUri {
    /// What reads it: OpenCV's number, and a name for people.
    pub const fn back_end(&self) -> (i32, &'static str) {
        match self {
            Self::File(_) | Self::Net(_) => (CAP_FFMPEG, "FFmpeg"),
            Self::V4l2(_) => (CAP_V4L2, "V4L2"),
        }
    }
}

impl FromStr for CaptureUri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
        match scheme {
            // Both `file:clip.mp4` and `file:///folder/clip.mp4` are in use.
            "file" if !rest.trim_start_matches('/').is_empty() => {
                Ok(Self::File(rest.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(rest).into()))
            }
            "v4l2" if rest.starts_with("///dev/") => Ok(Self::V4l2(rest.trim_start_matches("//").into())),
            "rtsp" | "rtsps" | "http" | "https" if names_a_host(rest) => Ok(Self::Net(text.to_owned())),
            _ => Err(format!(
                "`{text}` is no video (expected file:clip.mp4, rtsp://HOST/…, v4l2:///dev/video0 or \
                 http://HOST/stream.mjpg)"
            )),
        }
    }
}

fn names_a_host(rest: &str) -> bool {
    let host = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#']).next());
    host.and_then(|host| host.rsplit('@').next()).is_some_and(|host| !host.is_empty() && !host.starts_with(':'))
}

/// Without a password: this is what logs say.
impl fmt::Display for CaptureUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::V4l2(path) => write!(f, "v4l2://{}", path.display()),
            Self::Net(uri) => match uri.split_once("//").map(|(scheme, rest)| (scheme, rest.split_once('@'))) {
                Some((scheme, Some((user, rest)))) if !user.contains('/') => write!(f, "{scheme}//…@{rest}"),
                _ => f.write_str(uri),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_is_read_and_has_a_back_end_of_its_own() {
        let read = |text: &str| text.parse::<CaptureUri>().map(|uri| (uri.to_string(), uri.back_end().1));
        assert_eq!(read("file:clips/a b.mp4").unwrap(), ("file:clips/a b.mp4".into(), "FFmpeg"));
        assert_eq!(read("file:///clips/a.mp4").unwrap(), ("file:/clips/a.mp4".into(), "FFmpeg"));
        assert_eq!(read("v4l2:///dev/video0").unwrap(), ("v4l2:///dev/video0".into(), "V4L2"));
        assert_eq!(read("https://h/stream.mjpg").unwrap(), ("https://h/stream.mjpg".into(), "FFmpeg"));
        for wrong in ["", "clip.mp4", "file:", "file:///", "v4l2:0", "rtsp:", "rtsp://", "rtsp://:554/1", "ftp://h/a"] {
            assert!(read(wrong).unwrap_err().contains("file:clip.mp4, rtsp://HOST"), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_used_and_not_told() {
        let uri: CaptureUri = "rtsp://user:secret@camera:554/1".parse().unwrap();
        assert_eq!(uri.to_string(), "rtsp://…@camera:554/1");
        assert_eq!(uri, CaptureUri::Net("rtsp://user:secret@camera:554/1".into()));
        assert_eq!("rtsp://camera/a@b".parse::<CaptureUri>().unwrap().to_string(), "rtsp://camera/a@b");
    }
}
