//! Dimensions of the numbers in an expression, and the units that write them.

use core::fmt;

/// Powers of degree, second and metre. Ratios and counts have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dimension {
    /// Power of the degree.
    pub deg: i8,
    /// Power of the second.
    pub s: i8,
    /// Power of the metre.
    pub m: i8,
}

impl Dimension {
    /// A bare number.
    pub const NONE: Self = Self { deg: 0, s: 0, m: 0 };
    /// An angle.
    pub const DEG: Self = Self { deg: 1, s: 0, m: 0 };
    /// An angular rate.
    pub const DPS: Self = Self { deg: 1, s: -1, m: 0 };
    /// An angular acceleration.
    pub const DPS2: Self = Self { deg: 1, s: -2, m: 0 };
    /// A time.
    pub const SECONDS: Self = Self { deg: 0, s: 1, m: 0 };
    /// A frequency.
    pub const HERTZ: Self = Self { deg: 0, s: -1, m: 0 };
    /// A length.
    pub const METRES: Self = Self { deg: 0, s: 0, m: 1 };

    /// The dimension of a product; `None` when a power leaves every bound of sense.
    pub fn times(self, other: Self) -> Option<Self> {
        Some(Self {
            deg: self.deg.checked_add(other.deg)?,
            s: self.s.checked_add(other.s)?,
            m: self.m.checked_add(other.m)?,
        })
    }

    /// The dimension of a quotient; `None` when a power leaves every bound of sense.
    pub fn over(self, other: Self) -> Option<Self> {
        Some(Self {
            deg: self.deg.checked_sub(other.deg)?,
            s: self.s.checked_sub(other.s)?,
            m: self.m.checked_sub(other.m)?,
        })
    }
}

/// "deg/s^2"; a bare number is "1".
impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let powers = [("deg", self.deg), ("m", self.m), ("s", self.s)];
        let mut above = powers.iter().filter(|(_, power)| *power > 0).peekable();
        if above.peek().is_none() {
            f.write_str("1")?;
        }
        for (index, (unit, power)) in above.enumerate() {
            let dot = if index > 0 { "*" } else { "" };
            if *power == 1 { write!(f, "{dot}{unit}")? } else { write!(f, "{dot}{unit}^{power}")? }
        }
        for (unit, power) in powers.iter().filter(|(_, power)| *power < 0) {
            if *power == -1 { write!(f, "/{unit}")? } else { write!(f, "/{unit}^{}", power.unsigned_abs())? }
        }
        Ok(())
    }
}

/// A unit that may follow a number in an expression.
pub(super) struct Unit {
    pub name: &'static str,
    pub dimension: Dimension,
    /// The number is multiplied by this …
    pub times: f64,
    /// … and divided by this, so that "150 ms" is the float nearest to 0.15 s.
    pub over: f64,
}

/// Longest names first where one is the start of another.
pub(super) const UNITS: &[Unit] = &[
    Unit { name: "deg/s^2", dimension: Dimension::DPS2, times: 1.0, over: 1.0 },
    Unit { name: "deg/s", dimension: Dimension::DPS, times: 1.0, over: 1.0 },
    Unit { name: "deg", dimension: Dimension::DEG, times: 1.0, over: 1.0 },
    Unit { name: "°/s^2", dimension: Dimension::DPS2, times: 1.0, over: 1.0 },
    Unit { name: "°/s", dimension: Dimension::DPS, times: 1.0, over: 1.0 },
    Unit { name: "°", dimension: Dimension::DEG, times: 1.0, over: 1.0 },
    Unit { name: "ms", dimension: Dimension::SECONDS, times: 1.0, over: 1e3 },
    Unit { name: "us", dimension: Dimension::SECONDS, times: 1.0, over: 1e6 },
    Unit { name: "min", dimension: Dimension::SECONDS, times: 60.0, over: 1.0 },
    Unit { name: "m/s", dimension: Dimension { deg: 0, s: -1, m: 1 }, times: 1.0, over: 1.0 },
    Unit { name: "s", dimension: Dimension::SECONDS, times: 1.0, over: 1.0 },
    Unit { name: "Hz", dimension: Dimension::HERTZ, times: 1.0, over: 1.0 },
    Unit { name: "cm", dimension: Dimension::METRES, times: 1.0, over: 100.0 },
    Unit { name: "m", dimension: Dimension::METRES, times: 1.0, over: 1.0 },
    Unit { name: "%", dimension: Dimension::NONE, times: 1.0, over: 100.0 },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_print_as_they_are_written() {
        for (dimension, text) in [
            (Dimension::NONE, "1"),
            (Dimension::DEG, "deg"),
            (Dimension::DPS2, "deg/s^2"),
            (Dimension::HERTZ, "1/s"),
            (Dimension { deg: 1, s: 1, m: 0 }, "deg*s"),
            (Dimension { deg: 2, s: -2, m: 0 }, "deg^2/s^2"),
        ] {
            assert_eq!(dimension.to_string(), text);
        }
    }

    #[test]
    fn every_unit_prints_as_the_dimension_it_has_when_it_is_a_base_unit() {
        for unit in UNITS.iter().filter(|unit| unit.name.starts_with("deg")) {
            assert_eq!(unit.dimension.to_string(), unit.name);
        }
    }
}
