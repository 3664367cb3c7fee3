//! The dead-man: nothing moves without somebody who answers for it (DESIGN section 9).
//!
//! VISCA's drives have no time-out, so a client that dies, hangs or loses its connection leaves a camera that turns for
//! ever. The dead-man stands between the one who drives and the wire, and knows three states:
//!
//! - **open**: drives pass, as long as somebody [affirms](DeadMan::affirm) them every [`limit`](DeadManConfig::limit);
//! - **stopping**: nothing passes. It says STOP itself, first to both motors and then again and again, until the camera
//!   has acknowledged it *and* given two equal positions of each motor; a Cancel follows where that does not help
//!   ([`Controller::stop`](tiltyard_visca::Controller::stop));
//! - **held**: proved to stand still. Nothing passes until the next affirmation opens it.
//!
//! It stops when nobody affirms, when the camera says nothing for long, when it is [tripped](DeadMan::trip), and after
//! every connection, the first one included. Sans-IO: time comes in, bytes go out; [`Guard`](super::Guard) puts it on
//! threads.
//!
//! A **dry run** lets inquiries through and answers commands itself: a drive is *not executable*, a stop is done. So
//! whoever drives learns that nothing moves, and no motion command leaves.

use core::fmt;
use core::time::Duration;
use std::collections::VecDeque;

use tiltyard_visca::model::Model;
use tiltyard_visca::sony::{Kind, Packet};
use tiltyard_visca::{
    Command, Controller, ControllerConfig, ControllerEvent, ControllerInput, ControllerOutput, Datagram, Framing,
    Message, Refusal, Reply, SimTime,
};

/// How patient it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadManConfig {
    /// Whether anything may move at all; otherwise a dry run.
    pub armed: bool,
    /// Without an affirmation for so long, what moves is stopped. DESIGN section 9: 250 ms.
    pub limit: Duration,
    /// Without a byte from the camera for so long, what moves is stopped.
    pub silence: Duration,
}

impl Default for DeadManConfig {
    /// Not armed; 250 ms, and three times the second between two position readings.
    fn default() -> Self {
        Self { armed: false, limit: Duration::from_millis(250), silence: Duration::from_secs(3) }
    }
}

/// Why it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The connection is new: whatever the camera was told before, it stands first.
    Connected,
    /// Nobody affirmed in time.
    NoCommand,
    /// The camera says nothing.
    Silence,
    /// The connection is gone.
    Link,
    /// Somebody who watches has seen something; their words.
    Alarm(&'static str),
    /// The one who drives has panicked: the last stop.
    Panic,
    /// The session ends: the last stop.
    End,
}

impl Why {
    /// Nothing moves after it.
    pub const fn is_last(self) -> bool {
        matches!(self, Self::Panic | Self::End)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connected => "the connection is new",
            Self::NoCommand => "no fresh command",
            Self::Silence => "the camera is silent",
            Self::Link => "the connection is lost",
            Self::Alarm(what) => what,
            Self::Panic => "the tracker panicked",
            Self::End => "the session ends",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Open,
    Stopping(Why),
    Held(Why),
}

/// What became of a datagram that wants to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It may leave.
    Leaves,
    /// It may not: the dead-man has the line.
    Held,
    /// A dry run: these are the camera's answers, made up.
    Answered(Vec<Datagram>),
}

/// What became of an affirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affirmed {
    /// Drives pass, as before.
    Open,
    /// Drives pass again. What was under way before is forgotten: the driver begins with a new conversation.
    Reopened,
    /// Nothing passes yet, or ever again.
    Held,
}

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Send this to the camera, now.
    Transmit(Datagram),
    /// It begins to stop.
    Tripped(Why),
    /// It is proved that the camera stands still.
    Proved(Why),
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeadManCounts {
    /// Stops begun, each once a stall.
    pub tripped: u64,
    /// Stops proved.
    pub proved: u64,
    /// Datagrams of the driver that did not leave.
    pub withheld: u64,
}

/// The dead-man: open, stopping or held.
#[derive(Clone, Debug)]
pub struct DeadMan {
    config: DeadManConfig,
    framing: Framing,
    stopper: Controller,
    /// When the stopper wants to look again.
    stopper_at: Option<SimTime>,
    mode: Mode,
    /// A motion command has left since standing still was last proved.
    moving: bool,
    affirmed_at: SimTime,
    heard_at: SimTime,
    counts: DeadManCounts,
    deeds: VecDeque<Deed>,
}

impl DeadMan {
    /// One that has the line until it is [`connected`](Self::connected). `model` should have passed [`Model::check`].
    pub fn new(model: Model, framing: Framing, config: DeadManConfig) -> Self {
        let stopper = Controller::new(model, ControllerConfig { framing, ..ControllerConfig::default() });
        Self {
            config,
            framing,
            stopper,
            stopper_at: None,
            mode: Mode::Stopping(Why::Connected),
            moving: false,
            affirmed_at: SimTime::ZERO,
            heard_at: SimTime::ZERO,
            counts: DeadManCounts::default(),
            deeds: VecDeque::new(),
        }
    }

    /// The connection is there, or there again: STOP comes first.
    pub fn connected(&mut self, at: SimTime) {
        self.heard_at = at;
        let why = match self.mode {
            Mode::Stopping(why) | Mode::Held(why) if why.is_last() => why,
            _ => Why::Connected,
        };
        if self.config.armed {
            self.begin(at, why);
        } else {
            self.mode = if why.is_last() { Mode::Held(why) } else { Mode::Open };
        }
    }

    /// The connection is gone. Nothing can be said; the rest follows when it is there again.
    pub fn disconnected(&mut self) {
        match self.mode {
            Mode::Stopping(_) => {}
            Mode::Held(why) if why.is_last() => {}
            Mode::Held(_) => self.mode = Mode::Stopping(Why::Link),
            Mode::Open => {
                self.counts.tripped += u64::from(self.config.armed);
                self.mode = Mode::Stopping(Why::Link);
                self.deeds.push_back(Deed::Tripped(Why::Link));
            }
        }
        self.stopper_at = None;
    }

    /// May this datagram of the driver's leave?
    pub fn pass(&mut self, datagram: &Datagram) -> Passage {
        let command = match Message::of(datagram) {
            Some(Message::Command(command)) => Some(command),
            // A question, or a control message of Sony's: neither moves anything.
            _ => None,
        };
        let passage = match (self.mode, command) {
            (Mode::Stopping(_) | Mode::Held(_), _) => Passage::Held,
            (Mode::Open, Some(command)) if !self.config.armed => Passage::Answered(self.answers(datagram, command)),
            (Mode::Open, _) => Passage::Leaves,
        };
        if passage == Passage::Leaves {
            self.moving |= command.is_some_and(|command| command.motor().is_some() && !command.is_stop());
        } else {
            self.counts.withheld += 1;
        }
        passage
    }

    /// Somebody answers for what the camera does, on fresh evidence.
    pub fn affirm(&mut self, at: SimTime) -> Affirmed {
        match self.mode {
            // Too late: the stop is due, whoever looks first.
            Mode::Open if self.is_overdue(at) => {
                self.tick(at);
                Affirmed::Held
            }
            Mode::Open => {
                self.affirmed_at = at;
                Affirmed::Open
            }
            Mode::Held(why) if !why.is_last() => {
                self.mode = Mode::Open;
                self.affirmed_at = at;
                Affirmed::Reopened
            }
            Mode::Held(_) | Mode::Stopping(_) => Affirmed::Held,
        }
    }

    /// Stops, unless it does so already. Whether that is news.
    pub fn trip(&mut self, at: SimTime, why: Why) -> bool {
        match self.mode {
            Mode::Open if self.config.armed => {
                self.counts.tripped += 1;
                self.begin(at, why);
                self.deeds.push_back(Deed::Tripped(why));
                true
            }
            // The last word is a STOP.
            Mode::Held(before) if why.is_last() && !before.is_last() && self.config.armed => {
                self.begin(at, why);
                false
            }
            Mode::Open | Mode::Held(_) if why.is_last() => {
                self.mode = Mode::Held(why);
                false
            }
            Mode::Stopping(_) if why.is_last() && !self.config.armed => {
                self.mode = Mode::Held(why);
                false
            }
            Mode::Stopping(before) => {
                self.mode = Mode::Stopping(if before.is_last() { before } else { why });
                false
            }
            // A dry run moves nothing, and what is held stands.
            Mode::Open | Mode::Held(_) => false,
        }
    }

    /// Bytes from the camera. Whether they were for the dead-man, and not for the driver.
    pub fn bytes(&mut self, at: SimTime, bytes: &[u8]) -> bool {
        self.heard_at = self.heard_at.max(at);
        match self.mode {
            Mode::Open => false,
            Mode::Held(_) => true,
            Mode::Stopping(_) => {
                self.stopper.handle_input(ControllerInput::Bytes { at, bytes });
                self.drain();
                true
            }
        }
    }

    /// Time went on.
    pub fn tick(&mut self, at: SimTime) {
        match self.mode {
            Mode::Open if self.is_overdue(at) => {
                self.trip(at, Why::NoCommand);
            }
            Mode::Open if self.silent_at().is_some_and(|due| due <= at) => {
                self.trip(at, Why::Silence);
            }
            Mode::Stopping(_) if self.stopper_at.is_some_and(|due| due <= at) => {
                self.stopper.handle_input(ControllerInput::Tick { at });
                self.drain();
            }
            _ => {}
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Deed> {
        self.deeds.pop_front()
    }

    /// When to [`tick`](Self::tick) next, without news.
    pub fn next_at(&self) -> Option<SimTime> {
        match self.mode {
            Mode::Open => self.due_at().into_iter().chain(self.silent_at()).min(),
            Mode::Stopping(_) => self.stopper_at,
            Mode::Held(_) => None,
        }
    }

    /// Drives pass.
    pub fn is_open(&self) -> bool {
        self.mode == Mode::Open
    }

    /// Why nothing passes, and whether standing still is proved; `None` while drives pass.
    pub fn held(&self) -> Option<(Why, bool)> {
        match self.mode {
            Mode::Open => None,
            Mode::Stopping(why) => Some((why, false)),
            Mode::Held(why) => Some((why, true)),
        }
    }

    /// How often what happened.
    pub const fn counts(&self) -> DeadManCounts {
        self.counts
    }

    /// A motion command has left since standing still was last proved.
    pub const fn is_moving(&self) -> bool {
        self.moving
    }

    fn due_at(&self) -> Option<SimTime> {
        self.moving.then(|| self.affirmed_at + self.config.limit)
    }

    fn is_overdue(&self, at: SimTime) -> bool {
        self.due_at().is_some_and(|due| due <= at)
    }

    fn silent_at(&self) -> Option<SimTime> {
        self.moving.then(|| self.heard_at + self.config.silence)
    }

    fn begin(&mut self, at: SimTime, why: Why) {
        self.mode = Mode::Stopping(why);
        // A conversation of its own: nothing that the driver had under way is waited for, and STOP is the first word.
        self.stopper.reconnected(at);
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.stopper.poll_output() {
                ControllerOutput::Transmit(datagram) => self.deeds.push_back(Deed::Transmit(datagram)),
                ControllerOutput::Event(ControllerEvent::Stopped { .. }) => {
                    if let Mode::Stopping(why) = self.mode {
                        self.mode = Mode::Held(why);
                        self.moving = false;
                        self.counts.proved += 1;
                        self.deeds.push_back(Deed::Proved(why));
                    }
                }
                ControllerOutput::Event(_) => {}
                ControllerOutput::WaitUntil(due) => {
                    self.stopper_at = due;
                    return;
                }
            }
        }
    }

    /// What a camera says that cannot move: a stop is done, everything else is not executable.
    fn answers(&self, datagram: &Datagram, command: Command) -> Vec<Datagram> {
        let replies = if command.is_stop() {
            vec![Reply::Ack { socket: 1 }, Reply::Completion { socket: 1 }]
        } else {
            vec![Reply::Error { socket: 1, kind: Refusal::NotExecutable }]
        };
        let seq = Packet::parse(datagram.as_bytes()).map_or(0, |packet| packet.seq);
        let wrap = |reply: Reply| {
            let frame = reply.encode(tiltyard_visca::Address::ONE);
            match self.framing {
                Framing::Sony => Packet { kind: Kind::Reply, seq, payload: frame.as_bytes() }.encode(),
                Framing::Stream | Framing::Datagrams => Datagram::from(frame),
            }
        };
        replies.into_iter().map(wrap).collect()
    }
}
