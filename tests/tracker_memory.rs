//! A tracker that has warmed up allocates nothing.
//!
//! Goal: no pause of the allocator in the control loop. Method: an allocator that counts, around updates with people
//! who are missed and found again; what the first frames allocate is what later ones use again.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tiltyard::mot::{Preset, crowd};
use tiltyard::stack::config::TrackerConfig;
use tiltyard::stack::geometry::View;
use tiltyard::stack::track::CascadeConfig;
use tiltyard::stack::{Detection, Track, Tracker};
use tiltyard_visca::{SimTime, State, Visit};

/// Twenty seconds of crowd to get to know; then ten in which nothing may be allocated.
const WARM_UP: u32 = 600;
const COUNTED: u32 = 300;

fn allocations(mut tracker: Box<dyn Tracker>, people: u32) -> u64 {
    let label: Arc<str> = Arc::from("person");
    let mut counted = 0;
    for number in 0..WARM_UP + COUNTED {
        let (at, view, found) = crowd(people, number, &label);
        let info = allocation_counter::measure(|| tracker.update(at, &view, &found));
        if number >= WARM_UP {
            counted += info.count_total;
        }
    }
    assert!(!tracker.tracks().is_empty(), "{} follows nobody", tracker.name());
    counted
}

#[test]
fn a_warm_tracker_allocates_nothing() {
    for preset in Preset::ALL {
        for people in [1, 10, 45, 90] {
            assert_eq!(allocations(preset.tracker(), people), 0, "{preset:?}, {people} people");
        }
    }
}

#[test]
fn nor_does_the_stacks_own() {
    for config in [TrackerConfig::Ptz(CascadeConfig::CONTROL), TrackerConfig::Byte(CascadeConfig::CONTROL)] {
        for people in [1, 10, 45] {
            assert_eq!(allocations(config.build(), people), 0, "{config:?}, {people} people");
        }
    }
}

/// One that makes its list of tracks anew.
#[derive(Serialize, Deserialize)]
struct Wasteful(Vec<Track>);

impl State for Wasteful {
    fn visit(&self, v: &mut dyn Visit) {
        v.parts("track", self.0.iter());
    }
}

impl Tracker for Wasteful {
    fn name(&self) -> &'static str {
        "wasteful"
    }

    fn update(&mut self, at: SimTime, view: &View, detections: &[Detection]) {
        let first = |found| Track::first(0, at, found, view.bearing_of(found.bbox.centre_px()));
        self.0 = detections.iter().map(first).collect();
    }

    fn tracks(&self) -> &[Track] {
        &self.0
    }
}

#[test]
fn one_that_makes_its_lists_anew_is_seen() {
    assert!(allocations(Box::new(Wasteful(Vec::new())), 10) > 0);
}
