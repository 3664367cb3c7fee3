//! Every field of the state at some ticks, by its path: what a diff names.

use core::fmt;
use core::fmt::Write;
use core::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use tiltyard_visca::Visit;

/// A value as it was visited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A real number.
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
