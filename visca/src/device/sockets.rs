//! The two places in which a camera keeps commands that take time, shared by all controllers.
//!
//! Drives are done as soon as they are acknowledged; only what takes time stays: moves, a recalled memory, which moves
//! several motors, and power-on.

use serde::{Deserialize, Serialize};

use super::Origin;
use crate::{Motor, Peer, State, Visit};

/// Sockets of a camera; all that we know have two.
pub(super) const SOCKETS: usize = 2;

/// What a command waits for: a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Awaits(u8);

impl Awaits {
    pub(super) const NOTHING: Self = Self(0);
    /// The head arrives.
    pub(super) const HEAD: Self = Self(1);
    /// The zoom motor arrives.
    pub(super) const ZOOM: Self = Self(2);
    /// The focus motor arrives.
    pub(super) const FOCUS: Self = Self(4);
    /// The camera is up.
    pub(super) const POWER: Self = Self(8);
    /// Anything.
    pub(super) const ANY: Self = Self(15);

    /// This motor arrives.
    pub(super) const fn motor(motor: Motor) -> Self {
        match motor {
            Motor::PanTilt => Self::HEAD,
            Motor::Zoom => Self::ZOOM,
        }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// A command that runs, and who asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Running {
    pub(super) awaits: Awaits,
    pub(super) from: Origin,
    /// It recalls a memory.
    pub(super) recalls: bool,
}

/// What runs in each socket. Sockets are numbered from 1 on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sockets {
    running: [Option<Running>; SOCKETS],
    /// Index of the socket to try first.
    next: usize,
}

impl Sockets {
    /// Commands that run.
    pub(super) fn busy(&self) -> usize {
        self.running.iter().flatten().count()
    }

    /// A command runs that waits for any of these.
    pub(super) fn any_awaits(&self, what: Awaits) -> bool {
        self.running.iter().flatten().any(|running| running.awaits.meets(what))
    }

    /// A memory is being recalled.
    pub(super) fn any_recalls(&self) -> bool {
        self.running.iter().flatten().any(|running| running.recalls)
    }

    /// The number that the next command would get: they alternate (PTZOptics G2 transcripts). `None` when both are
    /// busy.
    pub(super) fn free(&self) -> Option<u8> {
        let index = (0..SOCKETS).map(|step| (self.next + step) % SOCKETS).find(|&i| self.running[i].is_none())?;
        Some(index as u8 + 1)
    }

    /// Takes that number.
    pub(super) fn take(&mut self) -> Option<u8> {
        let socket = self.free()?;
        self.next = usize::from(socket) % SOCKETS;
        Some(socket)
    }

    /// A command runs in this socket from now on.
    pub(super) fn hold(&mut self, socket: u8, running: Running) {
        if let Some(place) = self.place(socket) {
            *place = Some(running);
        }
    }

    /// Frees the socket; tells what ran there.
    pub(super) fn clear(&mut self, socket: u8) -> Option<Running> {
        self.place(socket).and_then(Option::take)
    }

    /// Frees the next socket with a command that waits for any of these; tells which, and whose it was.
    pub(super) fn end(&mut self, what: Awaits) -> Option<(u8, Origin)> {
        let meets = |place: &Option<Running>| place.is_some_and(|running| running.awaits.meets(what));
        let index = self.running.iter().position(meets)?;
        let running = self.running[index].take()?;
        Some((index as u8 + 1, running.from))
    }

    /// This has come about: frees the next socket whose command waits for nothing else now.
    pub(super) fn come_about(&mut self, what: Awaits) -> Option<(u8, Origin)> {
        for running in self.running.iter_mut().flatten() {
            running.awaits = running.awaits.without(what);
        }
        let index = self.running.iter().position(|place| place.is_some_and(|r| r.awaits == Awaits::NOTHING))?;
        let running = self.running[index].take()?;
        Some((index as u8 + 1, running.from))
    }

    /// Who asked is gone: nobody hears the completion.
    pub(super) fn disown(&mut self, peer: Peer) {
        for running in self.running.iter_mut().flatten() {
            running.from.disown(peer);
        }
    }

    fn place(&mut self, socket: u8) -> Option<&mut Option<Running>> {
        self.running.get_mut(usize::from(socket).checked_sub(1)?)
    }
}

impl State for Sockets {
    fn visit(&self, v: &mut dyn Visit) {
        for running in self.running {
            v.u64("awaits", running.map_or(0, |running| u64::from(running.awaits.0)));
            if let Some(Running { from, recalls, .. }) = running {
                v.part("for", &from);
                v.bool("recalls", recalls);
            }
        }
        v.u64("next", self.next as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: Origin = Origin { peer: Peer { number: 3, framing: crate::Framing::Sony }, seq: 7, gone: false };

    const fn running(awaits: Awaits) -> Running {
        Running { awaits, from: WHO, recalls: false }
    }

    #[test]
    fn sockets_alternate_and_skip_the_busy_one() {
        let mut sockets = Sockets::default();
        assert_eq!([sockets.take(), sockets.take(), sockets.take()], [Some(1), Some(2), Some(1)]);
        sockets.hold(1, running(Awaits::ZOOM));
        assert_eq!([sockets.take(), sockets.take()], [Some(2), Some(2)]);
        sockets.hold(2, running(Awaits::HEAD));
        assert_eq!(sockets.take(), None);
        assert_eq!(sockets.end(Awaits::ZOOM), Some((1, WHO)));
        assert_eq!(sockets.clear(2).map(|running| running.awaits), Some(Awaits::HEAD));
        assert_eq!((sockets.clear(2), sockets.clear(0), sockets.clear(9)), (None, None, None));
    }

    #[test]
    fn a_command_that_waits_for_two_motors_ends_with_the_second() {
        let mut sockets = Sockets::default();
        sockets.hold(2, running(Awaits::HEAD.and(Awaits::ZOOM)));
        assert_eq!(sockets.come_about(Awaits::ZOOM), None);
        assert!(sockets.any_awaits(Awaits::HEAD) && !sockets.any_awaits(Awaits::ZOOM));
        assert_eq!(sockets.come_about(Awaits::POWER), None);
        assert_eq!(sockets.come_about(Awaits::HEAD), Some((2, WHO)));
        assert_eq!(sockets.busy(), 0);
    }
}
