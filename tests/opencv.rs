//! OpenCV in the stack: motion, and contrast that is evened out. Feature `opencv`.

#![cfg(feature = "opencv")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::sync::Arc;

use tiltyard::infer;
use tiltyard::run::{Execution, RunVerdict, run_scenario};
use tiltyard::scenario::{Set, load};
use tiltyard::stack::detect::{Blob, BlobConfig, ClaheConfig, Detection, Detector, Equalized, Motion, MotionConfig};
use tiltyard::stack::frame::{Content, Frame, Pixels};
use tiltyard_visca::SimTime;

/// A picture of this size, its levels of grey told by place.
fn frame(millis: u64, (width_px, height_px): (u32, u32), level: impl Fn(u32, u32) -> u8) -> Frame {
    let rgb = (0..height_px).flat_map(|y| (0..width_px).map(move |x| (x, y))).flat_map(|(x, y)| [level(x, y); 3]);
    Frame {
        seq: 0,
        picture: 0,
        captured_at: SimTime::from_millis(millis),
        arrived_at: SimTime::from_millis(millis),
        width_px,
        height_px,
        content: Content::Truth { boxes: Arc::new([]), miss_probability: 0.0 },
        pixels: Some(Pixels { width_px, height_px, rgb: Arc::new(rgb.collect()) }),
    }
}

fn found(detector: &mut dyn Detector, frame: &Frame) -> Result<Vec<[f64; 4]>, String> {
    let mut found: Vec<Detection> = Vec::new();
    detector.detect(frame, &mut found);
    let sides = |found: &Detection| [found.bbox.x_px, found.bbox.y_px, found.bbox.w_px, found.bbox.h_px];
    detector.down().map_or_else(|| Ok(found.iter().map(sides).collect()), |why| Err(why.to_owned()))
}

/// Grey that differs from place to place, as no two places of a scene are equal.
fn ground(x: u32, y: u32) -> u8 {
    (80 + (x * 7 + y * 13) % 40) as u8
}

#[test]
fn a_block_that_comes_is_motion_in_odd_pictures_too() {
    for size in [(160, 120), (161, 91)] {
        let config = MotionConfig { learn_frames: 10, ..MotionConfig::default() };
        let mut motion = Motion::new(infer::background(&config).unwrap(), config);
        for number in 0..20 {
            let empty = found(&mut motion, &frame(number * 40, size, ground));
            assert!(if number < 10 { empty.is_err() } else { empty == Ok(vec![]) }, "{number}: {empty:?}");
        }
        let block = |x: u32, y: u32| if (40..60).contains(&x) && (30..70).contains(&y) { 250 } else { ground(x, y) };
        let [[x, y, w, h]] = found(&mut motion, &frame(800, size, block)).unwrap()[..] else { panic!("not one") };
        assert!([x - 40.0, y - 30.0, w - 20.0, h - 40.0].iter().all(|off| off.abs() <= 2.0), "{x} {y} {w} {h}");
    }
}

#[test]
fn shadows_are_told_apart_where_asked_and_specks_go() {
    for (shadows, wanted) in [(true, 0), (false, 1)] {
        let config = MotionConfig { shadows, learn_frames: 10, ..MotionConfig::default() };
        let mut motion = Motion::new(infer::background(&config).unwrap(), config);
        for number in 0..30 {
            let _ = found(&mut motion, &frame(number * 40, (160, 120), |_, _| 200));
        }
        // Two thirds as bright, and the same hue; beside it a speck of four pixels.
        let shadow = |x: u32, y: u32| match (x, y) {
            (40..=59, 30..=69) => 130,
            (100..=101, 100..=101) => 255,
            _ => 200,
        };
        assert_eq!(found(&mut motion, &frame(1200, (160, 120), shadow)).unwrap().len(), wanted, "shadows = {shadows}");
    }
}

#[test]
fn contrast_that_is_evened_out_shows_who_is_dim() {
    let config = BlobConfig { area_min_px: 20, ..BlobConfig::default() };
    let night = |x: u32, y: u32| (2 + (x * 7 + y * 13) % 11) as u8;
    let dim = |x: u32, y: u32| if (70..80).contains(&x) && (30..60).contains(&y) { 36 } else { night(x, y) };
    let picture = frame(0, (161, 91), dim);
    assert_eq!(
        found(&mut Blob::new(config.clone()), &picture),
        Ok(vec![]),
        "the two classes are too near to each other"
    );
    let clahe = ClaheConfig { clip_limit: 4.0, tiles: 8 };
    let mut evened = Equalized::new(infer::equalizer(&clahe).unwrap(), Box::new(Blob::new(config)));
    let [[x, y, w, h]] = found(&mut evened, &picture).unwrap()[..] else { panic!("not one") };
    assert!([x - 70.0, y - 30.0, w - 10.0, h - 30.0].iter().all(|off| off.abs() <= 1.0), "{x} {y} {w} {h}");
}

#[test]
fn a_picture_that_is_none_is_told_and_stops_the_camera() {
    let torn = Frame {
        pixels: Some(Pixels { width_px: 160, height_px: 120, rgb: Arc::new(vec![0; 7]) }),
        ..frame(0, (160, 120), ground)
    };
    let config = MotionConfig::default();
    let mut motion = Motion::new(infer::background(&config).unwrap(), config);
    let blob = Box::new(Blob::new(BlobConfig::default()));
    let mut evened = Equalized::new(infer::equalizer(&ClaheConfig::default()).unwrap(), blob);
    for detector in [&mut motion as &mut dyn Detector, &mut evened] {
        assert_eq!(found(detector, &torn).unwrap_err(), "a picture of 160 x 120 pixels has 7 bytes (expected 3 each)");
        assert!(!matches!(found(detector, &frame(0, (160, 120), ground)), Err(why) if why.contains("bytes")));
    }
}

#[test]
fn without_clahe_the_dim_walker_is_not_found() {
    let file = common::root().join("scenarios/pixels/thermal-dim.toml");
    let with = load(&file, &[]).unwrap();
    assert_eq!(run_scenario(&with, 5).verdict, RunVerdict::Pass);
    let without = load(&file, &[Set::parse("stack.detector.blob={ area_min_px = 25 }").unwrap()]).unwrap();
    assert_eq!(run_scenario(&without, 5).verdict, RunVerdict::Fail);
}

/// With the shipped servo instead of one that stands: look, turn, stand, look.
#[test]
fn a_camera_that_follows_by_motion_goes_in_steps_and_keeps_the_walker_in_the_picture() {
    let file = common::root().join("scenarios/pixels/motion.toml");
    let sets = ["stack.servo={}", "length=\"9 s\"", "expect=[]"].map(|set| Set::parse(set).unwrap());
    let scenario = load(&file, &sets).unwrap();
    let trace = Execution::new(&scenario, 5).unwrap().finish().unwrap().trace;
    let from = SimTime::from_millis(2500);
    let rows = || trace.rows.iter().filter(|row| row.at > from);
    let turns: Vec<bool> = rows().map(|row| row.world.rate_dps[0].abs() > 0.5).collect();
    let starts = turns.windows(2).filter(|two| !two[0] && two[1]).count();
    assert!(starts >= 3, "{starts} turns");
    assert!(rows().any(|row| row.perception_down) && rows().any(|row| !row.perception_down));
}

/// What a library has learned cannot be copied out of it.
#[test]
fn a_run_by_motion_cannot_be_frozen_and_says_so() {
    let scenario = common::scenario("scenarios/pixels/motion.toml");
    let mut execution = Execution::new(&scenario, 5).unwrap();
    execution.run_until(SimTime::from_millis(300)).unwrap();
    let told = execution.snapshot(&scenario).err().unwrap().to_string();
    assert!(told.contains("stack.detector.motion") && told.contains("no copy of the background"), "{told}");
    // And repeats itself on one machine.
    let chain = |seed| {
        let mut execution = Execution::new(&scenario, seed).unwrap();
        execution.run_until(SimTime::from_millis(4000)).unwrap();
        execution.state_hashes().unwrap()
    };
    assert_eq!(chain(5), chain(5));
}
