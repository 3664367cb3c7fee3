//! What a picture costs: DESIGN section 8 and the budget of 5 ms for 640 × 360.
//!
//! `cargo bench --bench render`. First lines for people, medians of 200 pictures each:
//!
//! ```text
//! street, still: 2.1 ms
//! street, panning 60 deg/s and zooming: 4.4 ms
//! ```
//!
//! "Panning" smears the backdrop and every figure and defocuses all of it: the dearest there is. Then criterion's group
//! of the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench stops at what it did not expect")]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::Criterion;
use tiltyard::run::{Execution, Stopwatch};
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
    let mut group = criterion.benchmark_group("render 640x360");
    for backdrop in backdrops {
        for (what, motion) in [
            ("still", Motion::default()),
            ("panning 60 deg/s and zooming", Motion { pan_dps: 60.0, tilt_dps: 10.0, hfov_dps: -30.0 }),
        ] {
            let (renderer, shot) = scene(backdrop, motion);
            // `cargo test --benches` only wants to know that it runs.
            if std::env::args().any(|argument| argument == "--bench") {
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
