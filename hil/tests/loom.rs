//! The dead-man's locks and threads in every order there is. `.ci/loom` runs it; tests/loom of the root package says
//! how.

#![cfg_attr(not(tiltyard_loom), allow(dead_code, unused_imports, reason = "the plants are for loom"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use core::time::Duration;
use std::io;
use std::sync::Mutex as Plain;

use tiltyard_hil::Clock;
use tiltyard_hil::control::{Affirmed, DeadMan, DeadManConfig, Guard, Hear, Line, Said, Sent, Speak, Why};
use tiltyard_visca::{Address, Command, Datagram, Drive, Framing, Inquiry, Message, SimTime};

#[path = "../../visca/tests/common/mod.rs"]
mod common;
#[path = "../../tests/loom/explore.rs"]
mod explore;

use common::camera::Camera;
use common::{model, ms, pan};
use explore::explore;
#[cfg(tiltyard_loom)]
use explore::finds;
use explore::sync::atomic::{AtomicU64, Ordering};
use explore::sync::{Arc, Condvar, Mutex};
use explore::thread;

const LIMIT: Duration = Duration::from_millis(250);

/// A clock that the model moves.
#[derive(Clone)]
struct Hand(Arc<AtomicU64>);

impl Hand {
    fn set(&self, now: SimTime) {
        self.0.store(now.as_nanos(), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> SimTime {
        SimTime::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

/// What was written to the camera. No model lock: writing is one step under the guard's own.
type Wire = std::sync::Arc<Plain<Vec<Vec<u8>>>>;

struct Mouth(Wire);

impl Speak for Mouth {
    fn speak(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Ok(())
    }
}

/// A connection that breaks as soon as somebody listens.
struct Broken;

impl Hear for Broken {
    fn hear(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "cut"))
    }
}

/// A guard, its clock, its wire, and a camera that the model plays when it wants to.
struct World {
    guard: Arc<Guard<Hand>>,
    hand: Hand,
    wire: Wire,
    said: std::sync::Arc<Plain<Vec<Said>>>,
    heard: usize,
    camera: Camera,
}

impl World {
    fn new() -> Self {
        let hand = Hand(Arc::new(AtomicU64::new(0)));
        let wire = Wire::default();
        let said = std::sync::Arc::new(Plain::new(Vec::new()));
        let listens = std::sync::Arc::clone(&said);
        let config = DeadManConfig { armed: true, limit: LIMIT, silence: Duration::from_hours(1) };
        let man = DeadMan::new(model(), Framing::Datagrams, config);
        let line = Line { mouth: Box::new(Mouth(Wire::clone(&wire))), ear: Box::new(Broken) };
        let listener = Box::new(move |_, word: &Said| listens.lock().unwrap().push(word.clone()));
        let guard = Arc::new(Guard::new(man, line, hand.clone(), listener));
        Self { guard, hand, wire, said, heard: 0, camera: Camera::new(Framing::Datagrams) }
    }

    /// Lets the camera answer, and time go on, until it is proved that it stands.
    fn prove(&mut self) {
        let inquiry = Datagram::from(Inquiry::Version.encode(Address::ONE));
        for _ in 0..200 {
            if self.guard.held().is_none_or(|(_, proved)| proved) {
                return;
            }
            let said = self.wire.lock().unwrap().get(self.heard).cloned();
            let now = self.hand.now();
            if let Some(bytes) = said {
                self.heard += 1;
                for reply in self.camera.hear(now, &bytes) {
                    self.guard.hear(reply.as_bytes());
                }
            } else {
                self.hand.set(now + Duration::from_millis(30));
                // Looks at the clock, and does not leave.
                self.guard.send(&inquiry);
            }
        }
        panic!("never proved");
    }

    /// Proved, open, and driven.
    fn driven() -> Self {
        let mut world = Self::new();
        world.prove();
        assert_eq!(world.guard.affirm(), Affirmed::Reopened);
        assert_eq!(world.guard.send(&drive()), Sent::Left);
        world
    }

    fn commands(&self) -> Vec<Command> {
        let wire = self.wire.lock().unwrap();
        let command = |bytes: &Vec<u8>| match Message::of(&Datagram::new(bytes).unwrap()) {
            Some(Message::Command(command)) => Some(command),
            _ => None,
        };
        wire.iter().filter_map(command).collect()
    }

    fn count(&self, what: impl Fn(&Said) -> bool) -> usize {
        self.said.lock().unwrap().iter().filter(|word| what(word)).count()
    }
}

fn drive() -> Datagram {
    Datagram::from(Command::PanTilt(pan(5)).encode(Address::ONE, model().quirks.dialect()))
}

/// Whether the head was driven, and stopped after the last drive.
fn stands_at_last(commands: &[Command]) -> bool {
    let head = |command: &&Command| matches!(command, Command::PanTilt(_));
    commands.iter().rev().find(head) == Some(&Command::PanTilt(Drive::STOP))
}

/// A driver and somebody who trips, at the same time: after the STOP no drive leaves.
trait Tripped: Send + Sync + 'static {
    fn open() -> Self;
    fn drive(&self);
    fn trip(&self);
    fn commands(&self) -> Vec<Command>;
}

/// The shipped one.
struct Shipped(World);

impl Tripped for Shipped {
    fn open() -> Self {
        Self(World::driven())
    }

    fn drive(&self) {
        self.0.guard.send(&drive());
    }

    fn trip(&self) {
        assert!(self.0.guard.trip(Why::Alarm("model")));
    }

    fn commands(&self) -> Vec<Command> {
        self.0.commands()
    }
}

/// Looks whether the line is open, lets go of the lock, and then writes.
struct LooksFirst {
    open: Mutex<bool>,
    wire: Mutex<Vec<Command>>,
}

impl Tripped for LooksFirst {
    fn open() -> Self {
        Self { open: Mutex::new(true), wire: Mutex::new(Vec::new()) }
    }

    fn drive(&self) {
        let open = *self.open.lock().unwrap();
        if open {
            self.wire.lock().unwrap().push(Command::PanTilt(pan(5)));
        }
    }

    fn trip(&self) {
        *self.open.lock().unwrap() = false;
        self.wire.lock().unwrap().push(Command::PanTilt(Drive::STOP));
    }

    fn commands(&self) -> Vec<Command> {
        self.wire.lock().unwrap().clone()
    }
}

fn no_drive_after_a_stop<T: Tripped>() {
    let line = Arc::new(T::open());
    let drives = Arc::clone(&line);
    let driver = thread::spawn(move || {
        drives.drive();
        drives.drive();
    });
    line.trip();
    driver.join().unwrap();
    assert!(stands_at_last(&line.commands()), "driven after the STOP: {:?}", line.commands());
}

/// The driver hangs; the dead-man's thread alone stops the camera, and once. The clock moves at any moment.
fn a_driver_that_hangs_is_stopped_once() {
    let world = World::driven();
    let runs = Arc::clone(&world.guard);
    let dead_man = thread::spawn(move || runs.run(|| Err(io::Error::other("no camera"))));
    world.hand.set(world.hand.now() + LIMIT);
    world.guard.nudge();
    // Nobody helps: if the wake-up were lost, nobody would ever trip.
    world.guard.end(Duration::ZERO);
    dead_man.join().unwrap();
    assert!(stands_at_last(&world.commands()));
    assert_eq!(world.count(|word| matches!(word, Said::Tripped(_))), 1);
}

/// The same without an end that would stop it anyway: who waits for the trip gets it.
trait Timed: Send + Sync + 'static {
    fn open() -> (Self, Hand)
    where
        Self: Sized;
    fn run(&self);
    fn nudge(&self);
    fn wait_tripped(&self);
    fn end(&self);
}

struct ShippedTimed {
    guard: Arc<Guard<Hand>>,
    tripped: Arc<(Mutex<bool>, Condvar)>,
}

impl Timed for ShippedTimed {
    fn open() -> (Self, Hand) {
        let hand = Hand(Arc::new(AtomicU64::new(0)));
        let config = DeadManConfig { armed: true, limit: LIMIT, silence: Duration::from_hours(1) };
        let man = DeadMan::new(model(), Framing::Datagrams, config);
        let wire = Wire::default();
        let line = Line { mouth: Box::new(Mouth(Wire::clone(&wire))), ear: Box::new(Broken) };
        let tripped = Arc::new((Mutex::new(false), Condvar::new()));
        let opens = Arc::clone(&tripped);
        let listener = Box::new(move |_, word: &Said| {
            if matches!(word, Said::Tripped(Why::NoCommand)) {
                *opens.0.lock().unwrap() = true;
                opens.1.notify_all();
            }
        });
        let guard = Arc::new(Guard::new(man, line, hand.clone(), listener));
        let said = std::sync::Arc::default();
        let mut world =
            World { guard, hand: hand.clone(), wire, said, heard: 0, camera: Camera::new(Framing::Datagrams) };
        world.prove();
        world.guard.affirm();
        assert_eq!(world.guard.send(&drive()), Sent::Left);
        (Self { guard: world.guard, tripped }, hand)
    }

    fn run(&self) {
        self.guard.run(|| Err(io::Error::other("no camera")));
    }

    fn nudge(&self) {
        self.guard.nudge();
    }

    fn wait_tripped(&self) {
        let mut tripped = self.tripped.0.lock().unwrap();
        while !*tripped {
            tripped = self.tripped.1.wait(tripped).unwrap();
        }
    }

    fn end(&self) {
        self.guard.end(Duration::ZERO);
    }
}

/// Reads the clock before it takes the lock: time that passes in between is slept over.
struct LooksEarly {
    inner: Mutex<(bool, bool)>,
    changed: Condvar,
    hand: Hand,
}

impl Timed for LooksEarly {
    fn open() -> (Self, Hand) {
        let hand = Hand(Arc::new(AtomicU64::new(0)));
        (Self { inner: Mutex::new((false, false)), changed: Condvar::new(), hand: hand.clone() }, hand)
    }

    fn run(&self) {
        loop {
            let now = self.hand.now();
            let mut inner = self.inner.lock().unwrap();
            if inner.1 {
                return;
            }
            if now >= ms(250) {
                inner.0 = true;
                self.changed.notify_all();
            }
            drop(self.changed.wait(inner).unwrap());
        }
    }

    fn nudge(&self) {
        drop(self.inner.lock().unwrap());
        self.changed.notify_all();
    }

    fn wait_tripped(&self) {
        let mut inner = self.inner.lock().unwrap();
        while !inner.0 {
            inner = self.changed.wait(inner).unwrap();
        }
    }

    fn end(&self) {
        self.inner.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

fn time_is_not_slept_over<T: Timed>() {
    let (timed, hand) = T::open();
    let timed = Arc::new(timed);
    let runs = Arc::clone(&timed);
    let dead_man = thread::spawn(move || runs.run());
    hand.set(hand.now() + LIMIT);
    timed.nudge();
    timed.wait_tripped();
    timed.end();
    dead_man.join().unwrap();
}

/// A stall, a recovery, a stall, with the dead-man's thread beside: STOP begins twice, and is proved each time.
fn once_a_stall_and_again_after_a_recovery() {
    let mut world = World::driven();
    let runs = Arc::clone(&world.guard);
    let dead_man = thread::spawn(move || runs.run(|| Err(io::Error::other("no camera"))));
    for stall in 1..=2 {
        world.guard.trip(Why::Alarm("model"));
        world.guard.trip(Why::Alarm("model"));
        assert_eq!(world.guard.counts().tripped, stall, "once a stall");
        assert!(stands_at_last(&world.commands()));
        if stall == 1 {
            world.prove();
            assert_eq!(world.guard.affirm(), Affirmed::Reopened);
            assert_eq!(world.guard.send(&drive()), Sent::Left);
        }
    }
    assert!(world.guard.end(Duration::ZERO) || !world.guard.is_open());
    dead_man.join().unwrap();
}

/// A connection that breaks, a camera that cannot be dialled, and the end: everybody is let go.
fn all_are_let_go_at_the_end() {
    let world = World::new();
    let (runs, listens) = (Arc::clone(&world.guard), Arc::clone(&world.guard));
    let dead_man = thread::spawn(move || runs.run(|| Err(io::Error::other("no camera"))));
    let receiver = thread::spawn(move || listens.listen(|_, _| {}));
    world.guard.end(Duration::ZERO);
    dead_man.join().unwrap();
    receiver.join().unwrap();
    assert!(!world.guard.is_open());
}

#[test]
fn dead_man() {
    explore("dead-man: no drive after a STOP", no_drive_after_a_stop::<Shipped>);
    explore("dead-man: a driver that hangs is stopped once", a_driver_that_hangs_is_stopped_once);
    explore("dead-man: time is not slept over", time_is_not_slept_over::<ShippedTimed>);
    explore("dead-man: once a stall, again after a recovery", once_a_stall_and_again_after_a_recovery);
}

#[test]
fn shutdown() {
    explore("dead-man: all are let go at the end", all_are_let_go_at_the_end);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_looking_before_writing() {
    finds("planted_looking_before_writing", "driven after the STOP", no_drive_after_a_stop::<LooksFirst>);
}

#[cfg(tiltyard_loom)]
#[test]
fn planted_looking_at_the_clock_before_the_lock() {
    finds("planted_looking_at_the_clock_before_the_lock", "deadlock", time_is_not_slept_over::<LooksEarly>);
}
