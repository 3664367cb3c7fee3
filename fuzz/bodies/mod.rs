//! What is done with arbitrary bytes, one file a target. The fuzzer runs these, and so does an ordinary test
//! (`visca/tests/fuzzed.rs`), with random bytes, on any toolchain.

pub mod controller;
pub mod device;
pub mod packet_stream;
pub mod sony_datagram;

use core::time::Duration;

use tiltyard_visca::model::{AxisModel, Model, Timing, ZoomModel};
use tiltyard_visca::sony::{Kind, Packet};
use tiltyard_visca::{Framing, Quirks};

/// The input, byte by byte; zeros behind its end.
pub struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// Up to `len` bytes.
    pub fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Usually a few milliseconds, sometimes none, sometimes a second.
    pub fn pause(&mut self) -> Duration {
        match self.byte() {
            0..=31 => Duration::ZERO,
            byte @ 32..=239 => Duration::from_micros(u64::from(byte) * 100),
            byte => Duration::from_millis(u64::from(byte - 239) * 64),
        }
    }

    pub fn framing(&mut self) -> Framing {
        match self.byte() % 3 {
            0 => Framing::Stream,
            1 => Framing::Datagrams,
            _ => Framing::Sony,
        }
    }
}

/// A frame with a header of Sony's before it where that is spoken, else as it is.
pub fn wrapped(framing: Framing, kind: Kind, seq: u32, frame: &[u8]) -> Vec<u8> {
    match framing {
        Framing::Sony => Packet { kind, seq, payload: frame }.encode().as_bytes().to_vec(),
        Framing::Stream | Framing::Datagrams => frame.to_vec(),
    }
}

/// A model with these quirks; 24 pan codes, 20 tilt codes, eight zoom speeds.
pub fn model(quirks: Quirks) -> Model {
    let axis = |codes: i32| AxisModel {
        speed_dps: (1..=codes).map(f64::from).collect(),
        units_per_deg: 14.4,
        min_deg: -170.0,
        max_deg: 170.0,
    };
    let ms = Duration::from_millis;
    Model {
        pan: axis(24),
        tilt: axis(20),
        zoom: ZoomModel { tele_units: 0x4000, speed_units_per_s: (1..=8).map(|p| 100.0 * f64::from(p)).collect() },
        timing: Timing { ack: ms(20), inquiry: ms(70), gap: ms(15), reply_timeout: ms(250) },
        quirks,
    }
}

/// Bytes of a snapshot: a bound on it bounds all memory.
pub fn size_of(state: &impl serde::Serialize) -> usize {
    serde_json::to_string(state).map_or(0, |text| text.len())
}
