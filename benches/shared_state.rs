//! What threads share: the metadata tick and the newest frame, with 1 to 8 readers, beside what others offer.
//!
//! `cargo bench --bench shared_state`. First lines for people:
//!
//! ```text
//! publish under a flood: p50 A us, p99 B us, worst C us; quiet: p50 D us, p99 E us, worst F us; delay p99 G us
//! ```
//!
//! A live loop's publishing of a tick every 4 ms, timed with and without a flood on the HTTP API before the same
//! metadata manager (over real connections: 8 that ask as fast as they are answered, 8 event streams). `delay p99` is
//! what DESIGN wants below 100 us. A call that the system takes the processor from is counted with its whole absence,
//! flood or not: on a machine with something else to do the worst is the system's.
//!
//! Then criterion's groups, all on the same work:
//! - `publish and read`: one tick of 10 tracks published, and read once by each of N readers in turn; and `publish
//!   beside`: the same publishing while N threads read without a pause. Ours is [`MetadataManager`]; beside it an
//!   `ArcSwapOption`, a `tokio::sync::watch`, and, for one reader, `triple_buffer`.
//! - `put and take`: a 1080p picture of 3 bytes a pixel, 6.2 MB, behind an `Arc` as the stack hands it over: the pixels
//!   are written once by who decodes them, and what goes through the buffer is the pointer. Ours is [`Latest`], which
//!   hands each value out once and counts what nobody took; the others hand out the newest again and again and count
//!   nothing. `put copying` is what the seed did: the pixels copied inside.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench stops at what it did not expect")]
#![allow(clippy::disallowed_methods, reason = "a bench lives in wall time")]

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use criterion::{BenchmarkId, Criterion};
use tiltyard::api::{Api, Bound, Limits, Source};
use tiltyard::run::Stopwatch;
use tiltyard::run::live::{Quantiles, Status};
use tiltyard::run::metrics::percentile;
use tiltyard::stack::latest::Latest;
use tiltyard::stack::metadata::{FrameSize, Ptz, PtzCommand, PtzPose, TickBox, TickTrack};
use tiltyard::stack::{MetadataManager, MetadataTick, Phase};
use tiltyard_hil::WallClock;
use tiltyard_visca::SimTime;
use tokio::sync::watch;

const READERS: [usize; 4] = [1, 2, 4, 8];
/// Publishings of the headline, and the time between two.
const PUBLISHINGS: usize = 2000;
const EVERY: Duration = Duration::from_millis(4);
/// A 1080p picture, 3 bytes a pixel.
const PICTURE_BYTES: usize = 1920 * 1080 * 3;

fn main() {
    // `cargo test --benches` only wants to know that it runs.
    if std::env::args().any(|argument| argument == "--bench") {
        headline();
    }
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    publish_and_read(&mut criterion);
    publish_beside(&mut criterion);
    put_and_take(&mut criterion);
    criterion.final_summary();
}

fn tick(sequence: u64) -> MetadataTick {
    let bbox = TickBox { x: 0.25, y: 0.25, w: 0.125, h: 0.5 };
    let label: Arc<str> = "person".into();
    MetadataTick {
        schema: MetadataTick::SCHEMA,
        kind: "metadata_tick",
        session_id: "bench".into(),
        camera_id: "generic-20x".into(),
        ts_unix_ms: sequence,
        ts_mono_ms: sequence,
        frame_index: sequence,
        space: "source",
        frame_size: FrameSize { w: 1920, h: 1080 },
        selected_target_id: Some(7),
        tracking_phase: Phase::Tracking,
        ptz: Ptz {
            control_mode: "visca",
            connected: true,
            active: true,
            cmd: PtzCommand::default(),
            pose: PtzPose { pan_deg: 1.0, tilt_deg: 2.0, hfov_deg: 60.0 },
        },
        tracks: (0..10).map(|id| TickTrack { id, label: Arc::clone(&label), conf: 0.9, bbox }).collect(),
        sequence,
        captured_at_s: 0.0,
        age_ms: 80.0,
        coverage: Some(0.5),
        error_deg: Some([0.1, 0.2]),
        lock_id: Some(1),
        uncertainty_deg: Some(0.3),
        frames_dropped: 0,
        watchdog_alarms: 0,
        guard_acts: 0,
    }
}

/// A slot for the newest value: what is measured of each.
trait Slot: Send + Sync + 'static {
    fn publish(&self, tick: MetadataTick);
    fn read(&self) -> Option<Arc<MetadataTick>>;
}

impl Slot for MetadataManager {
    fn publish(&self, tick: MetadataTick) {
        Self::publish(self, tick);
    }

    fn read(&self) -> Option<Arc<MetadataTick>> {
        self.latest()
    }
}

impl Slot for ArcSwapOption<MetadataTick> {
    fn publish(&self, tick: MetadataTick) {
        self.store(Some(Arc::new(tick)));
    }

    fn read(&self) -> Option<Arc<MetadataTick>> {
        self.load_full()
    }
}

impl Slot for watch::Sender<Option<Arc<MetadataTick>>> {
    fn publish(&self, tick: MetadataTick) {
        self.send_replace(Some(Arc::new(tick)));
    }

    fn read(&self) -> Option<Arc<MetadataTick>> {
        self.borrow().clone()
    }
}

fn slots() -> [(&'static str, Arc<dyn Slot>); 3] {
    [
        ("ours", Arc::new(MetadataManager::default())),
        ("arc-swap", Arc::new(ArcSwapOption::<MetadataTick>::empty())),
        ("tokio watch", Arc::new(watch::channel::<Option<Arc<MetadataTick>>>(None).0)),
    ]
}

fn publish_and_read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("publish and read");
    for readers in READERS {
        for (name, slot) in slots() {
            let mut sequence = 0;
            group.bench_function(BenchmarkId::new(name, readers), |bencher| {
                bencher.iter(|| {
                    sequence += 1;
                    slot.publish(tick(sequence));
                    (0..readers).for_each(|_| drop(black_box(slot.read())));
                });
            });
        }
    }
    // It has one reader, by its type.
    let (mut input, mut output) = triple_buffer::triple_buffer(&None::<Arc<MetadataTick>>);
    let mut sequence = 0;
    group.bench_function(BenchmarkId::new("triple_buffer", 1), |bencher| {
        bencher.iter(|| {
            sequence += 1;
            input.write(Some(Arc::new(tick(sequence))));
            drop(black_box(output.read().clone()));
        });
    });
    group.finish();
}

/// Threads that do nothing else, until dropped.
struct Busy {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Busy {
    fn start(count: usize, mut one: impl FnMut() -> Box<dyn FnMut() + Send>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let spawn = |_| {
            let (stop, mut turn) = (Arc::clone(&stop), one());
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    turn();
                }
            })
        };
        let threads = (0..count).map(spawn).collect();
        Self { stop, threads }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn publish_beside(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("publish beside");
    for readers in READERS {
        for (name, slot) in slots() {
            let read = Arc::clone(&slot);
            let _busy = Busy::start(readers, || {
                let slot = Arc::clone(&read);
                Box::new(move || drop(black_box(slot.read())))
            });
            let mut sequence = 0;
            group.bench_function(BenchmarkId::new(name, readers), |bencher| {
                bencher.iter(|| {
                    sequence += 1;
                    slot.publish(tick(sequence));
                });
            });
        }
    }
    group.finish();
}

fn put_and_take(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("put and take");
    let pixels: Arc<[u8]> = vec![7; PICTURE_BYTES].into();
    let latest = Latest::default();
    let mut at_ns = 0;
    group.bench_function("ours", |bencher| {
        bencher.iter(|| {
            at_ns += 1;
            latest.put(SimTime::from_nanos(at_ns), Arc::clone(&pixels));
            black_box(latest.take())
        });
    });
    let swap = ArcSwapOption::<Arc<[u8]>>::empty();
    group.bench_function("arc-swap", |bencher| {
        bencher.iter(|| {
            swap.store(Some(Arc::new(Arc::clone(&pixels))));
            black_box(swap.load_full())
        });
    });
    let (mut input, mut output) = triple_buffer::triple_buffer(&None::<Arc<[u8]>>);
    group.bench_function("triple_buffer", |bencher| {
        bencher.iter(|| {
            input.write(Some(Arc::clone(&pixels)));
            black_box(output.read().clone())
        });
    });
    let (sender, receiver) = watch::channel(None::<Arc<[u8]>>);
    group.bench_function("tokio watch", |bencher| {
        bencher.iter(|| {
            sender.send_replace(Some(Arc::clone(&pixels)));
            black_box(receiver.borrow().clone())
        });
    });
    let copying = Latest::default();
    group.bench_function("put copying, as the seed", |bencher| {
        bencher.iter(|| {
            at_ns += 1;
            copying.put(SimTime::from_nanos(at_ns), pixels.to_vec());
            black_box(copying.take())
        });
    });
    group.finish();
    // Status counts while N others look at them, as the API's readers do.
    let mut group = criterion.benchmark_group("put and take beside");
    for readers in READERS {
        let latest = Arc::new(Latest::default());
        let seen = Arc::clone(&latest);
        let _busy = Busy::start(readers, || {
            let latest: Arc<Latest<Arc<[u8]>>> = Arc::clone(&seen);
            Box::new(move || _ = black_box(latest.stats()))
        });
        group.bench_function(BenchmarkId::new("ours", readers), |bencher| {
            bencher.iter(|| {
                at_ns += 1;
                latest.put(SimTime::from_nanos(at_ns), Arc::clone(&pixels));
                black_box(latest.take())
            });
        });
    }
    group.finish();
}

/// A control loop's publishing, with and without a flood on the API.
fn headline() {
    let metadata = Arc::new(MetadataManager::default());
    let clock = WallClock::start();
    let source = Source {
        metadata: Arc::clone(&metadata),
        now: Arc::new(move || clock.now()),
        status: Arc::new(status),
        order: Arc::new(|_| {}),
    };
    let bound = Bound::bind("127.0.0.1:0".parse().unwrap(), None).unwrap();
    let at = bound.at();
    let api = Api::open(bound, source, Limits::default()).unwrap();
    let mut sequence = 0;
    let mut published = || {
        let mut times_us: Vec<f64> = (0..PUBLISHINGS)
            .map(|_| {
                std::thread::sleep(EVERY);
                sequence += 1;
                let tick = tick(sequence);
                let stopwatch = Stopwatch::start();
                metadata.publish(tick);
                stopwatch.elapsed_s() * 1e6
            })
            .collect();
        [0.5, 0.99, 1.0].map(|share| percentile(&mut times_us, share).unwrap())
    };
    let quiet = published();
    let answers = Arc::new(AtomicU64::new(0));
    let flood = Busy::start(8, || asking(at, Arc::clone(&answers)));
    let streams = Busy::start(8, || listening(at));
    let stopwatch = Stopwatch::start();
    let flooded = published();
    let rate = answers.load(Ordering::Relaxed) as f64 / stopwatch.elapsed_s();
    drop(flood);
    let said = |[p50, p99, worst]: [f64; 3]| format!("p50 {p50:.1} us, p99 {p99:.1} us, worst {worst:.1} us");
    println!(
        "publish under a flood: {}; quiet: {}; delay p99 {:.1} us; {rate:.0} answers/s and 8 event streams",
        said(flooded),
        said(quiet),
        flooded[1] - quiet[1],
    );
    api.close();
    drop(streams);
}

fn status() -> Status {
    let none = Quantiles::default();
    Status {
        schema: "tiltyard-status/1",
        running_s: 0.0,
        armed: false,
        captured: 0,
        decided: 0,
        dropped: 0,
        stale: 0,
        age: none,
        loop_latency: none,
        phase: Phase::Idle,
        video: None,
        alarm: None,
        alarms: 0,
        held: None,
        stands: false,
        stops: 0,
        stops_proved: 0,
        commands_sent: 0,
        commands_withheld: 0,
        commands_lost: 0,
        heard_s: None,
    }
}

/// Asks by turns for the tick and the status over one connection.
fn asking(at: SocketAddr, answers: Arc<AtomicU64>) -> Box<dyn FnMut() + Send> {
    let mut stream = TcpStream::connect(at).unwrap();
    let mut buffer = vec![0; 1 << 16];
    let mut paths = ["/api/metadata", "/api/status"].into_iter().cycle();
    Box::new(move || {
        write!(stream, "GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", paths.next().unwrap()).unwrap();
        // Head and body come in one piece over loopback.
        assert_ne!(stream.read(&mut buffer).unwrap(), 0);
        answers.fetch_add(1, Ordering::Relaxed);
    })
}

/// Reads events until the server ends.
fn listening(at: SocketAddr) -> Box<dyn FnMut() + Send> {
    let mut stream = TcpStream::connect(at).unwrap();
    write!(stream, "GET /api/metadata/stream HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut buffer = vec![0; 1 << 16];
    Box::new(move || {
        if stream.read(&mut buffer).unwrap_or(0) == 0 {
            std::thread::sleep(EVERY);
        }
    })
}
