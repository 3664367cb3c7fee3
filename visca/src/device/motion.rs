//! From a command to what the motors are told, by the model's tables.

use crate::model::{AxisModel, Model};
use crate::{Command, DeviceEvent, Drive, PanTiltMotion, ZoomDrive, ZoomMotion};

/// Whether the model has the speeds that the command asks for; a camera answers others with a syntax error.
pub(super) fn speeds_exist(model: &Model, command: Command) -> bool {
    let has = |axis: &AxisModel, code: u8| i16::from(code) <= i16::from(axis.code_max());
    match command {
        Command::PanTilt(Drive { pan_code, tilt_code }) => {
            has(&model.pan, pan_code.unsigned_abs()) && has(&model.tilt, tilt_code.unsigned_abs())
        }
        Command::Absolute { speed, .. } => has(&model.pan, speed.pan_code) && has(&model.tilt, speed.tilt_code),
        Command::Zoom(ZoomDrive::Tele(p) | ZoomDrive::Wide(p)) => p <= model.zoom.speed_max(),
        _ => true,
    }
}

/// Whether a camera has the command; to others it answers with a syntax error.
pub(super) const fn is_known(command: Command) -> bool {
    match command {
        Command::PanTilt(_)
        | Command::Absolute { .. }
        | Command::Home
        | Command::Zoom(_)
        | Command::ZoomTele
        | Command::ZoomWide
        | Command::ZoomDirect(_)
        | Command::Cancel { .. }
        | Command::IfClear => true,
        Command::Relative { .. }
        | Command::Reset
        | Command::Limit(_)
        | Command::RampCurve(_)
        | Command::SpeedStep(_)
        | Command::Focus(_)
        | Command::Memory(_)
        | Command::Power { .. }
        | Command::AddressSet { .. } => false,
    }
}

/// What the motors are told; `None` for commands that move nothing. Targets beyond the range end at its end.
pub(super) fn motion(model: &Model, command: Command) -> Option<DeviceEvent> {
    Some(match command {
        Command::PanTilt(Drive::STOP) => DeviceEvent::PanTilt(PanTiltMotion::Stop),
        Command::PanTilt(Drive { pan_code, tilt_code }) => DeviceEvent::PanTilt(PanTiltMotion::Velocity {
            pan_dps: model.pan.rate_of(pan_code),
            tilt_dps: model.tilt.rate_of(tilt_code),
        }),
        Command::Absolute { speed, pan_units, tilt_units } => DeviceEvent::PanTilt(PanTiltMotion::Position {
            pan_deg: model.pan.clamp_deg(model.pan.deg_of(pan_units)),
            tilt_deg: model.tilt.clamp_deg(model.tilt.deg_of(tilt_units)),
            pan_dps_max: model.pan.rate_of(speed.pan_code as i8),
            tilt_dps_max: model.tilt.rate_of(speed.tilt_code as i8),
        }),
        Command::Home => DeviceEvent::PanTilt(PanTiltMotion::Position {
            pan_deg: model.pan.clamp_deg(0.0),
            tilt_deg: model.tilt.clamp_deg(0.0),
            pan_dps_max: model.pan.rate_max_dps(),
            tilt_dps_max: model.tilt.rate_max_dps(),
        }),
        Command::Zoom(ZoomDrive::Stop) => DeviceEvent::Zoom(ZoomMotion::Stop),
        Command::Zoom(drive) => DeviceEvent::Zoom(ZoomMotion::Velocity { units_per_s: model.zoom.rate_of(drive) }),
        Command::ZoomTele => motion(model, Command::Zoom(ZoomDrive::Tele(model.zoom.speed_standard())))?,
        Command::ZoomWide => motion(model, Command::Zoom(ZoomDrive::Wide(model.zoom.speed_standard())))?,
        Command::ZoomDirect(units) => {
            DeviceEvent::Zoom(ZoomMotion::Position { units: f64::from(units.min(model.zoom.tele_units)) })
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MoveSpeed;
    use crate::testing::model;

    #[test]
    fn targets_beyond_the_range_end_at_its_end() {
        // 0x7FFF / 14.4 is 2275°, −0x8000 is −2276°; the range is −170 … 170 and −30 … 90.
        let speed = MoveSpeed { pan_code: 24, tilt_code: 20 };
        let command = Command::Absolute { speed, pan_units: 0x7FFF, tilt_units: -0x8000 };
        let expected =
            PanTiltMotion::Position { pan_deg: 170.0, tilt_deg: -30.0, pan_dps_max: 48.0, tilt_dps_max: 20.0 };
        assert_eq!(motion(&model(), command), Some(DeviceEvent::PanTilt(expected)));
        let beyond = motion(&model(), Command::ZoomDirect(0x7AC0));
        assert_eq!(beyond, Some(DeviceEvent::Zoom(ZoomMotion::Position { units: 16384.0 })));
    }

    #[test]
    fn standard_zoom_runs_in_the_middle_of_the_table() {
        // p = 3 of 0 … 7: 400 units/s.
        let tele = motion(&model(), Command::ZoomTele);
        assert_eq!(tele, Some(DeviceEvent::Zoom(ZoomMotion::Velocity { units_per_s: 400.0 })));
        let wide = motion(&model(), Command::ZoomWide);
        assert_eq!(wide, Some(DeviceEvent::Zoom(ZoomMotion::Velocity { units_per_s: -400.0 })));
    }

    #[test]
    fn speeds_beyond_the_table_do_not_exist() {
        // Twenty tilt codes.
        assert!(speeds_exist(&model(), Command::PanTilt(Drive { pan_code: -24, tilt_code: 20 })));
        assert!(!speeds_exist(&model(), Command::PanTilt(Drive { pan_code: 1, tilt_code: -21 })));
        assert!(!speeds_exist(
            &model(),
            Command::Absolute { speed: MoveSpeed { pan_code: 1, tilt_code: 21 }, pan_units: 0, tilt_units: 0 }
        ));
    }
}
