//! `tiltyard completions SHELL`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit, Failure, out};

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which shell
    pub shell: Shell,
}

/// Prints the script.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "tiltyard", &mut script);
    out::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
