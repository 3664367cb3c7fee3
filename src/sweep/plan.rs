//! A sweep with everything it needs, and every run of it by its number.
//!
//! ```text
//! run = point · cells + cell          cell = (seed · cameras + camera) · scenarios + scenario
//! ```
//!
//! A run is a function of the plan and its number: its seed is that of its cell, so that all points meet the same
//! random numbers, and whoever makes it, when, and beside which others changes nothing. The first cells of a point are
//! one run of each scenario, so that a race over few of them has met all.

use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use super::file::{Document, RUNS_MAX, Sampler, SweepFile};
use super::parameter::{Parameter, Setting};
use super::sampler::Space;
use crate::scenario::{Diagnostics, Scenario, Set, load};

/// A sweep that can be made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked.
    pub file: SweepFile,
    /// The scenarios, without any parameter set.
    pub scenarios: Vec<Scenario>,
    /// Seeds; `None` where each scenario has its own.
    pub seeds: Option<core::ops::RangeInclusive<u64>>,
    /// Points of the space.
    pub points: u64,
    /// A number for what would be run: file, scenarios, cameras and attachments.
    pub hash: u64,
}

/// What is made of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The points of its sampler.
    Sweep,
    /// The points that a tuner chooses.
    Tune,
}

/// One cell of a point: what each point meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Index of the scenario.
    pub scenario: usize,
    /// Index of the camera; 0 where each scenario keeps its own.
    pub camera: usize,
    /// Index of the seed; 0 where each scenario has its own.
    pub seed: u64,
}

/// Why there is no plan.
#[derive(Debug)]
pub enum Refused {
    /// Files that are wrong.
    Files(Vec<Diagnostics>),
    /// A sentence.
    Sentence(String),
}

impl Plan {
    /// Loads what a sweep file names. `paths` are the scenario files; `wanted` says which of them count.
    pub fn new(
        file: SweepFile,
        what: What,
        paths: &[PathBuf],
        seeds: Option<core::ops::RangeInclusive<u64>>,
        wanted: &dyn Fn(&Scenario) -> bool,
    ) -> Result<Self, Refused> {
        let (mut scenarios, mut wrong) = (Vec::new(), Vec::new());
        for path in paths {
            match load(path, &file.sets) {
                Ok(scenario) if wanted(&scenario) => scenarios.push(scenario),
                Ok(_) => {}
                Err(diagnostics) if wrong.contains(&diagnostics) => {}
                Err(diagnostics) => wrong.push(diagnostics),
            }
        }
        if !wrong.is_empty() {
            return Err(Refused::Files(wrong));
        }
        if scenarios.is_empty() {
            return Err(Refused::Sentence(format!("{}: no scenario matches `filter`", file.name)));
        }
        let document = &file.document;
        let points = match (what, document.sampler, document.tune) {
            (What::Sweep, Some(sampler), _) => Space::new(&document.parameter, sampler).len(),
            (What::Tune, _, Some(tune)) => u64::from(tune.trials),
            (What::Sweep, None, _) => {
                return Err(Refused::Sentence(format!("{}: a sweep needs a `sampler`", file.name)));
            }
            (What::Tune, _, None) => {
                return Err(Refused::Sentence(format!("{}: a tuner needs `tune.trials`", file.name)));
            }
        };
        let mut plan = Self { points, file, scenarios, seeds, hash: 0 };
        let runs = plan.points.saturating_mul(plan.cells());
        if runs > RUNS_MAX {
            let (points, cells) = (plan.points, plan.cells());
            return Err(Refused::Sentence(format!(
                "{}: {points} points of {cells} runs each are more than {RUNS_MAX} runs (take fewer steps, points or \
                 seeds)",
                plan.file.name
            )));
        }
        plan.hash = plan.digest();
        // A key that does not exist, or a value that does not fit, is wrong at the first point of the first cell; the
        // ends of ranges are tried, too, before hours are spent.
        plan.tried()?;
        Ok(plan)
    }

    fn document(&self) -> &Document {
        &self.file.document
    }

    /// What is varied.
    pub fn parameters(&self) -> &[Parameter] {
        &self.document().parameter
    }

    /// The points.
    pub fn space(&self) -> Space<'_> {
        // A tuner chooses its points itself and asks for none.
        Space::new(self.parameters(), self.document().sampler.unwrap_or(Sampler::Grid))
    }

    /// Cameras, at least one; `None` is each scenario's own.
    fn cameras(&self) -> usize {
        self.document().cameras.len().max(1)
    }

    fn seeds_len(&self) -> u64 {
        self.seeds.as_ref().map_or(1, |seeds| seeds.end() - seeds.start() + 1)
    }

    /// Runs of each point.
    pub fn cells(&self) -> u64 {
        (self.scenarios.len() as u64).saturating_mul(self.cameras() as u64).saturating_mul(self.seeds_len())
    }

    /// Runs in all.
    pub fn runs(&self) -> u64 {
        self.points * self.cells()
    }

    /// The cell of this number.
    pub fn cell(&self, number: u64) -> Cell {
        let (scenarios, cameras) = (self.scenarios.len() as u64, self.cameras() as u64);
        Cell {
            scenario: (number % scenarios) as usize,
            camera: (number / scenarios % cameras) as usize,
            seed: number / scenarios / cameras,
        }
    }

    /// The seed of a cell's run.
    pub fn seed(&self, cell: Cell) -> u64 {
        match (&self.seeds, self.scenarios.get(cell.scenario)) {
            (Some(seeds), _) => seeds.start() + cell.seed,
            (None, Some(scenario)) => scenario.seed,
            (None, None) => 0,
        }
    }

    /// The camera of a cell's run, as tables name it.
    pub fn camera(&self, cell: Cell) -> &str {
        let own = || self.scenarios.get(cell.scenario).map_or("", |scenario| scenario.world.camera.name.as_str());
        self.document().cameras.get(cell.camera).map_or_else(own, String::as_str)
    }

    /// A cell's scenario at a point.
    pub fn scenario(&self, cell: Cell, point: &[Setting]) -> Result<Scenario, Diagnostics> {
        let mut sets = self.file.sets.clone();
        if let Some(camera) = self.document().cameras.get(cell.camera) {
            sets.push(Set::parse(&format!("camera={camera:?}"))?);
        }
        for text in self.overrides(point) {
            sets.push(Set::parse(&text)?);
        }
        let file = self.scenarios.get(cell.scenario).map_or("", |scenario| scenario.file.as_str());
        load(Path::new(file), &sets)
    }

    /// What `run --set` has to be given to run at a point.
    pub fn overrides(&self, point: &[Setting]) -> Vec<String> {
        let each = self.parameters().iter().zip(point).flat_map(|(parameter, setting)| {
            let keys = [&parameter.key].into_iter().chain(&parameter.also);
            keys.map(move |key| format!("{key}={}", setting.toml))
        });
        each.collect()
    }

    fn tried(&self) -> Result<(), Refused> {
        let mut wrong: Vec<Diagnostics> = Vec::new();
        let ends = |share: f64| self.parameters().iter().map(move |parameter| parameter.at(share)).collect::<Vec<_>>();
        let first_cells = self.scenarios.len() as u64 * self.cameras() as u64;
        for point in [ends(0.0), ends(1.0), ends(0.5)] {
            for cell in 0..first_cells {
                match self.scenario(self.cell(cell), &point) {
                    Err(diagnostics) if !wrong.contains(&diagnostics) => wrong.push(diagnostics),
                    _ => {}
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Refused::Files(wrong)) }
    }

    fn digest(&self) -> u64 {
        let mut hasher = Xxh3::new();
        let mut text = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        text(&self.file.text);
        for scenario in &self.scenarios {
            text(&scenario.name);
            text(&scenario.text);
            text(&scenario.camera_text);
            for attachment in &scenario.attachments {
                text(&attachment.path);
                text(&attachment.text);
            }
        }
        hasher.digest()
    }
}
