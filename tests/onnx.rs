//! Networks in ONNX Runtime: golden boxes of published models, and what a model that does not fit is answered with.
//!
//! Runs with `--features onnx`. The models lie in `../shared/models`, or where `TILTYARD_MODELS` says; the pictures are
//! scikit-image's `astronaut.png` and `messi5.jpg` and `basketball1.png` of Debian's opencv-doc, in `target/pixels` or
//! where `TILTYARD_PICTURES` says. `.ci/pixels` fetches them and the library. What is missing is skipped by name.

#![cfg(feature = "onnx")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tiltyard::infer::{self, Model};
use tiltyard::run::{Execution, RunVerdict, run_scenario};
use tiltyard::scenario::{Memory, Set, load, parse};
use tiltyard::stack::detect::{Detection, Detector, NetworkConfig, Neural};
use tiltyard::stack::frame::{Content, Frame, PixelBox, Pixels};
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

/// The picture, or a word about why the test is skipped.
fn picture(test: &str, name: &str) -> Option<Pixels> {
    let path = there(test, folder("TILTYARD_PICTURES", "target/pixels").join(name))?;
    let file = std::fs::read(path).unwrap();
    let (width_px, height_px, rgb) = if is_jpeg(name) { jpeg(&file)? } else { png(&file) };
    assert_eq!(rgb.len(), width_px as usize * height_px as usize * 3, "{name} is not of three bytes a pixel");
    Some(Pixels { width_px, height_px, rgb: Arc::new(rgb) })
}

fn is_jpeg(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "jpg")
}

/// Grey or colour.
fn png(file: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    if info.color_type == png::ColorType::Grayscale {
        pixels = pixels.into_iter().flat_map(|level| [level; 3]).collect();
    }
    (info.width, info.height, pixels)
}

#[cfg(feature = "live")]
fn jpeg(file: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    let mut decoder = zune_jpeg::JpegDecoder::new(zune_jpeg::zune_core::bytestream::ZCursor::new(file));
    let pixels = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions()?;
    Some((width as u32, height as u32, pixels))
}

#[cfg(not(feature = "live"))]
fn jpeg(_: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    eprintln!("SKIPPED a JPEG file: this build has no decoder (feature `live`)");
    None
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

/// A model, whom it found, how sure it was, and left, top, right, bottom \[px\].
type Golden = (&'static str, &'static str, f64, [f64; 4]);

const NANO: &str = "yolox_nano_coco_416.onnx";
const PERSON: &str = "yolox_nano_person_192.onnx";
const FACE: &str = "yunet_face_640.onnx";

/// As Python's onnxruntime 1.31.1 gave them, with OpenCV's decoding and resizing: `python3 tests/oracle/golden_boxes.py
/// MODELS PICTURES` prints them. The pictures are scikit-image's and Debian's opencv-doc's; the last one is grey.
const GOLDEN: &[(&str, &[Golden])] = &[
    (
        "astronaut.png",
        &[
            (NANO, "person", 0.9259, [11.46, 20.27, 368.87, 507.23]),
            (PERSON, "person", 0.8870, [4.28, 8.56, 368.46, 509.01]),
            (FACE, "face", 0.9435, [178.91, 63.24, 269.68, 174.13]),
        ],
    ),
    (
        "messi5.jpg",
        &[
            (NANO, "sports ball", 0.8920, [338.11, 290.81, 386.63, 337.11]),
            (NANO, "person", 0.8533, [59.14, 57.75, 473.81, 334.75]),
            (PERSON, "person", 0.7710, [180.78, 55.73, 378.55, 330.53]),
            (FACE, "face", 0.9165, [226.88, 93.36, 256.88, 131.65]),
        ],
    ),
    (
        "basketball1.png",
        &[
            (NANO, "person", 0.8785, [33.85, 83.99, 170.05, 479.21]),
            (NANO, "person", 0.8222, [432.40, 19.69, 640.0, 478.59]),
            (PERSON, "person", 0.8192, [32.32, 86.68, 167.84, 476.28]),
            (FACE, "face", 0.8968, [72.18, 92.12, 104.27, 133.39]),
        ],
    ),
];

/// Scores to 1e-3, sides to 1 px. Decoders of JPEG may differ by a level (ITU-T T.83): there, scores to 2e-3.
#[test]
fn published_models_find_whom_they_found_elsewhere() {
    let test = "published_models_find_whom_they_found_elsewhere";
    for (name, golden) in GOLDEN {
        let Some(pixels) = picture(test, name) else { continue };
        for (file, label, score, sides) in *golden {
            let Some(model) = model(test, file) else { continue };
            let found = found(&model, pixels.clone(), label);
            let off = |found: &Detection| {
                let PixelBox { x_px, y_px, w_px, h_px } = found.bbox;
                let got = [x_px, y_px, x_px + w_px, y_px + h_px];
                got.iter().zip(sides).map(|(got, wanted)| (got - wanted).abs()).fold(0.0, max)
            };
            let nearest = found.iter().min_by(|one, other| off(one).total_cmp(&off(other)));
            let Some(nearest) = nearest else { panic!("{name}, {file}: no {label}") };
            let (px, confidence) = (off(nearest), nearest.confidence);
            println!("{name}, {file}: {label} {confidence:.4} for {score:.4}, {px:.2} px off");
            assert!(px <= 1.0, "{name}, {file}: {:?}, expected {sides:?}", nearest.bbox);
            let tolerance = if is_jpeg(name) { 2e-3 } else { 1e-3 };
            assert!((confidence - score).abs() <= tolerance, "{name}, {file}: {confidence}, expected {score}");
        }
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

/// A field of a protobuf message (wire format: key, then a length and bytes).
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

/// A field that is a small number.
fn small(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

/// A model in the format of ONNX (onnx.proto3) whose one output is its first input: `kind` is the type of their
/// elements, 1 for f32 and 7 for i64.
fn model_of(inputs: &[&str], kind: u8, shape: &[u8], name: &str) -> PathBuf {
    let axes: Vec<u8> = shape.iter().flat_map(|axis| field(1, &small(1, *axis))).collect();
    let tensor = field(1, &[small(1, kind), field(2, &axes)].concat());
    let value = |name: &str| [field(1, name.as_bytes()), field(2, &tensor)].concat();
    let node = [field(1, inputs[0].as_bytes()), field(2, b"out"), field(4, b"Identity")].concat();
    let inputs: Vec<u8> = inputs.iter().flat_map(|input| field(11, &value(input))).collect();
    let graph = [field(1, &node), field(2, b"g"), inputs, field(12, &value("out"))].concat();
    let long = [&[7 << 3 | 2, graph.len() as u8 & 0x7F | 0x80, (graph.len() >> 7) as u8], &graph[..]].concat();
    let file = std::env::temp_dir().join(format!("tiltyard-{name}-{}.onnx", std::process::id()));
    std::fs::write(&file, [small(1, 8), field(8, &small(2, 13)), long].concat()).unwrap();
    file
}

#[test]
fn a_model_that_does_not_fit_ends_the_program_with_three_and_says_what_was_expected() {
    let test = "a_model_that_does_not_fit_ends_the_program_with_three_and_says_what_was_expected";
    for (name, inputs, kind, shape, more, said) in [
        (
            "unknown",
            &["in"][..],
            1,
            &[1, 3, 32, 32][..],
            "",
            "[1, 4 + classes, N] for yolov8, scores and boxes for ssd",
        ),
        ("depth", &["in"], 1, &[1, 4, 32, 32], ", layout = \"yolox\"", "expected f32 [1, 3, height, width]"),
        ("flat", &["in"], 1, &[1, 96], ", layout = \"yolox\"", "expected f32 [1, 3, height, width]"),
        ("whole", &["in"], 7, &[1, 3, 32, 32], "", "expected a tensor of f32"),
        ("two", &["in", "beside"], 1, &[1, 3, 32, 32], "", "it has 2 inputs (expected one)"),
    ] {
        let Some(model) = there(test, model_of(inputs, kind, shape, name)) else { return };
        let set = format!("stack.detector={{ onnx = {{ model = {:?}{more} }} }}", model.display().to_string());
        let (code, told) = tiltyard(&["run", "scenarios/pixels/thermal-walk.toml", "--set", &set], None);
        assert!(code == Some(3) && told.contains(said), "{name}: {code:?} {told}");
        assert!(told.contains(&format!("tiltyard-{name}-")) && !told.contains("panicked"), "{name}: {told}");
        std::fs::remove_file(model).unwrap();
    }
}

/// Outputs that turn out not to fit only when they come: the detector is down, and says why.
#[test]
fn outputs_that_do_not_fit_the_layout_take_perception_down() {
    let test = "outputs_that_do_not_fit_the_layout_take_perception_down";
    let Some(model) = there(test, model_of(&["in"], 1, &[1, 3, 32, 32], "outputs")) else { return };
    for layout in ["yolox", "yolov8", "ssd", "yunet"] {
        let text = format!(
            "schema = 1\ntitle = \"x\"\ncamera = \"generic-20x\"\nlength = \"2 s\"\nvideo.size = [321, 181]\n\
             world.drawn.backdrop = \"street\"\n\
             stack.detector.onnx = {{ model = {:?}, layout = \"{layout}\" }}\n\
             [[target]]\nname = \"anna\"\nsize = {{ width = \"0.6 m\", height = \"1.75 m\" }}\nrange = \"7 m\"\n\
             path.points = [[\"0 s\", \"5 deg\", \"0 deg\"]]\n\
             [[expect]]\nname = \"is down\"\nalways = \"perception.down\"\nfrom = \"1 s\"\n\
             [[expect]]\nname = \"stands\"\nmax = \"gimbal.pan.rate\"\nbelow = \"0.1 deg/s\"\n",
            model.display().to_string()
        );
        let scenario = parse("drawn.toml", &text, &[], &Memory::default()).unwrap_or_else(|wrong| panic!("{wrong}"));
        let run = run_scenario(&scenario, 1);
        assert_eq!(run.verdict, RunVerdict::Pass, "{layout}: {:?}", run.expectations);
    }
    std::fs::remove_file(model).unwrap();
}

/// Cut to odd sides, the boxes stay where they were.
#[test]
fn odd_sizes_are_looked_at_as_even_ones() {
    let test = "odd_sizes_are_looked_at_as_even_ones";
    let Some((pixels, model)) = picture(test, "astronaut.png").zip(model(test, FACE)) else { return };
    let [width_px, height_px] = [511, 387];
    let rows = pixels.rgb.chunks_exact(512 * 3).take(387);
    let rgb = Arc::new(rows.flat_map(|row| &row[..511 * 3]).copied().collect());
    let found = found(&model, Pixels { width_px, height_px, rgb }, "face");
    let PixelBox { x_px, y_px, w_px, h_px } = found[0].bbox;
    let off = [x_px - 178.9, y_px - 63.2, w_px - 90.8, h_px - 110.9];
    assert!(off.iter().all(|off| off.abs() < 3.0), "{:?}", found[0]);
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
        // The first pictures come before the pose is known, and are not looked at.
        let look = recorded.recording.unwrap().looks.swap_remove(3);
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
    assert!(card.contains(&format!("\\[{}\\]", input.join(", "))), "another input: {input:?}");
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
