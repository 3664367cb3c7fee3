//! Video that comes by itself: a camera's, or a file's at its own rate.
//!
//! A thread reads, and whoever wants pictures waits for the newest no longer than they said: a read that hangs, and one
//! that hangs beyond OpenCV's own time-outs, holds up that thread alone. What was not fetched when the next picture
//! came is gone, and leaves a gap in the numbers. A camera that ends, falls silent or does not answer is told as an
//! error, each time, and tried again after a pause that doubles; a file ends for good.
//!
//! FFmpeg keeps the time-outs of [`Settings`]. V4L2 knows none that can be set from here; it gives up after ten seconds
//! by itself (`OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT`), and [`Stream::next`] says that nothing comes before that. RTSP goes
//! over TCP where the camera can; `OPENCV_FFMPEG_CAPTURE_OPTIONS` in the environment changes that.

use core::time::Duration;
use std::thread::JoinHandle;

use opencv::core::{Mat, Vector};
use opencv::prelude::*;
use opencv::videoio::{CAP_PROP_OPEN_TIMEOUT_MSEC, CAP_PROP_READ_TIMEOUT_MSEC, VideoCapture};
use tiltyard_visca::SimTime;

use super::file::{self, FileFrames};
use super::{CaptureError, CaptureUri, RgbFrame, quiet};
use crate::clock::WallClock;
use crate::sync::{Arc, Condvar, Mutex, lock, wait};

/// How long a thread that reads may take to end before it is left behind.
const END_WITHIN: Duration = Duration::from_secs(1);

/// How patient it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Until the camera has answered and the first picture can be read.
    pub open_within: Duration,
    /// Until the next picture.
    pub read_within: Duration,
    /// Before it is tried again, the first time; doubles each time that it fails.
    pub again_after: Duration,
    /// The longest pause.
    pub again_max: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            open_within: Duration::from_secs(5),
            read_within: Duration::from_secs(3),
            again_after: Duration::from_millis(500),
            again_max: Duration::from_secs(8),
        }
    }
}

/// A video that comes by itself.
pub struct Stream {
    shared: Arc<Shared>,
    uri: CaptureUri,
    settings: Settings,
    clock: WallClock,
    heard_at: SimTime,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    newest: Option<RgbFrame>,
    trouble: Option<CaptureError>,
    /// Nothing will come any more.
    over: Option<CaptureError>,
    stopped: bool,
    ended: bool,
}

impl Stream {
    /// Begins to read. A file that is none is an error here; a camera that is not there is one of [`next`](Self::next).
    pub fn start(uri: &CaptureUri, settings: Settings) -> Result<Self, CaptureError> {
        quiet();
        let shared = Arc::<Shared>::default();
        let clock = WallClock::start();
        let reader = Reader { shared: Arc::clone(&shared), clock, settings };
        let (opened, at) = match uri {
            CaptureUri::File(path) => (Some(file::open(path)?), uri.clone()),
            _ => (None, uri.clone()),
        };
        let run = move || {
            let _ends = Ends(Arc::clone(&reader.shared));
            match opened {
                Some(frames) => reader.play(frames),
                None => reader.capture(&at),
            }
        };
        let thread = std::thread::Builder::new().name("capture".to_owned()).spawn(run);
        let thread = Some(thread.map_err(|error| CaptureError::Thread(error.to_string()))?);
        Ok(Self { shared, uri: uri.clone(), settings, clock, heard_at: clock.now(), thread })
    }

    /// The newest picture that was not fetched before; `None` when none came within `patience`. An error is told once
    /// and the stream goes on, unless it [is over](Self::is_over).
    pub fn next(&mut self, patience: Duration) -> Result<Option<RgbFrame>, CaptureError> {
        let Settings { open_within, read_within, again_max, .. } = self.settings;
        let until = self.clock.now() + patience;
        let mut inner = lock(&self.shared.inner);
        loop {
            let now = self.clock.now();
            if let Some(frame) = inner.newest.take() {
                self.heard_at = now;
                return Ok(Some(frame));
            }
            if let Some(told) = inner.trouble.take().or_else(|| inner.over.clone()) {
                self.heard_at = now;
                return Err(told);
            }
            let silent = now.since(self.heard_at);
            if silent >= open_within + read_within + again_max {
                // The library hangs beyond the time-outs that it was given.
                self.heard_at = now;
                return Err(CaptureError::Silent { video: self.uri.to_string(), silent });
            }
            if now >= until {
                return Ok(None);
            }
            inner = wait(&self.shared.changed, inner, Some(until.since(now)));
        }
    }

    /// A file has ended: nothing will come any more.
    pub fn is_over(&self) -> bool {
        let inner = lock(&self.shared.inner);
        inner.over.is_some() && inner.newest.is_none()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut inner = lock(&self.shared.inner);
        inner.stopped = true;
        self.shared.changed.notify_all();
        let until = self.clock.now() + END_WITHIN;
        while !inner.ended && self.clock.now() < until {
            inner = wait(&self.shared.changed, inner, Some(self.clock.until(until)));
        }
        let ended = inner.ended;
        drop(inner);
        if let Some(thread) = self.thread.take().filter(|_| ended) {
            // What it had to say it has said.
            let _ = thread.join();
        }
    }
}

/// Tells that the thread has ended, however it did.
struct Ends(Arc<Shared>);

impl Drop for Ends {
    fn drop(&mut self) {
        lock(&self.0.inner).ended = true;
        self.0.changed.notify_all();
    }
}

/// The thread's side.
struct Reader {
    shared: Arc<Shared>,
    clock: WallClock,
    settings: Settings,
}

impl Reader {
    fn tell(&self, what: impl FnOnce(&mut Inner)) {
        what(&mut lock(&self.shared.inner));
        self.shared.changed.notify_all();
    }

    /// Waits until then; `false` when it shall end.
    fn wait_until(&self, at: SimTime) -> bool {
        let mut inner = lock(&self.shared.inner);
        while !inner.stopped {
            let now = self.clock.now();
            if now >= at {
                return true;
            }
            inner = wait(&self.shared.changed, inner, Some(at.since(now)));
        }
        false
    }

    /// A file, each frame when it is due.
    fn play(&self, mut frames: FileFrames) {
        let began = self.clock.now();
        let over = loop {
            match frames.next_frame() {
                Ok(Some(frame)) => {
                    let due_s = frame.index as f64 / frames.rate_hz;
                    if !self.wait_until(began + Duration::from_secs_f64(due_s)) {
                        return;
                    }
                    self.tell(|inner| inner.newest = Some(frame));
                }
                Ok(None) => break CaptureError::Ended { video: frames.name().to_owned(), read: frames.frames_read() },
                Err(error) => break error,
            }
        };
        self.tell(|inner| inner.over = Some(over));
    }

    /// A camera, over and over.
    fn capture(&self, uri: &CaptureUri) {
        let Settings { again_after, again_max, .. } = self.settings;
        let (mut pause, mut index) = (again_after, 0);
        loop {
            let before = index;
            let Some(trouble) = self.session(uri, &mut index).err() else { return };
            self.tell(|inner| inner.trouble = Some(trouble));
            pause = if index > before { again_after } else { pause };
            if !self.wait_until(self.clock.now() + pause) {
                return;
            }
            pause = (pause * 2).min(again_max);
        }
    }

    /// One connection, to its end; without an error, it was told to stop.
    fn session(&self, uri: &CaptureUri, index: &mut u64) -> Result<(), CaptureError> {
        let mut capture = self.open(uri)?;
        let (mut captured, mut read) = (Mat::default(), 0);
        loop {
            let asked_at = self.clock.now();
            let came = capture.read(&mut captured)?;
            if lock(&self.shared.inner).stopped {
                return Ok(());
            }
            if !came {
                let (video, silent) = (uri.to_string(), self.clock.now().since(asked_at));
                if silent >= self.settings.read_within {
                    return Err(CaptureError::Silent { video, silent });
                }
                return Err(CaptureError::Ended { video, read });
            }
            let frame = RgbFrame::of(&captured, *index)?;
            *index += 1;
            read += 1;
            self.tell(|inner| inner.newest = Some(frame));
        }
    }

    fn open(&self, uri: &CaptureUri) -> Result<VideoCapture, CaptureError> {
        let Settings { open_within, read_within, .. } = self.settings;
        let (back_end, name) = uri.back_end();
        let millis = |span: Duration| i32::try_from(span.as_millis()).unwrap_or(i32::MAX);
        let within = [CAP_PROP_OPEN_TIMEOUT_MSEC, millis(open_within), CAP_PROP_READ_TIMEOUT_MSEC, millis(read_within)];
        let capture = match uri {
            CaptureUri::File(path) | CaptureUri::V4l2(path) if !path.exists() => {
                return Err(CaptureError::NoDevice(uri.to_string()));
            }
            CaptureUri::File(path) | CaptureUri::V4l2(path) => {
                VideoCapture::from_file(path.display().to_string(), back_end)?
            }
            CaptureUri::Net(uri) => VideoCapture::from_file_with_params(uri, back_end, &Vector::from_slice(&within))?,
        };
        if capture.is_opened()? {
            return Ok(capture);
        }
        Err(CaptureError::NoAnswer { video: uri.to_string(), back_end: name, within: open_within })
    }
}
