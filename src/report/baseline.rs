//! Baselines: what a batch came to, kept to hold later ones against.
//!
//! One JSON file, `baselines/NAME.json`, with each run's verdict, margin, numbers, chain (32 bits of the head at every
//! tick, so that the tick can be named at which a later run parts from it) and what a page draws of it. No clock and no
//! machine in it: equal batches give equal files.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::changes::{Against, Before};
use super::html::drawing::{followed, stride};
use super::html::pack::Packed;
use crate::run::chain::Link;
use crate::run::{Recorded, RunResult, Sample};
use crate::scenario::Scenario;

/// The name of the format; another one is refused.
pub const SCHEMA: &str = "tiltyard-baseline/1";
/// Rows of a run that are kept to be drawn.
const ROWS_MAX: usize = 1800;

/// A batch that was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of the program.
    pub version: String,
    /// Commit that it was made at.
    pub commit: String,
    /// The runs.
    pub runs: Vec<Kept>,
}

/// One of its runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// What it came to.
    pub before: Before,
    /// The low 32 bits of the chain's head at every tick, little end first, base64.
    pub heads: String,
    /// What is drawn of it.
    pub drawn: Drawn,
}

/// Error, pose and field of view over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// Rows a second \[Hz\].
    pub hz: f64,
    /// The columns.
    pub trace: Packed,
}

/// Why a file is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is no JSON, or misses something.
    #[error("not a baseline: {0}")]
    Damaged(#[from] serde_json::Error),
    /// It is another version's.
    #[error("a baseline of the format `{found}`, this program reads `{SCHEMA}` (save it anew with --save-baseline)")]
    Format {
        /// What it says it is.
        found: String,
    },
}

impl Baseline {
    /// Reads the text of a file.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let head: Head = serde_json::from_str(text)?;
        if head.schema != SCHEMA {
            return Err(BaselineError::Format { found: head.schema });
        }
        Ok(serde_json::from_str(text)?)
    }

    /// Of these runs.
    pub fn of(commit: String, runs: Vec<Kept>) -> Self {
        Self { schema: SCHEMA.to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), commit, runs }
    }

    /// The run of a scenario with a seed.
    pub fn find(&self, scenario: &str, seed: u64) -> Option<&Kept> {
        self.runs.iter().find(|kept| kept.before.scenario == scenario && kept.before.seed == seed)
    }
}

impl Kept {
    /// Keeps a run; `sets` are the overrides as typed.
    pub fn of(scenario: &Scenario, sets: &[String], recorded: &Recorded, result: &RunResult) -> Self {
        let heads =
            recorded.chain.links().iter().flat_map(|link| (link.head as u32).to_le_bytes()).collect::<Vec<u8>>();
        let stride = stride(recorded.trace.rows.len(), ROWS_MAX);
        let rows: Vec<&Sample> = recorded.trace.rows.iter().step_by(stride).collect();
        let hz = scenario.world.video.rate_hz / stride as f64;
        Self {
            before: before(scenario, sets, result),
            heads: STANDARD.encode(heads),
            drawn: Drawn { hz, trace: followed(&rows).pack() },
        }
    }

    /// How another run of the same name stands to it.
    pub fn against(&self, scenario: &Scenario, links: &[Link]) -> Against {
        Against {
            before: self.before.clone(),
            parted_tick: self.parted_from(links),
            source_changed: self.before.source != source(scenario),
        }
    }

    /// The first tick at which a chain differs from this one; its end where one is the other's beginning.
    fn parted_from(&self, links: &[Link]) -> Option<usize> {
        // A baseline that was damaged by hand parts at once.
        let heads = STANDARD.decode(&self.heads).unwrap_or_default();
        let (heads, _) = heads.as_chunks::<4>();
        let pairs = heads.iter().zip(links);
        let parted = pairs.into_iter().position(|(head, link)| u32::from_le_bytes(*head) != link.head as u32);
        parted.or_else(|| (heads.len() != links.len()).then(|| heads.len().min(links.len())))
    }
}

/// What a run came to.
fn before(scenario: &Scenario, sets: &[String], result: &RunResult) -> Before {
    let metrics = result.metrics.entries().into_iter().map(|(name, _, value)| (name.to_owned(), value));
    Before {
        scenario: result.scenario.clone(),
        seed: result.seed,
        source: source(scenario),
        sets: sets.to_vec(),
        verdict: result.verdict,
        chain: result.chain.clone(),
        margin: result.margin,
        metrics: metrics.collect(),
    }
}

/// A hash of everything that a scenario says, the files that it reads included.
fn source(scenario: &Scenario) -> String {
    let mut hasher = Xxh3::new();
    let attachments = scenario.attachments.iter().flat_map(|file| [&file.path, &file.text]);
    for text in [&scenario.text, &scenario.camera_text].into_iter().chain(attachments) {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    format!("{:016x}", hasher.digest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_baseline_is_refused_with_what_it_is() {
        let said = |text: &str| Baseline::parse(text).unwrap_err().to_string();
        assert!(said("\u{0}\u{1}").starts_with("not a baseline"));
        assert!(said("{}").contains("schema"));
        assert!(said("{\"schema\":\"tiltyard-baseline/9\"}").contains("`tiltyard-baseline/9`"));
        assert!(said("{\"schema\":\"tiltyard-baseline/1\"}").contains("missing field"));
    }
}
