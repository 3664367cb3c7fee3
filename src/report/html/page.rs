//! The page put together: template, style, scripts, claims and drawings, all in one text.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use super::claims::Premises;
use super::reader::{CLOSE, OPEN};
use super::view::View;
use super::{Outcome, claims};
use crate::scenario::Scenario;

const TEMPLATE: &str = include_str!("page.html");
const CARD: &str = include_str!("card.html");
const CHANGED: &str = include_str!("changed.html");
const STYLE: &str = include_str!("page.css");

/// uPlot 1.6.32, MIT, unchanged.
const UPLOT: &str = include_str!("vendor/uPlot.iife.min.js");
const UPLOT_STYLE: &str = include_str!("vendor/uPlot.min.css");
const UPLOT_LICENSE: &str = include_str!("vendor/uPlot.LICENSE");

/// The scripts, in the order in which they know each other.
const SCRIPTS: [&str; 10] = [
    include_str!("js/base.js"),
    include_str!("js/unpack.js"),
    include_str!("js/clock.js"),
    include_str!("js/plots.js"),
    include_str!("js/lanes.js"),
    include_str!("js/scene.js"),
    include_str!("js/player.js"),
    include_str!("js/source.js"),
    include_str!("js/card.js"),
    include_str!("js/page.js"),
];

/// A JSON block of the page.
#[derive(Serialize)]
struct Drawn<'a> {
    run: usize,
    drawing: &'a super::Drawing,
    /// What the baseline did, where it did something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Before<'a>>,
}

#[derive(Serialize)]
struct Before<'a> {
    name: &'a str,
    hz: f64,
    trace: &'a super::pack::Packed,
}

/// The text of the page.
pub(super) fn render(premises: &Premises, scenarios: &[Scenario], outcomes: &[Outcome]) -> Result<String, String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|error| failed(&error))?);
    for (name, text) in [("page.html", TEMPLATE), ("card.html", CARD), ("changed.html", CHANGED)] {
        environment.add_template(name, text).map_err(|error| failed(&error))?;
    }
    let page = environment.get_template("page.html").map_err(|error| failed(&error))?;
    let scripts: String = SCRIPTS.concat();
    page.render(context! {
        view => Serde(View::of(premises, scenarios, outcomes)),
        style => STYLE,
        uplot => UPLOT,
        uplot_style => UPLOT_STYLE,
        uplot_license => UPLOT_LICENSE,
        scripts => scripts,
        data => data(premises, outcomes)?,
    })
    .map_err(|error| failed(&error))
}

fn failed(error: &minijinja::Error) -> String {
    format!("failed to write the page: {error:#}")
}

/// The claims and the drawings, each a block of its own, so that a page reads only what it shows.
fn data(premises: &Premises, outcomes: &[Outcome]) -> Result<String, String> {
    let mut text = format!("{OPEN}{}{CLOSE}\n", json(&claims(premises, outcomes)?)?);
    for (run, outcome) in outcomes.iter().enumerate() {
        let Some(drawing) = &outcome.drawing else { continue };
        let before = premises.baseline.as_ref().and_then(|compared| {
            let (trace, hz) = compared.drawn(run)?;
            Some(Before { name: &compared.name, hz, trace })
        });
        let block = json(&Drawn { run, drawing, before })?;
        let block = format!("<script type=\"application/json\" id=\"drawing-{run}\">{block}{CLOSE}\n");
        text.push_str(&block);
    }
    Ok(text)
}

/// JSON that may stand in a script element: no `<` in it can close anything.
fn json(value: &impl Serialize) -> Result<String, String> {
    let text = serde_json::to_string(value).map_err(|error| format!("failed to write the page: {error}"))?;
    Ok(text.replace('<', "\\u003c"))
}
