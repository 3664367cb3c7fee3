//! The command line: one file a verb. Names and exit codes are a contract.

#[cfg(feature = "html")]
mod baseline;
#[cfg(feature = "serve")]
pub mod camera;
pub mod cameras;
pub mod completions;
pub mod diff;
pub mod doctor;
mod exit;
mod files;
mod filter;
pub mod history;
#[cfg(feature = "html")]
mod html;
#[cfg(feature = "serve")]
mod interrupt;
#[cfg(feature = "mcap")]
mod keep;
pub mod man;
pub mod mot;
mod out;
mod progress;
mod publish;
pub mod render;
#[cfg(feature = "mcap")]
pub mod replay;
pub mod report;
pub mod rerun;
pub mod run;
pub mod schema;
pub mod signals;
mod snapshots;
#[cfg(feature = "live")]
pub mod soak;
pub mod sweep;
pub mod trace;
#[cfg(feature = "live")]
pub mod track;
#[cfg(feature = "tune")]
pub mod tune;
#[cfg(feature = "html")]
pub mod verify;

pub use exit::{Exit, Failure};

use clap::{Parser, Subcommand};

/// A practice ground for PTZ camera trackers.
#[derive(Debug, Parser)]
#[command(name = "tiltyard", version, about, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 all passed; 1 an expectation failed; 2 usage or a file is wrong; \
3 the environment is missing something; 4 a run was invalid or nothing was evaluated.";

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run scenarios in virtual time and judge them
    Run(run::Arguments),
    /// Run again what did not pass the last time, and nothing else
    Rerun(rerun::Arguments),
    /// Show where each scenario has been going over many batches of runs
    History(history::Arguments),
    /// Try many gains, delays or cameras, each over scenarios and seeds, in one table
    Sweep(sweep::Arguments),
    /// Look for better gains by trying, and write them into a file
    #[cfg(feature = "tune")]
    Tune(tune::Arguments),
    /// Be a camera on real sockets, in real time, for a tracker in any language
    #[cfg(feature = "serve")]
    Camera(camera::Arguments),
    /// Follow somebody with a camera that is there; a dry run unless armed
    #[cfg(feature = "live")]
    Track(track::Arguments),
    /// Follow for a long time with stalls put in, and report what it took
    #[cfg(feature = "live")]
    Soak(soak::Arguments),
    /// Put a run file's inputs through the stack again: the commands must come out equal
    #[cfg(feature = "mcap")]
    Replay(replay::Arguments),
    /// Find the first tick, subsystem and field in which two runs part
    Diff(diff::Arguments),
    /// Print the hash chain of a run, and its state at a tick, as JSON
    Trace(trace::Arguments),
    /// Draw what the camera sees at some moments of a run
    Render(render::Arguments),
    /// Score and make tracks in MOTChallenge files
    Mot(mot::Arguments),
    /// Make a committed report anew
    Report(report::Arguments),
    /// Make the runs of a page again, and compare every number that it shows
    #[cfg(feature = "html")]
    Verify(verify::Arguments),
    /// Print the JSON Schema of scenario, camera or sweep files
    Schema(schema::Arguments),
    /// List the signals that an expectation may name
    Signals,
    /// List the camera models, or print one
    Cameras(cameras::Arguments),
    /// Say which libraries were found, where was looked, and what gets them
    Doctor(doctor::Arguments),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
    /// Write manual pages, one a verb
    Man(man::Arguments),
}
