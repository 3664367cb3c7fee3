//! The `[protocol]` table of a camera file: how it is reached, and what it does its own way.
//!
//! Every key may be missing: then the camera does as the Sony command lists say ([`Quirks::default`]).

use schemars::JsonSchema;
use serde::Deserialize;
use tiltyard_visca::{Address, Positions, Quirks, SonyHeader};

use super::file::Sourced;
use crate::scenario::locate::{Findings, Place, root};
use crate::scenario::units::{Exactly, Span};

/// How a camera is reached, and what it does its own way.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Protocol {
    /// On what it listens, the most usual first.
    pub transports: Option<Sourced<Vec<Transport>>>,
    /// How positions of the head are written: `four`, or `five` nibbles of pan and one speed for both axes.
    pub positions: Option<Sourced<WrittenPositions>>,
    /// Commands are taken up once in such a cycle of the video signal.
    pub v_cycle: Option<Sourced<Span>>,
    /// Messages sooner than this after a reply are lost.
    pub deaf_after_reply: Option<Sourced<Span>>,
    /// Drives, and STOP, are executed while a move to a position runs; if not, only Cancel ends it.
    pub drive_ends_move: Option<Sourced<bool>>,
    /// Cancel is obeyed; if not, it is a syntax error.
    pub cancels: Option<Sourced<bool>>,
    /// Speed byte 00 is the slowest speed; if not, it is a syntax error.
    pub takes_speed_zero: Option<Sourced<bool>>,
    /// Completions are sent.
    pub completes: Option<Sourced<bool>>,
    /// Replies of one instant share a datagram.
    pub joins_replies: Option<Sourced<bool>>,
    /// With both sockets taken, inquiries are answered with buffer full.
    pub inquiries_take_sockets: Option<Sourced<bool>>,
    /// The camera number in replies, 1 to 7, whatever it is called.
    pub replies_as: Option<Sourced<u8>>,
    /// What it makes of Sony's header.
    pub sony_header: Option<Sourced<WrittenSonyHeader>>,
    /// All replies over UDP go to this port of the controller.
    pub reply_port: Option<Sourced<u16>>,
    /// Vendor, model and firmware that the version inquiry tells.
    pub version: Option<Sourced<Exactly<u16, 3>>>,
    /// How long after power-on the head seeks home and nothing else is executed.
    pub initialises_for: Option<Sourced<Span>>,
    /// Replies go to the controller that spoke last, and to no other.
    pub one_client: Option<Sourced<bool>>,
    /// After so many completions comes a syntax error that nobody asked for.
    pub stray_error_every: Option<Sourced<u32>>,
}

/// A way to reach a camera, with its port or its baud rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// Bare frames in UDP datagrams, to this port.
    RawUdp(u16),
    /// Frames under Sony's header in UDP datagrams, to this port.
    SonyUdp(u16),
    /// A stream of frames, to this port.
    Tcp(u16),
    /// A serial line at so many baud, 8N1.
    Serial(u32),
}

impl core::fmt::Display for Transport {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::RawUdp(port) => write!(f, "udp {port}"),
            Self::SonyUdp(port) => write!(f, "sony {port}"),
            Self::Tcp(port) => write!(f, "tcp {port}"),
            Self::Serial(baud) => write!(f, "serial {baud}"),
        }
    }
}

/// How positions of the head are written.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WrittenPositions {
    /// Four nibbles each.
    Four,
    /// Five nibbles of pan, four of tilt, one speed for both.
    Five,
}

/// What a camera makes of Sony's header.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WrittenSonyHeader {
    /// Sequence numbers have to rise.
    Rising,
    /// They are carried back and not looked at.
    Unchecked,
    /// Only 1 to 3 are taken, and replies say 1.
    OneToThree,
    /// Nothing with a header is answered.
    Ignored,
}

/// Every key with its source, where there is one.
macro_rules! sources {
    ($protocol:expr, $($key:ident),+) => {
        [$((stringify!($key), $protocol.$key.as_ref().map(|sourced| sourced.source.as_str()))),+]
    };
}

impl Protocol {
    /// The quirks that it states; the others as the command lists have it.
    pub(super) fn quirks(&self) -> Quirks {
        fn or<T: Copy, U>(written: Option<&Sourced<T>>, default: U, read: impl Fn(T) -> U) -> U {
            written.map_or(default, |sourced| read(sourced.value))
        }
        let same = |value: bool| value;
        let default = Quirks::default();
        Quirks {
            positions: or(self.positions.as_ref(), default.positions, |written| match written {
                WrittenPositions::Four => Positions::Four,
                WrittenPositions::Five => Positions::Five,
            }),
            v_cycle: or(self.v_cycle.as_ref(), default.v_cycle, |span| span.0),
            deaf_after_reply: or(self.deaf_after_reply.as_ref(), default.deaf_after_reply, |span| span.0),
            drive_ends_move: or(self.drive_ends_move.as_ref(), default.drive_ends_move, same),
            cancels: or(self.cancels.as_ref(), default.cancels, same),
            takes_speed_zero: or(self.takes_speed_zero.as_ref(), default.takes_speed_zero, same),
            completes: or(self.completes.as_ref(), default.completes, same),
            joins_replies: or(self.joins_replies.as_ref(), default.joins_replies, same),
            inquiries_take_sockets: or(self.inquiries_take_sockets.as_ref(), default.inquiries_take_sockets, same),
            replies_as: or(self.replies_as.as_ref(), default.replies_as, Address::new),
            sony: or(self.sony_header.as_ref(), default.sony, |written| match written {
                WrittenSonyHeader::Rising => SonyHeader::Rising,
                WrittenSonyHeader::Unchecked => SonyHeader::Unchecked,
                WrittenSonyHeader::OneToThree => SonyHeader::OneToThree,
                WrittenSonyHeader::Ignored => SonyHeader::Ignored,
            }),
            reply_port: or(self.reply_port.as_ref(), default.reply_port, Some),
            version: or(self.version.as_ref(), default.version, |Exactly(version)| version),
            initialises_for: or(self.initialises_for.as_ref(), default.initialises_for, |span| span.0),
            one_client: or(self.one_client.as_ref(), default.one_client, same),
            stray_error_every: or(self.stray_error_every.as_ref(), default.stray_error_every, |every| every),
        }
    }

    /// Where each key is from; `None` for those that are not there.
    pub(super) fn sources(&self) -> Vec<(&'static str, String)> {
        let sources = sources!(
            self,
            transports,
            positions,
            v_cycle,
            deaf_after_reply,
            drive_ends_move,
            cancels,
            takes_speed_zero,
            completes,
            joins_replies,
            inquiries_take_sockets,
            replies_as,
            sony_header,
            reply_port,
            version,
            initialises_for,
            one_client,
            stray_error_every
        );
        sources.into_iter().filter_map(|(key, source)| Some((key, source?.to_owned()))).collect()
    }

    pub(super) fn check(&self, findings: &mut Findings<'_>) {
        let path = |key: &str| root("protocol").key(key).key("value");
        if let Some(number) = self.replies_as.as_ref().filter(|number| Address::new(number.value).is_none()) {
            let message = format!("there is no camera {}", number.value);
            findings.note(&path("replies_as"), &Place::Value, message).label("expected 1 to 7");
        }
        if self.transports.as_ref().is_some_and(|transports| transports.value.is_empty()) {
            findings
                .note(&path("transports"), &Place::Value, "the camera cannot be reached")
                .label("expected at least one");
        }
        for (index, transport) in self.transports.iter().flat_map(|transports| &transports.value).enumerate() {
            if matches!(
                transport,
                Transport::RawUdp(0) | Transport::SonyUdp(0) | Transport::Tcp(0) | Transport::Serial(0)
            ) {
                findings
                    .note(&path("transports").index(index), &Place::Value, "nothing listens at 0")
                    .label("expected a port, or a baud rate");
            }
        }
        if self.reply_port.as_ref().is_some_and(|port| port.value == 0) {
            findings.note(&path("reply_port"), &Place::Value, "nothing listens at port 0").label("expected 1 to 65535");
        }
    }
}
