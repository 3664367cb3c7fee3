//! The motion detector: what differs from the background that was learned.
//!
//! Who learns the background is a library's business ([`Background`]; OpenCV's MOG2 in `crate::infer`). Its mask is
//! opened and closed there, and here taken apart into 8-connected components whose area is within limits. A box's
//! confidence is how much of it is foreground, from 0.5 for nothing to 1 for all of it. Shadows, which the library
//! marks with half brightness, are no foreground.
//!
//! **While the camera moves, everything does**, so it does not look then: by what the stack knows of its own drives it
//! is told whether head and lens stood at the exposure, and for [`MotionConfig::settle`] after they did not, it is
//! [down](Detector::down), which stops the camera. The background is forgotten then, and learned anew from
//! [`MotionConfig::learn_frames`] frames. So a camera that follows by motion goes in steps: look, turn, stand, look.
//! More than half of the picture in motion is the same case: somebody else has turned the camera, or the light changed.
//!
//! Does not model: a background that is carried along with the head (registration), which OpenCV has parts for.
//!
//! A background cannot be copied out of the library, so a run with this detector cannot be frozen on the way.

use core::time::Duration;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, State, Visit};

use super::blob::blobs;
use super::{Detection, Detector};
use crate::stack::frame::{Frame, Pixels};
use crate::stack::saved::{Saved, SavedError};

/// What is foreground for certain; shadows are marked below it.
const FOREGROUND: u8 = 255;

/// How motion is told from the background.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MotionConfig {
    /// Frames over which the background is learned.
    pub history: u32,
    /// Squared distance from the background, in its variances, beyond which a pixel is none of it.
    pub variance_threshold: f64,
    /// Shadows are told apart, and are no motion.
    pub shadows: bool,
    /// Side of the square that specks have to be larger than \[px\]; 0 leaves them.
    pub open_px: u32,
    /// Side of the square with which holes and gaps are closed \[px\]; 0 leaves them.
    pub close_px: u32,
    /// Smallest area \[px\].
    pub area_min_px: u32,
    /// Largest area \[px\].
    pub area_max_px: u32,
    /// Frames that are learned from before it looks again.
    pub learn_frames: u32,
    /// How long the camera has to have stood.
    pub settle: Duration,
    /// What moves is called.
    pub label: Arc<str>,
}

impl Default for MotionConfig {
    /// OpenCV's own defaults for MOG2 (500 frames, 16, shadows on); the rest suits a picture 640 px wide.
    fn default() -> Self {
        Self {
            history: 500,
            variance_threshold: 16.0,
            shadows: true,
            open_px: 3,
            close_px: 7,
            area_min_px: 60,
            area_max_px: u32::MAX,
            learn_frames: 8,
            settle: Duration::from_millis(300),
            label: Arc::from("person"),
        }
    }
}

/// Knows the background.
pub trait Background: Send {
    /// What of a picture is none of it: 255 where something moves, less where not, row by row. Learns from it, too. An
    /// error is a sentence.
    fn foreground(&mut self, pixels: &Pixels) -> Result<Vec<u8>, String>;

    /// Forgets all it has learned.
    fn forget(&mut self) -> Result<(), String>;
}

/// Finds what moves; a frame without pixels has nothing.
pub struct Motion {
    background: Box<dyn Background>,
    config: MotionConfig,
    /// The camera moved in a frame of that time, the last one.
    moved_at: Option<SimTime>,
    /// Whether the camera stands, as it was told for the next frame.
    stands: bool,
    learned: u32,
    down: Option<String>,
}

impl Motion {
    /// On a background that knows nothing yet.
    pub fn new(background: Box<dyn Background>, config: MotionConfig) -> Self {
        Self { background, config, moved_at: None, stands: true, learned: 0, down: None }
    }

    fn look(&mut self, frame: &Frame, found: &mut Vec<Detection>) -> Result<(), String> {
        let Some(pixels) = &frame.pixels else { return Ok(()) };
        if !self.stands {
            self.moved_at = Some(frame.captured_at);
        }
        let settled = |moved_at: SimTime| frame.captured_at.since(moved_at) >= self.config.settle;
        if !self.stands || !self.moved_at.is_none_or(settled) {
            self.forget()?;
            return Err("the camera moves, and with it the background".to_owned());
        }
        let mask = self.background.foreground(pixels)?;
        let all = pixels.width_px as usize * pixels.height_px as usize;
        if mask.len() != all || all == 0 {
            return Err(format!("the mask of {all} pixels has {}", mask.len()));
        }
        if self.learned < self.config.learn_frames {
            self.learned += 1;
            return Err("the background is being learned".to_owned());
        }
        let spots = blobs(&mask, pixels.width_px as usize, FOREGROUND);
        if spots.iter().map(|spot| spot.area_px as usize).sum::<usize>() * 2 > all {
            self.forget()?;
            return Err("more than half of the picture moves: the light has changed, or the camera was turned".into());
        }
        for spot in spots {
            if !(self.config.area_min_px..=self.config.area_max_px).contains(&spot.area_px) {
                continue;
            }
            let bbox = spot.bbox();
            let confidence = 0.5 + 0.5 * f64::from(spot.area_px) / (bbox.w_px * bbox.h_px);
            found.push(Detection { label: Arc::clone(&self.config.label), confidence, bbox });
        }
        Ok(())
    }

    fn forget(&mut self) -> Result<(), String> {
        if self.learned > 0 {
            self.learned = 0;
            self.background.forget()?;
        }
        Ok(())
    }
}

impl Detector for Motion {
    fn name(&self) -> &'static str {
        "motion"
    }

    fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>) {
        self.down = self.look(frame, found).err();
    }

    fn down(&self) -> Option<&str> {
        self.down.as_deref()
    }

    fn camera_stands(&mut self, stands: bool) {
        self.stands = stands;
    }
}

/// What the library has learned follows from the pictures, which the scene walks.
impl State for Motion {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("learned", u64::from(self.learned));
        v.bool("stands", self.stands);
        v.bool("down", self.down.is_some());
        v.time("moved_at", self.moved_at.unwrap_or(SimTime::ZERO));
    }
}

impl Saved for Motion {
    fn save(&self) -> Result<Vec<u8>, SavedError> {
        Err(SavedError::Unwritable("`stack.detector.motion`: the library gives no copy of the background".to_owned()))
    }

    fn restore(&mut self, _: &[u8]) -> Result<(), SavedError> {
        Err(SavedError::Unreadable("`stack.detector.motion`: the library takes no copy of a background".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::frame::Content;

    /// Whatever is bright is foreground; tells how often it was to forget.
    #[derive(Default)]
    struct Bright(Arc<core::sync::atomic::AtomicUsize>);

    impl Background for Bright {
        fn foreground(&mut self, pixels: &Pixels) -> Result<Vec<u8>, String> {
            Ok(pixels.rgb.chunks_exact(3).map(|pixel| pixel[0]).collect())
        }

        fn forget(&mut self) -> Result<(), String> {
            self.0.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
            Ok(())
        }
    }

    /// 20 × 10 px, with a block of this level.
    fn frame(millis: u64, block: (usize, usize), level: u8) -> Frame {
        let bright = |at: usize| at % 20 < block.0 && at / 20 < block.1;
        let rgb = (0..200).flat_map(|at| [if bright(at) { level } else { 0 }; 3]).collect();
        Frame {
            seq: 0,
            picture: 0,
            captured_at: SimTime::from_millis(millis),
            arrived_at: SimTime::from_millis(millis),
            width_px: 20,
            height_px: 10,
            content: Content::Truth { boxes: Arc::new([]), miss_probability: 0.0 },
            pixels: Some(Pixels { width_px: 20, height_px: 10, rgb: Arc::new(rgb) }),
        }
    }

    fn motion(learn_frames: u32) -> (Motion, Arc<core::sync::atomic::AtomicUsize>) {
        let background = Bright::default();
        let forgotten = Arc::clone(&background.0);
        let config = MotionConfig { learn_frames, area_min_px: 4, area_max_px: 60, ..MotionConfig::default() };
        (Motion::new(Box::new(background), config), forgotten)
    }

    fn seen(motion: &mut Motion, frame: &Frame) -> Result<Vec<[f64; 4]>, String> {
        let mut found = Vec::new();
        motion.detect(frame, &mut found);
        assert!(motion.down().is_none() || found.is_empty(), "who is down has seen nobody");
        let sides = |found: &Detection| [found.bbox.x_px, found.bbox.y_px, found.bbox.w_px, found.bbox.h_px];
        motion.down().map_or_else(|| Ok(found.iter().map(sides).collect()), |why| Err(why.to_owned()))
    }

    #[test]
    fn what_moves_is_found_within_limits_and_shadows_are_not() {
        let (mut motion, _) = motion(0);
        assert_eq!(seen(&mut motion, &frame(0, (3, 4), 255)), Ok(vec![[0.0, 0.0, 3.0, 4.0]]));
        assert_eq!(seen(&mut motion, &frame(0, (3, 1), 255)), Ok(vec![]), "too small");
        assert_eq!(seen(&mut motion, &frame(0, (9, 9), 255)), Ok(vec![]), "too large");
        assert_eq!(seen(&mut motion, &frame(0, (3, 4), 127)), Ok(vec![]), "a shadow");
        assert_eq!(seen(&mut motion, &Frame { pixels: None, ..frame(0, (3, 4), 255) }), Ok(vec![]));
    }

    #[test]
    fn a_camera_that_moves_makes_it_forget_and_wait() {
        let (mut motion, forgotten) = motion(2);
        let learns = Err("the background is being learned".to_owned());
        for millis in [0, 100] {
            assert_eq!(seen(&mut motion, &frame(millis, (0, 0), 0)), learns);
        }
        assert!(seen(&mut motion, &frame(200, (3, 4), 255)).is_ok());
        motion.camera_stands(false);
        assert!(seen(&mut motion, &frame(300, (3, 4), 255)).unwrap_err().contains("the camera moves"));
        motion.camera_stands(true);
        assert!(seen(&mut motion, &frame(500, (3, 4), 255)).unwrap_err().contains("the camera moves"), "not settled");
        assert_eq!(forgotten.load(core::sync::atomic::Ordering::Relaxed), 1, "once a move");
        for millis in [600, 700] {
            assert_eq!(seen(&mut motion, &frame(millis, (3, 4), 255)), learns);
        }
        assert!(seen(&mut motion, &frame(800, (3, 4), 255)).is_ok());
    }

    #[test]
    fn a_picture_that_moves_as_a_whole_is_no_motion_in_it() {
        let (mut motion, forgotten) = motion(1);
        let _ = seen(&mut motion, &frame(0, (0, 0), 0));
        assert!(seen(&mut motion, &frame(100, (20, 6), 255)).unwrap_err().contains("more than half"));
        assert_eq!(forgotten.load(core::sync::atomic::Ordering::Relaxed), 1);
        assert!(motion.save().is_err(), "a background cannot be copied");
    }
}
