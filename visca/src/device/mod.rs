//! The camera's end of VISCA: a state machine that hears bytes and tells motors.
//!
//! Owns framing, the two command sockets, the work not done yet and every reply. Does not own motion: the world moves
//! the motors, says where they are ([`Device::observe`]) and when they have arrived ([`Device::motion_done`]).
//!
//! **The loop.** After every input or mutator, poll until [`DeviceOutput::WaitUntil`]; do what each output says, in
//! that order; tick when the time of the `WaitUntil` has come. Within one input, work that is due comes before the
//! bytes.
//!
//! **What takes effect when.** A command is executed in the instant in which its ACK leaves, `timing.ack` after its
//! last byte came in: the event comes out first, then the ACK. A camera that works in cycles of the video signal
//! ([`Quirks::v_cycle`](crate::Quirks::v_cycle)) takes all commands that wait up at the next cycle, and executes them
//! `timing.ack`, but at most one cycle, after that. Drives complete back to back with the ACK, moves when they have
//! arrived. An inquiry is answered `timing.inquiry` after it came in, with the readings of *that* instant. Errors leave
//! like an ACK.
//!
//! **Controllers.** Sixteen at most are told apart by their [`Peer`], of which five may speak Sony's framing; further
//! ones get no answer. They share the sockets; a reply goes to whom it concerns. Over UDP the camera's number is 1.
//!
//! **Choices where the manuals are silent.**
//! - A newer command to the same motor ends a running move: its Completion leaves at once, before the new ACK. (A
//!   PTZOptics knows no "cancelled"; Sony sends it for a Cancel only.)
//! - A message is refused with *buffer full* while both sockets are running or spoken for, and when eight inquiries
//!   wait. Beyond 32 open jobs a message is dropped without a word. A stop is taken all the same, unless the newest
//!   waiting command to that motor is a stop already.
//! - Cancel is answered as Sony does: `6s 04` and no Completion, or `6s 05`. The first goes to whom the command was.
//! - *Not executable* names the socket that the command would have had.
//! - Interface clear stops running moves; a drive goes on.
//! - A recalled memory moves head, zoom and focus as fast as they go, and completes when all have arrived. A newer
//!   command to one of them ends it; the others go on. An empty memory is recalled in no time.
//! - A stop that finds both sockets with moves of the other motors takes the place of a focus move, whose Completion
//!   leaves.
//! - Reset turns home, as home does. A ramp curve is acknowledged and changes nothing, as is the normal speed step; the
//!   finer one is a syntax error. Of the block inquiries, page 0 is answered.
//! - Limits act on the next command. Limits that leave nothing of the range are a syntax error.
//! - Standby ends what runs, with its Completion, and stops the motors. Limits, memories and focus stay.
//! - Positions beyond the range end at its end; speed codes beyond the model's table are syntax errors.
//! - 60 01 answers a run of more than sixteen bytes; a known command of a wrong length is a syntax error.
//! - A datagram without an end is forgotten, and so is one whose Sony header does not fit its length. What is under a
//!   sound header and not one frame is a syntax error, and a command that says it is an inquiry (or the other way
//!   round) has an unknown type.
//! - Who goes away leaves the camera as it is: its commands are done, nobody hears the replies.

mod answer;
mod event;
mod execute;
mod focus;
mod hear;
mod limits;
mod memories;
mod mode;
mod motion;
mod peers;
mod queue;
mod sequence;
mod sockets;
mod speak;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use self::event::{DeviceEvent, DeviceInput, DeviceOutput, PanTiltMotion, Readings, ZoomMotion};
use self::focus::FocusMotor;
use self::limits::Limits;
use self::memories::Memories;
use self::mode::Phase;
use self::peers::Peers;
use self::queue::Queue;
use self::sockets::{Awaits, SOCKETS, Sockets};
use crate::model::Model;
use crate::{Address, HeadMotion, Motor, Peer, SimTime, State, Visit};

/// Inquiries that may wait at once.
const INQUIRIES_MAX: usize = 8;
/// Open jobs beyond which a camera does not even refuse.
const JOBS_MAX: usize = 32;

/// Whom a message came from, and which of theirs it was: replies go there under the same number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    peer: Peer,
    /// Sony's sequence number; 0 where there is none.
    seq: u32,
    /// They are gone, and hear nothing any more.
    gone: bool,
}

impl Origin {
    fn disown(&mut self, peer: Peer) {
        self.gone |= self.peer == peer;
    }
}

impl State for Origin {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("peer", &self.peer);
        v.u64("seq", u64::from(self.seq));
        v.bool("gone", self.gone);
    }
}

/// The camera's end. See the [module](self) for the loop and the rules.
///
/// ```
/// use core::time::Duration;
/// use tiltyard_visca::model::{AxisModel, Model, Timing, ZoomModel};
/// use tiltyard_visca::{Address, Device, DeviceEvent, DeviceInput, DeviceOutput, PanTiltMotion, Peer, SimTime};
///
/// # let axis = AxisModel { speed_dps: vec![5.0, 10.0], units_per_deg: 14.4, min_deg: -90.0, max_deg: 90.0 };
/// # let ms = Duration::from_millis;
/// # let model = Model {
/// #     pan: axis.clone(),
/// #     tilt: axis,
/// #     zoom: ZoomModel { tele_units: 0x4000, speed_units_per_s: vec![1000.0] },
/// #     timing: Timing { ack: ms(20), inquiry: ms(70), gap: ms(15), reply_timeout: ms(250) },
/// #     quirks: tiltyard_visca::Quirks::default(),
/// # };
/// let mut camera = Device::new(model, Address::ONE);
/// // Pan right at code 2, here 10 deg/s.
/// let bytes = [0x81, 0x01, 0x06, 0x01, 0x02, 0x01, 0x02, 0x03, 0xFF];
/// camera.handle_input(DeviceInput::Bytes { at: SimTime::ZERO, from: Peer::default(), bytes: &bytes });
/// let ack_at = SimTime::from_millis(20);
/// assert_eq!(camera.poll_output(), DeviceOutput::WaitUntil(Some(ack_at)));
///
/// camera.handle_input(DeviceInput::Tick { at: ack_at });
/// let right = PanTiltMotion::Velocity { pan_dps: 10.0, tilt_dps: 0.0 };
/// assert_eq!(camera.poll_output(), DeviceOutput::Event(DeviceEvent::PanTilt(right)));
/// let DeviceOutput::Transmit { datagram, .. } = camera.poll_output() else { panic!() };
/// assert_eq!(datagram.to_string(), "90 41 FF");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Device {
    model: Model,
    address: Address,
    now: SimTime,
    readings: Readings,
    peers: Peers,
    queue: Queue,
    sockets: Sockets,
    phase: Phase,
    limits: Limits,
    memories: Memories,
    focus: FocusMotor,
    /// How the last order to the head goes.
    head: HeadMotion,
    outputs: VecDeque<DeviceOutput>,
    /// Completions sent.
    completions: u32,
    ignored: u64,
}

impl Device {
    /// A camera that stands still at time zero and has heard nothing. `model` should have passed [`Model::check`].
    pub fn new(model: Model, address: Address) -> Self {
        Self {
            model,
            address,
            now: SimTime::ZERO,
            readings: Readings::default(),
            peers: Peers::default(),
            queue: Queue::default(),
            sockets: Sockets::default(),
            phase: Phase::default(),
            limits: Limits::default(),
            memories: Memories::default(),
            focus: FocusMotor::default(),
            head: HeadMotion::default(),
            outputs: VecDeque::new(),
            completions: 0,
            ignored: 0,
        }
    }

    /// The model it was made from.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Frames and datagrams it did not answer: to someone else, broken, beyond a limit, or too soon after a reply.
    pub fn ignored(&self) -> u64 {
        self.ignored
    }

    /// Whether a move to a position is under way, one whose [`motion_done`](Self::motion_done) is awaited.
    pub fn is_moving_to_position(&self) -> bool {
        self.sockets.any_awaits(Awaits::HEAD.and(Awaits::ZOOM))
    }

    /// Where the camera is. Call it before every input: answers sample it in the instant in which they leave.
    pub fn observe(&mut self, readings: Readings) {
        self.readings = readings;
    }

    /// The motor has reached the target of its newest `Position` event. Ignored when that move was ended meanwhile.
    pub fn motion_done(&mut self, at: SimTime, motor: Motor) {
        self.now = self.now.max(at);
        let what = Awaits::motor(motor);
        if motor == Motor::PanTilt && self.sockets.any_awaits(what) {
            self.head = HeadMotion::Done;
        }
        self.come_about(what);
    }

    /// Hears bytes, or that time went on. Times that run backwards count as now.
    ///
    /// # Panics
    /// In debug builds, when outputs of the input before were not polled.
    pub fn handle_input(&mut self, input: DeviceInput<'_>) {
        debug_assert!(self.outputs.is_empty(), "poll outputs until WaitUntil before the next input");
        match input {
            DeviceInput::Bytes { at, from, bytes } => {
                self.now = self.now.max(at);
                self.work();
                self.hear(from, bytes);
            }
            DeviceInput::Tick { at } => self.now = self.now.max(at),
        }
        self.work();
    }

    /// This controller is gone: its number may be given to another. What it asked for is done, and no reply sent.
    pub fn peer_gone(&mut self, peer: Peer) {
        self.peers.forget(peer);
        self.disown(peer);
    }

    /// The plug is pulled and put in again: whatever was under way is forgotten, controllers, their numbers and the
    /// limits of the range too, but no memory. Then the camera comes up
    /// ([`Quirks::initialises_for`](crate::Quirks::initialises_for)).
    pub fn restart(&mut self, at: SimTime) {
        self.now = self.now.max(at);
        self.peers = Peers::default();
        self.queue = Queue::default();
        self.sockets = Sockets::default();
        self.limits = Limits::default();
        self.focus = FocusMotor::default();
        self.head = HeadMotion::None;
        self.stop(Awaits::ANY);
        self.start_up();
    }

    /// The next thing to do; `WaitUntil` when there is nothing more.
    pub fn poll_output(&mut self) -> DeviceOutput {
        self.outputs.pop_front().unwrap_or(DeviceOutput::WaitUntil(self.queue.next_at()))
    }

    fn disown(&mut self, peer: Peer) {
        self.queue.disown(peer);
        self.sockets.disown(peer);
    }
}

impl State for Device {
    fn visit(&self, v: &mut dyn Visit) {
        v.time("now", self.now);
        v.u64("address", u64::from(self.address.number()));
        v.part("readings", &self.readings);
        v.part("peers", &self.peers);
        v.part("queue", &self.queue);
        v.part("sockets", &self.sockets);
        v.u64("phase", self.phase as u64);
        v.part("limits", &self.limits);
        v.part("memories", &self.memories);
        v.part("focus", &self.focus);
        v.u64("head", self.head as u64);
        v.parts("outputs", self.outputs.iter());
        v.u64("completions", u64::from(self.completions));
        v.u64("ignored", self.ignored);
    }
}

#[cfg(test)]
mod tests;
