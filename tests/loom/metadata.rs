//! The metadata manager: readers see whole ticks, never an older one after a newer one, and none sleeps over the last.

use core::time::Duration;

use tiltyard::stack::metadata::{FrameSize, Ptz, PtzCommand, PtzPose};
use tiltyard::stack::{MetadataManager, MetadataTick, Phase};

use crate::explore::explore;
#[cfg(tiltyard_loom)]
use crate::explore::finds;
use crate::explore::sync::{Arc, Condvar, Mutex};
use crate::explore::thread;

const EVER: Duration = Duration::from_hours(1);

/// A tick whose fields all tell its number.
fn tick(number: u64) -> MetadataTick {
    MetadataTick {
        schema: MetadataTick::SCHEMA,
        kind: "metadata_tick",
        session_id: "model".into(),
        camera_id: "model".into(),
        ts_unix_ms: number,
        ts_mono_ms: number,
        frame_index: number,
        space: "source",
        frame_size: FrameSize { w: 1, h: 1 },
        selected_target_id: None,
        tracking_phase: Phase::default(),
        ptz: Ptz {
            control_mode: "visca",
            connected: true,
            active: false,
            cmd: PtzCommand::default(),
            pose: PtzPose { pan_deg: number as f64, tilt_deg: 0.0, hfov_deg: 60.0 },
        },
        tracks: Vec::new(),
        sequence: number,
        captured_at_s: 0.0,
        age_ms: 0.0,
        coverage: None,
        error_deg: None,
        lock_id: None,
        uncertainty_deg: None,
        frames_dropped: 0,
        watchdog_alarms: 0,
        guard_acts: 0,
    }
}

/// What the models need: a tick is (sequence, frame index).
trait Board: Default + Send + Sync + 'static {
    fn publish(&self, number: u64);
    fn latest(&self) -> Option<(u64, u64)>;
    fn wait_newer(&self, sequence: u64) -> Option<(u64, u64)>;
    fn close(&self);
}

impl Board for MetadataManager {
    fn publish(&self, number: u64) {
        Self::publish(self, tick(number));
    }

    fn latest(&self) -> Option<(u64, u64)> {
        Self::latest(self).map(|tick| (tick.sequence, tick.frame_index))
    }

    fn wait_newer(&self, sequence: u64) -> Option<(u64, u64)> {
        Self::wait_newer(self, sequence, EVER).map(|tick| (tick.sequence, tick.frame_index))
    }

    fn close(&self) {
        Self::close(self);
    }
}

/// Two fields under two locks: what the seed's global of nested parts amounts to (M2, M4).
#[derive(Default)]
struct Torn {
    sequence: Mutex<u64>,
    frame: Mutex<u64>,
}

impl Board for Torn {
    fn publish(&self, number: u64) {
        *self.sequence.lock().unwrap() = number;
        *self.frame.lock().unwrap() = number;
    }

    fn latest(&self) -> Option<(u64, u64)> {
        let sequence = *self.sequence.lock().unwrap();
        let frame = *self.frame.lock().unwrap();
        (sequence > 0).then_some((sequence, frame))
    }

    fn wait_newer(&self, _: u64) -> Option<(u64, u64)> {
        self.latest()
    }

    fn close(&self) {}
}

/// Publishes and tells nobody.
#[derive(Default)]
struct Silent {
    tick: Mutex<(u64, bool)>,
    newer: Condvar,
}

impl Board for Silent {
    fn publish(&self, number: u64) {
        self.tick.lock().unwrap().0 = number;
    }

    fn latest(&self) -> Option<(u64, u64)> {
        let (number, _) = *self.tick.lock().unwrap();
        (number > 0).then_some((number, number))
    }

    fn wait_newer(&self, sequence: u64) -> Option<(u64, u64)> {
        let mut tick = self.tick.lock().unwrap();
        while tick.0 <= sequence && !tick.1 {
            tick = self.newer.wait(tick).unwrap();
        }
        (tick.0 > sequence).then_some((tick.0, tick.0))
    }

    fn close(&self) {
        self.tick.lock().unwrap().1 = true;
    }
}

/// Two readers look as often as they like while two ticks are published.
fn ticks_are_whole_and_never_older<B: Board>() {
    let board = Arc::new(B::default());
    let readers = [0, 1].map(|_| {
        let board = Arc::clone(&board);
        thread::spawn(move || {
            let mut last = 0;
            for _ in 0..2 {
                if let Some((sequence, frame)) = board.latest() {
                    assert_eq!(sequence, frame, "a torn tick");
                    assert!(sequence >= last, "older");
                    last = sequence;
                }
            }
        })
    });
    board.publish(1);
    board.publish(2);
    for reader in readers {
        reader.join().unwrap();
    }
    assert_eq!(board.latest(), Some((2, 2)));
}

/// A reader that waits gets the last tick, and is let go at the end.
fn nobody_sleeps_over_a_tick<B: Board>() {
    let board = Arc::new(B::default());
    let waits = Arc::clone(&board);
    let reader = thread::spawn(move || {
        let mut seen = Vec::new();
        while let Some((sequence, _)) = waits.wait_newer(seen.last().copied().unwrap_or(0)) {
            seen.push(sequence);
        }
        seen
    });
    board.publish(1);
    board.publish(2);
    board.close();
    let seen = reader.join().unwrap();
    assert!(seen.last() == Some(&2) && seen.is_sorted() && seen.len() <= 2, "{seen:?}");
}

#[test]
fn metadata_manager() {
    explore("metadata: whole and never older", ticks_are_whole_and_never_older::<MetadataManager>);
    explore("metadata: nobody sleeps over a tick", nobody_sleeps_over_a_tick::<MetadataManager>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_a_tick_in_two_pieces() {
    finds("metadata::planted_a_tick_in_two_pieces", "a torn tick", ticks_are_whole_and_never_older::<Torn>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_a_publisher_that_tells_nobody() {
    finds("metadata::planted_a_publisher_that_tells_nobody", "deadlock", nobody_sleeps_over_a_tick::<Silent>);
}
