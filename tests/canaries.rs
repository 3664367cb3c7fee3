//! Canaries: defects that break "bit for bit repeatable", planted on purpose, each of which the chain must catch.
//!
//! A check that cannot fail proves nothing. Every test here plants one defect in a part of the stack, runs a scenario
//! with it and without it (or twice with it), and demands the tick, the subsystem and the field.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::large_types_passed_by_value, reason = "a plant is handed over, once")]

use std::path::Path;

use tiltyard::rig::SimRig;
use tiltyard::run::diff::{Comparison, Divergence, compare};
use tiltyard::run::{Execution, Recorded};
use tiltyard::scenario::{Scenario, load, parse};
use tiltyard::stack::config::default_gains;
use tiltyard::stack::detect::Geometric;
use tiltyard::stack::saved::{Saved, SavedError};
use tiltyard::stack::servo::{Pid, Servo, ServoInput, Terms};
use tiltyard::stack::{Detection, Detector, Frame, Parts, Stack};
use tiltyard_sim::rng;
use tiltyard_visca::{SimTime, State, Visit};

fn suite(name: &str) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    load(&file, &[]).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)))
}

/// Somebody who never stands still for a minute: 1801 ticks.
fn minute() -> Scenario {
    let text = r#"
        schema = 1
        title = "a minute of sine"
        camera = "generic-20x"
        length = "60 s"
        seed = 3
        video.latency = "85 ms"
        [[target]]
        name = "dancer"
        size = { width = "0.5 m", height = "1.7 m" }
        range = "10 m"
        path.sine = { amplitude = ["10 deg", "2 deg"], period = "7 s" }
    "#;
    let files = tiltyard::scenario::Memory::default();
    parse("minute.toml", text, &[], &files).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)))
}

/// The parts a canary may replace.
#[derive(Default)]
struct Planted {
    detector: Option<fn(Geometric) -> Box<dyn Detector>>,
    servo: Option<fn(Pid) -> Box<dyn Servo>>,
}

fn run(scenario: &Scenario, planted: &Planted, capture: Option<usize>) -> Recorded {
    let seed = scenario.seed;
    let mut world = scenario.world.clone();
    world.seed = seed;
    let config = scenario.stack.config(&world);
    // Whatever the scenario's own servo is.
    let pid = Pid::new(default_gains(&config.camera), config.camera.actuator.rate_max_dps);
    let geometric = Geometric::new(config.detector, rng::stream(seed, "detector").into_rng());
    let detector = planted.detector.map_or_else(|| Box::new(geometric.clone()) as _, |plant| plant(geometric.clone()));
    let servo = planted.servo.map_or_else(|| Box::new(pid) as _, |plant| plant(pid));
    let parts = Parts { servo, ..Parts::new(&config, detector) };
    let stack = Stack::with_parts(config, parts);
    let rig = SimRig::new(&world, scenario.subject).unwrap();
    let execution = Execution::with(rig, stack, scenario, seed);
    match capture {
        Some(tick) => execution.capturing(tick..=tick).finish().unwrap(),
        None => execution.finish().unwrap(),
    }
}

/// Where a run without and a run with the defect part.
fn divergence(scenario: &Scenario, a: &Planted, b: &Planted) -> Option<Divergence> {
    let (x, y) = (run(scenario, a, None), run(scenario, b, None));
    let Comparison::Parted { tick } = compare(x.chain.links(), y.chain.links()) else { return None };
    // A defect that is itself not repeatable may part elsewhere when run again: name the subsystem from these runs.
    let links = (x.chain.links()[tick], y.chain.links()[tick]);
    let (x, y) = (run(scenario, a, Some(tick)), run(scenario, b, Some(tick)));
    Some(Divergence::of_links(tick, &links.0, &links.1).with_fields(&x.captured, &y.captured))
}

const CLEAN: Planted = Planted { detector: None, servo: None };

#[test]
fn without_a_defect_nothing_parts() {
    assert_eq!(divergence(&minute(), &CLEAN, &CLEAN), None);
}

/// Passes everything on, and lets a test change the step.
struct Servoed<F> {
    pid: Pid,
    change: F,
}

impl<F: FnMut(&mut Pid, &ServoInput, [f64; 2]) -> [f64; 2] + Send> Servo for Servoed<F> {
    fn name(&self) -> &'static str {
        "planted"
    }
    fn update(&mut self, input: &ServoInput) -> [f64; 2] {
        let rates = self.pid.update(input);
        (self.change)(&mut self.pid, input, rates)
    }
    fn reset(&mut self) {
        self.pid.reset();
    }
    fn terms(&self) -> [Terms; 2] {
        self.pid.terms()
    }
}

/// A closure cannot be saved, and nobody asks for it here.
impl<F> Saved for Servoed<F> {
    fn save(&self) -> Result<Vec<u8>, SavedError> {
        Err(SavedError::Unwritable("a planted defect".to_owned()))
    }
    fn restore(&mut self, _: &[u8]) -> Result<(), SavedError> {
        Err(SavedError::Unreadable("a planted defect".to_owned()))
    }
}

impl<F> State for Servoed<F> {
    fn visit(&self, v: &mut dyn Visit) {
        self.pid.visit(v);
    }
}

/// Moves the pan integral to the next larger number, through the servo's own saved state.
fn nudge(pid: &mut Pid) {
    let mut state = serde_json::to_value(*pid).unwrap();
    let integral = &mut state["axes"][0]["integral_dps"];
    *integral = integral.as_f64().unwrap().next_up().into();
    *pid = serde_json::from_value(state).unwrap();
}

#[test]
fn one_ulp_in_the_integrator_at_tick_1234_is_named() {
    fn plant(pid: Pid) -> Box<dyn Servo> {
        // Tick 1234 of 30 a second is exposed at 41.133 s. Decisions fall 105 ms after an exposure, so one lies between
        // tick 1233 and tick 1234, and tick 1234 is the first to see it.
        let before = SimTime::from_nanos(1233 * 1_000_000_000 / 30);
        let mut done = false;
        let change = move |pid: &mut Pid, input: &ServoInput, rates| {
            if !done && input.at > before {
                done = true;
                nudge(pid);
            }
            rates
        };
        Box::new(Servoed { pid, change })
    }
    let found = divergence(&minute(), &CLEAN, &Planted { servo: Some(plant), ..CLEAN }).expect("caught");
    let told: Vec<String> = found
        .fields
        .iter()
        .map(|field| {
            let show = |value: &Option<_>| {
                value.as_ref().map_or_else(|| "-".to_owned(), |v: &tiltyard::run::capture::Value| v.to_string())
            };
            format!("{}.{}\n  a {}\n  b {}", field.subsystem, field.path, show(&field.a), show(&field.b))
        })
        .collect();
    assert_eq!((found.tick, found.fields.len()), (1234, 1), "{told:?}");
    insta::assert_snapshot!(format!("tick {} in {}\n{}", found.tick, found.subsystems.join(", "), told.join("\n")));
}

#[test]
fn an_extra_draw_is_named() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Extra(Geometric, u64);
    impl Detector for Extra {
        fn name(&self) -> &'static str {
            "planted"
        }
        fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>) {
            if self.1 == 100 {
                self.0.detect(frame, &mut Vec::new());
            }
            self.1 += 1;
            self.0.detect(frame, found);
        }
    }
    impl State for Extra {
        fn visit(&self, v: &mut dyn Visit) {
            self.0.visit(v);
        }
    }
    let plant = Planted { detector: Some(|geometric| Box::new(Extra(geometric, 0))), ..CLEAN };
    let found = divergence(&minute(), &CLEAN, &plant).expect("caught");
    assert!(found.tick > 100 && found.tick < 120, "{}", found.tick);
    // Between two ticks its consequences have gone all the way round; the draw itself is among what is told.
    let told = |subsystem: &str, path: &str| found.fields.iter().any(|f| f.subsystem == subsystem && f.path == path);
    assert!(told("perception", "detector.draws"), "{found:?}");
}

#[test]
#[cfg_attr(
    not(all(target_arch = "x86_64", target_env = "gnu")),
    ignore = "only glibc's sine is known to differ from libm's"
)]
fn a_std_sine_in_the_control_path_is_caught() {
    fn portable(pid: Pid) -> Box<dyn Servo> {
        let change =
            |_: &mut Pid, input: &ServoInput, rates: [f64; 2]| [rates[0], rates[1] + libm::sin(input.error_deg[0])];
        Box::new(Servoed { pid, change })
    }
    #[allow(clippy::disallowed_methods, reason = "the defect")]
    fn host(pid: Pid) -> Box<dyn Servo> {
        let change = |_: &mut Pid, input: &ServoInput, rates: [f64; 2]| [rates[0], rates[1] + input.error_deg[0].sin()];
        Box::new(Servoed { pid, change })
    }
    let (a, b) = (Planted { servo: Some(portable), ..CLEAN }, Planted { servo: Some(host), ..CLEAN });
    let found = divergence(&minute(), &a, &b).expect("3 % of sines differ: in 1800 steps one shows");
    assert_eq!((found.subsystems[0].as_str(), found.fields[0].path.as_str()), ("control", "shape.ramp.rate_dps"));
}

#[test]
fn a_hash_maps_order_is_caught_by_running_twice() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Shuffled(Geometric);
    impl Detector for Shuffled {
        fn name(&self) -> &'static str {
            "planted"
        }
        #[allow(clippy::disallowed_types, reason = "the defect")]
        fn detect(&mut self, frame: &Frame, found: &mut Vec<Detection>) {
            let mut ordered = Vec::new();
            self.0.detect(frame, &mut ordered);
            found.extend(ordered.into_iter().enumerate().collect::<std::collections::HashMap<_, _>>().into_values());
        }
    }
    impl State for Shuffled {
        fn visit(&self, v: &mut dyn Visit) {
            self.0.visit(v);
        }
    }
    let plant = || Planted { detector: Some(|geometric| Box::new(Shuffled(geometric))), ..CLEAN };
    let found = divergence(&suite("target/two-people.toml"), &plant(), &plant()).expect("caught");
    assert_eq!(found.subsystems[0], "perception");
}

#[test]
fn a_wall_clock_is_caught_by_running_twice() {
    #[allow(clippy::disallowed_methods, reason = "the defect")]
    fn plant(pid: Pid) -> Box<dyn Servo> {
        let start = std::time::Instant::now();
        let change = move |_: &mut Pid, _: &ServoInput, rates: [f64; 2]| {
            [rates[0], rates[1] + start.elapsed().as_secs_f64() * 1e-6]
        };
        Box::new(Servoed { pid, change })
    }
    let plant = || Planted { servo: Some(plant), ..CLEAN };
    let found = divergence(&minute(), &plant(), &plant()).expect("caught");
    assert_eq!(found.subsystems[0], "control");
}
