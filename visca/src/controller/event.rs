//! What goes into a [`Controller`](crate::Controller) and what comes out.

use serde::{Deserialize, Serialize};

use crate::sony::{Abnormality, PacketError};
use crate::{
    Answer, Command, Datagram, Frame, FrameError, Message, Payload, Power, Refusal, SimTime, State, Version, Visit,
};

/// What happens to a controller, besides its own mutators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControllerInput<'a> {
    /// Bytes arrived: a datagram, or a piece of a stream.
    Bytes {
        /// When they were received.
        at: SimTime,
        /// The bytes; they may hold several frames, or a part of one. Under Sony's header: one datagram.
        bytes: &'a [u8],
    },
    /// Time went on; due whenever the last `WaitUntil` is reached.
    Tick {
        /// Now.
        at: SimTime,
    },
}

/// What a controller gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ControllerOutput {
    /// Send this to the camera, now: one frame, under Sony's header where it is spoken.
    Transmit(Datagram),
    /// News.
    Event(ControllerEvent),
    /// Nothing more; tick at this time, or only when something happens.
    WaitUntil(Option<SimTime>),
}

/// News from the camera, or of its silence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ControllerEvent {
    /// Where the head was, some time between the question and the answer.
    PanTilt {
        /// When the question was sent.
        asked_at: SimTime,
        /// When the answer was received.
        answered_at: SimTime,
        /// Pan \[deg\], + right.
        pan_deg: f64,
        /// Tilt \[deg\], + up.
        tilt_deg: f64,
    },
    /// Where the zoom motor was, some time between the question and the answer.
    Zoom {
        /// When the question was sent.
        asked_at: SimTime,
        /// When the answer was received.
        answered_at: SimTime,
        /// Zoom position \[units\], 0 is wide.
        units: u16,
    },
    /// Who the camera is.
    Version(Version),
    /// Whether it is on.
    Power(Power),
    /// The answer to one of the rarer questions, true some time between the question and the answer.
    Answered {
        /// When the question was sent.
        asked_at: SimTime,
        /// When the answer was received.
        answered_at: SimTime,
        /// What the camera said.
        answer: Answer,
    },
    /// The camera took the command.
    Acked {
        /// The command.
        what: Command,
    },
    /// The camera is done with the command; for drives at once, for moves on arrival.
    Completed {
        /// The command.
        what: Command,
    },
    /// The camera answered with an error.
    Refused {
        /// The message; `None` when nothing was open that the error could be about.
        what: Option<Message>,
        /// Why.
        error: Refusal,
    },
    /// No reply came in time.
    Lost {
        /// The message.
        what: Message,
    },
    /// The camera, or something on the way, broke the protocol.
    Misbehaved(Misbehaviour),
    /// A [`stop`](crate::Controller::stop) is confirmed: acknowledged, and two equal positions of each motor.
    Stopped {
        /// When the last confirmation was received.
        at: SimTime,
    },
}

/// What the protocol does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Misbehaviour {
    /// Bytes that are no frame.
    Framing(FrameError),
    /// A frame that is no reply.
    NotAReply(Frame),
    /// A reply from another address (PTZOptics G3 firmware sends `A0 41`); it is taken as our camera's all the same.
    WrongAddress(Frame),
    /// An ACK while no command waits for one: a duplicate, or too late.
    UnexpectedAck {
        /// Its socket.
        socket: u8,
    },
    /// A completion of a socket in which nothing runs: a duplicate, or its ACK was lost.
    UnexpectedCompletion {
        /// Its socket.
        socket: u8,
    },
    /// A datagram that has no header of Sony's, where there should be one.
    NotAPacket(PacketError),
    /// A message that no camera sends, or a reply to a control command that we do not know, under this number.
    NotAControlReply(u32),
    /// A refusal of a number or a message type that fits no open message: a duplicate, or too late.
    UnexpectedAbnormality {
        /// The number.
        number: u32,
        /// What the camera found wrong.
        what: Abnormality,
    },
    /// An answer that fits no open question: a duplicate, or too late.
    UnexpectedAnswer(Payload),
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Messages sent, inquiries and repeats included.
    pub sent: u64,
    /// ACKs that belonged to a command.
    pub acked: u64,
    /// Completions that belonged to a command.
    pub completed: u64,
    /// Error replies.
    pub refused: u64,
    /// Messages without a reply in time.
    pub lost: u64,
    /// Breaches of the protocol.
    pub misbehaved: u64,
    /// Stops sent on behalf of [`stop`](crate::Controller::stop), both motors, repeats included.
    pub stops_sent: u64,
}

impl State for Counters {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("sent", self.sent);
        v.u64("acked", self.acked);
        v.u64("completed", self.completed);
        v.u64("refused", self.refused);
        v.u64("lost", self.lost);
        v.u64("misbehaved", self.misbehaved);
        v.u64("stops_sent", self.stops_sent);
    }
}

/// Outputs are polled before anybody looks at the state; what is left over is told apart by its text.
impl State for ControllerOutput {
    fn visit(&self, v: &mut dyn Visit) {
        v.bytes("output", format!("{self:?}").as_bytes());
    }
}
