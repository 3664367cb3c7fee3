//! Where two runs part: the first tick, the subsystem, the field, and both values.
//!
//! Chains are closed under prefixes: once two heads differ, all later ones do. So the first bad tick is found by
//! bisection over the heads, its sub-hashes name the subsystem, and a second run of both sides with that tick captured
//! names the field.

use serde::{Deserialize, Serialize};

use super::capture::{Field, Value};
use super::chain::{Link, SUBSYSTEMS};

/// The first difference of two runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Divergence {
    /// The first tick at which they differ.
    pub tick: usize,
    /// The subsystems that differ at that tick, in the order data flows; the first is where it shows first.
    pub subsystems: Vec<String>,
    /// The fields that differ at that tick, in the order of the walk.
    pub fields: Vec<Difference>,
}

/// A field that is not the same on both sides; an absent one stands only on the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Its subsystem.
    pub subsystem: String,
    /// Its path in the subsystem.
    pub path: String,
    /// What it holds in the first run.
    pub a: Option<Value>,
    /// What it holds in the second.
    pub b: Option<Value>,
}

/// How two chains compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal, link by link.
    Equal,
    /// One ends where the other goes on.
    Prefix {
        /// Number of equal ticks.
        ticks: usize,
    },
    /// They part.
    Parted {
        /// At this tick.
        tick: usize,
    },
}

/// Finds the first tick at which two chains differ, by bisection.
pub fn compare(a: &[Link], b: &[Link]) -> Comparison {
    let common = a.len().min(b.len());
    let (mut equal, mut parted) = (0, common);
    // Invariant: all ticks before `equal` are equal, and tick `parted` differs or lies beyond the end.
    while equal < parted {
        let middle = equal + (parted - equal) / 2;
        if a[middle].head == b[middle].head {
            equal = middle + 1;
        } else {
            parted = middle;
        }
    }
    if parted < common {
        Comparison::Parted { tick: parted }
    } else if a.len() == b.len() {
        Comparison::Equal
    } else {
        Comparison::Prefix { ticks: common }
    }
}

impl Divergence {
    /// What two links of the tick at which two chains part say.
    pub fn of_links(tick: usize, a: &Link, b: &Link) -> Self {
        let pairs = SUBSYSTEMS.into_iter().zip(a.subsystems.iter().zip(&b.subsystems));
        let subsystems = pairs.filter(|(_, (a, b))| a != b).map(|(name, _)| name.to_owned()).collect();
        Self { tick, subsystems, fields: Vec::new() }
    }

    /// Adds what the captured fields of that tick say.
    #[must_use]
    pub fn with_fields(mut self, a: &[Field], b: &[Field]) -> Self {
        for name in SUBSYSTEMS {
            let of = |fields: &[Field]| -> Vec<(String, Value)> {
                let here = fields.iter().filter(|field| field.tick == self.tick && field.subsystem == name);
                here.map(|field| (field.path.clone(), field.value.clone())).collect()
            };
            self.fields.extend(differences(name, &of(a), &of(b)));
        }
        self
    }
}

/// Both walks side by side. Where the paths part (a list got longer), each side's own fields are told up to the next
/// common path.
fn differences(subsystem: &str, a: &[(String, Value)], b: &[(String, Value)]) -> Vec<Difference> {
    let difference = |path: &str, a: Option<&Value>, b: Option<&Value>| Difference {
        subsystem: subsystem.to_owned(),
        path: path.to_owned(),
        a: a.cloned(),
        b: b.cloned(),
    };
    let mut found = Vec::new();
    let (mut rest_a, mut rest_b) = (a, b);
    while let (Some((path, value)), Some((other, other_value))) = (rest_a.first(), rest_b.first()) {
        if path == other {
            if !value.same_bits(other_value) {
                found.push(difference(path, Some(value), Some(other_value)));
            }
            (rest_a, rest_b) = (&rest_a[1..], &rest_b[1..]);
        } else if rest_b.iter().any(|(later, _)| later == path) {
            found.push(difference(other, None, Some(other_value)));
            rest_b = &rest_b[1..];
        } else {
            found.push(difference(path, Some(value), None));
            rest_a = &rest_a[1..];
        }
    }
    found.extend(rest_a.iter().map(|(path, value)| difference(path, Some(value), None)));
    found.extend(rest_b.iter().map(|(path, value)| difference(path, None, Some(value))));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::chain::Chain;
    use proptest::prelude::*;

    fn chain(words: &[u64]) -> Vec<Link> {
        let mut chain = Chain::new(0);
        for word in words {
            chain.push([*word; 8]);
        }
        chain.links().to_vec()
    }

    proptest! {
        #[test]
        fn bisection_finds_what_a_walk_finds(words in prop::collection::vec(0u64..3, 0..40), at in 0usize..40, cut in 0usize..40) {
            let mut other = words.clone();
            if let Some(word) = other.get_mut(at) {
                *word += 1;
            }
            other.truncate(cut);
            let expected = match words.iter().zip(&other).position(|(a, b)| a != b) {
                Some(tick) => Comparison::Parted { tick },
                None if words.len() == other.len() => Comparison::Equal,
                None => Comparison::Prefix { ticks: words.len().min(other.len()) },
            };
            prop_assert_eq!(compare(&chain(&words), &chain(&other)), expected);
        }
    }

    #[test]
    fn lists_of_different_length_are_told_apart_by_path() {
        let field = |path: &str, value: f64| (path.to_owned(), Value::Real(value));
        let a = [field("n", 2.0), field("track[0].x", 1.0), field("track[1].x", 2.0), field("end", 0.0)];
        let b = [field("n", 1.0), field("track[0].x", 1.0), field("end", -0.0)];
        let found = differences("tracker", &a, &b);
        let told: Vec<_> = found.iter().map(|d| (d.path.as_str(), d.a.is_some(), d.b.is_some())).collect();
        assert_eq!(told, [("n", true, true), ("track[1].x", true, false)]);
    }
}
