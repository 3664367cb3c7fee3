//! The doing half of a [`Device`](super::Device): what a job that is due changes, and what the motors are told.

use super::mode::{self, Phase};
use super::queue::Job;
use super::sockets::Awaits;
use super::{Device, Origin, motion};
use crate::{Answer, Command, DeviceEvent, DeviceOutput, Inquiry, Motor, Power, Refusal, Reply, Version};

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
                Job::Initialised => {
                    self.phase = Phase::Ready;
                    self.come_about(Awaits::POWER);
                }
            }
        }
    }

    fn execute(&mut self, from: Origin, command: Command) {
        let bars = !self.model.quirks.drive_ends_move && self.sockets.any_awaits(Awaits::HEAD);
        if !mode::executes(command, self.phase, bars) {
            let socket = self.sockets.free().unwrap_or(0);
            return self.say_no(from, socket, Refusal::NotExecutable);
        }
        match command {
            Command::Cancel { socket } => self.cancel(from, socket),
            Command::IfClear => {
                self.clear();
                self.reply(from, Reply::Completion { socket: 0 });
            }
            _ => {
                if let (Some(motor), Some(event)) = (command.motor(), motion::motion(&self.model, command)) {
                    let motor = Awaits::motor(motor);
                    let awaits = if command.is_move() { motor } else { Awaits::NOTHING };
                    self.start(from, motor, awaits, &[event]);
                }
            }
        }
    }

    /// A command that takes `motors` over begins: what ran there is ended, it is acknowledged, and runs until what it
    /// awaits has come about.
    fn start(&mut self, from: Origin, motors: Awaits, awaits: Awaits, events: &[DeviceEvent]) {
        if self.sockets.free().is_none() && !self.sockets.any_awaits(motors) {
            return self.say_no(from, 0, Refusal::BufferFull);
        }
        self.end(motors);
        self.outputs.extend(events.iter().copied().map(DeviceOutput::Event));
        let Some(socket) = self.sockets.take() else { return };
        self.acknowledge(from, socket);
        if awaits == Awaits::NOTHING {
            self.complete(from, socket);
        } else {
            self.sockets.hold(socket, awaits, from);
        }
    }

    fn cancel(&mut self, from: Origin, socket: u8) {
        let Some(running) = self.sockets.clear(socket) else { return self.say_no(from, socket, Refusal::NoSocket) };
        self.stop(running.awaits);
        // The news goes to whom the command belonged, which need not be who cancels it.
        self.reply(running.from, Reply::Error { socket, kind: Refusal::Cancelled });
    }

    /// Empties the sockets. All commands that came before are executed by now: there is no other buffer.
    fn clear(&mut self) {
        for socket in 1..=super::SOCKETS as u8 {
            if let Some(running) = self.sockets.clear(socket) {
                self.stop(running.awaits);
            }
        }
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
        self.outputs.extend(motion::motion(&self.model, Command::Home).map(DeviceOutput::Event));
    }

    /// These motors are to stand still.
    pub(super) fn stop(&mut self, motors: Awaits) {
        for motor in [Motor::PanTilt, Motor::Zoom] {
            if motors.meets(Awaits::motor(motor)) {
                self.outputs.push_back(DeviceOutput::Event(DeviceEvent::stop(motor)));
            }
        }
    }

    /// What it says now; `None` to what it does not know.
    pub(super) fn answer(&self, inquiry: Inquiry) -> Option<Answer> {
        Some(match inquiry {
            Inquiry::PanTilt => Answer::PanTilt {
                pan_units: self.model.pan.units_of(self.readings.pan_deg),
                tilt_units: self.model.tilt.units_of(self.readings.tilt_deg),
            },
            Inquiry::Zoom => Answer::Zoom { units: self.model.zoom.units_of(self.readings.zoom_units) },
            Inquiry::Version => {
                let [vendor, model, rom] = self.model.quirks.version;
                Answer::Version(Version { vendor, model, rom, sockets: super::SOCKETS as u8 })
            }
            Inquiry::Power => Answer::Power(Power::On),
            _ => return None,
        })
    }
}
