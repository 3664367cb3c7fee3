//! Whole runs: frozen in the middle of things and continued against never frozen.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ciborium::Value;
use tiltyard::run::{
    Execution, Recorded, RunResult, Snapshot, perception, run_fork, run_forks, run_scenario, run_snapshot,
};
use tiltyard::scenario::{Scenario, load};
use tiltyard::stack::saved::encode;
use tiltyard_visca::SimTime;

use crate::harness::{collect, files, scenario};

/// Moments to freeze at: spread over the run off every grid, and around each fault until its STOP is proved.
fn moments(scenario: &Scenario) -> Vec<SimTime> {
    let length = scenario.length;
    let mut moments = vec![SimTime::ZERO, SimTime::from_nanos(1), SimTime::ZERO + length];
    moments.extend([0.0137, 0.21, 0.503, 0.8].map(|share| SimTime::ZERO + length.mul_f64(share)));
    for fault in &scenario.world.faults {
        let after = [fault.duration / 2, ms(1010), ms(1130), ms(1290), ms(1490)];
        moments.extend(after.map(|span| fault.at + span).into_iter().filter(|at| *at < SimTime::ZERO + length));
    }
    moments
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Equal to the bit, results so far included.
fn assert_equal(a: &Recorded, b: &Recorded, what: &str) {
    let parted = a.chain.links().iter().zip(b.chain.links()).position(|(a, b)| a != b);
    assert_eq!(parted, None, "{what}: the chains part");
    assert_eq!(a.chain, b.chain, "{what}");
    assert!(encode(&a.trace) == encode(&b.trace), "{what}: the rows differ");
    assert!(encode(&a.observations) == encode(&b.observations), "{what}: the observations differ");
}

/// All that is reported but the wall time.
fn reported(result: RunResult) -> serde_json::Value {
    serde_json::to_value(RunResult { wall_s: 0.0, ..result }).unwrap()
}

/// What can be going on in a frozen run.
const GOING_ON: [&str; 7] = ["alarmed", "answers", "commands", "fault", "frames", "inference", "stop"];

/// What is going on in a frozen run.
fn going_on(execution: &Execution) -> BTreeSet<&'static str> {
    let state = Value::serialized(&execution.state().unwrap()).unwrap();
    let field = |path: &[&str]| {
        path.iter().fold(&state, |tree, name| {
            let (_, value) = tree.as_map().unwrap().iter().find(|(key, _)| key.as_text() == Some(name)).unwrap();
            value
        })
    };
    let any = |path: &[&str], is: fn(&Value) -> bool| field(path).as_array().unwrap().iter().any(is);
    let all = [
        ("inference", !field(&["busy"]).is_null()),
        ("stop", !field(&["stack", "controller", "stopping"]).is_null()),
        ("alarmed", field(&["stack", "watchdog", "alarms"]).as_integer() != Some(0.into())),
        ("frames", any(&["world", "video", "slots"], |slot| !slot.is_null())),
        ("commands", any(&["world", "up", "slots"], |slot| !slot.is_null())),
        ("answers", any(&["world", "down", "slots"], |slot| !slot.is_null())),
        ("fault", any(&["world", "faults", "active"], |active| *active == Value::Bool(true))),
    ];
    all.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect()
}

#[test]
fn a_run_restored_at_any_moment_ends_as_if_nothing_had_happened() {
    let mut seen = BTreeSet::new();
    for file in files("scenarios", "toml") {
        let scenario = load(&file, &[]).unwrap();
        if perception::library(&scenario).is_some() {
            // It may not be there; and OpenCV's background cannot be frozen, and says so.
            continue;
        }
        let seed = scenario.seed + 1;
        let whole = Execution::new(&scenario, seed).unwrap().finish().unwrap();
        let judged = reported(run_scenario(&scenario, seed));
        for at in moments(&scenario) {
            let what = format!("{} seed {seed} at {at}", scenario.name);
            let mut frozen = Execution::new(&scenario, seed).unwrap();
            frozen.run_until(at).unwrap();
            if !scenario.world.faults.is_empty() {
                seen.extend(going_on(&frozen));
            }
            let bytes = frozen.snapshot(&scenario).unwrap().encode().unwrap();
            let snapshot = Snapshot::decode(&bytes).unwrap();
            assert_eq!(snapshot.at, at, "{what}");
            let restored = Execution::restore(&snapshot.scenario().unwrap(), &snapshot).unwrap();
            assert_equal(&restored.finish().unwrap(), &whole, &what);
            assert_eq!(reported(run_snapshot(&scenario, &snapshot).unwrap()), judged, "{what}");
        }
        // To stop on the way, ever again, changes nothing either.
        let mut stepped = Execution::new(&scenario, seed).unwrap();
        while stepped.now() < stepped.end() {
            stepped.run_until(stepped.now() + Duration::from_nanos(71_234_567)).unwrap();
        }
        assert_equal(&stepped.finish().unwrap(), &whole, &scenario.name);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), GOING_ON, "moments that were frozen");
}

/// Paths of a whole run that its walk leaves out. What a part leaves out is in that part's table.
const UNWALKED: &[(&str, &str)] = &[
    ("hashing", "parameter: set before the start"),
    ("world.films", "parameter: from the scenario"),
    ("chain", "result so far"),
    ("trace", "result so far; the last row's rate makes the next row's acceleration, and nothing else"),
    ("observations", "result so far"),
    ("stack.detector", "bytes: see the part"),
    ("stack.tracker", "bytes: see the part"),
    ("stack.servo", "bytes: see the part"),
];

/// Parts that have a table of their own, by where they are in a run.
const PARTS: &[&str] = &[
    "world.queue",
    "world.camera",
    "world.up",
    "world.down",
    "world.video",
    "world.actors",
    "world.faults",
    "world.scratch",
    "inference_rng",
    "stack.selector",
    "stack.phases",
    "stack.search",
    "stack.shape",
    "stack.zoom",
    "stack.pose",
    "stack.controller",
    "stack.watchdog",
];

#[test]
fn no_field_of_a_run_changes_unseen() {
    let scenario = scenario("video/outage");
    // The first moment of each thing that can be going on, from shortly before the fault on.
    let mut execution = Execution::new(&scenario, scenario.seed).unwrap();
    execution.run_until(SimTime::from_nanos(scenario.world.faults[0].at.as_nanos() - 100_000_000)).unwrap();
    let mut firsts: BTreeMap<&str, SimTime> = BTreeMap::new();
    while firsts.len() < GOING_ON.len() && execution.now() < execution.end() {
        execution.run_until(execution.now() + ms(7)).unwrap();
        for name in going_on(&execution) {
            firsts.entry(name).or_insert(execution.now());
        }
    }
    assert!(firsts.keys().eq(GOING_ON.iter()), "only {firsts:?}");
    for at in firsts.into_values().collect::<BTreeSet<_>>() {
        let mut execution = Execution::new(&scenario, scenario.seed).unwrap();
        execution.run_until(at).unwrap();
        let hashes = execution.state_hashes();
        let mut unseen = BTreeMap::new();
        let mut tree = Value::serialized(&execution.state().unwrap()).unwrap();
        // The results so far are long and decide nothing: those of a run that has not begun will do.
        let fresh = Value::serialized(&Execution::new(&scenario, 0).unwrap().state().unwrap()).unwrap();
        if let (Value::Map(entries), Value::Map(fresh)) = (&mut tree, fresh) {
            for ((key, value), (_, blank)) in entries.iter_mut().zip(fresh) {
                if matches!(key.as_text(), Some("chain" | "trace" | "observations")) {
                    *value = blank;
                }
            }
        }
        let same = |changed: Value| {
            let state = changed.deserialized().map_err(|error| error.to_string())?;
            let mut other = Execution::new(&scenario, scenario.seed).unwrap();
            other.set_state(state).map_err(|error| error.to_string())?;
            Ok(other.state_hashes() == hashes)
        };
        collect(&tree, &same, &mut unseen);
        let listed = |path: &str, entry: &str| path == entry || path.starts_with(&format!("{entry}."));
        unseen.retain(|path, _| {
            !UNWALKED.iter().any(|(entry, _)| listed(path, entry)) && !PARTS.iter().any(|part| listed(path, part))
        });
        assert!(unseen.is_empty(), "at {at} nobody sees {unseen:#?}");
    }
}

#[test]
fn forks_share_the_past_and_nothing_else() {
    let scenario = scenario("motion/walk");
    let mut execution = Execution::new(&scenario, 3).unwrap();
    execution.run_until(SimTime::from_millis(5_020)).unwrap();
    let snapshot = execution.snapshot(&scenario).unwrap();
    let forks: Vec<u64> = (0..6).collect();
    let results = run_forks(&scenario, &snapshot, &forks, 2, &|_| {}).unwrap();
    let chains: BTreeSet<&str> = results.iter().map(|result| result.chain.as_str()).collect();
    assert_eq!(chains.len(), 6, "each its own future");
    assert!(!chains.contains(run_snapshot(&scenario, &snapshot).unwrap().chain.as_str()));
    let again = run_fork(&scenario, &snapshot, 4).unwrap();
    assert_eq!((again.chain, again.seed), (results[4].chain.clone(), 4), "the same again, alone");

    let mut fork = Execution::restore(&scenario, &snapshot).unwrap();
    fork.reseed(99);
    let (fork, whole) = (fork.finish().unwrap(), execution.finish().unwrap());
    // 5.02 s at 30 Hz: ticks 0 to 150 are past, all later ones have other streams.
    let equal = fork.chain.links().iter().zip(whole.chain.links()).take_while(|(a, b)| a == b).count();
    assert_eq!(equal, 151);
}
