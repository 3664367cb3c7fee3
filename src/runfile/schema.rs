//! Our own messages, as Protobuf: any viewer can plot each of their fields.
//!
//! Field numbers follow the order of the fields, so a change here is a change of [`super::FORMAT`].

#![expect(clippy::disallowed_types, reason = "the derived code asks a HashSet what it has seen, never for an order")]

use foxglove::Encode;
use foxglove::bytes::{BufMut, Bytes};
use foxglove::prost_types::field_descriptor_proto::Type;

use crate::run::Sample;
use crate::run::chain::Link;
use crate::run::recording::Sent;
use crate::run::replay::decoded;
use crate::scenario::Signal;

macro_rules! tick {
    ($($signal:ident $field:ident;)*) => {
        /// Every signal at one control tick; a field is absent where its signal is undefined.
        #[derive(Clone, Debug, PartialEq, Encode)]
        pub struct Tick {
            /// Its number, from 0.
            pub index: u64,
            $(
                #[doc = concat!("The signal `", stringify!($signal), "`.")]
                pub $field: Option<f64>,
            )*
        }

        impl Tick {
            /// A row of the trace.
            pub fn of(index: usize, sample: &Sample) -> Self {
                Self { index: index as u64, $($field: sample.value(Signal::$signal),)* }
            }

            #[cfg(test)]
            const FIELDS: &[(Signal, &str)] = &[$((Signal::$signal, stringify!($field)),)*];
        }
    };
}

tick! {
    ErrorPan error_pan;
    ErrorTilt error_tilt;
    ErrorTotal error_total;
    TargetAz target_az;
    TargetEl target_el;
    TargetInFrame target_in_frame;
    TargetCoverage target_coverage;
    TargetVisible target_visible;
    TargetFollowed target_followed;
    GimbalPanPosition gimbal_pan_position;
    GimbalPanRate gimbal_pan_rate;
    GimbalPanAcceleration gimbal_pan_acceleration;
    GimbalPanAtLimit gimbal_pan_at_limit;
    GimbalTiltPosition gimbal_tilt_position;
    GimbalTiltRate gimbal_tilt_rate;
    GimbalTiltAcceleration gimbal_tilt_acceleration;
    GimbalTiltAtLimit gimbal_tilt_at_limit;
    ZoomRatio zoom_ratio;
    ZoomPosition zoom_position;
    ZoomRate zoom_rate;
    ZoomDrives zoom_drives;
    ZoomReversals zoom_reversals;
    Fov fov;
    CommandPan command_pan;
    CommandTilt command_tilt;
    CommandZoom command_zoom;
    Phase phase;
    TrackCount track_count;
    TrackError track_error;
    TrackUncertainty track_uncertainty;
    FrameAge frame_age;
    FramesCaptured frames_captured;
    FramesDropped frames_dropped;
    FramesDelivered frames_delivered;
    CommandsSent commands_sent;
    CommandsRefused commands_refused;
    CommandsLost commands_lost;
    WatchdogAlarms watchdog_alarms;
    PerceptionDown perception_down;
    GuardActs guard_acts;
    LoopLatency loop_latency;
    FaultLinkDrop fault_link_drop;
    FaultLinkDelay fault_link_delay;
    FaultVideoDrop fault_video_drop;
    FaultVideoFreeze fault_video_freeze;
    FaultDetectorMiss fault_detector_miss;
    FaultInferenceDelay fault_inference_delay;
}

/// A VISCA frame that the stack sent.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct Command {
    /// Its number, from 0.
    pub index: u64,
    /// Its bytes.
    pub bytes: Bytes,
    /// The bytes as `81 01 FF`.
    pub hex: String,
    /// What it says.
    pub text: String,
}

impl Command {
    /// Of something sent.
    pub fn of(index: usize, sent: &Sent) -> Self {
        Self {
            index: index as u64,
            bytes: Bytes::copy_from_slice(sent.datagram.as_bytes()),
            hex: sent.datagram.to_string(),
            text: decoded(&sent.datagram),
        }
    }
}

/// A 64-bit hash, in eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(pub u64);

// By its path: with the trait in scope, the derived code finds two methods of one name.
impl foxglove::protobuf::ProtobufField for Hash {
    fn field_type() -> Type {
        Type::Fixed64
    }

    fn wire_type() -> u32 {
        1 // 64 bits, little end first
    }

    fn write(&self, buf: &mut impl BufMut) {
        buf.put_u64_le(self.0);
    }

    fn encoded_len(&self) -> usize {
        8
    }
}

/// The link of one control tick in the hash chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
#[expect(missing_docs, reason = "the names are those of `run::chain::SUBSYSTEMS`")]
pub struct ChainLink {
    pub tick: u64,
    pub head: Hash,
    pub clock: Hash,
    pub rng: Hash,
    pub link: Hash,
    pub gimbal: Hash,
    pub scene: Hash,
    pub perception: Hash,
    pub tracker: Hash,
    pub control: Hash,
}

impl ChainLink {
    /// Of a tick.
    pub fn of(tick: usize, link: &Link) -> Self {
        let [clock, rng, lane, gimbal, scene, perception, tracker, control] = link.subsystems.map(Hash);
        let head = Hash(link.head);
        Self { tick: tick as u64, head, clock, rng, link: lane, gimbal, scene, perception, tracker, control }
    }
}

/// What became of an expectation.
#[derive(Clone, Debug, PartialEq, Encode)]
pub struct Expectation {
    /// Its name in the scenario.
    pub name: String,
    /// Its line in the scenario file.
    pub line: u32,
    /// "pass", "fail" or "inconclusive".
    pub verdict: String,
    /// What was measured where it was tightest, in `unit`.
    pub value: Option<f64>,
    /// What it was held against, in `unit`.
    pub bound: Option<f64>,
    /// Unit of both.
    pub unit: String,
    /// Where it was decided or violated \[s\].
    pub at_s: Option<f64>,
    /// Robustness over bound.
    pub value_margin: Option<f64>,
    /// Spare time over allowed time.
    pub time_margin: Option<f64>,
    /// The reason in words.
    pub sentence: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_holds_every_signal_by_its_name() {
        let signals: Vec<_> = Signal::ALL.iter().map(|signal| (*signal, signal.name().replace('.', "_"))).collect();
        let fields: Vec<_> = Tick::FIELDS.iter().map(|(signal, field)| (*signal, (*field).to_owned())).collect();
        assert_eq!(fields, signals);
    }
}
