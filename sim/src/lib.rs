//! A world that is made up: gimbal, lens, link, video and targets under virtual time.

#![forbid(unsafe_code)]

pub mod config;
