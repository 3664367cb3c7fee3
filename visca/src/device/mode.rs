//! What a camera executes when: the mode table.
//!
//! | mode | executed |
//! |---|---|
//! | ready | everything |
//! | a move of the head runs, on models whose drives do not end it | everything but drives, their stop included |
//! | initialising, standby | power, cancel and interface clear |
//!
//! The rest is answered `6s 41`; inquiries are answered always. Sources: EVI-D80/D90 manual p. 20, EVI-HD7V manual
//! p. 18.

use serde::{Deserialize, Serialize};

use crate::Command;

/// How far the camera is with being on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Up.
    #[default]
    Ready,
    /// On its way up: the head seeks home.
    Initialising,
}

/// Whether the command is executed.
pub(super) fn executes(command: Command, phase: Phase, move_bars_drive: bool) -> bool {
    match command {
        Command::Cancel { .. } | Command::IfClear => true,
        _ if phase != Phase::Ready => false,
        Command::PanTilt(_) => !move_bars_drive,
        _ => true,
    }
}
