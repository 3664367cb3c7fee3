//! Sweeps: one table, whoever made its parts, in which order, and however often they were interrupted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tiltyard::scenario::Scenario;
use tiltyard::sweep::plan::What;
use tiltyard::sweep::score::State;
use tiltyard::sweep::{Merged, Outcome, Plan, Refused, Shard, SweepFile, execute, merge, points_csv, runs_csv};

const SCENARIO: &str = r#"
schema = 1
title = "a short step"
camera = "generic-20x"
length = "1500 ms"
seed = 3
[[target]]
name = "anna"
size = { width = "0.5 m", height = "1.7 m" }
range = "10 m"
path.points = [["0 s", "0 deg", "0 deg"], ["300 ms", "0 deg", "0 deg"], ["300 ms", "-4 deg", "0 deg"]]
[[expect]]
name = "comes near"
that = "error.total < 1 deg"
after = "300 ms"
within = "1 s"
"#;

const SWEEP: &str = r#"
schema = 1
title = "gains and delays"
scenarios = ["a.toml", "b.toml"]
cameras = ["generic-20x", "sony-srg-300h"]
seeds = "5..8"
set = ["stack.servo.pid={}"]
[[parameter]]
key = "stack.servo.pid.kp"
from = 0.5
to = 8
scale = "log"
[[parameter]]
key = "video.latency"
name = "latency_ms"
from = 40
to = 200
unit = "ms"
[sampler.sobol]
points = 20
seed = 2
[[objective]]
metric = "rms_error_deg"
over.cvar = 0.5
[[objective]]
metric = "margin"
over = "worst"
[[constraint]]
metric = "max_error_deg"
at_most = 4.2
"#;

/// A folder with the sweep and its scenarios, gone with the test.
struct Bench(PathBuf);

impl Bench {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tiltyard-sweep-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.toml"), SCENARIO).unwrap();
        fs::write(folder.join("b.toml"), SCENARIO.replace("-4 deg", "3 deg").replace("seed = 3", "seed = 4")).unwrap();
        fs::write(folder.join("sweep.toml"), SWEEP).unwrap();
        Self(folder)
    }

    fn plan_of(&self, text: &str) -> Result<Plan, String> {
        let file = SweepFile::parse("sweep.toml", text, &self.0).map_err(|wrong| wrong.render(false))?;
        let paths: Vec<PathBuf> = file.document.scenarios.iter().map(|path| self.0.join(path)).collect();
        let seeds = file.document.seeds.as_deref().map(|_| 5..=7);
        Plan::new(file, What::Sweep, &paths, seeds, &|_: &Scenario| true).map_err(|refused| match refused {
            Refused::Files(wrong) => wrong.iter().map(|wrong| wrong.render(false)).collect(),
            Refused::Sentence(sentence) => sentence,
        })
    }

    fn plan(&self) -> Plan {
        self.plan_of(SWEEP).unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn make(plan: &Plan, folder: &Path, shard: Shard, workers: usize) -> Outcome {
    execute(plan, folder, shard, workers, &AtomicBool::new(false), &|_| {}).unwrap()
}

fn tables(plan: &Plan, folder: &Path) -> (Vec<u8>, Vec<u8>) {
    let merged: Merged = merge(plan, folder).unwrap().1.unwrap();
    (runs_csv(plan, &merged.rows), points_csv(plan, &merged.points))
}

#[test]
fn workers_shards_and_interruptions_leave_no_mark() {
    let bench = Bench::new("marks");
    let plan = bench.plan();
    assert_eq!((plan.points, plan.cells(), plan.runs()), (20, 12, 240));
    let whole = bench.file("whole");
    let outcome = make(&plan, &whole, Shard::ALL, 1);
    assert_eq!((outcome.made, outcome.found), (240, 0));
    let expected = tables(&plan, &whole);
    assert_eq!(String::from_utf8_lossy(&expected.0).lines().count(), 241);

    let shards = bench.file("shards");
    for index in [2, 0, 1] {
        make(&plan, &shards, Shard { index, of: 3 }, 2);
    }
    assert!(tables(&plan, &shards) == expected, "shards in any order");

    // Stopped after some runs, and again, until it is done.
    let broken = bench.file("broken");
    let mut stops = 0;
    loop {
        let (stop, left) = (AtomicBool::new(false), AtomicU64::new(110 * (stops + 1)));
        let step = |runs: u64| {
            if left.fetch_sub(runs, Ordering::Relaxed) <= runs {
                stop.store(true, Ordering::Relaxed);
            }
        };
        let outcome = execute(&plan, &broken, Shard::ALL, 1, &stop, &step).unwrap();
        if !outcome.stopped {
            break;
        }
        stops += 1;
        assert!(merge(&plan, &broken).unwrap().1.is_none(), "half a sweep is no table");
    }
    assert!(stops == 2 && tables(&plan, &broken) == expected, "{stops} stops");
}

/// Every point meets the same seeds, and a run is what `run --set` makes of the same words.
#[test]
fn a_row_is_a_run_that_can_be_made_again() {
    let bench = Bench::new("again");
    let plan = bench.plan();
    let folder = bench.file("out");
    make(&plan, &folder, Shard::ALL, 2);
    let (runs, _) = tables(&plan, &folder);
    let mut reader = csv::Reader::from_reader(runs.as_slice());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|found| found == name).unwrap();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let seeds: BTreeSet<&str> = records.iter().map(|record| &record[column("seed")]).collect();
    assert_eq!(seeds, BTreeSet::from(["5", "6", "7"]));

    let record = &records[137];
    let out = Command::new(env!("CARGO_BIN_EXE_tiltyard"))
        .arg("run")
        .arg(bench.file(&format!("{}.toml", &record[column("scenario")])))
        .args(["--seed", &record[column("seed")], "--format", "json", "--set", "stack.servo.pid={}"])
        .args(["--set", &format!("camera={}", &record[column("camera")])])
        .args(["--set", &format!("stack.servo.pid.kp={}", &record[column("kp")])])
        .args(["--set", &format!("video.latency={} ms", &record[column("latency_ms")])])
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(told["runs"][0]["chain"], record[column("chain")], "{record:?}");
}

#[test]
fn parts_that_do_not_fit_are_named_and_never_merged() {
    let bench = Bench::new("unfit");
    let plan = bench.plan();
    let folder = bench.file("out");
    make(&plan, &folder, Shard::ALL, 2);
    let expected = tables(&plan, &folder);
    let part = folder.join("parts/0-0000001.csv");
    let sound = fs::read_to_string(&part).unwrap();
    let cut = sound.get(..sound.len() / 2).unwrap().to_owned();
    let (first, _) = sound.split_once('\n').unwrap();
    for (text, words) in [
        (cut, "damaged"),
        (sound.replacen("generic-20x", "generic-21x", 1), "not those that were written"),
        (first.to_owned() + "\n", "damaged"),
        (String::new(), "no first line"),
        ("run,point\n1,2\n".to_owned(), "no part of a sweep"),
        (sound.replacen("build=", "build=0", 1), "another build"),
        (sound.replacen("plan=", "plan=0", 1), "another sweep"),
    ] {
        fs::write(&part, &text).unwrap();
        let (progress, merged) = merge(&plan, &folder).unwrap();
        assert!(merged.is_none() && progress.unfit.len() == 1, "{words}: {progress:?}");
        assert!(progress.unfit[0].contains(words) && progress.unfit[0].contains("0-0000001.csv"), "{progress:?}");
        let again = make(&plan, &folder, Shard::ALL, 1);
        assert!(again.redone[0].contains(words), "{again:?}");
        assert!(tables(&plan, &folder) == expected, "{words}");
    }
    fs::write(&part, [0xff, 0xfe, b'\n', 0xff]).unwrap();
    assert!(merge(&plan, &folder).unwrap().0.unfit[0].contains("no text"));

    // A scenario that changed makes another plan: its parts are none of ours any more.
    fs::write(bench.file("a.toml"), SCENARIO.replace("-4 deg", "-5 deg")).unwrap();
    let other = bench.plan();
    let (progress, merged) = merge(&other, &folder).unwrap();
    assert!(merged.is_none() && progress.unfit[0].contains("a scenario or a camera has changed"), "{progress:?}");
}

#[test]
fn a_race_and_a_broken_bound_save_runs_and_keep_the_best() {
    let bench = Bench::new("race");
    let all = bench.plan();
    make(&all, &bench.file("all"), Shard::ALL, 2);
    let best = merge(&all, &bench.file("all")).unwrap().1.unwrap().points;

    let raced = bench.plan_of(&format!("{SWEEP}\n[stop]\nrace_after = 4\n")).unwrap();
    let first = make(&raced, &bench.file("race"), Shard::ALL, 2);
    // 20 points of 4 runs; 10 of 4 more; 5 of the last 4.
    assert_eq!((first.made, first.survivors.len()), (80 + 40 + 20, 5));
    let points = merge(&raced, &bench.file("race")).unwrap().1.unwrap().points;
    assert_eq!(points.iter().filter(|point| point.runs < 12).count(), 15);
    assert!(points.iter().any(|point| point.state == State::Dropped));
    assert_eq!(make(&raced, &bench.file("race"), Shard::ALL, 1).made, 0, "a race that is over is not run again");
    assert!(best.iter().take(3).any(|best| best.point == points[0].point), "the winner is among the best three");

    let strict = SWEEP.replace("at_most = 4.2", "at_most = 4.03");
    let strict = bench.plan_of(&format!("{strict}\n[stop]\nwhen_broken = true\n")).unwrap();
    let outcome = make(&strict, &bench.file("strict"), Shard::ALL, 2);
    let points = merge(&strict, &bench.file("strict")).unwrap().1.unwrap().points;
    let broken = points.iter().filter(|point| matches!(point.state, State::Broken(_))).count();
    assert!(broken > 0 && outcome.made < 240, "{broken} broken, {} made", outcome.made);
}

#[test]
fn what_has_no_value_says_so() {
    let bench = Bench::new("lacks");
    let text = SWEEP.replace("metric = \"rms_error_deg\"\nover.cvar = 0.5", "metric = \"settle_s\"");
    let plan = bench.plan_of(&text).unwrap();
    make(&plan, &bench.file("out"), Shard::ALL, 2);
    let points = merge(&plan, &bench.file("out")).unwrap().1.unwrap().points;
    let lacking = points
        .iter()
        .filter(|point| matches!(&point.state, State::NoValue(reason) if reason.starts_with("settle_s: run ")))
        .count();
    assert!(lacking > 0, "{points:?}");
    let with = text.replace("metric = \"settle_s\"", "metric = \"settle_s\"\nabsent = 9");
    let plan = bench.plan_of(&with).unwrap();
    make(&plan, &bench.file("with"), Shard::ALL, 2);
    let points = merge(&plan, &bench.file("with")).unwrap().1.unwrap().points;
    assert!(points.iter().all(|point| !matches!(point.state, State::NoValue(_))));
}

#[test]
fn what_is_wrong_with_a_sweep_is_shown_in_its_place() {
    let bench = Bench::new("wrong");
    for (from, to, words) in [
        ("stack.servo.pid.kp", "stack.servo.pid.kpp", "kp"),
        ("to = 8", "to = 0.1", "the range 0.5 to 0.1 is empty"),
        ("to = 8", "to = nan", "the range 0.5 to NaN is empty"),
        ("from = 0.5", "from = 0", "a logarithmic range cannot begin at 0"),
        ("unit = \"ms\"", "unit = \"deg\"", "200 deg"),
        ("metric = \"rms_error_deg\"", "metric = \"rms_eror_deg\"", "did you mean `rms_error_deg`?"),
        ("over.cvar = 0.5", "over.cvar = 1.5", "1.5 is no share"),
        ("points = 20", "points = 0", "0 points cannot be drawn"),
        ("points = 20", "points = 70000", "expected 1 to 65536"),
        ("[sampler.sobol]\npoints = 20\nseed = 2", "[sampler]\ngrid = {}", "needs `steps`"),
        ("at_most = 4.2", "", "a constraint without a bound"),
        ("at_most = 4.2", "at_most = nan", "expected a finite number"),
        ("name = \"latency_ms\"", "name = \"kp\"", "two parameters are called `kp`"),
        ("schema = 1", "schema = 2", "schema 2 is not known"),
        ("seeds = \"5..8\"", "seed = \"5..8\"", "did you mean `seeds`?"),
        ("cameras = [\"generic-20x\"", "cameras = [\"generic-20y\"", "no camera is called `generic-20y`"),
        ("set = [\"stack.servo.pid={}\"]", "set = [\"stack.servo.pid\"]", "needs a value"),
    ] {
        assert!(SWEEP.contains(from), "{from}");
        let wrong = bench.plan_of(&SWEEP.replacen(from, to, 1)).expect_err(words);
        assert!(wrong.contains(words), "{words}: {wrong}");
    }
}

fn tiltyard(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiltyard"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Killed without a warning, and told to go on: the same tables to the byte.
#[test]
#[cfg(unix)]
fn sigkill_and_the_same_command_again_make_the_same_table() {
    let bench = Bench::new("kill");
    let sweep = bench.file("sweep.toml").display().to_string();
    let out = |name: &str| bench.file(name).display().to_string();
    let whole = tiltyard(&["sweep", &sweep, "--out", &out("whole"), "--jobs", "2"]).output().unwrap();
    assert_eq!(whole.status.code(), Some(0), "{whole:?}");

    let mut child = tiltyard(&["sweep", &sweep, "--out", &out("killed"), "--jobs", "2"]).spawn().unwrap();
    let parts = bench.file("killed/parts");
    while fs::read_dir(&parts).map_or(0, Iterator::count) == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let status = tiltyard(&["sweep", "status", &sweep, "--out", &out("killed")]).output().unwrap();
    assert_eq!(status.status.code(), Some(4), "{status:?}");
    let early = tiltyard(&["sweep", "merge", &sweep, "--out", &out("killed")]).output().unwrap();
    assert_eq!(early.status.code(), Some(2), "{early:?}");
    assert!(String::from_utf8_lossy(&early.stderr).contains("nothing was merged"), "{early:?}");

    let again = tiltyard(&["sweep", &sweep, "--out", &out("killed")]).output().unwrap();
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    for table in ["runs.csv", "points.csv"] {
        let read = |folder: &str| fs::read(bench.file(folder).join(table)).unwrap();
        assert!(read("whole") == read("killed"), "{table}");
    }
    let told = String::from_utf8_lossy(&again.stdout);
    assert!(told.contains("best: tiltyard run --set 'stack.servo.pid.kp="), "{told}");
}

#[test]
fn a_place_that_cannot_be_written_ends_with_a_sentence() {
    let bench = Bench::new("place");
    let sweep = bench.file("sweep.toml").display().to_string();
    fs::write(bench.file("taken"), "a file").unwrap();
    let out = bench.file("taken").display().to_string();
    let ran = tiltyard(&["sweep", &sweep, "--out", &out]).output().unwrap();
    assert_eq!(ran.status.code(), Some(3), "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stderr).contains("the same command goes on"), "{ran:?}");
    let raced = bench.file("raced.toml");
    fs::write(&raced, format!("{SWEEP}\n[stop]\nrace_after = 4\n")).unwrap();
    let ran = tiltyard(&["sweep", &raced.display().to_string(), "--shard", "1/2"]).output().unwrap();
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stderr).contains("a race compares all points"), "{ran:?}");
}

const TUNE: &str = "\n[tune]\ntrials = 30\nseed = 1\n";

/// One objective; the constraint holds everywhere but at gains that run away.
fn one_objective() -> String {
    SWEEP
        .replace("[[objective]]\nmetric = \"margin\"\nover = \"worst\"\n", "")
        .replace("[sampler.sobol]\npoints = 20\nseed = 2\n", "")
        .replace("at_most = 4.2", "at_most = 6")
        .replace("from = 0.5\nto = 8", "from = 0.5\nto = 8\nstart = 1")
        .replace("seeds = \"5..8\"\n", "")
        + TUNE
}

#[cfg(feature = "tune")]
#[test]
fn a_tuner_betters_its_start_and_goes_on_where_it_was_stopped() {
    use tiltyard::sweep::tune::tune;

    let bench = Bench::new("tune");
    let file = SweepFile::parse("tune.toml", &one_objective(), &bench.0).unwrap();
    let paths = ["a.toml", "b.toml"].map(|name| bench.file(name));
    let plan = Plan::new(file, What::Tune, &paths, None, &|_| true).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let go = AtomicBool::new(false);
    let whole = tune(&plan, &bench.file("whole"), 2, &go, &|_| {}).unwrap();
    assert_eq!((whole.points.len(), whole.made), (30, 120));
    let (best, first) = (&whole.points[0], whole.points.iter().find(|point| point.point == 0).unwrap());
    assert_eq!(first.settings[0].shown, "1", "it begins where it was told");
    assert!(best.state == State::Kept && best.objectives[0] < first.objectives[0], "{best:?} {first:?}");

    let (stop, left) = (AtomicBool::new(false), AtomicU64::new(50));
    let step = |runs: u64| {
        if left.fetch_sub(runs, Ordering::Relaxed) <= runs {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let half = tune(&plan, &bench.file("half"), 1, &stop, &step).unwrap();
    assert!(half.stopped && half.points.len() < 30, "{}", half.points.len());
    let rest = tune(&plan, &bench.file("half"), 1, &go, &|_| {}).unwrap();
    assert_eq!(half.made + rest.made, 120, "no trial is made twice");
    assert!(runs_csv(&plan, &rest.rows) == runs_csv(&plan, &whole.rows));
    assert!(points_csv(&plan, &rest.points) == points_csv(&plan, &whole.points));
}

#[cfg(feature = "tune")]
#[test]
fn several_objectives_make_a_front() {
    use tiltyard::sweep::tune::tune;

    let bench = Bench::new("front");
    let text = one_objective().replace("[[constraint]]", "[[objective]]\nmetric = \"commands_sent\"\n[[constraint]]");
    let file = SweepFile::parse("tune.toml", &text.replace("trials = 30", "trials = 60"), &bench.0).unwrap();
    let plan = Plan::new(file, What::Tune, &[bench.file("a.toml")], None, &|_| true).unwrap();
    let tuned = tune(&plan, &bench.file("out"), 2, &AtomicBool::new(false), &|_| {}).unwrap();
    let front: Vec<_> = tuned.points.iter().filter(|point| point.front).collect();
    assert!(front.len() > 1, "one point cannot be the best in both");
    let later = tuned.points.iter().filter(|point| point.front && point.point >= 24).count();
    assert!(later > 0, "no child of the first generation came to the front");
}

#[cfg(feature = "tune")]
#[test]
fn the_winner_is_written_where_it_is_wanted_and_comments_stay() {
    let bench = Bench::new("write");
    fs::write(bench.file("tune.toml"), one_objective().replace("trials = 30", "trials = 4")).unwrap();
    let stack = "# our rig\n[stack]\nservo.pid = { kp = 9.0, ki = 0.1 } # by hand\n\n[stack.watchdog] # keep\n";
    fs::write(bench.file("rig.toml"), stack).unwrap();
    let at = |name: &str| bench.file(name).display().to_string();
    let (sweep, out, rig) = (at("tune.toml"), at("out"), at("rig.toml"));
    for _ in 0..2 {
        let ran = tiltyard(&["tune", &sweep, "--out", &out, "--write", &rig]).output().unwrap();
        assert_eq!(ran.status.code(), Some(0), "{ran:?}");
        let told = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(told.contains("tightest of its 4 runs: "), "{told}");
    }
    let written = fs::read_to_string(&rig).unwrap();
    assert!(written.starts_with("# tiltyard tune "), "{written}");
    assert_eq!(written.matches("# tiltyard tune ").count(), 1, "{written}");
    for kept in ["# our rig\n", "ki = 0.1 } # by hand\n", "[stack.watchdog] # keep\n"] {
        assert!(written.contains(kept), "{kept} is gone: {written}");
    }
    assert!(!written.contains("kp = 9.0") && !written.contains("latency"), "{written}");
    let wrong = tiltyard(&["tune", &sweep, "--out", &out, "--write", &at("none.toml")]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
}
