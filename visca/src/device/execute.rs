//! The doing half of a [`Device`](super::Device): what a job that is due changes, and what the motors are told.

use super::focus::{FAR_UNITS, NEAR_UNITS};
use super::memories::Scene;
use super::mode::{Mode, Phase};
use super::queue::Job;
use super::sockets::{Awaits, Running};
use super::{Device, Origin, SOCKETS, motion};
use crate::{
    Command, DeviceEvent, DeviceOutput, Drive, Focus, FocusMode, HeadMotion, Limit, Memory, Motor, PanTiltMotion,
    Refusal, Reply, ZoomMotion,
};

/// Speed p of the focus without one.
const FOCUS_STANDARD: u8 = 3;

impl Device {
    /// Does what is due.
    pub(super) fn work(&mut self) {
        while let Some((from, job)) = self.queue.pop(self.now) {
            match job {
                Job::Execute(command) => self.execute(from, command),
                Job::ClearAll => {
                    self.clear();
                    self.echo(from, &[0x01, 0x00, 0x01]);
                }
                Job::Answer(inquiry) => {
                    if let Some(answer) = self.answer(inquiry) {
                        self.tell(from, answer);
                    }
                }
                Job::Refuse(kind) => self.say_no(from, 0, kind),
                Job::Abnormal(what) => self.tell_abnormal(from, what),
                Job::TellReset => self.tell_reset(from),
                Job::HandOn(next) => self.echo(from, &[0x30, next]),
                Job::FocusArrives => self.come_about(Awaits::FOCUS),
                Job::Initialised => {
                    self.phase = Phase::Ready;
                    self.come_about(Awaits::POWER);
                }
            }
        }
    }

    fn execute(&mut self, from: Origin, command: Command) {
        let move_bars_drive = !self.model.quirks.drive_ends_move && self.sockets.any_awaits(Awaits::HEAD);
        let mode = Mode { phase: self.phase, focus: self.focus.mode(), move_bars_drive };
        if !mode.executes(command) {
            let socket = self.sockets.free().unwrap_or(0);
            return self.say_no(from, socket, Refusal::NotExecutable);
        }
        match command {
            Command::Cancel { socket } => self.cancel(from, socket),
            Command::IfClear => {
                self.clear();
                self.reply(from, Reply::Completion { socket: 0 });
            }
            Command::PanTilt(drive) => self.drive(from, drive),
            Command::Absolute { speed, pan_units, tilt_units } => {
                self.turn(from, self.motion().absolute(speed, pan_units, tilt_units));
            }
            Command::Relative { speed, pan_units, tilt_units } => {
                self.turn(from, self.motion().relative(speed, pan_units, tilt_units));
            }
            Command::Home | Command::Reset => self.turn(from, self.motion().fast_to(0.0, 0.0)),
            Command::Limit(limit) => self.limit(from, limit),
            Command::Zoom(_) | Command::ZoomTele | Command::ZoomWide | Command::ZoomDirect(_) => {
                let awaits = if command.is_move() { Awaits::ZOOM } else { Awaits::NOTHING };
                if self.makes_room(from, Awaits::ZOOM, command.is_stop()) {
                    self.outputs.extend(motion::zoom(&self.model, command).map(DeviceOutput::Event));
                    self.begin(from, awaits, false);
                }
            }
            Command::Focus(focus) => self.focus(from, focus),
            Command::Memory(memory) => self.memory(from, memory),
            Command::Power { on } => self.power(from, on),
            // Neither changes anything; addresses are set when they are heard.
            Command::RampCurve(_) | Command::SpeedStep(_) | Command::AddressSet { .. } => {
                if self.makes_room(from, Awaits::NOTHING, false) {
                    self.begin(from, Awaits::NOTHING, false);
                }
            }
        }
    }

    /// Ends what runs with these motors, so that there is a socket; if there is none, says so. A stop takes that of a
    /// focus move: of head and zoom one command runs at most each, so then there is one.
    fn makes_room(&mut self, from: Origin, motors: Awaits, is_stop: bool) -> bool {
        let full = self.sockets.free().is_none() && !self.sockets.any_awaits(motors);
        if full && is_stop {
            self.end(Awaits::FOCUS);
        }
        if full && self.sockets.free().is_none() {
            self.say_no(from, 0, Refusal::BufferFull);
            return false;
        }
        self.end(motors);
        true
    }

    /// A command is acknowledged, and runs until what it awaits has come about.
    fn begin(&mut self, from: Origin, awaits: Awaits, recalls: bool) {
        let Some(socket) = self.sockets.take() else { return };
        self.acknowledge(from, socket);
        if awaits == Awaits::NOTHING {
            self.complete(from, socket);
        } else {
            self.sockets.hold(socket, Running { awaits, from, recalls });
        }
    }

    fn drive(&mut self, from: Origin, drive: Drive) {
        if self.makes_room(from, Awaits::HEAD, drive.is_stop()) {
            let motion = self.motion().drive(drive);
            self.head = if drive.is_stop() { HeadMotion::Done } else { HeadMotion::Moving };
            self.tell_head(motion);
            self.begin(from, Awaits::NOTHING, false);
        }
    }

    fn turn(&mut self, from: Origin, motion: PanTiltMotion) {
        if self.makes_room(from, Awaits::HEAD, false) {
            self.head = HeadMotion::Moving;
            self.tell_head(motion);
            self.begin(from, Awaits::HEAD, false);
        }
    }

    fn tell_head(&mut self, motion: PanTiltMotion) {
        self.outputs.push_back(DeviceOutput::Event(DeviceEvent::PanTilt(motion)));
    }

    fn limit(&mut self, from: Origin, limit: Limit) {
        if !self.makes_room(from, Awaits::NOTHING, false) {
            return;
        }
        let sound = match limit {
            Limit::Set { corner, pan_units, tilt_units } => {
                let (pan_deg, tilt_deg) = (self.model.pan.deg_of(pan_units), self.model.tilt.deg_of(tilt_units));
                self.limits.set(&self.model, corner, pan_deg, tilt_deg)
            }
            Limit::Clear { corner } => {
                self.limits.clear(corner);
                true
            }
        };
        if sound {
            self.begin(from, Awaits::NOTHING, false);
        } else {
            self.say_no(from, 0, Refusal::Syntax);
        }
    }

    fn focus(&mut self, from: Origin, focus: Focus) {
        if !self.makes_room(from, Awaits::FOCUS, false) {
            return;
        }
        self.queue.forget(Job::FocusArrives);
        let now = self.now;
        let mut awaits = Awaits::NOTHING;
        match focus {
            Focus::Stop => self.focus.stop(now),
            Focus::Far => self.focus.run(now, FAR_UNITS, FOCUS_STANDARD),
            Focus::Near => self.focus.run(now, NEAR_UNITS, FOCUS_STANDARD),
            Focus::FarAt(p) => self.focus.run(now, FAR_UNITS, p),
            Focus::NearAt(p) => self.focus.run(now, NEAR_UNITS, p),
            Focus::Switch(switch) => self.focus.switch(now, switch),
            Focus::Direct(units) => awaits = self.focus_to(f64::from(units)),
        }
        self.begin(from, awaits, false);
    }

    /// What it awaits then.
    fn focus_to(&mut self, units: f64) -> Awaits {
        self.queue.forget(Job::FocusArrives);
        let arrives_at = self.focus.go_to(self.now, units);
        self.queue.push(arrives_at, Origin::default(), Job::FocusArrives);
        Awaits::FOCUS
    }

    fn memory(&mut self, from: Origin, memory: Memory) {
        let motors = Awaits::HEAD.and(Awaits::ZOOM).and(Awaits::FOCUS);
        let (Memory::Set(number) | Memory::Reset(number) | Memory::Recall(number)) = memory;
        let takes = if matches!(memory, Memory::Recall(_)) { motors } else { Awaits::NOTHING };
        if !self.makes_room(from, takes, false) {
            return;
        }
        let mut awaits = Awaits::NOTHING;
        match memory {
            Memory::Set(_) => self.memories.set(number, self.scene()),
            Memory::Reset(_) => self.memories.reset(number),
            Memory::Recall(_) => {
                if let Some(scene) = self.memories.recall(number) {
                    awaits = self.go_to(scene);
                }
            }
        }
        self.begin(from, awaits, awaits != Awaits::NOTHING);
    }

    fn scene(&self) -> Scene {
        Scene {
            pan_deg: self.readings.pan_deg,
            tilt_deg: self.readings.tilt_deg,
            zoom_units: self.readings.zoom_units,
            focus_units: self.focus.units_at(self.now),
            focus_auto: self.focus.mode() == FocusMode::Auto,
        }
    }

    /// What it awaits then.
    fn go_to(&mut self, scene: Scene) -> Awaits {
        self.head = HeadMotion::Moving;
        let head = self.motion().fast_to(scene.pan_deg, scene.tilt_deg);
        self.tell_head(head);
        let zoom = ZoomMotion::Position { units: scene.zoom_units };
        self.outputs.push_back(DeviceOutput::Event(DeviceEvent::Zoom(zoom)));
        self.focus.set_auto(scene.focus_auto);
        Awaits::HEAD.and(Awaits::ZOOM).and(self.focus_to(scene.focus_units))
    }

    fn power(&mut self, from: Origin, on: bool) {
        let ends = if on { Awaits::NOTHING } else { Awaits::ANY };
        if !self.makes_room(from, ends, false) {
            return;
        }
        if !on {
            self.queue.forget(Job::Initialised);
            self.phase = Phase::Standby;
            self.stop(Awaits::ANY);
        } else if self.phase == Phase::Standby {
            self.start_up();
        }
        let comes_up = on && self.phase == Phase::Initialising;
        self.begin(from, if comes_up { Awaits::POWER } else { Awaits::NOTHING }, false);
    }

    fn cancel(&mut self, from: Origin, socket: u8) {
        let Some(running) = self.sockets.clear(socket) else { return self.say_no(from, socket, Refusal::NoSocket) };
        self.give_up(running);
        // The news goes to whom the command belonged, which need not be who cancels it.
        self.reply(running.from, Reply::Error { socket, kind: Refusal::Cancelled });
    }

    /// Empties the sockets. All commands that came before are executed by now: there is no other buffer.
    fn clear(&mut self) {
        for socket in 1..=SOCKETS as u8 {
            if let Some(running) = self.sockets.clear(socket) {
                self.give_up(running);
            }
        }
    }

    fn give_up(&mut self, running: Running) {
        if running.awaits.meets(Awaits::HEAD) {
            self.head = HeadMotion::Failed;
        }
        self.stop(running.awaits);
    }

    /// Power comes: the head seeks home, where the model says that it takes time.
    pub(super) fn start_up(&mut self) {
        self.queue.forget(Job::Initialised);
        let span = self.model.quirks.initialises_for;
        if span.is_zero() {
            self.phase = Phase::Ready;
            return;
        }
        self.phase = Phase::Initialising;
        self.queue.push(self.now + span, Origin::default(), Job::Initialised);
        let home = self.motion().fast_to(0.0, 0.0);
        self.tell_head(home);
    }

    /// These motors are to stand still.
    pub(super) fn stop(&mut self, motors: Awaits) {
        for motor in [Motor::PanTilt, Motor::Zoom] {
            if motors.meets(Awaits::motor(motor)) {
                self.outputs.push_back(DeviceOutput::Event(DeviceEvent::stop(motor)));
            }
        }
        if motors.meets(Awaits::FOCUS) {
            self.queue.forget(Job::FocusArrives);
            self.focus.stop(self.now);
        }
    }
}
