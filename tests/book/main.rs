//! The book and the README hold: their commands run and print what they say, their scenarios load and pass, their links
//! lead somewhere, and no key, signal, number or field is left out.
//!
//! What a page may say, and how a test reads it, stands in CONTRIBUTING.md under "The book".

#![cfg(all(feature = "live", feature = "mcap", unix))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

#[path = "../common/mod.rs"]
mod common;

mod commands;
mod complete;
mod defaults;
mod expected;
mod links;
mod own;
mod page;
mod sandbox;
mod scenarios;
