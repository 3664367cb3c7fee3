//! The root package's own files with locks in them, under its names, and nothing else of it: Miri builds them in a
//! minute, and the whole package in a quarter of an hour.

#![allow(dead_code, reason = "the models use a part of them")]

#[path = "../../src/run/live/latch.rs"]
pub mod latch;
#[path = "../../src/stack/latest.rs"]
pub mod latest;
#[path = "../../src/stack/metadata.rs"]
pub mod metadata;
#[path = "../../src/stack/phase.rs"]
pub mod phase;
#[path = "../../src/sync.rs"]
mod sync;
#[path = "../../src/run/live/watch.rs"]
pub mod watch;
#[path = "../../src/stack/watchdog.rs"]
pub mod watchdog;

use phase::Phase;

pub mod stack {
    pub use crate::metadata::{MetadataManager, MetadataTick};
    pub use crate::phase::Phase;
    pub use crate::{latest, metadata, watchdog};
}

pub mod run {
    pub mod live {
        pub use crate::latch::Latch;
        pub use crate::watch::Watch;
    }
}
