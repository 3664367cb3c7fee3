//! What the closed loop costs, and what the bare rapier steps in it cost: DESIGN section 8.
//!
//! `cargo bench --bench closed_loop`. First a line for people, from one process, the two measured by turns so that
//! whatever else runs on the machine meets both:
//!
//! ```text
//! loop: N x real time; bare rapier: M x; ratio R; hash chain: P % of the loop
//! ```
//!
//! N is `scenarios/motion/step.toml` (250 Hz physics, 30 frames a second) with everything on: hash chain, trace,
//! metrics, verdicts. M is a `Plant` with the same camera's two axes, told new rates at 30 Hz, over the same simulated
//! time. R = M / N is how much more the loop costs. P is the time of the loop that is gone with the chain switched off
//! (budget: 10 %). Then criterion's groups; elements are simulated milliseconds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench stops at what it did not expect")]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use tiltyard::rig::{Delivery, Rig, SimRig};
use tiltyard::run::{Execution, RunVerdict, Stopwatch, run_scenario};
use tiltyard::scenario::{Scenario, load};
use tiltyard::stack::{Output, Stack};
use tiltyard_sim::plant::{Plant, Rotor, Turn};
use tiltyard_sim::queue::EventQueue;
use tiltyard_visca::sony::{Kind, Packet};
use tiltyard_visca::{Address, Answer, Command, Deframer, Dialect, Drive, Inquiry, Message, Reply, SimTime};

fn main() {
    let scenario = scenario();
    // `cargo test --benches` only wants to know that it runs.
    if std::env::args().any(|argument| argument == "--bench") {
        headline(&scenario);
    }
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    closed_loop(&mut criterion, &scenario);
    event_queue(&mut criterion);
    visca(&mut criterion);
    decide(&mut criterion, &scenario);
    criterion.final_summary();
}

fn scenario() -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/motion/step.toml");
    load(&file, &[]).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

/// One whole run, judged.
fn run(scenario: &Scenario) {
    let result = black_box(run_scenario(scenario, scenario.seed));
    assert_ne!(result.verdict, RunVerdict::Invalid, "{:?}", result.reason);
}

/// The same simulated time in bare steps: a tracker at work, both axes told new rates at 30 Hz.
fn bare_rapier(scenario: &Scenario) {
    let camera = &scenario.world.camera;
    let axes = [(&camera.protocol.pan, camera.pan), (&camera.protocol.tilt, camera.tilt)];
    let rotor = |(axis, mechanics): &(&tiltyard_visca::model::AxisModel, tiltyard_sim::config::AxisMechanics)| Rotor {
        inertia_kg_m2: mechanics.inertia_kg_m2,
        half_range_rad: ((axis.max_deg - axis.min_deg) / 2.0).to_radians(),
    };
    let mut plant =
        Plant::new(axes.iter().map(|axis| (rotor(axis), Turn::AHEAD)), 1.0 / f64::from(scenario.world.physics_hz));
    let ticks = scenario.length.as_millis() as u64 * u64::from(scenario.world.physics_hz) / 1000;
    let ticks_a_frame = u64::from(scenario.world.physics_hz) / 30;
    for tick in 0..ticks {
        if tick % ticks_a_frame == 0 {
            let wave = |period: u64| (tick / ticks_a_frame % period) as f64 / period as f64 - 0.5;
            plant.drive(0, wave(30), camera.pan.torque_max_nm);
            plant.drive(1, wave(47), camera.tilt.torque_max_nm);
        }
        plant.step();
    }
    black_box(plant.turn(0));
}

/// The loop alone, with its hash chain and without.
fn hashed(scenario: &Scenario) {
    black_box(Execution::new(scenario, scenario.seed).unwrap().finish().unwrap());
}

fn not_hashed(scenario: &Scenario) {
    black_box(Execution::new(scenario, scenario.seed).unwrap().without_hashing().finish().unwrap());
}

/// The line for people: medians of 60 rounds.
fn headline(scenario: &Scenario) {
    let mut seconds = [const { Vec::new() }; 4];
    for round in 0..70 {
        for (which, work) in [run, bare_rapier, hashed, not_hashed].into_iter().enumerate() {
            let stopwatch = Stopwatch::start();
            // Ten runs at a time: some ten milliseconds, so that the clock's grain does not count.
            for _ in 0..10 {
                work(scenario);
            }
            // The first rounds warm up.
            if round >= 10 {
                seconds[which].push(stopwatch.elapsed_s() / 10.0);
            }
        }
    }
    let [loop_x, rapier_x, hashed_x, not_hashed_x] = seconds.map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        scenario.length.as_secs_f64() / seconds[seconds.len() / 2]
    });
    println!(
        "loop: {loop_x:.0} x real time; bare rapier: {rapier_x:.0} x; ratio {:.2}; hash chain: {:.1} % of the loop",
        rapier_x / loop_x,
        100.0 * (1.0 - hashed_x / not_hashed_x),
    );
}

fn closed_loop(criterion: &mut Criterion, scenario: &Scenario) {
    let mut group = criterion.benchmark_group("closed_loop");
    group.throughput(Throughput::Elements(scenario.length.as_millis() as u64));
    group.bench_function("motion/step", |bencher| bencher.iter(|| run(scenario)));
    group.bench_function("bare rapier", |bencher| bencher.iter(|| bare_rapier(scenario)));
    group.finish();
}

/// Pop the earliest, file it anew some time later: as many events waiting as a run has, and many more.
fn event_queue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("event_queue");
    group.throughput(Throughput::Elements(1));
    for waiting in [8_u64, 1000] {
        let mut queue = EventQueue::new();
        for event in 0..waiting {
            queue.push(SimTime::from_nanos(event * 997), event);
        }
        let mut state = 1_u64;
        group.bench_function(format!("pop and push, {waiting} waiting"), |bencher| {
            bencher.iter(|| {
                let (at, event) = queue.pop().unwrap();
                // Knuth's MMIX generator: cheap, and no order that the heap could profit from.
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                queue.push(at + Duration::from_nanos(state >> 44), event);
            });
        });
    }
    group.finish();
}

fn visca(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("visca");
    group.throughput(Throughput::Elements(1));
    let drive = Command::PanTilt(Drive { pan_code: -9, tilt_code: 4 });
    let dialect = Dialect::default();
    let frame = drive.encode(Address::ONE, dialect);
    group.bench_function("encode a drive", |bencher| bencher.iter(|| black_box(drive).encode(Address::ONE, dialect)));
    group.bench_function("decode a drive", |bencher| {
        bencher.iter(|| Command::parse(black_box(&frame), dialect).unwrap());
    });
    let mut deframer = Deframer::new();
    group.bench_function("deframe and decode a drive", |bencher| {
        bencher.iter(|| {
            let mut read = None;
            for byte in black_box(&frame).as_bytes() {
                read = deframer.push(*byte).or(read);
            }
            Command::parse(&read.unwrap().unwrap(), dialect).unwrap()
        });
    });
    let answer = Answer::PanTilt { pan_units: -2448, tilt_units: 1296 };
    let answered = answer.encode(Address::ONE, dialect);
    group.bench_function("encode an answer", |bencher| {
        bencher.iter(|| black_box(answer).encode(Address::ONE, dialect));
    });
    group.bench_function("decode an answer", |bencher| {
        bencher.iter(|| {
            let Ok(Reply::Answer(payload)) = Reply::parse(black_box(&answered)) else { panic!("it is an answer") };
            Inquiry::PanTilt.read(&payload, dialect).unwrap()
        });
    });
    let packet = Packet { kind: Kind::Command, seq: 7, payload: frame.as_bytes() };
    let datagram = packet.encode();
    group.bench_function("encode a Sony packet", |bencher| bencher.iter(|| black_box(packet).encode()));
    group.bench_function("decode a Sony packet with a drive", |bencher| {
        bencher.iter(|| Message::of(black_box(&datagram)).unwrap());
    });
    group.finish();
}

/// A control step alone, in a loop that is closed so that the target stays in the picture; only `decide` is timed.
fn decide(criterion: &mut Criterion, scenario: &Scenario) {
    let mut group = criterion.benchmark_group("stack");
    group.throughput(Throughput::Elements(1));
    group.bench_function("decide, one target", |bencher| {
        bencher.iter_custom(|steps| Duration::from_secs_f64(decisions_s(scenario, steps)));
    });
    group.finish();
}

/// Seconds that so many control steps took.
fn decisions_s(scenario: &Scenario, steps: u64) -> f64 {
    let mut stack =
        Stack::new(scenario.stack.config(&scenario.world), tiltyard_sim::rng::stream(1, "detector").into_rng());
    let mut rig = SimRig::new(&scenario.world, scenario.subject).expect("the scenario was checked");
    let (mut decided, mut seconds, mut due) = (0, 0.0, None);
    stack.start(SimTime::ZERO);
    while decided < steps {
        let now = due.map_or(rig.next_at(), |due: SimTime| due.min(rig.next_at()));
        rig.advance(now);
        while let Some(delivery) = rig.poll() {
            match delivery {
                Delivery::Tick { .. } => {}
                Delivery::Bytes(bytes) => stack.receive(now, bytes.as_bytes()),
                Delivery::Frame(frame) => {
                    stack.arrive(frame);
                    if let Some(frame) = stack.take() {
                        let stopwatch = Stopwatch::start();
                        black_box(stack.decide(now, &frame));
                        seconds += stopwatch.elapsed_s();
                        decided += 1;
                    }
                }
            }
        }
        stack.wake(now);
        due = loop {
            match stack.poll(now) {
                Output::Transmit(datagram) => rig.transmit(now, datagram.as_bytes()),
                Output::Alarm(_) => {}
                Output::WaitUntil(due) => break due.map(|due| due.max(now + Duration::from_nanos(1))),
            }
        };
    }
    seconds
}
