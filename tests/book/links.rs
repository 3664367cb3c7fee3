//! Every relative link leads to a file that is there, and every anchor to a heading of it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::common::{files, root};
use crate::page::{self, Page};

/// The pages whose links are followed: the book, what stands at the root, and beside the model.
fn pages() -> Vec<Page> {
    let mut pages = page::typed_from();
    pages.extend(["ARCHITECTURE.md", "CONTRIBUTING.md", "models/README.md"].map(page::read));
    pages.extend(files("reports", "md").into_iter().filter(|file| !file.starts_with("reports/out")).map(page::read));
    pages
}

/// A path without `..` and `.`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{} leaves the checkout", path.display()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// What is wrong with a link of a page.
fn wrong(page: &Page, target: &str) -> Option<String> {
    if ["http://", "https://", "mailto:"].iter().any(|scheme| target.starts_with(scheme)) {
        return None;
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let file = if path.is_empty() {
        page.file.clone()
    } else {
        plain(&page.file.parent().unwrap_or(Path::new("")).join(path))
    };
    if page.file.starts_with("docs") && !file.starts_with("docs") {
        return Some(format!("`{target}` leaves the book: name the file in code, without a link"));
    }
    if !root().join(&file).exists() {
        return Some(format!("there is no {}", file.display()));
    }
    let anchor = anchor?;
    let anchors = if path.is_empty() { page.anchors() } else { page::read(file.clone()).anchors() };
    (!anchors.contains(anchor)).then(|| format!("{} has no heading `{anchor}`", file.display()))
}

fn all_wrong(page: &Page) -> Vec<String> {
    let told = |(line, target): (usize, String)| Some(format!("{}: {}", page.place(line), wrong(page, &target)?));
    page.links().into_iter().filter_map(told).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let wrong: Vec<String> = pages().iter().flat_map(all_wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_link_to_nowhere_is_seen() {
    let page = |file: &str, text: &str| Page { file: file.into(), text: text.to_owned() };
    let bad = page("docs/live.md", "[a](nobody.md) [b](api.md#no-such-heading) [c](../README.md) [d](#here)\n");
    assert_eq!(all_wrong(&bad).len(), 4, "{:?}", all_wrong(&bad));
    let good = page("docs/live.md", "# Here\n[b](api.md#a-tick) [d](#here) [e](https://example.org/#x)\n");
    assert!(all_wrong(&good).is_empty());
    assert!(all_wrong(&page("README.md", "[c](docs/live.md)\n")).is_empty());
}

#[test]
fn the_summary_names_every_page_once() {
    let summary = page::of_book("SUMMARY.md");
    let named: Vec<String> = summary.links().into_iter().map(|(_, target)| target).collect();
    let once: BTreeSet<String> = named.iter().cloned().collect();
    assert_eq!(once.len(), named.len(), "a page stands twice in docs/SUMMARY.md");
    let names = page::book().into_iter().map(|page| page.file.strip_prefix("docs").unwrap().display().to_string());
    let there: BTreeSet<String> = names.filter(|name| name != "SUMMARY.md").collect();
    let missing: Vec<&String> = there.difference(&once).collect();
    assert!(missing.is_empty(), "not in docs/SUMMARY.md: {missing:?}");
}
