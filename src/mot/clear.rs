//! CLEAR MOT: how many boxes are found, invented, missed, and change their name.
//!
//! Bernardin and Stiefelhagen, *Evaluating multiple object tracking performance: the CLEAR MOT metrics*, EURASIP JIVP
//! 2008. Matching is among pairs that overlap by half, and prefers pairs that were matched before, then the largest
//! overlap. Programs differ in what *before* is, and so in the boxes matched where people cross and in the switches
//! counted afterwards: see [`Keep`].

use serde::Serialize;

use super::Sequence;
use crate::stack::track::Assigner;

/// Overlap from which two boxes can be the same thing.
pub(super) const OVERLAP_MIN: f64 = 0.5;
/// A pair of the frame before outweighs any overlap.
const KEPT: f64 = 1000.0;
/// Which pairs matching keeps. A switch is, either way, another name than the identity last had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// Those of the frame before, at the price of a box found less: `TrackEval`, and so the MOTChallenge.
    #[default]
    FrameBefore,
    /// Each identity's last one, however long ago, among the matchings that find the most boxes: motrics.
    LastKnown,
}

impl Keep {
    /// What a pair adds to its overlap, so that sums over at most `pairs` pairs are compared in the right order.
    fn worth(self, pairs: usize, kept: bool) -> f64 {
        match (self, kept) {
            (Self::FrameBefore, false) => 0.0,
            (Self::FrameBefore, true) => KEPT,
            // All overlaps together are at most one for each pair, all that is kept less than a pair.
            (Self::LastKnown, kept) => {
                let more = pairs as f64 + 1.0;
                more * (more + if kept { 1.0 } else { 0.0 })
            }
        }
    }
}

/// Most of its life: at least 80 % for "mostly tracked", less than 20 % for "mostly lost".
const MOSTLY: [f64; 2] = [0.8, 0.2];

/// Counts; sums of several sequences are their sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Clear {
    /// Boxes found.
    pub tp: u64,
    /// Boxes invented.
    #[serde(rename = "fp")]
    pub fp: u64,
    /// Boxes missed.
    #[serde(rename = "fn")]
    pub missed: u64,
    /// Times an identity got another name than it last had.
    pub id_switches: u64,
    /// Times an identity was found again after it had been lost.
    pub fragments: u64,
    /// Identities found in more than 80 % of their frames.
    pub mostly_tracked: u64,
    /// Between.
    pub partly_tracked: u64,
    /// Identities found in less than 20 % of their frames.
    pub mostly_lost: u64,
    /// Sum of the overlaps of the boxes found.
    pub overlap_sum: f64,
}

impl Clear {
    /// Scores a sequence.
    pub fn of(sequence: &Sequence, keep: Keep) -> Self {
        let mut clear = Self::default();
        let mut last_name = vec![None; sequence.truths];
        let mut name_before = vec![None; sequence.truths];
        let (mut seen, mut found) = (vec![0_u64; sequence.truths], vec![0_u64; sequence.truths]);
        let mut runs = vec![0_u64; sequence.truths];
        let mut assigner = Assigner::default();
        for moment in &sequence.moments {
            for &truth in &moment.truth {
                seen[truth] += 1;
            }
            if moment.truth.is_empty() || moment.told.is_empty() {
                clear.fp += moment.told.len() as u64;
                clear.missed += moment.truth.len() as u64;
                continue;
            }
            let kept_name = match keep {
                Keep::FrameBefore => &name_before,
                Keep::LastKnown => &last_name,
            };
            let pairs = moment.truth.len().min(moment.told.len());
            let score = |t: usize, d: usize| {
                let overlap = moment.overlap(t, d);
                let kept = kept_name[moment.truth[t]] == Some(moment.told[d]);
                if overlap < OVERLAP_MIN - f64::EPSILON { 0.0 } else { overlap + keep.worth(pairs, kept) }
            };
            let matched = assigner.solve(moment.truth.len(), moment.told.len(), |t, d| -score(t, d));
            let pairs: Vec<(usize, usize)> = matched
                .iter()
                .enumerate()
                .filter_map(|(t, d)| Some((t, (*d)?)))
                .filter(|&(t, d)| score(t, d) > f64::EPSILON)
                .collect();
            let untracked_before: Vec<bool> = name_before.iter().map(Option::is_none).collect();
            name_before.fill(None);
            for &(t, d) in &pairs {
                let (truth, told) = (moment.truth[t], moment.told[d]);
                found[truth] += 1;
                clear.id_switches += u64::from(last_name[truth].is_some_and(|name| name != told));
                clear.overlap_sum += moment.overlap(t, d);
                (last_name[truth], name_before[truth]) = (Some(told), Some(told));
            }
            for ((run, before), now) in runs.iter_mut().zip(&untracked_before).zip(&name_before) {
                *run += u64::from(*before && now.is_some());
            }
            clear.tp += pairs.len() as u64;
            clear.fp += (moment.told.len() - pairs.len()) as u64;
            clear.missed += (moment.truth.len() - pairs.len()) as u64;
        }
        clear.fragments = runs.iter().map(|runs| runs.saturating_sub(1)).sum();
        for (seen, found) in seen.iter().zip(&found).filter(|(seen, _)| **seen > 0) {
            let share = *found as f64 / *seen as f64;
            clear.mostly_tracked += u64::from(share > MOSTLY[0]);
            clear.partly_tracked += u64::from((MOSTLY[1]..=MOSTLY[0]).contains(&share));
            clear.mostly_lost += u64::from(share < MOSTLY[1]);
        }
        clear
    }

    /// Several sequences as one.
    pub fn sum(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().fold(Self::default(), |sum, part| Self {
            tp: sum.tp + part.tp,
            fp: sum.fp + part.fp,
            missed: sum.missed + part.missed,
            id_switches: sum.id_switches + part.id_switches,
            fragments: sum.fragments + part.fragments,
            mostly_tracked: sum.mostly_tracked + part.mostly_tracked,
            partly_tracked: sum.partly_tracked + part.partly_tracked,
            mostly_lost: sum.mostly_lost + part.mostly_lost,
            overlap_sum: sum.overlap_sum + part.overlap_sum,
        })
    }

    /// 1 − (missed + invented + switched) / boxes of the truth; below zero when more is wrong than there is.
    pub fn mota(&self) -> f64 {
        (self.tp as f64 - self.fp as f64 - self.id_switches as f64) / at_least_one(self.tp + self.missed)
    }

    /// Mean overlap of the boxes found.
    pub fn motp(&self) -> f64 {
        self.overlap_sum / at_least_one(self.tp)
    }

    /// Share of the boxes that were found.
    pub fn recall(&self) -> f64 {
        self.tp as f64 / at_least_one(self.tp + self.missed)
    }

    /// Share of the answer's boxes that are right.
    pub fn precision(&self) -> f64 {
        self.tp as f64 / at_least_one(self.tp + self.fp)
    }
}

/// A divisor that is never zero.
pub(super) const fn at_least_one(count: u64) -> f64 {
    if count == 0 { 1.0 } else { count as f64 }
}
