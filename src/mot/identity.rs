//! Identity metrics: how many boxes carry the right name, were each truth given the one name that fits it best.
//!
//! Ristani, Solera, Zou, Cucchiara, Tomasi: *Performance measures and a data set for multi-target, multi-camera
//! tracking*, ECCV workshops 2016. The pairing that loses least is the one that shares the most frames.

use serde::Serialize;

use super::Sequence;
use super::clear::{OVERLAP_MIN, at_least_one};
use crate::stack::track::Assigner;

/// Counts; sums of several sequences are their sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Boxes with the right name.
    pub idtp: u64,
    /// Boxes of the answer without.
    pub idfp: u64,
    /// Boxes of the truth without.
    pub idfn: u64,
}

impl Identity {
    /// Scores a sequence.
    pub fn of(sequence: &Sequence) -> Self {
        let mut shared = vec![0_u64; sequence.truths * sequence.tolds];
        for moment in &sequence.moments {
            for (t, &truth) in moment.truth.iter().enumerate() {
                for (d, &told) in moment.told.iter().enumerate() {
                    shared[truth * sequence.tolds + told] += u64::from(moment.overlap(t, d) >= OVERLAP_MIN);
                }
            }
        }
        let at = |truth: usize, told: usize| shared[truth * sequence.tolds + told];
        let mut assigner = Assigner::default();
        let names = assigner.solve(sequence.truths, sequence.tolds, |truth, told| -(at(truth, told) as f64));
        let idtp = names.iter().enumerate().filter_map(|(truth, told)| Some(at(truth, (*told)?))).sum();
        let [truth, told] = sequence.boxes();
        Self { idtp, idfp: told - idtp, idfn: truth - idtp }
    }

    /// Several sequences as one.
    pub fn sum(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().fold(Self::default(), |sum, part| Self {
            idtp: sum.idtp + part.idtp,
            idfp: sum.idfp + part.idfp,
            idfn: sum.idfn + part.idfn,
        })
    }

    /// Harmonic mean of recall and precision.
    pub fn idf1(&self) -> f64 {
        2.0 * self.idtp as f64 / at_least_one(2 * self.idtp + self.idfp + self.idfn)
    }

    /// Share of the truth's boxes with the right name.
    pub fn recall(&self) -> f64 {
        self.idtp as f64 / at_least_one(self.idtp + self.idfn)
    }

    /// Share of the answer's boxes with the right name.
    pub fn precision(&self) -> f64 {
        self.idtp as f64 / at_least_one(self.idtp + self.idfp)
    }
}
