//! Questions and answers against the manuals' bytes, and round trips.

use proptest::prelude::*;

use super::*;
use crate::{Positions, Reply};

const PLAIN: Dialect = Dialect { positions: Positions::Four, speed_zero: false };
const FIVE: Dialect = Dialect { positions: Positions::Five, speed_zero: false };

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
    // 09 06 10: pq rs. EVI-D80 manual page 42; here arrived after initialising, at the right and the upper end
    (Inquiry::PanTiltStatus, &[0x81, 0x09, 0x06, 0x10, 0xFF],
        Answer::PanTiltStatus(PanTiltStatus::from_word(0x2806)),
        &[0x90, 0x50, 0x28, 0x06, 0xFF]),
    // 09 06 11: ww zz. EVI-D80 manual page 33
    (Inquiry::MaxSpeed, &[0x81, 0x09, 0x06, 0x11, 0xFF],
        Answer::MaxSpeed { pan_code: 0x18, tilt_code: 0x14 },
        &[0x90, 0x50, 0x18, 0x14, 0xFF]),
    // 09 04 48: 0p 0q 0r 0s, here the near end of an EVI-D70. Avonic CM70 manual page 70
    (Inquiry::Focus, &[0x81, 0x09, 0x04, 0x48, 0xFF],
        Answer::Focus { units: 0xC000 },
        &[0x90, 0x50, 0x0C, 0x00, 0x00, 0x00, 0xFF]),
    // 09 04 38: 02 auto, 03 manual; Avonic has a 04, too
    (Inquiry::FocusMode, &[0x81, 0x09, 0x04, 0x38, 0xFF],
        Answer::FocusMode(FocusMode::Auto),
        &[0x90, 0x50, 0x02, 0xFF]),
    (Inquiry::FocusMode, &[0x81, 0x09, 0x04, 0x38, 0xFF],
        Answer::FocusMode(FocusMode::Manual),
        &[0x90, 0x50, 0x03, 0xFF]),
    (Inquiry::FocusMode, &[0x81, 0x09, 0x04, 0x38, 0xFF],
        Answer::FocusMode(FocusMode::Unknown(4)),
        &[0x90, 0x50, 0x04, 0xFF]),
    // 09 04 3F: 0p. EVI-D100 manual page 30
    (Inquiry::Memory, &[0x81, 0x09, 0x04, 0x3F, 0xFF], Answer::Memory { number: 5 }, &[0x90, 0x50, 0x05, 0xFF]),
];

#[test]
fn questions_and_answers_are_the_bytes_of_the_manuals() {
    for (inquiry, asked, answer, answered) in GOLDEN {
        assert_eq!(inquiry.encode(Address::ONE).as_bytes(), *asked, "{inquiry}");
        assert_eq!(Inquiry::parse(&Frame::new(asked).unwrap()), Ok(*inquiry), "{inquiry}");
        assert_eq!(answer.encode(Address::ONE, PLAIN).as_bytes(), *answered, "{answer}");
        let reply = Reply::parse(&Frame::new(answered).unwrap());
        let Ok(Reply::Answer(payload)) = reply else { panic!("{reply:?}") };
        assert_eq!(inquiry.read(&payload, PLAIN), Ok(*answer), "{answer}");
        assert_eq!(answer.inquiry(), *inquiry);
    }
}

#[test]
fn five_nibbles_of_pan_are_read_and_written() {
    // BRC-H700: the left and the upper end, 08A58 and 493D.
    let answer = Answer::PanTilt { pan_units: 0x08A58, tilt_units: 0x493D };
    let bytes = [0x90, 0x50, 0x00, 0x08, 0x0A, 0x05, 0x08, 0x04, 0x09, 0x03, 0x0D, 0xFF];
    assert_eq!(answer.encode(Address::ONE, FIVE).as_bytes(), bytes);
    assert_eq!(Inquiry::PanTilt.read(&answer.payload(FIVE), FIVE), Ok(answer));
    let said = Inquiry::PanTilt.read(&answer.payload(FIVE), PLAIN).unwrap_err().to_string();
    assert_eq!(said, "read pan-tilt position: 9 bytes (expected 8)");
}

#[test]
fn a_block_is_kept_as_it_came() {
    let asked = Inquiry::Block(3).encode(Address::ONE);
    assert_eq!(asked.as_bytes(), [0x81, 0x09, 0x7E, 0x7E, 0x03, 0xFF]);
    assert_eq!(Inquiry::parse(&asked), Ok(Inquiry::Block(3)));
    let payload = Payload::of(&[7; 13]);
    let answer = Answer::Block { page: 3, payload };
    assert_eq!(Inquiry::Block(3).read(&payload, PLAIN), Ok(answer));
    assert_eq!((answer.inquiry(), answer.payload(PLAIN)), (Inquiry::Block(3), payload));
    let short = Inquiry::Block(3).read(&Payload::of(&[7; 12]), PLAIN).unwrap_err().to_string();
    assert_eq!(short, "read block: 12 bytes (expected 13)");
    let beyond = Inquiry::parse(&Frame::new(&[0x81, 0x09, 0x7E, 0x7E, 0x06, 0xFF]).unwrap()).unwrap_err();
    assert_eq!(beyond.to_string(), "read inquiry: byte 4 is 06 (expected 00 to 05)");
}

#[test]
fn an_answer_of_another_form_is_refused() {
    let zoom = Answer::Zoom { units: 1 }.payload(PLAIN);
    let said = |inquiry: Inquiry| inquiry.read(&zoom, PLAIN).unwrap_err().to_string();
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
        prop_assert_eq!(Inquiry::PanTilt.read(&head.payload(PLAIN), PLAIN), Ok(head));
        let zoom = Answer::Zoom { units };
        prop_assert_eq!(Inquiry::Zoom.read(&zoom.payload(PLAIN), PLAIN), Ok(zoom));
    }

    #[test]
    fn any_payload_is_an_answer_or_an_error(bytes in prop::collection::vec(0_u8..0xFF, 1..=13)) {
        let payload = Payload::new(&bytes).unwrap();
        for inquiry in Inquiry::ALL {
            for dialect in [PLAIN, FIVE] {
                if let Ok(answer) = inquiry.read(&payload, dialect) {
                    prop_assert_eq!(answer.payload(dialect), payload);
                    prop_assert_eq!(answer.inquiry(), inquiry);
                }
            }
        }
        let _ = LensBlock::read(&payload);
    }
}
