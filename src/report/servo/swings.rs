//! Limit cycles and velocity-step peaks of the default servo.

use core::fmt::Write;

use tiltyard_visca::num::max;

use crate::run::servo_suite::{CAMERAS, DELAYS_MS, FOVS_DEG, Peak, Still};

/// The peak may be this much above the bound.
const SLACK: f64 = 1.25;

pub(super) fn write(text: &mut String, stills: &[Still], peaks: &[Peak]) -> core::fmt::Result {
    cycles(text, stills)?;
    bounds(text, peaks)
}

fn cycles(text: &mut String, stills: &[Still]) -> core::fmt::Result {
    let cycling = stills.iter().filter(|still| still.cycles()).count();
    let acting = stills.iter().filter(|still| still.guard_acts > 0).count();
    writeln!(
        text,
        "\n## Limit cycles of the default servo\n\n\
         A step, then a subject that stands; the last 6 s of 14 s, all cameras and seeds. A turn of the head counts \
         from 2 % of the field of view on, or from two holds at the slowest speed code where that is more. Four turns, \
         two periods, are a limit cycle. Amplitude is half of all the way the head went in this time, noise \
         included.\n\n\
         **{cycling} of {} runs swing by themselves; the guard acted in {acting}.**\n",
        stills.len()
    )?;
    writeln!(
        text,
        "| field of view | delay | noise | cycles | turns /min, most | amplitude deg, most | swing that counts deg | \
         guard acts |\n|---|---:|---:|---:|---:|---:|---:|---:|"
    )?;
    for fov_deg in FOVS_DEG {
        for delay_ms in DELAYS_MS {
            for noise_deg in [0.0, 0.05] {
                let here = || {
                    stills.iter().filter(move |Still { cell, .. }| {
                        cell.delay_ms == delay_ms
                            && cell.fov_deg.to_bits() == fov_deg.to_bits()
                            && f64::to_bits(cell.noise_deg) == f64::to_bits(noise_deg)
                    })
                };
                let most = |value: fn(&Still) -> f64| here().map(value).fold(0.0, max);
                writeln!(
                    text,
                    "| {fov_deg}° | {delay_ms} ms | {noise_deg}° | {} of {} | {:.0} | {:.3} | {:.3} | {} |",
                    here().filter(|still| still.cycles()).count(),
                    here().count(),
                    most(Still::turns_per_min),
                    most(|still| still.amplitude_deg),
                    most(|still| still.swing_deg),
                    here().map(|still| still.guard_acts).sum::<u64>(),
                )?;
            }
        }
    }
    if cycling > 0 {
        let mut worst: Vec<&Still> = stills.iter().filter(|still| still.cycles()).collect();
        worst.sort_by(|a, b| b.amplitude_deg.total_cmp(&a.amplitude_deg));
        writeln!(text, "\nThose that swing, the widest first, ten at most:\n")?;
        for still in worst.iter().take(10) {
            writeln!(
                text,
                "- {}, seed {}: {:.0} turns a minute, ±{:.3}°",
                still.cell,
                still.seed,
                still.turns_per_min(),
                still.amplitude_deg
            )?;
        }
    }
    Ok(())
}

fn bounds(text: &mut String, peaks: &[Peak]) -> core::fmt::Result {
    let passed = |bound: fn(&Peak) -> f64| peaks.iter().filter(|peak| peak.peak_deg <= SLACK * bound(peak)).count();
    let total = peaks.len();
    writeln!(
        text,
        "\n## Velocity steps: how far behind\n\n\
         The largest error after the subject sets off at a steady rate, without noise, over v·T + v²/(2·A). With T the \
         total delay this is for a subject that sets off just before an exposure. Here it sets off at an exposure, \
         which does not show it, so the physics says T + h, h a frame. The goal is {SLACK} times.\n\n\
         **T: {} of {total} cells are within; T + h: {} of {total}.**\n",
        passed(|peak| peak.bound_deg),
        passed(|peak| peak.bound_held_deg)
    )?;
    writeln!(
        text,
        "| delay | camera | cells | within, T | worst | within, T + h | worst | at |\n|---|---|---:|---:|---:|---:|---:|---|"
    )?;
    for delay_ms in DELAYS_MS {
        for camera in CAMERAS {
            let here = || peaks.iter().filter(move |peak| peak.cell.delay_ms == delay_ms && peak.cell.camera == camera);
            let within = |bound: fn(&Peak) -> f64| here().filter(|peak| peak.peak_deg <= SLACK * bound(peak)).count();
            let worst = |bound: fn(&Peak) -> f64| here().map(|peak| peak.peak_deg / bound(peak)).fold(0.0, max);
            let held = |peak: &Peak| peak.peak_deg / peak.bound_held_deg;
            let place = here().max_by(|a, b| held(a).total_cmp(&held(b))).map_or(0.0, |peak| peak.cell.fov_deg);
            writeln!(
                text,
                "| {delay_ms} ms | {camera} | {} | {} | {:.2} | {} | {:.2} | {place}° |",
                here().count(),
                within(|peak| peak.bound_deg),
                worst(|peak| peak.bound_deg),
                within(|peak| peak.bound_held_deg),
                worst(|peak| peak.bound_held_deg),
            )?;
        }
    }
    Ok(())
}
