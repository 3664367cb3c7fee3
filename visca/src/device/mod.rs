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
//! last byte came in: the event comes out first, then the ACK. Drives complete back to back with the ACK, moves when
//! they have arrived. An inquiry is answered `timing.inquiry` after it came in, with the readings of *that* instant.
//! Errors leave after `timing.ack`, too.
//!
//! **Choices where the manuals are silent.**
//! - A newer command to the same motor ends a running move: its Completion leaves at once, before the new ACK. (A
//!   PTZOptics knows no "cancelled"; Sony sends it for a Cancel only.)
//! - A message is refused with *buffer full* while both sockets are running or spoken for, and when eight inquiries
//!   wait. Beyond 32 open jobs a message is dropped without a word. A stop is taken all the same, unless the newest
//!   waiting command to that motor is a stop already.
//! - Cancel is answered as Sony does: `6s 04` and no Completion, or `6s 05`.
//! - Interface clear stops running moves; a drive goes on.
//! - Positions beyond the range end at its end; speed codes beyond the model's table are syntax errors.
//! - 60 01 answers a run of more than sixteen bytes; a known command of a wrong length is a syntax error.

mod event;
mod motion;
mod queue;
mod sockets;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use self::event::{DeviceEvent, DeviceInput, DeviceOutput, PanTiltMotion, Readings, ZoomMotion};
use self::queue::{Job, Queue};
use self::sockets::{SOCKETS, Sockets};
use crate::model::Model;
use crate::{
    Address, Answer, Command, Deframer, Dialect, Frame, FrameError, Header, Inquiry, Message, Motor, Peer, Power,
    Refusal, Reply, SimTime, State, Version, Visit,
};

/// Inquiries that may wait at once.
const INQUIRIES_MAX: usize = 8;
/// Open jobs beyond which a camera does not even refuse.
const JOBS_MAX: usize = 32;
/// Who we say we are: nobody's vendor number, first revision, two sockets.
const VERSION: Version = Version { vendor: 0, model: 0, rom: 1, sockets: SOCKETS as u8 };

/// Whom a message came from, and which of theirs it was: replies go there under the same number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    peer: Peer,
    /// Sony's sequence number; 0 where there is none.
    seq: u32,
}

impl State for Origin {
    fn visit(&self, v: &mut dyn Visit) {
        v.part("peer", &self.peer);
        v.u64("seq", u64::from(self.seq));
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
    deframer: Deframer,
    queue: Queue,
    sockets: Sockets,
    outputs: VecDeque<DeviceOutput>,
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
            deframer: Deframer::new(),
            queue: Queue::default(),
            sockets: Sockets::default(),
            outputs: VecDeque::new(),
            ignored: 0,
        }
    }

    /// The model it was made from.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Frames it did not answer: to someone else, broken, or beyond the flood limit.
    pub fn ignored(&self) -> u64 {
        self.ignored
    }

    /// Whether a move to a position is under way, one whose [`motion_done`](Self::motion_done) is awaited.
    pub fn is_moving_to_position(&self) -> bool {
        self.sockets.busy() > 0
    }

    /// Where the camera is. Call it before every input: answers sample it in the instant in which they leave.
    pub fn observe(&mut self, readings: Readings) {
        self.readings = readings;
    }

    /// The motor has reached the target of its newest `Position` event. Ignored when that move was ended meanwhile.
    pub fn motion_done(&mut self, at: SimTime, motor: Motor) {
        self.now = self.now.max(at);
        self.complete_move(motor);
    }

    /// Hears bytes, or that time went on. Times that run backwards count as now.
    ///
    /// # Panics
    /// In debug builds, when outputs of the input before were not polled.
    pub fn handle_input(&mut self, input: DeviceInput<'_>) {
        debug_assert!(self.outputs.is_empty(), "poll outputs until WaitUntil before the next input");
        let (at, from, bytes) = match input {
            DeviceInput::Bytes { at, from, bytes } => (at, from, bytes),
            DeviceInput::Tick { at } => (at, Peer::default(), &[][..]),
        };
        let from = Origin { peer: from, seq: 0 };
        self.now = self.now.max(at);
        self.work();
        for &byte in bytes {
            match self.deframer.push(byte) {
                None => {}
                Some(Ok(frame)) => self.hear(from, &frame),
                Some(Err(FrameError::Long { .. })) => self.refuse(from, Refusal::Length),
                Some(Err(_)) => self.ignored += 1,
            }
        }
        self.work();
    }

    /// The next thing to do; `WaitUntil` when there is nothing more.
    pub fn poll_output(&mut self) -> DeviceOutput {
        self.outputs.pop_front().unwrap_or(DeviceOutput::WaitUntil(self.queue.next_at()))
    }

    /// Files what a frame asks for.
    fn hear(&mut self, from: Origin, frame: &Frame) {
        match frame.header() {
            Header::To(address) if address == self.address => match Message::parse(frame, self.dialect()) {
                Ok(Message::Command(command)) => self.hear_command(from, command),
                Ok(Message::Inquiry(inquiry)) => self.hear_inquiry(from, inquiry),
                Err(_) => self.refuse(from, Refusal::Syntax),
            },
            Header::Broadcast if Command::parse(frame, self.dialect()) == Ok(Command::IfClear) => {
                self.file_bounded(from, Job::ClearAll);
            }
            _ => self.ignored += 1,
        }
    }

    /// How its messages are written.
    fn dialect(&self) -> Dialect {
        self.model.quirks.dialect()
    }

    fn hear_command(&mut self, from: Origin, command: Command) {
        if !motion::is_known(command) || !motion::speeds_exist(&self.model, command) {
            return self.refuse(from, Refusal::Syntax);
        }
        let job = Job::Execute(command);
        let Some(motor) = command.motor() else { return self.file_bounded(from, job) };
        let overtakes = command.is_stop() && !self.queue.newest(motor).is_some_and(Command::is_stop);
        if overtakes {
            // Beyond every limit, yet bounded: another such stop needs a command between, and those are limited.
            self.queue.push(self.now + self.model.timing.ack, from, job);
        } else if self.sockets.busy() + self.queue.commands() < SOCKETS {
            self.file_bounded(from, job);
        } else {
            self.refuse(from, Refusal::BufferFull);
        }
    }

    fn hear_inquiry(&mut self, from: Origin, inquiry: Inquiry) {
        if self.answer(inquiry).is_none() {
            return self.refuse(from, Refusal::Syntax);
        }
        if self.queue.inquiries() < INQUIRIES_MAX {
            self.file_bounded(from, Job::Answer(inquiry));
        } else {
            self.refuse(from, Refusal::BufferFull);
        }
    }

    fn refuse(&mut self, from: Origin, kind: Refusal) {
        self.file_bounded(from, Job::Refuse(kind));
    }

    fn file_bounded(&mut self, from: Origin, job: Job) {
        if self.queue.len() >= JOBS_MAX {
            self.ignored += 1;
            return;
        }
        let delay = match job {
            Job::Answer(_) => self.model.timing.inquiry,
            Job::Execute(_) | Job::ClearAll | Job::Refuse(_) => self.model.timing.ack,
        };
        self.queue.push(self.now + delay, from, job);
    }

    /// Does what is due.
    fn work(&mut self) {
        while let Some((from, job)) = self.queue.pop(self.now) {
            match job {
                Job::Execute(command) => self.execute(from, command),
                Job::ClearAll => {
                    self.clear();
                    self.transmit(from, Frame::build(Header::Broadcast, &[0x01, 0x00, 0x01]));
                }
                Job::Answer(inquiry) => {
                    if let Some(answer) = self.answer(inquiry) {
                        self.transmit(from, answer.encode(self.address, self.dialect()));
                    }
                }
                Job::Refuse(kind) => self.reply(from, Reply::Error { socket: 0, kind }),
            }
        }
    }

    fn execute(&mut self, from: Origin, command: Command) {
        match command {
            Command::Cancel { socket } => match self.sockets.free(socket) {
                // The news goes to whom the move belonged, which need not be who cancels it.
                Some((motor, owner)) => {
                    self.outputs.push_back(DeviceOutput::Event(DeviceEvent::stop(motor)));
                    self.reply(owner, Reply::Error { socket, kind: Refusal::Cancelled });
                }
                None => self.reply(from, Reply::Error { socket, kind: Refusal::NoSocket }),
            },
            Command::IfClear => {
                self.clear();
                self.reply(from, Reply::Completion { socket: 0 });
            }
            _ => {
                if let (Some(motor), Some(event)) = (command.motor(), motion::motion(&self.model, command)) {
                    self.execute_motion(from, command, motor, event);
                }
            }
        }
    }

    fn execute_motion(&mut self, from: Origin, command: Command, motor: Motor, event: DeviceEvent) {
        self.complete_move(motor);
        self.outputs.push_back(DeviceOutput::Event(event));
        // One motor's move is ended, the other motor holds one socket at most: one is free.
        let Some(socket) = self.sockets.next() else {
            return self.reply(from, Reply::Error { socket: 0, kind: Refusal::BufferFull });
        };
        self.reply(from, Reply::Ack { socket });
        if command.is_move() {
            self.sockets.hold(socket, motor, from);
        } else {
            self.reply(from, Reply::Completion { socket });
        }
    }

    fn complete_move(&mut self, motor: Motor) {
        if let Some((socket, owner)) = self.sockets.free_motor(motor) {
            self.reply(owner, Reply::Completion { socket });
        }
    }

    fn clear(&mut self) {
        // All commands that came before are executed by now: there is no buffer left to empty but the sockets.
        for motor in [Motor::PanTilt, Motor::Zoom] {
            if self.sockets.free_motor(motor).is_some() {
                self.outputs.push_back(DeviceOutput::Event(DeviceEvent::stop(motor)));
            }
        }
    }

    /// What it says now; `None` to what it does not know.
    fn answer(&self, inquiry: Inquiry) -> Option<Answer> {
        Some(match inquiry {
            Inquiry::PanTilt => Answer::PanTilt {
                pan_units: self.model.pan.units_of(self.readings.pan_deg),
                tilt_units: self.model.tilt.units_of(self.readings.tilt_deg),
            },
            Inquiry::Zoom => Answer::Zoom { units: self.model.zoom.units_of(self.readings.zoom_units) },
            Inquiry::Version => Answer::Version(VERSION),
            Inquiry::Power => Answer::Power(Power::On),
            Inquiry::PanTiltStatus
            | Inquiry::MaxSpeed
            | Inquiry::Focus
            | Inquiry::FocusMode
            | Inquiry::Memory
            | Inquiry::Block(_) => return None,
        })
    }

    fn reply(&mut self, to: Origin, reply: Reply) {
        self.transmit(to, reply.encode(self.address));
    }

    fn transmit(&mut self, to: Origin, frame: Frame) {
        self.outputs.push_back(DeviceOutput::Transmit { to: to.peer, datagram: frame.into() });
    }
}

impl State for Device {
    fn visit(&self, v: &mut dyn Visit) {
        v.time("now", self.now);
        v.part("readings", &self.readings);
        v.part("deframer", &self.deframer);
        v.part("queue", &self.queue);
        v.part("sockets", &self.sockets);
        v.parts("outputs", self.outputs.iter());
        v.u64("ignored", self.ignored);
    }
}

#[cfg(test)]
mod tests;
