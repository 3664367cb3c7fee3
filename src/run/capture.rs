//! Every field of the state at some ticks, by its path: what a diff names.

use core::fmt;
use core::fmt::Write;
use core::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use tiltyard_visca::Visit;

/// A value as it was visited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A real number; in JSON its bits in hexadecimal, because JSON has no infinities and no −0 to rely on.
    #[serde(with = "bits")]
    Real(f64),
    /// A count, code, flag or time \[ns\].
    Whole(u64),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// Whether both have the same bits, with −0 and +0 taken as one, as the hash does.
    pub fn same_bits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Real(a), Self::Real(b)) => a.to_bits() == b.to_bits() || (*a == 0.0 && *b == 0.0),
            _ => self == other,
        }
    }
}

/// In decimal, then in bits.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The shortest text that reads back as the same number.
            Self::Real(value) => write!(f, "{value:?} (0x{:016x})", value.to_bits()),
            Self::Whole(value) => write!(f, "{value} (0x{value:x})"),
            Self::Bytes(bytes) => write!(f, "{:?} ({bytes:02x?})", String::from_utf8_lossy(bytes)),
        }
    }
}

/// One field at one tick.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The tick.
    pub tick: usize,
    /// The subsystem.
    pub subsystem: String,
    /// Where in the subsystem, such as `servo.pan.integral_dps`.
    pub path: String,
    /// What it held.
    pub value: Value,
}

/// A reader of state that keeps it.
#[derive(Clone, Debug)]
pub struct Capture {
    ticks: RangeInclusive<usize>,
    tick: usize,
    subsystem: &'static str,
    path: Vec<String>,
    fields: Vec<Field>,
}

impl Capture {
    /// Keeps these ticks.
    pub const fn new(ticks: RangeInclusive<usize>) -> Self {
        Self { ticks, tick: 0, subsystem: "", path: Vec::new(), fields: Vec::new() }
    }

    /// Whether it keeps this tick.
    pub fn wants(&self, tick: usize) -> bool {
        self.ticks.contains(&tick)
    }

    /// What is visited next belongs to this tick and subsystem.
    pub const fn begin(&mut self, tick: usize, subsystem: &'static str) {
        self.tick = tick;
        self.subsystem = subsystem;
    }

    /// What was kept.
    pub fn into_fields(self) -> Vec<Field> {
        self.fields
    }

    fn keep(&mut self, name: &'static str, value: Value) {
        let mut path = self.path.join(".");
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        self.fields.push(Field { tick: self.tick, subsystem: self.subsystem.to_owned(), path, value });
    }
}

impl Visit for Capture {
    fn f64(&mut self, name: &'static str, value: f64) {
        self.keep(name, Value::Real(value));
    }

    fn u64(&mut self, name: &'static str, value: u64) {
        self.keep(name, Value::Whole(value));
    }

    fn bytes(&mut self, name: &'static str, value: &[u8]) {
        self.keep(name, Value::Bytes(value.to_vec()));
    }

    fn enter(&mut self, name: &'static str, index: Option<u64>) {
        let mut part = name.to_owned();
        if let Some(index) = index {
            // Writing to a string does not fail.
            let _ = write!(part, "[{index}]");
        }
        self.path.push(part);
    }

    fn leave(&mut self) {
        self.path.pop();
    }
}

mod bits {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    // The signature is serde's.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:016x}", value.to_bits()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(f64::from_bits).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_json_to_the_bit() {
        for value in [0.1, -0.0, f64::INFINITY, f64::MIN_POSITIVE, 1.0 / 3.0] {
            let text = serde_json::to_string(&Value::Real(value)).unwrap();
            let Value::Real(back) = serde_json::from_str(&text).unwrap() else { panic!("{text}") };
            assert_eq!(back.to_bits(), value.to_bits(), "{text}");
        }
    }

    #[test]
    fn values_are_shown_in_decimal_and_bits() {
        assert_eq!(Value::Real(0.1).to_string(), "0.1 (0x3fb999999999999a)");
        assert_eq!(Value::Whole(255).to_string(), "255 (0xff)");
    }
}
