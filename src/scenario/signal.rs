//! The closed list of signals that an expectation may name.
//!
//! One table holds everything about a signal: its name, its kind, one line of meaning. `tiltyard signals`, the
//! expression checker and the reference page are made from it.

use super::expression::Dimension;

/// What a signal's samples are. Samples travel as `f64` whatever the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A continuous number with a dimension.
    Number(Dimension),
    /// A whole number of things.
    Count,
    /// Yes or no, sampled as 1 or 0.
    Bool,
    /// The phase of the stack, sampled as its index in [`PHASES`].
    Phase,
}

/// Names of the phases of the stack, in the order of their sample values (0, 1, 2, 3).
pub const PHASES: [&str; 4] = ["idle", "searching", "tracking", "lost"];

/// One row of the signal table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The signal.
    pub signal: Signal,
    /// Its name in a scenario file.
    pub name: &'static str,
    /// What its samples are.
    pub kind: Kind,
    /// One line of meaning.
    pub meaning: &'static str,
}

macro_rules! signals {
    ($($variant:ident $name:literal $kind:expr, $meaning:literal;)*) => {
        /// Something that a run measures at every control tick.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Signal {
            $(#[doc = $meaning] $variant,)*
        }

        /// The signal table, in the order in which it is printed.
        const TABLE: &[Entry] = &[
            $(Entry { signal: Signal::$variant, name: $name, kind: $kind, meaning: $meaning },)*
        ];

        impl Signal {
            /// Every signal, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
        }
    };
}

const DEG: Kind = Kind::Number(Dimension::DEG);
const DPS: Kind = Kind::Number(Dimension::DPS);
const DPS2: Kind = Kind::Number(Dimension::DPS2);
const SECONDS: Kind = Kind::Number(Dimension::SECONDS);
const PER_SECOND: Kind = Kind::Number(Dimension::HERTZ);
const RATIO: Kind = Kind::Number(Dimension::NONE);

signals! {
    ErrorPan "error.pan" DEG, "Bearing of the subject minus the optical axis, in pan; undefined while the subject is absent";
    ErrorTilt "error.tilt" DEG, "Bearing of the subject minus the optical axis, in tilt; undefined while the subject is absent";
    ErrorTotal "error.total" DEG, "Angle between the subject and the optical axis; undefined while the subject is absent";
    TargetAz "target.az" DEG, "Azimuth of the subject, + is right; undefined while it is absent";
    TargetEl "target.el" DEG, "Elevation of the subject, + is up; undefined while it is absent";
    TargetInFrame "target.in_frame" Kind::Bool, "The centre of the subject is inside the picture";
    TargetCoverage "target.coverage" RATIO, "How much of the picture the subject fills: the larger of width and height ratio of its true box";
    TargetVisible "target.visible" RATIO, "Share of the subject's true box that is inside the picture and not covered; 0 while it is absent";
    TargetFollowed "target.followed" Kind::Bool, "The box that the stack followed in the last frame it decided on was the subject's; false when it saw none";
    GimbalPanPosition "gimbal.pan.position" DEG, "Pan angle, + is right";
    GimbalPanRate "gimbal.pan.rate" DPS, "Pan rate";
    GimbalPanAcceleration "gimbal.pan.acceleration" DPS2, "Pan acceleration";
    GimbalPanAtLimit "gimbal.pan.at_limit" Kind::Bool, "Pan stands at an end stop";
    GimbalTiltPosition "gimbal.tilt.position" DEG, "Tilt angle, + is up";
    GimbalTiltRate "gimbal.tilt.rate" DPS, "Tilt rate";
    GimbalTiltAcceleration "gimbal.tilt.acceleration" DPS2, "Tilt acceleration";
    GimbalTiltAtLimit "gimbal.tilt.at_limit" Kind::Bool, "Tilt stands at an end stop";
    ZoomRatio "zoom.ratio" RATIO, "Magnification over the wide end, at least 1";
    ZoomPosition "zoom.position" RATIO, "Lens position, 0 at the wide end to 1 at the tele end";
    ZoomRate "zoom.rate" PER_SECOND, "Rate of ln(magnification), + is in: 0.69 doubles the subject in a second";
    ZoomDrives "zoom.drives" Kind::Count, "Changes of the zoom drive as really sent since the start, stops included";
    ZoomReversals "zoom.reversals" Kind::Count, "Changes of direction of the zoom drive since the start, rests not counted";
    Fov "fov" DEG, "Horizontal field of view";
    CommandPan "command.pan" DPS, "Pan rate as really sent";
    CommandTilt "command.tilt" DPS, "Tilt rate as really sent";
    CommandZoom "command.zoom" RATIO, "Zoom drive as really sent, -1 (out) to 1 (in)";
    Phase "phase" Kind::Phase, "Phase of the stack: idle, searching, tracking or lost";
    TrackCount "track.count" Kind::Count, "Tracks that the tracker holds";
    TrackError "track.error" DEG, "Angle between the stack's estimate and the true bearing of the subject at the exposure; undefined without either";
    TrackUncertainty "track.uncertainty" DEG, "Radius within which the stack takes the followed target to be; grows while it is not seen; undefined without one";
    FrameAge "frame.age" SECONDS, "Time from the exposure of the newest frame to the decision";
    FramesCaptured "frames.captured" Kind::Count, "Frames exposed since the start";
    FramesDropped "frames.dropped" Kind::Count, "Frames lost on the way or overwritten unread since the start";
    FramesDelivered "frames.delivered" Kind::Count, "Frames that reached the stack since the start";
    CommandsSent "commands.sent" Kind::Count, "Commands sent since the start";
    CommandsRefused "commands.refused" Kind::Count, "Commands that the camera answered with an error since the start";
    CommandsLost "commands.lost" Kind::Count, "Commands that were never answered since the start";
    WatchdogAlarms "watchdog.alarms" Kind::Count, "Watchdog alarms since the start";
    PerceptionDown "perception.down" Kind::Bool, "The detector could not look at the last frame, and the camera stands";
    GuardActs "guard.acts" Kind::Count, "Times the limit-cycle guard turned the servo down since the start";
    LoopLatency "loop.latency" SECONDS, "Time from an exposure to the command that came of it";
    FaultLinkDrop "fault.link.drop" Kind::Bool, "A link.drop fault is active";
    FaultLinkDelay "fault.link.delay" Kind::Bool, "A link.delay fault is active";
    FaultVideoDrop "fault.video.drop" Kind::Bool, "A video.drop fault is active";
    FaultVideoFreeze "fault.video.freeze" Kind::Bool, "A video.freeze fault is active";
    FaultDetectorMiss "fault.detector.miss" Kind::Bool, "A detector.miss fault is active";
    FaultInferenceDelay "fault.inference.delay" Kind::Bool, "An inference.delay fault is active";
}

impl Signal {
    /// The row of the table.
    pub fn entry(self) -> &'static Entry {
        // The table and the enum are made by one macro, so the row is always there.
        &TABLE[self as usize]
    }

    /// The name in a scenario file.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What the samples are.
    pub fn kind(self) -> Kind {
        self.entry().kind
    }

    /// The unit as printed: "deg/s", "1" for a ratio, "count", "bool" or "phase".
    pub fn unit(self) -> String {
        match self.kind() {
            Kind::Number(dimension) => dimension.to_string(),
            Kind::Count => "count".to_owned(),
            Kind::Bool => "bool".to_owned(),
            Kind::Phase => "phase".to_owned(),
        }
    }

    /// One line of meaning.
    pub fn meaning(self) -> &'static str {
        self.entry().meaning
    }

    /// The signal of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|entry| entry.name == name).map(|entry| entry.signal)
    }

    /// The name nearest to a mistyped one, if any is near.
    pub fn did_you_mean(name: &str) -> Option<&'static str> {
        super::diagnostic::nearest(name, TABLE.iter().map(|entry| entry.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_name_and_stands_where_the_enum_says() {
        for (index, signal) in Signal::ALL.iter().enumerate() {
            assert_eq!(*signal as usize, index);
            assert_eq!(signal.entry().signal, *signal);
            assert_eq!(Signal::from_name(signal.name()), Some(*signal));
            assert!(!signal.meaning().is_empty());
        }
    }

    #[test]
    fn names_are_unique_and_lower_case() {
        let mut names: Vec<_> = Signal::ALL.iter().map(|signal| signal.name()).collect();
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || ".__".contains(c))));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Signal::ALL.len());
    }

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(Signal::did_you_mean("error.pann"), Some("error.pan"));
        assert_eq!(Signal::did_you_mean("gimbal.pan.accel"), Some("gimbal.pan.acceleration"));
        assert_eq!(Signal::did_you_mean("qqqq"), None);
    }
}
