//! What a camera executes when: the mode table.
//!
//! | mode | executed |
//! |---|---|
//! | ready | everything |
//! | a move bars drives | everything but drives, their stop included |
//! | auto focus | everything but moving the focus by hand, its stop included |
//! | initialising, standby | power, cancel and interface clear |
//!
//! A move bars drives while it runs (absolute, relative, home, reset or a memory's), on models whose drives do not end
//! it ([`Quirks::drive_ends_move`](crate::Quirks::drive_ends_move)).
//!
//! The rest is answered `6s 41`; inquiries are answered always. Sources: EVI-D80/D90 manual p. 20 and EVI-HD7V manual
//! p. 18 for all but the focus; PTZOptics G2 transcripts for that.

use serde::{Deserialize, Serialize};

use crate::{Command, Focus, FocusMode};

/// How far the camera is with being on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Up.
    #[default]
    Ready,
    /// On its way up: the head seeks home.
    Initialising,
    /// Off, as far as a camera that can be switched on again is.
    Standby,
}

/// What decides on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    pub(super) phase: Phase,
    pub(super) focus: FocusMode,
    /// A move of the head runs that bars drives.
    pub(super) move_bars_drive: bool,
}

impl Mode {
    /// Whether the command is executed.
    pub(super) fn executes(self, command: Command) -> bool {
        match command {
            Command::Cancel { .. } | Command::IfClear | Command::Power { .. } => true,
            _ if self.phase != Phase::Ready => false,
            Command::PanTilt(_) => !self.move_bars_drive,
            Command::Focus(Focus::Switch(_)) => true,
            Command::Focus(_) => self.focus != FocusMode::Auto,
            _ => true,
        }
    }
}
