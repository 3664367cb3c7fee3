//! What a frame costs a tracker: `cargo bench --bench track`.
//!
//! First a line a preset and crowd, with the quantiles of single updates after a warm-up; detections are made outside
//! the clock. Budget (DESIGN section 8): p99 < 20 us a frame at 10 detections. Then criterion's group, which is for
//! comparing two versions.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use tiltyard::mot::{Preset, crowd, frame_us};
use tiltyard::run::Stopwatch;

const FRAMES: u32 = 3000;
const CROWDS: [u32; 3] = [10, 45, 90];

fn main() {
    // `cargo test --benches` only wants to know that it runs.
    if std::env::args().any(|argument| argument == "--bench") {
        for preset in Preset::ALL {
            for people in CROWDS {
                let [p50, p99] = frame_us(
                    || preset.tracker(),
                    people,
                    FRAMES,
                    |update| {
                        let stopwatch = Stopwatch::start();
                        update();
                        stopwatch.elapsed_s()
                    },
                );
                println!("{:6} {people:2} people: p50 {p50:.1} us, p99 {p99:.1} us a frame", preset.name());
            }
        }
    }
    let label: Arc<str> = Arc::from("person");
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let mut group = criterion.benchmark_group("track");
    for preset in Preset::ALL {
        for people in CROWDS {
            group.bench_function(BenchmarkId::new(preset.name(), people), |bencher| {
                let frames: Vec<_> = (0..300).map(|number| crowd(people, number, &label)).collect();
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
