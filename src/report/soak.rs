//! `reports/soak.md`: a long live session with stalls put in, and whether it kept what is asked of it.

use core::time::Duration;
use std::fmt::Write;

use crate::run::live::Quantiles;
use crate::run::live::flood::{FloodConfig, PATHS};
use crate::run::live::soak::{CYCLE, Found, STALL, STALLS};

/// Memory may grow by so much after the first cycle \[KiB\].
const GROWTH_MAX_KIB: u64 = 16 * 1024;
/// The guide's claim: below 1 %.
const DROP_RATE_MAX: f64 = 0.01;
/// The guide's claim: a 95th percentile of 150 to 250 ms \[ms\].
const LATENCY_P95_MAX_MS: f64 = 250.0;

/// One demand, what was found, and whether it was kept; `None` where it could not be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// What is asked for.
    pub what: &'static str,
    /// The bound.
    pub bound: String,
    /// What was found.
    pub found: String,
    /// Whether it is kept.
    pub kept: Option<bool>,
}

/// All demands.
pub fn demands(found: &Found) -> Vec<Demand> {
    let status = &found.end.status;
    let looked_at: u64 = found.stalls.iter().map(|stalls| stalls.looked_at).sum();
    let missed: u64 = found.stalls.iter().map(|stalls| stalls.missed).sum();
    let lost = (status.dropped + status.stale).saturating_sub(found.dropped_in_hangs);
    let rate = lost as f64 / status.captured.max(1) as f64;
    let growth = found.memory_kib.map(|[first, most, _]| most - first);
    let p95_ms = status.loop_latency.p95_ms;
    vec![
        Demand {
            what: "missed STOPs",
            bound: "0".to_owned(),
            found: format!("{missed} of {looked_at} stalls"),
            kept: (looked_at > 0).then_some(missed == 0),
        },
        Demand {
            what: "last STOP proved, no thread left behind",
            bound: "yes".to_owned(),
            found: if found.end.stopped && !found.end.hung && !found.end.panicked { "yes" } else { "no" }.to_owned(),
            kept: Some(found.end.stopped && !found.end.hung && !found.end.panicked),
        },
        Demand {
            what: "errors of the API under the flood",
            bound: "0".to_owned(),
            found: format!("{} of {} requests", found.flood.errors, found.flood.requests),
            kept: Some(found.flood.errors == 0),
        },
        Demand {
            what: "growth of resident memory after the first cycle",
            bound: "16 MiB".to_owned(),
            found: growth.map_or_else(|| "-".to_owned(), |kib| format!("{:.1} MiB", kib as f64 / 1024.0)),
            kept: growth.map(|kib| kib <= GROWTH_MAX_KIB),
        },
        Demand {
            what: "frames dropped, without those of the injected hangs",
            bound: "1 %".to_owned(),
            found: format!("{:.2} %", rate * 100.0),
            kept: (status.captured > 0).then_some(rate < DROP_RATE_MAX),
        },
        Demand {
            what: "loop latency, 95th percentile",
            bound: "250 ms".to_owned(),
            found: p95_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.0} ms")),
            kept: p95_ms.map(|ms| ms <= LATENCY_P95_MAX_MS),
        },
    ]
}

/// The report's body: all of it but command, commit and machine.
pub fn render(found: &Found, length: Duration, flood: FloodConfig) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, found, length, flood);
    text
}

fn write(text: &mut String, found: &Found, length: Duration, flood: FloodConfig) -> std::fmt::Result {
    let status = &found.end.status;
    writeln!(
        text,
        "Virtual camera and live stack (the guide's settings, `stack.preset = \"seed\"`) in one process over real \
         loopback sockets: VISCA over UDP, MJPEG over HTTP, armed. Every {} s no video, a frozen picture and a \
         control thread that hangs, {} s each, while the target walks. Over kept connections {} clients ask the HTTP \
         API by turns for {}, {} times a second together; one more reads the event stream.\n",
        CYCLE.as_secs(),
        STALL.as_secs(),
        flood.clients,
        PATHS.map(|path| format!("`{path}`")).join(", "),
        flood.rate_hz,
    )?;
    writeln!(text, "| asked for | bound | found | |\n|---|---|---|---|")?;
    for Demand { what, bound, found, kept } in demands(found) {
        let kept = kept.map_or("not told", |kept| if kept { "kept" } else { "**not kept**" });
        writeln!(text, "| {what} | {bound} | {found} | {kept} |")?;
    }
    writeln!(text, "\n| stall | put in | missed STOPs | stood, proof late |\n|---|---|---|---|")?;
    for (name, stalls) in STALLS.iter().zip(&found.stalls) {
        writeln!(text, "| {name} | {} | {} | {} |", stalls.looked_at, stalls.missed, stalls.late)?;
    }
    writeln!(text, "\n| measured | value |\n|---|---|")?;
    let ran_s = status.running_s;
    writeln!(text, "| ran, of {:.0} s | {ran_s:.0} s |", length.as_secs_f64())?;
    writeln!(text, "| frames captured, decided on | {}, {} |", status.captured, status.decided)?;
    writeln!(
        text,
        "| frames dropped or stale; of these in hangs | {}; {} |",
        status.dropped + status.stale,
        found.dropped_in_hangs
    )?;
    writeln!(text, "| age of frames, p50/p95/p99 | {} |", three(status.age))?;
    writeln!(text, "| loop latency, p50/p95/p99 | {} |", three(status.loop_latency))?;
    if let Some([first, most, last]) = found.memory_kib {
        let mib = |kib: u64| kib as f64 / 1024.0;
        writeln!(
            text,
            "| resident memory after a cycle, at most, at the end | {:.1}, {:.1}, {:.1} MiB |",
            mib(first),
            mib(most),
            mib(last)
        )?;
    }
    writeln!(text, "| alarms of the watchdog | {} |", status.alarms)?;
    writeln!(text, "| stops begun, proved | {}, {} |", status.stops, status.stops_proved)?;
    writeln!(
        text,
        "| VISCA messages of the stack that left, without a reply; withheld by the dead-man | {}, {}; {} |",
        status.commands_sent.saturating_sub(status.commands_withheld),
        status.commands_lost,
        status.commands_withheld
    )?;
    writeln!(text, "\n| flood on the API | value |\n|---|---|")?;
    let flooded = &found.flood;
    writeln!(text, "| requests; a second, of {} | {}; {:.0} |", flood.rate_hz, flooded.requests, flooded.rate_hz())?;
    let first = flooded.first_error.as_ref().map_or_else(String::new, |first| format!(" (the first: {first})"));
    writeln!(text, "| errors | {}{first} |", flooded.errors)?;
    writeln!(text, "| connections made, for {} clients and a stream | {} |", flood.clients, flooded.connections)?;
    let one = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.2}"));
    let Quantiles { p50_ms, p95_ms, p99_ms } = flooded.reply;
    let [p50, p95, p99] = [p50_ms, p95_ms, p99_ms].map(one);
    writeln!(text, "| time to a reply, p50/p95/p99, longest | {p50}/{p95}/{p99}, {:.0} ms |", flooded.reply_max_ms)?;
    writeln!(text, "| events of the stream | {} |", flooded.events)
}

fn three(quantiles: Quantiles) -> String {
    let one = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.0}"));
    let Quantiles { p50_ms, p95_ms, p99_ms } = quantiles;
    format!("{}/{}/{} ms", one(p50_ms), one(p95_ms), one(p99_ms))
}
