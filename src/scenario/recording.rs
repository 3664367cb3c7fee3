//! Recorded paths: CSV text → rows. Errors point at the line of the CSV file.

use core::ops::Range;
use std::sync::Arc;

use tiltyard_sim::config::RecordedPoint;
use tiltyard_visca::SimTime;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::units::nanoseconds;

const COLUMNS: [&str; 5] = ["t_s", "az_deg", "el_deg", "width_deg", "height_deg"];

/// Reads all rows, or says what is wrong with the first bad row of them.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<RecordedPoint>, Diagnostics> {
    let shared: Arc<str> = text.into();
    let refuse = |span: Range<usize>, message: String, label: &str| {
        Diagnostics::from(Diagnostic::new(file, &shared, span, message).label(label))
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut points: Vec<RecordedPoint> = Vec::new();
    let mut header = true;
    loop {
        let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(refuse(line(text, start), error.to_string(), "cannot be read")),
        }
        // The reader stands before blank and comment lines; the record knows where it begins.
        let start = record.position().map_or(start, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX));
        let place = line(text, start);
        if header {
            if record.iter().ne(COLUMNS) {
                return Err(refuse(
                    place,
                    "the columns are not those of a path".to_owned(),
                    "expected `t_s,az_deg,el_deg,width_deg,height_deg`",
                ));
            }
            header = false;
            continue;
        }
        let point = point(&record).map_err(|(message, label)| refuse(place.clone(), message, label))?;
        if points.last().is_some_and(|before| before.at >= point.at) {
            return Err(refuse(
                place,
                "the time does not rise".to_owned(),
                "expected a later time than the row before",
            ));
        }
        points.push(point);
    }
    if points.is_empty() {
        let label = if header { "expected `t_s,az_deg,el_deg,width_deg,height_deg`" } else { "no row follows" };
        return Err(refuse(line(text, 0), "the recording is empty".to_owned(), label));
    }
    Ok(points)
}

fn point(record: &csv::StringRecord) -> Result<RecordedPoint, (String, &'static str)> {
    if record.len() != COLUMNS.len() {
        return Err((format!("a row of {} fields", record.len()), "expected 5 fields"));
    }
    let field = |index: usize| record.get(index).unwrap_or_default();
    let number = |index: usize| {
        let (name, text) = (COLUMNS[index], field(index));
        match text.parse::<f64>() {
            // One zero is enough.
            Ok(value) if value.is_finite() => Ok(if value == 0.0 { 0.0 } else { value }),
            _ => Err((
                format!("`{}` is not a finite number in `{name}`", text.escape_debug()),
                "expected a finite number",
            )),
        }
    };
    let size = |index: usize| match number(index)? {
        size if size < 0.0 => {
            Err((format!("`{}` is negative", COLUMNS[index]), "expected a size that is not negative"))
        }
        size => Ok(size),
    };
    let at = if field(0).is_empty() { Err("`t_s` is empty".to_owned()) } else { nanoseconds(field(0), 1_000_000_000) };
    let at = at.map_err(|refusal| (refusal, "expected seconds since the start, in plain decimals"))?;
    Ok(RecordedPoint {
        at: SimTime::ZERO + at,
        az_deg: number(1)?,
        el_deg: number(2)?,
        width_deg: size(3)?,
        height_deg: size(4)?,
    })
}

/// The first line from a byte on that is neither blank nor a comment, without its end.
fn line(text: &str, start: usize) -> Range<usize> {
    let mut start = text.floor_char_boundary(start);
    for line in text[start..].split_inclusive('\n') {
        let content = line.trim();
        if !content.is_empty() && !content.starts_with('#') {
            return start..start + line.trim_end().len();
        }
        start += line.len();
    }
    start..start
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "t_s,az_deg,el_deg,width_deg,height_deg\n";

    fn said(rows: &str) -> String {
        match read("a.csv", &format!("{HEADER}{rows}")) {
            Ok(points) => format!("{} points", points.len()),
            Err(diagnostics) => {
                diagnostics.iter().map(|one| format!("{}: {}", one.line, one.message)).collect::<Vec<_>>().join("; ")
            }
        }
    }

    #[test]
    fn rows_are_read_and_bad_ones_are_named_by_their_line() {
        assert_eq!(said("0,1,2,3,4\n0.1,1,2,3,4\n"), "2 points");
        assert_eq!(said("# a comment\n\n0, 1, 2, 3, 4\r\n"), "1 points");
        assert_eq!(said(""), "1: the recording is empty");
        assert_eq!(said("0,1,2,3,4\n\n0.1,1,2,3\n"), "4: a row of 4 fields");
        assert_eq!(said("0,1,2,3,4\n0.1,x,2,3,4\n"), "3: `x` is not a finite number in `az_deg`");
        assert_eq!(said("0,nan,2,3,4\n"), "2: `nan` is not a finite number in `az_deg`");
        assert_eq!(said("0,1,2,-3,4\n"), "2: `width_deg` is negative");
        assert_eq!(said("1,1,2,3,4\n1,1,2,3,4\n"), "3: the time does not rise");
        assert_eq!(said("-1,1,2,3,4\n"), "2: `-1` is not a plain decimal number");
        assert_eq!(said(",1,2,3,4\n"), "2: `t_s` is empty");
    }

    #[test]
    fn other_columns_are_refused() {
        let diagnostics = read("a.csv", "t,az,el,w,h\n0,1,2,3,4\n").unwrap_err();
        assert_eq!(diagnostics.iter().next().map(|one| one.line), Some(1));
        assert!(read("a.csv", "").is_err());
    }
}
