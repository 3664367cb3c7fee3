//! AutoPTZ's published numbers come out of our plant to the digits given, and ours are below them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use tiltyard::report;
use tiltyard::run::latency_harness::{
    Baseline, Controller, DELAYS_MS, Entrant, PUBLISHED, PidAlone, Profile, Published, SLEW_GAIN_PER_S, Score, Seen,
    TICK_S, entrants, rows, run,
};
use tiltyard::stack::track::ConstantVelocity;

/// Everything the table gives of a run, each number with the table's digits; `None` stays out.
fn told(published: &Published, score: &Score) -> [String; 6] {
    let digits = |quoted: Option<f64>, value: Option<f64>, digits: usize| {
        quoted
            .map_or_else(String::new, |_| value.map_or_else(|| "never".to_owned(), |value| format!("{value:.digits$}")))
    };
    [
        format!("{:.4}", score.rms),
        digits(published.tail_rms, Some(score.tail_rms), 2),
        digits(published.overshoot, score.overshoot, 4),
        score.sign_flips.to_string(),
        digits(published.settle_s, score.settle_s, 2),
        digits(published.peak, Some(score.peak), 3),
    ]
}

/// The table's row as if it were a run of its own.
fn quoted(published: &Published) -> [String; 6] {
    let Published { rms, tail_rms, overshoot, sign_flips, settle_s, peak, .. } = *published;
    let tail_rms = tail_rms.unwrap_or_default();
    told(published, &Score { rms, tail_rms, overshoot, sign_flips, settle_s, peak: peak.unwrap_or_default() })
}

/// Rows of the table that a baseline does not reproduce, with both.
fn missed(baseline: impl Fn(f64) -> Box<dyn Controller>) -> (usize, Vec<String>) {
    let made = PUBLISHED.into_iter().flatten().filter_map(|row| Some((row, row.gain?)));
    let mut missed = Vec::new();
    let mut rows = 0;
    for (row, gain) in made {
        rows += 1;
        let score = Score::of(row.profile, &run(row.profile, row.delay_ms, baseline(gain).as_mut()));
        let (ours, theirs) = (told(row, &score), quoted(row));
        if ours != theirs {
            missed.push(format!("{:?} {} ms kp {gain}: {ours:?}, published {theirs:?}", row.profile, row.delay_ms));
        }
    }
    (rows, missed)
}

#[test]
fn every_published_row_of_the_baseline_comes_out_to_the_digits_given() {
    let (rows, missed) = missed(|gain| Box::new(Baseline::new(gain)));
    assert_eq!(rows, 21, "five of step, ramp, sine and step at 0.8, one of ramp at 0.8");
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_hundredth_of_a_gain_is_seen() {
    let (rows, missed) = missed(|gain| Box::new(Baseline::new(gain * 1.01)));
    assert_eq!(missed.len(), rows, "{}", missed.join("\n"));
}

/// What the table can be beaten with: where the target will be by a constant-velocity Kalman filter on target bearings
/// (seen error and the aim that was then, known from its own commands), and the command that arrives there.
struct Reference {
    delay_ticks: usize,
    /// The aim before each tick.
    aims: Vec<f64>,
    filter: Option<ConstantVelocity>,
    /// The tick whose difference the filter took in last.
    seen: Option<usize>,
}

impl Reference {
    /// Power spectral density of the target's acceleration \[half frames² / s³\]: the sine's 2 half frames/s² over a
    /// quarter of its period and more, so that the filter hardly lags behind what has no noise.
    const DENSITY: f64 = 50.0;
    /// Variance of a difference, which is exact \[half frames²\]: small against the motion of a tick.
    const VARIANCE: f64 = 1e-4;

    fn new(delay_s: f64) -> Self {
        Self { delay_ticks: libm::rint(delay_s / TICK_S) as usize, aims: vec![0.0], filter: None, seen: None }
    }
}

impl Controller for Reference {
    fn command(&mut self, seen: &Seen<'_>) -> f64 {
        let aim = seen.sent.last().map_or(0.0, |sent| self.aims[seen.tick - 1] + sent * SLEW_GAIN_PER_S * TICK_S);
        if seen.tick > 0 {
            self.aims.push(aim);
        }
        let then = seen.tick.saturating_sub(self.delay_ticks);
        let target = seen.error + self.aims[then];
        let filter = self.filter.get_or_insert_with(|| ConstantVelocity::first(target, Self::VARIANCE.sqrt(), 1.0));
        if self.seen.replace(then).is_some_and(|last| last < then) {
            filter.predict(TICK_S, Self::DENSITY);
            filter.correct(target - filter.position_deg, Self::VARIANCE);
        }
        let ahead_s = (seen.tick - then) as f64 * TICK_S;
        (filter.position_deg + filter.rate_dps * ahead_s - aim) / (SLEW_GAIN_PER_S * TICK_S)
    }
}

/// Everything published is above what this controller gets.
fn beats_the_table(entrant: Entrant) {
    let name = entrant.name;
    for row in rows(&[entrant]) {
        let rms = row.ours[0].rms;
        for published in PUBLISHED.into_iter().flatten() {
            if (published.profile, published.delay_ms) == (row.profile, row.delay_ms) {
                assert!(rms < published.rms, "{name}, {:?} {} ms: {rms} {published:?}", row.profile, row.delay_ms);
            }
        }
    }
}

#[test]
fn the_table_can_be_beaten_at_every_delay_and_profile() {
    beats_the_table(Entrant { name: "reference", make: |delay_s| Box::new(Reference::new(delay_s)) });
}

#[test]
fn each_of_ours_beats_the_table() {
    for entrant in entrants() {
        beats_the_table(entrant);
    }
}

#[test]
fn what_is_no_number_moves_nothing() {
    struct Broken;
    impl Controller for Broken {
        fn command(&mut self, _: &Seen<'_>) -> f64 {
            f64::NAN
        }
    }
    let trace = run(Profile::Step, 100, &mut Broken);
    assert!(trace.aim.iter().all(|aim| *aim == 0.0));
    let score = Score::of(Profile::Step, &trace);
    assert_eq!((score.sign_flips, score.settle_s, score.overshoot), (0, None, Some(0.0)));
}

#[test]
fn the_delay_is_whole_ticks_and_the_first_ticks_see_the_first_difference() {
    struct Looks(Vec<f64>);
    impl Controller for Looks {
        fn command(&mut self, seen: &Seen<'_>) -> f64 {
            self.0.push(seen.error);
            assert_eq!(seen.sent.len(), seen.tick);
            0.0
        }
    }
    for delay_ms in DELAYS_MS {
        let mut looks = Looks(Vec::new());
        run(Profile::Ramp, delay_ms, &mut looks);
        let waited = looks.0.iter().take_while(|seen| **seen == -0.6).count();
        assert_eq!(waited as u32, delay_ms / 50 + 1);
    }
}

#[test]
fn the_report_has_every_row_and_counts_what_is_below() {
    let all = [
        Entrant { name: "pid", make: |delay_s| Box::new(PidAlone::new(delay_s)) },
        Entrant { name: "reference", make: |delay_s| Box::new(Reference::new(delay_s)) },
    ];
    let text = report::latency_harness::render(&all, &rows(&all));
    insta::assert_snapshot!(text);
}
