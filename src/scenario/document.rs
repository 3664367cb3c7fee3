//! The scenario file as it is written: one type a table, nothing resolved yet.
//!
//! Enums are externally tagged and every table denies unknown keys, so that serde's errors carry exact spans; never
//! `flatten`, `untagged` or `tag`. What needs two keys at once, or another file, is checked by [`load`](super::load()).

use core::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::drawn::{Looks, WorldSection};
use super::metric::Metric;
use super::stack::StackSection;
use super::units::{Acceleration, Angle, Exactly, Frequency, Length, Magnification, Plain, Rate, Ratio, Span};

/// A scenario: one camera, somebody to look at, what goes wrong, and what is expected of the tracker.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of this format: 1.
    pub schema: u32,
    /// One line that says what happens.
    pub title: String,
    /// Why it is worth running: what a failure means.
    #[serde(default)]
    pub why: String,
    /// A camera model by name (`tiltyard cameras` lists them), or a path relative to this file.
    pub camera: String,
    /// How long it runs.
    pub length: Span,
    /// Seed of every random stream.
    #[serde(default)]
    pub seed: u64,
    /// Words to filter by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Name of the target that errors are measured against; the first one where absent.
    pub subject: Option<String>,
    /// Where the camera looks at the start.
    #[serde(default)]
    pub start: Start,
    /// The physics.
    #[serde(default)]
    pub physics: Physics,
    /// Video timing; what is absent is the camera's own.
    #[serde(default)]
    pub video: Video,
    /// Command link; what is absent is the camera's own.
    #[serde(default)]
    pub link: Link,
    /// What is under test.
    #[serde(default)]
    pub stack: StackSection,
    /// How pictures of it look.
    #[serde(default)]
    pub world: WorldSection,
    /// Who is in the scene.
    #[serde(default)]
    pub target: Vec<Target>,
    /// What stands in the scene and hides what is behind it.
    #[serde(default)]
    pub occluder: Vec<Occluder>,
    /// What goes wrong.
    #[serde(default)]
    pub fault: Vec<Fault>,
    /// What is expected.
    #[serde(default)]
    pub expect: Vec<Expect>,
}

/// Where the camera looks at the start.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Pan, + right; 0 deg where absent.
    pub pan: Option<Angle>,
    /// Tilt, + up; 0 deg where absent.
    pub tilt: Option<Angle>,
    /// Magnification over the wide end; 1 where absent.
    pub zoom: Option<Magnification>,
}

/// The physics.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Physics {
    /// Ticks a second, a whole number of hertz; 250 Hz where absent.
    pub rate: Option<Frequency>,
}

/// Video timing.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Video {
    /// Frame rate.
    pub rate: Option<Frequency>,
    /// Width and height \[px\].
    pub size: Option<Exactly<u32, 2>>,
    /// From the exposure to the stack.
    pub latency: Option<Delay>,
    /// Probability that a frame is lost on the way.
    pub drop: Option<Ratio>,
}

/// Command link, alike in both directions.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// One-way delay of a datagram.
    pub latency: Option<Delay>,
    /// Probability that a datagram is lost.
    pub drop: Option<Ratio>,
}

/// A delay: `"80 ms"`, or a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// Always the same.
    Constant(Span),
    /// Drawn anew each time.
    Drawn(Distribution),
}

/// A distribution of delays. Draws below zero count as zero.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Distribution {
    /// Gaussian.
    Normal {
        /// Mean.
        mean: Span,
        /// Standard deviation.
        sd: Span,
    },
    /// As it was measured (`doctor --model` prints one), linear between the quantiles.
    Measured {
        /// Shortest.
        min: Span,
        /// Half are shorter.
        median: Span,
        /// 95 of 100 are shorter.
        p95: Span,
        /// Longest.
        max: Span,
    },
    /// Uniform between two ends.
    Uniform {
        /// Shortest.
        from: Span,
        /// Longest.
        to: Span,
    },
}

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DelayVisitor;

        impl<'de> Visitor<'de> for DelayVisitor {
            type Value = Delay;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(DELAY)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Delay, E> {
                Span::deserialize(StrDeserializer::new(text)).map(Delay::Constant)
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Delay, E> {
                Err(E::custom(format_args!("missing unit, expected {DELAY}")))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Delay, E> {
                Err(E::custom(format_args!("missing unit, expected {DELAY}")))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Delay, A::Error> {
                let drawn = Distribution::deserialize(MapAccessDeserializer::new(map))?;
                match drawn {
                    Distribution::Uniform { from, to } if from > to => Err(A::Error::custom(
                        "the longest delay is shorter than the shortest, expected `from` up to `to`",
                    )),
                    Distribution::Measured { min, median, p95, max }
                        if !(min <= median && median <= p95 && p95 <= max) =>
                    {
                        Err(A::Error::custom(
                            "quantiles out of order, expected min, median, p95, max from short to long",
                        ))
                    }
                    _ => Ok(Delay::Drawn(drawn)),
                }
            }
        }

        deserializer.deserialize_any(DelayVisitor)
    }
}

const DELAY: &str = "a delay such as \"80 ms\" or { normal = { mean = \"80 ms\", sd = \"5 ms\" } }";

impl JsonSchema for Delay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Delay".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let span = generator.subschema_for::<Span>();
        let distribution = generator.subschema_for::<Distribution>();
        json_schema!({ "description": DELAY, "anyOf": [span, distribution] })
    }
}

/// Somebody or something to look at.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its name, unique in the scenario.
    pub name: String,
    /// What a detector would call it; "person" where absent.
    #[serde(default = "person")]
    pub label: String,
    /// Width and height; not with `path.csv`, whose rows carry sizes.
    pub size: Option<Size>,
    /// Distance, where it stays the same.
    pub range: Option<Length>,
    /// Distance over time, as `[["0 s", "20 m"], ["10 s", "5 m"]]`: linear between, constant outside.
    pub ranges: Option<Vec<RangePoint>>,
    /// What it is drawn as, where pictures are drawn.
    #[serde(default)]
    pub looks: Looks,
    /// It exists from here; from the start where absent.
    pub from: Option<Span>,
    /// It exists to here; to the end where absent.
    pub until: Option<Span>,
    /// Where it is.
    pub path: Path,
}

/// Something fixed that hides what is behind it, and that no detector reports: a pillar, a lectern, a wall.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Occluder {
    /// Its name, unique among targets and occluders.
    pub name: String,
    /// Width and height.
    pub size: Size,
    /// Distance.
    pub range: Length,
    /// Azimuth and elevation of its middle; 0 deg where absent.
    #[serde(default = "zero_angles")]
    pub bearing: Exactly<Angle, 2>,
    /// What it is drawn as, where pictures are drawn.
    #[serde(default)]
    pub looks: Looks,
}

fn person() -> String {
    "person".to_owned()
}

/// Size of a target or an occluder.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Width.
    pub width: Length,
    /// Height.
    pub height: Length,
}

/// A row of a table within one array, read whole or refused.
macro_rules! row {
    ($(#[$doc:meta])* $name:ident, $what:literal, $count:literal, [$($(#[$field_doc:meta])* $field:ident: $type:ty),+]) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Row;

                impl<'de> Visitor<'de> for Row {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<$name, A::Error> {
                        let short = || A::Error::custom(format_args!("too few elements, expected {}", $what));
                        $(let $field = seq.next_element::<$type>()?.ok_or_else(short)?;)+
                        if seq.next_element::<IgnoredAny>()?.is_some() {
                            return Err(A::Error::custom(format_args!("too many elements, expected {}", $what)));
                        }
                        Ok($name { $($field),+ })
                    }
                }

                deserializer.deserialize_seq(Row)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": $what,
                    "type": "array",
                    "prefixItems": [$(generator.subschema_for::<$type>()),+],
                    "minItems": $count,
                    "maxItems": $count,
                })
            }
        }
    };
}

row! {
    /// A distance at a time.
    RangePoint, "a time and a distance such as [\"0 s\", \"20 m\"]", 2,
    [
        /// When.
        at: Span,
        /// How far away.
        range: Length
    ]
}

row! {
    /// A brightness from a time on.
    Brightness, "a time and a brightness such as [\"5 s\", 0.4]", 2,
    [
        /// When.
        at: Span,
        /// How bright, 1 is full.
        light: Plain
    ]
}

row! {
    /// A bearing at a time.
    PathPoint, "a time, an azimuth and an elevation such as [\"1 s\", \"-10 deg\", \"0 deg\"]", 3,
    [
        /// When.
        at: Span,
        /// Azimuth, + right.
        az: Angle,
        /// Elevation, + up.
        el: Angle
    ]
}

/// Bearing of a target over time: azimuth (+ right) and elevation (+ up).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Path {
    /// `[["0 s", "0 deg", "0 deg"], …]`: linear between, constant outside; two points at one time are a jump.
    Points(Vec<PathPoint>),
    /// A sine about a centre on each axis.
    Sine {
        /// Azimuth and elevation of the centre; 0 deg where absent.
        #[serde(default = "zero_angles")]
        centre: Exactly<Angle, 2>,
        /// Amplitude in azimuth and elevation.
        amplitude: Exactly<Angle, 2>,
        /// Length of one cycle.
        period: Span,
        /// Phase at time zero; 0 deg where absent.
        #[serde(default = "zero_angle")]
        phase: Angle,
    },
    /// To and fro under full acceleration: from rest, 16 · reach / period² for a quarter of the period, its opposite
    /// for a half, and again for a quarter.
    Bang {
        /// Azimuth and elevation of the beginning; 0 deg where absent.
        #[serde(default = "zero_angles")]
        from: Exactly<Angle, 2>,
        /// How far it goes in azimuth and elevation before it turns back.
        reach: Exactly<Angle, 2>,
        /// Length of one cycle.
        period: Span,
    },
    /// A walk to and fro: seeded legs of constant speed with rounded turns and pauses.
    Walk {
        /// Azimuth and elevation of the centre; 0 deg where absent.
        #[serde(default = "zero_angles")]
        centre: Exactly<Angle, 2>,
        /// How far it strays from the centre.
        extent: Exactly<Angle, 2>,
        /// Usual speed.
        speed: Rate,
        /// Acceleration limit.
        acceleration: Acceleration,
        /// Mean length of a pause between two legs; none where absent.
        #[serde(default = "no_span")]
        pause: Span,
    },
    /// A recording: a CSV file beside this one, with the columns `t_s,az_deg,el_deg,width_deg,height_deg`.
    Csv(String),
}

fn zero_angle() -> Angle {
    Angle(0.0)
}

fn zero_angles() -> Exactly<Angle, 2> {
    Exactly([Angle(0.0); 2])
}

fn no_span() -> Span {
    Span(core::time::Duration::ZERO)
}

/// Something that goes wrong for a while: exactly one of `link`, `video`, `detector` and `inference`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// From when.
    pub at: Span,
    /// For how long.
    pub r#for: Span,
    /// The command link suffers.
    pub link: Option<LinkFault>,
    /// The video suffers.
    pub video: Option<VideoFault>,
    /// The detector suffers.
    pub detector: Option<DetectorFault>,
    /// The inference suffers.
    pub inference: Option<InferenceFault>,
}

/// What the command link can suffer.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum LinkFault {
    /// Datagrams are lost, both ways.
    Drop {
        /// Replaces the link's own while larger.
        probability: Ratio,
    },
    /// Datagrams take longer.
    Delay {
        /// Added to every draw.
        add: Span,
    },
}

/// What the video can suffer.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum VideoFault {
    /// Frames are lost.
    Drop {
        /// Replaces the video's own while larger.
        probability: Ratio,
    },
    /// The camera repeats the picture it had: `video.freeze = {}`.
    Freeze {},
}

/// What the detector can suffer.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum DetectorFault {
    /// It misses a target that is there.
    Miss {
        /// Replaces the detector's own while larger.
        probability: Ratio,
    },
}

/// What the inference can suffer.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum InferenceFault {
    /// It takes longer.
    Delay {
        /// Added to every draw.
        add: Span,
    },
}

/// What is expected: exactly one of the verbs `that`, `always`, `never`, `whenever`, `max`, `min`, `rms`, `p95`,
/// `mean`, `count` and `metric`, with the keys that belong to it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Its name, unique in the scenario.
    pub name: String,
    /// A condition that comes true (with `after`, `within`, `holds`).
    pub that: Option<String>,
    /// A condition that is true throughout (with `from`, `until`).
    pub always: Option<String>,
    /// A condition that is true nowhere (with `from`, `until`).
    pub never: Option<String>,
    /// A trigger, `"X starts"` or `"X ends"` (with `then`, `within`, `holds`, `at_least`).
    pub whenever: Option<String>,
    /// The largest value of an expression (with a bound, and `over` or `from` and `until`).
    pub max: Option<String>,
    /// The smallest value of an expression.
    pub min: Option<String>,
    /// The root mean square of an expression.
    pub rms: Option<String>,
    /// The 95th percentile of an expression.
    pub p95: Option<String>,
    /// The mean of an expression; of a condition, the fraction of time at which it is true.
    pub mean: Option<String>,
    /// How often a condition becomes true.
    pub count: Option<String>,
    /// A number of the whole run, by its name in reports (with a bound).
    #[schemars(extend("enum" = Metric::names()))]
    pub metric: Option<String>,
    /// Earliest moment for `that`; the start where absent.
    pub after: Option<Span>,
    /// How long `that` and `then` may take.
    pub within: Option<Span>,
    /// How long `that` and `then` must hold; one sample where absent.
    pub holds: Option<Span>,
    /// The condition that follows a trigger.
    pub then: Option<String>,
    /// How often the trigger must fire; 1 where absent.
    pub at_least: Option<u32>,
    /// First moment that counts.
    pub from: Option<Span>,
    /// Last moment that counts.
    pub until: Option<Span>,
    /// First and last moment that count, in one.
    pub over: Option<Exactly<Span, 2>>,
    /// The statistic is less than this.
    pub below: Option<BoundText>,
    /// The statistic is more than this.
    pub above: Option<BoundText>,
    /// The statistic is at least the first and at most the second.
    pub between: Option<Exactly<BoundText, 2>>,
}

/// A bound of a statistic: a string with its unit, or a bare number for ratios and counts.
#[derive(Clone, Debug, PartialEq)]
pub enum BoundText {
    /// `"40 deg/s^2"`.
    Text(String),
    /// `0.15`.
    Number(f64),
}

impl<'de> Deserialize<'de> for BoundText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BoundVisitor;

        impl Visitor<'_> for BoundVisitor {
            type Value = BoundText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a bound such as \"40 deg/s^2\", or a bare number for ratios and counts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<BoundText, E> {
                Ok(BoundText::Text(text.to_owned()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<BoundText, E> {
                Ok(BoundText::Number(value as f64))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<BoundText, E> {
                if value.is_finite() {
                    Ok(BoundText::Number(value))
                } else {
                    Err(E::invalid_value(de::Unexpected::Float(value), &"a finite number"))
                }
            }
        }

        deserializer.deserialize_any(BoundVisitor)
    }
}

impl JsonSchema for BoundText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bound".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A bound such as \"40 deg/s^2\", or a bare number for ratios and counts",
            "type": ["string", "number"],
            "examples": ["40 deg/s^2", 0.15],
        })
    }
}
