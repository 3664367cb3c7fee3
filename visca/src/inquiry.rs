//! What a controller asks a camera, and the answers.
//!
//! Answers do not say what they answer: `90 50 02 FF` is "on" to one question and nonsense to another. So an answer's
//! payload is read by the [`Inquiry`] it belongs to; who asked what is the [`Controller`](crate::Controller)'s memory.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::frame::Header;
use crate::nibbles::{join, split};
use crate::reply::Payload;
use crate::{Address, Frame, ParseError, State, Visit};

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Inquiry {
    /// Where the head points.
    PanTilt,
    /// Where the zoom motor stands.
    Zoom,
    /// Who the camera is.
    Version,
    /// Whether it is on.
    Power,
}

/// What the camera says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// Head position.
    PanTilt {
        /// Pan \[position units\], 16 bits signed in the 4-nibble form; saturates.
        pan_units: i32,
        /// Tilt \[position units\], 16 bits signed; saturates.
        tilt_units: i32,
    },
    /// Zoom position \[position units\].
    Zoom {
        /// 0 is wide.
        units: u16,
    },
    /// Vendor, model, firmware.
    Version(Version),
    /// On or not.
    Power(Power),
}

/// Who the camera is. A byte FF cannot be sent and leaves as FE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Version {
    /// 0001 or 0020 is Sony; PTZOptics G2 answers 0052.
    pub vendor: u16,
    /// The vendor's own number of the model.
    pub model: u16,
    /// Firmware revision.
    pub rom: u16,
    /// Command sockets, 2 everywhere.
    pub sockets: u8,
}

/// Power state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Power {
    /// 02.
    On,
    /// 03.
    Standby,
    /// 04: a fault in the power circuit, on some models.
    Internal,
    /// Anything else.
    Unknown(u8),
}

impl Inquiry {
    /// The question as a frame to camera `to`.
    pub fn encode(self, to: Address) -> Frame {
        let payload: [u8; 3] = match self {
            Self::PanTilt => [0x09, 0x06, 0x12],
            Self::Zoom => [0x09, 0x04, 0x47],
            Self::Version => [0x09, 0x00, 0x02],
            Self::Power => [0x09, 0x04, 0x00],
        };
        Frame::build(Header::To(to), &payload)
    }

    /// Reads a frame to a camera as a question.
    pub fn parse(frame: &Frame) -> Result<Self, ParseError> {
        const WHAT: &str = "inquiry";
        let byte = |at: usize, expected| {
            let found = frame.as_bytes().get(at).copied().unwrap_or_default();
            ParseError::Byte { what: WHAT, at, found, expected }
        };
        if !matches!(frame.header(), Header::To(_)) {
            return Err(byte(0, "81 to 87"));
        }
        match *frame.payload() {
            [0x09, 0x06, 0x12] => Ok(Self::PanTilt),
            [0x09, 0x04, 0x47] => Ok(Self::Zoom),
            [0x09, 0x00, 0x02] => Ok(Self::Version),
            [0x09, 0x04, 0x00] => Ok(Self::Power),
            [0x09, _, _] => Err(byte(3, "a known inquiry")),
            [0x09, ..] => Err(ParseError::Length { what: WHAT, found: frame.as_bytes().len(), expected: 5 }),
            _ => Err(byte(1, "09")),
        }
    }

    /// Reads the payload of an answer to this question; byte numbers in errors count from the payload's start.
    pub fn read(self, payload: &Payload) -> Result<Answer, ParseError> {
        let bytes = payload.as_bytes();
        let length = |what, expected| ParseError::Length { what, found: bytes.len(), expected };
        match self {
            Self::PanTilt => {
                const WHAT: &str = "pan-tilt position";
                let &[p0, p1, p2, p3, t0, t1, t2, t3] = bytes else { return Err(length(WHAT, 8)) };
                Ok(Answer::PanTilt {
                    pan_units: i32::from(join(WHAT, 0, [p0, p1, p2, p3])? as i16),
                    tilt_units: i32::from(join(WHAT, 4, [t0, t1, t2, t3])? as i16),
                })
            }
            Self::Zoom => {
                const WHAT: &str = "zoom position";
                let &[z0, z1, z2, z3] = bytes else { return Err(length(WHAT, 4)) };
                Ok(Answer::Zoom { units: join(WHAT, 0, [z0, z1, z2, z3])? })
            }
            Self::Version => {
                let &[v0, v1, m0, m1, r0, r1, sockets] = bytes else { return Err(length("version", 7)) };
                let word = |high, low| u16::from_be_bytes([high, low]);
                let version = Version { vendor: word(v0, v1), model: word(m0, m1), rom: word(r0, r1), sockets };
                Ok(Answer::Version(version))
            }
            Self::Power => {
                let &[power] = bytes else { return Err(length("power state", 1)) };
                Ok(Answer::Power(match power {
                    0x02 => Power::On,
                    0x03 => Power::Standby,
                    0x04 => Power::Internal,
                    _ => Power::Unknown(power),
                }))
            }
        }
    }
}

impl Answer {
    /// The question this answers.
    pub const fn inquiry(self) -> Inquiry {
        match self {
            Self::PanTilt { .. } => Inquiry::PanTilt,
            Self::Zoom { .. } => Inquiry::Zoom,
            Self::Version(_) => Inquiry::Version,
            Self::Power(_) => Inquiry::Power,
        }
    }

    /// The answer's payload, as [`Reply::Answer`](crate::Reply::Answer) carries it.
    pub fn payload(self) -> Payload {
        match self {
            Self::PanTilt { pan_units, tilt_units } => {
                let short = |units: i32| split(units.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16 as u16);
                let ([p0, p1, p2, p3], [t0, t1, t2, t3]) = (short(pan_units), short(tilt_units));
                Payload::of(&[p0, p1, p2, p3, t0, t1, t2, t3])
            }
            Self::Zoom { units } => Payload::of(&split(units)),
            Self::Version(Version { vendor, model, rom, sockets }) => {
                let ([v0, v1], [m0, m1], [r0, r1]) = (vendor.to_be_bytes(), model.to_be_bytes(), rom.to_be_bytes());
                Payload::of(&[v0, v1, m0, m1, r0, r1, sockets])
            }
            Self::Power(power) => Payload::of(&[match power {
                Power::On => 0x02,
                Power::Standby => 0x03,
                Power::Internal => 0x04,
                Power::Unknown(byte) => byte,
            }]),
        }
    }

    /// The answer as a frame from camera `from`.
    pub fn encode(self, from: Address) -> Frame {
        crate::Reply::Answer(self.payload()).encode(from)
    }
}

impl State for Inquiry {
    fn visit(&self, v: &mut dyn Visit) {
        v.u64("kind", *self as u64);
    }
}

impl fmt::Display for Inquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PanTilt => "pan-tilt position?",
            Self::Zoom => "zoom position?",
            Self::Version => "version?",
            Self::Power => "power?",
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PanTilt { pan_units, tilt_units } => write!(f, "pan-tilt position {pan_units} {tilt_units}"),
            Self::Zoom { units } => write!(f, "zoom position {units}"),
            Self::Version(v) => write!(f, "version {:04X} {:04X} {:04X} {:02X}", v.vendor, v.model, v.rom, v.sockets),
            Self::Power(Power::On) => f.write_str("power on"),
            Self::Power(Power::Standby) => f.write_str("power standby"),
            Self::Power(Power::Internal) => f.write_str("power fault"),
            Self::Power(Power::Unknown(byte)) => write!(f, "power {byte:02X}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Reply;

    /// Question, answer, and the bytes of both. Sony EVI-D80 and PTZOptics lists.
    #[rustfmt::skip]
    const GOLDEN: &[(Inquiry, &[u8], Answer, &[u8])] = &[
        // 09 06 12: 0w 0w 0w 0w 0z 0z 0z 0z, here both upper stops of a PTZOptics, 0990 and 0510
        (Inquiry::PanTilt, &[0x81, 0x09, 0x06, 0x12, 0xFF],
            Answer::PanTilt { pan_units: 2448, tilt_units: 1296 },
            &[0x90, 0x50, 0x00, 0x09, 0x09, 0x00, 0x00, 0x05, 0x01, 0x00, 0xFF]),
        // … and one unit to the left and down: FFFF
        (Inquiry::PanTilt, &[0x81, 0x09, 0x06, 0x12, 0xFF],
            Answer::PanTilt { pan_units: -1, tilt_units: -1 },
            &[0x90, 0x50, 0x0F, 0x0F, 0x0F, 0x0F, 0x0F, 0x0F, 0x0F, 0x0F, 0xFF]),
        // 09 04 47: 0p 0q 0r 0s, here the tele end
        (Inquiry::Zoom, &[0x81, 0x09, 0x04, 0x47, 0xFF],
            Answer::Zoom { units: 0x4000 },
            &[0x90, 0x50, 0x04, 0x00, 0x00, 0x00, 0xFF]),
        // 09 00 02: GG GG HH HH JJ JJ KK
        (Inquiry::Version, &[0x81, 0x09, 0x00, 0x02, 0xFF],
            Answer::Version(Version { vendor: 0x0020, model: 0x0511, rom: 0x0102, sockets: 2 }),
            &[0x90, 0x50, 0x00, 0x20, 0x05, 0x11, 0x01, 0x02, 0x02, 0xFF]),
        // 09 04 00: 02 on, 03 standby, 04 internal fault
        (Inquiry::Power, &[0x81, 0x09, 0x04, 0x00, 0xFF], Answer::Power(Power::On), &[0x90, 0x50, 0x02, 0xFF]),
        (Inquiry::Power, &[0x81, 0x09, 0x04, 0x00, 0xFF], Answer::Power(Power::Standby), &[0x90, 0x50, 0x03, 0xFF]),
        (Inquiry::Power, &[0x81, 0x09, 0x04, 0x00, 0xFF], Answer::Power(Power::Internal), &[0x90, 0x50, 0x04, 0xFF]),
        (Inquiry::Power, &[0x81, 0x09, 0x04, 0x00, 0xFF], Answer::Power(Power::Unknown(9)), &[0x90, 0x50, 0x09, 0xFF]),
    ];

    #[test]
    fn questions_and_answers_are_the_bytes_of_the_manuals() {
        for (inquiry, asked, answer, answered) in GOLDEN {
            assert_eq!(inquiry.encode(Address::ONE).as_bytes(), *asked, "{inquiry}");
            assert_eq!(Inquiry::parse(&Frame::new(asked).unwrap()), Ok(*inquiry), "{inquiry}");
            assert_eq!(answer.encode(Address::ONE).as_bytes(), *answered, "{answer}");
            let reply = Reply::parse(&Frame::new(answered).unwrap());
            let Ok(Reply::Answer(payload)) = reply else { panic!("{reply:?}") };
            assert_eq!(inquiry.read(&payload), Ok(*answer), "{answer}");
            assert_eq!(answer.inquiry(), *inquiry);
        }
    }

    #[test]
    fn an_answer_of_another_form_is_refused() {
        let zoom = Answer::Zoom { units: 1 }.payload();
        let said = |inquiry: Inquiry| inquiry.read(&zoom).unwrap_err().to_string();
        assert_eq!(said(Inquiry::PanTilt), "read pan-tilt position: 4 bytes (expected 8)");
        assert_eq!(said(Inquiry::Version), "read version: 4 bytes (expected 7)");
        assert_eq!(said(Inquiry::Power), "read power state: 4 bytes (expected 1)");
        let unknown = Inquiry::parse(&Frame::new(&[0x81, 0x09, 0x06, 0x99, 0xFF]).unwrap()).unwrap_err();
        assert_eq!(unknown.to_string(), "read inquiry: byte 3 is 99 (expected a known inquiry)");
    }

    proptest! {
        #[test]
        fn positions_read_back(pan in any::<i16>(), tilt in any::<i16>(), units in any::<u16>()) {
            let head = Answer::PanTilt { pan_units: pan.into(), tilt_units: tilt.into() };
            prop_assert_eq!(Inquiry::PanTilt.read(&head.payload()), Ok(head));
            let zoom = Answer::Zoom { units };
            prop_assert_eq!(Inquiry::Zoom.read(&zoom.payload()), Ok(zoom));
        }

        #[test]
        fn any_payload_is_an_answer_or_an_error(bytes in prop::collection::vec(0_u8..0xFF, 1..=13)) {
            let payload = Payload::new(&bytes).unwrap();
            for inquiry in [Inquiry::PanTilt, Inquiry::Zoom, Inquiry::Version, Inquiry::Power] {
                if let Ok(answer) = inquiry.read(&payload) {
                    prop_assert_eq!(answer.payload(), payload);
                }
            }
        }
    }
}
