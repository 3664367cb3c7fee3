//! From output tensors to candidates, one file a family.

mod grid;
mod ssd;
mod yolov8;

use super::{Candidate, Layout, Tensor};

/// Outputs that do not have the shapes of their layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("output {name} is {found:?}, expected {expected}")]
pub struct DecodeError {
    /// Which.
    pub name: String,
    /// Its shape.
    pub found: Vec<usize>,
    /// What it has to be.
    pub expected: String,
}

/// Candidates of at least `score_min` in an input of this size, and the number of classes.
pub fn decode(
    layout: Layout,
    outputs: &[Tensor],
    size_px: [u32; 2],
    score_min: f32,
) -> Result<(Vec<Candidate>, usize), DecodeError> {
    let (mut candidates, classes) = match layout {
        Layout::Yolox => grid::yolox(outputs, size_px, score_min),
        Layout::Yolov8 => yolov8::yolov8(outputs, score_min),
        Layout::Ssd => ssd::ssd(outputs, size_px, score_min),
        Layout::YuNet => grid::yunet(outputs, size_px, score_min),
    }?;
    candidates.retain(|one| one.score.is_finite() && one.sides.iter().all(|side| side.is_finite()));
    Ok((candidates, classes))
}

/// The only output.
fn only<'a>(outputs: &'a [Tensor], expected: &str) -> Result<&'a Tensor, DecodeError> {
    match outputs {
        [output] => Ok(output),
        _ => Err(DecodeError {
            name: outputs.iter().map(|output| output.name.as_str()).collect::<Vec<_>>().join(", "),
            found: vec![outputs.len()],
            expected: format!("one output, {expected}"),
        }),
    }
}

/// Rows and columns of an output.
fn table(output: &Tensor, expected: &str) -> Result<[usize; 2], DecodeError> {
    match output.axes() {
        &[rows, columns] if output.data.len() == rows * columns => Ok([rows, columns]),
        _ => Err(wrong(output, expected)),
    }
}

fn wrong(output: &Tensor, expected: &str) -> DecodeError {
    DecodeError { name: output.name.clone(), found: output.shape.clone(), expected: expected.to_owned() }
}

/// Centre and size as sides.
fn sides([x, y, w, h]: [f32; 4]) -> [f32; 4] {
    [x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0]
}

/// The largest of some scores and its place.
fn best(scores: impl Iterator<Item = f32>) -> (usize, f32) {
    scores
        .enumerate()
        .fold((0, f32::NEG_INFINITY), |best, (class, score)| if score > best.1 { (class, score) } else { best })
}
