//! A part of a sweep's table in a file: whole, of this plan and this build, or not there at all.
//!
//! ```text
//! # tiltyard-part/1 plan=… build=… rung=0 part=12 rows=40 hash=…
//! 480,24,motion/step,ptzoptics-g2-20x,7,pass,0.31,…
//! ```
//!
//! It is written beside its place and renamed into it, so that whoever is killed leaves none that is half written; the
//! hash is of the rows, so that one that was cut off or edited is known.

use core::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::plan::Plan;
use super::row::Row;

/// Which part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartId {
    /// Of a race, which round; 0 where there is none.
    pub rung: u32,
    /// Which of the round.
    pub number: u64,
}

/// What parts have to have in common to be one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Of the plan.
    pub plan: u64,
    /// Of the program.
    pub build: u64,
}

/// Why a file is not the part that it should be.
#[derive(Debug)]
pub enum Unfit {
    /// It is not there.
    Missing,
    /// It cannot be read.
    Unreadable(io::Error),
    /// It is no part, is cut off, or was edited.
    Damaged(String),
    /// It belongs to another sweep file, or the scenarios have changed since.
    OtherPlan,
    /// Another build of the program made it.
    OtherBuild,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is not there"),
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Self::Damaged(how) => write!(f, "is damaged: {how}"),
            Self::OtherPlan => f.write_str("is of another sweep: its file, a scenario or a camera has changed since"),
            Self::OtherBuild => f.write_str("was made by another build of the program"),
        }
    }
}

impl Origin {
    /// Of this plan in this program.
    pub fn of(plan: &Plan) -> Self {
        Self { plan: plan.hash, build: build() }
    }
}

/// A number for this very program: results of two builds are not promised to be equal.
fn build() -> u64 {
    let program = std::env::current_exe().and_then(fs::read);
    // Where a program cannot read itself (wasm), its version has to do.
    program.map_or_else(|_| xxh3_64(env!("CARGO_PKG_VERSION").as_bytes()), |bytes| xxh3_64(&bytes))
}

impl PartId {
    /// Where it lies in the folder of a sweep.
    pub fn path(self, folder: &Path) -> PathBuf {
        folder.join("parts").join(format!("{}-{:07}.csv", self.rung, self.number))
    }
}

impl fmt::Display for PartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:07}", self.rung, self.number)
    }
}

/// Rows as lines of CSV.
pub fn lines<'r>(rows: impl IntoIterator<Item = &'r [String]>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        // Into memory: nothing that could fail.
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}

fn header(id: PartId, origin: Origin, rows: usize, body: &[u8]) -> String {
    let (PartId { rung, number }, Origin { plan, build }) = (id, origin);
    let hash = xxh3_64(body);
    format!(
        "# tiltyard-part/1 plan={plan:016x} build={build:016x} rung={rung} part={number} rows={rows} hash={hash:016x}\n"
    )
}

/// Writes a part in one step.
pub fn write(folder: &Path, id: PartId, origin: Origin, rows: &[Row]) -> io::Result<()> {
    let body = lines(rows.iter().map(|row| row.cells.as_slice()));
    let path = id.path(folder);
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let put = || {
        let mut file = fs::File::create(&beside)?;
        file.write_all(header(id, origin, rows.len(), &body).as_bytes())?;
        file.write_all(&body)?;
        // A rename may reach the disk before the bytes do.
        file.sync_all()?;
        fs::rename(&beside, &path)
    };
    put().inspect_err(|_| {
        // A full disk is not made fuller; that this fails, too, changes nothing.
        let _ = fs::remove_file(&beside);
    })
}

/// Reads a part, and refuses what is not it.
pub fn read(plan: &Plan, folder: &Path, id: PartId, origin: Origin) -> Result<Vec<Row>, Unfit> {
    let bytes = fs::read(id.path(folder)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Unfit::Missing,
        _ => Unfit::Unreadable(error),
    })?;
    let damaged = |how: &str| Unfit::Damaged(how.to_owned());
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(|| damaged("it has no first line"))?;
    let (first, body) = bytes.split_at(end + 1);
    let first = core::str::from_utf8(first).map_err(|_| damaged("its first line is no text"))?;
    let word = |name: &str| first.split([' ', '\n']).find_map(|word| word.strip_prefix(name));
    if !first.starts_with("# tiltyard-part/1 ") {
        return Err(damaged("it is no part of a sweep"));
    }
    if word("plan=") != Some(&format!("{:016x}", origin.plan)) {
        return Err(Unfit::OtherPlan);
    }
    if word("build=") != Some(&format!("{:016x}", origin.build)) {
        return Err(Unfit::OtherBuild);
    }
    let mut rows = Vec::new();
    for record in csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(body).records() {
        let record = record.map_err(|error| Unfit::Damaged(error.to_string()))?;
        let row = Row::read(plan, record.iter().map(str::to_owned).collect());
        rows.push(row.ok_or_else(|| Unfit::Damaged(format!("row {} is none of this sweep", rows.len() + 1)))?);
    }
    if header(id, origin, rows.len(), body) != first {
        return Err(damaged("its rows are not those that were written"));
    }
    Ok(rows)
}
