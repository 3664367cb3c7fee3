//! The table that AutoPTZ's harness gives, to the digits it was noted with: what ours has to reproduce, and beat.
//!
//! The baseline rows are its controller with prediction, catch-up, dead zones and slew limit off, at two gains; the
//! production rows the same controller with its defaults, which are quoted and not made again here.

use super::{DELAYS_MS, Profile};

/// One row of the table. What the table leaves out is `None`; lengths in half frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// The profile.
    pub profile: Profile,
    /// The delay \[ms\].
    pub delay_ms: u32,
    /// The baseline's gain; `None` for the production defaults.
    pub gain: Option<f64>,
    /// RMS error, four decimals.
    pub rms: f64,
    /// RMS of the last 20 ticks, two decimals.
    pub tail_rms: Option<f64>,
    /// Overshoot, four decimals.
    pub overshoot: Option<f64>,
    /// Changes of the command's sign.
    pub sign_flips: u32,
    /// Settling time \[s\], two decimals.
    pub settle_s: Option<f64>,
    /// Largest error, three decimals.
    pub peak: Option<f64>,
}

const fn column(profile: Profile, gain: Option<f64>, rms: [f64; 5], sign_flips: [u32; 5]) -> [Published; 5] {
    let mut rows = [Published {
        profile,
        delay_ms: 0,
        gain,
        rms: 0.0,
        tail_rms: None,
        overshoot: None,
        sign_flips: 0,
        settle_s: None,
        peak: None,
    }; 5];
    let mut row = 0;
    while row < rows.len() {
        (rows[row].delay_ms, rows[row].rms, rows[row].sign_flips) = (DELAYS_MS[row], rms[row], sign_flips[row]);
        row += 1;
    }
    rows
}

const fn settled(mut rows: [Published; 5], overshoot: [f64; 5], settle_s: [f64; 5]) -> [Published; 5] {
    let mut row = 0;
    while row < rows.len() {
        (rows[row].overshoot, rows[row].settle_s) = (Some(overshoot[row]), Some(settle_s[row]));
        row += 1;
    }
    rows
}

const fn peaked(mut rows: [Published; 5], peak: [f64; 5]) -> [Published; 5] {
    let mut row = 0;
    while row < rows.len() {
        rows[row].peak = Some(peak[row]);
        row += 1;
    }
    rows
}

const STEP: [Published; 5] = peaked(
    settled(
        column(Profile::Step, Some(0.6), [0.0826, 0.0890, 0.0966, 0.1175, 0.1499], [0, 0, 1, 2, 3]),
        [0.0, 0.0, 0.0237, 0.1595, 0.3269],
        [1.05, 0.90, 0.80, 1.65, 2.75],
    ),
    [0.570, 0.6, 0.6, 0.6, 0.6],
);
const RAMP: [Published; 5] = peaked(
    column(Profile::Ramp, Some(0.6), [0.1189, 0.1231, 0.1297, 0.1524, 0.1924], [1, 1, 1, 2, 5]),
    [0.512, 0.512, 0.512, 0.528, 0.774],
);
const SINE: [Published; 5] = peaked(
    column(Profile::Sine, Some(0.6), [0.2146, 0.2277, 0.2435, 0.2861, 0.3509], [6; 5]),
    [0.306, 0.327, 0.354, 0.442, 0.624],
);
const STEP_HOT: [Published; 5] = settled(
    column(Profile::Step, Some(0.8), [0.0697, 0.0786, 0.0901, 0.1264, 0.2494], [0, 1, 1, 4, 10]),
    [0.0, 0.0276, 0.1057, 0.3267, 0.5726],
    [0.75, 0.65, 1.2, 2.1, 7.45],
);
const RAMP_HOT: [Published; 1] = [Published {
    profile: Profile::Ramp,
    delay_ms: 300,
    gain: Some(0.8),
    rms: 0.8862,
    tail_rms: Some(1.24),
    overshoot: None,
    sign_flips: 13,
    settle_s: None,
    peak: Some(1.623),
}];
const STEP_PRODUCTION: [Published; 5] =
    column(Profile::Step, None, [0.1279, 0.1316, 0.1301, 0.1585, 0.1232], [0, 2, 2, 3, 1]);
const SINE_PRODUCTION: [Published; 5] =
    column(Profile::Sine, None, [0.2094, 0.2135, 0.2148, 0.2286, 0.2450], [6, 6, 6, 19, 14]);

/// The table.
pub const PUBLISHED: [&[Published]; 7] =
    [&STEP, &RAMP, &SINE, &STEP_HOT, &RAMP_HOT, &STEP_PRODUCTION, &SINE_PRODUCTION];
