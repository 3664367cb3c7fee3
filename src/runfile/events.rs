//! What happened, in words: phases, faults, alarms, verdicts.

use foxglove::messages::Log;
use foxglove::messages::log::Level;
use tiltyard_visca::SimTime;

use super::error::WriteError;
use super::messages::{Messages, stamp};
use super::schema::Expectation;
use super::topic::Topic;
use super::write::Account;
use crate::run::Recording;
use crate::scenario::{Signal, Verdict};
use crate::stack::Phase;
use crate::stack::watchdog::Alarm;

/// The fault signals, in the order of `Measured::faults`.
const FAULTS: [Signal; 6] = [
    Signal::FaultLinkDrop,
    Signal::FaultLinkDelay,
    Signal::FaultVideoDrop,
    Signal::FaultVideoFreeze,
    Signal::FaultDetectorMiss,
    Signal::FaultInferenceDelay,
];

/// Files what happened to the stack.
pub(super) fn add(run: &Account<'_>, recording: &Recording, messages: &mut Messages) -> Result<(), WriteError> {
    let (mut phase, mut faults) = (Phase::Idle, [false; 6]);
    for sample in &run.recorded.trace.rows {
        let before = core::mem::replace(&mut phase, sample.phase);
        if before != phase {
            let level = if phase == Phase::Lost { Level::Warning } else { Level::Info };
            let text = format!("{} (was {})", phase.name(), before.name());
            say(messages, sample.at, level, "phase", text)?;
        }
        for (signal, (was, is)) in FAULTS.iter().zip(faults.iter_mut().zip(sample.world.faults)) {
            if core::mem::replace(was, is) != is {
                let verb = if is { "begins" } else { "ends" };
                say(messages, sample.at, Level::Warning, "fault", format!("{} {verb}", signal.name()))?;
            }
        }
    }
    for (at, alarm) in &recording.alarms {
        let text = match alarm {
            Alarm::NoVideo => "no video: stopped",
            Alarm::FrozenPicture => "frozen picture: stopped",
            Alarm::StalledLoop => "stalled loop: stopped",
        };
        say(messages, *at, Level::Error, "watchdog", text.to_owned())?;
    }
    Ok(())
}

/// Files what became of the expectations, at the end of the run.
pub(super) fn add_verdicts(run: &Account<'_>, messages: &mut Messages) -> Result<(), WriteError> {
    let end = SimTime::ZERO + run.scenario.length;
    for expectation in &run.result.expectations {
        let judgement = &expectation.judgement;
        let level = match judgement.verdict {
            Verdict::Pass => Level::Info,
            Verdict::Inconclusive => Level::Warning,
            Verdict::Fail => Level::Error,
        };
        let text = format!("{}: {}: {}", judgement.verdict, expectation.name, judgement.sentence);
        say(messages, end, level, "expectation", text)?;
        let message = Expectation {
            name: expectation.name.clone(),
            line: expectation.line as u32,
            verdict: judgement.verdict.to_string(),
            value: judgement.value,
            bound: judgement.bound,
            unit: judgement.unit.clone(),
            at_s: judgement.at.map(SimTime::as_secs_f64),
            value_margin: judgement.value_margin,
            time_margin: judgement.time_margin,
            sentence: judgement.sentence.clone(),
        };
        messages.add(Topic::Expectation, end, &message)?;
    }
    Ok(())
}

fn say(messages: &mut Messages, at: SimTime, level: Level, name: &str, message: String) -> Result<(), WriteError> {
    let name = name.to_owned();
    let log = Log { timestamp: stamp(at), level: level.into(), message, name, ..Log::default() };
    messages.add(Topic::Log, at, &log)
}
