//! What expressions mean, and what is refused.

use super::*;

fn said(text: &str) -> String {
    match Expression::parse(text) {
        Ok(expression) => expression.shape().to_string(),
        Err(fault) => {
            let at = text.get(fault.at.clone()).unwrap();
            let help = fault.help.map_or(String::new(), |help| format!(" ({help})"));
            format!("{} at `{at}`{help}", fault.message)
        }
    }
}

fn sample(signal: Signal) -> Option<f64> {
    match signal {
        Signal::ErrorPan => Some(-3.0),
        Signal::ErrorTilt => Some(4.0),
        Signal::Phase | Signal::TrackCount => Some(2.0),
        Signal::TargetInFrame => Some(1.0),
        _ => None,
    }
}

fn truth(text: &str) -> Option<Truth> {
    Expression::parse(text).unwrap().truth(&sample)
}

fn number(text: &str) -> Option<f64> {
    Expression::parse(text).unwrap().number(&sample)
}

#[test]
fn shapes_follow_from_the_parts() {
    for (text, shape) in [
        ("error.pan", "a number in deg"),
        ("-error.pan / 2", "a number in deg"),
        ("gimbal.pan.rate / gimbal.pan.acceleration", "a number in s"),
        ("gimbal.pan.rate * 2 s", "a number in deg"),
        ("hypot(error.pan, error.tilt)", "a number in deg"),
        ("error.pan / 10 deg", "a bare number"),
        ("frames.dropped + 1", "a count"),
        ("frames.dropped / frames.captured", "a bare number"),
        ("phase", "a phase"),
        ("phase == tracking and not fault.link.drop", "a yes-or-no"),
        ("abs(error.pan) < 0.5 deg or target.coverage >= 0.3", "a yes-or-no"),
        ("loop.latency < 150 ms", "a yes-or-no"),
        ("track.count == 1", "a yes-or-no"),
        ("(true)", "a yes-or-no"),
        ("abs(error.pan) < 0.5°", "a yes-or-no"),
    ] {
        assert_eq!(said(text), shape, "{text}");
    }
}

#[test]
fn mistakes_are_named_where_they_stand() {
    for (text, expected) in [
        ("", "the expression is empty at ``"),
        ("error.pann < 1 deg", "`error.pann` is not a signal at `error.pann` (did you mean `error.pan`?)"),
        ("zzz", "`zzz` is not a signal at `zzz` (`tiltyard signals` lists the signals)"),
        ("error.pan < gimbal.pan.rate", "cannot compare deg with deg/s at `error.pan < gimbal.pan.rate`"),
        (
            "abs(error.pan) < 0.5",
            "cannot compare deg with a bare number at `0.5` (give the number its unit, as in `0.5 deg`)",
        ),
        ("error.pan + 1 s", "cannot add deg to s at `error.pan + 1 s`"),
        ("phase == 1", "cannot compare a phase with a count at `phase == 1`"),
        ("phase < lost", "cannot compare a phase with a phase at `phase < lost`"),
        (
            "error.pan == 1 deg",
            "measured numbers are never exactly equal at `error.pan == 1 deg` (give a tolerance, as in `abs(a - b) < 0.1 deg`)",
        ),
        (
            "error.pan < 1 rad",
            "`rad` is not a unit at `rad` (the units are deg/s^2, deg/s, deg, ms, us, min, m/s, s, Hz, cm, m, %)",
        ),
        ("error.pan && true", "`&&` is no operator of this language at `&&` (write `and`)"),
        ("0 deg < error.pan < 1 deg", "comparisons do not chain at `<` (join two comparisons with `and`)"),
        ("(error.pan", "expected `)` at ``"),
        ("error.pan error.tilt", "expected an operator or the end of the expression at `error.tilt`"),
        ("abs(error.pan, 1 deg)", "expected `)` at `,`"),
        (
            "not error.pan",
            "expected a yes-or-no, found a number in deg at `error.pan` (compare it with something, as in `abs(error.pan) < 0.5 deg`)",
        ),
        ("error.pan <", "the expression ends too early at ``"),
        ("error.pan # x", "unexpected character `#` at `#`"),
        ("1e999 deg < error.pan", "`1e999` is not a finite number at `1e999`"),
    ] {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn values_are_computed_in_base_units() {
    for (text, value) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 4 - 3", 3.0),
        ("-2 * 3", -6.0),
        ("150 ms", 0.15),
        ("2 min", 120.0),
        ("50 %", 0.5),
        ("hypot(error.pan, error.tilt)", 5.0),
        ("abs(error.pan)", 3.0),
        ("max(error.pan, error.tilt)", 4.0),
        ("min(error.pan, error.tilt)", -3.0),
        ("2 deg/s * 3 s", 6.0),
        ("6 deg / 2 s", 3.0),
        ("target.in_frame", 1.0),
    ] {
        assert_eq!(number(text), Some(value), "{text}");
    }
    assert_eq!(number("1 / 0"), None);
    assert_eq!(number("target.az"), None);
}

#[test]
fn a_comparison_has_a_margin() {
    // |−3| < 4: (4 − 3) / 4.
    let inside = truth("abs(error.pan) < 4 deg").unwrap();
    assert_eq!((inside.holds, inside.margin), (true, 0.25));
    assert_eq!(inside.compared.map(|compared| (compared.value, compared.bound)), Some((3.0, 4.0)));
    // The bound is the constant, on whichever side it stands.
    let turned = truth("4 deg > abs(error.pan)").unwrap();
    assert_eq!(turned, inside);
    // Outside by the half of the bound.
    assert_eq!(truth("abs(error.pan) < 2 deg").map(|truth| (truth.holds, truth.margin)), Some((false, -0.5)));
    // A bound of zero has no scale: degrees count.
    assert_eq!(truth("error.tilt > 0 deg").map(|truth| truth.margin), Some(1.0));
    assert_eq!(truth("error.pan > 0 deg").map(|truth| truth.margin), Some(-3.0));
    assert_eq!(truth("phase == tracking").map(|truth| truth.margin), Some(1.0));
    assert_eq!(truth("track.count != 2").map(|truth| truth.margin), Some(-1.0));
}

#[test]
fn logic_takes_the_nearer_and_the_farther_side() {
    let both = truth("abs(error.pan) < 4 deg and error.tilt < 40 deg").unwrap();
    assert_eq!((both.holds, both.margin), (true, 0.25));
    let either = truth("abs(error.pan) < 4 deg or error.tilt < 40 deg").unwrap();
    assert_eq!((either.holds, either.margin), (true, 0.9));
    let neither = truth("not (abs(error.pan) < 4 deg)").unwrap();
    assert_eq!((neither.holds, neither.margin), (false, -0.25));
}

#[test]
fn undefined_follows_kleene() {
    assert_eq!(truth("target.az < 1 deg"), None);
    assert_eq!(truth("target.az < 1 deg and true"), None);
    assert_eq!(truth("target.az < 1 deg and false").map(|truth| truth.holds), Some(false));
    assert_eq!(truth("target.az < 1 deg or true").map(|truth| truth.holds), Some(true));
    assert_eq!(truth("target.az < 1 deg or false"), None);
    assert_eq!(truth("not target.az < 1 deg"), None);
}

#[test]
fn depth_and_length_are_limited() {
    for text in
        ["(".repeat(10_000), "-".repeat(10_000), "not ".repeat(10_000), "1 + ".repeat(10_000), "abs(".repeat(400)]
    {
        assert!(Expression::parse(&text).is_err());
    }
    assert!(Expression::parse(&format!("{}1", "1 + ".repeat(200))).is_ok());
}

#[test]
fn the_signals_of_an_expression_are_all_found_and_each_once() {
    let text =
        "not (phase == tracking) or max(abs(error.pan), error.pan) < 2 * fov - 1 deg and target.in_frame == true";
    let found: Vec<&str> = Expression::parse(text).unwrap().signals().into_iter().map(Signal::name).collect();
    assert_eq!(found, ["error.pan", "target.in_frame", "fov", "phase"]);
    assert!(Expression::parse("1 deg").unwrap().is_constant());
}
