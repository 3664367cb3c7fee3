//! A byte stream through the deframer and every parser: what is read says itself again, and splits do not matter.

use tiltyard_visca::{
    Deframer, Dialect, Frame, FrameError, Header, Inquiry, LensBlock, Message, Payload, Positions, Reply,
};

/// How messages may be written.
const DIALECTS: [Dialect; 4] = [
    Dialect { positions: Positions::Four, speed_zero: false },
    Dialect { positions: Positions::Four, speed_zero: true },
    Dialect { positions: Positions::Five, speed_zero: false },
    Dialect { positions: Positions::Five, speed_zero: true },
];

/// Reads all bytes; gives how many frames were in them.
pub fn run(bytes: &[u8]) -> usize {
    let mut deframer = Deframer::new();
    let mut skipped = 0;
    let mut read: Vec<Frame> = Vec::new();
    for &byte in bytes {
        match deframer.push(byte) {
            None => {}
            Some(Ok(frame)) => read.push(frame),
            Some(Err(FrameError::Junk { len } | FrameError::Long { len } | FrameError::Short { len })) => {
                skipped += len
            }
            Some(Err(FrameError::Header { .. } | FrameError::Terminator { .. })) => {
                panic!("a deframer begins frames at headers and ends them at FF")
            }
        }
    }
    let framed: usize = read.iter().map(|frame| frame.as_bytes().len()).sum();
    assert!(framed + skipped <= bytes.len(), "no byte is read twice");
    for frame in &read {
        assert_eq!(Frame::new(frame.as_bytes()), Ok(*frame));
        for dialect in DIALECTS {
            to_camera(frame, dialect);
        }
        from_camera(frame);
    }
    read.len()
}

fn to_camera(frame: &Frame, dialect: Dialect) {
    let Ok(message) = Message::parse(frame, dialect) else { return };
    let again = match frame.header() {
        Header::To(address) => message.encode(address, dialect),
        _ => match message {
            Message::Command(command) => command.to_all(dialect),
            Message::Inquiry(inquiry) => panic!("{inquiry} was read from a frame to all"),
        },
    };
    // What is read says itself again, but for a speed that means nothing, and the position of a clear.
    assert_eq!(Message::parse(&again, dialect), Ok(message), "{frame} became {again}");
    assert!(again.as_bytes().len() == frame.as_bytes().len() && !message.to_string().is_empty());
    assert!(Message::parse_any(frame).is_ok());
}

fn from_camera(frame: &Frame) {
    let Ok(reply) = Reply::parse(frame) else { return };
    let address = if let Header::From(address) = frame.header() { address } else { tiltyard_visca::Address::ONE };
    assert_eq!(reply.encode(address), *frame, "{reply}");
    if let Reply::Answer(payload) = reply {
        answer(&payload);
    }
}

fn answer(payload: &Payload) {
    // An answer does not say which question it answers.
    for inquiry in Inquiry::ALL {
        for dialect in DIALECTS {
            if let Ok(answer) = inquiry.read(payload, dialect) {
                assert_eq!(answer.payload(dialect), *payload, "{answer}");
                assert_eq!(answer.inquiry(), inquiry);
            }
        }
    }
    if let Ok(block) = LensBlock::read(payload) {
        assert_eq!(LensBlock::read(&block.payload()), Ok(block));
    }
}
