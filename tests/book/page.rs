//! A page of Markdown, as far as the tests read it: fenced blocks, headings, links, words in code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::common::{files, root};

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Line of its fence, from 1.
    pub line: usize,
    /// What stands behind the fence.
    pub info: String,
    /// What is in it, with a line end after each line.
    pub text: String,
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its path from the root.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
}

/// The pages of the book, by name.
pub fn book() -> Vec<Page> {
    files("docs", "md").into_iter().map(read).collect()
}

/// The README and the book: what a stranger types from.
pub fn typed_from() -> Vec<Page> {
    let mut pages = vec![read("README.md")];
    pages.extend(book());
    pages
}

/// One page of the book.
pub fn of_book(name: &str) -> Page {
    read(Path::new("docs").join(name))
}

/// A page by its path from the root.
pub fn read(file: impl Into<PathBuf>) -> Page {
    let file = file.into();
    let text =
        std::fs::read_to_string(root().join(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Page { file, text }
}

impl Page {
    /// `docs/live.md:17`.
    pub fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.file.display())
    }

    /// Its fenced blocks; a fence that is never closed fails the test.
    pub fn blocks(&self) -> Vec<Block> {
        let (blocks, _) = taken_apart(&self.text);
        blocks
    }

    /// The files that its commands read: name and text of each block of `LANGUAGE,file=NAME`.
    pub fn files(&self) -> Vec<(String, String)> {
        let named = |block: Block| Some((block.info.split_once(",file=")?.1.to_owned(), block.text));
        self.blocks().into_iter().filter_map(named).collect()
    }

    /// Its lines outside of fenced blocks, with their numbers from 1.
    pub fn prose(&self) -> Vec<(usize, String)> {
        let (_, prose) = taken_apart(&self.text);
        prose
    }

    /// The anchors of its headings, as GitHub and mdBook make them.
    pub fn anchors(&self) -> BTreeSet<String> {
        let prose = self.prose();
        let headings =
            prose.iter().filter(|(_, line)| line.starts_with('#')).map(|(_, line)| line.trim_start_matches('#'));
        headings.map(anchor).collect()
    }

    /// The targets of its links, with their lines.
    pub fn links(&self) -> Vec<(usize, String)> {
        let mut links = Vec::new();
        for (number, line) in self.prose() {
            let line = without_code(&line);
            for (at, _) in line.match_indices("](") {
                let target: String = line[at + 2..].chars().take_while(|c| !matches!(c, ')' | ' ')).collect();
                links.push((number, target));
            }
        }
        links
    }

    /// All words that stand in code, in a span or in a block.
    pub fn words_in_code(&self) -> BTreeSet<String> {
        let mut code: String = self.blocks().iter().map(|block| block.text.as_str()).collect();
        for (_, line) in self.prose() {
            for span in line.split('`').skip(1).step_by(2) {
                code += span;
                code.push('\n');
            }
        }
        words(&code)
    }
}

/// Words of letters, digits, `_` and `-`.
pub fn words(text: &str) -> BTreeSet<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.split(|c| !part(c)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The anchor of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// A line with its code spans blanked.
fn without_code(line: &str) -> String {
    let spans = line.split('`').enumerate();
    spans.map(|(index, span)| if index % 2 == 1 { " ".repeat(span.len()) } else { span.to_owned() }).collect()
}

fn taken_apart(text: &str) -> (Vec<Block>, Vec<(usize, String)>) {
    let (mut blocks, mut prose, mut open) = (Vec::new(), Vec::new(), None::<Block>);
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some(block), _) => {
                block.text += line;
                block.text.push('\n');
            }
            (None, Some(info)) => {
                open = Some(Block { line: index + 1, info: info.trim().to_owned(), text: String::new() });
            }
            // A remark is nobody's to read.
            (None, None) if line.starts_with("<!--") && line.ends_with("-->") => {}
            (None, None) => prose.push((index + 1, line.to_owned())),
        }
    }
    assert_eq!(open, None, "a fence is never closed");
    (blocks, prose)
}

#[test]
fn a_page_is_taken_apart() {
    let text = "# The `a` page, and b\n[x](y.md#z) `[no](link)`\n```toml\nkey = 1\n```\n`word.of-two` [two](e) words\n";
    let page = Page { file: "x.md".into(), text: text.to_owned() };
    assert_eq!(page.blocks(), [Block { line: 3, info: "toml".to_owned(), text: "key = 1\n".to_owned() }]);
    assert_eq!(page.links(), [(2, "y.md#z".to_owned()), (6, "e".to_owned())]);
    assert!(page.anchors().contains("the-a-page-and-b"));
    let words = page.words_in_code();
    assert!(words.contains("key") && words.contains("of-two") && !words.contains("words"));
}
