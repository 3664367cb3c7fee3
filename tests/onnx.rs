//! Networks in ONNX Runtime: golden boxes of published models, and what a model that does not fit is answered with.
//!
//! Runs with `--features onnx`. The models lie in `../shared/models`, or where `TILTYARD_MODELS` says; the picture is
//! scikit-image's `astronaut.png`, in `target/pixels` or where `TILTYARD_PICTURES` says. `.ci/pixels` fetches it and
//! the library. What is missing is skipped by name.

#![cfg(feature = "onnx")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tiltyard::infer::{self, Model};
use tiltyard::run::{Execution, RunVerdict, run_scenario};
use tiltyard::scenario::{Memory, Set, load, parse};
use tiltyard::stack::detect::{Detection, Detector, NetworkConfig, Neural};
use tiltyard::stack::frame::{Content, Frame, Pixels};
use tiltyard_visca::SimTime;
use tiltyard_visca::num::max;

fn folder(variable: &str, otherwise: &str) -> PathBuf {
    let given = std::env::var_os(variable).map(PathBuf::from);
    given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(otherwise))
}

/// The file, or a word about why the test is skipped.
fn there(test: &str, path: PathBuf) -> Option<PathBuf> {
    if infer::look().library.is_none() {
        eprintln!("SKIPPED {test}: ONNX Runtime was not found ({})", infer::GET);
        return None;
    }
    if !path.is_file() {
        eprintln!("SKIPPED {test}: {} is not there (.ci/pixels fetches what may be fetched)", path.display());
        return None;
    }
    Some(path)
}

fn model(test: &str, name: &str) -> Option<PathBuf> {
    there(test, folder("TILTYARD_MODELS", "../shared/models").join(name))
}

fn astronaut(test: &str) -> Option<Pixels> {
    let path = there(test, folder("TILTYARD_PICTURES", "target/pixels").join("astronaut.png"))?;
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap())).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgb).unwrap();
    assert_eq!((info.width, info.height, info.color_type), (512, 512, png::ColorType::Rgb));
    Some(Pixels { width_px: info.width, height_px: info.height, rgb: Arc::new(rgb) })
}

fn config(model: &Path) -> NetworkConfig {
    NetworkConfig {
        model: Some(model.display().to_string()),
        layout: None,
        score_min: None,
        overlap_max: None,
        size_px: None,
        labels: vec![],
        only: vec![],
    }
}

fn found(model: &Path, pixels: Pixels, only: &str) -> Vec<Detection> {
    let config = NetworkConfig { only: vec![only.into()], ..config(model) };
    let mut detector = Neural::new(infer::open(Model::File(model)).unwrap(), config).unwrap();
    let frame = Frame {
        seq: 0,
        picture: 0,
        captured_at: SimTime::ZERO,
        arrived_at: SimTime::ZERO,
        width_px: pixels.width_px,
        height_px: pixels.height_px,
        content: Content::Truth { boxes: Arc::new([]), miss_probability: 0.0 },
        pixels: Some(pixels),
    };
    let mut found = Vec::new();
    detector.detect(&frame, &mut found);
    assert_eq!(detector.down(), None);
    found
}

/// Scores and sides as Python's onnxruntime 1.31.1 with `OpenCV`'s resizing gave them, written down to two decimals and
/// whole pixels; 0.01 and 1 px are allowed for the rounding.
#[test]
fn published_models_find_whom_they_found_elsewhere() {
    let test = "published_models_find_whom_they_found_elsewhere";
    let Some(pixels) = astronaut(test) else { return };
    for (name, label, score, sides) in [
        ("yolox_nano_coco_416.onnx", "person", 0.93, [11.0, 20.0, 368.0, 507.0]),
        ("yolox_nano_person_192.onnx", "person", 0.89, [4.0, 8.0, 368.0, 509.0]),
        ("yunet_face_640.onnx", "face", 0.94, [178.0, 63.0, 269.0, 174.0]),
    ] {
        let Some(model) = model(test, name) else { continue };
        let found = found(&model, pixels.clone(), label);
        let [Detection { confidence, bbox, .. }, ..] = &found[..] else { panic!("{name}: nobody") };
        let got = [bbox.x_px, bbox.y_px, bbox.x_px + bbox.w_px, bbox.y_px + bbox.h_px];
        assert!((confidence - score).abs() <= 0.01, "{name}: {confidence}, expected {score}");
        let off = got.iter().zip(sides).map(|(got, wanted)| (got - wanted).abs()).fold(0.0, max);
        assert!(off <= 1.0, "{name}: {got:?}, expected {sides:?}");
        println!("{name}: {label} {confidence:.4} {got:.2?}");
    }
}

#[test]
fn what_is_no_model_is_an_error_with_its_name() {
    let test = "what_is_no_model_is_an_error_with_its_name";
    let torn = std::env::temp_dir().join(format!("tiltyard-torn-{}.onnx", std::process::id()));
    std::fs::write(&torn, b"\x08\x07this is no graph").unwrap();
    let Some(torn) = there(test, torn) else { return };
    let told = infer::open(Model::File(&torn)).err().unwrap();
    assert!(told.contains("failed to load the model") && told.contains("tiltyard-torn-"), "{told}");
    let told = infer::open(Model::File(Path::new("nowhere.onnx"))).err().unwrap();
    assert!(told.contains("nowhere.onnx: there is no such file"), "{told}");
    std::fs::remove_file(torn).unwrap();
}

/// The program with this library, or none.
fn tiltyard(arguments: &[&str], library: Option<&str>) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiltyard"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    if let Some(library) = library {
        command.env("ORT_DYLIB_PATH", library);
    }
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn the_program_says_what_is_missing_and_ends_with_three() {
    let test = "the_program_says_what_is_missing_and_ends_with_three";
    let set = |model: &str| format!("stack.detector={{ onnx = {{ model = \"{model}\" }} }}");
    let run = |model: &str, library: Option<&str>| {
        tiltyard(&["run", "scenarios/pixels/thermal-walk.toml", "--set", &set(model)], library)
    };
    let (code, said) = run("nowhere.onnx", Some("/nowhere/libonnxruntime.so"));
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("ONNX Runtime was not found") && said.contains(infer::GET), "{said}");
    // A file that is no library.
    let (code, said) = run("../../README.md", Some("Cargo.toml"));
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("failed to load ONNX Runtime from Cargo.toml"), "{said}");
    let Some(_) = there(test, Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")) else { return };
    let (code, said) = run("nowhere.onnx", None);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("nowhere.onnx: there is no such file"), "{said}");
    assert_eq!(tiltyard(&["doctor"], None).0, Some(0));
}

/// The loop closed through a network that was trained on photographs: it knows the drawn walker for a person.
#[test]
fn a_published_network_follows_a_drawn_walker() {
    let test = "a_published_network_follows_a_drawn_walker";
    let Some(model) = model(test, "yolox_nano_coco_416.onnx") else { return };
    let text = format!(
        "schema = 1\ntitle = \"x\"\ncamera = \"generic-20x\"\nlength = \"4 s\"\nseed = 3\n\
         video = {{ size = [320, 180], rate = \"15 Hz\" }}\nworld.drawn.backdrop = \"street\"\n\
         stack.detector.onnx = {{ model = {:?}, only = [\"person\"] }}\n\
         [[target]]\nname = \"anna\"\nsize = {{ width = \"0.6 m\", height = \"1.75 m\" }}\nrange = \"7 m\"\n\
         path.points = [[\"1 s\", \"-3 deg\", \"-4 deg\"], [\"4 s\", \"12 deg\", \"-4 deg\"]]\n\
         [[expect]]\nname = \"follows\"\nthat = \"abs(error.pan) < 3 deg\"\n\
         after = \"1 s\"\nwithin = \"1 s\"\nholds = \"2 s\"\n\
         [[expect]]\nname = \"sees\"\nnever = \"perception.down\"\n",
        model.canonicalize().unwrap().display().to_string()
    );
    let scenario = parse("drawn.toml", &text, &[], &Memory::default()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let (once, again) = (run_scenario(&scenario, 3), run_scenario(&scenario, 3));
    assert_eq!(once.verdict, RunVerdict::Pass, "{:?}", once.expectations);
    assert_eq!(once.chain, again.chain, "on one machine a network repeats itself");
}

/// The network that comes with the program, on pictures drawn for the test: each class by name, in its box.
#[test]
fn the_shipped_network_finds_what_is_drawn() {
    let test = "the_shipped_network_finds_what_is_drawn";
    let Some(_) = there(test, Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")) else { return };
    let scene = |backdrop: &str, label: &str, size: [f64; 2], range_m: f64| {
        format!(
            "schema = 1\ntitle = \"x\"\ncamera = \"generic-20x\"\nlength = \"1 s\"\nvideo.size = [640, 360]\n\
             world.drawn.backdrop = {backdrop:?}\nstack.detector.onnx = {{}}\n\
             [[target]]\nname = \"it\"\nlabel = {label:?}\nsize = {{ width = \"{} m\", height = \"{} m\" }}\n\
             range = \"{range_m} m\"\npath.points = [[\"0 s\", \"4 deg\", \"-3 deg\"]]\n",
            size[0], size[1]
        )
    };
    for (backdrop, label, size, range_m) in [
        ("street", "person", [0.6, 1.75], 12.0),
        ("stage", "person", [0.6, 1.75], 9.0),
        ("street", "person", [0.6, 1.75], 40.0),
        ("sky", "drone", [0.9, 0.45], 8.0),
        ("sky", "ball", [0.4, 0.4], 8.0),
        ("street", "car", [4.2, 1.5], 20.0),
    ] {
        let scenario = parse("shipped.toml", &scene(backdrop, label, size, range_m), &[], &Memory::default()).unwrap();
        let execution = Execution::new(&scenario, 1).unwrap();
        let recorded = execution.recording().finish().unwrap();
        let look = recorded.recording.unwrap().looks.swap_remove(0);
        let Content::Truth { boxes, .. } = &look.frame.content;
        let [one] = &look.detections[..] else { panic!("{label} in the {backdrop}: {:?}", look.detections) };
        assert_eq!(one.label.as_ref(), label, "in the {backdrop}");
        let overlap = one.bbox.iou(&boxes[0].bbox);
        assert!(overlap > 0.6 && one.confidence > 0.4, "{label} in the {backdrop}: {overlap} {one:?}");
    }
}

/// What is said of the model in its card and in `infer::shipped` is said of this file.
#[test]
fn the_shipped_network_is_the_one_on_its_card() {
    let card = include_str!("../models/README.md");
    let bytes = include_bytes!("../models/tiltyard-pixels.onnx");
    assert!(bytes.len() <= 1 << 20, "{} bytes", bytes.len());
    assert!(card.contains(&format!("| bytes | {} |", bytes.len())), "another size: {}", bytes.len());
    let test = "the_shipped_network_is_the_one_on_its_card";
    let Some(_) = there(test, Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")) else { return };
    let network = infer::open(Model::Shipped).unwrap();
    let [(_, shape)] = network.outputs() else { panic!("{:?}", network.outputs()) };
    assert_eq!(shape.last(), Some(&Some(5 + infer::shipped::LABELS.len())));
    let input: Vec<String> = network.input_shape().iter().map(|axis| axis.unwrap().to_string()).collect();
    assert!(card.contains(&format!("[{}]", input.join(", "))), "another input: {input:?}");
}

/// One machine, one library, one seed: one chain. Another machine's is promised to nobody.
#[test]
fn a_seed_repeats_itself_with_the_shipped_network() {
    let test = "a_seed_repeats_itself_with_the_shipped_network";
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(file) = there(test, root.join("scenarios/pixels/sprinter.toml")) else { return };
    let scenario = load(&file, &[Set::parse("length=\"3 s\"").unwrap()]).unwrap();
    let chain = |seed| run_scenario(&scenario, seed).chain;
    assert_eq!(chain(2), chain(2));
    assert_ne!(chain(2), chain(3));
}
