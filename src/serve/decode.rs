//! Bytes in words, for the log: "pan-tilt drive +3 +0", "ack 1".
//!
//! Reads what was on the wire, each piece for itself; a frame that came in two pieces is told as two pieces.

use tiltyard_visca::sony::{self, Abnormality, Kind, Packet};
use tiltyard_visca::{Datagram, Deframer, Dialect, Frame, Framing, Message, Reply};

/// Which way bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From a controller to the camera.
    Heard,
    /// From the camera to a controller.
    Sent,
}

/// One piece in words.
pub fn words(framing: Framing, way: Way, dialect: Dialect, bytes: &Datagram) -> String {
    if framing != Framing::Sony {
        return frames(way, dialect, bytes.as_bytes());
    }
    match Packet::parse(bytes.as_bytes()) {
        Ok(packet) => {
            let text = match packet.kind {
                Kind::Control | Kind::ControlReply => control(packet.payload),
                _ => frames(way, dialect, packet.payload),
            };
            format!("#{} {text}", packet.seq)
        }
        Err(error) => error.to_string(),
    }
}

fn control(payload: &[u8]) -> String {
    match (payload, Abnormality::parse(payload)) {
        ([sony::RESET], _) => "reset".to_owned(),
        (_, Some(abnormality)) => abnormality.to_string(),
        (_, None) => "unknown control message".to_owned(),
    }
}

fn frames(way: Way, dialect: Dialect, bytes: &[u8]) -> String {
    let mut deframer = Deframer::new();
    let mut told: Vec<String> = bytes
        .iter()
        .filter_map(|&byte| deframer.push(byte))
        .map(|read| read.map_or_else(|error| error.to_string(), |frame| one(way, dialect, &frame)))
        .collect();
    if bytes.last().is_some_and(|&last| last != 0xFF) {
        told.push("part of a frame".to_owned());
    }
    told.join(", ")
}

fn one(way: Way, dialect: Dialect, frame: &Frame) -> String {
    match way {
        Way::Heard => {
            Message::parse(frame, dialect).map_or_else(|error| error.to_string(), |message| message.to_string())
        }
        Way::Sent => Reply::parse(frame).map_or_else(|error| error.to_string(), |reply| reply.to_string()),
    }
}

/// How many messages a piece holds: whole frames, or one under Sony's header.
pub fn messages(framing: Framing, bytes: &Datagram) -> u64 {
    match framing {
        Framing::Sony => 1,
        _ => bytes.as_bytes().split(|&byte| byte == 0xFF).skip(1).count() as u64,
    }
}

/// How many of the frames in a piece of the camera's say no: `y0 6s …`, and `0F …` under Sony's header.
pub fn refusals(framing: Framing, bytes: &Datagram) -> u64 {
    let bytes = match framing {
        Framing::Sony => bytes.as_bytes().get(sony::HEADER_LEN..).unwrap_or_default(),
        _ => bytes.as_bytes(),
    };
    if framing == Framing::Sony && Abnormality::parse(bytes).is_some() {
        return 1;
    }
    bytes.split(|&byte| byte == 0xFF).filter(|frame| frame.get(1).is_some_and(|byte| byte & 0xF0 == 0x60)).count()
        as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(framing: Framing, way: Way, bytes: &[u8]) -> String {
        words(framing, way, Dialect::default(), &Datagram::new(bytes).unwrap())
    }

    #[test]
    fn bytes_are_told_in_words() {
        let drive = [0x81, 0x01, 0x06, 0x01, 0x03, 0x01, 0x02, 0x03, 0xFF];
        assert_eq!(told(Framing::Datagrams, Way::Heard, &drive), "pan-tilt drive +3 +0");
        assert_eq!(told(Framing::Stream, Way::Sent, &[0x90, 0x42, 0xFF, 0x90, 0x52, 0xFF]), "ack 2, completion 2");
        assert_eq!(told(Framing::Stream, Way::Heard, &drive[..4]), "part of a frame");
        let wrapped = Packet { kind: Kind::Command, seq: 7, payload: &drive }.encode();
        assert_eq!(words(Framing::Sony, Way::Heard, Dialect::default(), &wrapped), "#7 pan-tilt drive +3 +0");
        assert_eq!(told(Framing::Sony, Way::Heard, &[2, 0, 0, 1, 0, 0, 0, 0, 1]), "#0 reset");
        assert!(told(Framing::Sony, Way::Heard, &drive).contains("header"));
    }

    #[test]
    fn messages_and_refusals_are_counted() {
        let count = |bytes: &[u8]| {
            let bytes = Datagram::new(bytes).unwrap();
            (messages(Framing::Stream, &bytes), refusals(Framing::Stream, &bytes))
        };
        assert_eq!(count(&[0x90, 0x41, 0xFF, 0x90, 0x60, 0x02, 0xFF]), (2, 1));
        assert_eq!(count(&[0x90, 0x61, 0x41, 0xFF, 0x90, 0x60, 0x03, 0xFF]), (2, 2));
        assert_eq!(count(&[0x81, 0x01]), (0, 0));
        let sony = Packet { kind: Kind::Reply, seq: 0x0060_0000, payload: &[0x90, 0x60, 0x02, 0xFF] }.encode();
        assert_eq!((messages(Framing::Sony, &sony), refusals(Framing::Sony, &sony)), (1, 1));
        for (payload, refused) in [(&Abnormality::Sequence.encode()[..], 1), (&[sony::RESET], 0)] {
            let sony = Packet { kind: Kind::ControlReply, seq: 1, payload }.encode();
            assert_eq!(refusals(Framing::Sony, &sony), refused);
        }
    }
}
