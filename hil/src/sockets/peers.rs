//! Who is connected: remote addresses and connections by the number that a camera tells them apart with.
//!
//! Owns the numbers. They go round from 0 to 255, so that a late reply to somebody who left does not reach who came
//! after. Holds [`PEERS_MAX`] controllers, [`SONY_PEERS_MAX`] of them under Sony's header; when a new one comes, the
//! one of UDP that was silent for longest is forgotten, because UDP knows no goodbye. Connections are never forgotten
//! while they are open.

use std::net::SocketAddr;

use tiltyard_visca::{Framing, Peer};

/// Controllers at once: as many as the virtual camera keeps apart.
pub(super) const PEERS_MAX: usize = 16;
/// Controllers under Sony's header at once (SRG-X400 command list, "VISCA over IP").
const SONY_PEERS_MAX: usize = 5;

/// The way to a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// A remote address at the UDP socket with this index.
    Udp { socket: usize, remote: SocketAddr },
    /// The line with this key: a connection or a pseudo-terminal.
    Line(usize),
}

/// The table.
#[derive(Debug, Default)]
pub(super) struct Peers {
    known: Vec<Known>,
    next: u8,
    /// Counts what was heard: who has the lowest mark was silent for longest.
    heard: u64,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    peer: Peer,
    route: Route,
    heard: u64,
}

/// What came of a new controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entered {
    /// It.
    pub peer: Peer,
    /// Who had to make room.
    pub forgotten: Option<Peer>,
}

impl Peers {
    /// The controller on this route, which was just heard.
    pub fn hear(&mut self, route: Route) -> Option<Peer> {
        self.heard += 1;
        let known = self.known.iter_mut().find(|known| known.route == route)?;
        known.heard = self.heard;
        Some(known.peer)
    }

    /// A new controller on this route; `None` when all places are taken by open connections.
    pub fn enter(&mut self, route: Route, framing: Framing) -> Option<Entered> {
        let is_sony = |known: &Known| known.peer.framing == Framing::Sony;
        let sony_is_full =
            framing == Framing::Sony && self.known.iter().filter(|known| is_sony(known)).count() >= SONY_PEERS_MAX;
        let mut forgotten = None;
        if sony_is_full || self.known.len() >= PEERS_MAX {
            let may_go = |known: &Known| matches!(known.route, Route::Udp { .. }) && (!sony_is_full || is_sony(known));
            let candidates = self.known.iter().enumerate().filter(|(_, known)| may_go(known));
            let (silent, _) = candidates.min_by_key(|(_, known)| known.heard)?;
            forgotten = Some(self.known.remove(silent).peer);
        }
        let number = self.number();
        let peer = Peer { number, framing };
        self.heard += 1;
        self.known.push(Known { peer, route, heard: self.heard });
        Some(Entered { peer, forgotten })
    }

    /// The controller on this route has left.
    pub fn leave(&mut self, route: Route) -> Option<Peer> {
        let index = self.known.iter().position(|known| known.route == route)?;
        Some(self.known.remove(index).peer)
    }

    /// The way to a controller; `None` when it has left.
    pub fn route(&self, peer: Peer) -> Option<Route> {
        self.known.iter().find(|known| known.peer == peer).map(|known| known.route)
    }

    /// The next number that nobody has.
    fn number(&mut self) -> u8 {
        loop {
            let number = self.next;
            self.next = self.next.wrapping_add(1);
            if self.known.iter().all(|known| known.peer.number != number) {
                return number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn udp(port: u16) -> Route {
        Route::Udp { socket: 0, remote: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    #[test]
    fn one_that_comes_again_is_known_and_the_silent_one_makes_room() {
        let mut peers = Peers::default();
        let first = peers.enter(udp(1), Framing::Datagrams).unwrap().peer;
        let second = peers.enter(udp(2), Framing::Sony).unwrap().peer;
        assert_ne!(first.number, second.number);
        for port in 3..=16 {
            assert_eq!(peers.enter(udp(port), Framing::Datagrams).unwrap().forgotten, None);
        }
        assert_eq!(peers.hear(udp(1)), Some(first));
        assert_eq!(peers.enter(udp(17), Framing::Datagrams).unwrap().forgotten, Some(second));
        assert_eq!((peers.hear(udp(2)), peers.route(second)), (None, None));
        assert_eq!(peers.route(first), Some(udp(1)));
    }

    #[test]
    fn a_sixth_controller_of_sonys_takes_the_place_of_one_of_sonys() {
        let mut peers = Peers::default();
        peers.enter(udp(99), Framing::Datagrams).unwrap();
        let first = peers.enter(udp(1), Framing::Sony).unwrap().peer;
        for port in 2..=5 {
            assert_eq!(peers.enter(udp(port), Framing::Sony).unwrap().forgotten, None);
        }
        assert_eq!(peers.enter(udp(6), Framing::Sony).unwrap().forgotten, Some(first));
    }

    #[test]
    fn open_connections_keep_their_place() {
        let mut peers = Peers::default();
        for key in 0..PEERS_MAX {
            assert!(peers.enter(Route::Line(key), Framing::Stream).is_some());
        }
        assert_eq!(peers.enter(udp(1), Framing::Datagrams), None);
        let left = peers.leave(Route::Line(3)).unwrap();
        let next = peers.enter(udp(1), Framing::Datagrams).unwrap().peer;
        assert_ne!(next.number, left.number, "a late reply to one who left reaches nobody else");
    }

    #[test]
    fn numbers_go_round_and_skip_those_in_use() {
        let mut peers = Peers::default();
        let stays = peers.enter(Route::Line(0), Framing::Stream).unwrap().peer;
        for _ in 0..600 {
            let peer = peers.enter(Route::Line(1), Framing::Stream).unwrap().peer;
            assert_ne!(peer.number, stays.number);
            assert_eq!(peers.leave(Route::Line(1)), Some(peer));
        }
    }
}
