//! T0 of the design: same commit, scenario and seed give the same hash chain; another seed gives another.
//!
//! Three comparisons. Within a process: every scenario twice, link by link. Between processes: the program with one
//! worker and with two. Between build profiles and machines: every chain against `tests/golden/chains.txt`, one line
//! `scenario seed head`. CI runs this test in debug and in release, and both meet one golden file, so both are equal.
//!
//! A change of behaviour moves the golden lines of the scenarios that it touches. Mint them anew, in the same commit,
//! with `TILTYARD_BLESS=1 cargo test --test determinism`, and say in the commit why they moved.
//!
//! What the legs (`.ci/legs`) have caught: Gaussian numbers of `rand_distr`, whose tails take the host's logarithm. No
//! chain moved between processors, as one draw in 3 × 10⁹ did (draw 250,430,747 of a stream without FMA); with the
//! host's libm bent by one part in 10⁹, 20 of 22 scenarios did. Now `tiltyard_visca::num::normal_of`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use tiltyard::run::chain::{Link, SUBSYSTEMS};
use tiltyard::run::{Job, execute, run_batch};
use tiltyard::scenario::{Scenario, Set, load};

/// Seeds beside a scenario's own.
const SEEDS: [u64; 2] = [1, 2];

fn links(scenario: &Scenario, seed: u64) -> Vec<Link> {
    execute(scenario, seed)
        .unwrap_or_else(|error| panic!("{} seed {seed}: {error}", scenario.name))
        .chain
        .links()
        .to_vec()
}

/// Where two chains part, in words: tick and subsystem.
fn parting(a: &[Link], b: &[Link]) -> Option<String> {
    if let Some(tick) = a.iter().zip(b).position(|(a, b)| a != b) {
        let differs = |index: &usize| a[tick].subsystems[*index] != b[tick].subsystems[*index];
        let names: Vec<&str> = (0..SUBSYSTEMS.len()).filter(differs).map(|index| SUBSYSTEMS[index]).collect();
        return Some(format!(
            "tick {tick}, {}",
            if names.is_empty() { "the seed".to_owned() } else { names.join(", ") }
        ));
    }
    (a.len() != b.len()).then(|| format!("{} ticks against {}", a.len(), b.len()))
}

#[test]
fn every_scenario_twice_gives_one_chain_and_another_seed_another() {
    for scenario in common::promised() {
        let seed = scenario.seed;
        let (first, again, other) = (links(&scenario, seed), links(&scenario, seed), links(&scenario, seed + 1));
        assert!(!first.is_empty(), "{} has no tick", scenario.name);
        if let Some(place) = parting(&first, &again) {
            panic!("determinism broke: {} seed {seed} run twice parts at {place}", scenario.name);
        }
        // Heads differ by the seed alone, which begins the chain; what happens has to differ, too.
        let happened = |links: &[Link]| links.iter().map(|link| link.subsystems).collect::<Vec<_>>();
        assert_ne!(first.last().unwrap().head, other.last().unwrap().head);
        assert!(happened(&first) != happened(&other), "{} does not depend on its seed", scenario.name);
    }
}

#[test]
fn a_change_in_the_last_bit_of_a_gain_is_found_and_named() {
    // The canary: kp beside itself by one part in 10¹² has to show, and to show in the stack. Nothing that the world
    // draws depends on it, so the first difference lies in what the servo wants, and nowhere before it.
    let file = common::root().join("scenarios/motion/step.toml");
    let at = |kp: &str| links(&load(&file, &[Set::parse(&format!("stack.servo.pid.kp={kp}")).unwrap()]).unwrap(), 7);
    let place = parting(&at("4.0"), &at("4.000000000004")).unwrap();
    assert!(place.ends_with(", control"), "{place}");
    assert_eq!(parting(&at("4.0"), &at("4.0")), None);
}

#[test]
fn one_worker_and_two_give_the_same_runs() {
    let runs = |jobs: &str| {
        let promised = ["--filter", "not tag:onnx and not tag:opencv"];
        let (code, mut json) = common::tiltyard_json(&["run", "scenarios", promised[0], promised[1], "--jobs", jobs]);
        // Wall times are the host's; all else is the run's.
        json["totals"]["wall_s"].take();
        json["totals"]["real_time_factor"].take();
        for run in json["runs"].as_array_mut().unwrap() {
            assert!(run["wall_s"].take().as_f64().unwrap() > 0.0);
            assert_eq!(run["chain"].as_str().unwrap().len(), 16, "{run}");
        }
        (code, json)
    };
    let (one, two) = (runs("1"), runs("2"));
    assert_eq!(one.1["runs"].as_array().unwrap().len(), common::promised().len());
    for (a, b) in one.1["runs"].as_array().unwrap().iter().zip(two.1["runs"].as_array().unwrap()) {
        assert_eq!(a, b, "--jobs 1 and --jobs 2 differ in {}", a["scenario"]);
    }
    assert_eq!(one, two);
}

type Heads = BTreeMap<(String, u64), String>;

fn heads() -> Heads {
    let suite = common::promised();
    let jobs: Vec<Job<'_>> = suite
        .iter()
        .flat_map(|scenario| {
            let seeds: BTreeSet<u64> = SEEDS.into_iter().chain([scenario.seed]).collect();
            seeds.into_iter().map(move |seed| Job { scenario, seed })
        })
        .collect();
    run_batch(&jobs, 2, &|_| {}).into_iter().map(|run| ((run.scenario, run.seed), run.chain)).collect()
}

fn written(heads: &Heads) -> String {
    heads.iter().fold(String::new(), |text, ((scenario, seed), head)| text + &format!("{scenario} {seed} {head}\n"))
}

fn read(text: &str) -> Heads {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [scenario, seed, head] = words[..] else {
            panic!("golden/chains.txt: `{line}` is not `scenario seed head`")
        };
        ((scenario.to_owned(), seed.parse().unwrap()), head.to_owned())
    };
    text.lines().map(line).collect()
}

/// What the golden says and the runs do not, the first in order: (scenario, seed) and in words.
fn first_difference(golden: &Heads, now: &Heads) -> Option<((String, u64), String)> {
    let keys: BTreeSet<&(String, u64)> = golden.keys().chain(now.keys()).collect();
    keys.into_iter().find_map(|key| {
        let said = match (golden.get(key), now.get(key)) {
            (Some(was), Some(is)) if was == is => return None,
            (Some(was), Some(is)) => format!("golden {was}, now {is}"),
            (Some(_), None) => "in the golden file, but no such run".to_owned(),
            (None, _) => "not in the golden file".to_owned(),
        };
        Some((key.clone(), said))
    })
}

#[test]
fn every_chain_is_the_golden_one() {
    let path: PathBuf = common::root().join("tests/golden/chains.txt");
    let now = heads();
    if std::env::var_os("TILTYARD_BLESS").is_some() {
        std::fs::write(&path, written(&now)).unwrap();
        return;
    }
    let golden = read(&std::fs::read_to_string(&path).unwrap_or_default());
    let Some((key, said)) = first_difference(&golden, &now) else { return };
    let (scenario, seed) = &key;
    let changed = golden.iter().filter(|(key, head)| now.get(*key) != Some(head)).count();
    // The same build a second time tells the two causes apart.
    if let Some((again, twice)) = first_difference(&now, &heads()) {
        panic!("DETERMINISM BROKE: {} seed {} gave two chains in one process ({twice})", again.0, again.1);
    }
    panic!(
        "\nBEHAVIOUR CHANGED, first in {scenario} seed {seed}: {said}; {changed} of {} chains moved.\n\
         This build repeats itself, so runs are deterministic within it.\n\
         - If this commit is meant to change what runs do: TILTYARD_BLESS=1 cargo test --test determinism, commit\n  \
           tests/golden/chains.txt with it, and say why in the commit.\n\
         - If the same commit passes under the other build profile or on another machine, or if nothing that runs\n  \
           was touched: DETERMINISM BROKE between builds. Do not bless; compare both with `run --format json`.\n",
        golden.len(),
    );
}

#[test]
fn the_first_difference_is_the_first_in_order_and_says_what_it_is() {
    let golden = read("a/x 1 00\na/x 2 01\nb/y 1 02\n");
    assert_eq!(read(&written(&golden)), golden);
    assert_eq!(first_difference(&golden, &golden), None);
    let told =
        |now: &str| first_difference(&golden, &read(now)).map(|((name, seed), said)| format!("{name} {seed}: {said}"));
    assert_eq!(told("a/x 1 00\na/x 2 ff\nb/y 1 03\n").unwrap(), "a/x 2: golden 01, now ff");
    assert_eq!(told("a/x 1 00\na/x 2 01\n").unwrap(), "b/y 1: in the golden file, but no such run");
    assert_eq!(told("a/a 1 00\na/x 1 00\na/x 2 01\nb/y 1 02\n").unwrap(), "a/a 1: not in the golden file");
}
