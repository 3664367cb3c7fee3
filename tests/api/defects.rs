//! The eight defects of the seed's metadata manager (M1 to M8), each with what makes it impossible here.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::StatusCode;
use tiltyard::stack::frame::Content;
use tiltyard::stack::{Frame, MetadataManager, Output, Phase, Stack};
use tiltyard_visca::SimTime;

use crate::harness::patiently;
use crate::session::{Session, World, tick};

/// M1: the copy was shallow, a reader could change what others see. Here it does not compile: the first `compile_fail`
/// example at [`MetadataManager`]. What readers hold is one and the same tick.
#[test]
fn m1_readers_share_one_tick_that_none_can_change() {
    let manager = MetadataManager::default();
    manager.publish(tick(1));
    let (one, other) = (manager.latest().unwrap(), manager.latest().unwrap());
    assert!(Arc::ptr_eq(&one, &other));
}

/// M2: the producer kept the object it had published. Here it gives it away: the second `compile_fail` example.
#[test]
fn m2_what_was_read_stays_when_the_producer_goes_on() {
    let manager = MetadataManager::default();
    let mut mine = tick(1);
    manager.publish(mine.clone());
    let read = manager.latest().unwrap();
    mine.tracks.clear();
    manager.publish(mine);
    assert_eq!(*read, tick(1));
}

/// M3: an empty tick was taken for none.
#[test]
fn m3_a_tick_with_nothing_in_it_is_a_tick() {
    let session = Session::new();
    let mut empty = tick(1);
    (empty.tracks, empty.selected_target_id, empty.coverage) = (Vec::new(), None, None);
    (empty.error_deg, empty.tracking_phase, empty.lock_id) = (None, Phase::Idle, None);
    session.publish(empty);
    let answer = session.get("/api/metadata");
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!((&answer.json()["tracks"], &answer.json()["tracking_phase"]), (&serde_json::json!([]), &"idle".into()));
}

/// M4: two values that were asked for one after the other were of two ticks, and nobody could see that. Here each
/// answer is of one tick and says of which.
#[test]
fn m4_every_answer_is_of_one_tick_and_says_of_which() {
    let session = Session::new();
    session.publish(tick(1));
    let metadata = Arc::clone(&session.world.metadata);
    let producer = std::thread::spawn(move || (2..=2000).for_each(|sequence| metadata.publish(tick(sequence))));
    let mut before = 0;
    let mut seen = BTreeSet::new();
    while !producer.is_finished() || seen.len() < 2 {
        let read = session.get("/api/metadata").json();
        let sequence = read["sequence"].as_u64().unwrap();
        assert!(sequence >= before, "never an older one");
        assert_eq!(read["frame_index"], sequence);
        assert_eq!(read["frames_dropped"], sequence);
        assert_eq!(read["ptz"]["pose"]["pan_deg"], sequence as f64);
        assert_eq!(read["error_deg"], serde_json::json!([sequence as f64, -(sequence as f64)]));
        let coverage = session.get("/api/metadata/coverage").json();
        assert!(coverage["sequence"].as_u64().unwrap() >= sequence);
        seen.insert(sequence);
        before = sequence;
    }
    producer.join().unwrap();
}

/// M5: the loop and the API had an instance each, or none. Here the stack makes one and gives it to whoever reads; that
/// the program wires it so is shown in `program`.
#[test]
fn m5_what_the_stack_publishes_is_what_the_api_reads() {
    let scenario = tiltyard::serve::bare("generic-20x").unwrap();
    let rng = tiltyard_sim::rng::stream(1, "detector").into_rng();
    let mut stack = Stack::new(scenario.stack.config(&scenario.world), rng);
    let reads = |metadata: Arc<MetadataManager>| {
        let session = Session::of(World { metadata, ..World::default() });
        move |wanted: Option<u64>| {
            patiently("the tick", || {
                let answer = session.get("/api/metadata");
                let read = (answer.status == StatusCode::OK).then(|| answer.json()["sequence"].as_u64()).flatten();
                (read == wanted).then_some(())
            });
        }
    };
    let api = reads(stack.metadata());
    // The defect: the API makes one of its own.
    let planted = reads(Arc::default());
    api(None);
    for sequence in 1..=3 {
        let at = SimTime::from_millis(40 * sequence);
        let content = Content::Truth { boxes: Arc::default(), miss_probability: 0.0 };
        let (seq, picture, captured_at, arrived_at) = (sequence, sequence, at, at);
        let (width_px, height_px) = (1920, 1080);
        let frame = Frame { seq, picture, captured_at, arrived_at, width_px, height_px, content, pixels: None };
        stack.decide(at, &frame);
        while !matches!(stack.poll(at), Output::WaitUntil(_)) {}
        api(Some(sequence));
    }
    planted(None);
}

/// M6: coverage was no field of the tick, so the answer was 0.0 for ever. Here it is one, and none is `null`.
#[test]
fn m6_coverage_is_that_of_the_tick_and_none_is_null() {
    let session = Session::new();
    session.publish(tick(1));
    let answer = session.get("/api/metadata/coverage").json();
    assert_eq!((&answer["coverage"], &answer["sequence"]), (&0.5.into(), &1.into()));
    let mut nobody = tick(2);
    nobody.coverage = None;
    session.publish(nobody);
    let answer = session.get("/api/metadata/coverage").json();
    assert_eq!((&answer["coverage"], &answer["sequence"]), (&serde_json::Value::Null, &2.into()));
}

/// M7: "no data" was a success.
#[test]
fn m7_no_data_has_the_guides_shape_and_is_no_success() {
    let session = Session::new();
    for path in ["/api/metadata", "/api/metadata/coverage"] {
        let answer = session.get(path);
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"no_data"}"#));
        assert_eq!((answer.header("retry-after"), answer.header("content-type")), ("1", "application/json"));
    }
}

/// M8: without a number and an age, a tick of a loop that hangs looked fresh.
#[test]
fn m8_a_tick_that_is_read_again_is_the_same_and_older() {
    let session = Session::new();
    session.world.at_ms(45);
    session.publish(tick(1));
    let fresh = session.get("/api/metadata").json();
    session.world.at_ms(5040);
    let frozen = session.get("/api/metadata").json();
    assert_eq!((&fresh["sequence"], &frozen["sequence"]), (&1.into(), &1.into()));
    assert_eq!((&fresh["tick_age_ms"], &frozen["tick_age_ms"]), (&5.into(), &5000.into()));
    let frame_age_ms = |read: &serde_json::Value| read["frame_age_ms"].as_f64().unwrap();
    assert!((frame_age_ms(&fresh) - 35.0).abs() < 1e-6 && (frame_age_ms(&frozen) - 5030.0).abs() < 1e-6);
    assert_eq!(frozen["read_mono_ms"], 5040);
    assert_eq!(frozen["age_ms"], 30.0, "the tick itself does not change");
}
