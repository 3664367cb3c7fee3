//! What a picture costs: DESIGN section 8 and the budget of 5 ms for 640 × 360.
//!
//! `cargo bench --bench render`. First lines for people: a loop through pictures, and medians of 200 pictures each:
//!
//! ```text
//! thermal, spots, pictures [640, 360]: 21 x real time
//! street, still: 3.0 ms
//! street, panning 60 deg/s and zooming: 4.8 ms
//! ```
//!
//! "Panning" smears the backdrop and every figure and defocuses all of it: the dearest there is. Then criterion's group
//! of the same.
//!
//! With `--features onnx` and ONNX Runtime, before that: what a frame of the closed loop takes with the shipped
//! network, and with others that are named in `TILTYARD_MODELS_TIMED` (paths, a colon between), beside inference alone;
//! and the same without what it takes to draw the pictures.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench stops at what it did not expect")]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::Criterion;
use tiltyard::run::{Execution, Stopwatch, run_scenario};
use tiltyard::scenario::{Disk, Set, parse};
use tiltyard_sim::render::{Renderer, Shot};
use tiltyard_sim::video::Motion;
use tiltyard_visca::SimTime;

const SCENE: &str = r#"
schema = 1
title = "a street"
camera = "generic-20x"
length = "10 s"
video.size = [640, 360]
[[target]]
name = "anna"
size = { width = "0.6 m", height = "1.75 m" }
range = "9 m"
path.points = [["0 s", "-6 deg", "-4 deg"]]
[[target]]
name = "bert"
size = { width = "0.6 m", height = "1.75 m" }
range = "14 m"
path.points = [["0 s", "9 deg", "-3 deg"]]
[[target]]
name = "van"
label = "car"
size = { width = "4.2 m", height = "1.5 m" }
range = "22 m"
path.points = [["0 s", "12 deg", "-3 deg"]]
[[occluder]]
name = "pillar"
size = { width = "0.6 m", height = "4 m" }
range = "8 m"
"#;

fn main() {
    let backdrops = ["sky", "stage", "street", "thermal"];
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let timed = std::env::args().any(|argument| argument == "--bench");
    #[cfg(feature = "onnx")]
    if timed {
        network::tell();
    }
    if timed {
        without_network();
    }
    let mut group = criterion.benchmark_group("render 640x360");
    for backdrop in backdrops {
        for (what, motion) in [
            ("still", Motion::default()),
            ("panning 60 deg/s and zooming", Motion { pan_dps: 60.0, tilt_dps: 10.0, hfov_dps: -30.0 }),
        ] {
            let (renderer, shot) = scene(backdrop, motion);
            // `cargo test --benches` only wants to know that it runs.
            if timed {
                println!("{backdrop}, {what}: {:.1} ms", median_ms(&renderer, &shot));
            }
            group.bench_function(format!("{backdrop}, {what}"), |bencher| {
                bencher.iter(|| black_box(renderer.draw(black_box(&shot))));
            });
        }
    }
    group.finish();
}

fn scene(backdrop: &str, motion: Motion) -> (Renderer, Shot) {
    let set = Set::parse(&format!("world.drawn.backdrop=\"{backdrop}\"")).unwrap();
    let scenario = parse("bench.toml", SCENE, &[set], &Disk::new(Path::new(""))).unwrap();
    let mut execution = Execution::new(&scenario, scenario.seed).unwrap();
    execution.run_until(SimTime::from_millis(200)).unwrap();
    let renderer = Renderer::new(&scenario.world).unwrap();
    let picture = execution.world().glance(SimTime::from_millis(200));
    let shot = renderer.shot(execution.world(), &picture, 640, 360);
    (renderer, Shot { motion, ..shot })
}

/// DESIGN section 8: a loop through pictures whose detector costs next to nothing, in units of real time.
fn without_network() {
    for size in ["[640, 360]", "[320, 180]"] {
        let sets = [
            "world.drawn.backdrop=\"thermal\"".to_owned(),
            "stack.detector.blob={ threshold = 170 }".to_owned(),
            format!("video.size={size}"),
        ]
        .map(|set| Set::parse(&set).unwrap());
        let scenario =
            parse("bench.toml", SCENE, &sets, &Disk::new(Path::new(""))).unwrap_or_else(|wrong| panic!("{wrong}"));
        let stopwatch = Stopwatch::start();
        let result = run_scenario(&scenario, scenario.seed);
        println!("thermal, spots, pictures {size}: {:.0} x real time", result.sim_s / stopwatch.elapsed_s());
    }
}

fn median_ms(renderer: &Renderer, shot: &Shot) -> f64 {
    let mut times: Vec<f64> = (0..200)
        .map(|_| {
            let stopwatch = Stopwatch::start();
            black_box(renderer.draw(black_box(shot)));
            stopwatch.elapsed_s() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[100]
}

/// DESIGN section 8: a loop with a network in units of the network alone.
#[cfg(feature = "onnx")]
mod network {
    use super::{Disk, Execution, Path, Renderer, SCENE, Set, SimTime, Stopwatch, black_box, parse};

    use tiltyard::infer::{self, Model};
    use tiltyard::run::{RunVerdict, run_scenario};
    use tiltyard::stack::detect::network::{Network, Tensor};

    const ROUNDS: usize = 5;

    pub fn tell() {
        if let Some(missing) = infer::missing() {
            println!("no loop with a network: {missing}");
            return;
        }
        let named = std::env::var("TILTYARD_MODELS_TIMED").unwrap_or_default();
        let files: Vec<&Path> = named.split(':').filter(|name| !name.is_empty()).map(Path::new).collect();
        for model in std::iter::once(Model::Shipped).chain(files.iter().map(|file| Model::File(file))) {
            let alone_ms = alone_ms(model);
            for size in ["[640, 360]", "[320, 180]"] {
                let (frame_ms, drawing_ms) = (frame_ms(model, size), drawing_ms(size));
                println!(
                    "{model}, pictures {size}: {frame_ms:.2} ms a frame of the loop, {alone_ms:.2} ms inference alone: \
                     {:.2} x; {drawing_ms:.2} ms draw the picture, without them {:.2} x",
                    frame_ms / alone_ms,
                    (frame_ms - drawing_ms) / alone_ms
                );
            }
        }
    }

    /// Median of inference on one tensor.
    fn alone_ms(model: Model<'_>) -> f64 {
        let mut network: Box<dyn Network> = infer::open(model).unwrap();
        let shape: Vec<usize> = network.input_shape().iter().map(|axis| axis.unwrap_or(1)).collect();
        let input = Tensor { name: String::new(), data: vec![114.0; shape.iter().product()], shape };
        let mut times: Vec<f64> = (0..200)
            .map(|_| {
                let input = input.clone();
                let stopwatch = Stopwatch::start();
                black_box(network.run(input).unwrap());
                stopwatch.elapsed_s() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times[100]
    }

    /// Mean of drawing each picture of the run with the geometric detector, which looks where the network looks.
    fn drawing_ms(size: &str) -> f64 {
        let sets = ["world.drawn.backdrop=\"street\"".to_owned(), format!("video.size={size}")]
            .map(|set| Set::parse(&set).unwrap());
        let scenario = parse("bench.toml", SCENE, &sets, &Disk::new(Path::new(""))).unwrap();
        let mut execution = Execution::new(&scenario, scenario.seed).unwrap();
        let renderer = Renderer::new(&scenario.world).unwrap();
        let [width_px, height_px] = if size == "[640, 360]" { [640, 360] } else { [320, 180] };
        let (mut spent_s, mut pictures) = (0.0, 0);
        for at_ms in (100..10_000).step_by(33) {
            let at = SimTime::from_millis(at_ms);
            execution.run_until(at).unwrap();
            let shot = renderer.shot(execution.world(), &execution.world().glance(at), width_px, height_px);
            let stopwatch = Stopwatch::start();
            black_box(renderer.draw(&shot));
            spent_s += stopwatch.elapsed_s();
            pictures += 1;
        }
        spent_s * 1e3 / f64::from(pictures)
    }

    /// Wall time of a closed loop over the frames that it looked at, the median of some runs.
    fn frame_ms(model: Model<'_>, size: &str) -> f64 {
        let named = match model {
            Model::Shipped => String::new(),
            Model::File(file) => format!("model = {:?}, ", file.canonicalize().unwrap().display().to_string()),
        };
        let sets = [
            format!("stack.detector.onnx={{ {named}only = [\"person\"] }}"),
            "world.drawn.backdrop=\"street\"".to_owned(),
            format!("video.size={size}"),
        ]
        .map(|set| Set::parse(&set).unwrap());
        let scenario =
            parse("bench.toml", SCENE, &sets, &Disk::new(Path::new(""))).unwrap_or_else(|wrong| panic!("{wrong}"));
        let mut times: Vec<f64> = (0..ROUNDS as u64)
            .map(|seed| {
                let stopwatch = Stopwatch::start();
                let result = run_scenario(&scenario, seed);
                assert!(result.verdict != RunVerdict::Fail, "{:?}", result.reason);
                let frames = result.metrics.frames_captured - result.metrics.frames_dropped;
                stopwatch.elapsed_s() * 1e3 / frames as f64
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    }
}
