//! What a person reads who has written a scenario that is wrong.
//!
//! Goal: every kind of mistake has a message that points at it and says what to write instead; the messages are
//! committed as snapshots, to be read in review. Method: one sound scenario, one change at a time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use tiltyard::scenario::{Diagnostics, Memory, Scenario, Set, parse};

const SOUND: &str = r#"schema = 1
title  = "10° step to the left at wide zoom"
why    = "Baseline step response."
camera = "ptzoptics-g2-20x"
length = "8 s"
seed   = 7
tags   = ["step", "fast"]

[video]
rate = "30 Hz"
latency = { normal = { mean = "80 ms", sd = "5 ms" } }

[[target]]
name = "speaker"
size = { width = "0.5 m", height = "1.7 m" }
range = "10 m"
path.points = [["0 s", "0 deg", "0 deg"], ["1 s", "0 deg", "0 deg"], ["1 s", "-10 deg", "0 deg"]]

[[fault]]
at = "3.2 s"
for = "150 ms"
link.drop = { probability = 1.0 }

[[expect]]
name = "settles"
that = "abs(error.pan) < 0.5 deg"
after = "1 s"
within = "2 s"
holds = "1 s"

[[expect]]
name = "smooth"
rms = "gimbal.pan.acceleration"
below = "40 deg/s^2"
"#;

fn files() -> Memory {
    let csv = "t_s,az_deg,el_deg,width_deg,height_deg\n";
    let files = [
        ("walk.csv", format!("{csv}0.0,1,2,3,4\n0.1,1,2,3,4\n")),
        ("torn.csv", format!("{csv}0.0,1,2,3,4\n0.1,1,2,three,4\n")),
        ("cams/mine.toml", "schema = 1\ntitle = \"mine\"\n[pan]\nspeeds = [1, 2]\n".to_owned()),
    ];
    Memory(files.into_iter().map(|(name, text)| (name.to_owned(), text)).collect())
}

fn read(text: &str, sets: &[&str]) -> Result<Scenario, Diagnostics> {
    let sets: Vec<Set> = sets.iter().map(|set| Set::parse(set).unwrap()).collect();
    parse("scenarios/servo/step-left.toml", text, &sets, &files())
}

/// The message for the sound scenario with one thing replaced.
fn said(from: &str, to: &str) -> String {
    assert!(SOUND.contains(from), "the sound scenario has no `{from}`");
    complaint(read(&SOUND.replacen(from, to, 1), &[]))
}

fn complaint(read: Result<Scenario, Diagnostics>) -> String {
    match read {
        Ok(_) => panic!("it was accepted"),
        Err(diagnostics) => diagnostics.render(false),
    }
}

macro_rules! said {
    ($($name:ident: $from:expr => $to:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(stringify!($name), said($from, $to));
            }
        )*
    };
}

said! {
    unknown_key: "why    =" => "whyy   =";
    unknown_key_in_a_table: "rate = \"30 Hz\"" => "rat = \"30 Hz\"";
    wrong_type: "seed   = 7" => "seed   = \"seven\"";
    missing_unit: "range = \"10 m\"" => "range = 10";
    wrong_unit: "rate = \"30 Hz\"" => "rate = \"30 s\"";
    negative_length: "width = \"0.5 m\"" => "width = \"-0.5 m\"";
    negative_duration: "length = \"8 s\"" => "length = \"-8 s\"";
    zero_frame_rate: "\"30 Hz\"" => "\"0 Hz\"";
    not_a_number: "\"-10 deg\"" => "\"nan deg\"";
    infinite_probability: "probability = 1.0" => "probability = inf";
    probability_above_one: "probability = 1.0" => "probability = 1.5";
    unknown_camera: "ptzoptics-g2-20x" => "ptzoptics-g2-20";
    missing_camera_file: "ptzoptics-g2-20x" => "cams/none.toml";
    broken_camera_file: "ptzoptics-g2-20x" => "cams/mine.toml";
    missing_csv: "path.points = [[\"0 s\", \"0 deg\", \"0 deg\"]," => "path.csv = \"none.csv\"\n# [";
    torn_csv: "path.points = [[\"0 s\", \"0 deg\", \"0 deg\"]," => "path.csv = \"torn.csv\"\n# [";
    unknown_path: "path.points" => "path.pints";
    two_paths: "range = \"10 m\"" => "range = \"10 m\"\npath.csv = \"walk.csv\"";
    point_with_two_elements: "[\"1 s\", \"0 deg\", \"0 deg\"]" => "[\"1 s\", \"0 deg\"]";
    point_with_four_elements: "[\"1 s\", \"0 deg\", \"0 deg\"]" => "[\"1 s\", \"0 deg\", \"0 deg\", \"1 m\"]";
    points_that_go_back_in_time: "[\"1 s\", \"-10 deg\"" => "[\"0.5 s\", \"-10 deg\"";
    duplicate_target: "[[fault]]" =>
        "[[target]]\nname = \"speaker\"\nsize = { width = \"1 m\", height = \"1 m\" }\nrange = \"1 m\"\npath.points = []\n\n[[fault]]";
    target_without_a_size: "size = { width = \"0.5 m\", height = \"1.7 m\" }\n" => "";
    two_distances: "range = \"10 m\"" => "range = \"10 m\"\nranges = [[\"0 s\", \"5 m\"]]";
    unknown_subject: "seed   = 7" => "seed   = 7\nsubject = \"speakr\"";
    fault_after_the_end: "at = \"3.2 s\"" => "at = \"32 s\"";
    fault_of_two_kinds: "link.drop = {" => "video.freeze = {}\nlink.drop = {";
    unknown_fault: "link.drop" => "link.dropped";
    unknown_signal: "abs(error.pan)" => "abs(error.pann)";
    dimension_mismatch: "< 0.5 deg" => "< 0.5 deg/s";
    expression_without_a_unit: "< 0.5 deg" => "< 0.5";
    expression_in_an_escaped_string: "\"abs(error.pan) < 0.5 deg\"" => "\"abs(\\u0065rror.pan) < 0.5\"";
    expression_in_a_literal_string: "\"abs(error.pan) < 0.5 deg\"" => "'''\nabs(error.pan) <\n  0.5'''";
    expression_that_is_no_condition: "abs(error.pan) < 0.5 deg" => "abs(error.pan)";
    two_verbs: "within = \"2 s\"" => "within = \"2 s\"\nalways = \"phase != lost\"";
    no_verb: "rms = \"gimbal.pan.acceleration\"\n" => "";
    key_of_another_verb: "below = \"40 deg/s^2\"" => "below = \"40 deg/s^2\"\nholds = \"1 s\"";
    bound_without_a_unit: "\"40 deg/s^2\"" => "40";
    bound_of_another_dimension: "\"40 deg/s^2\"" => "\"40 deg/s\"";
    statistic_without_a_bound: "below = \"40 deg/s^2\"\n" => "";
    that_without_within: "within = \"2 s\"\n" => "";
    empty_title: "\"10° step to the left at wide zoom\"" => "\" \"";
    missing_title: "title  = \"10° step to the left at wide zoom\"\n" => "";
    other_schema: "schema = 1" => "schema = 2";
    delay_of_no_kind: "normal = { mean" => "gamma = { mean";
    delay_that_ends_before_it_begins: "normal = { mean = \"80 ms\", sd = \"5 ms\" }" =>
        "uniform = { from = \"80 ms\", to = \"5 ms\" }";
    delay_without_its_spread: ", sd = \"5 ms\"" => "";
    start_beyond_the_range: "[video]" => "[start]\npan = \"200 deg\"\nzoom = 30\n\n[video]";
    a_derivative_filter_given_twice: "[[target]]" =>
        "[stack.servo]\npid = { derivative_n = 8, derivative_filter = \"50 ms\" }\n\n[[target]]";
    a_derivative_filter_without_end: "[[target]]" => "[stack.servo]\npid = { derivative_n = 0 }\n\n[[target]]";
    windup_against_nothing: "[[target]]" => "[stack.servo]\npid = { anti_windup = \"none\" }\n\n[[target]]";
    not_toml: "seed   = 7" => "seed   = ";
    unknown_metric: "rms = \"gimbal.pan.acceleration\"\nbelow = \"40 deg/s^2\"" => "metric = \"id_swiches\"\nbelow = 1";
    metric_bound_without_a_unit: "rms = \"gimbal.pan.acceleration\"\nbelow = \"40 deg/s^2\"" =>
        "metric = \"reacquire_s\"\nbelow = 1";
    metric_bound_of_another_dimension: "rms = \"gimbal.pan.acceleration\"\nbelow = \"40 deg/s^2\"" =>
        "metric = \"id_switches\"\nbelow = \"1 s\"";
    metric_of_a_window: "rms = \"gimbal.pan.acceleration\"\nbelow = \"40 deg/s^2\"" =>
        "metric = \"id_switches\"\nbelow = 1\nfrom = \"1 s\"";
    occluder_with_a_name_that_is_taken: "[[fault]]" =>
        "[[occluder]]\nname = \"speaker\"\nsize = { width = \"1 m\", height = \"4 m\" }\nrange = \"8 m\"\n\n[[fault]]";
    occluder_without_a_distance: "[[fault]]" =>
        "[[occluder]]\nname = \"pillar\"\nsize = { width = \"1 m\", height = \"4 m\" }\n\n[[fault]]";
    occluder_that_walks: "[[fault]]" =>
        "[[occluder]]\nname = \"pillar\"\nsize = { width = \"1 m\", height = \"4 m\" }\n\
        range = \"8 m\"\npath.points = []\n\n[[fault]]";
    lock_that_likes_nobody: "seed   = 7" => "seed   = 7\nstack.lock.like = 1";
    zoom_by_two_laws: "seed   = 7" => "seed   = 7\nstack.zoom = { linear = { gain = 1 }, log_focal = { gain = 1 } }";
    zoom_that_stands: "seed   = 7" => "seed   = 7\nstack.zoom.log_focal = { gain = 0 }";
    zoom_without_room: "seed   = 7" => "seed   = 7\nstack.zoom.log_focal = { margin = 1 }";
    selection_of_no_kind: "seed   = 7" => "seed   = 7\nstack.select = \"nearst\"";
    key_twice: "seed   = 7" => "seed   = 7\nseed   = 8";
}

#[test]
fn many_mistakes_are_told_at_once() {
    let text = SOUND
        .replacen("\"8 s\"", "\"0 s\"", 1)
        .replacen("at = \"3.2 s\"", "at = \"9 s\"", 1)
        .replacen("error.pan", "eror.pan", 1)
        .replacen("deg/s^2", "deg", 1);
    insta::assert_snapshot!(complaint(read(&text, &[])));
}

#[test]
fn many_slips_of_shape_are_told_at_once() {
    let text = SOUND
        .replacen("seed   = 7", "seed   = \"7\"", 1)
        .replacen("rate = \"30 Hz\"", "rat = \"30 Hz\"", 1)
        .replacen("holds = \"1 s\"", "holds = 1", 1);
    insta::assert_snapshot!(complaint(read(&text, &[])));
}

#[test]
fn an_override_is_shown_where_it_was_typed() {
    for (name, set) in [
        ("set_unknown_key", "video.rat=\"25 Hz\""),
        ("set_unknown_table", "vidoe.rate=\"25 Hz\""),
        ("set_wrong_type", "seed=seven"),
        ("set_missing_unit", "target.0.range=5"),
        ("set_no_such_element", "target.1.range=5 m"),
        ("set_unknown_signal", "expect.0.that=abs(error.pam) < 1 deg"),
        ("set_unknown_camera", "camera=\"sony-evi-d10\""),
        ("set_key_of_a_value", "seed.x=1"),
    ] {
        insta::assert_snapshot!(name, complaint(read(SOUND, &[set])));
    }
}

#[test]
fn an_override_without_a_value_is_refused() {
    insta::assert_snapshot!(Set::parse("video.rate").unwrap_err().render(false));
}

#[test]
fn a_missing_scenario_is_named() {
    let diagnostics = tiltyard::scenario::load(std::path::Path::new("scenarios/none.toml"), &[]).unwrap_err();
    insta::assert_snapshot!(diagnostics.render(false));
}

#[test]
fn a_diagnostic_has_a_plain_form() {
    let diagnostics = read(&SOUND.replacen("\"10 m\"", "10", 1), &[]).unwrap_err();
    let first = diagnostics.iter().next().unwrap();
    assert_eq!((first.file.as_str(), first.line, first.column), ("scenarios/servo/step-left.toml", 16, 9));
    assert_eq!((first.key.as_str(), first.message.as_str()), ("target[0].range", "missing unit"));
}

#[test]
fn colour_is_for_terminals_only() {
    let diagnostics = read(&SOUND.replacen("\"10 m\"", "10", 1), &[]).unwrap_err();
    assert!(diagnostics.render(true).contains('\u{1b}'));
    assert!(!diagnostics.render(false).contains('\u{1b}'));
}
