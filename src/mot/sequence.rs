//! One sequence, ready to be scored: who was really there, who was said to be there, and how well the boxes agree.

use std::collections::BTreeMap;

use super::Row;

/// One frame. Indices count the identities of the sequence, 0 first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// Who is there.
    pub truth: Vec<usize>,
    /// Who is said to be there.
    pub told: Vec<usize>,
    /// Overlap of truth `t` and told `d` at `t · told.len() + d`, 0 ..= 1.
    overlap: Vec<f64>,
}

impl Moment {
    /// Intersection over union of two boxes of this frame, by their places in it.
    pub fn overlap(&self, truth: usize, told: usize) -> f64 {
        self.overlap.get(truth * self.told.len() + told).copied().unwrap_or(0.0)
    }
}

/// All frames of a sequence in which there is or is said to be somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sequence {
    /// In the order of time.
    pub moments: Vec<Moment>,
    /// Identities that are there.
    pub truths: usize,
    /// Identities that are said to be there.
    pub tolds: usize,
}

impl Sequence {
    /// Puts truth and answer side by side. Rows of the truth with confidence 0 are to be ignored (MOTChallenge), and
    /// are; the answer's confidence is not looked at.
    pub fn new(truth: &[Row], told: &[Row]) -> Self {
        let mut frames: BTreeMap<u32, [Vec<&Row>; 2]> = BTreeMap::new();
        let kept = truth.iter().filter(|row| row.confidence != 0.0);
        for (side, row) in kept.map(|row| (0, row)).chain(told.iter().map(|row| (1, row))) {
            frames.entry(row.frame).or_default()[side].push(row);
        }
        let mut sequence = Self::default();
        let mut names: [BTreeMap<i64, usize>; 2] = [BTreeMap::new(), BTreeMap::new()];
        for sides in frames.values() {
            for (rows, names) in sides.iter().zip(&mut names) {
                for row in rows {
                    let next = names.len();
                    names.entry(row.id).or_insert(next);
                }
            }
        }
        for [truth, told] in frames.values() {
            let index = |side: usize, row: &&&Row| names[side].get(&row.id).copied();
            let overlaps = truth.iter().flat_map(|a| told.iter().map(|b| a.bbox.iou(&b.bbox)));
            sequence.moments.push(Moment {
                truth: truth.iter().filter_map(|row| index(0, &row)).collect(),
                told: told.iter().filter_map(|row| index(1, &row)).collect(),
                overlap: overlaps.collect(),
            });
        }
        [sequence.truths, sequence.tolds] = names.map(|names| names.len());
        sequence
    }

    /// Boxes of the truth, and of the answer.
    pub fn boxes(&self) -> [u64; 2] {
        self.moments
            .iter()
            .fold([0, 0], |[truth, told], moment| [truth + moment.truth.len() as u64, told + moment.told.len() as u64])
    }
}
