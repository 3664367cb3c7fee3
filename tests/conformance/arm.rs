//! What the body needs of the place it runs in.

use core::future::Future;
use core::time::Duration;

/// Where the camera really is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Pan \[deg\], + right.
    pub pan_deg: f64,
    /// Tilt \[deg\], + up.
    pub tilt_deg: f64,
    /// Zoom position \[units\], 0 is wide.
    pub zoom_units: f64,
    /// Pan and tilt rate, the larger magnitude \[deg/s\].
    pub rate_dps: f64,
}

/// A world in which a camera runs, in its own time.
pub trait Arm {
    /// Waits, in the arm's own time.
    fn sleep(&self, span: Duration) -> impl Future<Output = ()>;

    /// Where the camera is now.
    fn truth(&self) -> impl Future<Output = Truth>;
}
