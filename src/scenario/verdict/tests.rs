//! Every verb passes, fails and is inconclusive on samples made by hand, ten rows a second.

use super::*;
use crate::scenario::expect::{Bound, Edge, Statistic, Trigger};
use crate::scenario::metric::Metric;

/// Ten rows a second; `error.pan` as given, `None` is undefined, and a link drop from row 5 to row 7.
struct Made(Vec<Option<f64>>);

impl Samples for Made {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn at(&self, row: usize) -> SimTime {
        SimTime::from_millis(row as u64 * 100)
    }

    fn value(&self, signal: Signal, row: usize) -> Option<f64> {
        match signal {
            Signal::ErrorPan => self.0.get(row).copied().flatten(),
            Signal::FaultLinkDrop => Some(if (5..=7).contains(&row) { 1.0 } else { 0.0 }),
            Signal::FaultVideoFreeze => Some(0.0),
            _ => None,
        }
    }

    fn metric(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::IdSwitches => Some(2.0),
            Metric::Reacquire => Some(0.75),
            Metric::FrameAgeP95 => Some(120.0),
            _ => None,
        }
    }
}

fn made(errors: &[f64]) -> Made {
    Made(errors.iter().map(|error| if error.is_nan() { None } else { Some(*error) }).collect())
}

/// Error 10 deg, then 1 deg from row 4 on: 2 s.
fn step() -> Made {
    made(&core::array::from_fn::<f64, 20, _>(|row| if row < 4 { 10.0 } else { 1.0 }))
}

const S: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);
const U: f64 = f64::NAN;

fn expression(text: &str) -> Expression {
    Expression::parse(text).unwrap()
}

fn weigh(verb: Verb, samples: &Made, length: Duration) -> Judgement {
    judge(&Expectation { name: "x".to_owned(), verb, line: 0 }, samples, length)
}

fn that(text: &str, after_ms: u64, within: Duration, holds: Duration) -> Verb {
    Verb::That { condition: expression(text), after: SimTime::from_millis(after_ms), within, holds }
}

fn window(from_ms: u64, until_ms: Option<u64>) -> Window {
    Window { from: SimTime::from_millis(from_ms), until: until_ms.map(SimTime::from_millis) }
}

#[test]
fn that_passes_with_its_margins() {
    let judgement = weigh(that("abs(error.pan) < 2 deg", 0, S, S), &step(), 2 * S);
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(judgement.at, Some(SimTime::from_millis(400)));
    assert_eq!(judgement.time_margin, Some(0.6));
    assert_eq!((judgement.value, judgement.bound, judgement.value_margin), (Some(1.0), Some(2.0), Some(0.5)));
    assert_eq!(judgement.sentence, "settled at 0.4 s, 1 s allowed, tightest 1 deg against 2 deg at 0.4 s");
    // From a later start on, time counts from there.
    let judgement = weigh(that("abs(error.pan) < 2 deg", 200, S, S), &step(), 2 * S);
    assert_eq!(judgement.sentence, "settled 0.2 s after 0.2 s, 1 s allowed, tightest 1 deg against 2 deg at 0.4 s");
}

#[test]
fn that_fails_and_says_how_near_it_came() {
    let judgement = weigh(that("abs(error.pan) < 0.8 deg", 0, S, 500 * MS), &step(), 2 * S);
    assert_eq!(judgement.verdict, Verdict::Fail);
    assert_eq!(judgement.sentence, "did not settle within 1 s, nearest 1 deg against 0.8 deg at 0.4 s");
    // (0.8 − 1) / 0.8
    assert!((judgement.value_margin.unwrap() + 0.25).abs() < 1e-12);
}

#[test]
fn that_needs_a_whole_hold() {
    // Below 2 deg at rows 1 and 2 only: 0.1 s is held, 0.2 s is not, for row 3 lies in the closed window.
    let samples = made(&[9.0, 1.0, 1.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0]);
    assert_eq!(weigh(that("error.pan < 2 deg", 0, 500 * MS, 100 * MS), &samples, S).verdict, Verdict::Pass);
    assert_eq!(weigh(that("error.pan < 2 deg", 0, 500 * MS, 200 * MS), &samples, S).verdict, Verdict::Fail);
}

#[test]
fn an_undefined_sample_breaks_a_hold() {
    let samples = made(&[1.0, 1.0, U, 1.0, 1.0, U, 1.0, 1.0, U, 1.0]);
    let judgement = weigh(that("error.pan < 2 deg", 0, 300 * MS, 200 * MS), &samples, S);
    assert_eq!((judgement.verdict, judgement.value_margin), (Verdict::Fail, None));
    assert_eq!(judgement.sentence, "did not settle within 0.3 s, never defined for long enough");
}

#[test]
fn that_is_open_when_the_run_is_too_short() {
    // It holds from 0.4 s on, but the run ends at 1 s: 1 s of hold cannot be seen.
    let judgement = weigh(that("error.pan < 2 deg", 0, S, S), &step(), S);
    assert_eq!(judgement.verdict, Verdict::Inconclusive);
    // The deadline itself lies behind the end.
    assert_eq!(weigh(that("error.pan < 0 deg", 0, 3 * S, S), &step(), 2 * S).verdict, Verdict::Inconclusive);
    // Nothing is defined at all.
    let nothing = made(&[U, U, U]);
    assert_eq!(
        weigh(that("error.pan < 0 deg", 0, 100 * MS, Duration::ZERO), &nothing, S).verdict,
        Verdict::Inconclusive
    );
    assert_eq!(
        weigh(that("error.pan < 0 deg", 0, 100 * MS, Duration::ZERO), &made(&[]), S).verdict,
        Verdict::Inconclusive
    );
}

#[test]
fn that_fails_for_good_when_no_longer_run_could_save_it() {
    // At the end it does not hold, so no start before the deadline can be the beginning of a hold.
    let samples = made(&[1.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0]);
    assert_eq!(weigh(that("error.pan < 2 deg", 0, 900 * MS, 500 * MS), &samples, S).verdict, Verdict::Fail);
}

#[test]
fn always_passes_fails_and_is_inconclusive() {
    let always = |text: &str, window| Verb::Always { condition: expression(text), window };
    let judgement = weigh(always("error.pan < 2 deg", window(400, None)), &step(), 2 * S);
    assert_eq!((judgement.verdict, judgement.value_margin), (Verdict::Pass, Some(0.5)));
    assert_eq!(judgement.sentence, "held throughout, tightest 1 deg against 2 deg at 0.4 s");
    let judgement = weigh(always("error.pan < 2 deg", window(100, None)), &step(), 2 * S);
    assert_eq!((judgement.verdict, judgement.at), (Verdict::Fail, Some(SimTime::from_millis(100))));
    assert_eq!(judgement.sentence, "broken: 10 deg against 2 deg at 0.1 s");
    let judgement = weigh(always("error.pan < 2 deg", window(400, Some(3000))), &step(), 2 * S);
    assert_eq!(judgement.verdict, Verdict::Inconclusive);
    assert_eq!(judgement.sentence, "held so far, but the window goes to 3 s and the run ends at 2 s");
    // Undefined samples are passed over; nothing but undefined samples tell nothing.
    assert_eq!(weigh(always("error.pan < 2 deg", window(0, None)), &made(&[1.0, U, 1.0]), S).verdict, Verdict::Pass);
    assert_eq!(weigh(always("error.pan < 2 deg", window(0, None)), &made(&[U, U]), S).verdict, Verdict::Inconclusive);
    assert_eq!(weigh(always("error.pan < 2 deg", window(5000, None)), &step(), 2 * S).verdict, Verdict::Inconclusive);
}

#[test]
fn never_passes_fails_and_is_inconclusive() {
    let never = |text: &str, window| Verb::Never { condition: expression(text), window };
    assert_eq!(weigh(never("error.pan > 20 deg", window(0, None)), &step(), 2 * S).verdict, Verdict::Pass);
    let judgement = weigh(never("fault.link.drop", window(0, None)), &step(), 2 * S);
    assert_eq!((judgement.verdict, judgement.value_margin), (Verdict::Fail, Some(-1.0)));
    assert_eq!(judgement.sentence, "broken at 0.5 s: `fault.link.drop` was true");
    assert_eq!(
        weigh(never("error.pan > 20 deg", window(0, Some(9000))), &step(), 2 * S).verdict,
        Verdict::Inconclusive
    );
    // Broken is broken, however far the window goes.
    assert_eq!(weigh(never("error.pan > 5 deg", window(0, Some(9000))), &step(), 2 * S).verdict, Verdict::Fail);
}

fn whenever(trigger: &str, edge: Edge, then: &str, within: Duration, holds: Duration, at_least: u32) -> Verb {
    Verb::Whenever {
        trigger: Trigger { condition: expression(trigger), edge },
        then: expression(then),
        within,
        holds,
        at_least,
    }
}

#[test]
fn whenever_passes_fails_and_is_inconclusive() {
    let ends = |then, within, holds| whenever("fault.link.drop", Edge::Ends, then, within, holds, 1);
    // The drop ends at row 8, 0.8 s.
    let samples = made(&core::array::from_fn::<f64, 20, _>(|row| if row < 10 { 10.0 } else { 1.0 }));
    let judgement = weigh(ends("error.pan < 2 deg", 400 * MS, 200 * MS), &samples, 2 * S);
    assert_eq!((judgement.verdict, judgement.time_margin), (Verdict::Pass, Some(0.5)));
    assert_eq!(
        judgement.sentence,
        "followed 1 of 1 times, slowest in 0.2 s, 0.4 s allowed, tightest 1 deg against 2 deg at 1 s"
    );
    let judgement = weigh(ends("error.pan < 2 deg", 100 * MS, 200 * MS), &samples, 2 * S);
    assert_eq!((judgement.verdict, judgement.at), (Verdict::Fail, Some(SimTime::from_millis(800))));
    assert_eq!(
        judgement.sentence,
        "did not follow within 0.1 s after the trigger at 0.8 s, nearest 10 deg against 2 deg at 0.8 s"
    );
    assert_eq!(weigh(ends("error.pan < 2 deg", 400 * MS, 2 * S), &samples, 2 * S).verdict, Verdict::Inconclusive);
    let never = whenever("fault.video.freeze", Edge::Starts, "error.pan < 2 deg", S, S, 1);
    let judgement = weigh(never, &samples, 2 * S);
    assert_eq!(judgement.verdict, Verdict::Inconclusive);
    assert_eq!(judgement.sentence, "the trigger never fired, at least 1 needed");
    let need_not = whenever("fault.video.freeze", Edge::Starts, "error.pan < 2 deg", S, S, 0);
    assert_eq!(weigh(need_not, &samples, 2 * S).verdict, Verdict::Pass);
    let twice = whenever("fault.link.drop", Edge::Ends, "error.pan < 2 deg", S, Duration::ZERO, 2);
    assert_eq!(weigh(twice, &samples, 2 * S).sentence, "the trigger fired only 1 times, at least 2 needed");
}

fn statistic(statistic: Statistic, of: &str, bound: Bound, window: Window) -> Verb {
    Verb::Statistic { statistic, of: expression(of), bound, window }
}

#[test]
fn every_statistic_passes_fails_and_is_inconclusive() {
    // Errors 10 ×4, 1 ×16: mean 56/20 = 2.8; mean square (400 + 16)/20 = 20.8; nearest rank 19 of 20 is 10.
    let cases = [
        (Statistic::Max, "error.pan", 10.0),
        (Statistic::Min, "error.pan", 1.0),
        (Statistic::Mean, "error.pan", 2.8),
        (Statistic::Rms, "error.pan", 20.8_f64.sqrt()),
        (Statistic::P95, "error.pan", 10.0),
        (Statistic::Count, "fault.link.drop", 1.0),
        (Statistic::Mean, "fault.link.drop", 0.15),
    ];
    for (which, of, expected) in cases {
        let whole = window(0, None);
        let pass = weigh(statistic(which, of, Bound::Below(expected + 0.1), whole), &step(), 2 * S);
        assert_eq!(pass.verdict, Verdict::Pass, "{pass:?}");
        assert!((pass.value.unwrap() - expected).abs() < 1e-12, "{pass:?}");
        let fail = weigh(statistic(which, of, Bound::Above(expected + 0.1), whole), &step(), 2 * S);
        assert_eq!(fail.verdict, Verdict::Fail, "{fail:?}");
        let between = Bound::Between(expected - 0.1, expected + 0.1);
        assert_eq!(weigh(statistic(which, of, between, whole), &step(), 2 * S).verdict, Verdict::Pass);
        let past = window(0, Some(5000));
        assert_eq!(weigh(statistic(which, of, between, past), &step(), 2 * S).verdict, Verdict::Inconclusive);
        let nothing = weigh(statistic(which, "error.tilt > 1 deg", between, whole), &step(), 2 * S);
        assert_eq!(nothing.verdict, Verdict::Inconclusive);
    }
}

#[test]
fn a_statistic_says_where_and_against_what() {
    let judgement =
        weigh(statistic(Statistic::Max, "abs(error.pan)", Bound::Below(0.5), window(500, None)), &step(), 2 * S);
    assert_eq!(judgement.sentence, "max of `abs(error.pan)` was 1 deg at 0.5 s, bound below 0.5 deg");
    assert_eq!((judgement.unit.as_str(), judgement.value_margin), ("deg", Some(-1.0)));
    // What cannot get better again is decided before the window ends.
    let past = statistic(Statistic::Max, "error.pan", Bound::Below(0.5), window(0, Some(9000)));
    assert_eq!(weigh(past, &step(), 2 * S).verdict, Verdict::Fail);
}

#[test]
fn undefined_samples_are_no_edges() {
    let samples = made(&[1.0, 5.0, U, 5.0, 1.0, U, 5.0, 5.0]);
    let count = statistic(Statistic::Count, "error.pan > 2 deg", Bound::Between(2.0, 2.0), window(0, None));
    assert_eq!(weigh(count, &samples, S).verdict, Verdict::Pass);
    // What is true at the first sample has started there, for before it everything counts as false.
    let count = statistic(Statistic::Count, "error.pan > 0 deg", Bound::Between(1.0, 1.0), window(0, None));
    assert_eq!(weigh(count, &samples, S).verdict, Verdict::Pass);
}

#[test]
fn a_window_between_two_rows_is_decided_by_the_row_in_force() {
    let always = Verb::Always { condition: expression("error.pan > 5 deg"), window: window(320, Some(380)) };
    assert_eq!(weigh(always, &step(), 2 * S).verdict, Verdict::Pass);
}

#[test]
fn numbers_are_printed_for_people() {
    for (value, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (1.23456, "1.235"),
        (12.3456, "12.35"),
        (123.456, "123.5"),
        (1234.5, "1234"),
        (0.000_01, "1.00e-5"),
        (-4.2, "-4.2"),
    ] {
        assert_eq!(quantity(value, ""), text);
    }
    assert_eq!(seconds(Duration::from_micros(1_310_400)), "1.31 s");
    assert_eq!(seconds(Duration::from_micros(500)), "0.0005 s");
    assert_eq!(seconds(Duration::ZERO), "0 s");
}

/// `that` as it is defined: a start in the window, and every row of the hold from there.
fn by_definition(samples: &Made, limit: f64, after: u64, within: u64, holds: u64, length: u64) -> Verdict {
    let row_at = |row: usize| row as u64 * 100;
    let starts: Vec<usize> =
        (0..samples.len()).filter(|row| (after..=after + within).contains(&row_at(*row))).collect();
    let mut open = after + within > length;
    let mut defined = false;
    for start in starts {
        let until = row_at(start) + holds;
        let rows: Vec<Option<f64>> =
            (start..samples.len()).filter(|row| row_at(*row) <= until).map(|row| samples.0[row]).collect();
        defined |= rows[0].is_some();
        let good = rows.iter().all(|value| value.is_some_and(|value| value < limit));
        match (good, until > length) {
            (true, false) => return Verdict::Pass,
            (true, true) => open = true,
            _ => {}
        }
    }
    if !open && defined { Verdict::Fail } else { Verdict::Inconclusive }
}

proptest::proptest! {
    #[test]
    fn that_is_what_its_definition_says(
        values in proptest::collection::vec(proptest::option::weighted(0.9, 0.0..4.0_f64), 10..40),
        (after, within, holds) in (0_u64..12, 0_u64..15, 0_u64..8),
    ) {
        let samples = Made(values);
        // Windows begin and end on rows here, so that no row in force before them counts.
        let length = (samples.len() as u64 - 1) * 100;
        let (after, within, holds) = (after.min(samples.len() as u64 - 1) * 100, within * 100, holds * 100);
        let ms = Duration::from_millis;
        let verb = that("error.pan < 2.5 deg", after, ms(within), ms(holds));
        let judgement = weigh(verb, &samples, ms(length));
        proptest::prop_assert_eq!(judgement.verdict, by_definition(&samples, 2.5, after, within, holds, length));
        if judgement.verdict == Verdict::Pass {
            proptest::prop_assert!(judgement.value_margin.is_some_and(|margin| margin >= 0.0));
        } else if judgement.verdict == Verdict::Fail {
            proptest::prop_assert!(judgement.value_margin.is_none_or(|margin| margin <= 0.0));
        }
    }
}

#[test]
fn a_metric_passes_and_fails_with_its_margin() {
    let weighed = |metric, bound| weigh(Verb::Metric { metric, bound }, &step(), 2 * S);
    let judgement = weighed(Metric::IdSwitches, Bound::Below(4.0));
    assert_eq!((judgement.verdict, judgement.value_margin), (Verdict::Pass, Some(0.5)));
    assert_eq!(judgement.sentence, "`id_switches` was 2, bound below 4");
    let judgement = weighed(Metric::IdSwitches, Bound::Below(1.0));
    assert_eq!((judgement.verdict, judgement.value_margin), (Verdict::Fail, Some(-1.0)));
    assert_eq!((judgement.value, judgement.bound), (Some(2.0), Some(1.0)));
    let judgement = weighed(Metric::Reacquire, Bound::Between(0.5, 1.5));
    assert_eq!((judgement.verdict, judgement.value_margin), (Verdict::Pass, Some(0.5)));
    assert_eq!(judgement.sentence, "`reacquire_s` was 0.75 s, bound 0.5 s to 1.5 s");
    // Milliseconds are seconds when it comes to bounds.
    let judgement = weighed(Metric::FrameAgeP95, Bound::Above(0.1));
    assert_eq!(
        (judgement.verdict, judgement.sentence.as_str()),
        (Verdict::Pass, "`frame_age_p95_ms` was 0.12 s, bound above 0.1 s")
    );
}

#[test]
fn a_metric_that_the_run_does_not_tell_is_undecided() {
    let judgement = weigh(Verb::Metric { metric: Metric::Settle, bound: Bound::Below(1.0) }, &step(), 2 * S);
    assert_eq!(judgement.verdict, Verdict::Inconclusive);
    assert_eq!((judgement.value, judgement.value_margin), (None, None));
    assert_eq!(judgement.sentence, "the run does not tell `settle_s`");
}
