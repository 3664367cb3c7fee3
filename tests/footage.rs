//! A recorded picture as the world: what its keys mean, what is refused, and the loop closed in a clip made here.
//!
//! The clip is a bright block that goes over a dark wall, as a folder of PNG files, looked at by the blob detector: no
//! library and no model is needed. Real clips are `tests/real_footage.rs`'s.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use tiltyard::run::replay::{Parting, replay};
use tiltyard::run::{Execution, RunVerdict, Snapshot, run_scenario, run_snapshot};
use tiltyard::scenario::{Memory, Scenario, Set, load, parse};
use tiltyard_sim::config::{End, Path as Way};
use tiltyard_visca::SimTime;

/// The wide shot: 60° across 320 px, so f = 277 px.
const SIZE: [u32; 2] = [320, 180];

/// Where the block is in picture `index` (left, top, width, height) \[px\].
fn block(index: u32) -> [u32; 4] {
    [100 + 2 * index, 70, 16, 34]
}

const SCENARIO: &str = r#"
schema = 1
title = "a block over a wall"
camera = "generic-20x"
length = "4 s"
seed = 3
video = { size = [160, 90], rate = "20 Hz" }
start = { zoom = 2.0 }
[world.video]
file = "clip"
fov = "60 deg"
rate = "10 Hz"
size = [320, 180]
truth = "truth.csv"
[stack]
zoom.enabled = false
detector.blob = { area_min_px = 20 }
[[expect]]
name = "follows"
that = "error.total < 2 deg"
within = "2 s"
holds = "2 s"
[[expect]]
name = "the block's box"
metric = "bbor"
above = 0.5
"#;

/// A folder with the clip, its truth and the scenario; gone when it goes.
struct Scene(PathBuf);

impl Scene {
    fn new(test: &str, pictures: u32) -> Self {
        let folder = std::env::temp_dir().join(format!("tiltyard-footage-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("clip")).unwrap();
        for index in 0..pictures {
            fs::write(folder.join(format!("clip/{:04}.png", index + 1)), png(SIZE, block(index))).unwrap();
        }
        let truth = |index: u32| {
            let [left, top, width, height] = block(index);
            format!("{},block,{left},{top},{width},{height}\n", f64::from(index) / 10.0)
        };
        let header = "t_s,name,left_px,top_px,width_px,height_px\n";
        fs::write(folder.join("truth.csv"), format!("{header}{}{}", truth(0), truth(pictures - 1))).unwrap();
        fs::write(folder.join("scene.toml"), SCENARIO).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("scene.toml")
    }

    fn load(&self, sets: &[&str]) -> Scenario {
        let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).unwrap()).collect();
        load(&self.file(), &sets).unwrap_or_else(|wrong| panic!("{wrong}"))
    }

    fn run(&self, arguments: &[&str]) -> common::Ran {
        let file = self.file();
        common::tiltyard(&[&["run", file.to_str().unwrap()], arguments].concat())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A dark wall with a bright block, in grey.
fn png([width, height]: [u32; 2], [left, top, wide, tall]: [u32; 4]) -> Vec<u8> {
    let bright = |x: u32, y: u32| (left..left + wide).contains(&x) && (top..top + tall).contains(&y);
    let grey: Vec<u8> = (0..width * height).map(|at| if bright(at % width, at / width) { 230 } else { 25 }).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&grey).unwrap();
    bytes
}

fn read(text: &str, sets: &[&str]) -> Result<Scenario, String> {
    let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).unwrap()).collect();
    let truth = "t_s,name,left_px,top_px,width_px,height_px\n0,block,100,70,16,34\n4,block,180,70,16,34\n";
    let mot = "1,7,100,70,16,34,1\n41,7,180,70,16,34,1\n";
    let broken = "1,7,100,70,16,34,1\n\n3,7,x,70,16,34,1\n";
    let files = [("truth.csv", truth), ("gt.txt", mot), ("broken.txt", broken)];
    let files = Memory(files.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    parse("scene.toml", text, &sets, &files).map_err(|wrong| wrong.render(false))
}

#[test]
fn keys_mean_what_they_say_and_the_clip_is_not_needed_to_read_them() {
    let world = read(SCENARIO, &[]).unwrap().world;
    let footage = world.footage.unwrap();
    assert_eq!((footage.file.as_str(), footage.hfov_deg, footage.rate_hz), ("clip", 60.0, Some(10.0)));
    assert_eq!((footage.size_px, footage.end, footage.start.is_zero()), (Some(SIZE), End::Hold, true));
    assert_eq!((world.targets.len(), world.targets[0].name.as_str()), (1, "block"));
    let counted = read(SCENARIO, &["world.video.truth=\"gt.txt\"", "world.video.start=\"1 s\""]).unwrap().world;
    assert_eq!(counted.targets[0].name, "7");
    let Way::Recorded(rows) = &counted.targets[0].path else { panic!() };
    assert_eq!(rows.iter().map(|row| row.at).collect::<Vec<_>>(), [0, 3000].map(SimTime::from_millis));
}

#[test]
fn what_makes_no_sense_is_refused_where_it_stands() {
    for (set, reason) in [
        ("world.video.fov=\"170 deg\"", "no clip through a plain lens sees 170 deg"),
        ("world.video.end=\"loop\"", "a clip that begins again has no truth"),
        ("world.video.truth=\"nowhere.csv\"", "cannot read the truth `nowhere.csv`"),
        ("world.video.truth=\"broken.txt\"", "broken.txt:3:1"),
        ("world.video.size=[320, 4]", "no picture has 4 px"),
        ("world.drawn={}", "the world is drawn and recorded"),
        ("subject=\"blok\"", "did you mean `block`?"),
        ("world.video.file=\"\"", "is empty"),
    ] {
        let told = read(SCENARIO, &[set]).unwrap_err();
        assert!(told.contains(reason), "{set}: {told}");
    }
    let without = |line: &str, sets: &[&str]| read(&SCENARIO.replacen(line, "", 1), sets).unwrap_err();
    assert!(without("size = [320, 180]\n", &[]).contains("needs `world.video.size`"));
    let told = without("rate = \"10 Hz\"\n", &["world.video.truth=\"gt.txt\""]);
    assert!(told.contains("needs `world.video.rate`"), "{told}");
}

#[test]
fn without_a_truth_nothing_may_be_measured_against_it() {
    let blind = SCENARIO.replacen("truth = \"truth.csv\"\n", "", 1);
    let told = read(&blind, &[]).unwrap_err();
    assert!(told.contains("`error.total` is measured against a truth, and this video has none"), "{told}");
    assert!(told.contains("`bbor` is measured against a truth"), "{told}");
    let modest = format!(
        "{}[[expect]]\nname = \"finds\"\nthat = \"phase == tracking\"\nwithin = \"1 s\"\n",
        &blind[..blind.find("[[expect]]").unwrap()]
    );
    assert!(read(&modest, &[]).unwrap().subject.is_none());
}

#[test]
fn the_loop_closes_in_a_recorded_picture() {
    let scene = Scene::new("loop", 40);
    let scenario = scene.load(&[]);
    let result = run_scenario(&scenario, 3);
    assert_eq!(result.verdict, RunVerdict::Pass, "{:?} {:?}", result.reason, result.expectations);
    assert_eq!(result.chain, run_scenario(&scenario, 3).chain, "the same again");
    // The block as it is found fills its true box to a pixel of the clip.
    assert!(result.metrics.tpe_px.unwrap() < 2.0 && result.metrics.tf == Some(0.0), "{:?}", result.metrics);
    let blind = run_scenario(&scene.load(&["stack.servo.invert_pan=true"]), 3);
    assert_eq!(blind.verdict, RunVerdict::Fail, "a head that turns the other way loses it");
}

#[test]
fn a_run_in_a_recorded_picture_is_replayed_and_resumed() {
    let scene = Scene::new("resume", 40);
    let scenario = scene.load(&["length=\"2 s\""]);
    let whole = Execution::new(&scenario, 3).unwrap().recording().finish().unwrap();
    let mut half = Execution::new(&scenario, 3).unwrap();
    half.run_until(SimTime::from_millis(950)).unwrap();
    let snapshot: Snapshot = half.snapshot(&scenario).unwrap();
    let resumed = run_snapshot(&scenario, &snapshot).unwrap();
    assert_eq!(resumed.chain, format!("{:016x}", whole.chain.head()));
    let recording = whole.recording.unwrap();
    drop(scene);
    // The clip is gone: what was found in it is kept.
    let again = replay(&scenario, 3, recording.inputs).unwrap().recording.unwrap();
    assert_eq!(Parting::of(&recording.sent, &again.sent), None);
}

#[test]
fn after_the_clips_end_its_last_picture_and_its_truth_stay() {
    let scene = Scene::new("end", 12);
    let stays = "[[expect]]\nname = \"stays\"\nthat = \"error.total < 1 deg\"\nafter = \"3 s\"\nwithin = \"500 ms\"\n\
                 holds = \"2 s\"\n[[expect]]\nname = \"seen\"\nalways = \"target.followed\"\nfrom = \"1 s\"\n";
    fs::write(scene.file(), format!("{}{stays}", SCENARIO.replace("length = \"4 s\"", "length = \"6 s\""))).unwrap();
    let result = run_scenario(&scene.load(&[]), 3);
    assert_eq!(result.verdict, RunVerdict::Pass, "{:?} {:?}", result.reason, result.expectations);
}

#[test]
fn a_clip_that_is_not_there_or_not_as_said_ends_the_command_with_three() {
    let scene = Scene::new("missing", 3);
    let file = scene.0.join("clip").display().to_string();
    for (set, reason) in [
        ("world.video.file=\"nowhere.mp4\"", "nowhere.mp4: there is no such file (expected a video"),
        ("world.video.size=[640, 360]", "its pictures have 320 × 180 px (expected 640 × 360 px"),
        ("world.video.file=\".\"", "there is no numbered picture in it (expected what ffmpeg"),
    ] {
        let ran = scene.run(&["--set", set]);
        assert_eq!(ran.code, 3, "{set}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(reason), "{set}: {}", ran.err);
    }
    fs::write(scene.0.join("clip/0001.png"), b"no picture").unwrap();
    let ran = scene.run(&[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains(&file) && ran.err.contains("0001.png: it cannot be decoded"), "{}", ran.err);
    // A detector of boxes looks at no picture.
    let set = ["--set", "stack.detector={}", "--set", "length=\"1 s\"", "--set", "expect=[]"];
    assert_eq!(scene.run(&set).code, 4, "nothing is expected, but it runs");
}

#[test]
fn a_picture_that_breaks_in_the_midst_makes_the_run_invalid_and_says_which() {
    let scene = Scene::new("torn", 12);
    let whole = fs::read(scene.0.join("clip/0008.png")).unwrap();
    fs::write(scene.0.join("clip/0008.png"), &whole[..whole.len() / 2]).unwrap();
    let result = run_scenario(&scene.load(&[]), 3);
    assert_eq!(result.verdict, RunVerdict::Invalid);
    let reason = result.reason.unwrap();
    assert!(reason.contains("0008.png: it cannot be decoded"), "{reason}");
    fs::write(scene.0.join("clip/0008.png"), png([322, 180], block(7))).unwrap();
    let reason = run_scenario(&scene.load(&[]), 3).reason.unwrap();
    assert!(reason.contains("picture 7 has 322 × 180 px (expected 320 × 180 px, as the first one)"), "{reason}");
}

#[test]
fn pictures_of_every_kind_are_read_in_the_order_of_their_numbers() {
    let folder = std::env::temp_dir().join(format!("tiltyard-footage-{}-kinds", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let written = |name: &str, color: png::ColorType, depth: png::BitDepth, data: &[u8]| {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
        encoder.set_color(color);
        encoder.set_depth(depth);
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    };
    written("shot-10.png", png::ColorType::Rgba, png::BitDepth::Eight, &[1, 2, 3, 0]);
    written("shot-9.png", png::ColorType::Rgb, png::BitDepth::Sixteen, &[9, 0, 8, 0, 7, 0]);
    written("shot-011.PNG", png::ColorType::GrayscaleAlpha, png::BitDepth::Eight, &[5, 9]);
    fs::write(folder.join("notes.txt"), "no picture").unwrap();
    fs::write(folder.join("cover.png"), "no number").unwrap();
    let mut frames = tiltyard::footage::frames(&folder).unwrap();
    let mut told = Vec::new();
    while let Some(rgb) = frames.next().unwrap() {
        told.push(rgb.bytes);
    }
    assert_eq!(told, [[9, 8, 7], [1, 2, 3], [5, 5, 5]]);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_filmstrip_shows_what_was_followed() {
    let scene = Scene::new("strip", 20);
    let (file, strip) = (scene.file(), scene.0.join("strip.png"));
    let [file, strip] = [&file, &strip].map(|path| path.to_str().unwrap());
    let at = ["--at", "0.52 s", "--at", "1 s", "--at", "1.9 s"];
    let ran = common::tiltyard(&[&["render", file, "--strip", strip], &at[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    // The next exposure, and one a line.
    assert!(ran.out.starts_with("0.550000000 s: pan "), "{}", ran.out);
    assert_eq!(ran.out.matches("overlap 0.").count(), 3, "{}", ran.out);
    let reader = png::Decoder::new(std::io::BufReader::new(fs::File::open(strip).unwrap())).read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (3 * 160 + 2 * 6, 90));
    let single = common::tiltyard(&[
        "render",
        file,
        "--at",
        "1 s",
        "--boxes",
        "--labels",
        "--out",
        Path::new(strip).parent().unwrap().to_str().unwrap(),
    ]);
    assert_eq!(single.code, 0, "{}", single.err);
    assert!(single.out.contains("scene-seed3-at1s.png"), "{}", single.out);
}
