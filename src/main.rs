//! The `tiltyard` program: parse, dispatch, exit.

use std::process::ExitCode;

use clap::Parser;
use tiltyard::cli::{
    Cli, Command, Exit, cameras, completions, diff, doctor, history, man, mot, render, report, rerun, run, schema,
    signals, sweep, trace,
};

fn main() -> ExitCode {
    let exit = match Cli::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Rerun(arguments) => rerun::run(&arguments),
        Command::History(arguments) => history::run(&arguments),
        Command::Sweep(arguments) => sweep::run(&arguments),
        #[cfg(feature = "tune")]
        Command::Tune(arguments) => tiltyard::cli::tune::run(&arguments),
        #[cfg(feature = "serve")]
        Command::Camera(arguments) => tiltyard::cli::camera::run(&arguments),
        #[cfg(feature = "live")]
        Command::Track(arguments) => tiltyard::cli::track::run(&arguments),
        #[cfg(feature = "live")]
        Command::Soak(arguments) => tiltyard::cli::soak::run(&arguments),
        #[cfg(feature = "mcap")]
        Command::Replay(arguments) => tiltyard::cli::replay::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Trace(arguments) => trace::run(&arguments),
        Command::Render(arguments) => render::run(&arguments),
        Command::Mot(arguments) => mot::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        #[cfg(feature = "html")]
        Command::Verify(arguments) => tiltyard::cli::verify::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Signals => signals::run(),
        Command::Cameras(arguments) => cameras::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    };
    exit.unwrap_or_else(|failure| Exit::explain(&failure)).into()
}
