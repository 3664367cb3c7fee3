//! A client that is told anything at any time, by its user and by the line: it says a bounded number of words, lets
//! time go on, keeps a bounded amount in mind, and stops first after a reconnection.

use core::time::Duration;

use tiltyard_visca::sony::{Kind, RESET};
use tiltyard_visca::{
    Address, Command, Controller, ControllerConfig, ControllerInput, ControllerOutput, Drive, Framing, Inquiry,
    Message, MoveSpeed, Positions, Quirks, SimTime, SonyHeader, ZoomDrive,
};

use super::{Script, model, size_of, wrapped};

/// Bytes of a snapshot of the largest client: 32 open messages, and the model.
const SIZE_MAX: usize = 32 << 10;
/// Longest time from a reconnection to the stop: a RESET and a reply are waited for, and the gap.
const STOP_WITHIN: Duration = Duration::from_millis(60 + 60 + 300);

const KINDS: [Inquiry; 6] =
    [Inquiry::PanTilt, Inquiry::Zoom, Inquiry::Version, Inquiry::Power, Inquiry::FocusMode, Inquiry::Block(0)];

/// Takes the bytes for what happens.
pub fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut run = Run::new(&mut script);
    while !script.is_over() {
        run.step(&mut script);
    }
    run.stops_after_a_reconnection();
    assert!(size_of(&run.client) < SIZE_MAX, "{}", size_of(&run.client));
}

struct Run {
    client: Controller,
    framing: Framing,
    now: SimTime,
    wake: Option<SimTime>,
    sent: u32,
    heads_stops: u32,
}

impl Run {
    fn new(script: &mut Script<'_>) -> Self {
        let framing = script.framing();
        let flags = script.byte();
        let quirks = Quirks {
            positions: if flags & 1 == 0 { Positions::Four } else { Positions::Five },
            drive_ends_move: flags & 2 == 0,
            cancels: flags & 4 == 0,
            completes: flags & 8 == 0,
            replies_as: Address::new(flags >> 5),
            sony: if flags & 16 == 0 { SonyHeader::Rising } else { SonyHeader::OneToThree },
            deaf_after_reply: Duration::from_millis(u64::from(script.byte())),
            ..Quirks::default()
        };
        let poll = Some(Duration::from_millis(u64::from(script.byte()))).filter(|poll| !poll.is_zero());
        let config = ControllerConfig { framing, poll, ..ControllerConfig::default() };
        let client = Controller::new(model(quirks), config);
        Self { client, framing, now: SimTime::ZERO, wake: None, sent: 0, heads_stops: 0 }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let what = script.byte();
        let until = self.now + script.pause();
        self.run_until(until);
        let at = self.now;
        match what % 16 {
            0 | 1 => {
                let (pan_code, tilt_code) = (script.byte() as i8, script.byte() as i8);
                self.client.drive(at, Drive { pan_code, tilt_code });
            }
            2 => {
                let p = script.byte();
                self.client.zoom(at, [ZoomDrive::Stop, ZoomDrive::Tele(p), ZoomDrive::Wide(p)][usize::from(p % 3)]);
            }
            3 => {
                let [pan_deg, tilt_deg] = [script.byte(), script.byte()].map(|byte| f64::from(byte as i8) * 2.0);
                let speed = MoveSpeed { pan_code: script.byte(), tilt_code: script.byte() };
                self.client.move_to(at, pan_deg, tilt_deg, speed);
            }
            4 => self.client.zoom_to(at, u16::from(script.byte()) << 7),
            5 => self.client.home(at),
            6 => self.client.inquire(at, KINDS[usize::from(script.byte()) % KINDS.len()]),
            7 => self.client.stop(at),
            8 => self.client.reconnected(at),
            14 => self.client.disconnected(at),
            // A reply that is likely, to a message that was sent lately.
            9..=12 => {
                let replies: [&[u8]; 10] = [
                    &[0x90, 0x41, 0xFF],
                    &[0x90, 0x42, 0xFF, 0x90, 0x52, 0xFF],
                    &[0x90, 0x51, 0xFF],
                    &[0x90, 0x50, 0, 1, 2, 3, 0, 0, 4, 5, 0xFF],
                    &[0x90, 0x50, 0, 1, 2, 3, 4, 0, 0, 4, 5, 0xFF],
                    &[0x90, 0x50, 1, 2, 3, 4, 0xFF],
                    &[0x90, 0x60, 0x03, 0xFF],
                    &[0x90, 0x61, 0x41, 0xFF],
                    &[0x90, 0x61, 0x04, 0xFF],
                    &[0xA0, 0x41, 0xFF],
                ];
                let reply = replies[usize::from(script.byte()) % replies.len()];
                let number = self.sent.saturating_sub(u32::from(script.byte() % 4));
                self.hear(&wrapped(self.framing, Kind::Reply, number, reply));
            }
            13 => {
                let number = self.sent.saturating_sub(u32::from(script.byte() % 4));
                let payload: [&[u8]; 4] = [&[RESET], &[0x0F, 0x01], &[0x0F, 0x02], &[0x07]];
                let payload = payload[usize::from(script.byte() % 4)];
                self.hear(&wrapped(Framing::Sony, Kind::ControlReply, number, payload));
            }
            _ => {
                let len = usize::from(script.byte() % 40);
                let bytes = script.bytes(len);
                self.hear(bytes);
            }
        }
        self.drain();
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.client.handle_input(ControllerInput::Bytes { at: self.now, bytes });
    }

    /// Ticks whenever the client wants it.
    fn run_until(&mut self, until: SimTime) {
        while let Some(wake) = self.wake.filter(|wake| *wake <= until) {
            self.now = wake;
            self.client.handle_input(ControllerInput::Tick { at: wake });
            self.drain();
        }
        self.now = until;
    }

    fn drain(&mut self) {
        // An input may give up all that is open, and each frame in it may mean two words.
        for _ in 0..256 {
            match self.client.poll_output() {
                ControllerOutput::Transmit(datagram) => {
                    self.sent += 1;
                    let stop = Some(Message::Command(Command::PanTilt(Drive::STOP)));
                    self.heads_stops += u32::from(Message::of(&datagram) == stop);
                }
                ControllerOutput::Event(_) => {}
                ControllerOutput::WaitUntil(wake) => {
                    assert!(wake.is_none_or(|wake| wake > self.now), "time goes on: {wake:?} at {}", self.now);
                    return self.wake = wake;
                }
            }
        }
        panic!("it has no end");
    }

    fn stops_after_a_reconnection(&mut self) {
        let before = self.heads_stops;
        self.client.reconnected(self.now);
        self.drain();
        self.run_until(self.now + STOP_WITHIN);
        assert!(self.heads_stops > before, "the head's stop goes first");
        assert!(self.client.last_drive_sent().is_some());
    }
}
