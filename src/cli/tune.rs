//! `tiltyard tune`: better gains, found by trying.

use std::path::{Path, PathBuf};

use clap::Args;
use toml_edit::DocumentMut;

use super::progress::Progress;
use super::sweep::{Place, failure, listen, plan, told};
use super::{Exit, Failure, out};
use crate::run::perception;
use crate::scenario::Set;
use crate::sweep::plan::What;
use crate::sweep::row::Row;
use crate::sweep::score::{Scored, State};
use crate::sweep::tune::{Tuned, tune};
use crate::sweep::{self, Plan};

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Runs at a time; as many as there are cores when absent
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Write the best `stack.…` values into this TOML file, such as a scenario; its comments stay
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// Tunes, writes the tables, tells the best, and writes it where it is wanted.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let plan = plan(&arguments.place.file, What::Tune)?;
    let folder = arguments.place.folder();
    // Before hours are spent: can it be read, and does it take the keys?
    if let Some(file) = &arguments.write {
        written(file, &plan, &[], "")?;
    }
    perception::ready(&plan.scenarios).map_err(Failure::Environment)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = arguments.jobs.map_or(cores, usize::from);
    let stop = listen()?;
    let progress = Progress::start(plan.runs() as usize, true);
    let tuned = tune(&plan, &folder, workers, &stop, &|runs| progress.steps(runs));
    progress.end();
    let tuned = tuned.map_err(|failed| failure(&plan, failed))?;
    out::write_file(&folder.join("runs.csv"), sweep::runs_csv(&plan, &tuned.rows))?;
    out::write_file(&folder.join("points.csv"), sweep::points_csv(&plan, &tuned.points))?;
    let Tuned { rows, points, .. } = &tuned;
    out::print(&told::best(&plan, &folder, points, rows.len(), None))?;
    if tuned.stopped {
        out::print(&format!("stopped after {} of {} trials (the same command goes on)\n", points.len(), plan.points))?;
        return Ok(Exit::Invalid);
    }
    let Some(best) = points.first().filter(|best| best.state == State::Kept) else { return Ok(Exit::Failed) };
    let evidence = evidence(&plan, best, rows);
    out::print(&format!("{evidence}\n"))?;
    if let Some(file) = &arguments.write {
        let text = written(file, &plan, &plan.overrides(&best.settings), &evidence)?;
        out::write_file(file, text)?;
        out::print(&format!("wrote {}\n", file.display()))?;
    }
    Ok(Exit::Success)
}

/// Which of the best point's runs was the tightest.
fn evidence(plan: &Plan, best: &Scored, rows: &[Row]) -> String {
    let parameters = plan.parameters().len();
    let margin = |row: &Row| row.value("margin", parameters);
    let of_best = rows.iter().filter(|row| row.point == best.point);
    let tightest = of_best.filter_map(|row| Some((margin(row)?, row))).min_by(|a, b| a.0.total_cmp(&b.0));
    let runs = plan.cells();
    tightest.map_or_else(
        || format!("its {runs} runs have no margin"),
        |(margin, row)| {
            let cell = |at: usize| row.cells.get(at).map_or("", String::as_str);
            format!(
                "tightest of its {runs} runs: {} on {}, seed {}, margin {:.0} %",
                cell(2),
                cell(3),
                cell(4),
                100.0 * margin
            )
        },
    )
}

/// The text of a file with the overrides of the stack in it, and a comment that says where they come from.
fn written(file: &Path, plan: &Plan, overrides: &[String], evidence: &str) -> Result<String, Failure> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("cannot read {shown}, which --write names: {error}")))?;
    let mut document: DocumentMut =
        text.parse().map_err(|error| Failure::Usage(format!("{shown}: not valid TOML: {error}")))?;
    for text in overrides.iter().filter(|text| text.starts_with("stack.")) {
        let set = Set::parse(text).and_then(|set| set.apply(&mut document));
        set.map_err(|wrong| Failure::Files(vec![wrong]))?;
    }
    let told = if evidence.is_empty() {
        String::new()
    } else {
        format!("# tiltyard tune {}: {}; {evidence}\n", plan.file.name, plan.file.document.title)
    };
    // One such line: a file that is tuned again does not grow.
    let mut lines: Vec<String> = document.to_string().lines().map(|line| format!("{line}\n")).collect();
    lines.retain(|line| told.is_empty() || !line.starts_with("# tiltyard tune "));
    Ok(told + &lines.concat())
}
