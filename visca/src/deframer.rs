//! Cuts frames out of a raw byte stream, and finds its way back after junk.
//!
//! Owns the bytes of one unfinished frame, sixteen at most. In order: bytes before a header are skipped; from the
//! header on bytes are kept; FF ends the frame; a run that is too long is dropped up to its FF. A header byte *inside*
//! a frame does not begin a new one, because answers may carry any byte but FF (version numbers do): a lost FF costs
//! the two frames beside it, no more.

use serde::{Deserialize, Serialize};

use crate::frame::{FRAME_LEN_MAX, TERMINATOR};
use crate::{Frame, FrameError, State, Visit};

/// Framing state of one direction of one link. Datagram links use it, too: one datagram may hold several frames.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deframer {
    /// The unfinished run: header first, or junk.
    bytes: [u8; FRAME_LEN_MAX],
    /// Its length so far, which may exceed what is kept.
    len: u32,
    /// The run has no header.
    junk: bool,
}

impl Deframer {
    /// At the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one byte; gives a frame, or what was wrong with the bytes skipped, when one ends here.
    ///
    /// ```
    /// use tiltyard_visca::{Deframer, FrameError};
    ///
    /// let mut deframer = Deframer::new();
    /// // Line noise, then two replies in one datagram: ACK and completion of socket 2.
    /// let bytes = [0x00, 0x90, 0x42, 0xFF, 0x90, 0x52, 0xFF];
    /// let read: Vec<_> = bytes.iter().filter_map(|&b| deframer.push(b)).collect();
    /// assert_eq!(read[0], Err(FrameError::Junk { len: 1 }));
    /// assert_eq!(read[1].unwrap().to_string(), "90 42 FF");
    /// assert_eq!(read[2].unwrap().to_string(), "90 52 FF");
    /// ```
    pub fn push(&mut self, byte: u8) -> Option<Result<Frame, FrameError>> {
        match byte {
            TERMINATOR => self.finish(),
            0x80.. if self.junk => {
                let skipped = self.len;
                self.begin(byte);
                Some(Err(FrameError::Junk { len: skipped as usize }))
            }
            _ if self.len == 0 => {
                self.begin(byte);
                None
            }
            _ => {
                if let Some(slot) = self.bytes.get_mut(self.len as usize) {
                    *slot = byte;
                }
                self.len = self.len.saturating_add(1);
                None
            }
        }
    }

    /// Between frames: nothing has come since the last FF.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn begin(&mut self, byte: u8) {
        *self = Self { bytes: [0; FRAME_LEN_MAX], len: 1, junk: byte < 0x80 };
        self.bytes[0] = byte;
    }

    /// A lone FF between frames is silence, not an error.
    fn finish(&mut self) -> Option<Result<Frame, FrameError>> {
        let mut run = core::mem::take(self);
        let len = (run.len as usize).saturating_add(1);
        if run.len == 0 {
            return None;
        }
        if run.junk {
            return Some(Err(FrameError::Junk { len }));
        }
        let Some(kept) = run.bytes.get_mut(..len) else { return Some(Err(FrameError::Long { len })) };
        kept[len - 1] = TERMINATOR;
        Some(Frame::new(kept))
    }
}

impl State for Deframer {
    fn visit(&self, v: &mut dyn Visit) {
        v.bytes("bytes", &self.bytes);
        v.u64("len", u64::from(self.len));
        v.bool("junk", self.junk);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(deframer: &mut Deframer, bytes: &[u8]) -> Vec<Result<Frame, FrameError>> {
        bytes.iter().filter_map(|&byte| deframer.push(byte)).collect()
    }

    #[test]
    fn a_frame_may_arrive_in_pieces() {
        let mut deframer = Deframer::new();
        assert_eq!(read(&mut deframer, &[0x90, 0x50, 0x01]), []);
        assert_eq!(read(&mut deframer, &[0x02]), []);
        assert_eq!(read(&mut deframer, &[0x03, 0x04, 0xFF]), [Frame::new(&[0x90, 0x50, 1, 2, 3, 4, 0xFF])]);
    }

    #[test]
    fn an_over_long_run_is_dropped_up_to_its_end() {
        let mut deframer = Deframer::new();
        let mut run = vec![0x81; 1000];
        run.extend([0xFF, 0x90, 0x41, 0xFF]);
        // 1000 bytes and the FF are one run.
        assert_eq!(read(&mut deframer, &run), [Err(FrameError::Long { len: 1001 }), Frame::new(&[0x90, 0x41, 0xFF])]);
    }

    #[test]
    fn sixteen_bytes_are_a_frame_and_seventeen_are_not() {
        let mut longest = vec![0x90; 15];
        longest.push(0xFF);
        assert_eq!(read(&mut Deframer::new(), &longest), [Frame::new(&longest)]);
        longest.insert(1, 0x00);
        assert_eq!(read(&mut Deframer::new(), &longest), [Err(FrameError::Long { len: 17 })]);
    }

    #[test]
    fn lone_terminators_are_silence() {
        assert_eq!(read(&mut Deframer::new(), &[0xFF, 0xFF, 0xFF]), []);
        assert_eq!(read(&mut Deframer::new(), &[0x90, 0xFF]), [Err(FrameError::Short { len: 2 })]);
        assert_eq!(read(&mut Deframer::new(), &[0x41, 0x42, 0xFF]), [Err(FrameError::Junk { len: 3 })]);
    }

    proptest! {
        #[test]
        fn frames_survive_any_junk_without_header_before_them(
            junk in prop::collection::vec(0u8..0x80, 0..40),
            payload in prop::collection::vec(0u8..0xFF, 1..=14),
        ) {
            let mut frame = vec![0x90];
            frame.extend(payload);
            frame.push(0xFF);
            let stream: Vec<u8> = junk.iter().chain(&frame).copied().collect();
            let last = read(&mut Deframer::new(), &stream).pop();
            prop_assert_eq!(last, Some(Frame::new(&frame)));
        }

        #[test]
        fn splits_do_not_matter(bytes in prop::collection::vec(any::<u8>(), 0..80), at in 0usize..80) {
            let at = at.min(bytes.len());
            let mut split = Deframer::new();
            let mut pieces = read(&mut split, &bytes[..at]);
            pieces.extend(read(&mut split, &bytes[at..]));
            prop_assert_eq!(pieces, read(&mut Deframer::new(), &bytes));
        }

        #[test]
        fn after_a_terminator_the_next_frame_is_read(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut deframer = Deframer::new();
            read(&mut deframer, &bytes);
            read(&mut deframer, &[0xFF]);
            prop_assert_eq!(read(&mut deframer, &[0x90, 0x41, 0xFF]), [Frame::new(&[0x90, 0x41, 0xFF])]);
        }
    }
}
