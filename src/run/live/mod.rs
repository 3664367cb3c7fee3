//! The live executor: the very stack that runs under virtual time, on threads, before a camera that is there.
//!
//! ```text
//!  grabber ──frames──► Latest ──newest──► control ──datagrams──► Guard ──bytes──► camera
//!     │                  ▲ nudge             │  affirm             ▲ ▲                │
//!     │ frame      inbox ┴──── API: targets  │ decision            │ └── dead-man     │
//!     ▼              ▲                       ▼                     │     thread       │
//!   Watch ◄──────────┼───────────────────────┘                     │                  │
//!     └── alarm ─────┼─────────────────── trip ────────────────────┘                  │
//!                    └──────────────── receiver ◄───────────────bytes─────────────────┘
//! ```
//!
//! The [`Stack`](crate::stack::Stack) is sans-IO and belongs to the **control** thread alone; everybody else talks to
//! it through the frame buffer and the [`Inbox`]. What may be needed while that thread hangs does not go through it:
//! the **watchdog** thread ([`Watch`]) and the **dead-man** ([`Guard`](tiltyard_hil::control::Guard)) have the line to
//! the camera themselves, and stop it with a protocol conversation of their own.
//!
//! Rules:
//! - A frame is decided on once. A decision is *fresh* when its picture is new and not older than
//!   [`Setup::stale`]; only a fresh decision, while nothing is wrong, affirms what the camera does. So a frozen or
//!   stale picture, no picture and a loop that hangs all end in STOP after the dead-man's limit, and are named by the
//!   watchdog after its own.
//! - While the line is held, decisions are made and published, and nothing is sent.
//! - Counts add up: captured = decided + dropped + stale + waiting.
//!
//! **Start**, in this order: the line (STOP is the first thing that leaves; a camera that cannot be reached ends here),
//! dead-man, receiver, watchdog, control, grabber. So no frame comes before somebody can stop what follows from it.
//! **End**, in this order: the last STOP, proved or out of patience, after which nothing moves any more; then grabber,
//! control, watchdog, receiver, dead-man. A control thread that hangs is left behind after a moment, and told of.
//! The same happens on a panic, on drop, and on SIGINT (the command line calls [`Live::end`]). What nothing here can
//! help against: SIGKILL, a crash of the machine, a cut cable; there, only the camera could stop itself.
//!
//! Time is the wall clock's since the start of the session. Not repeatable, no hash chain.

#[cfg(feature = "live")]
mod boxes;
#[cfg(all(feature = "live", feature = "opencv"))]
mod captured;
#[cfg(feature = "live")]
mod control;
#[cfg(feature = "live")]
pub mod flood;
#[cfg(feature = "live")]
mod grabber;
#[cfg(feature = "live")]
mod http;
#[cfg(feature = "live")]
mod inbox;
mod latch;
#[cfg(feature = "live")]
mod meter;
#[cfg(feature = "live")]
mod multipart;
#[cfg(feature = "live")]
mod session;
#[cfg(feature = "live")]
pub mod soak;
#[cfg(feature = "live")]
mod status;
#[cfg(feature = "live")]
mod video;
mod watch;

#[cfg(feature = "live")]
pub use boxes::{BoxError, Eye};
#[cfg(all(feature = "live", feature = "opencv"))]
pub use captured::Captured;
#[cfg(feature = "live")]
pub use http::MjpegOverHttp;
#[cfg(feature = "live")]
pub use inbox::{Inbox, Order};
pub use latch::Latch;
#[cfg(feature = "live")]
pub use meter::{Histogram, Quantiles};
#[cfg(feature = "live")]
pub use multipart::{Multipart, MultipartError, Part};
#[cfg(feature = "live")]
pub use session::{End, Handle, Live, LiveError, Setup};
#[cfg(feature = "live")]
pub use status::Status;
#[cfg(feature = "live")]
pub use video::{Image, Picture, VideoError, VideoSource, VideoUri};
pub use watch::Watch;
