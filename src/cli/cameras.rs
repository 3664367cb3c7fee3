//! `tiltyard cameras [NAME]`: the camera models that come with the program.

use core::fmt::Write as _;

use clap::Args;

use super::{Exit, Failure, out};
use crate::scenario::camera::{CameraFile, built_in, read_camera};
use crate::scenario::{cameras, diagnostic::nearest};

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print the file of this model, with the source of every number
    pub name: Option<String>,
}

/// Prints the list, or one file.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let Some(wanted) = &arguments.name else {
        out::print(&list()?)?;
        return Ok(Exit::Success);
    };
    let Some(text) = built_in(wanted) else {
        let help = nearest(wanted, cameras().iter().map(|(name, _)| *name))
            .map_or_else(String::new, |name| format!(" (did you mean {name}?)"));
        return Err(Failure::Usage(format!("there is no camera model {wanted}{help}")));
    };
    out::print(text)?;
    Ok(Exit::Success)
}

/// One line a model, in columns.
fn list() -> Result<String, Failure> {
    let mut rows = vec![["name", "camera", "zoom", "pan deg/s", "tilt deg/s", "protocol"].map(str::to_owned)];
    for (name, text) in cameras() {
        let file = read_camera(name, text).map_err(|diagnostics| Failure::Files(vec![diagnostics]))?;
        rows.push(row(name, &file));
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 6] = core::array::from_fn(width);
    Ok(rows.iter().fold(String::new(), |mut lines, row| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(lines, "{}", line.trim_end());
        lines
    }))
}

fn row(name: &str, file: &CameraFile) -> [String; 6] {
    let ends = |speeds: &[f64]| match speeds {
        [slowest, .., fastest] => format!("{slowest} to {fastest}"),
        _ => String::new(),
    };
    let zoom = file.zoom.curve.value.last().map_or(1.0, |point| point.0[1]);
    let transports = file.protocol.transports.iter().flat_map(|transports| &transports.value);
    let transports: Vec<String> = transports.map(ToString::to_string).collect();
    [
        name.to_owned(),
        file.title.clone(),
        format!("{zoom}x"),
        ends(&file.pan.speeds.value),
        ends(&file.tilt.speeds.value),
        transports.join(", "),
    ]
}
