//! The byte log: what went over the sockets, when, whose, which way. A ring of the last [`KEPT`].

use std::collections::VecDeque;

use serde::Serialize;
use tiltyard_visca::{Datagram, Dialect, Peer, SimTime};

use super::decode::{Way, words};

/// Entries that are kept: several minutes of a tracker that asks twenty times a second.
const KEPT: usize = 4096;

/// One line of the log as it is written; words come when somebody reads it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its number, from 1 and without gaps.
    pub number: u64,
    /// When.
    pub at: SimTime,
    /// Whose bytes.
    pub peer: Peer,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Copy, Debug)]
pub enum What {
    /// A controller came.
    Joined,
    /// A controller left.
    Left,
    /// Bytes went this way.
    Bytes {
        /// Which.
        way: Way,
        /// What.
        bytes: Datagram,
        /// How this camera's messages are written.
        dialect: Dialect,
        /// The scenario's link lost them before the camera had them.
        lost: bool,
    },
}

/// The log.
#[derive(Debug, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    written: u64,
}

impl Journal {
    /// Writes a line; gives its number.
    pub fn write(&mut self, at: SimTime, peer: Peer, what: What) -> u64 {
        self.written += 1;
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { number: self.written, at, peer, what });
        self.written
    }

    /// The lines after that number, oldest first, `most` at most.
    pub fn after(&self, number: u64, most: usize) -> Vec<Entry> {
        let first = self.written - self.entries.len() as u64;
        let skip = number.saturating_sub(first).min(KEPT as u64) as usize;
        self.entries.iter().skip(skip).take(most).copied().collect()
    }
}

/// A line of the log as JSON.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Its number, from 1; ask for what comes after it.
    pub number: u64,
    /// When \[s\].
    pub time_s: f64,
    /// Number of the controller.
    pub controller: u8,
    /// "joined", "left", "heard", "sent".
    pub what: &'static str,
    /// The bytes, such as "81 01 06 01 03 01 02 03 FF".
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hex: String,
    /// In words.
    pub text: String,
    /// A fault of the scenario lost them on the way to the camera.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub lost: bool,
}

impl From<&Entry> for Line {
    fn from(entry: &Entry) -> Self {
        let line = |what, hex, text, lost| Self {
            number: entry.number,
            time_s: entry.at.as_secs_f64(),
            controller: entry.peer.number,
            what,
            hex,
            text,
            lost,
        };
        match entry.what {
            What::Joined => line("joined", String::new(), entry.peer.to_string(), false),
            What::Left => line("left", String::new(), entry.peer.to_string(), false),
            What::Bytes { way, bytes, dialect, lost } => {
                let what = if way == Way::Heard { "heard" } else { "sent" };
                line(what, bytes.to_string(), words(entry.peer.framing, way, dialect, &bytes), lost)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_keeps_the_last_and_counts_all() {
        let mut journal = Journal::default();
        for number in 1..=5000 {
            assert_eq!(journal.write(SimTime::ZERO, Peer::default(), What::Joined), number);
        }
        let numbers = |after, most| journal.after(after, most).iter().map(|entry| entry.number).collect::<Vec<_>>();
        assert_eq!(numbers(0, 2), [905, 906]);
        assert_eq!(numbers(4998, 99), [4999, 5000]);
        assert!(numbers(5000, 99).is_empty());
        assert!(numbers(u64::MAX, 99).is_empty());
    }

    #[test]
    fn a_line_says_what_the_bytes_mean() {
        let bytes = Datagram::new(&[0x81, 0x09, 0x06, 0x12, 0xFF]).unwrap();
        let what = What::Bytes { way: Way::Heard, bytes, dialect: Dialect::default(), lost: true };
        let entry = Entry { number: 9, at: SimTime::from_millis(1500), peer: Peer::default(), what };
        let json = serde_json::to_string(&Line::from(&entry)).unwrap();
        let head = r#"{"number":9,"time_s":1.5,"controller":0,"what":"heard","#;
        let tail = r#""hex":"81 09 06 12 FF","text":"pan-tilt position?","lost":true}"#;
        assert_eq!(json, format!("{head}{tail}"));
    }
}
