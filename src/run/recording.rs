//! What passes between world and stack, kept for a run file.
//!
//! Off by default: a run that is not recorded keeps nothing and pays one branch a hook. A stack speaks before anybody
//! can ask for a recording (its first question leaves as it is built), so a recorder begins undecided and drops those
//! first bytes when the run begins unrecorded.

use core::time::Duration;

use tiltyard_visca::SimTime;

use crate::rig::{Delivery, Input, Inputs, Turns};
use crate::stack::detect::Detection;
use crate::stack::frame::{PixelBox, Pixels};
use crate::stack::watchdog::Alarm;
use crate::stack::{Frame, Stack};

/// What passed between world and stack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// What went into the stack.
    pub inputs: Inputs,
    /// What it sent.
    pub sent: Vec<Sent>,
    /// What it saw in each frame that it decided on.
    pub looks: Vec<Look>,
    /// Its alarms.
    pub alarms: Vec<(SimTime, Alarm)>,
    /// The pictures that it looked at, where a [`Film`] was put in.
    pub pictures: Vec<Shown>,
}

/// A picture that the stack decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// When the decision was made.
    pub at: SimTime,
    /// When the picture was exposed.
    pub captured_at: SimTime,
    /// The picture as [`Film::develop`] made it.
    pub bytes: Vec<u8>,
}

/// What keeps pictures: a run has too many of them to hold their pixels in memory.
#[derive(Clone, Copy, Debug)]
pub struct Film {
    /// Makes the bytes of an image file of a picture; `None` where its size does not fit the format.
    pub develop: fn(&Pixels) -> Option<Vec<u8>>,
    /// Every so many-th picture is kept, from the first; 0 is taken for 1.
    pub every: usize,
}

/// A datagram that left the stack for the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When.
    pub at: SimTime,
    /// What.
    pub datagram: tiltyard_visca::Datagram,
}

/// A decision, with what it was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// When it was made.
    pub at: SimTime,
    /// On which frame.
    pub frame: Frame,
    /// What the detector found in it.
    pub detections: Vec<Detection>,
    /// The followed target's box, if it was seen in this frame.
    pub chosen: Option<PixelBox>,
}

/// A frame as it is kept: pictures are drawn again from the scenario, or not at all.
fn without_pixels(frame: &Frame) -> Frame {
    Frame { content: frame.content.clone(), pixels: None, ..*frame }
}

/// The executor's hooks.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    mode: Mode,
    turns: Turns,
    film: Option<Film>,
    recording: Recording,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Undecided,
    Off,
    On,
}

impl Recorder {
    /// Keeps everything.
    pub(super) const fn switch_on(&mut self) {
        self.mode = Mode::On;
    }

    /// Keeps pictures, too.
    pub(super) const fn load(&mut self, film: Film) {
        self.film = Some(film);
    }

    /// The run begins: who did not ask for a recording by now gets none.
    pub(super) fn begin(&mut self) {
        if self.mode == Mode::Undecided {
            *self = Self { mode: Mode::Off, ..Self::default() };
        }
    }

    /// The recording, if there was to be one.
    pub(super) fn into_recording(self) -> Option<Recording> {
        (self.mode == Mode::On).then_some(self.recording)
    }

    /// A turn of the executor.
    pub(super) fn turn(&mut self, now: SimTime) {
        if self.mode == Mode::On {
            self.turns.step(now);
        }
    }

    /// Something came.
    pub(super) fn delivered(&mut self, at: SimTime, delivery: &Delivery) {
        if self.mode == Mode::On {
            let delivery = match delivery {
                Delivery::Frame(frame) => Delivery::Frame(without_pixels(frame)),
                other => other.clone(),
            };
            let input = Input { at, turn: self.turns.turn(), delivery };
            self.recording.inputs.deliveries.push(input);
        }
    }

    /// An inference began, longer by `added` because of a fault.
    pub(super) fn inferring(&mut self, at: SimTime, added: Duration) {
        let delays = &mut self.recording.inputs.inference_delays;
        if self.mode == Mode::On && added != delays.last().map_or(Duration::ZERO, |(_, last)| *last) {
            delays.push((at, added));
        }
    }

    /// A decision was made.
    pub(super) fn decided(&mut self, at: SimTime, frame: &Frame, stack: &Stack) {
        if self.mode == Mode::On {
            let detections = stack.detections().to_vec();
            let chosen = stack.last_decision().and_then(|decision| decision.seen);
            if frame.pixels.is_some() {
                self.recording.inputs.found.insert(frame.seq, detections.clone());
            }
            self.photograph(at, frame);
            self.recording.looks.push(Look { at, frame: without_pixels(frame), detections, chosen });
        }
    }

    fn photograph(&mut self, at: SimTime, frame: &Frame) {
        let (Some(film), Some(pixels)) = (self.film, &frame.pixels) else { return };
        if !self.recording.looks.len().is_multiple_of(film.every.max(1)) {
            return;
        }
        let captured_at = frame.captured_at;
        self.recording.pictures.extend((film.develop)(pixels).map(|bytes| Shown { at, captured_at, bytes }));
    }

    /// The stack spoke.
    pub(super) fn sent(&mut self, at: SimTime, datagram: tiltyard_visca::Datagram) {
        if self.mode != Mode::Off {
            self.recording.sent.push(Sent { at, datagram });
        }
    }

    /// The stack raised an alarm.
    pub(super) fn alarmed(&mut self, at: SimTime, alarm: Alarm) {
        if self.mode != Mode::Off {
            self.recording.alarms.push((at, alarm));
        }
    }
}
