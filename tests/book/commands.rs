//! Every command of README and book runs.
//!
//! In a block of `console`, a line that begins with `$ ` is a command; `\` at its end goes on with the next line, and
//! ` # ` begins a remark. Lines below it are its output, compared as [`expected`](super::expected) says; where there
//! are none, the output is not looked at. It has to end with 0, or with what its remark names: `# exit code 1`.
//! `cargo run --release --` is `tiltyard`; `tiltyard camera` runs on beside what follows it, on ports that are free.
//!
//! What needs another program is named below, with who runs it.

use std::path::Path;

use crate::common::root;
use crate::expected::fits;
use crate::own;
use crate::page::{self, Page};
use crate::sandbox::{Ran, Sandbox};

/// Commands of other programs, by how they begin, and where each is run instead.
const ELSEWHERE: &[(&str, &str)] = &[
    ("cargo test --workspace", ".ci/run"),
    ("cargo bench", "nobody"),
    ("cargo build --release --features opencv", ".ci/pixels"),
    ("cargo run --release --features onnx", ".ci/pixels"),
    ("apt-get install", ".ci/pixels"),
    ("python3 -m pip install onnxruntime", ".ci/pixels"),
    ("ffprobe", ".ci/clients"),
    ("python3 -c 'import cv2", ".ci/clients"),
    ("curl", "tests/api"),
    ("tiltyard mot", ".ci/mot"),
    ("tiltyard completions", ".ci/product"),
    ("tiltyard man", ".ci/product"),
    ("tiltyard rerun", "tests/publish.rs"),
    ("sha256sum", ".ci/product"),
];

/// What takes too long, and what is run in its place; nothing else of the command changes.
const SHORTER: &[(&str, &str)] = &[
    ("scenarios --seeds 0..100", "scenarios/motion --seeds 0..2"),
    ("scenarios --junit", "scenarios/motion --junit"),
    ("scenarios --html", "scenarios/motion --html"),
    ("scenarios --seeds 0..10 ", "scenarios/motion --seeds 0..2 "),
    ("scenarios --out runs", "scenarios/motion --out runs"),
    ("scenarios --check-determinism", "scenarios/motion --check-determinism"),
    ("--for 30s", "--for 2s"),
];

/// A command as it stands on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Typed {
    line: usize,
    command: String,
    remark: String,
    output: String,
}

impl Typed {
    fn code(&self) -> i32 {
        let named = self.remark.split_once("exit code ").and_then(|(_, rest)| rest.chars().next()?.to_digit(10));
        named.map_or(0, |code| code as i32)
    }
}

/// The commands of a page.
fn typed(page: &Page) -> Vec<Typed> {
    let mut found = Vec::new();
    for block in page.blocks().into_iter().filter(|block| block.info == "console") {
        let mut goes_on = false;
        for (index, line) in block.text.lines().enumerate() {
            let line_number = block.line + 1 + index;
            let more = if goes_on { Some(line) } else { line.strip_prefix("$ ") };
            match (more, found.last_mut()) {
                (Some(text), last) => {
                    let (text, remark) = split_remark(text);
                    let (text, next) = text.strip_suffix('\\').map_or((text, false), |text| (text, true));
                    match last.filter(|_| goes_on) {
                        Some(Typed { command, remark: all, .. }) => {
                            *command += text.trim();
                            *all += remark;
                        }
                        None => found.push(Typed {
                            line: line_number,
                            command: text.trim().to_owned(),
                            remark: remark.to_owned(),
                            output: String::new(),
                        }),
                    }
                    goes_on = next;
                    if let (true, Some(last)) = (next, found.last_mut()) {
                        last.command.push(' ');
                    }
                }
                (None, Some(last)) => {
                    last.output += line;
                    last.output.push('\n');
                }
                (None, None) => panic!("{}: output before any command", page.place(line_number)),
            }
        }
    }
    found
}

/// A line without its remark, and that.
fn split_remark(text: &str) -> (&str, &str) {
    text.split_once(" # ").unwrap_or((text, ""))
}

/// Words as a shell splits them: quotes keep together, nothing else is special.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for c in command.chars() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (None, '"' | '\'') => (quote, any) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if any || !word.is_empty() {
                    words.push(core::mem::take(&mut word));
                }
                any = false;
            }
            (_, c) => word.push(c),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

/// What is wrong with a command, if anything.
fn wrong(page: &Page, sandbox: &mut Sandbox, typed: &Typed) -> Option<String> {
    let mut command = typed.command.trim_end_matches('&').trim().to_owned();
    if ELSEWHERE.iter().any(|(begins, _)| command.starts_with(begins)) {
        return None;
    }
    for (long, short) in SHORTER {
        command = command.replace(long, short);
    }
    let all = words(&command);
    let split: Vec<&str> = all.iter().map(String::as_str).collect();
    let ran = match split[..] {
        ["cargo", "run", "--release", "--example", name, "--", ..] => {
            let (code, out) = own::run(name, &all[6..]);
            Ran { code: Some(code), out, err: String::new() }
        }
        ["python3", script] if page.files().iter().any(|(name, _)| name == script) => match sandbox.python(script) {
            Ok(Some(ran)) => ran,
            Ok(None) => return None,
            Err(wrong) => return Some(wrong),
        },
        // The page shows how a secret is made; here any will do.
        ["openssl", "rand", "-hex", _, ">", file] => {
            sandbox.write(file, &"5a".repeat(32));
            return None;
        }
        ["cargo", "run", "--release", "--", "camera", ..] => return sandbox.camera(&all[4..]).err(),
        ["tiltyard", "camera", ..] => return sandbox.camera(&all[1..]).err(),
        ["tiltyard", "track", ..] => match sandbox.redirected(&all[1..]) {
            Ok(words) => sandbox.tiltyard(&words),
            Err(wrong) => return Some(wrong),
        },
        ["cargo", "run", "--release", "--", ..] => sandbox.tiltyard(&all[4..]),
        ["tiltyard", ..] => sandbox.tiltyard(&all[1..]),
        _ => return Some("nobody knows how to run this: see ELSEWHERE in tests/book/commands.rs".to_owned()),
    };
    if ran.code != Some(typed.code()) || ran.err.contains("panicked") {
        let last: Vec<&str> = ran.out.lines().chain(ran.err.lines()).rev().take(20).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        return Some(format!("ended with {:?}, expected {}\n{}", ran.code, typed.code(), last.join("\n")));
    }
    // What a page shows may have come from either.
    let shown = &typed.output;
    let said = [ran.out.clone(), ran.err.clone(), format!("{}{}", ran.err, ran.out)];
    if shown.trim().is_empty() || said.iter().any(|said| fits(shown, said)) {
        None
    } else {
        Some(format!("shows\n{shown}and prints\n{}{}", ran.out, ran.err))
    }
}

/// Runs all commands of a page, in their order.
fn all_wrong(page: &Page) -> Vec<String> {
    let mut sandbox = Sandbox::new(page);
    let told = |typed: Typed| {
        let wrong = wrong(page, &mut sandbox, &typed)?;
        Some(format!("{}: `{}` {wrong}", page.place(typed.line), typed.command))
    };
    typed(page).into_iter().filter_map(told).collect()
}

#[test]
fn every_command_runs_and_prints_what_the_page_shows() {
    let pages = page::typed_from();
    // Most of a page is waiting for a camera or a short run.
    let told: Vec<String> = std::thread::scope(|scope| {
        let pages: Vec<_> = pages.iter().map(|page| scope.spawn(|| all_wrong(page))).collect();
        pages.into_iter().flat_map(|page| page.join().unwrap()).collect()
    });
    assert!(told.is_empty(), "{} commands\n\n{}", told.len(), told.join("\n\n"));
}

/// Blocks with commands that nobody looks at, because they are not called `console`.
fn hidden(page: &Page) -> Vec<String> {
    let commands = page.blocks().into_iter().filter(|block| block.info != "console");
    let of_commands = commands.filter(|block| block.text.lines().any(|line| line.starts_with("$ ")));
    of_commands.map(|block| page.place(block.line)).collect()
}

#[test]
fn no_command_hides() {
    let hidden: Vec<String> = page::typed_from().iter().flat_map(self::hidden).collect();
    assert!(hidden.is_empty(), "commands in a block that is not `console`: {hidden:?}");
    let page = Page { file: "a".into(), text: "```text\n$ b\n```\n```console\n$ c\n```\n```text\nd\n```\n".into() };
    assert_eq!(self::hidden(&page), ["a:1"]);
}

#[test]
fn what_is_run_elsewhere_is_named_and_nothing_more() {
    let commands: Vec<String> = page::typed_from().iter().flat_map(typed).map(|typed| typed.command).collect();
    for (begins, who) in ELSEWHERE {
        assert!(commands.iter().any(|command| command.starts_with(begins)), "no page says `{begins}` any more");
        let file = who.split_whitespace().next().unwrap();
        assert!(root().join(file).exists() || *who == "nobody", "`{begins}`: there is no {file}");
    }
    for (long, _) in SHORTER {
        assert!(commands.iter().any(|command| command.contains(long)), "no page says `{long}` any more");
    }
}

#[test]
fn a_command_that_does_not_hold_is_seen() {
    let page = |text: &str| Page { file: "a-page".into(), text: format!("```console\n{text}```\n") };
    let told = |text: &str| all_wrong(&page(text)).len();
    assert_eq!(told("$ tiltyard signals\nerror.pan  …\n…\n"), 0);
    assert_eq!(told("$ tiltyard signals   # exit code 1\n"), 1);
    assert_eq!(told("$ tiltyard signals\nno such line\n"), 1);
    assert_eq!(told("$ tiltyard sing   # exit code 2\n"), 0);
    assert_eq!(told("$ some-other-program\n"), 1);
    assert_eq!(told("$ tiltyard run \\\n    nowhere.toml   # exit code 2\n"), 0);
}

#[test]
fn commands_are_read_as_a_shell_reads_them() {
    assert_eq!(words("run \"a b\" --set 'x={ y = \"z\" }' c"), ["run", "a b", "--set", "x={ y = \"z\" }", "c"]);
    let page =
        Page { file: "a".into(), text: "```console\n$ a b \\\n    c  # why: exit code 3\nout\n$ d\n```\n".into() };
    let found = typed(&page);
    assert_eq!((found[0].command.as_str(), found[0].code(), found[0].output.as_str()), ("a b c", 3, "out\n"));
    assert_eq!((found[1].line, found[1].code()), (5, 0));
    assert!(Path::new(env!("CARGO_BIN_EXE_tiltyard")).exists());
}
