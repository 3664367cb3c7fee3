//! Columns of numbers, small enough for a page: quantised to 16 bits, as differences, deflated, in base64.
//!
//! A value is a whole number of steps; −32768 is "undefined". From row to row only the difference is kept, modulo 2¹⁶
//! and with its sign in the lowest bit so that small ones are small; of each column first all low bytes, then all high
//! ones.
//! `js/unpack.js` is the way back. Integer arithmetic but for one division and one rounding: equal on every machine.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// What stands for an undefined value.
const UNDEFINED: i16 = i16::MIN;
/// The largest number of steps.
const STEPS_MAX: f64 = 32_767.0;
/// zlib's best that still is quick.
const LEVEL: u8 = 9;

/// Columns of one length, packed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Packed {
    /// Number of rows.
    pub rows: usize,
    /// Name and step of each column: a value is a whole number of steps.
    pub columns: Vec<(String, f64)>,
    /// All columns, zlib, base64.
    pub data: String,
}

/// Columns to be packed.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    rows: Option<usize>,
    named: Vec<(String, f64)>,
    bytes: Vec<u8>,
}

impl Columns {
    /// Adds a column with steps of `step`, or as many times ten of it as its largest value needs. All columns have the
    /// length of the first: what is longer is cut, what is shorter is undefined there.
    pub fn add(&mut self, name: &str, step: f64, values: impl IntoIterator<Item = Option<f64>>) {
        let mut values: Vec<Option<f64>> =
            values.into_iter().map(|value| value.filter(|value| value.is_finite())).collect();
        let rows = *self.rows.get_or_insert(values.len());
        values.resize(rows, None);
        let largest =
            values.iter().flatten().fold(0.0, |largest, value| tiltyard_visca::num::max(largest, value.abs()));
        let mut step = step;
        while largest / step > STEPS_MAX {
            step *= 10.0;
        }
        let quantised = values.iter().map(|value| value.map_or(UNDEFINED, |value| libm::round(value / step) as i16));
        let mut before = 0_i16;
        let coded: Vec<u16> = quantised
            .map(|value| {
                let difference = value.wrapping_sub(core::mem::replace(&mut before, value));
                ((difference << 1) ^ (difference >> 15)) as u16
            })
            .collect();
        self.bytes.extend(coded.iter().map(|code| *code as u8));
        self.bytes.extend(coded.iter().map(|code| (*code >> 8) as u8));
        self.named.push((name.to_owned(), step));
    }

    /// Packs them.
    pub fn pack(self) -> Packed {
        let deflated = miniz_oxide::deflate::compress_to_vec_zlib(&self.bytes, LEVEL);
        Packed { rows: self.rows.unwrap_or(0), columns: self.named, data: STANDARD.encode(deflated) }
    }
}

impl Packed {
    /// The values of a column, as `js/unpack.js` finds them; `None` where there is none of that name.
    #[cfg(test)]
    fn column(&self, name: &str) -> Option<Vec<Option<f64>>> {
        let index = self.columns.iter().position(|(known, _)| known == name)?;
        let limit = self.rows.checked_mul(2)?.checked_mul(self.columns.len())?;
        let deflated = STANDARD.decode(&self.data).ok()?;
        let bytes = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&deflated, limit).ok()?;
        let column = bytes.get(2 * self.rows * index..2 * self.rows * (index + 1))?;
        let (low, high) = column.split_at(self.rows);
        let mut value = 0_i16;
        let step = self.columns[index].1;
        let values = low.iter().zip(high).map(|(low, high)| {
            let code = u16::from_le_bytes([*low, *high]);
            value = value.wrapping_add(((code >> 1) as i16) ^ -((code & 1) as i16));
            (value != UNDEFINED).then(|| f64::from(value) * step)
        });
        Some(values.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn steps_grow_with_what_they_have_to_carry() {
        let mut columns = Columns::default();
        columns.add("small", 0.001, [Some(1.5), None, Some(-32.0)]);
        columns.add("large", 0.001, [Some(1234.5)]);
        let packed = columns.pack();
        assert_eq!(packed.column("small"), Some(vec![Some(1.5), None, Some(-32.0)]));
        assert_eq!(packed.columns[1], ("large".to_owned(), 0.1));
        assert_eq!(packed.column("large"), Some(vec![Some(1234.5), None, None]));
        assert_eq!(packed.column("neither"), None);
        assert_eq!(Packed { data: "no".into(), ..packed }.column("small"), None);
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_back_within_half_a_step(values in prop::collection::vec(prop::option::of(-30.0..30.0), 0..80)) {
            let mut columns = Columns::default();
            columns.add("first", 1.0, values.iter().map(|_| Some(7.0)));
            columns.add("x", 0.001, values.iter().copied());
            let back = columns.pack().column("x").unwrap();
            prop_assert_eq!(back.len(), values.len());
            for (a, b) in values.iter().zip(&back) {
                prop_assert_eq!(a.is_some(), b.is_some());
                prop_assert!((a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() <= 0.000_500_001);
            }
        }
    }
}
