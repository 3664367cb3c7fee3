//! What `tiltyard diff` says: where two runs part, then what became of it.

use std::fmt::Write;

use tiltyard_visca::SimTime;

use crate::run::diff::{Comparison, Difference, Divergence};
use crate::run::side::Traced;

/// Fields told in full; the rest is counted and named.
const TOLD_MAX: usize = 5;
/// Names of further fields.
const NAMED_MAX: usize = 12;

/// The text for people.
pub fn render(names: [&str; 2], a: &Traced, b: &Traced, comparison: Comparison, parted: Option<&Divergence>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, names, a, b, comparison, parted);
    text
}

fn write(
    text: &mut String,
    names: [&str; 2],
    a: &Traced,
    b: &Traced,
    comparison: Comparison,
    parted: Option<&Divergence>,
) -> std::fmt::Result {
    for (side, name, traced) in [("a", names[0], a), ("b", names[1], b)] {
        let head = traced.chain.last().map_or(0, |link| link.head);
        writeln!(text, "{side}  {name}  seed {}  {} ticks  chain {head:016x}", traced.seed, traced.chain.len())?;
    }
    for (side, traced) in [("a", a), ("b", b)] {
        if let Some(tick) = traced.not_reproduced_from {
            writeln!(
                text,
                "\nThis build does not reproduce {side} from tick {tick} on: the chain is the recorded one, fields and numbers \
                 are this build's."
            )?;
        }
    }
    match (comparison, parted) {
        (Comparison::Parted { tick }, Some(divergence)) => {
            let at = SimTime::from_nanos(libm::round(tick as f64 * 1e9 / a.rate_hz) as u64);
            writeln!(text, "\nThe runs part at tick {tick}, {at}, in {}.", divergence.subsystems.join(", "))?;
            fields(text, &divergence.fields)?;
        }
        (Comparison::Prefix { ticks }, _) => {
            writeln!(text, "\nThe runs are equal for {ticks} ticks, where one of them ends.")?;
        }
        _ => writeln!(text, "\nThe runs are equal.")?,
    }
    deltas(text, a, b)
}

fn fields(text: &mut String, fields: &[Difference]) -> std::fmt::Result {
    let show = |value: &Option<_>| {
        value.as_ref().map_or_else(|| "-".to_owned(), |v: &crate::run::capture::Value| v.to_string())
    };
    for field in fields.iter().take(TOLD_MAX) {
        writeln!(text, "\n  {}.{}", field.subsystem, field.path)?;
        writeln!(text, "    a  {}\n    b  {}", show(&field.a), show(&field.b))?;
    }
    let rest: Vec<String> =
        fields.iter().skip(TOLD_MAX).map(|field| format!("{}.{}", field.subsystem, field.path)).collect();
    if !rest.is_empty() {
        let more = rest.len().saturating_sub(NAMED_MAX);
        let named = rest.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        writeln!(text, "\n  also: {named}{tail}")?;
    }
    Ok(())
}

fn deltas(text: &mut String, a: &Traced, b: &Traced) -> std::fmt::Result {
    let show = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    let changed = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => format!("  ({:+.4})", b - a),
        _ => String::new(),
    };
    let mut heading = Some("\nMetrics that differ:");
    for (name, x) in &a.metrics {
        let y = b.metrics.iter().find(|(other, _)| other == name).and_then(|(_, y)| *y);
        if *x != y {
            if let Some(heading) = heading.take() {
                writeln!(text, "{heading}")?;
            }
            writeln!(text, "  {name:<20} {:>10} → {:>10}{}", show(*x), show(y), changed(*x, y))?;
        }
    }
    let mut heading = Some("\nExpectations that differ (value margin, time margin):");
    for x in &a.expectations {
        let Some(y) = b.expectations.iter().find(|y| y.0 == x.0) else { continue };
        if x != y {
            if let Some(heading) = heading.take() {
                writeln!(text, "{heading}")?;
            }
            writeln!(
                text,
                "  {}: {} → {}; {} → {}{}; {} → {}{}",
                x.0,
                x.1,
                y.1,
                show(x.2),
                show(y.2),
                changed(x.2, y.2),
                show(x.3),
                show(y.3),
                changed(x.3, y.3)
            )?;
        }
    }
    Ok(())
}
