//! From a command to what the motors are told, by the model's tables.

use super::limits::{Limits, Range};
use crate::model::{AxisModel, Model};
use crate::num::clamp;
use crate::{Command, DeviceEvent, Drive, MoveSpeed, PanTiltMotion, Readings, SpeedStep, ZoomDrive, ZoomMotion};

/// Whether the model has the command and the speeds that it asks for; a camera answers others with a syntax error.
pub(super) fn exists(model: &Model, command: Command) -> bool {
    let has = |axis: &AxisModel, code: u8| i16::from(code) <= i16::from(axis.code_max());
    match command {
        Command::PanTilt(Drive { pan_code, tilt_code }) => {
            has(&model.pan, pan_code.unsigned_abs()) && has(&model.tilt, tilt_code.unsigned_abs())
        }
        Command::Absolute { speed, .. } | Command::Relative { speed, .. } => {
            has(&model.pan, speed.pan_code) && has(&model.tilt, speed.tilt_code)
        }
        Command::Zoom(ZoomDrive::Tele(p) | ZoomDrive::Wide(p)) => p <= model.zoom.speed_max(),
        Command::Cancel { .. } => model.quirks.cancels,
        // One camera has finer steps, and that one is not modelled.
        Command::SpeedStep(step) => step == SpeedStep::Normal,
        _ => true,
    }
}

/// The head as its orders need it.
pub(super) struct Head<'a> {
    pub(super) model: &'a Model,
    pub(super) limits: &'a Limits,
    pub(super) readings: &'a Readings,
}

impl Head<'_> {
    /// Turn at these codes. Where there are limits, to them.
    pub(super) fn drive(&self, Drive { pan_code, tilt_code }: Drive) -> PanTiltMotion {
        let (pan, tilt) = (&self.model.pan, &self.model.tilt);
        let (pan_dps, tilt_dps) = (pan.rate_of(pan_code), tilt.rate_of(tilt_code));
        if pan_dps == 0.0 && tilt_dps == 0.0 {
            return PanTiltMotion::Stop;
        }
        if !self.limits.any() {
            return PanTiltMotion::Velocity { pan_dps, tilt_dps };
        }
        let (pan_deg, pan_dps_max) = towards_end(self.limits.pan(pan), self.readings.pan_deg, pan_dps);
        let (tilt_deg, tilt_dps_max) = towards_end(self.limits.tilt(tilt), self.readings.tilt_deg, tilt_dps);
        if pan_dps_max == 0.0 && tilt_dps_max == 0.0 {
            return PanTiltMotion::Stop;
        }
        PanTiltMotion::Position { pan_deg, tilt_deg, pan_dps_max, tilt_dps_max }
    }

    /// Turn to this position \[units\]; beyond the range or a limit, to its end.
    pub(super) fn absolute(&self, speed: MoveSpeed, pan_units: i32, tilt_units: i32) -> PanTiltMotion {
        let (pan, tilt) = (&self.model.pan, &self.model.tilt);
        let rates = [pan.rate_of(speed.pan_code as i8), tilt.rate_of(speed.tilt_code as i8)];
        self.to(pan.deg_of(pan_units), tilt.deg_of(tilt_units), rates)
    }

    /// Turn by this distance \[units\] from where the encoders say the head is, in whole units: what one relative move
    /// loses in rounding, the next does not make good.
    pub(super) fn relative(&self, speed: MoveSpeed, pan_units: i32, tilt_units: i32) -> PanTiltMotion {
        let pan_at = self.model.pan.units_of(self.readings.pan_deg);
        let tilt_at = self.model.tilt.units_of(self.readings.tilt_deg);
        self.absolute(speed, pan_at.saturating_add(pan_units), tilt_at.saturating_add(tilt_units))
    }

    /// Turn here \[deg\] as fast as it goes.
    pub(super) fn fast_to(&self, pan_deg: f64, tilt_deg: f64) -> PanTiltMotion {
        self.to(pan_deg, tilt_deg, [self.model.pan.rate_max_dps(), self.model.tilt.rate_max_dps()])
    }

    /// At which ends of its range it stands, to within half a unit: left, right, up, down.
    pub(super) fn ends(&self) -> [bool; 4] {
        let at = |axis: &AxisModel, (low, high): Range, deg: f64| {
            let near = 0.5 / axis.units_per_deg.abs();
            (deg < low + near, deg > high - near)
        };
        let (pan, tilt) = (&self.model.pan, &self.model.tilt);
        let (left, right) = at(pan, self.limits.pan(pan), self.readings.pan_deg);
        let (down, up) = at(tilt, self.limits.tilt(tilt), self.readings.tilt_deg);
        [left, right, up, down]
    }

    fn to(&self, pan_deg: f64, tilt_deg: f64, [pan_dps_max, tilt_dps_max]: [f64; 2]) -> PanTiltMotion {
        let within = |(low, high): Range, deg| clamp(deg, low, high);
        PanTiltMotion::Position {
            pan_deg: within(self.limits.pan(&self.model.pan), pan_deg),
            tilt_deg: within(self.limits.tilt(&self.model.tilt), tilt_deg),
            pan_dps_max,
            tilt_dps_max,
        }
    }
}

/// Where an axis ends that turns at this rate, and how fast it goes there: not at all from beyond its end.
fn towards_end((low, high): Range, at_deg: f64, rate_dps: f64) -> (f64, f64) {
    if rate_dps > 0.0 && at_deg < high {
        (high, rate_dps)
    } else if rate_dps < 0.0 && at_deg > low {
        (low, -rate_dps)
    } else {
        (at_deg, 0.0)
    }
}

/// What the zoom motor is told; `None` for other commands.
pub(super) fn zoom(model: &Model, command: Command) -> Option<DeviceEvent> {
    let drive = match command {
        Command::Zoom(drive) => drive,
        Command::ZoomTele => ZoomDrive::Tele(model.zoom.speed_standard()),
        Command::ZoomWide => ZoomDrive::Wide(model.zoom.speed_standard()),
        Command::ZoomDirect(units) => {
            let units = f64::from(units.min(model.zoom.tele_units));
            return Some(DeviceEvent::Zoom(ZoomMotion::Position { units }));
        }
        _ => return None,
    };
    Some(DeviceEvent::Zoom(match drive {
        ZoomDrive::Stop => ZoomMotion::Stop,
        _ => ZoomMotion::Velocity { units_per_s: model.zoom.rate_of(drive) },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Corner;
    use crate::testing::model;

    fn told(limits: &Limits, pan_deg: f64, order: impl Fn(&Head<'_>) -> PanTiltMotion) -> PanTiltMotion {
        let readings = Readings { pan_deg, ..Readings::default() };
        order(&Head { model: &model(), limits, readings: &readings })
    }

    #[test]
    fn targets_beyond_the_range_end_at_its_end() {
        // 0x7FFF / 14.4 is 2275°, −0x8000 is −2276°; the range is −170 … 170 and −30 … 90.
        let speed = MoveSpeed { pan_code: 24, tilt_code: 20 };
        let to =
            |pan_deg, tilt_deg| PanTiltMotion::Position { pan_deg, tilt_deg, pan_dps_max: 48.0, tilt_dps_max: 20.0 };
        let free = Limits::default();
        assert_eq!(told(&free, 0.0, |head| head.absolute(speed, 0x7FFF, -0x8000)), to(170.0, -30.0));
        assert_eq!(told(&free, 10.0, |head| head.relative(speed, 144, i32::MAX)), to(20.0, 90.0));
        let beyond = zoom(&model(), Command::ZoomDirect(0x7AC0));
        assert_eq!(beyond, Some(DeviceEvent::Zoom(ZoomMotion::Position { units: 16384.0 })));
    }

    #[test]
    fn a_relative_move_starts_from_a_whole_unit() {
        // 1.04° are 14.98 units: 15 and one more are 16, 1.111°.
        let speed = MoveSpeed { pan_code: 1, tilt_code: 1 };
        let order = told(&Limits::default(), 1.04, |head| head.relative(speed, 1, 0));
        let PanTiltMotion::Position { pan_deg, .. } = order else { panic!("{order:?}") };
        assert_eq!(pan_deg, 16.0 / 14.4);
    }

    #[test]
    fn a_drive_ends_at_a_limit_and_leads_back_from_beyond_it() {
        let mut limits = Limits::default();
        assert!(limits.set(&model(), Corner::UpRight, 20.0, 10.0));
        let right = Drive { pan_code: 5, tilt_code: 0 };
        let left = Drive { pan_code: -5, tilt_code: 0 };
        let position =
            |pan_deg| PanTiltMotion::Position { pan_deg, tilt_deg: 0.0, pan_dps_max: 10.0, tilt_dps_max: 0.0 };
        assert_eq!(told(&limits, 0.0, |head| head.drive(right)), position(20.0));
        assert_eq!(told(&limits, 30.0, |head| head.drive(right)), PanTiltMotion::Stop);
        assert_eq!(told(&limits, 30.0, |head| head.drive(left)), position(-170.0));
        assert_eq!(told(&limits, 30.0, |head| head.drive(Drive::STOP)), PanTiltMotion::Stop);
        let free = told(&Limits::default(), 30.0, |head| head.drive(right));
        assert_eq!(free, PanTiltMotion::Velocity { pan_dps: 10.0, tilt_dps: 0.0 });
    }

    #[test]
    fn standard_zoom_runs_in_the_middle_of_the_table() {
        // p = 3 of 0 … 7: 400 units/s.
        let tele = zoom(&model(), Command::ZoomTele);
        assert_eq!(tele, Some(DeviceEvent::Zoom(ZoomMotion::Velocity { units_per_s: 400.0 })));
        let wide = zoom(&model(), Command::ZoomWide);
        assert_eq!(wide, Some(DeviceEvent::Zoom(ZoomMotion::Velocity { units_per_s: -400.0 })));
    }

    #[test]
    fn speeds_beyond_the_table_do_not_exist() {
        // Twenty tilt codes.
        let exists = |command| exists(&model(), command);
        assert!(exists(Command::PanTilt(Drive { pan_code: -24, tilt_code: 20 })));
        assert!(!exists(Command::PanTilt(Drive { pan_code: 1, tilt_code: -21 })));
        let speed = MoveSpeed { pan_code: 1, tilt_code: 21 };
        assert!(!exists(Command::Absolute { speed, pan_units: 0, tilt_units: 0 }));
        assert!(!exists(Command::Relative { speed, pan_units: 0, tilt_units: 0 }));
    }
}
