//! YOLOX and `YuNet`: a candidate for every cell of three grids, box and cell added up.
//!
//! x = (bx + column) · stride, y = (by + row) · stride, w = exp(bw) · stride, h = exp(bh) · stride. YOLOX: score =
//! something · class. `YuNet`: score = √(class · something).

use super::super::layout::STRIDES;
use super::super::{Candidate, Tensor};
use super::{DecodeError, best, only, sides, table, wrong};

/// Stride, column and row of every cell, grid by grid, row by row.
fn cells([width, height]: [u32; 2]) -> impl Iterator<Item = (f32, f32, f32)> {
    STRIDES.into_iter().flat_map(move |stride| {
        let (columns, rows) = (width / stride, height / stride);
        (0..rows).flat_map(move |row| (0..columns).map(move |column| (stride as f32, column as f32, row as f32)))
    })
}

fn placed([x, y, w, h]: [f32; 4], (stride, column, row): (f32, f32, f32)) -> [f32; 4] {
    sides([(x + column) * stride, (y + row) * stride, libm::expf(w) * stride, libm::expf(h) * stride])
}

/// \[1, N, 5 + classes\]: x, y, w, h, something, classes.
pub(super) fn yolox(
    outputs: &[Tensor],
    size_px: [u32; 2],
    score_min: f32,
) -> Result<(Vec<Candidate>, usize), DecodeError> {
    let count = cells(size_px).count();
    let expected = format!("[1, {count}, 5 + classes] for an input of {} x {}", size_px[0], size_px[1]);
    let output = only(outputs, &expected)?;
    let [rows, columns] = table(output, &expected)?;
    if rows != count || columns < 6 {
        return Err(wrong(output, &expected));
    }
    let mut found = Vec::new();
    for (row, cell) in output.data.chunks_exact(columns).zip(cells(size_px)) {
        let [x, y, w, h, something, classes @ ..] = row else { continue };
        let (class, score) = best(classes.iter().map(|score| score * something));
        if score >= score_min {
            found.push(Candidate { class, score, sides: placed([*x, *y, *w, *h], cell) });
        }
    }
    Ok((found, columns - 5))
}

/// cls, obj \[1, N, 1\], bbox \[1, N, 4\] by stride.
pub(super) fn yunet(
    outputs: &[Tensor],
    size_px: [u32; 2],
    score_min: f32,
) -> Result<(Vec<Candidate>, usize), DecodeError> {
    let mut found = Vec::new();
    for stride in STRIDES {
        let count = (size_px[0] / stride * (size_px[1] / stride)) as usize;
        let take = |part: &str, width: usize| {
            let name = format!("{part}_{stride}");
            let expected = format!("[1, {count}, {width}] for an input of {} x {}", size_px[0], size_px[1]);
            match outputs.iter().find(|output| output.name == name) {
                Some(output) if output.data.len() == count * width => Ok(&output.data),
                Some(output) => Err(wrong(output, &expected)),
                None => Err(DecodeError { name, found: vec![], expected }),
            }
        };
        let (class, something, boxes) = (take("cls", 1)?, take("obj", 1)?, take("bbox", 4)?);
        let columns = (size_px[0] / stride).max(1) as usize;
        for (at, ((class, something), shape)) in class.iter().zip(something).zip(boxes.chunks_exact(4)).enumerate() {
            let score = libm::sqrtf(class.clamp(0.0, 1.0) * something.clamp(0.0, 1.0));
            if let (true, &[x, y, w, h]) = (score >= score_min, shape) {
                let cell = (stride as f32, (at % columns) as f32, (at / columns) as f32);
                found.push(Candidate { class: 0, score, sides: placed([x, y, w, h], cell) });
            }
        }
    }
    Ok((found, 1))
}
