//! The watchdog on its thread: armed by the first heartbeat, one alarm a stall, again after a recovery, never asleep
//! over an alarm or over its own end.

use core::time::Duration;

use tiltyard::run::live::{Latch, Watch};
use tiltyard::stack::watchdog::{Alarm, Watchdog, WatchdogConfig};
use tiltyard_visca::SimTime;

use crate::explore::explore;
#[cfg(tiltyard_loom)]
use crate::explore::finds;
use crate::explore::sync::atomic::{AtomicU64, Ordering};
use crate::explore::sync::{Arc, Condvar, Mutex};
use crate::explore::thread;

const CONFIG: WatchdogConfig = WatchdogConfig {
    video: Duration::from_secs(1),
    picture: Duration::from_secs(10),
    decision: Duration::from_secs(2),
};
const EVER: Duration = Duration::from_hours(1);

fn s(seconds: u64) -> SimTime {
    SimTime::from_millis(seconds * 1000)
}

/// A clock that the model moves.
#[derive(Clone)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn at(now: SimTime) -> Self {
        Self(Arc::new(AtomicU64::new(now.as_nanos())))
    }

    fn set(&self, now: SimTime) {
        self.0.store(now.as_nanos(), Ordering::SeqCst);
    }

    fn now(&self) -> SimTime {
        SimTime::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

/// What the models need of a watchdog.
trait Dog: Send + Sync + 'static {
    fn new() -> Self;
    fn frame(&self, at: SimTime, picture: u64);
    fn decision(&self, at: SimTime);
    fn nudge(&self);
    fn stop(&self);
    fn run(&self, clock: &Clock, alarm: impl FnMut(Alarm));
}

impl Dog for Watch {
    fn new() -> Self {
        Self::new(CONFIG)
    }

    fn frame(&self, at: SimTime, picture: u64) {
        Self::frame(self, at, picture);
    }

    fn decision(&self, at: SimTime) {
        Self::decision(self, at);
    }

    fn nudge(&self) {
        Self::nudge(self);
    }

    fn stop(&self) {
        Self::stop(self);
    }

    fn run(&self, clock: &Clock, mut alarm: impl FnMut(Alarm)) {
        Self::run(self, || clock.now(), |_, raised| alarm(raised));
    }
}

/// What a wrong one does wrongly.
#[derive(Clone, Copy, PartialEq)]
enum Plant {
    /// Looks before it sleeps with the lock let go in between: a heartbeat in that gap arms nobody.
    Gap,
    /// Stops without telling, as the seed's, which slept 100 ms at a time instead (W5).
    Silent,
    /// Fires on every look while stalled, as the seed's did (W2).
    Relentless,
    /// Never armed again, as upstream's later code.
    Once,
}

const PLANTS: [Plant; 4] = [Plant::Gap, Plant::Silent, Plant::Relentless, Plant::Once];

struct Wrong<const PLANT: usize> {
    inner: Mutex<(Watchdog, bool)>,
    sooner: Condvar,
}

impl<const PLANT: usize> Dog for Wrong<PLANT> {
    fn new() -> Self {
        Self { inner: Mutex::new((Watchdog::new(CONFIG), false)), sooner: Condvar::new() }
    }

    fn frame(&self, at: SimTime, picture: u64) {
        self.inner.lock().unwrap().0.frame(at, picture);
        self.sooner.notify_all();
    }

    fn decision(&self, at: SimTime) {
        self.inner.lock().unwrap().0.decision(at);
        self.sooner.notify_all();
    }

    fn nudge(&self) {
        drop(self.inner.lock().unwrap());
        self.sooner.notify_all();
    }

    fn stop(&self) {
        self.inner.lock().unwrap().1 = true;
        if PLANTS[PLANT] != Plant::Silent {
            self.sooner.notify_all();
        }
    }

    fn run(&self, clock: &Clock, mut alarm: impl FnMut(Alarm)) {
        let plant = PLANTS[PLANT];
        let mut fired = 0;
        let mut inner = self.inner.lock().unwrap();
        while !inner.1 {
            let raised = inner.0.poll(clock.now());
            let again = (plant == Plant::Relentless && inner.0.raised().is_some()).then_some(Alarm::NoVideo);
            if let Some(raised) = raised.or(again).filter(|_| plant != Plant::Once || fired == 0) {
                fired += 1;
                alarm(raised);
            }
            if plant == Plant::Gap {
                drop(inner);
                inner = self.inner.lock().unwrap();
                if inner.1 {
                    return;
                }
            }
            inner = self.sooner.wait(inner).unwrap();
        }
    }
}

/// What [`watched`] gives.
type Watched<D> = (Arc<D>, Arc<Mutex<Vec<Alarm>>>, [Arc<Latch>; 2], thread::JoinHandle<()>);

/// A dog on its thread; its alarms, and a latch that the n-th opens.
fn watched<D: Dog>(clock: &Clock) -> Watched<D> {
    let dog = Arc::new(D::new());
    let alarms = Arc::new(Mutex::new(Vec::new()));
    let latches = [0, 1].map(|_| Arc::new(Latch::default()));
    let (runs, told, opens, clock) = (Arc::clone(&dog), Arc::clone(&alarms), latches.clone(), clock.clone());
    let thread = thread::spawn(move || {
        runs.run(&clock, |raised| {
            let number = {
                let mut alarms = told.lock().unwrap();
                alarms.push(raised);
                alarms.len()
            };
            if let Some(latch) = opens.get(number - 1) {
                latch.open();
            }
        });
    });
    (dog, alarms, latches, thread)
}

/// The first heartbeat arms it, though it may be about to sleep for ever; the alarm is overdue at once.
fn the_first_heartbeat_arms_it<D: Dog>() {
    let clock = Clock::at(s(5));
    let (dog, alarms, [first, _], thread) = watched::<D>(&clock);
    dog.frame(s(0), 1);
    first.wait(EVER);
    dog.stop();
    thread.join().unwrap();
    assert_eq!(*alarms.lock().unwrap(), [Alarm::NoVideo]);
}

/// A stall, a recovery, a stall: two alarms, whatever is nudged in between.
fn one_alarm_a_stall<D: Dog>() {
    let clock = Clock::at(s(0));
    let (dog, alarms, [first, second], thread) = watched::<D>(&clock);
    dog.frame(s(0), 1);
    clock.set(s(2));
    dog.nudge();
    first.wait(EVER);
    clock.set(s(3));
    dog.nudge();
    dog.frame(s(3), 2);
    clock.set(s(5));
    dog.nudge();
    second.wait(EVER);
    dog.stop();
    thread.join().unwrap();
    assert_eq!(*alarms.lock().unwrap(), [Alarm::NoVideo; 2], "one alarm a stall");
}

/// Grabber and control thread tell at the same time; the loop stalls while frames go on.
fn a_stalled_loop_is_told_from_no_video<D: Dog>() {
    let clock = Clock::at(s(0));
    let (dog, alarms, [first, _], thread) = watched::<D>(&clock);
    let decides = Arc::clone(&dog);
    let control = thread::spawn(move || decides.decision(s(1)));
    dog.frame(s(1), 1);
    control.join().unwrap();
    dog.frame(s(4), 2);
    clock.set(s(4));
    dog.nudge();
    first.wait(EVER);
    dog.stop();
    thread.join().unwrap();
    assert_eq!(*alarms.lock().unwrap(), [Alarm::StalledLoop]);
}

/// It ends, whatever it is about to do.
fn a_stop_ends_it<D: Dog>() {
    let clock = Clock::at(s(0));
    let (dog, _, _, thread) = watched::<D>(&clock);
    let beats = Arc::clone(&dog);
    let grabber = thread::spawn(move || beats.frame(s(0), 1));
    dog.stop();
    thread.join().unwrap();
    grabber.join().unwrap();
}

#[test]
fn watchdog() {
    explore("watchdog: the first heartbeat arms it", the_first_heartbeat_arms_it::<Watch>);
    explore("watchdog: one alarm a stall", one_alarm_a_stall::<Watch>);
    explore("watchdog: a stalled loop", a_stalled_loop_is_told_from_no_video::<Watch>);
    explore("watchdog: a stop ends it", a_stop_ends_it::<Watch>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_a_gap_between_looking_and_sleeping() {
    finds("watch::planted_a_gap_between_looking_and_sleeping", "deadlock", the_first_heartbeat_arms_it::<Wrong<0>>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_a_stop_that_nobody_hears() {
    finds("watch::planted_a_stop_that_nobody_hears", "deadlock", a_stop_ends_it::<Wrong<1>>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_an_alarm_on_every_look() {
    finds("watch::planted_an_alarm_on_every_look", "one alarm a stall", one_alarm_a_stall::<Wrong<2>>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_one_alarm_for_ever() {
    finds("watch::planted_one_alarm_for_ever", "deadlock", one_alarm_a_stall::<Wrong<3>>);
}
