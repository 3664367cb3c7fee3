//! What a frame costs a tracker: `cargo bench --bench track`.
//!
//! First a line a preset and crowd, with the quantiles of single updates after a warm-up; detections are made outside
//! the clock. Budget (DESIGN section 8): p99 < 20 us a frame at 10 detections. Then criterion's group, which is for
//! comparing two versions.

#![allow(clippy::unwrap_used, reason = "a bench stops at what it did not expect")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use tiltyard::mot::Preset;
use tiltyard::run::Stopwatch;
use tiltyard::run::metrics::percentile;

#[path = "../tests/common/crowd.rs"]
mod crowd;

const WARM_UP: u32 = 300;
const FRAMES: u32 = 3000;
const PRESETS: [Preset; 4] = [Preset::Sort, Preset::OcSort, Preset::Byte, Preset::Ptz];
const CROWDS: [u32; 3] = [10, 45, 90];

fn main() {
    let label: Arc<str> = Arc::from("person");
    // `cargo test --benches` only wants to know that it runs.
    if std::env::args().any(|argument| argument == "--bench") {
        for preset in PRESETS {
            for people in CROWDS {
                let mut tracker = preset.tracker();
                let mut times_us = Vec::new();
                for number in 0..WARM_UP + FRAMES {
                    let (at, view, found) = crowd::crowd(people, number, &label);
                    let stopwatch = Stopwatch::start();
                    tracker.update(at, &view, black_box(&found));
                    let took_us = stopwatch.elapsed_s() * 1e6;
                    if number >= WARM_UP {
                        times_us.push(took_us);
                    }
                }
                let [p50, p99] = [0.5, 0.99].map(|share| percentile(&mut times_us, share).unwrap());
                println!("{:4} {people:2} people: p50 {p50:.1} us, p99 {p99:.1} us a frame", preset.name());
            }
        }
    }
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let mut group = criterion.benchmark_group("track");
    for preset in PRESETS {
        for people in CROWDS {
            group.bench_function(BenchmarkId::new(preset.name(), people), |bencher| {
                let frames: Vec<_> = (0..300).map(|number| crowd::crowd(people, number, &label)).collect();
                let mut tracker = preset.tracker();
                let mut number = 0;
                bencher.iter(|| {
                    let (at, view, found) = &frames[number % frames.len()];
                    tracker.update(*at, view, black_box(found));
                    number += 1;
                });
            });
        }
    }
    group.finish();
    criterion.final_summary();
}
