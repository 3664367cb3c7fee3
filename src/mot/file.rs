//! Files of the MOTChallenge: a box a line, `frame,id,x,y,w,h,confidence,…`, frames counted from 1.
//!
//! One form for ground truth (confidence 0: ignore), detections (id −1) and results. What stands behind the seventh
//! field (class, visibility, world coordinates) is not looked at. Format: Leal-Taixé et al., *MOTChallenge 2015:
//! towards a benchmark for multi-target tracking*, arXiv 1504.01942.

use core::fmt::Write as _;

use thiserror::Error;

use crate::stack::frame::PixelBox;

/// One line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Frame, from 1.
    pub frame: u32,
    /// Identity; −1 in detections.
    pub id: i64,
    /// The box \[px\].
    pub bbox: PixelBox,
    /// Confidence; any number.
    pub confidence: f64,
}

/// A line that is no row.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}:{line}:{column}: {problem}")]
pub struct FileError {
    /// Name of the file, as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column of the field, from 1.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub problem: String,
}

/// Fields that are read.
const FIELDS: [&str; 7] = ["frame", "id", "x", "y", "width", "height", "confidence"];

/// Reads a file; rows come back in the order of their frames, those of a frame in the order of the file.
pub fn read(file: &str, text: &str) -> Result<Vec<Row>, FileError> {
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            rows.push(row(line).map_err(|(column, problem)| FileError {
                file: file.to_owned(),
                line: index + 1,
                column,
                problem,
            })?);
        }
    }
    rows.sort_by_key(|row| row.frame);
    Ok(rows)
}

fn row(line: &str) -> Result<Row, (usize, String)> {
    let mut numbers = [0.0; FIELDS.len()];
    let mut column = 1;
    // Some sequences separate by spaces.
    let separator = if line.contains(',') { ',' } else { ' ' };
    let mut fields = line.split(separator).filter(|field| separator == ',' || !field.is_empty());
    for (number, name) in numbers.iter_mut().zip(FIELDS) {
        let Some(field) = fields.next() else {
            return Err((column, format!("no {name} (expected {})", FIELDS.join(","))));
        };
        let parsed: Option<f64> = field.trim().parse().ok().filter(|number: &f64| number.is_finite());
        *number = parsed.ok_or_else(|| (column, format!("{name} is `{}` (expected a number)", field.trim())))?;
        column += field.chars().count() + 1;
    }
    let [frame, id, x_px, y_px, w_px, h_px, confidence] = numbers;
    if frame < 1.0 || frame > f64::from(u32::MAX) || frame % 1.0 != 0.0 {
        return Err((1, format!("frame is {frame} (expected a whole number from 1 on)")));
    }
    if w_px < 0.0 || h_px < 0.0 {
        return Err((1, format!("a box of {w_px} by {h_px} (expected no negative side)")));
    }
    if id % 1.0 != 0.0 || id.abs() > 9e15 {
        return Err((1, format!("id is {id} (expected a whole number)")));
    }
    Ok(Row { frame: frame as u32, id: id as i64, bbox: PixelBox { x_px, y_px, w_px, h_px }, confidence })
}

/// Rows as the benchmark wants results: two decimals, and −1 for what a tracker does not know.
pub fn write(rows: &[Row]) -> String {
    let mut text = String::new();
    for Row { frame, id, bbox, confidence } in rows {
        let PixelBox { x_px, y_px, w_px, h_px } = bbox;
        // Writing to a string does not fail.
        let _ = writeln!(text, "{frame},{id},{x_px:.2},{y_px:.2},{w_px:.2},{h_px:.2},{confidence:.2},-1,-1,-1");
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_of_the_benchmark_is_a_row() {
        let rows = read("det.txt", "2,-1,1691.97,381.048,152.23,352.617,0.995616,-1,-1,-1\n1,3,1 ,2,3,4,1\n").unwrap();
        assert_eq!(rows[0], Row { frame: 1, id: 3, bbox: bbox(1.0, 2.0, 3.0, 4.0), confidence: 1.0 });
        assert_eq!(rows[1].frame, 2);
        assert_eq!(write(&rows[1..]), "2,-1,1691.97,381.05,152.23,352.62,1.00,-1,-1,-1\n");
    }

    fn bbox(x_px: f64, y_px: f64, w_px: f64, h_px: f64) -> PixelBox {
        PixelBox { x_px, y_px, w_px, h_px }
    }

    #[test]
    fn errors_say_where() {
        let said = |text| read("gt.txt", text).unwrap_err().to_string();
        assert_eq!(said("1,2,3,4,5,6,1\n\n1,2,x,4,5,6,1"), "gt.txt:3:5: x is `x` (expected a number)");
        assert_eq!(said("1,2,3"), "gt.txt:1:7: no y (expected frame,id,x,y,width,height,confidence)");
        assert_eq!(said("0,2,3,4,5,6,1"), "gt.txt:1:1: frame is 0 (expected a whole number from 1 on)");
        assert_eq!(said("1,2,3,4,-5,6,1"), "gt.txt:1:1: a box of -5 by 6 (expected no negative side)");
        assert_eq!(said("1,2,nan,4,5,6,1"), "gt.txt:1:5: x is `nan` (expected a number)");
    }

    proptest! {
        #[test]
        fn any_text_is_rows_or_an_error(text in "[0-9,.\\- \n\\PC]{0,200}") {
            if let Ok(rows) = read("x", &text) {
                // What was written once reads back to the same text.
                let once = write(&rows);
                prop_assert_eq!(write(&read("x", &once).unwrap()), once);
            }
        }
    }
}
