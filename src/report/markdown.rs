//! `--summary`: what a batch came to, as Markdown for the page of a CI job.
//!
//! What matters first: the totals, each run that did not pass with its values beside their bounds and the command that
//! makes it again, the tightest margins, what was left out. GitHub takes no more than 1 MiB a step: what has no room is
//! left out, and counted.

use core::fmt::Write;
use std::collections::BTreeMap;

use super::command::run_again;
use super::json::Totals;
use super::skipped::Skipped;
use crate::run::{ExpectationResult, RunResult, RunVerdict};
use crate::scenario::Verdict;

/// What a step may add to the page of a GitHub job \[bytes\], <https://docs.github.com/actions>: 1024 KiB.
pub const ROOM: usize = 1024 * 1024;

/// Margins that are told.
const TIGHTEST: usize = 10;

/// Names of scenarios that were left out, for one reason.
const LEFT_OUT_MAX: usize = 100;

/// The text, of at most `room` bytes. `sets` are the overrides as typed.
pub fn render(results: &[RunResult], skipped: &[Skipped], sets: &[String], wall_s: f64, room: usize) -> String {
    let head = head(results, skipped, wall_s);
    let tail = tightest(results) + &left_out(skipped);
    let broken: Vec<&RunResult> = results.iter().filter(|result| result.verdict != RunVerdict::Pass).collect();
    let mut told = String::new();
    for (index, result) in broken.iter().enumerate() {
        let one = not_passed(result, sets);
        let rest = format!("\n… and {} more that did not pass: no room for them here.\n", broken.len() - index);
        if head.len() + told.len() + one.len() + rest.len() + tail.len() > room {
            told += &rest;
            break;
        }
        told += &one;
    }
    cut(head + &told + &tail, room)
}

fn head(results: &[RunResult], skipped: &[Skipped], wall_s: f64) -> String {
    let totals = Totals::of(results, wall_s);
    let mark = if totals.runs > 0 && totals.pass == totals.runs { "✅" } else { "❌" };
    let mut text = format!("## {mark} Tiltyard: {} of {} runs passed", totals.pass, totals.runs);
    let counts = [
        (totals.fail, "failed"),
        (totals.inconclusive, "inconclusive"),
        (totals.invalid, "invalid"),
        (skipped.len(), "skipped"),
    ];
    for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
        // Writing to a string does not fail, here and below.
        let _ = write!(text, ", {count} {what}");
    }
    let _ = writeln!(text, "\n\n{:.1} s simulated in {:.2} s.", totals.sim_s, totals.wall_s);
    text
}

fn not_passed(result: &RunResult, sets: &[String]) -> String {
    let mut text = format!("\n### {} {}, seed {}\n\n", mark(result.verdict), escaped(&result.scenario), result.seed);
    if let Some(reason) = &result.reason {
        let _ = writeln!(text, "{}\n", escaped(reason));
    }
    let broken = result.expectations.iter().filter(|one| one.judgement.verdict != Verdict::Pass);
    let rows = broken.fold(String::new(), |rows, one| rows + &row(result, one));
    if !rows.is_empty() {
        let _ =
            writeln!(text, "| expectation | value | bound | what happened | where |\n|---|---:|---:|---|---|\n{rows}");
    }
    if let Some(file) = &result.run_file {
        let _ = writeln!(text, "Run file: {}\n", escaped(&file.display().to_string()));
    }
    let again = match result.verb {
        "run" => run_again(&result.file, result.seed, sets),
        verb => format!("tiltyard {verb} {}", result.file),
    };
    // Four backticks: no word of a command line holds so many.
    let _ = writeln!(text, "````sh\n{}\n````", again.replace('\n', " "));
    text
}

fn row(result: &RunResult, expectation: &ExpectationResult) -> String {
    let judgement = &expectation.judgement;
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| with_unit(value, &judgement.unit));
    let mark = if judgement.verdict == Verdict::Fail { "✗" } else { "?" };
    format!(
        "| {mark} {} | {} | {} | {} | {}:{} |\n",
        escaped(&expectation.name),
        number(judgement.value),
        number(judgement.bound),
        escaped(&judgement.sentence),
        escaped(&result.file),
        expectation.line
    )
}

fn with_unit(value: f64, unit: &str) -> String {
    let text = format!("{value:.3}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if unit.is_empty() { text.to_owned() } else { format!("{text} {}", escaped(unit)) }
}

fn tightest(results: &[RunResult]) -> String {
    let margins = results.iter().flat_map(|result| {
        result.expectations.iter().filter_map(move |one| {
            let judgement = &one.judgement;
            let both = judgement.value_margin.into_iter().chain(judgement.time_margin);
            Some((both.reduce(tiltyard_visca::num::min)?, result, one))
        })
    });
    let mut margins: Vec<_> = margins.collect();
    margins.sort_by(|a, b| a.0.total_cmp(&b.0));
    if margins.is_empty() {
        return String::new();
    }
    let mut text = "\n### Tightest margins\n\n| margin | scenario | seed | expectation | value | bound |\n\
                    |---:|---|---:|---|---:|---:|\n"
        .to_owned();
    for (margin, result, one) in margins.into_iter().take(TIGHTEST) {
        let judgement = &one.judgement;
        let number =
            |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| with_unit(value, &judgement.unit));
        let _ = writeln!(
            text,
            "| {:.0} % | {} | {} | {} | {} | {} |",
            margin * 100.0,
            escaped(&result.scenario),
            result.seed,
            escaped(&one.name),
            number(judgement.value),
            number(judgement.bound)
        );
    }
    text
}

fn left_out(skipped: &[Skipped]) -> String {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in skipped {
        reasons.entry(&one.reason).or_default().push(&one.scenario);
    }
    let mut text = if skipped.is_empty() { String::new() } else { format!("\n### Skipped: {}\n\n", skipped.len()) };
    for (reason, names) in reasons {
        let told: Vec<String> = names.iter().take(LEFT_OUT_MAX).map(|name| escaped(name)).collect();
        let _ = write!(text, "- {}: {}", escaped(reason), told.join(", "));
        if names.len() > LEFT_OUT_MAX {
            let _ = write!(text, " and {} more", names.len() - LEFT_OUT_MAX);
        }
        text.push('\n');
    }
    text
}

const fn mark(verdict: RunVerdict) -> &'static str {
    match verdict {
        RunVerdict::Pass => "✓",
        RunVerdict::Fail => "✗",
        RunVerdict::Inconclusive => "?",
        RunVerdict::Invalid => "!",
    }
}

/// As text in a cell of a table: nothing in it is HTML, a link, a mention or the end of the cell. Code in backticks
/// stays code.
fn escaped(text: &str) -> String {
    let closed = text.matches('`').count().is_multiple_of(2);
    let (mut out, mut code) = (String::with_capacity(text.len()), false);
    for c in text.chars() {
        match c {
            '`' if closed => {
                code = !code;
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            // A table's row is cut at bars before code is looked for.
            '|' => out.push_str("\\|"),
            '<' if !code => out.push_str("&lt;"),
            '&' if !code => out.push_str("&amp;"),
            '@' if !code => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' if !code => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// At most `room` bytes, to the end of a line, and says so.
fn cut(text: String, room: usize) -> String {
    const SAID: &str = "\n… cut here: there is no more room.\n";
    if text.len() <= room {
        return text;
    }
    let mut end = room.saturating_sub(SAID.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let kept = text.get(..end).and_then(|kept| kept.rsplit_once('\n')).map_or("", |(kept, _)| kept);
    if SAID.len() <= room { format!("{kept}{SAID}") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{expectation, run};

    fn told(results: &[RunResult], room: usize) -> String {
        render(results, &[], &["stack.servo.invert_pan=true".to_owned()], 1.5, room)
    }

    #[test]
    fn a_failure_is_told_with_value_bound_place_and_command() {
        let mut broken = run("motion/step", 7, RunVerdict::Fail);
        broken.expectations.push(expectation("settles", 20, Verdict::Fail, Some(-4.0)));
        let text = told(&[broken, run("motion/ramp", 1, RunVerdict::Pass)], ROOM);
        assert!(text.starts_with("## ❌ Tiltyard: 1 of 2 runs passed, 1 failed\n"), "{text}");
        for part in [
            "### ✗ motion/step, seed 7",
            "| ✗ settles | 2.5 deg | 0.5 deg | `error.pan` was 2.5 deg, bound below 0.5 deg | scenarios/motion/step.toml:20 |",
            "\ntiltyard run scenarios/motion/step.toml --seed 7 --set stack.servo.invert_pan=true\n",
            "| -400 % | motion/step | 7 | settles | 2.5 deg | 0.5 deg |",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
    }

    #[test]
    fn ten_margins_are_told_and_the_tightest_first() {
        let mut results = Vec::new();
        for index in 0..30 {
            let mut one = run(&format!("s{index:02}"), index, RunVerdict::Pass);
            let margin = f64::from(30 - u32::try_from(index).unwrap()) / 100.0;
            one.expectations.push(expectation("keeps", 3, Verdict::Pass, Some(margin)));
            results.push(one);
        }
        let text = told(&results, ROOM);
        let rows: Vec<&str> = text.lines().filter(|line| line.contains("| keeps |")).collect();
        assert_eq!(rows.len(), 10);
        assert!(rows[0].starts_with("| 1 % | s29 |") && rows[9].starts_with("| 10 % | s20 |"), "{rows:#?}");
    }

    #[test]
    fn what_has_no_room_is_counted_and_the_margins_stay() {
        let mut broken = run("motion/step", 7, RunVerdict::Fail);
        broken.expectations.push(expectation("settles", 20, Verdict::Fail, Some(-4.0)));
        let many = vec![broken; 5000];
        let text = told(&many, ROOM);
        assert!(text.len() <= ROOM && text.len() > ROOM - 2000, "{}", text.len());
        let shown = text.matches("### ✗").count();
        assert!(text.contains(&format!("… and {} more that did not pass", 5000 - shown)), "{shown}");
        assert!(text.contains("### Tightest margins"));
        for room in 0..2000 {
            assert!(told(&many, room).len() <= room, "{room}");
        }
    }

    #[test]
    fn names_are_text_and_nothing_else() {
        assert_eq!(
            escaped("<img src=x> [a](b) | @all *x* `a < b | c`"),
            "&lt;img src=x> \\[a\\](b) \\| &#64;all \\*x\\* `a < b \\| c`"
        );
        assert_eq!(escaped("one ` alone\nnext"), "one \\` alone next");
    }

    #[test]
    fn reasons_are_told_once_with_their_names() {
        let one = |name: &str| Skipped { scenario: name.into(), file: String::new(), reason: "no library".into() };
        let text = render(&[], &[one("a"), one("b")], &[], 0.0, ROOM);
        assert!(text.contains("### Skipped: 2\n\n- no library: a, b\n"), "{text}");
    }
}
