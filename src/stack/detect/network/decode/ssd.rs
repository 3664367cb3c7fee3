//! SSD and its kin: scores \[1, N, classes\] with the background first, boxes \[1, N, 4\] as corners, 0 ..= 1.

use super::super::{Candidate, Tensor};
use super::{DecodeError, best, table, wrong};

pub(super) fn ssd(
    outputs: &[Tensor],
    size_px: [u32; 2],
    score_min: f32,
) -> Result<(Vec<Candidate>, usize), DecodeError> {
    let expected = "scores [1, N, classes] and boxes [1, N, 4]";
    let [one, other] = outputs else {
        let name = outputs.iter().map(|output| output.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(DecodeError { name, found: vec![outputs.len()], expected: expected.to_owned() });
    };
    // With four classes only the names could tell which is which; scores come first then.
    let (scores, boxes) = if table(other, expected)?[1] == 4 { (one, other) } else { (other, one) };
    let ([count, classes], [rows, width]) = (table(scores, expected)?, table(boxes, expected)?);
    if width != 4 || rows != count || classes < 2 {
        return Err(wrong(boxes, expected));
    }
    let size = [size_px[0], size_px[1], size_px[0], size_px[1]].map(|side| side as f32);
    let mut found = Vec::new();
    for (scores, corners) in scores.data.chunks_exact(classes).zip(boxes.data.chunks_exact(4)) {
        let (class, score) = best(scores.iter().skip(1).copied());
        if let (true, &[left, top, right, bottom]) = (score >= score_min, corners) {
            let sides = [left * size[0], top * size[1], right * size[2], bottom * size[3]];
            found.push(Candidate { class, score, sides });
        }
    }
    Ok((found, classes - 1))
}
