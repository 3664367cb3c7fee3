//! Ours beside AutoPTZ's published baseline, in its own latency harness.

use core::fmt::Write;

use crate::run::latency_harness::{Baseline, Entrant, PUBLISHED, Profile, Published, Row, Score};

/// The tables, as a section of a report.
pub fn render(entrants: &[Entrant], rows: &[Row]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, entrants, rows);
    text
}

fn write(text: &mut String, entrants: &[Entrant], rows: &[Row]) -> core::fmt::Result {
    let names: Vec<&str> = entrants.iter().map(|entrant| entrant.name).collect();
    writeln!(
        text,
        "AutoPTZ 2.2.0-rc9's harness: an axis without mass, 20 Hz, 200 ticks, units of half frames. Each of ours is made \
         for the delay; the published baseline is one law for all. `here` is the published law made again.\n"
    )?;
    writeln!(text, "RMS error:\n")?;
    let [mild, hot] = Baseline::GAINS;
    let gains = format!("kp {mild} published | here | kp {hot} published | here | production published");
    header(text, &format!("profile | delay ms | {gains} | **{}**", names.join("** | **")))?;
    for row in rows {
        let quoted = |gain| decimals(published(row, gain).map(|row| row.rms), 4);
        write!(text, "| {} | {} ", row.profile.name(), row.delay_ms)?;
        for (gain, score) in Baseline::GAINS.into_iter().zip(&row.baseline) {
            write!(text, "| {} | {:.4} ", quoted(Some(gain)), score.rms)?;
        }
        write!(text, "| {} ", quoted(None))?;
        for score in &row.ours {
            write!(text, "| {:.4} ", score.rms)?;
        }
        writeln!(text, "|")?;
    }
    writeln!(text)?;
    for (at, name) in names.iter().enumerate() {
        let scores = || rows.iter().filter_map(|row| Some((row, row.ours.get(at)?)));
        let below = scores().filter(|(row, score)| is_below_all_published(row, score)).count();
        writeln!(text, "**{name}** is below every published number of its row in {below} of {} rows.", rows.len())?;
    }
    writeln!(
        text,
        "\nWhat it is bought with: changes of the command's sign, overshoot, settling time, largest error.\n"
    )?;
    let columns: Vec<String> =
        ["baseline"].iter().chain(&names).map(|name| format!("{name}: flips | overshoot | settled s | peak")).collect();
    header(text, &format!("profile | delay ms | {}", columns.join(" | ")))?;
    for row in rows {
        write!(text, "| {} | {} ", row.profile.name(), row.delay_ms)?;
        for score in row.baseline.first().into_iter().chain(&row.ours) {
            let (overshoot, settle_s) = (decimals(score.overshoot, 4), decimals(score.settle_s, 2));
            write!(text, "| {} | {overshoot} | {settle_s} | {:.3} ", score.sign_flips, score.peak)?;
        }
        writeln!(text, "|")?;
    }
    Ok(())
}

/// A column of words, the rest of numbers.
fn header(text: &mut String, columns: &str) -> core::fmt::Result {
    writeln!(text, "| {columns} |")?;
    let numbers = columns.matches('|').count();
    writeln!(text, "|---|{}", "---:|".repeat(numbers))
}

fn decimals(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

fn published(row: &Row, gain: Option<f64>) -> Option<&'static Published> {
    quoted(row.profile, row.delay_ms).find(|quoted| quoted.gain == gain)
}

fn quoted(profile: Profile, delay_ms: u32) -> impl Iterator<Item = &'static Published> {
    let same = move |row: &&Published| row.profile == profile && row.delay_ms == delay_ms;
    PUBLISHED.into_iter().flatten().filter(same)
}

fn is_below_all_published(row: &Row, score: &Score) -> bool {
    quoted(row.profile, row.delay_ms).all(|quoted| score.rms < quoted.rms)
}
