//! `tiltyard man DIR`: manual pages, one for the program and one a verb.

use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::{Cli, Exit, Failure, out};

/// Its arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where they go, such as ~/.local/share/man/man1
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Writes them.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut program = Cli::command().disable_help_subcommand(true);
    // Fills in what each verb inherits.
    program.build();
    let written = write(&program, &arguments.folder)?;
    out::print(&format!("{written} pages written to {}\n", arguments.folder.display()))?;
    Ok(Exit::Success)
}

/// The page of a command and of all below it: tiltyard.1, tiltyard-run.1, tiltyard-mot-eval.1; how many.
fn write(command: &Command, folder: &Path) -> Result<usize, Failure> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut page = Vec::new();
    Man::new(command.clone()).title(name.to_uppercase()).render(&mut page)?;
    out::write_file(&folder.join(format!("{name}.1")), page)?;
    command.get_subcommands().try_fold(1, |written, below| Ok(written + write(below, folder)?))
}
