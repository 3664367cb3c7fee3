//! Sony's sequence numbers, as a camera judges them.
//!
//! A number has to be above the last one: a message with an old number has run already (its ACK, completion or answer
//! was lost), or was overtaken, and running it now would be wrong. One exception: a message that was answered with an
//! error has not run, so the same number may come again, and gets the same error while its cause lasts.
//! Sources: Sony BRC-X400/SRG-X400 command list, retransmission; that numbers have to rise strictly was measured on an
//! SRG-120DH (obs-ptz). After the highest number comes 0 again.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::{SonyHeader, State, Visit};

/// Numbers of refused messages that are remembered; a client repeats the newest.
const REFUSED_MAX: usize = 8;

/// The numbers of one controller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sequence {
    /// The last number taken; none after a reset, so that any number may be the first.
    last: Option<u32>,
    /// Numbers answered with an error, the newest last.
    refused: VecDeque<u32>,
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Take it; replies carry this number.
    Take {
        /// The number.
        reply_seq: u32,
    },
    /// Answer with `0F 01`.
    Abnormal,
    /// Say nothing.
    Ignore,
}

impl Sequence {
    /// The controller reset its numbers.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Judges the number of a message, and notes it.
    pub(super) fn judge(&mut self, seq: u32, header: SonyHeader) -> Judgement {
        match header {
            SonyHeader::Unchecked => Judgement::Take { reply_seq: seq },
            SonyHeader::OneToThree if matches!(seq, 1..=3) => Judgement::Take { reply_seq: 1 },
            SonyHeader::OneToThree | SonyHeader::Ignored => Judgement::Ignore,
            SonyHeader::Rising => self.judge_rising(seq),
        }
    }

    fn judge_rising(&mut self, seq: u32) -> Judgement {
        let rises = self.last.is_none_or(|last| seq > last || (last == u32::MAX && seq == 0));
        if rises {
            self.last = Some(seq);
        } else if let Some(at) = self.refused.iter().position(|&refused| refused == seq) {
            self.refused.remove(at);
        } else {
            return Judgement::Abnormal;
        }
        Judgement::Take { reply_seq: seq }
    }

    /// The message with this number was answered with an error: it may come again.
    pub(super) fn refuse(&mut self, seq: u32) {
        if !self.refused.contains(&seq) {
            if self.refused.len() == REFUSED_MAX {
                self.refused.pop_front();
            }
            self.refused.push_back(seq);
        }
    }
}

impl State for Sequence {
    fn visit(&self, v: &mut dyn Visit) {
        v.bool("any", self.last.is_some());
        v.u64("last", u64::from(self.last.unwrap_or(0)));
        v.u64("refused_count", self.refused.len() as u64);
        for &seq in &self.refused {
            v.u64("refused", u64::from(seq));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn take(reply_seq: u32) -> Judgement {
        Judgement::Take { reply_seq }
    }

    #[test]
    fn numbers_have_to_rise_and_wrap_at_the_end() {
        let mut sequence = Sequence::default();
        let mut judge = |seq| sequence.judge(seq, SonyHeader::Rising);
        assert_eq!(
            [judge(7), judge(7), judge(6), judge(9)],
            [take(7), Judgement::Abnormal, Judgement::Abnormal, take(9)]
        );
        assert_eq!([judge(u32::MAX), judge(0), judge(u32::MAX)], [take(u32::MAX), take(0), take(u32::MAX)]);
        sequence.reset();
        assert_eq!(sequence.judge(0, SonyHeader::Rising), take(0));
    }

    #[test]
    fn what_was_refused_may_come_again_and_what_ran_may_not() {
        let mut sequence = Sequence::default();
        for seq in 1..=20 {
            assert_eq!(sequence.judge(seq, SonyHeader::Rising), take(seq));
        }
        (1..=10).for_each(|seq| sequence.refuse(seq));
        // Eight are remembered: 3 to 10.
        assert_eq!(sequence.judge(2, SonyHeader::Rising), Judgement::Abnormal);
        assert_eq!(sequence.judge(10, SonyHeader::Rising), take(10));
        assert_eq!(sequence.judge(10, SonyHeader::Rising), Judgement::Abnormal, "it ran this time");
    }

    #[test]
    fn some_makers_do_otherwise() {
        let judge = |seq, header| Sequence::default().judge(seq, header);
        assert_eq!(judge(9, SonyHeader::Unchecked), take(9));
        assert_eq!((judge(3, SonyHeader::OneToThree), judge(4, SonyHeader::OneToThree)), (take(1), Judgement::Ignore));
        assert_eq!(judge(1, SonyHeader::Ignored), Judgement::Ignore);
    }
}
