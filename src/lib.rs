//! Tiltyard: a practice ground for PTZ camera trackers.

pub mod cli;
pub mod report;
pub mod rig;
pub mod run;
pub mod scenario;
pub mod stack;
