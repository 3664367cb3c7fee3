//! The metadata record: what a run was, in a few lines of text.

use std::collections::BTreeMap;

use super::error::ReadError;
use super::write::Account;
use super::{FORMAT, VERSION};

/// What a run was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Version of the program that wrote the file.
    pub version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Its file, as it was called then.
    pub file: String,
    /// Seed of the run.
    pub seed: u64,
    /// A command line that makes the run again.
    pub command_line: String,
    /// Head of the hash chain.
    pub chain: String,
    /// What became of the run.
    pub verdict: String,
}

/// The record's name.
pub(super) const NAME: &str = "tiltyard";

impl About {
    /// Of a run.
    pub(super) fn of(run: &Account<'_>) -> Self {
        Self {
            version: VERSION.to_owned(),
            scenario: run.scenario.name.clone(),
            file: run.scenario.file.clone(),
            seed: run.seed,
            command_line: run.command_line.to_owned(),
            chain: format!("{:016x}", run.recorded.chain.head()),
            verdict: run.result.verdict.name().to_owned(),
        }
    }

    pub(super) fn into_record(self) -> BTreeMap<String, String> {
        let seed = self.seed.to_string();
        [
            ("format", FORMAT.to_owned()),
            ("version", self.version),
            ("scenario", self.scenario),
            ("file", self.file),
            ("seed", seed),
            ("command_line", self.command_line),
            ("chain", self.chain),
            ("verdict", self.verdict),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    pub(super) fn from_record(mut record: BTreeMap<String, String>) -> Result<Self, ReadError> {
        let mut take = |key| record.remove(key).ok_or(ReadError::Missing(key));
        let found = take("format")?;
        if found != FORMAT {
            return Err(ReadError::Format { found });
        }
        let seed = take("seed")?;
        Ok(Self {
            version: take("version")?,
            scenario: take("scenario")?,
            file: take("file")?,
            seed: seed
                .parse()
                .map_err(|_| ReadError::Nonsense { what: "seed", why: format!("`{seed}` is no whole number") })?,
            command_line: take("command_line")?,
            chain: take("chain")?,
            verdict: take("verdict")?,
        })
    }
}
