//! A camera that hears anything from anybody at any time: it answers a bounded number of words, lets time go on, keeps
//! a bounded amount in mind, and still stops for a controller that is new.

use core::time::Duration;

use tiltyard_visca::sony::{Kind, RESET};
use tiltyard_visca::{
    Address, Device, DeviceEvent, DeviceInput, DeviceOutput, Framing, Motor, PanTiltMotion, Peer, Positions, Quirks,
    Readings, SimTime, SonyHeader,
};

use super::{Script, model, size_of, wrapped};

/// Bytes of a snapshot of the largest camera: its jobs, what it keeps of each controller, and the model.
const SIZE_MAX: usize = 64 << 10;

/// Numbers of controllers, each in three framings: with a new one no more than the sixteen that a camera tells apart,
/// and under Sony's header the five.
const PEERS: u8 = 4;

/// Frames that mean something to a camera; the script changes bytes in them.
const FRAMES: [&[u8]; 16] = [
    &[0x81, 1, 6, 1, 5, 3, 1, 2, 0xFF],
    &[0x81, 1, 6, 1, 1, 1, 3, 3, 0xFF],
    &[0x81, 1, 6, 2, 8, 8, 0, 1, 0xB, 0, 0, 0, 9, 0, 0xFF],
    &[0x81, 1, 6, 2, 8, 0, 0, 0, 1, 0xB, 0, 0, 0, 9, 0, 0xFF],
    &[0x81, 1, 6, 3, 8, 8, 0, 0, 1, 0, 0xF, 0xF, 9, 0, 0xFF],
    &[0x81, 1, 6, 4, 0xFF],
    &[0x81, 1, 6, 5, 0xFF],
    &[0x81, 1, 4, 7, 0x23, 0xFF],
    &[0x81, 1, 4, 0x47, 0, 4, 0, 0, 0xFF],
    &[0x81, 1, 4, 0x3F, 2, 1, 0xFF],
    &[0x81, 1, 4, 0, 2, 0xFF],
    &[0x81, 0x21, 0xFF],
    &[0x81, 9, 6, 0x12, 0xFF],
    &[0x81, 9, 4, 0x47, 0xFF],
    &[0x88, 1, 0, 1, 0xFF],
    &[0x81, 1, 6, 7, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0xFF],
];

/// Takes the bytes for what happens.
pub fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut run = Run::new(&mut script);
    while !script.is_over() {
        run.step(&mut script);
    }
    run.is_bounded();
    run.stops_for_somebody_new();
    run.is_bounded();
}

struct Run {
    camera: Device,
    now: SimTime,
    wake: Option<SimTime>,
    number: u32,
    head: PanTiltMotion,
}

impl Run {
    fn new(script: &mut Script<'_>) -> Self {
        let flags = script.byte();
        let more = script.byte();
        let quirks = Quirks {
            positions: if flags & 1 == 0 { Positions::Four } else { Positions::Five },
            drive_ends_move: flags & 2 == 0,
            cancels: flags & 6 != 4, // one of the two has to end a move
            takes_speed_zero: flags & 8 != 0,
            completes: flags & 16 == 0,
            joins_replies: flags & 32 == 0,
            inquiries_take_sockets: flags & 64 != 0,
            replies_as: Address::new(more & 7),
            sony: [SonyHeader::Rising, SonyHeader::Unchecked, SonyHeader::OneToThree, SonyHeader::Ignored]
                [usize::from(more >> 3 & 3)],
            v_cycle: Duration::from_millis(u64::from(more >> 5 & 1) * 17),
            deaf_after_reply: Duration::from_millis(u64::from(more >> 6 & 1) * 8),
            ..Quirks::default()
        };
        let camera = Device::new(model(quirks), Address::ONE);
        Self { camera, now: SimTime::ZERO, wake: None, number: 0, head: PanTiltMotion::Stop }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let what = script.byte();
        let until = self.now + script.pause();
        self.run_until(until);
        match what % 8 {
            0 => {
                self.camera.motion_done(self.now, if what & 8 == 0 { Motor::PanTilt } else { Motor::Zoom });
                if what & 8 == 0 {
                    self.head = PanTiltMotion::Stop;
                }
            }
            1 => self.camera.observe(Readings {
                pan_deg: f64::from(script.byte() as i8),
                tilt_deg: f64::from(script.byte() as i8),
                zoom_units: f64::from(script.byte()) * 64.0,
                pan_tilt_moving: what & 8 != 0,
                zoom_moving: what & 16 != 0,
            }),
            2 => {
                let from = Peer { number: script.byte() % PEERS, framing: script.framing() };
                let len = usize::from(script.byte() % 48);
                let bytes = script.bytes(len);
                self.hear(from, bytes);
            }
            3 => {
                let from = Peer { number: script.byte() % PEERS, framing: Framing::Sony };
                self.hear(from, &wrapped(Framing::Sony, Kind::Control, self.number, &[RESET]));
                self.number = 0;
            }
            _ => {
                let from = Peer { number: script.byte() % PEERS, framing: script.framing() };
                let mut frame = FRAMES[usize::from(script.byte()) % FRAMES.len()].to_vec();
                let at = usize::from(script.byte());
                if let Some(byte) = frame.get_mut(at) {
                    *byte = script.byte();
                }
                self.number = self.number.wrapping_add(u32::from(what >> 6));
                let kind = if frame.get(1) == Some(&9) { Kind::Inquiry } else { Kind::Command };
                let copies = if what & 32 == 0 { 1 } else { usize::from(script.byte()) };
                for _ in 0..copies {
                    self.hear(from, &wrapped(from.framing, kind, self.number, &frame));
                }
                if copies > 200 {
                    self.is_bounded();
                }
            }
        }
        self.drain();
    }

    fn is_bounded(&self) {
        let size = size_of(&self.camera);
        assert!(size < SIZE_MAX, "{size} bytes");
    }

    fn hear(&mut self, from: Peer, bytes: &[u8]) {
        self.camera.handle_input(DeviceInput::Bytes { at: self.now, from, bytes });
        self.drain();
    }

    fn run_until(&mut self, until: SimTime) {
        while let Some(wake) = self.wake.filter(|wake| *wake <= until) {
            self.now = wake;
            self.camera.handle_input(DeviceInput::Tick { at: wake });
            self.drain();
        }
        self.now = until;
    }

    fn drain(&mut self) {
        for _ in 0..1024 {
            match self.camera.poll_output() {
                DeviceOutput::Transmit { datagram, .. } => assert!(!datagram.as_bytes().is_empty()),
                DeviceOutput::Event(DeviceEvent::PanTilt(motion)) => self.head = motion,
                DeviceOutput::Event(DeviceEvent::Zoom(_)) => {}
                DeviceOutput::WaitUntil(wake) => {
                    assert!(wake.is_none_or(|wake| wake > self.now), "time goes on: {wake:?} at {}", self.now);
                    return self.wake = wake;
                }
            }
        }
        panic!("it has no end");
    }

    /// As our client does it: power on, then stop and Cancel, again and again. A move that was allowed arrives
    /// meanwhile.
    fn stops_for_somebody_new(&mut self) {
        let from = Peer { number: 9, framing: Framing::Stream };
        let said: [&[u8]; 6] = [
            &[0xFF],
            &[0x81, 1, 4, 0, 2, 0xFF],
            &[0x81, 1, 6, 1, 1, 1, 3, 3, 0xFF],
            &[0x81, 0x21, 0xFF],
            &[0x81, 0x22, 0xFF],
            &[0x81, 1, 6, 1, 1, 1, 3, 3, 0xFF],
        ];
        for _ in 0..10 {
            for bytes in said {
                self.hear(from, bytes);
                self.run_until(self.now + Duration::from_millis(50));
            }
        }
        let turns = matches!(self.head, PanTiltMotion::Velocity { .. });
        assert!(!turns, "{:?}", self.head);
        // Nothing is left to do once nobody speaks.
        self.run_until(self.now + Duration::from_secs(60));
        assert!(self.wake.is_none_or(|wake| wake > self.now));
    }
}
