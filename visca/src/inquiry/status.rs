//! What a camera says of its head: where it stands against its limits, and how its last order goes.

use core::fmt;

use serde::{Deserialize, Serialize};

/// The answer to the status inquiry: sixteen bits `pppp qqqq rrrr ssss`.
///
/// | bits | say |
/// |---|---|
/// | s: 0 to 3 | pan at its left end, its right end, tilt at its upper end, its lower end |
/// | r: 4 and 5 | 0: pan is well; else its position cannot be detected |
/// | q: 8 and 9 | 0: tilt is well; else its position cannot be detected |
/// | q: 10 and 11 | the last order: [`HeadMotion`] |
/// | p: 12 and 13 | since power-on: [`Initialisation`] |
///
/// The others are the camera's own. Source: Sony EVI-D80/D90 manual, page 42, and EVI-D70 manual, page 51, which agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PanTiltStatus(u16);

/// How the last order to the head goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HeadMotion {
    /// 0: there was none.
    #[default]
    None,
    /// 1: it is being executed.
    Moving,
    /// 2: it is done.
    Done,
    /// 3: it failed.
    Failed,
}

/// How far the head is since power-on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Initialisation {
    /// 0: not begun.
    #[default]
    None,
    /// 1: it seeks its zero.
    Running,
    /// 2: it has found it.
    Done,
    /// 3: it has not.
    Failed,
}

impl PanTiltStatus {
    /// The status `pqrs`. A byte FF cannot be sent and leaves as FE.
    pub const fn from_word(word: u16) -> Self {
        Self(word)
    }

    /// A head that is well, at none of its ends.
    pub const fn new(initialisation: Initialisation, motion: HeadMotion) -> Self {
        Self((initialisation as u16) << 12 | (motion as u16) << 10)
    }

    /// As it is, at these ends of its range: left, right, up, down.
    #[must_use]
    pub fn at_ends(self, ends: [bool; 4]) -> Self {
        Self(ends.into_iter().enumerate().fold(self.0 & !0x0F, |word, (bit, at)| word | u16::from(at) << bit))
    }

    /// All bits.
    pub const fn word(self) -> u16 {
        self.0
    }

    /// At which ends of its range the head stands: left, right, up, down.
    pub fn ends(self) -> [bool; 4] {
        core::array::from_fn(|bit| self.0 >> bit & 1 == 1)
    }

    /// Whether the position of pan cannot be detected.
    pub const fn pan_faulty(self) -> bool {
        self.0 >> 4 & 3 != 0
    }

    /// Whether the position of tilt cannot be detected.
    pub const fn tilt_faulty(self) -> bool {
        self.0 >> 8 & 3 != 0
    }

    /// How the last order goes.
    pub const fn motion(self) -> HeadMotion {
        match self.0 >> 10 & 3 {
            0 => HeadMotion::None,
            1 => HeadMotion::Moving,
            2 => HeadMotion::Done,
            _ => HeadMotion::Failed,
        }
    }

    /// How far the head is since power-on.
    pub const fn initialisation(self) -> Initialisation {
        match self.0 >> 12 & 3 {
            0 => Initialisation::None,
            1 => Initialisation::Running,
            2 => Initialisation::Done,
            _ => Initialisation::Failed,
        }
    }
}

impl fmt::Display for PanTiltStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.initialisation() {
            Initialisation::None => "not initialised",
            Initialisation::Running => "initialising",
            Initialisation::Done => "initialised",
            Initialisation::Failed => "failed to initialise",
        })?;
        f.write_str(match self.motion() {
            HeadMotion::None => "",
            HeadMotion::Moving => ", moving",
            HeadMotion::Done => ", arrived",
            HeadMotion::Failed => ", failed to move",
        })?;
        let faults = [(self.pan_faulty(), ", pan faulty"), (self.tilt_faulty(), ", tilt faulty")];
        let ends = self.ends().into_iter().zip([", at the left", ", at the right", ", at the top", ", at the bottom"]);
        faults.into_iter().chain(ends).filter(|(is, _)| *is).try_for_each(|(_, text)| f.write_str(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_code_list_has_its_bit() {
        // EVI-D80 manual, page 42, line by line.
        let word = |p: u16, q: u16, r: u16, s: u16| PanTiltStatus::from_word(p << 12 | q << 8 | r << 4 | s);
        assert_eq!(word(0, 0, 0, 0b0001).ends(), [true, false, false, false]);
        assert_eq!(word(0, 0, 0, 0b0010).ends(), [false, true, false, false]);
        assert_eq!(word(0, 0, 0, 0b0100).ends(), [false, false, true, false]);
        assert_eq!(word(0, 0, 0, 0b1000).ends(), [false, false, false, true]);
        assert!(word(0, 0, 0b0001, 0).pan_faulty() && !word(0, 0, 0b1100, 0).pan_faulty());
        assert!(word(0, 0b0001, 0, 0).tilt_faulty() && !word(0, 0b1100, 0, 0).tilt_faulty());
        let motions = [HeadMotion::None, HeadMotion::Moving, HeadMotion::Done, HeadMotion::Failed];
        for (code, motion) in motions.into_iter().enumerate() {
            assert_eq!(word(0, (code as u16) << 2, 0, 0).motion(), motion);
        }
        let stages = [Initialisation::None, Initialisation::Running, Initialisation::Done, Initialisation::Failed];
        for (code, stage) in stages.into_iter().enumerate() {
            assert_eq!(word(code as u16, 0, 0, 0).initialisation(), stage);
        }
    }

    #[test]
    fn a_status_is_made_of_what_it_says() {
        let status = PanTiltStatus::new(Initialisation::Done, HeadMotion::Moving).at_ends([false, true, true, false]);
        assert_eq!(status.word(), 0x2406);
        assert_eq!(status.to_string(), "initialised, moving, at the right, at the top");
        assert_eq!(
            PanTiltStatus::from_word(0x3D10).to_string(),
            "failed to initialise, failed to move, pan faulty, tilt faulty"
        );
    }
}
