//! What every client may expect of every camera, in words of the client.

use core::time::Duration;

use grafton_visca::camera::{IdleWait, PanTiltPosition};
use grafton_visca::capabilities::{HasDirectZoom, HasPanTilt, HasPower, HasZoom};
use grafton_visca::command::PanTiltDirection;
use grafton_visca::profile::CompileTimeProfile;
use grafton_visca::types::{PanSpeed, SpeedLevel, TiltSpeed, ZoomPosition};
use grafton_visca::units::Degrees;
use grafton_visca::{AffectedAxes, Camera, HaltOutcome};

use super::arm::{Arm, Truth};

/// What the body has to know of camera and client: their scales.
/// All in position units a degree.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// What the client's profile believes in, (pan, tilt).
    pub client: [f64; 2],
    /// The camera's own, (pan, tilt); negative where it counts to the left.
    pub camera: [f64; 2],
}

/// A PTZOptics, in truth and in the client's profile of it.
pub const PTZOPTICS: Scale = Scale { client: [14.4; 2], camera: [14.4; 2] };
/// The generic profile takes 16 units for a degree; our generic camera has 14.4.
pub const GENERIC: Scale = Scale { client: [16.0; 2], ..PTZOPTICS };
/// The profile of a BRC-H900, which speaks Sony's header, on our generic camera.
pub const SONY: Scale = Scale { client: [15.88, 15.0], ..PTZOPTICS };
/// An EVI-H100: E1E5 to 1E1B for ±170° (technical manual p. 45).
pub const EVI_H100: Scale = Scale { client: [7707.0 / 170.0; 2], camera: [45.34; 2] };
/// A BRC-300: five nibbles of pan, counted to the left.
pub const BRC_300: Scale = Scale { client: [-208.0, 208.0], camera: [-208.0, 208.0] };

/// Drives, stops, moves, zooms and asks; after each it compares what the client reads with what is so.
pub async fn drive_and_ask<P, A>(camera: &Camera<P>, arm: &A, scale: Scale)
where
    P: CompileTimeProfile + HasPanTilt + HasZoom + HasPower,
    A: Arm,
{
    assert!(camera.power().state().await.unwrap(), "the camera is on");
    at_rest(camera, arm, scale).await;

    // Right and up, each with its sign.
    let (pan_speed, tilt_speed) = (PanSpeed::new(8).unwrap(), TiltSpeed::new(8).unwrap());
    let before = arm.truth().await;
    camera
        .pan_tilt()
        .move_direction(PanTiltDirection::UpRight, pan_speed, tilt_speed)
        .await
        .unwrap()
        .applied()
        .await
        .unwrap();
    arm.sleep(Duration::from_millis(600)).await;
    camera.pan_tilt().stop().await.unwrap().applied().await.unwrap();
    let after = idle(camera, arm).await;
    assert!(after.pan_deg > before.pan_deg + 0.5, "right is plus: {before:?} {after:?}");
    assert!(after.tilt_deg > before.tilt_deg + 0.5, "up is plus: {before:?} {after:?}");
    at_rest(camera, arm, scale).await;

    camera
        .pan_tilt()
        .move_direction(PanTiltDirection::Left, pan_speed, tilt_speed)
        .await
        .unwrap()
        .applied()
        .await
        .unwrap();
    arm.sleep(Duration::from_millis(300)).await;
    camera.pan_tilt().stop().await.unwrap().applied().await.unwrap();
    let left = idle(camera, arm).await;
    assert!(left.pan_deg < after.pan_deg - 0.25, "left is minus: {after:?} {left:?}");
    assert!((left.tilt_deg - after.tilt_deg).abs() < 0.1, "left is not up: {after:?} {left:?}");

    // A move to a position is settled when it is there.
    let mut target = camera.pan_tilt().absolute(Degrees(-12.0), Degrees(5.0), SpeedLevel::Fastest).await.unwrap();
    target.settled().await.unwrap();
    let there = idle(camera, arm).await;
    let [pan_deg, tilt_deg] = [-12.0 * scale.client[0] / scale.camera[0], 5.0 * scale.client[1] / scale.camera[1]];
    assert!((there.pan_deg - pan_deg).abs() < 0.15 && (there.tilt_deg - tilt_deg).abs() < 0.15, "{there:?}");
    at_rest(camera, arm, scale).await;

    camera.pan_tilt().home().await.unwrap().settled().await.unwrap();
    let home = idle(camera, arm).await;
    assert!(home.pan_deg.abs() < 0.15 && home.tilt_deg.abs() < 0.15, "{home:?}");

    // Zoom: in, stop, to a position.
    camera.zoom().tele().await.unwrap().applied().await.unwrap();
    arm.sleep(Duration::from_millis(500)).await;
    camera.zoom().stop().await.unwrap().applied().await.unwrap();
    arm.sleep(Duration::from_millis(500)).await;
    let zoomed = arm.truth().await;
    assert!(zoomed.zoom_units > 300.0, "{zoomed:?}");
    let told = camera.zoom().position().await.unwrap();
    assert!((f64::from(told.value()) - zoomed.zoom_units).abs() <= 1.0, "{told:?} {zoomed:?}");

    // All of it at once: the client's own emergency stop.
    camera
        .pan_tilt()
        .move_direction(PanTiltDirection::DownRight, pan_speed, tilt_speed)
        .await
        .unwrap()
        .applied()
        .await
        .unwrap();
    camera.zoom().wide().await.unwrap().applied().await.unwrap();
    let report = camera.motion().stop_all_motion().await.unwrap();
    assert!(matches!((&report.pan_tilt, &report.zoom), (HaltOutcome::Applied, HaltOutcome::Applied)), "{report:?}");
    idle(camera, arm).await;
    at_rest(camera, arm, scale).await;
}

/// A drive and a stop, and the client is told of both.
pub async fn there_and_stop<P, A>(camera: &Camera<P>, arm: &A)
where
    P: CompileTimeProfile + HasPanTilt,
    A: Arm,
{
    let (pan_speed, tilt_speed) = (PanSpeed::new(8).unwrap(), TiltSpeed::new(8).unwrap());
    let direction = PanTiltDirection::Right;
    camera.pan_tilt().move_direction(direction, pan_speed, tilt_speed).await.unwrap().applied().await.unwrap();
    arm.sleep(Duration::from_millis(500)).await;
    camera.pan_tilt().stop().await.unwrap().applied().await.unwrap();
    camera.pan_tilt().position().await.unwrap();
    arm.sleep(Duration::from_millis(500)).await;
    let there = arm.truth().await;
    assert!(there.pan_deg > 1.0 && there.rate_dps < 0.01, "{there:?}");
}

/// Zooms to a position, which not every profile can say.
pub async fn zoom_to_a_position<P>(camera: &Camera<P>)
where
    P: CompileTimeProfile + HasZoom + HasDirectZoom,
{
    camera.zoom().set_position(ZoomPosition::new(0x1000).unwrap()).await.unwrap().settled().await.unwrap();
    let told = camera.zoom().position().await.unwrap();
    assert!((i32::from(told.value()) - 0x1000).abs() <= 1, "{told:?}");
}

/// The client sees the camera stand, and it stands.
async fn idle<P, A>(camera: &Camera<P>, arm: &A) -> Truth
where
    P: CompileTimeProfile + HasPanTilt,
    A: Arm,
{
    camera.motion().wait_until_idle(IdleWait::new(AffectedAxes::PAN_TILT, Duration::from_secs(10))).await.unwrap();
    let truth = arm.truth().await;
    assert!(truth.rate_dps < 0.01, "the client says it stands: {truth:?}");
    truth
}

/// What the client reads is where it is, to one unit of rounding.
async fn at_rest<P, A>(camera: &Camera<P>, arm: &A, scale: Scale)
where
    P: CompileTimeProfile + HasPanTilt,
    A: Arm,
{
    let truth = arm.truth().await;
    let told: PanTiltPosition = camera.pan_tilt().position().await.unwrap();
    let (pan, tilt) = told.raw_values();
    let (pan_units, tilt_units) = (truth.pan_deg * scale.camera[0], truth.tilt_deg * scale.camera[1]);
    assert!((f64::from(pan) - pan_units).abs() <= 1.0, "told {told:?}, so {truth:?}");
    assert!((f64::from(tilt) - tilt_units).abs() <= 1.0, "told {told:?}, so {truth:?}");
}
