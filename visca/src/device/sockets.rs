//! The two places in which a camera keeps commands that take time.
//!
//! Drives are done as soon as they are acknowledged; only moves stay. One motor has one command at most.

use serde::{Deserialize, Serialize};

use super::Origin;
use crate::{Motor, State, Visit};

/// Sockets of a camera; all that we know have two.
pub(super) const SOCKETS: usize = 2;

/// Which motor each socket's move is in, and who asked for it. Sockets are numbered from 1 on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sockets {
    running: [Option<(Motor, Origin)>; SOCKETS],
    /// Index of the socket to try first.
    next: usize,
}

impl Sockets {
    /// Moves that run.
    pub(super) fn busy(&self) -> usize {
        self.running.iter().flatten().count()
    }

    /// The number of the next free socket: they alternate (PTZOptics G2 transcripts). `None` when both are busy.
    pub(super) fn next(&mut self) -> Option<u8> {
        let index = (0..SOCKETS).map(|step| (self.next + step) % SOCKETS).find(|&i| self.running[i].is_none())?;
        self.next = (index + 1) % SOCKETS;
        Some(index as u8 + 1)
    }

    /// A move of this motor runs in this socket from now on.
    pub(super) fn hold(&mut self, socket: u8, motor: Motor, from: Origin) {
        if let Some(place) = self.place(socket) {
            *place = Some((motor, from));
        }
    }

    /// Frees the socket; tells which motor was moving, and for whom.
    pub(super) fn free(&mut self, socket: u8) -> Option<(Motor, Origin)> {
        self.place(socket).and_then(Option::take)
    }

    /// Frees the socket in which this motor's move runs; tells which one it was, and whose.
    pub(super) fn free_motor(&mut self, motor: Motor) -> Option<(u8, Origin)> {
        let holds = |running: &Option<(Motor, Origin)>| running.is_some_and(|(moving, _)| moving == motor);
        let index = self.running.iter().position(holds)?;
        let (_, from) = self.running[index].take()?;
        Some((index as u8 + 1, from))
    }

    fn place(&mut self, socket: u8) -> Option<&mut Option<(Motor, Origin)>> {
        self.running.get_mut(usize::from(socket).checked_sub(1)?)
    }
}

impl State for Sockets {
    fn visit(&self, v: &mut dyn Visit) {
        for running in self.running {
            v.u64("running", running.map_or(0, |(motor, _)| motor as u64 + 1));
            if let Some((_, from)) = running {
                v.part("for", &from);
            }
        }
        v.u64("next", self.next as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_alternate_and_skip_the_busy_one() {
        let mut sockets = Sockets::default();
        assert_eq!([sockets.next(), sockets.next(), sockets.next()], [Some(1), Some(2), Some(1)]);
        sockets.hold(1, Motor::Zoom, Origin::default());
        assert_eq!([sockets.next(), sockets.next()], [Some(2), Some(2)]);
        sockets.hold(2, Motor::PanTilt, Origin::default());
        assert_eq!(sockets.next(), None);
        assert_eq!(sockets.free_motor(Motor::Zoom), Some((1, Origin::default())));
        assert_eq!(sockets.free(2), Some((Motor::PanTilt, Origin::default())));
        assert_eq!((sockets.free(2), sockets.free(0), sockets.free(9)), (None, None, None));
    }
}
