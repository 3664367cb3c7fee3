//! What the virtual camera adds to a round trip over loopback: DESIGN section 8, at most twice a bare one.
//!
//! `cargo bench --bench serve`. First a line for people, from one process, the two measured by turns so that whatever
//! else runs on the machine meets both:
//!
//! ```text
//! drive to completion: A us; bare echo: B us; ratio R (p50); p99 A us and B us
//! ```
//!
//! A is a drive sent by a plain UDP client to a camera that acknowledges at once (ACK time zero), until its completion
//! is read: sockets, world, device, log and all. B is the same bytes to a thread that does nothing but send them back.
//! Budgets are for one core: `taskset -c 0 cargo bench --bench serve`. On more, what rules is whether the system
//! spreads client and camera over two cores and wakes a sleeping one for each datagram.
//! Then criterion's group of both, each for itself (so that a busy machine meets them differently: the ratio is the
//! line's), and what it takes to draw a picture of the usual size.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench stops at what it did not expect")]

use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use criterion::Criterion;
use tiltyard::run::Stopwatch;
use tiltyard::run::metrics::percentile;
use tiltyard::serve::{Figure, Scene, Setup, VirtualCamera, bare, draw};
use tiltyard_hil::{Listen, Remote};
use tiltyard_sim::projection::{Bearing, View};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// Turns of the headline, and round trips of each in a turn.
const TURNS: usize = 100;
const TRIPS: usize = 200;
/// Pan right and left at code 3: the camera stays where it is, about.
const DRIVES: [[u8; 9]; 2] =
    [[0x81, 0x01, 0x06, 0x01, 0x03, 0x01, 0x02, 0x03, 0xFF], [0x81, 0x01, 0x06, 0x01, 0x03, 0x01, 0x01, 0x03, 0xFF]];

fn main() {
    let (camera, echo) = (Camera::start(), Echo::start());
    // `cargo test --benches` only wants to know that it runs.
    if std::env::args().any(|argument| argument == "--bench") {
        headline(&camera, &echo);
    }
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let mut group = criterion.benchmark_group("loopback");
    let mut turn = 0;
    group.bench_function("drive to completion", |bencher| {
        bencher.iter(|| {
            turn += 1;
            camera.trip(turn);
        });
    });
    group.bench_function("bare echo", |bencher| bencher.iter(|| echo.trip()));
    group.finish();
    criterion.bench_function("draw 640x360", |bencher| bencher.iter(|| black_box(draw(&scene()))));
    criterion.final_summary();
}

/// Two people on a stage, at wide zoom.
fn scene() -> Scene {
    let view = View { pan_deg: 4.0, tilt_deg: 3.0, hfov_deg: 60.0, width_px: 640, height_px: 360 };
    let figure = |name: &str, az_deg| Figure {
        target: true,
        name: name.to_owned(),
        bearing: Bearing { az_deg, el_deg: 0.0 },
        width_deg: 3.0,
        height_deg: 10.0,
        range_m: 10.0,
    };
    Scene { view, figures: vec![figure("speaker", 0.0), figure("guest", 12.0)], taken_s: Some(1.0) }
}

fn headline(camera: &Camera, echo: &Echo) {
    let timed = |trip: &dyn Fn(usize)| {
        let timed = |number| {
            let stopwatch = Stopwatch::start();
            trip(number);
            stopwatch.elapsed_s() * 1e6
        };
        (0..TRIPS).map(timed).collect::<Vec<f64>>()
    };
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.extend(timed(&|number| camera.trip(number)));
        bare.extend(timed(&|_| echo.trip()));
    }
    let mut share = |share: f64| [&mut ours, &mut bare].map(|times| percentile(times, share).unwrap());
    let ([ours_p50, bare_p50], [ours_p99, bare_p99]) = (share(0.5), share(0.99));
    println!(
        "drive to completion: {ours_p50:.1} us; bare echo: {bare_p50:.1} us; ratio {:.2} (p50); \
         p99 {ours_p99:.1} us and {bare_p99:.1} us",
        ours_p50 / bare_p50
    );
}

/// A client of a camera that runs in a thread of its own.
struct Camera {
    client: UdpSocket,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Camera {
    fn start() -> Self {
        let mut scenario = bare("generic-20x").unwrap_or_else(|wrong| panic!("{wrong}"));
        scenario.world.camera.protocol.timing.ack = Duration::ZERO;
        let setup = Setup {
            seed: 1,
            scenario,
            length: None,
            judged: false,
            waits: false,
            listen: vec![Listen::Udp(ANY)],
            http: Vec::new(),
            size_px: (640, 360),
            fps_max: 30.0,
        };
        let camera = VirtualCamera::open(setup).unwrap();
        let Remote::Address(at) = camera.bound()[0].at.clone() else { panic!("no address") };
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let thread = std::thread::spawn(move || drop(camera.run(&asked).unwrap()));
        Self { client: client(at), stop, thread: Some(thread) }
    }

    fn trip(&self, number: usize) {
        self.client.send(&DRIVES[number % 2]).unwrap();
        let mut buffer = [0; 64];
        loop {
            let len = self.client.recv(&mut buffer).unwrap();
            // The last frame of the datagram is a completion: 90 5s FF.
            if buffer[..len].ends_with(&[0xFF]) && buffer[len - 2] & 0xF0 == 0x50 {
                return;
            }
        }
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A client of a thread that sends back what it gets.
struct Echo {
    client: UdpSocket,
}

impl Echo {
    fn start() -> Self {
        let socket = UdpSocket::bind(ANY).unwrap();
        let at = socket.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; 64];
            while let Ok((len, from)) = socket.recv_from(&mut buffer) {
                if socket.send_to(&buffer[..len], from).is_err() {
                    return;
                }
            }
        });
        Self { client: client(at) }
    }

    fn trip(&self) {
        self.client.send(&DRIVES[0]).unwrap();
        assert_eq!(self.client.recv(&mut [0; 64]).unwrap(), DRIVES[0].len());
    }
}

fn client(at: SocketAddr) -> UdpSocket {
    let client = UdpSocket::bind(ANY).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    client.connect(at).unwrap();
    client
}
