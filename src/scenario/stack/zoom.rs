//! `[stack.zoom]`: what the zoom aims at, and by which law.

use schemars::JsonSchema;
use serde::Deserialize;

use super::put;
use crate::scenario::units::{Plain, Ratio};
use crate::stack::zoom::{LinearGains, LogFocalGains, ZoomConfig, ZoomLawConfig};

/// Zoom.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ZoomSection {
    /// Whether it moves at all; true where absent.
    pub enabled: Option<bool>,
    /// Share of the picture that the target should fill: the larger of width and height ratio.
    pub coverage: Option<Ratio>,
    /// Difference of the coverage from which on it moves.
    pub dead_zone: Option<Ratio>,
    /// Speed of widening after a loss, as a fraction of the top speed.
    pub reset_speed: Option<Ratio>,
    /// A loop in the logarithm of the focal length that keeps the target in the picture.
    pub log_focal: Option<LogFocalSection>,
    /// The guide's law: the speed is proportional to the missing coverage.
    pub linear: Option<LinearSection>,
}

/// The zoom loop in the logarithm of the focal length.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogFocalSection {
    /// Rate of ln(focal length) a unit of it that is missing, in 1/s: the crossover, well below that of pan and tilt.
    pub gain: Option<Plain>,
    /// Fastest change of ln(focal length) towards a size, in 1/s: 0.69 doubles it in a second.
    pub rate: Option<Plain>,
    /// Share of the half picture that stays free about the target's predicted place and size.
    pub margin: Option<Ratio>,
}

/// The guide's zoom law.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LinearSection {
    /// Fraction of the top speed a unit of difference.
    pub gain: Option<Plain>,
}

impl ZoomSection {
    /// What is wrong beyond a single key, with the key path it concerns.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if self.coverage.is_some_and(|coverage| coverage.0 == 0.0) {
            return Err(("stack.zoom.coverage", "`0` is no size to aim at (enabled = false leaves zoom alone)".into()));
        }
        if self.linear.is_some() && self.log_focal.is_some() {
            return Err(("stack.zoom", "more than one zoom law (expected one of log_focal, linear)".into()));
        }
        if let Some(law) = &self.log_focal {
            for (key, value) in [("stack.zoom.log_focal.gain", law.gain), ("stack.zoom.log_focal.rate", law.rate)] {
                if let Some(Plain(value)) = value
                    && value <= 0.0
                {
                    return Err((key, format!("`{value}` is not above 0")));
                }
            }
            if let Some(Ratio(margin)) = law.margin
                && margin >= 1.0
            {
                return Err(("stack.zoom.log_focal.margin", format!("`{margin}` leaves no room for the target")));
            }
        }
        if let Some(LinearSection { gain: Some(Plain(gain)) }) = &self.linear
            && *gain < 0.0
        {
            let said = format!("`{gain}` is negative, expected a number of at least 0");
            return Err(("stack.zoom.linear.gain", said));
        }
        Ok(())
    }

    /// On top of a configuration.
    pub(super) fn over(&self, to: &mut ZoomConfig) {
        if let Some(Ratio(coverage)) = self.coverage {
            to.target_coverage = Some(coverage);
        }
        if self.enabled == Some(false) {
            to.target_coverage = None;
        }
        put(&mut to.dead_zone, self.dead_zone.map(|ratio| ratio.0));
        put(&mut to.reset_speed, self.reset_speed.map(|ratio| ratio.0));
        if let Some(wanted) = &self.linear {
            let mut gains = match to.law {
                ZoomLawConfig::Linear(gains) => gains,
                ZoomLawConfig::LogFocal(_) => LinearGains::default(),
            };
            put(&mut gains.gain, wanted.gain.map(|gain| gain.0));
            to.law = ZoomLawConfig::Linear(gains);
        }
        if let Some(wanted) = &self.log_focal {
            let mut gains = match to.law {
                ZoomLawConfig::LogFocal(gains) => gains,
                ZoomLawConfig::Linear(_) => LogFocalGains::default(),
            };
            put(&mut gains.gain_per_s, wanted.gain.map(|gain| gain.0));
            put(&mut gains.rate_max_per_s, wanted.rate.map(|rate| rate.0));
            put(&mut gains.margin, wanted.margin.map(|ratio| ratio.0));
            to.law = ZoomLawConfig::LogFocal(gains);
        }
    }
}
