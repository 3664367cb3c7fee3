//! A tracker that has warmed up allocates nothing.
//!
//! Goal: no pause of the allocator in the control loop. Method: an allocator that counts, around updates with people
//! who are missed and found again; what the first frames allocate is what later ones use again.

use std::sync::Arc;

use tiltyard::mot::Preset;

#[path = "common/crowd.rs"]
mod crowd;

/// Twenty seconds of crowd to get to know; then ten in which nothing may be allocated.
const WARM_UP: u32 = 600;
const COUNTED: u32 = 300;

fn allocations(preset: Preset, people: u32) -> u64 {
    let label: Arc<str> = Arc::from("person");
    let mut tracker = preset.tracker();
    let mut counted = 0;
    for number in 0..WARM_UP + COUNTED {
        let (at, view, found) = crowd::crowd(people, number, &label);
        let info = allocation_counter::measure(|| tracker.update(at, &view, &found));
        if number >= WARM_UP {
            counted += info.count_total;
        }
    }
    assert!(!tracker.tracks().is_empty(), "{preset:?} follows nobody");
    counted
}

#[test]
fn a_warm_tracker_allocates_nothing() {
    for preset in [Preset::Sort, Preset::OcSort, Preset::Byte, Preset::Ptz] {
        for people in [1, 10, 45, 90] {
            assert_eq!(allocations(preset, people), 0, "{preset:?}, {people} people");
        }
    }
}

#[test]
fn one_that_makes_its_lists_anew_is_seen() {
    assert!(allocations(Preset::Boxes, 10) > 0);
}
