//! What a page claims: enough to make every run again, and what came of each.
//!
//! One JSON block of the page, in full digits. `tiltyard verify` makes the runs of the block again, compares the block
//! with what they come to, and the whole page with one that is made of that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::pack::Packed;
use crate::report::baseline::Drawn;
use crate::report::changes::{Against, Changes, changes};
use crate::report::skipped::Skipped;
use crate::run::{Job, RunResult};
use crate::scenario::{Attachment, Diagnostics, Memory, Scenario, Set, parse};

/// The name of the format; another one is refused.
pub const SCHEMA: &str = "tiltyard-report/1";

/// What a page is made of, and what it claims, but for what the runs come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Premises {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of the program.
    pub version: String,
    /// Commit of the working tree.
    pub commit: String,
    /// All texts, each once.
    pub texts: Vec<String>,
    /// The scenarios.
    pub sources: Vec<Source>,
    /// Which runs were made, in their order.
    pub made: Vec<Made>,
    /// What was not run, and why.
    pub skipped: Vec<Skipped>,
    /// What the runs are held against.
    pub baseline: Option<Compared>,
}

/// A scenario, with all that it reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its file.
    pub file: String,
    /// Its text, overrides applied: index into the texts.
    pub text: usize,
    /// The camera's text.
    pub camera: usize,
    /// Path and text of what else it reads.
    pub attachments: Vec<(String, usize)>,
    /// The overrides, as typed.
    pub sets: Vec<String>,
}

/// A run that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Index of its scenario.
    pub source: usize,
    /// Its seed.
    pub seed: u64,
}

/// The baseline that runs are held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// The commit that it was made at.
    pub commit: String,
    /// Runs of it that were not made.
    pub missing: usize,
    /// The overrides of the runs of the page, as typed.
    pub sets: Vec<String>,
    /// Of each run of the page what it was; none where the baseline has no such run.
    pub runs: Vec<Option<Against>>,
    /// Of each run that came out otherwise what is drawn.
    pub drawn: Vec<Option<Drawn>>,
}

/// The block.
#[derive(Serialize)]
pub(super) struct Claims<'a> {
    #[serde(flatten)]
    pub premises: &'a Premises,
    pub runs: Vec<ClaimedRun<'a>>,
}

/// What came of a run: all of the result but where it ran and how long it took.
#[derive(Serialize)]
pub(super) struct ClaimedRun<'a> {
    scenario: &'a str,
    seed: u64,
    verdict: crate::run::RunVerdict,
    chain: &'a str,
    sim_s: f64,
    margin: Option<f64>,
    reason: Option<&'a str>,
    expectations: &'a [crate::run::ExpectationResult],
    metrics: &'a crate::run::Metrics,
}

impl<'a> ClaimedRun<'a> {
    pub(super) fn of(result: &'a RunResult) -> Self {
        Self {
            scenario: &result.scenario,
            seed: result.seed,
            verdict: result.verdict,
            chain: &result.chain,
            sim_s: result.sim_s,
            margin: result.margin,
            reason: result.reason.as_deref(),
            expectations: &result.expectations,
            metrics: &result.metrics,
        }
    }
}

impl Premises {
    /// Of these runs; `sets` are the overrides as typed.
    pub fn of(jobs: &[Job<'_>], sets: &[String], commit: String, skipped: &[Skipped]) -> Self {
        let mut premises = Self {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit,
            texts: Vec::new(),
            sources: Vec::new(),
            made: Vec::new(),
            skipped: skipped.to_vec(),
            baseline: None,
        };
        let mut known = BTreeMap::new();
        let mut last: Option<&Scenario> = None;
        for job in jobs {
            // The seeds of a scenario follow each other.
            if !last.is_some_and(|last| core::ptr::eq(last, job.scenario)) {
                last = Some(job.scenario);
                premises.add(job.scenario, sets, &mut known);
            }
            premises.made.push(Made { source: premises.sources.len() - 1, seed: job.seed });
        }
        premises
    }

    fn add<'a>(&mut self, scenario: &'a Scenario, sets: &[String], known: &mut BTreeMap<&'a str, usize>) {
        let texts = &mut self.texts;
        let mut place = |text: &'a str| {
            *known.entry(text).or_insert_with(|| {
                texts.push(text.to_owned());
                texts.len() - 1
            })
        };
        let source = Source {
            file: scenario.file.clone(),
            text: place(&scenario.text),
            camera: place(&scenario.camera_text),
            attachments: scenario.attachments.iter().map(|file| (file.path.clone(), place(&file.text))).collect(),
            sets: sets.to_vec(),
        };
        self.sources.push(source);
    }

    /// The scenarios, out of their texts alone.
    pub fn scenarios(&self) -> Result<Vec<Scenario>, Unreadable> {
        self.sources.iter().map(|source| self.scenario(source)).collect()
    }

    fn scenario(&self, source: &Source) -> Result<Scenario, Unreadable> {
        let text = |index: usize| self.texts.get(index).ok_or(Unreadable::NoText { index });
        let (written, camera) = (text(source.text)?, text(source.camera)?);
        let mut files = Memory::default();
        for (path, index) in &source.attachments {
            files.0.insert(path.clone(), text(*index)?.clone());
        }
        let named = toml::from_str::<toml::Table>(written).ok();
        let named = named.as_ref().and_then(|table| table.get("camera")?.as_str());
        files.0.insert(named.unwrap_or(CAMERA).to_owned(), camera.clone());
        let read =
            |sets: &[Set], files: &Memory| parse(&source.file, written, sets, files).map_err(Unreadable::Scenario);
        let scenario = read(&[], &files).ok().filter(|scenario| scenario.camera_text == *camera);
        let scenario = if let Some(scenario) = scenario {
            scenario
        } else {
            // The camera of the page, and not the one that this version knows by that name.
            files.0.insert(CAMERA.to_owned(), camera.clone());
            let set = Set::parse(&format!("camera=\"{CAMERA}\"")).map_err(Unreadable::Scenario)?;
            read(&[set], &files)?
        };
        let attachments = source
            .attachments
            .iter()
            .map(|(path, index)| Ok(Attachment { path: path.clone(), text: text(*index)?.clone() }));
        Ok(Scenario { text: written.clone(), attachments: attachments.collect::<Result<_, Unreadable>>()?, ..scenario })
    }
}

/// What a page's camera is called where the scenario's own name for it means another one.
const CAMERA: &str = "camera.toml";

/// Why a scenario of a page cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// There is no such text in the page.
    NoText {
        /// Its index.
        index: usize,
    },
    /// The text is no scenario.
    Scenario(Diagnostics),
}

impl Compared {
    /// What changed, over all runs.
    pub fn changes(&self, results: &[RunResult]) -> Changes {
        let changes = changes(&self.runs, results, &self.sets);
        Changes { name: self.name.clone(), commit: self.commit.clone(), missing: self.missing, ..changes }
    }

    /// What is drawn of a run, in grey.
    pub(super) fn drawn(&self, run: usize) -> Option<(&Packed, f64)> {
        self.drawn.get(run)?.as_ref().map(|drawn| (&drawn.trace, drawn.hz))
    }
}
