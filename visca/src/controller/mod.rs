//! The client's end of VISCA: a state machine that takes wishes and gives bytes, and says what became of them.
//!
//! Owns framing, the book of open messages, one latest-wins slot a motor, periodic inquiries, and the stop that is
//! repeated until it is proved. Does not own the control law, nor speeds in degrees: it is told codes.
//!
//! **The loop.** After every input or mutator, poll until [`ControllerOutput::WaitUntil`]; send and report what the
//! outputs say, in that order; tick when the time of the `WaitUntil` has come. Several mutators may precede one poll.
//!
//! **Who is sent first.** A Cancel and the stops of [`Controller::stop`]; then by turns the pan-tilt slot, the zoom
//! slot and the inquiries, so that no stream of drives starves the inquiries, nor they the drives.
//!
//! **When.** One message is in flight at a time, and `timing.gap` passes after each reply (Sony cameras drop what comes
//! within some 8 ms). A wish of a slot or a stop waits at most `overtake_after` for an outstanding reply; an inquiry
//! waits until the reply has come or is lost. A reply is lost `timing.reply_timeout` after its message was sent; the
//! slot's newest command is then sent again, an inquiry is not.
//!
//! **Sony's header** ([`Framing::Sony`]). Replies are matched by number. What gets no reply is
//! sent again under its own number while it is the newest message and still wanted; a newer wish takes its place. What
//! a refused number means is told in `session.rs`. A camera that takes the numbers 1 to 3 only is spoken to as one
//! without numbers, and needs no RESET.
//!
//! **What is tolerated and counted**: split, coalesced, interleaved, late, duplicate and wrongly addressed replies.

mod config;
mod event;
mod flight;
mod questions;
mod receive;
mod send;
mod session;
mod slot;
mod stopping;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

pub use self::config::ControllerConfig;
pub use self::event::{ControllerEvent, ControllerInput, ControllerOutput, Counters, Misbehaviour};
use self::flight::Flight;
use self::questions::Questions;
use self::send::Turn;
use self::session::Session;
use self::slot::Slot;
use self::stopping::Stopping;
use crate::model::{AxisModel, Model};
use crate::{
    Command, Deframer, Dialect, Drive, Framing, Inquiry, Motor, MoveSpeed, SimTime, SonyHeader, State, Visit, ZoomDrive,
};

/// The client's end. See the [module](self) for the loop and the rules.
///
/// ```
/// # use core::time::Duration;
/// # use tiltyard_visca::model::{AxisModel, Model, Timing, ZoomModel};
/// use tiltyard_visca::{Controller, ControllerConfig, ControllerOutput, Drive, SimTime};
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
/// let mut controller = Controller::new(model, ControllerConfig::default());
/// controller.drive(SimTime::ZERO, Drive { pan_code: -2, tilt_code: 0 });
/// let ControllerOutput::Transmit(datagram) = controller.poll_output() else { panic!() };
/// assert_eq!(datagram.to_string(), "81 01 06 01 02 01 01 03 FF");
/// // No reply: lost after 250 ms.
/// assert_eq!(controller.poll_output(), ControllerOutput::WaitUntil(Some(SimTime::from_millis(250))));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Controller {
    model: Model,
    config: ControllerConfig,
    now: SimTime,
    deframer: Deframer,
    flight: Flight,
    /// Acknowledged commands by socket.
    running: BTreeMap<u8, Command>,
    pan_tilt: Slot,
    zoom: Slot,
    questions: Questions,
    stopping: Option<Stopping>,
    /// Where the camera numbers messages.
    session: Option<Session>,
    turn: Turn,
    /// Nothing is sent before.
    quiet_until: SimTime,
    /// Nothing is sent at all, and nothing heard.
    offline: bool,
    last_drive_sent: Option<(SimTime, Drive)>,
    counters: Counters,
    outputs: VecDeque<ControllerOutput>,
}

impl Controller {
    /// A client that has said nothing. `model` should have passed [`Model::check`].
    pub fn new(model: Model, config: ControllerConfig) -> Self {
        let numbers = config.framing == Framing::Sony && model.quirks.sony != SonyHeader::OneToThree;
        Self {
            model,
            config,
            session: numbers.then(Session::new),
            now: SimTime::ZERO,
            deframer: Deframer::new(),
            flight: Flight::default(),
            running: BTreeMap::new(),
            pan_tilt: Slot::default(),
            zoom: Slot::default(),
            questions: Questions::new(),
            stopping: None,
            turn: Turn::Question,
            quiet_until: SimTime::ZERO,
            offline: false,
            last_drive_sent: None,
            counters: Counters::default(),
            outputs: VecDeque::new(),
        }
    }

    /// The model it was made from.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// How often what happened.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// The pan-tilt drive that really left last, stops included, and when.
    pub fn last_drive_sent(&self) -> Option<(SimTime, Drive)> {
        self.last_drive_sent
    }

    /// Whether a [`stop`](Self::stop) is not proved yet.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_some()
    }

    /// Wants the head to turn at these speed codes, + right and + up; two zeros stand still. Codes beyond the model's
    /// table saturate. Replaces an older wish that is not sent yet, and takes the head over from a [`stop`](Self::stop)
    /// under way unless it is a stop itself.
    pub fn drive(&mut self, at: SimTime, drive: Drive) {
        let limit = |axis: &AxisModel, code: i8| code.clamp(-axis.code_max(), axis.code_max());
        let (pan, tilt) = (&self.model.pan, &self.model.tilt);
        let drive = Drive { pan_code: limit(pan, drive.pan_code), tilt_code: limit(tilt, drive.tilt_code) };
        self.want(at, Motor::PanTilt, Command::PanTilt(drive));
    }

    /// Wants the zoom motor to run; speeds beyond the model's table saturate. Replaces and takes over as
    /// [`drive`](Self::drive) does.
    pub fn zoom(&mut self, at: SimTime, zoom: ZoomDrive) {
        let max = self.model.zoom.speed_max();
        let zoom = match zoom {
            ZoomDrive::Stop => ZoomDrive::Stop,
            ZoomDrive::Tele(p) => ZoomDrive::Tele(p.min(max)),
            ZoomDrive::Wide(p) => ZoomDrive::Wide(p.min(max)),
        };
        self.want(at, Motor::Zoom, Command::Zoom(zoom));
    }

    /// Turns to a position \[deg\]; targets and speeds saturate at the model's limits. Ignored when one is no number.
    pub fn move_to(&mut self, at: SimTime, pan_deg: f64, tilt_deg: f64, speed: MoveSpeed) {
        debug_assert!(pan_deg.is_finite() && tilt_deg.is_finite(), "a target is a number");
        if !(pan_deg.is_finite() && tilt_deg.is_finite()) {
            return;
        }
        let limit = |axis: &AxisModel, code: u8| code.clamp(1, axis.code_max().unsigned_abs().max(1));
        let (pan, tilt) = (&self.model.pan, &self.model.tilt);
        let command = Command::Absolute {
            speed: MoveSpeed { pan_code: limit(pan, speed.pan_code), tilt_code: limit(tilt, speed.tilt_code) },
            pan_units: pan.units_of(pan.clamp_deg(pan_deg)),
            tilt_units: tilt.units_of(tilt.clamp_deg(tilt_deg)),
        };
        self.want(at, Motor::PanTilt, command);
    }

    /// Zooms to a position \[units\]; saturates at the optical tele end.
    pub fn zoom_to(&mut self, at: SimTime, units: u16) {
        self.want(at, Motor::Zoom, Command::ZoomDirect(units.min(self.model.zoom.tele_units)));
    }

    /// Turns to the home position.
    pub fn home(&mut self, at: SimTime) {
        self.want(at, Motor::PanTilt, Command::Home);
    }

    /// Asks; the same question waits once at most.
    pub fn inquire(&mut self, at: SimTime, inquiry: Inquiry) {
        self.now = self.now.max(at);
        self.questions.want(inquiry);
        self.pump();
    }

    /// Stops both motors, ahead of everything queued, and goes on saying so until it is proved: acknowledged and two
    /// equal positions of each motor. [`ControllerEvent::Stopped`] tells. Wishes not sent yet are forgotten; a stop
    /// under way goes on.
    pub fn stop(&mut self, at: SimTime) {
        self.now = self.now.max(at);
        self.pan_tilt.clear();
        self.zoom.clear();
        self.stopping.get_or_insert_with(Stopping::new).renew();
        self.pump();
    }

    /// The connection is lost, or somebody else has it for a while: until [`reconnected`](Self::reconnected) nothing is
    /// sent, and what arrives is another's. Whose replies were awaited count as neither answered nor lost. What is
    /// wished for meanwhile is remembered.
    pub fn disconnected(&mut self, at: SimTime) {
        self.now = self.now.max(at);
        self.offline = true;
        // Nobody will tell what became of them.
        drop(self.flight.forget());
    }

    /// The connection was lost and is there again: nothing that was under way is expected any more. First both motors
    /// are stopped; then what is wanted is said again, and a motor of which nothing is wanted is stopped until it is
    /// proved.
    pub fn reconnected(&mut self, at: SimTime) {
        self.now = self.now.max(at);
        self.offline = false;
        self.deframer = Deframer::new();
        self.quiet_until = self.now;
        self.forget_camera();
        let mut stopping = Stopping::before_all();
        for (motor, slot) in [(Motor::PanTilt, &self.pan_tilt), (Motor::Zoom, &self.zoom)] {
            if slot.queued().is_some_and(|command| !command.is_stop()) {
                stopping.release(motor);
            }
        }
        self.stopping = Some(stopping);
        self.pan_tilt.drop_stop();
        self.zoom.drop_stop();
        self.session = self.session.as_ref().map(|_| Session::new());
        self.pump();
    }

    /// Hears bytes, or that time went on. Times that run backwards count as now.
    ///
    /// # Panics
    /// In debug builds, when outputs of the input before were not polled.
    pub fn handle_input(&mut self, input: ControllerInput<'_>) {
        debug_assert!(self.outputs.is_empty(), "poll outputs until WaitUntil before the next input");
        let (at, bytes) = match input {
            ControllerInput::Bytes { at, bytes } => (at, bytes),
            ControllerInput::Tick { at } => (at, &[][..]),
        };
        self.now = self.now.max(at);
        match self.config.framing {
            _ if self.offline => {}
            Framing::Sony if !bytes.is_empty() => self.receive_packet(bytes),
            _ => self.receive(bytes),
        }
        self.pump();
    }

    /// The next thing to do; `WaitUntil` when there is nothing more.
    pub fn poll_output(&mut self) -> ControllerOutput {
        self.outputs.pop_front().unwrap_or_else(|| ControllerOutput::WaitUntil(self.wake_at()))
    }

    fn want(&mut self, at: SimTime, motor: Motor, command: Command) {
        self.now = self.now.max(at);
        if let Some(stopping) = &mut self.stopping
            && stopping.holds(motor)
        {
            if command.is_stop() {
                return;
            }
            stopping.release(motor);
        }
        self.slot(motor).want(command);
        self.end_stop_if_done();
        self.pump();
    }

    /// How the camera's messages are written.
    fn dialect(&self) -> Dialect {
        self.model.quirks.dialect()
    }

    /// What the camera was told and what it said no longer holds: what is wanted is queued again.
    fn forget_camera(&mut self) {
        let sent = self.flight.forget();
        self.counters.lost += sent.len() as u64;
        for sent in sent {
            self.report(ControllerEvent::Lost { what: sent.message });
        }
        let stopped = self.stopping.take();
        for motor in [Motor::PanTilt, Motor::Zoom] {
            let runs = self.running.values().any(|command| command.motor() == Some(motor) && command.is_move());
            if stopped.as_ref().is_some_and(|stopping| stopping.holds(motor)) {
                self.slot(motor).clear();
                self.slot(motor).forget();
            } else {
                self.slot(motor).renew(runs);
            }
        }
        self.stopping = stopped;
        self.running.clear();
    }

    fn slot(&mut self, motor: Motor) -> &mut Slot {
        match motor {
            Motor::PanTilt => &mut self.pan_tilt,
            Motor::Zoom => &mut self.zoom,
        }
    }

    fn end_stop_if_done(&mut self) {
        if let Some(proved) = self.stopping.as_ref().and_then(Stopping::outcome) {
            self.stopping = None;
            if proved {
                self.report(ControllerEvent::Stopped { at: self.now });
            }
        }
    }

    fn report(&mut self, event: ControllerEvent) {
        self.outputs.push_back(ControllerOutput::Event(event));
    }
}

impl State for Controller {
    fn visit(&self, v: &mut dyn Visit) {
        v.time("now", self.now);
        v.part("deframer", &self.deframer);
        v.part("flight", &self.flight);
        v.u64("running", self.running.len() as u64);
        for (socket, command) in &self.running {
            v.u64("socket", u64::from(*socket));
            v.part("command", command);
        }
        v.part("pan_tilt", &self.pan_tilt);
        v.part("zoom", &self.zoom);
        v.part("questions", &self.questions);
        v.bool("stopping", self.stopping.is_some());
        if let Some(stopping) = &self.stopping {
            v.part("stopping", stopping);
        }
        // Only under Sony's header.
        if let Some(session) = &self.session {
            v.part("session", session);
        }
        v.u64("turn", self.turn as u64);
        v.time("quiet_until", self.quiet_until);
        // Only while somebody else has the camera.
        if self.offline {
            v.bool("offline", true);
        }
        v.time("drive_sent_at", self.last_drive_sent.map(|(at, _)| at));
        let (pan_code, tilt_code) = self.last_drive_sent.map_or((0, 0), |(_, drive)| (drive.pan_code, drive.tilt_code));
        v.i64("pan_code", i64::from(pan_code));
        v.i64("tilt_code", i64::from(tilt_code));
        v.part("counters", &self.counters);
        v.parts("outputs", self.outputs.iter());
    }
}

#[cfg(test)]
mod tests;
