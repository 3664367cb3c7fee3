//! `[stack.shape]`: how wanted rates become speed codes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::put;
use crate::scenario::units::{Acceleration, Angle, Jerk};
use crate::stack::shape::{GuardConfig, ShapeConfig};

/// From rates to speed codes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShapeSection {
    /// Whether what a code is short of is carried over to the next step.
    pub dither: Option<bool>,
    /// The head is not asked for more than this; for what it can do where absent.
    pub acceleration: Option<Acceleration>,
    /// Nor for more jerk than this; for any where absent.
    pub jerk: Option<Jerk>,
    /// Distance that is kept from the ends of the range, with what it takes to brake.
    pub margin: Option<Angle>,
    /// Whether the servo is turned down while the head swings to and fro and its target does not.
    pub guard: Option<bool>,
}

impl ShapeSection {
    /// What is wrong beyond a single key, with the key path it concerns.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if let Some(Angle(margin)) = self.margin
            && margin < 0.0
        {
            return Err(("stack.shape.margin", format!("`{margin} deg` is negative")));
        }
        Ok(())
    }

    /// On top of this.
    pub fn over(&self, config: &mut ShapeConfig) {
        put(&mut config.dither, self.dither);
        put(&mut config.ramp.acceleration_dps2, self.acceleration.map(|limit| Some(limit.0)));
        put(&mut config.ramp.jerk_dps3, self.jerk.map(|limit| Some(limit.0)));
        put(&mut config.margin_deg, self.margin.map(|margin| Some(margin.0)));
        put(&mut config.guard, self.guard.map(|wanted| wanted.then_some(GuardConfig::DEFAULT)));
    }
}
