//! A real camera's control connection: where it is, its bytes, and the dead-man that stands before them.

mod dead_man;
mod guard;
mod transport;
mod uri;

pub use dead_man::{Affirmed, DeadMan, DeadManConfig, DeadManCounts, Deed, Passage, Why};
pub use guard::{Guard, Hear, Line, Listener, PROOF_PATIENCE, Said, Sent, Speak};
pub use transport::dial;
pub use uri::{ControlUri, UriError};
