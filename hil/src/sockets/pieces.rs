//! What was read, cut into pieces that a [`Datagram`] holds.
//!
//! Owns the read buffer. A piece ends after a frame wherever one ends in reach, so that who loses a piece loses whole
//! frames. Under Sony's header a datagram is one message: what is longer than any message keeps its beginning only, so
//! that the camera can still say what is wrong with it.

use core::ops::Range;

use tiltyard_visca::{Datagram, Framing, Peer};

/// The longest datagram that UDP has; a stream is read as much at a time.
const READ_MAX: usize = 65_536;
/// Last byte of a VISCA frame.
const TERMINATOR: u8 = 0xFF;

/// Bytes that were read and not handed on yet.
#[derive(Debug)]
pub(super) struct Pieces {
    buffer: Vec<u8>,
    left: Range<usize>,
    from: Peer,
}

impl Pieces {
    pub fn new() -> Self {
        Self { buffer: vec![0; READ_MAX], left: 0..0, from: Peer::default() }
    }

    /// Where to read into; what was there is gone.
    pub fn buffer(&mut self) -> &mut [u8] {
        self.left = 0..0;
        &mut self.buffer
    }

    /// So many bytes of the buffer came from this controller.
    pub fn fill(&mut self, from: Peer, len: usize) {
        let len = if from.framing == Framing::Sony { len.min(Datagram::CAPACITY) } else { len };
        (self.left, self.from) = (0..len, from);
    }

    /// The next piece.
    pub fn next(&mut self) -> Option<(Peer, Datagram)> {
        let bytes = self.buffer.get(self.left.clone()).filter(|bytes| !bytes.is_empty())?;
        let len = piece_len(bytes);
        let datagram = Datagram::new(bytes.get(..len)?).ok()?;
        self.left.start += len;
        Some((self.from, datagram))
    }
}

/// All of it where it fits; else up to the last frame that ends in reach, or as much as fits.
fn piece_len(bytes: &[u8]) -> usize {
    match bytes.get(..Datagram::CAPACITY) {
        None => bytes.len(),
        Some(reach) => reach.iter().rposition(|&byte| byte == TERMINATOR).map_or(reach.len(), |last| last + 1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(framing: Framing, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut pieces = Pieces::new();
        pieces.buffer()[..bytes.len()].copy_from_slice(bytes);
        pieces.fill(Peer { number: 0, framing }, bytes.len());
        core::iter::from_fn(|| pieces.next()).map(|(_, piece)| piece.as_bytes().to_vec()).collect()
    }

    #[test]
    fn what_fits_stays_together_and_pieces_end_with_a_frame() {
        let drive = [0x81, 0x01, 0x06, 0x01, 0x03, 0x01, 0x02, 0x03, 0xFF];
        assert_eq!(cut(Framing::Datagrams, &drive), [drive]);
        let five = drive.repeat(5);
        let lengths: Vec<usize> = cut(Framing::Datagrams, &five).iter().map(Vec::len).collect();
        assert_eq!(lengths, [27, 18]);
        assert_eq!(cut(Framing::Stream, &five).concat(), five, "no byte is lost");
    }

    #[test]
    fn noise_without_an_end_is_handed_on_as_it_is() {
        let noise = [0x81; 70];
        let lengths: Vec<usize> = cut(Framing::Stream, &noise).iter().map(Vec::len).collect();
        assert_eq!(lengths, [32, 32, 6]);
    }

    proptest! {
        #[test]
        fn no_byte_is_lost_and_no_frame_is_torn(
            frames in prop::collection::vec(prop::collection::vec(0_u8..0xFF, 2..=15), 0..40),
        ) {
            let bytes: Vec<u8> = frames.iter().flat_map(|frame| [&frame[..], &[0xFF]].concat()).collect();
            for framing in [Framing::Stream, Framing::Datagrams] {
                let pieces = cut(framing, &bytes);
                prop_assert_eq!(pieces.concat(), &bytes[..]);
                prop_assert!(pieces.iter().all(|piece| piece.last() == Some(&0xFF)));
            }
        }
    }

    #[test]
    fn an_overlong_message_under_sonys_header_keeps_its_beginning() {
        let lengths: Vec<usize> = cut(Framing::Sony, &[0x01; 1000]).iter().map(Vec::len).collect();
        assert_eq!(lengths, [32]);
    }
}
