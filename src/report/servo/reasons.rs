//! Every cell of the default servo above its bound, with a measured reason.

use core::fmt::Write;

use tiltyard_visca::num::max;

use super::{Medians, over, range, show};
use crate::run::floors::{Floors, Reason};
use crate::run::servo_suite::{CAMERAS, Cell, DELAYS_MS, FOVS_DEG, NOISES_DEG, Profile};

/// A cell above its bound.
struct Above<'a> {
    cell: &'a Cell,
    medians: &'a Medians,
    floors: Option<Floors>,
    reason: Reason,
}

pub(super) fn write(
    text: &mut String,
    name: &str,
    cells: &[Cell],
    medians: &[Medians],
    floors: &[Option<Floors>],
) -> core::fmt::Result {
    let all = cells.iter().zip(medians);
    let exact = all.clone().filter(|(_, medians)| medians.limit_ratio.is_none() && medians.kept).count();
    let above: Vec<Above<'_>> = all
        .zip(floors)
        .filter(|((cell, medians), _)| medians.above(cell))
        .map(|((cell, medians), floors)| {
            let reason = Reason::of(cell.bound(), medians.kept, *floors);
            Above { cell, medians, floors: *floors, reason }
        })
        .collect();
    writeln!(
        text,
        "\n## {name}: the {} cells above the bound, and why\n\n\
         Two floors are measured in each (`src/run/floors.rs`), both over the oracle's RMS. **Noise**: a perfect head \
         behind the best Kalman filter in hindsight that sees the same boxes. **Codes**: the oracle on the camera's \
         speed codes. *Noise and codes*: both are above the bound, or √(n² + c² − 1) is. *Lost*: the subject was out \
         of view for a tenth of the time. *Ours*: none of these; it is what the servo could still gain. *Ratio over \
         both*: what is left above √(n² + c² − 1).\n",
        above.len()
    )?;
    writeln!(
        text,
        "| reason | cells | ratio | noise floor | code floor | ratio over both p50 |\n|---|---:|---|---|---|---:|"
    )?;
    for reason in Reason::ALL {
        let chosen = || above.iter().filter(move |above| above.reason == reason);
        let beyond = chosen().map(|above| Some(above.medians.limit_ratio? / max(above.floors?.both(), 1.0)));
        let beyond = show(over(beyond, 0.5), 2);
        writeln!(text, "| {} | {} | {} | {beyond} |", reason.name(), chosen().count(), ranges(chosen()))?;
    }
    let within = cells.iter().zip(medians).filter(|(cell, medians)| medians.within(cell)).count();
    writeln!(text, "\n{within} of {} cells are within the bound.", cells.len())?;
    if exact > 0 {
        writeln!(text, "In {exact} more the oracle errs by less than 0.005°, and there is no ratio.")?;
    }
    spread(text, &above)?;
    list(text, &above)
}

/// "ratio | noise floor | code floor" of some cells.
fn ranges<'a>(chosen: impl Iterator<Item = &'a Above<'a>> + Clone) -> String {
    let ratio = range(chosen.clone().map(|above| above.medians.limit_ratio), 2);
    let noise = range(chosen.clone().map(|above| above.floors.map(|floors| floors.noise)), 2);
    let codes = range(chosen.map(|above| above.floors.map(|floors| floors.codes)), 2);
    format!("{ratio} | {noise} | {codes}")
}

/// Where each reason is found: counts by delay and noise.
fn spread(text: &mut String, above: &[Above<'_>]) -> core::fmt::Result {
    let names: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    writeln!(text, "\nOf 160 cells each:\n\n| total delay | noise | above | {} |", names.join(" | "))?;
    writeln!(text, "|---|---|---:|{}", "---:|".repeat(names.len()))?;
    for delay_ms in DELAYS_MS {
        for noise_deg in NOISES_DEG {
            let here = above.iter().filter(|above| {
                above.cell.delay_ms == delay_ms && above.cell.noise_deg.to_bits() == noise_deg.to_bits()
            });
            write!(text, "| {delay_ms} ms | {noise_deg}° | {} |", here.clone().count())?;
            for reason in Reason::ALL {
                write!(text, " {} |", here.clone().filter(|above| above.reason == reason).count())?;
            }
            writeln!(text)?;
        }
    }
    Ok(())
}

/// A row a profile, delay and noise; a letter a camera.
fn list(text: &mut String, above: &[Above<'_>]) -> core::fmt::Result {
    let letters: Vec<String> = CAMERAS.iter().zip('a'..).map(|(camera, letter)| format!("{letter} {camera}")).collect();
    writeln!(
        text,
        "\nEvery one of them, 16 cells a row at most. Cameras: {}. `60 abcd` is 60° with all four.\n",
        letters.join(", ")
    )?;
    writeln!(text, "| profile | delay | noise | ratio | noise floor | code floor | cells by reason |")?;
    writeln!(text, "|---|---:|---:|---|---|---|---|")?;
    for profile in Profile::ALL {
        for delay_ms in DELAYS_MS {
            for noise_deg in NOISES_DEG {
                let here: Vec<&Above<'_>> = above
                    .iter()
                    .filter(|above| {
                        let cell = above.cell;
                        cell.profile == profile
                            && cell.delay_ms == delay_ms
                            && cell.noise_deg.to_bits() == noise_deg.to_bits()
                    })
                    .collect();
                if here.is_empty() {
                    continue;
                }
                let by_reason: Vec<String> = Reason::ALL.iter().filter_map(|reason| places(&here, *reason)).collect();
                writeln!(
                    text,
                    "| {} | {delay_ms} ms | {noise_deg}° | {} | {} |",
                    profile.name(),
                    ranges(here.iter().copied()),
                    by_reason.join("; ")
                )?;
            }
        }
    }
    Ok(())
}

/// "noise: 60 abcd, 30 ab".
fn places(here: &[&Above<'_>], reason: Reason) -> Option<String> {
    let fovs: Vec<String> = FOVS_DEG
        .iter()
        .filter_map(|fov_deg| {
            let letters: String = CAMERAS
                .iter()
                .zip('a'..)
                .filter(|(camera, _)| {
                    here.iter().any(|above| {
                        above.reason == reason
                            && above.cell.camera == **camera
                            && above.cell.fov_deg.to_bits() == fov_deg.to_bits()
                    })
                })
                .map(|(_, letter)| letter)
                .collect();
            (!letters.is_empty()).then(|| format!("{fov_deg} {letters}"))
        })
        .collect();
    (!fovs.is_empty()).then(|| format!("{}: {}", reason.name(), fovs.join(", ")))
}
