//! The dead-man on threads: a driver that hangs, a line that breaks, an end in good order. Made-up lines, real threads.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use tiltyard_hil::WallClock;
use tiltyard_hil::control::{Affirmed, DeadMan, DeadManConfig, Guard, Hear, Line, Said, Sent, Speak, Why};
use tiltyard_visca::{Address, Command, Datagram, Framing, Message};

use crate::common::camera::Camera;
use crate::common::{model, pan};

/// Longer than anything takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A camera behind a channel.
#[derive(Clone)]
struct Wire {
    camera: Arc<Mutex<Camera>>,
    clock: WallClock,
    replies: Sender<Vec<u8>>,
    broken: Arc<AtomicBool>,
}

struct Ear(Receiver<Vec<u8>>, Arc<AtomicBool>);

impl Speak for Wire {
    fn speak(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "cut"));
        }
        for reply in self.camera.lock().unwrap().hear(self.clock.now(), bytes) {
            // The test may be over.
            let _ = self.replies.send(reply.as_bytes().to_vec());
        }
        Ok(())
    }
}

impl Hear for Ear {
    fn hear(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1.load(Ordering::SeqCst) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "cut"));
        }
        let Ok(bytes) = self.0.recv_timeout(Duration::from_millis(20)) else { return Ok(0) };
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

/// A guard with its two threads, and what was said.
struct Session {
    guard: Arc<Guard<WallClock>>,
    camera: Arc<Mutex<Camera>>,
    broken: Arc<AtomicBool>,
    said: Arc<Mutex<Vec<Said>>>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Session {
    fn start(armed: bool) -> Self {
        Self::with(DeadManConfig { armed, ..DeadManConfig::default() })
    }

    /// A dead-man that trips on no clock, so that the test alone does.
    fn patient() -> Self {
        Self::with(DeadManConfig { armed: true, limit: 10 * PATIENCE, silence: 10 * PATIENCE })
    }

    fn with(config: DeadManConfig) -> Self {
        let clock = WallClock::start();
        let camera = Arc::new(Mutex::new(Camera::new(Framing::Datagrams)));
        camera.lock().unwrap().drive = pan(9);
        let broken = Arc::new(AtomicBool::new(false));
        let line = {
            let (camera, broken) = (Arc::clone(&camera), Arc::clone(&broken));
            move || {
                let (replies, heard) = channel();
                let wire = Wire { camera: Arc::clone(&camera), clock, replies, broken: Arc::clone(&broken) };
                Line { mouth: Box::new(wire), ear: Box::new(Ear(heard, Arc::clone(&broken))) }
            }
        };
        let said = Arc::new(Mutex::new(Vec::new()));
        let listener = {
            let said = Arc::clone(&said);
            Box::new(move |_, word: &Said| said.lock().unwrap().push(word.clone()))
        };
        let man = DeadMan::new(model(), Framing::Datagrams, config);
        let guard = Arc::new(Guard::new(man, line(), clock, listener));
        let (runs, listens) = (Arc::clone(&guard), Arc::clone(&guard));
        let cut = Arc::clone(&broken);
        let dial = move || {
            if cut.load(Ordering::SeqCst) { Err(io::Error::other("still cut")) } else { Ok(line()) }
        };
        let threads =
            vec![std::thread::spawn(move || runs.run(dial)), std::thread::spawn(move || listens.listen(|_, _| {}))];
        Self { guard, camera, broken, said, threads }
    }

    #[allow(clippy::disallowed_methods, reason = "threads run in wall time, and so does who waits for them")]
    fn until(&self, what: &str, so: impl Fn(&Self) -> bool) {
        let clock = WallClock::start();
        while !so(self) {
            assert!(clock.now().since(tiltyard_visca::SimTime::ZERO) < PATIENCE, "{what}: {:?}", self.said());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn said(&self) -> Vec<Said> {
        self.said.lock().unwrap().clone()
    }

    fn stands(&self) -> bool {
        self.camera.lock().unwrap().stands()
    }

    fn drive(&self, pan_code: i8) -> Sent {
        let frame = Command::PanTilt(pan(pan_code)).encode(Address::ONE, model().quirks.dialect());
        self.guard.send(&Datagram::from(frame))
    }

    fn end(self) -> (bool, Vec<Said>) {
        let proved = self.guard.end(PATIENCE);
        for thread in self.threads {
            thread.join().unwrap();
        }
        let said = self.said.lock().unwrap().clone();
        (proved, said)
    }
}

/// Nothing of the driver's between a trip and the reopening that follows it.
fn nothing_slips_through(said: &[Said]) {
    let mut held = true;
    for word in said {
        match word {
            Said::Tripped(_) | Said::Connected => held = true,
            Said::Reopened => held = false,
            Said::Driver(sent) => assert!(!held, "{sent} slipped through: {said:?}"),
            _ => {}
        }
    }
}

#[test]
fn a_driver_that_hangs_is_stopped_without_its_help() {
    let session = Session::start(true);
    session.until("the first proof", |session| matches!(session.guard.held(), Some((Why::Connected, true))));
    assert!(session.stands(), "it was left turning by somebody");
    assert_eq!(session.guard.affirm(), Affirmed::Reopened);
    assert_eq!(session.drive(8), Sent::Left);
    // And now the driver hangs: this thread says nothing any more.
    session.until("the dead-man", |session| session.guard.held() == Some((Why::NoCommand, true)));
    assert!(session.stands());
    assert_eq!(session.drive(8), Sent::Held);
    assert_eq!(session.guard.affirm(), Affirmed::Reopened);
    let (proved, said) = session.end();
    assert!(proved);
    nothing_slips_through(&said);
    assert_eq!(said.iter().filter(|word| matches!(word, Said::Tripped(Why::NoCommand))).count(), 1);
}

#[test]
fn who_trips_has_said_stop_when_it_returns() {
    let session = Session::patient();
    session.until("the first proof", |session| matches!(session.guard.held(), Some((_, true))));
    session.guard.affirm();
    session.drive(8);
    assert!(session.guard.trip(Why::Alarm("stalled")));
    let said = session.said();
    let tripped = said.iter().position(|word| *word == Said::Tripped(Why::Alarm("stalled"))).unwrap();
    let stop = said[..tripped].iter().rev().find_map(|word| match word {
        Said::DeadMan(sent) => Message::of(sent),
        _ => None,
    });
    assert_eq!(stop, Some(Message::Command(Command::PanTilt(tiltyard_visca::Drive::STOP))));
    session.end();
}

#[test]
fn a_line_that_breaks_is_dialled_again_and_begins_with_a_stop() {
    let session = Session::start(true);
    session.until("the first proof", |session| matches!(session.guard.held(), Some((_, true))));
    session.guard.affirm();
    session.drive(8);
    session.broken.store(true, Ordering::SeqCst);
    session.until("the loss", |session| session.said().iter().any(|word| matches!(word, Said::Lost(_))));
    assert!(!session.stands(), "nobody can reach it");
    session.broken.store(false, Ordering::SeqCst);
    session.until("the stop", |session| matches!(session.guard.held(), Some((Why::Connected, true))));
    assert!(session.stands());
    let (_, said) = session.end();
    nothing_slips_through(&said);
    let again = said.iter().rposition(|word| *word == Said::Connected).unwrap();
    let first =
        said[again..].iter().find_map(|word| if let Said::DeadMan(sent) = word { Message::of(sent) } else { None });
    assert_eq!(first, Some(Message::Command(Command::PanTilt(tiltyard_visca::Drive::STOP))));
}

#[test]
fn an_end_without_a_camera_comes_all_the_same() {
    let session = Session::start(true);
    session.until("the first proof", |session| matches!(session.guard.held(), Some((_, true))));
    session.broken.store(true, Ordering::SeqCst);
    let guard = Arc::clone(&session.guard);
    session.until("the loss", |session| session.said().iter().any(|word| matches!(word, Said::Lost(_))));
    assert!(!guard.end(Duration::from_millis(50)), "nothing is proved");
    for thread in session.threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_dry_run_moves_nothing() {
    let session = Session::start(false);
    assert_eq!(session.guard.affirm(), Affirmed::Open);
    assert!(matches!(session.drive(8), Sent::Answered(_)));
    let camera = Arc::clone(&session.camera);
    let (proved, said) = session.end();
    assert!(proved, "there is nothing to prove");
    assert_eq!(camera.lock().unwrap().done.len(), 0, "{said:?}");
}
