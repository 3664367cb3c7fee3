//! The sweep file as it is written.
//!
//! Read as scenario files are: externally tagged, unknown keys refused, everything that is wrong shown in its place.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::parameter::Parameter;
use crate::scenario::diagnostic::nearest;
use crate::scenario::locate::{Findings, KeyPath, Place, Source, root};
use crate::scenario::{Diagnostic, Diagnostics, Metric, Set};

/// A sweep: scenarios × cameras × seeds at many points of some parameters, and what is asked of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of this format: 1.
    pub schema: u32,
    /// One line that says what is asked.
    pub title: String,
    /// Scenario files, or folders of them, relative to this file.
    pub scenarios: Vec<String>,
    /// Only scenarios with this tag or this in their name, as `run --filter` has it.
    pub filter: Option<String>,
    /// Cameras to put in the place of each scenario's own, one after the other.
    #[serde(default)]
    pub cameras: Vec<String>,
    /// Seeds A..B that each point meets, the same for all; each scenario's own where absent.
    pub seeds: Option<String>,
    /// Overrides that all runs share, as `run --set` has them.
    #[serde(default)]
    pub set: Vec<String>,
    /// What is varied.
    pub parameter: Vec<Parameter>,
    /// Which points a sweep tries.
    pub sampler: Option<Sampler>,
    /// How far a tuner goes.
    pub tune: Option<Tune>,
    /// What is wanted; the first one ranks the points.
    pub objective: Vec<Objective>,
    /// What has to hold.
    #[serde(default)]
    pub constraint: Vec<Constraint>,
    /// When a point is given up before all of its runs are made.
    #[serde(default)]
    pub stop: Stop,
}

/// Which points are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Sampler {
    /// All combinations of `steps` or `values`.
    Grid,
    /// Points drawn one by one, evenly.
    Random(Points),
    /// Sobol's sequence, scrambled after Owen: fills the space evenly; at most 65536 points.
    Sobol(Points),
    /// Each range cut into as many parts as there are points, each part met once.
    LatinHypercube(Points),
}

/// How far a tuner goes: CMA-ES for one objective, NSGA-II for several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tune {
    /// Points that are tried.
    pub trials: u32,
    /// Seed of its draws.
    #[serde(default)]
    pub seed: u64,
}

/// How many points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Points {
    /// How many.
    pub points: u32,
    /// Seed of the draw.
    #[serde(default)]
    pub seed: u64,
}

/// A number over all runs of a point that is wanted small, or large.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// A metric of `run --format json`, or `margin`.
    pub metric: String,
    /// How the runs make one number; the mean where absent.
    #[serde(default)]
    pub over: Over,
    /// Whether it is wanted small or large; where absent, large for `margin`, `time_on_target` and `bbor`, small for
    /// all others.
    pub goal: Option<Goal>,
    /// What a run counts that has no such number (a scene that never settled has no `settle_s`); without it, such a run
    /// leaves the point without a value.
    pub absent: Option<f64>,
}

/// A number over all runs of a point that has to keep a bound.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// A metric, or `margin`.
    pub metric: String,
    /// How the runs make one number; the worst where absent.
    pub over: Option<Over>,
    /// It may not be larger.
    pub at_most: Option<f64>,
    /// It may not be smaller.
    pub at_least: Option<f64>,
    /// What a run counts that has no such number.
    pub absent: Option<f64>,
}

/// How the runs of a point make one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Over {
    /// Their mean.
    #[default]
    Mean,
    /// The worst of them.
    Worst,
    /// The mean of this worst share of them, 0 < share ≤ 1 (conditional value at risk: Rockafellar, Uryasev, 2000).
    Cvar(f64),
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// As small as can be.
    Least,
    /// As large as can be.
    Most,
}

/// When a point is given up.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// As soon as one run breaks a constraint over the worst of them: nothing can mend that.
    #[serde(default)]
    pub when_broken: bool,
    /// Successive halving (Jamieson, Talwalkar, AISTATS 2016): after so many runs of each point …
    pub race_after: Option<u32>,
    /// … the best share of the points goes on, 0 < share < 1; a half where absent. Then after twice as many runs, and
    /// so on.
    pub keep: Option<f64>,
}

impl Objective {
    /// Small or large.
    pub fn goal(&self) -> Goal {
        self.goal.unwrap_or(match self.metric.as_str() {
            "margin" | "time_on_target" | "bbor" => Goal::Most,
            _ => Goal::Least,
        })
    }

    /// `rms_error_deg.mean`
    pub fn name(&self) -> String {
        format!("{}.{}", self.metric, self.over.name())
    }
}

impl Constraint {
    /// The worst where nothing is said.
    pub fn over(&self) -> Over {
        self.over.unwrap_or(Over::Worst)
    }

    /// `margin.worst >= 0`
    pub fn name(&self) -> String {
        let (metric, over) = (&self.metric, self.over().name());
        match (self.at_least, self.at_most) {
            (Some(low), Some(high)) => format!("{low} <= {metric}.{over} <= {high}"),
            (Some(low), None) => format!("{metric}.{over} >= {low}"),
            (None, Some(high)) => format!("{metric}.{over} <= {high}"),
            (None, None) => format!("{metric}.{over}"),
        }
    }
}

impl Over {
    /// `mean`, `worst`, `cvar0.1`
    pub fn name(self) -> String {
        match self {
            Self::Mean => "mean".to_owned(),
            Self::Worst => "worst".to_owned(),
            Self::Cvar(share) => format!("cvar{share}"),
        }
    }
}

/// The JSON Schema of the sweep file.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

/// More points or runs than anybody waits for; and indices stay far from their ends.
pub const RUNS_MAX: u64 = 1_000_000_000;

/// A sweep file that was read: the document, its text and where it lies.
#[derive(Clone, Debug)]
pub struct SweepFile {
    /// As shown in messages.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The folder that its paths are relative to.
    pub folder: PathBuf,
    /// What it says.
    pub document: Document,
    /// Its `set`, parsed.
    pub sets: Vec<Set>,
}

impl SweepFile {
    /// Reads a sweep file from disk.
    pub fn load(path: &Path) -> Result<Self, Diagnostics> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Diagnostic::new(&shown, &"".into(), 0..0, format!("cannot read the sweep `{shown}`"))
                .label(error.to_string())
        })?;
        Self::parse(&shown, &text, path.parent().unwrap_or(Path::new("")))
    }

    /// Reads it from its text.
    pub fn parse(name: &str, text: &str, folder: &Path) -> Result<Self, Diagnostics> {
        let source = Source::parse(name, text)?;
        let mut findings = Findings::new(&source, &[]);
        let Some(document) = findings.deserialize::<Document>(text) else {
            let told = findings.into_diagnostics();
            return Err(told.unwrap_or_else(|| Diagnostic::new(name, &source.text, 0..0, "cannot be read").into()));
        };
        check(&document, &mut findings);
        let mut sets = Vec::new();
        for (index, set) in document.set.iter().enumerate() {
            match Set::parse(set) {
                Ok(set) => sets.push(set),
                Err(wrong) => {
                    let message = wrong.iter().next().map_or_else(String::new, |first| first.message.clone());
                    findings.note(&root("set").index(index), &Place::Value, message).label("not `key=value`");
                }
            }
        }
        match findings.into_diagnostics() {
            Some(wrong) => Err(wrong),
            None => {
                Ok(Self { name: name.to_owned(), text: text.to_owned(), folder: folder.to_owned(), document, sets })
            }
        }
    }
}

fn check(document: &Document, findings: &mut Findings<'_>) {
    if document.schema != 1 {
        findings
            .note(&root("schema"), &Place::Value, format!("schema {} is not known to this tiltyard", document.schema))
            .label("expected 1");
    }
    for (key, empty) in [
        ("scenarios", document.scenarios.is_empty()),
        ("parameter", document.parameter.is_empty()),
        ("objective", document.objective.is_empty()),
    ] {
        if empty {
            findings.note(&root(key), &Place::Value, format!("`{key}` is empty")).label("expected at least one");
        }
    }
    let grid = document.sampler == Some(Sampler::Grid);
    for (index, parameter) in document.parameter.iter().enumerate() {
        let path = root("parameter").index(index);
        parameter.check(grid, &path, findings);
        let same = |other: &Parameter| other.name() == parameter.name();
        if document.parameter.get(..index).unwrap_or_default().iter().any(same) {
            let message = format!("two parameters are called `{}`", parameter.name());
            findings.note(&path, &Place::Value, message).label("give one of them another `name`");
        }
    }
    if let Some(Tune { trials, .. }) = document.tune
        && !(2..=1_000_000).contains(&trials)
    {
        findings
            .note(&root("tune").key("trials"), &Place::Value, format!("{trials} trials cannot be made"))
            .label("expected 2 to 1000000");
    }
    if let Some(
        Sampler::Random(Points { points, .. })
        | Sampler::Sobol(Points { points, .. })
        | Sampler::LatinHypercube(Points { points, .. }),
    ) = document.sampler
    {
        let most = if matches!(document.sampler, Some(Sampler::Sobol(_))) { 65_536 } else { 100_000_000 };
        if points == 0 || points > most {
            let message = format!("{points} points cannot be drawn");
            findings.note(&root("sampler"), &Place::Value, message).label(format!("expected 1 to {most}"));
        }
    }
    for (index, objective) in document.objective.iter().enumerate() {
        let path = root("objective").index(index);
        metric(&objective.metric, &path, findings);
        over(objective.over, &path, findings);
        finite(objective.absent, &path.key("absent"), findings);
    }
    for (index, constraint) in document.constraint.iter().enumerate() {
        let path = root("constraint").index(index);
        metric(&constraint.metric, &path, findings);
        over(constraint.over(), &path, findings);
        for (key, bound) in
            [("at_most", constraint.at_most), ("at_least", constraint.at_least), ("absent", constraint.absent)]
        {
            finite(bound, &path.key(key), findings);
        }
        if constraint.at_least.is_none() && constraint.at_most.is_none() {
            findings
                .note(&path, &Place::Value, "a constraint without a bound")
                .label("needs `at_most`, `at_least`, or both");
        }
    }
    let stop = &document.stop;
    if stop.race_after == Some(0) {
        findings
            .note(&root("stop").key("race_after"), &Place::Value, "a race over no runs")
            .label("expected at least 1");
    }
    if let Some(keep) = stop.keep
        && !(keep > 0.0 && keep < 1.0)
    {
        findings
            .note(&root("stop").key("keep"), &Place::Value, format!("{keep} is no share of the points"))
            .label("expected more than 0 and less than 1");
    }
    if stop.keep.is_some() && stop.race_after.is_none() {
        findings.note(&root("stop").key("keep"), &Place::Key, "nothing races").label("needs `race_after`");
    }
}

fn metric(name: &str, path: &KeyPath, findings: &mut Findings<'_>) {
    if name == "margin" || Metric::from_name(name).is_some() {
        return;
    }
    let known = || Metric::names().into_iter().chain(["margin"]);
    let mut note = findings.note(&path.key("metric"), &Place::Value, format!("there is no metric `{name}`"));
    match nearest(name, known()) {
        Some(near) => note.help(format!("did you mean `{near}`?")),
        None => note.help(format!("expected one of `{}`", known().collect::<Vec<_>>().join("`, `"))),
    };
}

fn over(over: Over, path: &KeyPath, findings: &mut Findings<'_>) {
    if let Over::Cvar(share) = over
        && !(share > 0.0 && share <= 1.0)
    {
        findings
            .note(&path.key("over").key("cvar"), &Place::Value, format!("{share} is no share of the runs"))
            .label("expected more than 0 and at most 1");
    }
}

fn finite(number: Option<f64>, path: &KeyPath, findings: &mut Findings<'_>) {
    if number.is_some_and(|number| !number.is_finite()) {
        findings.note(path, &Place::Value, "not a number to compare with").label("expected a finite number");
    }
}
