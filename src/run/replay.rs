//! A recorded run's inputs through a stack once more, and where it says something else.

use core::fmt;

use tiltyard_sim::rng;
use tiltyard_visca::sony::{Kind, Packet, RESET};
use tiltyard_visca::{Datagram, Message};

use super::executor::{Execution, Recorded, RunError};
use super::recording::Sent;
use crate::rig::{Inputs, RecordedRig};
use crate::scenario::Scenario;
use crate::stack::Stack;
use crate::stack::detect::Recorded as Boxes;

/// Drives a scenario's stack with recorded inputs. The recording that comes back holds what it sent; the trace knows no
/// world.
pub fn replay(scenario: &Scenario, seed: u64, inputs: Inputs) -> Result<Recorded, RunError> {
    let mut world = scenario.world.clone();
    world.seed = seed;
    let config = scenario.stack.config(&world);
    // There are no pixels in a recording; what was found in them is.
    let stack = if config.pixels.is_some() {
        Stack::with_detector(config, Box::new(Boxes::new(inputs.found.clone())))
    } else {
        Stack::new(config, rng::stream(seed, "detector").into_rng())
    };
    Execution::with(RecordedRig::new(inputs), stack, scenario, seed).recording().finish()
}

/// The first frame that two stacks did not send alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parting {
    /// Its number, from 0.
    pub index: usize,
    /// What was sent then; nothing, if it had ended.
    pub recorded: Option<Sent>,
    /// What is sent now; nothing, if it has ended.
    pub replayed: Option<Sent>,
}

impl Parting {
    /// Where two lists part, if they do.
    pub fn of(recorded: &[Sent], replayed: &[Sent]) -> Option<Self> {
        let index = (0..recorded.len().max(replayed.len())).find(|&at| recorded.get(at) != replayed.get(at))?;
        Some(Self { index, recorded: recorded.get(index).copied(), replayed: replayed.get(index).copied() })
    }
}

/// Three lines, as in a diff.
impl fmt::Display for Parting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.recorded.iter().chain(&self.replayed).map(|sent| sent.at).min().unwrap_or_default();
        writeln!(f, "first difference: command {} at {at}", self.index)?;
        let side = |sent: Option<Sent>| sent.map_or("nothing more".to_owned(), |sent| told(&sent));
        writeln!(f, "  recorded  {}", side(self.recorded))?;
        write!(f, "  replayed  {}", side(self.replayed))
    }
}

fn told(sent: &Sent) -> String {
    format!("{}  {}  {}", sent.at, sent.datagram, decoded(&sent.datagram))
}

/// What a datagram to a camera says, in words.
pub fn decoded(datagram: &Datagram) -> String {
    match (Packet::parse(datagram.as_bytes()), Message::of(datagram)) {
        (Ok(packet), Some(message)) => format!("#{} {message}", packet.seq),
        (_, Some(message)) => message.to_string(),
        (Ok(Packet { kind: Kind::Control, payload: [RESET], .. }), None) => "reset of the count".to_owned(),
        _ => "no message".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tiltyard_visca::{Address, Inquiry, SimTime};

    use super::*;

    fn sent(ms: u64, inquiry: Inquiry) -> Sent {
        Sent { at: SimTime::from_millis(ms), datagram: inquiry.encode(Address::ONE).into() }
    }

    #[test]
    fn time_bytes_and_length_are_compared() {
        let a = [sent(1, Inquiry::PanTilt), sent(2, Inquiry::Zoom)];
        assert_eq!(Parting::of(&a, &a), None);
        let index = |b: &[Sent]| Parting::of(&a, b).map(|parting| parting.index);
        assert_eq!(index(&a[..1]), Some(1));
        assert_eq!(index(&[a[0], sent(3, Inquiry::Zoom)]), Some(1));
        assert_eq!(index(&[sent(1, Inquiry::Zoom), a[1]]), Some(0));
    }

    #[test]
    fn a_difference_names_moment_bytes_and_meaning() {
        let (a, b) = ([sent(1500, Inquiry::PanTilt)], [sent(1502, Inquiry::Zoom)]);
        let text = Parting::of(&a, &b).unwrap().to_string();
        for part in ["command 0 at 1.500000000 s", "81 09 06 12 FF", "1.502000000 s  81 09 04 47 FF"] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(Parting::of(&a, &[]).unwrap().to_string().contains("nothing more"));
    }
}
