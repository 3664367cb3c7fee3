//! Reading a page: from bytes that somebody hands in to its claims, or to one sentence that says why not.

use serde_json::Value;

use super::claims::{Premises, SCHEMA};

/// What opens and closes the block with the claims.
pub(super) const OPEN: &str = "<script type=\"application/json\" id=\"claims\">";
/// What closes it.
pub(super) const CLOSE: &str = "</script>";
/// How every page ends.
const END: &str = "</html>\n";

/// What a page claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// What it is made of.
    pub premises: Premises,
    /// The whole block.
    pub block: Value,
}

/// Why a file is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no text.
    #[error("not a report: no text (byte {at} is not UTF-8)")]
    NoText {
        /// The first byte at fault.
        at: usize,
    },
    /// It is another page.
    #[error("not a report: it has no claims (expected a page that `tiltyard run --html` wrote)")]
    NoClaims,
    /// The end is missing.
    #[error("damaged: the page does not end with </html> (was it cut off on its way?)")]
    CutOff,
    /// The block is no JSON, or misses something.
    #[error("damaged: its claims cannot be read: {0}")]
    Claims(#[from] serde_json::Error),
    /// It is another version's.
    #[error(
        "its claims have the format `{found}`, this program reads `{SCHEMA}` (verify it with the build that wrote it)"
    )]
    Format {
        /// What it says it is.
        found: String,
    },
    /// The block contradicts itself.
    #[error("damaged: run {run} is of scenario {source_index}, of which there is none")]
    NoSource {
        /// Which run.
        run: usize,
        /// Of which scenario.
        source_index: usize,
    },
    /// The baseline has other runs.
    #[error("damaged: the page has {runs} runs and its baseline {baseline}")]
    Baseline {
        /// Runs of the page.
        runs: usize,
        /// Runs of the baseline.
        baseline: usize,
    },
}

/// The text of a page and what it claims.
pub fn read(bytes: &[u8]) -> Result<(&str, Claimed), ReadError> {
    let text = core::str::from_utf8(bytes).map_err(|error| ReadError::NoText { at: error.valid_up_to() })?;
    let (_, after) = text.split_once(OPEN).ok_or(ReadError::NoClaims)?;
    let (block, _) = after.split_once(CLOSE).ok_or(ReadError::CutOff)?;
    if !text.ends_with(END) {
        return Err(ReadError::CutOff);
    }
    let block: Value = serde_json::from_str(block)?;
    let found = block.get("schema").and_then(Value::as_str).unwrap_or_default();
    if found != SCHEMA {
        return Err(ReadError::Format { found: found.to_owned() });
    }
    let premises: Premises = serde_json::from_value(block.clone())?;
    for (run, made) in premises.made.iter().enumerate() {
        if made.source >= premises.sources.len() {
            return Err(ReadError::NoSource { run, source_index: made.source });
        }
    }
    let runs = premises.made.len();
    for baseline in premises.baseline.iter().flat_map(|one| [one.runs.len(), one.drawn.len()]) {
        if baseline != runs {
            return Err(ReadError::Baseline { runs, baseline });
        }
    }
    Ok((text, Claimed { premises, block }))
}
