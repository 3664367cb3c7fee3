//! How cameras differ where the manuals leave room, or where a firmware does otherwise: one flag each.
//!
//! Filled from the `[protocol]` table of `cameras/*.toml`, obeyed by [`Device`](crate::Device), and by
//! [`Controller`](crate::Controller) where a client has to know. The default is the camera that the Sony command lists
//! describe.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Address;

/// What one camera model does its own way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own: that is what a quirk is")]
pub struct Quirks {
    /// How positions of the head are written.
    pub positions: Positions,
    /// Commands are taken up once a cycle of the video signal, V; zero: at any time.
    pub v_cycle: Duration,
    /// A message that comes sooner than this after the last reply is dropped without a word.
    pub deaf_after_reply: Duration,
    /// Drives, and with them STOP, are executed while a move to a position runs; if not, they are answered `6s 41`, and
    /// Cancel is the way to stop.
    pub drive_ends_move: bool,
    /// Cancel is obeyed; if not, it is a syntax error and the motion goes on.
    pub cancels: bool,
    /// Speed byte 00 is the slowest speed; if not, it is a syntax error, in a STOP too. Complaints are of the BRC-300
    /// alone (obs-ptz #40), and clients that work on other Sony cameras stop with 00 (visca-over-ip 0.5.2).
    pub takes_speed_zero: bool,
    /// Completions are sent.
    pub completes: bool,
    /// Replies of one instant to one controller share a datagram. Obeyed by who sends them: the device gives each frame
    /// by itself.
    pub joins_replies: bool,
    /// Inquiries need a free socket, too: with both taken they are answered with buffer full.
    pub inquiries_take_sockets: bool,
    /// The address in replies, whatever the camera's own is.
    pub replies_as: Option<Address>,
    /// What the camera makes of Sony's header.
    pub sony: SonyHeader,
    /// All replies over UDP go to this port of the controller, whatever port it sent from. Obeyed by who owns the
    /// sockets.
    pub reply_port: Option<u16>,
    /// What the version inquiry tells: vendor, model, firmware.
    pub version: [u16; 3],
    /// How long after power-on the camera seeks its home position and executes nothing else. A
    /// [`Device`](crate::Device) begins long after; [`Device::restart`](crate::Device::restart) and a command from
    /// standby are what takes this time.
    pub initialises_for: Duration,
    /// Replies go to the controller that spoke last, and to no other (`BirdDog`, obs-ptz #83).
    pub one_client: bool,
    /// After so many completions comes a syntax error that nobody asked for (companion-ptzoptics #62); 0: never.
    pub stray_error_every: u32,
}

/// How pan and tilt positions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Positions {
    /// Four nibbles each: 16 bits signed.
    #[default]
    Four,
    /// Five nibbles of pan (20 bits signed), four of tilt, and one speed for both axes (BRC-300, BRC-H700, BRC-Z330).
    Five,
}

/// What a camera makes of Sony's header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SonyHeader {
    /// Sequence numbers have to rise.
    #[default]
    Rising,
    /// The sequence number is carried back and not looked at.
    Unchecked,
    /// Only the numbers 1 to 3 are taken, and replies say 1 (`NewTek` PTZ1).
    OneToThree,
    /// Nothing with a header is answered (AVKANS, `LinkPi`).
    Ignored,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            positions: Positions::Four,
            v_cycle: Duration::ZERO,
            deaf_after_reply: Duration::ZERO,
            drive_ends_move: true,
            cancels: true,
            takes_speed_zero: true,
            completes: true,
            joins_replies: true,
            inquiries_take_sockets: false,
            replies_as: None,
            sony: SonyHeader::Rising,
            reply_port: None,
            version: [0, 0, 1],
            initialises_for: Duration::ZERO,
            one_client: false,
            stray_error_every: 0,
        }
    }
}
