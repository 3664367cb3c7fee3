//! The closed list of numbers of a whole run that an expectation may name.
//!
//! One table holds name, unit and meaning; `run` computes the values under the same names, in the order of the table.

use super::expression::{Dimension, Shape};

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in scenario files, reports and JSON; ends in its unit where it has one.
    pub name: &'static str,
    /// Its unit in reports: "1" is a ratio, "count" a whole number.
    pub unit: &'static str,
    /// One line of meaning.
    pub meaning: &'static str,
}

macro_rules! metrics {
    ($($variant:ident $name:literal $unit:literal, $meaning:literal;)*) => {
        /// A number of a whole run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Metric {
            $(#[doc = $meaning] $variant,)*
        }

        /// How many there are.
        pub const COUNT: usize = [$($name),*].len();

        const TABLE: [Entry; COUNT] = [$(Entry { name: $name, unit: $unit, meaning: $meaning },)*];

        impl Metric {
            /// Every metric, in the order of the table.
            pub const ALL: [Self; COUNT] = [$(Self::$variant,)*];
        }
    };
}

metrics! {
    RmsError "rms_error_deg" "deg", "Root mean square of the angle between subject and optical axis";
    P95Error "p95_error_deg" "deg", "Its 95th percentile";
    MaxError "max_error_deg" "deg", "Its maximum";
    TimeOnTarget "time_on_target" "1", "Share of the time with the subject within 10 % of the picture's width of the centre";
    Settle "settle_s" "s", "From the last step of the subject until the error stays inside the settled band";
    Overshoot "overshoot" "1", "Largest error beyond the goal after the last step, over the size of the step";
    Reversals "reversals" "count", "Changes of direction of pan and tilt, rests not counted";
    Iae "iae_deg_s" "deg s", "Integral of the absolute error";
    FramesCaptured "frames_captured" "count", "Frames exposed";
    FramesDropped "frames_dropped" "count", "Frames lost on the way or overwritten unread";
    DropRate "drop_rate" "1", "The second over the first";
    FrameAgeP95 "frame_age_p95_ms" "ms", "Age of a frame when its inference began, 95th percentile";
    LoopLatencyP95 "loop_latency_p95_ms" "ms", "Exposure to decision, 95th percentile";
    CommandsSent "commands_sent" "count", "VISCA messages sent, inquiries included";
    IdSwitches "id_switches" "count", "How often the followed box became another target's";
    Reacquire "reacquire_s" "s", "Longest time that the subject was to be seen and not followed, after it was followed once";
    Tpe "tpe_px" "px", "Mean distance of the followed box's centre from the subject's";
    Tpo "tpo_px" "px", "Mean distance of the subject's centre from the picture's";
    Bbor "bbor" "1", "Mean overlap of the followed box with the subject's";
    Tf "tf" "1", "Share of the frames with the subject out of view";
    LimitRatio "limit_ratio" "1", "RMS error over that of the oracle-delay controller in the same world";
}

impl Metric {
    /// The row of the table.
    pub const fn entry(self) -> &'static Entry {
        // The table and the enum are made by one macro, so the row is always there.
        &TABLE[self as usize]
    }

    /// The name.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// All names, in the order of the table.
    pub const fn names() -> [&'static str; COUNT] {
        let mut names = [""; COUNT];
        let mut index = 0;
        while index < COUNT {
            names[index] = TABLE[index].name;
            index += 1;
        }
        names
    }

    /// The metric of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// What a bound of it has to be: an angle, a time, or a bare number, for which the name says the unit.
    pub fn shape(self) -> Shape {
        match self.entry().unit {
            "deg" => Shape::Number(Dimension::DEG),
            "s" | "ms" => Shape::Number(Dimension::SECONDS),
            "count" => Shape::Count,
            _ => Shape::Number(Dimension::NONE),
        }
    }

    /// One unit of the metric in the unit of its shape.
    pub fn scale(self) -> f64 {
        if self.entry().unit == "ms" { 1e-3 } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_found_by_its_name_and_says_its_unit() {
        for (index, metric) in Metric::ALL.into_iter().enumerate() {
            assert_eq!(metric as usize, index);
            assert_eq!(Metric::from_name(metric.name()), Some(metric));
            assert_eq!(Metric::names()[index], metric.name());
            let unit = metric.entry().unit.replace(' ', "_");
            let bare = unit == "1" || unit == "count";
            assert!(bare || metric.name().ends_with(&format!("_{unit}")), "{}", metric.name());
        }
        assert_eq!(Metric::from_name("id_switch"), None);
    }

    #[test]
    fn bounds_of_times_and_angles_carry_units() {
        assert_eq!(Metric::Reacquire.shape().unit(), "s");
        assert_eq!((Metric::FrameAgeP95.shape().unit().as_str(), Metric::FrameAgeP95.scale()), ("s", 1e-3));
        assert_eq!(Metric::MaxError.shape().unit(), "deg");
        assert_eq!(Metric::IdSwitches.shape(), Shape::Count);
        assert_eq!(Metric::Tpe.shape().unit(), "");
    }
}
