//! What the camera had acknowledged at each tick: the drive that it said it would make.

use tiltyard_visca::model::Model;
use tiltyard_visca::{Command, Message, SimTime};

use crate::rig::Delivery;
use crate::run::Recording;

/// The rates \[deg/s\] on (pan, tilt) of the last drive that the camera acknowledged, from each moment on.
///
/// The stack has one message in flight at a time, so an ACK answers the command that left last.
pub(super) fn acknowledged(recording: &Recording, model: &Model) -> Vec<(SimTime, [f64; 2])> {
    let mut sent = recording.sent.iter().peekable();
    let (mut last, mut acked) = (None, Vec::new());
    for input in &recording.inputs.deliveries {
        let Delivery::Bytes(bytes) = &input.delivery else { continue };
        while let Some(one) = sent.next_if(|one| one.at < input.at) {
            if let Some(Message::Command(command)) = Message::of(&one.datagram) {
                last = Some(command);
            }
        }
        if let Some(Command::PanTilt(drive)) = last
            && has_ack(bytes.as_bytes())
        {
            let rates = [model.pan.rate_of(drive.pan_code), model.tilt.rate_of(drive.tilt_code)];
            acked.push((input.at, rates));
            last = None;
        }
    }
    acked
}

/// An ACK is `z0 4y FF`, z from 9 to F (PTZOptics VISCA over IP, "ACK/Completion messages").
fn has_ack(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|window| window[0] >= 0x90 && window[1] & 0xf0 == 0x40 && window[2] == 0xff)
}

/// The value in force at each of these moments, which rise; `start` before the first.
pub(super) fn at_each<'a, T: Copy + 'a>(
    changes: &'a [(SimTime, T)],
    start: T,
    moments: impl Iterator<Item = SimTime> + 'a,
) -> impl Iterator<Item = T> + 'a {
    let mut rest = changes.iter().peekable();
    let mut value = start;
    moments.map(move |moment| {
        while let Some((_, next)) = rest.next_if(|(at, _)| *at <= moment) {
            value = *next;
        }
        value
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledgements_are_told_from_completions() {
        assert!(has_ack(&[0x90, 0x41, 0xff]));
        assert!(has_ack(&[1, 0x11, 0, 3, 0, 0, 0, 9, 0x90, 0x41, 0xff]), "behind Sony's header");
        assert!(!has_ack(&[0x90, 0x51, 0xff]), "a completion");
        assert!(!has_ack(&[0x90, 0x50, 4, 0x41, 0xff]), "an answer to an inquiry");
    }

    #[test]
    fn a_value_holds_until_the_next() {
        let at = SimTime::from_millis;
        let changes = [(at(10), 1), (at(20), 2)];
        let values: Vec<_> = at_each(&changes, 0, [0, 10, 15, 25].into_iter().map(at)).collect();
        assert_eq!(values, [0, 1, 1, 2]);
    }
}
