//! A stop under way: said again and again until it is proved.
//!
//! VISCA drives have no time-out, so a lost stop is a runaway. Each motor is stopped until its stop was acknowledged
//! *and* two readings in a row, both asked for after the ACK, are equal, with so much time between them that even the
//! slowest speed would show: an ACK can be mistaken for another's, a standing head cannot. In order: a round says stop
//! to every motor not yet proved; the next round begins `stop_repeat` after the last word of this one. After
//! `stop_tries` rounds, or when a camera says that a stop cannot be executed (EVI-D80/D90 during a move), both sockets
//! are cancelled first, because on such cameras only that ends a move; on others (PTZOptics) it does nothing, and a
//! model that is known not to obey it is not told.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Command, Drive, Inquiry, Motor, SimTime, State, Visit, ZoomDrive};

/// Both sockets are cancelled.
const SOCKETS: u8 = 2;

/// How far one motor's stop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Halt {
    /// Not proved.
    Open { due: bool, acked_at: Option<SimTime>, reading: Option<Reading> },
    /// Acknowledged, and two equal readings.
    Proved,
    /// A newer wish has taken the motor over.
    Released,
}

/// Where a motor was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reading {
    /// When it was asked for.
    pub(super) asked_at: SimTime,
    /// When the answer came.
    pub(super) answered_at: SimTime,
    /// Pan and tilt, or zoom and zero \[units\].
    pub(super) units: [i32; 2],
}

impl Halt {
    const NEW: Self = Self::Open { due: true, acked_at: None, reading: None };
}

/// A stop of both motors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stopping {
    pan_tilt: Halt,
    zoom: Halt,
    /// Next socket to cancel; 0 when there is none.
    cancel: u8,
    /// Rounds since the last Cancel, this one included.
    round: u32,
    /// The next round begins with Cancel.
    escalate: bool,
    /// When the next round begins; `None` while this one has something to say.
    next_at: Option<SimTime>,
    /// Motors, the head first, whose stop has to leave once whatever else is wanted.
    first: [bool; 2],
}

impl Stopping {
    /// Both motors are to be stopped.
    pub(super) fn new() -> Self {
        Self {
            pan_tilt: Halt::NEW,
            zoom: Halt::NEW,
            cancel: 0,
            round: 1,
            escalate: false,
            next_at: None,
            first: [false; 2],
        }
    }

    /// This motor is to be stopped; the other one is nobody's concern.
    pub(super) fn of(motor: Motor) -> Self {
        let mut stopping = Self::new();
        stopping.release(match motor {
            Motor::PanTilt => Motor::Zoom,
            Motor::Zoom => Motor::PanTilt,
        });
        stopping
    }

    /// The same before anything else is said: a newer wish waits until the stop of its motor has left.
    pub(super) fn before_all() -> Self {
        Self { first: [true; 2], ..Self::new() }
    }

    /// The camera has forgotten what it acknowledged: motors that are not released have to be stopped and proved anew.
    pub(super) fn begin_anew(&mut self) {
        let first = self.first;
        let released = [self.pan_tilt, self.zoom].map(|halt| halt == Halt::Released);
        *self = Self { first, ..Self::new() };
        for (halt, released) in [&mut self.pan_tilt, &mut self.zoom].into_iter().zip(released) {
            if released {
                *halt = Halt::Released;
            }
        }
    }

    /// Takes back motors that had been released since. What is under way goes on.
    pub(super) fn renew(&mut self) {
        for halt in [&mut self.pan_tilt, &mut self.zoom] {
            if *halt == Halt::Released {
                *halt = Halt::NEW;
                self.next_at = None;
            }
        }
    }

    /// A newer wish has taken the motor over.
    pub(super) fn release(&mut self, motor: Motor) {
        *self.halt_mut(motor) = Halt::Released;
    }

    /// Whether this motor is being stopped, or was by this stop.
    pub(super) fn holds(&self, motor: Motor) -> bool {
        self.halt(motor) != Halt::Released
    }

    /// What is to be said now.
    pub(super) fn queued(&self) -> Option<Command> {
        let due = |halt| matches!(halt, Halt::Open { due: true, .. });
        if self.cancel > 0 {
            Some(Command::Cancel { socket: self.cancel })
        } else if due(self.pan_tilt) || self.first[0] {
            Some(Command::PanTilt(Drive::STOP))
        } else if due(self.zoom) || self.first[1] {
            Some(Command::Zoom(ZoomDrive::Stop))
        } else {
            None
        }
    }

    /// What [`queued`](Self::queued) gave was sent.
    pub(super) fn sent(&mut self, at: SimTime, command: Command, repeat: Duration) {
        match command.motor() {
            None => self.cancel = if self.cancel < SOCKETS { self.cancel + 1 } else { 0 },
            Some(motor) => {
                self.first[usize::from(motor == Motor::Zoom)] = false;
                if let Halt::Open { due, .. } = self.halt_mut(motor) {
                    *due = false;
                }
            }
        }
        if self.queued().is_none() {
            self.next_at = Some(at + repeat);
        }
    }

    /// When the next round begins, if this one is over.
    pub(super) fn next_at(&self) -> Option<SimTime> {
        self.next_at
    }

    /// Begins the next round if its time has come.
    pub(super) fn tick(&mut self, now: SimTime, tries: u32, repeat: Duration, cancels: bool) {
        // What this round had still to say was taken from it: a motor was proved or released meanwhile.
        if self.next_at.is_none() && self.queued().is_none() {
            self.next_at = Some(now + repeat);
        }
        if self.next_at.is_none_or(|next_at| next_at > now) {
            return;
        }
        self.next_at = None;
        if self.escalate || self.round >= tries {
            self.cancel = u8::from(cancels);
            self.round = 0;
            self.escalate = false;
        }
        self.round += 1;
        for halt in [&mut self.pan_tilt, &mut self.zoom] {
            if let Halt::Open { due, .. } = halt {
                *due = true;
            }
        }
    }

    /// A stop of this motor was acknowledged.
    pub(super) fn acked(&mut self, motor: Motor, at: SimTime) {
        if let Halt::Open { acked_at, .. } = self.halt_mut(motor) {
            acked_at.get_or_insert(at);
        }
    }

    /// A stop cannot be executed. With `at_once` the next round, which begins with Cancel, does not wait.
    pub(super) fn not_executable(&mut self, at_once: Option<SimTime>) {
        self.escalate = true;
        self.next_at = at_once.or(self.next_at);
    }

    /// Takes a reading; `apart` is the time in which the slowest speed makes one unit.
    pub(super) fn read(&mut self, motor: Motor, new: Reading, apart: Duration) {
        let halt = self.halt_mut(motor);
        if let Halt::Open { acked_at: Some(acked_at), reading, .. } = halt
            && new.asked_at >= *acked_at
        {
            match *reading {
                // The first of the equal ones stays, or they would never be apart.
                Some(old) if old.units == new.units => {
                    if old.answered_at + apart <= new.asked_at {
                        *halt = Halt::Proved;
                    }
                }
                _ => *reading = Some(new),
            }
        }
    }

    /// Whether the proof needs the answer to this question.
    pub(super) fn needs(&self, inquiry: Inquiry) -> bool {
        let halt = match inquiry {
            Inquiry::PanTilt => self.pan_tilt,
            Inquiry::Zoom => self.zoom,
            _ => return false,
        };
        matches!(halt, Halt::Open { acked_at: Some(_), .. })
    }

    /// `None` while a motor is not proved; then whether both are, and none was released.
    pub(super) fn outcome(&self) -> Option<bool> {
        let halts = [self.pan_tilt, self.zoom];
        let open = halts.iter().any(|halt| matches!(halt, Halt::Open { .. }));
        (!open && self.first == [false; 2]).then(|| halts == [Halt::Proved; 2])
    }

    fn halt(&self, motor: Motor) -> Halt {
        match motor {
            Motor::PanTilt => self.pan_tilt,
            Motor::Zoom => self.zoom,
        }
    }

    fn halt_mut(&mut self, motor: Motor) -> &mut Halt {
        match motor {
            Motor::PanTilt => &mut self.pan_tilt,
            Motor::Zoom => &mut self.zoom,
        }
    }
}

impl State for Stopping {
    fn visit(&self, v: &mut dyn Visit) {
        for halt in [self.pan_tilt, self.zoom] {
            match halt {
                Halt::Open { due, acked_at, reading } => {
                    v.u64("halt", 0);
                    v.bool("due", due);
                    v.time("acked_at", acked_at);
                    v.bool("read", reading.is_some());
                    if let Some(reading) = reading {
                        v.time("asked_at", reading.asked_at);
                        v.time("answered_at", reading.answered_at);
                        v.i64("pan", i64::from(reading.units[0]));
                        v.i64("tilt", i64::from(reading.units[1]));
                    }
                }
                Halt::Proved => v.u64("halt", 1),
                Halt::Released => v.u64("halt", 2),
            }
        }
        v.u64("cancel", u64::from(self.cancel));
        v.u64("round", u64::from(self.round));
        v.bool("escalate", self.escalate);
        v.time("next_at", self.next_at);
        // Only after a reconnection.
        if self.first != [false; 2] {
            v.bool("first", self.first[0]);
            v.bool("first", self.first[1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(asked_ms: u64, units: i32) -> Reading {
        let asked_at = SimTime::from_millis(asked_ms);
        Reading { asked_at, answered_at: asked_at + Duration::from_millis(90), units: [units, 0] }
    }

    #[test]
    fn equal_readings_prove_only_when_the_slowest_speed_would_have_shown() {
        let apart = Duration::from_millis(100);
        let mut stopping = Stopping::new();
        stopping.release(Motor::Zoom);
        stopping.read(Motor::PanTilt, reading(0, 5), apart);
        stopping.acked(Motor::PanTilt, SimTime::from_millis(10));
        stopping.read(Motor::PanTilt, reading(5, 5), apart); // asked for before the ACK
        stopping.read(Motor::PanTilt, reading(100, 5), apart); // answered at 190
        stopping.read(Motor::PanTilt, reading(200, 5), apart); // only 10 ms apart
        assert_eq!(stopping.outcome(), None);
        stopping.read(Motor::PanTilt, reading(290, 5), apart);
        assert_eq!(stopping.outcome(), Some(false), "proved, but the zoom was released");
    }

    #[test]
    fn a_round_whose_last_word_is_taken_from_it_is_followed_by_another() {
        let at = SimTime::from_millis;
        let repeat = Duration::from_millis(150);
        let mut stopping = Stopping::new();
        stopping.sent(at(0), Command::PanTilt(Drive::STOP), repeat);
        stopping.release(Motor::Zoom);
        stopping.tick(at(10), 8, repeat, true);
        assert_eq!((stopping.queued(), stopping.next_at()), (None, Some(at(160))));
        stopping.tick(at(160), 8, repeat, true);
        assert_eq!(stopping.queued(), Some(Command::PanTilt(Drive::STOP)));
    }

    #[test]
    fn a_reading_that_differs_begins_anew() {
        let mut stopping = Stopping::new();
        stopping.release(Motor::Zoom);
        stopping.acked(Motor::PanTilt, SimTime::ZERO);
        for (at, units) in [(100, 5), (300, 6), (500, 5)] {
            stopping.read(Motor::PanTilt, reading(at, units), Duration::ZERO);
        }
        assert_eq!(stopping.outcome(), None);
        stopping.read(Motor::PanTilt, reading(700, 5), Duration::ZERO);
        assert_eq!(stopping.outcome(), Some(false));
    }
}
