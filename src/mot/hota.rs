//! HOTA: finding and naming in one number, over all thresholds of overlap.
//!
//! Luiten et al., *HOTA: a higher order metric for evaluating multi-object tracking*, IJCV 2021. At each of the
//! thresholds 0.05, 0.10, … 0.95: `DetA` = TP / (TP + FN + FP), `AssA` the mean over all TPs of the overlap of the two
//! identities they belong to, HOTA = √(`DetA` · `AssA`); reported is the mean over the thresholds. The matching of a
//! frame prefers identities that go together over the whole sequence.

use serde::Serialize;

use super::Sequence;
use super::clear::at_least_one;
use crate::stack::track::Assigner;

/// Thresholds of overlap.
pub const ALPHAS: usize = 19;

/// The threshold with this index.
fn alpha(index: usize) -> f64 {
    0.05 * (index + 1) as f64
}

/// What was counted at one threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
struct AtAlpha {
    tp: u64,
    fp: u64,
    missed: u64,
    overlap_sum: f64,
    /// Σ over TPs of what their identities share: of both, of the truth, of the answer.
    shared_sum: [f64; 3],
}

/// Counts at all thresholds; sums of several sequences are their sums.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hota {
    at: [AtAlpha; ALPHAS],
}

impl Hota {
    /// Scores a sequence.
    pub fn of(sequence: &Sequence) -> Self {
        let cells = sequence.truths * sequence.tolds;
        let cell = |truth: usize, told: usize| truth * sequence.tolds + told;
        let (mut together, mut of_truth, mut of_told) =
            (vec![0.0; cells], vec![0_u64; sequence.truths], vec![0_u64; sequence.tolds]);
        for moment in &sequence.moments {
            let columns = 0..moment.told.len();
            let row_sums: Vec<f64> =
                (0..moment.truth.len()).map(|t| columns.clone().map(|d| moment.overlap(t, d)).sum()).collect();
            let column_sums: Vec<f64> =
                columns.clone().map(|d| (0..moment.truth.len()).map(|t| moment.overlap(t, d)).sum()).collect();
            for (t, &truth) in moment.truth.iter().enumerate() {
                of_truth[truth] += 1;
                for (d, &told) in moment.told.iter().enumerate() {
                    let overlap = moment.overlap(t, d);
                    let all = row_sums[t] + column_sums[d] - overlap;
                    if all > f64::EPSILON {
                        together[cell(truth, told)] += overlap / all;
                    }
                }
            }
            for &told in &moment.told {
                of_told[told] += 1;
            }
        }
        let belong = |truth: usize, told: usize| {
            let shared = together[cell(truth, told)];
            shared / (of_truth[truth] as f64 + of_told[told] as f64 - shared)
        };

        let mut hota = Self::default();
        let mut matches = vec![[0_u64; ALPHAS]; cells];
        let mut assigner = Assigner::default();
        for moment in &sequence.moments {
            let score = |t: usize, d: usize| belong(moment.truth[t], moment.told[d]) * moment.overlap(t, d);
            let matched = assigner.solve(moment.truth.len(), moment.told.len(), |t, d| -score(t, d));
            for (index, at) in hota.at.iter_mut().enumerate() {
                let mut found = 0;
                for (t, d) in matched.iter().enumerate().filter_map(|(t, d)| Some((t, (*d)?))) {
                    let overlap = moment.overlap(t, d);
                    if overlap >= alpha(index) - f64::EPSILON {
                        found += 1;
                        at.overlap_sum += overlap;
                        matches[cell(moment.truth[t], moment.told[d])][index] += 1;
                    }
                }
                at.tp += found;
                at.missed += moment.truth.len() as u64 - found;
                at.fp += moment.told.len() as u64 - found;
            }
        }
        for truth in 0..sequence.truths {
            for told in 0..sequence.tolds {
                for (at, &count) in hota.at.iter_mut().zip(&matches[cell(truth, told)]) {
                    let both = of_truth[truth] + of_told[told] - count;
                    for (sum, of) in at.shared_sum.iter_mut().zip([both, of_truth[truth], of_told[told]]) {
                        *sum += count as f64 * (count as f64 / at_least_one(of));
                    }
                }
            }
        }
        hota
    }

    /// Several sequences as one.
    pub fn sum(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut total = Self::default();
        for part in parts {
            for (sum, at) in total.at.iter_mut().zip(part.at) {
                sum.tp += at.tp;
                sum.fp += at.fp;
                sum.missed += at.missed;
                sum.overlap_sum += at.overlap_sum;
                for (sum, shared) in sum.shared_sum.iter_mut().zip(at.shared_sum) {
                    *sum += shared;
                }
            }
        }
        total
    }

    fn mean(&self, take: impl Fn(&AtAlpha) -> f64) -> f64 {
        self.at.iter().map(take).sum::<f64>() / ALPHAS as f64
    }

    /// The mean over the thresholds of √(`DetA` · `AssA`).
    pub fn hota(&self) -> f64 {
        self.mean(|at| (at.detection() * at.association(0)).sqrt())
    }

    /// Detection accuracy.
    pub fn det_a(&self) -> f64 {
        self.mean(AtAlpha::detection)
    }

    /// Detection recall.
    pub fn det_re(&self) -> f64 {
        self.mean(|at| at.tp as f64 / at_least_one(at.tp + at.missed))
    }

    /// Detection precision.
    pub fn det_pr(&self) -> f64 {
        self.mean(|at| at.tp as f64 / at_least_one(at.tp + at.fp))
    }

    /// Association accuracy.
    pub fn ass_a(&self) -> f64 {
        self.mean(|at| at.association(0))
    }

    /// Association recall.
    pub fn ass_re(&self) -> f64 {
        self.mean(|at| at.association(1))
    }

    /// Association precision.
    pub fn ass_pr(&self) -> f64 {
        self.mean(|at| at.association(2))
    }

    /// Localisation accuracy: mean overlap of the matches; 1 where there are none.
    pub fn loc_a(&self) -> f64 {
        self.mean(|at| if at.tp == 0 { 1.0 } else { at.overlap_sum / at.tp as f64 })
    }
}

impl AtAlpha {
    fn detection(&self) -> f64 {
        self.tp as f64 / at_least_one(self.tp + self.missed + self.fp)
    }

    fn association(&self, of: usize) -> f64 {
        self.shared_sum[of] / at_least_one(self.tp)
    }
}
