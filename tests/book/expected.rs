//! Output as a page shows it against output as it is.
//!
//! A line of `…` stands for any number of lines, a `…` inside a line for anything. What depends on the speed of the
//! machine is not compared: the end of a line from `simulated in` on.

/// What depends on the machine, cut off.
fn settled(line: &str) -> &str {
    line.find("simulated in").map_or(line, |at| &line[..at]).trim_end()
}

/// Whether a line is as shown.
fn line_fits(shown: &str, line: &str) -> bool {
    let Some((first, more)) = shown.split_once('…') else { return shown == line };
    let Some(rest) = line.strip_prefix(first) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| line_fits(more, &rest[at..]))
}

/// Whether the lines are as shown.
fn lines_fit(shown: &[&str], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((&"…", rest)) => (0..=lines.len()).any(|skipped| lines_fit(rest, &lines[skipped..])),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, lines)| line_fits(first, line) && lines_fit(rest, lines))
        }
    }
}

/// Whether an output is as shown; blank lines at the ends count for nothing.
pub fn fits(shown: &str, output: &str) -> bool {
    let shown: Vec<&str> =
        shown.trim_end().lines().map(|line| if line.trim() == "…" { "…" } else { settled(line) }).collect();
    let lines: Vec<&str> = output.trim_end().lines().map(settled).collect();
    lines_fit(&shown, &lines)
}

#[test]
fn what_is_shown_is_what_is_printed() {
    let output = "one\ntwo 2.5 s\nthree\nfour simulated in 0.5 s: 900 × real time\n";
    for shown in [
        "one\ntwo 2.5 s\nthree\nfour simulated in 9 s: 1 × real time",
        "one\n…\nfour simulated in 1 s",
        "…",
        "one\ntwo … s\n  …",
    ] {
        assert!(fits(shown, output), "{shown}");
    }
    for shown in [
        "one",
        "one\ntwo 2.6 s\n…",
        "…\nthree",
        "two\n…",
        "one\ntwo … m\n…",
        "",
        "one\ntwo … s\nthree\nfive simulated in 1 s",
    ] {
        assert!(!fits(shown, output), "{shown}");
    }
}
