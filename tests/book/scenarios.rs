//! The TOML of the pages.
//!
//! A block that begins with `schema` is a whole file: a scenario loads, runs and passes; a camera, where there is
//! `[pan]`, loads. Any other block is a piece: laid over a plain scenario, or on the page on cameras over a camera, it
//! has to load. `toml,file=NAME` is a file that the commands of its page read; `toml,cargo` is a piece of a manifest.

use tiltyard::run::{RunVerdict, run_scenario};
use tiltyard::scenario::{Memory, load_camera, parse};
use toml::{Table, Value};

use crate::common::root;
use crate::page::{self, Block, Page};

/// What pieces are laid over.
const BASE: &str = r#"
schema = 1
title = "what pieces of the book are laid over"
camera = "ptzoptics-g2-20x"
length = "30 s"

[[target]]
name = "speaker"
size = { width = "0.5 m", height = "1.7 m" }
range = "10 m"
path.points = [["0 s", "0 deg", "0 deg"]]
"#;

/// The files that pieces name.
fn beside() -> Memory {
    let texts = [
        ("lecturer.csv", std::fs::read_to_string(root().join("scenarios/motion/lecturer.csv")).unwrap()),
        ("gt.txt", "1,1,560,205,330,734,1,-1,-1,-1\n60,1,568,208,328,731,1,-1,-1,-1\n".to_owned()),
    ];
    Memory(texts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect())
}

/// What a piece on the world or on what looks at it may leave to the rest of the page.
fn filled_in(piece: &mut Table, base: &Table) {
    let model = base["target"][0].as_table().unwrap();
    for list in ["target", "occluder"] {
        for element in piece.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let element = element.as_table_mut().unwrap();
            if element.get("path").is_some_and(|path| path.get("csv").is_some()) {
                continue;
            }
            let distant = element.contains_key("ranges");
            for (key, value) in model {
                let wanted = (list == "target" || key != "path") && !(distant && key == "range");
                if wanted && !element.contains_key(key) {
                    element.insert(key.clone(), value.clone());
                }
            }
        }
    }
    let looks = ["blob", "motion", "onnx"];
    let detector = piece.get("stack").and_then(|stack| stack.get("detector"));
    if detector.is_some_and(|detector| looks.iter().any(|kind| detector.get(kind).is_some())) {
        piece.entry("world").or_insert_with(|| toml::from_str("drawn = {}").unwrap());
    }
}

/// A piece over what it is a piece of: its tables are added key by key, everything else takes the place.
fn laid_over(base: &mut Table, piece: Table) {
    for (key, value) in piece {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => laid_over(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// What is wrong with a block of TOML.
fn wrong(page: &Page, block: &Block) -> Option<String> {
    let of_cameras = page.file.ends_with("cameras.md") && !block.text.starts_with("camera =");
    if !block.text.trim_start().starts_with("schema") && !block.text.trim_start().starts_with("#:schema") {
        let base = if of_cameras {
            std::fs::read_to_string(root().join("cameras/generic-20x.toml")).unwrap()
        } else {
            BASE.to_owned()
        };
        let mut whole: Table = toml::from_str(&base).unwrap();
        match toml::from_str(&block.text) {
            Ok(mut piece) => {
                if !of_cameras {
                    filled_in(&mut piece, &whole);
                }
                laid_over(&mut whole, piece);
            }
            Err(error) => return Some(error.to_string()),
        }
        let text = toml::to_string(&whole).unwrap();
        return if of_cameras {
            load_camera("piece", "piece.toml", &text).err().map(|wrong| wrong.to_string())
        } else {
            parse("piece.toml", &text, &[], &beside()).err().map(|wrong| wrong.to_string())
        };
    }
    if block.text.contains("\n[pan]") {
        return load_camera("whole", "whole.toml", &block.text).err().map(|wrong| wrong.to_string());
    }
    let scenario = match parse("whole.toml", &block.text, &[], &beside()) {
        Ok(scenario) => scenario,
        Err(wrong) => return Some(wrong.to_string()),
    };
    let result = run_scenario(&scenario, scenario.seed);
    let told = || format!("{}: {:?} {:?}", scenario.title, result.reason, result.expectations);
    (result.verdict != RunVerdict::Pass).then(told)
}

/// Blocks of TOML of ours.
fn blocks(page: &Page) -> Vec<Block> {
    page.blocks().into_iter().filter(|block| block.info == "toml").collect()
}

#[test]
fn every_piece_of_toml_loads_and_every_scenario_passes() {
    let mut told = Vec::new();
    let mut whole = 0;
    for page in page::typed_from() {
        for block in blocks(&page) {
            whole += usize::from(block.text.starts_with("schema"));
            told.extend(wrong(&page, &block).map(|wrong| format!("{}: {wrong}", page.place(block.line))));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n\n"));
    assert!(whole >= 2, "{whole} whole scenarios in README and book");
}

#[test]
fn toml_that_is_wrong_is_seen() {
    let seen = |file: &str, text: &str| {
        let page = Page { file: file.into(), text: format!("```toml\n{text}```\n") };
        blocks(&page).iter().any(|block| wrong(&page, block).is_some())
    };
    assert!(seen("docs/a.md", "stack.servo.nobody = 1\n"));
    assert!(!seen("docs/a.md", "stack.servo.invert_pan = true\n"));
    assert!(seen("docs/cameras.md", "stack.servo.invert_pan = true\n"));
    assert!(!seen("docs/cameras.md", "notes = \"a\"\n"));
    let expecting = |bound: &str| {
        let verb = format!("[[expect]]\nname = \"stands\"\nmax = \"error.total\"\nbelow = \"{bound}\"\n");
        format!("{}\n{verb}", BASE.trim_start())
    };
    assert!(!seen("docs/a.md", &expecting("1 deg")) && seen("docs/a.md", &expecting("-1 deg")));
}
