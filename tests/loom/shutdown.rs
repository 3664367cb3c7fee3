//! The end of a session: grabber, control and watchdog are ended in the order of `run::live`, whatever each is doing.

use core::time::Duration;

use tiltyard::run::live::{Latch, Watch};
use tiltyard::stack::latest::Latest;
use tiltyard::stack::watchdog::WatchdogConfig;
use tiltyard_visca::SimTime;

use crate::explore::explore;
#[cfg(tiltyard_loom)]
use crate::explore::finds;
use crate::explore::sync::{Arc, Mutex};
use crate::explore::thread;

const EVER: Duration = Duration::from_hours(1);
const CONFIG: WatchdogConfig = WatchdogConfig { video: EVER, picture: EVER, decision: EVER };

/// The three threads in little; `in_order` closes the buffer before it waits for the control thread.
fn session(in_order: bool) {
    let frames = Arc::new(Latest::<u64>::default());
    let watch = Arc::new(Watch::new(CONFIG));
    let (stop, over) = (Arc::new(Latch::default()), Arc::new(Latch::default()));
    let decided = Arc::new(Mutex::new(Vec::new()));

    let watching = {
        let watch = Arc::clone(&watch);
        thread::spawn(move || watch.run(|| SimTime::ZERO, |_, alarm| panic!("{alarm:?}")))
    };
    let control = {
        let (frames, watch, over, decided) =
            (Arc::clone(&frames), Arc::clone(&watch), Arc::clone(&over), Arc::clone(&decided));
        thread::spawn(move || {
            while !frames.is_closed() {
                if let Some(frame) = frames.wait_newer(EVER) {
                    watch.decision(SimTime::ZERO);
                    decided.lock().unwrap().push(frame);
                }
            }
            over.open();
        })
    };
    let grabber = {
        let (frames, stop) = (Arc::clone(&frames), Arc::clone(&stop));
        thread::spawn(move || {
            if !stop.is_open() {
                frames.put(SimTime::from_nanos(1), 1);
            }
        })
    };

    stop.open();
    grabber.join().unwrap();
    if in_order {
        frames.close();
        over.wait(EVER);
    } else {
        over.wait(EVER);
        frames.close();
    }
    control.join().unwrap();
    watch.stop();
    watching.join().unwrap();
    assert!(decided.lock().unwrap().len() <= 1, "a frame is decided on once");
}

#[test]
fn shutdown() {
    explore("shutdown: all threads end", || session(true));
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_waiting_for_a_thread_that_was_not_told() {
    finds("shutdown::planted_waiting_for_a_thread_that_was_not_told", "deadlock", || session(false));
}
