//! The dead-man on threads: the one place through which bytes reach a camera.
//!
//! ```text
//!  control thread ──send, affirm──► ┌───────┐ ──bytes──► camera
//!  watchdog thread ───trip────────► │ Guard │
//!  main thread ─────end───────────► └───────┘ ◄─bytes── receiver thread ──► control thread, while the line is open
//!                                       ▲
//!                        dead-man thread (run): timers, STOP again, dial again
//! ```
//!
//! Whoever trips it writes the first STOP themselves, before [`trip`](Guard::trip) returns: it needs neither the
//! control thread, which may hang, nor the dead-man's. The lock is held while bytes are written; a transport that would
//! wait is broken ([`Speak::speak`]), so nobody who holds the lock waits. After a STOP no byte of the driver's can
//! follow, because both go through the same lock.

use core::time::Duration;
use std::io;

use tiltyard_visca::{Datagram, SimTime};

use super::dead_man::{Affirmed, DeadMan, DeadManCounts, Deed, Passage, Why};
use crate::clock::Clock;
use crate::sync::{Condvar, Mutex, MutexGuard, lock, wait};

/// Between two attempts to connect again.
const DIAL_AGAIN: Duration = Duration::from_millis(500);
/// How long a stop may stay unproved before a session ends without it. A head that coasts for a second, and two rounds
/// of Cancel.
pub const PROOF_PATIENCE: Duration = Duration::from_secs(4);

/// The sending half of a connection.
pub trait Speak: Send {
    /// Sends all of it at once, or fails: whoever waits here keeps a STOP from leaving.
    fn speak(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// The receiving half of a connection.
pub trait Hear: Send {
    /// Waits for bytes for a moment (a tenth of a second); 0 when none came. An error is the end of the connection.
    fn hear(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
}

/// Both halves.
pub struct Line {
    /// To the camera.
    pub mouth: Box<dyn Speak>,
    /// From it.
    pub ear: Box<dyn Hear>,
}

/// What happens on the line, for whoever keeps a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Bytes of the driver left.
    Driver(Datagram),
    /// Bytes of the dead-man left.
    DeadMan(Datagram),
    /// It begins to stop.
    Tripped(Why),
    /// It is proved that the camera stands still.
    Proved(Why),
    /// Drives pass again.
    Reopened,
    /// The connection is gone.
    Lost(String),
    /// It is there again.
    Connected,
}

/// Who is told. Called under the lock: quick, or not at all.
pub type Listener = Box<dyn FnMut(SimTime, &Said) + Send>;

/// What became of the driver's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// They left.
    Left,
    /// They did not.
    Held,
    /// A dry run: the answers, made up.
    Answered(Vec<Datagram>),
}

/// The dead-man on threads.
pub struct Guard<C> {
    inner: Mutex<Inner>,
    changed: Condvar,
    clock: C,
}

struct Inner {
    dead_man: DeadMan,
    mouth: Option<Box<dyn Speak>>,
    /// Until the receiver takes it.
    ear: Option<Box<dyn Hear>>,
    dial_at: SimTime,
    ended: bool,
    listener: Listener,
}

impl<C: Clock> Guard<C> {
    /// On a connection that was just made: STOP is the first thing that leaves.
    pub fn new(dead_man: DeadMan, line: Line, clock: C, listener: Listener) -> Self {
        let mut inner = Inner { dead_man, mouth: None, ear: None, dial_at: SimTime::ZERO, ended: false, listener };
        inner.connect(clock.now(), line);
        Self { inner: Mutex::new(inner), changed: Condvar::new(), clock }
    }

    /// Sends bytes of the driver, if they may leave.
    pub fn send(&self, datagram: &Datagram) -> Sent {
        let mut inner = lock(&self.inner);
        let now = self.clock.now();
        // Whatever is overdue comes first, whoever looks at the clock.
        inner.dead_man.tick(now);
        inner.flush(now);
        let sent = match inner.dead_man.pass(datagram) {
            Passage::Leaves => {
                inner.speak(now, datagram, &Said::Driver(*datagram));
                if inner.mouth.is_some() { Sent::Left } else { Sent::Held }
            }
            Passage::Held => Sent::Held,
            Passage::Answered(answers) => Sent::Answered(answers),
        };
        self.let_go(inner);
        sent
    }

    /// Answers for what the camera does until the limit has passed.
    pub fn affirm(&self) -> Affirmed {
        let mut inner = lock(&self.inner);
        let now = self.clock.now();
        let affirmed = inner.dead_man.affirm(now);
        if affirmed == Affirmed::Reopened {
            (inner.listener)(now, &Said::Reopened);
        }
        inner.flush(now);
        self.let_go(inner);
        affirmed
    }

    /// Stops. The first STOP has left when this returns. Whether that was news.
    pub fn trip(&self, why: Why) -> bool {
        let mut inner = lock(&self.inner);
        let now = self.clock.now();
        let news = inner.dead_man.trip(now, why);
        inner.flush(now);
        self.let_go(inner);
        news
    }

    /// Drives pass.
    pub fn is_open(&self) -> bool {
        lock(&self.inner).dead_man.is_open()
    }

    /// Why nothing passes, and whether standing still is proved.
    pub fn held(&self) -> Option<(Why, bool)> {
        lock(&self.inner).dead_man.held()
    }

    /// How often what happened.
    pub fn counts(&self) -> DeadManCounts {
        lock(&self.inner).dead_man.counts()
    }

    /// The receiver's thread: hands bytes to the dead-man or to `driver`, until the guard has ended.
    pub fn listen(&self, mut driver: impl FnMut(SimTime, &[u8])) {
        let mut buffer = [0; 512];
        while let Some(mut ear) = self.ear() {
            loop {
                match ear.hear(&mut buffer) {
                    Ok(len) => {
                        let bytes = buffer.get(..len).unwrap_or_default();
                        if !bytes.is_empty() && !self.hear(bytes) {
                            driver(self.clock.now(), bytes);
                        }
                        if lock(&self.inner).ended {
                            return;
                        }
                    }
                    Err(error) => {
                        self.lost(&error);
                        break;
                    }
                }
            }
        }
    }

    /// Bytes came. Whether they were the dead-man's.
    pub fn hear(&self, bytes: &[u8]) -> bool {
        let mut inner = lock(&self.inner);
        let now = self.clock.now();
        let mine = inner.dead_man.bytes(now, bytes);
        inner.flush(now);
        self.let_go(inner);
        mine
    }

    /// The dead-man's thread: minds the time, and dials again when the connection is gone, until the guard has ended.
    pub fn run(&self, mut dial: impl FnMut() -> io::Result<Line>) {
        let mut inner = lock(&self.inner);
        while !inner.ended {
            let now = self.clock.now();
            inner.dead_man.tick(now);
            inner.flush(now);
            if inner.mouth.is_none() && inner.dial_at <= now {
                drop(inner);
                // Takes as long as the network likes; nobody waits for it.
                let line = dial();
                inner = lock(&self.inner);
                let now = self.clock.now();
                match line {
                    Ok(line) if !inner.ended => {
                        inner.connect(now, line);
                        self.changed.notify_all();
                    }
                    _ => inner.dial_at = now + DIAL_AGAIN,
                }
                continue;
            }
            let dial_at = inner.mouth.is_none().then_some(inner.dial_at);
            let due = inner.dead_man.next_at().into_iter().chain(dial_at).min();
            // A stop may have been proved just now: who waits for that is told before this thread sleeps.
            self.changed.notify_all();
            inner = wait(&self.changed, inner, due.map(|due| due.since(now)));
        }
    }

    /// The last stop: trips, waits until standing still is proved or `patience` is over, and ends all threads. Whether
    /// it was proved; a dry run has nothing to prove.
    pub fn end(&self, patience: Duration) -> bool {
        let mut inner = lock(&self.inner);
        let until = self.clock.now() + patience;
        let now = self.clock.now();
        inner.dead_man.trip(now, Why::End);
        inner.flush(now);
        self.changed.notify_all();
        let proved = loop {
            if let Some((_, true)) = inner.dead_man.held() {
                break true;
            }
            let now = self.clock.now();
            if now >= until || inner.ended {
                break false;
            }
            inner = wait(&self.changed, inner, Some(until.since(now)));
        };
        inner.ended = true;
        self.changed.notify_all();
        proved
    }

    /// Wakes all who wait, so that they look at the clock again.
    pub fn nudge(&self) {
        let inner = lock(&self.inner);
        self.let_go(inner);
    }

    /// The next connection's receiving half; `None` when the guard has ended.
    fn ear(&self) -> Option<Box<dyn Hear>> {
        let mut inner = lock(&self.inner);
        loop {
            if inner.ended {
                return None;
            }
            if let Some(ear) = inner.ear.take() {
                return Some(ear);
            }
            inner = wait(&self.changed, inner, None);
        }
    }

    fn lost(&self, error: &io::Error) {
        let mut inner = lock(&self.inner);
        let now = self.clock.now();
        inner.lose(now, &error.to_string());
        self.let_go(inner);
    }

    /// Every change wakes the dead-man's thread, which then knows when to look next, and whoever waits for a proof.
    fn let_go(&self, inner: MutexGuard<'_, Inner>) {
        self.changed.notify_all();
        drop(inner);
    }
}

impl Inner {
    fn connect(&mut self, at: SimTime, line: Line) {
        (self.mouth, self.ear) = (Some(line.mouth), Some(line.ear));
        (self.listener)(at, &Said::Connected);
        self.dead_man.connected(at);
        self.flush(at);
    }

    fn flush(&mut self, at: SimTime) {
        while let Some(deed) = self.dead_man.poll() {
            match deed {
                Deed::Transmit(datagram) => self.speak(at, &datagram, &Said::DeadMan(datagram)),
                Deed::Tripped(why) => (self.listener)(at, &Said::Tripped(why)),
                Deed::Proved(why) => (self.listener)(at, &Said::Proved(why)),
            }
        }
    }

    fn speak(&mut self, at: SimTime, datagram: &Datagram, said: &Said) {
        let Some(mouth) = &mut self.mouth else { return };
        match mouth.speak(datagram.as_bytes()) {
            Ok(()) => (self.listener)(at, said),
            Err(error) => self.lose(at, &error.to_string()),
        }
    }

    fn lose(&mut self, at: SimTime, why: &str) {
        if self.mouth.take().is_some() {
            self.dial_at = at;
            (self.listener)(at, &Said::Lost(why.to_owned()));
            self.dead_man.disconnected();
            while let Some(deed) = self.dead_man.poll() {
                // Nothing can leave; news is news all the same.
                if let Deed::Tripped(why) = deed {
                    (self.listener)(at, &Said::Tripped(why));
                }
            }
        }
    }
}
