//! Where stack meets world: the only place that knows both.
//!
//! A [`Rig`] is a camera with its video and its link. The simulated one is [`SimRig`], and [`RecordedRig`] plays what a
//! run file holds; the executor in `run` and the stack see no difference to any other.

mod recorded;
mod sim;

pub use recorded::{Input, Inputs, RecordedRig, Turns};
pub use sim::SimRig;

use core::time::Duration;

use serde::{Deserialize, Serialize};
use tiltyard_visca::{SimTime, Visit};

use crate::stack::Frame;
use crate::stack::geometry::Bearing;

/// A camera with its video and its link, as the executor drives it.
///
/// Call order: [`advance`](Self::advance) to a moment not later than [`next_at`](Self::next_at), then
/// [`poll`](Self::poll) until it is empty, then [`transmit`](Self::transmit) what the stack has to say.
pub trait Rig {
    /// The next moment at which something may come.
    fn next_at(&self) -> SimTime;

    /// Lets time go on to `to`.
    fn advance(&mut self, to: SimTime);

    /// What came, in order.
    fn poll(&mut self) -> Option<Delivery>;

    /// Sends bytes to the camera.
    fn transmit(&mut self, at: SimTime, bytes: &[u8]);

    /// What the world is like at `at`, as far as this rig can know.
    fn measure(&mut self, at: SimTime) -> Measured;

    /// Where the subject was at `at`, now or earlier; `None` where it is not known.
    fn subject_at(&mut self, at: SimTime) -> Option<Bearing>;

    /// What is added to the inference time now, by a fault.
    fn inference_delay(&self) -> Duration {
        Duration::ZERO
    }

    /// Why what it delivers is not to be believed any more: a clip that ends in the midst of a picture. The run ends.
    fn broken(&self) -> Option<&str> {
        None
    }

    /// Walks the part of the rig's state that belongs to this subsystem.
    fn visit(&self, subsystem: Subsystem, v: &mut dyn Visit);
}

/// Something that comes from a rig.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    /// A control tick: one a frame period, whether or not a frame arrives.
    Tick {
        /// Its number, from 0.
        index: u64,
        /// When.
        at: SimTime,
    },
    /// A frame arrived.
    Frame(Frame),
    /// Bytes arrived from the camera.
    Bytes(tiltyard_visca::Datagram),
}

/// The parts of a rig's state that the hash chain tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subsystem {
    /// Time and what is scheduled.
    Clock,
    /// Random streams.
    Rng,
    /// The command link.
    Link,
    /// Camera: protocol, head and lens.
    Gimbal,
    /// Targets, video and faults.
    Scene,
}

/// The world at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Pan, tilt \[deg\].
    pub position_deg: [f64; 2],
    /// Pan, tilt \[deg/s\].
    pub rate_dps: [f64; 2],
    /// Pan, tilt stand at an end stop.
    pub at_limit: [bool; 2],
    /// Magnification.
    pub zoom_ratio: f64,
    /// Zoom position, 0 wide ..= 1 tele.
    pub zoom_position: f64,
    /// Horizontal field of view \[deg\].
    pub hfov_deg: f64,
    /// The subject, where there is one and it is known.
    pub subject: Option<Subject>,
    /// Frames exposed so far.
    pub frames_exposed: u64,
    /// Frames lost on the way so far.
    pub frames_lost: u64,
    /// Which kinds of fault are on, in the order of `FaultKind`.
    pub faults: [bool; 6],
}

/// The subject of a scenario at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Where it is.
    pub bearing: Bearing,
    /// Its angular size (width, height) \[deg\].
    pub size_deg: [f64; 2],
    /// Its centre is inside the picture.
    pub in_frame: bool,
    /// Share of its box that is inside the picture and covered by nothing, 0 ..= 1.
    pub visible: f64,
    /// Larger side ratio of its box in the picture.
    pub coverage: f64,
}
