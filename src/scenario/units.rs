//! Quantities as they are written in files: a number and its unit in one string.
//!
//! Each type parses one dimension into the unit that its field name ends in elsewhere (degrees, metres, hertz …) and
//! says in its errors what it had expected. Spans are parsed digit by digit into nanoseconds, never through a float.

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;
use core::time::Duration;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A text that is no quantity of the kind.
pub(super) type Refusal = String;

/// A quantity that a string can hold.
trait Quantity: Sized {
    /// What it is, with an example: completes "expected …".
    const WHAT: &'static str;
    fn from_text(text: &str) -> Result<Self, Refusal>;
}

struct QuantityVisitor<Q>(PhantomData<Q>);

impl<Q: Quantity> Visitor<'_> for QuantityVisitor<Q> {
    type Value = Q;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Q::WHAT)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Q, E> {
        Q::from_text(text).map_err(|refusal| E::custom(format_args!("{refusal}, expected {}", Q::WHAT)))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Q, E> {
        Err(E::custom(format_args!("missing unit, expected {}", Q::WHAT)))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Q, E> {
        Err(E::custom(format_args!("missing unit, expected {}", Q::WHAT)))
    }
}

/// What sign a quantity may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Any,
    NotNegative,
    Positive,
}

/// A unit and its factor, as a multiplier and a divisor so that "5 cm" is the float nearest to 0.05.
type Unit = (&'static str, f64, f64);

/// Larger numbers are slips of the finger, and their squares leave the range of sense.
const MAGNITUDE_MAX: f64 = 1e9;

/// "-1.5e3 deg" → ("-1.5e3", "deg").
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(text.starts_with(['+', '-']));
    let mut end = sign + digits(sign);
    if bytes.get(end) == Some(&b'.') {
        end += 1 + digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let (number, unit) = text.split_at(end);
    (number, unit.trim_start())
}

/// Why there is no number in front.
fn no_number(text: &str) -> Refusal {
    let unsigned = text.trim().trim_start_matches(['+', '-']).to_ascii_lowercase();
    if unsigned.starts_with("nan") || unsigned.starts_with("inf") {
        format!("`{}` is not a finite number", text.trim())
    } else {
        format!("`{}` does not begin with a number", text.escape_debug())
    }
}

fn unit_refusal(unit: &str, units: impl Iterator<Item = &'static str>) -> Refusal {
    if unit.is_empty() {
        return "missing unit".to_owned();
    }
    let known: Vec<String> = units.map(|name| format!("`{name}`")).collect();
    format!("`{}` is not a unit here ({})", unit.escape_debug(), known.join(", "))
}

fn measured(text: &str, units: &[Unit], sign: Sign) -> Result<f64, Refusal> {
    let (number, unit) = split(text);
    let value: f64 = number.parse().map_err(|_| no_number(text))?;
    let Some((_, times, over)) = units.iter().find(|(name, ..)| *name == unit) else {
        return Err(unit_refusal(unit, units.iter().map(|(name, ..)| *name)));
    };
    let value = value * times / over;
    if !value.is_finite() {
        Err(format!("`{number}` is not a finite number"))
    } else if libm::fabs(value) > MAGNITUDE_MAX {
        Err(format!("`{}` is too large", text.trim()))
    } else if value < 0.0 && sign != Sign::Any {
        Err(format!("`{}` is negative", text.trim()))
    } else if value == 0.0 && sign == Sign::Positive {
        Err(format!("`{}` is zero", text.trim()))
    } else {
        // One zero is enough.
        Ok(if value == 0.0 { 0.0 } else { value })
    }
}

fn pattern(units: &[&str], sign: Sign) -> String {
    let sign = if sign == Sign::Any { "[+-]?" } else { r"\+?" };
    let units: Vec<String> = units
        .iter()
        .map(|unit| unit.replace('^', r"\^").replace('(', r"\(").replace(')', r"\)").replace('/', r"\/"))
        .collect();
    format!(r"^\s*{sign}[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?\s*({})\s*$", units.join("|"))
}

/// Deserialize and JSON Schema of a [`Quantity`].
macro_rules! written {
    ($name:ident, $units:expr, $sign:expr, [$($example:literal),+]) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // Not `deserialize_str`: a bare number shall meet the visitor that asks for the unit.
                deserializer.deserialize_any(QuantityVisitor(PhantomData))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": Self::WHAT,
                    "pattern": pattern($units, $sign),
                    "examples": [$($example),+],
                })
            }
        }

        #[cfg(test)]
        impl Examples for $name {
            const EXAMPLES: &'static [&'static str] = &[$($example),+];
        }
    };
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $what:literal, $sign:expr, [$(($unit:literal, $times:literal, $over:literal)),+], [$($example:literal),+]) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name(pub f64);

        impl Quantity for $name {
            const WHAT: &'static str = $what;
            fn from_text(text: &str) -> Result<Self, Refusal> {
                measured(text, &[$(($unit, $times, $over)),+], $sign).map(Self)
            }
        }

        written!($name, &[$($unit),+], $sign, [$($example),+]);
    };
}

quantity! {
    /// An angle \[deg\].
    Angle, "an angle with its unit, such as \"0.5 deg\"", Sign::Any,
    [("deg", 1.0, 1.0), ("°", 1.0, 1.0)], ["0.5 deg", "-10°"]
}
quantity! {
    /// An angular rate \[deg/s\].
    Rate, "an angular rate with its unit, such as \"20 deg/s\"", Sign::Any,
    [("deg/s", 1.0, 1.0), ("°/s", 1.0, 1.0)], ["20 deg/s"]
}
quantity! {
    /// An angular acceleration \[deg/s²\], above zero.
    Acceleration, "an angular acceleration with its unit, such as \"40 deg/s^2\"", Sign::Positive,
    [("deg/s^2", 1.0, 1.0), ("°/s^2", 1.0, 1.0), ("deg/s²", 1.0, 1.0), ("°/s²", 1.0, 1.0)], ["40 deg/s^2"]
}
quantity! {
    /// An angular jerk \[deg/s³\], above zero.
    Jerk, "an angular jerk with its unit, such as \"400 deg/s^3\"", Sign::Positive,
    [("deg/s^3", 1.0, 1.0), ("°/s^3", 1.0, 1.0), ("deg/s³", 1.0, 1.0), ("°/s³", 1.0, 1.0)], ["400 deg/s^3"]
}
quantity! {
    /// A frequency \[Hz\], above zero.
    Frequency, "a frequency above zero with its unit, such as \"30 Hz\"", Sign::Positive,
    [("Hz", 1.0, 1.0), ("kHz", 1000.0, 1.0)], ["30 Hz", "59.94 Hz"]
}
quantity! {
    /// A length \[m\], above zero.
    Length, "a length above zero with its unit, such as \"1.7 m\"", Sign::Positive,
    [("m", 1.0, 1.0), ("cm", 1.0, 100.0), ("mm", 1.0, 1000.0)], ["1.7 m", "50 cm"]
}
quantity! {
    /// A moment of inertia \[kg·m²\], above zero.
    Inertia, "a moment of inertia with its unit, such as \"0.02 kg m^2\"", Sign::Positive,
    [("kg m^2", 1.0, 1.0), ("kg m²", 1.0, 1.0)], ["0.02 kg m^2"]
}
quantity! {
    /// A torque \[N·m\], above zero.
    Torque, "a torque with its unit, such as \"1.5 N m\"", Sign::Positive,
    [("N m", 1.0, 1.0), ("mN m", 1.0, 1000.0)], ["1.5 N m"]
}
quantity! {
    /// Viscous friction \[N·m per deg/s\], not negative.
    Friction, "a viscous friction with its unit, such as \"0.001 N m/(deg/s)\"", Sign::NotNegative,
    [("N m/(deg/s)", 1.0, 1.0), ("N m s/deg", 1.0, 1.0)], ["0.001 N m/(deg/s)"]
}

/// A span of time, or a moment since the start of the run: whole nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// Unit and its nanoseconds.
const SPAN_UNITS: [(&str, u128); 5] =
    [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("min", 60_000_000_000), ("ns", 1)];

/// A year; longer is a slip of the finger.
const SPAN_MAX_NS: u128 = 365 * 24 * 3600 * 1_000_000_000;

impl Quantity for Span {
    const WHAT: &'static str = "a duration with its unit, such as \"2 s\" or \"150 ms\"";

    fn from_text(text: &str) -> Result<Self, Refusal> {
        let (number, unit) = split(text);
        if number.is_empty() || !number.contains(|c: char| c.is_ascii_digit()) {
            return Err(no_number(text));
        }
        let Some((_, unit_ns)) = SPAN_UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(unit_refusal(unit, SPAN_UNITS.iter().map(|(name, _)| *name)));
        };
        if number.starts_with('-') {
            return Err(format!("`{}` is negative", text.trim()));
        }
        nanoseconds(number.trim_start_matches('+'), *unit_ns).map(Self)
    }
}

/// As typed on a command line.
impl FromStr for Span {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        Self::from_text(text).map_err(|refusal| format!("{refusal}, expected {}", Self::WHAT))
    }
}

/// Decimal digits times a unit, exactly.
pub(super) fn nanoseconds(number: &str, unit_ns: u128) -> Result<Duration, Refusal> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let too_long = || format!("`{number}` is longer than a year");
    let fraction = fraction.trim_end_matches('0');
    let mut digits: u128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return Err(format!("`{number}` is not a plain decimal number"));
        }
        digits =
            digits.checked_mul(10).and_then(|ten| ten.checked_add(u128::from(byte - b'0'))).ok_or_else(too_long)?;
    }
    let scale = u32::try_from(fraction.len()).ok().and_then(|places| 10u128.checked_pow(places));
    let product = digits.checked_mul(unit_ns);
    let (Some(scale), Some(product)) = (scale, product) else { return Err(too_long()) };
    if product % scale != 0 {
        return Err(format!("`{number}` is finer than a nanosecond"));
    }
    let ns = product / scale;
    if ns > SPAN_MAX_NS {
        return Err(too_long());
    }
    Ok(Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX)))
}

written!(Span, &["s", "ms", "us", "min", "ns"], Sign::NotNegative, ["2 s", "150 ms", "1.5 min"]);

/// A bare number within bounds.
macro_rules! bare {
    ($(#[$doc:meta])* $name:ident, $what:literal, $low:literal ..= $high:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name(pub f64);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Bare;
                impl Visitor<'_> for Bare {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }
                    fn visit_i64<E: Error>(self, value: i64) -> Result<$name, E> {
                        self.visit_f64(value as f64)
                    }
                    fn visit_f64<E: Error>(self, value: f64) -> Result<$name, E> {
                        if !value.is_finite() {
                            Err(E::custom(format_args!("`{value}` is not a finite number, expected {}", $what)))
                        } else if ($low..=$high).contains(&value) {
                            Ok($name(if value == 0.0 { 0.0 } else { value }))
                        } else {
                            Err(E::custom(format_args!("`{value}` is out of range, expected {}", $what)))
                        }
                    }
                }
                deserializer.deserialize_any(Bare)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "number", "description": $what, "minimum": $low, "maximum": $high })
            }
        }
    };
}

bare! {
    /// A probability or a share, 0 ..= 1.
    Ratio, "a bare number from 0 to 1", 0.0 ..= 1.0
}
bare! {
    /// A magnification over the wide end, at least 1.
    Magnification, "a bare number of at least 1", 1.0 ..= 1000.0
}
bare! {
    /// Any finite number without a unit.
    Plain, "a bare finite number", -1e9 ..= 1e9
}

/// An array of exactly so many elements. (`[T; N]` and tuples would let more of them pass unread.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exactly<T, const N: usize>(pub [T; N]);

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for Exactly<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let elements = Vec::<T>::deserialize(deserializer)?;
        let found = elements.len();
        <[T; N]>::try_from(elements)
            .map(Self)
            .map_err(|_| D::Error::custom(format_args!("{found} elements, expected exactly {N}")))
    }
}

impl<T: JsonSchema, const N: usize> JsonSchema for Exactly<T, N> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{N}_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": generator.subschema_for::<T>(),
            "minItems": N,
            "maxItems": N,
        })
    }
}

#[cfg(test)]
trait Examples: Quantity {
    const EXAMPLES: &'static [&'static str];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> Result<u128, String> {
        Span::from_text(text).map(|span| span.0.as_nanos())
    }

    #[test]
    fn spans_are_exact() {
        assert_eq!(span("2 s"), Ok(2_000_000_000));
        assert_eq!(span("150ms"), Ok(150_000_000));
        assert_eq!(span(" 0.1 s "), Ok(100_000_000));
        assert_eq!(span("33.3667 ms"), Ok(33_366_700));
        assert_eq!(span("1.000000001 s"), Ok(1_000_000_001));
        assert_eq!(span("0.5 min"), Ok(30_000_000_000));
        assert_eq!(span("0.000000000000 s"), Ok(0));
    }

    #[test]
    fn what_is_no_span_says_why() {
        for (text, refusal) in [
            ("2", "missing unit"),
            ("", "`` does not begin with a number"),
            ("s", "`s` does not begin with a number"),
            (".", "`.` does not begin with a number"),
            ("-1 s", "`-1 s` is negative"),
            ("0.1 ns", "`0.1` is finer than a nanosecond"),
            ("1e3 s", "`1e3` is not a plain decimal number"),
            ("9 min 3 s", "`min 3 s` is not a unit here (`s`, `ms`, `us`, `min`, `ns`)"),
            (
                "99999999999999999999999999999999999999999999 s",
                "`99999999999999999999999999999999999999999999` is longer than a year",
            ),
            ("nan s", "`nan s` is not a finite number"),
        ] {
            assert_eq!(span(text), Err(refusal.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_quantity_is_what_its_unit_says() {
        assert_eq!(Length::from_text("5 cm"), Ok(Length(0.05)));
        assert_eq!(Angle::from_text("-10°"), Ok(Angle(-10.0)));
        assert_eq!(Angle::from_text("1.5e1 deg"), Ok(Angle(15.0)));
        assert_eq!(Friction::from_text("0.001 N m/(deg/s)"), Ok(Friction(0.001)));
        assert_eq!(Angle::from_text("-0 deg").map(|angle| angle.0.is_sign_negative()), Ok(false));
    }

    #[test]
    fn what_is_no_quantity_says_why() {
        assert_eq!(Length::from_text("-1 m"), Err("`-1 m` is negative".to_owned()));
        assert_eq!(Length::from_text("0 m"), Err("`0 m` is zero".to_owned()));
        assert_eq!(Frequency::from_text("0 Hz"), Err("`0 Hz` is zero".to_owned()));
        assert_eq!(Angle::from_text("nan deg"), Err("`nan deg` is not a finite number".to_owned()));
        assert_eq!(Angle::from_text("-inf deg"), Err("`-inf deg` is not a finite number".to_owned()));
        assert_eq!(Angle::from_text("1e999 deg"), Err("`1e999` is not a finite number".to_owned()));
        assert_eq!(Angle::from_text("1e12 deg"), Err("`1e12 deg` is too large".to_owned()));
        assert_eq!(Angle::from_text("5"), Err("missing unit".to_owned()));
        assert_eq!(Angle::from_text("5 rad"), Err("`rad` is not a unit here (`deg`, `°`)".to_owned()));
    }

    fn examples_hold<Q: Examples + JsonSchema>() {
        for example in Q::EXAMPLES {
            assert!(Q::from_text(example).is_ok(), "{example}");
        }
        assert!(Q::WHAT.contains("such as"), "{}", Q::WHAT);
    }

    #[test]
    fn every_example_parses() {
        examples_hold::<Span>();
        examples_hold::<Angle>();
        examples_hold::<Rate>();
        examples_hold::<Acceleration>();
        examples_hold::<Frequency>();
        examples_hold::<Length>();
        examples_hold::<Inertia>();
        examples_hold::<Torque>();
        examples_hold::<Friction>();
    }
}
