//! Who is where in a recorded picture: text → targets with bearings. Errors point at the line of the file.
//!
//! Two forms, told by the first line that is neither blank nor a comment:
//! - CSV with the columns `t_s,name,left_px,top_px,width_px,height_px`, t from the clip's first picture on, the rows of
//!   one name in order of time. A few rows do: between two of them position and size run straight.
//! - a file of the `MOTChallenge` ([`crate::mot`]), frames counted from 1; rows of confidence 0 are not looked at.
//!   Names are the identities.
//!
//! Somebody is there from their first row to their last one, and on to the end if that is the last of the file. Boxes
//! end at the picture's edges, and one that is beyond them says nothing ([`tiltyard_sim::footage::angular`]).

use core::ops::Range;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tiltyard_sim::config::{Path, RecordedPoint, Target};
use tiltyard_sim::footage;
use tiltyard_sim::projection::{PixelBox, View};
use tiltyard_visca::SimTime;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::units::nanoseconds;
use crate::mot;

const COLUMNS: [&str; 6] = ["t_s", "name", "left_px", "top_px", "width_px", "height_px"];

/// The clip that a truth is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clip {
    /// Its camera.
    pub view: View,
    /// Pictures a second \[Hz\], for truth in frames.
    pub rate_hz: Option<f64>,
    /// Where in it the run begins.
    pub start: Duration,
}

/// A row: a name, a moment of the clip, a box.
struct Row {
    name: String,
    at: SimTime,
    shape: PixelBox,
}

/// Reads everybody, or says what is wrong with the first bad line.
pub(super) fn read(file: &str, text: &str, clip: &Clip) -> Result<Vec<Target>, Diagnostics> {
    let is_csv = content(text).next().is_some_and(|(_, line)| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    let rows = if is_csv { csv_rows(text) } else { mot_rows(file, text, clip.rate_hz) };
    let shared: Arc<str> = text.into();
    let rows = rows.map_err(|(span, message, label)| Diagnostic::new(file, &shared, span, message).label(label))?;
    let targets = targets(&rows, clip);
    if targets.is_empty() {
        let label = "expected a row after the run's start with a box in the picture";
        return Err(Diagnostic::new(file, &shared, 0..0, "the truth knows nobody").label(label).into());
    }
    Ok(targets)
}

/// Where, what, and what was expected.
type Refusal = (Range<usize>, String, String);

/// Lines that say something, without their ends, and where they are.
fn content(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let (from, kept) = (start, line.trim_end());
        start += line.len();
        let says = !kept.trim_start().is_empty() && !kept.trim_start().starts_with('#');
        says.then(|| (from..from + kept.len(), kept.trim_start()))
    })
}

fn csv_rows(text: &str) -> Result<Vec<Row>, Refusal> {
    let mut rows: Vec<Row> = Vec::new();
    let mut lines = content(text);
    if let Some((span, head)) = lines.next()
        && head.split(',').map(str::trim).ne(COLUMNS)
    {
        let label = format!("expected `{}`", COLUMNS.join(","));
        return Err((span, "the columns are not those of a truth".to_owned(), label));
    }
    for (span, line) in lines {
        let row = csv_row(line).map_err(|(message, label)| (span.clone(), message, label))?;
        if rows.iter().rev().find(|before| before.name == row.name).is_some_and(|before| before.at >= row.at) {
            let label = "expected a later time than the row before of this name";
            return Err((span, format!("the time of `{}` does not rise", row.name), label.to_owned()));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn csv_row(line: &str) -> Result<Row, (String, String)> {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let [t_s, name, numbers @ ..] = fields.as_slice() else {
        return Err((format!("a row of {} fields", fields.len()), "expected 6 fields".to_owned()));
    };
    if fields.len() != COLUMNS.len() {
        return Err((format!("a row of {} fields", fields.len()), "expected 6 fields".to_owned()));
    }
    if name.is_empty() {
        return Err(("nobody is named".to_owned(), "expected a name in the second field".to_owned()));
    }
    let at = if t_s.is_empty() { Err("`t_s` is empty".to_owned()) } else { nanoseconds(t_s, 1_000_000_000) };
    let at = at.map_err(|refusal| (refusal, "expected seconds of the clip, in plain decimals".to_owned()))?;
    let mut parsed = [0.0; 4];
    for ((number, text), column) in parsed.iter_mut().zip(numbers).zip(&COLUMNS[2..]) {
        *number = text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| {
            let message = format!("`{}` is not a finite number in `{column}`", text.escape_debug());
            (message, "expected a finite number".to_owned())
        })?;
    }
    let [left_px, top_px, w_px, h_px] = parsed;
    if w_px <= 0.0 || h_px <= 0.0 {
        return Err((format!("a box of {w_px} by {h_px} px"), "expected a width and a height above 0".to_owned()));
    }
    let shape = PixelBox { x_px: left_px + w_px / 2.0, y_px: top_px + h_px / 2.0, w_px, h_px };
    Ok(Row { name: (*name).to_owned(), at: SimTime::ZERO + at, shape })
}

fn mot_rows(file: &str, text: &str, rate_hz: Option<f64>) -> Result<Vec<Row>, Refusal> {
    let line_of = |number: usize| {
        let start: usize = text.split_inclusive('\n').take(number - 1).map(str::len).sum();
        start..start + text[start..].lines().next().map_or(0, str::len)
    };
    let read = mot::read(file, text)
        .map_err(|wrong| (line_of(wrong.line), wrong.problem, format!("column {}", wrong.column)))?;
    let Some(rate_hz) = rate_hz else {
        return Err((0..0, "the truth counts frames".to_owned(), "needs `world.video.rate`".to_owned()));
    };
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for row in read.iter().filter(|row| row.confidence != 0.0 && row.bbox.w_px > 0.0 && row.bbox.h_px > 0.0) {
        if !seen.insert((row.id, row.frame)) {
            let message = format!("identity {} stands twice in frame {}", row.id, row.frame);
            return Err((0..0, message, "expected one box of each identity in a frame".to_owned()));
        }
        let at = SimTime::from_nanos(libm::round(f64::from(row.frame - 1) * 1e9 / rate_hz) as u64);
        let [x_px, y_px] = row.bbox.centre_px();
        let shape = PixelBox { x_px, y_px, w_px: row.bbox.w_px, h_px: row.bbox.h_px };
        rows.push(Row { name: row.id.to_string(), at, shape });
    }
    Ok(rows)
}

/// Those who are there after the run's start: identities by number, names as they come first.
fn targets(rows: &[Row], clip: &Clip) -> Vec<Target> {
    let mut names: Vec<&str> = Vec::new();
    let mut paths: BTreeMap<&str, Vec<RecordedPoint>> = BTreeMap::new();
    for row in rows {
        let Some(state) = footage::angular(&row.shape, clip.view) else { continue };
        let points = paths.entry(&row.name).or_default();
        if points.is_empty() {
            names.push(&row.name);
        }
        points.push(RecordedPoint {
            at: row.at,
            az_deg: state.az_deg,
            el_deg: state.el_deg,
            width_deg: state.width_deg,
            height_deg: state.height_deg,
        });
    }
    names.sort_by_key(|name| name.parse::<i64>().unwrap_or(0));
    let last = rows.iter().map(|row| row.at).max().unwrap_or_default();
    let frame = clip.rate_hz.map_or(Duration::from_nanos(1), |rate_hz| Duration::from_secs_f64(1.0 / rate_hz));
    let start = SimTime::ZERO + clip.start;
    let target = |name: &&str| {
        let points = paths.get(name)?;
        let (first, own_last) = (points.first()?.at, points.last()?.at);
        let until = (own_last < last).then(|| own_last + frame);
        if until.is_some_and(|until| until <= start) {
            return None;
        }
        let of_run = |at: SimTime| SimTime::ZERO + at.since(start);
        Some(Target {
            name: (*name).to_owned(),
            label: "person".to_owned(),
            path: Path::Recorded(since(points, start)),
            from: of_run(first),
            until: until.map(of_run),
            body: None,
        })
    };
    names.iter().filter_map(target).collect()
}

/// The rows from `start` on, counted from there; one at the start itself if it lies between two.
fn since(points: &[RecordedPoint], start: SimTime) -> Vec<RecordedPoint> {
    let next = points.partition_point(|point| point.at <= start);
    let moved = |point: &RecordedPoint| RecordedPoint { at: SimTime::ZERO + point.at.since(start), ..*point };
    let mut kept: Vec<RecordedPoint> = points[next..].iter().map(moved).collect();
    let before = next.checked_sub(1).and_then(|before| points.get(before));
    if let Some(before) = before {
        let share = |after: &RecordedPoint| start.signed_secs_since(before.at) / after.at.signed_secs_since(before.at);
        let mixed = points.get(next).map_or(*before, |after| {
            let share = share(after);
            let mix = |from: f64, to: f64| from + (to - from) * share;
            RecordedPoint {
                at: start,
                az_deg: mix(before.az_deg, after.az_deg),
                el_deg: mix(before.el_deg, after.el_deg),
                width_deg: mix(before.width_deg, after.width_deg),
                height_deg: mix(before.height_deg, after.height_deg),
            }
        });
        kept.insert(0, RecordedPoint { at: SimTime::ZERO, ..mixed });
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "t_s,name,left_px,top_px,width_px,height_px\n";

    fn clip(start_ms: u64) -> Clip {
        let view = View { pan_deg: 0.0, tilt_deg: 0.0, hfov_deg: 90.0, width_px: 200, height_px: 100 };
        Clip { view, rate_hz: Some(10.0), start: Duration::from_millis(start_ms) }
    }

    fn said(text: &str) -> String {
        match read("gt.txt", text, &clip(0)) {
            Ok(targets) => format!("{} targets", targets.len()),
            Err(wrong) => {
                let lines: Vec<String> = wrong.iter().map(|one| format!("{}: {}", one.line, one.message)).collect();
                lines.concat()
            }
        }
    }

    #[test]
    fn bad_lines_are_named_by_their_number() {
        let csv = |rows: &str| said(&format!("{HEADER}{rows}"));
        assert_eq!(csv("0,anna,80,10,40,80\n# later\n\n1, anna, 90, 10, 40, 80\r\n"), "1 targets");
        assert_eq!(csv("0,anna,80,10,40\n"), "2: a row of 5 fields");
        assert_eq!(csv("0,anna,80,10,40,80\n\n1,anna,x,10,40,80\n"), "4: `x` is not a finite number in `left_px`");
        assert_eq!(
            csv("1,anna,80,10,40,80\n0,bert,80,10,40,80\n1,anna,80,10,40,80\n"),
            "4: the time of `anna` does not rise"
        );
        assert_eq!(csv("0,anna,80,10,0,80\n"), "2: a box of 0 by 80 px");
        assert_eq!(csv("-1,anna,80,10,4,80\n"), "2: `-1` is not a plain decimal number");
        assert_eq!(csv("0,,80,10,4,80\n"), "2: nobody is named");
        assert_eq!(csv("0,anna,300,10,4,80\n"), "1: the truth knows nobody");
        assert_eq!(said("t,who\n"), "1: the columns are not those of a truth");
        assert_eq!(said(""), "1: the truth knows nobody");
        assert_eq!(said("1,7,80,10,40,80,1\n2,7,80,10,x,80,1\n"), "2: width is `x` (expected a number)");
        assert_eq!(said("1,7,80,10,40,80,1\n1,7,80,10,40,80,1\n"), "1: identity 7 stands twice in frame 1");
        let Err(wrong) = read("gt.txt", "1,7,80,10,40,80,1\n", &Clip { rate_hz: None, ..clip(0) }) else { panic!() };
        assert!(wrong.to_string().contains("needs `world.video.rate`"), "{wrong}");
    }

    #[test]
    fn identities_come_in_their_order_and_go_with_their_last_row() {
        let text = "1,12,80,10,40,80,1\n1,3,80,10,40,80,1\n3,3,100,10,40,80,1\n5,12,80,10,40,80,1\n2,9,80,10,40,80,0\n";
        let targets = read("gt.txt", text, &clip(0)).unwrap();
        let told: Vec<_> = targets.iter().map(|one| (one.name.as_str(), one.from, one.until)).collect();
        let ms = SimTime::from_millis;
        assert_eq!(told, [("3", ms(0), Some(ms(300))), ("12", ms(0), None)]);
        // f = 100 px: 80 .. 120 px is 22.6° about the middle.
        let Path::Recorded(points) = &targets[0].path else { panic!() };
        assert!(points[0].az_deg.abs() < 1e-12 && (points[0].width_deg - 22.6199).abs() < 1e-3, "{points:?}");
        assert!((points[1].az_deg - 10.9006).abs() < 1e-3 && points[1].at == ms(200), "{points:?}");
    }

    #[test]
    fn a_run_that_begins_later_begins_between_two_rows() {
        let text =
            format!("{HEADER}0,anna,80,10,40,80\n2,anna,100,10,40,80\n0,bert,80,10,40,80\n0.2,bert,80,10,40,80\n");
        let targets = read("gt.csv", &text, &clip(500)).unwrap();
        assert_eq!(targets.len(), 1, "bert has gone before");
        let Path::Recorded(points) = &targets[0].path else { panic!() };
        assert_eq!(points.iter().map(|point| point.at).collect::<Vec<_>>(), [0, 1500].map(SimTime::from_millis));
        assert!((points[0].az_deg - 10.9006 / 4.0).abs() < 1e-3, "{points:?}");
        let late = read("gt.csv", &text, &clip(3000)).unwrap();
        let Path::Recorded(points) = &late[0].path else { panic!() };
        assert_eq!(points.len(), 1, "after the last row it stays there");
    }
}
