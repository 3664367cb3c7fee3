//! Non-maximum suppression: of several candidates for one thing the surest.

use super::Candidate;

/// Keeps of each class those that overlap no surer one by more than `overlap_max` (intersection over union), the
/// surest first; of equal scores the earlier.
pub fn suppress(candidates: &mut Vec<Candidate>, overlap_max: f32) {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Candidate> = Vec::with_capacity(candidates.len());
    for candidate in candidates.iter() {
        let hidden = |other: &Candidate| other.class == candidate.class && overlap(other, candidate) > overlap_max;
        if !kept.iter().any(hidden) {
            kept.push(*candidate);
        }
    }
    *candidates = kept;
}

fn overlap(a: &Candidate, b: &Candidate) -> f32 {
    let side = |low: usize, high: usize| (a.sides[high].min(b.sides[high]) - a.sides[low].max(b.sides[low])).max(0.0);
    let area = |one: &Candidate| (one.sides[2] - one.sides[0]) * (one.sides[3] - one.sides[1]);
    let shared = side(0, 2) * side(1, 3);
    let all = area(a) + area(b) - shared;
    if all > 0.0 { shared / all } else { 0.0 }
}
