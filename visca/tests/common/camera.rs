//! A camera of few lines, so that the client is not judged by our own camera: it executes in the instant in which it
//! hears, numbers strictly, and turns without inertia.

use tiltyard_visca::sony::{ERROR, Kind, Packet, RESET};
use tiltyard_visca::{
    Address, Answer, Command, Datagram, Drive, Frame, Framing, Inquiry, Message, Refusal, Reply, SimTime, ZoomDrive,
};

use super::model;

/// What it heard and where it turned.
pub struct Camera {
    pub framing: Framing,
    /// The highest number heard; `None` when numbers are not looked at.
    pub highest: Option<u32>,
    /// Commands it executed, with their numbers.
    pub done: Vec<(SimTime, u32, Command)>,
    pub drive: Drive,
    pub zoom: ZoomDrive,
    /// The socket in which a move to a position runs; drives are refused meanwhile.
    pub moving: Option<u8>,
    /// Who it says it is.
    pub address: Address,
    /// Completions are sent.
    pub completes: bool,
    /// Cancel is obeyed.
    pub cancels: bool,
    at: SimTime,
    pan_units: f64,
    zoom_units: f64,
    socket: u8,
}

impl Camera {
    pub fn new(framing: Framing) -> Self {
        Self {
            framing,
            highest: Some(0),
            done: vec![],
            drive: Drive::STOP,
            zoom: ZoomDrive::Stop,
            moving: None,
            address: Address::ONE,
            completes: true,
            cancels: true,
            at: SimTime::ZERO,
            pan_units: 0.0,
            zoom_units: 0.0,
            socket: 2,
        }
    }

    /// Commands it executed, in words.
    pub fn log(&self) -> Vec<String> {
        self.done.iter().map(|(_, _, command)| command.to_string()).collect()
    }

    pub fn stands(&self) -> bool {
        self.drive.is_stop() && self.zoom == ZoomDrive::Stop && self.moving.is_none()
    }

    fn advance(&mut self, now: SimTime) {
        let dt = now.signed_secs_since(self.at);
        self.at = now;
        let pan_dps = if self.moving.is_some() { 20.0 } else { f64::from(self.drive.pan_code) };
        self.pan_units += 10.0 * pan_dps * dt;
        self.zoom_units += dt
            * match self.zoom {
                ZoomDrive::Stop => 0.0,
                ZoomDrive::Tele(p) => 100.0 * f64::from(p + 1),
                ZoomDrive::Wide(p) => -100.0 * f64::from(p + 1),
            };
    }

    /// Hears a datagram; gives what it says to it.
    pub fn hear(&mut self, now: SimTime, bytes: &[u8]) -> Vec<Datagram> {
        self.advance(now);
        if self.framing != Framing::Sony {
            let replies = self.obey(0, &Frame::new(bytes).unwrap());
            return replies.into_iter().map(|reply| reply.encode(self.address).into()).collect();
        }
        let packet = Packet::parse(bytes).unwrap();
        let control = |payload| vec![Packet { kind: Kind::ControlReply, seq: packet.seq, payload }.encode()];
        if packet.kind == Kind::Control {
            assert_eq!(packet.payload, [RESET]);
            self.highest = self.highest.map(|_| 0);
            return control(&[RESET]);
        }
        if self.highest.is_some_and(|highest| packet.seq <= highest) {
            return control(&[ERROR, 0x01]);
        }
        self.highest = self.highest.map(|_| packet.seq);
        let replies = self.obey(packet.seq, &Frame::new(packet.payload).unwrap());
        let reply = |reply: Reply| {
            let frame = reply.encode(self.address);
            Packet { kind: Kind::Reply, seq: packet.seq, payload: frame.as_bytes() }.encode()
        };
        replies.into_iter().map(reply).collect()
    }

    fn obey(&mut self, number: u32, frame: &Frame) -> Vec<Reply> {
        let dialect = model().quirks.dialect();
        let command = match Message::parse(frame, dialect).unwrap() {
            Message::Inquiry(Inquiry::Zoom) => {
                let units = self.zoom_units.clamp(0.0, 16384.0) as u16;
                return vec![Reply::Answer(Answer::Zoom { units }.payload(dialect))];
            }
            Message::Inquiry(Inquiry::PanTilt) => {
                let answer = Answer::PanTilt { pan_units: self.pan_units as i32, tilt_units: 0 };
                return vec![Reply::Answer(answer.payload(dialect))];
            }
            Message::Inquiry(_) => return vec![Reply::Error { socket: 0, kind: Refusal::Syntax }],
            Message::Command(command) => command,
        };
        if let Command::Cancel { socket } = command {
            let kind = match self.moving {
                _ if !self.cancels => Refusal::Syntax,
                Some(moving) if moving == socket => {
                    self.moving = None;
                    Refusal::Cancelled
                }
                _ => Refusal::NoSocket,
            };
            return vec![Reply::Error { socket, kind }];
        }
        if self.moving.is_some() && matches!(command, Command::PanTilt(_)) {
            return vec![Reply::Error { socket: 0, kind: Refusal::NotExecutable }];
        }
        self.done.push((self.at, number, command));
        self.socket = 3 - self.socket;
        let socket = self.socket;
        match command {
            Command::PanTilt(drive) => self.drive = drive,
            Command::Zoom(zoom) => self.zoom = zoom,
            Command::Absolute { .. } | Command::Home => {
                self.moving = Some(socket);
                return vec![Reply::Ack { socket }];
            }
            _ => {}
        }
        let completion = self.completes.then_some(Reply::Completion { socket });
        [Some(Reply::Ack { socket }), completion].into_iter().flatten().collect()
    }
}
