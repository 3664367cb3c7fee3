//! `YOLOv8` and `YOLO11`: \[1, 4 + classes, N\], a candidate a column.

use super::super::{Candidate, Tensor};
use super::{DecodeError, best, only, sides, table, wrong};

pub(super) fn yolov8(outputs: &[Tensor], score_min: f32) -> Result<(Vec<Candidate>, usize), DecodeError> {
    let expected = "[1, 4 + classes, N]";
    let output = only(outputs, expected)?;
    let [rows, columns] = table(output, expected)?;
    if rows < 5 {
        return Err(wrong(output, expected));
    }
    let number = |row: usize, column: usize| output.data.get(row * columns + column).copied().unwrap_or(f32::NAN);
    let mut found = Vec::new();
    for column in 0..columns {
        let (class, score) = best((4..rows).map(|row| number(row, column)));
        if score >= score_min {
            found.push(Candidate { class, score, sides: sides([0, 1, 2, 3].map(|row| number(row, column))) });
        }
    }
    Ok((found, rows - 4))
}
