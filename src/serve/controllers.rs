//! Who drives the camera, and how much each has said.

use std::collections::BTreeMap;

use serde::Serialize;
use tiltyard_hil::Remote;
use tiltyard_visca::{Framing, Peer, SimTime};

/// One controller, as in the truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Controller {
    /// Its number: the one in the byte log.
    pub number: u8,
    /// "stream" (TCP, pty), "datagrams" (UDP) or "sony".
    pub framing: &'static str,
    /// Where it is.
    pub remote: String,
    /// When it spoke last \[s\]; absent while it was only connected.
    pub heard_s: Option<f64>,
    /// Messages from it.
    pub messages: u64,
    /// Bytes from it.
    pub bytes_heard: u64,
    /// Bytes to it.
    pub bytes_sent: u64,
}

/// Those that are there, and what all of them came to.
#[derive(Debug, Default)]
pub(super) struct Controllers {
    present: BTreeMap<Peer, Controller>,
    pub total: Total,
}

/// Sums over all controllers, those that left included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Controllers that came.
    pub controllers: u64,
    /// Messages to the camera, those that the scenario's link then lost included.
    pub messages: u64,
    /// Errors that the camera answered with.
    pub refusals: u64,
    /// Datagrams for which the link had no room any more.
    pub overflowed: u64,
    /// Controllers that were sent away because all places were taken.
    pub turned_away: u64,
}

impl Controllers {
    pub fn join(&mut self, peer: Peer, remote: &Remote) {
        let framing = match peer.framing {
            Framing::Stream => "stream",
            Framing::Datagrams => "datagrams",
            Framing::Sony => "sony",
        };
        self.total.controllers += 1;
        let remote = remote.to_string();
        let (heard_s, messages, bytes_heard, bytes_sent) = (None, 0, 0, 0);
        let new = Controller { number: peer.number, framing, remote, heard_s, messages, bytes_heard, bytes_sent };
        self.present.insert(peer, new);
    }

    pub fn leave(&mut self, peer: Peer) {
        self.present.remove(&peer);
    }

    pub fn heard(&mut self, peer: Peer, at: SimTime, messages: u64, bytes: usize) {
        self.total.messages += messages;
        if let Some(controller) = self.present.get_mut(&peer) {
            controller.heard_s = Some(at.as_secs_f64());
            controller.messages += messages;
            controller.bytes_heard += bytes as u64;
        }
    }

    pub fn sent(&mut self, peer: Peer, refusals: u64, bytes: usize) {
        self.total.refusals += refusals;
        if let Some(controller) = self.present.get_mut(&peer) {
            controller.bytes_sent += bytes as u64;
        }
    }

    pub fn list(&self) -> Vec<Controller> {
        self.present.values().cloned().collect()
    }
}
