//! What a camera can see of a run that somebody else's tracker makes, and what it says of the rest.
//!
//! Expectations over the camera, the targets, the video on its way out and the messages are judged as `run` judges
//! them. One that names a signal of the stack is *inconclusive*, with that signal in its reason: never passed, never
//! failed.

use core::time::Duration;

use tiltyard_visca::SimTime;

use crate::run::metrics::{Numbered, Observations};
use crate::run::{Metrics, RunResult, Trace, conclude};
use crate::scenario::{Expectation, Judgement, Scenario, Signal, Verb, Verdict, judge};

/// Why a camera cannot see this signal; `None` when it can.
pub fn blind(signal: Signal) -> Option<&'static str> {
    match signal {
        Signal::ErrorPan
        | Signal::ErrorTilt
        | Signal::ErrorTotal
        | Signal::TargetAz
        | Signal::TargetEl
        | Signal::TargetInFrame
        | Signal::TargetCoverage
        | Signal::TargetVisible
        | Signal::GimbalPanPosition
        | Signal::GimbalPanRate
        | Signal::GimbalPanAcceleration
        | Signal::GimbalPanAtLimit
        | Signal::GimbalTiltPosition
        | Signal::GimbalTiltRate
        | Signal::GimbalTiltAcceleration
        | Signal::GimbalTiltAtLimit
        | Signal::ZoomRatio
        | Signal::ZoomPosition
        | Signal::ZoomRate
        | Signal::Fov
        | Signal::FramesCaptured
        | Signal::CommandsSent
        | Signal::CommandsRefused
        | Signal::FaultLinkDrop
        | Signal::FaultLinkDelay
        | Signal::FaultVideoDrop
        | Signal::FaultVideoFreeze => None,
        Signal::CommandPan
        | Signal::CommandTilt
        | Signal::CommandZoom
        | Signal::ZoomDrives
        | Signal::ZoomReversals
        | Signal::Phase
        | Signal::TrackCount
        | Signal::TrackError
        | Signal::TrackUncertainty
        | Signal::TargetFollowed
        | Signal::FrameAge
        | Signal::FramesDropped
        | Signal::FramesDelivered
        | Signal::CommandsLost
        | Signal::WatchdogAlarms
        | Signal::PerceptionDown
        | Signal::GuardActs
        | Signal::LoopLatency => Some("is the stack's: the camera cannot see it"),
        Signal::FaultDetectorMiss | Signal::FaultInferenceDelay => {
            Some("is a fault inside the stack: the camera cannot make it")
        }
    }
}

/// The result of a run that ended after `ran`, at its own end or before.
pub fn judge_seen(scenario: &Scenario, seed: u64, trace: &Trace, ran: Duration) -> RunResult {
    let cut_short = ran < scenario.length;
    let metrics = Metrics::of(scenario, trace, &Observations::default());
    let measured = Numbered { trace, metrics: &metrics };
    let judged = |expectation: &Expectation| {
        let unseen = expectation.signals().into_iter().find_map(|signal| Some((signal, blind(signal)?)));
        if let Some((signal, why)) = unseen {
            return Judgement::undecided(format!("{} {why}", signal.name()));
        }
        let judgement = judge(&expectation.closed_at(SimTime::ZERO + scenario.length), &measured, ran);
        // A number of the whole run is none of a part of it.
        let of_the_whole = matches!(expectation.verb, Verb::Metric { .. });
        let more_could_come = matches!(expectation.verb, Verb::Whenever { .. });
        if cut_short && (of_the_whole || more_could_come && judgement.verdict == Verdict::Pass) {
            return Judgement::undecided(format!("{}; the run was interrupted", judgement.sentence));
        }
        judgement
    };
    let mut result = conclude(scenario, seed, metrics, judged);
    result.verb = "camera";
    (result.sim_s, result.wall_s) = (ran.as_secs_f64(), ran.as_secs_f64());
    if cut_short {
        let (ran_s, length_s) = (ran.as_secs_f64(), scenario.length.as_secs_f64());
        result.reason = Some(format!("interrupted after {ran_s:.1} s of {length_s} s"));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rig::Measured;
    use crate::run::{RunVerdict, Sample};
    use crate::scenario::{Memory, parse};

    fn scenario(expect: &str) -> Scenario {
        let text = format!(
            "schema = 1\ntitle = \"x\"\ncamera = \"generic-20x\"\nlength = \"10 s\"\n\
             [[expect]]\nname = \"it\"\n{expect}\n"
        );
        parse("x.toml", &text, &[], &Memory::default()).unwrap_or_else(|wrong| panic!("{wrong}"))
    }

    /// A camera that turns right at 1 deg/s, a row a second, for so long.
    fn trace(seconds: u64) -> Trace {
        let row = |second: u64| {
            let world = Measured { position_deg: [second as f64, 0.0], ..Measured::default() };
            Sample::of_world(SimTime::from_millis(second * 1000), world, None)
        };
        Trace { rows: (0..=seconds).map(row).collect() }
    }

    fn verdict(expect: &str, seconds: u64) -> (Verdict, String) {
        let ran = Duration::from_secs(seconds);
        let result = judge_seen(&scenario(expect), 1, &trace(seconds), ran);
        let judgement = result.expectations[0].judgement.clone();
        (judgement.verdict, judgement.sentence)
    }

    #[test]
    fn what_the_camera_sees_is_judged() {
        assert_eq!(verdict("always = \"gimbal.pan.position < 11 deg\"", 10).0, Verdict::Pass);
        assert_eq!(verdict("always = \"gimbal.pan.position < 5 deg\"", 10).0, Verdict::Fail);
        assert_eq!(verdict("max = \"gimbal.pan.position\"\nbelow = \"11 deg\"", 10).0, Verdict::Pass);
    }

    #[test]
    fn what_only_the_stack_knows_is_undecided_and_named() {
        let (verdict, why) = verdict("never = \"phase == lost\"", 10);
        assert_eq!((verdict, why.as_str()), (Verdict::Inconclusive, "phase is the stack's: the camera cannot see it"));
        let (_, why) = self::verdict("always = \"fov > 1 deg or frame.age < 1 s\"", 10);
        assert!(why.starts_with("frame.age is the stack's"), "{why}");
        let (verdict, why) = self::verdict("metric = \"id_switches\"\nbelow = 1", 10);
        assert_eq!((verdict, why.as_str()), (Verdict::Inconclusive, "the run does not tell `id_switches`"));
        let (_, why) = self::verdict("always = \"not fault.detector.miss\"", 10);
        assert!(why.contains("cannot make it"), "{why}");
    }

    #[test]
    fn a_run_cut_short_passes_nothing_that_more_of_it_could_spoil() {
        assert_eq!(verdict("always = \"gimbal.pan.position < 11 deg\"", 4).0, Verdict::Inconclusive);
        assert_eq!(verdict("max = \"gimbal.pan.position\"\nbelow = \"11 deg\"", 4).0, Verdict::Inconclusive);
        assert_eq!(verdict("metric = \"reversals\"\nbelow = 1", 4).0, Verdict::Inconclusive);
        assert_eq!(verdict("metric = \"reversals\"\nbelow = 1", 10).0, Verdict::Pass);
        assert_eq!(verdict("rms = \"gimbal.pan.position\"\nabove = \"5 deg\"", 4).0, Verdict::Inconclusive);
        let whenever = "whenever = \"gimbal.pan.position > 1 deg starts\"\nthen = \"fov > 1 deg\"\nwithin = \"1 s\"";
        assert_eq!(verdict(whenever, 4).0, Verdict::Fail, "a broken promise stays broken");
        let whenever = whenever.replace("fov > 1", "fov < 1");
        assert_eq!(verdict(&whenever, 4).0, Verdict::Inconclusive);
        assert_eq!(verdict(&whenever, 10).0, Verdict::Pass);
        let result = judge_seen(&scenario("never = \"fov > 1 deg\""), 1, &trace(4), Duration::from_secs(4));
        assert_eq!(result.verdict, RunVerdict::Inconclusive);
        assert_eq!(result.reason.as_deref(), Some("interrupted after 4.0 s of 10 s"));
    }
}
