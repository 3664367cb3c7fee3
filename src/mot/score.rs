//! All metrics of one sequence, or of several as one.

use serde::Serialize;

use super::{Clear, Hota, Identity, Keep, Sequence};

/// HOTA, CLEAR and Identity of the same answer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Over all overlaps.
    pub hota: Hota,
    /// At half overlap, frame by frame.
    pub clear: Clear,
    /// At half overlap, with names.
    pub identity: Identity,
}

/// The numbers that people read, as fractions; TrackEval prints them as per cent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names of the papers")]
pub struct Figures {
    pub hota: f64,
    pub det_a: f64,
    pub ass_a: f64,
    pub det_re: f64,
    pub det_pr: f64,
    pub ass_re: f64,
    pub ass_pr: f64,
    pub loc_a: f64,
    pub mota: f64,
    pub motp: f64,
    pub recall: f64,
    pub precision: f64,
    pub idf1: f64,
    pub id_recall: f64,
    pub id_precision: f64,
    #[serde(flatten)]
    pub clear: Clear,
    #[serde(flatten)]
    pub identity: Identity,
}

impl Score {
    /// Scores a sequence as `TrackEval` does.
    pub fn of(sequence: &Sequence) -> Self {
        Self::keeping(Keep::default(), sequence)
    }

    /// Scores a sequence with CLEAR's matching as it is said.
    pub fn keeping(keep: Keep, sequence: &Sequence) -> Self {
        Self { hota: Hota::of(sequence), clear: Clear::of(sequence, keep), identity: Identity::of(sequence) }
    }

    /// Several sequences as one.
    pub fn sum(parts: &[Self]) -> Self {
        Self {
            hota: Hota::sum(parts.iter().map(|part| part.hota)),
            clear: Clear::sum(parts.iter().map(|part| part.clear)),
            identity: Identity::sum(parts.iter().map(|part| part.identity)),
        }
    }

    /// The numbers that people read.
    pub fn figures(&self) -> Figures {
        let Self { hota, clear, identity } = self;
        Figures {
            hota: hota.hota(),
            det_a: hota.det_a(),
            ass_a: hota.ass_a(),
            det_re: hota.det_re(),
            det_pr: hota.det_pr(),
            ass_re: hota.ass_re(),
            ass_pr: hota.ass_pr(),
            loc_a: hota.loc_a(),
            mota: clear.mota(),
            motp: clear.motp(),
            recall: clear.recall(),
            precision: clear.precision(),
            idf1: identity.idf1(),
            id_recall: identity.recall(),
            id_precision: identity.precision(),
            clear: *clear,
            identity: *identity,
        }
    }
}
